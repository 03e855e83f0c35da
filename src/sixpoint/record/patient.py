"""ePatient and eNarrative: who the patient is, and what happened, a line a fact, in order of time."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sixpoint.care import Fact, Intervention, InterventionStopped, PatientDescribed, fact_by_id, words
from sixpoint.record.codes import code
from sixpoint.record.part import Part
from sixpoint.record.structure import NOT_APPLICABLE, fill

SEX: Final = {"female": "9919001", "male": "9919003", "unknown": "9919005"}  # ePatient.25, verified in the XSDs
# The longest age in the units of ePatient.16 below years, in hours; beyond 120 years the element holds none.
HOURS_A_DAY, DAYS_A_MONTH, DAYS_A_YEAR, MOST_YEARS = 24, 30.4375, 365.25, 121
MS_AN_HOUR: Final = 3_600_000
NARRATIVE_LIMIT: Final = 10_000


def patient(part: Part) -> dict[str, Any]:
    """ePatient: identifier, age and sex as last described; the age of who was born on scene is counted from birth."""
    encounter = part.encounter
    if encounter is None or not part.has_contact:
        return fill("ePatient", {}, NOT_APPLICABLE)
    values: dict[str, Any] = {"ePatient.01": encounter.encounter_id}
    for described in part.told(PatientDescribed):
        hours = None
        if described.born_ms is not None:
            values["ePatient.17"] = _date(described.born_ms, part)
            hours = max(0.0, (described.at_ms - described.born_ms) / MS_AN_HOUR)
        elif described.age_years is not None:
            hours = described.age_years * DAYS_A_YEAR * HOURS_A_DAY
        if hours is not None:
            number, unit = age(hours / HOURS_A_DAY / DAYS_A_YEAR, fine=described.born_ms is not None)
            if number is not None:
                values |= {"ePatient.15": number, "ePatient.16": unit}
                part.place(described, "age_years")
        values["ePatient.25"] = SEX[described.sex]
    return fill("ePatient", values)


def _date(at_ms: int, part: Part) -> str:
    return datetime.fromtimestamp(at_ms / 1000, part.context.timezone).date().isoformat()


def age(years: float, fine: bool = False) -> tuple[int | None, str | None]:
    """The age in whole units as NEMSIS takes them: years from one on, then months, then days; beyond 120 none.

    `fine`: below a day in hours, and below an hour in minutes, as the instant of birth is known.
    """
    days = years * DAYS_A_YEAR
    if years >= 1:
        return (int(years), code("ePatient.16", "years")) if years < MOST_YEARS else (None, None)
    if years * 12 >= 1:
        return int(years * 12), code("ePatient.16", "months")
    if days >= 1 or not fine:
        return max(int(days), 1), code("ePatient.16", "days")
    minutes = days * HOURS_A_DAY * 60
    if minutes >= 60:
        return int(minutes / 60), code("ePatient.16", "hours")
    return max(int(minutes), 1), code("ePatient.16", "minutes")


def narrative(part: Part) -> dict[str, Any]:
    """eNarrative: what happened at the patient until this unit left, corrections beside what they correct."""
    encounter = part.encounter
    if encounter is None or not part.has_contact:
        return {}
    ended_ms = part.unit.ended_ms
    facts = [fact for fact in encounter.facts if part.wrote(fact) or ended_ms is None or fact.at_ms <= ended_ms]
    replaced = {fact.corrects for fact in facts}
    lines = [_line(fact, part) + " (corrected later)" * (fact.fact_id in replaced) for fact in facts]
    text = "\n".join(lines)
    if len(text) > NARRATIVE_LIMIT:
        text = text[: NARRATIVE_LIMIT - 20].rsplit("\n", 1)[0] + "\n(more in the log)"
    return fill("eNarrative", {"eNarrative.01": text}) if text else {}


def _stopped(fact: InterventionStopped, part: Part) -> str:
    act = fact_by_id(part.encounter, fact.stops) if part.encounter is not None else None
    return part.context.skill_name(act.skill) if isinstance(act, Intervention) else fact.stops


def _line(fact: Fact, part: Part) -> str:
    clock = datetime.fromtimestamp(fact.at_ms / 1000, part.context.timezone).strftime("%H:%M:%S")
    level = getattr(fact, "level", "")
    who = f"{fact.author} ({level})" if level else fact.author
    said = words(fact, part.context.skill_name)
    if isinstance(fact, InterventionStopped):
        said = f"stopped {_stopped(fact, part)}"
    authority = getattr(fact, "authority", "")
    said += f" [{authority.replace('_', ' ')}]" if authority else ""
    note = getattr(fact, "note", "")
    said += f" - {note}" if note else ""
    return f"{clock} {who}: {said}" if who else f"{clock} {said}"
