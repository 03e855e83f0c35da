"""A traced run of the simulation, told to the live service as commands: what somebody at each desk would have sent.

The live service decides as it does for people: units are sent as it recommends, patients go where it recommends, acts
are done as its guard allows. Whatever it decides otherwise than the simulation did is noted as a difference, and then
done as it was simulated, with that for a reason, so that one difference does not make others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from sixpoint.ops import Leg, Refused, decide
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.plan.tiered import words as w
from sixpoint.plan.tiered.events import incident
from sixpoint.plan.tiered.run import Run
from sixpoint.plan.tiered.scenario import Prepared
from sixpoint.service.opening import opening_commands
from sixpoint.service.rehearsal.bedside import Service
from sixpoint.service.simulated.case import Asked, Case
from sixpoint.service.simulated.reassigning import Reassigning
from sixpoint.service.simulated.telling import AS_SIMULATED, Row, status_of

HOUR_MS: Final = 3_600_000


class Script(Reassigning):
    """The commands of a run, one moment at a time; `differences` holds what did not come out as simulated."""

    def __init__(self, prepared: Prepared, run: Run, service: Service) -> None:
        super().__init__(prepared, run, service)
        days_ms = self.starts_ms + prepared.scenario.days * 24 * HOUR_MS
        # Crews change, and move units, for a while after all else is over.
        after = (w.T_CREW, w.T_MOVED)
        self.ends_ms = max([days_ms, *(row.at_ms for row in self._rows if row.word not in after)])
        self._skills = {skill.index: skill.id for skill in run.service.rules.skills}
        # A new word of the trace has its line here.
        self._told: dict[int, Callable[[Row], None]] = {
            w.T_REPORTED: self._reported,
            w.T_QUEUED: self._queued,
            w.T_ASSIGNED: self._assigned,
            w.T_EN_ROUTE: self._status,
            w.T_STAGED: self._arrived,
            w.T_ON_SCENE: self._arrived,
            w.T_AT_PATIENT: self._at_patient,
            w.T_ORDER_ASKED: self._order_asked,
            w.T_PERFORMED: self._performed,
            w.T_NEED_MET: self._nothing,
            w.T_TRANSPORTING: self._transporting,
            w.T_RIDES: self._rides,
            w.T_AT_DESTINATION: self._arrived,
            w.T_TRANSFERRED: self._transferred,
            w.T_CLEAR: self._clear,
            w.T_CANCELLED: self._clear,
            w.T_CREW: self._crew,
            w.T_CLOSED: self._closed,
            w.T_DIVERSION: self._diversion,
            w.T_DIVERTED: self._diverted,
            w.T_REPLACES: self._replaces,
            w.T_MOVED: self._moved,
        }

    def open(self) -> None:
        """Opens the service and plans its crews; nobody has called yet."""
        for command in opening_commands(self._prepared.region, self.starts_ms):
            self._send(command)
        self._crews.plan(self._agenda, self._prepared, self.ends_ms)
        for hour_ms in range(self.starts_ms + HOUR_MS, self.ends_ms, HOUR_MS):
            self._agenda.at(hour_ms, self.checkpoint)

    def checkpoint(self, at_ms: int) -> None:
        """Writes the digest of the state into the log."""
        self._send(c.TakeCheckpoint(at_ms=at_ms))

    def next_ms(self) -> int | None:
        """When the next moment is; None if the run is over."""
        row_ms = self._rows[self._next].at_ms if self._next < len(self._rows) else None
        due = [at_ms for at_ms in (row_ms, self._agenda.next_ms()) if at_ms is not None and at_ms <= self.ends_ms]
        return min(due, default=None)

    def step(self) -> int:
        """Sends the commands of the next moment and returns its instant; what was planned goes before the trace."""
        at_ms, planned = self.next_ms(), self._agenda.next_ms()
        assert at_ms is not None
        if planned is not None and planned <= at_ms:
            return self._agenda.step()
        row = self._take()
        self._told[row.word](row)
        return at_ms

    def _status(self, row: Row) -> None:
        self._report(row, status_of(row), row.at_ms)

    def _arrived(self, row: Row) -> None:
        """The way took as long as the live service said when the unit set out."""
        position = self._service.state.units[self._unit(row)].position
        staged = self._service.state.units[self._unit(row)].status == "staged"
        if isinstance(position, Leg) and not staged and position.arrives_ms != row.at_ms:
            what = f"{status_of(row)} of {self._unit(row)}, ms"
            self._differs(row.at_ms, incident(row.call), what, str(row.at_ms), str(position.arrives_ms))
        self._status(row)

    def _at_patient(self, row: Row) -> None:
        case, unit_id = self._cases[row.call], self._unit(row)
        self._settle(case, row.at_ms)
        first = case.encounter is None
        if first:
            case.open(unit_id, row.at_ms)
        self._status(row)
        if first:
            case.found(unit_id, row.at_ms)
        elif case.is_outranked_by(unit_id):
            case.offer_to(unit_id, row.at_ms)
            self._agenda.at(row.at_ms + self._run.service.world.pace.handover, lambda at_ms: self._settle(case, at_ms))
        for other in self._follow(row, (w.T_PERFORMED, w.T_NEED_MET, w.T_ORDER_ASKED), row.unit):
            self._take()
            self._told[other.word](other)
        self._release(row)

    def _performed(self, row: Row) -> None:
        case, unit_id, skill = self._cases[row.call], self._unit(row), self._skills[row.detail]
        because = case.does(unit_id, skill, row.at_ms)
        if because:
            self._differs(row.at_ms, case.incident_id, f"{skill} by {unit_id}", "done", "; ".join(because))

    def _order_asked(self, row: Row) -> None:
        case, unit_id = self._cases[row.call], self._unit(row)
        skill = self._ordered_skill(row)
        asked = case.asks(unit_id, skill, row.at_ms)
        if not isinstance(asked, Asked):
            self._differs(row.at_ms, case.incident_id, f"order for {skill} by {unit_id}", "asked", "; ".join(asked))
            return
        answer_ms = row.at_ms + self._run.service.world.rules.order_delay_ms
        self._agenda.at(answer_ms, lambda at_ms: case.answered(asked, at_ms))

    def _ordered_skill(self, row: Row) -> str:
        """By which skill the crew would meet the need with an order: what it can do turns on what it may do alone."""
        may = self._service.state.units[self._unit(row)].capability
        service = self._run.service
        cap = service.capabilities.index((may.standing, may.with_order))
        first_need = int(service.world.types["first_need"][self._run.calls["type"][row.call]])
        return self._skills[int(service.world.orders[cap, first_need + row.detail])]

    def _transporting(self, row: Row) -> None:
        case, unit_id = self._cases[row.call], self._unit(row)
        rider = int(self._run.calls["rider"][row.call])
        rider_id = "" if rider < 0 else self._run.service.unit_ids[rider]
        self._settle(case, row.at_ms)
        if case.unit_in_charge != (rider_id or unit_id):
            case.offer_to(rider_id or unit_id, row.at_ms)
            self._settle(case, row.at_ms)
        self._choose(case, unit_id, self._run.service.facility_ids[row.detail], row.at_ms)
        case.tells(unit_id, row.at_ms)
        if rider_id and self._refused(case.leaves(unit_id, rider_id, row.at_ms)):
            case.offer_to(rider_id, row.at_ms)  # to who of them may keep running what runs
            self._settle(case, row.at_ms)
        leaves = case.leaves(unit_id, rider_id, row.at_ms)
        because = self._refused(leaves)
        if because:
            self._differs(row.at_ms, case.incident_id, f"{unit_id} leaves", "left", "; ".join(because))
            leaves = msgspec.structs.replace(leaves, override_reason=AS_SIMULATED)
        self._send(leaves)

    def _choose(self, case: Case, unit_id: str, facility_id: str, at_ms: int) -> None:
        choose = c.ChooseDestination(
            at_ms=at_ms, by=unit_id, incident_id=case.incident_id, unit_id=unit_id, encounter_id=case.encounter_id
        )
        decision = decide(self._service.state, choose, self._service.world)
        events = () if isinstance(decision, Refused) else decision
        live = [one.destination.facility_id for one in events if isinstance(one, e.DestinationChosen)]
        if live != [facility_id]:
            self._differs(at_ms, case.incident_id, "destination", facility_id, str(live))
            choose = msgspec.structs.replace(choose, facility_id=facility_id, override_reason=AS_SIMULATED)
        self._send(choose)

    def _rides(self, row: Row) -> None:
        carrier_id = self._run.service.unit_ids[row.detail]
        along = c.RideAlong(
            at_ms=row.at_ms,
            by=self._unit(row),
            incident_id=incident(row.call),
            unit_id=self._unit(row),
            with_unit_id=carrier_id,
            because=f"the crew of {carrier_id} may not leave with the patient alone",
        )
        self._send(along)

    def _transferred(self, row: Row) -> None:
        case = self._cases[row.call]
        self._settle(case, row.at_ms)
        case.is_at(self._run.service.facility_ids[row.detail], row.at_ms)
        self._status(row)

    def _clear(self, row: Row) -> None:
        case = self._cases[row.call]
        self._settle(case, row.at_ms)
        if self._ends_here(row):
            case.stays(row.at_ms)
        elif row.word == w.T_CLEAR and case.unit_in_charge == self._unit(row):
            self._pass_on(case, row)
        self._report(row, status_of(row), row.at_ms, self._releases.pop((row.call, row.unit), "no longer needed"))
        self._is_free(self._unit(row), row.at_ms)

    def _ends_here(self, row: Row) -> bool:
        """Whether care ends on scene with this unit, or with those that are free at the same instant."""
        call = self._run.calls[row.call]
        return int(call["end"]) == w.ON_SCENE_END and self.starts_ms + int(call["closed"]) == row.at_ms

    def _pass_on(self, case: Case, row: Row) -> None:
        """Who is in charge leaves others with the patient: the most capable of them takes over, the first of equals."""
        found = case.incident
        assert found is not None
        units, own = self._service.state.units, self._unit(row)
        there = [one for one in sorted(found.open_units) if one != own and units[one].status == "at_patient"]
        if there:
            after = max(there, key=lambda one: units[one].capability.with_order.bit_count())
            case.offer_to(after, row.at_ms)
            self._settle(case, row.at_ms)

    def _closed(self, row: Row) -> None:
        self._cases.pop(row.call)
        disposition = w.END_WORDS[row.detail]
        self._send(c.CloseIncident(at_ms=row.at_ms, incident_id=incident(row.call), disposition=disposition))

    def _nothing(self, row: Row) -> None:
        """What the live service finds out by itself."""

    def _settle(self, case: Case, at_ms: int) -> None:
        because = case.settle(at_ms)
        if because:
            self._differs(at_ms, case.incident_id, "hand-over", "accepted", "; ".join(because))
