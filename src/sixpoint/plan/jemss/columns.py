"""Columns of JEMSS tables as checked arrays: every fault is named with its file and line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from sixpoint.road.jemss import JemssTable, read_jemss
from sixpoint.tables import Faults

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# JEMSS's call and travel priorities, most urgent first; its files write them by name.
PRIORITIES: Final = ("highPriority", "medPriority", "lowPriority")


def tables_of(path: Path, wanted: Sequence[str], faults: Faults, folder: Path | None = None) -> dict[str, JemssTable]:
    """The tables of one file; those wanted and missing are noted."""
    tables = read_jemss(path, folder or path.parent)
    for name in wanted:
        if name not in tables:
            faults.add(path.name, f"has no table '{name}'", "A table begins with its name alone on a line.")
    return tables


def numbers(
    table: JemssTable,
    column: str,
    faults: Faults,
    least: float = -math.inf,
    most: float = math.inf,
    above: bool = False,
) -> Floats:
    """A column of finite numbers from `least` (not included if `above`) to `most`; what is not is noted."""
    values = table.numbers(column, faults)
    bad = ~(np.isfinite(values) & ((values > least) if above else (values >= least)) & (values <= most))
    for row in np.flatnonzero(bad)[:20]:
        cell = table.columns[column][row]
        limits = f"{'above' if above else 'from'} {least:g}" + (f" to {most:g}" if math.isfinite(most) else "")
        if math.isfinite(values[row]):
            where = f"{table.where}:{table.line + row}"
            faults.add(
                where, f"column '{column}' holds {cell}, not {limits}", "Check the value and its unit (days, km)."
            )
    return np.where(bad, max(least, 0.0) + above, values)


def whole(table: JemssTable, column: str, faults: Faults, least: int, most: int) -> Ints:
    """A column of whole numbers from `least` to `most`; what is not is noted and read as `least`."""
    values = table.numbers(column, faults)
    bad = ~(np.isfinite(values) & (values >= least) & (values <= most) & (values == np.floor(values)))
    for row in np.flatnonzero(bad)[:20]:
        where = f"{table.where}:{table.line + row}"
        what = f"column '{column}' holds {table.columns[column][row]}, not a whole number from {least} to {most}"
        faults.add(where, what, "Correct it; JEMSS numbers everything from 1.")
    return np.where(bad, least, values).astype(np.int64)


def priorities(table: JemssTable, column: str, faults: Faults) -> Ints:
    """A column of priorities by name, as 0 (high) to 2 (low)."""
    cells = table.columns.get(column)
    if cells is None:
        faults.add(table.where, f"table '{table.name}' has no column '{column}'", "Add the column.")
        return np.empty(0, np.int64)
    for row, cell in enumerate(cells):
        if cell.strip() not in PRIORITIES:
            where = f"{table.where}:{table.line + row}"
            faults.add(where, f"column '{column}' holds '{cell}'", f"Write one of: {', '.join(PRIORITIES)}.")
    return np.array([PRIORITIES.index(cell.strip()) if cell.strip() in PRIORITIES else 0 for cell in cells], np.int64)


def numbered(table: JemssTable, column: str, faults: Faults) -> int:
    """How many rows a table has; its numbers must run 1, 2, 3 ..."""
    values = table.numbers(column, faults)
    wrong = np.flatnonzero(values != np.arange(1, len(values) + 1))
    if len(wrong):
        where = f"{table.where}:{table.line + wrong[0]}"
        faults.add(
            where, f"'{column}' is {table.columns[column][wrong[0]]}", f"Number the rows in order: {wrong[0] + 1}."
        )
    if not len(values):
        faults.add(table.where, f"table '{table.name}' has no rows", "Give at least one.")
    return len(values)
