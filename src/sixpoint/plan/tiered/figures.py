"""What a run did for its patients: time to intervention by skill, response, unmet needs, use, survival."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from sixpoint.dispatch.arrays import arrival_target_s
from sixpoint.plan.outcomes import Fractile, InterventionFigure, NeedTime, fractile, time_to_intervention
from sixpoint.plan.survival import SurvivalCurve
from sixpoint.plan.tiered.run import Run, since_ring_s
from sixpoint.plan.tiered.surviving import chances_of, joined
from sixpoint.plan.tiered.words import END_WORDS

# Every time here runs from the ring of the call. Targets of other clocks (first contact, collapse) are not compared.
CLOCK: Final = "call"


class UnitFigure(msgspec.Struct, frozen=True):
    """One unit, or all of a kind: hours on duty, hours on calls, and their ratio (None if never on duty)."""

    name: str
    on_duty_h: float
    busy_h: float
    utilisation: float | None


class Survival(msgspec.Struct, frozen=True):
    """Mean chance to survive by one curve: of which patients (`of`), how many, and whom the curve was made on."""

    curve: str
    of: str
    population: str
    patients: int
    survival: float | None


class Figures(msgspec.Struct, frozen=True):
    """The figures of one or several runs, pooled. Times are seconds from the ring of the call."""

    calls: int
    ends: Mapping[str, int]
    first_on_scene_s: tuple[Fractile, ...]
    first_at_patient_s: tuple[Fractile, ...]
    interventions: tuple[InterventionFigure, ...]
    unmet: Mapping[str, int]
    units: tuple[UnitFigure, ...]
    kinds: tuple[UnitFigure, ...]
    survival: tuple[Survival, ...]
    cost: float | None = None


def figures(
    runs: Sequence[Run], curves: Sequence[SurvivalCurve], warm_up_ms: int = 0, cost: float | None = None
) -> Figures:
    """Pools the runs; calls that came in before the end of the warm-up are left out."""
    counted = [run.calls["at"] >= warm_up_ms for run in runs]
    ends = np.concatenate([run.calls["end"][keep] for run, keep in zip(runs, counted, strict=True)])
    rows = [row for run, keep in zip(runs, counted, strict=True) for row in need_times(run, keep)]
    found = time_to_intervention(rows)
    return Figures(
        calls=len(ends),
        ends={word: int((ends == place).sum()) for place, word in enumerate(END_WORDS)},
        first_on_scene_s=_fractiles(runs, counted, "scene"),
        first_at_patient_s=_fractiles(runs, counted, "patient"),
        interventions=found,
        unmet={one.skill: one.n - one.met for one in found if one.n > one.met},
        units=_units(runs, by_kind=False),
        kinds=_units(runs, by_kind=True),
        survival=_survival(runs, counted, curves),
        cost=cost,
    )


class SkillTimes(msgspec.Struct, frozen=True, eq=False):
    """The real needs of one skill in a run: of which call each is, s from its ring (inf: never met), and the target."""

    call: Any  # int64[needs]
    seconds: Any  # float64[needs]
    target_s: Any  # float64[needs], from the ring


def skill_times(run: Run, keep: Any) -> dict[str, SkillTimes]:
    """Every real need of the calls kept, by skill; the target is the policy's, counted from alert."""
    types, policy = run.service.types, run.service.policy
    alert_s = run.service.world.pace.call_taking / 1000
    parts: dict[str, list[tuple[Any, Any, Any]]] = {}
    for place, code in enumerate(types.codes):
        here = np.flatnonzero(keep & (run.calls["type"] == place))
        for bit, need in enumerate(types[code].needs):
            real = here[run.calls["mask"][here] >> bit & 1 == 1]
            if not len(real):
                continue
            met_ms = run.met_ms[real, bit]
            seconds = np.where(met_ms >= 0, (met_ms - run.calls["at"][real]) / 1000, np.inf)
            target_s = alert_s + arrival_target_s(types[code], need.order, policy)
            parts.setdefault(need.skill, []).append((real, seconds, np.full(len(real), target_s)))
    return {
        skill: SkillTimes(*(np.concatenate(column) for column in zip(*found, strict=True)))
        for skill, found in sorted(parts.items())
    }


def need_times(run: Run, keep: Any) -> list[NeedTime]:
    """One row for each real need of each call: when it was met; the target is the policy's, counted from alert."""
    return [
        NeedTime(skill, float(time) if math.isfinite(time) else None, float(target), CLOCK)
        for skill, found in skill_times(run, keep).items()
        for time, target in zip(found.seconds, found.target_s, strict=True)
    ]


def _fractiles(runs: Sequence[Run], counted: Sequence[Any], field: str) -> tuple[Fractile, ...]:
    samples = np.concatenate([since_ring_s(run, field)[keep] for run, keep in zip(runs, counted, strict=True)])
    return tuple(fractile(samples, share) for share in (0.5, 0.9))


def _units(runs: Sequence[Run], *, by_kind: bool) -> tuple[UnitFigure, ...]:
    hours: dict[str, list[float]] = {}
    for run in runs:
        for place, unit_id in enumerate(run.service.unit_ids):
            sums = hours.setdefault(run.service.kinds[place] if by_kind else unit_id, [0.0, 0.0])
            sums[0] += float(run.units["duty_ms"][place]) / 3.6e6
            sums[1] += float(run.units["busy_ms"][place]) / 3.6e6
    return tuple(
        UnitFigure(name, duty, busy, busy / duty if duty > 0 else None) for name, (duty, busy) in sorted(hours.items())
    )


def _survival(runs: Sequence[Run], counted: Sequence[Any], curves: Sequence[SurvivalCurve]) -> tuple[Survival, ...]:
    found = joined([chances_of(run, keep, curves) for run, keep in zip(runs, counted, strict=True)])
    return tuple(
        Survival(
            one.curve.id, one.patients, one.curve.population, len(one.values),
            float(one.values.mean()) if len(one.values) else None,
        )
        for one in found
    )  # fmt: skip
