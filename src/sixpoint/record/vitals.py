"""eVitals: each set of measurements with its instant; what one person found out at one instant stands in one group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from sixpoint.care import (
    Ecg12Lead,
    Finding,
    History,
    Intervention,
    PrimarySurvey,
    StrokeScale,
    VitalSigns,
)
from sixpoint.care.facts import FactBase
from sixpoint.record.codes import code, finding_codes
from sixpoint.record.part import NO, YES, Part
from sixpoint.record.structure import NOT_APPLICABLE, NOT_RECORDED, fill

# NEMSIS 3.5.1, verified in the XSDs.
AVPU: Final = {"alert": "3326001", "verbal": "3326003", "painful": "3326005", "unresponsive": "3326007"}  # eVitals.26
STROKE: Final = {True: "3329005", False: "3329001", None: "3329003"}  # eVitals.29; None is non-conclusive
MMHG: Final = {"@ETCO2Type": "3340001"}
TWELVE_LEAD: Final = "3304007"  # eVitals.04: left sided (normal)
# eVitals.05: who or what interpreted the ECG; sent and read by nobody is a method of its own.
READER: Final = {"machine": "3305001", "clinician": "3305003", "physician": "3305007"}
UNREAD: Final = "3305005"
# eVitals.22: what makes a Glasgow score say less, by what was done before it; else the score has legitimate values.
LEGITIMATE, SEDATED, INTUBATED = "3322003", "3322007", "3322009"
SEDATION: Final = frozenset(("benzodiazepine", "ketamine", "antipsychotic", "pharmacologic_restraint"))
TUBE: Final = "endotracheal_intubation"
# Field of VitalSigns -> element, the least and the most that it holds; whole numbers all but the temperature.
MEASURED: Final = (
    ("systolic_mmhg", "eVitals.06", 0, 500),
    ("diastolic_mmhg", "eVitals.07", 0, 500),
    ("heart_rate_per_min", "eVitals.10", 0, 500),
    ("spo2_percent", "eVitals.12", 0, 100),
    ("respiratory_rate_per_min", "eVitals.14", 0, 300),
    ("glucose_mg_per_dl", "eVitals.18", 0, 2000),
    ("gcs_eye", "eVitals.19", 1, 4),
    ("gcs_verbal", "eVitals.20", 1, 5),
    ("gcs_motor", "eVitals.21", 1, 6),
    ("gcs_total", "eVitals.23", 3, 15),
    ("pain_0_to_10", "eVitals.27", 0, 10),
)
GLASGOW_PARTS: Final = ("eVitals.19", "eVitals.20", "eVitals.21")
MOST_CO2, MOST_TEMPERATURE, MOST_STROKE_SCORE = 760, 50, 42
Values = dict[str, Any]


def vitals(part: Part) -> Values:
    """eVitals: the sets in order of time; one empty group if there is none."""
    groups: list[Values] = []
    at: dict[tuple[int, str, str], Values] = {}
    for facts, values in sorted(_found(part), key=lambda one: one[0][0].at_ms):
        fact = facts[0]
        key = (fact.at_ms, fact.author, fact.unit_id)
        group = at.get(key)
        if group is None or not group.keys().isdisjoint(values):
            group = at[key] = {
                "@CorrelationID": fact.fact_id,
                "eVitals.01": part.context.time(fact.at_ms),
                "eVitals.02": YES if part.is_prior(fact) else NO,
            }
            groups.append(group)
        group |= values
        for one in facts:
            part.group(one, group["@CorrelationID"])
    return fill("eVitals", {"eVitals.VitalGroup": groups}, NOT_RECORDED if part.has_contact else NOT_APPLICABLE)


def _found(part: Part) -> Iterator[tuple[Sequence[FactBase], Values]]:
    """What facts say, each with the facts that say it; the first of them has the instant."""
    for kind, said in _SAYS:
        for fact in part.measured(kind):
            values = said(fact, part)
            if values:
                yield (fact,), values
    yield from _ecgs(part)


def _vital_signs(taken: VitalSigns, part: Part) -> Values:
    values: Values = {}
    for field, element, least, most in MEASURED:
        value = getattr(taken, field)
        if value is not None and least <= round(value) <= most:  # outside it is not recorded, never bent
            values[element] = round(value)
            part.place(taken, field)
    if taken.gcs_total is None and all(element in values for element in GLASGOW_PARTS):
        values["eVitals.23"] = taken.gcs
    if "eVitals.23" in values:
        values["eVitals.22"] = [*_qualifiers(taken, part)]
    if taken.etco2_mmhg is not None and 0 <= taken.etco2_mmhg <= MOST_CO2:
        values["eVitals.16"] = {"#": round(taken.etco2_mmhg), **MMHG}
        part.place(taken, "etco2_mmhg")
    if taken.temperature_c is not None and 0 <= taken.temperature_c <= MOST_TEMPERATURE:
        values["eVitals.24"] = round(taken.temperature_c, 1)
        part.place(taken, "temperature_c")
    if taken.avpu is not None:
        values["eVitals.26"] = AVPU[taken.avpu]
    return values


def _qualifiers(taken: VitalSigns, part: Part) -> list[str]:
    """What was done before the score was taken that makes it say less; our reading of eVitals.22."""
    before = {act.skill for act in part.told(Intervention) if act.at_ms <= taken.at_ms and act.successful}
    found = ([SEDATED] if before & SEDATION else []) + ([INTUBATED] if TUBE in before else [])
    return found or [LEGITIMATE]


def _survey(survey: PrimarySurvey, part: Part) -> Values:
    values: Values = {}
    effort = code("eVitals.15", survey.breathing) if survey.breathing is not None else None
    if effort is not None:
        values["eVitals.15"] = effort
        part.place(survey, "breathing")
    if survey.avpu is not None:
        values["eVitals.26"] = AVPU[survey.avpu]
    return values


def _stroke(seen: StrokeScale, part: Part) -> Values:
    if all(one is None for one in (seen.face, seen.arm, seen.speech, seen.grip)):
        return {}  # only the instant last known well was stated
    return {
        "eVitals.29": STROKE[seen.positive],
        "eVitals.30": code("eVitals.30", seen.scale),
        **({"eVitals.34": seen.score} if seen.score is not None and 0 <= seen.score <= MOST_STROKE_SCORE else {}),
    }


def _pain(asked: History, part: Part) -> Values:
    if asked.severity_0_to_10 is None or not 0 <= asked.severity_0_to_10 <= 10:
        return {}
    part.place(asked, "severity_0_to_10")
    return {"eVitals.27": asked.severity_0_to_10}


def _finding(found: Finding, part: Part) -> Values:
    if found.finding == "stroke_scale_positive" and found.present is not None:
        part.place(found, "finding", "present")
        return {"eVitals.29": STROKE[found.present]}
    about = finding_codes().get(found.finding)
    if about is None or about.element != "eVitals.03":
        return {}
    rhythms = about.present if found.present else about.otherwise if found.present is False else ()
    if rhythms:
        part.place(found, "finding", "present")
    return {"eVitals.03": [*rhythms]} if rhythms else {}


def _ecgs(part: Part) -> Iterator[tuple[Sequence[FactBase], Values]]:
    """One group for each 12-lead ECG: from its acquisition on, what is sent and read is that one, until the next."""
    ecgs: list[list[Ecg12Lead]] = []
    for fact in part.measured(Ecg12Lead):
        if not ecgs or fact.stage == "acquired":
            ecgs.append([])
        ecgs[-1].append(fact)
    for stages in ecgs:
        readers = list(dict.fromkeys(READER[one.read_by] for one in stages if one.read_by))
        sent = any(one.stage == "transmitted" for one in stages)
        methods = readers or ([UNREAD] if sent else [])
        yield stages, {"eVitals.04": TWELVE_LEAD, **({"eVitals.05": methods} if methods else {})}


_SAYS: Final[tuple[tuple[type[Any], Callable[[Any, Part], Values]], ...]] = (
    (VitalSigns, _vital_signs),
    (PrimarySurvey, _survey),
    (StrokeScale, _stroke),
    (History, _pain),
    (Finding, _finding),
)
