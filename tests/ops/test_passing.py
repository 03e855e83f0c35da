"""How the patient passes on, live: nobody leaves, is left or is forgotten in silence."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from sixpoint.care import (
    AlertSent,
    CareRefused,
    Disposed,
    HandoverAccepted,
    HandoverOffered,
    Impression,
    Intervention,
    InterventionStopped,
    OrderGiven,
    PatientDescribed,
    Placed,
    StrokeScale,
    VitalSigns,
)
from sixpoint.ops import events as e
from sixpoint.ops.world import Refused
from sixpoint.scope import load_rulebook

from .bedside import Bedside, at, kinds, why

ARREST = "2301019"


def charged(unit: str = "B1", who: str = "c-emt1", code: str = "2301021", **more: Any) -> Bedside:
    """Somebody has written the first fact and is in charge."""
    scene = Bedside(code, **more)
    scene.add(PatientDescribed, 6, who, unit, age_years=50.0)
    return scene


def handed(scene: Bedside, minute: float, giver: tuple[str, str], to: tuple[str, str], reason: str = "") -> Any:
    offer = scene.add(HandoverOffered, minute, *giver, to=to[0], to_unit_id=to[1], report="")
    accepted = scene.fact(HandoverAccepted, minute, *to, offer=offer.fact_id, step_down_reason=reason)
    return scene.write(accepted)


# Leaving for the hospital.


def test_a_unit_leaves_with_whoever_is_in_charge_attending_and_the_patient_is_in_it() -> None:
    scene = charged()
    scene.goes("B1", 20)
    assert kinds(scene.status("B1", "transporting", 21)) == ["FactRecorded", "StatusReported"]
    reported = scene.service.events[-1]
    assert isinstance(reported, e.StatusReported) and reported.attending == ("c-emt1",)
    (placed,) = [fact for fact in scene.encounter().facts if isinstance(fact, Placed)]
    assert (placed.kind, placed.place, placed.with_clinician) == ("unit", "B1", "c-emt1")


def test_who_is_in_charge_does_not_stay_behind_in_silence() -> None:
    scene = charged("E1", "c-emr")
    scene.goes("B1", 20)
    assert "is in charge of the patient and does not ride along" in why(scene.status("B1", "transporting", 21))
    events = scene.status("B1", "transporting", 21, override_reason="the engine was called away")
    assert kinds(events) == ["CareOverridden", "FactRecorded", "StatusReported"]
    handed(scene, 22, ("c-emr", "E1"), ("c-emt1", "B1"))
    other = charged("E1", "c-emr")
    other.goes("B1", 20)
    ok = other.status("B1", "transporting", 21, attending=("c-emr", "c-emt1"))
    assert kinds(ok) == ["FactRecorded", "StatusReported"]


def test_nobody_leaves_without_a_lawful_attendant_unless_with_a_reason() -> None:
    scene = charged("E1", "c-emr")
    scene.goes("B1", 20)
    told = why(scene.status("B1", "transporting", 21, attending=("c-emr",)))
    assert "at least EMT attends (us-national/attendants/attending)" in told
    assert "not on a unit of this incident" in why(scene.status("B1", "transporting", 21, attending=("c-medic2",)))
    assert "nobody is left to drive" in why(scene.status("B1", "transporting", 21, attending=("c-emt1", "c-emt2")))


def test_the_place_says_who_attends_a_patient_with_a_drip() -> None:
    scene = charged("M1", "c-medic1")
    scene.add(Intervention, 10, "c-medic1", "M1", skill="iv_access", running=True)
    scene.service.world = replace(scene.service.world, rulebook=load_rulebook("massachusetts"))
    scene.goes("M1", 20)
    scene.status("M1", "transporting", 21)
    reported = scene.service.events[-1]
    assert isinstance(reported, e.StatusReported) and reported.attending == ("c-medic1",), "the EMT drives"
    alone = charged("M1", "c-medic1")
    alone.service.world = replace(alone.service.world, rulebook=load_rulebook("massachusetts"))
    alone.add(Intervention, 10, "c-medic1", "M1", skill="iv_access", running=True)
    alone.goes("M1", 20)
    told = why(alone.status("M1", "transporting", 21, attending=("c-emt3",)))
    assert "IV" in told and "at least AEMT attends (massachusetts/attendants/plain_iv)" in told


def test_a_step_left_out_does_not_pass_by_the_attendant_rules() -> None:
    scene = charged("E1", "c-emr")
    scene.goes("B1", 20)
    told = why(scene.status("B1", "at_destination", 21, note="the button was forgotten"))
    assert "does not ride along" in told
    assert "no destination is chosen" in why(charged().status("B1", "transferred", 21, note="forgotten"))


def test_at_a_hand_over_to_an_ambulance_the_attendant_rules_hold_too() -> None:
    scene = charged("M1", "c-medic1")
    scene.service.world = replace(scene.service.world, rulebook=load_rulebook("montana"))
    scene.add(Intervention, 10, "c-medic1", "M1", skill="oxygen_nrb", running=True)
    # On scene a first responder may take over oxygen; nobody drives off with that.
    assert "FactRecorded" in kinds(handed(scene, 11, ("c-medic1", "M1"), ("c-emr", "E1")))
    other = charged("M1", "c-medic1")
    offer = other.add(HandoverOffered, 11, "c-medic1", "M1", to="c-emr", to_unit_id="B1", report="")
    accepted = other.fact(HandoverAccepted, 11, "c-emr", "B1", offer=offer.fact_id)
    refused = other.write(accepted, reason="c-emr has changed to B1")
    assert "at least EMT attends" in why(refused)


def test_a_step_down_with_a_reason_is_an_event_of_its_own_for_review() -> None:
    scene = charged("M1", "c-medic1")
    scene.add(Intervention, 10, "c-medic1", "M1", skill="iv_access", running=True)
    events = handed(scene, 11, ("c-medic1", "M1"), ("c-emt1", "B1"), reason="the line is closed off")
    assert kinds(events) == ["CareOverridden", "FactRecorded"]
    assert events[0].about == "hand-over" and events[0].fact_id == events[1].fact.fact_id


def test_what_is_found_at_the_patient_counts_before_what_the_call_was_about() -> None:
    plain = charged(code="2301013")  # breathing: any facility will do
    plain.goes("B1", 20)
    assert plain.service.state.incidents["i"].assignments["B1"].facility_id == "f-near"
    stroke = charged(code="2301013")
    stroke.add(StrokeScale, 10, "c-emt1", "B1", scale="cpss", face=1, arm=0, speech=0)
    (chosen,) = stroke.goes("B1", 20)
    assert chosen.destination.facility_id == "f-far"
    assert chosen.destination.because[0] == "found at the patient: positive stroke scale"


# Alerts.


def test_an_alert_goes_to_the_chosen_facility_and_an_early_or_stray_one_is_marked() -> None:
    scene = charged()
    early = scene.add(AlertSent, 10, "c-emt1", "B1", facility_id="f-far", kind="stemi")
    assert early.doubts == ("an alert before a destination was chosen",)
    skill = scene.add(Intervention, 10, "c-emt1", "B1", skill="hospital_prearrival_alert")
    assert skill.doubts == ("an alert before a destination was chosen",)
    scene.goes("B1", 20)
    assert scene.add(AlertSent, 20, "c-emt1", "B1", facility_id="f-far", kind="stemi").doubts == ()
    stray = scene.add(AlertSent, 21, "c-emt1", "B1", facility_id="f-near", kind="stemi")
    assert stray.doubts == ("an alert to f-near, the patient goes to f-far",)
    nowhere = scene.write(scene.fact(AlertSent, 22, "c-emt1", "B1", facility_id="f-none", kind="stemi"))
    assert "facility f-none is not known; expected one of: f-near, f-far" in why(nowhere)


# How care ends.


def test_an_incident_is_not_closed_over_a_patient_in_silence() -> None:
    scene = charged()
    for unit_id in ("E1", "B1", "M1"):
        scene.status(unit_id, "clear", 30)
    assert why(scene.close(31)) == "nobody has said how the care of e ended"
    (closed,) = scene.close(31, "the crew left it open; asked to complete it")
    assert isinstance(closed, e.IncidentClosed) and closed.open_patients == ("e",) and closed.override_reason


def test_a_patient_who_was_let_go_or_taken_by_a_facility_is_not_open() -> None:
    scene = charged()
    scene.add(VitalSigns, 10, "c-emt1", "B1", heart_rate_per_min=80.0)
    scene.add(Disposed, 29, "c-emt1", "B1", how="treated_and_released")
    for unit_id in ("E1", "B1", "M1"):
        scene.status(unit_id, "clear", 30)
    assert kinds(scene.close(31)) == ["IncidentClosed"]
    taken = charged()
    taken.goes("B1", 20)
    for status, minute in (("transporting", 21), ("at_destination", 30)):
        assert "StatusReported" in kinds(taken.status("B1", status, minute))
    offer = taken.add(HandoverOffered, 31, "c-emt1", "B1", to="f-far", to_unit_id="", report="")
    taken.add(HandoverAccepted, 32, "f-far", "", offer=offer.fact_id, at_facility=True)
    assert kinds(taken.status("B1", "transferred", 33)) == ["StatusReported"], "where the patient is, is known"
    for unit_id in ("E1", "B1", "M1"):
        taken.status(unit_id, "clear", 40)
    assert kinds(taken.close(41)) == ["IncidentClosed"]


def test_a_facility_that_has_not_signed_has_the_patient_but_not_the_charge() -> None:
    scene = charged()
    scene.goes("B1", 20)
    scene.status("B1", "transporting", 21)
    scene.status("B1", "at_destination", 30)
    assert kinds(scene.status("B1", "transferred", 31)) == ["FactRecorded", "StatusReported"]
    assert "the patient is in B1" in why(scene.goes("M1", 32))
    scene.status("B1", "clear", 33)
    assert "the patient is at f-far" in why(scene.goes("M1", 34))
    for unit_id in ("E1", "B1", "M1"):
        scene.status(unit_id, "clear", 40)
    assert "how the care of e ended" in why(scene.close(41))


ENDS: dict[str, dict[str, Any]] = {
    "refused": {},
    "obvious_death": {},
    "resuscitation_ended": {},
    "to_police": {},
    "to_family": {},
    "transported": {},
}


@pytest.mark.parametrize("how", ENDS)
def test_an_end_that_stands_on_nothing_is_refused_and_with_a_reason_kept_marked_and_reviewed(how: str) -> None:
    scene = charged(code=ARREST)
    end = scene.fact(Disposed, 20, "c-emt1", "B1", how=how)
    assert why(scene.write(end)).startswith("missing: ")
    overridden, recorded = scene.write(end, "the physician was on scene and left no order")
    assert isinstance(overridden, e.CareOverridden) and overridden.about == "end of care"
    assert isinstance(recorded, e.FactRecorded) and recorded.fact.doubts[0].startswith("missing: ")


def test_resuscitation_ends_live_by_an_order_with_nothing_running() -> None:
    scene = charged(code=ARREST)
    scene.add(Impression, 7, "c-emt1", "B1", condition="Cardiac arrest", in_cardiac_arrest=True)
    cpr = scene.add(Intervention, 7, "c-emt1", "B1", skill="cpr", running=True)
    scene.add(OrderGiven, 27, "c-emt1", "B1", skill="cpr", ordered_by="Dr. Ames", channel="radio", until_ms=at(40),
              ends="resuscitation")  # fmt: skip
    order = scene.encounter().facts[-1].fact_id
    assert "cpr still runs" in why(scene.write(scene.fact(Disposed, 28, "c-emt1", "B1", how="resuscitation_ended",
                                                          order=order)))  # fmt: skip
    scene.add(InterventionStopped, 28, "c-emt1", "B1", stops=cpr.fact_id)
    stranger = scene.fact(Disposed, 28, "c-emt2", "B1", how="resuscitation_ended", order=order)
    assert why(scene.write(stranger)) == "missing: c-emt1, who is in charge of the patient"
    scene.add(Disposed, 28, "c-emt1", "B1", how="resuscitation_ended", order=order)


def test_a_refusal_without_capacity_or_witness_does_not_end_care() -> None:
    scene = charged()
    fields = {"oriented": True, "altered": False, "intoxicated": None, "self_harm": False, "understands": True,
              "informed": True, "signed": True}  # fmt: skip
    scene.add(CareRefused, 10, "c-emt1", "B1", what="everything", **fields)
    told = why(scene.write(scene.fact(Disposed, 11, "c-emt1", "B1", how="refused")))
    assert "no impairment by alcohol or drugs (not assessed)" in told and "a witness" in told
    scene.add(CareRefused, 12, "c-emt1", "B1", what="everything", **{**fields, "intoxicated": False}, witness="a nurse")
    scene.add(Disposed, 13, "c-emt1", "B1", how="refused")
    late = scene.fact(VitalSigns, 14, "c-emt1", "B1", heart_rate_per_min=80.0)
    assert "after the end of care (refused)" in why(scene.write(late))


def test_police_and_family_are_named() -> None:
    for how in ("to_police", "to_family"):
        scene = charged()
        assert "who took charge" in why(scene.write(scene.fact(Disposed, 11, "c-emt1", "B1", how=how)))
        scene.add(Disposed, 11, "c-emt1", "B1", how=how, to="Officer 12")


# Several patients in one unit.


def test_two_patients_go_in_one_unit_to_one_facility_and_each_in_one_unit_only() -> None:
    scene = charged()
    scene.meet("e2", 8)
    scene.add(PatientDescribed, 9, "c-emt1", "B1", encounter_id="e2", age_years=30.0)
    scene.goes("B1", 20)
    scene.goes("M1", 20, "e2")
    assert scene.service.state.incidents["i"].assignments["M1"].patients == ("e2",)
    assert "c-emt1 (EMT) is in charge" in why(scene.status("M1", "transporting", 21))
    assert "B1 goes to f-far with e" in why(scene.goes("B1", 21, "e2", facility_id="f-near", override_reason="near"))
    assert kinds(scene.goes("B1", 21, "e2")) == ["DestinationChosen"]
    assignments = scene.service.state.incidents["i"].assignments
    assert assignments["B1"].patients == ("e", "e2") and assignments["M1"].patients == ()
    assert kinds(scene.status("B1", "transporting", 22)) == ["FactRecorded", "FactRecorded", "StatusReported"]
    assert "the patient is in B1" in why(scene.goes("M1", 23, "e2"))
    scene.meet("e3", 24)
    assert "B1 goes to f-far with e, e2" in why(scene.goes("B1", 24, "e3"))
    assert not isinstance(scene.goes("M1", 24, "e3"), Refused)
    turned = scene.goes("B1", 25, "e2", facility_id="f-near", override_reason="the bridge is closed")
    assert kinds(turned) == ["DestinationChosen"] and turned[0].leg is not None
    assert scene.service.state.incidents["i"].assignments["B1"].patients == ("e", "e2"), "both turn with it"
