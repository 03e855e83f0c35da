"""Facts from a plain mapping of names to answers: for stories, the command line and tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sixpoint.care import facts as f
from sixpoint.care.encounter import Encounter, with_fact
from sixpoint.care.picture import names
from sixpoint.errors import Fault, InputError

_DESCRIBED = ("age_years", "weight_kg", "sex")
_SURVEYED = ("massive_bleeding", "airway", "breathing", "pulse", "skin", "avpu")
MOST = 1e9  # beyond any minute or measurement of a patient
_SINCE = {
    "min_since_onset": "onset_ms",
    "min_since_last_known_well": "last_known_well_ms",
    "min_since_birth": "born_ms",
}


def facts_of(
    answers: Mapping[str, Any], at_ms: int, author: str, unit_id: str, first: str = "s", where: str = "facts"
) -> tuple[f.Fact, ...]:
    """The facts that say these answers, one kind after the other; `InputError` names every answer that none can say.

    An answer of None is "could not be told". Identifiers are `first` and a number.
    """
    faults = [fault for name, value in answers.items() if (fault := _fault(name, value, where)) is not None]
    if faults:
        raise InputError(faults)
    made: list[f.Fact] = []

    def base() -> dict[str, Any]:
        return {"fact_id": f"{first}{len(made):03d}", "at_ms": at_ms, "author": author, "unit_id": unit_id}

    described = {name: answers[name] for name in _DESCRIBED if name in answers}
    if "min_since_birth" in answers:
        described["born_ms"] = _ago(at_ms, answers["min_since_birth"])
    if described:
        made.append(f.PatientDescribed(**base(), **described))
    surveyed = {name: answers[name] for name in _SURVEYED if name in answers}
    if surveyed:
        made.append(f.PrimarySurvey(**base(), **surveyed))
    measured = {name: answers[name] for name in f.VitalSigns.__struct_fields__ if name in answers}
    measured = {name: value for name, value in measured.items() if name not in surveyed}
    if measured:
        made.append(f.VitalSigns(**base(), **measured))
    if "min_since_onset" in answers:
        made.append(f.History(**base(), onset_ms=_ago(at_ms, answers["min_since_onset"])))
    if "min_since_last_known_well" in answers:
        known = _ago(at_ms, answers["min_since_last_known_well"])
        made.append(f.StrokeScale(**base(), scale="cpss", last_known_well_ms=known))
    said = {*described, *surveyed, *measured, *_SINCE}
    for name, value in answers.items():
        if name in said:
            continue
        if names()[name].kind == "truth":
            made.append(f.Finding(**base(), finding=name, present=value))
        else:
            made.append(f.Measurement(**base(), measure=name, value=float(value)))
    return tuple(made)


def with_answers(
    encounter: Encounter,
    answers: Mapping[str, Any],
    at_ms: int,
    author: str = "",
    unit_id: str = "",
    where: str = "facts",
) -> Encounter:
    """The encounter with the facts that say these answers; `where` names their place in errors."""
    for fact in facts_of(answers, at_ms, author, unit_id, f"s{len(encounter.facts)}-", where):
        encounter = with_fact(encounter, fact)
    return encounter


def _ago(at_ms: int, minutes: Any) -> int:
    assert isinstance(minutes, int | float)
    return at_ms - round(minutes * 60_000)


def _fault(name: str, value: Any, where: str) -> Fault | None:
    about = names().get(name)
    if about is None:
        return Fault(where, f"nobody defined '{name}'", "Use a name of care/data/known.csv.")
    if about.kind == "truth" and not (value is None or isinstance(value, bool)):
        return Fault(where, f"'{name}' is {value!r}", "Write true, false or null.")
    if about.kind == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
        return Fault(where, f"'{name}' is {value!r}", f"Write a number in {about.unit}.")
    if about.kind == "number" and not abs(value) < MOST:
        return Fault(where, f"'{name}' is {value!r}", f"Write a number in {about.unit} that somebody could measure.")
    if about.kind == "word" and value not in about.words:
        return Fault(where, f"'{name}' is {value!r}", f"Write one of: {', '.join(about.words)}.")
    if name == "min_since_cpr":
        return Fault(where, "'min_since_cpr' follows from the compressions themselves", "Record when they began.")
    return None
