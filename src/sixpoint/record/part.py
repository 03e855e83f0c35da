"""Which of an encounter's facts are this unit's, which came before it, and who was in charge when."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeVar

from sixpoint.care import Encounter, Fact, HandoverAccepted, Intervention
from sixpoint.care.facts import FactBase
from sixpoint.record.context import RecordContext, Responder

# NEMSIS 3.5.1: two answers to the question whose act it was.
YES = "9923003"
NO = "9923001"

Kind = TypeVar("Kind", bound=FactBase)


class Part:
    """One unit's part in one encounter; without an encounter, the unit reached no patient.

    What the record tells is what this unit wrote, and what anybody wrote until it left. Sections note here which fields
    they found a place for (`place`) and in which group a fact stands (`group`); the custom results tell the rest.
    """

    def __init__(self, encounter: Encounter | None, context: RecordContext) -> None:
        self.encounter = encounter
        self.context = context
        self.unit: Responder = context.unit
        self._placed: set[tuple[str, str]] = set()
        self._group_of: dict[str, str] = {}
        facts = encounter.facts if encounter else ()
        times, unit_id = self.unit.times_ms, self.unit.unit_id
        own = [fact.at_ms for fact in facts if fact.unit_id == unit_id]
        if "at_patient" in times:
            own.append(times["at_patient"])
        self.contact_ms: int | None = min(own, default=None)
        replaced = {fact.corrects for fact in facts if fact.corrects is not None}
        self._standing: dict[type, list[Fact]] = {}
        self._told: dict[type, list[Fact]] = {}
        ended_ms = self.unit.ended_ms if self.has_contact else 0
        for fact in facts:
            if fact.fact_id not in replaced:
                self._standing.setdefault(type(fact), []).append(fact)
                if fact.unit_id == unit_id or ended_ms is None or fact.at_ms <= ended_ms:
                    self._told.setdefault(type(fact), []).append(fact)

    @property
    def has_contact(self) -> bool:
        """Whether the unit was with the patient."""
        return self.encounter is not None and self.contact_ms is not None

    def standing(self, kind: type[Kind]) -> list[Kind]:
        """Every fact of the kind that no correction has replaced, whoever wrote it, in order of time."""
        return self._standing.get(kind, [])  # type: ignore[return-value]

    def told(self, kind: type[Kind]) -> list[Kind]:
        """The facts of the kind that the record tells, in order of time."""
        return self._told.get(kind, [])  # type: ignore[return-value]

    def all_told(self) -> list[Fact]:
        """Every fact that the record tells, in order of time."""
        found = [fact for facts in self._told.values() for fact in facts]
        return sorted(found, key=lambda fact: (fact.at_ms, fact.fact_id))

    def measured(self, kind: type[Kind]) -> list[Kind]:
        """What this unit found out and what was found before it came; what others find beside it is on their record."""
        return [fact for fact in self.told(kind) if self.wrote(fact) or self.is_prior(fact)]

    def acts(self) -> list[Intervention]:
        """What this unit's crew performed, in order of time."""
        return [act for act in self.told(Intervention) if self.wrote(act)]

    def is_prior(self, fact: FactBase) -> bool:
        """Whether it was done before this unit came to the patient."""
        return not self.wrote(fact) and (self.contact_ms is None or fact.at_ms < self.contact_ms)

    def in_charge(self) -> list[tuple[int, str]]:
        """Who was in charge, each with the instant from which on; the first is who first wrote for a unit."""
        if self.encounter is None:
            return []
        first = [(fact.at_ms, fact.author) for fact in self.encounter.facts if fact.unit_id][:1]
        return first + [(fact.at_ms, fact.author) for fact in self.standing(HandoverAccepted)]

    def in_charge_at(self, at_ms: int) -> str | None:
        """Who was in charge at that instant."""
        return next((who for since_ms, who in reversed(self.in_charge()) if since_ms <= at_ms), None)

    def own_charge(self) -> list[tuple[int, str]]:
        """When somebody of this unit took charge."""
        return [(since_ms, who) for since_ms, who in self.in_charge() if self.unit.has(who)]

    def handed_over_ms(self) -> int | None:
        """When this unit gave the patient to a crew of another unit; None if it never did."""
        line = self.in_charge()
        crews = [unit for unit in self.context.units if unit.unit_id != self.unit.unit_id]
        for (_, giver), (at_ms, receiver) in pairwise(line):
            if self.unit.has(giver) and any(unit.has(receiver) for unit in crews):
                return at_ms
        return None

    def wrote(self, fact: FactBase) -> bool:
        """Whether this unit's crew wrote the fact."""
        return fact.unit_id == self.unit.unit_id

    def place(self, fact: FactBase, *fields: str) -> None:
        """Notes that elements of the record say all of these fields of the fact."""
        self._placed.update((fact.fact_id, field) for field in fields)

    def is_placed(self, fact: FactBase, field: str) -> bool:
        """Whether elements of the record say all of this field."""
        return (fact.fact_id, field) in self._placed

    def group(self, fact: FactBase, correlation_id: str) -> None:
        """Notes that the fact stands in the group with this CorrelationID, which has its time."""
        self._group_of.setdefault(fact.fact_id, correlation_id)

    def group_of(self, fact_id: str) -> str | None:
        """The CorrelationID of the group in which the fact stands; None if it has none."""
        return self._group_of.get(fact_id)
