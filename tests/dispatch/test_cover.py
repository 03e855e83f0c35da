"""Cover counts units by what they may do; with one class for all it is plain DMEXCLP."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sixpoint.dispatch import Cover, SkillClass, WaitingUnit, cost_of_sending, costs_of_sending, propose_moves

from .world import ADVANCED, BASIC, RESPONDER, bits

SHOCK = SkillClass("shock", bits("shock"), within_s=300, busy_share=0.3)
DRUG = SkillClass("drug", bits("drug"), within_s=500, busy_share=0.5, weight=2)
RIDE = SkillClass("ride", bits("carry"), within_s=500, busy_share=0.5, transporting=True)


def a_unit(unit_id: str, skills: int, post: int, carries: bool = True) -> WaitingUnit:
    return WaitingUnit(unit_id, skills, carries, post)


TIMES = np.array([[0.0, 400, 900], [400, 0, 400], [900, 400, 0]])
COVER = Cover(TIMES, np.array([[1.0, 2, 3], [1, 1, 1], [0, 0, 1]]), (SHOCK, DRUG, RIDE))


def test_one_class_that_everybody_covers_is_plain_dmexclp() -> None:
    plain = Cover(TIMES, np.array([[1.0, 2, 3]]), (SkillClass("any", 0, 400, 0.3),))
    units = [a_unit("A", 0, 0), a_unit("B", 0, 1), a_unit("C", 0, 1)]
    k = [3, 3, 2]  # units within 400 s of each place
    by_definition = sum(d * (1 - 0.3**n) for d, n in zip([1, 2, 3], k, strict=True))
    assert plain.covered(units) == pytest.approx(by_definition)
    gain = plain.marginal(a_unit("D", 0, 0), units)
    assert gain[0] == pytest.approx(0.7 * (1 * 0.3**3 + 2 * 0.3**3))
    assert gain[2] == pytest.approx(0.7 * (2 * 0.3**3 + 3 * 0.3**2))


def plain_dmexclp(
    units: list[int], times: np.ndarray, demand: np.ndarray, within_s: float, q: float, moved: int
) -> int:
    """Where DMEXCLP (Jagtenberg et al. 2015) sends a unit: the first base that adds most to the cover of the others."""
    best, best_gain = -1, -1.0
    for base in range(len(times)):
        gain = 0.0
        for place in range(len(demand)):
            if times[base, place] <= within_s:
                k = sum(times[post, place] <= within_s for unit, post in enumerate(units) if unit != moved)
                gain += demand[place] * (1 - q) * q**k
        if gain > best_gain + 1e-12:
            best, best_gain = base, gain
    return best


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=200)
def test_with_one_class_the_first_move_goes_where_plain_dmexclp_sends_that_unit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    times, demand = rng.integers(0, 900, (6, 9)).astype(float), rng.random(9)
    posts = rng.integers(0, 6, 4).tolist()
    cover = Cover(times, demand[None], (SkillClass("any", 0, 400, 0.3),))
    units = [a_unit(f"U{number}", 0, post) for number, post in enumerate(posts)]
    apart = np.ones((6, 6))
    moves = propose_moves(cover, units, range(6), least_gain=1e-9, longest_s=9, travel_s=apart, most=1)
    for number, unit in enumerate(units):
        goes_to = plain_dmexclp(posts, times, demand, 400, 0.3, number)
        alone = propose_moves(
            cover, units, range(6), least_gain=1e-9, longest_s=9, travel_s=apart, most=1, movable=[unit.unit_id]
        )
        others = [one for one in units if one is not unit]
        gains = cover.marginal(unit, others)
        if alone:
            assert gains[alone[0].to_post] == pytest.approx(gains[goes_to])
        else:
            assert gains[unit.post] == pytest.approx(gains[goes_to])
        if moves and alone:
            assert moves[0].gain >= alone[0].gain - 1e-12


def test_a_unit_adds_nothing_to_a_class_whose_skills_it_does_not_hold() -> None:
    responder = a_unit("R", RESPONDER, 2, carries=False)
    assert COVER.marginal(responder, [])[2] == pytest.approx(0.7 * 3)
    assert COVER.marginal(a_unit("M", ADVANCED, 2), [])[2] == pytest.approx(0.7 * 3 + 2 * 0.5 * 2 + 0.5 * 1)


def test_a_team_without_a_vehicle_does_not_cover_rides_though_it_may_attend_them() -> None:
    on_foot = a_unit("B", BASIC, 2, carries=False)
    assert COVER.marginal(on_foot, [])[2] == pytest.approx(0.7 * 3)
    assert COVER.marginal(a_unit("B", BASIC, 2), [])[2] == pytest.approx(0.7 * 3 + 0.5 * 1)


units_ = st.lists(
    st.builds(
        WaitingUnit,
        st.text("ABCDE", min_size=1),
        st.sampled_from([RESPONDER, BASIC, ADVANCED]),
        st.booleans(),
        st.integers(0, 2),
    ),
    max_size=5,
    unique_by=lambda unit: unit.unit_id,
)


@given(units_, st.integers(0, 2))
@settings(max_examples=100)
def test_the_marginal_is_what_covered_grows_by_and_shrinks_as_units_join(units: list[WaitingUnit], post: int) -> None:
    new = a_unit("new", ADVANCED, post)
    gain = COVER.marginal(new, units)[post]
    assert gain == pytest.approx(COVER.covered([*units, new]) - COVER.covered(units))
    if units:
        assert gain <= COVER.marginal(new, units[1:])[post] + 1e-12
        assert cost_of_sending(COVER, units[0], units) == pytest.approx(COVER.covered(units) - COVER.covered(units[1:]))
    each = {unit.unit_id: cost_of_sending(COVER, unit, units) for unit in units}
    assert costs_of_sending(COVER, units) == pytest.approx(each)


def test_the_unit_moves_that_covers_most_more_and_only_as_far_as_allowed() -> None:
    units = [a_unit("M1", ADVANCED, 0), a_unit("M2", ADVANCED, 0), a_unit("R", RESPONDER, 0, carries=False)]
    moves = propose_moves(COVER, units, [0, 1, 2], least_gain=0.1, longest_s=500, travel_s=TIMES, most=1)
    assert [(move.unit_id, move.to_post) for move in moves] == [("M1", 1)]
    far = propose_moves(COVER, units, [0, 1, 2], least_gain=0.1, longest_s=1000, travel_s=TIMES)
    assert far[0].unit_id == "M1" and far[0].to_post == 2
    assert sum(move.gain for move in far) == pytest.approx(
        COVER.covered([a_unit(u.unit_id, u.standing, place(far, u), u.can_transport) for u in units])
        - COVER.covered(units)
    )
    assert propose_moves(COVER, units, [0, 1, 2], least_gain=99, longest_s=1000, travel_s=TIMES) == ()


def place(moves: object, unit: WaitingUnit) -> int:
    return next((move.to_post for move in moves if move.unit_id == unit.unit_id), unit.post)


def gains_by_definition(units: dict[str, WaitingUnit], moved: set[str], goals: list[int], longest_s: float) -> dict:
    """What each move of each unit that has not moved does for the cover: that after it less that before it."""
    gains, before = {}, COVER.covered(list(units.values()))
    for name in units.keys() - moved:
        for goal in goals:
            if goal != units[name].post and TIMES[units[name].post, goal] <= longest_s:
                after = {**units, name: replace(units[name], post=goal)}
                gains[name, goal] = COVER.covered(list(after.values())) - before
    return gains


@given(units=units_, longest_s=st.sampled_from([300, 500, 1000]), least=st.sampled_from([1e-9, 0.101, 0.503]))
@settings(max_examples=150, deadline=None)
def test_moves_are_the_best_of_all_by_definition(units: list[WaitingUnit], longest_s: float, least: float) -> None:
    for goals in ([0, 1, 2], [1, 2]):
        moves = propose_moves(COVER, units, goals, least_gain=least, longest_s=longest_s, travel_s=TIMES)
        now, moved = {unit.unit_id: unit for unit in units}, set()
        for move in moves:
            gains = gains_by_definition(now, moved, goals, longest_s)
            assert move.gain == pytest.approx(gains[move.unit_id, move.to_post])
            assert move.gain == pytest.approx(max(gains.values())) and move.gain >= least
            now[move.unit_id] = replace(now[move.unit_id], post=move.to_post)
            moved.add(move.unit_id)
        left = gains_by_definition(now, moved, goals, longest_s)
        assert len(moves) == 3 or max(left.values(), default=0) < max(least, 1e-9)
