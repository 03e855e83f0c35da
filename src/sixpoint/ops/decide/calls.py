"""From the first ring to units on their way: report, needs, choice, assignment, closing."""

from __future__ import annotations

from sixpoint.care import ended
from sixpoint.dispatch import CallSeen, Choice, choose, propose_duplicates, weigh
from sixpoint.dispatch.choose import held_back
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.decide.fleet import skill_index
from sixpoint.ops.decide.fresh import with_fresh_capability
from sixpoint.ops.decide.sight import free_candidates, still_needed
from sixpoint.ops.state import Incident, State, Unit
from sixpoint.ops.world import Refused, World, refuse

Decision = tuple[e.AnyEvent, ...] | Refused


def report_call(state: State, command: c.ReportCall, world: World) -> Decision:
    """Opens the incident, or adds the call to one that is open; the needs come from the call type."""
    if command.dispatch_code not in world.call_types.codes:
        return refuse(
            f"call type {command.dispatch_code} is not known",
            "Use a NEMSIS eDispatch.01 code; 2301079 is 'unknown problem'.",
        )
    reported = e.CallReported(
        at_ms=command.at_ms,
        by=command.by,
        call_id=command.call_id,
        incident_id=command.incident_id,
        place=command.place,
        dispatch_code=command.dispatch_code,
        received_ms=command.received_ms,
        caller=command.caller,
        imputed=command.imputed,
    )
    known = state.incidents.get(command.incident_id)
    if known is not None:
        if command.call_id in known.calls:
            return refuse(f"call {command.call_id} was reported already", "Nothing to do.")
        return (reported,)
    call_type = world.call_types[command.dispatch_code]
    needs = e.NeedsDetermined(
        at_ms=command.at_ms,
        by=command.by,
        incident_id=command.incident_id,
        acuity=call_type.acuity,
        needs=tuple(need.skill for need in call_type.needs),
    )
    return (reported, needs, *_alike(state, command, world))


def join_incidents(state: State, command: c.JoinIncidents, world: World) -> Decision:
    """A repeated call becomes part of the incident it is about; the one it opened closes, if no unit is on it."""
    doubled, kept = state.incidents.get(command.incident_id), state.incidents.get(command.into)
    if doubled is None or kept is None or doubled is kept:
        return refuse("both incidents must be open, and not the same", "Correct the identifiers.")
    if doubled.open_units:
        return refuse(f"{', '.join(doubled.open_units)} are on it", "Cancel or divert the units first.")
    if doubled.encounters:
        return refuse("it has a patient of its own", "Keep both incidents.")
    joined = e.IncidentsJoined(
        at_ms=command.at_ms, by=command.by, incident_id=doubled.incident_id, into=kept.incident_id
    )
    closed = e.IncidentClosed(
        at_ms=command.at_ms,
        by=command.by,
        incident_id=doubled.incident_id,
        disposition=f"same incident as {kept.incident_id}",
    )
    return (joined, closed)


def assign_units(state: State, command: c.AssignUnits, world: World) -> Decision:
    """Sends the units that bring each needed skill soonest and lawfully, or those a person names with a reason."""
    incident = state.incidents.get(command.incident_id)
    if incident is None:
        return refuse(f"incident {command.incident_id} is not open", "Correct the identifier.")
    named = command.unit_ids
    faults = _faults_of(state, named or ())
    if faults:
        return Refused(faults, "Name units that are on duty and free; a person can clear a unit first.")
    changed, state = with_fresh_capability(state, incident.incident_id, command.at_ms, command.by, world)
    call_type = still_needed(state, incident, world)
    if named is None and incident.open_units and not call_type.needs:
        return changed
    candidates = free_candidates(state, incident, command.at_ms, world)
    choice = choose(call_type, candidates, skill_index(world), world.policy)
    recommended = tuple(sent.unit_id for sent in choice.sent)
    overridden: tuple[e.AnyEvent, ...] = ()
    if named is not None and set(named) != set(recommended):
        if not command.override_reason:
            return Refused(
                (f"{', '.join(named) or 'nobody'} is not what is recommended ({', '.join(recommended) or 'nobody'})",),
                "Give a reason to send other units; it is recorded.",
            )
        weighed = weigh(call_type, candidates, named, skill_index(world), world.policy)
        if not named:
            weighed = held_back(weighed, command.override_reason)
        overridden = (_override(command, recommended, named, weighed),)
    sends = recommended if named is None else named
    if not sends:
        return (*changed, *overridden, *_waits(state, incident, command, choice, world))
    made = e.UnitsRecommended(
        at_ms=command.at_ms,
        by=command.by,
        incident_id=incident.incident_id,
        choice=choice,
        candidates=len(candidates),
        rulebook=world.rulebook.hash,
        network=state.network,
    )
    eta_s = candidates.etas_s()
    assigned = [
        unit_assigned(state.units[unit_id], incident.incident_id, eta_s[unit_id], command.at_ms, command.by)
        for unit_id in sends
    ]
    return (*changed, made, *overridden, *assigned)


