"""What a run did for its patients: time to intervention by skill, response, unmet needs, use, survival."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from sixpoint.dispatch.arrays import arrival_target_s
from sixpoint.plan.outcomes import Fractile, InterventionFigure, NeedTime, fractile, time_to_intervention
from sixpoint.plan.survival import SurvivalCurve, survival_curves
from sixpoint.plan.tiered.run import Run
from sixpoint.plan.tiered.words import END_WORDS

# Every time here runs from the ring of the call. Targets of other clocks (first contact, collapse) are not compared.
CLOCK: Final = "call"
# From collapse to the ring: nobody observes it here; a judgement, given with the figure.
COLLAPSE_TO_CALL_MIN: Final = 2.0
ARREST: Final = ("cpr",)
SHOCK: Final = ("defibrillation_aed", "defibrillation_manual")
ADVANCED: Final = ("epinephrine_iv_arrest",)
ARREST_CODE: Final = "2301019"  # NEMSIS eDispatch.01, cardiac arrest


class UnitFigure(msgspec.Struct, frozen=True):
    """One unit, or all of a kind: hours on duty, hours on calls, and their ratio (None if never on duty)."""

    name: str
    on_duty_h: float
    busy_h: float
    utilisation: float | None


class Survival(msgspec.Struct, frozen=True):
    """Mean chance to survive of the patients of cardiac arrest calls, by one curve, with whom the curve was made on."""

    curve: str
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


def figures(runs: Sequence[Run], warm_up_ms: int = 0, cost: float | None = None) -> Figures:
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
        survival=survival_by_curve(joined([arrest_times(run, keep) for run, keep in zip(runs, counted, strict=True)])),
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


def since_ring_s(run: Run, field: str) -> Any:
    """Seconds from the ring to an instant of each call, infinity if it never came."""
    at = run.calls[field]
    return np.where(at >= 0, (at - run.calls["at"]) / 1000, np.inf)


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


class ArrestTimes(msgspec.Struct, frozen=True, eq=False):
    """For each cardiac arrest, minutes from the ring until somebody who may do it does; infinity for never.

    `cpr`: compressions, from the ring if a bystander gives them; `shock`: the first; `advanced`: adrenaline;
    `crew`: the first at the patient.
    """

    cpr: Any
    shock: Any
    advanced: Any
    crew: Any

    def __len__(self) -> int:
        return len(self.cpr)


def arrest_times(run: Run, keep: Any) -> ArrestTimes:
    """The clocks of every cardiac arrest call that is kept."""
    types = run.service.types
    if ARREST_CODE not in types:
        return ArrestTimes(*np.zeros((4, 0)))
    here = np.flatnonzero(keep & (run.calls["type"] == types.codes.index(ARREST_CODE)))
    columns = []
    for skills in (ARREST, SHOCK, ADVANCED):
        bits = [bit for bit, need in enumerate(types[ARREST_CODE].needs) if set(skills) & set(need.any_of)]
        met = run.met_ms[here][:, bits].astype(np.float64)
        met[met < 0] = np.inf
        columns.append((met.min(axis=1) - run.calls["at"][here]) / 60_000)
    cpr, shock, advanced = columns
    cpr = np.where(run.bystander_cpr[here], 0.0, cpr)
    return ArrestTimes(cpr, shock, advanced, since_ring_s(run, "patient")[here] / 60)


def joined(parts: Sequence[ArrestTimes]) -> ArrestTimes:
    """The arrests of several runs together."""
    columns = [[one.cpr, one.shock, one.advanced, one.crew] for one in parts]
    return ArrestTimes(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def chances(curve: SurvivalCurve, times: ArrestTimes) -> Any:
    """The chance of each patient to survive by a shipped curve, its clocks stopped by the skills they stand for.

    Clocks that run from collapse get two minutes more. De Maio's clock stops when a defibrillator arrives; the first
    shock stands for it here, which is a little later.
    """
    more = 0.0 if curve.starts == "call received" else COLLAPSE_TO_CALL_MIN
    known = {
        "cpr": times.cpr,
        "defibrillation": times.shock,
        "acls": times.advanced,
        "defibrillator_arrival": times.shock,
        "ems": times.crew,
    }
    return curve.survival({clock: known[clock] + more for clock in curve.per_min})


def survival_by_curve(times: ArrestTimes) -> tuple[Survival, ...]:
    """The mean chance by each shipped curve, with the population it was measured on."""
    found = []
    for name, curve in survival_curves().items():
        mean = float(chances(curve, times).mean()) if len(times) else None
        found.append(Survival(name, curve.population, len(times), mean))
    return tuple(found)
