"""Scenarios change anything, the rulebook included; what is wrong is refused before anything runs."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sixpoint.cli.plan import plan
from sixpoint.errors import InputError
from sixpoint.plan.tiered.scenario import Scenario, prepare, read_scenario
from sixpoint.plan.tiered.study import differences, replicate, study, summarise

BASE = 'region = "riverton"\ndays = 3\nreplications = 6\nseed = 5\n'


def scenario(folder: Path, text: str, name: str = "one.toml"):
    path = folder / name
    path.write_text(BASE + text, "utf-8")
    return prepare(read_scenario(path), folder)


BROKEN = {
    "unknown post": ('[[change]]\nunit_id = "F1"\npost = "nowhere"', "post 'nowhere' is not known"),
    "unknown unit": ('[[change]]\nunit_id = "X9"\nremove = true', "no such unit"),
    "negative time": ("[pace]\ncall_taking_s = -1", "is -1"),
    "negative turnout": ('[[change]]\nunit_id = "F1"\nturnout_s = -5', "turnout_s is -5"),
    "unknown level": ('[[change]]\nunit_id = "F1"\ncrew = ["Wizard"]', "level 'Wizard' is not known"),
    "unknown kit": ('[[change]]\nunit_id = "F1"\nkit = "toolbox"', "no kit 'toolbox'"),
    "shares": ('[demand.mix]\n"2301019" = 0.5\n"2301013" = 0.4', "sums to 0.9"),
    "unknown type": ('[demand.mix]\n"1" = 1.0', "not a known call type"),
    "share": ("[demand]\nbystander_cpr_share = 1.5", "no share"),
    "impossible shift": (
        '[[unit]]\nunit_id = "N1"\nkind = "ambulance"\npost = "station-1"\nkit = "bls_ambulance"\n'
        'crew = ["EMT"]\nfrom_h = 20\nto_h = 8',
        "from 20 to 8",
    ),
    "policy": ("[policy]\nmax_units = 99", "max_units is 99"),
    "unknown key": ("colour = 3", "colour"),
    "diversion": ('[[diversion]]\nfacility_id = "nowhere"\nfrom_h = 1\nto_h = 2', "there is no 'nowhere'"),
    "stop": ("[stop]\nhalf_width = 0", "is 0"),
    "too few to stop": ("[stop]\nhalf_width = 1\nminimum = 20", "more than the 6 replications"),
    "warm-up": ("warm_up_h = 3\ndetect_warm_up = true", "beside warm_up_h"),
    "rulebook": ('overlays = ["no-such-layer"]', "no-such-layer"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_refused_with_place_and_remedy(tmp_path: Path, name: str) -> None:
    text, said = BROKEN[name]
    with pytest.raises(InputError) as refused:
        scenario(tmp_path, text)
    assert any(said in str(fault) for fault in refused.value.faults), refused.value
    assert all(fault.where and fault.remedy for fault in refused.value.faults)


def test_a_period_without_anybody_is_refused(tmp_path: Path) -> None:
    region = prepare(Scenario("riverton"), tmp_path).region
    gone = "".join(f'[[change]]\nunit_id = "{name}"\nremove = true\n' for name in region.units)
    keep = (
        '[[unit]]\nunit_id = "N1"\nkind = "ambulance"\npost = "station-1"\nkit = "bls_ambulance"\ntransport = true\n'
        'crew = ["EMT", "EMT"]\nfrom_h = 0\nto_h = 20\n'
    )
    with pytest.raises(InputError, match="nobody is on duty at 2026-05-15T20:00:00"):
        scenario(tmp_path, gone + keep)


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


def test_scenarios_with_other_patients_are_not_compared(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(BASE, "utf-8")
    (tmp_path / "b.toml").write_text(BASE.replace("seed = 5", "seed = 6"), "utf-8")
    with pytest.raises(InputError, match="the patients would not be the same"):
        CliRunner().invoke(
            plan, ["compare", str(tmp_path / "a.toml"), str(tmp_path / "b.toml")], catch_exceptions=False
        )
