"""Four gates: a person practises at the highest level where educated, certified, licensed and credentialed overlap.

Source: National EMS Scope of Practice Model 2019 (the four overlapping circles; read on its title page). A higher
credential satisfies a lower one by the ladder.
"""

from __future__ import annotations

from datetime import datetime

from sixpoint.scope.conditions import NOTHING_KNOWN, Situation
from sixpoint.scope.ladder import Level
from sixpoint.scope.person import GATES, Clinician, Gate
from sixpoint.scope.rulebook import Rulebook
from sixpoint.scope.verdict import KINDS, ORDER, Reason, Verdict

_SOURCE = "National EMS Scope of Practice Model 2019: education, certification, licensure, credentialing"


def level_by_gate(rulebook: Rulebook, clinician: Clinician, at: datetime) -> dict[Gate, Level]:
    """The highest level at which each gate is passed at the instant; a gate that is not passed is absent."""
    best: dict[Gate, Level] = {}
    for credential in clinician.credentials:
        if credential.holds(at):
            level = rulebook.level(credential.level)
            if level is not None:
                found = best.get(credential.gate)
                if found is None or level.rank > found.rank:
                    best[credential.gate] = level
    return best


def practice_level(rulebook: Rulebook, clinician: Clinician, at: datetime) -> Level | None:
    """The highest level where all four gates overlap at the instant; None if some gate is not passed at all."""
    best = level_by_gate(rulebook, clinician, at)
    if len(best) < len(GATES):
        return None
    return min(best.values(), key=lambda level: level.rank)


def may(
    rulebook: Rulebook, clinician: Clinician, skill: str, at: datetime, situation: Situation = NOTHING_KNOWN
) -> Verdict:
    """Whether this person may perform the skill at the instant: the gates, then the rules, each with its reason.

    The person may do what any level may that the person's own satisfies; where several allow it, the best verdict
    decides, the highest level first.
    """
    interval = rulebook.interval(at)
    best = level_by_gate(rulebook, clinician, at)
    if len(best) < len(GATES):
        return _turned_away(rulebook, clinician, best)
    own = min(best.values(), key=lambda level: level.rank)
    holds = clinician.holds(interval.personal[own.id], at)
    verdict: Verdict | None = None
    first: Verdict | None = None  # of the person's own level, which is asked first
    for level in sorted(rulebook.levels.values(), key=lambda level: -level.rank):
        if level.rank <= own.rank:
            found = rulebook.verdict(interval, level.id, skill, situation, holds)
            first = first or found
            if verdict is None or KINDS.index(found.kind) > KINDS.index(verdict.kind):
                verdict = found
    assert verdict is not None, "a practice level is on the ladder"
    gate = _reason(f"gates/{own.id}", f"{clinician.name} practises as {own.id}: all four gates are passed", rulebook)
    because, ways = verdict.because, verdict.would_be_yes
    if KINDS.index(verdict.kind) < ORDER:
        if first is not None and first is not verdict:  # what the own level lacks helps more than what a lower one does
            because, ways = (*first.because, *because), tuple(dict.fromkeys((*first.would_be_yes, *ways)))
        ways = (*ways, *_gates_in_the_way(rulebook, best, own, skill, at, situation))
    return Verdict(verdict.kind, (gate, *because), ways, verdict.rulebook)


def _turned_away(rulebook: Rulebook, clinician: Clinician, best: dict[Gate, Level]) -> Verdict:
    closed = [gate for gate in GATES if gate not in best]
    because = tuple(
        _reason(f"gates/{gate}", f"{clinician.name} is not {gate} at this instant", rulebook) for gate in closed
    )
    return Verdict("barred", because, tuple(f"a current credential: {gate}" for gate in closed), rulebook.hash)


def _gates_in_the_way(
    rulebook: Rulebook, best: dict[Gate, Level], own: Level, skill: str, at: datetime, situation: Situation
) -> list[str]:
    """What a person who has passed some gates at a higher level lacks to act at it."""
    reached = max(best.values(), key=lambda level: level.rank)
    if reached.rank == own.rank or not rulebook.can(reached.id, skill, at, situation=situation).allowed_with_order:
        return []
    lacking = [gate for gate in GATES if best[gate].rank < reached.rank]
    return [f"{' and '.join(lacking)} as {reached.id} (now {own.id})"]


def _reason(address: str, text: str, rulebook: Rulebook) -> Reason:
    return Reason(address, text, _SOURCE, "verified_in_text", rulebook.id)
