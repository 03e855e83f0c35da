"""Reads tables (CSV) strictly: every fault is named with its file and line, all of them at once.

The reader of each row says what it expects (`row.text("name")`, `row.number("lon_deg", -180, 180)`); what does not
hold is collected in `Faults`, and the caller raises them together when the whole input has been seen.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

from sixpoint.errors import Fault, InputError

# Characters that XML 1.0, and so a NEMSIS record, cannot carry; line ends and tabs can.
CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
# A cell up to the comma or line end after it; a quoted one whose quote is not closed there does not match.
_CELL: Final = re.compile(r'"(?:[^"]|"")*+"(?=[,\r\n]|\Z)|(?!")[^,\r\n]*')


class Faults:
    """Collects what is wrong with an input, to be raised together."""

    def __init__(self) -> None:
        self.found: list[Fault] = []
        # Tables that could not be read to their end: others are not to be blamed for what is missing from them.
        self.unread: set[str] = set()

    def add(self, where: str, what: str, remedy: str) -> None:
        """Notes one fault."""
        self.found.append(Fault(where, what, remedy))

    def raise_any(self) -> None:
        """Raises `InputError` naming every fault noted so far; does nothing if there is none."""
        if self.found:
            raise InputError(self.found)


class Row:
    """One line of a table; each accessor returns a value of its type, or notes a fault and returns a stand-in."""

    def __init__(self, table: str, line: int, cells: dict[str, str], faults: Faults) -> None:
        self.line = line
        self.where = f"{table}:{line}"
        self.sound = True  # no fault has been noted at this line so far
        self._cells = cells
        self._faults = faults

    def fault(self, what: str, remedy: str) -> None:
        """Notes a fault at this line."""
        self.sound = False
        self._faults.add(self.where, what, remedy)

    def raw(self, column: str) -> str:
        """The cell as written, stripped; empty if the cell or the (optional) column is absent."""
        return self._cells.get(column, "")

    def text(self, column: str) -> str:
        """A cell that must not be empty."""
        value = self.raw(column)
        if not value:
            self.fault(f"column '{column}' is empty", "Write a value.")
        return value

    def number(self, column: str, least: float = -math.inf, most: float = math.inf) -> float:
        """A finite number between `least` and `most`, both included."""
        value = self.text(column)
        if not value:
            return max(least, 0.0)
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self.fault(f"column '{column}' holds '{value}', which is not a number", "Write a number.")
            return max(least, 0.0)
        if not least <= number <= most:
            self.fault(
                f"column '{column}' holds {value}, outside {least:g} to {most:g}",
                "Check the value and its unit.",
            )
        return number

    def whole(self, column: str, least: int = 0, most: int = 2**53) -> int:
        """A whole number between `least` and `most`, both included."""
        number = self.number(column, least, most)
        if number != int(number):
            self.fault(
                f"column '{column}' holds {self.raw(column)}, which is not a whole number",
                "Write a whole number.",
            )
        return int(number)

    def yes_no(self, column: str) -> bool:
        """`yes` or `no`."""
        value = self.text(column)
        if value and value not in ("yes", "no"):
            self.fault(f"column '{column}' holds '{value}'", "Write 'yes' or 'no'.")
        return value == "yes"

    def one_of(self, column: str, allowed: Iterable[str]) -> str:
        """One of the allowed words."""
        value = self.text(column)
        words = tuple(allowed)
        if value and value not in words:
            shown = ", ".join(words[:12]) + (", ..." if len(words) > 12 else "")
            self.fault(f"column '{column}' holds '{value}', which is not known", f"Write one of: {shown}.")
        return value

    def words(self, column: str) -> tuple[str, ...]:
        """Zero or more words separated by spaces."""
        return tuple(self.raw(column).split())

    def instant(self, column: str) -> datetime:
        """A date and time with its offset from UTC, like 2026-05-01T08:30:00-07:00."""
        value = self.text(column)
        instant: datetime | None
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None:
            if value:
                self.fault(
                    f"column '{column}' holds '{value}', which is not a date and time with an offset",
                    "Write it like 2026-05-01T08:30:00-07:00.",
                )
            return datetime.fromisoformat("2000-01-01T00:00:00+00:00")
        return instant


def decode_text(name: str, data: bytes) -> str:
    """The file's text; `InputError` names the line of the first byte that is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start]
        raise InputError.one(
            f"{name}:{line}", f"byte 0x{byte:02x} is not UTF-8 text", "Save the file as UTF-8."
        ) from None


