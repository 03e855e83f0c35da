"""Reads the tables of a region's folder row by row: types, known words, identifiers that stand once."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from sixpoint.region.format import TABLES
from sixpoint.tables import Faults, Row, read_table

IDENTIFIER_REMEDY: Final = "Give each row an identifier of its own."


def table_path(folder: Path, table: str) -> tuple[Path, str]:
    """Where a table lies and how faults call it: the plain file, or the packed one (.gz) if only that is there."""
    file = TABLES[table].file
    packed = f"{file}.gz"
    if not (folder / file).exists() and (folder / packed).exists():
        return folder / packed, packed
    return folder / file, file


def table_rows(folder: Path, table: str, faults: Faults) -> Iterator[Row]:
    """The rows of one table of the format."""
    path, name = table_path(folder, table)
    if not path.exists() and not TABLES[table].needed:
        return
    if not path.exists():
        needed = ",".join(TABLES[table].columns)
        faults.add(name, "the file is missing", f"Add it; its first line is: {needed}.")
        faults.unread.add(name)
        return
    yield from read_table(path, name, TABLES[table].columns, TABLES[table].optional, faults)


def is_unread(table: str, faults: Faults) -> bool:
    """Whether the table could not be read to its end: nothing else is blamed for what is missing from it."""
    file = TABLES[table].file
    return bool(faults.unread & {file, f"{file}.gz"})


class Identifiers:
    """The identifiers of a table; notes one that stands twice, or one that is used and does not stand there."""

    def __init__(self, table: str, faults: Faults) -> None:
        self._name = table
        self._table = TABLES[table]
        self._faults = faults
        self.line: dict[str, int] = {}

    @property
    def unread(self) -> bool:
        """Whether the file could not be read to its end: others are not blamed for that."""
        return is_unread(self._name, self._faults)

    def new(self, row: Row) -> str:
        """The row's own identifier; notes a fault if an earlier row has it."""
        value = row.text(self._table.key)
        if value in self.line:
            row.fault(f"{self._table.key} '{value}' stands already on line {self.line[value]}", IDENTIFIER_REMEDY)
        elif value:
            self.line[value] = row.line
        return value

    def known(self, row: Row) -> str:
        """An identifier of this table used by a row of another; notes a fault if it does not stand here."""
        column = self._table.key
        value = row.text(column)
        if value and value not in self.line and not self.unread:
            row.fault(
                f"{column} '{value}' is not in {self._table.file}",
                f"Correct it, or add it to {self._table.file}.",
            )
        return value


def position(row: Row) -> tuple[float, float]:
    """Longitude and latitude in degrees; not-a-number, besides the fault, where the row gives none."""
    was_sound, row.sound = row.sound, True
    lon_deg, lat_deg = row.number("lon_deg", -180, 180), row.number("lat_deg", -90, 90)
    found, row.sound = row.sound, row.sound and was_sound
    return (lon_deg, lat_deg) if found else (math.nan, math.nan)


def imputed(row: Row, table: str) -> tuple[str, ...]:
    """The columns of the row that nobody observed; each word must name a column of the table."""
    words = row.words("imputed")
    columns = (*TABLES[table].columns, *TABLES[table].optional)
    for word in words:
        if word not in columns:
            row.fault(f"column 'imputed' names '{word}'", f"Name columns of {TABLES[table].file}, with spaces between.")
    return words


def words_of(row: Row, column: str, allowed: Container[str], shown: str) -> tuple[str, ...]:
    """Words separated by spaces, each one of the allowed."""
    words = row.words(column)
    for word in words:
        if word not in allowed:
            row.fault(f"column '{column}' holds '{word}', which is not known", f"Known are: {shown}.")
    return words


def optional_instant(row: Row, column: str) -> datetime | None:
    """A date and time with its offset; `None` where the cell is empty."""
    return row.instant(column) if row.raw(column) else None


def optional_number(row: Row, column: str, least: float, most: float) -> float | None:
    """A number; `None` where the cell is empty."""
    return row.number(column, least, most) if row.raw(column) else None


def optional_yes_no(row: Row, column: str) -> bool | None:
    """yes or no; `None` where the cell is empty."""
    return row.yes_no(column) if row.raw(column) else None
