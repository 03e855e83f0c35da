"""The guard and the card of one patient, beside a plain re-evaluation of the rulebook without its memory.

The reference asks the rulebook afresh, uncompiled, for every question: `explained` for the guard's one skill, and for
every skill of every step of the card; it looks at no dose, no contraindication and no other person. The same reference
stands beside the live service's whole decision about a recorded dose: doubts, who was there, what is on board and in
date, the guard with every pathway in force, and the event.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.figure import Figure, beside, best_of
from sixpoint.care import (
    Encounter,
    Intervention,
    Person,
    Proposed,
    VitalSigns,
    card,
    guard,
    load_pathways,
    situation_of,
    with_answers,
    with_fact,
)
from sixpoint.dispatch import Policy, load_call_types
from sixpoint.ops import Assignment, Incident, Place, State, Unit, World, decide
from sixpoint.ops.commands import RecordFact
from sixpoint.ops.world import Refused
from sixpoint.scope import Clinician, Credential, Dose, Rulebook, load_rulebook
from sixpoint.scope.conditions import Facts

START = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
START_MS = round(START.timestamp() * 1000)
ASKED = 200


def figures() -> Iterator[Figure]:
    """Guard (one skill, one dose) and card (one pathway, two people) on an encounter of about 120 facts, ms each."""
    rulebook = load_rulebook("massachusetts")
    pathway = load_pathways()["chest_pain"]
    met = _encounter()
    at_ms = START_MS + 60 * 60_000
    gates = ("educated", "certified", "licensed", "credentialed")
    held = tuple(Credential(gate, "Paramedic", START - timedelta(days=9)) for gate in gates)
    medic = Clinician("mo", "Mo", held)
    items = frozenset(rulebook.equipment.names)
    proposed = Proposed("nitroglycerin", Dose(0.4, "mg"), "sublingual")
    skill = "nitroglycerin_sl_agency"
    interval = rulebook.interval(START)
    skills = [skill for step in pathway.steps for skill in step.any_of]

    def ask_guard() -> None:
        for _ in range(ASKED):
            guard(rulebook, medic, items, met, skill, at_ms, proposed=proposed, pathways=[pathway])

    def plain_guard() -> None:
        for _ in range(ASKED):
            facts = Facts(situation_of(met, skill, at_ms, proposed), frozenset(), interval.adopted)
            for level in rulebook.levels:
                rulebook.explained(interval, level, skill, facts)

    def ask_card() -> None:
        people = [Person(medic, "M1", items), Person(medic, "M2", items, at_ms + 60_000)]
        for _ in range(ASKED // 10):
            card(rulebook, pathway, met, people, at_ms)

    def plain_card() -> None:
        for _ in range(ASKED // 10):
            for one in skills:
                facts = Facts(situation_of(met, one, at_ms), frozenset(), interval.adopted)
                for level in rulebook.levels:
                    rulebook.explained(interval, level, one, facts)

    ask_guard()
    guarded, plain = best_of(5, ask_guard) / ASKED * 1e3, best_of(5, plain_guard) / ASKED * 1e3
    yield beside(f"care: guard, {len(met.facts)} facts, one dose", guarded, "ms", plain)
    state, world, command = _live(rulebook, medic, items, met, at_ms)

    def record_live() -> None:
        for _ in range(ASKED):
            decided = decide(state, command, world)
            assert not isinstance(decided, Refused), decided

    record_live()
    recorded = best_of(5, record_live) / ASKED * 1e3
    yield beside(f"care: a dose recorded live, {len(met.facts)} facts, all pathways", recorded, "ms", plain)
    ask_card()
    shown, plain = best_of(5, ask_card) / (ASKED // 10) * 1e3, best_of(5, plain_card) / (ASKED // 10) * 1e3
    yield beside(f"care: scope card, {len(pathway.steps)} steps, {len(met.facts)} facts", shown, "ms", plain)


def _live(
    rulebook: Rulebook, medic: Clinician, items: frozenset[str], met: Encounter, at_ms: int
) -> tuple[State, World, RecordFact]:
    """A service with that one patient, one unit and one clinician, and the command that records the dose."""
    place = Place(0.0, 0.0, 0)
    times = {"assigned": START_MS, "on_scene": START_MS, "at_patient": START_MS}
    incident = Incident(
        incident_id="I1", dispatch_code="2301021", acuity="critical", place=place, received_ms=START_MS,
        opened_ms=START_MS, encounters=("E1",),
        assignments={"M1": Assignment("M1", ("mo",), "at_patient", times)},
    )  # fmt: skip
    unit = Unit(
        unit_id="M1", call_sign="M1", kind="ambulance", post_id="p", can_transport=True, equipment=tuple(sorted(items)),
        turnout_s=60.0, position=place, incident_id="I1", status="at_patient",
        expires_ms=dict.fromkeys(items, at_ms + 86400000),
    )  # fmt: skip
    state = State(
        service_id="s", clinicians={"mo": medic}, units={"M1": unit}, incidents={"I1": incident},
        encounters={"E1": met},
    )  # fmt: skip
    world = World(rulebook, load_call_types(), Policy(), NoRoads())
    fact = Intervention(
        fact_id="now", at_ms=at_ms, author="mo", unit_id="M1", skill="nitroglycerin_sl_agency", level="Paramedic",
        authority="standing_order", because=(), drug="nitroglycerin", dose=Dose(0.4, "mg"), route="sublingual",
    )  # fmt: skip
    return state, world, RecordFact(at_ms=at_ms, encounter_id="E1", fact=fact)


class NoRoads:
    """Nothing here drives; nobody asks."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a recorded dose asks for no road times ({name})")


def _encounter() -> Encounter:
    met = Encounter("E1", "I1", START_MS)
    answers = {
        "ischaemic_chest_pain": True, "age_years": 60.0, "weight_kg": 80.0, "can_swallow": True,
        "aspirin_allergy": False, "active_bleeding": False, "pde_inhibitor_48h": False, "inferior_infarct": False,
        "in_cardiac_arrest": False,
    }  # fmt: skip
    met = with_answers(met, answers, START_MS)
    for number in range(100):
        at_ms = START_MS + number * 36_000
        met = with_fact(met, VitalSigns(fact_id=f"v{number:03d}", at_ms=at_ms, author="mo", unit_id="M1",
                                        systolic_mmhg=140.0, heart_rate_per_min=80.0, spo2_percent=96.0))  # fmt: skip
    for number, skill in enumerate(["aspirin_oral", "iv_access", "nitroglycerin_sl_agency"]):
        dose = Dose(0.4, "mg") if skill.startswith("nitro") else None
        met = with_fact(met, Intervention(fact_id=f"a{number}", at_ms=START_MS, author="mo", unit_id="M1", skill=skill,
                                          level="x", authority="standing_order", because=(), dose=dose))  # fmt: skip
    return met