def read_bytes(path: Path, name: str) -> bytes:
    """The file's bytes, unpacked if the name ends in .gz; `InputError` if it cannot be read."""
    try:
        if path.suffix == ".gz":
            with gzip.open(path) as packed:
                return packed.read()
        return path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError.one(name, f"cannot be read ({reason})", "Check that the file is there and whole.") from None


def read_table(
    path: Path, name: str, columns: Sequence[str], optional: Sequence[str], faults: Faults, *, foreign: bool = False
) -> Iterator[Row]:
    """The rows of a CSV file (plain or .gz) whose header holds `columns`; `optional` ones may be absent.

    `name` is how faults call the file. Columns that are not known are faults, unless the file is `foreign`: somebody
    else's, with more in it than we use. A file that is missing, not UTF-8, or without a needed column is noted in
    `faults`, yields nothing and stands in `faults.unread`, like one whose quotes break off midway; a row with too many
    or too few cells is noted and skipped.
    """
    try:
        text = decode_text(name, read_bytes(path, name))
    except InputError as error:
        faults.found.extend(error.faults)
        faults.unread.add(name)
        return
    end = 0
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if len(header) == 1 < len(columns) and re.search(r"[;\t|]", header[0]):
            faults.add(f"{name}:1", "cells are not parted by commas", "Save the table as CSV with commas.")
            faults.unread.add(name)
            return
        missing = [column for column in columns if column not in header]
        doubled = sorted({column for column in header if header.count(column) > 1})
        strange = [] if foreign else [column for column in header if column not in columns and column not in optional]
        for column in missing:
            faults.add(f"{name}:1", f"column '{column}' is missing", f"The header needs: {', '.join(columns)}.")
        for column in doubled:
            faults.add(f"{name}:1", f"column '{column}' stands twice", "Keep one of them.")
        for column in strange:
            known = ", ".join([*columns, *optional])
            faults.add(
                f"{name}:1",
                f"column '{column}' is not known",
                f"Remove it or correct it; known are: {known}.",
            )
        if missing or doubled:
            faults.unread.add(name)
            return
        end = reader.line_num
        for cells in reader:
            line, end = end + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                faults.add(
                    f"{name}:{line}",
                    f"{len(cells)} cells under a header of {len(header)}",
                    "Quote cells that hold a comma; leave empty cells empty.",
                )
                continue
            if not foreign and CONTROL.search("".join(cells)):
                faults.add(f"{name}:{line}", "a cell holds a control character", "Remove it; no record can carry it.")
                continue
            yield Row(name, line, {key: cell.strip() for key, cell in zip(header, cells, strict=True)}, faults)
    except csv.Error as error:
        faults.unread.add(name)
        line = _line_of_bad_cell(text, end)
        faults.add(f"{name}:{line}", f"not a CSV line ({error})", "Close the quote that opens on this line.")


def _line_of_bad_cell(text: str, lines_before: int) -> int:
    """The line on which the first cell begins that is not one, in the record after that many lines."""
    at = sum(len(line) for line in islice(io.StringIO(text, newline=""), lines_before))
    record = at
    while (cell := _CELL.match(text, at)) is not None:
        if text[cell.end() : cell.end() + 1] != ",":
            return lines_before + 1
        at = cell.end() + 1
    return lines_before + 1 + text.count("\n", record, at)
