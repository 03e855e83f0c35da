"""Measures of one encounter: definitions as data with their sources, clocks to each intervention by level."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from sixpoint.care.condition_text import read_condition
from sixpoint.care.conditions import Condition, judge
from sixpoint.care.encounter import Encounter, interventions, standing_facts
from sixpoint.care.facts import History, Impression, VitalSigns
from sixpoint.care.picture import Picture, picture_of
from sixpoint.scope.load import catalogue_ids
from sixpoint.scope.strict_yaml import Value, read_yaml
from sixpoint.scope.verdict import CONFIDENCES, STANDING, UNKNOWN
from sixpoint.tables import Faults, decode_text, read_bytes

DATA: Final = Path(__file__).resolve().parent / "data"
ANALGESICS: Final = frozenset(("opioid_analgesia", "ketamine", "parenteral_analgesia", "otc_analgesic_oral"))
_KEYS: Final = (
    "measure", "title", "among", "impressions", "excluding", "met", "source", "place", "confidence",
)  # fmt: skip


class Measure(msgspec.Struct, frozen=True):
    """For whom it counts and when it is fulfilled (`met`).

    It counts for whom `among` ever held, or whose impression is one of `impressions` (the words of the call types),
    unless `excluding` ever held; what nobody said of that counts as no.
    """

    id: str
    title: str
    among: Condition
    impressions: tuple[str, ...]
    excluding: Condition | None
    met: Condition
    source: str
    place: str
    confidence: str


class Measured(msgspec.Struct, frozen=True):
    """Whether the encounter counts and whether the measure is fulfilled; None cannot be told."""

    measure: str
    counts: bool | None
    met: bool | None


class TimeTo(msgspec.Struct, frozen=True):
    """How long from the first contact to an intervention, and at which practice level it was done."""

    skill: str
    level: str
    seconds: float


@cache
def measures() -> tuple[Measure, ...]:
    """The measures that come with Sixpoint."""
    return read_measures(DATA / "measures.yaml")


def read_measures(path: Path) -> tuple[Measure, ...]:
    """The measures of a file; `InputError` names every fault with file and line."""
    faults = Faults()
    document = read_yaml(decode_text(path.name, read_bytes(path, path.name)), path.name, faults)
    faults.raise_any()
    assert document is not None
    top = document.mapping("the file")
    document.refuse_others(frozenset(("sources", "measures")), "the file")
    titles = top["sources"].mapping("'sources'") if "sources" in top else {}
    listed = top["measures"].items("'measures'") if "measures" in top else []
    found = [one for value in listed if (one := _measure(value, frozenset(titles))) is not None]
    if not listed:
        document.fault("there are no measures", "List them under 'measures'.")
    faults.raise_any()
    return tuple(found)


def _measure(value: Value, sources: frozenset[str]) -> Measure | None:
    entries = value.mapping("a measure")
    value.refuse_others(frozenset(_KEYS), "a measure")
    for key in ("measure", "title", "among", "met", "source", "confidence"):
        if key not in entries:
            value.fault(f"'{key}' is missing", "Write it.")
    text = {
        key: entries[key].text(f"'{key}'")
        for key in ("measure", "title", "source", "place", "confidence")
        if key in entries
    }
    if text.get("source") and text["source"] not in sources:
        value.fault(f"the source '{text['source']}' is not listed", "List it under 'sources'.")
    if text.get("confidence") and text["confidence"] not in CONFIDENCES:
        value.fault(f"'{text['confidence']}' is no confidence", f"Use one of: {', '.join(CONFIDENCES)}.")
    among = read_condition(entries["among"], catalogue_ids()) if "among" in entries else None
    met = read_condition(entries["met"], catalogue_ids()) if "met" in entries else None
    excluding = read_condition(entries["excluding"], catalogue_ids()) if "excluding" in entries else None
    if among is None or met is None:
        return None
    thought = entries["impressions"].words("'impressions'") if "impressions" in entries else ()
    return Measure(
        text.get("measure", ""), text.get("title", ""), among, thought, excluding, met, text.get("source", ""),
        text.get("place", ""), text.get("confidence", ""),
    )  # fmt: skip


def measure(encounter: Encounter) -> tuple[Measured, ...]:
    """Every measure for this encounter, pain before and after among them."""
    pictures = list(_pictures(encounter))
    thought = {one.condition for one in standing_facts(encounter, Impression)}
    found = []
    for one in measures():
        counts = True if thought.intersection(one.impressions) else _ever(one.among, pictures)
        if one.excluding is not None and _ever(one.excluding, pictures) is True:
            counts = False
        # What was never recorded was not done as far as anybody can say.
        met = _ever(one.met, pictures) is True if counts is not False else None
        found.append(Measured(one.id, counts, met))
    return (*found, _pain_again(encounter))


def _pictures(encounter: Encounter) -> Iterator[Picture]:
    for at_ms in dict.fromkeys(fact.at_ms for fact in encounter.facts):
        yield picture_of(encounter, at_ms)


def _ever(condition: Condition, pictures: list[Picture]) -> bool | None:
    """Whether the condition held at some instant; None if it may have."""
    values = [judge(condition, picture).value for picture in pictures]
    # What became known later decides: unknown at first and no at last is no.
    return True if STANDING in values else None if values and values[-1] == UNKNOWN else False


def _pain_again(encounter: Encounter) -> Measured:
    """Pain asked for before and after something was given against it (NEMSQA's Trauma-03, title only; inferred)."""
    asked = [fact.at_ms for fact in standing_facts(encounter, VitalSigns) if fact.pain_0_to_10 is not None]
    asked += [fact.at_ms for fact in standing_facts(encounter, History) if fact.severity_0_to_10 is not None]
    given = [act.at_ms for act in interventions(encounter) if act.skill in ANALGESICS]
    if not given:
        return Measured("pain_before_and_after", False, None)
    return Measured("pain_before_and_after", True, min(asked, default=given[0] + 1) <= given[0] < max(asked, default=0))


def times_to(encounter: Encounter, contact_ms: int | None = None) -> tuple[TimeTo, ...]:
    """The time to the first success of each skill, from `contact_ms` (else the first fact a unit wrote)."""
    written = [fact.at_ms for fact in encounter.facts if fact.unit_id]
    start = contact_ms if contact_ms is not None else min(written, default=encounter.opened_ms)
    found: dict[str, TimeTo] = {}
    for act in interventions(encounter):
        if act.successful and act.skill not in found:
            found[act.skill] = TimeTo(act.skill, act.level, (act.at_ms - start) / 1000)
    return tuple(found.values())
