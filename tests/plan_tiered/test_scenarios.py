"""Scenarios change anything, the rulebook included; what is wrong is refused before anything runs."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from sixpoint.cli.plan import plan
from sixpoint.errors import InputError
from sixpoint.plan.outcomes import Interval
from sixpoint.plan.report.said import ends
from sixpoint.plan.tiered.scenario import Scenario, StopText, prepare, read_scenario
from sixpoint.plan.tiered.scenario.check import Checking, check_study
from sixpoint.plan.tiered.scenario.fleet import check_staffed
from sixpoint.plan.tiered.study import differences, replicate, study, summarise
from sixpoint.plan.written import Written
from sixpoint.tables import Faults

BASE = 'region = "riverton"\ndays = 3\nreplications = 6\nseed = 5\n'


def scenario(folder: Path, text: str, name: str = "one.toml"):
    path = folder / name
    path.write_text(BASE + text, "utf-8")
    return prepare(read_scenario(path), folder, file=path)


UNIT = '[[unit]]\nunit_id = "N1"\nkind = "ambulance"\npost = "station-1"\nkit = "bls_ambulance"\ntransport = true\n'
# What is wrong, the line it stands on (after the four of BASE), and what is said of it.
BROKEN = {
    "unknown post": ('[[change]]\nunit_id = "F1"\npost = "nowhere"', 7, "post 'nowhere' is not known"),
    "unknown unit": ('[[change]]\nunit_id = "X9"\nremove = true', 6, "no such unit"),
    "unit changed twice": ('[[change]]\nunit_id = "F1"\n[[change]]\nunit_id = "F1"', 7, "is changed twice"),
    "negative time": ("[pace]\ncall_taking_s = -1", 6, "is -1"),
    "no number": ("[pace]\ncall_taking_s = nan", 6, "is nan"),
    "unknown pace": ("[pace]\nlunch_s = 1", 6, "pace 'lunch_s' is not known"),
    "negative turnout": ('[[change]]\nunit_id = "F1"\nturnout_s = -5', 7, "turnout_s is -5"),
    "cover weighed": ("[policy]\nweigh_cover = true", 6, "weigh_cover is not simulated"),
    "break of nobody": ('[[crew_break]]\nunit_id = "X1"\nat_h = 3\nminutes = 30', 5, "there is no 'X1'"),
    "break too late": ('[[crew_break]]\nunit_id = "F1"\nat_h = 25\nminutes = 30', 7, "is at 25 h"),
    "break of no length": ('[[crew_break]]\nunit_id = "F1"\nat_h = 3\nminutes = 0', 8, "lasts 0 min"),
    "unknown level": ('[[change]]\nunit_id = "F1"\ncrew = ["Wizard"]', 7, "level 'Wizard' is not known"),
    "unknown kit": ('[[change]]\nunit_id = "F1"\nkit = "toolbox"', 7, "no kit 'toolbox'"),
    "shares": ('[demand.mix]\n"2301019" = 0.5\n"2301013" = 0.4', 5, "sums to 0.9"),
    "unknown type": ('[demand.mix]\n"1" = 1.0', 6, "not a known call type"),
    "share": ("[demand]\nbystander_cpr_share = 1.5", 6, "no share"),
    "negative share": ("[demand.transport_share]\nyes = -0.1", 6, "no share"),
    "impossible unit": (UNIT + 'crew = ["EMT"]\nfrom_h = 20\nto_h = 8', 13, "from 20 to 8"),
    "no crew": (UNIT, 5, "has no crew"),
    "impossible shift": ('[[shift]]\nunit_id = "F1"\ncrew = ["EMT"]\nfrom_h = 9\nto_h = 9', 9, "from 9 to 9"),
    "endless shift": ('[[shift]]\nunit_id = "F1"\ncrew = ["EMT"]\nfrom_h = 9\nto_h = 34', 9, "from 9 to 34"),
    "shifts overlap": (
        '[[shift]]\nunit_id = "F1"\ncrew = ["EMT"]\nfrom_h = 20\nto_h = 32\n'
        '[[shift]]\nunit_id = "F1"\ncrew = ["EMT"]\nfrom_h = 7\nto_h = 20',
        10,
        "the shifts of 'F1' overlap: 20 to 32 h and 7 to 20 h",
    ),
    "one person on two units": (
        '[[shift]]\nunit_id = "F1"\nclinicians = ["p001"]\nfrom_h = 0\nto_h = 12\n'
        '[[shift]]\nunit_id = "E1"\nclinicians = ["p001"]\nfrom_h = 11\nto_h = 24',
        12,
        "clinician 'p001' is on 'F1' (0 to 12 h) and 'E1' (11 to 24 h)",
    ),
    "nobody on a shift": ('[[shift]]\nunit_id = "F1"\nfrom_h = 0\nto_h = 12', 5, "has nobody on it"),
    "unknown clinician": (
        '[[shift]]\nunit_id = "F1"\nclinicians = ["nobody"]\nfrom_h = 0\nto_h = 12',
        7,
        "'nobody' is not known",
    ),
    "shift of a unit removed": (
        '[[change]]\nunit_id = "F1"\nremove = true\n[[shift]]\nunit_id = "F1"\ncrew = ["EMT"]\nfrom_h = 1\nto_h = 2',
        9,
        "there is no such unit",
    ),
    "post off the roads": ('[[post]]\npost_id = "far"\nlon_deg = -90.0\nlat_deg = 41.9', 7, "m from the nearest road"),
    "post off the Earth": ('[[post]]\npost_id = "far"\nlon_deg = 1.0\nlat_deg = 95.0', 7, "not on Earth"),
    "post taken": ('[[post]]\npost_id = "station-1"\nlon_deg = -100.3\nlat_deg = 41.9', 6, "is empty or taken"),
    "kind of post": ('[[post]]\npost_id = "p"\nkind = "pub"\nlon_deg = -100.3\nlat_deg = 41.9', 7, "kind 'pub'"),
    "policy": ("[policy]\nmax_units = 99", 5, "max_units is 99"),
    "unknown policy": ("[policy]\ncolour = 99", 6, "policy 'colour' is not known"),
    "unknown key": ("colour = 3", 5, "key 'colour' is not known"),
    "unknown key of a row": ('[[change]]\nunit_id = "F1"\ncolour = 3', 7, "key 'colour' is not known"),
    "wrong kind": ("detect_warm_up = 3", 5, "expected `bool`"),
    "diversion": ('[[diversion]]\nfacility_id = "nowhere"\nfrom_h = 1\nto_h = 2', 5, "there is no 'nowhere'"),
    "backward diversion": ('[[diversion]]\nfacility_id = "general"\nfrom_h = 5\nto_h = 2', 8, "from 5 to 2"),
    "facility": ('[[facility]]\nfacility_id = "nowhere"', 6, "no facility 'nowhere'"),
    "capability": ('[[facility]]\nfacility_id = "general"\ncapabilities = ["magic"]', 7, "'magic' is not known"),
    "cost": ("[cost.person_hour]\nEMT = -3", 6, "is -3"),
    "stop": ("[stop]\nhalf_width = 0", 6, "half_width is 0"),
    "stop by what": ('[stop]\nfigure = "first at patient"', 6, "Close are: first at patient, mean s"),
    "rulebook": ('rulebook = "no-such-rulebook"', 5, "'no-such-rulebook': there is no such rulebook"),
    "overlay": ('overlays = ["no-such-layer"]', 5, "'no-such-layer': there is no such rulebook"),
    "file of demand": ('[demand]\nfile = "no.toml"', 6, "there is no file"),
    "file of times": ('[times]\nfile = "no.toml"', 6, "there is no file"),
    "file of curves": ('survival = "no.yaml"', 5, "there is no file"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_refused_with_line_and_remedy(tmp_path: Path, name: str) -> None:
    text, line, said = BROKEN[name]
    with pytest.raises(InputError) as refused:
        scenario(tmp_path, text)
    found = [fault for fault in refused.value.faults if said in str(fault)]
    assert found and all(fault.where and fault.remedy for fault in refused.value.faults), refused.value
    assert line is None or any(fault.where == f"one.toml:{line}" for fault in found), refused.value


def test_a_region_that_is_not_there_is_refused_at_its_line_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text('days = 1\nregion = "atlantis"\n', "utf-8")
    with pytest.raises(InputError, match=r"^one.toml:2: there is no region 'atlantis'.*riverton"):
        prepare(read_scenario(tmp_path / "one.toml"), tmp_path, file=tmp_path / "one.toml")


def test_a_period_without_anybody_is_refused(tmp_path: Path) -> None:
    region = prepare(Scenario("riverton"), tmp_path).region
    gone = "".join(f'[[change]]\nunit_id = "{name}"\nremove = true\n' for name in region.units)
    keep = (
        '[[unit]]\nunit_id = "N1"\nkind = "ambulance"\npost = "station-1"\nkit = "bls_ambulance"\ntransport = true\n'
        'crew = ["EMT", "EMT"]\nfrom_h = 0\nto_h = 20\n'
    )
    with pytest.raises(InputError, match="nobody is on duty at 2026-05-15T20:00:00"):
        scenario(tmp_path, gone + keep)


def test_a_unit_that_nobody_is_ever_on_is_refused(tmp_path: Path) -> None:
    region = prepare(Scenario("riverton"), tmp_path).region
    last = next(iter(region.units))
    shifts = tuple(one for one in region.shifts if one.unit_id != last)
    faults = Faults()
    check_staffed(replace(region, shifts=shifts), Scenario("riverton"), Checking(Written("s"), faults))
    assert [fault.what for fault in faults.found] == [f"unit '{last}' has no shift"]


def test_somebody_who_is_elsewhere_or_may_not_practise_is_not_put_on_a_shift(tmp_path: Path) -> None:
    region = prepare(Scenario("riverton"), tmp_path).region
    busy = next(one for one in region.shifts if one.unit_id == "A21")
    text = f'[[shift]]\nunit_id = "F1"\nclinicians = ["{busy.clinician_id}"]\nfrom_h = 0\nto_h = 24'
    with pytest.raises(InputError, match=f"clinician '{busy.clinician_id}' is on") as refused:
        scenario(tmp_path, text)
    assert refused.value.faults[0].where == "one.toml:7"


def test_new_posts_shifts_and_hospital_status_change_the_region(tmp_path: Path) -> None:
    text = (
        '[[post]]\npost_id = "corner"\nlon_deg = -100.31\nlat_deg = 41.91\n'
        + UNIT.replace("station-1", "corner")
        + '[[shift]]\nunit_id = "N1"\ncrew = ["EMT", "EMT"]\nfrom_h = 20\nto_h = 32\n'
        + '[[shift]]\nunit_id = "F1"\ncrew = ["EMT"]\nfrom_h = 6\nto_h = 18\n'
        + '[[facility]]\nfacility_id = "general"\nopen = false\ncapabilities = ["stroke"]\n'
    )
    region = scenario(tmp_path, text).region
    assert region.posts["corner"].snap_m < 500 and region.units["N1"].post_id == "corner"
    noon, night = (region.starts_at.replace(hour=hour) for hour in (12, 3))
    assert not region.crew("N1", noon) and len(region.crew("N1", night)) == 2
    assert len(region.crew("F1", noon)) == 1 and not region.crew("F1", night)
    assert not region.facilities["general"].open and region.facilities["general"].capabilities == {"stroke"}


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        scenario(tmp_path, '[pace]\nnotify_s = -1\n[[change]]\nunit_id = "F1"\npost = "nowhere"')
    assert len(refused.value.faults) == 2


def test_a_scenario_against_itself_differs_in_nothing(tmp_path: Path) -> None:
    one = scenario(tmp_path, "")
    rows = differences(list(study([one, one])))
    assert rows and all(row.difference == 0 for row in rows)


def test_better_trained_crews_meet_more_and_never_fewer_patients(tmp_path: Path) -> None:
    plain = scenario(tmp_path, "")
    change = "".join(
        f'[[change]]\nunit_id = "{name}"\ncrew = ["EMT", "EMT"]\nkit = "bls_ambulance"\n' for name in ("E1", "E2", "W1")
    )
    found = list(study([plain, scenario(tmp_path, change, "two.toml")]))
    for one, two in (pair.replications for pair in found):
        assert one.calls == two.calls and one.seed == two.seed
    rows = {row.figure: row for row in differences(found)}
    assert rows["aspirin_oral: share on target"].difference > 0


OVERLAY = """overlay: ours
title: Responders here do not carry naloxone
ladder: us
rank: agency
authority: Riverton agency
on: [us-national]
version: a test
partial: true
from: "2020-01-01"
about: what if
sources:
  ours: {title: "a test"}
