"""Why a nearer unit is not sent: the one reason that decides, in the words of a dispatcher."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from sixpoint.dispatch.bitsets import bits_of
from sixpoint.dispatch.candidates import Candidates
from sixpoint.dispatch.choice import OthersPassedOver, PassedOver
from sixpoint.dispatch.countable import is_countable, wrong_with
from sixpoint.dispatch.desk import Desk, Ints, Question, Units
from sixpoint.dispatch.eligible import (
    GATE_FIRST_RESPONSE,
    GATE_MUTUAL_AID,
    GATE_NO_TIME,
    GATE_NOT_LAWFUL,
    GATE_OPEN,
    GATE_SCARCE,
    HARM_UNIT,
    NEVER_MS,
)
from sixpoint.dispatch.kernel import compare_unit, harm_of_members
from sixpoint.dispatch.needs import CallType, Need
from sixpoint.dispatch.policy import Policy

SHOWN_TIMES: Final = 3
OTHERS: Final = {
    GATE_OPEN: "bring nothing that is worth sending them for",
    GATE_FIRST_RESPONSE: "cannot transport and gain too little over units that can",
    GATE_SCARCE: "kept for calls that need their scarce capability",
    GATE_MUTUAL_AID: "neighbours' units that gain too little over our own",
    GATE_NOT_LAWFUL: "may not perform any of the needs",
    GATE_NO_TIME: "no time that can be counted",
}


class Found(NamedTuple):
    """What was asked and what the kernel found; `sent` are places in `candidates`, the soonest first."""

    call_type: CallType
    candidates: Candidates
    skill_index: Mapping[str, int]
    policy: Policy
    question: Question
    units: Units
    desk: Desk
    sent: tuple[int, ...]
    named: bool = False  # somebody says who is sent

    def eta_s(self, place: int) -> float:
        """When a unit is at the patient, as it was counted."""
        return int(self.units.eta_ms[place]) / 1000

    def meeting(self, need: int, members: Sequence[int]) -> tuple[int, list[int]]:
        """When these units meet a need, and which of them it takes, the one that stops the clock last."""
        times = self.desk.time_ms
        lawful = sorted(
            (p for p in members if times[p, need] < NEVER_MS), key=lambda p: (times[p, need], self.units.rank[p])
        )
        hands = 0
        for count, place in enumerate(lawful, start=1):
            hands += int(self.units.hands[place])
            if hands >= self.call_type.needs[need].hands or self.call_type.needs[need].hands == 1:
                return int(times[place, need]), lawful[:count]
        return NEVER_MS, []

    def harm(self) -> int:
        """Harm of all needs with the units sent, in the kernel's whole numbers."""
        size = self._seat_members()
        priced = harm_of_members(self.question, self.units, self.desk, size)
        return priced - (size - 1) * self.question.unit_price

    def compare(self, place: int) -> tuple[int, int, int, int]:
        """Priced harm as it is, with a unit beside those sent, in the place of the one it suits best, and that one."""
        answer = np.zeros(4, np.int64)
        compare_unit(self.question, self.units, self.desk, self._seat_members(), place, answer)
        return int(answer[0]), int(answer[1]), int(answer[2]), self.sent[int(answer[3])]

    def _seat_members(self) -> int:
        self.desk.members[: len(self.sent)] = self.sent
        return len(self.sent)


def explain_passed_over(found: Found) -> tuple[tuple[PassedOver, ...], tuple[OthersPassedOver, ...]]:
    """The units that could be there before the last of those sent but are not sent, the nearest first, with reasons.

    Only the nearest `passed_over_shown` are told, then as many units without a countable time; how many others there
    are for which reason follows.
    """
    units, shown = found.units, found.policy.passed_over_shown
    last_ms = max((int(units.eta_ms[place]) for place in found.sent), default=NEVER_MS)
    left = np.ones(len(found.candidates), np.bool_)
    left[list(found.sent)] = False
    nearer = np.flatnonzero(left & units.usable & (units.eta_ms <= last_ms))
    nearer = nearer[np.lexsort((units.rank[nearer], units.eta_ms[nearer]))][:shown]
    untimed = np.flatnonzero(left & ~units.usable)
    untimed = untimed[np.argsort(units.rank[untimed], kind="stable")][:shown]
    told = [*nearer.tolist(), *untimed.tolist()]
    passed = tuple(PassedOver(found.candidates[place].unit_id, tuple(_why(found, place))) for place in told)
    left[told] = False
    return passed, tuple(_others(found, np.flatnonzero(left), last_ms))


