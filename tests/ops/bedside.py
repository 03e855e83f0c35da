"""A live service with a patient: short ways to bring units there and to write facts down, as its clients would."""

from __future__ import annotations

from typing import Any

from sixpoint.care import Encounter, Fact, Intervention
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.world import Refused

from .world import START_MS, LiveService, opened, place

MIN = 60_000
TO_PATIENT = ("notified", "en_route", "on_scene", "at_patient")
Outcome = tuple[e.AnyEvent, ...] | Refused


def at(minute: float) -> int:
    return START_MS + round(minute * MIN)


class Bedside:
    """One incident, its units at the patient; every command goes through `decide`."""

    def __init__(self, code: str = "2301021", units: tuple[str, ...] = ("E1", "B1", "M1")) -> None:
        self.service: LiveService = opened()
        self.numbers = 0
        call = c.ReportCall(
            at_ms=at(1), call_id="i", incident_id="i", place=place(0, 1), dispatch_code=code, received_ms=at(1)
        )
        self.service.must(call)
        self.send(units)

    def send(self, units: tuple[str, ...], minute: float = 2) -> None:
        """Assigns the units and brings each to the patient."""
        assign = c.AssignUnits(at_ms=at(minute), incident_id="i", unit_ids=units, override_reason="a drill")
        self.service.must(assign)
        for unit_id in units:
            for number, status in enumerate(TO_PATIENT):
                moment = minute + 1 + number / 2
                if status == "at_patient" and not self.service.state.incidents["i"].encounters:
                    self.meet("e", moment)
                self.status(unit_id, status, moment)

    def meet(self, encounter_id: str, minute: float) -> None:
        """One more patient is found."""
        self.service.must(c.OpenEncounter(at_ms=at(minute), encounter_id=encounter_id, incident_id="i"))

    def status(self, unit_id: str, status: Any, minute: float, **more: Any) -> Outcome:
        """The unit reports; refusals come back."""
        return self.service.send(
            c.ReportStatus(at_ms=at(minute), incident_id="i", unit_id=unit_id, status=status, **more)
        )

    def goes(self, unit_id: str, minute: float, encounter_id: str = "e", **more: Any) -> Outcome:
        """A destination is chosen for the patient in that unit."""
        return self.service.send(
            c.ChooseDestination(at_ms=at(minute), incident_id="i", unit_id=unit_id, encounter_id=encounter_id, **more)
        )

    def write(self, fact: Fact, reason: str = "", encounter_id: str = "e") -> Outcome:
        """The fact is recorded, or refused."""
        return self.service.send(
            c.RecordFact(at_ms=fact.at_ms, by=fact.author, encounter_id=encounter_id, fact=fact, override_reason=reason)
        )

    def add(self, of: Any, minute: float, who: str, unit: str, encounter_id: str = "e", **more: Any) -> Any:
        """Records a fact that must be accepted; returns it as it stands in the encounter."""
        fact = self.fact(of, minute, who, unit, **more)
        outcome = self.write(fact, encounter_id=encounter_id)
        assert not isinstance(outcome, Refused), outcome
        return next(one for one in self.encounter(encounter_id).facts if one.fact_id == fact.fact_id)

    def fact(self, of: Any, minute: float, who: str, unit: str, **more: Any) -> Any:
        """A fact with an identifier of its own."""
        self.numbers += 1
        if of is Intervention:
            more = {"level": "", "authority": "standing_order", "because": (), **more}
        return of(fact_id=f"f{self.numbers:03d}", at_ms=at(minute), author=who, unit_id=unit, **more)

    def encounter(self, encounter_id: str = "e") -> Encounter:
        return self.service.state.encounters[encounter_id]

    def close(self, minute: float, reason: str = "") -> Outcome:
        close = c.CloseIncident(at_ms=at(minute), incident_id="i", disposition="done", override_reason=reason)
        return self.service.send(close)


def why(outcome: Outcome) -> str:
    """What a refusal says; fails if it is none."""
    assert isinstance(outcome, Refused), outcome
    return "; ".join(outcome.because)


def kinds(outcome: Outcome) -> list[str]:
    """The names of the events; fails if it was refused."""
    assert not isinstance(outcome, Refused), outcome
    return [type(event).__name__ for event in outcome]
