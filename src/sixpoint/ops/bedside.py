"""Who is at a patient, from when to when, and with what on board: read from the state, changed by nothing."""

from __future__ import annotations

from collections.abc import Mapping

from sixpoint.care import Count, Encounter, Impression, count, standing_facts
from sixpoint.ops.state import Assignment, Incident, State
from sixpoint.ops.world import World

# From when a crew may have been with the patient: people are at work before anybody presses a button.
_ARRIVED = ("on_scene", "at_patient", "transporting", "at_destination", "transferred")


def present(incident: Incident) -> Mapping[str, tuple[int, int | None]]:
    """Everybody of the crews that reached the scene: from when, and until when (None: still there), in ms."""
    found: dict[str, tuple[int, int | None]] = {}
    for assignment in incident.assignments.values():
        span = _span(assignment)
        if span is None:
            continue
        for who in assignment.crew:
            before = found.get(who)
            found[who] = span if before is None else _joined(before, span)
    return found


def on_board(state: State, incident: Incident, unit_id: str) -> tuple[frozenset[str], Mapping[str, int]]:
    """What a crew at the patient can reach, and until when (ms) each item that has a date may be used.

    It is what its own unit carries and what the others there brought along; of several, the one that lasts longest.
    """
    there = [other for other, one in incident.assignments.items() if one.status == "at_patient" and other != unit_id]
    items: set[str] = set()
    expires_ms: dict[str, int] = {}
    undated: set[str] = set()
    for unit in (state.units[one] for one in (unit_id, *there) if one in state.units):
        dates = unit.expires_ms or {}
        items.update(unit.equipment)
        undated.update(item for item in unit.equipment if item not in dates)
        for item, until_ms in dates.items():
            expires_ms[item] = max(until_ms, expires_ms.get(item, until_ms))
    return frozenset(items), {item: until_ms for item, until_ms in expires_ms.items() if item not in undated}


def codes_of(incident: Incident, encounter: Encounter, world: World) -> tuple[str, ...]:
    """The call types of this patient: what the call said, and what a clinician at the patient thinks it is."""
    thought = {one.condition for one in standing_facts(encounter, Impression)}
    found = [code for code, one in world.call_types.items() if one.reason in thought]
    return tuple(dict.fromkeys((incident.dispatch_code, *found)))


def goes_to(incident: Incident, encounter_id: str) -> str | None:
    """The facility that was chosen for the patient; None if none is yet."""
    for assignment in incident.assignments.values():
        if encounter_id in assignment.patients:
            return assignment.facility_id
    return None


def patients(state: State, incident_id: str, at_ms: int) -> Count:
    """Every patient of the incident exactly once: tag, place and with whom, whatever is known of each."""
    return count((state.encounters[one] for one in state.incidents[incident_id].encounters), at_ms)


def _span(assignment: Assignment) -> tuple[int, int | None] | None:
    times = [assignment.times_ms[status] for status in _ARRIVED if status in assignment.times_ms]
    return (min(times), assignment.times_ms.get("clear")) if times else None


def _joined(one: tuple[int, int | None], other: tuple[int, int | None]) -> tuple[int, int | None]:
    ends = None if one[1] is None or other[1] is None else max(one[1], other[1])
    return min(one[0], other[0]), ends
