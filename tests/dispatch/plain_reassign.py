"""Diversions and replacements by their definition: every one is weighed, with the readable choice and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sixpoint.dispatch import CallType, CallUnderway, Candidate, Choice, Policy, choose, weigh
from sixpoint.dispatch.eligible import HARM_UNIT
from sixpoint.dispatch.needs import ACUITIES

Index = Mapping[str, int]


def whole(choice: Choice) -> int:
    return round(choice.harm * HARM_UNIT)


def loss_of(call: CallUnderway, taken: set[str], index: Index, policy: Policy) -> int | None:
    """The harm that it costs a call to lose units; None if nobody would be left."""
    keep = [one for one in call.coming if one.unit_id not in taken]
    known = {one.unit_id for one in keep}
    pool = [*keep, *(one for one in call.free if one.unit_id not in taken | known)]
    added = {one.unit_id for one in choose(call.call_type, pool, index, policy).sent} - known
    stay = weigh(call.call_type, pool, known, index, policy)
    both = weigh(call.call_type, pool, known | added, index, policy)
    price = round(HARM_UNIT * policy.additional_unit_price) * len(added)
    after = both if added and (whole(stay) - whole(both) >= price or not stay.sent) else stay
    before = weigh(call.call_type, call.coming, {one.unit_id for one in call.coming}, index, policy)
    return None if not after.sent else max(0, whole(after) - whole(before))


def best_divert(
    call_type: CallType,
    free: Sequence[Candidate],
    busy: Sequence[tuple[Candidate, CallUnderway]],
    index: Index,
    policy: Policy,
) -> tuple[str, float] | None:
    """Which unit to divert, and the harm saved."""
    without, found = choose(call_type, free, index, policy), []
    for seen, other in busy:
        if ACUITIES.index(other.call_type.acuity) <= ACUITIES.index(call_type.acuity) or seen.unit_id in other.there:
            continue
        with_it = choose(call_type, [*free, seen], index, policy)
        taken = {one.unit_id for one in with_it.sent}
        loss = loss_of(other, taken, index, policy)
        if seen.unit_id in taken and loss is not None:
            found.append((whole(with_it) - whole(without) + loss, seen.unit_id))
    saves, unit_id = min(found, default=(0, ""))
    least = max(1, round(HARM_UNIT * policy.divert_gain))
    return (unit_id, -saves / HARM_UNIT) if -saves >= least else None


def best_replacement(call: CallUnderway, freed: Candidate, index: Index, policy: Policy) -> tuple[str, float] | None:
    """Which unit on its way the freed one replaces, and the harm saved."""
    pool, had = [*call.coming, freed], {one.unit_id for one in call.coming}
    before, found = weigh(call.call_type, pool, had, index, policy), []
    for one in call.coming:
        if one.unit_id not in call.there:
            after = weigh(call.call_type, pool, had - {one.unit_id} | {freed.unit_id}, index, policy)
            found.append((whole(after) - whole(before), one.unit_id))
    saves, unit_id = min(found, default=(0, ""))
    least = max(1, round(HARM_UNIT * policy.replace_gain))
    return (unit_id, -saves / HARM_UNIT) if -saves >= least else None
