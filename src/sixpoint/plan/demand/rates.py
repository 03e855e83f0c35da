"""Rates by hour of the local week, and by month where a log covers months: a Poisson process fitted to counts."""

from __future__ import annotations

import math
from typing import Final

import msgspec
import numpy as np
from scipy.special import chdtrc, ndtri

from sixpoint.plan.demand.clock import HOURS_OF_WEEK, Floats, Hours, sums

# A rate of one hour of the week counts the hours it was seen in; the rate that its weekday and its hour of the day give
# together counts so many hours more. A choice for logs of less than four weeks, which cannot tell by themselves.
LEAN_H: Final = 4.0
LEANS_H: Final = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0, math.inf)
LEAST_WEEKS: Final = 4
# A month is covered if the log saw so many days of it; a season is fitted if two months are.
LEAST_DAYS: Final = 14
ROUNDS: Final = 60


class Dispersion(msgspec.Struct, frozen=True):
    """How far counts scatter about the fitted rates: `ratio` is 1 for a Poisson process, above it for bursts.

    `p_value`: chance of a scatter at least as large under the fitted process (Fisher's index of dispersion,
    chi-squared with `degrees`). Good where expected counts are a few or more; with sparse counts it is rough.
    """

    by: str
    statistic: float
    degrees: int
    ratio: float
    p_value: float


class Month(msgspec.Struct, frozen=True):
    """A month that the log covers: how many times as many calls as on the mean, with its 95 % interval.

    The interval knows that days scatter more than a Poisson process; it does not know a trend from a season.
    """

    month: int
    factor: float
    days: float = 0.0
    low: float = 0.0
    high: float = 0.0


class Rates(msgspec.Struct, frozen=True, eq=False):
    """`per_hour[h]` calls an hour in hour `h` of the local week (0 = Monday 00:00), before the month's factor.

    `exposure_h[h]` says on how many hours of log each rate rests; `by_month[m]` is the factor of month `m` (1 to 12),
    1 in all if no season was fitted.
    """

    per_hour: Floats
    exposure_h: Floats
    by_month: Floats
    lean_h: float
    spread: Floats | None = None  # the standard error of the log of each month's factor

    def expected(self, hours: Hours, exposure_h: Floats) -> Floats:
        """The calls expected in each hour."""
        return np.asarray(self.per_hour[hours.hour_of_week] * self.by_month[hours.month] * exposure_h)


def fit_rates(hours: Hours, exposure_h: Floats, counts: Floats, lean_h: float, *, by_month: bool) -> Rates:
    """The rates of greatest likelihood, each leaning on its weekday and hour of the day as if seen `lean_h` h longer.

    Weeks and months multiply; both are found in turn (iterative proportional fitting).
    """
    by_week = sums(hours.hour_of_week, counts, HOURS_OF_WEEK)
    seen_h = sums(hours.hour_of_week, exposure_h, HOURS_OF_WEEK)
    factor = np.ones(13)
    per_hour = np.zeros(HOURS_OF_WEEK)
    of_month, total_h = sums(hours.month, counts, 13), exposure_h.sum()
    for _ in range(ROUNDS if by_month else 1):
        weighed_h = sums(hours.hour_of_week, exposure_h * factor[hours.month], HOURS_OF_WEEK)
        plain = main_effects(by_week, weighed_h)
        per_hour = plain if math.isinf(lean_h) else leant(by_week, weighed_h, lean_h, plain)
        if by_month:
            usual = sums(hours.month, exposure_h * per_hour[hours.hour_of_week], 13)
            factor = np.where(usual > 0, of_month / np.maximum(usual, 1e-300), 1.0)
            factor *= total_h / float((exposure_h * factor[hours.month]).sum())
    if not by_month:
        return Rates(per_hour, seen_h, factor, lean_h)
    found = Rates(per_hour, seen_h, factor, lean_h)
    expected = found.expected(hours, exposure_h)
    error2 = max(1.0, dispersion("day", sums(hours.day, counts), sums(hours.day, expected), 19).ratio)
    return _quieted(found, hours, exposure_h, counts, error2 / np.maximum(of_month, 1.0))


