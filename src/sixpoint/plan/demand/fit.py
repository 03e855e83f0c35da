"""Fits calls in time, place and type to a log, and holds the fit against the log."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sixpoint.plan.call_log.model import CallLog
from sixpoint.plan.demand.clock import Span, sums
from sixpoint.plan.demand.counted import Counted, count_calls
from sixpoint.plan.demand.grid import CELL_M
from sixpoint.plan.demand.held_out import compare_held_out
from sixpoint.plan.demand.model import Demand
from sixpoint.plan.demand.rates import (
    Dispersion,
    Rates,
    choose_lean,
    dispersion,
    fit_rates,
    months_covered,
    season_of,
)
from sixpoint.plan.demand.weigh import choose_weights
from sixpoint.region.format import SNAP_LIMIT_M
from sixpoint.road import RoadNetwork


def fit_demand(
    log: CallLog,
    network: RoadNetwork | None = None,
    *,
    lean_h: float | None = None,
    cell_m: float = CELL_M,
    snap_limit_m: float = SNAP_LIMIT_M,
    gaps: Sequence[Span] = (),
    silence_is_real: bool = False,
) -> Demand:
    """Rates by hour of the week (and month, if the log covers two), places by cell, types by place and hour.

    Exposure is counted hour by hour on the local clock, so that a day of 23 or 25 hours, a log that begins at noon and
    a stretch said to be a gap count as what they are. Narrow groups lean on wider ones as far as foretells left-out
    days best; `lean_h` sets by hand how far rates do. A call outside the log, an hour of the week it never saw, or a
    silence that chance does not explain is an `InputError` with place and remedy.
    """
    counted = count_calls(
        log, network=network, snap_limit_m=snap_limit_m, cell_m=cell_m, gaps=gaps, silence_is_real=silence_is_real
    )
    hours, seen_h, counts = counted.hours, counted.exposure_h, counted.counts
    covered = months_covered(hours, seen_h)
    by_month = bool(covered)
    lean_h = choose_lean(hours, seen_h, counts, by_month=by_month) if lean_h is None else lean_h
    rates = fit_rates(hours, seen_h, counts, lean_h, by_month=by_month)
    fit = _goodness(counted, rates)
    return Demand(
        timezone=log.timezone,
        start=log.start,
        end=log.end,
        calls=len(counted.at_s),
        rates=rates,
        months=season_of(rates, covered),
        grid=counted.grid,
        cells=counted.cells() if counted.grid is not None else None,
        mix=counted.mix(),
        weights=choose_weights(counted),
        fit=fit,
        held_out=compare_held_out(counted, lean_h, by_month=by_month),
        left_out=counted.left_out,
        gaps=tuple(gaps),
        notes=log.notes,
        tally=counted.tally(),
    )


def _goodness(log: Counted, rates: Rates) -> tuple[Dispersion, ...]:
    """How far hours, days and places scatter about what was fitted."""
    counts, expected = log.counts, rates.expected(log.hours, log.exposure_h)
    months = int((rates.by_month[1:] != 1).sum())
    found = [
        dispersion("hour", counts, expected, int((rates.per_hour > 0).sum()) + months),
        dispersion("day", sums(log.hours.day, counts), sums(log.hours.day, expected), 7 + months),
    ]
    if log.grid is not None:
        found.append(_by_place(log))
    return tuple(found)


def _by_place(log: Counted) -> Dispersion:
    """Whether places keep their shares: calls of each cell on every second day against those of the days between.

    Cells with fewer than ten calls are taken together.
    """
    known = log.cell >= 0
    turn = np.isin(log.hours.day[log.hour[known]], log.days[1::2]).astype(np.int64)
    table = np.zeros((len(log.keys), 2))
    np.add.at(table, (log.cell[known], turn), 1.0)
    few = table.sum(axis=1) < 10
    table = np.vstack([table[~few], table[few].sum(axis=0)])
    table = table[table.sum(axis=1) > 0]
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    return dispersion("place", table.ravel(), expected.ravel(), len(table) + 1)
