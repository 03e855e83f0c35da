"""Road times for the live service: where a unit under way is now, and how long it takes from there.

The network's times are free-flow. A region's `lights_factor` says how long a run with lights and sirens takes
against them; a run without takes at least the free-flow time and never less than one with lights.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sixpoint import road
from sixpoint.ops import Leg, Place, Position


class RoadTravel:
    """Answers `ops.Travel` on a road network."""

    def __init__(self, times: road.TravelTimes, lights_factor: float = 1.0) -> None:
        self._times = times
        self._lights_factor = lights_factor
        self._normal_factor = max(1.0, lights_factor)
        self._route = lru_cache(maxsize=4096)(times.path)

    def seconds(self, position: Position, to: Place, at_ms: int, lights: bool) -> float:
        """Road time from where the unit is at that instant: for one under way, to its next node and on from there."""
        node, first_s = self._from(position, at_ms)
        return first_s + float(self._times.seconds(node, to.node)) * self._factor(lights)

    def seconds_from_many(self, positions: Sequence[Position], to: Place, at_ms: int, lights: bool) -> list[float]:
        """The same for many units and one goal, with one look at the network."""
        starts = [self._from(position, at_ms) for position in positions]
        roads_s = self._times.from_many([node for node, _ in starts], to.node)
        factor = self._factor(lights)
        return [first_s + float(road_s) * factor for (_, first_s), road_s in zip(starts, roads_s, strict=True)]

    def place_at(self, leg: Leg, at_ms: int) -> Place:
        """The point on the leg at that instant, with the node the unit comes to next."""
        if at_ms >= leg.arrives_ms:
            return leg.to
        route, elapsed_s = self._on_route(leg, at_ms)
        here = route.position(elapsed_s)
        return Place(here.lon_deg, here.lat_deg, here.next_node)

    def _from(self, position: Position, at_ms: int) -> tuple[int, float]:
        if isinstance(position, Place):
            return position.node, 0.0
        if at_ms >= position.arrives_ms:
            return position.to.node, 0.0
        route, elapsed_s = self._on_route(position, at_ms)
        node, ahead_s = route.ahead(elapsed_s)
        return node, ahead_s * self._factor(position.lights)

    def _on_route(self, leg: Leg, at_ms: int) -> tuple[road.Route, float]:
        """The route and the seconds of it that are done, counted back from the arrival.

        A leg that began between two nodes first had to reach its first node: the seconds are negative until then.
        """
        route = self._route(leg.start.node, leg.to.node)
        remaining_s = (leg.arrives_ms - at_ms) / 1000 / self._factor(leg.lights)
        return route, route.seconds - remaining_s

    def _factor(self, lights: bool) -> float:
        return self._lights_factor if lights else self._normal_factor
