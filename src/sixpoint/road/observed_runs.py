"""Observed runs: the one value that calibration fits to, whatever they were read from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import connected_components

from sixpoint.road.network import Flags, Floats, Ints, RoadNetwork
from sixpoint.road.snapper import Snapper
from sixpoint.road.times import TravelTimes

# Shorter runs are crews that pressed both buttons at once.
SHORTEST_S: Final = 30.0

NO_WAY: Final = "no way from where it began to where it ended"
OFF_NETWORK: Final = "from the network"
EXCHANGED: Final = "longitude and latitude look exchanged"

# A node of the network, or (lon_deg, lat_deg).
End = int | tuple[float, float]


class Run(msgspec.Struct, frozen=True):
    """One observed run between two nodes, and the day it was on (any number that tells days apart)."""

    from_node: int
    to_node: int
    observed_s: float
    day: int


class Trip(msgspec.Struct, frozen=True):
    """A run as its source tells it: its ends are not on a network yet."""

    start: End
    end: End
    observed_s: float
    day: int


class ObservedRuns(msgspec.Struct, frozen=True):
    """The runs that can be used, and how many were left out for which reason; `source` says whose runs they are."""

    runs: tuple[Run, ...]
    left_out: Mapping[str, int]
    source: str = ""


class RunsByLights(msgspec.Struct, frozen=True):
    """What a reader hands to calibration: runs with lights and sirens, and without; `notes` say what it went by."""

    lights: ObservedRuns
    normal: ObservedRuns
    notes: tuple[str, ...] = ()


def on_network(
    trips: Sequence[Trip], network: RoadNetwork, *, farthest_m: float, left_out: Mapping[str, int], source: str = ""
) -> ObservedRuns:
    """The trips between the nodes nearest to their ends; those that are too far off or have no way are counted."""
    counted = Counter(left_out)
    starts, from_m = _nodes([trip.start for trip in trips], network)
    ends, to_m = _nodes([trip.end for trip in trips], network)
    near = (from_m <= farthest_m) & (to_m <= farthest_m)
    has_way = _has_way(network, starts, ends)
    too_far = f"more than {told_m(farthest_m)} {OFF_NETWORK}"
    exchanged = _exchanged(trips, from_m, to_m, network, farthest_m)
    counted[f"{EXCHANGED}, {too_far}"] += exchanged
    counted[too_far] += int((~near).sum()) - exchanged
    counted[NO_WAY] += int((near & ~has_way).sum())
    places = zip(trips, starts.tolist(), ends.tolist(), (near & has_way).tolist(), strict=True)
    runs = tuple(Run(start, end, trip.observed_s, trip.day) for trip, start, end, counts in places if counts)
    return ObservedRuns(runs, dict(sorted((+counted).items())), source)


def _exchanged(trips: Sequence[Trip], from_m: Floats, to_m: Floats, network: RoadNetwork, farthest_m: float) -> int:
    """How many trips have an end that is too far off, and each such end near if its degrees were exchanged."""
    snapper, count = Snapper(network), 0
    for trip, *metres in zip(trips, from_m.tolist(), to_m.tolist(), strict=True):
        ends = zip((trip.start, trip.end), metres, strict=True)
        far = [end for end, away_m in ends if isinstance(end, tuple) and not away_m <= farthest_m]
        count += bool(far) and all(snapper.fits_exchanged(*end, farthest_m) for end in far)
    return count


def told_m(metres: float) -> str:
    """A distance for people."""
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"


def _nodes(ends: Sequence[End], network: RoadNetwork) -> tuple[Ints, Floats]:
    """The node of each end, and how far it is, m: 0 for an end that is a node."""
    nodes: Ints = np.zeros(len(ends), np.int64)
    metres: Floats = np.zeros(len(ends))
    placed = [number for number, end in enumerate(ends) if isinstance(end, tuple)]
    points: npt.NDArray[np.float64] = np.array([ends[number] for number in placed], np.float64).reshape(-1, 2)
    if placed:
        nodes[placed], metres[placed] = Snapper(network).nearest_many(points[:, 0], points[:, 1])
    for number, end in enumerate(ends):
        if isinstance(end, int):
            nodes[number] = end
    return nodes, metres


def _has_way(network: RoadNetwork, starts: Ints, ends: Ints) -> Flags:
    """Whether there is a way from each start to its end; an imported network hangs together and has one always."""
    parts, _ = connected_components(network.matrix(), directed=True, connection="strong")
    if parts == 1:
        return np.ones(len(starts), np.bool_)
    times = TravelTimes(network)
    pairs = zip(starts.tolist(), ends.tolist(), strict=True)
    return np.array([np.isfinite(times.seconds(start, end)) for start, end in pairs], np.bool_)
