"""What is worth changing at a call, in the order in which to do it: each change is looked for when those before it are
done. The rules are those of `reassign`, which the live service asks one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

import msgspec

from sixpoint.dispatch.choice import Candidate
from sixpoint.dispatch.choose import choose, weigh
from sixpoint.dispatch.needs import ACUITIES
from sixpoint.dispatch.policy import Policy
from sixpoint.dispatch.reassign import (
    CallUnderway,
    Effect,
    Reassignment,
    effect,
    propose_cancellations,
    propose_divert,
    propose_replacement,
)


class CallAmongOthers(msgspec.Struct, frozen=True):
    """A call, the others, and every unit on its way to another as this call sees it (`busy`).

    `seen_from`: each other call -> every unit as that call sees it.
    """

    call: CallUnderway
    others: tuple[CallUnderway, ...]
    busy: tuple[tuple[Candidate, CallUnderway], ...]
    seen_from: Mapping[str, Mapping[str, Candidate]]
    skill_index: Mapping[str, int]
    policy: Policy


class Change(msgspec.Struct, frozen=True):
    """One change: which units, from which call (a divert) or instead of which unit (a replacement), and what it does.

    `saves` is the harm saved over all calls concerned, in points.
    """

    of: Literal["divert", "replace", "send", "cancel"]
    units: tuple[str, ...]
    instead_of: str
    saves: float
    because: str
    effects: tuple[Effect, ...]


class Changes(msgspec.Struct, frozen=True):
    """The changes, the call once they are done, and why there is nothing more of each kind."""

    found: tuple[Change, ...]
    after: CallUnderway
    nothing_more: tuple[str, ...]


def worth_changing(asked: CallAmongOthers) -> Changes:
    """Units diverted to the call, free ones in the place of others, free ones beside them, and those not needed."""
    found: list[Change] = []
    now = asked
    while True:
        for step in (_divert, _replace, _send):
            while (changed := step(now)) is not None:
                change, now = changed
                found.append(change)
        cancelled = propose_cancellations(now.call, now.skill_index, now.policy)
        if not cancelled:  # otherwise others may be sent whom this call lets go, and spare a unit for it
            break
        found += [_change("cancel", one) for one in cancelled]
        now = _released(now, [one.unit_id for one in cancelled])
    return Changes(tuple(found), now.call, tuple(_nothing_more(asked, now.call, {one.of for one in found})))


def _change(
    of: Literal["divert", "replace", "cancel"], proposed: Reassignment, instead_of: str = "", *effects: Effect
) -> Change:
    saves = proposed.saves + 0.0  # never -0.0
    return Change(of, (proposed.unit_id,), instead_of, saves, proposed.because, effects or proposed.effects)


def _divert(now: CallAmongOthers) -> tuple[Change, CallAmongOthers] | None:
    """The one unit to take from a lesser call; that call is sent free ones that this one does not take."""
    call = now.call
    proposed = propose_divert(
        call.call_type, call.call_id, (*call.coming, *call.free), now.busy, now.skill_index, now.policy
    )
    if proposed is None:
        return None
    seen, other = next(pair for pair in now.busy if pair[0].unit_id == proposed.unit_id)
    here, there = proposed.effects
    on_it = {one.unit_id for one in call.coming}
    joined = _with(call, [one for one in (*call.free, seen) if one.unit_id in here.units and one.unit_id not in on_it])
    sent = tuple(one.unit_id for one in joined.coming if one.unit_id not in on_it)
    # Nobody on the call is released by a divert: whoever it makes needless is cancelled for itself.
    here = msgspec.structs.replace(
        here, units=tuple(one.unit_id for one in joined.coming), dispatches=sent, releases=()
    )
    left = _with(_without(other, {seen.unit_id}), [one for one in other.free if one.unit_id in there.dispatches])
    taken = {*sent, *there.dispatches}
    others = [_free_less(left if one.call_id == other.call_id else one, taken) for one in now.others]
    after = _among(msgspec.structs.replace(now, call=_free_less(joined, taken)), others)
    return _change("divert", proposed, other.call_id, here, there), after


def _replace(now: CallAmongOthers) -> tuple[Change, CallAmongOthers] | None:
    """The free unit that saves most in the place of one on its way; ties: the lowest unit id.

    Not in the place of one that is worth its price beside the free one: both are sent then.
    """
    call = now.call
    best: tuple[Change, CallAmongOthers] | None = None
    for freed in sorted(call.free, key=lambda one: one.unit_id):
        proposed = propose_replacement(call, freed, now.skill_index, now.policy)
        if proposed is None or (best is not None and proposed.saves <= best[0].saves):
            continue
        (released,) = proposed.effects[0].releases
        both = _join(now, call, [freed])
        after = _released(both, [released])
        if _harm(after) - _harm(both) < now.policy.additional_unit_price:
            best = _change("replace", proposed, released), after
    return best


def _harm(now: CallAmongOthers) -> float:
    call = now.call
    on_it = {one.unit_id for one in call.coming}
    return weigh(call.call_type, call.coming, on_it, now.skill_index, now.policy).harm


def _send(now: CallAmongOthers) -> tuple[Change, CallAmongOthers] | None:
    """The free units that are worth their price beside those on the call."""
    call, had = now.call, {one.unit_id for one in now.call.coming}
    pool = [*call.coming, *call.free]
    sent = {one.unit_id for one in choose(call.call_type, pool, now.skill_index, now.policy).sent}
    added = [one for one in call.free if one.unit_id in sent]
    if not added:
        return None
    before = weigh(call.call_type, pool, had, now.skill_index, now.policy)
    after = weigh(call.call_type, pool, had | sent, now.skill_index, now.policy)
    saves = before.harm - after.harm
    if before.sent and saves < now.policy.additional_unit_price * len(added):
        return None
    told = effect(call.call_id, before, after, had)
    because = f"free, and worth sending: saves {saves:.1f} points of harm"
    change = Change("send", tuple(one.unit_id for one in added), "", saves, because, (told,))
    return change, _join(now, call, added)


def _join(now: CallAmongOthers, call: CallUnderway, added: list[Candidate]) -> CallAmongOthers:
    """The call with free units sent to it: they are free for no other call."""
    taken = {one.unit_id for one in added}
    joined = msgspec.structs.replace(now, call=_free_less(_with(call, added), taken))
    return _among(joined, [_free_less(one, taken) for one in now.others])


def _released(now: CallAmongOthers, unit_ids: Collection[str]) -> CallAmongOthers:
    """The call without units that it lets go: they are free for the others, as those see them."""
    less = msgspec.structs.replace(now, call=_without(now.call, unit_ids))
    freed = [
        msgspec.structs.replace(one, free=(*one.free, *(now.seen_from[one.call_id][unit_id] for unit_id in unit_ids)))
        for one in now.others
    ]
    return _among(less, freed)


def _among(now: CallAmongOthers, others: Collection[CallUnderway]) -> CallAmongOthers:
    """The situation with the other calls as they are now, and the units still on their way to them."""
    coming = {one.unit_id: other for other in others for one in other.coming}
    busy = tuple((one, coming[one.unit_id]) for one, _ in now.busy if one.unit_id in coming)
    return msgspec.structs.replace(now, others=tuple(others), busy=busy)


def _with(call: CallUnderway, added: list[Candidate]) -> CallUnderway:
    return msgspec.structs.replace(call, coming=(*call.coming, *added))


def _without(call: CallUnderway, unit_ids: Collection[str]) -> CallUnderway:
    return msgspec.structs.replace(call, coming=tuple(one for one in call.coming if one.unit_id not in unit_ids))


def _free_less(call: CallUnderway, unit_ids: Collection[str]) -> CallUnderway:
    return msgspec.structs.replace(call, free=tuple(one for one in call.free if one.unit_id not in unit_ids))


def _nothing_more(asked: CallAmongOthers, after: CallUnderway, kinds: Collection[str]) -> Iterator[str]:
    """Why no (other) unit is diverted, put in the place of one, sent or cancelled; kinds that were found are left."""
    policy = asked.policy
    if "divert" not in kinds:
        yield _why_no_divert(asked)
    on_the_way = len(after.coming) > len(after.there)
    if "replace" not in kinds and on_the_way and after.free:
        yield f"no free unit would save {_points(policy.replace_gain)} of harm in the place of one on its way"
    if "send" not in kinds:
        price = f"{_points(policy.additional_unit_price)} of harm beside those on the call"
        yield f"no free unit would save {price}" if after.free else "no unit is free"
    if "cancel" not in kinds:
        price = f"{_points(policy.additional_unit_price)} of harm, or is the last that helps"
        yield f"each unit on its way saves {price}" if on_the_way else "no unit is on its way that could be cancelled"


def _why_no_divert(asked: CallAmongOthers) -> str:
    if not asked.others:
        return "no other call is named from which a unit could be diverted"
    acuity = ACUITIES.index(asked.call.call_type.acuity)
    lesser = [one for one in asked.others if ACUITIES.index(one.call_type.acuity) > acuity]
    if not lesser:
        return f"no unit is diverted from a call that is as grave or graver ({_ids(asked.others)})"
    if not any(len(one.coming) > len(one.there) for one in lesser):
        return f"no unit is on its way to a lesser call ({_ids(lesser)})"
    gain = f"{_points(asked.policy.divert_gain)} of harm more here than it costs there"
    return f"no unit on its way to a lesser call ({_ids(lesser)}) would save {gain}, and leave somebody there"


def _ids(calls: Collection[CallUnderway]) -> str:
    return ", ".join(one.call_id for one in calls)


def _points(number: float) -> str:
    return "1 point" if number == 1 else f"{number:g} points"
