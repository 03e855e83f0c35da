"""What a run is measured by at the patient: definitions met, time to each intervention by level, time on scene."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

from sixpoint.care import measure, measures, times_to
from sixpoint.plan.outcomes import Fractile, fractile
from sixpoint.service.history import History

# Asked of the whole encounter by care itself, not by a line of measures.yaml: name, title, source, place, confidence.
PAIN: Final = (
    "pain_before_and_after",
    "Pain asked for before and after something against it",
    "NEMSQA-2019",
    "Trauma-03",
    "inferred",
)


class MeasureFigure(msgspec.Struct, frozen=True):
    """Of `counts` patients whom the definition is about, `met` met it; `untold` are those of whom it cannot be told."""

    id: str
    title: str
    counts: int
    met: int
    untold: int
    source: str
    place: str
    confidence: str


class TimeFigure(msgspec.Struct, frozen=True):
    """Seconds from first contact of a crew to the first success of a skill, by the level that did it."""

    skill: str
    level: str
    n: int
    median: Fractile
    p90: Fractile


class CareFigures(msgspec.Struct, frozen=True):
    """`on_scene` runs from arrival (eTimes.06) to leaving (eTimes.09) of each unit that left with a patient."""

    patients: int
    measures: tuple[MeasureFigure, ...]
    times: tuple[TimeFigure, ...]
    on_scene_median: Fractile
    on_scene_p90: Fractile


def care_figures(histories: Iterable[History]) -> CareFigures:
    """The figures over every patient of these calls, in the order of the definitions."""
    counts: Counter[str] = Counter()
    met: Counter[str] = Counter()
    untold: Counter[str] = Counter()
    times: dict[tuple[str, str], list[float]] = {}
    on_scene: list[float] = []
    patients = 0
    for history in histories:
        contact_ms = history.first_ms("at_patient")
        for encounter in history.encounters.values():
            patients += 1
            for one in measure(encounter):
                counts[one.measure] += one.counts is True
                untold[one.measure] += one.counts is None
                met[one.measure] += one.counts is True and one.met is True
            for reached in times_to(encounter, contact_ms if len(history.encounters) == 1 else None):
                times.setdefault((reached.skill, reached.level), []).append(reached.seconds)
        for unit in history.units.values():
            if {"on_scene", "transporting"} <= unit.times_ms.keys():
                on_scene.append((unit.times_ms["transporting"] - unit.times_ms["on_scene"]) / 1000)
    defined = [(one.id, one.title, one.source, one.place, one.confidence) for one in measures()]
    figures = tuple(
        MeasureFigure(name, title, counts[name], met[name], untold[name], *cited)
        for name, title, *cited in (*defined, PAIN)
    )
    return CareFigures(
        patients=patients,
        measures=figures,
        times=tuple(
            TimeFigure(skill, level, len(found), fractile(found, 0.5), fractile(found, 0.9))
            for (skill, level), found in sorted(times.items())
        ),
        on_scene_median=fractile(on_scene, 0.5),
        on_scene_p90=fractile(on_scene, 0.9),
    )
