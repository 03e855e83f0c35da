"""Units that change calls, compiled: what a swap saves, what a unit taken from another call would bring and cost.

Whole numbers as in `kernel`; live proposals and the simulation call these. Units are laid out with those first that the
call has already.
"""

from __future__ import annotations

from sixpoint.dispatch.desk import Bools, Desk, Ints, Question, Units
from sixpoint.dispatch.eligible import NEVER_MS, fill_times, harm_at, meets_at
from sixpoint.dispatch.kernel import choose_units, harm_of_members
from sixpoint.kernels import compiled


@compiled(lean=True, inline=True)
def least_harm(question: Question, count: int, desk: Desk) -> int:
    """A harm that no set of the first `count` units is below: each need met by the soonest. Times must be filled."""
    harm = 0
    for need in range(question.target_ms.shape[0]):
        soonest = NEVER_MS
        for unit in range(count):
            soonest = min(soonest, desk.time_ms[unit, need])
        harm += harm_at(question, need, soonest)
    return int(harm)


@compiled(lean=True, inline=True)
def harm_of_first(question: Question, units: Units, desk: Desk, size: int) -> int:
    """The harm with the first `size` members, without a price; with none, that of every need unmet."""
    return int(harm_of_members(question, units, desk, size) - (size - 1) * question.unit_price)


@compiled(lean=True)
def harm_of_all(question: Question, units: Units, count: int, desk: Desk) -> int:
    """The harm of a call with exactly the first `count` units."""
    fill_times(question, units, count, desk)
    for place in range(count):
        desk.members[place] = place
    return harm_of_first(question, units, desk, count)


@compiled(lean=True)
def best_swap(question: Question, units: Units, coming: int, there: Bools, least: int, desk: Desk) -> int:
    """The place of the unit that the one after the first `coming` should replace; -1 if none saves `least` (above 0).

    Units that are `there` are not replaced. Ties: the lowest rank is released. `desk.key[0]` is then the harm saved.
    """
    fill_times(question, units, coming + 1, desk)
    for place in range(coming):
        desk.members[place] = place
    before = harm_of_first(question, units, desk, coming)
    best, released = least - 1, -1
    if before - least_harm(question, coming + 1, desk) < least:
        return released
    for place in range(coming):
        if there[place]:
            continue
        desk.members[place] = coming
        saves = before - harm_of_first(question, units, desk, coming)
        desk.members[place] = place
        if saves > best or (released >= 0 and saves == best and units.rank[place] < units.rank[released]):
            best, released = saves, place
    desk.key[0] = best
    return released


@compiled(lean=True, inline=True)
def switched(units: Units, usable: Bools) -> Units:
    """The same units, others of them usable."""
    return Units(
        units.standing,
        units.with_order,
        units.transports,
        units.eta_ms,
        units.hands,
        units.cover,
        units.mutual_aid,
        units.rank,
        usable,
    )


@compiled(lean=True, inner=True)
def harm_of_choice(question: Question, units: Units, count: int, desk: Desk) -> int:
    """The harm of what is chosen among the first `count` units; how many it are is in `desk.key[3]`."""
    if choose_units(question, units, count, desk) > 0:
        return int(desk.key[5])
    desk.key[3] = 0
    harm = 0
    for need in range(question.target_ms.shape[0]):
        harm += question.unmet_harm[need]
    return int(harm)


@compiled(lean=True)
def harm_with_each(
    question: Question, units: Units, free: int, count: int, least: int, usable: Bools, desk: Desk, harm: Ints
) -> int:
    """The harm of the choice among the first `free` units; in `harm`, that with each one after them beside these.

    Where such a unit is not chosen, or cannot save `least`, nothing is changed by it. `usable` [count] is room to work
    in.
    """
    for place in range(count):
        usable[place] = units.usable[place] and place < free
    asked = switched(units, usable)
    without = -1
    for place in range(free - 1, count):  # one place of calling, so that the choice is compiled into this but once
        if place >= free:
            if harm[place] == without:
                continue
            usable[place] = units.usable[place]
        found = harm_of_choice(question, asked, count, desk)
        if place < free:
            without = found
            could_save(question, units, free, count, least, without, desk, harm)
            continue
        harm[place], usable[place] = without, False
        for spot in range(desk.key[3]):
            if desk.best[spot] == place:
                harm[place] = found
    return without


@compiled(lean=True, inner=True)
def could_save(
    question: Question, units: Units, free: int, count: int, least: int, without: int, desk: Desk, harm: Ints
) -> int:
    """How many of the units after the first `free` could save `least` of the harm `without` them.

    `harm` is `without` for each that cannot, and something else for the others: each need met by the soonest of all is
    less than any choice. The times of the first `free` must be filled.
    """
    able = 0
    needs = question.target_ms.shape[0]
    for need in range(needs):
        desk.soonest_ms[need] = NEVER_MS
        for unit in range(free):
            desk.soonest_ms[need] = min(desk.soonest_ms[need], desk.time_ms[unit, need])
    for unit in range(free, count):
        bound = 0
        for need in range(needs):
            time_ms = meets_at(question, units, unit, need) if units.usable[unit] else NEVER_MS
            bound += harm_at(question, need, min(desk.soonest_ms[need], time_ms))
        harm[unit] = without
        if bound <= without - least:
            harm[unit] = without - 1
            able += 1
    return able


@compiled(lean=True)
def next_by_gain(gain: Ints, rank: Ints, count: int, most: int) -> int:
    """The place of the unit to try next: that of the greatest gain, then of the lowest rank; -1 if none can save more.

    `most` is what the best so far saves: what its call loses can only make a gain less. Who was tried has gain -1.
    """
    best = -1
    for place in range(count):
        if gain[place] < max(most, 1):
            continue
        if best < 0 or gain[place] > gain[best] or (gain[place] == gain[best] and rank[place] < rank[best]):
            best = place
    return best


@compiled(lean=True)
def harm_after_loss(question: Question, units: Units, kept: int, count: int, desk: Desk) -> int:
    """The harm of a call that keeps the first `kept` units and is sent those of the rest that are worth it.

    -1 if it is left with nobody. Free ones are sent where they save their price, or where nobody is kept.
    """
    size = choose_units(question, units, count, desk)
    members, anybody = kept, False
    for place in range(kept):
        desk.members[place] = place
        anybody = anybody or units.usable[place]
    for spot in range(size):
        if desk.best[spot] >= kept:
            desk.members[members] = desk.best[spot]
            members += 1
    stay = harm_of_first(question, units, desk, kept)
    both = harm_of_first(question, units, desk, members)
    if members > kept and (stay - both >= (members - kept) * question.unit_price or not anybody):
        return both
    return stay if anybody else -1
