"""Dispatch audit: each recommendation of a log computed again from it, and what another rulebook would have sent."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sixpoint.dispatch import Choice, choose
from sixpoint.ops import State, World, evolve
from sixpoint.ops import events as e
from sixpoint.ops.decide.roster import recomputed
from sixpoint.ops.decide.sight import free_candidates, skill_index, still_needed
from sixpoint.service.engine import read_events
from sixpoint.store import EventLog


class Audited(msgspec.Struct, frozen=True):
    """One recommendation: as it stands in the log, and as it comes out now. Needs are named by skill."""

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


def audit(log: EventLog, world: World) -> Iterator[Audited]:
    """Computes each recommendation anew from the events before it.

    With the rulebook, policy and roads of that moment every answer is the same, to the last reason. With others it is
    what they would have recommended at that moment, everything before having gone as it went.
    """
    state = State()
    is_other = False
    for position, event in enumerate(read_events(log), start=1):
        if isinstance(event, e.ServiceOpened):
            is_other = event.rulebook != world.rulebook.hash
        if isinstance(event, e.UnitsRecommended):
            seen = _under(state, event.at_ms, world) if is_other else state
            yield _compare(position, event, _recommend(seen, event, world))
        state = evolve(state, event)


def _recommend(state: State, event: e.UnitsRecommended, world: World) -> Choice:
    incident = state.incidents[event.incident_id]
    candidates = free_candidates(state, incident, event.at_ms, world)
    return choose(still_needed(state, incident, world), candidates, skill_index(world), world.policy)


def _under(state: State, at_ms: int, world: World) -> State:
    """The state with every crew's capability as this world's rulebook gives it."""
    units = {}
    for unit_id, unit in state.units.items():
        members = recomputed(unit, state.clinicians, at_ms, "audit", world).members if unit.crew else ()
        units[unit_id] = msgspec.structs.replace(unit, members=members)
    return msgspec.structs.replace(state, units=units)


def _compare(position: int, event: e.UnitsRecommended, now: Choice) -> Audited:
    then = event.choice
    return Audited(
        position=position,
        at_ms=event.at_ms,
        incident_id=event.incident_id,
        is_same=now == then,
        sent=tuple(one.unit_id for one in then.sent),
        would_send=tuple(one.unit_id for one in now.sent),
        unmet=tuple(one.skill for one in then.unmet),
        would_leave_unmet=tuple(one.skill for one in now.unmet),
        harm=now.harm,
        harm_then=then.harm,
    )
