"""The sections about the patient: ePatient, eSituation, eArrest, eVitals, eExam and the narrative."""

from __future__ import annotations

from typing import Any, Final

from sixpoint.care import (
    Encounter,
    Fact,
    HandoverAccepted,
    HandoverOffered,
    Impression,
    Intervention,
    InterventionStopped,
    OrderGiven,
    PatientDescribed,
    PriorAid,
    VitalSigns,
    interventions,
    standing_facts,
    words,
)
from sixpoint.record.acts import abouts
from sixpoint.record.part import NO, YES, Part
from sixpoint.record.structure import NOT_APPLICABLE, NOT_RECORDED, fill

# NEMSIS 3.5.1, verified in the XSDs.
SEX: Final = {"female": "9919001", "male": "9919003", "unknown": "9919005"}  # ePatient.25
AVPU: Final = {"alert": "3326001", "verbal": "3326003", "painful": "3326005", "unresponsive": "3326007"}  # eVitals.26
YEARS, MONTHS, DAYS = "2516009", "2516007", "2516001"  # ePatient.16
NO_ARREST, ARREST_BEFORE_EMS, ARREST_AFTER_EMS = "3001001", "3001003", "3001005"  # eArrest.01
# The last two digits of eArrest.20, .21 and .22 (lists 3020, 3021, 3022 are alike): who was first.
FIRST_BY: Final = {"bystander": "01", "family": "03", "law_enforcement": "09", "fire": "11"}
FIRST_RESPONDER, TRANSPORT_CREW = "07", "13"
NARRATIVE_LIMIT: Final = 10_000


def patient(part: Part) -> dict[str, Any]:
    """ePatient: identifier, age and sex as last described."""
    encounter = part.encounter
    if encounter is None or not part.has_contact:
        return fill("ePatient", {}, NOT_APPLICABLE)
    values: dict[str, Any] = {"ePatient.01": encounter.encounter_id}
    for described in standing_facts(encounter, PatientDescribed):
        if described.age_years is not None:
            values["ePatient.15"], values["ePatient.16"] = age(described.age_years)
        values["ePatient.25"] = SEX[described.sex]
    return fill("ePatient", values)


def age(years: float) -> tuple[int | None, str | None]:
    """The age in whole units as NEMSIS takes them: years from one on, then months, then days; beyond 120 none."""
    if years >= 1:
        return (int(years), YEARS) if years < 121 else (None, None)
    if years * 12 >= 1:
        return int(years * 12), MONTHS
    return max(int(years * 365.25), 1), DAYS


def situation(part: Part) -> dict[str, Any]:
    """eSituation; impressions are words here and codes of ICD-10 there, so they stand in the custom results."""
    values: dict[str, Any] = {"eSituation.20": NOT_APPLICABLE}  # no transfer between facilities: a call for help
    return fill("eSituation", values, NOT_RECORDED if part.has_contact else NOT_APPLICABLE)


def arrest(part: Part) -> dict[str, Any]:
    """eArrest: whether the heart stopped, before or after the first crew, and what was tried."""
    encounter = part.encounter
    if encounter is None or not part.has_contact:
        return fill("eArrest", {}, NOT_APPLICABLE)
    said = [one.in_cardiac_arrest for one in standing_facts(encounter, Impression)]
    known = [answer for answer in said if answer is not None]
    if not known:
        return fill("eArrest", {})
    if not any(known):
        return fill("eArrest", {"eArrest.01": NO_ARREST}, NOT_APPLICABLE)
    about = [abouts()[act.skill] for act in interventions(encounter) if act.skill in abouts()]
    values: dict[str, Any] = {
        "eArrest.01": ARREST_BEFORE_EMS if known[0] else ARREST_AFTER_EMS,
        "eArrest.03": sorted({one.resuscitation for one in about if one.resuscitation}) or None,
        "eArrest.09": sorted({one.cpr for one in about if one.cpr}) or None,
        "eArrest.20": _first("3020", {"3003005"}, part, encounter),
        "eArrest.22": _first("3022", {"3003001"}, part, encounter),
    }
    return fill("eArrest", values)


