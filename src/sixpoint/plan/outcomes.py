"""What a service does for its patients, in figures that pooled samples support and nothing else.

Fractiles are taken from the samples themselves and never averaged over days; times of different clocks never meet in
one figure; a need that nobody met counts as a time that never came, so that neglect cannot improve a figure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, betaincinv, ndtri, stdtrit

from sixpoint.errors import InputError

LEVEL = 0.95


class Interval(msgspec.Struct, frozen=True):
    """A confidence interval; an end is None where the samples are too few to give one."""

    low: float | None
    high: float | None
    level: float = LEVEL


class Fractile(msgspec.Struct, frozen=True):
    """A fractile with its interval; `value` is None where the fractile was not reached (too many never came)."""

    share: float
    value: float | None
    interval: Interval
    n: int


class Share(msgspec.Struct, frozen=True):
    """How many of how many, with Wilson's and the exact (Clopper-Pearson) interval; no share of nothing."""

    within: int
    n: int
    value: float | None
    wilson: Interval
    exact: Interval


class NeedTime(msgspec.Struct, frozen=True):
    """One need: how long until somebody who may meet it did, s after the start of `clock`; None if nobody did."""

    skill: str
    seconds: float | None
    target_s: float | None
    clock: str


class InterventionFigure(msgspec.Struct, frozen=True):
    """Time to intervention of one skill on one clock.

    `median_s` and `p90_s` are over all `n` needs, met or not: None says that so many were never met that the fractile
    was not reached. `within_target` counts among the `with_target` needs that have a target, each against its own.
    """

    skill: str
    clock: str
    n: int
    met: int
    median_s: float | None
    p90_s: float | None
    p90_interval_s: Interval
    with_target: int
    within_target: int
    share_within_target: float | None
    interval: Interval


def fractile(samples: npt.ArrayLike, share: float, level: float = LEVEL) -> Fractile:
    """The smallest sample that at least `share` of all samples do not exceed, with a distribution-free interval.

    This is the inverse of the empirical distribution, so the answer is always a time that happened. Infinity stands
    for a time that never came. The interval runs between two order statistics chosen by the binomial distribution
    (each tail at most half of 1 - level), whatever the distribution of the times; NaN is an `InputError`.
    Source: David & Nagaraja, Order Statistics, 3rd ed. 2003, section 7.1 (recalled).
    """
    if not 0 < share < 1 or not 0 < level < 1:
        raise InputError.one("fractile", f"share {share} or level {level} is outside 0 to 1", "Write 0.9 for 90 %.")
    times = np.sort(np.asarray(samples, np.float64).ravel())
    n = len(times)
    if np.isnan(times).any():
        raise InputError.one("fractile", "a sample is not a number", "Leave it out, or give infinity if it never came.")
    if n == 0:
        return Fractile(share, None, Interval(None, None, level), 0)
    # ceil(n * share), but not one too many where the product is whole and rounding has lifted it.
    rank = max(1, math.ceil(n * share - 1e-9))
    low, high = _ranks(n, share, level)
    interval = Interval(_at(times, low), _at(times, high), level)
    return Fractile(share, _at(times, rank), interval, n)


def _ranks(n: int, share: float, level: float) -> tuple[int, int]:
    """Ranks (from 1) between which the fractile lies with at least `level`; 0 or n + 1 where there is none."""
    tail = (1 - level) / 2
    below = bdtr(np.arange(n), n, share)  # below[k] = P(at most k samples lie under the fractile)
    low = int(np.searchsorted(below, tail, side="right"))
    high = int(np.searchsorted(below, 1 - tail, side="left")) + 1
    return low, high


def _at(times: npt.NDArray[np.float64], rank: int) -> float | None:
    if not 1 <= rank <= len(times):
        return None
    value = float(times[rank - 1])
    return value if math.isfinite(value) else None


