"""Tells events in the words of the trade, for the board's feed and for the story of a call."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sixpoint.care import (
    HandoverAccepted,
    HandoverDeclined,
    HandoverOffered,
    Impression,
    Intervention,
    InterventionStopped,
    OrderGiven,
    PatientDescribed,
    PriorAid,
    Tagged,
    VitalSigns,
    words,
)
from sixpoint.dispatch import CallTypes
from sixpoint.dispatch.choose import clock
from sixpoint.ops import State
from sixpoint.ops import events as e
from sixpoint.ops.bedside import patients
from sixpoint.scope import Rulebook

STATUS_WORDS: Mapping[str, str] = {
    "notified": "notified",
    "en_route": "en route",
    "staged": "staged",
    "on_scene": "on scene",
    "at_patient": "at the patient",
    "transporting": "transporting",
    "at_destination": "at destination",
    "transferred": "transferred care",
    "clear": "clear",
    "cancelled": "cancelled",
}
_IDENTIFIER = re.compile(r"\b[a-z0-9]+(?:_[a-z0-9]+)*\b")


class Teller:
    """Knows the names of things: call types, skills, units, people, facilities."""

    def __init__(self, call_types: CallTypes, rulebook: Rulebook) -> None:
        self._call_types = call_types
        self._rulebook = rulebook
        self._levels: dict[str, str] = {}

    def skill(self, skill_id: str) -> str:
        """The skill's name; its identifier if the rulebook does not know it."""
        known = self._rulebook.skill(skill_id)
        return skill_id if known is None else known.name

    def named(self, reason: str) -> str:
        """A reason with skills by their names in place of their identifiers."""
        return _IDENTIFIER.sub(lambda found: self.skill(found.group()), reason)

    def call_type(self, code: str) -> str:
        """The call type's name."""
        return self._call_types[code].reason

    def tell(self, event: e.AnyEvent, state: State) -> str | None:
        """The event as a sentence; None for what a person need not hear. `state` is the one after the event."""
        match event:
            case e.CallReported():
                mark = " (type imputed)" if "dispatch_code" in event.imputed else ""
                return f"{event.incident_id}: {self.call_type(event.dispatch_code)}{mark}"
            case e.NeedsRevised():
                return self._not_needed(event, state)
            case e.UnitAssigned():
                return (
                    f"{self.unit(event.unit_id, state)} assigned to {event.incident_id}, there in {clock(event.eta_s)}"
                )
            case e.DuplicateProposed():
                return f"{event.incident_id} may be the same as {event.same_as}: {event.because}"
            case e.IncidentsJoined():
                return f"{event.incident_id} is the same as {event.into}"
            case e.UnitReassigned():
                done = "diverted to" if event.kind == "divert" else "replaces a unit on its way to"
                return f"{self.unit(event.unit_id, state)} {done} {event.incident_id}: {event.because}"
            case e.IncidentWaits():
                incident = state.incidents.get(event.incident_id)
                waits = "still lacks help" if incident is not None and incident.open_units else "waits"
                return f"{event.incident_id} {waits}: {event.because}"
            case e.UnitMoved():
                where = state.posts[event.post_id].name
                return f"{self.unit(event.unit_id, state)} moves to {where}: {event.because}"
            case e.StatusReported():
                with_ = ", ".join(self.person(who, state) for who in event.attending)
                attended = f", {with_} with the patient" if with_ else ""
                return f"{self.unit(event.unit_id, state)} {STATUS_WORDS[event.status]}{attended}"
            case e.FactRecorded():
                return self.fact(event, state)
            case e.DestinationChosen():
                return f"destination {self.facility(event.destination.facility_id, state)}"
            case e.CrewRidesAlong():
                return f"the crew of {self.unit(event.unit_id, state)} rides in {self.unit(event.with_unit_id, state)}"
            case e.RendezvousArranged():
                pair = self._pair(event, state)
                wait_s = max(0, event.meets_ms - event.at_ms) / 1000
                return f"{event.incident_id}: {pair} meet on the way in {clock(wait_s)}: {event.because}"
            case e.RendezvousReached():
                return f"{self.unit(event.unit_id, state)} at the meeting place"
            case e.TransportContinued():
                return f"{self._pair(event, state)} drive on together"
            case e.RendezvousCancelled():
                return f"{event.incident_id}: {self._pair(event, state)} do not meet: {event.because}"
            case e.ScopeOverridden():
                who = self.person(event.clinician_id, state)
                return f"outside scope: {self.skill(event.skill)} by {who}: {event.reason}"
            case e.CareOverridden():
                return f"{event.about} outside the rules: {'; '.join(event.because)}: {event.reason}"
            case e.DispatchOverridden():
                return f"dispatch overridden for {event.incident_id}: {event.reason}"
            case e.IncidentClosed():
                still = ", ".join(event.open_patients)
                left = f"; the care of {still} not ended: {event.override_reason}" if still else ""
                return f"{event.incident_id} closed: {event.disposition}{left}"
            case _:
                return None

    def _not_needed(self, event: e.NeedsRevised, state: State) -> str:
        incident = state.incidents.get(event.incident_id)
        needs = () if incident is None else self._call_types[incident.dispatch_code].needs
        told = dict.fromkeys(self.skill(need.skill) for need in needs if need.order in event.not_needed)
        return f"{event.incident_id} does not need: {', '.join(told) or 'nothing less than thought'}"

    def fact(self, event: e.FactRecorded, state: State) -> str:
        """A fact at the patient as a sentence."""
        fact = event.fact
        who = self.person(fact.author, state)
        match fact:
            case PatientDescribed():
                return f"patient: {words(fact)}" + (" (synthetic)" if fact.imputed else "")
            case PriorAid():
                return f"before arrival: {self.skill(fact.skill)} by {fact.by}"
            case Impression():
                return f"{who} finds: {fact.condition}"
            case VitalSigns():
                return f"{who} takes vital signs"
            case OrderGiven(ends=""):
                return f"medical control orders {self.skill(fact.skill)} ({fact.channel}) to {who}"
            case Intervention():
                authority = fact.authority.replace("_", " ")
                return f"{who}, {fact.level}: {self.skill(fact.skill)} [{authority}]"
            case InterventionStopped():
                return f"{who} stops {self._stopped(fact, event, state)}"
            case HandoverOffered():
                return f"{who} offers the patient to {self.receiver(fact.to, state)}"
            case HandoverAccepted():
                return f"{self.receiver(fact.author, state)} takes responsibility"
            case HandoverDeclined():
                return f"{self.receiver(fact.author, state)} does not take the patient"
            case Tagged():
                encounter = state.encounters[event.encounter_id]
                all_of_them = patients(state, encounter.incident_id, event.at_ms)
                several = f" ({all_of_them})" if all_of_them.total > 1 else ""
                return f"{who}: {event.encounter_id} {words(fact)}{several}"
            case _:
                return f"{who}: {words(fact)}"

    def _stopped(self, fact: InterventionStopped, event: e.FactRecorded, state: State) -> str:
        """What is stopped, by name; its identifier if the patient is no longer there to be asked."""
        encounter = state.encounters.get(event.encounter_id)
        acts = () if encounter is None else encounter.facts
        skills = (act.skill for act in acts if isinstance(act, Intervention | PriorAid) and act.fact_id == fact.stops)
        return self.skill(next(skills, fact.stops))

    def _pair(self, event: e.RendezvousArranged | e.TransportContinued | e.RendezvousCancelled, state: State) -> str:
        return f"{self.unit(event.unit_id, state)} and {self.unit(event.advanced_unit_id, state)}"

    def unit(self, unit_id: str, state: State) -> str:
        """The unit's call sign."""
        return state.units[unit_id].call_sign if unit_id in state.units else unit_id

    def person(self, clinician_id: str, state: State) -> str:
        """The clinician's name."""
        return state.clinicians[clinician_id].name if clinician_id in state.clinicians else clinician_id

    def receiver(self, receiver_id: str, state: State) -> str:
        """A clinician or a facility by name."""
        return self.facility(receiver_id, state) if receiver_id in state.facilities else self.person(receiver_id, state)

    def facility(self, facility_id: str | None, state: State) -> str:
        """The facility's name."""
        if facility_id is None:
            return "nowhere"
        return state.facilities[facility_id].name if facility_id in state.facilities else facility_id
