"""A log as counts: each call's hour, cell and type, ready to be fitted, and to be split into days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from sixpoint.errors import InputError
from sixpoint.plan.call_log.model import CallLog, LoggedCall
from sixpoint.plan.demand.clock import (
    HOURS_OF_DAY,
    HOURS_OF_WEEK,
    Floats,
    Hours,
    Ints,
    Span,
    clock_hours,
    exposure_of,
    seconds_after,
    sums,
)
from sixpoint.plan.demand.grid import Grid, grid_around, key_of, streets_of
from sixpoint.plan.demand.model import PART_H, PARTS, Cells, LeftOut, Mix
from sixpoint.plan.demand.silence import Silence, silences
from sixpoint.road import RoadNetwork, Snapper
from sixpoint.tables import Faults

SHOWN: Final = 5


class Counted(msgspec.Struct, frozen=True, eq=False):
    """The calls of a log that lie in its exposure: per call its hour (place in `hours`), cell and type, -1 for none.

    `street` is the share of each cell of all streets; without roads every cell that has a call counts alike.
    """

    hours: Hours
    exposure_h: Floats
    at_s: Floats
    hour: Ints
    cell: Ints
    kind: Ints
    types: tuple[str, ...]
    grid: Grid | None
    keys: Ints
    street: Floats
    left_out: tuple[LeftOut, ...]

    @property
    def counts(self) -> Floats:
        """Calls in each hour."""
        return sums(self.hour, np.ones(len(self.hour)), len(self.exposure_h))

    @property
    def days(self) -> Ints:
        """The local days of which something was seen."""
        return np.unique(self.hours.day[self.exposure_h > 0])

    def of_days(self, days: Collection[int]) -> Counted:
        """The same log as if only these days had been kept."""
        seen = np.isin(self.hours.day, list(days))
        kept = seen[self.hour]
        return msgspec.structs.replace(
            self,
            exposure_h=np.where(seen, self.exposure_h, 0.0),
            at_s=self.at_s[kept],
            hour=self.hour[kept],
            cell=self.cell[kept],
            kind=self.kind[kept],
        )

    def cells(self) -> Cells:
        """Calls by cell and hour of the day."""
        known = self.cell >= 0
        calls = np.zeros((len(self.keys), HOURS_OF_DAY))
        np.add.at(calls, (self.cell[known], self.hours.hour_of_day[self.hour[known]]), 1.0)
        return Cells(self.keys, calls)

    def tally(self) -> dict[tuple[int, int, int], int]:
        """How many calls each cell, hour of the day and type (their places, -1: not known) had."""
        rows = zip(self.cell.tolist(), self.hours.hour_of_day[self.hour].tolist(), self.kind.tolist(), strict=True)
        return dict(Counter(rows))

    def mix(self) -> Mix:
        """Calls by type, hour, cell and part of the day."""
        by_hour = np.zeros((HOURS_OF_DAY, len(self.types)))
        by_cell = np.zeros((len(self.keys), len(PARTS), len(self.types)))
        typed = self.kind >= 0
        hour = self.hours.hour_of_day[self.hour]
        np.add.at(by_hour, (hour[typed], self.kind[typed]), 1.0)
        both = typed & (self.cell >= 0)
        np.add.at(by_cell, (self.cell[both], hour[both] // PART_H, self.kind[both]), 1.0)
        return Mix(self.types, by_hour, by_cell)


def count_calls(
    log: CallLog,
    *,
    network: RoadNetwork | None,
    snap_limit_m: float,
    cell_m: float,
    gaps: Sequence[Span] = (),
    silence_is_real: bool = False,
) -> Counted:
    """The log as counts, or `InputError` naming what makes it none: calls outside it, gaps nobody speaks of.

    `gaps` are stretches in which nobody kept the log: their hours are no exposure, and calls in them are left out.
    """
    zone = ZoneInfo(log.timezone)
    _check(log, gaps)
    hours = clock_hours(log.start, log.end, zone)
    exposure_h = exposure_of(hours, log.start, gaps)
    inside = [
        not any(
            first.astimezone(UTC) <= call.received_at.astimezone(UTC) < last.astimezone(UTC) for first, last in gaps
        )
        for call in log.calls
    ]
    calls = [call for call, kept in zip(log.calls, inside, strict=True) if kept]
    at_s = seconds_after(log.start, [call.received_at for call in calls])
    order = np.argsort(at_s, kind="stable")
    calls, at_s = [calls[place] for place in order], at_s[order]
    seen = np.flatnonzero(sums(hours.hour_of_week, exposure_h, HOURS_OF_WEEK) == 0)
    if len(seen):
        what = f"the log covers {HOURS_OF_WEEK - len(seen)} of the 168 hours of a week"
        raise InputError.one(log.name, what, "Give at least one whole week.")
    if not silence_is_real:
        _refuse_silence(log, calls, silences(hours, exposure_h, at_s), zone)
    left = [LeftOut("rates", "in a stretch that is said to be a gap", len(inside) - len(calls), ())]
    types = tuple(sorted({call.call_type for call in calls if call.call_type}))
    index = {code: place for place, code in enumerate(types)}
    kind = np.array([index.get(call.call_type, -1) for call in calls], np.int64)
    left.append(_left_out("types", "no type", [call for call in calls if not call.call_type]))
    grid, keys, street, cell, off = _places(calls, network, snap_limit_m, cell_m)
    left.append(_left_out("places", "no place", [call for call in calls if call.lon_deg is None]))
    left.append(_left_out("places", f"more than {snap_limit_m:g} m from any road", off))
    hour = hours.of(at_s)
    return Counted(
        hours, exposure_h, at_s, hour, cell, kind, types, grid, keys, street, tuple(one for one in left if one.calls)
    )


def _places(
    calls: Sequence[LoggedCall], network: RoadNetwork | None, snap_limit_m: float, cell_m: float
) -> tuple[Grid | None, Ints, Floats, Ints, list[LoggedCall]]:
    """The grid, the cells with their shares of the streets, the cell of each call, and the calls off the roads."""
    known = [place for place, call in enumerate(calls) if call.lon_deg is not None and call.lat_deg is not None]
    lon_deg = np.array([calls[place].lon_deg for place in known], np.float64)
    lat_deg = np.array([calls[place].lat_deg for place in known], np.float64)
    found = np.full(len(calls), -1, np.int64)
    if not known:
        return None, np.zeros(0, np.int64), np.zeros(0), found, []
    if network is None:
        grid = grid_around(lon_deg, lat_deg, cell_m)
        keys, cell = np.unique(key_of(*grid.cells(lon_deg, lat_deg)), return_inverse=True)
        found[known] = cell
        return grid, keys, np.full(len(keys), 1 / len(keys)), found, []
    grid = grid_around(network.lon_deg, network.lat_deg, cell_m)
    streets = streets_of(network, grid)
    # A call belongs to the cell of the street it is reached from: every cell with calls has streets to draw them on.
    node, off_m = Snapper(network).nearest_many(lon_deg, lat_deg)
    near = off_m <= snap_limit_m
    keys_of_calls = key_of(*grid.cells(network.lon_deg[node], network.lat_deg[node]))
    place = np.minimum(np.searchsorted(streets.keys, keys_of_calls), len(streets.keys) - 1)
    near &= streets.keys[place] == keys_of_calls
    found[known] = np.where(near, place, -1)
    off = [calls[known[one]] for one in np.flatnonzero(~near)]
    return grid, streets.keys, streets.metres / streets.metres.sum(), found, off


def _left_out(of: str, why: str, calls: Sequence[LoggedCall]) -> LeftOut:
    return LeftOut(of, why, len(calls), tuple(call.where for call in calls[:SHOWN]))


def _refuse_silence(log: CallLog, calls: Sequence[LoggedCall], found: Sequence[Silence], zone: ZoneInfo) -> None:
    """Names every stretch without a call that chance does not explain, with the lines around it."""
    faults = Faults()
    begun = log.start.timestamp()
    for one in found:
        low, high = (
            datetime.fromtimestamp(begun + at_s, zone).replace(tzinfo=None).isoformat(timespec="minutes")
            for at_s in (one.from_s, one.to_s)
        )
        where = calls[one.after].where if one.after < len(calls) else calls[-1].where
        what = f"no call from {low} to {high}, though {one.expected:.0f} are usual in such hours: the log has a gap"
        remedy = (
            f"Give a whole log; or say --gap {low}/{high}, so that these hours count for nothing; or, if nobody "
            "called, --silence-is-real."
        )
        faults.add(where, what, remedy)
    faults.raise_any()


def _check(log: CallLog, gaps: Sequence[Span]) -> None:
    faults = Faults()
    for word, at in (("start", log.start), ("end", log.end)):
        if at.tzinfo is None:
            faults.add(log.name, f"its {word} has no offset from UTC", "Write it like 2026-05-01T08:30:00-07:00.")
    if not log.calls:
        faults.add(log.name, "the log holds no call", "Give a log with calls.")
    faults.raise_any()
    start, end = log.start.astimezone(UTC), log.end.astimezone(UTC)
    if not start < end:
        faults.add(log.name, f"the end {log.end} is not after the start {log.start}", "Exchange them.")
    for call in log.calls:
        if call.received_at.tzinfo is None:
            faults.add(call.where, "its time has no offset from UTC", "Write it with an offset.")
        elif not start <= call.received_at.astimezone(UTC) < end:
            remedy = f"The log runs from {log.start} to {log.end}."
            faults.add(call.where, f"received {call.received_at}, outside the log", remedy)
    for first, last in gaps:
        if not start <= first.astimezone(UTC) < last.astimezone(UTC) <= end:
            what = f"the gap {first} to {last} is not within the log or ends before it begins"
            faults.add("--gap", what, f"The log runs from {log.start} to {log.end}.")
    faults.raise_any()
