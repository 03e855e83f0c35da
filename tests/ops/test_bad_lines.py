"""A bad line is flagged at once with what is expected; kept and marked if somebody insists; never lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sixpoint.care import (
    ArrestMoment,
    Finding,
    HandoverAccepted,
    HandoverOffered,
    Intervention,
    PatientDescribed,
    PriorAid,
    VitalSigns,
)
from sixpoint.ops import canonical, replay
from sixpoint.ops import events as e
from sixpoint.ops.events import decode, encode
from sixpoint.ops.world import Refused

from .bedside import Bedside, at, kinds, why

BAD: dict[str, tuple[Callable[[Bedside], Any], str]] = {
    "a temperature of 370": (
        lambda scene: scene.fact(VitalSigns, 10, "c-emt1", "B1", temperature_c=370.0),
        "temperature_c is 370 °C; expected 13 to 46.5 °C",
    ),
    "a systolic below the diastolic": (
        lambda scene: scene.fact(VitalSigns, 10, "c-emt1", "B1", systolic_mmhg=70.0, diastolic_mmhg=110.0),
        "systolic 70 is not above diastolic 110; expected systolic above diastolic",
    ),
    "a time before birth": (
        lambda scene: scene.fact(VitalSigns, 7, "c-emt1", "B1", heart_rate_per_min=140.0),
        "the time lies before the patient's birth; expected a time after it",
    ),
    "a time after transfer": (
        lambda scene: scene.fact(VitalSigns, 21, "c-emt1", "B1", heart_rate_per_min=140.0),
        "the time lies after the facility took the patient; expected a time before it",
    ),
    "a time before the call": (
        lambda scene: scene.fact(Finding, -3, "c-emt1", "B1", finding="wheeze", present=True),
        "the fact lies before the call; expected a time after it",
    ),
    "a performer who was not on the unit": (
        lambda scene: scene.fact(VitalSigns, 10, "c-medic1", "B1", heart_rate_per_min=140.0),
        "c-medic1 was not on unit B1; expected one of: c-emt1, c-emt2",
    ),
    "a unit that was not there": (
        lambda scene: scene.fact(VitalSigns, 10, "c-medic2", "Q1", heart_rate_per_min=140.0),
        "unit Q1 was not on this incident; expected one of: E1, B1, M1",
    ),
    "a performer who had not arrived": (
        lambda scene: scene.fact(Finding, 1.5, "c-emt1", "B1", finding="wheeze", present=True),
        "c-emt1 was not there at that time; expected a time between arrival and leaving",
    ),
    "a drug nobody carries": (
        lambda scene: scene.fact(Intervention, 10, "c-medic1", "M1", skill="thrombolytic"),
        "not on board: thrombolytics",
    ),
    "a performer nobody knows": (
        lambda scene: scene.fact(Intervention, 10, "dr-who", "M1", skill="cpr"),
        "dr-who is not enrolled; expected a clinician who is",
    ),
    "a skill nobody knows": (
        lambda scene: scene.fact(Intervention, 10, "c-medic1", "M1", skill="flying"),
        "the rulebook knows no skill 'flying'; expected a skill of its catalogue",
    ),
}


def scene_of(name: str) -> Bedside:
    scene = Bedside()
    born = 8 if name == "a time before birth" else None
    scene.add(PatientDescribed, 8, "c-emt1", "B1", **({} if born is None else {"born_ms": at(born)}))
    if name == "a time after transfer":
        scene.goes("B1", 15)
        scene.status("B1", "transporting", 16)
        offer = scene.add(HandoverOffered, 20, "c-emt1", "B1", to="f-far", to_unit_id="", report="")
        scene.add(HandoverAccepted, 20, "f-far", "", offer=offer.fact_id, at_facility=True)
    return scene


@pytest.mark.parametrize("name", BAD)
def test_each_is_flagged_at_once_and_stored_marked_if_the_person_insists(name: str) -> None:
    make, told = BAD[name]
    scene = scene_of(name)
    fact = make(scene)
    refused = scene.write(fact)
    assert told in why(refused)
    assert isinstance(refused, Refused) and "say why" in refused.remedy
    kept = scene.write(fact, "it was so")
    assert "FactRecorded" in kinds(kept)
    recorded = scene.service.events[-1]
    assert isinstance(recorded, e.FactRecorded)
    marks = (*recorded.fact.doubts, *getattr(recorded.fact, "because", ()))
    assert any(told in mark for mark in marks), marks
    if isinstance(fact, Intervention):
        assert recorded.fact.authority == "override" and isinstance(scene.service.events[-2], e.ScopeOverridden)
    assert canonical(replay(decode(encode(event)) for event in scene.service.events)) == canonical(scene.service.state)


def test_a_collapse_and_help_before_the_call_are_no_bad_lines() -> None:
    scene = Bedside("2301019")
    scene.add(ArrestMoment, -4, "c-emt1", "B1", moment="collapse", witnessed=True)
    scene.add(PriorAid, -3, "c-emt1", "B1", skill="cpr", by="a neighbour")
