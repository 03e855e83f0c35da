"""The scope cards of a patient as the live service stands: who is with the patient, who is coming, where and when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sixpoint.care import Card, Person, card, picture_of
from sixpoint.ops.bedside import codes_of
from sixpoint.ops.decide.sight import turnout_left_s, uses_lights
from sixpoint.ops.places import Leg, Place
from sixpoint.ops.state import Assignment, Incident, Meeting, State, Unit
from sixpoint.ops.world import World

# From the vehicle to the patient, where nothing has been reported yet; a judgement.
WALK_MS: Final = 60_000
_ON_THE_WAY: Final = ("assigned", "notified", "en_route", "staged", "on_scene")


def cards(state: State, encounter_id: str, at_ms: int, world: World, viewer: str = "") -> tuple[Card, ...]:
    """The card of each pathway that call, impression or findings open, for those there together or one of them.

    `viewer` is the clinician whose own card it is. KeyError if no such encounter is open.
    """
    encounter = state.encounters[encounter_id]
    codes = codes_of(state.incidents[encounter.incident_id], encounter, world)
    there = people(state, encounter_id, at_ms, world)
    opened = world.pathways.opened(codes, picture_of(encounter, at_ms))
    return tuple(card(world.rulebook, pathway, encounter, there, at_ms, viewer) for pathway in opened)


def people(state: State, encounter_id: str, at_ms: int, world: World) -> tuple[Person, ...]:
    """Everybody with the patient, then everybody on the way to the patient with the instant of arrival.

    Once a unit drives with the patient, only its own crew and who rides along are there, and only who is to meet it is
    on the way.
    """
    incident = state.incidents[state.encounters[encounter_id].incident_id]
    carrier = next((one for one, found in incident.assignments.items() if found.carries(encounter_id)), None)
    here: list[Person] = []
    coming: list[Person] = []
    for assignment in incident.assignments.values():
        if not assignment.is_open:
            continue
        if _is_there(incident, assignment, encounter_id, carrier):
            here += _crew(state, assignment, at_ms)
            continue
        arrival = _arrival(state, incident, assignment, encounter_id, carrier, at_ms, world)
        if arrival is not None:
            arrives_ms, where = arrival
            coming += _crew(state, assignment, at_ms, arrives_ms, where)
    coming.sort(key=lambda one: (one.arrives_ms, one.unit_id))
    return (*here, *coming)


def _is_there(incident: Incident, assignment: Assignment, encounter_id: str, carrier: str | None) -> bool:
    """At the scene with the patient; or, once a unit drives, aboard it: its crew, who rides along, who boarded it."""
    if carrier is None:
        return assignment.status == "at_patient"
    if assignment.unit_id == carrier or assignment.rides_with == carrier:
        return True
    meeting = incident.meeting_of(assignment.unit_id)
    return meeting is not None and meeting.encounter_id == encounter_id and assignment.status == "at_patient"


def _crew(
    state: State, assignment: Assignment, at_ms: int, arrives_ms: int | None = None, where: str = ""
) -> Iterator[Person]:
    unit, used_ms = state.units[assignment.unit_id], arrives_ms or at_ms
    items, expired = unit.usable(used_ms), unit.expired(used_ms)
    for who in assignment.crew:
        if who in state.clinicians:
            yield Person(state.clinicians[who], unit.unit_id, items, arrives_ms, where, expired)


def _arrival(
    state: State,
    incident: Incident,
    assignment: Assignment,
    encounter_id: str,
    carrier: str | None,
    at_ms: int,
    world: World,
) -> tuple[int, str] | None:
    """When the crew will be with the patient, and where; None if it will not."""
    unit = state.units[assignment.unit_id]
    meeting = incident.meeting_of(unit.unit_id)
    if meeting is not None and meeting.encounter_id == encounter_id:
        both = [_there_ms(state.units[one], meeting.place, at_ms, world) for one in _pair(meeting)]
        known = [one for one in both if one is not None]
        return (max(known), f"at the meeting with {meeting.unit_id}") if len(known) == len(both) else None
    if carrier is not None or assignment.status not in _ON_THE_WAY:
        return None
    if assignment.status == "on_scene":
        return at_ms + WALK_MS, ""
    there_ms = _there_ms(unit, incident.place, at_ms, world, uses_lights(incident, world))
    return None if there_ms is None else (there_ms + WALK_MS, "")


def _pair(meeting: Meeting) -> tuple[str, str]:
    return meeting.unit_id, meeting.advanced_unit_id


def _there_ms(unit: Unit, goal: Place, at_ms: int, world: World, lights: bool = False) -> int | None:
    """When the unit is at the goal: where its leg leads there, at its end, else by the road; None if there is none."""
    if isinstance(unit.position, Leg) and unit.position.to == goal:
        return max(at_ms, unit.position.arrives_ms)
    left_s = turnout_left_s(unit, at_ms) if unit.status in ("assigned", "notified") else 0.0
    road_s = world.travel.seconds(unit.position, goal, at_ms, lights)
    return None if road_s == float("inf") else at_ms + round((left_s + road_s) * 1000)
