"""Road times for the live service: where a unit under way is now, and how long it takes from there.

The network's times are free-flow. A region's speeds by hour of the week, or else its one `lights_factor`, say how long
a run takes against them. With one factor, a run without lights takes at least the free-flow time and never less than
one with lights. A leg keeps the factor of the hour in which it began; an estimate has that of its instant. Every time
is a whole number of milliseconds, rounded as the simulation rounds it (`road.clock`), so that both have the same
instants.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from sixpoint import road
from sixpoint.ops import Leg, Place, Position, Way
from sixpoint.road.clock import NS_PER_MS, as_ms, whole_ms
from sixpoint.road.hourly import HourlySpeeds
from sixpoint.road.oracle import NS_PER_S


class RoadTravel:
    """Answers `ops.Travel` on a road network; `times` are at the network's own speed."""

    def __init__(self, times: road.TravelTimes, lights_factor: float = 1.0, speeds: HourlySpeeds | None = None) -> None:
        assert times.factor == 1.0, "how fast units drive is said here"
        self._times = times
        self._lights_factor = lights_factor
        self._normal_factor = max(1.0, lights_factor)
        self._speeds = speeds
        self._way = lru_cache(maxsize=4096)(self._make_way)

    def seconds(self, position: Position, to: Place, at_ms: int, lights: bool) -> float:
        """Road time from where the unit is at that instant: for one under way, to its next node and on from there."""
        node, ahead_ms = self._from(position, at_ms)
        return (ahead_ms + float(whole_ms(self._times.seconds(node, to.node), self._factor(lights, at_ms)))) / 1000

    def seconds_from_many(self, positions: Sequence[Position], to: Place, at_ms: int, lights: bool) -> list[float]:
        """The same for many units and one goal, with one look at the network."""
        starts = [self._from(position, at_ms) for position in positions]
        roads_ms = whole_ms(self._times.from_many([node for node, _ in starts], to.node), self._factor(lights, at_ms))
        return [(ahead_ms + road_ms) / 1000 for (_, ahead_ms), road_ms in zip(starts, roads_ms.tolist(), strict=True)]

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
        at_s = [(ahead_ms + as_ms(ns, factor)) / 1000 for ns in at_ns]
        here = position if isinstance(position, Place) else self.place_at(position, at_ms)
        if ahead_ms > 0:  # between two nodes: the unit's own place comes before the first node
            return Way((here, *ahead[:-1], to), (0.0, *at_s))
        return Way((here, *ahead[1:-1], to)[-len(at_s) :], tuple(at_s))

    def place_at(self, leg: Leg, at_ms: int) -> Place:
        """The point on the leg at that instant, with the node the unit comes to next."""
        if at_ms >= leg.arrives_ms:
            return leg.to
        route, at_ns = self._way(leg.start.node, leg.to.node)
        place, _ = self._on_way(leg, at_ns, at_ms)
        gone_ns = (at_ms - self._leaves_ms(leg, at_ns)) * NS_PER_MS / self._factor(leg.lights, leg.left_ms)
        here = route.position(gone_ns / NS_PER_S)
        return Place(here.lon_deg, here.lat_deg, route.nodes.item(place))

    def _from(self, position: Position, at_ms: int) -> tuple[int, int]:
        """The node that a unit stands at or comes to next, and in how many milliseconds."""
        if isinstance(position, Place):
            return position.node, 0
        if at_ms >= position.arrives_ms:
            return position.to.node, 0
        route, at_ns = self._way(position.start.node, position.to.node)
        place, ahead_ms = self._on_way(position, at_ns, at_ms)
        return route.nodes.item(place), ahead_ms

    def _on_way(self, leg: Leg, at_ns: Sequence[int], at_ms: int) -> tuple[int, int]:
        """Which node of the way is next, and in how many milliseconds; before the first is left, that one."""
        factor, leaves_ms = self._factor(leg.lights, leg.left_ms), self._leaves_ms(leg, at_ns)
        if at_ms <= leaves_ms:
            return 0, leaves_ms - at_ms
        gone_ns = (at_ms - leaves_ms) * NS_PER_MS / factor
        place = min(bisect_left(at_ns, gone_ns), len(at_ns) - 1)
        return place, max(0, leaves_ms + as_ms(at_ns[place], factor) - at_ms)

    def _leaves_ms(self, leg: Leg, at_ns: Sequence[int]) -> int:
        """When the unit is at the first node of the leg: later than it left, if it first had to come to a node."""
        return leg.arrives_ms - as_ms(at_ns[-1], self._factor(leg.lights, leg.left_ms))

    def _make_way(self, start: int, goal: int) -> tuple[road.Route, list[int]]:
        """The route, and the free-flow nanoseconds after which each of its nodes is reached."""
        route = self._times.path(start, goal)
        at_ns: list[int] = np.rint(route.at_s * NS_PER_S).astype(np.int64).tolist()
        return route, at_ns

    def _factor(self, lights: bool, at_ms: int) -> float:
        if self._speeds is not None:
            return self._speeds.factor(lights, at_ms)
        return self._lights_factor if lights else self._normal_factor
