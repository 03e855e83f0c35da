"""Reads the calls of a JEMSS run, in JEMSS's own form or as a plain CSV table, and writes what became of them."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from sixpoint.errors import InputError
from sixpoint.plan.jemss.columns import numbered, numbers, whole
from sixpoint.plan.jemss.ways import Records
from sixpoint.road.jemss import JemssTable, read_jemss
from sixpoint.tables import Faults, decode_text, read_bytes

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

COLUMNS: Final = (
    "index",
    "dispatchTime",
    "ambArrivalTime",
    "hospitalArrivalTime",
    "chosenHospitalIndex",
    "wasQueued",
    "ambIndex",
)
# Rows written at a time.
BLOCK: Final = 10_000


class Calls(msgspec.Struct, frozen=True, eq=False):
    """Calls in order of arrival. Priorities from 0 (high); `hospital` from 0, -1 for the nearest. Times days."""

    start: float
    priority: Ints
    x: Floats
    y: Floats
    arrival: Floats
    dispatch_delay: Floats
    on_scene: Floats
    transport: Bools
    hospital: Ints
    handover: Floats

    def first(self, count: int) -> Calls:
        """The first calls alone."""
        columns = {name: getattr(self, name)[:count] for name in self.__struct_fields__ if name != "start"}
        return msgspec.structs.replace(self, **columns)


def read_calls(path: Path, hospitals: int) -> Calls:
    """The calls of a file (.csv or .csv.gz); columns beyond JEMSS's ten inputs are passed over.

    `InputError` names every negative time, unknown hospital, or call that stands before an earlier one.
    """
    table, start = _calls_table(path)
    faults = Faults()
    numbered(table, "index", faults)
    transport = whole(table, "transport", faults, 0, 1) == 1
    handover = numbers(table, "handoverDuration", faults, 0)
    calls = Calls(
        start=start,
        priority=whole(table, "priority", faults, 1, 3) - 1,
        x=numbers(table, "x", faults),
        y=numbers(table, "y", faults),
        arrival=numbers(table, "arrivalTime", faults),
        dispatch_delay=numbers(table, "dispatchDelay", faults, 0),
        on_scene=numbers(table, "onSceneDuration", faults, 0),
        transport=transport,
        hospital=_hospitals(table, hospitals, faults),
        handover=np.where(transport, handover, 0.0) if len(handover) == len(transport) else handover,
    )
    faults.raise_any()
    _check_order(calls, table, faults)
    faults.raise_any()
    return calls


def _calls_table(path: Path) -> tuple[JemssTable, float]:
    """The table of calls and the start time, 0 where a plain table gives none."""
    text = decode_text(path.name, read_bytes(path, path.name))
    if text.lstrip().startswith("index"):
        rows = list(csv.reader(io.StringIO(text, newline="")))
        header = [cell.strip() for cell in rows[0]]
        body = [row for row in rows[1:] if row and row[0].strip()]
        for line, row in enumerate(body, 2):
            if len(row) < len(header):
                what = f"{len(row)} cells under a header of {len(header)}"
                raise InputError.one(f"{path.name}:{line}", what, "Leave empty cells empty.")
        columns = {name: tuple(row[place] for row in body) for place, name in enumerate(header)}
        return JemssTable("calls", path.name, 2, columns), 0.0
    tables = read_jemss(path, path.parent)
    if "calls" not in tables:
        raise InputError.one(path.name, "has no table 'calls'", "Give a JEMSS calls file, or a table of its columns.")
    faults = Faults()
    start = numbers(tables["miscData"], "startTime", faults) if "miscData" in tables else np.zeros(1)
    faults.raise_any()
    return tables["calls"], float(start[0]) if len(start) else 0.0


def _hospitals(table: JemssTable, hospitals: int, faults: Faults) -> Ints:
    """Wanted hospitals from 0; JEMSS writes -1 for the nearest."""
    wanted = whole(table, "hospitalIndex", faults, -1, hospitals)
    for row in np.flatnonzero(wanted == 0)[:20]:
        faults.add(f"{table.where}:{table.line + row}", "hospitalIndex is 0", "Write -1 for the nearest hospital.")
    return np.where(wanted > 0, wanted - 1, -1)


def _check_order(calls: Calls, table: JemssTable, faults: Faults) -> None:
    step = np.diff(calls.arrival)
    for row in np.flatnonzero(step < 0)[:20]:
        where = f"{table.where}:{table.line + row + 1}"
        faults.add(where, "the call arrives before the one above it", "Sort the calls by arrivalTime.")
    if np.any(step == 0) and np.any(calls.dispatch_delay <= 0):
        row = int(np.flatnonzero(step == 0)[0])
        where = f"{table.where}:{table.line + row + 1}"
        what = "arrives with the one above it while some call has no dispatchDelay: which is first is not defined"
        faults.add(where, what, "Give all calls a delay, or all calls their own time.")
    if len(calls.arrival) and calls.arrival[0] < calls.start:
        faults.add(f"{table.where}:{table.line}", f"arrives before the start ({calls.start})", "Lower startTime.")


def write_outcome(path: Path, calls: Records) -> None:
    """Writes what became of each call, in call order and JEMSS's units; whole or not at all. -1 where there is none.

    Times have the digits that give the same number when read again.
    """
    columns = (
        range(1, len(calls) + 1),
        *(calls[name].tolist() for name in ("dispatched", "reached", "at_hospital")),
        np.where(calls["hospital"] >= 0, calls["hospital"] + 1, -1).tolist(),
        calls["queued"].tolist(),
        np.where(calls["unit"] >= 0, calls["unit"] + 1, -1).tolist(),
    )
    try:
        _replace(path, columns)
    except OSError as error:
        what = f"cannot be written ({error.strerror or error})"
        raise InputError.one(str(path), what, "Name a file in a folder you may write to.") from None


def _replace(path: Path, columns: Sequence[Iterable[float]]) -> None:
    draft_number, draft = tempfile.mkstemp(prefix=".draft-", dir=path.parent)
    try:
        with os.fdopen(draft_number, "w", encoding="utf-8", newline="\n") as file:
            file.write(",".join(COLUMNS) + "\n")
            lines: list[str] = []
            for row in zip(*columns, strict=True):
                lines.append(",".join(map(repr, row)))
                if len(lines) == BLOCK:
                    file.write("\n".join(lines) + "\n")
                    lines.clear()
            file.write("".join(line + "\n" for line in lines))
        # A temporary file is readable by its owner alone; a result is as readable as any new file.
        mask = os.umask(0)
        os.umask(mask)
        Path(draft).chmod(0o666 & ~mask)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
