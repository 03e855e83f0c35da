"""Hand-over: nothing steps down silently, attendants are rulebook data, the report says what the facts say."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from sixpoint.care import (
    AlertSent,
    CareRefused,
    History,
    Impression,
    InterventionStopped,
    PriorAid,
    VitalSigns,
    alerts_needed,
    atmist,
    attendant_wanted,
    attended,
    sbar,
    step_down,
    who_keeps,
    why_invalid,
)
from sixpoint.errors import InputError
from sixpoint.scope import load_rulebook

from .people import LEVELS, NATIONAL, RULEBOOKS, START, act, also, at, clinician, patient


@pytest.mark.parametrize(
    ("skill", "lost_by"),
    [
        ("vasopressor_infusion", ["EMR", "EMT", "AEMT"]),
        ("iv_fluid_bolus", ["EMR", "EMT"]),
        ("iv_access", ["EMR", "EMT"]),
        ("oxygen_nrb", []),
        ("cpap", ["EMR"]),
        ("endotracheal_intubation", ["EMR", "EMT", "AEMT"]),
    ],
)
def test_what_runs_does_not_step_down_to_who_may_not_maintain_it(skill: str, lost_by: list[str]) -> None:
    met = act(patient(), 0, skill, running=True)
    lost = [level for level in LEVELS if step_down(NATIONAL, clinician(level), met, at(1))]
    assert lost == lost_by


def test_what_ran_on_arrival_must_be_kept_running_or_stopped_by_somebody_who_may() -> None:
    drip = PriorAid(fact_id="p", at_ms=at(-30), author="ana", unit_id="U1", skill="vasopressor_infusion", by="the ward",
                    running=True)  # fmt: skip
    met = also(patient(), drip)
    assert [one.skill for one in step_down(NATIONAL, clinician("EMT"), met, at(1))] == ["vasopressor_infusion"]
    people = [clinician(level) for level in LEVELS]
    assert [(one.fact_id, one.by) for one in who_keeps(NATIONAL, people, met, at(1))] == [("p", ("Paramedic",))]
    assert attendant_wanted(RULEBOOKS["massachusetts"], clinician("AEMT"), met, at(1))
    stop = InterventionStopped(fact_id="s", at_ms=at(0), author="ana", unit_id="U1", stops="p")
    assert not step_down(NATIONAL, clinician("EMT"), also(met, stop), at(1))
    assert who_keeps(NATIONAL, people, also(met, stop), at(1)) == ()


def test_somebody_who_rides_along_and_may_keeps_care_from_stepping_down() -> None:
    met = act(patient(), 0, "vasopressor_infusion", running=True)
    assert step_down(NATIONAL, clinician("EMT"), met, at(1))
    assert not step_down(NATIONAL, clinician("EMT"), met, at(1), [clinician("Paramedic")])
    assert step_down(NATIONAL, clinician("EMT"), met, at(1), [clinician("AEMT")])


@pytest.mark.parametrize(
    ("name", "runs", "may_attend"),
    [
        ("us-national", "", ["EMT", "AEMT", "Paramedic"]),
        ("us-national", "iv_access", ["EMT", "AEMT", "Paramedic"]),
        ("montana", "vasopressor_infusion", ["EMT", "AEMT", "Paramedic"]),
        ("massachusetts", "", ["EMT", "AEMT", "Paramedic"]),
        ("massachusetts", "iv_access", ["AEMT", "Paramedic"]),
        ("massachusetts", "vasopressor_infusion", ["Paramedic"]),
    ],
)
def test_who_attends_is_said_by_the_rules_of_the_place(name: str, runs: str, may_attend: list[str]) -> None:
    met = act(patient(), 0, runs, running=True) if runs else patient()
    rulebook = RULEBOOKS[name]
    able = [level for level in LEVELS if not attendant_wanted(rulebook, clinician(level), met, at(1))]
    assert able == may_attend
    assert all(rule.source and rule.confidence for layer in rulebook.layers for rule in layer.attendants)


def test_one_of_several_attendants_may_fulfil_each_rule() -> None:
    met = act(patient(), 0, "vasopressor_infusion", running=True)
    massachusetts = RULEBOOKS["massachusetts"]
    assert attended(massachusetts, [], met, at(1)) and attended(massachusetts, [clinician("AEMT")], met, at(1))
    assert not attended(massachusetts, [clinician("EMT"), clinician("Paramedic")], met, at(1))


AGENCY = """overlay: river-county
title: River County EMS
ladder: us
rank: agency
authority: River County
on: [massachusetts]
version: "1"
from: "2026-02-01"
sources: {ours: {title: Standing instruction 7}}
source: ours
confidence: judgement
attendants:
  - {rule: attending, least: AEMT, because: we send two, from: "2026-03-01"}
  - {rule: small_children, least: Paramedic, because: a child below two, only: {patient_age_years: {below: 2}}}
