"""The debrief of a cardiac arrest: the timeline from the facts, and what published curves say of such times.

A curve speaks of the patients it was measured on, never of this one. Where the collapse was not recorded the clocks
start at the first ring, which is later: the estimate is then too high, and says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from sixpoint.care import ArrestTimeline, arrest_timeline, debrief
from sixpoint.plan.survival import SurvivalCurve, survival_curves
from sixpoint.service.history import History


class Estimate(msgspec.Struct, frozen=True):
    """What one curve gives for these times; `caveat` says what had to be assumed."""

    curve: str
    chance: float
    population: str
    source: str
    caveat: str


class Debrief(msgspec.Struct, frozen=True):
    """One patient's arrest, line by line, and the estimates of the curves whose clocks are known."""

    encounter_id: str
    lines: tuple[str, ...]
    estimates: tuple[Estimate, ...]


CLOCK_WORDS: Final = {
    "cpr": "compressions",
    "defibrillation": "shock",
    "acls": "advanced care",
    "defibrillator_arrival": "crew at the patient",
    "ems": "crew at the patient",
}


def debriefs(history: History, clock: Callable[[int], str]) -> Iterator[Debrief]:
    """A debrief for each patient of the incident whose heart had stopped."""
    until_ms = history.closed_ms or max((fact.at_ms for fact in history.facts()), default=history.received_ms)
    for encounter in history.encounters.values():
        timeline = arrest_timeline(encounter, until_ms)
        if timeline is not None:
            estimates = tuple(_estimates(timeline, history))
            yield Debrief(encounter.encounter_id, debrief(timeline, clock), estimates)


def _estimates(timeline: ArrestTimeline, history: History) -> Iterator[Estimate]:
    for curve in survival_curves().values():
        starts_ms = history.received_ms if curve.starts != "collapse" else timeline.collapse_ms
        caveats = []
        if starts_ms is None:
            starts_ms = history.received_ms
            caveats.append("collapse not recorded: counted from the first ring, so the estimate is too high")
        if timeline.bystander_cpr:
            caveats.append("compressions by bystanders are taken to begin at the first ring")
        minutes = _minutes(curve, timeline, history, starts_ms)
        never = [CLOCK_WORDS[name] for name, value in minutes.items() if value == math.inf]
        if never:
            caveats.append(f"{curve.id}: no {' and no '.join(never)} on record, counted as never")
        chance = float(curve.survival(minutes))
        yield Estimate(curve.id, chance, curve.population, curve.source, "; ".join(caveats))


def _minutes(curve: SurvivalCurve, timeline: ArrestTimeline, history: History, starts_ms: int) -> dict[str, float]:
    """Minutes from the curve's start to each of its clocks; infinite for what never happened."""
    begun_ms = history.received_ms if timeline.bystander_cpr else timeline.first_compression_ms
    at_ms = {
        "cpr": begun_ms,
        "defibrillation": timeline.first_shock_ms,
        "acls": timeline.first_advanced_ms,
        "defibrillator_arrival": history.first_ms("at_patient"),
        "ems": history.first_ms("at_patient"),
    }
    return {
        name: math.inf if (reached := at_ms[name]) is None else max(0.0, (reached - starts_ms) / 60_000)
        for name in curve.per_min
    }
