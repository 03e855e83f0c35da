"""Calls of a region drawn from fitted demand, and those that a surge adds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import numpy as np

from sixpoint.plan.demand import Demand, draw_calls
from sixpoint.plan.demand.grid import Streets

HOUR_MS: Final = 3_600_000


class Modelled(msgspec.Struct, frozen=True, eq=False):
    """Demand laid on a region's streets, from `starts_at` on; `flat` leaves the season out.

    `kinds` are the places of its types among the region's call types.
    """

    demand: Demand
    streets: Streets
    starts_at: datetime
    kinds: Any
    flat: bool


class Surge(msgspec.Struct, frozen=True, eq=False):
    """So many calls an hour more between two hours of the simulation, again every `every_h` hours if that is above 0.

    They fall on `nodes` by cumulated weight `up_to`, their types are `kinds` by `shares`; `carried` is the share of
    their patients who are carried, None for that of other calls of their type.
    """

    name: str
    from_h: float
    to_h: float
    every_h: float
    per_hour: float
    nodes: Any
    up_to: Any
    kinds: Any
    shares: Any
    carried: float | None

    def spans(self, days: int) -> list[tuple[float, float]]:
        """The hours of the simulation in which it goes on, cut off at its end."""
        end_h, found, start = 24.0 * days, [], self.from_h
        while start < end_h:
            found.append((start, min(start + self.to_h - self.from_h, end_h)))
            if self.every_h <= 0:
                break
            start += self.every_h
        return found


def draw_modelled(model: Modelled, days: int, times: float, when: Any, what: Any) -> tuple[Any, Any, Any]:
    """When (ms), at which node and of which type the calls of so many days are."""
    start = model.starts_at.astimezone(UTC)
    demand, streets = model.demand, model.streets
    street = streets.metres / streets.metres.sum()
    drawn = draw_calls(
        demand, start, start + timedelta(days=days), when, what, times=times, street=street, flat=model.flat
    )
    node = streets.draw(np.maximum(drawn.cell, 0), what.random(len(drawn.at_s)))
    return (drawn.at_s * 1000).astype(np.int64), node, model.kinds[drawn.kind]


def draw_surge(surge: Surge, days: int, when: Any, what: Any) -> tuple[Any, Any, Any]:
    """When (ms), at which node and of which type the calls of a surge are: a Poisson process within its hours."""
    parts = []
    for start, end in surge.spans(days):
        count = when.poisson(surge.per_hour * (end - start))
        parts.append(start + (end - start) * when.random(count))
    at_h = np.concatenate([np.zeros(0), *parts])
    chance, place = what.random(len(at_h)), what.random(len(at_h))
    node = surge.nodes[np.searchsorted(surge.up_to, place * surge.up_to[-1], side="right")]
    up_to = np.cumsum(surge.shares)
    kind = surge.kinds[np.minimum(np.searchsorted(up_to, chance * up_to[-1], side="right"), len(up_to) - 1)]
    return (at_h * HOUR_MS).astype(np.int64), node, kind
