"""Writes fitted times as a file that people can read and change, and reads it back."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from sixpoint.plan.durations.families import FAMILIES
from sixpoint.plan.durations.fit import EMPIRICAL, Carried, Cell, ServiceTimes, draw
from sixpoint.plan.durations.goodness import SHARES
from sixpoint.plan.durations.observed import ANY, STEPS
from sixpoint.plan.writing import toml_table, toml_value
from sixpoint.plan.written import Written, read_written
from sixpoint.tables import Faults

TIMES: Final = "times.toml"
GOODNESS: Final = "goodness.csv"
# What a row of a step may say; the parameters of its family come on top.
ROW_KEYS: Final = ("unit", "call", "n", "family", "zero_share", "quantiles_s", "median_s", "p90_s")


def times_text(times: ServiceTimes, about: Mapping[str, Any]) -> str:
    """The file: what was fitted to what, then each step by kind of unit and group of calls."""
    out = [
        "# How long things take, fitted from a log (seconds). A scenario names this file: [times] file = ...",
        "# A row is for a kind of unit and a group of calls; a unit takes the narrowest row there is, by kind first.",
        "", "[about]",
        *(f"{key} = {toml_value(value)}" for key, value in about.items()),
        f"least_rows = {times.least}", f"bootstrap = {times.bootstrap}",
    ]  # fmt: skip
    for one in times.left_out:
        rows = {"step": one.step, "why": one.why, "rows": one.rows, "first": list(one.first)}
        out += toml_table("about.left_out", rows)
    for pooled in times.pooled:
        into = {"into": list(pooled.into)} if pooled.into else {}
        out += toml_table(
            "about.pooled", {"step": pooled.step, "unit": pooled.unit, "call": pooled.call, "n": pooled.n, **into}
        )
    for share in times.carried.values():
        out += toml_table("carried", {"call": share.call, "n": share.n, "share": round(share.share, 4)})
    for cell in times.cells.values():
        row = {"unit": cell.unit, "call": cell.call, "n": cell.n, "median_s": cell.median_s, "p90_s": cell.p90_s}
        row |= {"family": cell.family}
        if cell.family == EMPIRICAL:
            row |= {"quantiles_s": [round(one, 2) for one in cell.quantiles_s]}
        else:
            names = FAMILIES[cell.family].parameters
            row |= {"zero_share": round(cell.zero_share, 6)}
            row |= {name: float(f"{value:.8g}") for name, value in zip(names, cell.parameters, strict=True)}
        out += toml_table(cell.step, row)
    return "\n".join(out) + "\n"


def goodness_text(times: ServiceTimes) -> str:
    """Every family that was tried for every group, with what speaks for and against it; quantiles leave noughts out."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    shown = [f"q{round(100 * share):02d}" for share in SHARES]
    writer.writerow(
        ["step", "unit", "call", "n", "zero_share", "family", "used", "parameters", "log_likelihood", "aic", "ks",
         "p_value", *(f"{name}_observed_s" for name in shown), *(f"{name}_fitted_s" for name in shown)]
    )  # fmt: skip
    for cell in times.cells.values():
        for one in cell.candidates:
            writer.writerow(
                [cell.step, cell.unit, cell.call, cell.n, f"{cell.zero_share:.4f}", one.family,
                 "yes" if one.family == cell.family else "no", " ".join(f"{value:.6g}" for value in one.parameters),
                 f"{one.log_likelihood:.2f}", f"{one.aic:.2f}", f"{one.ks:.4f}",
                 "" if one.p_value is None else f"{one.p_value:.3f}",
                 *(f"{value:.0f}" for value in cell.observed_s), *(f"{value:.1f}" for value in one.quantiles_s)]
            )  # fmt: skip
    return sink.getvalue()


def read_times(path: Path, calls: Collection[str]) -> ServiceTimes:
    """The times in a file; `calls` are the groups there are (codes, acuities). `InputError` names all faults."""
    written = read_written(path)
    faults = Faults()
    cells: dict[tuple[str, str, str], Cell] = {}
    carried: dict[str, Carried] = {}
    for table, rows in written.values.items():
        if table == "about":
            continue
        if table not in STEPS and table != "carried":
            known = ", ".join(STEPS)
            faults.add(written.where(table, 0), f"step '{table}' is not known", f"Known are: {known}, carried.")
            continue
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            faults.add(written.where(table), f"'{table}' is no list of rows", f"Begin each row with [[{table}]].")
            continue
        for number, row in enumerate(rows):
            place = _Place(written, faults, table, number)
            if table == "carried":
                share = _carried(row, place, calls)
                if share is not None and carried.setdefault(share.call, share) is not share:
                    place.fault("call", f"'{share.call}' stands twice", "Keep one row for each group of calls.")
                continue
            cell = _cell(table, row, place, calls)
            if cell is not None and cells.setdefault((cell.step, cell.unit, cell.call), cell) is not cell:
                place.fault("unit", f"'{cell.unit}' with '{cell.call}' stands twice", "Keep one of the rows.")
    if not cells and not carried and not faults.found:
        faults.add(written.name, "holds no times", "Make it with `sixpoint plan fit`, or write rows like [[on_scene]].")
    faults.raise_any()
    return ServiceTimes(cells, carried=carried)


