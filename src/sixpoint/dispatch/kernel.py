"""The exact choice of units, compiled: arrays in, arrays out, no allocation; live dispatch and simulation call it.

All quantities are whole numbers, so that sums do not depend on their order and ties are ties: times in milliseconds,
harm in millionths of a point times milliseconds a minute (`HARM_UNIT` of them are one point of harm), cost of cover in
millionths. The objective, compared in this order:

1. harm of all needs as they will be met, plus the price of each unit beyond the first;
2. cost to cover;
3. total time to intervention (an unmet need counts as `NEVER_MS`);
4. fewest units; 5. the nearest units (sum of their times to the patient);
6. the units' ranks (order of unit ids), smallest first.

Only an eligible unit is sent: one that may perform at least one need and passes the gates of the policy. At least one
is sent if there is one. `choose_units` is exact because each thing it leaves out cannot be in the best set:

- `thin_out`: B goes if others are as good everywhere and better in a way that counts, and together have all the hands
  that a need may take: a set with B and not all of them gets better when one of them takes B's place; in a set with
  all of them B adds nothing.
- `branch`: a unit is not added if what it could still save is less than its price (what a unit saves can only shrink
  as others join); and a branch is left when even the best it could save, each need at the soonest, is not enough.
"""

from __future__ import annotations

import numpy as np

from sixpoint.dispatch.desk import Desk, Ints, Question, Units
from sixpoint.dispatch.eligible import NEVER_MS, close_gates, fill_times, harm_at
from sixpoint.dispatch.thinning import thin_out
from sixpoint.kernels import compiled


@compiled(lean=True, inline=True)
def need_at(question: Question, units: Units, desk: Desk, size: int, need: int) -> int:
    """When the first `size` members together meet a need: enough hands of those who may perform it are there."""
    soonest = NEVER_MS
    hands_needed = question.need_hands[need]
    for place in range(size):
        time_ms = desk.time_ms[desk.members[place], need]
        if time_ms >= soonest:
            continue
        if hands_needed > 1:
            hands = 0
            for other in range(size):
                if desk.time_ms[desk.members[other], need] <= time_ms:
                    hands += units.hands[desk.members[other]]
            if hands < hands_needed:
                continue
        soonest = time_ms
    return int(soonest)


@compiled(lean=True)
def harm_of_members(question: Question, units: Units, desk: Desk, size: int) -> int:
    """Harm of all needs with the first `size` members, and the price of each of them beyond the first."""
    harm = (size - 1) * question.unit_price
    for need in range(question.target_ms.shape[0]):
        harm += harm_at(question, need, need_at(question, units, desk, size, need))
    return int(harm)


@compiled(lean=True)
def compare_unit(question: Question, units: Units, desk: Desk, size: int, unit: int, answer: Ints) -> None:
    """How one more unit compares with the first `size` members, for the explanation.

    `answer` gets the priced harm of the members, the same with the unit beside them, the least with the unit in the
    place of one of them, and which place that is.
    """
    answer[0] = harm_of_members(question, units, desk, size)
    desk.members[size] = unit
    answer[1] = harm_of_members(question, units, desk, size + 1)
    answer[2] = np.int64(1) << 62
    for place in range(size):
        out = desk.members[place]
        desk.members[place] = unit
        harm = harm_of_members(question, units, desk, size)
        desk.members[place] = out
        if harm < answer[2]:
            answer[2], answer[3] = harm, place


@compiled(lean=True, inline=True)
def consider(question: Question, units: Units, desk: Desk, size: int) -> None:
    """Weighs the first `size` members and remembers them if they are the best so far."""
    harm, time_ms, cover, eta_ms = 0, 0, 0, 0
    for need in range(question.target_ms.shape[0]):
        at_ms = desk.at_ms[size, need]
        harm += harm_at(question, need, at_ms)
        time_ms += at_ms
    priced = harm + (size - 1) * question.unit_price
    if priced > desk.key[0]:
        return
    for place in range(size):
        cover += desk.cover[desk.members[place]]
        eta_ms += units.eta_ms[desk.members[place]]
        rank = units.rank[desk.members[place]]  # insertion into the sorted ranks of this set
        spot = place
        while spot > 0 and desk.ranks[0, spot - 1] > rank:
            desk.ranks[0, spot] = desk.ranks[0, spot - 1]
            spot -= 1
        desk.ranks[0, spot] = rank
    if priced == desk.key[0]:
        if cover != desk.key[1]:
            if cover > desk.key[1]:
                return
        elif time_ms != desk.key[2]:
            if time_ms > desk.key[2]:
                return
        elif size != desk.key[3]:
            if size > desk.key[3]:
                return
        elif eta_ms != desk.key[4]:
            if eta_ms > desk.key[4]:
                return
        else:
            place = 0
            while place < size and desk.ranks[0, place] == desk.ranks[1, place]:
                place += 1
            if place == size or desk.ranks[0, place] > desk.ranks[1, place]:
                return
    desk.key[0], desk.key[1], desk.key[2], desk.key[3], desk.key[4] = priced, cover, time_ms, size, eta_ms
    desk.key[5] = harm
    for place in range(size):
        desk.best[place] = desk.members[place]
        desk.ranks[1, place] = desk.ranks[0, place]


