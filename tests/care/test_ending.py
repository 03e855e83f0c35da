"""How care ends: each end stands on what it must, and what is missing is said."""

from __future__ import annotations

from typing import Any

import pytest

from sixpoint.care import (
    CareRefused,
    Disposed,
    Encounter,
    HandoverAccepted,
    InterventionStopped,
    OrderGiven,
    OrderReadBack,
    OrderRefused,
    VitalSigns,
    death_criteria,
    ended,
    has_order,
    interventions,
    why_not_end,
)
from sixpoint.care.load import sources

from .people import act, also, at, patient

BASE: dict[str, Any] = {"author": "ana", "unit_id": "U1"}
ADULT = {"age_years": 40.0, "avpu": "alert"}


def end(how: Any, minute: float = 30, **more: Any) -> Disposed:
    return Disposed(fact_id="end", at_ms=at(minute), how=how, **BASE, **more)


def order(**more: Any) -> OrderGiven:
    fields = {"skill": "cpr", "ordered_by": "Dr. Ito", "channel": "radio", "until_ms": at(40), "ends": "resuscitation"}
    return OrderGiven(fact_id="o", at_ms=at(20), **BASE, **{**fields, **more})


def arrested() -> Encounter:
    return patient(0, in_cardiac_arrest=True)


def lacks(met: Encounter, how: str, **more: Any) -> str:
    return "; ".join(why_not_end(met, end(how, **more)))


def test_resuscitation_ends_by_an_order_to_end_it_while_that_order_holds() -> None:
    met = also(arrested(), order())
    assert not lacks(met, "resuscitation_ended", order="o")
    assert "an order from medical control to end" in lacks(arrested(), "resuscitation_ended")
    for_a_skill = also(arrested(), order(ends=""))
    assert "an order from medical control to end" in lacks(for_a_skill, "resuscitation_ended", order="o")
    assert "not in force" in lacks(met, "resuscitation_ended", order="o", minute=41)
    assert "an order given before the end" in lacks(met, "resuscitation_ended", order="o", minute=19)
    back = OrderRefused(
        fact_id="x", at_ms=at(25), skill="cpr", refused_by="Dr. Ito", channel="radio", order="o", **BASE
    )
    assert "took the order back" in lacks(also(met, back), "resuscitation_ended", order="o")
    unread = also(arrested(), order(awaits_read_back=True))
    assert "not been read back" in lacks(unread, "resuscitation_ended", order="o")
    read = OrderReadBack(fact_id="r", at_ms=at(21), order="o", skill="cpr", **BASE)
    assert not lacks(also(unread, read), "resuscitation_ended", order="o")
    alive = also(patient(0, in_cardiac_arrest=False), order())
    assert "a patient in cardiac arrest" in lacks(alive, "resuscitation_ended", order="o")


def test_an_order_to_end_resuscitation_opens_no_skill() -> None:
    assert not has_order(also(arrested(), order()), "cpr", at(21))
    assert has_order(also(arrested(), order(ends="")), "cpr", at(21))


def test_whatever_runs_is_stopped_before_care_ends_on_scene() -> None:
    met = act(also(arrested(), order()), 1, "cpr", running=True)
    assert lacks(met, "resuscitation_ended", order="o") == "cpr still runs"
    stopped = InterventionStopped(fact_id="s", at_ms=at(29), stops=interventions(met)[0].fact_id, **BASE)
    assert not lacks(also(met, stopped), "resuscitation_ended", order="o")


@pytest.mark.parametrize(
    ("criteria", "lack"),
    [
        ((), "a criterion of obvious death"),
        (("no_pulse_30s",), "a criterion of obvious death"),
        (("decapitation",), ""),
        (("rigor",), "with rigor of the major joints also: no breathing for 30 s"),
        (("rigor", "no_breathing_30s", "no_pulse_30s", "no_lung_sounds_30s"), ""),
        (("decapitation", "cold"), "a criterion that is known, instead of 'cold'"),
    ],
)
def test_death_is_obvious_by_the_listed_criteria_and_what_goes_with_them(criteria: tuple[str, ...], lack: str) -> None:
    told = lacks(arrested(), "obvious_death", criteria=criteria)
    assert told.startswith(lack) and bool(told) == bool(lack)
    assert all(one.source in sources() and one.confidence for one in death_criteria().values())


def test_a_refusal_ends_care_only_if_it_is_valid() -> None:
    assert lacks(patient(0, **ADULT), "refused") == "a refusal"
    fields = {"oriented": True, "altered": False, "intoxicated": False, "self_harm": False, "understands": True,
              "informed": True, "signed": True}  # fmt: skip
    no = CareRefused(fact_id="r", at_ms=at(1), what="everything", **fields, **BASE)
    assert lacks(also(patient(0, **ADULT), no), "refused") == "a witness"


def test_a_patient_is_let_go_looked_at_after_the_last_medication_and_with_nothing_that_calls_for_a_hospital() -> None:
    assert lacks(patient(0), "treated_and_released") == "the patient's age is not known; an assessment"
    met = patient(0, **ADULT)
    assert not lacks(met, "treated_and_released")
    treated = act(met, 5, "oral_glucose", 15, "g", drug="glucose")
    assert lacks(treated, "treated_and_released") == "an assessment after the last medication"
    again = VitalSigns(fact_id="v", at_ms=at(20), glucose_mg_per_dl=110.0, **BASE)
    assert not lacks(also(treated, again), "treated_and_released")
    stroke = patient(0, **ADULT, stroke_scale_positive=True)
    assert lacks(stroke, "treated_and_released") == "nothing that calls for a hospital: stroke"
    child = patient(0, age_years=6.0, avpu="alert")
    assert "guardian" in lacks(child, "treated_and_released")
    assert not lacks(child, "treated_and_released", to="his mother")


def test_police_and_family_take_a_patient_by_name() -> None:
    assert (
        lacks(patient(0, **ADULT), "to_police")
        == lacks(patient(0, **ADULT), "to_family")
        == ("who took charge of the patient")
    )
    assert not lacks(patient(0, **ADULT), "to_police", to="Officer 12")


def test_care_has_ended_once_a_facility_took_the_patient_or_an_end_was_written_down() -> None:
    taken = HandoverAccepted(fact_id="h", at_ms=at(9), author="H1", unit_id="", offer="o", at_facility=True)
    met = also(patient(0), taken)
    assert (ended(met, at(8)), ended(met, at(9))) == ("", "transported")
    assert lacks(patient(0), "transported") and not lacks(met, "transported")
    assert ended(also(patient(0), end("to_family", to="a son")), at(30)) == "to_family"
