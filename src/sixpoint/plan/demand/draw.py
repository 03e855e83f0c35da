"""Calls drawn from fitted demand; every random number comes from the generators that are passed in."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np

from sixpoint.errors import InputError
from sixpoint.plan.demand.clock import HOUR_S, Floats, Ints, clock_hours
from sixpoint.plan.demand.model import PART_H, PARTS, Demand, Drawn

AT_ONCE: Final = 20_000  # calls whose shares of types are laid out together


def draw_calls(
    demand: Demand,
    start: datetime,
    end: datetime,
    when: np.random.Generator,
    what: np.random.Generator,
    *,
    times: float = 1.0,
    street: Floats | None = None,
    flat: bool = False,
) -> Drawn:
    """Calls from `start` up to `end`, `times` as many; the same state of the generators gives the same calls.

    `street` is the share of all streets of each of the demand's cells; without it places are not drawn. A month that
    the season does not cover is an `InputError`, unless the season is left out (`flat`).
    """
    if not start < end:
        raise InputError.one("demand", f"the end {end} is not after the start {start}", "Exchange them.")
    hours = clock_hours(start, end, demand.zone)
    by_month = np.ones(13) if flat else demand.rates.by_month
    lacking = () if flat else uncovered(demand, start, end)
    if lacking:
        raise InputError.one("demand", f"the season does not cover {', '.join(lacking)}", "Draw other months.")
    rate = demand.rates.per_hour[hours.hour_of_week] * by_month[hours.month] * times
    counts = when.poisson(rate * hours.length_h)
    into_s = when.random(counts.sum()) * np.repeat(hours.length_h, counts) * HOUR_S
    at_s = np.repeat(hours.start_s, counts) + into_s
    hour = np.repeat(hours.hour_of_day, counts)
    chance = what.random((2, len(at_s)))
    cell = np.full(len(at_s), -1, np.int64)
    if demand.cells is not None and street is not None:
        shares = demand.cells.shares(street, demand.weights)
        for part in range(len(PARTS)):
            here = hour // PART_H == part
            cell[here] = _placed(np.cumsum(shares[part]), chance[0, here])
    kind = np.full(len(at_s), -1, np.int64)
    for low in range(0, len(at_s) if demand.mix.types else 0, AT_ONCE):
        few = slice(low, low + AT_ONCE)
        up_to = np.cumsum(demand.mix.shares(cell[few], hour[few], demand.weights), axis=1)
        kind[few] = np.minimum((up_to <= chance[1, few, None] * up_to[:, -1:]).sum(axis=1), len(demand.mix.types) - 1)
    order = np.argsort(at_s, kind="stable")
    return Drawn(at_s[order], cell[order], hour[order], kind[order])


def uncovered(demand: Demand, start: datetime, end: datetime) -> tuple[str, ...]:
    """The months from `start` to `end` of which a season that was fitted says nothing, by their English names."""
    if not demand.months:
        return ()
    covered = {one.month for one in demand.months}
    months = np.unique(clock_hours(start, end, demand.zone).month)
    return tuple(datetime(2000, int(one), 1).strftime("%B") for one in months if int(one) not in covered)  # noqa: DTZ001


def _placed(up_to: Floats, chance: Floats) -> Ints:
    """The place of each chance among cumulated shares, whose sum a rounding may have kept from 1."""
    found = np.searchsorted(up_to, chance * up_to[-1], side="right")
    return np.asarray(np.minimum(found, len(up_to) - 1), np.int64)
