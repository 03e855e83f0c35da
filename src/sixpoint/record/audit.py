"""The audit of a record, from the record alone: was each act in scope, what is missing, what goes to quality review.

It asks the rulebook for the level that the record gives the performer, and knows of the moment what the record says.
Prior aid, acts of another unit beside this one and acts that were not performed are told, and not judged. No official
rule of NEMSIS audits scope; the ways in which an act can stand are Sixpoint's own reading of its elements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal

import msgspec

from sixpoint.record.codes import codes
from sixpoint.record.part import YES
from sixpoint.record.structure import Element, sections
from sixpoint.scope import Dose, Rulebook, Situation, Verdict
from sixpoint.scope.nemsis.crosswalk import Kind, load_crosswalk

Standing = Literal[
    "in scope", "with order", "no order recorded", "outside", "cannot be told", "unknown level", "unknown code",
    "not performed", "prior aid", "another unit",
]  # fmt: skip
# What an auditor looks at.
QUESTIONED: Final[frozenset[Standing]] = frozenset(
    ("no order recorded", "outside", "cannot be told", "unknown level", "unknown code")
)
STANDINGS: Final[dict[str, Standing]] = {
    "standing": "in scope",
    "order": "no order recorded",
    "unknown": "cannot be told",
    "barred": "outside",
}
ON_LINE, ON_SCENE, WRITTEN = "9918001", "9918003", "9918007"  # .11: an order of any kind but the standing one
NOT_RECORDED: Final = "7701003"
ARREST: Final = {"3001001": False, "3001003": True, "3001005": True}  # eArrest.01
YEARS_IN: Final = {"2516009": 1.0, "2516007": 1 / 12, "2516001": 1 / 365.25, "2516003": 1 / 8766, "2516005": 1 / 525960}
AIRWAYS: Final = frozenset(("endotracheal_intubation", "airway_supraglottic", "cricothyrotomy"))
GROUPS: Final[tuple[tuple[Kind, str, str], ...]] = (
    ("medication", "eMedications", "eMedications.MedicationGroup"),
    ("procedure", "eProcedures", "eProcedures.ProcedureGroup"),
)
BESIDE: Final = {"eMedications": "eMedications.13", "eProcedures": "eProcedures.15"}


class AuditedAct(msgspec.Struct, frozen=True):
    """One act as the record gives it, and how it stands; `skills` are those that its code may mean."""

    group: str
    kind: Kind
    code: str
    skills: tuple[str, ...]
    level: str
    at: str
    standing: Standing
    because: tuple[str, ...] = ()


class RecordAudit(msgspec.Struct, frozen=True):
    """One record audited: its acts, the required elements that nobody recorded, and what goes to quality review."""

    number: str
    incident: str
    unit: str
    acts: tuple[AuditedAct, ...]
    missing: tuple[str, ...]
    review: tuple[str, ...]

    @property
    def questioned(self) -> tuple[AuditedAct, ...]:
        """The acts that somebody must look at."""
        return tuple(act for act in self.acts if act.standing in QUESTIONED)


def audit_record(record: Mapping[str, Any], rulebook: Rulebook) -> RecordAudit:
    """The audit of one record, ours or anybody's (`read_records`), against this rulebook."""
    report = record["PatientCareReport"]
    response = report.get("eResponse", {})
    named = _custom(report)
    acts = tuple(_acts(report, rulebook, named))
    return RecordAudit(
        number=_plain(report.get("eRecord", {}).get("eRecord.01")),
        incident=_plain(response.get("eResponse.03")),
        unit=_plain(response.get("eResponse.13")),
        acts=acts,
        missing=tuple(_missing(report)),
        review=tuple(_review(report, acts, named)),
    )


Custom = Mapping[str, Mapping[str, list[str]]]


def _custom(report: Mapping[str, Any]) -> Custom:
    """The custom results by element and by the group they are about ("" for the whole record)."""
    found: dict[str, dict[str, list[str]]] = {}
    for result in _list(report.get("eCustomResults", {}).get("eCustomResults.ResultsGroup")):
        about = _plain(result.get("eCustomResults.03"))
        values = [_plain(one) for one in _list(result.get("eCustomResults.01"))]
        found.setdefault(_plain(result.get("eCustomResults.02")), {}).setdefault(about, []).extend(values)
    return found


