"""`evolve(state, event) -> state`: the only way the state changes, live and in replay. It never refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from sixpoint.care import Encounter, with_fact
from sixpoint.ops import events as e
from sixpoint.ops.places import Leg
from sixpoint.ops.state import Assignment, Incident, Meeting, State, Unit


def evolve(state: State, event: e.AnyEvent) -> State:
    """The state after the event. Pure: the same state and event give the same state, byte for byte."""
    after = _RULES[type(event)](state, event)
    assert isinstance(after, State)
    return replace(after, last_ms=max(state.last_ms, event.at_ms))


def replay(events: Iterable[e.AnyEvent], state: State | None = None) -> State:
    """The state after all the events, from the empty state if none is given."""
    state = state or State()
    for event in events:
        state = evolve(state, event)
    return state


def _opened(state: State, event: e.ServiceOpened) -> State:
    return replace(
        state,
        service_id=event.service_id,
        name=event.name,
        synthetic=event.synthetic,
        rulebook=event.rulebook,
        network=event.network,
    )


def _post_added(state: State, event: e.PostAdded) -> State:
    return replace(state, posts={**state.posts, event.post.post_id: event.post})


def _facility_added(state: State, event: e.FacilityAdded) -> State:
    return replace(state, facilities={**state.facilities, event.facility.facility_id: event.facility})


def _facility_status(state: State, event: e.FacilityStatusChanged) -> State:
    facility = replace(state.facilities[event.facility_id], is_open=event.is_open)
    return replace(state, facilities={**state.facilities, event.facility_id: facility})


def _enrolled(state: State, event: e.ClinicianEnrolled) -> State:
    return replace(state, clinicians={**state.clinicians, event.clinician.id: event.clinician})


def _unit_added(state: State, event: e.UnitAdded) -> State:
    unit = Unit(
        unit_id=event.unit_id,
        call_sign=event.call_sign,
        kind=event.kind,
        post_id=event.post_id,
        can_transport=event.can_transport,
        equipment=event.equipment,
        turnout_s=event.turnout_s,
        position=state.posts[event.post_id].place,
        mutual_aid=event.mutual_aid or UNSET,
        expires_ms=event.expires_ms or UNSET,
    )
    return _with_unit(state, unit)


def _kit_checked(state: State, event: e.KitChecked) -> State:
    unit = replace(state.units[event.unit_id], equipment=event.equipment, expires_ms=event.expires_ms or UNSET)
    return _with_unit(state, unit)


def _capability(state: State, event: e.CrewSignedOn | e.CapabilityChanged) -> State:
    unit = replace(state.units[event.unit_id], members=event.members, capable_until_ms=event.capable_until_ms)
    return _with_unit(state, unit)


def _signed_off(state: State, event: e.CrewSignedOff) -> State:
    unit = replace(state.units[event.unit_id], members=(), capable_until_ms=None)
    return _with_unit(state, unit)


def _call_reported(state: State, event: e.CallReported) -> State:
    known = state.incidents.get(event.incident_id)
    if known is not None:
        return replace(
            _with_incident(state, replace(known, calls=(*known.calls, event.call_id))), calls=state.calls + 1
        )
    incident = Incident(
        incident_id=event.incident_id,
        dispatch_code=event.dispatch_code,
        acuity="",
        place=event.place,
        received_ms=event.received_ms,
        opened_ms=event.at_ms,
        imputed=event.imputed,
        calls=(event.call_id,),
    )
    return replace(_with_incident(state, incident), calls=state.calls + 1)


def _needs(state: State, event: e.NeedsDetermined) -> State:
    return _with_incident(state, replace(state.incidents[event.incident_id], acuity=event.acuity))


def _needs_revised(state: State, event: e.NeedsRevised) -> State:
    not_needed = event.not_needed or UNSET
    return _with_incident(state, replace(state.incidents[event.incident_id], not_needed=not_needed))


def _recommended(state: State, event: e.UnitsRecommended) -> State:
    unmet = tuple(missing.skill for missing in event.choice.unmet)
    return _with_incident(state, replace(state.incidents[event.incident_id], unmet=unmet, waiting_because=None))


def _overridden(state: State, event: e.DispatchOverridden) -> State:
    unmet = tuple(missing.skill for missing in event.choice.unmet)
    return _with_incident(state, replace(state.incidents[event.incident_id], unmet=unmet))


def _joined(state: State, event: e.IncidentsJoined) -> State:
    kept = state.incidents[event.into]
    calls = (*kept.calls, *state.incidents[event.incident_id].calls)
    return _with_incident(state, replace(kept, calls=calls))


def _assigned(state: State, event: e.UnitAssigned) -> State:
    incident = state.incidents[event.incident_id]
    assignment = Assignment(event.unit_id, event.crew, "assigned", {"assigned": event.at_ms})
    incident = replace(incident, assignments={**incident.assignments, event.unit_id: assignment}, waiting_because=None)
    unit = replace(
        state.units[event.unit_id],
        incident_id=event.incident_id,
        status="assigned",
        status_ms=event.at_ms,
        moved_to=UNSET,
    )
    return _with_unit(_with_incident(state, incident), unit)


def _waits(state: State, event: e.IncidentWaits) -> State:
    incident = replace(state.incidents[event.incident_id], unmet=event.unmet, waiting_because=event.because)
    return _with_incident(state, incident)


def _status(state: State, event: e.StatusReported) -> State:
    incident = state.incidents[event.incident_id]
    assignment = incident.assignments[event.unit_id]
    assignment = replace(assignment, status=event.status, times_ms={**assignment.times_ms, event.status: event.at_ms})
    incident = replace(incident, assignments={**incident.assignments, event.unit_id: assignment})
    unit = replace(state.units[event.unit_id], status=event.status, status_ms=event.at_ms)
    if event.leg is not None:
        unit = replace(unit, position=event.leg)
    elif event.status in ("on_scene", "at_patient"):
        meeting = incident.meeting_of(event.unit_id)
        unit = replace(unit, position=incident.place if meeting is None else meeting.place)
    elif event.status == "at_destination" and assignment.facility_id is not None:
        unit = replace(unit, position=state.facilities[assignment.facility_id].place)
    if not assignment.is_open:
        unit = replace(unit, incident_id=None, status=None)
    return _with_unit(_with_incident(state, incident), unit)


def _parked(state: State, event: e.UnitParked) -> State:
    return _with_unit(state, replace(state.units[event.unit_id], position=event.place))


def _moved(state: State, event: e.UnitMoved) -> State:
    unit = state.units[event.unit_id]
    moved_to = UNSET if event.post_id == unit.post_id else event.post_id
    return _with_unit(state, replace(unit, position=event.leg, moved_to=moved_to))


def _closed(state: State, event: e.IncidentClosed) -> State:
    incident = state.incidents[event.incident_id]
    incidents = {key: value for key, value in state.incidents.items() if key != event.incident_id}
    encounters = {key: value for key, value in state.encounters.items() if key not in incident.encounters}
    return replace(state, incidents=incidents, encounters=encounters, closed=state.closed + 1)


def _encounter_opened(state: State, event: e.EncounterOpened) -> State:
    incident = state.incidents[event.incident_id]
    incident = replace(incident, encounters=(*incident.encounters, event.encounter_id))
    encounter = Encounter(event.encounter_id, event.incident_id, event.at_ms)
    state = replace(state, encounters={**state.encounters, event.encounter_id: encounter})
    return _with_incident(state, incident)


def _fact(state: State, event: e.FactRecorded) -> State:
    encounter = with_fact(state.encounters[event.encounter_id], event.fact)
    return replace(state, encounters={**state.encounters, event.encounter_id: encounter})


def _destination(state: State, event: e.DestinationChosen) -> State:
    """The patient goes with this unit, beside any other it takes, and with no other."""
    incident = state.incidents[event.incident_id]
    chosen = replace(
        incident.assignments[event.unit_id].with_patient(event.encounter_id), facility_id=event.destination.facility_id
    )
    assignments = {
        unit_id: one if one.carries(event.encounter_id) else one.without_patient(event.encounter_id)
        for unit_id, one in incident.assignments.items()
    }
    state = _with_incident(state, replace(incident, assignments={**assignments, event.unit_id: chosen}))
    # The vehicle of a crew that rides along, if it drives behind, turns with it.
    behind = [
        unit_id
        for unit_id in incident.open_units
        if incident.assignments[unit_id].rides_with == event.unit_id and isinstance(state.units[unit_id].position, Leg)
    ]
    return _on_their_way(state, dict.fromkeys([event.unit_id, *behind], event.leg))


def _arranged(state: State, event: e.RendezvousArranged) -> State:
    meeting = Meeting(
        encounter_id=event.encounter_id,
        unit_id=event.unit_id,
        advanced_unit_id=event.advanced_unit_id,
        facility_id=event.facility_id,
        place=event.place,
        skills=event.skills,
    )
    state = _with_meeting(state, event.incident_id, meeting)
    return _on_their_way(state, {event.unit_id: event.leg, event.advanced_unit_id: event.advanced_leg})


def _reached(state: State, event: e.RendezvousReached) -> State:
    meeting = _meeting(state, event)
    state = _with_meeting(state, event.incident_id, replace(meeting, reached_ms=event.at_ms))
    return _with_unit(state, replace(state.units[event.unit_id], position=meeting.place))


def _continued(state: State, event: e.TransportContinued) -> State:
    state = _with_meeting(state, event.incident_id, replace(_meeting(state, event), left_ms=event.at_ms))
    incident = state.incidents[event.incident_id]
    rider = replace(incident.assignments[event.advanced_unit_id], rides_with=event.unit_id)
    state = _with_incident(
        state, replace(incident, assignments={**incident.assignments, event.advanced_unit_id: rider})
    )
    return _on_their_way(
        state, {event.unit_id: event.leg, event.advanced_unit_id: event.leg if event.follows else None}
    )


def _meeting_cancelled(state: State, event: e.RendezvousCancelled) -> State:
    incident = state.incidents[event.incident_id]
    meetings = {key: one for key, one in (incident.meetings or {}).items() if key != event.encounter_id}
    state = _with_incident(state, replace(incident, meetings=meetings or UNSET))
    return _on_their_way(state, {event.unit_id: event.leg, event.advanced_unit_id: event.advanced_leg})


def _meeting(state: State, event: e.RendezvousReached | e.TransportContinued) -> Meeting:
    meetings = state.incidents[event.incident_id].meetings
    assert meetings
    return meetings[event.encounter_id]


def _with_meeting(state: State, incident_id: str, meeting: Meeting) -> State:
    incident = state.incidents[incident_id]
    meetings = {**(incident.meetings or {}), meeting.encounter_id: meeting}
    return _with_incident(state, replace(incident, meetings=meetings))


def _on_their_way(state: State, legs: dict[str, Leg | None]) -> State:
    for unit_id, leg in legs.items():
        if leg is not None:
            state = _with_unit(state, replace(state.units[unit_id], position=leg))
    return state


def _rides(state: State, event: e.CrewRidesAlong) -> State:
    incident = state.incidents[event.incident_id]
    assignment = replace(incident.assignments[event.unit_id], rides_with=event.with_unit_id)
    state = _with_incident(state, replace(incident, assignments={**incident.assignments, event.unit_id: assignment}))
    if event.leg is None:
        return state
    return _with_unit(state, replace(state.units[event.unit_id], position=event.leg))


def _unchanged(state: State, event: e.AnyEvent) -> State:
    return state


def _with_unit(state: State, unit: Unit) -> State:
    return replace(state, units={**state.units, unit.unit_id: unit})


def _with_incident(state: State, incident: Incident) -> State:
    return replace(state, incidents={**state.incidents, incident.incident_id: incident})


_RULES: dict[type[e.AnyEvent], Callable[[State, Any], State]] = {
    e.ServiceOpened: _opened,
    e.PostAdded: _post_added,
    e.FacilityAdded: _facility_added,
    e.FacilityStatusChanged: _facility_status,
    e.ClinicianEnrolled: _enrolled,
    e.UnitAdded: _unit_added,
    e.KitChecked: _kit_checked,
    e.CrewSignedOn: _capability,
    e.CapabilityChanged: _capability,
    e.CrewSignedOff: _signed_off,
    e.CallReported: _call_reported,
    e.NeedsDetermined: _needs,
    e.NeedsRevised: _needs_revised,
    e.UnitsRecommended: _recommended,
    e.DispatchOverridden: _overridden,
    e.DuplicateProposed: _unchanged,
    e.IncidentsJoined: _joined,
    e.UnitReassigned: _unchanged,
    e.UnitAssigned: _assigned,
    e.IncidentWaits: _waits,
    e.StatusReported: _status,
    e.UnitParked: _parked,
    e.UnitMoved: _moved,
    e.IncidentClosed: _closed,
    e.EncounterOpened: _encounter_opened,
    e.FactRecorded: _fact,
    e.ScopeOverridden: _unchanged,
    e.CareOverridden: _unchanged,
    e.DestinationChosen: _destination,
    e.CrewRidesAlong: _rides,
    e.RendezvousArranged: _arranged,
    e.RendezvousReached: _reached,
    e.TransportContinued: _continued,
    e.RendezvousCancelled: _meeting_cancelled,
    e.CheckpointTaken: _unchanged,
}
