"""Ways ahead, node by node, held against the road times of the same units to the same places."""

from __future__ import annotations

import numpy as np
import pytest

from sixpoint.ops import Leg, Place
from sixpoint.region import Region, bundled_region, read_region
from sixpoint.road import TravelTimes
from sixpoint.service.travel import RoadTravel


@pytest.fixture(scope="module")
def riverton() -> Region:
    return read_region(bundled_region("riverton"))


def somewhere(region: Region, rng: np.random.Generator) -> Place:
    node = int(rng.integers(region.network.node_count))
    return Place(float(region.network.lon_deg[node]), float(region.network.lat_deg[node]), node)


@pytest.mark.parametrize("lights", [True, False])
def test_the_way_takes_as_long_to_every_place_on_it_as_the_road_times_say(riverton: Region, lights: bool) -> None:
    travel, rng = RoadTravel(TravelTimes(riverton.network), riverton.lights_factor), np.random.default_rng(4)
    for case in range(40):
        start, to, goal = (somewhere(riverton, rng) for _ in range(3))
        whole_ms = round(travel.seconds(start, to, 0, True) * 1000)
        position = start if case % 2 else Leg(start, to, 0, whole_ms, True)
        at_ms = int(rng.integers(whole_ms + 1))
        way = travel.way(position, goal, at_ms, lights)
        assert way is not None and len(way.places) == len(way.at_s)
        assert way.at_s[0] == 0 and way.places[-1] == goal and list(way.at_s) == sorted(way.at_s)
        assert way.at_s[-1] == pytest.approx(travel.seconds(position, goal, at_ms, lights), abs=1e-3)
        to_each = travel.seconds_to_many(position, way.places, at_ms, lights)
        assert to_each[1:] == pytest.approx(way.at_s[1:], abs=1e-3)


def test_to_many_and_from_many_agree_with_one_by_one(riverton: Region) -> None:
    travel, rng = RoadTravel(TravelTimes(riverton.network), riverton.lights_factor), np.random.default_rng(5)
    here, places = somewhere(riverton, rng), [somewhere(riverton, rng) for _ in range(8)]
    assert travel.seconds_to_many(here, places, 0, True) == [travel.seconds(here, one, 0, True) for one in places]


def test_a_unit_at_its_goal_has_a_way_of_one_place(riverton: Region) -> None:
    travel, rng = RoadTravel(TravelTimes(riverton.network)), np.random.default_rng(6)
    here = somewhere(riverton, rng)
    way = travel.way(here, here, 0, False)
    assert way is not None and way.places == (here,) and way.at_s == (0.0,)
