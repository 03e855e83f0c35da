"""Streets are closed without a node losing its number."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sixpoint.errors import InputError
from sixpoint.road import RoadNetwork, TravelTimes, build_network
from sixpoint.road.closing import arcs_between, arcs_near, without_arcs


def square() -> RoadNetwork:
    """Four corners a kilometre or so apart, a street both ways on each side."""
    tail = np.array([0, 1, 1, 2, 2, 3, 3, 0])
    head = np.array([1, 0, 2, 1, 3, 2, 0, 3])
    length = np.full(8, 1112.0)
    lon_deg, lat_deg = [0, 0.01, 0.01, 0], [0, 0, 0.01, 0.01]
    return build_network(lon_deg, lat_deg, tail, head, length, length / 10, node_ids=tuple("abcd"))


def test_a_closed_street_is_gone_both_ways_and_the_others_stay() -> None:
    network = square()
    closed = without_arcs(network, arcs_between(network, "a", "b"))
    assert closed.node_ids == network.node_ids and closed.arc_count == 6
    assert closed.content_hash != network.content_hash
    times = TravelTimes(closed)
    assert times.seconds(0, 1) == times.seconds(1, 0) == pytest.approx(3 * 111.2)


def test_a_node_that_nothing_leads_to_any_more_stays_and_is_not_reached() -> None:
    network = square()
    alone = without_arcs(network, arcs_between(network, "a", "b") | arcs_between(network, "a", "d"))
    assert alone.node_count == 4 and math.isinf(TravelTimes(alone).seconds(0, 2))


@pytest.mark.parametrize(("within_m", "count"), [(110, 0), (112, 2), (555, 2), (567, 6), (1220, 6), (1230, 8)])
def test_streets_near_a_place_are_those_whose_line_comes_within_the_metres(within_m: float, count: int) -> None:
    """111.2 m south of the middle of the street from a to b, 567 m from a and b, 1,223 m from the street c to d."""
    network = square()
    found = arcs_near(network, 0.005, -0.001, within_m)
    assert int(found.sum()) == count
    if count == 2:
        assert set(zip(network.tails()[found].tolist(), network.head[found].tolist(), strict=True)) == {(0, 1), (1, 0)}


def test_streets_that_are_not_there_are_refused() -> None:
    for first, second in (("a", "x"), ("a", "c")):
        with pytest.raises(InputError, match=r"no node|no street"):
            arcs_between(square(), first, second)
