"""Units change calls: divert one from a lesser call, replace one by one freed nearer, cancel one no longer needed.

Nothing here acts: each function proposes, with what every call concerned gains and loses and whom to send after it. A
call that loses a unit is never left silent: its effect says what it still has, what it waits for, and why.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from sixpoint.dispatch.arrays import make_question, make_units
from sixpoint.dispatch.candidates import Candidates, in_columns
from sixpoint.dispatch.choice import Candidate, Choice
from sixpoint.dispatch.choose import choose, clock, weigh
from sixpoint.dispatch.desk import new_desk
from sixpoint.dispatch.eligible import HARM_UNIT
from sixpoint.dispatch.needs import ACUITIES, CallType
from sixpoint.dispatch.policy import Policy
from sixpoint.dispatch.reassign_kernel import best_swap, harm_after_loss, harm_of_all, harm_with_each, next_by_gain


class CallUnderway(msgspec.Struct, frozen=True):
    """A call with units on their way, all seen from its patient: times are from now.

    `coming` are the units assigned (one that is there has `eta_s` 0 and is in `there`); `free` are the units that
    could be sent to it.
    """

    call_id: str
    call_type: CallType
    coming: Sequence[Candidate]
    there: frozenset[str] = frozenset()
    free: Sequence[Candidate] = ()


class Effect(msgspec.Struct, frozen=True):
    """What a change does to one call: harm before and after, what it gains and loses, whom it then gets, what waits."""

    call_id: str
    harm_before: float
    harm_after: float
    gains: tuple[str, ...]
    loses: tuple[str, ...]
    units: tuple[str, ...]
    dispatches: tuple[str, ...]
    releases: tuple[str, ...]
    unmet: tuple[str, ...]
    waits: str = ""


class Reassignment(msgspec.Struct, frozen=True):
    """One proposed change; `saves` is the harm saved over all calls concerned."""

    kind: str
    unit_id: str
    saves: float
    effects: tuple[Effect, ...]
    because: str


def effect(call_id: str, before: Choice, after: Choice, had: Collection[str]) -> Effect:
    """How a call fares under two choices; `had` are the units it had."""
    gains, loses = _differences(before, after)
    units = tuple(item.unit_id for item in after.sent)
    return Effect(
        call_id,
        before.harm,
        after.harm,
        gains,
        loses,
        units,
        tuple(unit for unit in units if unit not in had),
        tuple(sorted(unit for unit in had if unit not in units)),
        tuple(item.skill for item in after.unmet),
        after.queued,
    )


def _differences(before: Choice, after: Choice) -> tuple[tuple[str, ...], tuple[str, ...]]:
    gains, loses = [], []
    was = {item.order: item for item in before.met}
    now = {item.order: item for item in after.met}
    for order in sorted(was.keys() | now.keys()):
        old, new = was.get(order), now.get(order)
        if old is None and new is not None:
            gains.append(f"{new.skill} at {clock(new.at_s)} by {new.unit_id}")
        elif new is None and old is not None:
            loses.append(f"{old.skill} at {clock(old.at_s)} by {old.unit_id}")
        elif old is not None and new is not None and new.at_s != old.at_s:
            moved = f"{new.skill} {clock(abs(new.at_s - old.at_s))} {'sooner' if new.at_s < old.at_s else 'later'}"
            (gains if new.at_s < old.at_s else loses).append(moved)
    return tuple(gains), tuple(loses)


def propose_divert(
    call_type: CallType,
    call_id: str,
    free: Sequence[Candidate],
    busy: Sequence[tuple[Candidate, CallUnderway]],
    skill_index: Mapping[str, int],
    policy: Policy,
) -> Reassignment | None:
    """The one unit to take from a call of lesser acuity for this new one, if all calls together gain enough by it.

    `busy`: a unit as seen from the new call, with the call it is on its way to. That call keeps its other units and is
    sent free ones that the new call does not take; if it would be left with nobody where it had somebody, the unit
    is not diverted. Returns the change with the largest saving, at least `policy.divert_gain`; ties: lowest unit id.
    """
    lesser = [
        (seen, other)
        for seen, other in busy
        if ACUITIES.index(other.call_type.acuity) > ACUITIES.index(call_type.acuity) and seen.unit_id not in other.there
    ]
    if not lesser:
        return None
    free = in_columns(free, skill_index)
    least = whole_harm(policy.divert_gain)
    gains = _gains(call_type, free, [seen for seen, _ in lesser], least, skill_index, policy)
    places = {name: place for place, name in enumerate(sorted(seen.unit_id for seen, _ in lesser))}
    rank = np.array([places[seen.unit_id] for seen, _ in lesser], np.int64)
    best, most = -1, least - 1
    while (place := next_by_gain(gains, rank, len(lesser), most)) >= 0:
        (seen, other), gain = lesser[place], int(gains[place])
        gains[place] = -1
        taken = {item.unit_id for item in choose(call_type, free.beside([seen]), skill_index, policy).sent}
        loss = _loss(other, taken, skill_index, policy)
        if loss is None:
            continue
        saves = gain - loss
        if saves > most or (best >= 0 and saves == most and rank[place] < rank[best]):
            best, most = place, saves
    return None if best < 0 else _divert(call_type, call_id, free, *lesser[best], most, skill_index, policy)


def whole_harm(points: float) -> int:
    """So many points of harm in the kernel's whole numbers; at least one, as what gains nothing is not proposed."""
    return max(1, round(HARM_UNIT * points))


