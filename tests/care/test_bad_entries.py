"""Slips in acts, orders and instants are flagged at once with what is expected; nonsense is refused, never a crash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sixpoint.care import (
    Disposed,
    Encounter,
    EnteredInError,
    Fact,
    History,
    Intervention,
    InterventionStopped,
    Measurement,
    OrderGiven,
    PatientDescribed,
    PriorAid,
    Scene,
    StrokeScale,
    VitalSigns,
    doubts,
    insisted,
    load_pathways,
    picture_of,
    with_fact,
)
from sixpoint.care.facts import FactBase
from sixpoint.cli.care_facts import read_told
from sixpoint.errors import InputError
from sixpoint.scope import Dose

from .people import NATIONAL, at, patient


def made(of: Any, **more: Any) -> Any:
    return of(**{"fact_id": "x", "at_ms": at(5), "author": "ana", "unit_id": "U1", **more})


def given_drug(**more: Any) -> Any:
    return made(Intervention, skill="aspirin_oral", level="EMT", authority="standing_order", because=(), **more)


@pytest.mark.parametrize(
    ("fact", "field", "expected"),
    [
        (made(Measurement, measure="burn_percent", value=370.0), "burn_percent", "0 to 100 %"),
        (made(Measurement, measure="systolic_mmhg", value=900.0), "systolic_mmhg", "30 to 300"),
        (made(History, severity_0_to_10=37), "pain_0_to_10", "0 to 10 points"),
        (made(History, onset_ms=at(6)), "onset_ms", "a time before it"),
        (made(StrokeScale, scale="cpss", last_known_well_ms=at(6)), "last_known_well_ms", "a time before it"),
        (made(PatientDescribed, born_ms=at(6)), "born_ms", "a time before it"),
        (given_drug(dose=Dose(-5, "mg")), "dose", "more than nothing"),
        (given_drug(dose=Dose(0, "mg")), "dose", "more than nothing"),
        (given_drug(route="by_ear"), "route", "one of: oral"),
        (given_drug(attempts=0), "attempts", "1 or more"),
        (given_drug(drug="unobtainium"), "drug", "aspirin"),
        (made(PriorAid, skill="naloxone_intranasal", by="friend", drug="aspirin"), "drug", "naloxone"),
        (
            made(OrderGiven, skill="ketamine", ordered_by="Dr. Ito", channel="radio", until_ms=at(5)),
            "until_ms",
            "later",
        ),
        (made(OrderGiven, skill="ketamine", ordered_by="", channel="radio", until_ms=at(9)), "ordered_by", "physician"),
        (
            made(OrderGiven, skill="ketamine", ordered_by="I", channel="r", until_ms=at(9), times=0),
            "times",
            "1 or more",
        ),
        (made(Disposed, how="obvious_death", criteria=("zombie",)), "criteria", "decapitation"),
        (made(InterventionStopped, stops="nothing"), "stops", "an intervention that runs"),
        (made(EnteredInError, corrects="nothing"), "corrects", "entered in error"),
        (made(VitalSigns, fact_id="s0-000", heart_rate_per_min=80.0), "fact_id", "one of its own"),
        (made(VitalSigns, at_ms=at(13), heart_rate_per_min=80.0), "at_ms", "a time until now"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_slip_is_flagged_with_what_is_expected_and_kept_and_marked(fact: Any, field: str, expected: str) -> None:
    met, scene = patient(0, age_years=40.0), Scene(now_ms=at(10), drugs=load_pathways().drugs)
    (found,) = doubts(met, fact, scene, NATIONAL)
    assert found.field == field and expected in found.expected
    kept = insisted(fact, (found,))
    assert kept.doubts == (str(found),) and with_fact(met, kept).facts[-1] == kept


def test_what_is_as_it_should_be_is_not_doubted() -> None:
    met, scene = patient(0, age_years=40.0), Scene(now_ms=at(10), drugs=load_pathways().drugs)
    for fact in (
        given_drug(drug="aspirin", dose=Dose(324, "mg"), route="oral"),
        given_drug(),
        made(Measurement, measure="burn_percent", value=18.0),
        made(History, severity_0_to_10=10, onset_ms=at(5)),
        made(VitalSigns, at_ms=at(11), heart_rate_per_min=80.0),
        made(OrderGiven, skill="ketamine", ordered_by="Dr. Ito", channel="radio", until_ms=at(9), times=1),
    ):
        assert not doubts(met, fact, scene, NATIONAL), fact


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('{"wheeze": true, "wheeze": false}', "'wheeze' stands twice"),
        ('{"age_years": NaN}', "NaN is no number"),
        ('{"age_years": 1e999}', "that somebody could measure"),
        ('{"min_since_onset": 1e308}', "that somebody could measure"),
        ('{"done": {"cpr": -3}}', "was done -3 minutes ago"),
        ('{"done": {"cpr": 1e308}}', "minutes ago"),
        ("[" * 100_000, "not the facts of a patient"),
        ("null", "not the facts of a patient"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(text: str, part: str, tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=part):
        read_told(path, at(0), NATIONAL)


KINDS = [one.__struct_config__.tag for one in get_args(Fact)]
FIELDS = sorted({name for one in get_args(Fact) for name in one.__struct_fields__})
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False), st.text(max_size=8),
    st.lists(st.text(max_size=4), max_size=2), st.sampled_from(["f0", "cpr", "stemi", "START", "cpss", "area", "rosc"]),
    st.fixed_dictionaries({"amount": st.floats(allow_nan=False, allow_infinity=False), "unit": st.text(max_size=3)}),
)  # fmt: skip
BASE = {"fact_id": "f0", "at_ms": 5, "author": "a", "unit_id": "u", "skill": "cpr", "level": "EMT", "because": [],
        "authority": "order", "by": "x", "channel": "radio", "ordered_by": "x", "refused_by": "x", "offer": "o",
        "stops": "f0", "until_ms": 9, "to": "b", "to_unit_id": "u", "report": "r", "finding": "wheeze", "present": True,
        "measure": "burn_percent", "value": 3.0, "condition": "c", "stage": "read", "scale": "cpss", "order": "f0",
        "how": "refused", "what": "treatment", "facility_id": "h", "tag": "dead", "system": "START", "place": "p",
        "moment": "rosc"}  # fmt: skip


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(
        st.tuples(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=4)), max_size=4
    )
)
def test_odd_facts_are_read_or_refused_and_what_is_read_is_kept(lines: list[tuple[str, Any]], tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    facts = []
    for number, (kind, odd) in enumerate(lines):
        known = {field.encode_name for one in get_args(Fact) if one.__struct_config__.tag == kind
                 for field in msgspec.structs.fields(one)}  # fmt: skip
        both = {**BASE, "fact_id": f"f{number}", "kind": "stroke" if kind == "alert_sent" else "area", **odd}
        facts.append({"type": kind, **{name: value for name, value in both.items() if name in known}})
    path.write_text(json.dumps(facts), "utf-8")
    try:
        told = read_told(path, at(0), NATIONAL)
    except InputError:
        return
    assert len(told.facts) == len(facts)
    met = told.encounter(at(0))
    assert len(met.facts) == len(facts) and isinstance(met, Encounter)
    assert picture_of(met, at(0)).at_ms == at(0)
    assert all(isinstance(one, FactBase) for one in met.facts)
