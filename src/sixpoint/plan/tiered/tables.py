"""Writes a run as tables: events in the words of the live log, calls, needs, and the figures."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from sixpoint.plan.tiered.figures import Figures
from sixpoint.plan.tiered.run import Run
from sixpoint.plan.tiered.scenario import Prepared
from sixpoint.plan.tiered.words import (
    END_WORDS,
    T_CLOSED,
    T_DIVERSION,
    T_NEED_MET,
    T_ORDER_ASKED,
    T_PERFORMED,
    T_QUEUED,
    T_RIDES,
    T_TRANSPORTING,
    TRACE_WORDS,
)


def write_run(out: Path, prepared: Prepared, run: Run, found: Figures, report: str) -> None:
    """Writes the folder whole or not at all; it must not be there yet. `report` is its page, as HTML."""
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as made:
        folder = Path(made) / "run"
        folder.mkdir()
        clock = _Clock(prepared)
        _write(folder / "events.csv", ("at", "event", "call", "unit", "detail"), _events(run, clock))
        _write(folder / "calls.csv", _CALLS, _calls(run, clock))
        _write(folder / "needs.csv", ("call", "skill", "met_at", "met_by"), _needs(run, clock))
        (folder / "figures.json").write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
        (folder / "report.html").write_text(report, "utf-8")
        folder.replace(out)


_CALLS = (
    "call", "received_at", "dispatch_code", "node", "assigned_at", "first_on_scene_at", "first_at_patient_at",
    "departed_at", "facility", "closed_at", "end",
)  # fmt: skip


class _Clock:
    """Milliseconds of the simulation as local time of the region; empty for what never came."""

    def __init__(self, prepared: Prepared) -> None:
        self._start = prepared.region.starts_at.astimezone(ZoneInfo("UTC"))
        self._zone = ZoneInfo(prepared.region.timezone)

    def __call__(self, at_ms: int) -> str:
        if at_ms < 0:
            return ""
        at: datetime = self._start + timedelta(milliseconds=at_ms)
        return at.astimezone(self._zone).isoformat(timespec="milliseconds")


def _write(path: Path, header: tuple[str, ...], rows: Iterable[Any]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _events(run: Run, clock: _Clock) -> Iterator[tuple[str, ...]]:
    units, facilities, types = run.service.unit_ids, run.service.facility_ids, run.service.types
    kinds = run.calls["type"].tolist()
    skills = {skill.index: skill.id for skill in run.service.rules.skills}
    for at, word, call, unit, detail in run.trace.tolist():
        told = str(detail) if detail else ""
        name = units[unit] if unit >= 0 and word != T_DIVERSION else ""
        if word in (T_NEED_MET, T_ORDER_ASKED):
            told = types[types.codes[kinds[call]]].needs[detail].skill
        elif word == T_PERFORMED:
            told = skills[detail]
        elif word == T_QUEUED:
            needs = types[types.codes[kinds[call]]].needs
            told = " ".join(dict.fromkeys(need.skill for bit, need in enumerate(needs) if detail >> bit & 1))
        elif word == T_CLOSED:
            told = END_WORDS[detail]
        elif word == T_RIDES:
            told = units[detail]
        elif word == T_TRANSPORTING:
            told = facilities[detail]
        elif word == T_DIVERSION:
            told = f"{facilities[unit]} {'open' if detail else 'on diversion'}"
        yield clock(at), TRACE_WORDS[word], str(call) if call >= 0 else "", name, told


def _calls(run: Run, clock: _Clock) -> Iterator[tuple[str, ...]]:
    types, facilities = run.service.types, run.service.facility_ids
    for number, row in enumerate(run.calls):
        facility = facilities[row["facility"]] if row["facility"] >= 0 else ""
        times = [clock(int(row[name])) for name in ("chosen", "scene", "patient", "departed")]
        yield (
            str(number), clock(int(row["at"])), types.codes[row["type"]], str(row["node"]), *times, facility,
            clock(int(row["closed"])), END_WORDS[row["end"]],
        )  # fmt: skip


def _needs(run: Run, clock: _Clock) -> Iterator[tuple[str, str, str, str]]:
    types, units = run.service.types, run.service.unit_ids
    for number, row in enumerate(run.calls):
        for bit, need in enumerate(types[types.codes[row["type"]]].needs):
            if row["mask"] >> bit & 1:
                met = int(run.met_ms[number, bit])
                yield str(number), need.skill, clock(met), units[run.met_by[number, bit]] if met >= 0 else ""
