"""Which of an encounter's facts are this unit's, which came before it, and who was in charge when."""

from __future__ import annotations

from itertools import pairwise

from sixpoint.care import (
    Encounter,
    HandoverAccepted,
    Intervention,
    VitalSigns,
    interventions,
    standing_facts,
)
from sixpoint.care.facts import FactBase
from sixpoint.record.context import RecordContext, Responder

# NEMSIS 3.5.1: two answers to the question whose act it was.
YES = "9923003"
NO = "9923001"


class Part:
    """One unit's part in one encounter; without an encounter, the unit reached no patient."""

    def __init__(self, encounter: Encounter | None, context: RecordContext) -> None:
        self.encounter = encounter
        self.context = context
        self.unit: Responder = context.unit
        times = self.unit.times_ms
        own = [fact.at_ms for fact in (encounter.facts if encounter else ()) if self._wrote(fact)]
        if "at_patient" in times:
            own.append(times["at_patient"])
        self.contact_ms: int | None = min(own, default=None)

    @property
    def has_contact(self) -> bool:
        """Whether the unit was with the patient."""
        return self.encounter is not None and self.contact_ms is not None

    def acts(self) -> list[Intervention]:
        """What this unit's crew performed, in order of time."""
        return [act for act in self._interventions() if self._wrote(act)]

    def acts_of_others(self) -> list[Intervention]:
        """What crews of other units performed before this unit came or while it was there; not what came after."""
        ended_ms = self.unit.ended_ms
        others = (act for act in self._interventions() if not self._wrote(act))
        return [act for act in others if self.has_contact and (ended_ms is None or act.at_ms <= ended_ms)]

    def is_prior(self, fact: FactBase) -> bool:
        """Whether it was done before this unit came to the patient."""
        return not self._wrote(fact) and (self.contact_ms is None or fact.at_ms < self.contact_ms)

    def vital_signs(self) -> list[VitalSigns]:
        """This unit's measurements and those before it came, in order of time."""
        if self.encounter is None or not self.has_contact:
            return []
        all_ = standing_facts(self.encounter, VitalSigns)
        return [taken for taken in all_ if self._wrote(taken) or self.is_prior(taken)]

    def in_charge(self) -> list[tuple[int, str]]:
        """Who was in charge, each with the instant from which on; the first is who first wrote for a unit."""
        if self.encounter is None:
            return []
        first = [(fact.at_ms, fact.author) for fact in self.encounter.facts if fact.unit_id][:1]
        later = [(fact.at_ms, fact.author) for fact in standing_facts(self.encounter, HandoverAccepted)]
        return first + later

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

    def _interventions(self) -> tuple[Intervention, ...]:
        return interventions(self.encounter) if self.encounter is not None else ()

    def _wrote(self, fact: FactBase) -> bool:
        return fact.unit_id == self.unit.unit_id
