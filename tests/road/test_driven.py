"""Legs as they are driven: for many at once, the next node is that of a walk along each leg by itself."""

from __future__ import annotations

import random
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sixpoint.road.clock import one_ms
from sixpoint.road.driven import Driven, DrivenLegs


def some_leg(rng: random.Random, longest: int = 12) -> Driven:
    """Between one node and many, some of them a nanosecond apart."""
    count = rng.randint(1, longest)
    steps_ns = [rng.choice((1, 400_000, 900_000, rng.randint(1, 60 * 10**9))) for _ in range(count - 1)]
    at_ns = np.concatenate(([0], np.cumsum(steps_ns, dtype=np.int64))).astype(np.int64)
    nodes = np.array([rng.randrange(1_000) for _ in range(count)], np.int32)
    return Driven(nodes, at_ns, rng.randint(-(10**6), 10**6), rng.choice((0.73, 1.0, 1.3, 1 / 3)))


def walked(leg: Driven, at_ms: int) -> tuple[int, int]:
    """Node by node: the first that is reached no earlier than what has been driven."""
    end_ms = leg.leaves_ms + one_ms(int(leg.at_ns[-1]), leg.factor)
    if at_ms >= end_ms:
        return int(leg.nodes[-1]), 0
    if at_ms <= leg.leaves_ms:
        return int(leg.nodes[0]), leg.leaves_ms - at_ms
    passed_ns = (at_ms - leg.leaves_ms) * 1e6 / leg.factor
    place = next((n for n, at_ns in enumerate(leg.at_ns.tolist()) if at_ns >= passed_ns), len(leg.nodes) - 1)
    return int(leg.nodes[place]), max(0, leg.leaves_ms + one_ms(int(leg.at_ns[place]), leg.factor) - at_ms)


def instants(rng: random.Random, leg: Driven) -> list[int]:
    """Before, after, somewhere between, and within a millisecond of each node."""
    reached_ms = [leg.leaves_ms + one_ms(ns, leg.factor) for ns in leg.at_ns.tolist()]
    near = [at_ms + off for at_ms in reached_ms for off in (-1, 0, 1)]
    return [*near, reached_ms[0] - 999, reached_ms[-1] + 999, rng.randint(reached_ms[0], reached_ms[-1])]


@pytest.mark.parametrize("seed", range(20))
def test_each_of_many_is_where_a_walk_along_its_own_leg_has_it(seed: int) -> None:
    rng = random.Random(seed)
    legs = [some_leg(rng) for _ in range(40)]
    driven = DrivenLegs(lambda leg: leg, most=1_000)
    for at_ms in {at for leg in legs for at in instants(rng, leg)}:
        node, ahead_ms = driven.next_nodes(legs, at_ms)
        assert list(zip(node.tolist(), ahead_ms.tolist(), strict=True)) == [walked(leg, at_ms) for leg in legs]


def test_a_leg_is_driven_once_while_it_is_asked_about_and_again_after_it_was_forgotten() -> None:
    rng = random.Random(1)
    times: list[Driven] = []

    def drive(leg: Driven) -> Driven:
        times.append(leg)
        return leg

    driven = DrivenLegs(drive, most=4)
    first, second = [some_leg(rng) for _ in range(3)], [some_leg(rng) for _ in range(3)]
    for _ in range(5):
        driven.next_nodes(first, 0)
        driven.next_nodes([first[0], first[0]], 0)
    assert len(times) == 3
    driven.next_nodes(second, 0)  # no room beside the first: they are forgotten
    assert len(times) == 6
    node, ahead_ms = driven.next_nodes(first, 5)
    assert len(times) == 9
    assert list(zip(node.tolist(), ahead_ms.tolist(), strict=True)) == [walked(leg, 5) for leg in first]


def test_more_legs_at_once_than_are_kept_are_answered_all_the_same() -> None:
    rng = random.Random(2)
    legs = [some_leg(rng, longest=400) for _ in range(300)]  # more nodes, too, than there is room for at first
    driven = DrivenLegs(lambda leg: leg, most=7)
    for at_ms in (0, 10_000, 500_000):
        node, ahead_ms = driven.next_nodes(legs, at_ms)
        assert list(zip(node.tolist(), ahead_ms.tolist(), strict=True)) == [walked(leg, at_ms) for leg in legs]
    assert driven.leaves(legs[5]) == (legs[5].leaves_ms, legs[5].factor)


def test_a_leg_that_cannot_be_driven_leaves_the_others_as_they_were() -> None:
    rng = random.Random(3)
    good, bad, other = some_leg(rng), some_leg(rng), some_leg(rng)

    def drive(leg: Driven) -> Driven:
        if leg is bad:
            raise ValueError("no way")
        return leg

    driven = DrivenLegs(drive, most=10)
    with pytest.raises(ValueError, match="no way"):
        driven.next_nodes([good, bad, other], 0)
    node, _ = driven.next_nodes([other, good], 3)
    assert node.tolist() == [walked(other, 3)[0], walked(good, 3)[0]]


def test_known_legs_and_new_ones_in_one_question_are_answered_when_there_is_no_room_for_both() -> None:
    rng = random.Random(5)
    driven = DrivenLegs(lambda leg: leg, most=4)
    known, new = [some_leg(rng) for _ in range(3)], [some_leg(rng) for _ in range(2)]
    driven.next_nodes(known, 0)
    asked = [known[0], *new, known[0], new[0], new[0]]
    for at_ms in (0, 50_000):
        node, ahead_ms = driven.next_nodes(asked, at_ms)
        assert list(zip(node.tolist(), ahead_ms.tolist(), strict=True)) == [walked(leg, at_ms) for leg in asked]


def test_a_new_leg_asked_about_twice_at_once_takes_one_place() -> None:
    rng = random.Random(6)
    driven = DrivenLegs(lambda leg: leg, most=100)
    first, others = some_leg(rng), [some_leg(rng) for _ in range(5)]
    asked = [first, first, *others, first]
    node, ahead_ms = driven.next_nodes(asked, 10)
    assert list(zip(node.tolist(), ahead_ms.tolist(), strict=True)) == [walked(leg, 10) for leg in asked]
    assert len(driven._slots) == 6 and sorted(slot for _, slot in driven._slots.values()) == list(range(6))


class Way:
    """A leg that nobody but the pool holds."""

    def __init__(self, driven: Driven) -> None:
        self.driven = driven


def test_a_leg_that_nobody_else_holds_any_more_lends_its_place_to_no_other() -> None:
    rng = random.Random(7)
    driven = DrivenLegs(lambda way: way.driven, most=1_000)
    for _ in range(300):  # each is let go before the next is made: but for the pool, Python would reuse its identity
        way = Way(some_leg(rng))
        node, ahead_ms = driven.next_nodes([way], 1_000)
        assert (node.item(0), ahead_ms.item(0)) == walked(way.driven, 1_000)
        del way


def test_threads_that_ask_at_once_get_what_each_gets_alone() -> None:
    rng = random.Random(4)
    fleets = [[some_leg(rng) for _ in range(60)] for _ in range(6)]
    driven = DrivenLegs(lambda leg: leg, most=100)  # too few for two fleets: they push one another out

    def ask(fleet: list[Driven]) -> bool:
        return all(
            driven.next_nodes(fleet, at_ms)[0].tolist() == [walked(leg, at_ms)[0] for leg in fleet]
            for at_ms in range(-1_000_000, 1_000_000, 40_000)
        )

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(6) as pool:
            assert all(pool.map(ask, fleets))
    finally:
        sys.setswitchinterval(interval)
