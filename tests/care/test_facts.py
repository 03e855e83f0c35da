"""Facts at the patient: old logs decode, every fact has words, what looks wrong is said and kept if insisted."""

from __future__ import annotations

import random
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sixpoint.care import (
    ArrestMoment,
    Ecg12Lead,
    Encounter,
    EnteredInError,
    Fact,
    Finding,
    HandoverAccepted,
    Impression,
    Intervention,
    Measurement,
    OrderGiven,
    OrderReadBack,
    PatientDescribed,
    Scene,
    StrokeScale,
    Tagged,
    VitalSigns,
    age_years,
    doubts,
    facts_of,
    in_cardiac_arrest,
    insisted,
    picture_of,
    standing_facts,
    with_fact,
    words,
)
from sixpoint.care.facts import FactBase
from sixpoint.scope import Dose, load_rulebook

MIN = 60_000


def made(of: Any, /, number: int = 1, minute: float = 1, who: str = "ana", unit: str = "R1", **more: Any) -> Any:
    return of(fact_id=f"f{number:03d}", at_ms=int(minute * MIN), author=who, unit_id=unit, **more)


def encounter(*facts: Fact) -> Encounter:
    met = Encounter("E1", "I1", 0)
    for one in facts:
        met = with_fact(met, one)
    return met


def test_a_fact_written_before_there_were_doses_still_decodes() -> None:
    old = (
        b'{"type":"intervention","fact_id":"f1","at_ms":5,"author":"a","unit_id":"u","corrects":null,"skill":"cpr",'
        b'"level":"EMR","authority":"standing_order","because":["r"],"successful":true,"running":true,"note":""}'
    )
    fact = msgspec.json.decode(old, type=Fact)
    assert isinstance(fact, Intervention) and fact.dose is None and fact.attempts == 1
    vitals = msgspec.json.decode(
        b'{"type":"vital_signs","fact_id":"f","at_ms":5,"author":"a","unit_id":"u","corrects":null,'
        b'"heart_rate_per_min":80.0,"systolic_mmhg":null,"diastolic_mmhg":null,"respiratory_rate_per_min":null,'
        b'"spo2_percent":null,"glucose_mg_per_dl":null,"gcs_total":15,"avpu":"alert"}',
        type=Fact,
    )
    assert isinstance(vitals, VitalSigns) and vitals.gcs == 15 and vitals.temperature_c is None


def examples() -> list[Fact]:
    """One fact of each kind, every field that has no default filled."""
    filler: dict[str, Any] = {"until_ms": 9, "stage": "read", "scale": "cpss", "how": "refused", "kind": "area"}
    filler |= {"what": "transport", "moment": "rosc", "authority": "order", "because": ("r",), "present": True}
    filler |= {"tag": "delayed", "corrects": "f000", "value": 1.0}
    found = []
    for number, kind in enumerate(get_args(Fact)):
        needed = [field.name for field in msgspec.structs.fields(kind) if field.required]
        more = {name: filler.get(name, "x") for name in needed if name not in FactBase.__struct_fields__}
        if kind.__name__ == "AlertSent":
            more["kind"] = "stroke"
        found.append(made(kind, number, **more))
    return found


@pytest.mark.parametrize("fact", examples(), ids=lambda fact: type(fact).__name__)
def test_every_fact_goes_through_the_log_and_has_words(fact: Fact) -> None:
    assert msgspec.json.decode(msgspec.json.encode(fact), type=Fact) == fact
    assert words(fact).strip()


def test_what_was_found_is_told_in_the_words_of_the_trade() -> None:
    about = {"fact_id": "x", "at_ms": 1, "author": "a", "unit_id": "u"}
    assert words(Finding(**about, finding="pde_inhibitor_48h", present=False)) == "PDE-5 inhibitor within 48 h: no"
    told = words(Measurement(**about, measure="min_since_onset", value=30.0))
    assert told == "time since onset or injury 30 min"


def test_the_words_of_a_drug_name_amount_unit_and_route() -> None:
    act = made(
        Intervention,
        skill="epinephrine_im",
        level="x",
        authority="order",
        because=(),
        drug="epinephrine",
        dose=Dose(0.3, "mg"),
        route="intramuscular",
        site="thigh",
        attempts=2,
        response="improved",
    )
    assert words(act) == "epinephrine_im (epinephrine 0.3 mg intramuscular), thigh, 2 attempts, improved"


