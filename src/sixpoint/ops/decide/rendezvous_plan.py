"""Whether a unit with a patient should meet one that may do more on the way to hospital: the proposals, by exact roads.

Nothing here acts. Ways are looked at node by node from where both units are at that instant.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from sixpoint.dispatch import Rendezvous, harm_saved, plan_rendezvous
from sixpoint.ops.decide.progress import recommended_destination
from sixpoint.ops.decide.settled import settled
from sixpoint.ops.decide.sight import BEFORE_SCENE, bits_of, turnout_left_s, uses_lights
from sixpoint.ops.places import Place, Way
from sixpoint.ops.state import Assignment, Incident, State, Unit
from sixpoint.ops.world import World


class ProposedMeeting(msgspec.Struct, frozen=True):
    """Whether these two units should meet, wait or drive in; `place` is where they would meet, by the plan.

    `skills` are what the patient needs, nobody there may do, and the advanced unit may; `saves` the points of harm that
    the meeting saves by them, less what the later hospital costs. `is_advised`: the plan is to meet, and worth it.
    """

    encounter_id: str
    unit_id: str
    advanced_unit_id: str
    facility_id: str
    place: Place
    skills: tuple[str, ...]
    plan: Rendezvous
    saves: float
    is_advised: bool


def proposed_rendezvous(
    state: State,
    incident_id: str,
    at_ms: int,
    world: World,
    *,
    unit_id: str | None = None,
    skills: Collection[str] | None = None,
    ready_s: float = 0.0,
) -> ProposedMeeting | None:
    """The best plan for the patient in, or about to leave in, the unit and an advanced unit on its way to them.

    `skills`: what the patient still needs; without it, what the call type asks for and is not settled there.
    `ready_s`: when the unit can leave. None where the policy has it off, no unit is with the patient, a meeting is
    arranged already, or nobody on the way may do more than those who are there. Best: a meeting that is advised, then
    the soonest care.
    """
    incident = state.incidents.get(incident_id)
    if incident is None or not world.policy.rendezvous:
        return None
    found = [
        proposed
        for carrier in _carriers(state, incident)
        if unit_id in (None, carrier.unit_id)
        for proposed in _proposals(state, incident, carrier, skills, ready_s, at_ms, world)
    ]
    return min(found, key=_preference, default=None)


def _lacking(
    state: State, incident: Incident, skills: Collection[str] | None, advanced: Unit, world: World
) -> tuple[str, ...]:
    """The skills wanted that the advanced unit may perform, if only with an order, and nobody at the patient may.

    `skills`: what is wanted; without it, what is not settled.
    """
    there = 0
    for unit_id in incident.open_units:
        unit = state.units[unit_id]
        if unit.status not in BEFORE_SCENE:
            there |= unit.capability.with_order
    brings = advanced.capability.with_order & ~there
    wanted = _wanted(state, incident, there, world) if skills is None else sorted(set(skills))
    return tuple(skill for skill in wanted if bits_of((skill,), world) & brings)


def _wanted(state: State, incident: Incident, there: int, world: World) -> list[str]:
    """Every skill that meets a need which is not settled and which nobody there can meet.

    A need that holds only for some patients counts once somebody there has said which needs do not hold.
    """
    done, is_revised = settled(state, incident, world), bool(incident.not_needed)
    open_needs = [
        need.any_of
        for need in world.call_types[incident.dispatch_code].needs
        if not need.transporting
        and need.order not in done
        and (is_revised or not need.when)
        and not bits_of(need.any_of, world) & there
    ]
    return list(dict.fromkeys(skill for any_of in open_needs for skill in any_of))


def _carriers(state: State, incident: Incident) -> list[Unit]:
    """The units that have a patient on board or could leave with one now, and are to meet nobody yet."""
    open_units = [state.units[unit_id] for unit_id in incident.open_units]
    return [
        unit
        for unit in open_units
        if unit.can_transport
        and unit.status in ("at_patient", "transporting")
        and (encounter_id := encounter_of(incident, unit)) is not None
        and encounter_id not in (incident.meetings or {})
        and not any(one.carries(encounter_id) for one in incident.assignments.values() if one.unit_id != unit.unit_id)
    ]


def encounter_of(incident: Incident, unit: Unit) -> str | None:
    """The patient of the unit: the one a destination was chosen for, or the incident's only one."""
    chosen = incident.assignments[unit.unit_id].encounter_id
    return chosen or (incident.encounters[0] if len(incident.encounters) == 1 else None)


def _proposals(
    state: State,
    incident: Incident,
    carrier: Unit,
    skills: Collection[str] | None,
    ready_s: float,
    at_ms: int,
    world: World,
) -> list[ProposedMeeting]:
    coming = [
        state.units[unit_id]
        for unit_id in incident.open_units
        if state.units[unit_id].status in BEFORE_SCENE and incident.meeting_of(unit_id) is None
    ]
    found = [plan_for(state, incident, carrier, one, skills, ready_s, at_ms, world) for one in coming]
    return [one for one in found if one.skills and one.facility_id]


def plan_for(
    state: State,
    incident: Incident,
    carrier: Unit,
    advanced: Unit,
    skills: Collection[str] | None,
    ready_s: float,
    at_ms: int,
    world: World,
) -> ProposedMeeting:
    """The plan for these two units, whatever it says."""
    encounter_id = encounter_of(incident, carrier) or ""
    wanted = _lacking(state, incident, skills, advanced, world)
    facility_id = _facility_of(state, incident, incident.assignments[carrier.unit_id], at_ms, world)
    here = carrier.position if isinstance(carrier.position, Place) else world.travel.place_at(carrier.position, at_ms)
    way = Way((here,), (float("inf"),))
    if facility_id:
        way = world.travel.way(carrier.position, state.facilities[facility_id].place, at_ms, False) or way
    before_s = turnout_left_s(advanced, at_ms)
    lights = uses_lights(incident, world)
    roads_s = world.travel.seconds_to_many(advanced.position, way.places, at_ms, lights)
    ready_s = ready_s if carrier.status == "at_patient" else 0.0
    plan = plan_rendezvous(way.at_s, [before_s + one for one in roads_s], world.policy, ready_s=ready_s)
    saves = harm_saved(plan, *_rates(incident, wanted, world), world.policy, ready_s)
    is_worth = saves > 0 or not world.policy.rendezvous_weighs_hospital
    return ProposedMeeting(
        encounter_id=encounter_id,
        unit_id=carrier.unit_id,
        advanced_unit_id=advanced.unit_id,
        facility_id=facility_id,
        place=way.places[plan.place],
        skills=wanted,
        plan=plan,
        saves=saves,
        is_advised=plan.plan == "meet" and is_worth,
    )


def _rates(incident: Incident, skills: Collection[str], world: World) -> tuple[float, float]:
    """The harm a minute, by the call type, without these skills and before the hospital."""
    needs = world.call_types[incident.dispatch_code].needs
    care = sum(need.harm_per_min for need in needs if not need.transporting and set(skills).intersection(need.any_of))
    return care, sum(need.harm_per_min for need in needs if need.transporting)


def _facility_of(state: State, incident: Incident, assignment: Assignment, at_ms: int, world: World) -> str:
    """The destination chosen, or the one that would be; empty if there is none."""
    if assignment.facility_id is not None:
        return assignment.facility_id
    unit = state.units[assignment.unit_id]
    return recommended_destination(state, incident, unit, at_ms, world).facility_id or ""


def _preference(proposed: ProposedMeeting) -> tuple[bool, float, str, str]:
    return not proposed.is_advised, proposed.plan.care_s, proposed.advanced_unit_id, proposed.unit_id
