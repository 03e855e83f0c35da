"""Doses: against a table worked out apart from the code, never above the maximum, never before the interval."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sixpoint.care import (
    Encounter,
    OrderGiven,
    OrderReadBack,
    OrderRefused,
    OrderRequested,
    PriorAid,
    Proposed,
    card,
    guard,
    has_order,
    load_pathways,
    order_for,
    situation_of,
    unanswered,
    why_closed,
)
from sixpoint.care.amounts import at_most, exact, in_unit
from sixpoint.care.dose import limits, next_dose
from sixpoint.care.pathway import Step
from sixpoint.care.picture import picture_of
from sixpoint.scope import Dose

from .people import EVERYTHING, NATIONAL, act, also, at, clinician, patient, person

PATHWAYS = load_pathways()
DATA = Path(__file__).parent / "data"


def rows_of(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((DATA / name).read_text("utf-8").splitlines()))


# How they were worked, and how to check them by head, stands in data/weight_table.md.
TABLE, RULES = rows_of("weight_table.csv"), rows_of("weight_rules.csv")
COLUMNS = [name for name in TABLE[0] if name != "kg"]


def step_of(pathway: str, step: str) -> Step:
    found = PATHWAYS[pathway].step(step)
    assert found is not None
    return found


@pytest.mark.parametrize("rule", RULES, ids=[f"{one['pathway']}-{one['step']}-{n}" for n, one in enumerate(RULES)])
def test_doses_by_weight_are_those_of_the_table(rule: dict[str, str]) -> None:
    step = step_of(rule["pathway"], rule["step"])
    for row in TABLE:
        met = patient(0, age_years=float(rule["age_years"]), weight_kg=float(row["kg"]))
        met = act(met, -9, rule["done"]) if rule["done"] else met
        found = next_dose(step, rule["skill"], picture_of(met, at(0)), drug=rule["drug"], route=rule["route"])
        assert found.dose == Dose(float(row[rule["weight"]]), rule["unit"]), (row["kg"], found)


def test_the_table_has_every_kilogram_and_every_rule_by_weight() -> None:
    assert {float(row["kg"]) for row in TABLE} >= set(range(1, 121))
    by_weight = [
        (pathway.id, step.id, dose.drug, dose.unit)
        for pathway in PATHWAYS.values()
        for step in pathway.steps
        for dose in step.doses
        if dose.per_kg is not None or dose.total_per_kg is not None
    ]
    assert sorted(by_weight) == sorted((one["pathway"], one["step"], one["drug"], one["unit"]) for one in RULES)
    assert {one["weight"] for one in RULES} == set(COLUMNS)


@pytest.mark.parametrize("column", COLUMNS)
def test_down_a_column_each_kilogram_adds_as_much_until_the_maximum(column: str) -> None:
    words = column.split()
    per_kg, most = Fraction(words[0]), Fraction(words[-1]) if "most" in words else None
    whole = [row for row in TABLE if "." not in row["kg"]]
    assert Fraction(whole[0][column]) == per_kg
    for above, row in pairwise(whole):
        grown = Fraction(above[column]) + per_kg
        assert Fraction(row[column]) == (grown if most is None else min(grown, most)), row["kg"]
    starts = {one["most_from_kg"] for one in RULES if one["weight"] == column} - {""}
    assert starts == (set() if most is None else {f"{float(round(most / per_kg, 3)):g}"})


def test_no_weight_no_dose_by_weight() -> None:
    met = patient(0, age_years=6.0)
    found = next_dose(step_of("seizure", "benzodiazepine"), "benzodiazepine", picture_of(met, at(0)))
    assert found.due == "unknown" and found.missing == ("weight_kg",) and found.dose is None


def test_a_drug_without_a_dose_that_could_be_cited_is_given_by_local_protocol() -> None:
    found = next_dose(
        step_of("anaphylaxis", "nebulised_epinephrine"), "epinephrine_nebulized", picture_of(patient(), 0)
    )
    assert found.due == "local_protocol" and found.dose is None


DOSED = [(p.id, s.id, skill) for p in PATHWAYS.values() for s in p.steps if s.doses for skill in s.any_of]
# When, and which share of all that may be given, so that what is left is now and then less than a dose.
HISTORY = st.lists(st.tuples(st.floats(0, 90), st.floats(0.01, 0.7)), max_size=5)


@settings(max_examples=300)
@given(
    which=st.integers(0, len(DOSED) - 1),
    age=st.floats(0, 100),
    weight=st.floats(0.5, 200),
    before=HISTORY,
    minute=st.floats(90, 200),
)
def test_nothing_is_proposed_above_the_maximum_before_the_interval_or_beyond_the_total(
    which: int, age: float, weight: float, before: Sequence[tuple[float, float]], minute: float
) -> None:
    pathway, name, skill = DOSED[which]
    step = step_of(pathway, name)
    met = patient(0, age_years=age, weight_kg=weight)
    rule = next((rule for rule in step.doses if skill in rule.skills), None)
    bounds = (rule.total, rule.most, rule.amount) if rule else ()
    whole = next((bound.value for bound in bounds if bound is not None), weight)
    before = [(when, whole * share) for when, share in before]
    for when, part in before if rule else ():
        met = act(met, when, skill, part, rule.unit, drug=rule.drug)
    found = next_dose(step, skill, picture_of(met, at(minute)))
    if found.dose is None:
        return
    assert found.due == "due" and found.rule is not None
    amount, weighs = exact(found.dose.amount), Decimal(repr(weight))
    given = [exact(part) for _, part in before]
    single = found.rule.most or (found.rule.amount if found.rule.per_kg is None else None)
    assert amount > 0 and (single is None or amount <= exact(single.value))
    if found.rule.per_kg is not None and found.rule.least is None:
        assert amount <= exact(found.rule.per_kg.value) * weighs
    if found.rule.total is not None:
        assert sum(given) + amount <= exact(found.rule.total.value)
    if found.rule.total_per_kg is not None:
        assert sum(given) + amount <= exact(found.rule.total_per_kg.value) * weighs
    if found.rule.times is not None:
        assert len(given) < found.rule.times.value
    if found.rule.repeat_min is not None and before:
        assert at(minute) - max(at(when) for when, _ in before) >= found.rule.repeat_min.value * 60_000
    spoken = list(limits(step, skill, picture_of(met, at(minute)), found.dose, found.rule.drug, ""))
    assert not spoken, "what is proposed the guard lets pass"


def test_amounts_in_grams_milligrams_and_micrograms_compare_exactly() -> None:
    assert at_most(Dose(500, "mg"), Dose(0.5, "g")) is True
    assert at_most(Dose(500.001, "mg"), Dose(0.5, "g")) is False
    assert in_unit(Dose(150, "mcg"), "mg") == Decimal("0.15")
    assert at_most(Dose(1, "tube"), Dose(1, "mg")) is None
    assert in_unit(Dose(0.1, "mg"), "mcg") == 100


ACS = {
    "ischaemic_chest_pain": True, "age_years": 60.0, "weight_kg": 80.0, "systolic_mmhg": 140.0, "can_swallow": True,
    "aspirin_allergy": False, "active_bleeding": False, "pde_inhibitor_48h": False, "inferior_infarct": False,
    "own_nitroglycerin": False, "in_cardiac_arrest": False, "pain_0_to_10": 8, "breathing": "normal", "avpu": "alert",
}  # fmt: skip
MEDIC = clinician("Paramedic")


def asked(met: Encounter, skill: str, minute: float = 0, **more: object):
    equipment = more.pop("equipment", EVERYTHING)
    expires = more.pop("expires_ms", None)
    return guard(
        NATIONAL, MEDIC, equipment, met, skill, at(minute), proposed=Proposed(**more),
        pathways=[PATHWAYS["chest_pain"]], expires_ms=expires,
    )  # fmt: skip


def kinds(answer) -> list[str]:
    return [objection.kind for objection in answer.objections]


def test_the_guard_lets_a_right_dose_pass_and_names_what_is_wrong_with_others() -> None:
    met = patient(0, **ACS)
    assert asked(met, "aspirin_oral", dose=Dose(324, "mg"), drug="aspirin").authority == "standing_order"
    over = asked(met, "aspirin_oral", dose=Dose(0.5, "g"), drug="aspirin")
    assert over.authority is None and kinds(over) == ["dose"] and "above the maximum" in over.objections[0].text
    assert over.objections[0].source == "MA-2026.1"
    assert kinds(asked(met, "aspirin_oral", dose=Dose(81, "mg"), drug="aspirin")) == ["dose"]
    assert kinds(asked(met, "aspirin_oral", dose=Dose(1, "tube"), drug="aspirin")) == ["dose"]


def test_the_guard_keeps_interval_number_and_total() -> None:
    met = act(patient(0, **ACS), 0, "opioid_analgesia", 80, "mcg", drug="fentanyl")
    more = {"dose": Dose(80, "mcg"), "drug": "fentanyl"}
    assert kinds(asked(met, "opioid_analgesia", 4, **more)) == ["interval"]
    assert asked(met, "opioid_analgesia", 5, **more).authority == "standing_order"
    met = act(met, 5, "opioid_analgesia", 80, "mcg", drug="fentanyl")
    met = act(met, 10, "opioid_analgesia", 80, "mcg", drug="fentanyl")
    assert kinds(asked(met, "opioid_analgesia", 15, **more)) == ["total"]


def test_the_guard_sees_contraindications_and_what_is_not_known_of_them() -> None:
    assert kinds(asked(patient(0, **{**ACS, "aspirin_allergy": True}), "aspirin_oral")) == ["contraindication"]
    some = {name: value for name, value in ACS.items() if name != "aspirin_allergy"}
    unknown = asked(patient(0, **some), "aspirin_oral")
    assert unknown.authority is None and unknown.objections[0].missing == ("aspirin_allergy",)


def test_the_guard_sees_what_is_not_on_board_and_what_has_expired() -> None:
    met = patient(0, **ACS)
    assert kinds(asked(met, "aspirin_oral", equipment=EVERYTHING - {"aspirin"})) == ["equipment"]
    assert kinds(asked(met, "aspirin_oral", expires_ms={"aspirin": at(0)})) == ["expiry"]
    assert not kinds(asked(met, "aspirin_oral", expires_ms={"aspirin": at(1)}))


def test_without_pathways_the_guard_asks_for_the_scope_alone() -> None:
    answer = guard(NATIONAL, MEDIC, EVERYTHING, patient(), "aspirin_oral", at(0))
    assert answer.authority == "standing_order" and not answer.objections


def test_doses_that_bystanders_gave_count() -> None:
    aid = PriorAid(fact_id="p", at_ms=at(-10), author="ana", unit_id="U1", skill="naloxone_intranasal", by="bystander",
                   drug="naloxone", dose=Dose(12, "mg"))  # fmt: skip
    met = also(patient(0, opioid_suspected=True, breathing="inadequate", age_years=30.0), aid)
    line = card(NATIONAL, PATHWAYS["opioid_overdose"], met, [person("EMR")], at(0)).line("naloxone")
    assert line.state == "do_now" and line.dose == Dose(4, "mg")
    met = act(met, 0, "naloxone_intranasal", 4, drug="naloxone")
    after = card(NATIONAL, PATHWAYS["opioid_overdose"], met, [person("EMR")], at(5)).line("naloxone")
    assert after.state == "done" and "the most is 16" in " ".join(after.because)


ORDER = OrderGiven(
    fact_id="o", at_ms=at(1), author="ana", unit_id="U1", skill="opioid_analgesia", ordered_by="Dr. Ito",
    channel="radio", until_ms=at(20), request="q", drug="morphine", dose=Dose(4, "mg"), route="intravenous", times=1,
    awaits_read_back=True,
)  # fmt: skip
SAID = OrderReadBack(
    fact_id="rb", at_ms=at(2), author="ana", unit_id="U1", order="o", skill="opioid_analgesia", drug="morphine",
    dose=Dose(4, "mg"), route="intravenous",
)  # fmt: skip


def test_an_order_opens_only_once_it_is_read_back_as_given_and_until_it_ends() -> None:
    met = also(patient(0, **ACS), ORDER)
    assert not has_order(met, "opioid_analgesia", at(3)) and "not been read back" in why_closed(met, ORDER, at(3))
    wrong = replace(SAID, dose=Dose(40, "mg"))
    assert not has_order(also(met, wrong), "opioid_analgesia", at(3))
    right = also(met, SAID)
    assert has_order(right, "opioid_analgesia", at(3))
    assert not has_order(right, "opioid_analgesia", at(1)) and not has_order(right, "opioid_analgesia", at(20))
    assert not has_order(right, "ketamine", at(3))
    back = OrderRefused(fact_id="x", at_ms=at(5), author="ana", unit_id="U1", skill="opioid_analgesia",
                        refused_by="Dr. Ito", channel="radio", order="o")  # fmt: skip
    assert has_order(also(right, back), "opioid_analgesia", at(4))
    assert not has_order(also(right, back), "opioid_analgesia", at(5))


@pytest.mark.parametrize(
    ("more", "covered"),
    [
        ({"drug": "morphine", "dose": Dose(4, "mg"), "route": "intravenous"}, True),
        ({"drug": "morphine", "dose": Dose(4000, "mcg")}, True),
        ({"drug": "morphine", "dose": Dose(4.1, "mg")}, False),
        ({"drug": "fentanyl", "dose": Dose(4, "mg")}, False),
        ({"drug": "morphine", "route": "intramuscular"}, False),
    ],
)
def test_an_order_opens_exactly_what_was_ordered(more: dict[str, object], covered: bool) -> None:
    met = also(patient(0, **ACS), ORDER, SAID)
    assert (order_for(met, "opioid_analgesia", at(3), Proposed(**more)) is not None) is covered


def test_an_order_is_used_up_by_its_number() -> None:
    met = also(patient(0, **ACS), ORDER, SAID)
    more = {"drug": "morphine", "dose": Dose(4, "mg"), "route": "intravenous"}
    before = asked(met, "opioid_analgesia", 3, **more)
    assert before.authority == "order" and before.order == "o"
    met = act(met, 3, "opioid_analgesia", 4, drug="morphine", authority="order", order="o")
    assert not has_order(met, "opioid_analgesia", at(4))


def test_an_order_may_accept_a_contraindication_by_name_and_no_other() -> None:
    met = patient(0, **{**ACS, "pde_inhibitor_48h": True, "inferior_infarct": True})
    order = OrderGiven(fact_id="o", at_ms=at(0), author="ana", unit_id="U1", skill="nitroglycerin_sl_agency",
                       ordered_by="Dr. Ito", channel="radio", until_ms=at(20),
                       despite=("inferior_infarct",))  # fmt: skip
    assert [one.text for one in asked(also(met, order), "nitroglycerin_sl_agency").objections] == [
        "PDE-5 inhibitor within 48 h: yes"
    ]


def test_requests_wait_until_they_are_answered() -> None:
    request = OrderRequested(fact_id="q", at_ms=at(0), author="ana", unit_id="U1", skill="opioid_analgesia",
                             channel="radio")  # fmt: skip
    met = also(patient(0), request)
    assert [one.fact_id for one in unanswered(met, at(1))] == ["q"]
    assert unanswered(also(met, ORDER), at(1)) == ()


def test_the_rulebook_is_told_what_is_known_of_the_moment() -> None:
    met = act(patient(0, age_years=7.0, in_cardiac_arrest=False), 0, "iv_initiation_peripheral")
    situation = situation_of(met, "cpr", at(1))
    assert situation.patient_age_years == 7 and situation.in_cardiac_arrest is False
    assert situation.skills_done == {"iv_initiation_peripheral", "iv_access"}
    assert situation_of(patient(), "cpr", at(1)).in_cardiac_arrest is None


def test_the_last_dose_is_what_is_left_of_the_total() -> None:
    met = act(patient(0, age_years=40.0), 0, "dextrose_iv", 20, "g", drug="dextrose")
    found = next_dose(step_of("hypoglycaemia", "dextrose"), "dextrose_iv", picture_of(met, at(6)))
    assert found.dose == Dose(5, "g")
    met = act(met, 6, "dextrose_iv", 5, "g", drug="dextrose")
    assert next_dose(step_of("hypoglycaemia", "dextrose"), "dextrose_iv", picture_of(met, at(12))).due == "limit"
