"""Which free unit should wait where: coverage of expected demand, counted for each class of skills.

The baseline is DMEXCLP (Jagtenberg, Bhulai, van der Mei, Operations Research for Health Care 2015; 4: 27): a place with
k idle units within reach, each busy with probability q, is covered with probability 1 - q^k, so one more unit adds
(1 - q) q^k times the demand. Here k counts only units that have the skills of the class, each class with its own reach:
a responder covers the demand for an AED, not the demand for a drug it may not give. With one class that every unit
covers, it is plain DMEXCLP.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sixpoint.dispatch.choose import clock
from sixpoint.dispatch.cover_kernel import choose_moves, gains_at_posts
from sixpoint.dispatch.desk import Reach, Waiting, new_cover_desk

Matrix = NDArray[np.float64]


class SkillClass(msgspec.Struct, frozen=True):
    """Demand that the same skills answer: a unit covers it if it holds all of `skills` (bitset), within `within_s`.

    `busy_share` is the probability that a unit of this class is busy; `weight` what one covered call is worth.
    """

    name: str
    skills: int
    within_s: float
    busy_share: float
    weight: float = 1.0
    transporting: bool = False


class WaitingUnit(msgspec.Struct, frozen=True):
    """A free unit: where it is or waits (a row of the table of times), and what it may do standing."""

    unit_id: str
    standing: int
    can_transport: bool
    post: int


class Move(msgspec.Struct, frozen=True):
    """A unit should wait at another post: expected calls an hour (weighted) that are covered more."""

    unit_id: str
    from_post: int
    to_post: int
    gain: float
    because: str


class Cover(msgspec.Struct, frozen=True, dict=True):
    """The table of reach and demand: `times_s` [posts, places]; `demand_per_h` [classes, places]; the classes."""

    times_s: Matrix
    demand_per_h: Matrix
    classes: tuple[SkillClass, ...]

    @cached_property
    def arrays(self) -> Reach:
        """The tables as the kernel reads them."""
        first, place = np.zeros((len(self.classes), len(self.times_s) + 1), np.int64), [np.zeros(0, np.int64)]
        for row, one in enumerate(self.classes):
            posts, places = np.nonzero(self.times_s <= one.within_s)
            begins = sum(map(len, place))
            first[row] = begins + np.searchsorted(posts, np.arange(len(self.times_s) + 1))
            place.append(places.astype(np.int64))
        busy = np.array([one.busy_share for one in self.classes])
        weights = np.array([one.weight * (1 - one.busy_share) for one in self.classes])
        worth = np.ascontiguousarray(weights[:, None] * self.demand_per_h)
        return Reach(first, np.concatenate(place), worth, busy)

    @cached_property
    def reach(self) -> tuple[csr_array, ...]:
        """For each class which places are within its reach of which posts: [posts, places], 1 where they are."""
        return tuple(csr_array((self.times_s <= one.within_s).astype(np.float64)) for one in self.classes)

    def holds(self, unit: WaitingUnit, skill_class: SkillClass) -> bool:
        """Whether a unit counts for a class."""
        able = unit.standing & skill_class.skills == skill_class.skills
        return able and (unit.can_transport or not skill_class.transporting)

    def counts(self, units: Sequence[WaitingUnit]) -> Matrix:
        """How many of the units cover each place, for each class: [classes, places]."""
        counts = np.zeros(self.demand_per_h.shape)
        for row, skill_class in enumerate(self.classes):
            for unit in units:
                if self.holds(unit, skill_class):
                    counts[row] += self.times_s[unit.post] <= skill_class.within_s
        return counts

    def covered(self, units: Sequence[WaitingUnit]) -> float:
        """Expected calls an hour (weighted) that find an idle unit with the skills within reach."""
        counts = self.counts(units)
        return float(
            sum(
                skill_class.weight * (self.demand_per_h[row] * (1 - skill_class.busy_share ** counts[row])).sum()
                for row, skill_class in enumerate(self.classes)
            )
        )

    def marginal(self, unit: WaitingUnit, others: Sequence[WaitingUnit]) -> Matrix:
        """What the unit would add to the cover of the others at each post: [posts]."""
        counts, gains = self.counts(others).astype(np.int64), np.zeros(len(self.times_s))
        power = np.zeros((len(self.classes), len(others) + 1))
        gains_at_posts(self.arrays, counts, len(others), self.held_by(unit), power, gains)
        return gains

    def held_by(self, unit: WaitingUnit) -> int:
        """The classes that a unit counts for, as a mask."""
        return sum(self.holds(unit, one) << row for row, one in enumerate(self.classes))


def cost_of_sending(cover: Cover, unit: WaitingUnit, units: Sequence[WaitingUnit]) -> float:
    """The cover that is lost while this unit is away: the `cover_cost` of a candidate."""
    others = [other for other in units if other.unit_id != unit.unit_id]
    return float(cover.marginal(unit, others)[unit.post])


def costs_of_sending(cover: Cover, units: Sequence[WaitingUnit]) -> dict[str, float]:
    """What `cost_of_sending` gives for each of the units, at once: the work grows with what is in reach.

    `cover.reach` is made on the first use.
    """
    costs = dict.fromkeys((unit.unit_id for unit in units), 0.0)
    for row, one in enumerate(cover.classes):
        holders = [unit for unit in units if cover.holds(unit, one)]
        if not holders:
            continue
        reach = cover.reach[row]
        at_post = np.bincount([unit.post for unit in holders], minlength=len(cover.times_s)).astype(np.float64)
        # Of the units that reach a place, the one that is sent is no longer there: k - 1 others stay.
        others = np.maximum(at_post @ reach - 1, 0)
        worth = one.weight * cover.demand_per_h[row] * (1 - one.busy_share) * one.busy_share**others
        lost = (reach @ worth).tolist()
        for unit in holders:
            costs[unit.unit_id] += lost[unit.post]
    return costs


def propose_moves(
    cover: Cover,
    units: Sequence[WaitingUnit],
    posts: Sequence[int],
    *,
    least_gain: float,
    longest_s: float,
    travel_s: Matrix,
    most: int = 3,
    movable: Collection[str] | None = None,
) -> tuple[Move, ...]:
    """Moves of free units between posts, each the best given those before it; none gains less than `least_gain`.

    `travel_s` [posts, posts]: a unit moves only where it takes at most `longest_s`. Ties: the shorter way, then the
    lowest unit id, then the lowest post. A unit moves at most once, and only if it is among `movable` (None: all).
    """
    ordered = sorted(units, key=lambda unit: unit.unit_id)
    ids = [unit.unit_id for unit in ordered]
    goals = np.zeros(len(cover.times_s), np.bool_)
    goals[list(posts)] = True
    waiting = Waiting(
        post=np.array([unit.post for unit in ordered], np.int64),
        holds=np.array([cover.held_by(unit) for unit in ordered], np.int64),
        movable=np.array([movable is None or name in movable for name in ids], np.bool_),
        goals=goals,
        travel_s=np.ascontiguousarray(travel_s, np.float64),
    )
    desk = new_cover_desk(cover.arrays, len(ordered))
    count = choose_moves(cover.arrays, waiting, len(ordered), least_gain, longest_s, min(most, len(ordered)), desk)
    moves = []
    for place, goal, gain in zip(desk.unit[:count].tolist(), desk.goal.tolist(), desk.gain.tolist(), strict=False):
        start = ordered[place].post
        because = f"covers {gain:.3g} more calls an hour, {clock(float(travel_s[start, goal]))} away"
        moves.append(Move(ids[place], start, goal, gain, because))
    return tuple(moves)