"""


def test_a_layer_replaces_and_adds_attendant_rules_and_the_hash_covers_them(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(AGENCY, "utf-8")
    ours = load_rulebook(str(path))
    told = [str(one) for one in attendant_wanted(ours, clinician("EMT"), patient(0, age_years=30.0), at(1))]
    assert told == ["we send two: at least AEMT attends (river-county/attendants/attending)"]
    child = attendant_wanted(ours, clinician("AEMT"), patient(0, age_years=1.0), at(1))
    assert [one.rule.id for one in child] == ["small_children"]
    unknown = attendant_wanted(ours, clinician("AEMT"), patient(0), at(1))
    assert [one.rule.id for one in unknown] == ["small_children"], "of an unknown age: no reason to go without"
    assert {one.id for one in ours.interval(START.replace(month=2, day=9)).attendants} > {"attending", "plain_iv"}
    (early,) = [one for one in ours.interval(START.replace(month=2, day=9)).attendants if one.id == "attending"]
    assert early.least == "EMT", "before its first day the rule beneath holds"
    path.write_text(AGENCY.replace("least: AEMT", "least: EMR"), "utf-8")
    lower = load_rulebook(str(path))
    assert lower.hash != ours.hash
    assert not attendant_wanted(lower, clinician("EMR"), patient(0, age_years=30.0), at(1)), "replaced, not added to"


def test_two_layers_of_one_rank_do_not_both_name_an_attendant_rule(tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text(AGENCY, "utf-8")
    other.write_text(AGENCY.replace("river-county", "sea-county").replace("River County", "Sea County"), "utf-8")
    with pytest.raises(InputError, match="two attendant rules 'attending' of rank agency"):
        load_rulebook(f"{one}+{other}")


def told_patient():
    met = patient(0, age_years=61.0, sex="male", weight_kg=80.0, min_since_onset=30, wheeze=False, stemi=True)
    base = {"author": "ana", "unit_id": "U1"}
    return also(
        act(met, 6, "aspirin_oral", 324, drug="aspirin", route="oral"),
        PriorAid(fact_id="p", at_ms=at(-5), skill="nitroglycerin_sl_patient_own", by="patient", **base),
        VitalSigns(fact_id="v1", at_ms=at(1), systolic_mmhg=90.0, diastolic_mmhg=60.0, **base),
        VitalSigns(fact_id="v2", at_ms=at(5), heart_rate_per_min=99.0, doubts=("odd",), **base),
        VitalSigns(fact_id="v3", at_ms=at(9), systolic_mmhg=120.0, diastolic_mmhg=80.0, pain_0_to_10=3, **base),
        Impression(fact_id="i", at_ms=at(2), condition="Chest pain", **base),
        History(fact_id="h", at_ms=at(3), allergies=(), medications=("metoprolol",), past=("angina",), **base),
        VitalSigns(fact_id="v9", at_ms=at(60), systolic_mmhg=1.0, **base),
    )


def test_atmist_says_what_the_facts_say_up_to_the_instant() -> None:
    lines = [str(section) for section in atmist(told_patient(), at(10), NATIONAL, UTC)]
    assert lines[:5] == [
        "A  Age: 61 years, 80 kg, male",
        "T  Time: onset 11:30",
        "M  Mechanism or complaint: Chest pain",
        "I  Injuries and findings: STEMI on the 12-lead ECG; not: wheeze",
        "S  Signs: 12:01 90/60 mmHg; 12:09 120/80 mmHg, pain 3/10",
    ]
    assert "11:55 before arrival: " in lines[5] and "(aspirin 324 mg oral)" in lines[5]


def test_sbar_says_what_is_not_known_and_asks_to_take_over() -> None:
    lines = [str(section) for section in sbar(patient(), at(1), NATIONAL, UTC)]
    assert lines[0] == "S  Situation: age not known"
    assert lines[1] == "B  Background: not known" and lines[3] == "R  Request: please take over"
    told = [str(section) for section in sbar(told_patient(), at(10), NATIONAL, UTC)]
    assert told[1] == "B  Background: allergies: none known; takes: metoprolol; past: angina"


def test_the_alert_a_facility_needs_says_what_is_known_and_what_to_find_out() -> None:
    met = patient(0, stroke_scale_positive=True, min_since_last_known_well=60, glucose_mg_per_dl=110.0)
    needed = alerts_needed(met, at(0))
    assert [one.kind for one in needed] == ["stroke"]
    assert needed[0].find_out == ("lams_score", "systolic_mmhg")
    assert "time since last known well" in needed[0].tell[0] and needed[0].tell[0].endswith(" min"), "the stroke clock"
    sent = AlertSent(fact_id="a", at_ms=at(0), author="ana", unit_id="U1", facility_id="H1", kind="stroke")
    assert alerts_needed(also(met, sent), at(0)) == ()


VALID = {"oriented": True, "altered": False, "intoxicated": False, "self_harm": False, "understands": True,
         "informed": True, "signed": True, "witness": "a friend"}  # fmt: skip


@pytest.mark.parametrize(
    ("age", "change", "lacks"),
    [
        (40, {}, 0), (40, {"witness": ""}, 1), (40, {"oriented": None}, 1), (40, {"intoxicated": True}, 1),
        (16, {}, 1), (16, {"by": "guardian"}, 0), (None, {}, 1), (40, {"signed": False, "informed": False}, 2),
    ],
)  # fmt: skip
def test_a_refusal_is_valid_only_with_capacity_age_information_and_witness(
    age: float | None, change: dict[str, object], lacks: int
) -> None:
    met = patient(0) if age is None else patient(0, age_years=float(age))
    fields = {**VALID, **change}
    no = CareRefused(fact_id="r", at_ms=at(1), author="a", unit_id="U1", what="transport", **fields)
    assert len(why_invalid(no, met)) == lacks
