"""Hand-over: responsibility passes at an instant that both confirm, and never silently down."""

from __future__ import annotations

import msgspec

from sixpoint.care.encounter import Encounter, interventions, running
from sixpoint.care.guard import instant, situation_of
from sixpoint.scope import Clinician, Rulebook, may


class Unmaintained(msgspec.Struct, frozen=True):
    """Something is running that the receiver may not keep running, and why."""

    fact_id: str
    skill: str
    because: tuple[str, ...]


def step_down(rulebook: Rulebook, receiver: Clinician, encounter: Encounter, at_ms: int) -> tuple[Unmaintained, ...]:
    """What the receiver may not maintain; empty if care does not step down.

    A facility maintains everything; ask only for a clinician.
    """
    found = []
    for done in running(encounter):
        verdict = may(rulebook, receiver, done.skill, instant(at_ms), situation_of(encounter, done.skill, at_ms))
        if verdict.kind not in ("standing", "order"):
            found.append(Unmaintained(done.fact_id, done.skill, tuple(reason.text for reason in verdict.because)))
    return tuple(found)


def report(rulebook: Rulebook, encounter: Encounter) -> str:
    """What the giver tells the receiver in one line: what was done, in order, and what is running."""
    names = {skill.id: skill.name for skill in rulebook.skills}
    done = [names.get(act.skill, act.skill) for act in interventions(encounter)]
    still = [names.get(act.skill, act.skill) for act in running(encounter)]
    said = f"done: {', '.join(done)}" if done else "nothing done yet"
    return f"{said}; running: {', '.join(still)}" if still else said
