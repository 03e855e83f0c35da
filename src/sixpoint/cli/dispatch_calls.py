"""Reads the calls of `sixpoint dispatch duplicates`: a table whose columns go by many names."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from sixpoint.dispatch import CallSeen
from sixpoint.errors import InputError
from sixpoint.region.bundled import named_region
from sixpoint.region.rows import table_path
from sixpoint.tables import CONTROL, Faults, Row, decode_text, read_bytes, read_table

# Our name of a column -> what others call it, the surest first; letter case, spaces and hyphens do not matter.
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "call_id": ("call_id", "call_number", "id", "call", "incident_id", "incident_number", "incident"),
    "received_at": ("received_at", "received", "call_time", "time", "timestamp", "datetime", "date_time"),
    "lon_deg": ("lon_deg", "longitude", "lon", "lng", "long", "x"),
    "lat_deg": ("lat_deg", "latitude", "lat", "y"),
    "dispatch_code": ("dispatch_code", "code", "call_type", "type", "nature", "problem", "title"),
}
OPTIONAL: Final = "call_id"  # without it a call goes by the line that it stands on
TIME_REMEDY: Final = "Write it like 2026-05-01T08:30:00-07:00."


class CallsRead(msgspec.Struct, frozen=True):
    """The calls of a table in its order; `received` is the time of each, by call, as the table writes it."""

    calls: tuple[CallSeen, ...]
    received: Mapping[str, str]
    notes: tuple[str, ...]


def read_calls_seen(file: Path, codes: Collection[str]) -> CallsRead:
    """The calls of a table, of a region's folder or of a bundled region; `InputError` names every row at fault.

    Rows that say the same of one call are one call (a row for each unit). A call without place or type is kept out and
    counted in the notes, which say as well what was taken for granted. `codes` are the types that dispatch knows.
    """
    path, name = _table(file)
    columns = _columns(path, name)
    faults = Faults()
    clocks, nowhere = _Clocks(), set[str]()
    seen: dict[str, tuple[CallSeen, int]] = {}
    received: dict[str, str] = {}
    for row in read_table(path, name, tuple(columns.values()), (), faults, foreign=True):
        call = _call(row, columns, clocks, nowhere)
        if not row.sound:
            continue
        known, line = seen.setdefault(call.call_id, (call, row.line))
        if known is call:
            received[call.call_id] = row.raw(columns["received_at"])
        elif msgspec.to_builtins(known) != msgspec.to_builtins(call):
            row.fault(f"call '{call.call_id}' is told otherwise on line {line}", "Give each call a number of its own.")
    faults.raise_any()
    calls = tuple(call for call, _ in seen.values())
    if not calls:
        raise InputError.one(name, "holds no call", "Give a table with calls.")
    return CallsRead(calls, received, tuple(_notes(calls, columns, clocks, codes, nowhere)))


def _table(file: Path) -> tuple[Path, str]:
    """The table, and how faults call it."""
    folder = named_region(file)
    if not folder.is_dir():
        return file, file.name or str(file)
    path, name = table_path(folder, "calls")
    if not path.exists():
        raise InputError.one(str(file), "holds no calls.csv", "Name a table of calls, or a region that has calls.")
    return path, name


def _columns(path: Path, name: str) -> dict[str, str]:
    """The table's own column for each of ours."""
    text = decode_text(name, read_bytes(path, name))
    try:
        header = [cell.strip() for cell in next(csv.reader(io.StringIO(text, newline="")), [])]
    except csv.Error as error:
        raise InputError.one(f"{name}:1", f"not a CSV line ({error})", "Give a table with a header.") from None
    written = {cell.lower().replace(" ", "_").replace("-", "_"): cell for cell in reversed(header)}
    found = {
        ours: written[known]
        for ours, theirs in NAMES.items()
        if (known := next((each for each in theirs if each in written), ""))
    }
    missing = [ours for ours in NAMES if ours not in found and ours != OPTIONAL]
    faults = Faults()
    for ours in missing:
        faults.add(f"{name}:1", f"no column is called {ours}", f"It may also be called: {', '.join(NAMES[ours][1:])}.")
    faults.raise_any()
    return found


class _Clocks:
    """Whether the times of a table carry their offset: all do, or none does."""

    def __init__(self) -> None:
        self.offset: bool | None = None

    def read(self, row: Row, column: str) -> float:
        """Seconds on the table's clock; notes a fault where there is no time, or one of another kind than before."""
        value = row.text(column)
        if not value:
            return math.nan
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            row.fault(f"column '{column}' holds '{value}', which is not a date and time", TIME_REMEDY)
            return math.nan
        has_offset = at.tzinfo is not None
        if self.offset is None:
            self.offset = has_offset
        if has_offset != self.offset:
            others = "others carry one" if self.offset else "others carry none"
            carries = "an" if has_offset else "no"
            row.fault(f"column '{column}' holds '{value}' with {carries} offset from UTC; {others}", TIME_REMEDY)
        return (at if has_offset else at.replace(tzinfo=UTC)).timestamp()


def _call(row: Row, columns: Mapping[str, str], clocks: _Clocks, nowhere: set[str]) -> CallSeen:
    call_id = row.text(columns[OPTIONAL]) if OPTIONAL in columns else f"line {row.line}"
    if CONTROL.search(call_id):
        row.fault("the number of the call holds a control character", "Remove it.")
    lon_deg, lat_deg = _place(row, columns["lon_deg"], columns["lat_deg"])
    if lon_deg == lat_deg == 0:  # off Africa: what a table writes where it knows no place
        nowhere.add(call_id)
        lon_deg = lat_deg = math.nan
    at_s = clocks.read(row, columns["received_at"])
    return CallSeen(call_id, at_s, lon_deg, lat_deg, row.raw(columns["dispatch_code"]))


def _place(row: Row, lon: str, lat: str) -> tuple[float, float]:
    """Longitude and latitude, degrees; not numbers where there is no place."""
    if not (row.raw(lon) or row.raw(lat)):
        return math.nan, math.nan
    if 90 < abs(_number(row.raw(lat))) <= 180 and abs(_number(row.raw(lon))) <= 90:
        told = f"column '{lat}' holds {row.raw(lat)}, which is no latitude, and '{lon}' holds {row.raw(lon)}"
        row.fault(f"{told}: they look swapped", f"Write the longitude under '{lon}', the latitude under '{lat}'.")
        return math.nan, math.nan
    return row.number(lon, -180, 180), row.number(lat, -90, 90)


def _number(text: str) -> float:
    """The number, or NaN, which lies within no bounds."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _notes(
    calls: Collection[CallSeen],
    columns: Mapping[str, str],
    clocks: _Clocks,
    codes: Collection[str],
    nowhere: Collection[str],
) -> list[str]:
    notes = []
    if OPTIONAL not in columns:
        notes.append("no column holds a number of the call: each goes by its line")
    if clocks.offset is False:
        notes.append("the times carry no offset from UTC: taken as one clock that is never set forward or back")
    for count, said in (
        (sum(math.isnan(call.lon_deg) for call in calls) - len(nowhere), "no place: held against no other"),
        (len(nowhere), "the place 0,0, which is none: held against no other"),
        (sum(not call.dispatch_code for call in calls), "no type: held against no other"),
        (
            sum(bool(call.dispatch_code) and call.dispatch_code not in codes for call in calls),
            "a type that is not among ours: held against calls of the very same type alone",
        ),
    ):
        if count:
            notes.append(f"{count:,} of {len(calls):,} calls have {said}")
    return notes
