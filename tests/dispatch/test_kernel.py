"""The kernel is called from compiled code, with room made once; compiled and plain Python agree."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from sixpoint.dispatch import Policy, choose
from sixpoint.dispatch.arrays import make_question, make_units
from sixpoint.dispatch.desk import Desk, Question, Units, new_desk
from sixpoint.dispatch.eligible import close_gates, fill_times
from sixpoint.dispatch.kernel import choose_units
from sixpoint.dispatch.thinning import thin_out
from sixpoint.kernels import Inner, compiled

from .test_choice_is_exact import INDEX, some_call, some_policy, some_units


@compiled
def busy_day(question: Question, units: Units, count: int, desk: Desk, calls: int) -> int:
    """A simulation in the small: the same call again and again, each time a little farther away."""
    sent = 0
    for _ in range(calls):
        sent += choose_units(question, units, count, desk)
        for unit in range(count):
            units.eta_ms[unit] += 1
    return sent


@compiled
def gates(question: Question, units: Units, count: int, desk: Desk) -> None:
    """The kernel as other kernels call it: Python may not."""
    close_gates(question, units, count, desk)


@compiled
def thinned(units: Units, count: int, desk: Desk, needs: int, hands: int) -> int:
    """The same of what is left of the units."""
    return thin_out(units, count, desk, needs, hands)


def plain_python(kernel: Any) -> Any:
    """What the kernel was before it was compiled."""
    return kernel.py_func


def test_a_simulation_calls_the_same_function_with_room_made_once() -> None:
    rng = random.Random(0)
    call, policy = some_call(rng), some_policy(rng)
    candidates = [unit for unit in some_units(rng, 8) if unit.eta_s < 1e4]
    units = make_units(candidates, INDEX)
    desk = new_desk(50, 10, 6)  # larger than it needs to be: used for calls of any size
    sent = busy_day(make_question(call, INDEX, policy), units, len(candidates), desk, 3)
    assert sent == 3 * len(choose(call, candidates, INDEX, policy).sent) > 0


def test_a_desk_that_was_used_before_gives_the_same_answer() -> None:
    shared = new_desk(20, 10, 6)
    for seed in range(200):
        rng = random.Random(seed)
        call, candidates, policy = some_call(rng), some_units(rng, 8), some_policy(rng)
        question, units = make_question(call, INDEX, policy), make_units(candidates, INDEX)
        fresh = new_desk(20, 10, 8)
        sizes = [choose_units(question, units, len(candidates), desk) for desk in (shared, fresh)]
        assert sizes[0] == sizes[1]
        assert sorted(shared.best[: sizes[0]]) == sorted(fresh.best[: sizes[0]])
        assert sizes[0] == 0 or list(shared.key) == list(fresh.key)


@pytest.mark.parametrize("room", [(2, 10, 6), (20, 1, 6), (20, 10, 3)])
def test_a_desk_with_too_little_room_is_refused_before_anything_is_written(room: tuple[int, int, int]) -> None:
    call, policy = some_call(random.Random(1), 3), Policy(max_units=4)
    candidates = some_units(random.Random(1), 5)
    with pytest.raises(AssertionError, match="room"):
        choose_units(make_question(call, INDEX, policy), make_units(candidates, INDEX), 5, new_desk(*room))


def test_thinning_out_keeps_the_same_units_in_whatever_order_they_come() -> None:
    for seed in range(200):
        rng = random.Random(seed)
        call, candidates, policy = some_call(rng), some_units(rng, 12), some_policy(rng)
        question = make_question(call, INDEX, policy)
        most_hands = max([1, *(need.hands for need in call.needs)])
        kept = []
        for _ in range(2):
            units = make_units(candidates, INDEX)
            desk = new_desk(20, 10, 4)
            fill_times(question, units, len(candidates), desk)
            gates(question, units, len(candidates), desk)
            size = thinned(units, len(candidates), desk, len(call.needs), most_hands)
            kept.append({candidates[place].unit_id for place in desk.kept[:size]})
            candidates.reverse()
        assert kept[0] == kept[1], f"seed {seed}"


def test_compiled_and_plain_python_agree_to_the_last_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Inner, "__call__", lambda kernel, *args: kernel.py_func(*args))
    for seed in range(60):
        rng = random.Random(seed)
        call, candidates, policy = some_call(rng), some_units(rng, 8), some_policy(rng)
        question, units = make_question(call, INDEX, policy), make_units(candidates, INDEX)
        desks = [new_desk(20, 10, 4), new_desk(20, 10, 4)]
        plain = (plain_python(fill_times), plain_python(close_gates))
        for desk, (fill, close) in zip(desks, [(fill_times, gates), plain], strict=True):
            fill(question, units, len(candidates), desk)
            close(question, units, len(candidates), desk)
        assert all(np.array_equal(one, two) for one, two in zip(*desks, strict=True)), f"seed {seed}"
