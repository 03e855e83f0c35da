"""How care ends: with a facility, or on scene; and what each end must stand on before it is true.

Ending or not beginning resuscitation: Massachusetts Statewide Treatment Protocols 2026.1, 7.7, PDF p. 124-125 (verified
in text), with an order where the paramedic's service has that option (6.4). What letting a patient go, or giving one to
police or family, must stand on is this project's judgement, for a medical director to replace.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from sixpoint.care.encounter import Encounter, age_years, fact_by_id, interventions, running, standing_facts
from sixpoint.care.facts import Disposed, HandoverAccepted, OrderGiven, PrimarySurvey, VitalSigns
from sixpoint.care.going import OF_AGE_YEARS, alerts_needed, refusal_in_force, why_invalid
from sixpoint.care.orders import why_closed
from sixpoint.care.picture import picture_of

DATA: Final = Path(__file__).resolve().parent / "data"


class DeathCriterion(msgspec.Struct, frozen=True):
    """A sign of obvious death; `also` names what must have been found with it."""

    id: str
    says: str
    also: tuple[str, ...]
    source: str
    place: str
    confidence: str


@cache
def death_criteria() -> Mapping[str, DeathCriterion]:
    """The signs on which resuscitation is not begun (data/obvious_death.csv)."""
    text = (DATA / "obvious_death.csv").read_text("utf-8")
    return {
        row["criterion"]: DeathCriterion(
            row["criterion"], row["says"], tuple(row["also"].split()), row["source"], row["place"], row["confidence"]
        )
        for row in csv.DictReader(text.splitlines())
    }


def ended(encounter: Encounter, at_ms: int) -> str:
    """How care has ended by that instant: "transported" once a facility took the patient; empty if it goes on."""
    for passed in standing_facts(encounter, HandoverAccepted):
        if passed.at_facility and passed.at_ms <= at_ms:
            return "transported"
    ends = [one.how for one in standing_facts(encounter, Disposed) if one.at_ms <= at_ms]
    return ends[-1] if ends else ""


def why_not_end(encounter: Encounter, end: Disposed) -> tuple[str, ...]:
    """What is missing for care to end that way; empty if nothing is."""
    lacks = list(_REASONS[end.how](encounter, end))
    if end.how != "transported":
        lacks += [f"{act.skill} still runs" for act in running(encounter)]
    return tuple(lacks)


def _transported(encounter: Encounter, end: Disposed) -> Iterator[str]:
    if not any(one.at_facility and one.at_ms <= end.at_ms for one in standing_facts(encounter, HandoverAccepted)):
        yield "a facility that took the patient over"


def _released(encounter: Encounter, end: Disposed) -> Iterator[str]:
    """Somebody looked after the last treatment, nothing calls for a hospital, and a minor goes with a guardian."""
    age = age_years(encounter)
    if age is None:
        yield "the patient's age is not known"
    elif age < OF_AGE_YEARS and not end.to:
        yield "a minor: the guardian who takes the patient"
    looked = [one.at_ms for kind in (VitalSigns, PrimarySurvey) for one in standing_facts(encounter, kind)]
    treated = [act.at_ms for act in interventions(encounter) if act.dose is not None or act.drug]
    if not looked:
        yield "an assessment"
    elif treated and max(looked) < max(treated):
        yield "an assessment after the last medication"
    if picture_of(encounter, end.at_ms).value("in_cardiac_arrest") is True:
        yield "a pulse"
    for needed in alerts_needed(encounter, end.at_ms, sent_too=True):
        yield f"nothing that calls for a hospital: {needed.kind}"


def _refused(encounter: Encounter, end: Disposed) -> Iterator[str]:
    refusal = refusal_in_force(encounter, end.at_ms)
    yield from why_invalid(refusal, encounter) if refusal is not None else ("a refusal",)


def _obvious_death(encounter: Encounter, end: Disposed) -> Iterator[str]:
    known = death_criteria()
    helping = {one for criterion in known.values() for one in criterion.also}
    if not any(name in known and name not in helping for name in end.criteria):
        yield f"a criterion of obvious death that was found (one of: {', '.join(sorted(known.keys() - helping))})"
    for name in end.criteria:
        if name not in known:
            yield f"a criterion that is known, instead of '{name}'"
            continue
        for other in known[name].also:
            if other not in end.criteria:
                yield f"with {known[name].says} also: {known[other].says}"
    if picture_of(encounter, end.at_ms).value("rosc") is True:
        yield "no return of the pulse"


def _resuscitation_ended(encounter: Encounter, end: Disposed) -> Iterator[str]:
    order = fact_by_id(encounter, end.order) if end.order else None
    if not isinstance(order, OrderGiven) or order.ends != "resuscitation":
        yield "an order from medical control to end resuscitation"
    elif order.at_ms > end.at_ms:
        yield "an order given before the end"
    elif closed := why_closed(encounter, order, end.at_ms):
        yield closed
    if picture_of(encounter, end.at_ms).value("in_cardiac_arrest") is False:
        yield "a patient in cardiac arrest"


def _given_over(encounter: Encounter, end: Disposed) -> Iterator[str]:
    if not end.to:
        yield "who took charge of the patient"


_REASONS: Final[Mapping[str, Callable[[Encounter, Disposed], Iterator[str]]]] = {
    "transported": _transported,
    "treated_and_released": _released,
    "refused": _refused,
    "obvious_death": _obvious_death,
    "resuscitation_ended": _resuscitation_ended,
    "to_police": _given_over,
    "to_family": _given_over,
}
