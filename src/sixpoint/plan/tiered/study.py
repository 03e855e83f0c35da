"""Many runs of one scenario, and two scenarios side by side on the same patients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec
import numpy as np
from scipy.special import stdtrit

from sixpoint.plan.outcomes import LEVEL, Interval
from sixpoint.plan.survival import survival_curves
from sixpoint.plan.tiered.figures import COLLAPSE_TO_CALL_MIN, arrest_minutes, need_times, since_ring_s
from sixpoint.plan.tiered.patients import draw_patients
from sixpoint.plan.tiered.run import Run, run
from sixpoint.plan.tiered.scenario import Prepared

HOUR_MS: Final = 3_600_000
# A half-width from two or three runs is itself too uncertain to stop by.
FEWEST_TO_STOP: Final = 5
HEADLINE: Final = "first at patient, mean s"


class Replication(msgspec.Struct, frozen=True):
    """The figures of one run by name; what did not come up in it is not there."""

    number: int
    seed: int
    calls: int
    figures: dict[str, float]


class Difference(msgspec.Struct, frozen=True):
    """One figure in both scenarios: means over the pairs, and the paired difference with its interval."""

    figure: str
    pairs: int
    first: float
    second: float
    difference: float
    interval: Interval

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves nought out."""
        low, high = self.interval.low, self.interval.high
        return low is not None and high is not None and (low > 0 or high < 0)


def replicate(prepared: Prepared, number: int, *, traced: bool = False) -> Run:
    """Run number so-and-so, from 0; its patients depend on the scenario's seed, the number and demand alone."""
    seed = seed_of(prepared.scenario.seed, number)
    drawn = draw_patients(prepared.region, prepared.service.types, prepared.demand, prepared.scenario.days, seed)
    return run(prepared.service, drawn, traced=traced)


def seed_of(seed: int, number: int) -> int:
    """A seed of its own for each replication."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1, np.uint64)[0])


def summarise(prepared: Prepared, one: Run, number: int) -> Replication:
    """The figures of one run that scenarios are compared by.

    Shares met count needs never met as not met; means of times are over the needs that were met, and say so.
    """
    keep = one.calls["at"] >= prepared.scenario.warm_up_h * HOUR_MS
    found: dict[str, float] = {"calls": float(keep.sum())}
    for name, field in (("first on scene", "scene"), ("first at patient", "patient")):
        times = since_ring_s(one, field)[keep]
        came = times[np.isfinite(times)]
        if len(came):
            found[f"{name}, mean s"] = float(came.mean())
            found[f"{name}, 90th percentile s"] = float(np.sort(times)[math.ceil(0.9 * len(times) - 1e-9) - 1])
    by_skill: dict[str, list[tuple[float | None, float | None]]] = {}
    for row in need_times(one, keep):
        by_skill.setdefault(row.skill, []).append((row.seconds, row.target_s))
    for skill, rows in by_skill.items():
        met = [seconds for seconds, _ in rows if seconds is not None]
        found[f"{skill}: share met"] = len(met) / len(rows)
        found[f"{skill}: share on target"] = sum(
            1 for seconds, target in rows if seconds is not None and target is not None and seconds <= target
        ) / len(rows)
        if met:
            found[f"{skill}: mean s where met"] = float(np.mean(met))
    for kind in sorted(set(one.service.kinds)):
        here = np.array([other == kind for other in one.service.kinds])
        duty = float(one.units["duty_ms"][here].sum())
        if duty > 0:
            found[f"utilisation of {kind}"] = float(one.units["busy_ms"][here].sum()) / duty
    cpr, shock, advanced = arrest_minutes(one, keep)
    if len(cpr):
        before = COLLAPSE_TO_CALL_MIN
        clocks = {"cpr": cpr + before, "defibrillation": shock + before, "acls": advanced + before}
        found["survival of cardiac arrest (Larsen 1993)"] = float(
            survival_curves()["larsen-1993"].survival(clocks).mean()
        )
    finite = {name: value for name, value in found.items() if math.isfinite(value)}
    return Replication(number, seed_of(prepared.scenario.seed, number), int(keep.sum()), finite)


def pairs(
    first: Prepared, second: Prepared, done: Callable[[int], None] = lambda _: None, threads: int = 2
) -> Iterator[tuple[Replication, Replication]]:
    """Both scenarios on the same patients, replication by replication, in order; the kernel runs on several cores.

    Stops early once the difference of the headline figure is known to within the first scenario's half-width.
    """
    scenario = first.scenario
    diffs: list[float] = []

    def pair(number: int) -> tuple[Replication, Replication]:
        return (
            summarise(first, replicate(first, number), number),
            summarise(second, replicate(second, number), number),
        )

    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, scenario.replications, threads):
            numbers = range(start, min(start + threads, scenario.replications))
            for found in pool.map(pair, numbers):
                done(found[0].number)
                yield found
                if all(HEADLINE in one.figures for one in found):
                    diffs.append(found[1].figures[HEADLINE] - found[0].figures[HEADLINE])
            width = scenario.stop_when_half_width_s
            if width is not None and len(diffs) >= FEWEST_TO_STOP and half_width(diffs) <= width:
                return


def half_width(values: Sequence[float], level: float = LEVEL) -> float:
    """Half the width of Student's interval of the mean."""
    n = len(values)
    return float(stdtrit(n - 1, (1 + level) / 2) * np.std(values, ddof=1) / math.sqrt(n))


def differences(found: Sequence[tuple[Replication, Replication]], level: float = LEVEL) -> tuple[Difference, ...]:
    """Second less first, figure by figure, over the pairs in which both have it."""
    names = dict.fromkeys(name for pair in found for one in pair for name in one.figures)
    rows = []
    for name in names:
        both = [
            (one.figures[name], other.figures[name])
            for one, other in found
            if name in one.figures and name in other.figures
        ]
        if not both:
            continue
        apart = [second - first for first, second in both]
        mean = float(np.mean(apart))
        width = half_width(apart, level) if len(both) > 1 else None
        interval = Interval(None, None, level) if width is None else Interval(mean - width, mean + width, level)
        rows.append(
            Difference(
                name, len(both), float(np.mean([one for one, _ in both])), float(np.mean([one for _, one in both])),
                mean, interval,
            )
        )  # fmt: skip
    return tuple(rows)