def _acts(report: Mapping[str, Any], rulebook: Rulebook, named: Custom) -> Iterator[AuditedAct]:
    listed = []
    for kind, section, name in GROUPS:
        for group in _list(report.get(section, {}).get(name)):
            if _is_act(group, section, named):
                listed.append((_plain(group.get(f"{section}.01")), kind, section, group))
    listed.sort(key=lambda one: one[0])
    done: set[str] = set()
    moment = _Moment(report)
    for at, kind, section, group in listed:
        skills = _skills(kind, section, group, named)
        yield _judged(kind, section, group, skills, at, rulebook, moment, frozenset(done))
        done.update(skills)


def _is_act(group: Mapping[str, Any], section: str, named: Custom) -> bool:
    """A record without acts still has a group, with nothing in it; a skill of ours may stand without a code."""
    given = group.get(f"{section}.03")
    has_code = isinstance(given, str | int) or (isinstance(given, dict) and "#" in given)
    return has_code or group.get("@CorrelationID") in named.get("sixpoint.skill", {})


def _skills(kind: Kind, section: str, group: Mapping[str, Any], named: Custom) -> tuple[str, ...]:
    """The skill that the record names itself, else those that the code may mean."""
    own = named.get("sixpoint.skill", {}).get(str(group.get("@CorrelationID", "")))
    if own:
        return tuple(own)
    return _meant(kind, _plain(group.get(f"{section}.03")))


@lru_cache(maxsize=4096)
def _meant(kind: Kind, code: str) -> tuple[str, ...]:
    relations = load_crosswalk().of_code(kind, code)
    sure = [one.skill for one in relations if one.relation in ("exact", "narrower")]
    return tuple(sure or [one.skill for one in relations])


class _Moment:
    """What the record says of every moment: arrest and age."""

    def __init__(self, report: Mapping[str, Any]) -> None:
        self.in_arrest = ARREST.get(_plain(report.get("eArrest", {}).get("eArrest.01")))
        ages = report.get("ePatient", {}).get("ePatient.AgeGroup", {})
        number, unit = _plain(ages.get("ePatient.15")), _plain(ages.get("ePatient.16"))
        self.age_years = float(number) * YEARS_IN[unit] if number and unit in YEARS_IN else None
        self.begins = _plain(report.get("eTimes", {}).get("eTimes.03"))


def _judged(
    kind: Kind,
    section: str,
    group: Mapping[str, Any],
    skills: tuple[str, ...],
    at: str,
    rulebook: Rulebook,
    moment: _Moment,
    done: frozenset[str],
) -> AuditedAct:
    performer = _plain(group.get(f"{section}.10"))
    level = _levels(rulebook).get(performer, "")
    about = AuditedAct(
        str(group.get("@CorrelationID", "")), kind, _plain(group.get(f"{section}.03")), skills, level or performer, at,
        "in scope",
    )  # fmt: skip
    aside = _aside(section, group)
    if aside is None and not skills:
        aside = "unknown code"
    if aside is None and not level:
        aside = "unknown level"
    if aside is not None:
        return msgspec.structs.replace(about, standing=aside)
    ordered = _plain(group.get(f"{section}.11")) in (ON_LINE, ON_SCENE, WRITTEN)
    when = datetime.fromisoformat(at or moment.begins)
    situation = _situation(section, group, moment, ordered, done)
    verdicts = [_verdict(rulebook, level, skill, when, situation) for skill in skills]
    best = max(verdicts, key=lambda verdict: ("barred", "unknown", "order", "standing").index(verdict.kind))
    standing = STANDINGS[best.kind]
    if best.kind == "order" and ordered:
        standing = "with order"
    reasons = () if standing in ("in scope", "with order") else tuple(one.text for one in best.because)
    return msgspec.structs.replace(about, standing=standing, because=reasons)


def _aside(section: str, group: Mapping[str, Any]) -> Standing | None:
    """Why an act is not this crew's to answer for; None if it is."""
    given = group.get(f"{section}.03")
    if isinstance(given, dict) and "@PN" in given:
        return "not performed"
    if group.get(f"{section}.02") == YES:
        return "prior aid"
    return "another unit" if group.get(BESIDE[section]) == YES else None


