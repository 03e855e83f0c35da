"""The guard: may this clinician do this, to this patient, now, with what is on board? It advises; it never hides.

What was done outside the rules is still recorded, with the reason somebody gave, and goes to quality review.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from sixpoint.care.encounter import Encounter, age_years, has_order, in_cardiac_arrest
from sixpoint.care.facts import Authority
from sixpoint.scope import Clinician, Rulebook, Situation, Verdict, may


class Guarded(msgspec.Struct, frozen=True):
    """The guard's answer: `authority` is None where the rules do not allow it; `because` holds every reason."""

    skill: str
    authority: Authority | None
    verdict: Verdict
    missing_items: tuple[str, ...]
    because: tuple[str, ...]


def instant(at_ms: int) -> datetime:
    """The instant of a fact (ms since 1970) as a date and time in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def situation_of(encounter: Encounter, skill: str, at_ms: int) -> Situation:
    """What is known of the moment, as the rulebook asks it; what is not known stays unknown."""
    return Situation(
        order_from_medical_control=True if has_order(encounter, skill, at_ms) else None,
        in_cardiac_arrest=in_cardiac_arrest(encounter),
        patient_age_years=age_years(encounter),
    )


def guard(
    rulebook: Rulebook,
    clinician: Clinician,
    equipment: frozenset[str],
    encounter: Encounter,
    skill: str,
    at_ms: int,
) -> Guarded:
    """Whether the clinician may perform the skill on this patient at that instant, with all reasons.

    `equipment` holds the items on board of the clinician's unit. An order from medical control counts only if it was
    given for this skill, to this encounter, and still runs.
    """
    verdict = may(rulebook, clinician, skill, instant(at_ms), situation_of(encounter, skill, at_ms))
    missing = tuple(sorted(rulebook.equipment_for(skill) - equipment)) if rulebook.skill(skill) else ()
    because = [reason.text for reason in verdict.because]
    because += [f"not on board: {item}" for item in missing]
    authority: Authority | None = None
    if not missing and verdict.kind == "standing":
        authority = "standing_order"
    if not missing and verdict.kind == "order" and has_order(encounter, skill, at_ms):
        authority = "order"
        because.append("medical control ordered it")
    return Guarded(skill, authority, verdict, missing, tuple(because))
