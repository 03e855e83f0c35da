"""Units change incidents: diverted to a graver one, replaced by one freed nearer, released when not needed.

A person, or the policy, decides; what the proposals of `dispatch` do not support needs a reason. The incident that
loses a unit is looked at again in the same decision: it is sent others, or it waits and says why.
"""

from __future__ import annotations

from sixpoint.dispatch import Reassignment, propose_cancellations, propose_divert, propose_replacement
from sixpoint.dispatch.candidates import in_columns
from sixpoint.dispatch.needs import ACUITIES
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.decide.calls import assign_units, unit_assigned
from sixpoint.ops.decide.fleet import skill_index
from sixpoint.ops.decide.fresh import with_fresh_capability
from sixpoint.ops.decide.progress import leg_to_post
from sixpoint.ops.decide.sight import BEFORE_SCENE, seen_from, underway
from sixpoint.ops.evolve import replay
from sixpoint.ops.places import Leg
from sixpoint.ops.state import Incident, State, Unit
from sixpoint.ops.world import Refused, World, refuse

Decision = tuple[e.AnyEvent, ...] | Refused


def divert_unit(state: State, command: c.DivertUnit, world: World) -> Decision:
    """Takes the unit from the incident it is on its way to, for this one; the other is served in the same decision."""
    incident = state.incidents.get(command.incident_id)
    unit = state.units.get(command.unit_id)
    if incident is None or unit is None:
        return refuse(f"{command.incident_id} or {command.unit_id} is not known", "Correct the identifiers.")
    if unit.incident_id is None or unit.incident_id == incident.incident_id or unit.status not in BEFORE_SCENE:
        return refuse(f"unit {unit.unit_id} is not on its way to another incident", "Assign it, if it is free.")
    changed, state = with_fresh_capability(state, incident.incident_id, command.at_ms, command.by, world)
    unit = state.units[unit.unit_id]
    proposed = proposed_divert(state, incident, command.at_ms, world)
    if (proposed is None or proposed.unit_id != unit.unit_id) and not command.override_reason:
        return refuse(
            f"the calls together gain too little by diverting {unit.unit_id}",
            "Give a reason to divert it all the same; it is recorded.",
        )
    because = command.override_reason or (proposed.because if proposed else "")
    left = unit.incident_id
    assert left is not None, "it is on its way to an incident"
    (seen,) = seen_from(state, [unit.unit_id], incident, command.at_ms, world)
    events: tuple[e.AnyEvent, ...] = (
        e.UnitReassigned(
            at_ms=command.at_ms,
            by=command.by,
            unit_id=unit.unit_id,
            from_incident_id=left,
            incident_id=incident.incident_id,
            kind="divert",
            because=because,
            proposed=proposed,
        ),
        _cancelled(unit, left, command, f"diverted to {incident.incident_id}"),
        unit_assigned(unit, incident.incident_id, seen.eta_s, command.at_ms, command.by),
    )
    after = replay(events, state)
    if _have_left(after.incidents[left]):
        return (*changed, *events)
    served = assign_units(after, c.AssignUnits(at_ms=command.at_ms, by=command.by, incident_id=left), world)
    assert not isinstance(served, Refused), served
    return (*changed, *events, *served)


def _have_left(incident: Incident) -> bool:
    """Whether every patient is in a unit on the way to hospital: nobody is sent to the scene any more."""
    on_it = incident.assignments.values()
    return bool(incident.encounters) and all(any(one.carries(who) for one in on_it) for who in incident.encounters)