def close_incident(state: State, command: c.CloseIncident, world: World) -> Decision:
    """An incident with a unit on it is not closed; one with a patient whose care has not ended only with a reason."""
    incident = state.incidents.get(command.incident_id)
    if incident is None:
        return refuse(f"incident {command.incident_id} is not open", "Correct the identifier.")
    if incident.open_units:
        return refuse(f"{', '.join(incident.open_units)} are still on it", "Clear or cancel the units first.")
    if not command.disposition:
        return refuse("no disposition is given", "Say how the incident ended.")
    still_open = tuple(
        one for one in incident.encounters if not ended(state.encounters[one], max(state.last_ms, command.at_ms))
    )
    if still_open and not command.override_reason:
        return Refused(
            tuple(f"nobody has said how the care of {one} ended" for one in still_open),
            "Record each end (Disposed, or the facility's hand-over), or say why it is not known; that is reviewed.",
        )
    event = e.IncidentClosed(
        at_ms=command.at_ms,
        by=command.by,
        incident_id=incident.incident_id,
        disposition=command.disposition,
        open_patients=still_open,
        override_reason=command.override_reason if still_open else "",
    )
    return (event,)


def _alike(state: State, command: c.ReportCall, world: World) -> tuple[e.DuplicateProposed, ...]:
    """The open incidents that the call may repeat; proposed to a person, never blocked."""
    this = CallSeen(
        command.call_id,
        command.received_ms / 1000,
        command.place.lon_deg,
        command.place.lat_deg,
        command.dispatch_code,
    )
    others = [
        CallSeen(one.incident_id, one.received_ms / 1000, one.place.lon_deg, one.place.lat_deg, one.dispatch_code)
        for one in state.incidents.values()
    ]
    return tuple(
        e.DuplicateProposed(
            at_ms=command.at_ms,
            by="system",
            incident_id=command.incident_id,
            same_as=proposal.same_as,
            because=proposal.because,
        )
        for proposal in propose_duplicates(this, others, world.call_types, world.policy)
    )


def _faults_of(state: State, unit_ids: tuple[str, ...]) -> tuple[str, ...]:
    faults = []
    for unit_id in unit_ids:
        unit = state.units.get(unit_id)
        if unit is None:
            faults.append(f"unit {unit_id} is not known")
        elif not unit.on_duty:
            faults.append(f"nobody is on unit {unit_id}")
        elif unit.incident_id is not None:
            faults.append(f"unit {unit_id} is on incident {unit.incident_id}")
    if len(set(unit_ids)) < len(unit_ids):
        faults.append("a unit is named twice")
    return tuple(faults)


def unit_assigned(unit: Unit, incident_id: str, eta_s: float, at_ms: int, by: str) -> e.UnitAssigned:
    """The unit is on the incident with the crew it has now."""
    return e.UnitAssigned(
        at_ms=at_ms,
        by=by,
        incident_id=incident_id,
        unit_id=unit.unit_id,
        crew=unit.crew,
        levels=tuple(member.level for member in unit.members),
        eta_s=eta_s,
    )


def _override(
    command: c.AssignUnits, recommended: tuple[str, ...], sent: tuple[str, ...], weighed: Choice
) -> e.DispatchOverridden:
    return e.DispatchOverridden(
        at_ms=command.at_ms,
        by=command.by,
        incident_id=command.incident_id,
        recommended=recommended,
        sent=sent,
        choice=weighed,
        reason=command.override_reason,
    )


def _waits(
    state: State, incident: Incident, command: c.AssignUnits, choice: Choice, world: World
) -> tuple[e.IncidentWaits, ...]:
    """Why nobody is sent, said once: again only when the reason or what is missing has changed."""
    unmet = tuple(missing.skill for missing in choice.unmet)
    if choice.sent:  # it could be served: a person holds it back
        because = f"held back by a person: {command.override_reason}"
        unmet = tuple(need.skill for need in still_needed(state, incident, world).needs)
    else:
        because = choice.queued
    if incident.waiting_because == because and incident.unmet == unmet:
        return ()
    event = e.IncidentWaits(
        at_ms=command.at_ms, by=command.by, incident_id=incident.incident_id, because=because, unmet=unmet
    )
    return (event,)
