"""Hand-over: responsibility passes at an instant that both confirm, and never silently down."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sixpoint.care.attendants import maintained_by
from sixpoint.care.encounter import Encounter, interventions, running
from sixpoint.care.guard import instant, situation_of
from sixpoint.scope import Clinician, Rulebook, may


class Unmaintained(msgspec.Struct, frozen=True):
    """Something is running that the receiver may not keep running, and why."""

    fact_id: str
    skill: str
    because: tuple[str, ...]


class Kept(msgspec.Struct, frozen=True):
    """Something is running, and who of those asked about may keep it running, by clinician identifier."""

    fact_id: str
    skill: str
    by: tuple[str, ...]


def who_keeps(rulebook: Rulebook, people: Iterable[Clinician], encounter: Encounter, at_ms: int) -> tuple[Kept, ...]:
    """Everything that runs, each with who of these people may keep it running; nobody is an empty `by`."""
    asked = list(people)
    return tuple(
        Kept(
            act.fact_id,
            act.skill,
            tuple(one.id for one in asked if not _why_not(rulebook, one, encounter, act.skill, at_ms)),
        )
        for act in running(encounter)
    )


def step_down(
    rulebook: Rulebook,
    receiver: Clinician,
    encounter: Encounter,
    at_ms: int,
    attendants: Iterable[Clinician] = (),
) -> tuple[Unmaintained, ...]:
    """What neither the receiver nor anybody who rides along may maintain; empty if care does not step down.

    Who may do a skill may keep it running; so may who may do the skill that maintains it (data/maintained.csv). A
    facility maintains everything; ask only for a clinician.
    """
    found = []
    for done in running(encounter):
        lacking: tuple[str, ...] = ()
        for person in (receiver, *attendants):
            lacking = _why_not(rulebook, person, encounter, done.skill, at_ms)
            if not lacking:
                break
        if lacking:
            found.append(Unmaintained(done.fact_id, done.skill, lacking))
    return tuple(found)


def _why_not(rulebook: Rulebook, person: Clinician, encounter: Encounter, skill: str, at_ms: int) -> tuple[str, ...]:
    """Why the person may not keep the skill running; empty if the person may."""
    reasons: list[str] = []
    for able in dict.fromkeys((skill, maintained_by().get(skill, skill))):
        verdict = may(rulebook, person, able, instant(at_ms), situation_of(encounter, able, at_ms))
        if verdict.allowed_with_order:
            return ()
        reasons += [reason.text for reason in verdict.because]
    return tuple(dict.fromkeys(reasons))


def handover_line(rulebook: Rulebook, encounter: Encounter) -> str:
    """What the giver tells the receiver in one line: what was done, in order, and what is running."""
    names = {skill.id: skill.name for skill in rulebook.skills}
    done = [names.get(act.skill, act.skill) for act in interventions(encounter)]
    still = [names.get(act.skill, act.skill) for act in running(encounter)]
    said = f"done: {', '.join(done)}" if done else "nothing done yet"
    return f"{said}; running: {', '.join(still)}" if still else said
