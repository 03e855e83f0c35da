"""The rulebook: a compiled verdict, and what every crew of a state may do, beside a plain loop over the same rules.

The reference keeps the rules in one list and looks through all of them for each question, with the same conditions and
the same verbs; for crews it is measured on a few and scaled, because it would take minutes. Loading is beside PyYAML's
own safe loader reading the same layer and nothing more.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import yaml

from benchmarks.figure import Figure, beside, best_of
from sixpoint.scope import (
    Clinician,
    Credential,
    Rule,
    Rulebook,
    Situation,
    crew_capability,
    equipment_of_kit,
    load_rulebook,
    may,
)
from sixpoint.scope.conditions import NOTHING_KNOWN, Facts
from sixpoint.scope.decide import explain, value_of
from sixpoint.scope.gates import practice_level
from sixpoint.scope.load import DATA, read_rulebook
from sixpoint.scope.person import GATES
from sixpoint.scope.verdict import ORDER, STANDING

START, AT = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
CREWS, MEASURED_CREWS = 5_000, 5
KITS = ("responder_bag", "bls_ambulance", "als_ambulance", "als_quick_response")


def plain_rules(rulebook: Rulebook, level: str, skill: str, at: datetime) -> list[Rule]:
    """The rules of a question, looked for in all of them."""
    return [
        rule
        for layer in rulebook.layers
        if at in layer.span
        for rule in layer.rules
        if rule.skill == skill and rule.level == level and at in rule.span
    ]


def plain_verdict(rulebook: Rulebook, level: str, skill: str, at: datetime, situation: Situation) -> object:
    stack = plain_rules(rulebook, level, skill, at)
    return explain(stack, Facts(situation), {}, {})


def plain_crew(rulebook: Rulebook, crew: Sequence[Clinician], items: frozenset[str], at: datetime) -> tuple[int, int]:
    standing = with_order = 0
    for clinician in crew:
        own = practice_level(rulebook, clinician, at)
        for level, skill in itertools.product(rulebook.levels.values(), rulebook.skills):
            if own is None or level.rank > own.rank or not rulebook.equipment_for(skill.id) <= items:
                continue
            value = value_of(plain_rules(rulebook, level.id, skill.id, at), Facts())
            standing |= skill.bit if value == STANDING else 0
            with_order |= skill.bit if value >= ORDER else 0
    return standing, with_order


def some_crews(rulebook: Rulebook) -> list[tuple[list[Clinician], frozenset[str]]]:
    """Two people a crew, each with four credentials, levels and kits in turn."""
    levels = itertools.cycle(rulebook.levels)
    kits = itertools.cycle(equipment_of_kit(rulebook, kit) for kit in KITS)
    crews = []
    for number in range(CREWS):
        crew = [
            Clinician(f"c{number}-{seat}", "Jo", tuple(Credential(gate, level, START) for gate in GATES))
            for seat, level in zip(range(2), levels, strict=False)
        ]
        crews.append((crew, next(kits)))
    return crews


def figures() -> Iterator[Figure]:
    """Verdict, verdict of a person, crews, a situation met for the first time, loading."""
    rulebook = load_rulebook("massachusetts")
    levels, skills = list(rulebook.levels), [skill.id for skill in rulebook.skills]
    questions = list(itertools.product(levels, skills))

    def compiled() -> None:
        for level, skill in questions:
            rulebook.can(level, skill, AT)

    compiled()
    asked = len(questions)
    plain_s = best_of(1, lambda: [plain_verdict(rulebook, *one, AT, NOTHING_KNOWN) for one in questions[::10]]) * 10
    yield beside("verdict, compiled", best_of(5, compiled) / asked * 1e6, "µs", plain_s / asked * 1e6)

    crews = some_crews(rulebook)
    person = crews[1][0][1]
    may(rulebook, person, "cpap", AT)
    took = best_of(5, lambda: [may(rulebook, person, skill, AT) for skill in skills]) / len(skills)
    yield beside("verdict of a person through four gates", took * 1e6, "µs", plain_s / asked * 1e6)

    def capabilities() -> list[object]:
        return [crew_capability(rulebook, crew, items, AT) for crew, items in crews]

    capabilities()
    few = crews[:MEASURED_CREWS]
    plain_s = best_of(1, lambda: [plain_crew(rulebook, crew, items, AT) for crew, items in few])
    for crew, items in few:
        found = crew_capability(rulebook, crew, items, AT)
        assert (found.standing, found.with_order) == plain_crew(rulebook, crew, items, AT)
    yield beside("capability of 5,000 crews of two", best_of(3, capabilities), "s", plain_s / MEASURED_CREWS * CREWS)

    ages = itertools.count(1)

    def new_situation() -> None:
        situation = Situation(in_cardiac_arrest=True, patient_age_years=next(ages) / 1000)
        crew_capability(rulebook, crews[2][0], crews[2][1], AT, situation)

    took = best_of(20, new_situation)
    name = "capability of a crew in a situation met for the first time"
    yield beside(name, took * 1e3, "ms", plain_s / MEASURED_CREWS * 1e3)

    text = (DATA / "layers" / "massachusetts.yaml").read_text("utf-8")
    safe_s = best_of(2, lambda: yaml.safe_load(text))
    took = best_of(3, lambda: read_rulebook(["massachusetts"]))
    yield beside("load a state on the national model, checked", took * 1e3, "ms", safe_s * 1e3)
