"""JEMSS itself computed these runs; every call must come out the same."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sixpoint.cli.plan import plan
from sixpoint.plan.jemss.calls import COLUMNS

RUNS = {
    "manhattan, redispatch off": (
        "manhattan",
        "manhattan/reference/calls_none_first30000.csv.gz",
        "manhattan/misc/redispatch/redispatch_off.csv",
        "manhattan/reference/calls_none_first30000.csv.gz",
    ),
    "grid, redispatch off": (
        "grid/input",
        "grid/input/calls.csv",
        "grid/redispatch_off.csv",
        "grid/none_redispatch_off/calls.csv.gz",
    ),
    "grid, JEMSS's own redispatch": (
        "grid/input",
        "grid/input/calls.csv",
        None,
        "grid/none_default_redispatch/calls.csv.gz",
    ),
}
# 1 ms, in days; the largest difference seen is 1e-13 days.
MS = 1e-3 / 86_400


def computed(path: Path) -> dict[str, np.ndarray]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    start = next(number for number, row in enumerate(rows) if row and row[0] == "index")
    body = [row for row in rows[start + 1 :] if row and row[0]]
    return {name: np.array([row[place] for row in body]) for place, name in enumerate(rows[start]) if name}


@pytest.mark.parametrize("name", RUNS)
def test_every_call_is_as_jemss_computed_it(name: str, shared: Path, tmp_path: Path) -> None:
    city, calls, redispatch, reference = RUNS[name]
    folder, out = shared / "data" / "jemss", tmp_path / "out.csv"
    options = ["--redispatch", str(folder / redispatch)] if redispatch else []
    arguments = ["jemss", str(folder / city), "--calls", str(folder / calls), "--out", str(out), "--no-cache", *options]
    result = CliRunner().invoke(plan, arguments, standalone_mode=False)
    assert result.exception is None and result.return_value == 0
    with out.open(encoding="utf-8", newline="") as file:
        ours = list(csv.DictReader(file))
    theirs = computed(folder / reference)
    assert tuple(ours[0]) == COLUMNS and len(ours) == len(theirs["index"])
    for column in ("dispatchTime", "ambArrivalTime", "hospitalArrivalTime"):
        gap = np.abs(np.array([row[column] for row in ours], np.float64) - theirs[column].astype(np.float64))
        assert gap.max() < MS, f"{column}: call {gap.argmax() + 1}"
    for column in ("index", "chosenHospitalIndex", "wasQueued"):
        assert [int(row[column]) for row in ours] == theirs[column].astype(np.float64).astype(int).tolist(), column