def replace_unit(state: State, command: c.ReplaceUnit, world: World) -> Decision:
    """Sends a free unit in the place of one still on its way, which is released."""
    incident = state.incidents.get(command.incident_id)
    freed, released = state.units.get(command.unit_id), state.units.get(command.instead_of)
    if incident is None or freed is None or released is None:
        return refuse("the incident or a unit is not known", "Correct the identifiers.")
    if not freed.is_free:
        return refuse(f"unit {freed.unit_id} is not free", "Name a free unit.")
    if released.incident_id != incident.incident_id or released.status not in BEFORE_SCENE:
        return refuse(f"unit {released.unit_id} is not on its way to {incident.incident_id}", "Name one that is.")
    changed, state = with_fresh_capability(state, incident.incident_id, command.at_ms, command.by, world)
    freed = state.units[freed.unit_id]
    proposed = proposed_replacement(state, incident, freed, command.at_ms, world)
    agrees = proposed is not None and proposed.effects[0].releases == (released.unit_id,)
    if not agrees and not command.override_reason:
        return refuse(
            f"{freed.unit_id} saves too little in place of {released.unit_id}",
            "Give a reason to replace it all the same; it is recorded.",
        )
    (seen,) = seen_from(state, [freed.unit_id], incident, command.at_ms, world)
    reassigned = e.UnitReassigned(
        at_ms=command.at_ms,
        by=command.by,
        unit_id=freed.unit_id,
        from_incident_id=None,
        incident_id=incident.incident_id,
        kind="replace",
        because=command.override_reason or (proposed.because if proposed else ""),
        proposed=proposed,
    )
    leg = leg_to_post(state, released, command.at_ms, world)
    note = f"replaced by {freed.unit_id}"
    cancelled = _cancelled(released, incident.incident_id, command, note, leg)
    assigned = unit_assigned(freed, incident.incident_id, seen.eta_s, command.at_ms, command.by)
    return (*changed, reassigned, cancelled, assigned)


def proposed_divert(state: State, incident: Incident, at_ms: int, world: World) -> Reassignment | None:
    """The unit to take from a lesser incident for this one, if all together gain enough by it."""
    _, state = with_fresh_capability(state, incident.incident_id, at_ms, "", world)
    busy = [
        unit
        for unit in state.units.values()
        if unit.status in BEFORE_SCENE and _is_lesser(state, unit, incident) and not _meets_somebody(state, unit)
    ]
    if not busy:
        return None
    others = {
        unit.incident_id: underway(state, state.incidents[unit.incident_id], at_ms, world)
        for unit in busy
        if unit.incident_id is not None
    }
    seen = seen_from(state, [unit.unit_id for unit in busy], incident, at_ms, world)
    pairs = [(one, others[unit.incident_id]) for one, unit in zip(seen, busy, strict=True) if unit.incident_id]
    # What is on the incident already counts as free for it: a divert must beat that, too.
    here = underway(state, incident, at_ms, world)
    available = in_columns(here.coming, skill_index(world)).beside(here.free)
    return propose_divert(here.call_type, incident.incident_id, available, pairs, skill_index(world), world.policy)


def _is_lesser(state: State, unit: Unit, incident: Incident) -> bool:
    """Whether the unit is on an incident less grave than this one."""
    if unit.incident_id is None:
        return False
    other = state.incidents[unit.incident_id]
    return ACUITIES.index(other.acuity) > ACUITIES.index(incident.acuity)


def _meets_somebody(state: State, unit: Unit) -> bool:
    """Whether a patient on the way to hospital counts on the unit: only a person takes it away."""
    return unit.incident_id is not None and state.incidents[unit.incident_id].meeting_of(unit.unit_id) is not None


def proposed_replacement(
    state: State, incident: Incident, freed: Unit, at_ms: int, world: World
) -> Reassignment | None:
    """The swap of a unit on its way for one that is free, if it saves enough; none for units on their way to meet."""
    if any(meeting.is_open for meeting in (incident.meetings or {}).values()):
        return None
    _, state = with_fresh_capability(state, incident.incident_id, at_ms, "", world)
    (seen,) = seen_from(state, [freed.unit_id], incident, at_ms, world)
    return propose_replacement(underway(state, incident, at_ms, world), seen, skill_index(world), world.policy)


def proposed_releases(
    state: State, incident: Incident, met: frozenset[int], at_ms: int, world: World
) -> tuple[Reassignment, ...]:
    """The units on their way that are no longer worth their price; `met` are the needs (by order) that are met.

    None while a meeting on the way to hospital is arranged.
    """
    if any(meeting.is_open for meeting in (incident.meetings or {}).values()):
        return ()
    _, state = with_fresh_capability(state, incident.incident_id, at_ms, "", world)
    call = underway(state, incident, at_ms, world)
    return propose_cancellations(call, skill_index(world), world.policy, not_needed=met)


def _cancelled(
    unit: Unit, incident_id: str, command: c.DivertUnit | c.ReplaceUnit, note: str, leg: Leg | None = None
) -> e.StatusReported:
    """Without a leg the unit stays on the road it is on, until it is sent along another."""
    return e.StatusReported(
        at_ms=command.at_ms,
        by=command.by,
        incident_id=incident_id,
        unit_id=unit.unit_id,
        status="cancelled",
        leg=leg,
        note=note,
    )