def _first(list_: str, resuscitation: set[str], part: Part, encounter: Encounter) -> str | None:
    """Who first did something that counts as this attempt; the lists number first responders and transport crews."""
    counts = {skill for skill, about in abouts().items() if about.resuscitation in resuscitation}
    for aid in standing_facts(encounter, PriorAid):
        if aid.skill in counts:
            return list_ + "0" + FIRST_BY[aid.by] if aid.by in FIRST_BY else None
    for act in interventions(encounter):
        unit = part.context.unit_named(act.unit_id)
        if act.skill in counts and unit is not None:
            return list_ + "0" + (TRANSPORT_CREW if unit.can_transport else FIRST_RESPONDER)
    return None


def vitals(part: Part) -> dict[str, Any]:
    """eVitals: each set of vital signs; one empty group if none was taken."""
    groups = [_vital_group(taken, part) for taken in part.vital_signs()]
    empty = NOT_RECORDED if part.has_contact else NOT_APPLICABLE
    return fill("eVitals", {"eVitals.VitalGroup": groups}, empty)


def _vital_group(taken: VitalSigns, part: Part) -> dict[str, Any]:
    return {
        "@CorrelationID": taken.fact_id,
        "eVitals.01": part.context.time(taken.at_ms),
        "eVitals.02": YES if part.is_prior(taken) else NO,
        "eVitals.06": _whole(taken.systolic_mmhg, 500),
        "eVitals.07": _whole(taken.diastolic_mmhg, 500),
        "eVitals.10": _whole(taken.heart_rate_per_min, 500),
        "eVitals.12": _whole(taken.spo2_percent, 100),
        "eVitals.14": _whole(taken.respiratory_rate_per_min, 300),
        "eVitals.18": _whole(taken.glucose_mg_per_dl, 2000),
        "eVitals.23": taken.gcs_total,
        "eVitals.26": AVPU[taken.avpu] if taken.avpu else None,
    }


def _whole(value: float | None, most: int) -> int | None:
    """A measurement as a whole number; outside what the element can hold it is not recorded, never bent."""
    return None if value is None or not 0 <= round(value) <= most else round(value)


def exam(part: Part) -> dict[str, Any]:
    """eExam: the weight, if somebody gave it; else empty, and the section may be left out."""
    if part.encounter is None or not part.has_contact:
        return {}
    weights = [one.weight_kg for one in standing_facts(part.encounter, PatientDescribed) if one.weight_kg is not None]
    return fill("eExam", {"eExam.01": round(weights[-1], 1)}) if weights else {}


def narrative(part: Part) -> dict[str, Any]:
    """eNarrative: what happened at the patient until this unit left, a line a fact, in order of time."""
    if part.encounter is None or not part.has_contact:
        return {}
    ended_ms = part.unit.ended_ms
    facts = [fact for fact in part.encounter.facts if ended_ms is None or fact.at_ms <= ended_ms]
    replaced = {fact.corrects for fact in facts}
    lines = [f"{part.context.time(f.at_ms)} {_said(f)}" + " (corrected later)" * (f.fact_id in replaced) for f in facts]
    text = "\n".join(lines)
    if len(text) > NARRATIVE_LIMIT:
        text = text[: NARRATIVE_LIMIT - 20].rsplit("\n", 1)[0] + "\n(more in the log)"
    return fill("eNarrative", {"eNarrative.01": text}) if text else {}


def _said(fact: Fact) -> str:
    match fact:
        case PatientDescribed():
            return "patient described" + " (synthetic)" * fact.imputed
        case PriorAid():
            return f"before EMS: {fact.skill} by {fact.by}"
        case Impression():
            return f"{fact.author}: impression {fact.condition}"
        case VitalSigns():
            return f"{fact.author}: vital signs"
        case OrderGiven(ends=""):
            return f"{fact.ordered_by} orders {fact.skill} by {fact.channel}"
        case Intervention():
            return f"{fact.author} ({fact.level}): {fact.skill}, {fact.authority}" + f", {fact.note}" * bool(fact.note)
        case InterventionStopped():
            return f"{fact.author}: stopped {fact.stops}"
        case HandoverOffered():
            return f"{fact.author} offers the patient to {fact.to}: {fact.report}"
        case HandoverAccepted():
            return f"{fact.author} is in charge" + f", {fact.step_down_reason}" * bool(fact.step_down_reason)
        case _:
            return f"{fact.author}: {words(fact)}"
