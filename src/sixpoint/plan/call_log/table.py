"""Reads a log of calls from one table: a row for each unit on a call, or one row for a call that no unit stands at."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from sixpoint.plan.call_log.model import UNIT_TIMES, CallLog, LoggedCall, LoggedResponse
from sixpoint.tables import Faults, Row, read_table

COLUMNS: Final = ("call_id", "received_at", "lon_deg", "lat_deg", "dispatch_code")
UNIT_COLUMNS: Final = ("unit_id", "unit_type", "kind", "carried", *UNIT_TIMES)
KNOWN_LONG_AGO: Final = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def read_call_log(path: Path, timezone: str, call_codes: Collection[str] | None = None) -> CallLog:
    """The log in a table (docs/plan.md lists its columns), or `InputError` naming every row that is at fault.

    It runs from the first midnight (local) not after its first call to the first midnight after its last one. Rows
    stand in order of receipt; no unit stands twice at a call; rows of one call agree about it.
    """
    faults = Faults()
    calls: dict[str, LoggedCall] = {}
    place: dict[str, int] = {}
    seen: dict[tuple[str, str], int] = {}
    responses: list[LoggedResponse] = []
    latest, latest_line = KNOWN_LONG_AGO, 0
    for row in read_table(path, path.name, COLUMNS, UNIT_COLUMNS, faults):
        call = _call(row, call_codes)
        if not row.sound:
            continue
        if call.received_at < latest:
            row.fault(f"received before line {latest_line}", "Sort the rows by received_at, or correct the time.")
        latest, latest_line = max(latest, call.received_at), row.line if call.received_at >= latest else latest_line
        known = calls.setdefault(call.call_id, call)
        place.setdefault(call.call_id, len(place))
        if known is not call and _facts(known) != _facts(call):
            row.fault(
                f"call '{call.call_id}' is told otherwise at {known.where}", "Make its rows agree, or rename one."
            )
        unit_id = row.raw("unit_id")
        before = seen.setdefault((call.call_id, unit_id), row.line)
        if before != row.line:
            row.fault(f"call '{call.call_id}' with unit '{unit_id}' stands at line {before} too", "Remove one of them.")
        if unit_id:
            responses.append(_response(row, place[call.call_id], unit_id))
    if not calls and not faults.found:
        faults.add(path.name, "the log holds no call", "Give a log with calls.")
    faults.raise_any()
    ordered = tuple(calls.values())
    zone = ZoneInfo(timezone)
    return CallLog(
        name=path.name,
        timezone=timezone,
        start=midnight(ordered[0].received_at, zone),
        end=midnight(ordered[-1].received_at, zone, days=1),
        calls=ordered,
        responses=tuple(responses),
    )


def midnight(at: datetime, zone: ZoneInfo, days: int = 0) -> datetime:
    """Local midnight of the day of an instant, or of so many days later."""
    day = at.astimezone(zone).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _call(row: Row, call_codes: Collection[str] | None) -> LoggedCall:
    code = row.raw("dispatch_code")
    if code and call_codes is not None and code not in call_codes:
        row.fault(f"dispatch code '{code}' is not a known call type", "Write a NEMSIS eDispatch.01 code, or nothing.")
    has_place = bool(row.raw("lon_deg") or row.raw("lat_deg"))
    carried = row.raw("carried")
    if carried not in ("", "yes", "no"):
        row.fault(f"column 'carried' holds '{carried}'", "Write 'yes', 'no', or nothing where it is not known.")
    return LoggedCall(
        call_id=row.text("call_id"),
        received_at=row.instant("received_at"),
        call_type=code,
        lon_deg=row.number("lon_deg", -180, 180) if has_place else None,
        lat_deg=row.number("lat_deg", -90, 90) if has_place else None,
        carried=None if not carried else carried == "yes",
        where=row.where,
    )


def _facts(call: LoggedCall) -> tuple[object, ...]:
    return call.received_at, call.call_type, call.lon_deg, call.lat_deg, call.carried


def _response(row: Row, call: int, unit_id: str) -> LoggedResponse:
    times = {name: row.instant(name) if row.raw(name) else None for name in UNIT_TIMES}
    kind = row.raw("kind") or "any"
    return LoggedResponse(call, unit_id, row.raw("unit_type") or kind, kind, row.where, **times)
