"""The sections about the response: eRecord, eResponse, eDispatch, eCrew, eTimes, eScene."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any, Final

from sixpoint.care import HandoverAccepted, PriorAid, Tagged
from sixpoint.errors import InputError
from sixpoint.record.codes import code, codes, rows
from sixpoint.record.context import Responder
from sixpoint.record.part import NO, YES, Part
from sixpoint.record.structure import NOT_APPLICABLE, fill

# NEMSIS 3.5.1, verified in the XSDs.
PRIORITY: Final = {"critical": "2305001", "emergent": "2305003", "lower_acuity": "2305005", "non_acute": "2305007"}
EMERGENT, NON_EMERGENT = "2223001", "2223005"  # eResponse.23
# eResponse.07 by (can transport, equipped for advanced life support).
CAPABILITY: Final = {
    (True, True): "2207015",
    (True, False): "2207017",
    (False, True): "2207021",
    (False, False): "2207023",
}
# eResponse.07 is about equipment, not crew. Our reading: advanced is who carries what this skill cannot do without.
ADVANCED_EQUIPMENT_SKILL: Final = "defibrillation_manual"
PRIMARY_AT_SCENE, PRIMARY_IN_TRANSPORT, OTHER_AT_SCENE = "2403011", "2403013", "2403007"  # eCrew.03
SINGLE_PATIENT, MULTIPLE_PATIENTS = "2707005", "2707001"  # eScene.06
OTHER_IN_TRANSPORT: Final = "2403009"  # eCrew.03
OF_TRANSPORT: Final = ("eResponse.11", "eResponse.12")  # delays that a unit without a patient on board cannot have
DELAYS: Final = ("eResponse.08", "eResponse.09", "eResponse.10", "eResponse.11", "eResponse.12")

# Status of an assignment -> element of eTimes.
TIMES: Final = {
    "notified": "eTimes.03",
    "en_route": "eTimes.05",
    "on_scene": "eTimes.06",
    "at_patient": "eTimes.07",
    "transporting": "eTimes.09",
    "at_destination": "eTimes.11",
    "transferred": "eTimes.12",
    "cancelled": "eTimes.14",
    "staged": "eTimes.17",
}


@cache
def state_codes() -> Mapping[str, str]:
    """The numeric code of each state by its two letters (ANSI INCITS 38)."""
    return {row["state"]: row["code"] for row in rows("states.csv")}


def state_code(part: Part) -> str:
    """The agency's state as NEMSIS numbers it; `InputError` if there is no such state."""
    state = part.context.agency.state
    if state not in state_codes():
        raise InputError.one("agency", f"'{state}' is no state", "Write two letters, like CA.")
    return state_codes()[state]


def record(part: Part, number: str) -> dict[str, Any]:
    """eRecord: the number of the report, and what wrote it."""
    values = {
        "eRecord.01": number,
        "eRecord.02": "Sixpoint",
        "eRecord.03": "Sixpoint",
        "eRecord.04": part.context.software_version,
    }
    return fill("eRecord", values)


def response(part: Part) -> dict[str, Any]:
    """eResponse: which agency and unit, with what on board."""
    context, unit = part.context, part.unit
    advanced = context.rulebook.equipment_for(ADVANCED_EQUIPMENT_SKILL) <= unit.equipment
    lights = unit.lights_to_scene
    urgent = context.acuity in ("critical", "emergent") if lights is None else lights
    values: dict[str, Any] = {
        "eResponse.01": context.agency.number,
        "eResponse.02": context.agency.name,
        "eResponse.03": context.incident_id,
        "eResponse.04": f"{context.incident_id}-{unit.unit_id}",
        "eResponse.05": code("eResponse.05", "mutual_aid" if unit.mutual_aid else context.service),
        "eResponse.07": CAPABILITY[unit.can_transport, advanced],
        "eResponse.13": unit.unit_id,
        "eResponse.14": unit.call_sign,
        "eResponse.17": None if unit.sent_from is None else gps(*unit.sent_from),
        "eResponse.23": EMERGENT if urgent else NON_EMERGENT,
        "eResponse.24": None if lights is None else [code("eResponse.24", "lights" if lights else "no_lights")],
    }
    for element in DELAYS:
        if context.delays.get(element):
            values[element] = [codes()[element][word] for word in context.delays[element]]
    if "transporting" not in unit.times_ms:
        values |= dict.fromkeys(OF_TRANSPORT, NOT_APPLICABLE)
    return fill("eResponse", values)


def gps(lon_deg: float, lat_deg: float) -> str:
    """A place as NEMSIS writes it: latitude first."""
    return f"{lat_deg:.6f},{lon_deg:.6f}"


def dispatch(part: Part) -> dict[str, Any]:
    """eDispatch: what the call was about, and how urgent."""
    return fill(
        "eDispatch", {"eDispatch.01": part.context.dispatch_code, "eDispatch.05": PRIORITY[part.context.acuity]}
    )


