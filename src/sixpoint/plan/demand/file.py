"""Writes fitted demand as two files that people can read and change, and reads them back.

demand.toml holds rates, months and weights; places.csv the calls by cell, hour of the day and type. Shares are worked
out from these counts by the rule of `Weights` when they are read, so that a count may be corrected by hand.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import numpy as np

from sixpoint.plan.demand.clock import HOURS_OF_DAY, Floats
from sixpoint.plan.demand.grid import Grid, cell_of_key, key_of
from sixpoint.plan.demand.model import PART_H, PARTS, Cells, Demand, Mix, Weights
from sixpoint.plan.demand.rates import Month, Rates
from sixpoint.plan.writing import toml_table, toml_value
from sixpoint.plan.written import Written, read_written, struct_of
from sixpoint.region.demand import MOST_PER_HOUR
from sixpoint.road.profiles import DAYS
from sixpoint.tables import Faults, Row, read_table

DEMAND: Final = "demand.toml"
PLACES: Final = "places.csv"
PLACE_COLUMNS: Final = ("x", "y", "lon_deg", "lat_deg", "hour", "dispatch_code", "calls")
MOST_TIMES: Final = 100.0


class _About(msgspec.Struct, frozen=True):
    log: str
    timezone: str
    starts_at: str
    ends_at: str
    calls: int
    lean_h: float
    places: str = PLACES
    gaps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class _Day(msgspec.Struct, frozen=True):
    day: str
    per_hour: tuple[float, ...]
    seen_h: tuple[float, ...] = ()


class _Text(msgspec.Struct, frozen=True):
    """What demand.toml may say."""

    about: _About
    day: tuple[_Day, ...]
    weights: Weights
    month: tuple[Month, ...] = ()
    grid: Grid | None = None


def demand_text(demand: Demand, log: str) -> str:
    """demand.toml."""
    zone = demand.zone
    about = {
        "log": log, "timezone": demand.timezone, "starts_at": demand.start.astimezone(zone).isoformat(),
        "ends_at": demand.end.astimezone(zone).isoformat(), "calls": demand.calls, "lean_h": demand.rates.lean_h,
        "places": PLACES, "gaps": [f"{low.isoformat()}/{high.isoformat()}" for low, high in demand.gaps],
        "notes": list(demand.notes),
    }  # fmt: skip
    out = [
        "# Calls, fitted from a log. A scenario names this file: [demand] file = ...",
        "# per_hour: calls an hour from 0:00 on; seen_h: on how many hours of log each of them rests.",
        "", "[about]", *(f"{key} = {toml_value(value)}" for key, value in about.items()),
    ]  # fmt: skip
    for place, day in enumerate(DAYS):
        of_day = slice(24 * place, 24 * place + 24)
        per_hour = [float(f"{one:.6g}") for one in demand.rates.per_hour[of_day]]
        out += toml_table("day", {"day": day, "per_hour": per_hour, "seen_h": demand.rates.exposure_h[of_day].tolist()})
    if demand.months:
        out += ["", "# Times as many calls as on the mean; months that the log does not cover are not here."]
    for month in demand.months:
        out += toml_table("month", {key: round(value, 5) for key, value in msgspec.structs.asdict(month).items()})
    if demand.grid is not None:
        out += ["", "[grid]", *(f"{key} = {value!r}" for key, value in msgspec.structs.asdict(demand.grid).items())]
    out += [
        "",
        "# So many calls does the wider group count where a narrower one leans on it (docs/plan.md).",
        "[weights]",
    ]
    out += [f"{key} = {toml_value(value)}" for key, value in msgspec.structs.asdict(demand.weights).items()]
    return "\n".join(out) + "\n"


def places_text(demand: Demand) -> str:
    """places.csv, from the tally of demand that was fitted."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(PLACE_COLUMNS)
    for (cell, hour, kind), count in sorted(demand.tally.items()):
        where: list[Any] = ["", "", "", ""]
        if cell >= 0 and demand.grid is not None and demand.cells is not None:
            x, y = cell_of_key(int(demand.cells.keys[cell]))
            lon_deg, lat_deg = demand.grid.middle(x, y)
            where = [x, y, f"{lon_deg:.5f}", f"{lat_deg:.5f}"]
        writer.writerow([*where, hour, demand.mix.types[kind] if kind >= 0 else "", count])
    return sink.getvalue()


def read_demand(path: Path, codes: Collection[str]) -> Demand:
    """The demand in a file and the places beside it, or `InputError` naming every fault with its line."""
    written = read_written(path)
    faults = Faults()
    text = struct_of(_Text, written, faults)
    faults.raise_any()
    assert text is not None
    start, end = _checked(text, written, faults)
    places = path.parent / text.about.places
    rows = _read_places(places, text.grid is not None, codes, faults)
    faults.raise_any()
    assert start is not None and end is not None
    per_day = {one.day: one for one in text.day}
    per_hour = np.array([rate for day in DAYS for rate in per_day[day].per_hour])
    seen_h = np.array([hour for day in DAYS for hour in per_day[day].seen_h or (0.0,) * HOURS_OF_DAY])
    by_month = np.ones(13)
    for month in text.month:
        by_month[month.month] = month.factor
    types = tuple(sorted({row[2] for row in rows if row[2]}))
    keys, cells, mix = _counts(rows, types)
    return Demand(
        timezone=text.about.timezone,
        start=start,
        end=end,
        calls=text.about.calls,
        rates=Rates(per_hour, seen_h, by_month, text.about.lean_h),
        months=text.month,
        grid=text.grid,
        cells=Cells(keys, cells, _first_lines(rows, keys)) if text.grid is not None else None,
        mix=mix,
        weights=text.weights,
        notes=text.about.notes,
        digest=hashlib.sha256(path.read_bytes() + places.read_bytes()).hexdigest(),
    )


