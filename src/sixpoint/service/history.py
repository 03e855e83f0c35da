"""What became of each call, gathered from the events: the ground of the summary, the story and the record."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from sixpoint.care import Encounter, Fact, Intervention, with_fact
from sixpoint.dispatch import Destination
from sixpoint.ops import Place
from sixpoint.ops import events as e


class Assigned(msgspec.Struct):
    """One unit's part: who was on it and when it reached each status (ms since 1970)."""

    unit_id: str
    crew: tuple[str, ...]
    levels: tuple[str, ...]
    eta_s: float
    times_ms: dict[str, int]
    notes: dict[str, str]


class Met(msgspec.Struct):
    """One meeting on the way to hospital: as it was arranged, and how it ended (ms since 1970; None: not so)."""

    arranged: e.RendezvousArranged
    drove_on_ms: int | None = None
    cancelled: e.RendezvousCancelled | None = None


class History(msgspec.Struct):
    """One incident from the first ring to its closing, as far as the log goes."""

    incident_id: str
    dispatch_code: str
    place: Place
    received_ms: int
    caller: str
    imputed: tuple[str, ...]
    acuity: str = ""
    needs: tuple[str, ...] = ()
    choices: list[e.UnitsRecommended] = msgspec.field(default_factory=list)
    overrides: list[e.DispatchOverridden | e.ScopeOverridden | e.CareOverridden] = msgspec.field(default_factory=list)
    waits: list[e.IncidentWaits] = msgspec.field(default_factory=list)
    units: dict[str, Assigned] = msgspec.field(default_factory=dict)
    encounters: dict[str, Encounter] = msgspec.field(default_factory=dict)
    destinations: dict[str, Destination] = msgspec.field(default_factory=dict)
    meetings: list[Met] = msgspec.field(default_factory=list)
    events: list[e.AnyEvent] = msgspec.field(default_factory=list)
    closed_ms: int | None = None
    disposition: str = ""

    def first_ms(self, status: str) -> int | None:
        """When the first of its units reached the status; None if none did."""
        times = [unit.times_ms[status] for unit in self.units.values() if status in unit.times_ms]
        return min(times, default=None)

    def performed_ms(self, any_of: Collection[str]) -> int | None:
        """When any one of the skills was first performed within the rules; None if none was."""
        times = [
            fact.at_ms
            for encounter in self.encounters.values()
            for fact in encounter.facts
            if isinstance(fact, Intervention) and fact.skill in any_of and fact.authority != "override"
        ]
        return min(times, default=None)

    def last_meeting(self, encounter_id: str) -> Met:
        """The meeting that was arranged last for the patient."""
        return next(one for one in reversed(self.meetings) if one.arranged.encounter_id == encounter_id)

    def facts(self) -> list[Fact]:
        """Every fact about its patients, in order of time."""
        found = [fact for encounter in self.encounters.values() for fact in encounter.facts]
        return sorted(found, key=lambda fact: (fact.at_ms, fact.fact_id))


class Histories:
    """Gathers histories event by event; incidents stay in the order in which they were reported.

    `units` and `facilities` are those that the service has known, as they were made known; `moves` those of free units
    to other posts and home.
    """

    def __init__(self, events: Iterable[e.AnyEvent] = ()) -> None:
        self.by_incident: dict[str, History] = {}
        self.units: dict[str, e.UnitAdded] = {}
        self.facilities: dict[str, e.FacilityAdded] = {}
        self.moves: list[e.UnitMoved] = []
        self._incident_of: dict[str, str] = {}
        for event in events:
            self.hear(event)

    @property
    def moved_away(self) -> int:
        """How often a free unit was sent to a post that is not its own."""
        return sum(move.post_id != self.units[move.unit_id].post_id for move in self.moves)

    def hear(self, event: e.AnyEvent) -> None:
        """Takes one more event of the log."""
        if isinstance(event, e.CallReported) and event.incident_id not in self.by_incident:
            self.by_incident[event.incident_id] = History(
                event.incident_id, event.dispatch_code, event.place, event.received_ms, event.caller, event.imputed
            )
        if isinstance(event, e.UnitAdded):
            self.units[event.unit_id] = event
        if isinstance(event, e.FacilityAdded):
            self.facilities[event.facility.facility_id] = event
        if isinstance(event, e.UnitMoved):
            self.moves.append(event)
        history = self._history_of(event)
        if history is None:
            return
        history.events.append(event)
        match event:
            case e.NeedsDetermined():
                history.acuity, history.needs = event.acuity, event.needs
            case e.UnitsRecommended():
                history.choices.append(event)
            case e.DispatchOverridden() | e.ScopeOverridden() | e.CareOverridden():
                history.overrides.append(event)
            case e.IncidentWaits():
                history.waits.append(event)
            case e.UnitAssigned():
                history.units[event.unit_id] = Assigned(
                    event.unit_id, event.crew, event.levels, event.eta_s, {"assigned": event.at_ms}, {}
                )
            case e.StatusReported():
                unit = history.units[event.unit_id]
                unit.times_ms[event.status] = event.at_ms
                if event.note:
                    unit.notes[event.status] = event.note
            case e.EncounterOpened():
                self._incident_of[event.encounter_id] = event.incident_id
                history.encounters[event.encounter_id] = Encounter(event.encounter_id, event.incident_id, event.at_ms)
            case e.FactRecorded():
                encounter = history.encounters[event.encounter_id]
                history.encounters[event.encounter_id] = with_fact(encounter, event.fact)
            case e.DestinationChosen():
                history.destinations[event.encounter_id] = event.destination
            case e.RendezvousArranged():
                history.meetings.append(Met(event))
            case e.TransportContinued():
                history.last_meeting(event.encounter_id).drove_on_ms = event.at_ms
            case e.RendezvousCancelled():
                history.last_meeting(event.encounter_id).cancelled = event
            case e.IncidentClosed():
                history.closed_ms, history.disposition = event.at_ms, event.disposition
            case _:
                pass

    def _history_of(self, event: e.AnyEvent) -> History | None:
        if isinstance(event, e.EncounterOpened):
            return self.by_incident[event.incident_id]
        encounter_id = getattr(event, "encounter_id", None)
        incident_id = self._incident_of.get(encounter_id) if encounter_id else getattr(event, "incident_id", None)
        return self.by_incident.get(incident_id) if incident_id else None
