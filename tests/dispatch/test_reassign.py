"""Units change calls only where all calls together gain, and every call says what it gains, loses and gets."""

from __future__ import annotations

import random

import pytest

from sixpoint.dispatch import (
    CallUnderway,
    Candidate,
    Policy,
    propose_cancellations,
    propose_divert,
    propose_replacement,
)

from .plain_reassign import best_divert, best_replacement
from .world import ADVANCED, ARREST, BASIC, INDEX, RESPONDER, call, need, unit

POLICY = Policy(scarce_skills=())
FALL = call(
    need("press", 1, harm_per_min=0.1), need("carry", 2, harm_per_min=0.1, transporting=True), acuity="emergent"
)


def test_a_unit_is_diverted_from_a_lesser_call_which_is_sent_another_and_says_what_it_lost() -> None:
    fall = CallUnderway("FALL", FALL, (unit("M", ADVANCED, 300),), free=(unit("B", BASIC, 900),))
    found = propose_divert(ARREST, "ARREST", [unit("B", BASIC, 900)], [(unit("M", ADVANCED, 120), fall)], INDEX, POLICY)
    assert found is not None and (found.kind, found.unit_id) == ("divert", "M")
    here, there = found.effects
    assert "drug at 2:00 by M" in here.gains and here.loses == ()
    assert (there.units, there.dispatches, there.releases) == (("B",), ("B",), ("M",))
    assert there.loses == ("press 10:00 later", "carry 10:00 later") and there.waits == ""
    saved = (here.harm_before - here.harm_after) - (there.harm_after - there.harm_before)
    assert found.saves == saved >= POLICY.divert_gain


def test_a_unit_is_not_diverted_where_its_call_would_be_left_with_nobody() -> None:
    fall = CallUnderway("FALL", FALL, (unit("M", ADVANCED, 300),))
    assert propose_divert(ARREST, "A", [], [(unit("M", ADVANCED, 120), fall)], INDEX, POLICY) is None


def test_a_unit_is_not_diverted_from_a_call_of_the_same_acuity_nor_from_a_patient() -> None:
    free = [unit("B", BASIC, 900)]
    same = CallUnderway("OTHER", ARREST, (unit("M", ADVANCED, 300),), free=tuple(free))
    assert propose_divert(ARREST, "A", free, [(unit("M", ADVANCED, 120), same)], INDEX, POLICY) is None
    there = CallUnderway("FALL", FALL, (unit("M", ADVANCED, 0),), frozenset({"M"}), tuple(free))
    assert propose_divert(ARREST, "A", free, [(unit("M", ADVANCED, 120), there)], INDEX, POLICY) is None


def test_a_unit_is_not_diverted_for_less_than_policy_asks() -> None:
    fall = CallUnderway("FALL", FALL, (unit("M", ADVANCED, 300),), free=(unit("N", ADVANCED, 130),))
    busy = [(unit("M", ADVANCED, 120), fall)]
    assert propose_divert(ARREST, "A", [unit("N", ADVANCED, 130)], busy, INDEX, POLICY) is None


def test_the_unit_that_the_new_call_takes_is_not_sent_to_the_old_one_too() -> None:
    spare = unit("R", RESPONDER, 60, carries=False)
    fall = CallUnderway("FALL", FALL, (unit("M", ADVANCED, 300),), free=(spare, unit("B", BASIC, 800)))
    found = propose_divert(ARREST, "A", [spare], [(unit("M", ADVANCED, 150), fall)], INDEX, POLICY)
    assert found is not None
    assert found.effects[0].units == ("R", "M") and found.effects[1].units == ("B",)


def test_a_unit_that_became_free_nearer_takes_the_place_of_one_on_its_way() -> None:
    here = CallUnderway(
        "C", ARREST, (unit("R", RESPONDER, 0, carries=False), unit("M", ADVANCED, 600)), frozenset({"R"})
    )
    found = propose_replacement(here, unit("N", ADVANCED, 200), INDEX, POLICY)
    assert found is not None
    assert (found.effects[0].dispatches, found.effects[0].releases) == (("N",), ("M",))
    assert "drug 6:40 sooner" in found.effects[0].gains
    assert propose_replacement(here, unit("N", BASIC, 200), INDEX, POLICY) is None, "it may not give the drug"
    assert propose_replacement(here, unit("N", ADVANCED, 590), INDEX, POLICY) is None, "it gains too little"