def _quieted(rates: Rates, hours: Hours, exposure_h: Floats, counts: Floats, error2: Floats) -> Rates:
    """Months leaning on 1 as far as their scatter is that of days; `error2` is the variance of each factor's log.

    The variance between months is what is left of their scatter (method of moments: DerSimonian & Laird 1986 without
    weights; recalled). Rates by hour are found again under the quieter months.
    """
    seen = np.flatnonzero((sums(hours.month, counts, 13) > 0) & (rates.by_month > 0))
    logs = np.log(rates.by_month[seen])
    between = max(0.0, float(logs.var(ddof=1) - error2[seen].mean())) if len(seen) > 1 else 0.0
    share = between / (between + error2[seen])
    factor, spread = rates.by_month.copy(), np.zeros(13)
    factor[seen] = np.exp(logs.mean() + share * (logs - logs.mean()))
    spread[seen] = np.sqrt(share * error2[seen])
    factor *= exposure_h.sum() / float((exposure_h * factor[hours.month]).sum())
    weighed_h = sums(hours.hour_of_week, exposure_h * factor[hours.month], HOURS_OF_WEEK)
    by_week = sums(hours.hour_of_week, counts, HOURS_OF_WEEK)
    per_hour = leant(by_week, weighed_h, rates.lean_h, main_effects(by_week, weighed_h))
    return Rates(per_hour, rates.exposure_h, factor, rates.lean_h, spread)


def leant(counts: Floats, seen: Floats, weight: float, wider: Floats) -> Floats:
    """Counts over what was seen, leaning on a wider group as if that had been seen with this weight."""
    if math.isinf(weight):
        return np.broadcast_to(wider, np.broadcast_shapes(wider.shape, counts.shape))
    whole = seen + weight
    return np.where(whole > 0, (counts + weight * wider) / np.where(whole > 0, whole, 1.0), wider)


def main_effects(counts: Floats, seen_h: Floats) -> Floats:
    """What weekday and hour of the day say of each hour of the week if they multiply; a weekday never seen is usual."""
    n, seen = counts.reshape(7, 24), seen_h.reshape(7, 24)
    day, hour = np.ones(7), n.sum(axis=0) / np.maximum(seen.sum(axis=0), 1e-300)
    for _ in range(ROUNDS):
        usual = (seen * hour).sum(axis=1)
        day = np.where(usual > 0, n.sum(axis=1) / np.maximum(usual, 1e-300), 1.0)
        hour = n.sum(axis=0) / np.maximum((seen * day[:, None]).sum(axis=0), 1e-300)
    return np.asarray((day[:, None] * hour).ravel())


def months_covered(hours: Hours, exposure_h: Floats) -> dict[int, float]:
    """The days seen of each month that the log covers; empty unless there are two such months to compare."""
    days = sums(hours.month, exposure_h, 13) / 24
    found = {month: float(days[month]) for month in range(1, 13) if days[month] >= LEAST_DAYS}
    return found if len(found) > 1 else {}


def season_of(rates: Rates, covered: dict[int, float]) -> tuple[Month, ...]:
    """The months covered with their intervals."""
    found = []
    for month, days in covered.items():
        apart = math.exp(float(ndtri(0.975) * rates.spread[month])) if rates.spread is not None else 1.0
        factor = float(rates.by_month[month])
        found.append(Month(month, factor, days, factor / apart, factor * apart))
    return tuple(found)


def choose_lean(hours: Hours, exposure_h: Floats, counts: Floats, *, by_month: bool) -> float:
    """How far rates lean that foretells left-out weeks best; `LEAN_H` where there are fewer than four weeks."""
    week = hours.day // 7
    weeks = [int(one) for one in np.unique(week[exposure_h > 0])]
    if len(weeks) < LEAST_WEEKS:
        return LEAN_H
    folds = 4

    def score(lean_h: float) -> float:
        total = 0.0
        for fold in range(folds):
            out = week % folds == fold
            rates = fit_rates(
                hours, np.where(out, 0.0, exposure_h), np.where(out, 0.0, counts), lean_h, by_month=by_month
            )
            total += log_likelihood(rates.expected(hours, exposure_h)[out], counts[out])
        return total

    return max(LEANS_H, key=score)


def log_likelihood(expected: Floats, counts: Floats) -> float:
    """Of the counts under Poisson with these means, less what does not depend on them; a rate of nought is a little."""
    means = np.maximum(expected, 1e-9)
    return float((counts * np.log(means) - means).sum())


def dispersion(by: str, counts: Floats, expected: Floats, fitted: int) -> Dispersion:
    """Index of dispersion of the counts about what was expected, `fitted` parameters having been taken from them."""
    some = expected > 0
    statistic = float(((counts[some] - expected[some]) ** 2 / expected[some]).sum())
    degrees = int(some.sum()) - fitted
    if degrees <= 0:
        return Dispersion(by, statistic, 0, float("nan"), float("nan"))
    return Dispersion(by, statistic, degrees, statistic / degrees, float(chdtrc(degrees, statistic)))
