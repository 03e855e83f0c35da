"""Calls and units of a traced run: reported, asked about, sent, notified, and released where nobody needs them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import msgspec

from sixpoint.ops import Leg, Place, Refused, decide
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.decide.reassign import proposed_releases
from sixpoint.ops.decide.settled import settled
from sixpoint.plan.tiered import words as w
from sixpoint.plan.tiered.events import incident
from sixpoint.plan.tiered.run import Run
from sixpoint.plan.tiered.scenario import Prepared
from sixpoint.service.rehearsal.bedside import Service
from sixpoint.service.simulated.case import Case
from sixpoint.service.simulated.crews import Crews
from sixpoint.service.simulated.patient import patient_of
from sixpoint.service.simulated.telling import AS_SIMULATED, Row, Telling


class Dispatching(Telling):
    """The desk: it follows every recommendation and proposal of the live service, as long as they are the simulated."""

    def __init__(self, prepared: Prepared, run: Run, service: Service) -> None:
        super().__init__(prepared, run, service)
        self._cases: dict[int, Case] = {}
        self._crews = Crews(service, self._differs)
        self._releases: dict[tuple[int, int], str] = {}  # why a unit is released, by call and unit

    def _reported(self, row: Row) -> None:
        node = int(self._run.calls["node"][row.call])
        network, code = self._prepared.region.network, self._type(row.call).code
        incident_id = incident(row.call)
        report = c.ReportCall(
            at_ms=row.at_ms,
            by="caller",
            call_id=f"call-{row.call}",
            incident_id=incident_id,
            place=Place(float(network.lon_deg[node]), float(network.lat_deg[node]), node),
            dispatch_code=code,
            received_ms=row.at_ms,
            caller="simulation",
            imputed=() if self._prepared.demand.source == "log" else ("place", "dispatch_code"),
        )
        self._send(report)
        patient = patient_of(self._run, row.call, self._prepared.scenario.seed, self._service.world.pathways)
        real = int(self._run.calls["mask"][row.call])
        self._cases[row.call] = Case(self._service, incident_id, patient, self._type(row.call), real)

    def _queued(self, row: Row) -> None:
        self._ask(row, [])

    def _assigned(self, row: Row) -> None:
        """One or, where two units came free at once, several choices for the same call."""
        group = [row, *self._follow(row, [w.T_ASSIGNED])]
        self._next += len(group) - 1
        while group:
            taken = self._ask(row, group)
            group = group[taken:]

    def _ask(self, row: Row, rows: list[Row]) -> int:
        """Asks for the recommendation and sends it, if it is what was simulated first; how many rows that told."""
        incident_id = incident(row.call)
        command = c.AssignUnits(at_ms=row.at_ms, by="dispatcher", incident_id=incident_id)
        decision = decide(self._service.state, command, self._service.world)
        sent = {} if isinstance(decision, Refused) else {one.unit_id: one.eta_s for one in _assignments(decision)}
        simulated = {self._unit(one): one.detail for one in (rows[: len(sent)] or rows)}
        if sent.keys() != simulated.keys():
            self._differs(row.at_ms, incident_id, "units", ", ".join(simulated), ", ".join(sent))
            if rows:
                named = tuple(self._unit(one) for one in rows)
                self._send(msgspec.structs.replace(command, unit_ids=named, override_reason=AS_SIMULATED))
                self._notify(rows)
            return max(1, len(rows))
        self._send(command)
        for unit_id, eta_ms in simulated.items():
            if round(1000 * sent[unit_id]) != eta_ms:
                self._differs(row.at_ms, incident_id, f"time of {unit_id}, ms", str(eta_ms), f"{sent[unit_id]:.3f} s")
        self._notify(rows[: len(simulated)])
        return max(1, len(simulated))

    def _notify(self, rows: Iterable[Row]) -> None:
        for row in rows:
            told_ms = row.at_ms + self._run.service.world.pace.notify
            self._agenda.at(told_ms, partial(self._notified, row))

    def _notified(self, row: Row, at_ms: int) -> None:
        """Unless the unit is on another assignment by now."""
        found = self._service.state.incidents.get(incident(row.call))
        one = None if found is None else found.assignments.get(self._unit(row))
        if one is not None and one.status == "assigned" and one.times_ms["assigned"] == row.at_ms:
            self._report(row, "notified", at_ms)

    # Units that are free

    def _is_free(self, unit_id: str, at_ms: int) -> None:
        """A free unit changes its crew if that is due, and parks at its post if nothing comes between."""
        position = self._service.state.units[unit_id].position
        if isinstance(position, Leg):
            self._agenda.at(position.arrives_ms, partial(self._parks, unit_id, position))
        self._crews.is_clear(unit_id, at_ms)

    def _parks(self, unit_id: str, leg: Leg, at_ms: int) -> None:
        unit = self._service.state.units[unit_id]
        if unit.incident_id is None and unit.position == leg:
            self._send(c.ParkUnit(at_ms=at_ms, unit_id=unit_id))

    def _crew(self, row: Row) -> None:
        """Crews change by name, as their shifts say; there are as many people as the simulation had."""
        hands = len(self._service.state.units[self._unit(row)].crew)
        if hands != row.detail:
            self._differs(row.at_ms, self._unit(row), "crew", str(row.detail), str(hands))

    # Units that nobody needs

    def _release(self, row: Row) -> None:
        """The units on their way that are not needed: as the live service proposes."""
        state, world, incident_id = self._service.state, self._service.world, incident(row.call)
        found = state.incidents[incident_id]
        proposals = proposed_releases(state, found, settled(state, found, world), row.at_ms, world)
        live = {one.unit_id: one.because for one in proposals}
        simulated = self._cancelled_now(row)
        if live.keys() != {self._unit(one) for one in simulated}:
            said = ", ".join(self._unit(one) for one in simulated)
            self._differs(row.at_ms, incident_id, "released", said, ", ".join(live))
        for one in simulated:
            self._releases[one.call, one.unit] = live.get(self._unit(one), AS_SIMULATED)

    def _cancelled_now(self, row: Row) -> list[Row]:
        found: list[Row] = []
        for other in self._rows[self._next :]:
            if other.at_ms != row.at_ms or other.word not in (w.T_CANCELLED, w.T_CREW):
                break
            if other.word == w.T_CANCELLED and other.call == row.call:
                found.append(other)
        return found

    def _diversion(self, row: Row) -> None:
        facility_id = self._run.service.facility_ids[row.unit]
        self._send(c.ChangeFacilityStatus(at_ms=row.at_ms, facility_id=facility_id, is_open=bool(row.detail)))


def _assignments(events: Iterable[e.AnyEvent]) -> Iterable[e.UnitAssigned]:
    return (one for one in events if isinstance(one, e.UnitAssigned))
