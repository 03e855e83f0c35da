"""What telling a traced run needs: its rows, the live service, and a list of what came out otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from sixpoint.ops import Refused, Status, decide
from sixpoint.ops import commands as c
from sixpoint.plan.tiered import words as w
from sixpoint.plan.tiered.events import incident
from sixpoint.plan.tiered.run import Run
from sixpoint.plan.tiered.scenario import Prepared
from sixpoint.service.opening import ms
from sixpoint.service.rehearsal.agenda import Agenda
from sixpoint.service.rehearsal.bedside import Service

AS_SIMULATED: Final = "as it was simulated"


class Difference(msgspec.Struct, frozen=True):
    """What the live service decided otherwise than the simulation, and what each said."""

    at_ms: int
    about: str
    what: str
    simulated: str
    live: str


class Row(msgspec.Struct, frozen=True):
    """A row of the trace, its time as ms since 1970."""

    at_ms: int
    word: int
    call: int
    unit: int
    detail: int


class Telling:
    """Rows that are told one after the other; what a row causes later is planned."""

    def __init__(self, prepared: Prepared, run: Run, service: Service) -> None:
        self.differences: list[Difference] = []
        self.starts_ms = ms(prepared.region.starts_at)
        self._prepared, self._run, self._service = prepared, run, service
        self._rows = [Row(self.starts_ms + at, *rest) for at, *rest in run.trace.tolist()]
        self._next = 0
        self._agenda = Agenda()

    def _take(self) -> Row:
        row = self._rows[self._next]
        self._next += 1
        return row

    def _follow(self, row: Row, words: Iterable[int], unit: int | None = None) -> list[Row]:
        """The rows that come right after, of the same instant and call (and unit), as far as they have these words."""
        found: list[Row] = []
        for other in self._rows[self._next :]:
            alike = other.at_ms == row.at_ms and other.word in words and other.call == row.call
            if not alike or (unit is not None and other.unit != unit):
                break
            found.append(other)
        return found

    def _report(self, row: Row, status: Status, at_ms: int, note: str = "") -> None:
        unit_id = self._unit(row)
        note = note if status == "cancelled" else ""
        command = c.ReportStatus(
            at_ms=at_ms, by=unit_id, incident_id=incident(row.call), unit_id=unit_id, status=status, note=note
        )
        self._send(command)

    def _send(self, command: c.AnyCommand) -> None:
        outcome = self._service.send(command)
        if isinstance(outcome, Refused):
            about = type(command).__struct_config__.tag
            self._differs(command.at_ms, str(about), "refused", "sent", "; ".join(outcome.because))

    def _refused(self, command: c.AnyCommand) -> tuple[str, ...]:
        """Why the command would be refused now; empty if it would not."""
        decision = decide(self._service.state, command, self._service.world)
        return decision.because if isinstance(decision, Refused) else ()

    def _differs(self, at_ms: int, about: str, what: str, simulated: str, live: str) -> None:
        self.differences.append(Difference(at_ms, about, what, simulated, live))

    def _unit(self, row: Row) -> str:
        return self._run.service.unit_ids[row.unit]

    def _type(self, call: int) -> Any:
        types = self._run.service.types
        return types[types.codes[self._run.calls["type"][call]]]


def status_of(row: Row) -> Status:
    """The status that the row reports."""
    status: Status = msgspec.convert(w.TRACE_WORDS[row.word], Status)
    return status
