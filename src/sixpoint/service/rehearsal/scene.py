"""What crews do at the patient in a rehearsal: the first to arrive starts, the more capable takes over, all may only
do what the guard allows, and the patient leaves with whoever may keep running what runs."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Protocol

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
    open_offers,
    responsible,
)
from sixpoint.care.assessment import Avpu
from sixpoint.ops import Incident, Refused, State, World
from sixpoint.ops import commands as c
from sixpoint.ops.decide.passing import ALERT_SKILL
from sixpoint.plan.pace import (
    CARE_S,
    CARE_S_BY_CATEGORY,
    HANDOVER_S,
    MEDICAL_CONTROL_S,
    ORDER_VALID_S,
    RUNNING,
)
from sixpoint.scope import crew_capability, practice_level
from sixpoint.service.engine import Outcome
from sixpoint.service.rehearsal.agenda import Agenda
from sixpoint.service.rehearsal.considering import Considering
from sixpoint.service.rehearsal.findings import Findings
from sixpoint.service.rehearsal.patient import Patient, generator


class Service(Protocol):
    """What a scene needs of the live service."""

    @property
    def state(self) -> State: ...
    @property
    def world(self) -> World: ...
    def send(self, command: c.AnyCommand) -> Outcome: ...


class Scene:
    """One patient at one incident, and the crews around the patient."""

    def __init__(self, service: Service, agenda: Agenda, incident_id: str, patient: Patient) -> None:
        self.incident_id = incident_id
        self.encounter_id = f"{incident_id}-1"
        self.patient = patient
        self.carrier: str | None = None  # the unit that takes the patient away
        self.aboard: set[str] = set()  # units whose crew boarded it on the way
        self._service = service
        self._agenda = agenda
        self._facts = 0
        self._working: set[str] = set()
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

    def is_working(self, unit_id: str) -> bool:
        """Whether the unit is in the middle of something."""
        return unit_id in self._working

    def open(self, unit_id: str, at_ms: int) -> None:
        """The first unit finds the patient."""
        lead = self._service.state.units[unit_id].crew[0]
        self._send(c.OpenEncounter(at_ms=at_ms, by=lead, encounter_id=self.encounter_id, incident_id=self.incident_id))

    def describe(self, unit_id: str, at_ms: int) -> None:
        """The first crew says who the patient is, what was done before, what seems wrong."""
        lead = self._service.state.units[unit_id].crew[0]
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

    def take_over(self, unit_id: str, at_ms: int) -> None:
        """The crew just arrived takes the patient over if it may do more than whoever is in charge."""
        encounter = self.encounter
        assert encounter is not None
        giver_id = responsible(encounter)
        receiver_id = self.most_capable(unit_id, at_ms)
        if giver_id is None or giver_id == receiver_id:
            return
        if self._reach(receiver_id, at_ms) > self._reach(giver_id, at_ms):
            offer = self.offer(receiver_id, unit_id, at_ms)
            self._agenda.at(at_ms + round(HANDOVER_S * 1000), partial(self._accept_if_open, offer))

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

    def accept(self, offer: HandoverOffered, at_ms: int, at_facility: bool = False) -> Refused | None:
        """The receiver confirms; or declines, as something is running that the receiver may not maintain."""
        accepted = HandoverAccepted(
            fact_id=self.next_id(),
            at_ms=at_ms,
            author=offer.to,
            unit_id=offer.to_unit_id,
            offer=offer.fact_id,
            at_facility=at_facility,
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

    def awaits_answer(self) -> bool:
        """Whether the patient is offered to somebody who has not yet answered."""
        return self.encounter is not None and bool(open_offers(self.encounter))

    def _accept_if_open(self, offer: HandoverOffered, at_ms: int) -> None:
        if self.encounter is not None:
            self.accept(offer, at_ms)

    def work(self, unit_id: str, at_ms: int) -> None:
        """The unit does the next thing that the patient needs and its crew may do, then looks again."""
        self._working.discard(unit_id)
        incident, encounter = self.incident, self.encounter
        if incident is None or encounter is None or unit_id not in incident.open_units:
            return
        has_left = self.carrier is not None and incident.assignments[self.carrier].carries(self.encounter_id)
        if has_left and unit_id != self.carrier and unit_id not in self.aboard:
            return
        crew = self._service.state.units[unit_id].crew
        for any_of in self.undone():
            for skill, clinician_id in product(any_of, crew):
                if self.attempt(clinician_id, unit_id, skill, at_ms):
                    self._working.add(unit_id)
                    return

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
        """Does the skill if the guard allows it, or asks medical control if that would; False if it is not theirs."""
        state, world = self._service.state, self._service.world
        considered = self._considering.consider(clinician_id, unit_id, skill, at_ms)
        answer, given = considered.answer, considered.proposed
        if answer.authority is not None:
            known = world.rulebook.skill(skill)
            level = practice_level(world.rulebook, state.clinicians[clinician_id], instant(at_ms))
            assert known is not None and level is not None
            done = Intervention(
                fact_id=self.next_id(),
                at_ms=at_ms,
                author=clinician_id,
                unit_id=unit_id,
                skill=skill,
                level=level.id,
                authority=answer.authority,
                because=answer.because,
                running=skill in RUNNING,
                drug=given.drug,
                dose=given.dose,
                route=given.route,
            )
            self.record(done)
            free_ms = at_ms + round(CARE_S_BY_CATEGORY.get(known.category, CARE_S) * 1000)
            self._agenda.at(free_ms, partial(self.work, unit_id))
            return True
        if answer.verdict.kind == "order" and not answer.objections:
            ordered_ms = at_ms + round(MEDICAL_CONTROL_S * 1000)
            self._agenda.at(ordered_ms, partial(self._ordered, clinician_id, unit_id, skill, given))
            return True
        return False

    def _ordered(self, clinician_id: str, unit_id: str, skill: str, asked: Proposed, at_ms: int) -> None:
        """Medical control answers by radio; the order opens exactly what was asked for."""
        if self.encounter is not None:
            order = OrderGiven(
                fact_id=self.next_id(),
                at_ms=at_ms,
                author=clinician_id,
                unit_id=unit_id,
                skill=skill,
                ordered_by="medical control",
                channel="radio",
                until_ms=at_ms + round(ORDER_VALID_S * 1000),
                drug=asked.drug,
                dose=asked.dose,
                route=asked.route,
            )
            self.record(order)
        self.work(unit_id, at_ms)

    def vital_signs(self, author: str, unit_id: str, at_ms: int) -> VitalSigns:
        """Synthetic: nothing to measure in an arrest, else drawn around what is usual."""
        rng = generator(self.patient.chance, f"vitals {at_ms - at_ms % 1000}")
        if self.patient.in_cardiac_arrest:
            return VitalSigns(
                fact_id=self.next_id(), at_ms=at_ms, author=author, unit_id=unit_id, gcs_total=3, avpu="unresponsive"
            )
        systolic = self._measured("systolic_mmhg", rng.normal(135, 18))
        return VitalSigns(
            fact_id=self.next_id(),
            at_ms=at_ms,
            author=author,
            unit_id=unit_id,
            heart_rate_per_min=self._measured("heart_rate_per_min", rng.normal(88, 14)),
            systolic_mmhg=systolic,
            diastolic_mmhg=float(round(systolic * 0.6)),
            respiratory_rate_per_min=self._measured("respiratory_rate_per_min", rng.normal(18, 3)),
            gcs_total=round(self._measured("gcs_total", 15)),
            avpu=self._avpu(),
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
        incident = self.incident
        assert incident is not None
        return next((unit for unit, one in incident.assignments.items() if clinician_id in one.crew), "")

    def next_id(self) -> str:
        self._facts += 1
        return f"{self.encounter_id}-f{self._facts:03d}"

    def _send(self, command: c.AnyCommand) -> None:
        outcome = self._service.send(command)
        assert not isinstance(outcome, Refused), outcome.because