PlaceRow = tuple[int | None, int, str, float, str]  # key of the cell, hour, code, calls, where


def _read_places(path: Path, with_grid: bool, codes: Collection[str], faults: Faults) -> list[PlaceRow]:
    found: list[PlaceRow] = []
    seen: dict[tuple[int | None, int, str], str] = {}
    for row in read_table(path, path.name, PLACE_COLUMNS, (), faults):
        key = _key(row, with_grid)
        hour, calls, code = row.whole("hour", 0, 23), row.number("calls", 0, 1e9), row.raw("dispatch_code")
        if code and code not in codes:
            row.fault(
                f"dispatch code '{code}' is not a known call type", "Write a NEMSIS eDispatch.01 code, or nothing."
            )
        before = seen.setdefault((key, hour, code), row.where)
        if before != row.where and row.sound:
            row.fault(f"cell, hour and code stand at {before} too", "Add the two counts up in one row.")
        if row.sound:
            found.append((key, hour, code, calls, row.where))
    if not faults.found and not any(row[2] and row[3] > 0 for row in found):
        faults.add(path.name, "no call has a type", "Give a log with types, or write rows with a dispatch_code.")
    return found


def _key(row: Row, with_grid: bool) -> int | None:
    if not row.raw("x") and not row.raw("y"):
        return None
    if not with_grid:
        row.fault("a cell is named, but demand.toml has no [grid]", "Write its corner and cell_m there.")
    return int(key_of(row.whole("x", -(10**6), 10**6), row.whole("y", -(10**6), 10**6)))


def _first_lines(rows: list[PlaceRow], keys: Any) -> tuple[str, ...]:
    first: dict[int, str] = {}
    for key, _, _, _, where in rows:
        if key is not None:
            first.setdefault(key, where)
    return tuple(first[int(key)] for key in keys)


def _counts(rows: list[PlaceRow], types: tuple[str, ...]) -> tuple[Any, Floats, Mix]:
    keys = np.array(sorted({row[0] for row in rows if row[0] is not None}), np.int64)
    cell_of = {int(key): place for place, key in enumerate(keys)}
    kind_of = {code: place for place, code in enumerate(types)}
    cells = np.zeros((len(keys), HOURS_OF_DAY))
    by_hour, by_cell = np.zeros((HOURS_OF_DAY, len(types))), np.zeros((len(keys), len(PARTS), len(types)))
    for key, hour, code, calls, _ in rows:
        if key is not None:
            cells[cell_of[key], hour] += calls
        if code:
            by_hour[hour, kind_of[code]] += calls
            if key is not None:
                by_cell[cell_of[key], hour // PART_H, kind_of[code]] += calls
    return keys, cells, Mix(types, by_hour, by_cell)


def _checked(text: _Text, written: Written, faults: Faults) -> tuple[datetime | None, datetime | None]:
    """Notes what is wrong with values that are of the right kind; returns when the log began and ended."""
    try:
        ZoneInfo(text.about.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        what = f"time zone '{text.about.timezone}' is not known"
        faults.add(written.where("about", "timezone"), what, "Write an IANA name like America/Chicago.")
    for place, day in enumerate(text.day):
        if day.day not in DAYS or day.day in [other.day for other in text.day[:place]]:
            what = f"day '{day.day}' is not known or stands twice"
            faults.add(written.where("day", place, "day"), what, f"Write one row for each of {', '.join(DAYS)}.")
        for name, values in (("per_hour", day.per_hour), ("seen_h", day.seen_h or (0.0,) * HOURS_OF_DAY)):
            if len(values) != HOURS_OF_DAY or not all(0 <= one <= MOST_PER_HOUR for one in values):
                faults.add(written.where("day", place, name), f"{name} is not 24 numbers from 0", "Write one an hour.")
    lacking = [day for day in DAYS if day not in [one.day for one in text.day]]
    if lacking:
        faults.add(written.where("day"), f"there are no rates for {', '.join(lacking)}", "Write a [[day]] for each.")
    for place, month in enumerate(text.month):
        if not 1 <= month.month <= 12 or month.month in [other.month for other in text.month[:place]]:
            what = f"month {month.month} is none, or stands twice"
            faults.add(written.where("month", place, "month"), what, "Write each month once, 1 to 12.")
        if not 0 <= month.factor <= MOST_TIMES:
            what = f"the factor is {month.factor:g}"
            faults.add(written.where("month", place, "factor"), what, f"Write a number from 0 to {MOST_TIMES:g}.")
    for name, weight in msgspec.structs.asdict(text.weights).items():
        if not weight > 0:
            faults.add(written.where("weights", name), f"{name} is {weight:g}", "Write a number above 0, or inf.")
    if text.grid is not None and not (math.isfinite(text.grid.cell_m) and text.grid.cell_m > 0):
        faults.add(written.where("grid", "cell_m"), f"cell_m is {text.grid.cell_m:g}", "Write metres above 0.")
    return tuple(_instant(text.about, name, written, faults) for name in ("starts_at", "ends_at"))  # type: ignore[return-value]


def _instant(about: _About, name: str, written: Written, faults: Faults) -> datetime | None:
    try:
        found = datetime.fromisoformat(getattr(about, name))
        if found.tzinfo is not None:
            return found
    except ValueError:
        pass
    remedy = "Write it like 2026-05-01T00:00:00-07:00."
    faults.add(written.where("about", name), f"{name} is no time with its offset from UTC", remedy)
    return None
