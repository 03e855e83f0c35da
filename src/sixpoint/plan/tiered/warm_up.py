"""How much of a run's beginning is not yet the service as it goes on: found by MSER-5 on what is not the clock's doing.

A service that starts with every unit free answers its first calls too well. MSER leaves out so many observations that
the mean of the rest is known best: it minimises the standard error of what is kept, batches of five at a time.
Sources: White 1997, Simulation 69:323; White, Cobb & Spratt 2000, Proceedings of the Winter Simulation Conference,
p. 755 (recalled).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
from msgspec.structs import replace

from sixpoint.errors import InputError
from sixpoint.plan.tiered.measure import replicate
from sixpoint.plan.tiered.samples import busy_intervals
from sixpoint.plan.tiered.scenario import Prepared, prepare

BATCH: Final = 5
STEP_MS: Final = 12 * 60_000  # five steps are one hour, so MSER-5 looks at whole hours
WEEKS: Final = 4
PERIOD: Final = 7 * 24 * BATCH  # steps of a week: calls follow the hour and the day
PILOTS: Final = 20
FIRST_PILOT: Final = 1_000_000  # replications of their own, so that the study meets other patients than its pilots


def mser(series: Any, batch: int = BATCH) -> int | None:
    """How many observations to leave out at the beginning: whole batches, fewer than half of all.

    None where the least standard error lies in the second half: the series is too short to say. What does not fill a
    batch at the end is not looked at, and neither is leaving fewer than five batches: those may agree by chance.
    """
    values = np.asarray(series, np.float64)
    count = len(values) // batch
    if count < 2 * BATCH:
        return None
    means = values[: count * batch].reshape(count, batch).mean(axis=1)
    means = means - means.mean()  # sums of squares of large numbers would cancel
    left = count - np.arange(count)
    total, squares = means[::-1].cumsum()[::-1], (means**2)[::-1].cumsum()[::-1]
    marginal = np.maximum(squares - total**2 / left, 0.0) / left**2
    best = int(np.argmin(marginal[: count - BATCH + 1]))
    return best * batch if 2 * best < count else None


def busy_series(starts: Any, ends: Any, end_ms: int, step_ms: int = STEP_MS) -> Any:
    """How many units were on calls, as the mean over each step up to `end_ms`, from when each was assigned and free."""
    edges = np.arange(0, end_ms + 1, step_ms)
    return np.diff(_time_since(starts, edges) - _time_since(ends, edges)) / step_ms


def _time_since(instants: Any, edges: Any) -> Any:
    """For each edge, how long ago the instants before it were, in sum."""
    order = np.sort(np.asarray(instants, np.int64))
    before = np.searchsorted(order, edges)
    return before * edges - np.concatenate([[0], order.cumsum()])[before]


def detect_warm_up(prepared: Sequence[Prepared], cores: int = 1) -> float:
    """Hours to leave out of every run of these scenarios: the longest that any of them needs.

    Four weeks are simulated for it, twenty times over for what is usual at each hour of the week (from their second
    halves) and twenty times for the series that MSER-5 looks at: the busy units, less what is usual. The same runs may
    not serve both: the usual would fit its own second half too well. `InputError` if it cannot be found.
    """
    return max(_warm_up_h(one, cores) for one in prepared)


def _warm_up_h(prepared: Prepared, cores: int) -> float:
    pilot = prepare(replace(prepared.scenario, days=7 * WEEKS, warm_up_h=0.0), prepared.folder)
    with ThreadPoolExecutor(cores) as pool:
        series = list(pool.map(lambda number: _busy(pilot, FIRST_PILOT + number), range(2 * PILOTS)))
    weeks = np.mean(series[:PILOTS], axis=0).reshape(WEEKS, PERIOD)
    usual = np.tile(weeks[WEEKS // 2 :].mean(axis=0), WEEKS)
    left_out = mser(np.mean(series[PILOTS:], axis=0) - usual)
    if left_out is None:
        raise InputError.one(
            f"{prepared.name}: detect_warm_up", "four weeks do not settle: more calls come than are answered, perhaps",
            "Give warm_up_h, or more units.",
        )  # fmt: skip
    return left_out * STEP_MS / 3_600_000


def _busy(pilot: Prepared, number: int) -> Any:
    run = replicate(pilot, number, traced=True)
    busy = busy_intervals(run)
    return busy_series(busy.start_ms, busy.end_ms, PERIOD * WEEKS * STEP_MS)
