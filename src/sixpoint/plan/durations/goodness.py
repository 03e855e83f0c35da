"""How well a family holds against a sample: AIC, Kolmogorov-Smirnov with its own null distribution, quantiles."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from sixpoint.plan.durations.families import FAMILIES, Family, Floats

# Where a fit is held against its sample (QQ): shares of the sample.
SHARES: Final = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99)


class Candidate(msgspec.Struct, frozen=True):
    """One family fitted to a sample.

    `ks` is the largest gap between the sample's shares and the family's, both read after rounding as the log rounds.
    `p_value`: share of samples of the same size drawn from the fit, rounded and fitted again, whose gap is at least as
    large (parametric bootstrap: the textbook table does not hold for a family fitted to the same sample); None where
    it was not made.
    """

    family: str
    parameters: tuple[float, ...]
    log_likelihood: float
    aic: float
    ks: float
    p_value: float | None
    quantiles_s: tuple[float, ...]


def resolution_s(sample: Floats) -> float:
    """The step in which the log counts: 1 s, a minute, ...; 0 if its values are no whole seconds."""
    whole = np.rint(sample)
    if np.any(np.abs(sample - whole) > 1e-9) or not np.any(whole):
        return 0.0
    return float(np.gcd.reduce(whole.astype(np.int64)))


def candidates(sample: Floats, step_s: float) -> list[Candidate]:
    """Every family fitted to times above nought, the least AIC first."""
    found = []
    for family in FAMILIES.values():
        parameters = family.fit(sample[None, :])[0]
        likelihood = float(family.log_density(sample, parameters).sum())
        found.append(
            Candidate(
                family=family.name,
                parameters=tuple(float(one) for one in parameters),
                log_likelihood=likelihood,
                aic=2 * len(family.parameters) - 2 * likelihood,
                ks=float(gaps(family, np.sort(sample)[None, :], parameters[None, :], step_s)[0]),
                p_value=None,
                quantiles_s=tuple(float(one) for one in family.quantile(np.array(SHARES), parameters)),
            )
        )
    return sorted(found, key=lambda one: one.aic)


def gaps(family: Family, rows: Floats, parameters: Floats, step_s: float) -> Floats:
    """Kolmogorov's gap of each sorted row from its fit; where the log rounds, shares are read half a step on."""
    count = rows.shape[1]
    low, high = np.maximum(rows - step_s / 2, 1e-9), rows + step_s / 2
    below, above = family.chance(low, parameters[:, None, :]), family.chance(high, parameters[:, None, :])
    if step_s == 0:
        shares = np.arange(count) / count
        return np.asarray(np.maximum(below - shares, shares + 1 / count - above).max(axis=1))
    # Values that are alike after rounding share one step of the sample's shares, from before the first to the last.
    found = np.empty(len(rows))
    for place, row in enumerate(rows):
        first = np.searchsorted(row, row, side="left") / count
        last = np.searchsorted(row, row, side="right") / count
        found[place] = max(np.abs(below[place] - first).max(), np.abs(above[place] - last).max())
    return found


def bootstrap_p(sample: Floats, chosen: Candidate, step_s: float, times: int, random: np.random.Generator) -> float:
    """How often samples drawn from the fit, and fitted again, are as far from their own fit as this one from its."""
    family = FAMILIES[chosen.family]
    parameters = np.array(chosen.parameters)
    rows = family.quantile(random.random((times, len(sample))), parameters)
    if step_s > 0:
        rows = np.maximum(np.rint(rows / step_s) * step_s, step_s)
    rows.sort(axis=1)
    again = gaps(family, rows, family.fit(rows), step_s)
    return float((1 + (again >= chosen.ks).sum()) / (times + 1))
