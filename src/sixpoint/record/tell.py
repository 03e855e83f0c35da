"""A record in words: each section with its elements named and their codes spelled out, for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import msgspec

from sixpoint.record.codes import codes, impression_codes, rows
from sixpoint.scope.nemsis.crosswalk import training_levels

SECTIONS: Final = {
    "eRecord": "Report",
    "eResponse": "Response",
    "eDispatch": "Dispatch",
    "eCrew": "Crew",
    "eTimes": "Times",
    "ePatient": "Patient",
    "ePayment": "Payment",
    "eScene": "Scene",
    "eSituation": "Situation",
    "eInjury": "Injury",
    "eArrest": "Cardiac arrest",
    "eHistory": "History",
    "eNarrative": "Narrative",
    "eVitals": "Vital signs",
    "eExam": "Examination",
    "eProtocols": "Protocols",
    "eMedications": "Medications",
    "eProcedures": "Procedures",
    "eAirway": "Airway",
    "eDevice": "Devices",
    "eDisposition": "Disposition",
    "eOutcome": "Outcome",
    "eOther": "Other",
}
ICD10: Final = ("eSituation.09", "eSituation.10", "eSituation.11", "eSituation.12")
DRUGS: Final = ("eMedications.03", "eHistory.06", "eHistory.12")
STATES: Final = ("dAgency.04", "ePatient.08", "eScene.18", "eDisposition.05")
# An element whose words are those of another's list.
SAME_LIST: Final = {"eProcedures.08": "eMedications.07", "eProcedures.11": "eMedications.11"}


class Row(msgspec.Struct, frozen=True):
    """An element that has a value: what it is called, its number, the value in words. `first` opens a group."""

    label: str
    element: str
    value: str
    first: bool = False
    group: str = ""


class Told(msgspec.Struct, frozen=True):
    """A section of a record in words."""

    title: str
    rows: tuple[Row, ...]


@cache
def labels() -> Mapping[str, str]:
    """What each element is called."""
    return {row["element"]: row["label"] for row in rows("labels.csv")}


def label(element: str) -> str:
    """What the element is called; its number, if it has no label."""
    return labels().get(element, element)


@cache
def _words() -> Mapping[str, str]:
    """What codes are called that mean the same wherever they stand."""
    found = {row["code"]: row["word"] for row in rows("words.csv")}
    for level in training_levels():
        found |= {number: level.name for number in (level.performer, level.member) if number}
    return found


@cache
def _of_list(element: str) -> Mapping[str, str]:
    """What codes are called in this element's list."""
    listed = codes().get(SAME_LIST.get(element, element), {})
    found = {number: word.replace("_", " ") for word, number in listed.items()}
    if element in ICD10:
        found = {number: word for word, number in codes()["eSituation.09"].items()}
        found |= {one.icd10: one.impression for one in impression_codes().values() if one.icd10}
    if element in DRUGS:
        found = {number: word for word, number in codes()["eMedications.03"].items()}
    if element in STATES:
        found = {row["code"]: row["state"] for row in rows("states.csv")}
    if element == "eInjury.01":
        found = {one.cause: one.impression for one in impression_codes().values() if one.cause}
    return found


def word(element: str, value: object, more: Mapping[str, str] | None = None) -> str:
    """A value in words: those of `more` first, then of the element's list; itself, if it is no code that is known."""
    text = str(value)
    found = (more or {}).get(text) or _of_list(element).get(text) or _words().get(text)
    return found or text


def tell(report: Mapping[str, Any], more: Mapping[str, str] | None = None) -> Iterator[Told]:
    """The sections of a PatientCareReport that say something, in their order; custom results are left to the reader.

    `more` names codes that only the caller knows, such as call types.
    """
    for section, content in report.items():
        if section in SECTIONS and isinstance(content, dict):
            found = tuple(_rows(content, more))
            if found:
                yield Told(SECTIONS[section], found)


def _rows(content: Mapping[str, Any], more: Mapping[str, str] | None) -> Iterator[Row]:
    for name, value in content.items():
        if name[0] == "@":
            continue
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, dict):
                yield Row(label(name), name, word(name, one, more))
            elif "#" in one or "@PN" in one:
                yield Row(label(name), name, _negative(name, one, more))
            elif "@NV" not in one:
                inner = list(_rows(one, more))
                if inner and isinstance(value, list):
                    group = str(one.get("@CorrelationID", ""))
                    inner[0] = msgspec.structs.replace(inner[0], first=True, group=group)
                yield from inner


def _negative(name: str, one: Mapping[str, Any], more: Mapping[str, str] | None) -> str:
    said = word(name, one["#"], more) if "#" in one else ""
    negative = _words().get(str(one.get("@PN", "")), str(one.get("@PN", "")))
    return f"{said} ({negative})" if said and negative else said or negative


def count_empty(content: Any) -> int:
    """How many elements are not recorded or do not apply."""
    if isinstance(content, list):
        return sum(map(count_empty, content))
    if isinstance(content, dict):
        return 1 if "@NV" in content else sum(map(count_empty, content.values()))
    return 0
