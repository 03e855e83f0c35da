"""Road times for the live service: where a unit under way is now, and how long it takes from there.

The network's times are free-flow. A region's speeds by hour of the week, or else its one `lights_factor`, say how long
a run takes against them. With one factor, a run without lights takes at least the free-flow time and never less than
one with lights. A leg keeps the factor of the hour in which it began; an estimate has that of its instant. Every time
is a whole number of milliseconds, rounded as the simulation rounds it (`road.clock`), so that both have the same
instants.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from sixpoint import road
from sixpoint.ops import Leg, Place, Position, Way
from sixpoint.road.clock import NS_PER_MS, one_ms, whole_ms
from sixpoint.road.driven import Driven, DrivenLegs
from sixpoint.road.hourly import HourlySpeeds
from sixpoint.road.network import Floats, Ints
from sixpoint.road.oracle import NS_PER_S

# A statewide service has fewer units under way at once.
MOST_LEGS: Final = 16_384


class RoadTravel:
    """Answers `ops.Travel` on a road network; `times` are at the network's own speed."""

    def __init__(self, times: road.TravelTimes, lights_factor: float = 1.0, speeds: HourlySpeeds | None = None) -> None:
        assert times.factor == 1.0, "how fast units drive is said here"
        self._times = times
        self._lights_factor = lights_factor
        self._normal_factor = max(1.0, lights_factor)
        self._speeds = speeds
        self._way = lru_cache(maxsize=4096)(self._make_way)
        self._driven = DrivenLegs(self._drive, most=MOST_LEGS)

    def seconds(self, position: Position, to: Place, at_ms: int, lights: bool) -> float:
        """Road time from where the unit is at that instant: for one under way, to its next node and on from there."""
        node, ahead_ms = self._from(position, at_ms)
        return (ahead_ms + float(whole_ms(self._times.seconds(node, to.node), self._factor(lights, at_ms)))) / 1000

    def next_nodes(self, legs: Sequence[Leg], at_ms: int) -> tuple[Ints, Ints]:
        """The node that each unit under way comes to next, and in how many milliseconds."""
        return self._driven.next_nodes(legs, at_ms)

    def seconds_from_many(self, nodes: Ints, ahead_ms: Ints, to: Place, at_ms: int, lights: bool) -> Floats:
        """The same as `seconds` for many units, each at its node so many milliseconds from now: one look at the roads.

        Shapes [units] and [units].
        """
        roads_ms = whole_ms(self._times.from_many(nodes, to.node), self._factor(lights, at_ms))
        return (ahead_ms + roads_ms) / 1000

    def seconds_to_many(self, position: Position, places: Sequence[Place], at_ms: int, lights: bool) -> list[float]:
        """The same for one unit and many goals, with one look at the network."""
        node, ahead_ms = self._from(position, at_ms)
        roads_ms = whole_ms(self._times.to_many(node, [one.node for one in places]), self._factor(lights, at_ms))
        return [(ahead_ms + road_ms) / 1000 for road_ms in roads_ms.tolist()]

    def way(self, position: Position, to: Place, at_ms: int, lights: bool) -> Way | None:
        """The shortest way as `seconds` counts it: to the next node of a unit under way, and on from there."""
        node, ahead_ms = self._from(position, at_ms)
        if math.isinf(self._times.seconds(node, to.node)):
            return None
        route, at_ns = self._way(node, to.node)
        factor = self._factor(lights, at_ms)
        nodes = zip(route.nodes.tolist(), route.lon_deg.tolist(), route.lat_deg.tolist(), strict=True)
        ahead = [Place(lon_deg, lat_deg, number) for number, lon_deg, lat_deg in nodes]
        at_s = [(ahead_ms + one_ms(ns, factor)) / 1000 for ns in at_ns.tolist()]
        here = position if isinstance(position, Place) else self.place_at(position, at_ms)
        if ahead_ms > 0:  # between two nodes: the unit's own place comes before the first node
            return Way((here, *ahead[:-1], to), (0.0, *at_s))
        return Way((here, *ahead[1:-1], to)[-len(at_s) :], tuple(at_s))

    def place_at(self, leg: Leg, at_ms: int) -> Place:
        """The point on the leg at that instant, with the node the unit comes to next."""
        if at_ms >= leg.arrives_ms:
            return leg.to
        route, _ = self._way(leg.start.node, leg.to.node)
        leaves_ms, factor = self._driven.leaves(leg)
        here = route.position((at_ms - leaves_ms) * NS_PER_MS / factor / NS_PER_S)
        return Place(here.lon_deg, here.lat_deg, self._from(leg, at_ms)[0])

    def off_road_m(self, place: Place) -> float:
        """How far the place lies from its own node, m; inf if the network has no such node."""
        network = self._times.network
        if not 0 <= place.node < network.node_count:
            return math.inf
        lon_deg, lat_deg = network.lon_deg[place.node], network.lat_deg[place.node]
        return float(road.great_circle_m(place.lon_deg, place.lat_deg, lon_deg, lat_deg))

    def _from(self, position: Position, at_ms: int) -> tuple[int, int]:
        """The node that a unit stands at or comes to next, and in how many milliseconds."""
        if isinstance(position, Place):
            return position.node, 0
        node, ahead_ms = self._driven.next_nodes([position], at_ms)
        return node.item(0), ahead_ms.item(0)

    def _drive(self, leg: Leg) -> Driven:
        route, at_ns = self._way(leg.start.node, leg.to.node)
        factor = self._factor(leg.lights, leg.left_ms)
        return Driven(route.nodes, at_ns, leg.arrives_ms - one_ms(at_ns.item(-1), factor), factor)

    def _make_way(self, start: int, goal: int) -> tuple[road.Route, Ints]:
        """The route, and the free-flow nanoseconds after which each of its nodes is reached."""
        route = self._times.path(start, goal)
        return route, np.rint(route.at_s * NS_PER_S).astype(np.int64)

    def _factor(self, lights: bool, at_ms: int) -> float:
        if self._speeds is not None:
            return self._speeds.factor(lights, at_ms)
        return self._lights_factor if lights else self._normal_factor
