"""A patient at an incident and what the crews around the patient write down: only what the guard allows.

Who does what when is said by whoever holds it: a scene that is played out, or a simulation that is rehearsed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from sixpoint.care import (
    Encounter,
    Fact,
    HandoverAccepted,
    HandoverDeclined,
    HandoverOffered,
    Impression,
    Intervention,
    OrderGiven,
    PatientDescribed,
    PriorAid,
    Proposed,
    VitalSigns,
    handover_line,
    instant,
    interventions,
    responsible,
)
from sixpoint.care.assessment import Avpu
from sixpoint.ops import Incident, Refused, State, World
from sixpoint.ops import commands as c
from sixpoint.ops.decide.passing import ALERT_SKILL
from sixpoint.plan.pace import ORDER_VALID_S, RUNNING
from sixpoint.scope import crew_capability, practice_level
from sixpoint.service.engine import Outcome
from sixpoint.service.rehearsal.considering import Considered, Considering
from sixpoint.service.rehearsal.findings import Findings
from sixpoint.service.rehearsal.patient import Patient, generator

# A coma score that goes with each level of responsiveness: a judgement for rehearsal, not a conversion.
GCS_OF_AVPU: Final[dict[Avpu, int]] = {"alert": 15, "verbal": 13, "painful": 8, "unresponsive": 3}


class Service(Protocol):
    """What a bedside needs of the live service."""

    @property
    def state(self) -> State: ...
    @property
    def world(self) -> World: ...
    def send(self, command: c.AnyCommand) -> Outcome: ...


class Bedside:
    """One patient at one incident, and what is recorded of the patient."""

    def __init__(self, service: Service, incident_id: str, patient: Patient) -> None:
        self.incident_id = incident_id
        self.encounter_id = f"{incident_id}-1"
        self.patient = patient
        self._service = service
        self._facts = 0
        code = service.state.incidents[incident_id].dispatch_code
        self._findings = Findings(patient, code, service.world.pathways)
        self._considering = Considering(service, code, self._findings, self._met, self.record, self.next_id)

    def _met(self) -> Encounter:
        encounter = self.encounter
        assert encounter is not None
        return encounter

    @property
    def encounter(self) -> Encounter | None:
        """The encounter as the live service knows it."""
        return self._service.state.encounters.get(self.encounter_id)

    @property
    def incident(self) -> Incident | None:
        """The incident as the live service knows it."""
        return self._service.state.incidents.get(self.incident_id)

    def open(self, unit_id: str, at_ms: int) -> None:
        """The first unit finds the patient."""
        lead = self._lead(unit_id, at_ms)
        self._send(c.OpenEncounter(at_ms=at_ms, by=lead, encounter_id=self.encounter_id, incident_id=self.incident_id))

    def describe(self, unit_id: str, at_ms: int) -> None:
        """The first crew says who the patient is, what was done before, what seems wrong."""
        lead = self._lead(unit_id, at_ms)
        who = PatientDescribed(
            fact_id=self.next_id(),
            at_ms=at_ms,
            author=lead,
            unit_id=unit_id,
            age_years=self.patient.age_years,
            sex=self.patient.sex,
            imputed=True,
        )
        self.record(who)
        if self.patient.bystander_cpr:
            aid = PriorAid(fact_id=self.next_id(), at_ms=at_ms, author="", unit_id="", skill="cpr", by="bystander")
            self.record(aid)
        incident = self.incident
        assert incident is not None
        condition = self._service.world.call_types[incident.dispatch_code].reason
        seen = Impression(
            fact_id=self.next_id(),
            at_ms=at_ms,
            author=lead,
            unit_id=unit_id,
            condition=condition,
            in_cardiac_arrest=self.patient.in_cardiac_arrest,
        )
        self.record(seen)
        self.record(self.vital_signs(lead, unit_id, at_ms))

    def _lead(self, unit_id: str, at_ms: int) -> str:
        """Who of the first crew is in charge: the first named."""
        return self._service.state.units[unit_id].crew[0]

    def offer(self, to: str, to_unit_id: str, at_ms: int) -> HandoverOffered:
        """Whoever is in charge offers the patient, and says what was done and what is running."""
        encounter = self.encounter
        assert encounter is not None
        giver_id = responsible(encounter)
        assert giver_id is not None
        offer = HandoverOffered(
            fact_id=self.next_id(),
            at_ms=at_ms,
            author=giver_id,
            unit_id=self.unit_of(giver_id),
            to=to,
            to_unit_id=to_unit_id,
            report=handover_line(self._service.world.rulebook, encounter),
        )
        self.record(offer)
        return offer

    def accept(
        self, offer: HandoverOffered, at_ms: int, at_facility: bool = False, attendant: str = ""
    ) -> Refused | None:
        """The receiver confirms; or declines, as something is running that the receiver may not maintain."""
        accepted = HandoverAccepted(
            fact_id=self.next_id(),
            at_ms=at_ms,
            author=offer.to,
            unit_id=offer.to_unit_id,
            offer=offer.fact_id,
            at_facility=at_facility,
            attendant=attendant,
        )
        command = c.RecordFact(at_ms=at_ms, by=offer.to, encounter_id=self.encounter_id, fact=accepted)
        outcome = self._service.send(command)
        if not isinstance(outcome, Refused):
            return None
        declined = HandoverDeclined(
            fact_id=self.next_id(),
            at_ms=at_ms,
            author=offer.to,
            unit_id=offer.to_unit_id,
            offer=offer.fact_id,
            because=outcome.because,
        )
        self.record(declined)
        return outcome

    def undone(self) -> tuple[tuple[str, ...], ...]:
        """What the patient still needs on scene: for each need the skills of which any one meets it."""
        return tuple(any_of for any_of in self.all_undone() if ALERT_SKILL not in any_of)

    def all_undone(self) -> tuple[tuple[str, ...], ...]:
        """The same with what can be done only once a destination is chosen."""
        encounter = self.encounter
        if encounter is None:
            return ()
        done = {act.skill for act in interventions(encounter)}
        return tuple(any_of for any_of in self.patient.needs if not done.intersection(any_of))

    def not_needed(self) -> tuple[int, ...]:
        """The needs of the call type, by their order, that this patient turned out not to have."""
        incident = self.incident
        assert incident is not None
        return tuple(
            need.order
            for need in self._service.world.call_types[incident.dispatch_code].needs
            if (not self.patient.is_transported if need.transporting else need.any_of not in self.patient.needs)
        )

    def most_capable(self, unit_id: str, at_ms: int) -> str:
        """Of the unit's crew, who may do most; the first named among equals."""
        crew = self._service.state.units[unit_id].crew
        return max(crew, key=lambda clinician_id: (self._reach(clinician_id, at_ms), -crew.index(clinician_id)))

    def may_record(self, fact: Fact) -> bool:
        """Writes the fact down if nothing speaks against it."""
        command = c.RecordFact(at_ms=fact.at_ms, by=fact.author, encounter_id=self.encounter_id, fact=fact)
        return not isinstance(self._service.send(command), Refused)

    def record(self, fact: Fact) -> None:
        """Writes the fact down; what is drawn may look odd, and is then marked: what is done never is."""
        reason = "" if isinstance(fact, Intervention) else "drawn by seed in a rehearsal"
        command = c.RecordFact(
            at_ms=fact.at_ms,
            by=fact.author or "system",
            encounter_id=self.encounter_id,
            fact=fact,
            override_reason=reason,
        )
        self._send(command)

    def attempt(self, clinician_id: str, unit_id: str, skill: str, at_ms: int) -> bool:
        """Does the skill if the guard allows it; False if it is not theirs."""
        considered = self.considered(clinician_id, unit_id, skill, at_ms)
        if considered.answer.authority is None:
            return False
        self.perform(clinician_id, unit_id, considered, at_ms)
        return True

    def considered(
        self, clinician_id: str, unit_id: str, skill: str, at_ms: int, with_them: Sequence[str] = ()
    ) -> Considered:
        """What the guard says once all is found out that the clinician, or others of the crew, may find out."""
        return self._considering.consider(clinician_id, unit_id, skill, at_ms, with_them)

    def perform(self, clinician_id: str, unit_id: str, considered: Considered, at_ms: int) -> None:
        """Does what the guard allowed."""
        answer, given = considered.answer, considered.proposed
        level = practice_level(
            self._service.world.rulebook, self._service.state.clinicians[clinician_id], instant(at_ms)
        )
        assert answer.authority is not None and level is not None
        done = Intervention(
            fact_id=self.next_id(),
            at_ms=at_ms,
            author=clinician_id,
            unit_id=unit_id,
            skill=answer.skill,
            level=level.id,
            authority=answer.authority,
            because=answer.because,
            running=answer.skill in RUNNING,
            drug=given.drug,
            dose=given.dose,
            route=given.route,
        )
        self.record(done)

    def ordered(
        self, clinician_id: str, unit_id: str, skill: str, asked: Proposed, at_ms: int, request: str = ""
    ) -> OrderGiven:
        """Medical control orders by radio exactly what was asked; an order on request awaits its read-back."""
        order = OrderGiven(
            fact_id=self.next_id(),
            at_ms=at_ms,
            author=clinician_id,
            unit_id=unit_id,
            skill=skill,
            ordered_by="medical control",
            channel="radio",
            until_ms=at_ms + round(ORDER_VALID_S * 1000),
            request=request,
            drug=asked.drug,
            dose=asked.dose,
            route=asked.route,
            awaits_read_back=bool(request),
        )
        self.record(order)
        return order

    def vital_signs(self, author: str, unit_id: str, at_ms: int) -> VitalSigns:
        """Synthetic: nothing to measure in an arrest, else drawn around what is usual."""
        rng = generator(self.patient.chance, f"vitals {at_ms - at_ms % 1000}")
        if self.patient.in_cardiac_arrest:
            return VitalSigns(
                fact_id=self.next_id(), at_ms=at_ms, author=author, unit_id=unit_id, gcs_total=3, avpu="unresponsive"
            )
        systolic, avpu = self._measured("systolic_mmhg", rng.normal(135, 18)), self._avpu()
        return VitalSigns(
            fact_id=self.next_id(),
            at_ms=at_ms,
            author=author,
            unit_id=unit_id,
            heart_rate_per_min=self._measured("heart_rate_per_min", rng.normal(88, 14)),
            systolic_mmhg=systolic,
            diastolic_mmhg=float(round(systolic * 0.6)),
            respiratory_rate_per_min=self._measured("respiratory_rate_per_min", rng.normal(18, 3)),
            gcs_total=round(self._measured("gcs_total", GCS_OF_AVPU[avpu])),
            avpu=avpu,
        )

    def _measured(self, name: str, drawn: float) -> float:
        """What a need says of it, else what was drawn."""
        value = self._findings.answer(name) if self._findings.is_wanted(name) else drawn
        assert isinstance(value, int | float)
        return float(round(value))

    def _avpu(self) -> Avpu:
        found: Avpu = msgspec.convert(self._findings.answer("avpu"), Avpu)
        return found

    def _reach(self, clinician_id: str, at_ms: int) -> int:
        """How much a clinician may do: the number of skills, standing or with an order."""
        clinician = self._service.state.clinicians[clinician_id]
        capability = crew_capability(self._service.world.rulebook, [clinician], None, instant(at_ms))
        return capability.with_order.bit_count()

    def unit_of(self, clinician_id: str) -> str:
        """The unit of the incident whose crew the clinician is of; empty for none."""
        incident = self.incident
        assert incident is not None
        return next((unit for unit, one in incident.assignments.items() if clinician_id in one.crew), "")

    def next_id(self) -> str:
        """The identifier of the next fact."""
        self._facts += 1
        return f"{self.encounter_id}-f{self._facts:03d}"

    def _send(self, command: c.AnyCommand) -> None:
        outcome = self._service.send(command)
        assert not isinstance(outcome, Refused), outcome.because