def share_within(within: int, n: int, level: float = LEVEL) -> Share:
    """The share `within` of `n`, with Wilson's score interval and the exact one.

    Sources: Wilson 1927, JASA 22:209; Clopper & Pearson 1934, Biometrika 26:404 (recalled).
    """
    if not 0 <= within <= n or not 0 < level < 1:
        raise InputError.one("share", f"{within} of {n} at level {level}", "Give 0 <= within <= n and 0 < level < 1.")
    if n == 0:
        nothing = Interval(None, None, level)
        return Share(0, 0, None, nothing, nothing)
    value, tail = within / n, (1 - level) / 2
    z = float(ndtri(1 - tail))
    centre = (value + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(value * (1 - value) / n + z * z / (4 * n * n))
    # Held inside the value by force: rounding may lift the lower end over a share of exactly nought, and the like.
    wilson = Interval(max(0.0, min(centre - half, value)), min(1.0, max(centre + half, value)), level)
    low = 0.0 if within == 0 else float(betaincinv(within, n - within + 1, tail))
    high = 1.0 if within == n else float(betaincinv(within + 1, n - within, 1 - tail))
    return Share(within, n, value, wilson, Interval(low, high, level))


def time_to_intervention(rows: Iterable[NeedTime], level: float = LEVEL) -> tuple[InterventionFigure, ...]:
    """One figure for each skill and clock, in alphabetical order; every row counts once.

    A negative time or target is an `InputError` that names the row by its place in `rows`, from 1.
    """
    groups: dict[tuple[str, str], list[NeedTime]] = {}
    for number, row in enumerate(rows, 1):
        for name, value in (("time", row.seconds), ("target", row.target_s)):
            if value is not None and not value >= 0:
                raise InputError.one(f"row {number} ({row.skill})", f"the {name} is {value} s", "Check the two clocks.")
        groups.setdefault((row.skill, row.clock), []).append(row)
    return tuple(_figure(skill, clock, group, level) for (skill, clock), group in sorted(groups.items()))


def _figure(skill: str, clock: str, rows: list[NeedTime], level: float) -> InterventionFigure:
    times = np.array([math.inf if row.seconds is None else row.seconds for row in rows])
    targets = [(time, row.target_s) for time, row in zip(times, rows, strict=True) if row.target_s is not None]
    share = share_within(sum(1 for time, target in targets if time <= target), len(targets), level)
    p90 = fractile(times, 0.9, level)
    return InterventionFigure(
        skill=skill,
        clock=clock,
        n=len(rows),
        met=int(np.isfinite(times).sum()),
        median_s=fractile(times, 0.5, level).value,
        p90_s=p90.value,
        p90_interval_s=p90.interval,
        with_target=share.n,
        within_target=share.within,
        share_within_target=share.value,
        interval=share.wilson,
    )


def clustered_interval(
    within: npt.ArrayLike, n: npt.ArrayLike, level: float = LEVEL
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The share within over all blocks, and its interval where samples of a block (a day, a run) resemble each other.

    `within` is [blocks] or [blocks, points], `n` is [blocks] and not all nought; gives share, low and high, each
    [points] or a single number. The scatter between blocks says how many independent samples the data are worth, never
    more than there are, fewer for Student's t of so few blocks; Wilson's interval is that of so many. With one block
    the ends are NaN: nothing is known about scatter.
    Sources: Korn & Graubard 1998, Survey Methodology 24:193, with Wilson's interval in place of the exact one;
    linearised variance of a ratio: Cochran, Sampling Techniques, 3rd ed. 1977, section 6.3 (both recalled).
    """
    counts = np.asarray(n, np.float64)
    inside = np.asarray(within, np.float64)
    blocks, total = len(counts), float(counts.sum())
    if not total > 0 or (inside < 0).any() or (counts < inside.T).any():
        raise InputError.one("share", "more within than there are, or none at all", "Give 0 <= within <= n, n above 0.")
    share = inside.sum(axis=0) / total
    if blocks < 2:
        return share, share * np.nan, share * np.nan
    rest = inside - (counts[:, None] * share if inside.ndim == 2 else counts * share)
    variance = blocks / (blocks - 1) * (rest**2).sum(axis=0) / total**2
    alone = share * (1 - share) / total
    z, t = float(ndtri((1 + level) / 2)), float(stdtrit(blocks - 1, (1 + level) / 2))
    worth = total / np.maximum(1.0, np.divide(variance, alone, out=np.ones_like(share), where=alone > 0) * (t / z) ** 2)
    centre = (share + z * z / (2 * worth)) / (1 + z * z / worth)
    half = z / (1 + z * z / worth) * np.sqrt(share * (1 - share) / worth + z * z / (4 * worth * worth))
    return share, np.clip(centre - half, 0.0, share), np.clip(centre + half, share, 1.0)
