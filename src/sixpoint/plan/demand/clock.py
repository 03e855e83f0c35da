"""The hours of a stretch of time on a local clock: which hour of the week each is, and how much of it was seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

HOURS_OF_WEEK: Final = 168
HOURS_OF_DAY: Final = 24
HOUR_S: Final = 3600.0

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Span = tuple[datetime, datetime]


class Hours(msgspec.Struct, frozen=True, eq=False):
    """Clock hours one after the other, each an entry: where it begins (s after the start), how long it is (h), and its
    hour of the local week and day, its local day (0 = the first) and its month (1 to 12)."""

    start_s: Floats
    length_h: Floats
    hour_of_week: Ints
    hour_of_day: Ints
    day: Ints
    month: Ints

    def of(self, at_s: Floats) -> Ints:
        """The hour in which each instant (s after the start) lies."""
        return np.searchsorted(self.start_s, at_s, side="right") - 1


@lru_cache(maxsize=16)
def clock_hours(start: datetime, end: datetime, zone: tzinfo) -> Hours:
    """The clock hours between two instants; days of 23 or 25 hours have as many.

    Zones whose offset is not a whole hour still change the hour on the local clock, not on UTC's.
    """
    # Instants are subtracted in UTC: Python subtracts two local times of one zone by their clocks, across a change too.
    begun, last, first = start.astimezone(UTC), end.astimezone(UTC), start.astimezone(zone)
    into_hour = timedelta(minutes=first.minute, seconds=first.second, microseconds=first.microsecond)
    edge = begun - into_hour
    rows = []
    while edge < last:
        low, high = max(edge, begun), min(edge + timedelta(hours=1), last)
        local = edge.astimezone(zone)
        since_s, length_h = (low - begun).total_seconds(), (high - low).total_seconds() / HOUR_S
        day = (local.date() - first.date()).days
        rows.append((since_s, length_h, local.weekday() * 24 + local.hour, local.hour, day, local.month))
        edge += timedelta(hours=1)
    start_s, length_h_, *whole = zip(*rows, strict=True)
    return Hours(np.array(start_s), np.array(length_h_), *(np.array(column, np.int64) for column in whole))


def seconds_after(start: datetime, instants: Sequence[datetime]) -> Floats:
    """Seconds from the start to each instant, whatever the offsets they are written with."""
    begun = start.astimezone(UTC)
    return np.array([(one.astimezone(UTC) - begun).total_seconds() for one in instants], np.float64)


def exposure_of(hours: Hours, start: datetime, gaps: Sequence[Span]) -> Floats:
    """How much of each hour was seen, h: all of it but what lies in a gap."""
    seen = hours.length_h.copy()
    end_s = hours.start_s + hours.length_h * HOUR_S
    for first, last in gaps:
        low, high = seconds_after(start, (first, last))
        seen -= np.clip(np.minimum(end_s, high) - np.maximum(hours.start_s, low), 0.0, None) / HOUR_S
    return np.clip(seen, 0.0, None)


def sums(group: Ints, values: Floats, groups: int = 0) -> Floats:
    """The sum of the values in each group, groups numbered from 0."""
    return np.bincount(group, values, groups).astype(np.float64)
