"""Who is on which unit when, in a rehearsal: crews change by the region's shifts, once their unit is clear."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sixpoint.care import instant
from sixpoint.ops import Refused
from sixpoint.ops import commands as c
from sixpoint.region import Region
from sixpoint.service.engine import Engine
from sixpoint.service.opening import ms
from sixpoint.service.rehearsal.agenda import Agenda

RETRY_S = 300.0


class Roster:
    """Signs crews on and off as the shifts say; a unit on an incident changes its crew when it is clear.

    A unit that was moved to another post goes home with its new crew; `drives` is told so.
    """

    def __init__(self, region: Region, engine: Engine, agenda: Agenda, drives: Callable[[str], None]) -> None:
        self._region = region
        self._engine = engine
        self._agenda = agenda
        self._drives = drives

    def plan(self) -> None:
        """Plans every change of crew of the region's days."""
        starts_ms, ends_ms = ms(self._region.starts_at), ms(self._region.ends_at)
        changes: dict[int, set[str]] = {starts_ms: set(self._region.units)}
        for shift in self._region.shifts:
            for edge in (ms(shift.starts_at), ms(shift.ends_at)):
                if starts_ms < edge < ends_ms:
                    changes.setdefault(edge, set()).add(shift.unit_id)
        for at_ms, unit_ids in sorted(changes.items()):
            self._agenda.at(at_ms, partial(self._change, frozenset(unit_ids)))

    def _change(self, unit_ids: frozenset[str], at_ms: int) -> None:
        """Everybody whose shift ends leaves first, so that nobody is on two units."""
        for unit_id in sorted(unit_ids):
            unit = self._engine.state.units[unit_id]
            if unit.crew and unit.crew != self._wanted(unit_id, at_ms):
                self._engine.send(c.SignOff(at_ms=at_ms, unit_id=unit_id))
        for unit_id in sorted(unit_ids):
            self.apply(unit_id, at_ms)

    def apply(self, unit_id: str, at_ms: int) -> None:
        """Puts the crew on the unit that the shifts want there now; tries again later if it may not sign on."""
        unit = self._engine.state.units[unit_id]
        wanted = self._wanted(unit_id, at_ms)
        if unit.incident_id is not None or unit.crew == wanted:
            return
        if unit.crew:
            self._engine.send(c.SignOff(at_ms=at_ms, unit_id=unit_id))
        if wanted:
            outcome = self._engine.send(c.SignOn(at_ms=at_ms, unit_id=unit_id, clinician_ids=wanted))
            if isinstance(outcome, Refused) and at_ms < ms(self._region.ends_at):
                self._agenda.at(at_ms + round(RETRY_S * 1000), partial(self.apply, unit_id))
            elif unit.waits_at != unit.post_id:
                self._engine.send(c.MoveUnit(at_ms=at_ms, unit_id=unit_id, post_id=unit.post_id))
                self._drives(unit_id)

    def _wanted(self, unit_id: str, at_ms: int) -> tuple[str, ...]:
        return tuple(clinician.id for clinician in self._region.crew(unit_id, instant(at_ms)))