@pytest.mark.parametrize(
    ("age", "field", "value", "doubted"),
    [
        (40, "temperature_c", 370, True),
        (40, "temperature_c", 37.0, False),
        (40, "spo2_percent", 101, True),
        (0.1, "systolic_mmhg", 70, False),
        (0.1, "systolic_mmhg", 170, True),
        (40, "systolic_mmhg", 170, False),
        (None, "systolic_mmhg", 170, False),
        (None, "systolic_mmhg", 400, True),
        (40, "gcs_total", 2, True),
        (40, "gcs_total", 3, False),
        (40, "respiratory_rate_per_min", 0, False),
        (40, "respiratory_rate_per_min", 90, True),
        (0.5, "respiratory_rate_per_min", 90, False),
        (40, "pain_0_to_10", 11, True),
    ],
)
def test_a_value_no_patient_of_the_age_has_is_doubted(
    age: float | None, field: str, value: float, doubted: bool
) -> None:
    met = encounter() if age is None else encounter(made(PatientDescribed, 0, age_years=float(age)))
    found = doubts(met, made(VitalSigns, **{field: value}))
    assert [one.field for one in found] == ([field] if doubted else [])
    assert all(one.expected for one in found)


def test_a_systolic_not_above_the_diastolic_is_doubted() -> None:
    told = [str(one) for one in doubts(encounter(), made(VitalSigns, systolic_mmhg=80.0, diastolic_mmhg=120.0))]
    assert told == ["systolic 80 is not above diastolic 120; expected systolic above diastolic"]


def test_gcs_parts_that_do_not_add_up_are_doubted() -> None:
    vitals = made(VitalSigns, gcs_total=10, gcs_eye=4, gcs_verbal=5, gcs_motor=6)
    assert [one.expected for one in doubts(encounter(), vitals)] == ["15"]


def test_a_time_before_birth_or_after_the_hospital_took_over_is_doubted() -> None:
    born = encounter(made(PatientDescribed, 0, minute=5, born_ms=5 * MIN))
    assert [one.field for one in doubts(born, made(VitalSigns, minute=4, heart_rate_per_min=140.0))] == ["at_ms"]
    gone = encounter(made(HandoverAccepted, 0, minute=5, who="H1", unit="", offer="o", at_facility=True))
    assert [one.field for one in doubts(gone, made(VitalSigns, minute=6, heart_rate_per_min=80.0))] == ["at_ms"]
    assert not doubts(gone, made(VitalSigns, minute=5, heart_rate_per_min=80.0))


def test_a_performer_who_was_not_there_and_a_drug_nobody_carries_are_doubted() -> None:
    rulebook = load_rulebook()
    scene = Scene(present={"ana": (0, 3 * MIN)}, equipment=frozenset({"aspirin"}))
    act = made(Intervention, skill="glucagon_im_in", level="x", authority="order", because=())
    assert [one.field for one in doubts(encounter(), act, scene, rulebook)] == ["skill"]
    assert [one.field for one in doubts(encounter(), replace(act, author="bo"), scene)] == ["author"]
    assert [one.field for one in doubts(encounter(), replace(act, at_ms=4 * MIN), scene)] == ["author"]
    aspirin = replace(act, skill="aspirin_oral")
    assert not doubts(encounter(), aspirin, scene, rulebook)


def test_a_finding_or_skill_that_nobody_knows_is_doubted() -> None:
    assert not doubts(encounter(), made(Finding, finding="wheeze", present=True))
    assert doubts(encounter(), made(Finding, finding="weeze", present=True))
    assert doubts(encounter(), made(Finding, finding="age_years", present=True))
    act = made(Intervention, skill="flying", level="x", authority="order", because=())
    assert [one.field for one in doubts(encounter(), act, rulebook=load_rulebook())] == ["skill"]


def test_a_tag_against_what_the_system_says_of_what_was_seen_is_doubted() -> None:
    met = encounter(*facts_of({"walks": True}, MIN, "ana", "R1"))
    tag = made(Tagged, 9, 2, tag="minimal", system="START")
    assert not doubts(met, tag)
    told = [str(one) for one in doubts(met, replace(tag, tag="immediate"))]
    assert told == ["the tag is immediate; expected minimal by START: walks; walks on request: yes"]
    assert [one.field for one in doubts(met, replace(tag, system="FINISH"))] == ["system"]
    assert not doubts(encounter(), replace(tag, tag="immediate")), "nothing was seen yet: nothing speaks against it"


def test_an_order_read_back_otherwise_than_given_is_doubted() -> None:
    order = made(OrderGiven, 0, skill="ketamine", ordered_by="Dr. Ito", channel="radio", until_ms=9 * MIN,
                 drug="ketamine", dose=Dose(20, "mg"))  # fmt: skip
    said = made(OrderReadBack, 1, 2, order="f000", skill="ketamine", drug="ketamine", dose=Dose(20, "mg"))
    assert not doubts(encounter(order), said)
    wrong = doubts(encounter(order), replace(said, dose=Dose(200, "mg")))
    assert [str(one) for one in wrong] == ["read back as: ketamine 200 mg; expected ketamine 20 mg"]
    assert [one.field for one in doubts(encounter(), said)] == ["order"]


