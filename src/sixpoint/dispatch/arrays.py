"""Turns a call type, a policy and candidates into the arrays of the kernel; simulation uses the same functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sixpoint.dispatch.bitsets import bits_of, bitset_words, words_for
from sixpoint.dispatch.candidates import in_columns
from sixpoint.dispatch.choice import Candidate
from sixpoint.dispatch.countable import MAX_TIME_S
from sixpoint.dispatch.desk import Bools, Question, Units
from sixpoint.dispatch.eligible import HARM_UNIT
from sixpoint.dispatch.needs import CallType, Need
from sixpoint.dispatch.policy import Policy

MAX_COST = 1e9
MILLION = 1_000_000


def arrival_target_s(call_type: CallType, order: int, policy: Policy) -> float:
    """From alert to intervention: the need's own target if it runs on that clock, else the policy's for the acuity."""
    need = next(need for need in call_type.needs if need.order == order)
    if need.clock == "alert" and need.target_s is not None:
        return need.target_s
    return float(getattr(policy.arrival_target_s, call_type.acuity))


def make_question(call_type: CallType, skill_index: Mapping[str, int], policy: Policy) -> Question:
    """The needs of a call under a policy, as the kernel reads them."""
    needs = call_type.needs
    words = words_for(skill_index)
    early_share = getattr(policy.early_harm_share, call_type.acuity)
    target_ms = [round(1000 * arrival_target_s(call_type, need.order, policy)) for need in needs]
    rate_late = [_rate(need.harm_per_min * certainty(need, call_type.acuity, policy)) for need in needs]
    rate_early = [round(rate * early_share) for rate in rate_late]
    unmet_ms = round(1000 * policy.unmet_horizon_s)
    any_of = [bits_of(need.any_of, skill_index) for need in needs]
    scarce = bits_of(policy.scarce_skills, skill_index)
    if any(asks_for(need, bits, scarce, call_type.acuity, policy) for need, bits in zip(needs, any_of, strict=True)):
        scarce = 0  # this call needs one of them: nothing is kept from it
    return Question(
        any_of=bitset_words(any_of, words) if needs else np.zeros((0, words), np.uint64),
        need_hands=np.array([need.hands for need in needs], np.int64),
        transporting=np.array([need.transporting for need in needs], np.bool_),
        target_ms=np.array(target_ms, np.int64),
        rate_early=np.array(rate_early, np.int64),
        rate_late=np.array(rate_late, np.int64),
        unmet_harm=np.array(
            [
                early * min(unmet_ms, target) + late * max(0, unmet_ms - target)
                for early, late, target in zip(rate_early, rate_late, target_ms, strict=True)
            ],
            np.int64,
        ),
        scarce=bitset_words([scarce], words)[0],
        order_delay_ms=round(1000 * policy.order_delay_s),
        late_horizon_ms=round(1000 * policy.late_horizon_s),
        unit_price=round(HARM_UNIT * policy.additional_unit_price),
        first_response_gain_ms=round(1000 * policy.first_response_gain_s),
        scarce_gain_ms=round(1000 * policy.scarce_gain_s),
        scarce_cover=round(MILLION * policy.scarce_cover_cost),
        mutual_aid_gain_ms=round(1000 * policy.mutual_aid_gain_s),
        max_units=policy.max_units,
    )


def certainty(need: Need, acuity: str, policy: Policy) -> float:
    """How much of its harm a need counts for: all of it, or the policy's share where only some patients have it."""
    return float(getattr(policy.contingent_harm_share, acuity)) if need.when else 1.0


def asks_for(need: Need, bits: int, scarce: int, acuity: str, policy: Policy) -> bool:
    """Whether only scarce skills meet a need (`bits` are its skills) that counts for anything."""
    return bool(bits and not bits & ~scarce) and certainty(need, acuity, policy) > 0


def _rate(harm_per_min: float) -> int:
    """Millionths of a point a minute; a weight that is no number, or negative, counts as none."""
    return round(MILLION * min(harm_per_min, 1000.0)) if harm_per_min > 0 else 0


def make_units(candidates: Sequence[Candidate], skill_index: Mapping[str, int]) -> Units:
    """The candidates, as the kernel reads them; a time that is no time makes a unit unusable."""
    seen = in_columns(candidates, skill_index)
    roster, rows, eta_s = seen.roster, seen.rows, seen.eta_s
    with np.errstate(invalid="ignore"):
        usable = (eta_s >= 0) & (eta_s <= MAX_TIME_S)
    again = seen.repeats()
    if again is not None:
        usable &= ~again
    return Units(
        standing=roster.standing[rows],
        with_order=roster.with_order[rows],
        transports=roster.transports[rows],
        eta_ms=np.rint(1000 * np.where(usable, eta_s, 0)).astype(np.int64),
        hands=roster.hands[rows],
        cover=np.rint(MILLION * np.clip(np.nan_to_num(seen.cover_cost, nan=0.0), 0, MAX_COST)).astype(np.int64),
        mutual_aid=roster.mutual_aid[rows],
        rank=roster.rank[rows],
        usable=usable,
    )


def are_costs(cover_cost: NDArray[np.float64]) -> Bools:
    """Which costs to cover are counted as they are; others count as none, or as the most there is, and are noted."""
    return (cover_cost >= 0) & (cover_cost <= MAX_COST)
