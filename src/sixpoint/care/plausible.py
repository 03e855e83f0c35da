"""What looks wrong about a fact as it is entered: told at once with what is expected; kept if its author insists.

The bounds (data/plausible.csv) catch slips of digit and unit; they do not diagnose. Nothing is ever bent or dropped.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import msgspec
from msgspec.structs import replace

from sixpoint.care import facts as f
from sixpoint.care.assessment import SCALE_PARTS
from sixpoint.care.encounter import Encounter, age_years, born_ms, fact_by_id, standing_facts
from sixpoint.care.orders import reads_as
from sixpoint.care.picture import names
from sixpoint.care.plausible_acts import Doubt, of_acts
from sixpoint.care.triage import triage, triage_systems
from sixpoint.care.words import drug_words
from sixpoint.scope import Rulebook


class Bound(msgspec.Struct, frozen=True):
    """Between which values a measurement is believed at once, for ages from `age_least` to below `age_below`."""

    measure: str
    unit: str
    age_least: float
    age_below: float
    least: float
    most: float
    source: str
    confidence: str


class Scene(msgspec.Struct, frozen=True):
    """Who was there from when to when (ms; None is still there), and what is on board of all units there.

    `now_ms` is when it is written down, `drugs` those that the pathways in force give by each skill; None: not asked.
    """

    present: Mapping[str, tuple[int, int | None]] | None = None
    equipment: frozenset[str] | None = None
    now_ms: int | None = None
    drugs: Mapping[str, frozenset[str]] | None = None


NOTHING_KNOWN = Scene()
# How far the clocks of monitors and people may be ahead; a judgement.
AHEAD_MS = 120_000


@cache
def bounds() -> Mapping[str, tuple[Bound, ...]]:
    """The bounds of each measurement, by age."""
    found: dict[str, list[Bound]] = {}
    text = (files("sixpoint.care") / "data" / "plausible.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        bound = Bound(
            row["measure"],
            row["unit"],
            float(row["age_least"]),
            float(row["age_below"] or "inf"),
            float(row["least"]),
            float(row["most"]),
            row["source"],
            row["confidence"],
        )
        found.setdefault(bound.measure, []).append(bound)
    return {measure: tuple(rows) for measure, rows in found.items()}


def doubts(
    encounter: Encounter, fact: f.Fact, scene: Scene = NOTHING_KNOWN, rulebook: Rulebook | None = None
) -> tuple[Doubt, ...]:
    """Everything that looks wrong about a fact before it is stored; empty if nothing does."""
    found = [*_unknown_words(fact, rulebook), *_out_of_bounds(encounter, fact), *_against_each_other(fact)]
    found += [*of_acts(encounter, fact), *_out_of_time(encounter, fact), *_out_of_scene(fact, scene, rulebook)]
    return (*found, *_against_what_was_said(encounter, fact))


def insisted(fact: f.Fact, found: tuple[Doubt, ...]) -> f.Fact:
    """The fact marked with its doubts, to be stored because its author insists."""
    return replace(fact, doubts=tuple(str(doubt) for doubt in found))


def _unknown_words(fact: f.Fact, rulebook: Rulebook | None) -> Iterator[Doubt]:
    """A finding or skill of which no pathway or rulebook speaks, such as a slip of the pen."""
    name = fact.finding if isinstance(fact, f.Finding) else fact.measure if isinstance(fact, f.Measurement) else ""
    kind = "truth" if isinstance(fact, f.Finding) else "number"
    if name and (name not in names() or names()[name].kind != kind):
        yield Doubt("name", f"no pathway knows '{name}'", "a name of care/data/known.csv")
    skill = fact.skill if isinstance(fact, f.Intervention | f.PriorAid | f.OrderGiven) else ""
    if skill and rulebook is not None and rulebook.skill(skill) is None:
        yield Doubt("skill", f"the rulebook knows no skill '{skill}'", "a skill of its catalogue")


def _out_of_bounds(encounter: Encounter, fact: f.Fact) -> Iterator[Doubt]:
    own = fact.age_years if isinstance(fact, f.PatientDescribed) else None
    age = own if own is not None else age_years(encounter)
    for field, rows in bounds().items():
        value = _measured(fact, field)
        if value is None:
            continue
        # Of an unknown age, or one that is itself in doubt, the value is believed if it would be at some age.
        own_rows = [row for row in rows if age is not None and row.age_least <= age < row.age_below] or rows
        least, most = min(row.least for row in own_rows), max(row.most for row in own_rows)
        if not least <= value <= most:
            unit = rows[0].unit
            yield Doubt(field, f"{field} is {value:g} {unit}", f"{least:g} to {most:g} {unit}")
    if isinstance(fact, f.StrokeScale):
        yield from _scale_parts(fact)


def _measured(fact: f.Fact, field: str) -> float | None:
    """The value that a fact gives to a measurement of the table of bounds."""
    match fact:
        case f.VitalSigns() | f.PatientDescribed():
            value: float | None = getattr(fact, field, None)
            return value
        case f.Measurement():
            return fact.value if fact.measure == field else None
        case f.History():
            return fact.severity_0_to_10 if field == "pain_0_to_10" else None
        case _:
            return None


def _scale_parts(fact: f.StrokeScale) -> Iterator[Doubt]:
    parts = SCALE_PARTS[fact.scale]
    for name in ("face", "arm", "speech", "grip"):
        value = getattr(fact, name)
        if value is not None and name not in parts:
            yield Doubt(name, f"{fact.scale} has no part {name}", f"its parts: {', '.join(parts)}")
        elif value is not None and not 0 <= value <= parts[name]:
            yield Doubt(name, f"{name} is {value}", f"0 to {parts[name]} by {fact.scale}")


def _against_each_other(fact: f.Fact) -> Iterator[Doubt]:
    if not isinstance(fact, f.VitalSigns):
        return
    high, low = fact.systolic_mmhg, fact.diastolic_mmhg
    if high is not None and low is not None and high <= low:
        yield Doubt("systolic_mmhg", f"systolic {high:g} is not above diastolic {low:g}", "systolic above diastolic")
    parts = [part for part in (fact.gcs_eye, fact.gcs_verbal, fact.gcs_motor) if part is not None]
    if fact.gcs_total is not None and len(parts) == 3 and sum(parts) != fact.gcs_total:
        yield Doubt("gcs_total", f"GCS {fact.gcs_total} is not the sum of its parts", f"{sum(parts)}")
    if fact.avpu == "alert" and fact.gcs is not None and fact.gcs <= 8:
        yield Doubt("avpu", f"alert with GCS {fact.gcs}", "a GCS above 8, or another answer than alert")


def _out_of_time(encounter: Encounter, fact: f.Fact) -> Iterator[Doubt]:
    born = born_ms(encounter)
    if born is not None and fact.at_ms < born:
        yield Doubt("at_ms", "the time lies before the patient's birth", "a time after it")
    if isinstance(fact, f.Tagged | f.Disposed | f.EnteredInError | f.HandoverAccepted):
        return
    for passed in standing_facts(encounter, f.HandoverAccepted):
        if passed.at_facility and fact.at_ms > passed.at_ms:
            yield Doubt("at_ms", "the time lies after the facility took the patient", "a time before it")
            return
    for end in standing_facts(encounter, f.Disposed):
        if fact.at_ms > end.at_ms:
            yield Doubt(
                "at_ms", f"the time lies after the end of care ({end.how.replace('_', ' ')})", "a time before it"
            )
            return


def _against_what_was_said(encounter: Encounter, fact: f.Fact) -> Iterator[Doubt]:
    """A read-back that is not what was ordered, a tag that is not what the system says of what was seen."""
    if isinstance(fact, f.OrderReadBack):
        order = fact_by_id(encounter, fact.order)
        if not isinstance(order, f.OrderGiven):
            yield Doubt("order", f"there is no order {fact.order}", "the order that is read back")
        elif not reads_as(fact, order):
            yield Doubt("order", f"read back as: {drug_words(fact) or fact.skill}", drug_words(order) or order.skill)
    if isinstance(fact, f.Tagged):
        system = triage_systems().get(fact.system)
        if system is None:
            yield Doubt(
                "system", f"there is no triage system '{fact.system}'", f"one of: {', '.join(triage_systems())}"
            )
            return
        says = triage(system, encounter, fact.at_ms)
        if says.tag is not None and says.tag != fact.tag:
            yield Doubt("tag", f"the tag is {fact.tag}", f"{says.tag} by {fact.system}: {'; '.join(says.because)}")


def _is_hearsay(fact: f.Fact) -> bool:
    """Whether the fact happened before its author came, who was told of it."""
    return isinstance(fact, f.PriorAid) or (isinstance(fact, f.ArrestMoment) and fact.moment == "collapse")


def _out_of_scene(fact: f.Fact, scene: Scene, rulebook: Rulebook | None) -> Iterator[Doubt]:
    if scene.now_ms is not None and fact.at_ms > scene.now_ms + AHEAD_MS:
        yield Doubt("at_ms", "the time lies in the future", "a time until now")
    if scene.present is not None and fact.unit_id:
        span = scene.present.get(fact.author)
        if span is None:
            yield Doubt("author", f"{fact.author} was not there", f"one of: {', '.join(sorted(scene.present))}")
        elif not _is_hearsay(fact) and (fact.at_ms < span[0] or (span[1] is not None and fact.at_ms > span[1])):
            yield Doubt("author", f"{fact.author} was not there at that time", "a time between arrival and leaving")
    if isinstance(fact, f.Intervention) and rulebook is not None and scene.equipment is not None:
        missing = sorted(rulebook.equipment_for(fact.skill) - scene.equipment)
        if missing:
            yield Doubt("skill", f"nobody there carries: {', '.join(missing)}", "something that is on board")
    known = None if scene.drugs is None else scene.drugs.get(getattr(fact, "skill", ""))
    drug = getattr(fact, "drug", "")
    if drug and known and drug not in known:
        yield Doubt("drug", f"no pathway gives '{drug}' by {getattr(fact, 'skill', '')}", " or ".join(sorted(known)))
