"""Reads the stock of units: which lots of drugs and other items expire when. A folder may have none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from msgspec.structs import replace

from sixpoint.errors import InputError
from sixpoint.region.model import Stocked, Unit, day_start
from sixpoint.region.rows import Identifiers, imputed, table_rows
from sixpoint.scope import Rulebook, equipment_of_kit
from sixpoint.tables import Faults, Row


def read_stock(
    folder: Path,
    units: Mapping[str, Unit],
    identifiers: Identifiers,
    rules: Rulebook | None,
    timezone: str,
    faults: Faults,
) -> dict[str, Unit]:
    """The units with their lots; a lot must be of an item of the unit's kit. It may be used through its last day."""
    found = dict(units)
    for row in table_rows(folder, "stock", faults):
        unit_id, item, last = identifiers.known(row), row.text("item"), _day(row)
        imputed(row, "stock")
        unit = found.get(unit_id)
        if unit is None or last is None:
            continue
        _check_carried(row, item, unit, rules)
        lot = Stocked(item, day_start(last + timedelta(days=1), timezone), row.raw("lot"))
        found[unit_id] = replace(unit, stock=(*unit.stock, lot))
    return found


def _day(row: Row) -> date | None:
    text = row.text("expires_on")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        row.fault(
            f"column 'expires_on' holds '{text}', which is not a day", "Write the last day of use, like 2027-03-31."
        )
        return None


def _check_carried(row: Row, item: str, unit: Unit, rules: Rulebook | None) -> None:
    try:
        on_board = equipment_of_kit(rules, unit.kit)
    except InputError:
        return  # said already where the unit stands
    if item and item not in on_board:
        row.fault(f"kit '{unit.kit}' of unit '{unit.unit_id}' has no item '{item}'", "Use an item of the unit's kit.")
