"""Families of distributions of times above nought: fitted by greatest likelihood, many samples at once.

Samples are rows of a matrix (s), parameters rows of another. Every family has a closed form for its chances and
quantiles (scipy.special); only the fit of gamma, Weibull and log-logistic iterates (Newton).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.special import expit, gammainc, gammaincinv, gammaln, logit, ndtr, ndtri, polygamma, psi

Floats = npt.NDArray[np.float64]
# Newton's method gains digits by doubling: from the starts below it is done in six or seven rounds.
ROUNDS: Final = 30
# A sample whose values are (nearly) all alike has no likelihood: it is taken to be spread by this share of its middle.
LEAST_SPREAD: Final = 1e-3


class Family(msgspec.Struct, frozen=True):
    """One family: the names of its parameters, and what is asked of it.

    `fit(rows)` gives parameters as [rows, parameters]; `log_density`, `chance` (of at most x) and `quantile` take
    values and parameters that broadcast, parameters last.
    """

    name: str
    parameters: tuple[str, ...]
    fit: Callable[[Floats], Floats]
    log_density: Callable[[Any, Floats], Floats]
    chance: Callable[[Any, Floats], Floats]
    quantile: Callable[[Any, Floats], Floats]


def _fit_exponential(rows: Floats) -> Floats:
    return np.asarray(rows.mean(axis=1, keepdims=True))


def _fit_lognormal(rows: Floats) -> Floats:
    logs = np.log(rows)
    return np.stack([logs.mean(axis=1), np.maximum(logs.std(axis=1), LEAST_SPREAD)], axis=1)


def _fit_gamma(rows: Floats) -> Floats:
    """Shape from log(shape) - psi(shape) = log(mean) - mean(log); start by Minka (2002), within 1.5 % of the end."""
    mean = rows.mean(axis=1)
    gap = np.maximum(np.log(mean) - np.log(rows).mean(axis=1), LEAST_SPREAD**2 / 2)
    shape = (3 - gap + np.sqrt((gap - 3) ** 2 + 24 * gap)) / (12 * gap)
    for _ in range(ROUNDS):
        step = (np.log(shape) - psi(shape) - gap) / (1 / shape - polygamma(1, shape))
        shape = np.maximum(shape - step, shape / 10)
        if np.all(np.abs(step) < 1e-10 * shape):
            break
    return np.stack([shape, mean / shape], axis=1)


def _fit_weibull(rows: Floats) -> Floats:
    """Shape from sum(x^k log x)/sum(x^k) - 1/k = mean(log x), values over their middle: none overflows."""
    logs = np.log(rows)
    middle = logs.mean(axis=1)
    logs = logs - middle[:, None]
    shape = np.minimum(np.pi / np.sqrt(6) / np.maximum(logs.std(axis=1), LEAST_SPREAD), 1 / LEAST_SPREAD)
    for _ in range(ROUNDS):
        power = np.exp(np.minimum(shape[:, None] * logs, 600.0))
        total = power.sum(axis=1)
        first = (power * logs).sum(axis=1) / total
        second = (power * logs**2).sum(axis=1) / total
        step = (first - 1 / shape) / (second - first**2 + 1 / shape**2)
        shape = np.clip(shape - step, shape / 3, np.minimum(3 * shape, 1 / LEAST_SPREAD))
        if np.all(np.abs(step) < 1e-10 * shape):
            break
    power = np.exp(np.minimum(shape[:, None] * logs, 600.0))
    return np.stack([shape, np.exp(middle + np.log(power.mean(axis=1)) / shape)], axis=1)


def _fit_loglogistic(rows: Floats) -> Floats:
    """Location and scale of a logistic distribution of the logs, by Newton on both, damped."""
    logs = np.log(rows)
    place, spread = np.median(logs, axis=1), np.maximum(logs.std(axis=1) * np.sqrt(3) / np.pi, LEAST_SPREAD)
    for _ in range(ROUNDS):
        z = (logs - place[:, None]) / spread[:, None]
        above = expit(z)
        flat = above * (1 - above)
        # Score and negative Hessian, in (place, log spread).
        g0, g1 = (2 * above - 1).sum(axis=1) / spread, ((2 * above - 1) * z - 1).sum(axis=1)
        h00 = (2 * flat).sum(axis=1) / spread**2
        h01 = (2 * flat * z + 2 * above - 1).sum(axis=1) / spread
        h11 = (2 * flat * z**2 + (2 * above - 1) * z).sum(axis=1)
        det = h00 * h11 - h01**2
        det = np.where(det > 0, det, np.inf)
        d0, d1 = (h11 * g0 - h01 * g1) / det, np.clip((h00 * g1 - h01 * g0) / det, -1, 1)
        place, spread = place + np.clip(d0, -spread, spread), np.maximum(spread * np.exp(d1), LEAST_SPREAD)
        if np.all(np.abs(d0) < 1e-10) and np.all(np.abs(d1) < 1e-10):
            break
    return np.stack([place, spread], axis=1)


def _of(parameters: Floats) -> tuple[Floats, Floats]:
    return parameters[..., 0], parameters[..., 1]


def _lognormal_log_density(x: Any, parameters: Floats) -> Floats:
    mu, sigma = _of(parameters)
    return np.asarray(-((np.log(x) - mu) ** 2) / (2 * sigma**2) - np.log(x * sigma) - 0.5 * np.log(2 * np.pi))


def _gamma_log_density(x: Any, parameters: Floats) -> Floats:
    shape, scale = _of(parameters)
    return np.asarray((shape - 1) * np.log(x) - x / scale - gammaln(shape) - shape * np.log(scale))


def _weibull_log_density(x: Any, parameters: Floats) -> Floats:
    shape, scale = _of(parameters)
    return np.asarray(np.log(shape / scale) + (shape - 1) * np.log(x / scale) - (x / scale) ** shape)


def _loglogistic_log_density(x: Any, parameters: Floats) -> Floats:
    place, spread = _of(parameters)
    z = (np.log(x) - place) / spread
    return np.asarray(-np.abs(z) - 2 * np.log1p(np.exp(-np.abs(z))) - np.log(spread * x))


FAMILIES: Final[dict[str, Family]] = {
    one.name: one
    for one in (
        Family(
            "exponential", ("mean_s",), _fit_exponential,
            lambda x, p: np.asarray(-x / p[..., 0] - np.log(p[..., 0])),
            lambda x, p: np.asarray(-np.expm1(-x / p[..., 0])),
            lambda u, p: np.asarray(-np.log1p(-u) * p[..., 0]),
        ),
        Family(
            "lognormal", ("mu", "sigma"), _fit_lognormal, _lognormal_log_density,
            lambda x, p: np.asarray(ndtr((np.log(x) - p[..., 0]) / p[..., 1])),
            lambda u, p: np.asarray(np.exp(p[..., 0] + p[..., 1] * ndtri(u))),
        ),
        Family(
            "gamma", ("shape", "scale_s"), _fit_gamma, _gamma_log_density,
            lambda x, p: np.asarray(gammainc(p[..., 0], x / p[..., 1])),
            lambda u, p: np.asarray(gammaincinv(p[..., 0], u) * p[..., 1]),
        ),
        Family(
            "weibull", ("shape", "scale_s"), _fit_weibull, _weibull_log_density,
            lambda x, p: np.asarray(-np.expm1(-((x / p[..., 1]) ** p[..., 0]))),
            lambda u, p: np.asarray(p[..., 1] * (-np.log1p(-u)) ** (1 / p[..., 0])),
        ),
        Family(
            "loglogistic", ("mu", "scale"), _fit_loglogistic, _loglogistic_log_density,
            lambda x, p: np.asarray(expit((np.log(x) - p[..., 0]) / p[..., 1])),
            lambda u, p: np.asarray(np.exp(p[..., 0] + p[..., 1] * logit(u))),
        ),
    )
}  # fmt: skip
