"""The sections about the response: eRecord, eResponse, eDispatch, eCrew, eTimes, eScene, eDisposition and the rest."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from sixpoint.care import instant
from sixpoint.errors import InputError
from sixpoint.record.part import NO, YES, Part
from sixpoint.record.structure import NOT_APPLICABLE, NOT_RECORDED, fill

# NEMSIS 3.5.1, verified in the XSDs.
EMERGENCY_RESPONSE: Final = "2205001"  # eResponse.05: in the primary response area
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
GROUND_AMBULANCE: Final = "4216005"  # eDisposition.16
CLOSEST, OTHER_REASON, SPECIALTY_CENTER = "4220001", "4220013", "4220021"  # eDisposition.20
# eDisposition.23, only where a capability word names one of the list; "stroke" and "trauma" fit several.
DESIGNATION: Final = {
    "behavioural": "9908001",
    "burn": "9908003",
    "pediatric": "9908011",
    "trauma_1": "9908021",
    "trauma_2": "9908023",
    "trauma_3": "9908025",
    "trauma_4": "9908027",
    "stemi": "9908031",
    "obstetric": "9908047",
}
# eDisposition.32 by the performer code of the lowest level whose scope covers what this crew did.
CARE_LEVEL: Final = {
    "9905003": "4232001",
    "9905005": "4232001",
    "9905001": "4232003",
    "9905002": "4232003",
    "9905007": "4232005",
}
NO_CARE: Final = "4232013"

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
    text = (files("sixpoint.record") / "data" / "states.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["state"]: row["code"] for row in rows}


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
    values = {
        "eResponse.01": context.agency.number,
        "eResponse.02": context.agency.name,
        "eResponse.03": context.incident_id,
        "eResponse.04": f"{context.incident_id}-{unit.unit_id}",
        "eResponse.05": EMERGENCY_RESPONSE,
        "eResponse.07": CAPABILITY[unit.can_transport, advanced],
        "eResponse.13": unit.unit_id,
        "eResponse.14": unit.call_sign,
        "eResponse.23": EMERGENT if context.acuity in ("critical", "emergent") else NON_EMERGENT,
    }
    return fill("eResponse", values)


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
    if left_ms is not None and part.in_charge_at(left_ms) == clinician_id:
        roles.append(PRIMARY_IN_TRANSPORT)
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
    return fill("eTimes", values, NOT_APPLICABLE)


def scene(part: Part) -> dict[str, Any]:
    """eScene: where, how many patients, and who was there first."""
    context = part.context
    first = context.first_on_scene()
    there = "on_scene" in part.unit.times_ms
    values = {
        "eScene.01": (YES if first is part.unit else NO) if there else NOT_APPLICABLE,
        "eScene.06": MULTIPLE_PATIENTS if context.patients > 1 else SINGLE_PATIENT if context.patients else None,
        "eScene.11": f"{context.lat_deg:.6f},{context.lon_deg:.6f}",
        "eScene.18": state_code(part),
    }
    return fill("eScene", values)


def disposition(part: Part) -> dict[str, Any]:
    """eDisposition: what became of the response, of the patient, and how much care it was."""
    transported = part.context.transported_by() is part.unit
    values: dict[str, Any] = {
        "eDisposition.27": _unit_disposition(part),
        "eDisposition.28": _care(part),
        "eDisposition.29": _crew_disposition(part),
        "eDisposition.30": _transport(part),
        "eDisposition.32": care_level(part) if part.has_contact else NOT_APPLICABLE,
        "eDisposition.19": NOT_RECORDED if part.has_contact else NOT_APPLICABLE,
    }
    if transported:
        values |= _destination(part)
    return fill("eDisposition", values, NOT_RECORDED if transported else NOT_APPLICABLE)


def _destination(part: Part) -> dict[str, Any]:
    values: dict[str, Any] = {"eDisposition.11": 1, "eDisposition.16": GROUND_AMBULANCE}
    destination = part.context.destination
    if destination is not None:
        reason = CLOSEST if destination.wanted == "any" else SPECIALTY_CENTER
        values |= {
            "eDisposition.01": destination.name,
            "eDisposition.02": destination.facility_id,
            "eDisposition.20": [OTHER_REASON if destination.overridden else reason],
            "eDisposition.23": [DESIGNATION[word] for word in destination.capabilities if word in DESIGNATION] or None,
        }
    return values


def _unit_disposition(part: Part) -> str:
    """eDisposition.27: contact, or how far the unit came without any."""
    if part.has_contact:
        return "4227001"
    reached = part.unit.times_ms
    if "cancelled" in reached:
        return "4227003" if "on_scene" in reached else "4227005"
    return "4227007" if "on_scene" in reached else "4227005"


def _care(part: Part) -> Any:
    """eDisposition.28: care was provided if this crew performed something; whether none was needed nobody said."""
    if not part.has_contact:
        return NOT_APPLICABLE
    return "4228001" if part.acts() else NOT_RECORDED


def _crew_disposition(part: Part) -> Any:
    """eDisposition.29: who led, from whom, to whom."""
    if not part.has_contact:
        return "4229011"
    own, line = part.own_charge(), part.in_charge()
    if not own:
        return "4229005" if part.acts() else NOT_RECORDED
    if own[0] != line[0]:
        return "4229007"
    return "4229003" if part.handed_over_ms() is not None else "4229001"


def _transport(part: Part) -> Any:
    """eDisposition.30: who took the patient away, and whether somebody of another crew rode along in charge."""
    if not part.has_contact:
        return NOT_APPLICABLE
    carrier = part.context.transported_by()
    if carrier is None:
        return "4230013"
    leader = part.in_charge_at(carrier.times_ms["transporting"])
    leads_own = leader is not None and carrier.has(leader)
    if carrier is part.unit:
        return "4230001" if leads_own or leader is None else "4230003"
    return "4230007" if leader is not None and part.unit.has(leader) else "4230005"


def care_level(part: Part) -> Any:
    """eDisposition.32: the level of care given, by the lowest level whose scope covers each act; not who gave it."""
    rulebook = part.context.rulebook
    ladder = sorted(rulebook.levels.values(), key=lambda level: level.rank)
    needed = ladder[0]
    if not part.acts():
        return NO_CARE
    for act in part.acts():
        may = [
            level
            for level in ladder
            if rulebook.can(level.id, act.skill, instant(act.at_ms)).kind in ("standing", "order")
        ]
        if not may:
            return NOT_RECORDED
        needed = max(needed, may[0], key=lambda level: level.rank)
    return CARE_LEVEL.get(needed.nemsis.performer or "", NOT_RECORDED)
