"""Units change calls: divert one from a lesser call, replace one by one freed nearer, cancel one no longer needed.

Nothing here acts: each function proposes, with what every call concerned gains and loses and whom to send after it. A
call that loses a unit is never left silent: its effect says what it still has, what it waits for, and why.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from sixpoint.dispatch.arrays import make_question, make_units
from sixpoint.dispatch.choice import Candidate, Choice
from sixpoint.dispatch.choose import choose, clock, weigh
from sixpoint.dispatch.desk import new_desk
from sixpoint.dispatch.kernel import HARM_UNIT, choose_units
from sixpoint.dispatch.needs import ACUITIES, CallType
from sixpoint.dispatch.policy import Policy


class CallUnderway(msgspec.Struct, frozen=True):
    """A call with units on their way, all seen from its patient: times are from now.

    `coming` are the units assigned (one that is there has `eta_s` 0 and is in `there`); `free` are the units that
    could be sent to it.
    """

    call_id: str
    call_type: CallType
    coming: tuple[Candidate, ...]
    there: frozenset[str] = frozenset()
    free: tuple[Candidate, ...] = ()


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
    gains = _gains(call_type, free, [seen for seen, _ in lesser], skill_index, policy)
    without = choose(call_type, free, skill_index, policy)
    best: Reassignment | None = None
    for place in sorted(range(len(lesser)), key=lambda place: (-gains[place], lesser[place][0].unit_id)):
        seen, other = lesser[place]
        if gains[place] < max(policy.divert_gain, 0.0 if best is None else best.saves) or gains[place] <= 0:
            break  # what the other call loses can only make it less
        found = _divert(
            call_id, seen, other, without, choose(call_type, [*free, seen], skill_index, policy), skill_index, policy
        )
        if found is None or found.saves < policy.divert_gain:
            continue
        if best is None or (-found.saves, found.unit_id) < (-best.saves, best.unit_id):
            best = found
    return best


def _gains(
    call_type: CallType,
    free: Sequence[Candidate],
    busy: Sequence[Candidate],
    skill_index: Mapping[str, int],
    policy: Policy,
) -> list[float]:
    """The harm that each busy unit alone would save at the new call, beside the free ones; 0 if it is not chosen."""
    pool = [*free, *busy]
    question, units = make_question(call_type, skill_index, policy), make_units(pool, skill_index)
    desk = new_desk(len(pool), max(1, len(call_type.needs)), policy.max_units)
    usable = units.usable.copy()
    units.usable[len(free) :] = False

    def harm() -> int:
        return int(desk.key[5]) if choose_units(question, units, len(pool), desk) else int(question.unmet_harm.sum())

    without, gains = harm(), []
    for place in range(len(free), len(pool)):
        units.usable[place] = usable[place]
        gains.append((without - harm()) / HARM_UNIT)
        units.usable[place] = False
    return gains


def _divert(
    call_id: str,
    seen: Candidate,
    other: CallUnderway,
    without: Choice,
    with_it: Choice,
    skill_index: Mapping[str, int],
    policy: Policy,
) -> Reassignment | None:
    """What this one diversion does to both calls; None if the other would be left with nobody.

    What free units would save at the other call in any case is not counted for the diversion.
    """
    here = effect(call_id, without, with_it, ())
    there = _after_losing(other, {item.unit_id for item in with_it.sent}, skill_index, policy)
    if there.waits:
        return None
    gain, loss = here.harm_before - here.harm_after, max(0.0, there.harm_after - there.harm_before)
    because = f"saves {gain:.1f} points of harm at {call_id} and costs {loss:.1f} at {other.call_id}"
    return Reassignment("divert", seen.unit_id, gain - loss, (here, there), because)


def _after_losing(call: CallUnderway, taken: Collection[str], skill_index: Mapping[str, int], policy: Policy) -> Effect:
    """How a call fares when units are taken from it: it keeps the others and is sent free ones that are worth it."""
    had = {unit.unit_id for unit in call.coming}
    before = weigh(call.call_type, call.coming, had, skill_index, policy)
    keep = [unit for unit in call.coming if unit.unit_id not in taken]
    after = _top_up(call, keep, [unit for unit in call.free if unit.unit_id not in taken], skill_index, policy)
    return effect(call.call_id, before, after, had)


def _top_up(
    call: CallUnderway,
    keep: Sequence[Candidate],
    free: Sequence[Candidate],
    skill_index: Mapping[str, int],
    policy: Policy,
) -> Choice:
    """The units kept, and the free ones that are worth sending beside them."""
    known = {unit.unit_id for unit in keep}
    spare = [unit for unit in free if unit.unit_id not in known]
    pool = [*keep, *spare]
    anew = choose(call.call_type, pool, skill_index, policy)
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
    pool = [*call.coming, freed]
    before = weigh(call.call_type, pool, had, skill_index, policy)
    best: Reassignment | None = None
    for unit in sorted(call.coming, key=lambda unit: unit.unit_id):
        if unit.unit_id in call.there:
            continue
        after = weigh(call.call_type, pool, had - {unit.unit_id} | {freed.unit_id}, skill_index, policy)
        changed = effect(call.call_id, before, after, had)
        saves = before.harm - after.harm
        if saves < max(policy.replace_gain, 1e-9) or (best is not None and saves <= best.saves):
            continue
        because = (
            f"{freed.unit_id} is free nearer: saves {saves:.1f} points of harm in place of {unit.unit_id}, "
            "which is released"
        )
        best = Reassignment("replace", freed.unit_id, saves, (changed,), because)
    return best


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
    staying = {unit.unit_id for unit in call.coming}
    eta_s = {unit.unit_id: unit.eta_s for unit in call.coming}
    proposals: list[Reassignment] = []
    while True:
        before = weigh(asked, call.coming, staying, skill_index, policy)
        costs = []
        for unit_id in sorted(staying - call.there, reverse=True):
            after = weigh(asked, call.coming, staying - {unit_id}, skill_index, policy)
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
