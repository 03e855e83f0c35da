"""How the choice sees the service: each unit with what its crew may do and when it would be at the patient."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from msgspec.structs import replace

from sixpoint.dispatch import CallType, CallUnderway, Need, WaitingUnit, costs_of_sending
from sixpoint.dispatch.candidates import Candidates
from sixpoint.ops.decide.fleet import Fleet, Ints, able, fleet_of, skill_index
from sixpoint.ops.decide.settled import settled
from sixpoint.ops.places import Leg
from sixpoint.ops.state import Incident, State, Unit
from sixpoint.ops.world import World

# On its way: still to set out, or on the road.
BEFORE_SCENE = ("assigned", "notified", "en_route", "staged")


def free_candidates(state: State, incident: Incident, at_ms: int, world: World) -> Candidates:
    """Every free unit as the incident sees it, with the cover that is lost when it goes if the policy weighs that."""
    fleet = fleet_of(state, world)
    seen = _seen(fleet, np.flatnonzero(fleet.standing.is_free), incident, at_ms, world)
    if world.cover is None or not world.policy.weigh_cover:
        return seen
    rows = {post_id: row for row, post_id in enumerate(world.cover.post_ids)}
    costs = costs_of_sending(world.cover.cover, waiting_units(state, rows))
    return seen.with_cover_cost(lambda unit_id: costs.get(unit_id, 0.0))


def waiting_units(state: State, rows: Mapping[str, int], without: Collection[str] = ()) -> list[WaitingUnit]:
    """Every free unit at the post (a row of the cover table) where it waits, or is going to wait."""
    return [
        as_waiting(unit, rows[unit.waits_at])
        for unit in state.units.values()
        if unit.is_free and unit.waits_at in rows and unit.unit_id not in without
    ]


def as_waiting(unit: Unit, row: int) -> WaitingUnit:
    """The unit as cover counts it."""
    return WaitingUnit(unit.unit_id, able(unit.members)[0], unit.can_transport, row)


def seen_from(state: State, unit_ids: Sequence[str], incident: Incident, at_ms: int, world: World) -> Candidates:
    """The units as the incident sees them: turnout if still parked, then the road from where they are now.

    One that is on its way to this very incident is there when its leg ends.
    """
    fleet = fleet_of(state, world)
    seen = _seen(fleet, fleet.rows_of(unit_ids), incident, at_ms, world)
    for place, unit in enumerate(state.units[unit_id] for unit_id in unit_ids):
        if unit.status == "en_route" and unit.incident_id == incident.incident_id and isinstance(unit.position, Leg):
            seen.eta_s[place] = max(0, unit.position.arrives_ms - at_ms) / 1000
    return seen


def _seen(fleet: Fleet, rows: Ints, incident: Incident, at_ms: int, world: World) -> Candidates:
    nodes, ahead_ms = fleet.standing.node[rows], np.zeros(len(rows), np.int64)
    moving = np.flatnonzero(fleet.standing.leg_until_ms[rows] > at_ms)
    if len(moving):
        nodes[moving], ahead_ms[moving] = world.travel.next_nodes(fleet.legs(rows[moving]), at_ms)
    road_s = world.travel.seconds_from_many(nodes, ahead_ms, incident.place, at_ms, uses_lights(incident, world))
    return Candidates(fleet.roster, rows, road_s + fleet.turnout_left_s(rows, at_ms))


def underway(state: State, incident: Incident, at_ms: int, world: World) -> CallUnderway:
    """The incident with the units on it and the needs not settled; units at the scene are there in 0 s."""
    on_it = incident.open_units
    there = frozenset(unit_id for unit_id in on_it if state.units[unit_id].status not in BEFORE_SCENE)
    coming = seen_from(state, on_it, incident, at_ms, world)
    coming.eta_s[[unit_id in there for unit_id in on_it]] = 0.0
    return CallUnderway(
        call_id=incident.incident_id,
        call_type=unsettled(state, incident, world),
        coming=coming,
        there=there,
        free=free_candidates(state, incident, at_ms, world),
    )


def bits_of(skills: Iterable[str], world: World) -> int:
    """The skills as a bitset; those that the rulebook does not know are left out."""
    index = skill_index(world)
    return sum(1 << index[skill] for skill in set(skills) if skill in index)


def unsettled(state: State, incident: Incident, world: World) -> CallType:
    """The call type less the needs that are met there, or turned out not to be needed."""
    call_type = world.call_types[incident.dispatch_code]
    done = settled(state, incident, world)
    return replace(call_type, needs=tuple(need for need in call_type.needs if need.order not in done))


def still_needed(state: State, incident: Incident, world: World) -> CallType:
    """The call type less what is settled there, and less what the units already on the incident can do."""
    call_type = unsettled(state, incident, world)
    on_it = [state.units[unit_id] for unit_id in incident.open_units]
    index = skill_index(world) if on_it else {}
    return replace(call_type, needs=tuple(need for need in call_type.needs if not _meets(on_it, need, index)))


def _meets(units: Sequence[Unit], need: Need, index: Mapping[str, int]) -> bool:
    """Whether these units together meet the need: enough hands on units that may perform one of its skills."""
    bits = sum(1 << index[skill] for skill in need.any_of if skill in index)
    able = [
        unit for unit in units if unit.capability.with_order & bits and (unit.can_transport or not need.transporting)
    ]
    return bool(able) and sum(len(unit.members) for unit in able) >= need.hands


def uses_lights(incident: Incident, world: World) -> bool:
    """Whether units go to this incident with lights and sirens, by the policy for its acuity."""
    return incident.acuity in world.policy.lights_and_sirens


def turnout_left_s(unit: Unit, at_ms: int) -> float:
    """A unit that has set out needs none; one that was notified has used some of it."""
    if unit.status in ("en_route", "staged") or (isinstance(unit.position, Leg) and at_ms < unit.position.arrives_ms):
        return 0.0
    if unit.status not in ("assigned", "notified"):
        return unit.turnout_s
    return max(0.0, unit.turnout_s - (at_ms - unit.status_ms) / 1000)
