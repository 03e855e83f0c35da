"""Care at the patient in a rehearsal: the first to arrive starts, the more capable takes over, all may only
do what the guard allows, and the patient leaves with whoever may keep running what runs."""

from __future__ import annotations

from functools import partial
from itertools import product

from sixpoint.care import HandoverOffered, Proposed, open_offers, responsible
from sixpoint.plan.pace import CARE_S, CARE_S_BY_CATEGORY, HANDOVER_S, MEDICAL_CONTROL_S
from sixpoint.service.rehearsal.agenda import Agenda
from sixpoint.service.rehearsal.bedside import Bedside, Service
from sixpoint.service.rehearsal.patient import Patient


class Scene(Bedside):
    """One patient at one incident, and the crews around the patient, each at its own pace."""

    def __init__(self, service: Service, agenda: Agenda, incident_id: str, patient: Patient) -> None:
        super().__init__(service, incident_id, patient)
        self.carrier: str | None = None  # the unit that takes the patient away
        self.aboard: set[str] = set()  # units whose crew boarded it on the way
        self._agenda = agenda
        self._working: set[str] = set()

    def is_working(self, unit_id: str) -> bool:
        """Whether the unit is in the middle of something."""
        return unit_id in self._working

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

    def attempt(self, clinician_id: str, unit_id: str, skill: str, at_ms: int) -> bool:
        """Does the skill if the guard allows it, or asks medical control if that would; False if it is not theirs."""
        considered = self.considered(clinician_id, unit_id, skill, at_ms)
        answer = considered.answer
        if answer.authority is not None:
            known = self._service.world.rulebook.skill(skill)
            assert known is not None
            self.perform(clinician_id, unit_id, considered, at_ms)
            free_ms = at_ms + round(CARE_S_BY_CATEGORY.get(known.category, CARE_S) * 1000)
            self._agenda.at(free_ms, partial(self.work, unit_id))
            return True
        if answer.verdict.kind == "order" and not answer.objections:
            ordered_ms = at_ms + round(MEDICAL_CONTROL_S * 1000)
            self._agenda.at(ordered_ms, partial(self._ordered, clinician_id, unit_id, skill, considered.proposed))
            return True
        return False

    def _ordered(self, clinician_id: str, unit_id: str, skill: str, asked: Proposed, at_ms: int) -> None:
        """Medical control answers by radio; the order opens exactly what was asked for."""
        if self.encounter is not None:
            self.ordered(clinician_id, unit_id, skill, asked, at_ms)
        self.work(unit_id, at_ms)
