"""A unit's way through an incident: each status in its order, with the leg it sets out on."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from sixpoint.care import casualty, suspected
from sixpoint.dispatch import Destination, FacilityOption, choose_destination
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.decide.passing import arrivals, departure
from sixpoint.ops.decide.sight import uses_lights
from sixpoint.ops.places import Leg, Place, Position
from sixpoint.ops.state import Assignment, Incident, State, Status, Unit
from sixpoint.ops.world import Refused, World, refuse

Decision = tuple[e.AnyEvent, ...] | Refused

# What follows what without a note; anything later in the order may follow with a note.
NEXT: Final[dict[Status, tuple[Status, ...]]] = {
    "assigned": ("notified", "cancelled"),
    "notified": ("en_route", "cancelled"),
    "en_route": ("staged", "on_scene", "cancelled"),
    "staged": ("on_scene", "cancelled"),
    "on_scene": ("at_patient", "clear", "cancelled"),
    "at_patient": ("transporting", "clear"),
    "transporting": ("at_destination",),
    "at_destination": ("transferred",),
    "transferred": ("clear",),
}
ORDER: Final[tuple[Status, ...]] = (
    "assigned",
    "notified",
    "en_route",
    "staged",
    "on_scene",
    "at_patient",
    "transporting",
    "at_destination",
    "transferred",
    "clear",
)


def report_status(state: State, command: c.ReportStatus, world: World) -> Decision:
    """The status in its order; a step left out needs a note; time does not run backwards."""
    found = _assignment(state, command.incident_id, command.unit_id)
    if isinstance(found, Refused):
        return found
    incident, assignment, unit = found
    refused = _out_of_order(assignment, command) or _not_ready(incident, assignment, unit, command)
    if refused is not None:
        return refused
    attending: tuple[str, ...] = ()
    placed = arrivals(state, assignment, unit, command, world)
    if _leaves(assignment, command):
        left = departure(state, incident, assignment, unit, command, world)
        if isinstance(left, Refused):
            return left
        attending, before = left
        placed = (*before, *placed)
    leg = _leg(state, incident, assignment, unit, command, world)
    if isinstance(leg, Refused):
        return leg
    event = e.StatusReported(
        at_ms=command.at_ms,
        by=command.by,
        incident_id=incident.incident_id,
        unit_id=unit.unit_id,
        status=command.status,
        leg=leg,
        note=command.note,
        attending=attending,
    )
    return (*placed, event)


def park_unit(state: State, command: c.ParkUnit, world: World) -> Decision:
    """A free unit stands at the post where it is to wait."""
    unit = state.units.get(command.unit_id)
    if unit is None:
        return refuse(f"unit {command.unit_id} is not known", "Correct the identifier.")
    if unit.incident_id is not None:
        return refuse(f"unit {unit.unit_id} is on incident {unit.incident_id}", "Report its status there.")
    place = state.posts[unit.waits_at].place
    if unit.position == place:
        return ()
    return (e.UnitParked(at_ms=command.at_ms, by=command.by, unit_id=unit.unit_id, place=place),)


def choose_destination_for(state: State, command: c.ChooseDestination, world: World) -> Decision:
    """The nearest open facility that can treat the suspected condition, or the one a person names with a reason."""
    found = _assignment(state, command.incident_id, command.unit_id)
    if isinstance(found, Refused):
        return found
    incident, assignment, unit = found
    if not unit.can_transport:
        return refuse(f"unit {unit.unit_id} does not transport", "Choose a unit that transports.")
    if command.encounter_id not in incident.encounters:
        return refuse(f"encounter {command.encounter_id} is not of this incident", "Correct the identifier.")
    carrier = _carrier(incident, command.encounter_id)
    if carrier not in (None, unit.unit_id):
        return refuse(f"the patient is in {carrier}", "Choose the destination for that unit.")
    where = casualty(state.encounters[command.encounter_id], command.at_ms)
    if where.kind == "facility":
        return refuse(f"the patient is at {where.place}", "Choose a patient who is on scene.")
    if assignment.patients and command.encounter_id not in assignment.patients:
        return _together(state, incident, assignment, unit, command, world)
    recommended = recommended_destination(state, incident, unit, command.at_ms, world, command.encounter_id)
    if command.facility_id is None or command.facility_id == recommended.facility_id:
        if recommended.facility_id is None:
            return Refused(recommended.because, "Name a facility and give a reason.")
        return _chosen(state, command, recommended, world)
    if command.facility_id not in state.facilities:
        return refuse(f"facility {command.facility_id} is not known", "Correct the identifier.")
    if not command.override_reason:
        return refuse(
            f"{command.facility_id} is not what is recommended ({recommended.facility_id})",
            "Give a reason to go elsewhere; it is recorded.",
        )
    option = _option(state, command.facility_id, _leaves_from(incident, unit), command.at_ms, world)
    other = Destination(
        facility_id=option.facility_id,
        travel_s=option.travel_s,
        because=(f"chosen by a person: {command.override_reason}",),
        override=True,
        passed_over=recommended.passed_over,
    )
    return _chosen(state, command, other, world)


def ride_along(state: State, command: c.RideAlong, world: World) -> Decision:
    """Whoever is at the patient may go with the patient; the vehicle that follows takes the same way."""
    found = _assignment(state, command.incident_id, command.unit_id)
    if isinstance(found, Refused):
        return found
    incident, assignment, unit = found
    carrier = incident.assignments.get(command.with_unit_id)
    if assignment.status != "at_patient":
        return refuse(f"the crew of {unit.unit_id} is not at the patient", "Report it there first.")
    if carrier is None or carrier.status != "transporting" or carrier.facility_id is None:
        return refuse(f"{command.with_unit_id} is not transporting", "Name the unit that carries the patient.")
    goal = state.facilities[carrier.facility_id].place
    leg = leg_along(unit, goal, False, command.at_ms, world) if command.follows else None
    if isinstance(leg, Refused):
        return leg
    event = e.CrewRidesAlong(
        at_ms=command.at_ms,
        by=command.by,
        incident_id=incident.incident_id,
        unit_id=unit.unit_id,
        with_unit_id=command.with_unit_id,
        leg=leg,
        because=command.because,
    )
    return (event,)


def _together(
    state: State, incident: Incident, assignment: Assignment, unit: Unit, command: c.ChooseDestination, world: World
) -> Decision:
    """One more patient goes in the same unit, and so to the same facility."""
    facility_id = assignment.facility_id
    assert facility_id is not None
    told = f"{unit.unit_id} goes to {facility_id} with {', '.join(assignment.patients)}"
    if assignment.status in ("transporting", "at_destination", "transferred"):
        return refuse(told, "Choose a unit that is on scene.")
    if command.facility_id not in (None, facility_id):
        return refuse(told, "Choose that facility, or another unit for this patient.")
    option = _option(state, facility_id, _leaves_from(incident, unit), command.at_ms, world)
    same = Destination(facility_id=facility_id, travel_s=option.travel_s, because=(told,), override=not option.open)
    return _chosen(state, command, same, world)


def _assignment(state: State, incident_id: str, unit_id: str) -> tuple[Incident, Assignment, Unit] | Refused:
    incident = state.incidents.get(incident_id)
    if incident is None:
        return refuse(f"incident {incident_id} is not open", "Correct the identifier.")
    assignment = incident.assignments.get(unit_id)
    if assignment is None or not assignment.is_open:
        return refuse(f"unit {unit_id} is not on incident {incident_id}", "Assign it first.")
    return incident, assignment, state.units[unit_id]


def _out_of_order(assignment: Assignment, command: c.ReportStatus) -> Refused | None:
    before = assignment.status
    if command.at_ms < assignment.times_ms[before]:
        return refuse(f"{command.status} lies before {before} of the same unit", "Correct the time.")
    if command.status in NEXT[before]:
        if command.status == "cancelled" and not command.note:
            return refuse("no reason is given", "Say why the unit is cancelled.")
        return None
    is_later = command.status in ORDER and ORDER.index(command.status) > ORDER.index(before)
    if is_later and command.note:
        return None
    expected = " or ".join(NEXT[before])
    remedy = "Give a note to leave a step out." if is_later else f"Report {expected}."
    return refuse(f"{command.status} does not follow {before}; {expected} does", remedy)


def _not_ready(incident: Incident, assignment: Assignment, unit: Unit, command: c.ReportStatus) -> Refused | None:
    if _leaves(assignment, command):
        if not unit.can_transport:
            return refuse(f"unit {unit.unit_id} does not transport", "Send a unit that transports.")
        if assignment.facility_id is None or not assignment.patients:
            return refuse("no destination is chosen", "Choose the destination first.")
        for encounter_id in assignment.patients:
            carrier = _carrier(incident, encounter_id)
            if carrier is not None:
                return refuse(f"the patient is in {carrier}", "Clear this unit, or choose another patient for it.")
    if command.status == "at_patient":
        if not incident.encounters:
            return refuse("no encounter is open", "Open the encounter first.")
        meeting = incident.meeting_of(unit.unit_id)
        if meeting is not None and meeting.advanced_unit_id == unit.unit_id and meeting.reached_ms is None:
            return refuse(f"{meeting.unit_id} is not at the meeting place", "Report it there, or cancel the meeting.")
    return None


def _leaves(assignment: Assignment, command: c.ReportStatus) -> bool:
    """Whether the unit leaves the scene with a patient by this status, even if "transporting" itself is left out."""
    first, last = ORDER.index("transporting"), ORDER.index("transferred")
    now = ORDER.index(command.status) if command.status in ORDER else -1
    return ORDER.index(assignment.status) < first <= now <= last


def _carrier(incident: Incident, encounter_id: str) -> str | None:
    """The unit that carries the patient; None while the patient is on scene."""
    return next((unit_id for unit_id, one in incident.assignments.items() if one.carries(encounter_id)), None)


def _leg(
    state: State, incident: Incident, assignment: Assignment, unit: Unit, command: c.ReportStatus, world: World
) -> Leg | Refused | None:
    """The way the unit sets out on with this status: to the scene, the facility or a meeting, or back to its post."""
    meeting = incident.meeting_of(unit.unit_id)
    goal: Place
    if command.status == "en_route":
        goal, lights = incident.place if meeting is None else meeting.place, uses_lights(incident, world)
    elif command.status == "transporting":
        assert assignment.facility_id is not None
        facility = state.facilities[assignment.facility_id]
        goal, lights = facility.place if meeting is None else meeting.place, False
    elif command.status in ("clear", "cancelled"):
        goal, lights = state.posts[unit.post_id].place, False
    else:
        return None
    return leg_along(unit, goal, lights, command.at_ms, world)


def leg_to_post(state: State, unit: Unit, at_ms: int, world: World) -> Leg | None:
    """The way back to where the unit waits; None if no road leads there."""
    leg = leg_along(unit, state.posts[unit.post_id].place, False, at_ms, world)
    return None if isinstance(leg, Refused) else leg


def leg_along(unit: Unit, goal: Place, lights: bool, at_ms: int, world: World) -> Leg | Refused:
    """The way from where the unit is at that instant; refused if no road leads there."""
    here = unit.position
    seconds = world.travel.seconds(here, goal, at_ms, lights)
    if seconds == float("inf"):
        return refuse(f"no road leads from unit {unit.unit_id} to its goal", "Check the network and the places.")
    start = here if isinstance(here, Place) else world.travel.place_at(here, at_ms)
    return Leg(start, goal, at_ms, at_ms + round(seconds * 1000), lights)


def recommended_destination(
    state: State, incident: Incident, unit: Unit, at_ms: int, world: World, encounter_id: str | None = None
) -> Destination:
    """The nearest open facility that can treat what is suspected, from the scene or from where the unit drives.

    What was found at the patient counts before what the call was about; without an encounter named it is that of the
    patient who goes with the unit, or of the incident's only one.
    """
    start = _leaves_from(incident, unit)
    options = facility_options(state, start, at_ms, world)
    wanted = world.call_types[incident.dispatch_code].destination
    assignment = incident.assignments.get(unit.unit_id)
    aboard = assignment.patients if assignment is not None else ()
    only = incident.encounters[0] if len(incident.encounters) == 1 else None
    patient = encounter_id or next(iter(aboard), only)
    found = suspected(state.encounters[patient], at_ms) if patient is not None else {}
    if not found or wanted in found:
        return choose_destination(wanted, options, world.policy)
    wanted, says = next(iter(found.items()))
    chosen = choose_destination(wanted, options, world.policy)
    return replace(chosen, because=(f"found at the patient: {says}", *chosen.because))


def facility_options(state: State, start: Position, at_ms: int, world: World) -> list[FacilityOption]:
    """Every facility as it is seen from there: what it treats, whether it is open, the road to it without lights."""
    return [_option(state, facility_id, start, at_ms, world) for facility_id in state.facilities]


def _leaves_from(incident: Incident, unit: Unit) -> Position:
    return unit.position if unit.status == "transporting" else incident.place


def _option(state: State, facility_id: str, start: Position, at_ms: int, world: World) -> FacilityOption:
    facility = state.facilities[facility_id]
    return FacilityOption(
        facility_id=facility_id,
        capabilities=frozenset(facility.capabilities),
        open=facility.is_open,
        travel_s=world.travel.seconds(start, facility.place, at_ms, False),
        emergency=facility.has_emergency_department,
    )


def _chosen(state: State, command: c.ChooseDestination, destination: Destination, world: World) -> Decision:
    """A unit that is transporting elsewhere turns there; one on its way to a meeting when that is cancelled for it."""
    incident, unit = state.incidents[command.incident_id], state.units[command.unit_id]
    elsewhere = incident.assignments[unit.unit_id].facility_id != destination.facility_id
    leg: Leg | Refused | None = None
    if unit.status == "transporting" and elsewhere and incident.meeting_of(unit.unit_id) is None:
        assert destination.facility_id is not None
        leg = leg_along(unit, state.facilities[destination.facility_id].place, False, command.at_ms, world)
    if isinstance(leg, Refused):
        return leg
    chosen = e.DestinationChosen(
        at_ms=command.at_ms,
        by=command.by,
        incident_id=command.incident_id,
        unit_id=command.unit_id,
        encounter_id=command.encounter_id,
        destination=destination,
        override_reason=command.override_reason,
        leg=leg,
    )
    return (chosen,)
