"""What if the roads had been others: the times of another network, asked with the places of the one that was.

Everything before the moment asked about went as it went: a unit under way is where it was, comes to its next node when
it did, and drives on from there on the other roads.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from sixpoint.errors import InputError
from sixpoint.ops import Leg, Place, Position, Travel
from sixpoint.region import Region, named_region, read_region
from sixpoint.region.format import MANIFEST
from sixpoint.road import RoadNetwork, Route, Snapper, TravelTimes, read_road_folder
from sixpoint.road.closing import arcs_between, arcs_near, without_arcs
from sixpoint.road.hourly import HourlySpeeds
from sixpoint.road.network import Floats, Ints
from sixpoint.service.travel import RoadTravel

SNAP_LIMIT_M = 500.0
NOWHERE = -1


class RoadsAsked(msgspec.Struct, frozen=True):
    """Other roads: those of a folder (else those of the run), streets closed, all times multiplied."""

    folder: Path | None = None
    closed: tuple[str, ...] = ()
    times_factor: float = 1.0

    @property
    def is_other(self) -> bool:
        """Whether anything is asked for."""
        return self.folder is not None or bool(self.closed) or self.times_factor != 1.0


class TimesByNodesOfThen(TravelTimes):
    """Times on a network, asked with the node numbers of another; a node that has no place on it is never reached."""

    def __init__(self, times: TravelTimes, node_of: Ints) -> None:
        super().__init__(times.network, times.factor, oracle=times.oracle)
        self._node_of = node_of

    def seconds(self, from_node: int, to_node: int) -> float:
        start, goal = int(self._node_of[from_node]), int(self._node_of[to_node])
        return float("inf") if NOWHERE in (start, goal) else super().seconds(start, goal)

    def path(self, from_node: int, to_node: int) -> Route:
        raise NotImplementedError("where a unit was is asked of the roads of then")

    def _many(self, node: int, others: npt.ArrayLike, *, outward: bool) -> Floats:
        start, goals = int(self._node_of[node]), self._node_of[np.asarray(others, np.int64)]
        if start == NOWHERE:
            return np.full(len(goals), np.inf)
        found = super()._many(start, np.where(goals == NOWHERE, start, goals), outward=outward)
        return np.where(goals == NOWHERE, np.inf, found)


class OtherRoads(RoadTravel):
    """Road times on other roads from where units really were; `off_roads` counts the nodes that have no place there."""

    def __init__(
        self, then: RoadTravel, times: TravelTimes, node_of: Ints, lights_factor: float, speeds: HourlySpeeds | None
    ) -> None:
        super().__init__(TimesByNodesOfThen(times, node_of), lights_factor, speeds)
        self.then = then
        self.off_roads = int((node_of == NOWHERE).sum())

    def place_at(self, leg: Leg, at_ms: int) -> Place:
        """Where it really was."""
        return self.then.place_at(leg, at_ms)

    def next_nodes(self, legs: Sequence[Leg], at_ms: int) -> tuple[Ints, Ints]:
        """Where they really came next."""
        return self.then.next_nodes(legs, at_ms)

    def _from(self, position: Position, at_ms: int) -> tuple[int, int]:
        return self.then._from(position, at_ms)


def other_roads(region: Region, then: Travel, asked: RoadsAsked) -> OtherRoads:
    """The travel of a run's region on the roads asked for; `InputError` if they cannot be had."""
    assert isinstance(then, RoadTravel)
    if not 0.001 <= asked.times_factor <= 1000:
        raise InputError.one("--times-factor", f"is {asked.times_factor:g}", "Write a factor from 0.001 to 1000.")
    network, lights_factor, speeds = _roads(region, asked.folder)
    node_of = np.arange(region.network.node_count)
    if network.content_hash != region.network.content_hash:
        node_of = _same_places(region.network, network)
    for text in asked.closed:
        network = _closed(network, text)
    if asked.times_factor != 1.0:
        network = network.with_times(network.time_s * asked.times_factor)
    return OtherRoads(then, TravelTimes(network), node_of, lights_factor, speeds)


def _roads(region: Region, folder: Path | None) -> tuple[RoadNetwork, float, HourlySpeeds | None]:
    """The network, and how fast units drive on it: a region says both, a folder of roads only the first."""
    if folder is None:
        return region.network, region.lights_factor, region.speeds
    folder = named_region(folder)
    if (folder / MANIFEST).is_file():
        other = read_region(folder)
        return other.network, other.lights_factor, other.speeds
    network = read_road_folder(folder)
    return region.speeds.on(network) if region.speeds else network, region.lights_factor, region.speeds


def _same_places(then: RoadNetwork, now: RoadNetwork) -> Ints:
    """For each node of then the nearest of now, or `NOWHERE` if that is too far away."""
    nodes, metres = Snapper(now).nearest_many(then.lon_deg, then.lat_deg)
    found: Ints = np.where(metres <= SNAP_LIMIT_M, nodes, NOWHERE).astype(np.int64)
    if (found == NOWHERE).all():
        far = f"lies nowhere within {SNAP_LIMIT_M:g} m of the roads of the run"
        raise InputError.one(now.name, far, "Name roads of the same place.")
    return found


def _closed(network: RoadNetwork, text: str) -> RoadNetwork:
    """The network with the street between two nodes closed, or all that come near a place."""
    parts = text.split(",")
    if len(parts) == 2:
        return without_arcs(network, arcs_between(network, parts[0].strip(), parts[1].strip()))
    numbers = _numbers(text, parts)
    closed = arcs_near(network, *numbers)
    if not closed.any():
        none = f"no street comes within {numbers[2]:g} m of it"
        raise InputError.one(f"--close {text}", none, "Name a place of this network, longitude first.")
    return without_arcs(network, closed)


def _numbers(text: str, parts: Sequence[str]) -> tuple[float, float, float]:
    try:
        lon_deg, lat_deg, within_m = (float(part) for part in parts)
        assert -180 <= lon_deg <= 180 and -90 <= lat_deg <= 90 and 0 <= within_m < 1e6
    except (ValueError, AssertionError):
        wanted = "Write two node ids (A,B), or a place and metres (LON,LAT,METRES)."
        raise InputError.one(f"--close {text}", "names no street and no place", wanted) from None
    return lon_deg, lat_deg, within_m
