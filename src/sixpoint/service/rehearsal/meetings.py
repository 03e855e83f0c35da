"""Meetings on the way to hospital, in a rehearsal: arranged as proposed, then driven to, boarded and driven on from."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from sixpoint.ops import Leg, Meeting, State
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.decide.rendezvous_plan import proposed_rendezvous
from sixpoint.service.engine import Accepted, Engine
from sixpoint.service.rehearsal.agenda import Agenda
from sixpoint.service.rehearsal.scene import Scene


class Road(Protocol):
    """What a meeting needs of the day: what happens at the end of a leg."""

    def to_scene(self, incident_id: str, unit_id: str, leg: Leg) -> None: ...
    def to_facility(self, scene: Scene, unit_id: str, leg: Leg) -> None: ...
    def clear_soon(self, scene: Scene, unit_id: str, at_ms: int) -> None: ...


class Meetings:
    """Follows every proposed meeting, and hears of every one that ends otherwise."""

    def __init__(self, engine: Engine, agenda: Agenda, scene_of: Callable[[str], Scene], road: Road) -> None:
        self._engine = engine
        self._agenda = agenda
        self._scene_of = scene_of
        self._road = road
        self._waiting: set[tuple[str, str]] = set()  # advanced crews that are out of their vehicle at the meeting place
        engine.listen(self._hear)

    def arrange(self, scene: Scene, unit_id: str, ready_s: float, at_ms: int) -> bool:
        """Whether the unit leaves to meet one on its way, as that brings its care soonest; both are told."""
        state, world = self._engine.state, self._engine.world
        found = proposed_rendezvous(state, scene.incident_id, at_ms, world, unit_id=unit_id, ready_s=ready_s)
        if found is None or not found.is_advised:
            return False
        choose = c.ChooseDestination(
            at_ms=at_ms, by=unit_id, incident_id=scene.incident_id, unit_id=unit_id, encounter_id=scene.encounter_id
        )
        arrange = c.ArrangeRendezvous(
            at_ms=at_ms,
            by="dispatcher",
            incident_id=scene.incident_id,
            unit_id=unit_id,
            advanced_unit_id=found.advanced_unit_id,
            ready_s=ready_s,
        )
        return isinstance(self._engine.send(choose), Accepted) and isinstance(self._engine.send(arrange), Accepted)

    def of(self, scene: Scene, unit_id: str) -> Meeting | None:
        """The open meeting of the unit."""
        return None if scene.incident is None else scene.incident.meeting_of(unit_id)

    def patient_arrives(self, scene: Scene, unit_id: str, leg: Leg, at_ms: int) -> None:
        """The unit with the patient is at the place."""
        if self._engine.state.units[unit_id].position == leg and self.of(scene, unit_id) is not None:
            self._engine.send(
                c.ReachRendezvous(at_ms=at_ms, by=unit_id, incident_id=scene.incident_id, unit_id=unit_id)
            )
            self._board(scene, unit_id, at_ms)

    def advanced_arrives(self, scene: Scene, unit_id: str, at_ms: int) -> None:
        """The advanced crew stands at the road with its bags."""
        self._waiting.add((scene.incident_id, unit_id))
        self._board(scene, unit_id, at_ms)

    def _board(self, scene: Scene, unit_id: str, at_ms: int) -> None:
        """Once both are there the advanced crew boards, takes over and works; the unit leaves when that is done."""
        meeting = self.of(scene, unit_id)
        if meeting is None or meeting.reached_ms is None:
            return
        advanced_id = meeting.advanced_unit_id
        if (scene.incident_id, advanced_id) not in self._waiting:
            return
        self._waiting.discard((scene.incident_id, advanced_id))
        boards = c.ReportStatus(
            at_ms=at_ms, by=advanced_id, incident_id=scene.incident_id, unit_id=advanced_id, status="at_patient"
        )
        if isinstance(self._engine.send(boards), Accepted):
            scene.aboard.add(advanced_id)
            scene.take_over(advanced_id, at_ms)
            scene.work(advanced_id, at_ms)
            leaves_ms = at_ms + round(self._engine.world.policy.rendezvous_handover_s * 1000)
            self._agenda.at(leaves_ms, partial(self._continue, scene, meeting.unit_id))

    def _continue(self, scene: Scene, unit_id: str, at_ms: int) -> None:
        """Not while a hand-over waits for its answer."""
        if scene.awaits_answer():
            self._agenda.at(at_ms + 1000, partial(self._continue, scene, unit_id))
            return
        on = c.ContinueTransport(at_ms=at_ms, by=unit_id, incident_id=scene.incident_id, unit_id=unit_id)
        self._engine.send(on)

    def _hear(self, before: State, event: e.AnyEvent, after: State) -> None:
        """Whoever has a new way arrives at its end; who has nobody left to meet is cleared."""
        match event:
            case e.RendezvousArranged():
                if event.advanced_leg is not None:
                    self._road.to_scene(event.incident_id, event.advanced_unit_id, event.advanced_leg)
            case e.TransportContinued():
                self._road.to_facility(self._scene_of(event.incident_id), event.unit_id, event.leg)
            case e.RendezvousCancelled():
                scene = self._scene_of(event.incident_id)
                if event.leg is not None:
                    self._road.to_facility(scene, event.unit_id, event.leg)
                    self._road.clear_soon(scene, event.advanced_unit_id, event.at_ms)
                if event.advanced_leg is not None:
                    self._road.to_scene(event.incident_id, event.advanced_unit_id, event.advanced_leg)
            case _:
                pass
