"""Move-up: what a dispatcher may rely on when a free unit is to wait elsewhere."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sixpoint.dispatch import Move
from sixpoint.ops import Leg, Place, canonical
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.decide.moves import proposed_moves
from sixpoint.ops.decide.sight import free_candidates
from sixpoint.ops.world import Refused

from .world import POST_PLACES, POSTS, START_MS, LiveService, opened, place

CHEST_PAIN = "2301021"
MINUTE = 60_000


@pytest.fixture
def service() -> LiveService:
    return opened()


def move(
    service: LiveService, unit_id: str, post_id: str, minute: float = 1, reason: str = ""
) -> tuple[e.AnyEvent, ...] | Refused:
    at_ms = START_MS + round(minute * MINUTE)
    return service.send(c.MoveUnit(at_ms=at_ms, unit_id=unit_id, post_id=post_id, override_reason=reason))


def moved(service: LiveService, unit_id: str, post_id: str, minute: float = 1, reason: str = "") -> e.UnitMoved:
    events = move(service, unit_id, post_id, minute, reason)
    assert not isinstance(events, Refused), events
    (event,) = events
    assert isinstance(event, e.UnitMoved)
    return event


def call(service: LiveService, unit_id: str, minute: float) -> tuple[e.AnyEvent, ...]:
    at_ms = START_MS + round(minute * MINUTE)
    report = c.ReportCall(
        at_ms=at_ms, call_id="i", incident_id="i", place=place(0, 0), dispatch_code=CHEST_PAIN, received_ms=at_ms
    )
    service.must(report)
    return service.must(c.AssignUnits(at_ms=at_ms, incident_id="i", unit_ids=(unit_id,), override_reason="a drill"))


def clear(service: LiveService, unit_id: str, minute: float) -> e.StatusReported:
    at_ms = START_MS + round(minute * MINUTE)
    done = c.ReportStatus(at_ms=at_ms, incident_id="i", unit_id=unit_id, status="cancelled", note="a drill")
    (event,) = service.must(done)
    assert isinstance(event, e.StatusReported)
    return event


def test_the_move_that_covers_more_is_proposed_and_carried_out_with_its_gain(service: LiveService) -> None:
    """All the demand lies around the west, where nobody has the skills of advanced care."""
    proposed = proposed_moves(service.state, START_MS, service.world)
    assert [(one.unit_id, POSTS[one.to_post]) for one in proposed] == [("M1", "p-west"), ("Q1", "p-west")]
    # By hand, for M1: 2 calls an hour find advanced care with 1 - 0.3; first care had one unit and now has two.
    assert proposed[0].gain == pytest.approx(2 * 0.7 + 2 * (0.3 - 0.3**2))
    event = moved(service, "M1", "p-west")
    assert event.weighed == proposed[0] and event.because == proposed[0].because
    assert event.cover == "sha256:test" and event.from_post_id == "p-east"
    assert event.leg.start == POST_PLACES["p-east"] and event.leg.to == POST_PLACES["p-west"]
    assert (event.leg.arrives_ms - event.leg.left_ms) / 1000 == pytest.approx(240.0)
    assert [one.unit_id for one in proposed_moves(service.state, START_MS + MINUTE, service.world)] == ["Q1"]


def test_a_move_that_gains_too_little_needs_a_reason_and_is_recorded(service: LiveService) -> None:
    refused = move(service, "B1", "p-east")
    assert isinstance(refused, Refused) and "loses" in refused.because[0] and "reason" in refused.remedy
    event = moved(service, "B1", "p-east", reason="the bridge will be closed")
    assert event.because == event.override_reason == "the bridge will be closed"
    assert event.weighed is not None and event.weighed.gain < 0


@pytest.mark.parametrize(
    ("unit_id", "post_id", "words"),
    [("X9", "p-west", "not known"), ("M1", "p-none", "not known"), ("E1", "p-west", "nobody is on")],
)
def test_what_cannot_be_moved_is_refused_even_with_a_reason(
    service: LiveService, unit_id: str, post_id: str, words: str
) -> None:
    service.must(c.SignOff(at_ms=START_MS, unit_id="E1"))
    refused = move(service, unit_id, post_id, reason="all the same")
    assert isinstance(refused, Refused) and words in refused.because[0]


def test_a_unit_on_an_incident_is_not_moved(service: LiveService) -> None:
    call(service, "M1", 1)
    refused = move(service, "M1", "p-west", 2, reason="all the same")
    assert isinstance(refused, Refused) and "is on incident i" in refused.because[0]


def test_a_post_that_no_road_leads_to_is_refused(service: LiveService) -> None:
    class Island:
        """The roads of the grid, and none to anywhere else than where a unit is."""

        def seconds(self, position: object, to: Place, at_ms: int, lights: bool) -> float:
            return float("inf")

    service.world = replace(service.world, travel=Island())
    refused = move(service, "M1", "p-west", reason="all the same")
    assert isinstance(refused, Refused) and "no road leads" in refused.because[0]


def test_moves_that_the_policy_does_not_make_need_a_reason(service: LiveService) -> None:
    """A quick response unit that is a stadium's own, a post in a school, and a service without moves."""
    policy = service.world.policy
    for other in (
        replace(policy, move_up_unit_kinds=("quick_response",)),
        replace(policy, move_up_post_kinds=("street",)),
        replace(policy, move_up_longest_s=239.0),
        replace(policy, move_up=False),
    ):
        service.world = replace(service.world, policy=other)
        assert "M1" not in {one.unit_id for one in proposed_moves(service.state, START_MS, service.world)}
        assert isinstance(move(service, "M1", "p-west"), Refused)


