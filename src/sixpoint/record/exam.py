"""eExam: the weight, and what was seen on the body, each with its instant; what was looked for and is not there too."""

from __future__ import annotations

from typing import Any, Final

from sixpoint.care import CareRefused, Finding, PatientDescribed, PrimarySurvey, VitalSigns
from sixpoint.care.facts import FactBase
from sixpoint.record.codes import code, finding_codes
from sixpoint.record.part import Part
from sixpoint.record.structure import fill

NOT_PRESENT: Final = "8801005"  # pertinent negative: exam finding not present
ALTERED: Final = "3519029"  # eExam.19: altered mental status, unspecified
# Seconds of capillary refill (below, up to and with, above) in eExam.04.
REFILL_BELOW_2, REFILL_2_TO_4, REFILL_ABOVE_4 = "3504035", "3504037", "3504039"
WEIGHT_KG: Final = (0.1, 999.9)  # what eExam.01 holds
# Codes of a skin word of the primary survey, each a word of the list eExam.04.
SKIN: Final = {"pale_cool": ("pale", "cool"), "flushed_hot": ("flushed", "hot")}
# Elements that stand in a group of their own within an assessment, which may name a place on the body.
GROUP_OF: Final = {"eExam.16": "eExam.ExtremityGroup", "eExam.23": "eExam.LungGroup"}
Seen = tuple[FactBase, str, list[Any]]


def exam(part: Part) -> dict[str, Any]:
    """eExam; empty, and the section may be left out, if nobody examined or weighed."""
    groups: dict[tuple[int, str, str], dict[str, Any]] = {}
    for fact, element, values in sorted(_seen(part), key=lambda one: one[0].at_ms):
        group = groups.setdefault(
            (fact.at_ms, fact.author, fact.unit_id),
            {"@CorrelationID": f"exam-{fact.fact_id}", "eExam.03": part.context.time(fact.at_ms)},
        )
        part.group(fact, group["@CorrelationID"])
        holder = group.setdefault(GROUP_OF[element], [{}])[0] if element in GROUP_OF else group
        holder.setdefault(element, []).extend(values)
    found: dict[str, Any] = {"eExam.AssessmentGroup": [*groups.values()]} if groups else {}
    weight = _weight_kg(part)
    if weight is not None:
        found["eExam.01"] = weight
    return fill("eExam", found) if found else {}


def _weight_kg(part: Part) -> float | None:
    last = None
    for described in part.told(PatientDescribed):
        if described.weight_kg is not None and WEIGHT_KG[0] <= round(described.weight_kg, 1) <= WEIGHT_KG[1]:
            part.place(described, "weight_kg")
            last = round(described.weight_kg, 1)
    return last


def _seen(part: Part) -> list[Seen]:
    found: list[Seen] = []
    for survey in part.measured(PrimarySurvey):
        if survey.skin is not None:
            words = SKIN.get(survey.skin, (survey.skin,))
            found.append((survey, "eExam.04", [code("eExam.04", word) for word in words]))
            part.place(survey, "skin")
    for taken in part.measured(VitalSigns):
        if taken.capillary_refill_s is not None:
            found.append((taken, "eExam.04", [_refill(taken.capillary_refill_s)]))
    for one in part.measured(Finding):
        found += _finding(one, part)
    for refusal in part.measured(CareRefused):
        if refusal.altered:
            found.append((refusal, "eExam.19", [ALTERED]))
    return found


def _refill(seconds: float) -> str:
    return REFILL_BELOW_2 if seconds < 2 else REFILL_2_TO_4 if seconds <= 4 else REFILL_ABOVE_4


def _finding(found: Finding, part: Part) -> list[Seen]:
    about = finding_codes().get(found.finding)
    if about is None or not about.element.startswith("eExam.") or found.present is None:
        return []
    codes: list[Any] = [*about.present] if found.present else [{"#": one, "@PN": NOT_PRESENT} for one in about.absent]
    if codes:
        part.place(found, "finding", "present")
    return [(found, about.element, codes)] if codes else []
