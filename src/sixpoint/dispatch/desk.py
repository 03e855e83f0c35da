"""The arrays of the kernel: what is asked, who could go, and room to work in.

Only shapes stand here, no numbers: a kernel keeps the constants of other files as they were when it was compiled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Words = NDArray[np.uint64]
Floats = NDArray[np.float64]


class Question(NamedTuple):
    """What is asked: the needs as arrays, and the policy as whole numbers."""

    any_of: Words  # [needs, words] bitset of the skills that meet it
    need_hands: Ints  # [needs]
    transporting: Bools  # [needs]
    target_ms: Ints  # [needs]
    rate_early: Ints  # [needs] millionths of a point a minute, before the target
    rate_late: Ints  # [needs] the same, after it
    unmet_harm: Ints  # [needs]
    scarce: Words  # [words] bitset of scarce skills; all zero if this call needs one of them
    order_delay_ms: int
    late_horizon_ms: int
    unit_price: int
    first_response_gain_ms: int
    scarce_gain_ms: int
    scarce_cover: int
    mutual_aid_gain_ms: int
    max_units: int


class Units(NamedTuple):
    """Who could go; `usable` is False for a unit without a time that can be counted."""

    standing: Words  # [units, words]
    with_order: Words  # [units, words], includes standing
    transports: Bools  # [units]
    eta_ms: Ints  # [units]
    hands: Ints  # [units]
    cover: Ints  # [units]
    mutual_aid: Bools  # [units]
    rank: Ints  # [units] position of the unit id in the order of all ids
    usable: Bools  # [units]


class Desk(NamedTuple):
    """Room to work in, made once by `new_desk`; `count` units in the first rows are in use."""

    time_ms: Ints  # [units, needs] when each unit would meet each need, NEVER_MS if never
    first_ms: Ints  # [units] when each unit meets the first of its needs
    able: Ints  # [units] bitset of the needs (the first 62) that it can meet
    gate: Ints  # [units] GATE_*
    cover: Ints  # [units] cost to cover, scarce capability included
    kept: Ints  # [units]
    dominators: Ints  # [units] hands of those that dominate it
    single: Ints  # [units]
    lists: Ints  # [max_units + 1, units]
    length: Ints  # [max_units + 1]
    position: Ints  # [max_units + 1]
    bound: Ints  # [max_units + 1]
    at_ms: Ints  # [max_units + 1, needs]
    lowest_ms: Ints  # [needs]
    soonest_ms: Ints  # [needs]
    baseline_ms: Ints  # [needs]
    top: Ints  # [max_units + 1]
    members: Ints  # [max_units + 1]
    ranks: Ints  # [2, max_units + 1]
    best: Ints  # [max_units + 1]
    key: Ints  # [6] harm with price, cover, time, units, times to the patient; harm alone


def new_desk(units: int, needs: int, max_units: int) -> Desk:
    """Room for calls of up to so many units, needs and units to send."""

    def whole(*shape: int) -> Ints:
        return np.zeros(shape, np.int64)

    deep = max_units + 1
    return Desk(
        time_ms=whole(units, needs),
        first_ms=whole(units),
        able=whole(units),
        gate=whole(units),
        cover=whole(units),
        kept=whole(units),
        dominators=whole(units),
        single=whole(units),
        lists=whole(deep, units),
        length=whole(deep),
        position=whole(deep),
        bound=whole(deep),
        at_ms=whole(deep, needs),
        lowest_ms=whole(needs),
        soonest_ms=whole(needs),
        baseline_ms=whole(needs),
        top=whole(deep),
        members=whole(deep),
        ranks=whole(2, deep),
        best=whole(deep),
        key=whole(6),
    )


class Reach(NamedTuple):
    """Which places are within reach of which posts, for each class of skills, and what covering them is worth."""

    first: Ints  # [classes, posts + 1] where the places of a post begin in `place`
    place: Ints
    worth: Floats  # [classes, places] weighted calls an hour times the probability that a unit is not busy
    busy_share: Floats  # [classes]


class Waiting(NamedTuple):
    """Units that wait, in the order of their ids, and where they may go."""

    post: Ints  # [units]
    holds: Ints  # [units] the classes that a unit counts for, as a mask
    movable: Bools  # [units]
    goals: Bools  # [posts]
    travel_s: Floats  # [posts, posts]


class CoverDesk(NamedTuple):
    """Room to work in, made once by `new_cover_desk`; the first rows of `unit`, `goal` and `gain` are the answer."""

    counts: Ints  # [classes, places]
    power: Floats  # [classes, units + 1]
    at: Ints  # [units]
    moved: Bools  # [units]
    unit: Ints  # [units]
    goal: Ints  # [units]
    gain: Floats  # [units]


def new_cover_desk(reach: Reach, units: int) -> CoverDesk:
    """Room for moves among up to so many units."""
    classes, n = len(reach.busy_share), max(1, units)
    return CoverDesk(
        counts=np.zeros(reach.worth.shape, np.int64),
        power=np.zeros((classes, n + 1)),
        at=np.zeros(n, np.int64),
        moved=np.zeros(n, np.bool_),
        unit=np.zeros(n, np.int64),
        goal=np.zeros(n, np.int64),
        gain=np.zeros(n),
    )
