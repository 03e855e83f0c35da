"""A day of a region, rehearsed through the live engine: every call, every unit, every hand-over is a command to it.

The engine decides as it does for people; only what crews and patients do is drawn here. Whatever the engine refuses
is not done. `Day.agenda` carries out one action at a time, so that a board can show the day at any speed.
"""

from __future__ import annotations

from functools import partial

import msgspec

from sixpoint.care import HandoverOffered, responsible
from sixpoint.ops import Leg, Refused, Status
from sixpoint.ops import commands as c
from sixpoint.ops.places import Place
from sixpoint.plan import pace
from sixpoint.region import Call, Region
from sixpoint.service.engine import Accepted, Engine
from sixpoint.service.opening import ms, opening_commands
from sixpoint.service.rehearsal.agenda import Action, Agenda
from sixpoint.service.rehearsal.desk import Desk, Trip
from sixpoint.service.rehearsal.leaving import alert, end_on_scene
from sixpoint.service.rehearsal.meetings import Meetings
from sixpoint.service.rehearsal.patient import draw_patient
from sixpoint.service.rehearsal.roster import Roster
from sixpoint.service.rehearsal.scene import Scene

HOUR_MS = 3_600_000


class Day:
    """The agenda of one region's day over one engine; reproducible from region and seed."""

    def __init__(self, region: Region, engine: Engine, seed: int) -> None:
        self.region = region
        self.engine = engine
        self.seed = seed
        self.agenda = Agenda()
        self.scenes: dict[str, Scene] = {}
        self.desk = Desk(engine, self.agenda, self.scenes, self._notify, self._drives)
        self._roster = Roster(region, engine, self.agenda, self._drives)
        self.meetings = Meetings(engine, self.agenda, self.scenes.__getitem__, self)
        self._riders: dict[str, str] = {}  # unit whose clinician rides along -> the unit that transports

    def open(self) -> None:
        """Opens the service, signs the first crews on and plans the calls."""
        starts_ms = ms(self.region.starts_at)
        for command in opening_commands(self.region, starts_ms):
            self._must(command)
        self._roster.plan()
        for hour_ms in range(starts_ms + HOUR_MS, ms(self.region.ends_at) + 1, HOUR_MS):
            self.agenda.at(hour_ms, self.checkpoint)
        for call in self.region.calls:
            self.agenda.at(ms(call.received_at), partial(self._report, call))

    @property
    def is_one_day(self) -> bool:
        """Whether the region has a single day of calls."""
        return self.region.days == 1

    def next_ms(self) -> int | None:
        """When the next action is due; None if the day is over."""
        return self.agenda.next_ms()

    def step(self) -> int:
        """Carries out the next action and returns its instant."""
        return self.agenda.step()

    def run(self) -> None:
        """Carries out everything that is planned, to the end."""
        while self.next_ms() is not None:
            self.step()

    def checkpoint(self, at_ms: int) -> None:
        """Writes the digest of the state into the log: each hour, and at the end."""
        self._must(c.TakeCheckpoint(at_ms=at_ms))

    # A call comes in, and units are chosen for it.

    def _report(self, call: Call, at_ms: int) -> None:
        incident_id = f"i-{call.call_id}"
        report = c.ReportCall(
            at_ms=at_ms,
            by="caller",
            call_id=call.call_id,
            incident_id=incident_id,
            place=Place(call.lon_deg, call.lat_deg, call.node),
            dispatch_code=call.dispatch_code,
            received_ms=at_ms,
            caller=call.caller,
            imputed=call.imputed,
        )
        self._must(report)
        patient = draw_patient(call, self.engine.world.call_types[call.dispatch_code], self.seed)
        self.scenes[incident_id] = Scene(self.engine, self.agenda, incident_id, patient)
        self._plan(at_ms, pace.CALL_TAKING_S, partial(self.desk.assign, incident_id))

    # A unit goes there.

    def _notify(self, trip: Trip, at_ms: int) -> None:
        if not self._reports(trip, "notified", at_ms):
            return
        unit = self.engine.state.units[trip.unit_id]
        parked = not isinstance(unit.position, Leg) or unit.position.arrives_ms <= at_ms
        wait_s = unit.turnout_s if parked else pace.STARTING_S
        self._plan(at_ms, wait_s, partial(self._set_out, trip))

    def _set_out(self, trip: Trip, at_ms: int) -> None:
        if self._reports(trip, "en_route", at_ms):
            leg = self.engine.state.units[trip.unit_id].position
            assert isinstance(leg, Leg)
            self.agenda.at(max(at_ms, leg.arrives_ms), partial(self._arrive, trip, leg))

    def to_scene(self, incident_id: str, unit_id: str, leg: Leg) -> None:
        """A unit already assigned takes another way: to a meeting, or to the scene after all."""
        incident = self.engine.state.incidents[incident_id]
        trip = Trip(incident_id, unit_id, incident.assignments[unit_id].times_ms["assigned"])
        self.agenda.at(leg.arrives_ms, partial(self._arrive, trip, leg))

    def _arrive(self, trip: Trip, leg: Leg, at_ms: int) -> None:
        """Nothing, if the unit was sent another way meanwhile."""
        if self.engine.state.units[trip.unit_id].position == leg and self._reports(trip, "on_scene", at_ms):
            walk_s = self.scenes[trip.incident_id].patient.to_patient_s
            self._plan(at_ms, walk_s, partial(self._reach, trip))

    def _reach(self, trip: Trip, at_ms: int) -> None:
        scene = self.scenes[trip.incident_id]
        if not self._holds(trip):
            return
        if self.meetings.of(scene, trip.unit_id) is not None:
            self.meetings.advanced_arrives(scene, trip.unit_id, at_ms)
            return
        if scene.carrier is not None:
            self._clear(scene, trip.unit_id, at_ms)
            return
        first = scene.encounter is None
        if first:
            scene.open(trip.unit_id, at_ms)
        if self._reports(trip, "at_patient", at_ms):
            if first:
                scene.describe(trip.unit_id, at_ms)
                not_needed = scene.not_needed()
                self._must(
                    c.ReviseNeeds(at_ms=at_ms, by=trip.unit_id, incident_id=trip.incident_id, not_needed=not_needed)
                )
            else:
                scene.take_over(trip.unit_id, at_ms)
            scene.work(trip.unit_id, at_ms)
            for released in self.desk.release_unneeded(trip.incident_id, at_ms):
                self._is_free(released, at_ms)
            leave = partial(self._leave, trip.incident_id, trip.unit_id, at_ms)
            self._plan(at_ms, scene.patient.on_scene_s, leave)

    def _holds(self, trip: Trip) -> bool:
        """Whether the unit is still on this very assignment."""
        incident = self.engine.state.incidents.get(trip.incident_id)
        assignment = None if incident is None else incident.assignments.get(trip.unit_id)
        return assignment is not None and assignment.is_open and assignment.times_ms["assigned"] == trip.assigned_ms

    def _reports(self, trip: Trip, status: Status, at_ms: int) -> bool:
        return self._holds(trip) and self._status(trip.incident_id, trip.unit_id, status, at_ms)

    # The patient leaves, or stays.

    def _leave(self, incident_id: str, unit_id: str, reached_ms: int, at_ms: int) -> None:
        """The unit has been on scene as long as it is needed: it transports, waits for help, or clears."""
        scene = self.scenes[incident_id]
        incident = scene.incident
        if (
            incident is None
            or unit_id not in incident.open_units
            or incident.assignments[unit_id].status != "at_patient"
        ):
            return
        unit = self.engine.state.units[unit_id]
        waited_s = (at_ms - reached_ms) / 1000 - scene.patient.on_scene_s
        is_busy = scene.awaits_answer() or scene.is_working(unit_id)
        if not is_busy and self._leaves_to_meet(scene, unit_id, at_ms):
            self._transport(scene, self._carrier(scene, unit_id), at_ms)
        elif is_busy or (waited_s < pace.WAIT_FOR_CARE_S and self._help_is_coming(scene)):
            self._plan(at_ms, 60.0, partial(self._leave, incident_id, unit_id, reached_ms))
        elif scene.carrier is not None:
            return
        elif not scene.patient.is_transported:
            self._end_on_scene(scene, at_ms)
        elif unit.can_transport:
            self._transport(scene, self._carrier(scene, unit_id), at_ms)
        elif self.desk.lacks_transport(incident_id):
            self.desk.assign(incident_id, at_ms)
            self._plan(at_ms, 120.0, partial(self._leave, incident_id, unit_id, reached_ms))

    def _leaves_to_meet(self, scene: Scene, unit_id: str, at_ms: int) -> bool:
        """Whether the patient leaves now to meet a unit that may do more, as that brings its care soonest."""
        encounter = scene.encounter
        if scene.carrier is not None or not scene.patient.is_transported or encounter is None:
            return False
        carrier = self.engine.state.units[self._carrier(scene, unit_id)]
        in_charge = responsible(encounter)
        ready_s = 0.0 if in_charge is None or in_charge in carrier.crew else pace.HANDOVER_S
        return carrier.can_transport and self.meetings.arrange(scene, carrier.unit_id, ready_s, at_ms)

    def _help_is_coming(self, scene: Scene) -> bool:
        """Whether a unit under way may do something the patient still needs."""
        incident = scene.incident
        assert incident is not None
        index = {skill.id: skill.index for skill in self.engine.world.rulebook.skills}
        wanted = {skill for any_of in scene.undone() for skill in any_of}
        bits = sum(1 << index[skill] for skill in wanted if skill in index)
        return any(
            self.engine.state.units[unit_id].capability.with_order & bits
            for unit_id, assignment in incident.assignments.items()
            if assignment.status in ("assigned", "notified", "en_route", "staged", "on_scene")
        )

    def _carrier(self, scene: Scene, unit_id: str) -> str:
        """The transporting unit at the patient whose crew is in charge, so that nobody need ride along; else this."""
        incident, encounter = scene.incident, scene.encounter
        assert incident is not None and encounter is not None
        in_charge = responsible(encounter)
        for other, assignment in incident.assignments.items():
            unit = self.engine.state.units[other]
            if assignment.status == "at_patient" and unit.can_transport and in_charge in unit.crew:
                return other
        return unit_id

    def _transport(self, scene: Scene, unit_id: str, at_ms: int) -> None:
        """The patient is offered to the transporting crew, if somebody else is in charge; then they leave."""
        encounter = scene.encounter
        assert encounter is not None
        scene.carrier = unit_id
        in_charge = responsible(encounter)
        if in_charge is None or in_charge in self.engine.state.units[unit_id].crew:
            self._depart(scene, unit_id, None, at_ms)
        else:
            offer = scene.offer(scene.most_capable(unit_id, at_ms), unit_id, at_ms)
            self._plan(at_ms, pace.HANDOVER_S, partial(self._depart, scene, unit_id, offer))

    def _depart(self, scene: Scene, unit_id: str, offer: HandoverOffered | None, at_ms: int) -> None:
        """Care that would step down is refused by the engine: then whoever is in charge rides along."""
        incident = scene.incident
        assert incident is not None
        rider, because = "", ""
        attending: tuple[str, ...] = ()
        if offer is not None and (refused := scene.accept(offer, at_ms)) is not None and offer.unit_id != unit_id:
            rider, because = offer.unit_id, "; ".join(refused.because)
            self._riders[rider] = unit_id
            attending = (offer.author, *self.engine.state.units[unit_id].crew[:-1])
        choose = c.ChooseDestination(
            at_ms=at_ms, by=unit_id, incident_id=scene.incident_id, unit_id=unit_id, encounter_id=scene.encounter_id
        )
        meeting = self.meetings.of(scene, unit_id)
        if meeting is None and isinstance(self.engine.send(choose), Refused):
            self._end_on_scene(scene, at_ms)
            return
        alert(scene, self.engine.world, unit_id, self.engine.state.units[unit_id].crew, at_ms)
        if self._sets_off(scene.incident_id, unit_id, at_ms, attending):
            if rider:
                along = c.RideAlong(
                    at_ms=at_ms,
                    by=rider,
                    incident_id=scene.incident_id,
                    unit_id=rider,
                    with_unit_id=unit_id,
                    because=because,
                )
                self._must(along)
            leg = self.engine.state.units[unit_id].position
            assert isinstance(leg, Leg)
            if meeting is None:
                self.to_facility(scene, unit_id, leg)
            else:
                self.agenda.at(leg.arrives_ms, partial(self.meetings.patient_arrives, scene, unit_id, leg))
            for other in incident.open_units:
                if other != unit_id and self._riders.get(other) != unit_id and self.meetings.of(scene, other) is None:
                    self.clear_soon(scene, other, at_ms)

    def _sets_off(self, incident_id: str, unit_id: str, at_ms: int, attending: tuple[str, ...]) -> bool:
        """Leaves with the patient; where nobody lawful attends, all the same: the reason is drawn, and reviewed."""
        leave = c.ReportStatus(
            at_ms=at_ms,
            by=unit_id,
            incident_id=incident_id,
            unit_id=unit_id,
            status="transporting",
            attending=attending,
        )
        if isinstance(self.engine.send(leave), Accepted):
            return True
        anyhow = msgspec.structs.replace(leave, override_reason="nobody else could come along (rehearsed)")
        return isinstance(self.engine.send(anyhow), Accepted)

    def clear_soon(self, scene: Scene, unit_id: str, at_ms: int) -> None:
        """The unit has nothing more to do there."""
        self._plan(at_ms, pace.CLEAR_S, partial(self._clear, scene, unit_id))

    def to_facility(self, scene: Scene, unit_id: str, leg: Leg) -> None:
        """The unit drives in with its patient."""
        self.agenda.at(leg.arrives_ms, partial(self._at_facility, scene, unit_id, leg))

    def _at_facility(self, scene: Scene, unit_id: str, leg: Leg, at_ms: int) -> None:
        if self.engine.state.units[unit_id].position == leg and self._status(
            scene.incident_id, unit_id, "at_destination", at_ms
        ):
            self._plan(at_ms, scene.patient.offload_s, partial(self._transfer, scene, unit_id))

    def _transfer(self, scene: Scene, unit_id: str, at_ms: int) -> None:
        incident = scene.incident
        assert incident is not None
        facility_id = incident.assignments[unit_id].facility_id
        assert facility_id is not None
        scene.accept(scene.offer(facility_id, "", at_ms), at_ms, at_facility=True)
        self._status(scene.incident_id, unit_id, "transferred", at_ms)
        for rider in [one for one, carrier in self._riders.items() if carrier == unit_id]:
            del self._riders[rider]
            self._plan(at_ms, pace.TURNAROUND_S, partial(self._clear, scene, rider))
        for rider in scene.aboard & set(incident.open_units):
            back_s = self._to_its_vehicle_s(unit_id, rider, at_ms)
            self._plan(at_ms, pace.TURNAROUND_S + back_s, partial(self._clear, scene, rider))
        self._plan(at_ms, pace.TURNAROUND_S, partial(self._clear, scene, unit_id))

    def _to_its_vehicle_s(self, unit_id: str, rider: str, at_ms: int) -> float:
        """How long a crew is brought back to a vehicle that stayed where they met; none if it drove behind."""
        units = self.engine.state.units
        vehicle = units[rider].position
        if isinstance(vehicle, Leg):
            return 0.0
        return self.engine.world.travel.seconds(units[unit_id].position, vehicle, at_ms, False)

    def _end_on_scene(self, scene: Scene, at_ms: int) -> None:
        incident = scene.incident
        assert incident is not None
        end_on_scene(scene, at_ms)
        for unit_id in incident.open_units:
            self._clear(scene, unit_id, at_ms)

    def _clear(self, scene: Scene, unit_id: str, at_ms: int) -> None:
        incident = scene.incident
        if incident is None or unit_id not in incident.open_units:
            return
        status = incident.assignments[unit_id].status
        before_care = status in ("assigned", "notified", "en_route", "staged")
        if before_care:
            self._status(scene.incident_id, unit_id, "cancelled", at_ms, "no longer needed")
        else:
            self._status(scene.incident_id, unit_id, "clear", at_ms)
        incident = scene.incident
        if incident is not None and not incident.open_units:
            carried = any("transferred" in one.times_ms for one in incident.assignments.values())
            disposition = "patient transported" if carried else "treated or assessed, not transported"
            self._must(c.CloseIncident(at_ms=at_ms, incident_id=incident.incident_id, disposition=disposition))
        self._is_free(unit_id, at_ms)

    def _is_free(self, unit_id: str, at_ms: int) -> None:
        """The unit drives home, changes its crew if the shift is over, and may be sent again at once."""
        self._drives(unit_id)
        self._roster.apply(unit_id, at_ms)
        self.desk.unit_is_free(unit_id, at_ms)

    def _drives(self, unit_id: str) -> None:
        """A free unit on its way to a post parks there, if nothing comes between."""
        position = self.engine.state.units[unit_id].position
        if isinstance(position, Leg):
            self.agenda.at(position.arrives_ms, partial(self._park, unit_id, position))

    def _park(self, unit_id: str, leg: Leg, at_ms: int) -> None:
        unit = self.engine.state.units[unit_id]
        if unit.incident_id is None and unit.position == leg:
            self._must(c.ParkUnit(at_ms=at_ms, unit_id=unit_id))

    def _status(self, incident_id: str, unit_id: str, status: Status, at_ms: int, note: str = "") -> bool:
        """Reports the status; False if the unit is no longer on the incident or the engine refuses."""
        command = c.ReportStatus(
            at_ms=at_ms, by=unit_id, incident_id=incident_id, unit_id=unit_id, status=status, note=note
        )
        return isinstance(self.engine.send(command), Accepted)

    def _must(self, command: c.AnyCommand) -> None:
        outcome = self.engine.send(command)
        assert not isinstance(outcome, Refused), (command, outcome.because)

    def _plan(self, at_ms: int, after_s: float, action: Action) -> None:
        self.agenda.at(at_ms + round(after_s * 1000), action)
