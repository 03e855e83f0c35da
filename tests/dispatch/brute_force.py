"""The choice by its definition: every set of eligible units is weighed, in plain Python and whole numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from sixpoint.dispatch import CallType, Candidate, Need, Policy


class Best(NamedTuple):
    """The objective of the best set, smallest first, and who is in it."""

    priced_harm: int
    cover: int
    total_ms: int
    size: int
    eta_ms: int
    unit_ids: tuple[str, ...]
    harm: int


NEVER_MS = 1 << 40


def alone_ms(need: Need, unit: Candidate, skill_index: Mapping[str, int], policy: Policy) -> int | None:
    """When a unit alone starts on a need; None if it may not."""
    if need.transporting and not unit.can_transport:
        return None
    bits = [1 << skill_index[skill] for skill in need.any_of if skill in skill_index]
    if any(unit.standing & bit for bit in bits):
        return round(1000 * unit.eta_s)
    if any(unit.with_order & bit for bit in bits):
        return round(1000 * unit.eta_s) + round(1000 * policy.order_delay_s)
    return None


def together_ms(need: Need, units: Sequence[Candidate], skill_index: Mapping[str, int], policy: Policy) -> int | None:
    """The first instant at which enough hands of those who may are there; None if never."""
    there = [(ms, unit.hands) for unit in units if (ms := alone_ms(need, unit, skill_index, policy)) is not None]
    for now in sorted({ms for ms, _ in there}):
        if need.hands <= 1 or sum(hands for ms, hands in there if ms <= now) >= need.hands:
            return now
    return None


def harm_of(need: Need, acuity: str, at_ms: int | None, policy: Policy) -> int:
    """Harm in millionths of a point times milliseconds a minute."""
    own = need.target_s if need.clock == "alert" else None
    target = round(1000 * (own if own is not None else getattr(policy.arrival_target_s, acuity)))
    share = getattr(policy.contingent_harm_share, acuity) if need.when else 1
    rate = round(1_000_000 * (need.harm_per_min * share))
    early = round(rate * getattr(policy.early_harm_share, acuity))
    late = round(1000 * (policy.unmet_horizon_s if at_ms is None else min(at_ms / 1000, policy.late_horizon_s)))
    return early * min(late, target) + rate * max(0, late - target)


def eligible(call: CallType, units: Sequence[Candidate], index: Mapping[str, int], policy: Policy) -> list[Candidate]:
    """Who may do anything at all and passes the gates of the policy, in their order."""

    def gains(unit: Candidate, others: Sequence[Candidate], gain_s: float) -> bool:
        for need in call.needs:
            mine = alone_ms(need, unit, index, policy)
            if mine is None:
                continue
            theirs = [alone_ms(need, other, index, policy) for other in others if other.hands >= need.hands]
            if all(ms is None or mine + round(1000 * gain_s) <= ms for ms in theirs):
                return True
        return False

    left = [u for u in units if any(alone_ms(need, u, index, policy) is not None for need in call.needs)]
    own = [u for u in left if not u.mutual_aid]
    left = [u for u in left if not u.mutual_aid or gains(u, own, policy.mutual_aid_gain_s)]
    scarce = scarce_bits(call, index, policy)
    plain = [u for u in left if not u.with_order & scarce]
    if scarce:
        left = [u for u in left if not u.with_order & scarce or gains(u, plain, policy.scarce_gain_s)]
    if any(need.transporting for need in call.needs):
        carrying = [u for u in left if u.can_transport]
        left = [u for u in left if u.can_transport or gains(u, carrying, policy.first_response_gain_s)]
    return left


def scarce_bits(call: CallType, index: Mapping[str, int], policy: Policy) -> int:
    """The skills that are kept for other calls; none if this call has a need that only they meet."""
    scarce = {skill for skill in policy.scarce_skills if skill in index}
    for need in call.needs:
        known = {skill for skill in need.any_of if skill in index}
        counts = not need.when or getattr(policy.contingent_harm_share, call.acuity) > 0
        if known and known <= scarce and counts:
            return 0
    return sum(1 << index[skill] for skill in scarce)


def best_set(call: CallType, units: Sequence[Candidate], index: Mapping[str, int], policy: Policy) -> Best | None:
    """The best of all sets; None if nobody may do anything."""
    scarce = scarce_bits(call, index, policy)
    best = None
    able = eligible(call, units, index, policy)
    for size in range(1, min(policy.max_units, len(able)) + 1):
        for chosen in combinations(able, size):
            times = [together_ms(need, chosen, index, policy) for need in call.needs]
            harm = sum(harm_of(need, call.acuity, ms, policy) for need, ms in zip(call.needs, times, strict=True))
            cover = sum(
                round(1_000_000 * u.cover_cost)
                + (round(1_000_000 * policy.scarce_cover_cost) if u.with_order & scarce else 0)
                for u in chosen
            )
            found = Best(
                harm + (size - 1) * round(60_000 * 1_000_000 * policy.additional_unit_price),
                cover,
                sum(NEVER_MS if ms is None else ms for ms in times),
                size,
                sum(round(1000 * u.eta_s) for u in chosen),
                tuple(sorted(u.unit_id for u in chosen)),
                harm,
            )
            best = found if best is None else min(best, found)
    return best
