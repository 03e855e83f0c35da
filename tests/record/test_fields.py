"""Every field of every fact has a place in the record: an element, the custom results, or a reason why it has none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from msgspec.structs import replace

from sixpoint.care import Encounter, Fact, OrderGiven, PatientDescribed, with_fact
from sixpoint.care import facts as f
from sixpoint.care.base import FactBase
from sixpoint.record import RecordContext, patient_care_record
from sixpoint.record.codes import finding_codes
from sixpoint.record.custom import Field, fields
from sixpoint.record.structure import Element, frame
from sixpoint.scope import Dose

from .world import HIGHEST, LOWEST, MEDIC, START_MS, at, encounter, of

KINDS = {str(kind.__struct_config__.tag): kind for kind in get_args(f.Fact)}
COMMON = FactBase.__struct_fields__
OFTEN = (Dose(4, "mg"), Dose(120, "J"), Dose(1, "handful"))

# What a fact of the kind must say, so that the field under test has something to stand beside.
BESIDE: dict[str, dict[str, Any]] = {
    "prior_aid": {"skill": "aspirin_oral", "by": "bystander"},
    "intervention": {"skill": "tourniquet", "level": HIGHEST, "authority": "standing_order", "because": ("x",)},
    "intervention_stopped": {"stops": "I-0001-1-f005"},
    "impression": {"condition": "Headache"},
    "order_requested": {"skill": "ketamine", "channel": "radio"},
    "order_given": {"skill": "ketamine", "ordered_by": "Dr Who", "channel": "radio", "until_ms": at(90)},
    "order_read_back": {"order": "o", "skill": "ketamine"},
    "order_refused": {"skill": "ketamine", "refused_by": "Dr No", "channel": "radio"},
    "handover_offered": {"to": "x", "to_unit_id": "", "report": "r"},
    "handover_accepted": {"offer": "x"},
    "handover_declined": {"offer": "x", "because": ("no",)},
    "stroke_scale": {"scale": "cpss", "face": 0, "arm": 0, "speech": 0},
    "ecg_12lead": {"stage": "acquired"},
    "finding": {"finding": "stridor", "present": True},
    "measurement": {"measure": "burn_percent", "value": 12.0},
    "arrest_moment": {"moment": "collapse"},
    "care_refused": {"what": "transport"},
    "alert_sent": {"facility_id": "H1", "kind": "stroke"},
    "disposed": {"how": "resuscitation_ended"},
    "tagged": {"tag": "delayed", "system": "start"},
    "placed": {"kind": "area", "place": "red"},
    "entered_in_error": {"corrects": "nothing"},
}
# Fields whose values no type can guess, or that need something beside them: what is beside, and the values to compare.
VALUES: dict[tuple[str, str], list[tuple[dict[str, Any], tuple[Any, ...]]]] = {
    ("patient_described", "age_years"): [({}, (30.0, 0.5, 130.0))],
    ("patient_described", "born_ms"): [({}, (START_MS - 600_000, START_MS - 90_000_000))],
    ("patient_described", "weight_kg"): [({}, (70.0, 2_000.0))],
    ("prior_aid", "skill"): [({}, ("aspirin_oral", "tourniquet", "pelvic_binder", "ketamine"))],
    ("prior_aid", "by"): [
        ({"skill": skill}, ("bystander", "fire", "teacher")) for skill in ("aspirin_oral", "tourniquet")
    ],
    ("prior_aid", "drug"): [({}, ("", "morphine", "snake oil"))],
    ("prior_aid", "dose"): [({}, (None, *OFTEN))],
    ("prior_aid", "route"): [({}, ("oral", "rectal", "by ear"))],
    ("prior_aid", "successful"): [({"skill": skill}, (None, False)) for skill in ("aspirin_oral", "tourniquet")],
    ("prior_aid", "response"): [({"skill": skill}, ("", "worse")) for skill in ("aspirin_oral", "tourniquet")],
    ("impression", "condition"): [({}, ("Headache", "Nausea", "unheard of"))],
    ("order_given", "ordered_by"): [({"skill": skill}, ("Dr Who", "Dr X")) for skill in ("ketamine", "tourniquet")],
    ("order_given", "times"): [({}, (None, 2))],
    ("order_refused", "skill"): [({}, ("diphenhydramine", "traction_splint", "no_such_skill"))],
    ("order_refused", "refused_by"): [
        ({"skill": skill}, ("Dr No", "Dr Not")) for skill in ("diphenhydramine", "traction_splint")
    ],
    ("intervention", "skill"): [({}, ("aspirin_oral", "tourniquet", "pelvic_binder", "ketamine"))],
    ("intervention", "level"): [({"skill": one}, (HIGHEST, LOWEST, "x")) for one in ("aspirin_oral", "tourniquet")],
    ("intervention", "authority"): [
        ({"skill": one}, ("order", "standing_order", "override")) for one in ("aspirin_oral", "tourniquet")
    ],
    ("intervention", "drug"): [({"skill": "parenteral_analgesia"}, ("", "morphine", "snake oil"))],
    ("intervention", "dose"): [({"skill": "aspirin_oral"}, (None, *OFTEN))],
    ("intervention", "route"): [({"skill": "ketamine"}, ("", "intravenous", "by ear"))],
    ("intervention", "site"): [({"skill": "iv_access"}, ("", "left hand", "somewhere"))],
    ("intervention", "attempts"): [({}, (1, 2, 40))],
    ("intervention", "response"): [({"skill": one}, ("", "worse")) for one in ("aspirin_oral", "tourniquet")],
    ("intervention", "complication"): [
        ({"skill": one}, ("", "bleeding", "green hair")) for one in ("aspirin_oral", "tourniquet")
    ],
    ("intervention", "order"): [
        ({"skill": one, "authority": "order"}, ("", "order-1")) for one in ("ketamine", "tourniquet")
    ],
    ("intervention", "successful"): [({"skill": one}, (True, False)) for one in ("aspirin_oral", "tourniquet")],
    ("handover_accepted", "at_facility"): [({}, (False, True))],
    ("handover_accepted", "attendant"): [({}, ("", "cy"))],
    ("stroke_scale", "scale"): [({}, ("cpss", "lams"))],
    ("stroke_scale", "face"): [({}, (0, 1))],
    ("stroke_scale", "arm"): [({}, (0, 1))],
    ("stroke_scale", "speech"): [({}, (0, 1))],
    ("stroke_scale", "grip"): [({"scale": "lams", "arm": 2, "face": 1}, (0, 2))],
    ("stroke_scale", "last_known_well_ms"): [({}, (None, at(-60)))],
    ("ecg_12lead", "stemi"): [({"stage": "read", "read_by": "machine"}, (None, True))],
    ("ecg_12lead", "read_by"): [({"stage": "read"}, ("", "clinician"))],
    ("history", "symptoms"): [({}, (None, ("nausea",), ("odd",), ("nausea", "fever"), ("x" * 300,)))],
    ("history", "allergies"): [({}, (None, (), ("aspirin",), ("cats",)))],
    ("history", "medications"): [({}, (None, (), ("aspirin",), ("herbs",)))],
    ("history", "past"): [({}, (None, (), ("gout",)))],
    ("history", "onset_ms"): [({}, (None, at(-30)))],
    ("history", "region"): [({}, ("", "chest", "everywhere"))],
    ("history", "severity_0_to_10"): [({}, (None, 7, 70))],
    ("finding", "finding"): [
        ({}, (*finding_codes(), "in_cardiac_arrest", "rosc", "stroke_scale_positive", "hives")),
    ],
    ("finding", "present"): [
        ({"finding": one}, (True, False, None))
        for one in (*finding_codes(), "in_cardiac_arrest", "rosc", "stroke_scale_positive", "hives")
    ],
    ("measurement", "measure"): [({}, ("burn_percent", "other"))],
    ("arrest_moment", "moment"): [({}, get_args(get_type_hints(f.ArrestMoment)["moment"]))],
    ("care_refused", "what"): [({"signed": True}, ("assessment", "treatment", "transport", "everything"))],
    ("care_refused", "by"): [({"signed": True}, ("patient", "guardian"))],
    ("disposed", "order"): [({}, ("", "order-1"))],
    ("tagged", "tag"): [({}, ("minimal", "delayed", "dead"))],
    **{
        ("vital_signs", field): [({}, (None, good, bad))]
        for field, good, bad in (
            ("heart_rate_per_min", 80.0, 900.0),
            ("systolic_mmhg", 120.0, 900.0),
            ("diastolic_mmhg", 80.0, 900.0),
            ("respiratory_rate_per_min", 14.0, 900.0),
            ("spo2_percent", 97.0, 150.0),
            ("glucose_mg_per_dl", 100.0, 9_000.0),
            ("gcs_total", 14, 99),
            ("etco2_mmhg", 38.0, 999.0),
            ("temperature_c", 37.2, 370.0),
            ("gcs_eye", 4, 9),
            ("gcs_verbal", 5, 9),
            ("gcs_motor", 6, 9),
            ("pain_0_to_10", 5, 50),
            ("capillary_refill_s", 1.0, 5.0),
        )
    },
}


def lines() -> list[Field]:
    return [line for line in fields() if line.kind != "*"]


def of_type(hint: Any) -> tuple[Any, ...]:
    """Values of a field by its type; the first says nothing, if the type has such a one."""
    if get_origin(hint) is Literal:
        return get_args(hint)
    if get_origin(hint) is tuple:
        return (), ("something",)
    args = get_args(hint)
    if args:
        return (None, *(value for one in args if one is not type(None) for value in of_type(one)))
    return {bool: (False, True), str: ("", "words"), int: (1, 2), float: (1.5, 2.5), Dose: OFTEN}[hint]


def cases(line: Field) -> list[tuple[dict[str, Any], tuple[Any, ...]]]:
    hint = get_type_hints(KINDS[line.kind])[line.field]
    return VALUES.get((line.kind, line.field)) or [({}, of_type(hint))]


def contexts() -> Iterator[tuple[Encounter, RecordContext]]:
    """With and without an arrest, with and without transport, and several patients."""
    plain = Encounter("I-0001-1", "I-0001", at(6))
    who = PatientDescribed(fact_id="a", at_ms=at(12), author="bo", unit_id="M1", age_years=40.0)
    seen = f.VitalSigns(fact_id="b", at_ms=at(12), author="bo", unit_id="M1", heart_rate_per_min=80.0)
    stay = {word: at_ms for word, at_ms in MEDIC.times_ms.items() if word in ("notified", "on_scene", "at_patient")}
    home = replace(MEDIC, times_ms={**stay, "clear": at(60)})
    away = replace(MEDIC, times_ms={word: at_ms for word, at_ms in MEDIC.times_ms.items() if word != "transferred"})
    for met, unit in product((with_fact(with_fact(plain, who), seen), encounter()), (home, away)):
        yield met, replace(of("M1"), units=(unit,), patients=2)


def beside(fact: Fact) -> list[Fact]:
    """An order for what stands on one, and acts for an order."""
    common: dict[str, Any] = {"author": "bo", "unit_id": "M1"}
    if isinstance(fact, f.Intervention):
        order = {"at_ms": at(5), "skill": fact.skill, "ordered_by": "Dr One", "channel": "radio", "until_ms": at(90)}
        return [OrderGiven(fact_id="order-1", **order, **common)] if fact.order else []
    if isinstance(fact, OrderGiven):
        act = {"at_ms": at(21), "level": HIGHEST, "authority": "order", "because": (), "order": fact.fact_id}
        return [f.Intervention(fact_id="t-2", skill=fact.skill, **act, **common)]
    return []


def told(met: Encounter, context: RecordContext, fact: Fact) -> tuple[dict[str, str], set[str]]:
    """Every element with all its values, and every word of the custom results, of the record with the fact."""
    for one in [*beside(fact), fact]:
        met = with_fact(met, one)
    found: dict[str, list[str]] = {}

    def walk(tree: Any) -> None:
        for key, value in tree.items() if isinstance(tree, dict) else ():
            if "." in key and not key.endswith("Group"):
                found.setdefault(key, []).append(json.dumps(value))
            for one in value if isinstance(value, list) else [value]:
                walk(one)

    walk(patient_care_record(met, context))
    words = {word for result in found.get("eCustomResults.01", []) for word in json.loads(result)}
    return {key: " ".join(values) for key, values in found.items()}, words


def made(line: Field, among: Mapping[str, Any], value: Any) -> Fact:
    said = {"fact_id": "t", "at_ms": at(20), "author": "bo", "unit_id": "M1", **BESIDE.get(line.kind, {}), **among}
    fact: Fact = KINDS[line.kind](**{**said, line.field: value})
    return fact


def test_every_field_of_every_fact_has_one_line() -> None:
    here = [(line.kind, line.field) for line in lines()]
    there = [(tag, name) for tag, kind in KINDS.items() for name in kind.__struct_fields__ if name not in COMMON]
    assert sorted(here) == sorted(there)
    assert [line.field for line in fields() if line.kind == "*"] == list(COMMON)


def test_every_line_names_elements_of_the_record_or_says_why_there_is_none() -> None:
    def names(elements: tuple[Element, ...]) -> Iterator[str]:
        for element in elements:
            yield element.name
            yield from names(element.members)

    known = {*names(frame()), "@CorrelationID"}
    for line in fields():
        assert set(line.element) <= known, line
        assert line.element or line.kept or line.why, line


@pytest.mark.parametrize("line", lines(), ids=lambda line: f"{line.kind}.{line.field}")
def test_a_field_changes_the_elements_that_its_line_names_and_is_kept_where_it_says(line: Field) -> None:
    changed: set[str] = set()
    kept: set[bool] = set()
    for met, context in contexts():
        for among, values in cases(line):
            records = [told(met, context, made(line, among, value)) for value in values]
            first = records[0][0]
            for elements, words in records:
                changed |= {key for key in first.keys() | elements if first.get(key) != elements.get(key)}
                kept.add(any(word.startswith(f"{line.field}: ") for word in words))
    assert set(line.element) <= changed, f"never changed: {sorted(set(line.element) - changed)}"
    assert (True in kept) == bool(line.kept)
