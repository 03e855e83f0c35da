"""What the log says around a patient: legs, lights, carriers, riders, delays, overrides, protocols."""

from __future__ import annotations

from typing import Any

import pytest

from sixpoint.care import Encounter, Intervention, PatientDescribed, load_pathways, with_fact
from sixpoint.ops import Leg, Place
from sixpoint.ops import events as e
from sixpoint.service.circumstances import Circumstances, circumstances, diversions
from sixpoint.service.history import History
from sixpoint.service.records import followed

PLACE = Place(-101.5, 41.25, 0)


def around(*events: e.AnyEvent, diverted: Any = None) -> Circumstances:
    history = History("i-1", "2301019", PLACE, 0, "", (), events=list(events))
    return circumstances(history, diverted or {})


def leg(lights: bool) -> Leg:
    return Leg(PLACE, PLACE, 0, 60_000, lights)


def event(kind: Any, at_ms: int = 0, /, **more: Any) -> Any:
    more = {"incident_id": "i-1", **more} if "incident_id" in kind.__struct_fields__ else more
    return kind(at_ms=at_ms, by="x", **more)


def assigned(unit_id: str, at_ms: int) -> Any:
    return event(e.UnitAssigned, at_ms, unit_id=unit_id, crew=(), levels=(), eta_s=60.0)


WAITS = event(e.IncidentWaits, because="no unit is free", unmet=())


def test_who_was_sent_after_a_wait_was_delayed_by_it_and_who_came_later_was_not() -> None:
    found = around(WAITS, assigned("A", 100), assigned("B", 900))
    assert found.delays("A", {})["eResponse.08"] == ("no_unit_free",)
    assert found.delays("B", {})["eResponse.08"] == ("none",)
    assert around(assigned("A", 100), WAITS).delays("A", {})["eResponse.08"] == ("none",)


def test_a_unit_taken_away_delays_who_is_sent_after_it_and_not_who_was_there() -> None:
    taken = event(
        e.UnitReassigned, 500, incident_id="i-2", unit_id="A", from_incident_id="i-1", kind="divert", because="",
        proposed=None,
    )  # fmt: skip
    found = around(assigned("A", 100), assigned("B", 200), assigned("C", 600), diverted=diversions([taken]))
    assert found.delays("A", {})["eResponse.09"] == ("diverted",)
    assert found.delays("B", {})["eResponse.08"] == ("none",)
    assert found.delays("C", {})["eResponse.08"] == ("previous_unit_diverted",)


def test_a_unit_that_staged_was_delayed_at_the_scene() -> None:
    assert around().delays("A", {"staged": 5})["eResponse.10"] == ("staged",)


@pytest.mark.parametrize("lights", [True, False])
def test_lights_are_those_of_the_leg_and_not_known_without_one(lights: bool) -> None:
    out = event(e.StatusReported, unit_id="A", status="en_route", leg=leg(lights))
    found = around(out)
    assert (found.lights("A", "en_route"), found.lights("A", "transporting")) == (lights, None)


def test_riders_attendants_and_units_that_met_are_kept() -> None:
    found = around(
        event(e.CrewRidesAlong, unit_id="R", with_unit_id="A"),
        event(e.TransportContinued, encounter_id="p", unit_id="A", advanced_unit_id="M", leg=leg(True), follows=True),
        event(e.StatusReported, unit_id="A", status="transporting", attending=("cy",)),
        event(e.DestinationChosen, unit_id="A", encounter_id="p", destination=None),
    )
    assert (found.riders, found.met, found.carriers) == ({"R": "A", "M": "A"}, {"M"}, {"p": "A"})
    assert found.attending == {"A": ("cy",)}


def test_an_override_belongs_to_the_act_right_after_it() -> None:
    act = {
        "at_ms": 0,
        "author": "a",
        "unit_id": "A",
        "skill": "cpr",
        "level": "x",
        "authority": "override",
        "because": (),
    }
    why = event(e.ScopeOverridden, encounter_id="p", clinician_id="a", skill="cpr", because=(), reason="had to")
    done = event(e.FactRecorded, encounter_id="p", fact=Intervention(fact_id="f1", **act), rulebook="")
    later = event(e.FactRecorded, encounter_id="p", fact=Intervention(fact_id="f2", **act), rulebook="")
    assert around(why, done, later).override_reasons == {"f1": "had to"}


def met(age_years: float | None, *skills: str) -> Encounter:
    common: dict[str, Any] = {"at_ms": 0, "author": "a", "unit_id": "A"}
    found = with_fact(Encounter("p", "i-1", 0), PatientDescribed(fact_id="f0", age_years=age_years, **common))
    for number, skill in enumerate(skills, 1):
        act = Intervention(
            fact_id=f"f{number}", skill=skill, level="x", authority="standing_order", because=(), **common
        )
        found = with_fact(found, act)
    return found


@pytest.mark.parametrize(
    ("age_years", "skills", "pathways"),
    [
        (60.0, ("cpr",), ("cardiac_arrest_adult",)),
        (6.0, ("cpr",), ("cardiac_arrest_child",)),
        (None, ("cpr",), ("cardiac_arrest_adult", "cardiac_arrest_child")),
        (60.0, ("eye_irrigation",), ("general",)),
        (60.0, (), ()),
    ],
)
def test_protocols_followed_are_the_calls_pathways_that_name_what_was_done(
    age_years: float | None, skills: tuple[str, ...], pathways: tuple[str, ...]
) -> None:
    assert followed(met(age_years, *skills), "2301019", load_pathways()) == pathways
