"""Demand: calls as a Poisson process whose rate depends on the hour of the local week, fitted from a call log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from sixpoint.errors import InputError
from sixpoint.tables import Faults

HOURS_OF_WEEK: Final = 168
HOUR_S: Final = 3600.0
# An hour of the day with few calls leans on the mix of the whole day: its own mix counts as many calls as it has, the
# day's counts as this many. A choice, not a measurement.
MIX_WEIGHT: Final = 10.0

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Dispersion(msgspec.Struct, frozen=True):
    """How far counts scatter about the fitted rates: `ratio` is 1 for a Poisson process, above it for bursts.

    `p_value`: chance of a scatter at least as large under the fitted process (Fisher's index of dispersion,
    chi-squared with `degrees`). Good where expected counts are a few or more; with sparse counts it is rough.
    """

    by: str
    statistic: float
    degrees: int
    ratio: float
    p_value: float


class Demand(msgspec.Struct, frozen=True, eq=False):
    """Fitted rates: `per_hour[h]` calls an hour in hour `h` of the local week (0 = Monday 00:00).

    `exposure_h[h]` says on how many hours of log each rate rests; `mix[hour of day, type]` sums to 1 over types.
    """

    per_hour: Floats
    exposure_h: Floats
    types: tuple[str, ...]
    mix: Floats
    zone: tzinfo
    fit: tuple[Dispersion, ...]

    @property
    def per_week(self) -> float:
        """Expected calls in a week."""
        return float(self.per_hour.sum())


class DrawnCalls(msgspec.Struct, frozen=True, eq=False):
    """Calls drawn: seconds after the start, ascending, and the place of each call's type in `types`."""

    at_s: Floats
    type_index: Ints
    types: tuple[str, ...]


def fit_demand(
    received_at: Sequence[datetime], types: Sequence[str], start: datetime, end: datetime, zone: tzinfo
) -> Demand:
    """Fits rates and mix to the calls received from `start` up to, not including, `end`.

    Exposure is counted hour by hour on the clock of the `zone`, so that a day of 23 or 25 hours and a log that begins
    at noon count as what they are. A call outside the log, or an hour of the week it never saw, is an `InputError`.
    """
    _check_log(received_at, types, start, end)
    window_start_s, window_h, hour_of_week, hour_of_day, day = _windows(start, end, zone)
    exposure_h = _sums(hour_of_week, window_h, HOURS_OF_WEEK)
    unseen = np.flatnonzero(exposure_h == 0)
    if len(unseen):
        raise InputError.one(
            "demand", f"the log covers {168 - len(unseen)} of the 168 hours of a week", "Give at least one whole week."
        )
    begun = start.astimezone(UTC)
    at_s = np.array([(instant.astimezone(UTC) - begun).total_seconds() for instant in received_at])
    window = np.searchsorted(window_start_s, at_s, side="right") - 1
    counts = np.bincount(window, minlength=len(window_h)).astype(np.float64)
    per_hour = _sums(hour_of_week, counts, HOURS_OF_WEEK) / exposure_h
    names = tuple(sorted(set(types)))
    index = {name: place for place, name in enumerate(names)}
    seen = np.zeros((24, len(names)))
    np.add.at(seen, (hour_of_day[window], np.array([index[name] for name in types])), 1.0)
    overall = seen.sum(axis=0) / seen.sum()
    mix = (seen + MIX_WEIGHT * overall) / (seen.sum(axis=1, keepdims=True) + MIX_WEIGHT)
    expected = per_hour[hour_of_week] * window_h
    fit = (
        _dispersion("hour", counts, expected, int((per_hour > 0).sum())),
        _dispersion("day", _sums(day, counts), _sums(day, expected), 7),
    )
    return Demand(per_hour, exposure_h, names, mix, zone, fit)


