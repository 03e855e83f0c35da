"""Advanced care as soon as it can be had: on scene, on the way, or at the door."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sixpoint.dispatch import Policy, plan_rendezvous

POLICY = Policy(rendezvous_gain_s=60, rendezvous_handover_s=120)


def test_they_meet_where_the_later_of_the_two_is_soonest() -> None:
    plan = plan_rendezvous([0, 300, 600, 900, 1800], [1200, 900, 600, 700, 1500], POLICY)
    assert (plan.plan, plan.place, plan.care_s, plan.hospital_s) == ("meet", 2, 600, 600 + 120 + 1200)
    assert (plan.wait_s, plan.drive_s, plan.meet_s) == (1200, 1800, 600)
    assert plan.because == "meeting brings care 10:00 min sooner than waiting or driving in"


def test_a_meeting_that_gains_less_than_policy_asks_is_not_proposed() -> None:
    plan = plan_rendezvous([0, 100, 400], [390, 350, 500], POLICY)
    assert (plan.plan, plan.care_s) == ("wait", 390)
    plan = plan_rendezvous([0, 300, 340], [900, 310, 300], POLICY)
    assert (plan.plan, plan.care_s, plan.hospital_s) == ("drive", 340, 340)


def test_the_ambulance_does_not_leave_before_it_is_ready() -> None:
    plan = plan_rendezvous([0, 100, 1000], [400, 90, 1000], POLICY, ready_s=200)
    assert (plan.plan, plan.meet_s, plan.drive_s) == ("meet", 300, 1200)


def test_a_unit_that_can_reach_nothing_means_driving_in_and_nobody_means_none() -> None:
    assert plan_rendezvous([0, 100, 200], [math.inf, math.nan, -1], POLICY).plan == "drive"
    assert plan_rendezvous([0, math.inf], [math.inf, math.inf], POLICY).plan == "none"
    assert plan_rendezvous([0], [50], POLICY).plan == "drive"


def test_times_that_are_no_times_are_said_where_nothing_else_is_left() -> None:
    because = plan_rendezvous([0, math.nan], [-1, math.inf], POLICY).because
    assert because.endswith("2 of the times are negative or not known and count as never: correct them")


times = st.one_of(st.integers(0, 3000).map(float), st.just(math.inf))


@given(st.lists(st.tuples(st.integers(1, 500), times), min_size=1, max_size=12), times)
@settings(max_examples=200)
def test_no_plan_brings_care_sooner_by_more_than_the_gain_that_policy_asks(
    legs: list[tuple[int, float]], at_scene: float
) -> None:
    route = np.concatenate([[0.0], np.cumsum([leg for leg, _ in legs])])
    other = np.array([at_scene, *(time for _, time in legs)])
    plan = plan_rendezvous(route, lambda: other, POLICY)
    every = [other[0], route[-1], *(max(a, b) for a, b in zip(route[1:-1], other[1:-1], strict=True))]
    assert min(every) <= plan.care_s <= min(other[0], route[-1])
    if plan.plan != "meet":
        assert plan.care_s < min(every) + POLICY.rendezvous_gain_s