def crew(part: Part) -> dict[str, Any]:
    """eCrew: who was on the unit, at which level, and who led the care."""
    levels = part.context.rulebook
    groups = []
    for member in part.unit.crew:
        level = levels.level(member.level)
        groups.append(
            {
                "eCrew.01": member.clinician_id,
                "eCrew.02": None if level is None else level.nemsis.member,
                "eCrew.03": _roles(part, member.clinician_id) or None,
            }
        )
    return fill("eCrew", {"eCrew.CrewGroup": groups})


def _roles(part: Part, clinician_id: str) -> list[str]:
    roles = []
    if clinician_id in [who for _, who in part.own_charge()]:
        roles.append(PRIMARY_AT_SCENE)
    elif clinician_id in [act.author for act in part.acts()]:
        roles.append(OTHER_AT_SCENE)
    left_ms = part.unit.times_ms.get("transporting")
    attendants = [one.attendant for one in part.told(HandoverAccepted)]
    attendants += [who for unit in part.context.units for who in unit.attending]
    if left_ms is not None and part.in_charge_at(left_ms) == clinician_id:
        roles.append(PRIMARY_IN_TRANSPORT)
    elif clinician_id in attendants:
        roles.append(OTHER_IN_TRANSPORT)
    return roles


def times(part: Part) -> dict[str, Any]:
    """eTimes: each instant the unit reported; what it never reached does not apply once it is free again.

    `InputError` if the unit was never notified, or is still on the incident.
    """
    unit, context = part.unit, part.context
    where, remedy = f"unit {unit.unit_id} on {context.incident_id}", "Make the record when the unit is free again."
    if "notified" not in unit.times_ms:
        raise InputError.one(where, "was never notified, so there is nothing to record", remedy)
    if unit.ended_ms is None:
        raise InputError.one(where, "is still on the incident", remedy)
    values = {TIMES[status]: context.time(at_ms) for status, at_ms in unit.times_ms.items() if status in TIMES}
    values |= {"eTimes.01": context.time(context.received_ms), "eTimes.13": context.time(unit.ended_ms)}
    handed_over_ms = part.handed_over_ms()
    if handed_over_ms is not None:
        values["eTimes.08"] = context.time(handed_over_ms)
    if context.reported_ms is not None:
        values["eTimes.02"] = context.time(context.reported_ms)
    received_ms = _received_at_facility_ms(part)
    if "at_destination" in unit.times_ms and received_ms is not None:
        values.setdefault("eTimes.12", context.time(received_ms))
    return fill("eTimes", values, NOT_APPLICABLE)


def _received_at_facility_ms(part: Part) -> int | None:
    """When the facility confirmed that it has the patient; the unit's own word on it comes first."""
    found = None
    for one in part.told(HandoverAccepted):
        if one.at_facility:
            found = one.at_ms if found is None else found
            part.place(one, "at_facility")
    return found


def scene(part: Part) -> dict[str, Any]:
    """eScene: where, how many patients, who else was there, who was there first, and the tag of a triage."""
    context = part.context
    first = context.first_on_scene()
    there = "on_scene" in part.unit.times_ms
    tags = part.told(Tagged)
    values: dict[str, Any] = {
        "eScene.01": (YES if first is part.unit else NO) if there else NOT_APPLICABLE,
        "eScene.ResponderGroup": [*_responders(part)] if there else [],
        "eScene.06": MULTIPLE_PATIENTS if context.patients > 1 else SINGLE_PATIENT if context.patients else None,
        # One patient is no mass casualty incident; of several nobody said, unless they were tagged.
        "eScene.07": NO if context.patients == 1 else YES if tags else None,
        "eScene.08": code("eScene.08", tags[-1].tag) if tags else NOT_APPLICABLE if context.patients == 1 else None,
        "eScene.11": gps(context.lon_deg, context.lat_deg),
        "eScene.18": state_code(part),
    }
    return fill("eScene", values)


def _responders(part: Part) -> Iterator[dict[str, Any]]:
    """Services other than this agency's own: neighbours' units, and those whose people gave aid before any unit."""
    for unit in part.context.units:
        if unit.mutual_aid and unit is not part.unit and "on_scene" in unit.times_ms:
            yield {
                "eScene.02": unit.call_sign,
                "eScene.03": unit.unit_id,
                "eScene.04": code("eScene.04", "mutual_aid"),
                "eScene.25": code("eScene.25", _passed(part, unit)),
            }
    for who in dict.fromkeys(aid.by for aid in part.told(PriorAid)):
        if who in codes()["eScene.04"]:
            yield {"eScene.04": code("eScene.04", who)}


def _passed(part: Part, other: Responder) -> str:
    """Whether the patient went from this unit to the other, or from it to this one."""
    line = [who for _, who in part.in_charge()]
    for giver, receiver in pairwise(line):
        if part.unit.has(giver) and other.has(receiver):
            return "to"
        if other.has(giver) and part.unit.has(receiver):
            return "from"
    return "none"
