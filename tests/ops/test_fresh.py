"""A crew whose licence has lapsed counts for nobody, and an instant that is none stops no later decision."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.decide.reassign import proposed_divert
from sixpoint.ops.decide.roster import LAST_MS
from sixpoint.ops.decide.sight import still_needed
from sixpoint.ops.world import Refused

from .world import START, START_MS, LiveService, clinician, opened, place

ARREST, MINOR = "2301019", "2301061"
LAPSED_MS = START_MS + 120_000


@pytest.fixture
def service() -> LiveService:
    """The advanced unit is on its way to a minor call; a minute after the start its medics' licences lapse."""
    service = opened()
    for who in ("c-medic1", "c-medic2"):
        lapsing = clinician(who, "Paramedic", START + timedelta(minutes=1))
        service.must(c.EnrolClinician(at_ms=START_MS, clinician=lapsing))
    service.must(c.SignOff(at_ms=START_MS, unit_id="Q1"))
    report(service, "low", MINOR, START_MS, 2)
    service.must(c.AssignUnits(at_ms=START_MS, incident_id="low", unit_ids=("M1",), override_reason="near"))
    return service


def report(service: LiveService, name: str, code: str, at_ms: int, column: int) -> None:
    where = place(column, 2)
    service.must(
        c.ReportCall(at_ms=at_ms, call_id=name, incident_id=name, place=where, dispatch_code=code, received_ms=at_ms)
    )


@pytest.mark.parametrize("lapsed", [False, True])
def test_a_unit_is_not_proposed_for_a_graver_call_for_what_its_crew_may_no_longer_do(
    service: LiveService, lapsed: bool
) -> None:
    at_ms = LAPSED_MS if lapsed else START_MS + 30_000
    report(service, "high", ARREST, at_ms, 4)
    incident = service.state.incidents["high"]
    proposed = proposed_divert(service.state, incident, at_ms, service.world)
    assert proposed is not None and proposed.unit_id == "M1"
    assert ("defibrillation_manual" in " ".join(proposed.effects[0].gains)) is not lapsed
    events = service.must(c.DivertUnit(at_ms=at_ms, incident_id="high", unit_id="M1"))
    changed = [one for one in events if isinstance(one, e.CapabilityChanged)]
    assert [one.unit_id for one in changed] == (["M1"] if lapsed else [])
    (assigned,) = (one for one in events if isinstance(one, e.UnitAssigned) and one.incident_id == "high")
    assert ("Paramedic" in assigned.levels) is not lapsed


@pytest.mark.parametrize("until", ["assigned", "on_scene"])
def test_what_a_lapsed_crew_on_the_call_was_to_do_is_needed_again(service: LiveService, until: str) -> None:
    report(service, "high", ARREST, START_MS, 4)
    service.must(c.DivertUnit(at_ms=START_MS, incident_id="high", unit_id="M1", override_reason="test"))
    for number, status in enumerate(("en_route", "on_scene") if until == "on_scene" else (), start=1):
        at_ms = START_MS + 20_000 * number
        service.must(c.ReportStatus(at_ms=at_ms, incident_id="high", unit_id="M1", status=status, note="as seen"))
    incident = service.state.incidents["high"]
    before = {need.skill for need in still_needed(service.state, incident, service.world).needs}
    events = service.must(c.AssignUnits(at_ms=LAPSED_MS, incident_id="high"))
    assert any(isinstance(one, e.CapabilityChanged) and one.unit_id == "M1" for one in events)
    incident = service.state.incidents["high"]
    after = {need.skill for need in still_needed(service.state, incident, service.world).needs}
    assert "defibrillation_manual" in after - before


def test_a_call_held_back_is_on_record_as_held_back_and_lacks_no_unit(service: LiveService) -> None:
    report(service, "high", ARREST, START_MS, 4)
    events = service.must(
        c.AssignUnits(at_ms=START_MS, incident_id="high", unit_ids=(), override_reason="scene not safe")
    )
    (overridden,) = (one for one in events if isinstance(one, e.DispatchOverridden))
    assert overridden.choice.queued == "held back by a person: scene not safe"
    assert {because for one in overridden.choice.passed_over for because in one.because} == {"not named"}


@pytest.mark.parametrize("at_ms", [-1, LAST_MS + 1, 2**62, 2**63 - 1, 2**63, 10**30])
def test_an_instant_that_is_none_is_refused_and_the_next_call_is_served(service: LiveService, at_ms: int) -> None:
    status = c.ReportStatus(at_ms=at_ms, incident_id="low", unit_id="M1", status="en_route", note="x")
    assert isinstance(service.send(status), Refused)
    assert isinstance(service.send(c.AssignUnits(at_ms=at_ms, incident_id="low")), Refused)
    equipment = service.state.units["B1"].equipment
    dated = c.CheckKit(at_ms=START_MS, unit_id="B1", equipment=equipment, expires_ms={equipment[0]: at_ms})
    refused = service.send(dated)
    assert isinstance(refused, Refused) and equipment[0] in refused.because[0]
    report(service, "next", ARREST, START_MS, 1)
    assert service.must(c.AssignUnits(at_ms=START_MS, incident_id="next"))