def _others(found: Found, places: Ints, last_ms: int) -> Iterator[OthersPassedOver]:
    """How many of these are not sent for which reason, in words that hold for each of them."""
    units, gate = found.units, found.desk.gate[places]
    farther = units.usable[places] & (units.eta_ms[places] > last_ms)
    for kind, because in OTHERS.items():
        count = int(np.count_nonzero((gate == kind) & ~farther))
        if count:
            yield OthersPassedOver(count, "not named" if found.named and kind == GATE_OPEN else because)
    if farther.any():
        yield OthersPassedOver(int(farther.sum()), "farther than all that are sent")


def _why(found: Found, place: int) -> list[str]:
    gate = found.desk.gate[place]
    policy = found.policy
    if gate == GATE_NO_TIME:
        return [_no_time(found, place)]
    if gate == GATE_NOT_LAWFUL:
        return ["may not perform any of the needs, neither standing nor with an order"]
    reasons = _unlawful(found, place)
    if gate == GATE_MUTUAL_AID:
        reasons.append(f"a neighbour's unit: gains less than {policy.mutual_aid_gain_s:.0f} s over our own")
    elif gate == GATE_SCARCE:
        reasons.append(
            "kept for calls that need its scarce capability: "
            f"gains less than {policy.scarce_gain_s:.0f} s over other units"
        )
    elif gate == GATE_FIRST_RESPONSE:
        reasons.append(f"cannot transport and gains less than {policy.first_response_gain_s:.0f} s over units that can")
    else:
        reasons.append(_weighed(found, place))
    return reasons


def _no_time(found: Found, place: int) -> str:
    return (
        wrong_with(found.candidates[place].eta_s, "its time to the patient")
        or "listed twice: only the first entry counts"
    )


def untimed_that_may(found: Found, needs: Sequence[Need]) -> list[int]:
    """The units that may perform one of the needs but have no time that can be counted, in order of their ids."""
    places = [
        place
        for place in np.flatnonzero(~found.units.usable).tolist()
        if not is_countable(found.candidates[place].eta_s) and any(_may(found, place, need) for need in needs)
    ]
    return sorted(places, key=lambda place: int(found.units.rank[place]))


def _may(found: Found, place: int, need: Need) -> bool:
    candidate = found.candidates[place]
    may = candidate.standing | candidate.with_order
    return bool(may & bits_of(need.any_of, found.skill_index)) and (candidate.can_transport or not need.transporting)


def told_times(found: Found, places: Sequence[int]) -> list[str]:
    """What is wrong with the times of these units: the first few by name, then how many more."""
    told = [f"{found.candidates[place].unit_id} may, but {_no_time(found, place)}" for place in places[:SHOWN_TIMES]]
    more = len(places) - SHOWN_TIMES
    return [*told, f"{more} more that may have no time that can be counted"] if more > 0 else told


def _unlawful(found: Found, place: int) -> list[str]:
    """The needs that units sent meet and this one may not."""
    skills = []
    for number, need in enumerate(found.call_type.needs):
        met = any(found.desk.time_ms[sent, number] < NEVER_MS for sent in found.sent)
        if met and found.desk.time_ms[place, number] >= NEVER_MS and need.skill not in skills:
            skills.append(need.skill)
    more = f" and {len(skills) - 3} more of the needs" if len(skills) > 3 else ""
    return [f"may not perform {', '.join(skills[:3])}{more}"] if skills else []


def _weighed(found: Found, place: int) -> str:
    """How the best set with this unit compares: it joins those sent, or takes the place of one."""
    if not found.sent:
        return "not named" if found.named else "there is no need to send it for"
    best, joined, least, out = found.compare(place)
    saved = best + found.question.unit_price - joined
    if min(joined, least) < best and len(found.sent) < found.policy.max_units:  # only where a person chose
        return f"sending it would save {(best - min(joined, least)) / HARM_UNIT:.2f} harm"
    if saved > 0 and len(found.sent) < found.policy.max_units:
        return (
            f"beside the units sent it would save {saved / HARM_UNIT:.2f} harm, "
            f"less than the {found.policy.additional_unit_price:g} that one more unit must save"
        )
    instead = found.candidates[out].unit_id
    if least > best:
        return f"in place of {instead} the harm would be {(least - best) / HARM_UNIT:.2f} more"
    if found.desk.cover[place] > found.desk.cover[out]:
        return f"as good as {instead}, but it costs more cover"
    return f"no better than {instead}: adds nothing sooner"
