"""A pathway is for its patients and is opened by call or findings: an adult's dose is no child's, whatever the call."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sixpoint.care import (
    Encounter,
    OrderGiven,
    Proposed,
    card,
    facts_of,
    for_patient,
    guard,
    load_pathways,
    picture_of,
    with_answers,
)
from sixpoint.care.amounts import exact
from sixpoint.care.conditions import judge
from sixpoint.care.dose import most_at_once
from sixpoint.care.guard import against_steps
from sixpoint.scope import Dose

from .people import EVERYTHING, NATIONAL, RULEBOOKS, act, also, at, clinician, patient, person

PATHWAYS = load_pathways()
ADULT, CHILD = PATHWAYS["cardiac_arrest_adult"], PATHWAYS["cardiac_arrest_child"]
MEDIC = clinician("Paramedic")


def arrested(**more: object) -> Encounter:
    met = patient(0, in_cardiac_arrest=True, **more)
    return act(act(met, 0, "cpr", running=True), 1, "io_initiation", running=True)


def epinephrine(met: Encounter, amount: float):
    speaking = PATHWAYS.speaking(("2301019",), "epinephrine_iv_arrest", picture_of(met, at(2)))
    return guard(
        NATIONAL, MEDIC, EVERYTHING, met, "epinephrine_iv_arrest", at(2), pathways=speaking,
        proposed=Proposed("epinephrine", Dose(amount, "mg"), "intraosseous"),
    )  # fmt: skip


def test_an_adults_dose_is_refused_to_a_child_and_a_childs_is_weighed() -> None:
    child = arrested(age_years=4.0, weight_kg=16.0)
    over = epinephrine(child, 1)
    assert over.authority is None and "1 mg is above the maximum of 0.160 mg" in over.objections[0].text
    assert epinephrine(child, 0.16).authority == "standing_order"
    assert epinephrine(arrested(age_years=40.0, weight_kg=16.0), 1).authority == "standing_order"


def test_without_an_age_no_dose_is_proposed_and_nobody_waits_with_compressions() -> None:
    met = patient(0, in_cardiac_arrest=True)
    assert card(NATIONAL, ADULT, met, [person("Paramedic")], at(0)).line("compressions").state == "do_now"
    line = card(NATIONAL, ADULT, arrested(), [person("Paramedic")], at(2)).line("epinephrine")
    assert line.state == "assess_first" and line.assess == ("age_years",)
    assert epinephrine(arrested(), 1).authority is None


@pytest.mark.parametrize(("pathway", "age"), [(ADULT, 60.0), (CHILD, 4.0)])
def test_amiodarone_waits_for_the_third_shock_and_for_a_way_into_the_vein(pathway, age: float) -> None:
    seen = {"age_years": age, "weight_kg": 16.0, "in_cardiac_arrest": True, "shockable_rhythm": True}

    def line(met: Encounter, minute: float) -> str:
        seen_again = with_answers(met, {"shockable_rhythm": True}, at(minute), "ana", "U1")
        return card(NATIONAL, pathway, seen_again, [person("Paramedic")], at(minute)).line("antiarrhythmic").state

    met = act(act(patient(0, **seen), 1, "defibrillation_aed"), 3, "defibrillation_manual")
    assert line(act(met, 3, "io_initiation", running=True), 4) == "not_indicated"
    met = act(met, 5, "defibrillation_manual")
    assert line(met, 6) == "not_indicated"
    assert line(act(met, 5, "io_initiation", running=True), 6) == "do_now"


def test_who_fights_for_breath_does_not_wait_for_what_the_own_inhaler_gave() -> None:
    child = {"age_years": 5.0, "weight_kg": 18.0, "wheeze": True, "severe_distress": True}

    def state(**more: object) -> str:
        shown = card(NATIONAL, PATHWAYS["asthma_copd"], patient(0, **child, **more), [person("EMT")], at(1))
        return shown.line("bronchodilator").state

    assert state() == "do_now" and state(inhaler_at_maximum=True) == "contraindicated"


def test_who_bleeds_massively_is_pressed_on_before_anything_more_is_asked() -> None:
    shown = card(NATIONAL, PATHWAYS["trauma"], patient(0, massive_bleeding=True), [person("EMR")], at(1))
    assert shown.line("direct_pressure").state == "do_now"


@pytest.mark.parametrize(("pathway", "age"), [(ADULT, 14.9), (CHILD, 15.0)])
def test_by_a_pathway_for_other_patients_nothing_is_to_be_done(pathway, age: float) -> None:
    shown = card(NATIONAL, pathway, arrested(age_years=age), [person("Paramedic")], at(2))
    assert {line.state for line in shown.lines} == {"not_indicated"}
    assert "is for other patients" in shown.lines[0].because[0]


def test_a_drug_whose_pathways_are_all_for_others_is_given_by_order_alone() -> None:
    met = patient(
        0, age_years=6.0, weight_kg=20.0, narrow_fast_rhythm=True, asthma_known=False, in_cardiac_arrest=False
    )
    only = [PATHWAYS["dysrhythmia"]]
    given = Proposed("adenosine", Dose(2, "mg"), "intravenous")
    answer = guard(NATIONAL, MEDIC, EVERYTHING, met, "antiarrhythmic_iv", at(0), proposed=given, pathways=only)
    assert answer.authority is None and "no pathway is for this patient" in answer.objections[-1].text
    order = OrderGiven(fact_id="o", at_ms=at(0), author="ana", unit_id="U1", skill="antiarrhythmic_iv",
                       ordered_by="Dr. Ito", channel="radio", until_ms=at(9), drug="adenosine",
                       dose=Dose(2, "mg"))  # fmt: skip
    ordered = guard(
        NATIONAL, MEDIC, EVERYTHING, also(met, order), "antiarrhythmic_iv", at(0), proposed=given, pathways=only
    )
    assert ordered.authority == "order"


ADULT_RULES = [
    (step, rule)
    for pathway in PATHWAYS.values()
    for step in pathway.steps
    for rule in step.doses
    if rule.amount is not None and "name='age_years', least=15" in str(rule.when)
]


@settings(max_examples=300)
@given(which=st.integers(0, len(ADULT_RULES) - 1), age=st.floats(0, 14.9), weight=st.floats(1, 60))
def test_no_adults_dose_passes_for_a_child_unless_a_rule_for_the_child_allows_as_much(
    which: int, age: float, weight: float
) -> None:
    step, rule = ADULT_RULES[which]
    assert rule.amount is not None
    skill, route = rule.skills[0], next(iter(rule.routes), "")
    picture = picture_of(patient(0, age_years=age, weight_kg=weight), at(0))
    speaking = for_patient(PATHWAYS.speaking((), skill, picture), picture)
    steps = [one for pathway in speaking for one in pathway.steps if skill in one.any_of]
    allowed = [
        most_at_once(one, picture)
        for each in steps
        for one in each.doses
        if one.drug == rule.drug and skill in one.skills and route in (*one.routes, *([] if one.routes else [route]))
        and judge(one.when, picture).holds
    ]  # fmt: skip
    if any(most is None or exact(rule.amount.value) <= most for most in allowed):
        return
    proposed = Proposed(rule.drug, Dose(rule.amount.value, rule.unit), route)
    objections = against_steps(steps, skill, picture, proposed, None)
    assert not steps or {one.kind for one in objections} & {"dose", "unknown"}, (step.where, objections)


@pytest.mark.parametrize(
    ("found", "opened"),
    [
        ({"anaphylaxis": True}, "anaphylaxis"),
        ({"glucose_mg_per_dl": 41.0}, "hypoglycaemia"),
        ({"in_cardiac_arrest": True, "age_years": 70.0}, "cardiac_arrest_adult"),
        ({"in_cardiac_arrest": True, "age_years": 7.0}, "cardiac_arrest_child"),
        ({"seizing": True}, "seizure"),
        ({"stroke_scale_positive": True}, "stroke"),
        ({"massive_bleeding": True}, "trauma"),
        ({"opioid_suspected": True}, "opioid_overdose"),
        ({"pulmonary_oedema_signs": True, "age_years": 70.0}, "heart_failure"),
        ({"birth_imminent": True}, "childbirth"),
    ],
)
def test_what_is_found_opens_its_pathway_whatever_the_call_was(found: dict[str, object], opened: str) -> None:
    codes = ("2301033",)  # a fall
    before = [one.id for one in PATHWAYS.opened(codes, picture_of(patient(0), at(0)))]
    after = [one.id for one in PATHWAYS.opened(codes, picture_of(patient(0, **found), at(0)))]
    assert opened in after and after[-1] == "general"
    assert opened not in before or opened in ("trauma", "hypoglycaemia", "pain")


def test_every_pathway_but_the_general_one_may_be_opened_by_what_is_found() -> None:
    assert {one.id for one in PATHWAYS.values() if one.opens is None} == {"general"}


def test_an_agencys_extension_keeps_for_whom_and_by_what_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text("pathway: stroke\non: stroke\nremove: [ecg]\npatients: {age_years: {least: 18}}\n", "utf-8")
    ours = load_pathways([path])["stroke"]
    assert ours.opens == PATHWAYS["stroke"].opens and ours.patients is not None
    assert for_patient([ours], picture_of(patient(0, age_years=17.0), at(0))) == ()


@pytest.mark.parametrize("pathway", [ADULT, CHILD], ids=["adult", "child"])
@pytest.mark.parametrize("sign", ["dnr_valid", "obvious_death"])
def test_a_valid_order_not_to_resuscitate_or_a_sign_of_death_stops_every_step_of_it(pathway, sign: str) -> None:
    for step in pathway.steps:
        if "in_cardiac_arrest', value=True" in str(step.when):
            assert any(sign in str(one.when) and not one.waits for one in step.not_if), step.id


def test_epinephrine_says_how_much_of_which_strength() -> None:
    allergic = patient(0, age_years=40.0, anaphylaxis=True, in_cardiac_arrest=False)
    line = card(NATIONAL, PATHWAYS["anaphylaxis"], allergic, [person("Paramedic")], at(0)).line("epinephrine")
    assert (line.dose, line.volume) == (Dose(0.3, "mg"), "0.3 mL of 1 mg/mL")
    ready = card(NATIONAL, PATHWAYS["anaphylaxis"], allergic, [person("EMT")], at(0)).line("epinephrine")
    assert ready.skill == "epinephrine_autoinjector_agency" and ready.dose == Dose(0.3, "mg") and not ready.volume
    shown = card(NATIONAL, CHILD, arrested(age_years=4.0, weight_kg=16.0), [person("Paramedic")], at(2))
    assert (shown.line("epinephrine").dose, shown.line("epinephrine").volume) == (
        Dose(0.16, "mg"),
        "1.6 mL of 0.1 mg/mL",
    )
    for pathway in PATHWAYS.values():
        for rule in (rule for step in pathway.steps for rule in step.doses if rule.drug == "epinephrine"):
            assert rule.per_ml is not None, rule.where
            assert rule.per_ml.value == (1 if rule.routes == ("intramuscular",) else 0.1), rule.where


def test_how_often_something_was_done_may_be_asked() -> None:
    met = arrested(age_years=60.0, weight_kg=80.0, shockable_rhythm=True, dnr_valid=False, obvious_death=False)
    for minute in (2, 4, 6):
        assert card(NATIONAL, ADULT, met, [person("Paramedic")], at(minute)).line("antiarrhythmic").state != "do_now"
        met = act(met, minute, "defibrillation_manual")
        met = also(met, *facts_of({"shockable_rhythm": True}, at(minute + 0.5), "ana", "U1", f"r{minute}-"))
    assert card(NATIONAL, ADULT, met, [person("Paramedic")], at(7)).line("antiarrhythmic").state == "do_now"


def test_what_speaks_against_one_drug_does_not_stop_another_of_the_same_skill() -> None:
    met = patient(
        0, age_years=30.0, weight_kg=70.0, pain_0_to_10=5, can_swallow=True, liver_failure=False, pregnant=True,
        bleeding_or_ulcer_risk=False,
    )  # fmt: skip

    def asked(drug: str, amount: float):
        return guard(NATIONAL, MEDIC, EVERYTHING, met, "otc_analgesic_oral", at(0), pathways=[PATHWAYS["pain"]],
                     proposed=Proposed(drug, Dose(amount, "mg"), "oral"))  # fmt: skip

    assert asked("acetaminophen", 650).authority == "standing_order"
    assert [one.text for one in asked("ibuprofen", 600).objections] == ["pregnant: yes"]


INFARCT = {"ischaemic_chest_pain": True, "age_years": 60.0, "systolic_mmhg": 140.0, "pde_inhibitor_48h": False,
           "own_nitroglycerin": True}  # fmt: skip


@pytest.mark.parametrize("name", ["us-national", "massachusetts"])
def test_what_nobody_here_can_find_out_is_asked_of_medical_control_who_may_order_it_all_the_same(name: str) -> None:
    met = patient(0, **INFARCT)

    def line(of: Encounter, *levels: str):
        people = [person(level, level) for level in levels]
        return card(RULEBOOKS[name], PATHWAYS["chest_pain"], of, people, at(1), levels[0]).line("nitroglycerin")

    assert (
        line(met, "EMT").state == "ask_medical_control"
        and "nobody here may find it out" in line(met, "EMT").because[-1]
    )
    assert line(met, "EMT", "Paramedic").state == "assess_first", "the paramedic beside may read the ECG"
    order = OrderGiven(fact_id="o", at_ms=at(0), author="ana", unit_id="U1", skill="nitroglycerin_sl_patient_own",
                       ordered_by="Dr. Ito", channel="radio", until_ms=at(9),
                       despite=("inferior_infarct",))  # fmt: skip
    assert line(also(met, order), "EMT").state == "do_now"