def test_a_doubted_fact_is_kept_and_marked_when_its_author_insists() -> None:
    hot = made(VitalSigns, temperature_c=370.0)
    kept = insisted(hot, doubts(encounter(), hot))
    assert isinstance(kept, VitalSigns) and kept.temperature_c == 370.0
    assert kept.doubts == ("temperature_c is 370 °C; expected 13 to 46.5 °C",)
    assert "doubted" in words(kept)


def test_what_was_entered_in_error_no_longer_counts_and_stays_in_the_log() -> None:
    met = encounter(made(PatientDescribed, 0, age_years=8.0), made(PatientDescribed, 1, 2, age_years=80.0))
    assert age_years(met) == 80
    met = with_fact(met, made(EnteredInError, 2, 3, corrects="f001"))
    assert age_years(met) == 8 and len(met.facts) == 3


@pytest.mark.parametrize(
    ("scale", "parts", "score", "positive"),
    [
        ("cpss", {"face": 1, "arm": 0, "speech": 0}, 1, True),
        ("cpss", {"face": 0, "arm": 0, "speech": 0}, 0, False),
        ("cpss", {"face": 0, "arm": 0}, None, None),
        ("cpss", {"face": 1}, None, True),
        ("lams", {"face": 1, "arm": 2, "grip": 1}, 4, True),
        ("lams", {"face": 1, "arm": 1, "grip": 1}, 3, False),
        ("lams", {"face": 0, "arm": 1}, None, False),
        ("lams", {"face": 1, "arm": 2}, None, None),
    ],
)
def test_a_stroke_scale_is_positive_as_soon_as_its_parts_decide(
    scale: Any, parts: dict[str, int], score: int | None, positive: bool | None
) -> None:
    seen = made(StrokeScale, scale=scale, **parts)
    assert (seen.score, seen.positive) == (score, positive)


def test_a_part_that_the_scale_does_not_have_is_doubted() -> None:
    assert doubts(encounter(), made(StrokeScale, scale="cpss", grip=2))
    assert doubts(encounter(), made(StrokeScale, scale="cpss", face=2))
    assert not doubts(encounter(), made(StrokeScale, scale="lams", arm=2))


KINDS = (
    lambda number, minute: made(VitalSigns, number, minute, heart_rate_per_min=60.0 + number),
    lambda number, minute: made(PatientDescribed, number, minute, age_years=float(number)),
    lambda number, minute: made(Finding, number, minute, finding="wheeze", present=number % 2 == 0),
    lambda number, minute: made(Ecg12Lead, number, minute, stage="acquired"),
    lambda number, minute: made(EnteredInError, number, minute, corrects=f"f{number // 2:03d}"),
)


@settings(max_examples=150)
@given(
    plan=st.lists(st.tuples(st.integers(0, len(KINDS) - 1), st.integers(0, 5)), max_size=12),
    seed=st.randoms(use_true_random=False),
)
def test_facts_in_any_order_give_the_same_encounter(plan: list[tuple[int, int]], seed: random.Random) -> None:
    facts = [KINDS[kind](number, minute) for number, (kind, minute) in enumerate(plan)]
    shuffled = list(facts)
    seed.shuffle(shuffled)
    one, other = encounter(*facts), encounter(*shuffled)
    assert one == other
    assert age_years(one) == age_years(other)
    assert list(standing_facts(one, Finding)) == list(standing_facts(other, Finding))


ARREST = (
    lambda number, minute: made(Impression, number, minute, condition="x", in_cardiac_arrest=number % 2 == 0),
    lambda number, minute: made(Finding, number, minute, finding="in_cardiac_arrest", present=number % 3 == 0),
    lambda number, minute: made(ArrestMoment, number, minute, moment="rosc" if number % 2 else "rearrest"),
    lambda number, minute: made(EnteredInError, number, minute, corrects=f"f{number // 2:03d}"),
)


@settings(max_examples=100)
@given(plan=st.lists(st.tuples(st.integers(0, len(ARREST) - 1), st.integers(0, 5)), max_size=8))
def test_the_encounter_and_its_picture_agree_on_the_arrest(plan: list[tuple[int, int]]) -> None:
    met = encounter(*(ARREST[kind](number, minute) for number, (kind, minute) in enumerate(plan)))
    assert in_cardiac_arrest(met) is picture_of(met, 9 * MIN).value("in_cardiac_arrest")


def test_what_is_said_of_a_patient_is_what_is_stated_and_no_more() -> None:
    base: dict[str, Any] = {"fact_id": "f1", "at_ms": 0, "author": "p1", "unit_id": "A1"}
    assert words(PatientDescribed(**base, age_years=59, sex="male", weight_kg=94)) == "59 years, male, 94 kg"
    assert words(PatientDescribed(**base, weight_kg=94)) == "94 kg"
    assert words(PatientDescribed(**base)) == "age and sex unknown"
