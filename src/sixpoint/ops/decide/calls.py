"""From the first ring to units on their way: report, needs, choice, assignment, closing."""

from __future__ import annotations

from msgspec.structs import replace

from sixpoint.dispatch import CallType, Candidate, Choice, CrewMember, choose
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.decide.roster import recomputed
from sixpoint.ops.places import Leg
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
    return (reported, needs)


def assign_units(state: State, command: c.AssignUnits, world: World) -> Decision:
    """Sends the units that bring each needed skill soonest and lawfully, or those a person names with a reason."""
    incident = state.incidents.get(command.incident_id)
    if incident is None:
        return refuse(f"incident {command.incident_id} is not open", "Correct the identifier.")
    named = command.unit_ids
    faults = _faults_of(state, named or ())
    if faults:
        return Refused(faults, "Name units that are on duty and free; a person can clear a unit first.")
    changed, state = _with_fresh_capability(state, command, world)
    call_type = _still_needed(state, incident, world)
    candidates = candidates_for(state, incident, command.at_ms, world)
    index = {skill.id: skill.index for skill in world.rulebook.skills}
    choice = choose(call_type, candidates, index, world.policy)
    recommended = tuple(sent.unit_id for sent in choice.sent)
    overridden: tuple[e.AnyEvent, ...] = ()
    if named is not None and set(named) != set(recommended):
        if not command.override_reason:
            return Refused(
                (f"{', '.join(named) or 'nobody'} is not what is recommended ({', '.join(recommended) or 'nobody'})",),
                "Give a reason to send other units; it is recorded.",
            )
        overridden = (_override(command, recommended, named),)
    sends = recommended if named is None else named
    if not sends:
        return (*changed, *overridden, _waits(state, incident, command, choice))
    eta_s = {candidate.unit_id: candidate.eta_s for candidate in candidates}
    recommended_event = e.UnitsRecommended(
        at_ms=command.at_ms,
        by=command.by,
        incident_id=incident.incident_id,
        choice=choice,
        candidates=len(candidates),
        rulebook=world.rulebook.hash,
        network=state.network,
    )
    assigned = tuple(
        e.UnitAssigned(
            at_ms=command.at_ms,
            by=command.by,
            incident_id=incident.incident_id,
            unit_id=unit_id,
            crew=state.units[unit_id].crew,
            levels=tuple(member.level for member in state.units[unit_id].members),
            eta_s=eta_s[unit_id],
        )
        for unit_id in sends
    )
    return (*changed, recommended_event, *overridden, *assigned)


def close_incident(state: State, command: c.CloseIncident, world: World) -> Decision:
    """An incident with a unit on it, or with nobody sent and no reason, is not closed."""
    incident = state.incidents.get(command.incident_id)
    if incident is None:
        return refuse(f"incident {command.incident_id} is not open", "Correct the identifier.")
    if incident.open_units:
        return refuse(f"{', '.join(incident.open_units)} are still on it", "Clear or cancel the units first.")
    if not command.disposition:
        return refuse("no disposition is given", "Say how the incident ended.")
    event = e.IncidentClosed(
        at_ms=command.at_ms, by=command.by, incident_id=incident.incident_id, disposition=command.disposition
    )
    return (event,)


def candidates_for(state: State, incident: Incident, at_ms: int, world: World) -> tuple[Candidate, ...]:
    """Every free unit with what its crew may do and when it would be there: turnout if parked, then the road."""
    free = [unit for unit in state.units.values() if unit.is_free]
    lights = uses_lights(incident, world)
    roads_s = world.travel.seconds_from_many([unit.position for unit in free], incident.place, at_ms, lights)
    return tuple(
        Candidate(
            unit_id=unit.unit_id,
            standing=unit.capability.standing,
            with_order=unit.capability.with_order,
            can_transport=unit.can_transport,
            eta_s=float(road_s) + (0.0 if isinstance(unit.position, Leg) else unit.turnout_s),
            hands=len(unit.members),
            crew=tuple(
                CrewMember(one.clinician_id, one.capability.standing, one.capability.with_order) for one in unit.members
            ),
        )
        for unit, road_s in zip(free, roads_s, strict=True)
    )


def uses_lights(incident: Incident, world: World) -> bool:
    """Whether units go to this incident with lights and sirens, by the policy for its acuity."""
    return incident.acuity in world.policy.lights_and_sirens


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


def _with_fresh_capability(
    state: State, command: c.AssignUnits, world: World
) -> tuple[tuple[e.CapabilityChanged, ...], State]:
    """Recomputes what the clock has changed since it was last computed: an expired crew is never counted."""
    stale = [unit for unit in state.units.values() if unit.is_free and _is_stale(unit, command.at_ms)]
    changed = tuple(recomputed(unit, state.clinicians, command.at_ms, command.by, world) for unit in stale)
    units = dict(state.units)
    for unit, event in zip(stale, changed, strict=True):
        units[unit.unit_id] = replace(unit, members=event.members, capable_until_ms=event.capable_until_ms)
    return changed, replace(state, units=units) if changed else state


def _is_stale(unit: Unit, at_ms: int) -> bool:
    return unit.capable_until_ms is not None and unit.capable_until_ms <= at_ms


def _still_needed(state: State, incident: Incident, world: World) -> CallType:
    """The call type less what the units already on the incident can do."""
    call_type = world.call_types[incident.dispatch_code]
    on_it = [state.units[unit_id] for unit_id in incident.open_units]
    if not on_it:
        return call_type
    index = {skill.id: skill.index for skill in world.rulebook.skills}
    able = 0
    for unit in on_it:
        able |= unit.capability.with_order
    transport = any(unit.can_transport for unit in on_it)
    needs = tuple(
        need
        for need in call_type.needs
        if (need.transporting and not transport)
        or not any(able >> index[one] & 1 for one in need.any_of if one in index)
    )
    return replace(call_type, needs=needs)


def _override(command: c.AssignUnits, recommended: tuple[str, ...], sent: tuple[str, ...]) -> e.DispatchOverridden:
    return e.DispatchOverridden(
        at_ms=command.at_ms,
        by=command.by,
        incident_id=command.incident_id,
        recommended=recommended,
        sent=sent,
        reason=command.override_reason,
    )


def _waits(state: State, incident: Incident, command: c.AssignUnits, choice: Choice) -> e.IncidentWaits:
    free = sum(unit.is_free for unit in state.units.values())
    because = choice.queued or (f"{free} units are free, none may meet a need" if free else "no unit is free")
    return e.IncidentWaits(
        at_ms=command.at_ms,
        by=command.by,
        incident_id=incident.incident_id,
        because=because,
        unmet=tuple(missing.skill for missing in choice.unmet),
    )
