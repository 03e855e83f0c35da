"""Reads units: each at a post, with a kit that carries what it claims, and staffed in the region's days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from sixpoint.errors import InputError
from sixpoint.region.format import TABLES, UNIT_KINDS
from sixpoint.region.model import Unit
from sixpoint.region.people import LinedShift
from sixpoint.region.rows import Identifiers, imputed, optional_yes_no, table_rows
from sixpoint.scope import Rulebook, equipment_of_kit
from sixpoint.tables import Faults, Row

# The skill that a transporting unit exists for; what it needs on board stands in the rulebook.
TRANSPORT_SKILL: Final = "patient_transport"


def read_units(
    folder: Path, posts: Identifiers, rules: Rulebook | None, faults: Faults
) -> tuple[dict[str, Unit], Identifiers]:
    """The units; a kit must be known, and fit for transport where the unit claims to transport."""
    identifiers = Identifiers("units", faults)
    units: dict[str, Unit] = {}
    for row in table_rows(folder, "units", faults):
        unit_id = identifiers.new(row)
        transport, kit = row.yes_no("transport"), row.text("kit")
        if kit:
            _check_kit(row, kit, transport, rules)
        units[unit_id] = Unit(
            unit_id=unit_id,
            call_sign=row.text("call_sign"),
            kind=row.one_of("kind", UNIT_KINDS),
            post_id=posts.known(row),
            transport=transport,
            kit=kit,
            turnout_s=row.number("turnout_s", 0, 3600),
            imputed=imputed(row, "units"),
            mutual_aid=bool(optional_yes_no(row, "mutual_aid")),
        )
    return units, identifiers


def _check_kit(row: Row, kit: str, transport: bool, rules: Rulebook | None) -> None:
    try:
        on_board = equipment_of_kit(rules, kit)
    except InputError as error:
        for fault in error.faults:
            row.fault(fault.what, fault.remedy)
        return
    needed = rules.equipment_for(TRANSPORT_SKILL) if rules is not None else frozenset()
    if transport and not needed <= on_board:
        row.fault(
            f"the unit claims to transport, but kit '{kit}' lacks {', '.join(sorted(needed - on_board))}",
            "Write transport 'no', or a kit that can: bls_ambulance or als_ambulance.",
        )


def check_staffed(
    units: Identifiers, shifts: Sequence[LinedShift], starts_at: datetime, ends_at: datetime, faults: Faults
) -> None:
    """Notes a fault for every unit without a shift in the region's days."""
    staffed = {
        item.shift.unit_id for item in shifts if item.shift.starts_at < ends_at and item.shift.ends_at > starts_at
    }
    for unit_id, line in units.line.items():
        if unit_id not in staffed:
            faults.add(
                f"{TABLES['units'].file}:{line}",
                f"unit '{unit_id}' has no shift between {starts_at.isoformat()} and {ends_at.isoformat()}",
                f"Add its crew to {TABLES['shifts'].file}, or remove the unit.",
            )
