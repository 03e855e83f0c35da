"""People, kits and encounters for the tests of this room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sixpoint.care import Encounter, Fact, Intervention, Person, with_answers, with_fact
from sixpoint.scope import Clinician, Credential, Dose, Rulebook, load_rulebook

START = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
START_MS = round(START.timestamp() * 1000)
MIN = 60_000
RULEBOOKS = {name: load_rulebook(name) for name in ("us-national", "montana", "massachusetts")}
NATIONAL = RULEBOOKS["us-national"]
LEVELS = tuple(NATIONAL.levels)
EVERYTHING = frozenset(NATIONAL.equipment.names)


def clinician(level: str, name: str = "") -> Clinician:
    """Somebody who has passed all four gates at the level, and no more."""
    gates = ("educated", "certified", "licensed", "credentialed")
    held = tuple(Credential(gate, level, START - timedelta(days=99), START + timedelta(days=99)) for gate in gates)
    return Clinician(name or level, name or level, held)


def person(
    level: str, name: str = "", equipment: frozenset[str] = EVERYTHING, arrives_min: float | None = None
) -> Person:
    arrives = None if arrives_min is None else at(arrives_min)
    return Person(clinician(level, name), "U1" if arrives_min is None else "M2", equipment, arrives)


def at(minute: float) -> int:
    return START_MS + round(minute * MIN)


def patient(minute: float = 0, **answers: object) -> Encounter:
    return with_answers(Encounter("E1", "I1", START_MS), answers, at(minute), "ana", "U1")


def act(
    encounter: Encounter, minute: float, skill: str, amount: float | None = None, unit: str = "mg", **more: object
) -> Encounter:
    dose = None if amount is None else Dose(amount, unit)
    fields = {"level": "x", "authority": "standing_order", "because": (), "dose": dose, **more}
    number = len(encounter.facts)
    made = Intervention(fact_id=f"a{number:03d}", at_ms=at(minute), author="ana", unit_id="U1", skill=skill, **fields)
    return with_fact(encounter, made)


def also(encounter: Encounter, *facts: Fact) -> Encounter:
    for fact in facts:
        encounter = with_fact(encounter, fact)
    return encounter


def levels_of(rulebook: Rulebook) -> tuple[str, ...]:
    return tuple(rulebook.levels)
