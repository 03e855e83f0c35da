"""What is known of the patient at an instant: the latest standing answer to each name of data/known.csv."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

import msgspec

from sixpoint.care import facts as f
from sixpoint.care.encounter import Encounter

Kind = Literal["number", "word", "truth"]
Answer = float | str | bool
COMPRESSIONS: Final = ("cpr", "mechanical_cpr_device")
# Having done the one is having done the other, in the words of the catalogue of skills.
IMPLIED: Final = {"iv_initiation_peripheral": "iv_access"}


class Name(msgspec.Struct, frozen=True):
    """Something that can be known of a patient, and the skill by which it is found out (empty: it follows itself).

    What `changes` with treatment must be seen again before the same is done once more.
    """

    name: str
    kind: Kind
    unit: str
    words: tuple[str, ...]
    assess: str
    changes: bool
    says: str


class Known(msgspec.Struct, frozen=True):
    """An answer, since when, and by which fact."""

    value: Answer
    at_ms: int
    fact_id: str


class Picture(msgspec.Struct, frozen=True):
    """Answers by name, and what was done: every standing act with success by skill, prior aid among them."""

    at_ms: int
    known: Mapping[str, Known]
    done: Mapping[str, tuple[f.Intervention | f.PriorAid, ...]]
    tried: Mapping[str, tuple[f.Intervention | f.PriorAid, ...]]
    running: frozenset[str]

    def value(self, name: str) -> Answer | None:
        """The answer; None while unknown."""
        found = self.known.get(name)
        return None if found is None else found.value

    def number(self, name: str) -> float | None:
        """The answer of a number; None while unknown."""
        value = self.value(name)
        return None if value is None or isinstance(value, str) else float(value)


@cache
def names() -> Mapping[str, Name]:
    """Everything that pathways may ask about a patient."""
    text = (files("sixpoint.care") / "data" / "known.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    cells = ({**row, "words": tuple(row["words"].split()), "changes": row["changes"] == "yes"} for row in rows)
    return {str(row["name"]): msgspec.convert(row, Name) for row in cells}


def picture_of(encounter: Encounter, at_ms: int) -> Picture:
    """The picture by every standing fact up to the instant; what is not stated is not in it."""
    replaced = {fact.corrects for fact in encounter.facts if fact.corrects is not None}
    known: dict[str, Known] = {}
    tried: dict[str, list[f.Intervention | f.PriorAid]] = {}
    running: dict[str, str] = {}
    for fact in encounter.facts:
        if fact.at_ms > at_ms:
            break
        if fact.fact_id in replaced:
            continue
        if isinstance(fact, f.Intervention | f.PriorAid):
            tried.setdefault(fact.skill, []).append(fact)
            if fact.running:
                running[fact.fact_id] = fact.skill
        elif isinstance(fact, f.InterventionStopped):
            running.pop(fact.stops, None)
        answers = _ANSWERS.get(type(fact))
        for name, value in answers(fact) if answers is not None else ():
            if value is None:
                known.pop(name, None)
            else:
                known[name] = Known(value, fact.at_ms, fact.fact_id)
    done = {skill: tuple(act for act in acts if act.successful is not False) for skill, acts in tried.items()}
    done = {skill: acts for skill, acts in done.items() if acts}
    for skill, other in IMPLIED.items():
        if skill in done:
            done[other] = (*done.get(other, ()), *done[skill])
    _clocks(known, done, at_ms)
    settled = {skill: tuple(acts) for skill, acts in tried.items()}
    return Picture(at_ms, known, done, settled, frozenset(running.values()))


def seen_since(picture: Picture, last_ms: int) -> Picture:
    """The picture without answers that change with treatment and were given no later than the instant."""
    about = names()
    kept = {
        name: known
        for name, known in picture.known.items()
        if known.at_ms > last_ms or not (name in about and about[name].changes)
    }
    return msgspec.structs.replace(picture, known=kept)


_VITALS: Final = tuple(
    field
    for field in f.VitalSigns.__struct_fields__
    if field not in f.FactBase.__struct_fields__ and field not in ("gcs_total", "gcs_eye", "gcs_verbal")
)
_SURVEY: Final = ("massive_bleeding", "airway", "breathing", "pulse", "skin", "avpu")
_MOMENTS: Final[Mapping[str, tuple[bool, bool]]] = {
    # moment -> (in cardiac arrest, pulse back)
    "collapse": (True, False),
    "recognised": (True, False),
    "rosc": (False, True),
    "rearrest": (True, False),
}


def _of_vitals(fact: f.VitalSigns) -> Iterator[tuple[str, Answer | None]]:
    yield from _stated(fact, _VITALS)
    if fact.gcs is not None:
        yield "gcs_total", float(fact.gcs)


def _of_survey(fact: f.PrimarySurvey) -> Iterator[tuple[str, Answer | None]]:
    yield from _stated(fact, _SURVEY)


def _of_description(fact: f.PatientDescribed) -> Iterator[tuple[str, Answer | None]]:
    yield from _stated(fact, ("age_years", "weight_kg"))
    if fact.sex != "unknown":
        yield "sex", fact.sex
    if fact.born_ms is not None:
        yield "born_ms", float(fact.born_ms)


def _of_finding(fact: f.Finding) -> Iterator[tuple[str, Answer | None]]:
    yield fact.finding, fact.present


def _of_measurement(fact: f.Measurement) -> Iterator[tuple[str, Answer | None]]:
    yield fact.measure, fact.value


def _of_impression(fact: f.Impression) -> Iterator[tuple[str, Answer | None]]:
    if fact.in_cardiac_arrest is not None:
        yield "in_cardiac_arrest", fact.in_cardiac_arrest


def _of_ecg(fact: f.Ecg12Lead) -> Iterator[tuple[str, Answer | None]]:
    if fact.stage == "read":
        yield "stemi", fact.stemi


def _of_scale(fact: f.StrokeScale) -> Iterator[tuple[str, Answer | None]]:
    if fact.score is not None:
        yield f"{fact.scale}_score", float(fact.score)
    if fact.positive is not None:
        yield "stroke_scale_positive", fact.positive
    if fact.last_known_well_ms is not None:
        yield "last_known_well_ms", float(fact.last_known_well_ms)


def _of_history(fact: f.History) -> Iterator[tuple[str, Answer | None]]:
    if fact.onset_ms is not None:
        yield "onset_ms", float(fact.onset_ms)
    if fact.severity_0_to_10 is not None:
        yield "pain_0_to_10", float(fact.severity_0_to_10)


def _of_moment(fact: f.ArrestMoment) -> Iterator[tuple[str, Answer | None]]:
    if fact.moment in _MOMENTS:
        arrested, back = _MOMENTS[fact.moment]
        yield "in_cardiac_arrest", arrested
        yield "rosc", back


# The names that a fact of each kind answers; None takes an earlier answer back.
_ANSWERS: Final[Mapping[type, Callable[[Any], Iterator[tuple[str, Answer | None]]]]] = {
    f.VitalSigns: _of_vitals,
    f.PrimarySurvey: _of_survey,
    f.PatientDescribed: _of_description,
    f.Finding: _of_finding,
    f.Measurement: _of_measurement,
    f.Impression: _of_impression,
    f.Ecg12Lead: _of_ecg,
    f.StrokeScale: _of_scale,
    f.History: _of_history,
    f.ArrestMoment: _of_moment,
}


def _stated(fact: msgspec.Struct, fields: tuple[str, ...]) -> Iterator[tuple[str, Answer]]:
    for field in fields:
        value = getattr(fact, field)
        if value is not None:
            yield field, value


def _clocks(known: dict[str, Known], done: Mapping[str, tuple[f.Intervention | f.PriorAid, ...]], at_ms: int) -> None:
    """Minutes since instants that somebody stated."""
    for name, since in (
        ("min_since_onset", "onset_ms"),
        ("min_since_last_known_well", "last_known_well_ms"),
        ("min_since_birth", "born_ms"),
    ):
        start = known.pop(since, None)
        if start is not None:
            known[name] = Known((at_ms - float(start.value)) / 60_000, at_ms, start.fact_id)
    starts = [act for skill in COMPRESSIONS for act in done.get(skill, ()) if isinstance(act, f.Intervention)]
    if starts:
        first = min(starts, key=lambda act: (act.at_ms, act.fact_id))
        known["min_since_cpr"] = Known((at_ms - first.at_ms) / 60_000, at_ms, first.fact_id)