class _Place:
    """One row of the file, for naming what is wrong with it."""

    def __init__(self, written: Written, faults: Faults, table: str, number: int) -> None:
        self._written, self._faults, self._table, self._number = written, faults, table, number

    def fault(self, key: str, what: str, remedy: str) -> None:
        self._faults.add(self._written.where(self._table, self._number, key), f"{self._table}: {what}", remedy)

    def number(self, row: Mapping[str, Any], key: str, least: float, most: float) -> float | None:
        """A finite number between the two, or None with the fault noted."""
        value = row.get(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            self.fault(key, f"{key} is {value}", f"Write a number from {least:g} to {most:g}.")
            return None
        return float(value)

    def call(self, row: Mapping[str, Any], calls: Collection[str]) -> str:
        call = row.get("call", ANY)
        if call != ANY and call not in calls:
            self.fault("call", f"call '{call}' is not known", "Write 'any', an acuity, or a NEMSIS eDispatch.01 code.")
        return str(call)


def _carried(row: Mapping[str, Any], place: _Place, calls: Collection[str]) -> Carried | None:
    for key in row:
        if key not in ("call", "n", "share"):
            place.fault(key, f"key '{key}' is not known", "Known are: call, n, share.")
    share = place.number(row, "share", 0, 1)
    call = place.call(row, calls)
    return None if share is None else Carried(call, int(row.get("n", 0)), share)


def _cell(step: str, row: Mapping[str, Any], place: _Place, calls: Collection[str]) -> Cell | None:
    family = row.get("family", EMPIRICAL)
    if family != EMPIRICAL and family not in FAMILIES:
        place.fault("family", f"family '{family}' is not known", f"Known are: {', '.join(FAMILIES)}, {EMPIRICAL}.")
        return None
    names = () if family == EMPIRICAL else FAMILIES[family].parameters
    for key in row:
        if key not in ROW_KEYS and key not in names:
            place.fault(key, f"key '{key}' is not known", f"Known are: {', '.join((*ROW_KEYS, *names))}.")
    unit, call = str(row.get("unit", ANY)), place.call(row, calls)
    plain = Cell(step, unit, call, int(row.get("n", 0)), 0.0, family)
    if family == EMPIRICAL:
        table = _quantiles(row.get("quantiles_s"), STEPS[step].limit_s, place)
        found = None if table is None else msgspec.structs.replace(plain, quantiles_s=table)
    else:
        # Locations of logs may be any number; shapes and scales are above nought.
        values = [place.number(row, name, -20 if name == "mu" else 1e-6, 20 if name == "mu" else 1e7) for name in names]
        zero = place.number(row, "zero_share", 0, 1) if "zero_share" in row else 0.0
        known = tuple(value for value in values if value is not None)
        whole = len(known) == len(names) and zero is not None
        found = msgspec.structs.replace(plain, parameters=known, zero_share=zero) if whole else None
    if found is None:
        return None
    median_s, p90_s = draw(found, np.array([0.5, 0.9]))
    return msgspec.structs.replace(found, median_s=float(median_s), p90_s=float(p90_s))


def _quantiles(value: Any, limit_s: float, place: _Place) -> tuple[float, ...] | None:
    numbers = value if isinstance(value, list) else []
    sound = [isinstance(one, int | float) and not isinstance(one, bool) and 0 <= one <= limit_s for one in numbers]
    if len(numbers) < 2 or not all(sound) or any(low > high for low, high in pairwise(numbers)):
        place.fault(
            "quantiles_s",
            "quantiles_s is no list of times that rise",
            f"Write at least two times, from the 0 % to the 100 % quantile, 0 to {limit_s:g} s.",
        )
        return None
    return tuple(map(float, numbers))


def groups_of(acuities: Iterable[str], codes: Iterable[str]) -> frozenset[str]:
    """The groups of calls that a row may name."""
    return frozenset([ANY, *acuities, *codes])
