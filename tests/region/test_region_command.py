"""sixpoint region on the command line: exit codes, one JSON object a line, faults on standard error."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sixpoint.region import bundled_region


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sixpoint", "region", *words], capture_output=True, text=True, cwd=cwd, check=False
    )


def test_new_makes_a_county_that_check_accepts(tmp_path: Path) -> None:
    made = run("new", "county", "--seed", "3", "--name", "Test County", "--json", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert told["name"] == "Test County" and told["synthetic"] and "invented" in told["notice"] and told["seed"] == 3
    checked = run("check", "county", cwd=tmp_path)
    assert checked.returncode == 0 and "the folder is whole" in checked.stdout
    assert run("new", "county", cwd=tmp_path).returncode == 2


def test_check_names_every_fault_on_a_line_of_its_own_and_exits_with_2(tmp_path: Path) -> None:
    shutil.copytree(bundled_region("riverton"), tmp_path / "broken")
    (tmp_path / "broken" / "aeds.csv").unlink()
    calls = tmp_path / "broken" / "calls.csv"
    calls.write_text(calls.read_text("utf-8").replace("2301", "9301"), "utf-8")
    checked = run("check", "broken", "--json", cwd=tmp_path)
    assert checked.returncode == 2 and not checked.stdout
    faults = [json.loads(line) for line in checked.stderr.splitlines()]
    assert len(faults) == 81 and set(faults[0]) == {"error", "where", "remedy"}
    assert (faults[0]["where"], faults[1]["where"]) == ("aeds.csv", "calls.csv:2")


def test_show_tells_units_facilities_and_that_it_is_synthetic(tmp_path: Path) -> None:
    shown = run("show", "riverton", cwd=tmp_path)
    assert shown.returncode == 0
    assert "Ambulance 11" in shown.stdout and "St. Brigid" in shown.stdout and "synthetic" in shown.stdout
    lines = [json.loads(line) for line in run("show", "riverton", "--json", cwd=tmp_path).stdout.splitlines()]
    assert {line["is"] for line in lines} == {"post", "unit", "facility", "aed", "call"}
    assert all(line["synthetic"] for line in lines)


@pytest.mark.parametrize(
    "words",
    [
        ("check", "nowhere"),
        ("import", "sf", "--data", "nowhere", "--day", "2020-04-10", "--out", "x"),
        ("import", "sf", "--data", ".", "--day", "April", "--out", "x"),
        ("import", "jemss", "nowhere", "--calls", "3", "--state", "NY", "--out", "x"),
        ("new", "x", "--seed", "-1"),
    ],
)
def test_refused_input_exits_with_2_and_leaves_nothing(words: tuple[str, ...], tmp_path: Path) -> None:
    refused = run(*words, cwd=tmp_path)
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_import_without_the_data_names_the_folder_and_what_to_give(tmp_path: Path) -> None:
    refused = run("import", "sf", "--data", "shared/data", "--day", "2020-04-10", "--out", "x", "--json", cwd=tmp_path)
    (fault,) = map(json.loads, refused.stderr.splitlines())
    assert refused.returncode == 2 and fault["where"] == str(tmp_path / "shared" / "data")
    assert "sf/sf_fire_stations.geojson" in fault["error"]
    assert "--data" in fault["remedy"] and "SHARED=FOLDER" in fault["remedy"]


def test_a_real_day_is_imported(shared: Path, tmp_path: Path) -> None:
    words = ("import", "sf", "--data", str(shared / "data"), "--day", "2020-04-10", "--out", "sf-2020-04-10", "--json")
    told = json.loads(run(*words, cwd=tmp_path).stdout)
    assert (told["calls"], told["units"], told["synthetic"]) == (354, 122, False)
    assert (tmp_path / "sf-2020-04-10" / "region.toml").is_file()
