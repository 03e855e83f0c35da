"""Whether a finer model foretells days that it was not fitted to better than a coarser one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import numpy as np
from msgspec.structs import replace
from scipy.special import stdtrit

from sixpoint.plan.demand.clock import HOURS_OF_DAY, HOURS_OF_WEEK, Floats, sums
from sixpoint.plan.demand.counted import Counted
from sixpoint.plan.demand.model import HeldOut, Weights
from sixpoint.plan.demand.rates import fit_rates
from sixpoint.plan.demand.weigh import WIDEST, choose_weights, place_score, type_score

EVERY: Final = 3  # every so many days is held out, as in the calibration of roads


def compare_held_out(log: Counted, lean_h: float, *, by_month: bool) -> tuple[HeldOut, ...]:
    """Each step from the coarsest to the finest model, fitted on two days of three, scored on the third.

    Weights are chosen on the days that are fitted alone. Fewer than six days are too few: nothing is compared.
    """
    if len(log.days) < 2 * EVERY:
        return ()
    out = {int(day) for day in log.days[EVERY - 1 :: EVERY]}
    fit, unseen = log.of_days([int(day) for day in log.days if int(day) not in out]), log.of_days(out)
    found = [_compared("rates", *pair, unseen, None) for pair in _steps(list(_rates(fit, unseen, lean_h, by_month)))]
    weights = choose_weights(fit)
    if log.grid is not None:
        known = unseen.cell >= 0
        scores = [(name, place_score(fit, unseen, one)) for name, one in _places(weights, fit.street)]
        found += [_compared("places", *pair, unseen, known) for pair in _steps(scores)]
    if log.types:
        typed = unseen.kind >= 0
        scores = [(name, type_score(fit, unseen, one)) for name, one in _types(weights, log.grid is not None)]
        found += [_compared("types", *pair, unseen, typed) for pair in _steps(scores)]
    return tuple(one for one in found if one is not None)


Scored = tuple[str, Floats]


def _steps(scores: list[Scored]) -> list[tuple[Scored, Scored]]:
    return list(pairwise(scores))


def _rates(fit: Counted, unseen: Counted, lean_h: float, by_month: bool) -> Iterator[Scored]:
    """The score of each unseen hour under ever finer rates."""
    hours, counts = fit.hours, fit.counts
    of_day, seen_h = hours.hour_of_day, fit.exposure_h
    flat = np.full(HOURS_OF_WEEK, counts.sum() / seen_h.sum())
    by_hour = np.tile(sums(of_day, counts, HOURS_OF_DAY) / np.maximum(sums(of_day, seen_h, HOURS_OF_DAY), 1e-300), 7)
    models = [("one rate", flat), ("hour of the day", by_hour)]
    plain = fit_rates(hours, seen_h, counts, math.inf, by_month=False)
    models += [("weekday and hour", plain.per_hour)]
    models += [("hour of the week", fit_rates(hours, seen_h, counts, lean_h, by_month=False).per_hour)]
    for name, per_hour in models:
        yield name, _score(per_hour[hours.hour_of_week] * unseen.exposure_h, unseen.counts)
    if by_month:
        full = fit_rates(hours, seen_h, counts, lean_h, by_month=True)
        yield "season as well", _score(full.expected(hours, unseen.exposure_h), unseen.counts)


def _score(expected: Floats, counts: Floats) -> Floats:
    return np.asarray(counts * np.log(np.maximum(expected, 1e-9)) - expected)


def _places(weights: Weights, street: Floats) -> Iterator[tuple[str, Weights]]:
    yield "length of street" if np.ptp(street) > 0 else "all cells alike", WIDEST
    yield "cell", replace(WIDEST, street=weights.street)
    yield "cell and part of the day", weights


def _types(weights: Weights, with_places: bool) -> Iterator[tuple[str, Weights]]:
    yield "mix of the log", WIDEST
    yield "hour of the day", replace(WIDEST, hour=weights.hour)
    if with_places:
        yield "hour and cell", replace(WIDEST, hour=weights.hour, cell=weights.cell)
        yield "hour, cell, and both", weights


def _compared(of: str, coarse: Scored, fine: Scored, unseen: Counted, which: Any) -> HeldOut | None:
    """The gain of each held-out day, a call; days are what is independent."""
    if which is None:
        day, calls = unseen.hours.day, unseen.counts
    else:
        day = unseen.hours.day[unseen.hour[which]]
        calls = np.ones(len(day))
    apart = sums(day, fine[1] - coarse[1])
    size = sums(day, calls)
    days = np.isin(np.arange(len(size)), unseen.days)
    apart, size = apart[days[: len(apart)]], size[days]
    total = float(size.sum())
    if not total:
        return None
    gain = float(apart.sum()) / total
    count = len(size)
    if count < 2:
        return HeldOut(of, fine[0], coarse[0], count, gain, None, None)
    # Linearised variance of a ratio (Cochran, Sampling Techniques, 3rd ed. 1977, section 6.3; recalled).
    error = math.sqrt(count / (count - 1) * float(((apart - gain * size) ** 2).sum())) / total
    half = float(stdtrit(count - 1, 0.975)) * error
    return HeldOut(of, fine[0], coarse[0], count, gain, gain - half, gain + half)
