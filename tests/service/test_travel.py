"""Live road times: whole milliseconds, the same however a leg is looked at, as the simulation has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sixpoint.dispatch import load_call_types
from sixpoint.kernels import compiled
from sixpoint.ops import Leg, Place
from sixpoint.plan.tiered.model import unit_rows
from sixpoint.plan.tiered.motion import ahead_ms, drive, next_node
from sixpoint.plan.tiered.scenario import Scenario, prepare
from sixpoint.region import bundled_region, read_region
from sixpoint.road import TravelTimes
from sixpoint.road.clock import as_ms, one_ms, whole_ms
from sixpoint.service.travel import RoadTravel

LIGHTS = 0.83


@compiled
def ahead(unit: Any, at: int) -> int:
    """The kernel as other kernels call it: Python may not."""
    return ahead_ms(unit, at)


def test_many_times_are_rounded_as_one_is() -> None:
    ns = np.random.default_rng(5).integers(0, 7 * 86_400 * 10**9, 2000)
    for factor in (1.0, 1.3, 0.7071):
        alone = [as_ms(one, factor) for one in ns.tolist()]
        assert whole_ms(ns / 1e9, factor).tolist() == alone == [one_ms(one, factor) for one in ns.tolist()]
    assert whole_ms(np.inf, 1.3) == np.inf


@pytest.mark.parametrize("seed", range(3))
def test_a_unit_that_turns_on_the_road_is_where_the_simulation_has_it(tmp_path, seed: int) -> None:
    """Sent along, looked at, sent along anew, again and again: node, time to it and arrival, to the millisecond."""
    prepared = prepare(Scenario("riverton", days=1), tmp_path)
    world, region = prepared.service.world, read_region(bundled_region("riverton"), load_call_types().codes)
    travel = RoadTravel(TravelTimes(region.network), LIGHTS)
    rng = np.random.default_rng(seed)
    unit = unit_rows(1)[0:1].view(np.recarray)[0]
    position: Place | Leg = Place(0.0, 0.0, 0)
    at = 0
    for _ in range(300):
        goal, lights = int(rng.integers(region.network.node_count)), bool(rng.random() < 0.5)
        to = Place(float(region.network.lon_deg[goal]), float(region.network.lat_deg[goal]), goal)
        seconds = travel.seconds(position, to, at, lights)
        nodes, ahead_ms = np.array([[7, 0], travel._from(position, at)]).T
        assert travel.seconds_from_many(nodes, ahead_ms, to, at, lights)[1] == seconds
        start = position if isinstance(position, Place) else travel.place_at(position, at)
        assert start.node == next_node(world, unit, at)
        drive(world, unit, goal, LIGHTS if lights else 1.0, at)
        position = Leg(start, to, at, at + round(seconds * 1000), lights)
        assert position.arrives_ms == unit.arrive
        at += int(rng.integers(0, 400_000))
        node, still_ms = travel._from(position, at)
        assert (node, still_ms) == (next_node(world, unit, at), ahead(unit, at))
