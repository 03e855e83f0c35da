"""The encounter: one patient's care, computed from its facts; the same facts in any order give the same encounter."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from typing import TypeVar

import msgspec

from sixpoint.care.facts import (
    ArrestMoment,
    Fact,
    FactBase,
    Finding,
    HandoverAccepted,
    HandoverDeclined,
    HandoverOffered,
    Impression,
    Intervention,
    InterventionStopped,
    PatientDescribed,
    PriorAid,
)

Kind = TypeVar("Kind", bound=FactBase)


class Encounter(msgspec.Struct, frozen=True):
    """One patient, joined by any number of crews and levels; `facts` stand in order of time, then identifier."""

    encounter_id: str
    incident_id: str
    opened_ms: int
    facts: tuple[Fact, ...] = ()


def with_fact(encounter: Encounter, fact: Fact) -> Encounter:
    """The encounter with one more fact, in its place by time; facts recorded late find their place too."""
    facts = list(encounter.facts)
    insort(facts, fact, key=_when)
    return msgspec.structs.replace(encounter, facts=tuple(facts))


def _when(fact: Fact) -> tuple[int, str]:
    return fact.at_ms, fact.fact_id


def standing_facts(encounter: Encounter, kind: type[Kind]) -> Iterator[Kind]:
    """The facts of one kind that no correction has replaced, in order of time."""
    replaced = {fact.corrects for fact in encounter.facts if fact.corrects is not None}
    for fact in encounter.facts:
        if isinstance(fact, kind) and fact.fact_id not in replaced:
            yield fact


def fact_by_id(encounter: Encounter, fact_id: str) -> Fact | None:
    """The fact of that identifier, or None."""
    return next((fact for fact in encounter.facts if fact.fact_id == fact_id), None)


def interventions(encounter: Encounter) -> tuple[Intervention, ...]:
    """What was performed, in order of time."""
    return tuple(standing_facts(encounter, Intervention))


def running(encounter: Encounter) -> tuple[Intervention | PriorAid, ...]:
    """What is running: begun here or found running, needs somebody to maintain it, and not stopped."""
    stopped = {fact.stops for fact in standing_facts(encounter, InterventionStopped)}
    begun: list[Intervention | PriorAid] = [*standing_facts(encounter, PriorAid), *interventions(encounter)]
    return tuple(act for act in sorted(begun, key=_when) if act.running and act.fact_id not in stopped)


def responsible(encounter: Encounter) -> str | None:
    """Who is in charge: the last to accept a hand-over, else the first clinician of a unit to write a fact."""
    accepted = [fact.author for fact in standing_facts(encounter, HandoverAccepted)]
    if accepted:
        return accepted[-1]
    return next((fact.author for fact in encounter.facts if fact.unit_id), None)


def open_offers(encounter: Encounter) -> tuple[HandoverOffered, ...]:
    """Hand-overs that were offered and neither accepted nor declined."""
    answered = {fact.offer for fact in standing_facts(encounter, HandoverAccepted)}
    answered |= {fact.offer for fact in standing_facts(encounter, HandoverDeclined)}
    return tuple(offer for offer in standing_facts(encounter, HandoverOffered) if offer.fact_id not in answered)


def age_years(encounter: Encounter) -> float | None:
    """The patient's age as last described; None while unknown."""
    described = [fact.age_years for fact in standing_facts(encounter, PatientDescribed) if fact.age_years is not None]
    return described[-1] if described else None


def weight_kg(encounter: Encounter) -> float | None:
    """The patient's weight as last described; None while unknown."""
    described = [fact.weight_kg for fact in standing_facts(encounter, PatientDescribed) if fact.weight_kg is not None]
    return described[-1] if described else None


def born_ms(encounter: Encounter) -> int | None:
    """The instant of birth, if somebody stated it (a birth on scene)."""
    stated = [fact.born_ms for fact in standing_facts(encounter, PatientDescribed) if fact.born_ms is not None]
    return stated[-1] if stated else None


# What an instant of an arrest says of the patient from then on.
_ARRESTED = {"collapse": True, "recognised": True, "rosc": False, "rearrest": True}


def in_cardiac_arrest(encounter: Encounter) -> bool | None:
    """Whether the patient is in cardiac arrest by the last fact that says so; None while unknown."""
    found: bool | None = None
    replaced = {fact.corrects for fact in encounter.facts if fact.corrects is not None}
    for fact in encounter.facts:
        if fact.fact_id in replaced:
            continue
        if isinstance(fact, Impression) and fact.in_cardiac_arrest is not None:
            found = fact.in_cardiac_arrest
        elif isinstance(fact, ArrestMoment) and fact.moment in _ARRESTED:
            found = _ARRESTED[fact.moment]
        elif isinstance(fact, Finding) and fact.finding == "in_cardiac_arrest":
            found = fact.present
    return found
