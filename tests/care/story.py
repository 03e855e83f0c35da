"""Tells a story of `stories/` to the code and notes what it answers; the tests compare, a clinician reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from sixpoint.care import (
    Card,
    CardLine,
    CareRefused,
    Consented,
    Encounter,
    Intervention,
    InterventionStopped,
    Person,
    PriorAid,
    Proposed,
    alerts_needed,
    attendant_wanted,
    card,
    guard,
    load_pathways,
    refusal_in_force,
    step_down,
    why_invalid,
    with_answers,
    with_fact,
)
from sixpoint.dispatch import FacilityOption, Policy, choose_destination
from sixpoint.scope import Dose, equipment_of_kit
from sixpoint.scope.strict_yaml import read_yaml
from sixpoint.tables import Faults

from .people import EVERYTHING, LEVELS, NATIONAL, RULEBOOKS, START, START_MS, at, clinician

WORDS = {
    "do_now": "now",
    "ask_medical_control": "ask",
    "assess_first": "assess",
    "not_yours": "other",
    "done": "done",
    "not_indicated": "none",
    "contraindicated": "contra",
}
FOLDER = Path(__file__).parent / "stories"


def read_story(path: Path) -> dict[str, Any]:
    """The story as plain values; the strict reader refuses what YAML would guess."""
    faults = Faults()
    document = read_yaml(path.read_text("utf-8"), path.name, faults)
    faults.raise_any()
    assert document is not None
    held: Any = document.plain()
    return dict(held)


def given(text: str) -> tuple[Dose, str, str]:
    """ "0.3 mg epinephrine intramuscular" as dose, drug and route."""
    amount, unit, *drug, route = text.split()
    return Dose(float(amount), unit), " ".join(drug), route


class Teller:
    """Goes through a story beat by beat; yields what was asked, where, and the answer."""

    def __init__(self, story: dict[str, Any]) -> None:
        self.story = story
        self.pathway = load_pathways()[story["pathway"]]
        self.met = Encounter("E1", "I1", START_MS)
        self.acts: dict[str, str] = {}
        self.people = {name: self._person(name, one) for name, one in story["people"].items()}

    def _person(self, name: str, one: dict[str, Any]) -> Person:
        arrives = at(one["arrives_min"]) if "arrives_min" in one else None
        return Person(clinician(one["level"], name), one["unit"], equipment_of_kit(NATIONAL, one["kit"]), arrives)

    def add(self, kind: type, minute: float, who: str, **more: Any) -> str:
        """One more fact; returns its identifier."""
        name = f"b{len(self.met.facts):03d}"
        unit = self.people[who].unit_id if who else ""
        self.met = with_fact(self.met, kind(fact_id=name, at_ms=at(minute), author=who, unit_id=unit, **more))
        return name

    def tell(self) -> Iterator[tuple[tuple[Any, ...], str, str]]:
        """(where in the story, what it says, what the code says), in the order of the file."""
        for number, beat in enumerate(self.story["beats"]):
            self._happen(beat)
            for place, said, answer in self._ask(beat):
                yield (number, *place), said, answer

    def _happen(self, beat: dict[str, Any]) -> None:
        minute, first = beat["min"], next(iter(self.people))
        for aid in beat.get("aid", ()):
            dose, drug, route = given(aid["give"])
            when = aid.get("at_min", minute)
            self.add(PriorAid, when, first, skill=aid["skill"], by=aid["by"], dose=dose, drug=drug, route=route)
        for act in beat.get("did", ()):
            dose, drug, route = given(act["give"]) if "give" in act else (None, "", "")
            level = self.story["people"][act["who"]]["level"]
            made = self.add(
                Intervention, minute, act["who"], skill=act["skill"], level=level, authority="standing_order",
                because=(), running=act.get("running", False), dose=dose, drug=drug, route=route,
            )  # fmt: skip
            self.acts[act.get("key", made)] = made
        for key in beat.get("stops", ()):
            self.add(InterventionStopped, minute, first, stops=self.acts[key])
        if "known" in beat:
            self.met = with_answers(self.met, beat["known"], at(minute), first, self.people[first].unit_id)
        if "refuses" in beat:
            self.add(CareRefused, minute, first, **beat["refuses"])
        if "consents" in beat:
            self.add(Consented, minute, first)

    def _ask(self, beat: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], str, str]]:
        minute = beat["min"]
        for name, steps in beat.get("card", {}).items():
            for step, said in steps.items():
                yield ("card", name, step), said, " ".join(self._line(name, level, step, minute) for level in LEVELS)
        for name, skills in beat.get("may", {}).items():
            for skill, said in skills.items():
                on = START + timedelta(minutes=minute)
                kinds = (RULEBOOKS[name].can(level, skill, on).kind for level in LEVELS)
                yield ("may", name, skill), said, " ".join(kinds)
        for name, said in beat.get("attends", {}).items():
            able = (not attendant_wanted(RULEBOOKS[name], clinician(one), self.met, at(minute)) for one in LEVELS)
            yield ("attends", name), said, " ".join("yes" if one else "no" for one in able)
        for who, steps in beat.get("sees", {}).items():
            shown = card(NATIONAL, self.pathway, self.met, list(self.people.values()), at(minute), viewer=who)
            for step, said in steps.items():
                yield ("sees", who, step), said, _seen(shown, step, said)
        for asked in beat.get("guard", ()):
            yield ("guard", asked["who"]), str(asked["objects"]), str(self._objections(asked, minute))
        if "handover" in beat:
            yield ("handover",), beat["handover"]["says"], self._handover(beat["handover"], minute)
        if "refusal" in beat:
            refusal = refusal_in_force(self.met, at(minute))
            lacks = ("none",) if refusal is None else why_invalid(refusal, self.met)
            yield ("refusal",), beat["refusal"], "valid" if not lacks else "; ".join(lacks)
        if "alerts" in beat:
            yield ("alerts",), str(beat["alerts"]), str([one.kind for one in alerts_needed(self.met, at(minute))])
        if "destination" in beat:
            yield ("destination",), beat["destination"]["goes_to"], _destination(beat["destination"])

    def _line(self, name: str, level: str, step: str, minute: float) -> str:
        alone = [Person(clinician(level), "U1", EVERYTHING)]
        return WORDS[card(RULEBOOKS[name], self.pathway, self.met, alone, at(minute)).line(step).state]

    def _objections(self, asked: dict[str, Any], minute: float) -> list[str]:
        who = self.people[asked["who"]]
        dose, drug, route = given(asked["give"])
        answer = guard(
            NATIONAL, who.clinician, who.equipment, self.met, asked["skill"], at(asked.get("at_min", minute)),
            proposed=Proposed(drug, dose, route), pathways=[self.pathway],
        )  # fmt: skip
        assert (answer.authority is None) == bool(answer.objections)
        return [one.kind for one in answer.objections]

    def _handover(self, asked: dict[str, Any], minute: float) -> str:
        along = [self.people[name].clinician for name in asked.get("along", ())]
        receiver = self.people[asked["receiver"]].clinician
        answers = set()
        for rulebook in RULEBOOKS.values():
            lost = [one.skill for one in step_down(rulebook, receiver, self.met, at(minute), along)]
            answers.add("stopped: " + " ".join(sorted(lost)) if lost else "passes")
        return " / ".join(sorted(answers))


def _seen(shown: Card, step: str, said: str) -> str:
    """The answer in as many words as the story uses: state, dose, or who else may and when."""
    line: CardLine = shown.line(step)
    word = WORDS[line.state]
    if ":" in said:
        soonest = line.elsewhere[0]
        return f"{word}: {soonest.clinician_id} in {soonest.in_min:g} min"
    return f"{word} {line.dose}" if " " in said else word


def _destination(asked: dict[str, Any]) -> str:
    options = [
        FacilityOption(one["name"], frozenset(one["has"]), True, one["min"] * 60.0)
        for one in (asked["near"], asked["far"])
    ]
    return str(choose_destination(asked["wanted"], options, Policy()).facility_id)


def as_json(value: object) -> str:
    """For messages of failed tests."""
    return msgspec.json.encode(value).decode()
