"""Dispatch audit: each recommendation of a log computed again from it, and what another rulebook, policy or network
would have recommended in its place, with what differs and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from sixpoint.dispatch import Choice, Destination, choose
from sixpoint.dispatch.choose import clock
from sixpoint.ops import State, World, evolve
from sixpoint.ops import events as e
from sixpoint.ops.decide.fleet import skill_index
from sixpoint.ops.decide.progress import recommended_destination
from sixpoint.ops.decide.roster import recomputed
from sixpoint.ops.decide.sight import free_candidates, still_needed
from sixpoint.ops.places import Travel
from sixpoint.service.differences import Difference, differences
from sixpoint.service.engine import read_events
from sixpoint.store import EventLog


class Audited(msgspec.Struct, frozen=True):
    """One recommendation of units: as it stands in the log, and as it comes out now. Needs are named by skill."""

    position: int
    at_ms: int
    incident_id: str
    is_same: bool
    sent: tuple[str, ...]
    would_send: tuple[str, ...]
    unmet: tuple[str, ...]
    would_leave_unmet: tuple[str, ...]
    harm: float
    harm_then: float
    differences: tuple[Difference, ...] = ()
    of: Literal["units"] = "units"


class AuditedDestination(msgspec.Struct, frozen=True):
    """One recommended destination: as it stands in the log, and as it comes out now; `because` are its reasons now."""

    position: int
    at_ms: int
    incident_id: str
    is_same: bool
    facility_id: str | None
    would_choose: str | None
    there: str
    would_be_there: str
    because: tuple[str, ...]
    of: Literal["destination"] = "destination"


def audit(log: EventLog, world: World, then: Travel | None = None) -> Iterator[Audited | AuditedDestination]:
    """Computes each recommendation anew from the events before it.

    With the rulebook, policy and roads of that moment every answer is the same, to the last reason. With others it is
    what they would have recommended at that moment, everything before having gone as it went. `then`: the travel of
    that moment, if the world has another. Destinations that a person chose otherwise are left out.
    """
    state = State()
    is_other = False
    as_it_was = world if then is None else msgspec.structs.replace(world, travel=then)
    for position, event in enumerate(read_events(log), start=1):
        if isinstance(event, e.ServiceOpened):
            is_other = event.rulebook != world.rulebook.hash
        if isinstance(event, e.UnitsRecommended):
            seen = _under(state, event.at_ms, world) if is_other else state
            yield _units(position, state, seen, event, world, as_it_was)
        if isinstance(event, e.DestinationChosen) and not event.override_reason:
            yield _destination(position, state, event, world)
        state = evolve(state, event)


def _under(state: State, at_ms: int, world: World) -> State:
    """The state with every crew's capability as this world's rulebook gives it."""
    units = {}
    for unit_id, unit in state.units.items():
        members = recomputed(unit, state.clinicians, at_ms, "audit", world).members if unit.crew else ()
        units[unit_id] = msgspec.structs.replace(unit, members=members)
    return msgspec.structs.replace(state, units=units)


def _units(
    position: int, state: State, seen: State, event: e.UnitsRecommended, world: World, as_it_was: World
) -> Audited:
    """`state` as it was, `seen` as the world asked about has its crews."""
    incident = seen.incidents[event.incident_id]
    candidates = free_candidates(seen, incident, event.at_ms, world)
    now = choose(still_needed(seen, incident, world), candidates, skill_index(world), world.policy)
    then = event.choice
    found: tuple[Difference, ...] = ()
    if now != then:
        were = free_candidates(state, state.incidents[event.incident_id], event.at_ms, as_it_was)
        found = differences(then, now, were.etas_s(), candidates.etas_s())
    return Audited(
        position=position,
        at_ms=event.at_ms,
        incident_id=event.incident_id,
        is_same=now == then,
        sent=_sent(then),
        would_send=_sent(now),
        unmet=tuple(one.skill for one in then.unmet),
        would_leave_unmet=tuple(one.skill for one in now.unmet),
        harm=now.harm,
        harm_then=then.harm,
        differences=found,
    )


def _sent(choice: Choice) -> tuple[str, ...]:
    return tuple(one.unit_id for one in choice.sent)


def _destination(position: int, state: State, event: e.DestinationChosen, world: World) -> AuditedDestination:
    incident, unit = state.incidents[event.incident_id], state.units[event.unit_id]
    now = recommended_destination(state, incident, unit, event.at_ms, world, event.encounter_id)
    then = event.destination
    return AuditedDestination(
        position=position,
        at_ms=event.at_ms,
        incident_id=event.incident_id,
        is_same=now == then,
        facility_id=then.facility_id,
        would_choose=now.facility_id,
        there=_there(then),
        would_be_there=_there(now),
        because=now.because,
    )


def _there(destination: Destination) -> str:
    return "nowhere" if destination.facility_id is None else f"in {clock(destination.travel_s)}"
