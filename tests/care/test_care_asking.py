"""`sixpoint care guard` and `triage`: the guard and the tag for a patient on paper, with every reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sixpoint.cli.care import care
from sixpoint.errors import InputError

ON = ["--on", "2026-07-01T12:00:00Z"]
ALLERGIC = {"anaphylaxis": True, "age_years": 30}


def told(*words: str) -> Result:
    result = CliRunner().invoke(care, [*words, *ON], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result


def facts(tmp_path: Path, held: object) -> str:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(held), "utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("level", "give", "code", "part"),
    [
        ("Paramedic", "0.3 mg epinephrine intramuscular", 0, "yes, on standing orders"),
        ("Paramedic", "0.5 mg epinephrine intramuscular", 1, "dose: 0.5 mg is above the maximum of 0.3 mg epinephrine"),
        ("Paramedic", "0.3 mg heparin intramuscular", 1, "no dose of heparin is given"),
        ("EMR", "0.3 mg epinephrine intramuscular", 1, ": no\n"),
    ],
)
def test_the_guard_answers_with_every_reason(level: str, give: str, code: int, part: str, tmp_path: Path) -> None:
    words = ["guard", "epinephrine_im", "--level", level, "--give", give, "--facts", facts(tmp_path, ALLERGIC)]
    result = told(*words)
    assert result.return_value == code and part in result.output
    assert json.loads(told(*words, "--json").output)["allowed"] is (code == 0)


def test_the_guard_says_in_which_place_somebody_may_and_what_would_make_it_a_yes(tmp_path: Path) -> None:
    words = ["guard", "epinephrine_im", "--level", "EMT", "--facts", facts(tmp_path, ALLERGIC)]
    out = told(*words, "--rulebook", "massachusetts").output
    assert "only if the person has completed the training 'epinephrine by check-and-inject'" in out
    assert "it would be a yes with: the person has completed the training" in out


def test_an_interval_counts_from_what_was_done(tmp_path: Path) -> None:
    held = facts(tmp_path, {**ALLERGIC, "done": {"epinephrine_im": 3}})
    give = ["--give", "0.3 mg epinephrine intramuscular"]
    result = told("guard", "epinephrine_im", "--level", "Paramedic", "--facts", held, *give)
    assert "interval: epinephrine was given 3.0 min ago; again after 5 min" in result.output


@pytest.mark.parametrize("give", ["", "a lot", "0.3 mg epinephrine", "-1 mg epinephrine oral", "1 mg epinephrine ear"])
def test_what_is_no_dose_is_refused(give: str) -> None:
    with pytest.raises(InputError, match="is not amount, unit, drug and route"):
        told("guard", "epinephrine_im", "--level", "EMT", "--give", give)


def test_a_skill_nobody_knows_is_refused_with_what_may_be_meant() -> None:
    with pytest.raises(InputError, match="Did you mean epinephrine_im"):
        told("guard", "epinephrin", "--level", "EMT")


def test_patients_are_told_in_the_order_in_which_they_are_looked_at_with_a_count(tmp_path: Path) -> None:
    held = {
        "walker": {"walks": True, "breathing": "normal", "follows_commands": True, "purposeful_movement": True,
                   "peripheral_pulse": True, "respiratory_distress": False, "major_bleeding_controlled": True,
                   "minor_injuries_only": True},
        "still": {"walks": False, "breathing": "absent", "breathes_after_opening": False},
    }  # fmt: skip
    result = told("triage", "salt", facts(tmp_path, held))
    assert result.return_value == 0
    lines = result.output.splitlines()
    assert lines[0].startswith("still  dead") and lines[1].startswith("walker  minimal")
    assert lines[2] == "2 patients: 1 dead, 1 minimal"


def test_one_patient_may_be_told_alone_and_what_must_be_looked_at_first_is_named(tmp_path: Path) -> None:
    result = told("triage", "START", facts(tmp_path, {"walks": False, "breathing": "absent"}))
    assert result.return_value == 1 and result.output.startswith("look first: ")
    assert "find out: breathes after the airway is opened" in result.output
    data = json.loads(told("triage", "START", facts(tmp_path, {"walks": True}), "--json").output)
    assert data["tag"] == "minimal"


def test_the_facts_of_a_card_with_what_was_done_may_be_sorted_too(tmp_path: Path) -> None:
    held = {"walks": True, "age_years": 9, "done": {"epinephrine_autoinjector_agency": 6}}
    for each in (held, {"P1": held, "P2": held}):
        result = told("triage", "START", facts(tmp_path, each))
        assert result.return_value == 0 and "minimal: walks" in result.output


@pytest.mark.parametrize(
    ("system", "held", "part"),
    [
        ("FINISH", {"walks": True}, "there is no triage system"),
        ("START", [], "holds no patient"),
        ("START", {}, "holds no patient"),
        ("START", {"P1": {"flying": True}}, "nobody defined 'flying'"),
        ("START", {"P1": {"walks": 3}}, "P1: 'walks'"),
        ("START", {"P1": {"walks": True, "done": {"cpr": -3}}}, "'cpr' was done -3 minutes ago"),
    ],
)
def test_what_nobody_can_sort_is_refused(system: str, held: object, part: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=part):
        told("triage", system, facts(tmp_path, held))
