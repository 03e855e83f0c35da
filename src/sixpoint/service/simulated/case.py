"""One simulated patient as the live service records one: what the crews found, did, were ordered and handed over."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sixpoint.care import (
    HandoverOffered,
    OrderReadBack,
    OrderRequested,
    attended,
    ended,
    open_offers,
    responsible,
    step_down,
)
from sixpoint.dispatch import CallType
from sixpoint.ops import commands as c
from sixpoint.service.rehearsal.bedside import Bedside, Service
from sixpoint.service.rehearsal.considering import Considered
from sixpoint.service.rehearsal.leaving import alert, end_on_scene
from sixpoint.service.rehearsal.patient import Patient


class Asked(msgspec.Struct, frozen=True):
    """Medical control was asked by somebody of a unit on this very assignment for what was considered."""

    clinician_id: str
    unit_id: str
    assigned_ms: int
    request: str
    considered: Considered


class Case(Bedside):
    """A call of a simulated run; `call_type` and `real` (needs by their places) say what the patient needs."""

    def __init__(self, service: Service, incident_id: str, patient: Patient, call_type: CallType, real: int) -> None:
        super().__init__(service, incident_id, patient)
        self._not_needed = tuple(need.order for bit, need in enumerate(call_type.needs) if not real >> bit & 1)

    def found(self, unit_id: str, at_ms: int) -> None:
        """The first crew is at the patient: who it is, what seems wrong, and what is not needed after all."""
        self.describe(unit_id, at_ms)
        revise = c.ReviseNeeds(at_ms=at_ms, by=unit_id, incident_id=self.incident_id, not_needed=self._not_needed)
        self._send(revise)

    # Who is in charge

    def _lead(self, unit_id: str, at_ms: int) -> str:
        return self.most_capable(unit_id, at_ms)

    @property
    def unit_in_charge(self) -> str:
        """The unit whose crew is in charge of the patient; empty before anybody is."""
        encounter = self.encounter
        who = None if encounter is None else responsible(encounter)
        return "" if who is None else self.unit_of(who)

    def is_outranked_by(self, unit_id: str) -> bool:
        """Whether a unit's crew may do more than the crew in charge."""
        units = self._service.state.units
        in_charge = units[self.unit_in_charge].capability.with_order
        return units[unit_id].capability.with_order.bit_count() > in_charge.bit_count()

    def offer_to(self, unit_id: str, at_ms: int) -> None:
        """Whoever is in charge offers the patient to the crew of a unit: to who may keep running what runs."""
        receiver, _ = next(self._takers(unit_id, at_ms), (self.most_capable(unit_id, at_ms), ""))
        self.offer(receiver, unit_id, at_ms)

    def settle(self, at_ms: int) -> tuple[str, ...]:
        """Whom the patient is offered to confirms; why the live service refuses that, if it does."""
        encounter = self.encounter
        for offer in open_offers(encounter) if encounter is not None else ():
            because = self._confirm(offer, at_ms)
            if because:
                return because
        return ()

    def _confirm(self, offer: HandoverOffered, at_ms: int) -> tuple[str, ...]:
        attendant = next((other for who, other in self._takers(offer.to_unit_id, at_ms) if who == offer.to), "")
        refused = self.accept(offer, at_ms, attendant=attendant)
        return () if refused is None else refused.because

    def _takers(self, unit_id: str, at_ms: int) -> Iterator[tuple[str, str]]:
        """Who of a unit's crew may take the patient, with whom beside; those who may do most first, alone if may be."""
        state, rulebook, encounter = self._service.state, self._service.world.rulebook, self._met()
        crew = sorted(state.units[unit_id].crew, key=lambda who: -self._reach(who, at_ms))
        for beside in ("", *crew):
            for who in crew:
                people = [state.clinicians[one] for one in dict.fromkeys((who, beside)) if one]
                unkept = step_down(rulebook, people[0], encounter, at_ms, people[1:])
                if who != beside and not unkept and not attended(rulebook, people, encounter, at_ms):
                    yield who, beside

    # What they do

    def does(self, unit_id: str, skill: str, at_ms: int) -> tuple[str, ...]:
        """Somebody of the crew does the skill, on the authority that the guard gives; why nobody may, if nobody may."""
        because: list[str] = []
        for who, considered in self._considering_each(unit_id, skill, at_ms):
            if considered.answer.authority is not None:
                self.perform(who, unit_id, considered, at_ms)
                return ()
            because += [f"{who}: {considered.answer.verdict.kind}", *considered.answer.because]
        return tuple(because)

    def asks(self, unit_id: str, skill: str, at_ms: int) -> Asked | tuple[str, ...]:
        """Somebody whom an order would let do the skill asks medical control for it."""
        because: list[str] = []
        for who, considered in self._considering_each(unit_id, skill, at_ms):
            answer, given = considered.answer, considered.proposed
            if answer.verdict.kind == "order" and not answer.objections:
                request = OrderRequested(
                    fact_id=self.next_id(),
                    at_ms=at_ms,
                    author=who,
                    unit_id=unit_id,
                    skill=skill,
                    channel="radio",
                    drug=given.drug,
                    dose=given.dose,
                    route=given.route,
                )
                self.record(request)
                return Asked(who, unit_id, self._assigned_ms(unit_id), request.fact_id, considered)
            because += [f"{who}: {answer.verdict.kind}", *answer.because]
        return tuple(because)

    def answered(self, asked: Asked, at_ms: int) -> None:
        """Medical control orders exactly what was asked for, and the order is read back; not once the crew has gone."""
        encounter = self.encounter
        if encounter is None or ended(encounter, at_ms) or self._assigned_ms(asked.unit_id) != asked.assigned_ms:
            return
        skill, given = asked.considered.answer.skill, asked.considered.proposed
        order = self.ordered(asked.clinician_id, asked.unit_id, skill, given, at_ms, asked.request)
        read = OrderReadBack(
            fact_id=self.next_id(),
            at_ms=at_ms,
            author=asked.clinician_id,
            unit_id=asked.unit_id,
            order=order.fact_id,
            skill=skill,
            drug=given.drug,
            dose=given.dose,
            route=given.route,
        )
        self.record(read)

    def _considering_each(self, unit_id: str, skill: str, at_ms: int) -> Iterator[tuple[str, Considered]]:
        crew = self._service.state.units[unit_id].crew
        for who in crew:
            yield who, self.considered(who, unit_id, skill, at_ms, [other for other in crew if other != who])

    def _assigned_ms(self, unit_id: str) -> int:
        """When the unit was assigned; -1 if it is not on the incident any more."""
        incident = self.incident
        one = None if incident is None else incident.assignments.get(unit_id)
        return -1 if one is None or not one.is_open else one.times_ms["assigned"]

    # How the patient leaves

    def tells(self, unit_id: str, at_ms: int) -> None:
        """The facility that was chosen is told, if the patient needs that and one of the crew may."""
        alert(self, self._service.world, unit_id, self._service.state.units[unit_id].crew, at_ms)

    def leaves(self, unit_id: str, rider_id: str, at_ms: int) -> c.ReportStatus:
        """The unit leaves with the patient; beside all of its crew but a driver, who is in charge if that one rides."""
        in_charge, crew = responsible(self._met()), self._service.state.units[unit_id].crew
        attending = (in_charge, *crew[:-1]) if rider_id and in_charge is not None else ()
        return c.ReportStatus(
            at_ms=at_ms,
            by=unit_id,
            incident_id=self.incident_id,
            unit_id=unit_id,
            status="transporting",
            attending=attending,
        )

    def is_at(self, facility_id: str, at_ms: int) -> None:
        """The facility takes the patient over."""
        self.accept(self.offer(facility_id, "", at_ms), at_ms, at_facility=True)

    def stays(self, at_ms: int) -> None:
        """Care ends on scene."""
        end_on_scene(self, at_ms)
