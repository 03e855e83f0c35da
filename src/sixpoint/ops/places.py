"""Where things are: places, legs between them, and the travel times that come in as an argument."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray


class Place(msgspec.Struct, frozen=True):
    """A point on the map and the road node nearest to it."""

    lon_deg: float
    lat_deg: float
    node: int


class Leg(msgspec.Struct, frozen=True):
    """A unit's way from one place to another: when it left, when it will be there (ms since 1970)."""

    start: Place
    to: Place
    left_ms: int
    arrives_ms: int
    lights: bool


Position = Place | Leg


class Way(msgspec.Struct, frozen=True):
    """The way ahead, place by place: the first is where the unit is (0 s), the last its goal; seconds never fall."""

    places: tuple[Place, ...]
    at_s: tuple[float, ...]


class Travel(Protocol):
    """Road times as the live service asks for them; the implementation knows the network."""

    def seconds(self, position: Position, to: Place, at_ms: int, lights: bool) -> float:
        """Road time in seconds from where the unit is at that instant; inf if there is no way."""
        ...

    def next_nodes(self, legs: Sequence[Leg], at_ms: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The node that each unit under way comes to next, and in how many milliseconds; [legs] both."""
        ...

    def seconds_from_many(
        self, nodes: NDArray[np.int64], ahead_ms: NDArray[np.int64], to: Place, at_ms: int, lights: bool
    ) -> NDArray[np.float64]:
        """The same as `seconds` for many units and one goal: each is at its node so many milliseconds from now."""
        ...

    def seconds_to_many(self, position: Position, places: Sequence[Place], at_ms: int, lights: bool) -> Sequence[float]:
        """The same for one unit and many goals."""
        ...

    def way(self, position: Position, to: Place, at_ms: int, lights: bool) -> Way | None:
        """The way from where the unit is at that instant, node by node; None if there is none."""
        ...

    def place_at(self, leg: Leg, at_ms: int) -> Place:
        """Where a unit on that leg is at that instant; the end of the leg once it has arrived."""
        ...

    def off_road_m(self, place: Place) -> float:
        """How far the place lies from its own node, m; inf if the network has no such node."""
        ...
