"""Where the policy says so, sending a unit costs the cover it takes away; it decides only between equals."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sixpoint.dispatch import Policy, cost_of_sending
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.decide.sight import free_candidates, waiting_units

from .world import START_MS, LiveService, opened, place

WELFARE, ARREST = "2301075", "2301019"
PLAIN = Policy(scarce_skills=(), max_units=1)


def service(policy: Policy) -> LiveService:
    service = opened()
    service.world = replace(service.world, policy=policy)
    return service


def call(service: LiveService, code: str, where: tuple[int, int]) -> None:
    report = c.ReportCall(
        at_ms=START_MS, call_id="i", incident_id="i", place=place(*where), dispatch_code=code, received_ms=START_MS
    )
    service.must(report)


def costs(service: LiveService) -> dict[str, float]:
    found = free_candidates(service.state, service.state.incidents["i"], START_MS, service.world)
    return {one.unit_id: one.cover_cost for one in found}


def test_each_unit_costs_the_cover_that_is_lost_when_it_goes() -> None:
    weighing = service(replace(PLAIN, weigh_cover=True))
    call(weighing, WELFARE, (3, 3))
    table = weighing.world.cover
    assert table is not None
    waiting = waiting_units(weighing.state, {post_id: row for row, post_id in enumerate(table.post_ids)})
    expected = {one.unit_id: cost_of_sending(table.cover, one, waiting) for one in waiting}
    assert costs(weighing) == pytest.approx(expected)
    # All the demand lies in the west, and only the basic ambulance waits there.
    assert expected["B1"] > 1 and expected["M1"] == 0


def test_a_policy_that_does_not_weigh_cover_counts_none() -> None:
    plain = service(PLAIN)
    call(plain, WELFARE, (3, 3))
    assert set(costs(plain).values()) == {0.0}


def sent(service: LiveService) -> tuple[str, ...]:
    service.must(c.AssignUnits(at_ms=START_MS, incident_id="i"))
    choice = next(event.choice for event in service.events if isinstance(event, e.UnitsRecommended))
    return tuple(one.unit_id for one in choice.sent)


def test_of_two_that_do_equally_little_harm_the_one_whose_leaving_costs_less_goes() -> None:
    """No harm is done before the target of a call that is not acute: without cover the sooner one goes."""
    for policy, stays in ((PLAIN, False), (replace(PLAIN, weigh_cover=True), True)):
        running = service(policy)
        call(running, WELFARE, (2, 4))
        assert ("B1" not in sent(running)) == stays


def test_a_patient_who_is_harmed_by_waiting_never_waits_for_cover() -> None:
    running = service(replace(PLAIN, weigh_cover=True))
    running.must(c.SignOff(at_ms=START_MS, unit_id="Q1"))
    running.must(c.SignOff(at_ms=START_MS, unit_id="M1"))
    call(running, ARREST, (1, 4))
    assert sent(running) == ("B1",)
