"""Rendezvous: a unit with a patient meets one that may do more on the way to hospital, if that brings its care sooner.

The patient stays in the unit that left the scene; the advanced crew boards it. An arranged meeting never ends silently:
the two drive on together, or `RendezvousCancelled` says why not, whatever else took one of them away.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.decide.progress import leg_along
from sixpoint.ops.decide.rendezvous_plan import ProposedMeeting, encounter_of, plan_for, proposed_rendezvous
from sixpoint.ops.decide.sight import BEFORE_SCENE, turnout_left_s, uses_lights
from sixpoint.ops.evolve import replay
from sixpoint.ops.places import Leg, Place
from sixpoint.ops.state import Incident, Meeting, State, Unit
from sixpoint.ops.world import Refused, World, refuse

Decision = tuple[e.AnyEvent, ...] | Refused

# One to drive each vehicle, one with the patient.
HANDS_TO_FOLLOW = 3


def arrange_rendezvous(state: State, command: c.ArrangeRendezvous, world: World) -> Decision:
    """The two units set out for the meeting place: that of the proposal, or one that a person names with a reason."""
    incident = state.incidents.get(command.incident_id)
    refused = _cannot_meet(state, incident, command)
    if refused is not None:
        return refused
    assert incident is not None
    carrier, advanced = state.units[command.unit_id], state.units[command.advanced_unit_id]
    wanted = command.skills or None
    ready_s = command.ready_s if carrier.status == "at_patient" else 0.0
    encounter_id = encounter_of(incident, carrier)
    assert encounter_id is not None
    best = proposed_rendezvous(
        state, incident.incident_id, command.at_ms, world, unit_id=carrier.unit_id, skills=wanted, ready_s=ready_s
    )
    offered = plan_for(state, incident, carrier, advanced, wanted, ready_s, command.at_ms, world)
    agrees = best is not None and best == offered and best.is_advised
    agrees = agrees and (command.place is None or command.place == offered.place)
    if not agrees and not command.override_reason:
        said = _why_not_advised(offered) if best in (offered, None) else f"{best.advanced_unit_id} is proposed"
        return refuse(f"this meeting is not proposed: {said}", "Give a reason to meet all the same; it is recorded.")
    if command.place is None and offered.plan.plan != "meet":
        return refuse("no place is proposed", "Name the place of the meeting.")
    place = command.place or offered.place
    ways = _both_ways(incident, carrier, advanced, place, ready_s, command.at_ms, world)
    if isinstance(ways, Refused):
        return ways
    leg, advanced_leg, meets_ms = ways
    arranged = e.RendezvousArranged(
        at_ms=command.at_ms,
        by=command.by,
        incident_id=incident.incident_id,
        encounter_id=encounter_id,
        unit_id=carrier.unit_id,
        advanced_unit_id=advanced.unit_id,
        facility_id=offered.facility_id,
        place=place,
        meets_ms=meets_ms,
        skills=offered.skills,
        plan=offered.plan,
        saves=offered.saves,
        because=command.override_reason or offered.plan.because,
        leg=leg,
        advanced_leg=advanced_leg,
        override_reason="" if agrees else command.override_reason,
    )
    return (arranged,)


def reach_rendezvous(state: State, command: c.ReachRendezvous, world: World) -> Decision:
    """The unit with the patient is at the meeting place."""
    meeting = _meeting_of(state, command.incident_id, command.unit_id)
    if isinstance(meeting, Refused):
        return meeting
    if meeting.unit_id != command.unit_id:
        return refuse(f"the patient is in {meeting.unit_id}", f"Report {command.unit_id} on scene.")
    unit = state.units[command.unit_id]
    if unit.status != "transporting" or command.at_ms < unit.status_ms:
        return refuse(f"unit {unit.unit_id} had not left the scene", "Report it transporting first.")
    if meeting.reached_ms is not None:
        return ()
    reached = e.RendezvousReached(
        at_ms=command.at_ms,
        by=command.by,
        incident_id=command.incident_id,
        encounter_id=meeting.encounter_id,
        unit_id=meeting.unit_id,
    )
    return (reached,)


def continue_transport(state: State, command: c.ContinueTransport, world: World) -> Decision:
    """With the advanced crew at the patient, the unit drives on; the other vehicle follows if somebody can drive it."""
    meeting = _meeting_of(state, command.incident_id, command.unit_id)
    if isinstance(meeting, Refused):
        return meeting
    carrier, advanced = state.units[meeting.unit_id], state.units[meeting.advanced_unit_id]
    if command.unit_id != carrier.unit_id or meeting.reached_ms is None:
        return refuse(f"unit {carrier.unit_id} is not at the meeting place", "Report it there.")
    if advanced.status != "at_patient" or command.at_ms < max(advanced.status_ms, meeting.reached_ms):
        return refuse(f"the crew of {advanced.unit_id} is not at the patient", "Report it, or cancel the meeting.")
    leg = leg_along(carrier, state.facilities[meeting.facility_id].place, False, command.at_ms, world)
    if isinstance(leg, Refused):
        return leg
    continued = e.TransportContinued(
        at_ms=command.at_ms,
        by=command.by,
        incident_id=command.incident_id,
        encounter_id=meeting.encounter_id,
        unit_id=carrier.unit_id,
        advanced_unit_id=advanced.unit_id,
        leg=leg,
        follows=len(carrier.members) + len(advanced.members) >= HANDS_TO_FOLLOW,
    )
    return (continued,)


def cancel_rendezvous(state: State, command: c.CancelRendezvous, world: World) -> Decision:
    """A person ends the meeting, for a reason; the unit with the patient drives straight on."""
    meeting = _meeting_of(state, command.incident_id, command.unit_id)
    if isinstance(meeting, Refused):
        return meeting
    if not command.reason:
        return refuse("no reason is given", "Say why the meeting will not be.")
    return (_cancelled(state, command.incident_id, meeting, command, command.reason, world),)


def abandoned(
    state: State, decided: Sequence[e.AnyEvent], command: c.AnyCommand, world: World
) -> tuple[e.RendezvousCancelled, ...]:
    """The meetings that the decided events have made impossible, each with the reason."""
    concerned = {getattr(event, "incident_id", "") for event in decided}
    open_before = [
        (incident_id, meeting)
        for incident_id in sorted(concerned & state.incidents.keys())
        for meeting in (state.incidents[incident_id].meetings or {}).values()
        if meeting.is_open
    ]
    if not open_before:
        return ()
    after = replay(decided, state)
    cancelled = []
    for incident_id, meeting in open_before:
        incident = after.incidents.get(incident_id)
        still = None if incident is None else incident.meeting_of(meeting.unit_id)
        if incident is not None and still is not None and (because := _why_not(incident, still)) is not None:
            cancelled.append(_cancelled(after, incident_id, still, command, because, world))
    return tuple(cancelled)


def _why_not_advised(offered: ProposedMeeting) -> str:
    if offered.plan.plan == "meet":
        return f"{offered.plan.because}, but the later hospital costs more by {-offered.saves:.1f} points of harm"
    return offered.plan.because


def _why_not(incident: Incident, meeting: Meeting) -> str | None:
    """Why the two can no longer meet as arranged; None if they can."""
    carrier, advanced = incident.assignments[meeting.unit_id], incident.assignments[meeting.advanced_unit_id]
    if not advanced.is_open:
        return f"{advanced.unit_id} is {advanced.status}"
    if carrier.status not in ("at_patient", "transporting"):
        return f"{carrier.unit_id} is {carrier.status.replace('_', ' ')} without having met"
    if meeting.encounter_id not in carrier.patients:
        return f"the patient does not go with {carrier.unit_id}"
    if carrier.facility_id != meeting.facility_id:
        return f"the destination is now {carrier.facility_id}"
    return None


def _cannot_meet(state: State, incident: Incident | None, command: c.ArrangeRendezvous) -> Refused | None:
    if incident is None:
        return refuse(f"incident {command.incident_id} is not open", "Correct the identifier.")
    on_it = {one.unit_id: one for one in incident.assignments.values() if one.is_open}
    carrier, advanced = on_it.get(command.unit_id), on_it.get(command.advanced_unit_id)
    if carrier is None or advanced is None or carrier is advanced:
        return refuse("both units must be on the incident, and not the same", "Assign them first.")
    if carrier.status not in ("at_patient", "transporting") or not state.units[carrier.unit_id].can_transport:
        return refuse(f"{carrier.unit_id} has no patient to transport", "Name the unit with the patient.")
    if carrier.facility_id is None or carrier.encounter_id is None:
        return refuse("no destination is chosen", "Choose the destination first.")
    others = [one.unit_id for one in on_it.values() if one is not carrier and one.carries(carrier.encounter_id)]
    if others:
        return refuse(f"the patient is in {others[0]}", "Name the unit with the patient.")
    if advanced.status not in BEFORE_SCENE:
        return refuse(f"unit {advanced.unit_id} is not on its way", "Name a unit that is.")
    if incident.meeting_of(carrier.unit_id) or incident.meeting_of(advanced.unit_id):
        return refuse("a meeting is arranged already", "Cancel it first.")
    if (incident.meetings or {}).get(carrier.encounter_id) is not None:
        return refuse("the patient has met an advanced crew already", "Drive on.")
    if not (math.isfinite(command.ready_s) and command.ready_s >= 0):
        return refuse(f"ready_s is {command.ready_s:g}", "Give seconds from now, zero or more.")
    return None


def _meeting_of(state: State, incident_id: str, unit_id: str) -> Meeting | Refused:
    incident = state.incidents.get(incident_id)
    meeting = None if incident is None else incident.meeting_of(unit_id)
    return meeting or refuse(f"no meeting of {unit_id} is arranged at {incident_id}", "Arrange it first.")


def _cancelled(
    state: State, incident_id: str, meeting: Meeting, command: c.AnyCommand, because: str, world: World
) -> e.RendezvousCancelled:
    """Both units' ways from now: straight to hospital, or to the scene while the patient is there."""
    carrier, advanced = state.units[meeting.unit_id], state.units[meeting.advanced_unit_id]
    incident = state.incidents[incident_id]
    assignment = incident.assignments[carrier.unit_id]
    on_scene = not any(one.carries(meeting.encounter_id) for one in incident.assignments.values())
    leg: Leg | Refused | None = None
    advanced_leg: Leg | Refused | None = None
    if assignment.status == "transporting" and assignment.facility_id is not None:
        leg = leg_along(carrier, state.facilities[assignment.facility_id].place, False, command.at_ms, world)
    elif on_scene and advanced.incident_id == incident_id and advanced.status in ("en_route", "staged", "on_scene"):
        advanced_leg = leg_along(advanced, incident.place, uses_lights(incident, world), command.at_ms, world)
    return e.RendezvousCancelled(
        at_ms=command.at_ms,
        by=command.by,
        incident_id=incident_id,
        encounter_id=meeting.encounter_id,
        unit_id=carrier.unit_id,
        advanced_unit_id=advanced.unit_id,
        because=because,
        leg=None if isinstance(leg, Refused) else leg,
        advanced_leg=None if isinstance(advanced_leg, Refused) else advanced_leg,
    )


def _both_ways(
    incident: Incident, carrier: Unit, advanced: Unit, place: Place, ready_s: float, at_ms: int, world: World
) -> tuple[Leg | None, Leg | None, int] | Refused:
    """The legs of those who are on the road already, and when both will be there."""
    lights = uses_lights(incident, world)
    way, other = leg_along(carrier, place, False, at_ms, world), leg_along(advanced, place, lights, at_ms, world)
    if isinstance(way, Refused):
        return way
    if isinstance(other, Refused):
        return other
    there_ms = way.arrives_ms + round(ready_s * 1000)
    other_ms = other.arrives_ms + round(turnout_left_s(advanced, at_ms) * 1000)
    return (
        way if carrier.status == "transporting" else None,
        other if advanced.status in ("en_route", "staged") else None,
        max(there_ms, other_ms),
    )
