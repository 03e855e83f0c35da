"""eDisposition and eOutcome: what became of the response and the patient, where to and why, who was told before."""

from __future__ import annotations

from typing import Any, Final

from sixpoint.care import (
    AlertSent,
    CareRefused,
    Disposed,
    Impression,
    PrimarySurvey,
    Tagged,
    VitalSigns,
    instant,
    refusal_in_force,
)
from sixpoint.record.arrest import statements
from sixpoint.record.codes import code
from sixpoint.record.part import Part
from sixpoint.record.response import gps, state_code
from sixpoint.record.structure import NOT_APPLICABLE, NOT_RECORDED, fill

# NEMSIS 3.5.1, verified in the XSDs.
GROUND_AMBULANCE: Final = "4216005"  # eDisposition.16
EMERGENCY_DEPARTMENT: Final = "4221003"  # eDisposition.21
CONTACT, CANCELLED_ON_SCENE, CANCELLED_BEFORE, NO_CONTACT = "4227001", "4227003", "4227005", "4227007"  # .27
CARE_GIVEN, CARE_REFUSED, NO_CARE_REQUIRED, ALL_REFUSED = "4228001", "4228003", "4228005", "4228007"  # .28
CRITICAL, DEAD_UNTREATED, DEAD_TREATED = "4219001", "4219007", "4219009"  # eDisposition.19
REFUSED_TRANSPORT, NO_TRANSPORT = "4230009", "4230013"  # eDisposition.30
AGAINST_ADVICE: Final = "4231001"  # eDisposition.31
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
Values = dict[str, Any]


def disposition(part: Part) -> Values:
    """eDisposition: what became of the response, of the patient, and how much care it was."""
    transported = part.context.transported_by() is part.unit
    values: Values = {
        "eDisposition.27": _unit_disposition(part),
        "eDisposition.28": _care(part, transported),
        "eDisposition.29": _crew_disposition(part),
        "eDisposition.30": _transport(part),
        "eDisposition.31": _why_not_transported(part) or None,
        "eDisposition.32": care_level(part) if part.has_contact else NOT_APPLICABLE,
        "eDisposition.19": (_acuity(part) or NOT_RECORDED) if part.has_contact else NOT_APPLICABLE,
        "eDisposition.HospitalTeamActivationGroup": [
            {"eDisposition.24": code("eDisposition.24", one.kind), "eDisposition.25": part.context.time(one.at_ms)}
            for one in part.told(AlertSent)
        ],
    }
    if transported:
        values |= _destination(part)
    return fill("eDisposition", values, NOT_RECORDED if transported else NOT_APPLICABLE)


def _destination(part: Part) -> Values:
    values: Values = {
        "eDisposition.11": part.context.carried,
        "eDisposition.16": GROUND_AMBULANCE,
        "eDisposition.22": NOT_APPLICABLE,
    }
    lights = part.unit.lights_from_scene
    if lights is not None:
        word = "lights" if lights else "no_lights"
        values["eDisposition.17"] = code("eDisposition.17", word)
        values["eDisposition.18"] = [code("eDisposition.18", word)]
    destination = part.context.destination
    if destination is not None:
        reason = "closest" if destination.wanted == "any" else "specialty"
        values |= {
            "eDisposition.01": destination.name,
            "eDisposition.02": destination.facility_id,
            # A region lies in one state; facilities of another are not told apart.
            "eDisposition.05": state_code(part),
            "eDisposition.09": None if destination.place is None else gps(*destination.place),
            "eDisposition.20": [code("eDisposition.20", "other" if destination.overridden else reason)],
            "eDisposition.21": EMERGENCY_DEPARTMENT,
            "eDisposition.23": [DESIGNATION[word] for word in destination.capabilities if word in DESIGNATION] or None,
        }
    return values


def _unit_disposition(part: Part) -> str:
    """eDisposition.27: contact, or how far the unit came without any."""
    if part.has_contact:
        return CONTACT
    reached = part.unit.times_ms
    if "cancelled" in reached:
        return CANCELLED_ON_SCENE if "on_scene" in reached else CANCELLED_BEFORE
    return NO_CONTACT if "on_scene" in reached else CANCELLED_BEFORE


def refusal(part: Part) -> CareRefused | None:
    """The refusal that stood when this unit left; None if there was none, or consent ended it."""
    if part.encounter is None or not part.has_contact:
        return None
    last_ms = max((fact.at_ms for fact in part.all_told()), default=0)
    return refusal_in_force(part.encounter, last_ms)


def _care(part: Part, transported: bool) -> Any:
    """eDisposition.28: care if this crew performed something, or watched over the patient on the way."""
    if not part.has_contact:
        return NOT_APPLICABLE
    if part.acts():
        return CARE_GIVEN
    refused = refusal(part)
    if refused is not None and refused.what in ("assessment", "everything"):
        return ALL_REFUSED
    if refused is not None and refused.what == "treatment":
        return CARE_REFUSED
    kinds = (VitalSigns, PrimarySurvey, Impression)
    evaluated = any(part.wrote(fact) for kind in kinds for fact in part.told(kind))
    if evaluated and transported:
        return CARE_GIVEN
    released = any(one.how == "treated_and_released" for one in part.told(Disposed))
    return NO_CARE_REQUIRED if evaluated and released else NOT_RECORDED


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
        refused = refusal(part)
        will_not = refused is not None and refused.what in ("transport", "everything")
        will_not = will_not or any(one.how == "refused" for one in part.told(Disposed))
        return REFUSED_TRANSPORT if will_not else NO_TRANSPORT
    leader = part.in_charge_at(carrier.times_ms["transporting"])
    leads_own = leader is not None and carrier.has(leader)
    if carrier is part.unit:
        joined = any(unit.rides_with == carrier.unit_id for unit in part.context.units)
        return "4230003" if joined or not (leads_own or leader is None) else "4230001"
    rides = part.unit.rides_with == carrier.unit_id or (leader is not None and part.unit.has(leader))
    return "4230007" if rides else "4230005"


def _why_not_transported(part: Part) -> list[str]:
    """eDisposition.31: released by protocol, to whom; against advice if who refused had been told the risks."""
    if not part.has_contact or part.context.transported_by() is not None:
        return []
    found = [code("eDisposition.31", one.how) for one in part.told(Disposed)]
    refused = refusal(part)
    if refused is not None and refused.informed:
        found.append(AGAINST_ADVICE)
    return [one for one in dict.fromkeys(found) if one is not None]


def _acuity(part: Part) -> str | None:
    """eDisposition.19: dead with or without an attempt, the last tag, critical in an arrest; else nobody said."""
    ended = {one.how for one in part.told(Disposed)}
    tags = part.told(Tagged)
    if "resuscitation_ended" in ended:
        return DEAD_TREATED
    if "obvious_death" in ended or (tags and tags[-1].tag == "dead"):
        return DEAD_UNTREATED
    said = statements(part)
    if said and said[-1][1]:
        return CRITICAL
    return code("eDisposition.19", tags[-1].tag) if tags else None


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
