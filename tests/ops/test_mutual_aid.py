"""A neighbour's unit goes only where it gains what the policy asks, or where nobody of our own may."""

from __future__ import annotations

import msgspec
import pytest

from sixpoint.ops import canonical
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.decide.moves import proposed_moves
from sixpoint.ops.world import Refused
from sixpoint.scope import equipment_of_kit

from .world import LEVELS, RULEBOOK, START_MS, LiveService, clinician, opened, place

ARREST = "2301019"


@pytest.fixture
def service() -> LiveService:
    """Beside the service's own units, an advanced ambulance of a neighbour at the post in the west."""
    service = opened()
    service.must(c.EnrolClinician(at_ms=START_MS, clinician=clinician("c-theirs", "Paramedic")))
    unit = c.AddUnit(
        at_ms=START_MS,
        unit_id="N1",
        call_sign="Neighbour 1",
        kind="ambulance",
        post_id="p-school",
        can_transport=True,
        equipment=tuple(equipment_of_kit(RULEBOOK, "als_ambulance")),
        turnout_s=60.0,
        mutual_aid=True,
    )
    service.must(unit)
    service.must(c.SignOn(at_ms=START_MS, unit_id="N1", clinician_ids=("c-theirs",)))
    return service


def recommended(service: LiveService) -> e.UnitsRecommended:
    at_ms = START_MS + 60_000
    call = c.ReportCall(
        at_ms=at_ms, call_id="i", incident_id="i", place=place(0, 1), dispatch_code=ARREST, received_ms=at_ms
    )
    service.must(call)
    assert not isinstance(service.send(c.AssignUnits(at_ms=at_ms, incident_id="i")), Refused)
    return next(event for event in service.events if isinstance(event, e.UnitsRecommended))


def test_a_neighbours_unit_that_gains_too_little_stays_and_the_reason_says_whose_it_is(service: LiveService) -> None:
    choice = recommended(service).choice
    why = {one.unit_id: one.because for one in choice.passed_over}
    assert "N1" not in {one.unit_id for one in choice.sent}
    assert why["N1"] == ("a neighbour's unit: gains less than 300 s over our own",)


def test_a_neighbours_unit_goes_where_nobody_of_our_own_may(service: LiveService) -> None:
    for unit_id in ("M1", "Q1"):
        service.must(c.SignOff(at_ms=START_MS, unit_id=unit_id))
    assert "N1" in {one.unit_id for one in recommended(service).choice.sent}


def test_a_neighbours_unit_is_not_moved_by_us_without_a_reason(service: LiveService) -> None:
    for unit_id in ("M1", "Q1"):
        service.must(c.SignOff(at_ms=START_MS, unit_id=unit_id))
    assert not proposed_moves(service.state, START_MS, service.world)
    move = c.MoveUnit(at_ms=START_MS, unit_id="N1", post_id="p-west")
    refused = service.send(move)
    assert isinstance(refused, Refused) and refused.because == ("unit N1 is a neighbour's",)
    service.must(msgspec.structs.replace(move, override_reason="their chief agreed"))


def test_a_unit_logged_before_there_was_mutual_aid_is_our_own_and_has_the_same_bytes() -> None:
    service = opened()
    assert len(LEVELS) == 6 and b"mutual_aid" not in canonical(service.state)
    added = next(event for event in service.events if isinstance(event, e.UnitAdded))
    older = e.encode(added).replace(b',"mutual_aid":false', b"")
    assert b"mutual_aid" not in older and e.decode(older) == added
