"""Reads clinicians, their credentials and their shifts, and checks that nobody works outside what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from sixpoint.region.format import GATES, TABLES
from sixpoint.region.model import Shift
from sixpoint.region.rows import Identifiers, imputed, optional_instant, table_rows
from sixpoint.scope import Clinician, Credential, Rulebook, practice_level
from sixpoint.tables import Faults, Row

CREDENTIALS = TABLES["credentials"].file
SHIFTS = TABLES["shifts"].file


class LinedCredential(msgspec.Struct, frozen=True):
    """A credential and the line it stands on."""

    line: int
    credential: Credential


class People(msgspec.Struct, frozen=True):
    """Who works here and what they hold."""

    clinicians: Mapping[str, Clinician]
    held: Mapping[str, tuple[LinedCredential, ...]]


class LinedShift(msgspec.Struct, frozen=True):
    """A shift and the line it stands on."""

    line: int
    shift: Shift


def read_people(folder: Path, rules: Rulebook | None, faults: Faults) -> tuple[People, Identifiers]:
    """The clinicians with their credentials; levels are those of the rulebook."""
    identifiers = Identifiers("clinicians", faults)
    names = {identifiers.new(row): row.text("name") for row in table_rows(folder, "clinicians", faults)}
    held: dict[str, list[LinedCredential]] = {}
    lines: dict[tuple[str, Credential], int] = {}
    for row in table_rows(folder, "credentials", faults):
        who, credential = identifiers.known(row), _credential(row, rules)
        first = lines.setdefault((who, credential), row.line)
        if first != row.line and row.sound:
            row.fault(
                f"the same '{credential.gate}' credential of '{who}' stands already on line {first}",
                "Remove one of the two lines, or correct what differs.",
            )
        held.setdefault(who, []).append(LinedCredential(row.line, credential))
    clinicians = {
        clinician_id: Clinician(
            id=clinician_id,
            name=name,
            credentials=tuple(item.credential for item in held.get(clinician_id, [])),
        )
        for clinician_id, name in names.items()
    }
    return People(clinicians, {key: tuple(items) for key, items in held.items()}), identifiers


def _credential(row: Row, rules: Rulebook | None) -> Credential:
    starts, ends = row.instant("starts_at"), optional_instant(row, "ends_at")
    if ends is not None and ends <= starts:
        row.fault("the credential ends before it starts", "Correct starts_at or ends_at.")
    imputed(row, "credentials")
    gate, level = row.one_of("gate", GATES), row.text("level")
    if rules is not None:
        level = row.one_of("level", rules.levels)
    return Credential(
        gate=next((each for each in GATES if each == gate), GATES[0]),
        level=level,
        starts=starts,
        ends=ends,
        issuer=row.raw("issuer"),
        number=row.raw("number"),
    )


def read_shifts(folder: Path, units: Identifiers, clinicians: Identifiers, faults: Faults) -> list[LinedShift]:
    """The shifts, each with its line; overlapping shifts of one clinician are faults."""
    shifts: list[LinedShift] = []
    for row in table_rows(folder, "shifts", faults):
        shift = Shift(
            unit_id=units.known(row),
            clinician_id=clinicians.known(row),
            starts_at=row.instant("starts_at"),
            ends_at=row.instant("ends_at"),
            imputed=imputed(row, "shifts"),
        )
        if shift.ends_at <= shift.starts_at:
            row.fault("the shift ends before it starts", "Correct starts_at or ends_at.")
        shifts.append(LinedShift(row.line, shift))
    _check_overlaps(shifts, faults)
    return shifts


def _check_overlaps(shifts: list[LinedShift], faults: Faults) -> None:
    last: dict[str, LinedShift] = {}
    for item in sorted(shifts, key=lambda item: (item.shift.starts_at, item.line)):
        who = item.shift.clinician_id
        before = last.get(who)
        if before is not None and item.shift.starts_at < before.shift.ends_at:
            faults.add(
                f"{SHIFTS}:{item.line}",
                f"clinician '{who}' is already on unit '{before.shift.unit_id}' by line {before.line} "
                f"until {before.shift.ends_at.isoformat()}",
                "Shifts of one clinician must not overlap: move or shorten one of them.",
            )
        if before is None or item.shift.ends_at > before.shift.ends_at:
            last[who] = item


def check_gates(
    shifts: list[LinedShift],
    people: People,
    rules: Rulebook,
    starts_at: datetime,
    ends_at: datetime,
    faults: Faults,
) -> None:
    """Notes a fault for every credential that lapses, or is missing, within a shift in the region's days.

    The four gates (educated, certified, licensed, credentialed) must hold, and agree on a level, at every instant.
    """
    noted: set[str] = set()
    for item in shifts:
        shift = item.shift
        begin, end = max(shift.starts_at, starts_at), min(shift.ends_at, ends_at)
        if begin >= end or shift.clinician_id not in people.clinicians:
            continue
        held = people.held.get(shift.clinician_id, ())
        edges = {begin} | {edge for each in held for edge in (each.credential.starts, each.credential.ends) if edge}
        for at in sorted(edge for edge in edges if begin <= edge < end):
            found = _gate_fault(item, held, at)
            if found is None and practice_level(rules, people.clinicians[shift.clinician_id], at) is None:
                found = (
                    f"{SHIFTS}:{item.line}",
                    f"the credentials of '{shift.clinician_id}' agree on no level at {at.isoformat()}",
                    "The four gates must overlap at a level; correct the levels in credentials.csv.",
                )
            if found is not None:
                if f"{found[0]} {found[1]}" not in noted:
                    noted.add(f"{found[0]} {found[1]}")
                    faults.add(*found)
                break


def _gate_fault(item: LinedShift, held: tuple[LinedCredential, ...], at: datetime) -> tuple[str, str, str] | None:
    """The first gate that does not hold at that instant, named at the credential that lapsed."""
    who, shift_line = item.shift.clinician_id, f"{SHIFTS} line {item.line}"
    for gate in GATES:
        of_gate = [each for each in held if each.credential.gate == gate]
        if not of_gate:
            return (
                f"{SHIFTS}:{item.line}",
                f"clinician '{who}' holds no '{gate}' credential",
                f"Add it to {CREDENTIALS}, or take the clinician off this shift.",
            )
        if any(each.credential.holds(at) for each in of_gate):
            continue
        lapsed = [each for each in of_gate if each.credential.ends is not None and each.credential.ends <= at]
        if lapsed:
            latest = max(lapsed, key=lambda each: (each.credential.ends, each.line))
            assert latest.credential.ends is not None
            return (
                f"{CREDENTIALS}:{latest.line}",
                f"the '{gate}' credential of '{who}' expired on {latest.credential.ends.isoformat()}, "
                f"before the end of the shift on {shift_line}",
                "Renew it here, or take the clinician off that shift.",
            )
        first = min(of_gate, key=lambda each: each.credential.starts)
        return (
            f"{CREDENTIALS}:{first.line}",
            f"the '{gate}' credential of '{who}' starts on {first.credential.starts.isoformat()}, "
            f"after the start of the shift on {shift_line}",
            "Correct its start, or take the clinician off that shift.",
        )
    return None