def test_what_is_no_longer_needed_is_cancelled_and_nothing_else() -> None:
    coming = (unit("R", RESPONDER, 0, carries=False), unit("B", BASIC, 120), unit("M", ADVANCED, 300))
    here = CallUnderway("C", ARREST, coming, frozenset({"R"}))
    assert [item.unit_id for item in propose_cancellations(here, INDEX, POLICY)] == []
    no_drug = propose_cancellations(here, INDEX, POLICY, not_needed=[3])
    assert [(item.kind, item.unit_id) for item in no_drug] == [("cancel", "M")]
    assert no_drug[0].effects[0].units == ("R", "B")
    nothing = propose_cancellations(here, INDEX, POLICY, not_needed=[1, 2, 3, 4])
    assert [item.unit_id for item in nothing] == ["M", "B"], "who is with the patient stays"


def test_the_last_unit_is_cancelled_only_if_no_need_is_left() -> None:
    here = CallUnderway("C", ARREST, (unit("B", BASIC, 7000),))
    assert propose_cancellations(here, INDEX, Policy(additional_unit_price=1e6)) == ()
    found = propose_cancellations(here, INDEX, POLICY, not_needed=[1, 2, 3, 4])
    assert [item.unit_id for item in found] == ["B"] and found[0].because == "every need is met without it"


def some_fleet(rng: random.Random, letter: str, most: int) -> list[Candidate]:
    skills = [RESPONDER, BASIC, ADVANCED]
    return [unit(f"{letter}{n}", rng.choice(skills), rng.choice([60, 300, 900.5])) for n in range(rng.randint(0, most))]


@pytest.mark.parametrize("seed", range(200))
def test_a_diversion_is_the_best_of_all_by_definition(seed: int) -> None:
    rng = random.Random(seed)
    policy = Policy(scarce_skills=("drug",) if seed % 3 else (), divert_gain=rng.choice([0, 0.5, 5]))
    free, busy = some_fleet(rng, "F", 3), []
    for number in range(rng.randint(1, 5)):
        coming = some_fleet(rng, f"B{number}-", 2) or [unit(f"B{number}-0", ADVANCED, 120)]
        there = frozenset({coming[0].unit_id} if rng.random() < 0.2 else ())
        kind = FALL if rng.random() < 0.8 else ARREST
        other = CallUnderway(f"C{number}", kind, tuple(coming), there, free=tuple(some_fleet(rng, "F", 3)))
        busy += [(unit(each.unit_id, each.standing, rng.choice([30, 200.25, 700])), other) for each in coming]
    found = propose_divert(ARREST, "NEW", free, busy, INDEX, policy)
    expected = best_divert(ARREST, free, busy, INDEX, policy)
    assert (None if found is None else (found.unit_id, found.saves)) == expected


@pytest.mark.parametrize("seed", range(100))
def test_a_replacement_is_the_best_of_all_by_definition(seed: int) -> None:
    rng = random.Random(seed)
    policy = Policy(scarce_skills=(), replace_gain=rng.choice([0, 1]))
    coming = some_fleet(rng, "B", 4)
    there = frozenset(one.unit_id for one in coming if rng.random() < 0.3)
    here = CallUnderway("C", ARREST if rng.random() < 0.7 else FALL, tuple(coming), there)
    freed = unit("A", rng.choice([RESPONDER, BASIC, ADVANCED]), rng.choice([30, 300, 700]))
    found = propose_replacement(here, freed, INDEX, policy)
    expected = best_replacement(here, freed, INDEX, policy)
    assert (None if found is None else (found.effects[0].releases[0], found.saves)) == expected
    assert found is None or found.effects[0].harm_before - found.effects[0].harm_after == pytest.approx(found.saves)