def test_a_moved_unit_is_sent_from_where_it_is_on_its_way(service: LiveService) -> None:
    moved(service, "M1", "p-west", 1)
    at_ms = START_MS + 3 * MINUTE  # two of the four minutes are done
    call(service, "B1", 3)
    (seen,) = [
        one
        for one in free_candidates(service.state, service.state.incidents["i"], at_ms, service.world)
        if one.unit_id == "M1"
    ]
    position = service.state.units["M1"].position
    assert isinstance(position, Leg)
    here = service.world.travel.place_at(position, at_ms)
    assert here != POST_PLACES["p-east"] and here != POST_PLACES["p-west"]
    assert seen.eta_s == pytest.approx(service.world.travel.seconds(here, place(0, 0), at_ms, True))


def test_a_moved_unit_parks_where_it_was_moved_and_counts_there(service: LiveService) -> None:
    moved(service, "M1", "p-west", 1)
    (parked,) = service.must(c.ParkUnit(at_ms=START_MS + 5 * MINUTE, unit_id="M1"))
    assert isinstance(parked, e.UnitParked) and parked.place == POST_PLACES["p-west"]
    assert service.state.units["M1"].waits_at == "p-west"
    assert move(service, "M1", "p-west", 6) == ()


def test_a_unit_moves_home_without_a_reason(service: LiveService) -> None:
    moved(service, "M1", "p-west", 1)
    event = moved(service, "M1", "p-east", 6)
    assert event.because == "back to its own post" and service.state.units["M1"].waits_at == "p-east"
    assert event.leg.to == POST_PLACES["p-east"]


def test_after_its_call_a_moved_unit_returns_to_its_own_post(service: LiveService) -> None:
    moved(service, "M1", "p-west", 1)
    call(service, "M1", 3)
    back = clear(service, "M1", 4)
    assert back.leg is not None and back.leg.to == POST_PLACES["p-east"]
    assert service.state.units["M1"].waits_at == "p-east"


def test_a_unit_far_from_where_it_waits_is_not_proposed_for_a_way_longer_than_the_table_knows(
    service: LiveService,
) -> None:
    """M1 clears in the far corner; its post is near the goal, itself it is not."""
    call(service, "M1", 1)
    for status in ("notified", "en_route"):
        at_ms = START_MS + 2 * MINUTE
        service.must(c.ReportStatus(at_ms=at_ms, incident_id="i", unit_id="M1", status=status))
    at_ms = START_MS + 20 * MINUTE
    service.must(c.ReportStatus(at_ms=at_ms, incident_id="i", unit_id="M1", status="on_scene"))
    service.must(c.ReportStatus(at_ms=at_ms, incident_id="i", unit_id="M1", status="clear", note="nobody there"))
    way_s = service.world.travel.seconds(service.state.units["M1"].position, POST_PLACES["p-west"], at_ms, False)
    assert way_s == pytest.approx(200.0)
    for longest_s, expected in ((240.0, {"M1", "Q1"}), (199.0, set())):
        policy = replace(service.world.policy, move_up_longest_s=longest_s)
        world = replace(service.world, policy=policy)
        assert {one.unit_id for one in proposed_moves(service.state, at_ms, world)} == expected


def test_a_state_in_which_nobody_was_moved_is_the_same_bytes_as_before_there_were_moves(service: LiveService) -> None:
    """Checkpoints in older logs hold the digest of such a state."""
    assert b"moved_to" not in canonical(service.state)
    moved(service, "M1", "p-west")
    assert b"moved_to" in canonical(service.state)
    moved(service, "M1", "p-east", 2)
    assert b"moved_to" not in canonical(service.state)


def test_without_a_cover_table_only_a_person_moves_units(service: LiveService) -> None:
    service.world = replace(service.world, cover=None)
    assert proposed_moves(service.state, START_MS, service.world) == ()
    assert isinstance(move(service, "M1", "p-west"), Refused)
    assert moved(service, "M1", "p-west", reason="a fair").weighed is None


def test_the_move_in_the_event_is_that_of_dispatch() -> None:
    event = e.UnitMoved(
        at_ms=1,
        by="x",
        unit_id="M1",
        from_post_id="a",
        post_id="b",
        leg=Leg(place(0, 0), place(1, 1), 1, 2, False),
        because="",
        weighed=Move("M1", 0, 1, 0.5, "covers"),
    )
    assert e.decode(e.encode(event)) == event
