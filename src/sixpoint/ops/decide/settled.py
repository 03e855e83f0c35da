"""Which needs of an incident are settled: met lawfully by what is on record, or not needed as somebody there said."""

from __future__ import annotations

from sixpoint.care import Encounter, Intervention, interventions
from sixpoint.dispatch import Need
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.state import Assignment, Incident, State
from sixpoint.ops.world import Refused, World, refuse

Decision = tuple[e.AnyEvent, ...] | Refused


def revise_needs(state: State, command: c.ReviseNeeds, world: World) -> Decision:
    """What turned out not to be needed is looked for no more; what is named no longer is needed again."""
    incident = state.incidents.get(command.incident_id)
    if incident is None:
        return refuse(f"incident {command.incident_id} is not open", "Correct the identifier.")
    orders = {need.order for need in world.call_types[incident.dispatch_code].needs}
    unknown = [str(order) for order in sorted(set(command.not_needed) - orders)]
    if unknown:
        return refuse(f"the call type has no need {', '.join(unknown)}", "Name needs by their order in the call type.")
    not_needed = tuple(sorted(set(command.not_needed)))
    if not_needed == (incident.not_needed or ()):
        return ()
    return (
        e.NeedsRevised(at_ms=command.at_ms, by=command.by, incident_id=incident.incident_id, not_needed=not_needed),
    )


def settled(state: State, incident: Incident, world: World) -> frozenset[int]:
    """The needs, by their order, for which nobody more is sent.

    A need of the care is met when one of its skills was performed for every patient of the incident, within the rules
    and with success, while as many hands that may do it were at the patient as it takes.
    """
    orders = set(incident.not_needed or ())
    encounters = [state.encounters[encounter_id] for encounter_id in incident.encounters]
    for need in world.call_types[incident.dispatch_code].needs if encounters else ():
        if not need.transporting and all(_is_met(state, incident, one, need, world) for one in encounters):
            orders.add(need.order)
    return frozenset(orders)


def _is_met(state: State, incident: Incident, encounter: Encounter, need: Need, world: World) -> bool:
    acts = [act for act in interventions(encounter) if act.skill in need.any_of and _counts(act)]
    if need.hands <= 1:
        return bool(acts)
    return any(_hands(state, incident, need, act.at_ms, world) >= need.hands for act in acts)


def _counts(act: Intervention) -> bool:
    return act.successful and act.authority != "override"


def _hands(state: State, incident: Incident, need: Need, at_ms: int, world: World) -> int:
    """The hands at the patient at that instant that may meet the need."""
    bits = sum(skill.bit for name in need.any_of if (skill := world.rulebook.skill(name)) is not None)
    return sum(
        len(one.crew)
        for unit_id, one in incident.assignments.items()
        if _was_there(one, at_ms) and state.units[unit_id].capability.with_order & bits
    )


def _was_there(assignment: Assignment, at_ms: int) -> bool:
    times_ms = assignment.times_ms
    left_ms = min(times_ms.get(status, at_ms + 1) for status in ("transporting", "clear"))
    return times_ms.get("at_patient", at_ms + 1) <= at_ms < left_ms
