"""Reads San Francisco's log of Fire/EMS calls for service: one row a unit, grouped by call.

The file: DataSF nuek-vuh3 (ODC-PDDL), as its portal exports it. Times are local, to the second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from sixpoint.tables import Faults, Row, read_table

TIMEZONE: Final = "America/Los_Angeles"
TIMES: Final = ("Received", "Dispatch", "Response", "On Scene", "Transport", "Hospital", "Available")
COLUMNS: Final = (
    "Call Number",
    "Unit ID",
    "Unit Type",
    "ALS Unit",
    "Call Type",
    "Call Type Group",
    "Call Date",
    "Call Final Disposition",
    "Original Priority",
    "Priority",
    "Final Priority",
    "Address",
    "Zipcode of Incident",
    "Location",
    *(f"{time} DtTm" for time in TIMES),
)
# The types that are medical whatever else is said; a life-threat group or a patient's disposition make any type so.
MEDICAL_TYPES: Final = frozenset({"Medical Incident", "Traffic Collision"})
LIFE_THREAT: Final = "Potentially Life-Threatening"
NO_LIFE_THREAT: Final = "Non Life-threatening"
CARRIED: Final = frozenset({"Code 2 Transport", "Code 3 Transport"})
WITH_PATIENT: Final = CARRIED | {"Patient Declined Transport", "Against Medical Advice", "Medical Examiner"}


class Response(msgspec.Struct, frozen=True):
    """One unit on one call; a time that the log lacks is None."""

    call_number: str
    unit_id: str
    unit_type: str
    als: bool
    call_type: str
    group: str
    disposition: str
    priorities: tuple[str, str, str]
    address: str
    zip_code: str
    lon_deg: float
    lat_deg: float
    received: datetime
    dispatch: datetime | None
    response: datetime | None
    on_scene: datetime | None
    transport: datetime | None
    hospital: datetime | None
    available: datetime | None
    line: int = 0  # of the file


class LoggedCall(msgspec.Struct, frozen=True):
    """One call with the units that were sent, in order of dispatch; what concerns the call is that of the first row."""

    responses: tuple[Response, ...]

    @property
    def first(self) -> Response:
        return self.responses[0]

    @property
    def is_medical(self) -> bool:
        """Whether somebody was, or was thought to be, ill or hurt (docs/region.md gives the rule and its counts)."""
        return (
            self.first.call_type in MEDICAL_TYPES
            or self.first.group in (LIFE_THREAT, NO_LIFE_THREAT)
            or any(each.transport is not None or each.disposition in WITH_PATIENT for each in self.responses)
        )

    @property
    def transported(self) -> bool:
        """Whether a patient was taken to hospital."""
        return any(
            each.transport is not None or each.hospital is not None or each.disposition in CARRIED
            for each in self.responses
        )


def read_log(path: Path, faults: Faults) -> list[Response]:
    """Every unit's response in the file; rows that cannot be read are noted in `faults`."""
    zone = ZoneInfo(TIMEZONE)
    return [_response(row, zone) for row in read_table(path, path.name, COLUMNS, (), faults, foreign=True)]


def calls_of(responses: Iterable[Response], day: date) -> list[LoggedCall]:
    """The calls received on that local day, in order of receipt."""
    grouped: dict[str, list[Response]] = {}
    for each in responses:
        if each.received.date() == day:
            grouped.setdefault(each.call_number, []).append(each)
    calls = [LoggedCall(tuple(sorted(rows, key=_when_sent))) for rows in grouped.values()]
    return sorted(calls, key=lambda call: (call.first.received, call.first.call_number))


def seconds(start: datetime | None, end: datetime | None) -> float | None:
    """Seconds from start to end; None where either is missing or they stand in the wrong order."""
    if start is None or end is None or end < start:
        return None
    return (end - start).total_seconds()


def median(values: Sequence[float]) -> float:
    """The middle value (the lower of two)."""
    return sorted(values)[(len(values) - 1) // 2]


def _when_sent(response: Response) -> tuple[datetime, str]:
    return response.dispatch or response.received, response.unit_id


def _response(row: Row, zone: ZoneInfo) -> Response:
    times = {name: _time(row, f"{name} DtTm", zone) for name in TIMES}
    if times["Received"] is None:
        row.fault("column 'Received DtTm' is empty", "Every call was received at some time: check the export.")
    lon_deg, lat_deg = _location(row)
    return Response(
        call_number=row.text("Call Number"),
        unit_id=row.text("Unit ID"),
        unit_type=row.text("Unit Type"),
        als=row.one_of("ALS Unit", ("true", "false")) == "true",
        call_type=row.text("Call Type"),
        group=row.raw("Call Type Group"),
        disposition=row.raw("Call Final Disposition"),
        priorities=(row.raw("Original Priority"), row.raw("Priority"), row.raw("Final Priority")),
        address=row.raw("Address"),
        zip_code=row.raw("Zipcode of Incident"),
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        received=times["Received"] or datetime(2000, 1, 1, tzinfo=zone),
        dispatch=times["Dispatch"],
        response=times["Response"],
        on_scene=times["On Scene"],
        transport=times["Transport"],
        hospital=times["Hospital"],
        available=times["Available"],
        line=row.line,
    )


def _time(row: Row, column: str, zone: ZoneInfo) -> datetime | None:
    value = row.raw(column)
    if not value:
        return None
    try:
        return datetime.strptime(value, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=zone)
    except ValueError:
        row.fault(f"column '{column}' holds '{value}'", "Export times like 04/10/2020 11:53:08 PM.")
        return None


def _location(row: Row) -> tuple[float, float]:
    found = re.fullmatch(r"\(\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*\)", row.raw("Location"))
    if found is None:
        row.fault(f"column 'Location' holds '{row.raw('Location')}'", "Export it like (37.73, -122.42).")
        return 0.0, 0.0
    return float(found[2]), float(found[1])
