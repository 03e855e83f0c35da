"""How a recommendation comes out otherwise under another rulebook, policy or network: what changes, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import msgspec

from sixpoint.dispatch import Choice, Met, Unmet
from sixpoint.dispatch.choose import clock

Kind = Literal[
    "unit sent",
    "unit not sent",
    "need unmet",
    "need met",
    "verdict",
    "by another unit",
    "time",
    "needs asked",
    "reasons",
]
# What weighs most first: by this a recommendation is counted.
KINDS: Final[tuple[Kind, ...]] = (
    "unit sent",
    "unit not sent",
    "need unmet",
    "need met",
    "verdict",
    "by another unit",
    "time",
    "needs asked",
    "reasons",
)

SHOWN_REASONS: Final = 2

Etas = Mapping[str, float]


class Difference(msgspec.Struct, frozen=True):
    """One thing that comes out otherwise: of which unit or need (by skill), as it was and as it would be, and why."""

    kind: Kind
    what: str
    then: str
    now: str
    because: str = ""


def differences(then: Choice, now: Choice, etas_then: Etas, etas_now: Etas) -> tuple[Difference, ...]:
    """Every difference between two recommendations: units, then needs; `reasons` alone where nothing else differs.

    `etas_*`: seconds to the patient of every candidate, by unit.
    """
    if then == now:
        return ()
    found = [*_units(then, now, etas_then, etas_now), *_needs(then, now)]
    if not found:
        found = [Difference("reasons", "", "", "", _other_reason(then, now))]
    return tuple(sorted(found, key=lambda one: KINDS.index(one.kind)))


def _units(then: Choice, now: Choice, etas_then: Etas, etas_now: Etas) -> Iterable[Difference]:
    sent_then, sent_now = ({one.unit_id for one in choice.sent} for choice in (then, now))
    for unit_id in sorted(sent_now - sent_then):
        because = f"for {_sent_for(now, unit_id)}; then not sent: {_why_not(then, unit_id)}"
        yield Difference("unit sent", unit_id, _there(etas_then, unit_id), _there(etas_now, unit_id), because)
    for unit_id in sorted(sent_then - sent_now):
        because = f"then for {_sent_for(then, unit_id)}; not sent now: {_why_not(now, unit_id)}"
        yield Difference("unit not sent", unit_id, _there(etas_then, unit_id), _there(etas_now, unit_id), because)


def _sent_for(choice: Choice, unit_id: str) -> str:
    reasons = next(one.because for one in choice.sent if one.unit_id == unit_id)
    more = f" and {len(reasons) - SHOWN_REASONS} more" if len(reasons) > SHOWN_REASONS else ""
    return f"{', '.join(reasons[:SHOWN_REASONS])}{more}"


def _why_not(choice: Choice, unit_id: str) -> str:
    """Why a unit is not sent: units that would come later than all that are sent have no reason of their own."""
    told = next(("; ".join(one.because) for one in choice.passed_over if one.unit_id == unit_id), "")
    return told or choice.queued or "later than all that are sent"


def _there(etas_s: Etas, unit_id: str) -> str:
    if unit_id not in etas_s:
        return "not free"
    eta_s = etas_s[unit_id]
    return f"there in {clock(eta_s)}" if 0 <= eta_s < float("inf") else "no way there"


def _needs(then: Choice, now: Choice) -> Iterable[Difference]:
    met_then, met_now = ({one.order: one for one in choice.met} for choice in (then, now))
    unmet_then, unmet_now = ({one.order: one for one in choice.unmet} for choice in (then, now))
    for order in sorted({*met_then, *met_now, *unmet_then, *unmet_now}):
        was: Met | Unmet | None = met_then.get(order) or unmet_then.get(order)
        would: Met | Unmet | None = met_now.get(order) or unmet_now.get(order)
        if was != would:
            one = _need(was, would)
            if one is not None:
                yield one


def _need(was: Met | Unmet | None, would: Met | Unmet | None) -> Difference | None:
    """How one need fares; None where only its reason is another."""
    if was is None or would is None:
        one = was or would
        assert one is not None
        return Difference("needs asked", one.skill, _fares(was), _fares(would))
    if isinstance(would, Unmet):
        if isinstance(was, Unmet):
            return None
        return Difference("need unmet", was.skill, _fares(was), "unmet", "; ".join(would.because))
    kind: Kind = "time"
    if isinstance(was, Unmet):
        kind = "need met"
    elif was.verdict != would.verdict:
        kind = "verdict"
    elif (was.unit_id, was.with_units) != (would.unit_id, would.with_units):
        kind = "by another unit"
    elif was.at_s == would.at_s:
        return None
    return Difference(kind, would.skill, _fares(was), _fares(would), "; ".join(getattr(was, "because", ())))


def _fares(one: Met | Unmet | None) -> str:
    if one is None:
        return "not asked for"
    if isinstance(one, Unmet):
        return "unmet"
    by = " + ".join((*one.with_units, one.unit_id))
    order = " with an order" if one.verdict == "order" else ""
    return f"{clock(one.at_s)} by {by}{order}"


def _other_reason(then: Choice, now: Choice) -> str:
    """What differs where units, needs, verdicts and times are the same."""
    who = [one.skill for one, other in zip(then.met, now.met, strict=False) if one.who != other.who]
    if who:
        return f"others on the units may do it: {', '.join(dict.fromkeys(who))}"
    if then.unmet != now.unmet:
        return "why needs are unmet"
    if (then.passed_over, then.others) != (now.passed_over, now.others):
        changed = [one.unit_id for one in now.passed_over if one not in then.passed_over]
        return f"why units are passed over: {', '.join(changed) or 'fewer are told'}"
    return "harm or cost to cover are counted otherwise"


class Tally(msgspec.Struct, frozen=True):
    """How many recommendations differ in this as the weightiest, and the needs or units that differ most in it."""

    kind: Kind
    recommendations: int
    most: tuple[tuple[str, int], ...]
    example: int


def tally(found: Sequence[Sequence[Difference]]) -> tuple[Tally, ...]:
    """By weight of the weightiest difference; `example` is the place in `found` of the first of each kind."""
    rows = []
    for kind in KINDS:
        places = [place for place, one in enumerate(found) if one and one[0].kind == kind]
        if places:
            counts: dict[str, int] = {}
            for place in places:
                for what in {one.what for one in found[place] if one.kind == kind}:
                    counts[what] = counts.get(what, 0) + 1
            most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            rows.append(Tally(kind, len(places), tuple(most), places[0]))
    return tuple(rows)
