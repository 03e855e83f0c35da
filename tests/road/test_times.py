"""Travel times and routes: the shortest, on any road, one-ways respected."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sixpoint.errors import InputError
from sixpoint.road import RoadNetwork, Route, TravelTimes, build_network, build_oracle
from sixpoint.road.oracle import SPREAD_FROM


@st.composite
def small_networks(draw: st.DrawFn) -> RoadNetwork:
    """Up to nine nodes, any arcs between them, with ties and unreachable nodes likely."""
    count = draw(st.integers(1, 9))
    node = st.integers(0, count - 1)
    arcs = draw(st.lists(st.tuples(node, node, st.integers(1, 8)), max_size=24))
    tail, head, time_s = (np.array([arc[part] for arc in arcs], np.int64) for part in range(3))
    lon = np.arange(count) / 1000
    return build_network(lon, np.zeros(count), tail, head, time_s, time_s / 2, keep_largest=False)


def all_times(network: RoadNetwork) -> np.ndarray:
    """Floyd and Warshall: the plain way to all shortest times."""
    count = network.node_count
    times = np.full((count, count), math.inf)
    times[network.tails(), network.head] = network.time_s
    np.fill_diagonal(times, 0)
    for via in range(count):
        times = np.minimum(times, times[:, via, None] + times[None, via, :])
    return times


@pytest.mark.parametrize("table", [True, False], ids=["table", "labels"])
@settings(max_examples=150)
@given(network=small_networks())
def test_times_are_those_of_floyd_and_warshall(table: bool, network: RoadNetwork) -> None:
    times, expected = TravelTimes(network, 2.0, oracle=build_oracle(network, table=table)), all_times(network) * 2
    everywhere = np.arange(network.node_count)
    often = np.resize(everywhere, SPREAD_FROM)  # so many that one label is laid out for look-up
    for node in range(network.node_count):
        for nodes in (everywhere, often):
            assert times.to_many(node, nodes).tolist() == expected[node, nodes].tolist()
            assert times.from_many(nodes, node).tolist() == expected[nodes, node].tolist()
        assert [times.seconds(node, other) for other in range(network.node_count)] == expected[node].tolist()


@pytest.mark.parametrize("table", [True, False], ids=["table", "labels"])
@settings(max_examples=100)
@given(network=small_networks(), data=st.data())
def test_a_path_follows_arcs_and_takes_the_shortest_time(
    table: bool, network: RoadNetwork, data: st.DataObject
) -> None:
    node = st.integers(0, network.node_count - 1)
    start, end = data.draw(node), data.draw(node)
    times = TravelTimes(network, oracle=build_oracle(network, table=table))
    if math.isinf(times.seconds(start, end)):
        with pytest.raises(InputError, match="there is no way"):
            times.path(start, end)
        return
    route = times.path(start, end)
    arcs = zip(network.tails().tolist(), network.head.tolist(), strict=True)
    arc_times = dict(zip(arcs, network.time_s.tolist(), strict=True))
    nodes = route.nodes.tolist()
    legs = [arc_times[arc] for arc in itertools.pairwise(nodes)]
    assert (nodes[0], nodes[-1]) == (start, end)
    assert route.at_s.tolist() == [sum(legs[:count]) for count in range(len(nodes))]
    assert route.seconds == times.seconds(start, end)


def route_along_the_equator() -> Route:
    return Route(np.array([4, 7, 9], np.int32), np.array([0.0, 10.0, 40.0]), np.array([0.0, 1.0, 2.0]), np.zeros(3))


def test_a_unit_moves_evenly_between_nodes_and_may_turn_only_at_the_next() -> None:
    route = route_along_the_equator()
    assert route.position(5.0) == (0.5, 0.0, 7, 5.0)
    assert route.position(10.0) == (1.0, 0.0, 7, 0.0)
    assert route.position(25.0) == (1.5, 0.0, 9, 15.0)


def test_before_the_start_a_unit_waits_and_after_the_end_it_stands() -> None:
    route = route_along_the_equator()
    assert route.position(-3.0) == (0.0, 0.0, 4, 3.0)
    assert route.position(0.0) == (0.0, 0.0, 4, 0.0)
    assert route.position(99.0) == (2.0, 0.0, 9, 0.0)


@settings(max_examples=100)
@given(st.lists(st.floats(0.01, 50), min_size=1, max_size=8), st.floats(-5, 450), st.floats(0, 5))
def test_a_position_never_jumps_and_never_goes_back(legs: list[float], elapsed_s: float, step_s: float) -> None:
    at_s = np.concatenate(([0.0], np.cumsum(legs)))
    lon = at_s * 0.001  # as far along as it is late: 0.001 degrees a second
    route = Route(np.arange(len(at_s), dtype=np.int32), at_s, lon, np.zeros(len(at_s)))
    before, after = route.position(elapsed_s), route.position(elapsed_s + step_s)
    assert -1e-9 <= after.lon_deg - before.lon_deg <= step_s * 0.001 + 1e-9
    assert before.next_node <= after.next_node
    assert before.seconds_to_next_node >= 0


def test_a_node_that_does_not_exist_is_refused() -> None:
    times = TravelTimes(build_network([0.0, 0.1], [0.0, 0.0], [0, 1], [1, 0], [1, 1], [1, 1]))
    for ask in (lambda: times.seconds(0, 2), lambda: times.to_many(0, [-1]), lambda: times.path(9, 0)):
        with pytest.raises(InputError, match=r"has no node -?\d"):
            ask()


@pytest.mark.parametrize("factor", [0.0, -1.0, math.nan, math.inf])
def test_a_factor_that_is_no_factor_is_refused(factor: float) -> None:
    with pytest.raises(InputError, match="the factor is"):
        TravelTimes(build_network([0.0], [0.0], [], [], [], []), factor)