def _gains(
    call_type: CallType,
    free: Candidates,
    busy: Sequence[Candidate],
    least: int,
    skill_index: Mapping[str, int],
    policy: Policy,
) -> NDArray[np.int64]:
    """The harm that each busy unit alone would save at the new call, beside the free ones.

    0 if it is not chosen, or cannot save `least`.
    """
    pool = free.beside(busy)
    question, units = make_question(call_type, skill_index, policy), make_units(pool, skill_index)
    desk = new_desk(len(pool), max(1, len(call_type.needs)), policy.max_units)
    harm = np.zeros(len(pool), np.int64)
    room = np.zeros(len(pool), np.bool_)
    without = harm_with_each(question, units, len(free), len(pool), least, room, desk, harm)
    return without - harm[len(free) :]


def _loss(call: CallUnderway, taken: Collection[str], skill_index: Mapping[str, int], policy: Policy) -> int | None:
    """The harm that it costs a call to lose units, once it is sent what is worth it; None if nobody would be left."""
    keep, pool = _left(call, taken, skill_index)
    question = make_question(call.call_type, skill_index, policy)
    desk = new_desk(
        max(1, len(pool), len(call.coming)),
        max(1, len(call.call_type.needs)),
        max(len(keep) + policy.max_units, len(call.coming)),
    )
    before = harm_of_all(question, make_units(call.coming, skill_index), len(call.coming), desk)
    after = harm_after_loss(question, make_units(pool, skill_index), len(keep), len(pool), desk)
    return None if after < 0 else max(0, after - before)


def _left(call: CallUnderway, taken: Collection[str], skill_index: Mapping[str, int]) -> tuple[Candidates, Candidates]:
    """The units that a call keeps; and these with the free ones that it could be sent."""
    keep = in_columns(call.coming, skill_index).without(taken)
    spare = in_columns(call.free, skill_index).without({*taken, *keep.unit_ids})
    return keep, keep.beside(spare)


def _divert(
    call_type: CallType,
    call_id: str,
    free: Candidates,
    seen: Candidate,
    other: CallUnderway,
    saves: int,
    skill_index: Mapping[str, int],
    policy: Policy,
) -> Reassignment:
    """What this one diversion does to both calls.

    What free units would save at the other call in any case is not counted for the diversion.
    """
    with_it = choose(call_type, free.beside([seen]), skill_index, policy)
    here = effect(call_id, choose(call_type, free, skill_index, policy), with_it, ())
    there = _after_losing(other, {item.unit_id for item in with_it.sent}, skill_index, policy)
    gain, loss = here.harm_before - here.harm_after, max(0.0, there.harm_after - there.harm_before)
    because = f"saves {gain:.1f} points of harm at {call_id} and costs {loss:.1f} at {other.call_id}"
    return Reassignment("divert", seen.unit_id, saves / HARM_UNIT, (here, there), because)


