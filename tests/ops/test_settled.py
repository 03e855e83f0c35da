"""Nobody more is sent for what is done or not needed; who rides along is where the patient is."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sixpoint.care import Finding
from sixpoint.ops import Leg
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.decide.settled import settled
from sixpoint.ops.decide.sight import still_needed, underway
from sixpoint.ops.world import Refused

from .test_promises import ARREST, assign, do, drive, record, report
from .world import START_MS, LiveService, opened

CPR_BY_ONE, CPR_BY_TWO = 1, 2  # the needs of an arrest, by their order


@pytest.fixture
def service() -> LiveService:
    return opened()


def send(service: LiveService, *unit_ids: str) -> None:
    report(service, "i", ARREST)
    assign(service, "i", unit_ids=unit_ids, override_reason="a drill")


def arrested(service: LiveService, who: str, unit_id: str) -> None:
    found = Finding(
        fact_id="pulse", at_ms=START_MS + 9 * 60_000, author=who, unit_id=unit_id, finding="in_cardiac_arrest",
        present=True,
    )  # fmt: skip
    assert not isinstance(record(service, found), Refused)


def open_needs(service: LiveService) -> set[int]:
    incident = service.state.incidents["i"]
    return {need.order for need in service.world.call_types[ARREST].needs} - settled(
        service.state, incident, service.world
    )


def test_a_need_that_two_must_meet_is_met_when_there_are_two(service: LiveService) -> None:
    send(service, "E1", "B1")
    drive(service, "E1", "i", "notified", "en_route", "on_scene", "at_patient")
    arrested(service, "c-emr", "E1")
    record(service, do("c-emr", "E1", "cpr", minute=10))
    assert CPR_BY_ONE not in open_needs(service) and CPR_BY_TWO in open_needs(service), "one EMR has two hands too few"
    drive(service, "B1", "i", "notified", "en_route", "on_scene", "at_patient", minute=11)
    assert CPR_BY_TWO in open_needs(service), "who has come has done nothing yet"
    record(service, do("c-emt1", "B1", "cpr", minute=13))
    assert CPR_BY_TWO not in open_needs(service)


def test_what_failed_or_was_done_outside_the_rules_meets_nothing(service: LiveService) -> None:
    send(service, "E1")
    drive(service, "E1", "i", "notified", "en_route", "on_scene", "at_patient")
    arrested(service, "c-emr", "E1")
    record(service, replace(do("c-emr", "E1", "defibrillation_aed"), successful=False))
    record(service, do("c-emr", "E1", "defibrillation_manual", minute=11), reason="nobody else was there")
    aed = service.world.call_types[ARREST].needs[2]
    assert aed.skill == "defibrillation_aed" and aed.order in open_needs(service)


def test_for_what_is_not_needed_nobody_is_sent(service: LiveService) -> None:
    """Of an arrest that turns out to need nothing but transport, only transport is still looked for."""
    send(service, "E1")
    needs = service.world.call_types[ARREST].needs
    rest = tuple(need.order for need in needs if not need.transporting)
    revise = c.ReviseNeeds(at_ms=START_MS, incident_id="i", not_needed=rest)
    (event,) = service.must(revise)
    assert isinstance(event, e.NeedsRevised) and event.not_needed == rest
    assert service.must(revise) == (), "saying it twice changes nothing"
    incident = service.state.incidents["i"]
    assert [need.transporting for need in still_needed(service.state, incident, service.world).needs] == [True]
    events = assign(service, "i")
    assert not isinstance(events, Refused)
    sent = [event.unit_id for event in events if isinstance(event, e.UnitAssigned)]
    assert len(sent) == 1 and service.state.units[sent[0]].can_transport
    service.must(replace(revise, not_needed=()))
    assert open_needs(service) == {need.order for need in needs}, "it is needed again"
    assert isinstance(service.send(replace(revise, not_needed=(99,))), Refused)


def test_units_change_calls_for_what_is_still_needed_only(service: LiveService) -> None:
    send(service, "E1")
    needs = service.world.call_types[ARREST].needs
    service.must(c.ReviseNeeds(at_ms=START_MS, incident_id="i", not_needed=tuple(need.order for need in needs[1:])))
    seen = underway(service.state, service.state.incidents["i"], START_MS, service.world)
    assert seen.call_type.needs == needs[:1]


def test_whoever_rides_along_comes_free_where_the_patient_is(service: LiveService) -> None:
    send(service, "B1", "Q1")
    for unit_id in ("B1", "Q1"):
        drive(service, unit_id, "i", "notified", "en_route", "on_scene", "at_patient")
    at = START_MS + 20 * 60_000
    along = c.RideAlong(at_ms=at, incident_id="i", unit_id="Q1", with_unit_id="B1", because="an infusion is running")
    assert isinstance(service.send(along), Refused), "nobody has left yet"
    service.must(c.ChooseDestination(at_ms=at, incident_id="i", unit_id="B1", encounter_id="i-e"))
    service.must(c.ReportStatus(at_ms=at, incident_id="i", unit_id="B1", status="transporting"))
    (event,) = service.must(along)
    carrier, rider = service.state.units["B1"].position, service.state.units["Q1"].position
    assert isinstance(event, e.CrewRidesAlong) and isinstance(carrier, Leg) and rider == carrier
    service.must(c.ReportStatus(at_ms=carrier.arrives_ms, incident_id="i", unit_id="Q1", status="clear"))
    home = service.state.units["Q1"].position
    assert isinstance(home, Leg) and home.start == carrier.to