@compiled(lean=True, inline=True)
def branch(question: Question, desk: Desk, size: int, start: int) -> None:
    """Lists who may still join the first `size` members, from place `start` of the list one level up.

    Sets `desk.bound[size]`, less than or equal to the priced harm of any set of this branch.
    """
    needs = question.target_ms.shape[0]
    price = question.unit_price
    slots = question.max_units - size
    simple, many, many_best = 0, 0, 0
    for need in range(needs):
        harm = harm_at(question, need, desk.at_ms[size, need])
        if question.need_hands[need] > 1:
            many += harm
            many_best += min(harm, harm_at(question, need, desk.lowest_ms[need]))
        else:
            simple += harm
    for slot in range(slots):
        desk.top[slot] = 0
    for need in range(needs):
        desk.soonest_ms[need] = desk.at_ms[size, need]
    listed = 0
    for place in range(start, desk.length[size - 1]):
        unit = desk.lists[size - 1, place]
        saves, helps = 0, False
        may_save = 0
        for need in range(needs):
            time_ms = desk.time_ms[unit, need]
            if question.need_hands[need] > 1:
                if time_ms < NEVER_MS and desk.lowest_ms[need] < desk.at_ms[size, need]:
                    helps = True
                    now = harm_at(question, need, desk.at_ms[size, need])
                    may_save += max(0, now - harm_at(question, need, desk.lowest_ms[need]))
            elif time_ms < desk.at_ms[size, need]:
                helps = True
                saves += harm_at(question, need, desk.at_ms[size, need]) - harm_at(question, need, time_ms)
        if not helps or saves + may_save < price:
            continue
        desk.lists[size, listed] = unit
        listed += 1
        for need in range(needs):
            desk.soonest_ms[need] = min(desk.soonest_ms[need], desk.time_ms[unit, need])
        worth = saves - price
        for slot in range(slots):  # the best `slots` of them, largest first
            if worth > desk.top[slot]:
                worth, desk.top[slot] = desk.top[slot], worth
    best_savings = 0
    for slot in range(slots):
        best_savings += desk.top[slot]
    desk.length[size] = listed
    desk.position[size] = 0
    # Simple needs: joint savings are at most the sum of the single ones. Needs of many hands: at most down to the
    # soonest that anybody is there; joining for those costs a price that is not counted, which is on the safe side.
    by_savings = simple - best_savings + many_best + (size - 1) * price
    # And no need is met sooner than by the soonest of those listed; at least one more price is paid.
    by_soonest = size * price
    for need in range(needs):
        by_soonest += harm_at(question, need, desk.soonest_ms[need])
    desk.bound[size] = max(by_savings, by_soonest)


@compiled(lean=True, inline=True)
def by_single_harm(desk: Desk, kept: int) -> None:
    """Sorts the kept units into the first list, the least harm of going alone first (then by place)."""
    for place in range(kept):
        unit = desk.kept[place]
        spot = place
        while spot > 0 and desk.single[desk.lists[0, spot - 1]] > desk.single[unit]:
            desk.lists[0, spot] = desk.lists[0, spot - 1]
            spot -= 1
        desk.lists[0, spot] = unit


@compiled(lean=True, inline=True)
def join(question: Question, units: Units, desk: Desk, size: int, unit: int) -> None:
    """Adds a unit as member number `size` (from 0) and weighs the set."""
    desk.members[size] = unit
    for need in range(question.target_ms.shape[0]):
        if question.need_hands[need] > 1:
            desk.at_ms[size + 1, need] = need_at(question, units, desk, size + 1, need)
        else:
            desk.at_ms[size + 1, need] = min(desk.at_ms[size, need], desk.time_ms[unit, need])
    consider(question, units, desk, size + 1)


@compiled(lean=True)
def choose_units(question: Question, units: Units, count: int, desk: Desk) -> int:
    """Chooses among the first `count` units; returns how many are sent, their places in `desk.best`, in no order.

    `desk.key` then holds the objective, `desk.time_ms` the time of each unit at each need, `desk.gate` the gates.
    """
    needs = question.target_ms.shape[0]
    # Compiled code does not check where it writes.
    assert count <= desk.gate.shape[0] and needs <= desk.lowest_ms.shape[0], "the desk has too little room"
    assert question.max_units < desk.length.shape[0], "the desk has room for fewer units to send"
    fill_times(question, units, count, desk)
    close_gates(question, units, count, desk)
    most_hands = 1
    for need in range(needs):
        most_hands = max(most_hands, question.need_hands[need])
    kept = thin_out(units, count, desk, needs, most_hands)
    if kept == 0:
        return 0
    desk.key[0] = np.int64(1) << 62
    for need in range(needs):
        desk.at_ms[0, need] = NEVER_MS
        desk.lowest_ms[need] = NEVER_MS
        for place in range(kept):
            desk.lowest_ms[need] = min(desk.lowest_ms[need], desk.time_ms[desk.kept[place], need])
    for place in range(kept):
        unit = desk.kept[place]
        harm = 0
        for need in range(needs):
            harm += harm_at(question, need, desk.time_ms[unit, need])
        desk.single[unit] = harm
    by_single_harm(desk, kept)
    desk.length[0], desk.position[0] = kept, 0
    desk.bound[0] = 0
    size = 0
    while size >= 0:
        if desk.position[size] >= desk.length[size] or desk.bound[size] > desk.key[0]:
            size -= 1
            continue
        unit = desk.lists[size, desk.position[size]]
        desk.position[size] += 1
        join(question, units, desk, size, unit)
        if size + 1 < question.max_units:
            branch(question, desk, size + 1, desk.position[size])
            if desk.length[size + 1] > 0 and desk.bound[size + 1] <= desk.key[0]:
                size += 1
    return int(desk.key[3])