def draw_calls(demand: Demand, start: datetime, end: datetime, random: np.random.Generator) -> DrawnCalls:
    """Calls from `start` up to `end`, drawn from the fitted process; the same generator state gives the same calls."""
    if not start < end:
        raise InputError.one("demand", f"the end {end} is not after the start {start}", "Exchange them.")
    window_start_s, window_h, hour_of_week, hour_of_day, _ = _windows(start, end, demand.zone)
    counts = random.poisson(demand.per_hour[hour_of_week] * window_h)
    at_s = np.repeat(window_start_s, counts) + random.random(counts.sum()) * np.repeat(window_h, counts) * HOUR_S
    kinds = np.empty(len(at_s), np.int64)
    chance, hours = random.random(len(at_s)), np.repeat(hour_of_day, counts)
    for hour in range(24):
        # The last bound is forced to 1: a sum of shares may fall a rounding short of it.
        bounds = np.cumsum(demand.mix[hour])
        bounds[-1] = 1.0
        kinds[hours == hour] = np.searchsorted(bounds, chance[hours == hour], side="right")
    order = np.argsort(at_s, kind="stable")
    return DrawnCalls(at_s[order], kinds[order], demand.types)


def _windows(start: datetime, end: datetime, zone: tzinfo) -> tuple[Floats, Floats, Ints, Ints, Ints]:
    """The clock hours between two instants: start (s after `start`), length (h); hour of week, of day, day, local.

    Zones whose offset is not a whole hour still change the hour on the local clock, not on UTC's.
    """
    # Instants are subtracted in UTC: Python subtracts two local times of one zone by their clocks, across a change too.
    begun, last, first = start.astimezone(UTC), end.astimezone(UTC), start.astimezone(zone)
    into_hour = timedelta(minutes=first.minute, seconds=first.second, microseconds=first.microsecond)
    edge = begun - into_hour
    starts, lengths, weeks, hours, days = [], [], [], [], []
    while edge < last:
        low, high = max(edge, begun), min(edge + timedelta(hours=1), last)
        local = edge.astimezone(zone)
        starts.append((low - begun).total_seconds())
        lengths.append((high - low).total_seconds() / HOUR_S)
        weeks.append(local.weekday() * 24 + local.hour)
        hours.append(local.hour)
        days.append((local.date() - first.date()).days)
        edge += timedelta(hours=1)
    return np.array(starts), np.array(lengths), np.array(weeks), np.array(hours), np.array(days)


def _sums(group: Ints, values: Floats, groups: int = 0) -> Floats:
    return np.bincount(group, values, groups).astype(np.float64)


def _dispersion(by: str, counts: Floats, expected: Floats, fitted: int) -> Dispersion:
    """Index of dispersion of the counts about what was expected, `fitted` parameters having been taken from them."""
    some = expected > 0
    statistic = float(((counts[some] - expected[some]) ** 2 / expected[some]).sum())
    degrees = int(some.sum()) - fitted
    if degrees <= 0:
        return Dispersion(by, statistic, 0, float("nan"), float("nan"))
    return Dispersion(by, statistic, degrees, statistic / degrees, float(chdtrc(degrees, statistic)))


def _check_log(received_at: Sequence[datetime], types: Sequence[str], start: datetime, end: datetime) -> None:
    faults = Faults()
    if start.tzinfo is None or end.tzinfo is None:
        raise InputError.one(
            "demand", "start or end has no offset from UTC", "Write it like 2026-05-01T08:30:00-07:00."
        )
    if not start.astimezone(UTC) < end.astimezone(UTC):
        faults.add("demand", f"the end {end} is not after the start {start}", "Exchange them.")
    if len(received_at) != len(types):
        faults.add("demand", f"{len(received_at)} calls but {len(types)} types", "Give one type for each call.")
    if not len(received_at):
        faults.add("demand", "the log holds no call", "Give a log with calls.")
    for number, instant in enumerate(received_at, 1):
        if instant.tzinfo is None:
            faults.add(f"call {number}", "its time has no offset from UTC", "Write it with an offset.")
        elif not start.astimezone(UTC) <= instant.astimezone(UTC) < end.astimezone(UTC):
            faults.add(f"call {number}", f"received {instant}, outside the log", f"The log runs from {start} to {end}.")
    faults.raise_any()
