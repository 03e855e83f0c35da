"""How the choice sees the service: each unit with what its crew may do and when it would be at the patient."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from sixpoint.dispatch import CallType, CallUnderway, Candidate, CrewMember, Need, WaitingUnit, costs_of_sending
from sixpoint.kept import kept
from sixpoint.ops.decide.settled import settled
from sixpoint.ops.places import Leg
from sixpoint.ops.state import Incident, Member, State, Unit
from sixpoint.ops.world import World

# On its way: still to set out, or on the road.
BEFORE_SCENE = ("assigned", "notified", "en_route", "staged")


def free_candidates(state: State, incident: Incident, at_ms: int, world: World) -> tuple[Candidate, ...]:
    """Every free unit as the incident sees it, with the cover that is lost when it goes if the policy weighs that."""
    free = [unit for unit in state.units.values() if unit.is_free]
    seen = seen_from(free, incident, at_ms, world)
    if world.cover is None or not world.policy.weigh_cover:
        return seen
    rows = {post_id: row for row, post_id in enumerate(world.cover.post_ids)}
    costs = costs_of_sending(world.cover.cover, waiting_units(state, rows))
    return tuple(replace(one, cover_cost=costs.get(one.unit_id, 0.0)) for one in seen)


def waiting_units(state: State, rows: Mapping[str, int], without: Collection[str] = ()) -> list[WaitingUnit]:
    """Every free unit at the post (a row of the cover table) where it waits, or is going to wait."""
    return [
        as_waiting(unit, rows[unit.waits_at])
        for unit in state.units.values()
        if unit.is_free and unit.waits_at in rows and unit.unit_id not in without
    ]


def as_waiting(unit: Unit, row: int) -> WaitingUnit:
    """The unit as cover counts it."""
    return WaitingUnit(unit.unit_id, _able(unit.members)[0], unit.can_transport, row)


def seen_from(units: Sequence[Unit], incident: Incident, at_ms: int, world: World) -> tuple[Candidate, ...]:
    """The units as the incident sees them: turnout if still parked, then the road from where they are now.

    One that is on its way to this very incident is there when its leg ends.
    """
    lights = uses_lights(incident, world)
    roads_s = list(world.travel.seconds_from_many([unit.position for unit in units], incident.place, at_ms, lights))
    for place, unit in enumerate(units):
        if unit.status == "en_route" and unit.incident_id == incident.incident_id and isinstance(unit.position, Leg):
            roads_s[place] = max(0, unit.position.arrives_ms - at_ms) / 1000
    return tuple(_seen(unit, road_s, at_ms) for unit, road_s in zip(units, roads_s, strict=True))


def underway(state: State, incident: Incident, at_ms: int, world: World) -> CallUnderway:
    """The incident with the units on it and the needs not settled; units at the scene are there in 0 s."""
    on_it = [state.units[unit_id] for unit_id in incident.open_units]
    there = frozenset(unit.unit_id for unit in on_it if unit.status not in BEFORE_SCENE)
    coming = tuple(
        replace(one, eta_s=0.0) if one.unit_id in there else one for one in seen_from(on_it, incident, at_ms, world)
    )
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


def skill_index(world: World) -> dict[str, int]:
    """The bit of each skill in a capability."""
    return {skill.id: skill.index for skill in world.rulebook.skills}


def uses_lights(incident: Incident, world: World) -> bool:
    """Whether units go to this incident with lights and sirens, by the policy for its acuity."""
    return incident.acuity in world.policy.lights_and_sirens


def _seen(unit: Unit, road_s: float, at_ms: int) -> Candidate:
    members = unit.members
    standing, with_order, crew = _able(members)
    eta_s = float(road_s) + turnout_left_s(unit, at_ms)
    # By place: a thousand of them are made for one choice, and names cost as much as all the rest.
    return Candidate(
        unit.unit_id,
        standing,
        with_order,
        unit.can_transport,
        eta_s,
        0.0,  # cost to cover
        len(members),
        unit.mutual_aid is True,
        crew,
    )


def _work_out(members: tuple[Member, ...]) -> tuple[int, int, tuple[CrewMember, ...]]:
    """What a crew may do, together and each."""
    each = [(member.clinician_id, member.capability) for member in members]
    standing = with_order = 0
    for _, capability in each:
        standing |= capability.standing
        with_order |= capability.with_order
    return standing, with_order, tuple(CrewMember(who, may.standing, may.with_order) for who, may in each)


# Crews change seldom and are looked at for every call; a statewide service has fewer on duty.
_able = kept(_work_out, most=16_384)


def turnout_left_s(unit: Unit, at_ms: int) -> float:
    """A unit that has set out needs none; one that was notified has used some of it."""
    if unit.status in ("en_route", "staged") or (isinstance(unit.position, Leg) and at_ms < unit.position.arrives_ms):
        return 0.0
    if unit.status not in ("assigned", "notified"):
        return unit.turnout_s
    return max(0.0, unit.turnout_s - (at_ms - unit.status_ms) / 1000)
