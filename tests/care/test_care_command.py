"""`sixpoint care` lists pathways and shows cards, to people and programs; what it cannot read it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sixpoint.cli.care import care
from sixpoint.errors import InputError

ON = ["--on", "2026-07-01T12:00:00Z"]


def run(*words: str) -> str:
    result = CliRunner().invoke(care, list(words), standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    assert result.return_value == 0
    return result.output


def card_of(tmp_path: Path, facts: object, level: str, *more: str, pathway: str = "chest_pain") -> dict[str, dict]:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(facts), "utf-8")
    told = run("card", pathway, "--level", level, "--facts", str(path), *ON, "--json", *more)
    return {line["step"]: line for line in map(json.loads, told.splitlines())}


def test_pathways_are_listed_and_one_is_shown_with_its_sources() -> None:
    assert len(run("pathways", "--json").splitlines()) == 22
    told = run("pathways", "stroke")
    assert "stroke_scale_assessment" in told and "MA-2026.1 2.18, p. 46 [verified in text]" in told
    assert json.loads(run("pathways", "stroke", "--json"))["id"] == "stroke"


def test_the_card_differs_by_level_and_by_rulebook(tmp_path: Path) -> None:
    facts = {"ischaemic_chest_pain": True, "aspirin_allergy": False, "active_bleeding": False, "can_swallow": True}
    assert card_of(tmp_path, facts, "EMR")["aspirin"]["state"] == "not_yours"
    assert card_of(tmp_path, facts, "EMT")["aspirin"]["state"] == "do_now"
    assert card_of(tmp_path, facts, "EMT")["aspirin"]["dose"] == {"amount": 324.0, "unit": "mg"}
    assert card_of(tmp_path, facts, "EMT", "--kit", "responder_bag")["aspirin"]["state"] == "not_yours"
    assert card_of(tmp_path, facts, "EMT", "--rulebook", "us-ma")["ecg"]["state"] == "not_yours"
    assert card_of(tmp_path, {**facts, "done": {"aspirin_oral": 5}}, "EMT")["aspirin"]["state"] == "done"


def test_a_list_of_facts_as_the_log_has_them_is_read(tmp_path: Path) -> None:
    facts = [
        {
            "type": "finding",
            "fact_id": "f",
            "at_ms": 1,
            "author": "a",
            "unit_id": "u",
            "finding": "wheeze",
            "present": True,
        }
    ]
    assert card_of(tmp_path, facts, "EMT", pathway="asthma_copd")["bronchodilator"]["state"] == "assess_first"


def test_the_attendant_rules_of_a_place_are_shown_with_their_sources() -> None:
    told = [json.loads(line) for line in run("attendants", "--rulebook", "us-ma", "--json", *ON).splitlines()]
    assert [(one["rule"], one["least"]) for one in told] == [
        ("us-national/attendants/attending", "EMT"),
        ("massachusetts/attendants/plain_iv", "AEMT"),
        ("massachusetts/attendants/medicated_infusion", "Paramedic"),
    ]
    assert "[verified in text]" in run("attendants", *ON)


def test_people_read_the_state_the_reasons_and_the_warning(tmp_path: Path) -> None:
    told = run("card", "anaphylaxis", "--level", "EMT", *ON)
    assert "1. assess first         epinephrine" in told
    assert "find out: clinical criteria of anaphylaxis (Vital signs and primary survey)" in told
    assert "A medical director must approve" in told
    every = run("card", "anaphylaxis", "--level", "EMT", "--full", *ON)
    assert "clinical criteria of anaphylaxis is not known" in every and "MA-2026.1 [verified in text]" in every


def test_a_dose_on_the_card_names_the_routes_it_is_for(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps({"age_years": 3, "weight_kg": 15, "seizing": True, "seizing_over_5_min": True}), "utf-8")
    told = " ".join(run("card", "seizure", "--level", "Paramedic", "--facts", str(path), *ON).split())
    assert "midazolam 1.5 mg intramuscular or intravenous or intraosseous" in told
    line = card_of(tmp_path, {"anaphylaxis": True, "age_years": 30}, "EMT", pathway="anaphylaxis")["epinephrine"]
    assert line["routes"] == ["intramuscular"]


def test_a_card_asked_for_between_two_milliseconds_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps({"anaphylaxis": True, "age_years": 30}), "utf-8")
    words = ["card", "anaphylaxis", "--level", "EMT", "--facts", str(path), "--on", "2026-07-01T12:00:00.000400Z"]
    assert "do now               epinephrine" in run(*words)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("{", "not the facts of a patient"),
        ('{"flying": true}', "nobody defined 'flying'"),
        ('{"wheeze": 3}', "Write true, false or null."),
        ('{"age_years": "old"}', "Write a number in years."),
        ('{"avpu": "asleep"}', "Write one of: alert"),
        ('[{"type": "wish"}]', "not the facts of a patient"),
        ('{"done": 3}', "not the facts of a patient"),
        ('{"facts": [], "scene": 3}', "not the facts of a patient"),
    ],
)
def test_facts_that_nobody_understands_are_refused(text: str, part: str, tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=part):
        run("card", "stroke", "--level", "EMT", "--facts", str(path), *ON)


def vitals(fact_id: str, at_ms: int, who: str = "ana", **values: float) -> dict[str, object]:
    return {"type": "vital_signs", "fact_id": fact_id, "at_ms": at_ms, "author": who, "unit_id": "B1", **values}


def act(fact_id: str, at_ms: int, skill: str) -> dict[str, object]:
    return {"type": "intervention", "fact_id": fact_id, "at_ms": at_ms, "author": "ana", "unit_id": "B1",
            "skill": skill, "level": "EMT", "authority": "standing_order", "because": []}  # fmt: skip


BORN = {"type": "patient_described", "fact_id": "p", "at_ms": 9_000, "author": "ana", "unit_id": "B1", "born_ms": 9_000}
TAKEN = {"type": "handover_accepted", "fact_id": "h", "at_ms": 50_000, "author": "H1", "unit_id": "", "offer": "o",
         "at_facility": True}  # fmt: skip
SCENE = {"present": {"ana": [0, None], "bo": [0, 20_000]}, "kit": "responder_bag"}


# The examples of a bad line, each with what must be said to be expected.
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (vitals("x", 10_000, temperature_c=370), "temperature_c is 370 °C; expected 13 to 46.5 °C"),
        (vitals("x", 10_000, systolic_mmhg=70, diastolic_mmhg=110), "systolic 70 is not above diastolic 110; expected"),
        (vitals("x", 8_000, heart_rate_per_min=140), "the time lies before the patient's birth; expected a time after"),
        (vitals("x", 60_000, heart_rate_per_min=140), "after the facility took the patient; expected a time before it"),
        (vitals("x", 10_000, "cy", heart_rate_per_min=140), "cy was not there; expected one of: ana, bo"),
        (vitals("x", 30_000, "bo", heart_rate_per_min=140), "bo was not there at that time; expected a time between"),
        (act("x", 10_000, "ketamine"), "nobody there carries: ketamine"),
    ],
)
def test_each_bad_line_is_flagged_with_what_is_expected_and_kept_and_marked_if_somebody_insists(
    line: dict[str, object], expected: str, tmp_path: Path
) -> None:
    path, out = tmp_path / "facts.json", tmp_path / "marked.json"
    path.write_text(json.dumps({"facts": [BORN, TAKEN, line], "scene": SCENE}), "utf-8")
    result = CliRunner().invoke(care, ["check", str(path), "--insist", str(out), *ON], standalone_mode=False)
    assert result.return_value == 1 and expected in result.output and "3 facts, 1 doubt\n" in result.output
    kept = json.loads(out.read_text("utf-8"))
    assert kept[2]["fact_id"] == "x" and expected in kept[2]["doubts"][0] and "doubts" not in kept[0]
    again = CliRunner().invoke(care, ["check", str(path), "--json", *ON], standalone_mode=False)
    assert [json.loads(one)["fact_id"] for one in again.output.splitlines()] == ["x"]


@pytest.mark.parametrize(("age", "weight", "doubted"), [(4, 140, True), (4, 16, False), (9, 6, True), (9, 80, False)])
def test_a_weight_that_no_child_of_that_age_has_is_doubted(
    age: int, weight: int, doubted: bool, tmp_path: Path
) -> None:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps({"age_years": age, "weight_kg": weight}), "utf-8")
    result = CliRunner().invoke(care, ["check", str(path), *ON], standalone_mode=False)
    assert (result.return_value == 1) is doubted and (f"weight_kg is {weight} kg" in result.output) is doubted


def test_facts_in_which_nothing_looks_wrong_are_done(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps({"facts": [vitals("x", 10_000, heart_rate_per_min=80)], "scene": SCENE}), "utf-8")
    assert run("check", str(path), *ON) == "1 fact, no doubts\n"


def test_a_card_is_not_made_of_what_looks_wrong_unless_somebody_insists(tmp_path: Path) -> None:
    facts = {"heat_stroke": True, "temperature_c": 370}
    with pytest.raises(InputError, match="temperature_c is 370"):
        card_of(tmp_path, facts, "EMT", pathway="heat")
    assert card_of(tmp_path, facts, "EMT", "--insist", pathway="heat")


@pytest.mark.parametrize("words", [["card", "nothing", "--level", "EMT"], ["card", "stroke", "--level", "Wizard"]])
def test_a_pathway_or_level_that_is_not_there_is_refused(words: list[str]) -> None:
    with pytest.raises(InputError, match=r"Known are|Levels are"):
        run(*words, *ON)