def _verdict(rulebook: Rulebook, level: str, skill: str, when: datetime, situation: Situation) -> Verdict:
    """What is barred whatever the moment is barred; what nobody bounds needs no moment: both answers are kept."""
    plain = rulebook.can(level, skill, when)
    if plain.kind == "barred" or (plain.kind == "standing" and situation.dose is None):
        return plain
    return rulebook.can(level, skill, when, situation=situation)


def _situation(
    section: str, group: Mapping[str, Any], moment: _Moment, ordered: bool, done: frozenset[str]
) -> Situation:
    dosage = group.get("eMedications.DosageGroup", {})
    amount, unit = _plain(dosage.get("eMedications.05")), _spelled("eMedications.06", dosage.get("eMedications.06"))
    route = _spelled("eMedications.04", group.get("eMedications.04")) if section == "eMedications" else None
    return Situation(
        order_from_medical_control=True if ordered else None,
        in_cardiac_arrest=moment.in_arrest,
        patient_age_years=moment.age_years,
        route=route,
        dose=Dose(float(amount), unit) if amount and unit else None,
        skills_done=done,
    )


@lru_cache(maxsize=64)
def _reversed(list_: str) -> Mapping[str, str]:
    return {number: word for word, number in codes()[list_].items()}


def _spelled(list_: str, value: Any) -> str | None:
    return _reversed(list_).get(_plain(value))


@lru_cache(maxsize=64)
def _levels(rulebook: Rulebook) -> Mapping[str, str]:
    """The levels of the rulebook by their performer code, titles that count as one of them too."""
    found = {title.nemsis.performer: title.counts_as for title in rulebook.ladder.titles.values()}
    found |= {level.nemsis.performer: level.id for level in rulebook.levels.values()}
    return {number: level for number, level in found.items() if number}


def _missing(report: Mapping[str, Any]) -> Iterator[str]:
    """Mandatory and required elements that are not there, or not recorded; those that do not apply are no gap."""
    for section in sections():
        if section.needed and section.name.startswith("e"):
            content = report.get(section.name)
            if content is None:
                yield section.name
            else:
                yield from dict.fromkeys(_gaps(section, content))


def _gaps(element: Element, content: Mapping[str, Any]) -> Iterator[str]:
    for member in element.members:
        value = content.get(member.name)
        if member.members:
            for one in _list(value):
                yield from _gaps(member, one)
        elif member.usage in ("M", "R"):
            values = _list(value)
            empty = [one for one in values if isinstance(one, dict) and one.get("@NV") == NOT_RECORDED]
            if not values or len(empty) == len(values):
                yield member.name


def _review(report: Mapping[str, Any], acts: tuple[AuditedAct, ...], named: Custom) -> Iterator[str]:
    """What somebody must read: overrides and doubts with their reasons, care that was stepped down, airways."""
    skill_of = {act.group: ", ".join(act.skills) for act in acts}
    for about, reasons in named.get("sixpoint.override", {}).items():
        yield f"override: {skill_of.get(about, 'an act')}: {'; '.join(reasons)}"
    for reasons in named.get("sixpoint.care_override", {}).values():
        yield f"care override: {'; '.join(reasons)}"
    for doubts in named.get("sixpoint.doubt", {}).values():
        yield f"doubt: {'; '.join(doubts)}"
    for words in named.get("sixpoint.handover_accepted", {}).values():
        for word in words:
            if word.startswith("step_down_reason: "):
                yield f"stepped down: {word.removeprefix('step_down_reason: ')}"
    placed = [act for act in acts if AIRWAYS & set(act.skills) and act.standing not in ("prior aid", "another unit")]
    confirmed = report.get("eAirway", {}).get("eAirway.AirwayGroup", {}).get("eAirway.ConfirmationGroup")
    if placed and not confirmed and any(_was_successful(act, report) for act in placed):
        yield "an advanced airway was placed, and nothing that was measured confirms it"


def _was_successful(act: AuditedAct, report: Mapping[str, Any]) -> bool:
    groups = _list(report.get("eProcedures", {}).get("eProcedures.ProcedureGroup"))
    return any(one.get("@CorrelationID") == act.group and one.get("eProcedures.06") == YES for one in groups)


def _plain(value: Any) -> str:
    """The value as text; empty if there is none."""
    if isinstance(value, dict):
        value = value.get("#")
    return "" if value is None else str(value)


def _list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]
