"""The oracle on random graphs large enough for a hierarchy, and from inside other kernels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.sparse.csgraph import dijkstra

from sixpoint.errors import InputError
from sixpoint.kernels import compiled
from sixpoint.road import Oracle, RoadNetwork, TravelTimes, build_network, build_oracle, oracle_seconds


def random_network(seed: int, count: int, arcs: int, *, whole: bool, parts: int = 1) -> RoadNetwork:
    """A directed graph; `whole` times make ties common. Of several parts, each can only reach the later ones."""
    random = np.random.default_rng(seed)
    tail, head = random.integers(0, count, (2, arcs))
    part = np.arange(count) % parts
    forward = part[tail] <= part[head]
    tail, head = tail[forward], head[forward]
    time_s = random.integers(1, 6, len(tail)).astype(float) if whole else random.uniform(0.001, 80, len(tail))
    lon = np.arange(count) / 1000
    return build_network(lon, np.zeros(count), tail, head, time_s, time_s, keep_largest=False)


@pytest.mark.parametrize("whole", [True, False], ids=["ties", "no ties"])
@pytest.mark.parametrize(("count", "arcs", "parts"), [(60, 90, 1), (150, 400, 1), (200, 1200, 1), (120, 500, 3)])
def test_labels_and_table_agree_with_dijkstra_between_all_nodes(count: int, arcs: int, parts: int, whole: bool) -> None:
    for seed in range(4):
        network = random_network(seed, count, arcs, whole=whole, parts=parts)
        expected = dijkstra(network.matrix())
        labels, table = (TravelTimes(network, oracle=build_oracle(network, table=kind)) for kind in (False, True))
        everywhere = np.arange(network.node_count)
        for node in range(network.node_count):
            row = labels.to_many(node, everywhere)
            assert np.array_equal(np.isinf(row), np.isinf(expected[node]))
            assert np.allclose(row, expected[node], rtol=0, atol=1e-6)
            assert row.tolist() == table.to_many(node, everywhere).tolist()
            assert row.tolist() == [labels.from_many([node], other)[0] for other in everywhere]


def test_a_part_that_cannot_be_reached_stays_out_of_reach() -> None:
    network = random_network(1, 120, 500, whole=True, parts=3)
    times = TravelTimes(network, oracle=build_oracle(network, table=False))
    back = [times.seconds(node, other) for node in range(2, 120, 3) for other in range(0, 120, 3)]
    assert set(back) == {math.inf}
    assert any(times.seconds(node, other) < math.inf for node in range(0, 120, 3) for other in range(2, 120, 3))


@compiled
def nearest_of(oracle: Oracle, units: np.ndarray, call: int) -> int:
    """As a kernel of another room would: no Python in the loop."""
    best, best_s = -1, np.inf
    for place in range(len(units)):
        seconds = oracle_seconds(oracle, units[place], call)
        if seconds < best_s:
            best, best_s = place, seconds
    return best


@pytest.mark.parametrize("table", [True, False], ids=["table", "labels"])
def test_another_kernel_can_ask_the_oracle(table: bool) -> None:
    network = random_network(3, 150, 600, whole=False)
    times = TravelTimes(network, oracle=build_oracle(network, table=table))
    units = np.arange(0, 150, 7)
    assert nearest_of(times.oracle, units, 5) == int(times.from_many(units, 5).argmin())


def test_an_arc_of_more_than_a_week_is_refused() -> None:
    network = build_network([0.0, 0.1], [0.0, 0.0], [0, 1], [1, 0], [1, 1], [1.0, 1e6])
    with pytest.raises(InputError, match="more than a week"):
        TravelTimes(network)
