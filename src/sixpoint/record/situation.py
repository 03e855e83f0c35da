"""eSituation, eInjury and eHistory: what the patient complains of, what the crew thinks it is, and what was known."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sixpoint.care import CareRefused, Finding, Impression, PrimarySurvey, StrokeScale, Tagged, VitalSigns
from sixpoint.care import History as Asked
from sixpoint.record.arrest import arrested_at_contact
from sixpoint.record.codes import ImpressionCode, code, finding_codes, impression_codes
from sixpoint.record.part import Part
from sixpoint.record.structure import NOT_APPLICABLE, NOT_RECORDED, fill

# NEMSIS 3.5.1, verified in the XSDs.
INJURED: Final = {"yes": "9922005", "no": "9922001"}  # eSituation.02
CHIEF, OTHER = "2803001", "2803003"  # eSituation.03
COMPLAINT_CHARACTERS: Final = 255
CRITICAL: Final = "2813001"  # eSituation.13
UNCONSCIOUS: Final = "3101027"  # eHistory.01
INTOXICATED: Final = "3117013"  # eHistory.17: physical exam indicates suspected alcohol or drug use
NO_DRUG_ALLERGY, NONE_REPORTED = "8801013", "8801015"  # pertinent negatives
RXNORM: Final = "9924003"
Values = dict[str, Any]


class _Impressions(NamedTuple):
    """What the impressions say, the last one first, each once."""

    coded: tuple[ImpressionCode, ...]

    def first(self, field: str) -> str | None:
        """The last impression's word on the field that has one."""
        return next((value for one in self.coded if (value := getattr(one, field))), None)


def _impressions(part: Part) -> _Impressions:
    found: dict[str, ImpressionCode] = {}
    for one in reversed(part.told(Impression)):
        known = impression_codes().get(one.condition.strip().lower())
        if known is not None:
            found.setdefault(known.impression, known)
    return _Impressions(tuple(found.values()))


def situation(part: Part) -> Values:
    """eSituation; an impression in words that has no code of ICD-10 stands in the custom results alone."""
    if not part.has_contact:
        return fill("eSituation", {"eSituation.20": NOT_APPLICABLE}, NOT_APPLICABLE)
    impressions = _impressions(part)
    icd10 = [one.icd10 for one in impressions.coded if one.icd10]
    for one in part.told(Impression):
        known = impression_codes().get(one.condition.strip().lower())
        if known is not None and known.icd10:
            part.place(one, "condition")
    values: Values = {
        "eSituation.02": INJURED.get(impressions.first("injury") or ""),
        "eSituation.08": impressions.first("system"),
        "eSituation.11": icd10[0] if icd10 else None,
        "eSituation.12": icd10[1:] or None,
        "eSituation.13": _acuity(part),
        "eSituation.18": _last_known_well(part),
        "eSituation.20": NOT_APPLICABLE,  # no transfer between facilities: a call for help
    }
    return fill("eSituation", values | _complaint(part))


def _complaint(part: Part) -> Values:
    """The history as asked: onset, complaints in the patient's words, symptoms that have a code, where it hurts."""
    values: Values = {}
    complaints: dict[str, None] = {}
    symptoms: dict[str, None] = {}
    for asked in part.told(Asked):
        if asked.onset_ms is not None:
            values["eSituation.01"] = part.context.time(asked.onset_ms)
            part.place(asked, "onset_ms")
        location = code("eSituation.07", asked.region.lower()) if asked.region else None
        if location is not None:
            values["eSituation.07"] = location
            part.place(asked, "region")
        said = [one for one in asked.symptoms or () if 0 < len(one) <= COMPLAINT_CHARACTERS]
        complaints |= dict.fromkeys(said)
        symptoms |= dict.fromkeys(found for one in said if (found := code("eSituation.09", one.lower())))
        if asked.symptoms and len(said) == len(asked.symptoms):
            part.place(asked, "symptoms")
    if complaints:
        values["eSituation.PatientComplaintGroup"] = [
            {"eSituation.03": OTHER if number else CHIEF, "eSituation.04": words}
            for number, words in enumerate(complaints)
        ]
    if symptoms:
        first, *others = symptoms
        values |= {"eSituation.09": first, "eSituation.10": others or None}
    return values


