"""Many runs of several scenarios on the same patients, on all cores; the others are held against the first.

Replication number so-and-so meets the same patients in every scenario of one demand (common random numbers), and the
answer is the same to the bit however many run at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

import msgspec
import numpy as np
from msgspec.structs import replace
from scipy.special import stdtr, stdtrit

from sixpoint.errors import InputError
from sixpoint.plan.outcomes import LEVEL, Interval
from sixpoint.plan.tiered.measure import HOUR_MS, Finished, Replication, replicate, seed_of, summarise
from sixpoint.plan.tiered.scenario import Prepared
from sixpoint.plan.tiered.stopping import Precision, half_width, interval_of
from sixpoint.plan.tiered.workers import Here, Workers

__all__ = [
    "HOUR_MS",
    "Difference",
    "Finished",
    "Replication",
    "differences",
    "half_width",
    "has_other_patients",
    "means",
    "replicate",
    "seed_of",
    "study",
    "summarise",
    "with_holm",
]


class Difference(msgspec.Struct, frozen=True):
    """One figure in two scenarios: means over the pairs, and the paired difference with its interval.

    `chance` is how likely a difference as large is by chance somewhere among all the figures that were looked at:
    Holm's adjustment of Student's paired test. Source: Holm 1979, Scandinavian Journal of Statistics 6:65 (recalled).
    """

    figure: str
    pairs: int
    first: float
    second: float
    difference: float
    interval: Interval
    chance: float = 1.0

    @property
    def is_sure(self) -> bool:
        """Whether the figures differ although so many were looked at."""
        return self.chance <= 1 - self.interval.level

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves nought out."""
        low, high = self.interval.low, self.interval.high
        return low is not None and high is not None and (low > 0 or high < 0)


def has_other_patients(base: Prepared, other: Prepared) -> bool:
    """Whether the demand of another scenario draws other patients than the base's: rates, places, mix, or a surge.

    Replications still go in pairs by their seeds, so intervals of differences hold; they are only wider.
    """

    def says(one: Prepared) -> object:
        model = one.demand.model
        drawn = replace(one.demand, fitted=None, model=None, surges=())
        text = replace(one.scenario.demand, file=None)
        return drawn, text, one.scenario.surge, None if model is None else model.demand.digest

    return says(base) != says(other)


def study(prepared: Sequence[Prepared], *, sampled: bool = False, workers: Workers | None = None) -> Iterator[Finished]:
    """Replication after replication of all scenarios, in order of their numbers.

    Ends after the base's `replications`, or as soon as the figure of its `[stop]` is known well enough: the difference
    of every other scenario from the base, or with one scenario its mean. `InputError` if there is no such figure.
    """
    base = prepared[0].scenario
    wanted = Precision(base.stop.half_width, base.stop.relative, base.stop.minimum)
    values: list[list[float]] = [[] for _ in prepared]
    with workers or Here(1) as team:
        for found in team.in_order(prepared, base.replications, sampled):
            yield found
            _look(found, base.stop.figure, values, wanted)
            apart = [np.subtract(other, values[0]).tolist() for other in values[1:]]
            size = float(np.mean(values[0])) if values[0] else 0.0
            if all(wanted.is_reached(one, size) for one in apart or values[:1]):
                return


def _look(found: Finished, figure: str, values: list[list[float]], wanted: Precision) -> None:
    """Notes the figure that decides when to stop, where every scenario has it."""
    if wanted.half_width is None and wanted.relative is None:
        return
    known = [name for one in found.replications for name in one.figures]
    if found.number == 0 and figure not in known:
        near = get_close_matches(figure, known, 5) or known[:5]
        raise InputError.one("stop.figure", f"no figure is called '{figure}'", f"Close are: {'; '.join(near)}.")
    if all(figure in one.figures for one in found.replications):
        for kept, one in zip(values, found.replications, strict=True):
            kept.append(one.figures[figure])


def differences(
    found: Sequence[Finished], first: int = 0, second: int = 1, level: float = LEVEL
) -> tuple[Difference, ...]:
    """The second scenario less the first, figure by figure, over the replications in which both have it."""
    pairs = [(one.replications[first].figures, one.replications[second].figures) for one in found]
    rows = []
    for name in dict.fromkeys(name for pair in pairs for one in pair for name in one):
        both = [(one[name], other[name]) for one, other in pairs if name in one and name in other]
        if not both:
            continue
        left, right = np.array(both).T
        apart = (right - left).tolist()
        rows.append(
            Difference(
                figure=name,
                pairs=len(both),
                first=float(left.mean()),
                second=float(right.mean()),
                difference=float(np.mean(apart)),
                interval=interval_of(apart, level),
            )
        )
    return with_holm(rows)


def with_holm(rows: Sequence[Difference]) -> tuple[Difference, ...]:
    """The rows with the chance that each is nothing, all of them being looked at together.

    A figure that is the same in every pair is no test and counts for none.
    """
    alone = []
    for place, row in enumerate(rows):
        low, high = row.interval.low, row.interval.high
        if row.pairs < 2 or low is None or high is None or (row.difference == 0 and low == high):
            continue
        error = (high - low) / 2 / stdtrit(row.pairs - 1, (1 + row.interval.level) / 2)
        t = abs(row.difference) / error if error > 0 else math.inf
        alone.append((float(2 * stdtr(row.pairs - 1, -t)), place))
    found, least = list(rows), 0.0
    for rank, (chance, place) in enumerate(sorted(alone)):
        least = max(least, min(1.0, (len(alone) - rank) * chance))
        found[place] = replace(rows[place], chance=least)
    return tuple(found)


def means(found: Sequence[Finished], scenario: int = 0, level: float = LEVEL) -> dict[str, tuple[float, Interval]]:
    """The mean of each figure of one scenario over the replications that have it, with its interval."""
    by_name: dict[str, list[float]] = {}
    for one in found:
        for name, value in one.replications[scenario].figures.items():
            by_name.setdefault(name, []).append(value)
    return {name: (float(np.mean(values)), interval_of(values, level)) for name, values in by_name.items()}