def _after_losing(call: CallUnderway, taken: Collection[str], skill_index: Mapping[str, int], policy: Policy) -> Effect:
    """How a call fares when units are taken from it: it keeps the others and is sent free ones that are worth it."""
    had = {unit.unit_id for unit in call.coming}
    before = weigh(call.call_type, call.coming, had, skill_index, policy)
    return effect(call.call_id, before, _top_up(call, taken, skill_index, policy), had)


def _top_up(call: CallUnderway, taken: Collection[str], skill_index: Mapping[str, int], policy: Policy) -> Choice:
    """The units that a call keeps, and the free ones that are worth sending beside them."""
    keep, pool = _left(call, taken, skill_index)
    known = set(keep.unit_ids)
    anew = choose(call.call_type, pool, skill_index, policy)
    if not known:
        return anew  # it says why nobody is sent
    added = {item.unit_id for item in anew.sent} - known
    both = weigh(call.call_type, pool, known | added, skill_index, policy)
    stay = weigh(call.call_type, pool, known, skill_index, policy)
    worth = stay.harm - both.harm >= policy.additional_unit_price * len(added)
    return both if added and (worth or not stay.sent) else stay


def propose_replacement(
    call: CallUnderway, freed: Candidate, skill_index: Mapping[str, int], policy: Policy
) -> Reassignment | None:
    """Whether a unit that became free should take the place of one that is still on its way to this call.

    Returns the swap that saves most harm, at least `policy.replace_gain` (ties: the lowest unit id is released); None
    if there is none. Units that are there are never replaced.
    """
    had = {unit.unit_id for unit in call.coming}
    if freed.unit_id in had:
        return None
    pool = in_columns(call.coming, skill_index).beside([freed])
    there = np.array([unit.unit_id in call.there for unit in pool], np.bool_)
    desk = new_desk(len(pool), max(1, len(call.call_type.needs)), max(len(pool), policy.max_units))
    question, units = make_question(call.call_type, skill_index, policy), make_units(pool, skill_index)
    place = best_swap(question, units, len(call.coming), there, whole_harm(policy.replace_gain), desk)
    if place < 0:
        return None
    released, saves = call.coming[place].unit_id, int(desk.key[0]) / HARM_UNIT
    before = weigh(call.call_type, pool, had, skill_index, policy)
    after = weigh(call.call_type, pool, had - {released} | {freed.unit_id}, skill_index, policy)
    because = (
        f"{freed.unit_id} is free nearer: saves {saves:.1f} points of harm in place of {released}, which is released"
    )
    return Reassignment("replace", freed.unit_id, saves, (effect(call.call_id, before, after, had),), because)


def propose_cancellations(
    call: CallUnderway,
    skill_index: Mapping[str, int],
    policy: Policy,
    *,
    not_needed: Collection[int] = (),
) -> tuple[Reassignment, ...]:
    """The units on their way that are no longer worth their price, one proposal each, to be applied in this order.

    `not_needed` are the needs (by order) that are met already or turned out not to be needed. A unit is cancelled if
    the harm it still saves is less than `policy.additional_unit_price`: the one that saves least first (ties: the
    farthest, then the highest unit id), then the rest is looked at again. The last unit is cancelled only if no need
    is left that it meets.
    """
    needs = tuple(need for need in call.call_type.needs if need.order not in not_needed)
    asked = msgspec.structs.replace(call.call_type, needs=needs)
    coming = in_columns(call.coming, skill_index)
    eta_s = coming.etas_s()
    staying = set(eta_s)
    proposals: list[Reassignment] = []
    while True:
        before = weigh(asked, coming, staying, skill_index, policy)
        costs = []
        for unit_id in sorted(staying - call.there, reverse=True):
            after = weigh(asked, coming, staying - {unit_id}, skill_index, policy)
            costs.append((after.harm - before.harm, -eta_s[unit_id], unit_id, after))
        if not costs:
            return tuple(proposals)
        cost, _, unit_id, after = min(costs, key=lambda item: item[:2])
        last = len(staying) == 1
        if (last and cost > 0) or (not last and cost >= policy.additional_unit_price):
            return tuple(proposals)
        changed = effect(call.call_id, before, after, staying)
        if last:
            changed = msgspec.structs.replace(changed, waits="", unmet=())
        because = "every need is met without it" if cost == 0 else f"it would save only {cost:.1f} points of harm"
        proposals.append(Reassignment("cancel", unit_id, -cost, (changed,), because))
        staying.discard(unit_id)