def _last_known_well(part: Part) -> str | None:
    last = None
    for seen in part.told(StrokeScale):
        if seen.last_known_well_ms is not None:
            part.place(seen, "last_known_well_ms")
            last = part.context.time(seen.last_known_well_ms)
    return last


def _acuity(part: Part) -> str | None:
    """eSituation.13: by the first tag; without one, critical if the first crew found no pulse (our reading)."""
    tagged = part.told(Tagged)
    if tagged:
        return code("eSituation.13", tagged[0].tag)
    return CRITICAL if arrested_at_contact(part) else None


def injury(part: Part) -> Values:
    """eInjury: does not apply where the impressions say that nothing is injured."""
    if not part.has_contact:
        return fill("eInjury", {}, NOT_APPLICABLE)
    impressions = _impressions(part)
    values: Values = {"eInjury.03": _present(part, "eInjury.03") or None}
    cause = impressions.first("cause")
    if cause is not None:
        values["eInjury.01"] = [cause]
    return fill("eInjury", values, NOT_APPLICABLE if impressions.first("injury") == "no" else NOT_RECORDED)


def history(part: Part) -> Values:
    """eHistory: barriers, directives, allergies, past, medications, drink and drugs, pregnancy."""
    if not part.has_contact:
        return fill("eHistory", {}, NOT_APPLICABLE)
    seen = [one.avpu for one in part.measured(PrimarySurvey)] + [one.avpu for one in part.measured(VitalSigns)]
    drunk = any(one.intoxicated for one in part.told(CareRefused))
    medicines = _answers(part, "medications", "eMedications.03", NONE_REPORTED)
    allergies = [{"#": one, "@CodeType": RXNORM} for one in _present(part, "eHistory.06")]
    allergies += [
        {**one, "@CodeType": RXNORM} if "#" in one else one
        for one in _answers(part, "allergies", "eMedications.03", NO_DRUG_ALLERGY)
    ]
    values: Values = {
        "eHistory.01": [UNCONSCIOUS] if "unresponsive" in seen else None,
        "eHistory.05": _present(part, "eHistory.05") or None,
        "eHistory.06": [one for one in allergies if "#" in one] or allergies or None,
        "eHistory.08": _past(part) or None,
        "eHistory.CurrentMedsGroup": [{"eHistory.12": one.get("#", one)} for one in medicines],
        "eHistory.17": [INTOXICATED] if drunk else None,
        "eHistory.18": next(iter(_present(part, "eHistory.18")), None),
    }
    return fill("eHistory", values)


def _past(part: Part) -> list[Any]:
    codes: list[Any] = _present(part, "eHistory.08")
    answered = [one for one in part.told(Asked) if one.past is not None]
    for asked in answered:
        if not asked.past:
            part.place(asked, "past")
    nothing = bool(answered) and not any(one.past for one in answered)
    return codes or ([{"@PN": NONE_REPORTED}] if nothing else [])


def _answers(part: Part, field: str, list_: str, nothing: str) -> list[Values]:
    """The codes of what was named in answer to a question, or the pertinent negative if all answered none."""
    found: dict[str, None] = {}
    answered = named = False
    for asked in part.told(Asked):
        answers = getattr(asked, field)
        if answers is None:
            continue
        answered = True
        named = named or bool(answers)
        codes = [code(list_, one.lower()) for one in answers]
        found |= dict.fromkeys(one for one in codes if one is not None)
        if None not in codes:
            part.place(asked, field)
    if answered and not named:
        return [{"@PN": nothing}]
    return [{"#": one} for one in found]


def _present(part: Part, element: str) -> list[str]:
    """The codes of the findings that stand in this element, as last stated."""
    last = {one.finding: one for one in part.told(Finding)}
    codes: list[str] = []
    for one in last.values():
        about = finding_codes().get(one.finding)
        if about is None or about.element != element:
            continue
        said = about.present if one.present else about.otherwise if one.present is False else ()
        if said:
            part.place(one, "finding", "present")
        codes += said
    return codes
