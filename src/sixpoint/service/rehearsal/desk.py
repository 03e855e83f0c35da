"""The dispatcher of a rehearsal: follows every recommendation and every proposal of the live service, and no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import msgspec

from sixpoint.dispatch.needs import ACUITIES
from sixpoint.ops import Incident
from sixpoint.ops import commands as c
from sixpoint.ops.decide.moves import proposed_moves
from sixpoint.ops.decide.reassign import proposed_divert, proposed_releases, proposed_replacement
from sixpoint.ops.decide.settled import settled
from sixpoint.ops.decide.sight import BEFORE_SCENE
from sixpoint.ops.events import UnitAssigned
from sixpoint.plan import pace
from sixpoint.service.engine import Accepted, Engine, Outcome
from sixpoint.service.rehearsal.agenda import Agenda
from sixpoint.service.rehearsal.scene import Scene


class Trip(msgspec.Struct, frozen=True):
    """One assignment of one unit: what was planned for it no longer holds once the unit is assigned anew."""

    incident_id: str
    unit_id: str
    assigned_ms: int


class Desk:
    """Assigns, diverts, replaces, releases and moves units.

    `notify` is called when a unit is to be told of a call, `drives` when a free one sets out for a post.
    """

    def __init__(
        self,
        engine: Engine,
        agenda: Agenda,
        scenes: Mapping[str, Scene],
        notify: Callable[[Trip, int], None],
        drives: Callable[[str], None],
    ) -> None:
        self._engine = engine
        self._agenda = agenda
        self._scenes = scenes
        self._notify = notify
        self._drives = drives

    def assign(self, incident_id: str, at_ms: int) -> None:
        """Sends what is recommended, and a unit on its way to a lesser call if all calls together gain by it."""
        if incident_id not in self._engine.state.incidents:
            return
        self._tell(self._engine.send(c.AssignUnits(at_ms=at_ms, by="dispatcher", incident_id=incident_id)), at_ms)
        state, world = self._engine.state, self._engine.world
        proposed = proposed_divert(state, state.incidents[incident_id], at_ms, world)
        if proposed is not None:
            divert = c.DivertUnit(at_ms=at_ms, by="dispatcher", incident_id=incident_id, unit_id=proposed.unit_id)
            self._tell(self._engine.send(divert), at_ms)
        self.move_up(at_ms)

    def unit_is_free(self, unit_id: str, at_ms: int) -> None:
        """The gravest of the calls that wait is served first; then the unit may take the place of one farther off."""
        waiting = [one for one in self._engine.state.incidents.values() if one.acuity and self._waits(one)]
        for incident in sorted(waiting, key=_urgency):
            self.assign(incident.incident_id, at_ms)
        for incident in sorted(self._engine.state.incidents.values(), key=_urgency):
            state, world = self._engine.state, self._engine.world
            unit = state.units[unit_id]
            coming = any(one.is_open and one.status in BEFORE_SCENE for one in incident.assignments.values())
            if not unit.is_free or not coming:
                continue
            proposed = proposed_replacement(state, incident, unit, at_ms, world)
            if proposed is not None:
                (released,) = proposed.effects[0].releases
                swap = c.ReplaceUnit(
                    at_ms=at_ms,
                    by="dispatcher",
                    incident_id=incident.incident_id,
                    unit_id=unit_id,
                    instead_of=released,
                )
                self._tell(self._engine.send(swap), at_ms)
        self.move_up(at_ms)

    def release_unneeded(self, incident_id: str, at_ms: int) -> tuple[str, ...]:
        """Cancels the units on their way that the crew at the patient does not need; says which."""
        state, world = self._engine.state, self._engine.world
        incident = state.incidents.get(incident_id)
        if incident is None:
            return ()
        released = []
        for proposal in proposed_releases(state, incident, settled(state, incident, world), at_ms, world):
            cancel = c.ReportStatus(
                at_ms=at_ms,
                by="dispatcher",
                incident_id=incident_id,
                unit_id=proposal.unit_id,
                status="cancelled",
                note=proposal.because,
            )
            if isinstance(self._engine.send(cancel), Accepted):
                released.append(proposal.unit_id)
        return tuple(released)

    def move_up(self, at_ms: int) -> None:
        """Sends free units to wait where the policy proposes: looked at when units have left, and when one is free."""
        state, world = self._engine.state, self._engine.world
        for proposed in proposed_moves(state, at_ms, world):
            assert world.cover is not None
            post_id = world.cover.post_ids[proposed.to_post]
            move = c.MoveUnit(at_ms=at_ms, by="dispatcher", unit_id=proposed.unit_id, post_id=post_id)
            if isinstance(self._engine.send(move), Accepted):
                self._drives(proposed.unit_id)

    def lacks_transport(self, incident_id: str) -> bool:
        """Whether units are on it, the patient is to be transported, and none of them transports."""
        units = self._engine.state.units
        open_units = self._engine.state.incidents[incident_id].open_units
        needed = self._scenes[incident_id].patient.is_transported
        return bool(open_units) and needed and not any(units[one].can_transport for one in open_units)

    def _waits(self, incident: Incident) -> bool:
        """Nobody is sent, something is unmet, or nobody transports; not once the patient is on the way."""
        if self._scenes[incident.incident_id].carrier is not None:
            return False
        lacks = bool(incident.unmet) or self.lacks_transport(incident.incident_id)
        return incident.waiting_because is not None or lacks

    def _tell(self, outcome: Outcome, at_ms: int) -> None:
        if isinstance(outcome, Accepted):
            for event in outcome.events:
                if isinstance(event, UnitAssigned):
                    trip = Trip(event.incident_id, event.unit_id, at_ms)
                    self._agenda.at(at_ms + round(pace.NOTIFY_S * 1000), partial(self._notify, trip))


def _urgency(incident: Incident) -> tuple[int, int, str]:
    """The gravest first, then the oldest."""
    return ACUITIES.index(incident.acuity), incident.received_ms, incident.incident_id
