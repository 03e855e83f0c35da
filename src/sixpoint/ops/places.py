"""Where things are: places, legs between them, and the travel times that come in as an argument."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


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


class Travel(Protocol):
    """Road times as the live service asks for them; the implementation knows the network."""

    def seconds(self, position: Position, to: Place, at_ms: int, lights: bool) -> float:
        """Road time in seconds from where the unit is at that instant; inf if there is no way."""
        ...

    def seconds_from_many(self, positions: Sequence[Position], to: Place, at_ms: int, lights: bool) -> Sequence[float]:
        """The same for many units and one goal."""
        ...

    def place_at(self, leg: Leg, at_ms: int) -> Place:
        """Where a unit on that leg is at that instant; the end of the leg once it has arrived."""
        ...