source: ours
confidence: judgement
rules:
  - bar: [naloxone_intranasal, naloxone_autoinjector]
    for: EMR
"""


def test_what_patients_gain_if_responders_may_give_naloxone(tmp_path: Path) -> None:
    """The rulebook alone differs; the gain in time is there, and the patients are the same."""
    (tmp_path / "ours.yaml").write_text(OVERLAY, "utf-8")
    overdoses = '[demand]\nconditional_need_share = 1.0\n[demand.mix]\n"2301053" = 1.0\n'
    barred = scenario(tmp_path, f'overlays = ["ours.yaml"]\n{overdoses}')
    given = scenario(tmp_path, overdoses, "two.toml")
    assert barred.service.rules.hash != given.service.rules.hash
    one, two = replicate(barred, 0), replicate(given, 0)
    assert (one.calls["at"] == two.calls["at"]).all() and (one.calls["mask"] == two.calls["mask"]).all()
    rows = {row.figure: row for row in differences(list(study([barred, given])))}
    gain = rows["naloxone_intranasal: mean s where met"]
    assert gain.is_clear and gain.difference < 0


def test_cost_and_warm_up(tmp_path: Path) -> None:
    one = scenario(tmp_path, "warm_up_h = 24.0\n[cost.unit_hour]\nambulance = 100.0")
    hours = one.service.unit_hours["ambulance"]
    assert one.cost == pytest.approx(3 * hours * 100)
    whole = scenario(tmp_path, "", "two.toml")
    assert summarise(one, replicate(one, 0), 0).calls < summarise(whole, replicate(whole, 0), 0).calls


def test_simulate_writes_a_folder_and_refuses_to_overwrite(tmp_path: Path) -> None:
    words = ["simulate", "riverton", "--days", "2", "--seed", "3", "--out", str(tmp_path / "run"), "--json"]
    done = CliRunner().invoke(plan, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    figures = json.loads(done.output)
    assert figures["calls"] == sum(figures["ends"].values()) > 50
    with (tmp_path / "run" / "events.csv").open(encoding="utf-8") as file:
        events = list(csv.DictReader(file))
    assert sum(row["event"] == "reported" for row in events) == figures["calls"]
    assert {"assigned", "need_met", "transferred", "clear"} <= {row["event"] for row in events}
    with pytest.raises(InputError, match="is there already"):
        CliRunner().invoke(plan, words, catch_exceptions=False)


def test_compare_says_each_difference_with_its_interval(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(BASE, "utf-8")
    (tmp_path / "b.toml").write_text(BASE + '[[change]]\nunit_id = "A21"\nremove = true\n', "utf-8")
    words = ["compare", str(tmp_path / "a.toml"), str(tmp_path / "b.toml"), "--out", str(tmp_path / "o"), "--json"]
    done = CliRunner().invoke(plan, words, catch_exceptions=False)
    rows = {row["figure"]: row for row in map(json.loads, done.output.splitlines())}
    later = rows["first at patient, mean s"]
    assert later["pairs"] == 6 and later["interval"]["low"] <= later["difference"] <= later["interval"]["high"]
    lines = [json.loads(line) for line in (tmp_path / "o" / "replications.jsonl").read_text("utf-8").splitlines()]
    assert [(one["scenario"], one["number"]) for one in lines] == [(name, n) for n in range(6) for name in "ab"]
    with (tmp_path / "o" / "comparison.csv").open(encoding="utf-8") as file:
        written = {row["figure"]: row for row in csv.DictReader(file) if row["scenario"] == "b"}
    assert float(written["first at patient, mean s"]["difference"]) == later["difference"]


def test_compare_tells_the_headline_even_where_nothing_differs_surely(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.toml").write_text(BASE.replace("replications = 6", "replications = 2"), "utf-8")
    words = ["compare", str(tmp_path / "a.toml"), str(tmp_path / "b.toml")]
    told = CliRunner().invoke(plan, words, catch_exceptions=False).output
    assert "b and a differ surely in nothing" in told
    assert "first at patient, mean" in told and "needs unmet, share" in told and "+0:00" in told


def test_every_figure_that_a_study_tells_may_decide_when_it_stops(tmp_path: Path) -> None:
    one = scenario(tmp_path, "")
    faults = Faults()
    for figure in summarise(one, replicate(one, 0), 0).figures:
        asked = replace(one.scenario, stop=StopText(figure=figure))
        check_study(asked, one.service.types, Checking(Written("one.toml"), faults))
    assert faults.found == []


def test_an_interval_of_a_mean_is_told_within_what_can_be() -> None:
    assert ends("oxygen: share met", Interval(-0.2, 1.3, 0.95)) == "0.00 % to 100.00 %"
    assert ends("first at patient, mean s", Interval(-30.0, 90.0, 0.95)) == "0:00 to 1:30"
    assert ends("calls", Interval(None, None, 0.95)) == ""


def test_a_skill_that_no_call_needs_is_refused_with_those_that_some_do(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(BASE, "utf-8")
    with pytest.raises(InputError, match=r"Skills are: .*naloxone_intranasal"):
        CliRunner().invoke(plan, ["compare", str(tmp_path / "a.toml"), "--skill", "zzz"], catch_exceptions=False)


@pytest.mark.parametrize(("key", "line"), [("seed", "seed = 6"), ("warm_up_h", "seed = 5\nwarm_up_h = 3")])
def test_scenarios_that_run_otherwise_are_not_compared(tmp_path: Path, key: str, line: str) -> None:
    (tmp_path / "a.toml").write_text(BASE, "utf-8")
    (tmp_path / "b.toml").write_text(BASE.replace("seed = 5", line), "utf-8")
    with pytest.raises(InputError, match=f"b.toml: '{key}' differs from a.toml"):
        CliRunner().invoke(
            plan, ["compare", str(tmp_path / "a.toml"), str(tmp_path / "b.toml")], catch_exceptions=False
        )
