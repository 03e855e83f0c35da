"""`sixpoint plan fit`: logs of every kind are read, what is wrong with one is named, and the folder is whole or not."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from click.testing import CliRunner, Result

from sixpoint.cli.plan import plan
from sixpoint.dispatch import load_call_types
from sixpoint.errors import InputError
from sixpoint.plan.fitting.source import read_source
from sixpoint.region.importers.sf import LOG

ZONE = ZoneInfo("America/Chicago")
START = datetime(2026, 5, 4, tzinfo=ZONE)
HEAD = "call_id,received_at,lon_deg,lat_deg,dispatch_code,unit_id,unit_type,kind,carried,notified_at,en_route_at\n"


def row(number: int, at: datetime, code: str = "2301019", turnout_s: float | str = 60, carried: str = "yes") -> str:
    left = "" if turnout_s == "" else (at + timedelta(seconds=30 + float(turnout_s))).isoformat()
    told = (at + timedelta(seconds=30)).isoformat()
    kind = "ambulance/als_ambulance"
    return f"c{number},{at.isoformat()},-100.31,41.91,{code},A{number % 7},MEDIC,{kind},{carried},{told},{left}\n"


def rows(weeks: int = 2, seed: int = 1) -> list[str]:
    random = np.random.default_rng(seed)
    at_h = np.sort(random.random(random.poisson(168 * weeks)) * 168 * weeks)
    times = random.integers(20, 200, len(at_h))
    return [
        row(n, START + timedelta(hours=float(h)), turnout_s=float(t))
        for n, (h, t) in enumerate(zip(at_h, times, strict=True))
    ]


def fitted(folder: Path, text: str, *options: str) -> Result:
    (folder / "log.csv").write_text(text, "utf-8")
    arguments = ["fit", str(folder / "log.csv"), "--out", str(folder / "fit"), "--json", *options]
    return CliRunner().invoke(plan, arguments, standalone_mode=False)


def refused(done: Result) -> InputError:
    assert isinstance(done.exception, InputError), done.exception
    assert all(fault.where and fault.remedy for fault in done.exception.faults)
    return done.exception


def test_a_table_is_fitted_and_everything_is_written(tmp_path: Path) -> None:
    done = fitted(tmp_path, HEAD + "".join(rows()), "--region", "riverton")
    assert done.exception is None, done.output
    told = json.loads(done.stdout)
    assert told["calls"] == len(rows()) and told["per_week"] == pytest.approx(told["calls"] / 2)
    names = {"demand.toml", "places.csv", "times.toml", "goodness.csv", "report.html"}
    assert {path.name for path in (tmp_path / "fit").iterdir()} == names
    page = (tmp_path / "fit" / "report.html").read_text("utf-8")
    assert "http" not in page.split("</style>")[1] and "<script" not in page
    for said in ("Days that were not fitted", "Not fitted: the log", "turnout, ambulance", "Cardiac Arrest"):
        assert said in page, said


def test_the_same_log_and_seed_give_the_same_files(tmp_path: Path) -> None:
    text = HEAD + "".join(rows())
    kept = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        assert fitted(tmp_path / name, text, "--region", "riverton").exception is None
        kept.append({path.name: path.read_bytes() for path in (tmp_path / name / "fit").iterdir()})
    assert kept[0] == kept[1]


def test_rows_with_impossible_times_are_left_out_and_the_first_are_named(tmp_path: Path) -> None:
    lines = rows()
    times = {3: -200.0, 5: 90_000.0, 8: ""}
    for place, turnout_s in times.items():
        at = datetime.fromisoformat(lines[place].split(",")[1])
        lines[place] = row(place, at, turnout_s=turnout_s)
    told = json.loads(fitted(tmp_path, HEAD + "".join(lines), "--region", "riverton").stdout)
    left = {one["why"]: (one["rows"], one["first"]) for one in told["times_left_out"] if one["step"] == "turnout"}
    assert left == {
        "negative": (1, ["log.csv:5"]),
        "impossible (over 30 min)": (1, ["log.csv:7"]),
        "missing": (1, ["log.csv:10"]),
    }
    page = (tmp_path / "fit" / "report.html").read_text("utf-8")
    assert "turnout: negative" in page and "log.csv:5" in page


def test_a_log_without_units_gives_demand_and_no_times(tmp_path: Path) -> None:
    text = "call_id,received_at,lon_deg,lat_deg,dispatch_code\n"
    text += "".join(",".join(one.split(",")[:5]) + "\n" for one in rows())
    done = fitted(tmp_path, text, "--region", "riverton")
    assert json.loads(done.stdout)["times"] == 0
    assert {path.name for path in (tmp_path / "fit").iterdir()} == {"demand.toml", "places.csv", "report.html"}


LINES = rows()
BROKEN = {
    "unknown code": (LINES[0].replace("2301019", "77"), "log.csv:2", "'77' is not a known call type"),
    "no offset": (LINES[0].replace("-05:00", ""), "log.csv:2", "not a date and time with an offset"),
    "out of order": (LINES[1] + LINES[0], "log.csv:3", "received before line 2"),
    "twice": (LINES[0] + LINES[0], "log.csv:3", "stands at line 2 too"),
    "told otherwise": (
        LINES[0] + LINES[0].replace("2301019", "2301013").replace("A0", "A9"),
        "log.csv:3",
        "is told otherwise at log.csv:2",
    ),
    "carried": (LINES[0].replace(",yes,", ",perhaps,"), "log.csv:2", "column 'carried' holds 'perhaps'"),
    "off the Earth": (LINES[0].replace("41.91", "141.91"), "log.csv:2", "outside -90 to 90"),
    "nothing": ("", "log.csv", "holds no call"),
    "too short": ("".join(LINES[:40]), "log.csv", "of the 168 hours of a week"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_log_is_refused_with_line_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    text, where, said = BROKEN[name]
    error = refused(fitted(tmp_path, HEAD + text, "--region", "riverton"))
    assert any(fault.where == where and said in fault.what for fault in error.faults), error
    assert not (tmp_path / "fit").exists()


def test_a_gap_is_refused_and_counted_when_it_is_named(tmp_path: Path) -> None:
    kept = [one for one in rows() if not 3 <= (datetime.fromisoformat(one.split(",")[1]) - START).days <= 4]
    error = refused(fitted(tmp_path, HEAD + "".join(kept), "--region", "riverton"))
    (fault,) = error.faults
    gap = fault.remedy.split("--gap ")[1].split(",")[0]
    told = json.loads(fitted(tmp_path, HEAD + "".join(kept), "--region", "riverton", "--gap", gap).stdout)
    assert told["per_week"] == pytest.approx(len(rows()) / 2, rel=0.1)
    assert gap.split("/")[0] in (tmp_path / "fit" / "report.html").read_text("utf-8")


OPTIONS = {
    "no clock": ((), "on which clock"),
    "unknown clock": (("--timezone", "Mars/Olympus"), "'Mars/Olympus' is not known"),
    "no day": (("--region", "riverton", "--from", "soon"), "is no day and no time"),
    "backwards": (("--region", "riverton", "--from", "2026-05-14", "--to", "2026-05-05"), "is not after"),
    "outside": (("--region", "riverton", "--from", "2020-01-01"), "is outside the log"),
    "no gap": (("--region", "riverton", "--gap", "2026-05-05"), "is no stretch"),
    "gap outside": (("--region", "riverton", "--gap", "2020-05-05/2020-05-06"), "not within the log"),
    "no region": (("--region", "nowhere"), "no such folder"),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_that_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    options, said = OPTIONS[name]
    assert said in str(refused(fitted(tmp_path, HEAD + "".join(LINES), *options)))


def test_a_part_of_the_log_is_fitted_if_it_is_named(tmp_path: Path) -> None:
    done = fitted(tmp_path, HEAD + "".join(LINES), "--timezone", "America/Chicago", "--to", "2026-05-11")
    told = json.loads(done.stdout)
    inside = [one for one in LINES if datetime.fromisoformat(one.split(",")[1]) < START + timedelta(days=7)]
    assert told["calls"] == len(inside) and told["held_out"]


def test_what_is_no_log_and_a_folder_that_is_taken_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    run = CliRunner()
    arguments = ["fit", str(tmp_path / "folder"), "--out", str(tmp_path / "fit")]
    assert "is no region, and holds no published log" in str(
        refused(run.invoke(plan, arguments, standalone_mode=False))
    )
    arguments = ["fit", "riverton", "--out", str(tmp_path / "folder")]
    assert "is there already" in str(refused(run.invoke(plan, arguments, standalone_mode=False)))
    arguments = ["fit", "riverton", "--out", str(tmp_path / "fit")]
    assert "24 of the 168 hours" in str(refused(run.invoke(plan, arguments, standalone_mode=False)))


def test_san_francisco_s_log_is_fitted_by_one_command(shared: Path, tmp_path: Path) -> None:
    arguments = ["fit", str(shared / "data"), "--out", str(tmp_path / "fit"), "--to", "2020-04-14"]
    done = CliRunner().invoke(plan, arguments, standalone_mode=False)
    assert done.exception is None, done.output
    assert "2,312 calls" in done.output and "season" in done.output and "left out of turnout" in done.output


def test_the_folder_of_the_log_itself_is_refused_with_the_folder_that_is_meant(tmp_path: Path) -> None:
    log = tmp_path / LOG
    log.parent.mkdir()
    log.touch()
    with pytest.raises(InputError, match=f"Name the folder above it: {re.escape(str(tmp_path))}"):
        read_source(str(log.parent), None, None, load_call_types(), 1)
