"""Units of a traced run that change calls or posts, and crews on a break, as the live service is told of them."""

from __future__ import annotations

from functools import partial

import msgspec

from sixpoint.ops import Refused, decide
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.plan.tiered import words as w
from sixpoint.plan.tiered.events import incident
from sixpoint.service.simulated.dispatching import Dispatching
from sixpoint.service.simulated.telling import AS_SIMULATED, Row


class Reassigning(Dispatching):
    """Diversions, replacements and moves are sent as simulated; the live service says whether it proposes them."""

    def _diverted(self, row: Row) -> None:
        """The call that the unit leaves is served in the same decision."""
        command = c.DivertUnit(
            at_ms=row.at_ms, by="dispatcher", incident_id=incident(row.call), unit_id=self._unit(row)
        )
        events = self._decided(command)
        self._take()  # cancelled
        left = msgspec.structs.replace(row, call=row.detail)
        served = self._served(events, left, [self._take()])
        if len(served) == 1 and self._follow(left, [w.T_QUEUED]):
            self._take()
        self._notify(served)

    def _replaces(self, row: Row) -> None:
        released_id = self._run.service.unit_ids[row.detail]
        command = c.ReplaceUnit(
            at_ms=row.at_ms,
            by="dispatcher",
            incident_id=incident(row.call),
            unit_id=self._unit(row),
            instead_of=released_id,
        )
        events = self._decided(command)
        self._take()  # cancelled
        self._is_free(released_id, row.at_ms)
        while self._rows[self._next].word == w.T_CREW:
            self._crew(self._take())
        self._notify(self._served(events, row, [self._take()]))

    def _served(self, events: tuple[e.AnyEvent, ...], left: Row, rows: list[Row]) -> list[Row]:
        """The rows of who was sent, those to the call that lost a unit included; the live service sent the same."""
        sent = [one for one in events if isinstance(one, e.UnitAssigned)]
        others = self._follow(left, [w.T_ASSIGNED])[: max(0, len(sent) - 1)]
        self._next += len(others)
        rows = [*rows, *others]
        simulated = {(incident(one.call), self._unit(one), one.detail) for one in rows}
        live = {(one.incident_id, one.unit_id, round(1000 * one.eta_s)) for one in sent}
        if simulated != live:
            self._differs(left.at_ms, incident(left.call), "units", str(sorted(simulated)), str(sorted(live)))
        return rows

    def _moved(self, row: Row) -> None:
        arrives_ms, post = divmod(row.detail, w.POSTS)
        unit_id, post_id = self._unit(row), list(self._prepared.region.posts)[post]
        command = c.MoveUnit(at_ms=row.at_ms, by="dispatcher", unit_id=unit_id, post_id=post_id)
        for moved in self._decided(command):
            if isinstance(moved, e.UnitMoved):
                if moved.leg.arrives_ms != self.starts_ms + arrives_ms:
                    live_ms = moved.leg.arrives_ms - self.starts_ms
                    self._differs(row.at_ms, unit_id, "at its post, ms", str(arrives_ms), str(live_ms))
                self._agenda.at(moved.leg.arrives_ms, partial(self._parks, unit_id, moved.leg))

    def _decided(self, command: c.DivertUnit | c.ReplaceUnit | c.MoveUnit) -> tuple[e.AnyEvent, ...]:
        """Sends the command; where the live service does not propose that, with a reason, and it is told."""
        decision = decide(self._service.state, command, self._service.world)
        if isinstance(decision, Refused):
            about = str(type(command).__struct_config__.tag)
            self._differs(command.at_ms, command.unit_id, about, "proposed", "; ".join(decision.because))
            command = msgspec.structs.replace(command, override_reason=AS_SIMULATED)
            decision = decide(self._service.state, command, self._service.world)
        self._send(command)
        return () if isinstance(decision, Refused) else decision

    def _crew(self, row: Row) -> None:
        """A crew on its break is signed off; whose it is not, as ever."""
        unit_id = self._unit(row)
        if any(one.unit_id == unit_id for one in self._prepared.scenario.crew_break):
            self._crews.rests(unit_id, row.at_ms, is_over=row.detail > 0)
        super()._crew(row)
