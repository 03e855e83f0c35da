"""Learns from observed runs how long roads really take: one factor a road class, and a delay that every run has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from scipy.optimize import least_squares

from sixpoint.errors import InputError
from sixpoint.road.network import Floats, RoadNetwork
from sixpoint.road.observed_runs import Run
from sixpoint.road.profiles import scaled
from sixpoint.road.times import TravelTimes

# New factors may change which way is quickest: ways and factors are found in turn, so many times.
ROUNDS: Final = 4
# How far the factors of two classes are taken to lie apart before any run is seen: with few runs on a class, or runs
# that scatter widely, its factor stays near the others instead of explaining noise.
APART: Final = 0.3
# The scatter of runs is taken to be at least this, s: stamps are pressed by hand.
LEAST_SCATTER_S: Final = 2.0
LEAST_FACTOR: Final = 0.2
MOST_FACTOR: Final = 10.0
MOST_BASE_S: Final = 600.0
LEAST_RUNS: Final = 30


class Errors(msgspec.Struct, frozen=True):
    """How far predicted run times are off, s: median and 90th percentile of the size, mean of predicted - observed."""

    runs: int
    median_absolute_s: float
    p90_absolute_s: float
    bias_s: float


class Calibration(msgspec.Struct, frozen=True):
    """Factors by road class and a delay, and the errors on runs that were not used: as the network says, with one
    factor and no delay, and as calibrated.

    `every_class` is the factor of all runs together, by the network's own time on each class; a class that no run used
    (`runs_on` is 0) has it as well.
    """

    factors: dict[str, float]
    every_class: float
    runs_on: dict[str, int]
    base_s: float
    fitted_on: int
    as_is: Errors
    one_factor: Errors
    calibrated: Errors


class Unlit(msgspec.Struct, frozen=True):
    """By what runs without lights take longer than those with them, and the errors on runs that were not used."""

    factor: float
    fitted_on: int
    as_is: Errors
    calibrated: Errors


def calibrate(network: RoadNetwork, runs: Sequence[Run], *, hold_out: int = 3) -> Calibration:
    """Fits on all days but every `hold_out`-th and reports errors on those; `InputError` if there are too few runs."""
    kept, unseen = _split_days(runs, hold_out)
    classes = len(network.classes)
    plain = np.ones(classes)
    ratio = _predicted(network, kept, plain, 0.0)
    one = float(np.median([run.observed_s for run in kept] / np.maximum(ratio, 1.0)))
    observed = np.array([run.observed_s for run in kept])
    factors, base_s, scatter_s = np.full(classes, one), 0.0, _scatter_s(ratio * one - observed)
    seconds = np.zeros((len(kept), classes))
    for _ in range(ROUNDS):
        seconds = _seconds_by_class(network, kept, factors)
        factors, base_s = _fit(seconds, observed, np.append(factors, base_s), scatter_s)
        scatter_s = _scatter_s(base_s + seconds @ factors - observed)
    return Calibration(
        factors=dict(zip(network.classes, factors.tolist(), strict=True)),
        every_class=_together(factors, seconds),
        runs_on=dict(zip(network.classes, (seconds > 0).sum(axis=0).tolist(), strict=True)),
        base_s=base_s,
        fitted_on=len(kept),
        as_is=_errors(network, unseen, plain, 0.0),
        one_factor=_errors(network, unseen, np.full(classes, one), 0.0),
        calibrated=_errors(network, unseen, factors, base_s),
    )


def calibrate_unlit(network: RoadNetwork, with_lights: Calibration, runs: Sequence[Run], *, hold_out: int = 3) -> Unlit:
    """One factor for runs without lights, on top of what those with lights gave; `InputError` if there are too few.

    Such runs are few in most logs: they give one number, not one a class. It is never below 1.
    """
    kept, unseen = _split_days(runs, hold_out)
    factors = np.array([with_lights.factors[kind] for kind in network.classes])
    lit = _predicted(network, kept, factors, 0.0)
    driven = np.array([run.observed_s for run in kept]) - with_lights.base_s
    factor = max(1.0, float(np.median(driven / np.maximum(lit, 1.0))))
    return Unlit(
        factor=factor,
        fitted_on=len(kept),
        as_is=_errors(network, unseen, np.ones(len(factors)), 0.0),
        calibrated=_errors(network, unseen, factors * factor, with_lights.base_s),
    )


def _split_days(runs: Sequence[Run], hold_out: int) -> tuple[list[Run], list[Run]]:
    """The runs of the days for the fit and those of every `hold_out`-th day; `InputError` if either are too few."""
    days = sorted({run.day for run in runs})
    held = set(days[hold_out - 1 :: hold_out])
    kept, unseen = [run for run in runs if run.day not in held], [run for run in runs if run.day in held]
    if min(len(kept), len(unseen)) < LEAST_RUNS:
        where, checked = f"{len(runs)} runs on {len(days)} days", len(held)
        what = f"are too few to fit and to check: {len(kept)} on {len(days) - checked} days to fit, {len(unseen)} on "
        what += f"{checked} days to check"
        remedy = f"Each needs {LEAST_RUNS} runs or more; one day in {hold_out} is for checking. Give runs of more days"
        raise InputError.one(where, what, f"{remedy}, {hold_out} or more.")
    return kept, unseen


def _fit(seconds: Floats, observed: Floats, guess: Floats, scatter_s: float) -> tuple[Floats, float]:
    """Factors and delay for which observed = delay + seconds by class x factors, errors beyond the scatter softened."""
    classes = seconds.shape[1]

    def off(guess: Floats) -> Floats:
        size = (guess[classes] + seconds @ guess[:classes] - observed) / scatter_s
        # Root of the soft-L1 loss, so that what holds the factors together is not softened along with the errors.
        errors = np.sign(size) * np.sqrt(2 * (np.sqrt(1 + size**2) - 1))
        # A class that no run used is in no error: this alone holds it, at the factor of all runs together.
        apart = guess[:classes] - _together(guess[:classes], seconds)
        return np.concatenate((errors, apart / APART))

    lowest, highest = np.full(classes + 1, LEAST_FACTOR), np.full(classes + 1, MOST_FACTOR)
    lowest[classes], highest[classes] = 0.0, MOST_BASE_S
    found = least_squares(off, np.clip(guess, lowest, highest), bounds=(lowest, highest))
    return np.asarray(found.x[:classes], np.float64), float(found.x[classes])


def _together(factors: Floats, seconds: Floats) -> float:
    """The factor of all classes together, by the time on each; no class is without weight, should no run drive."""
    return float(np.average(factors, weights=seconds.sum(axis=0) + 1.0))


def _scatter_s(off: Floats) -> float:
    """The standard deviation of errors from their median size, which a few absurd ones do not move, s."""
    return max(float(np.median(np.abs(off - np.median(off)))) * 1.4826, LEAST_SCATTER_S)


def _seconds_by_class(network: RoadNetwork, runs: Sequence[Run], factors: Floats) -> Floats:
    """For each run, on the way that is quickest under the factors: the network's own seconds on each class."""
    times = TravelTimes(scaled(network, factors.tolist(), "calibrating"))
    keys = network.tails().astype(np.int64) * network.node_count + network.head
    seconds = np.zeros((len(runs), len(network.classes)))
    for place, run in enumerate(runs):
        nodes = times.path(run.from_node, run.to_node).nodes.astype(np.int64)
        arcs = np.searchsorted(keys, nodes[:-1] * network.node_count + nodes[1:])
        np.add.at(seconds[place], network.road_class[arcs], network.time_s[arcs])
    return seconds


def _predicted(network: RoadNetwork, runs: Sequence[Run], factors: Floats, base_s: float) -> Floats:
    times = TravelTimes(scaled(network, factors.tolist(), "predicting"))
    return np.array([times.seconds(run.from_node, run.to_node) for run in runs]) + base_s


def _errors(network: RoadNetwork, runs: Sequence[Run], factors: Floats, base_s: float) -> Errors:
    off = _predicted(network, runs, factors, base_s) - [run.observed_s for run in runs]
    median, p90 = np.percentile(np.abs(off), [50, 90])
    return Errors(len(runs), float(median), float(p90), float(off.mean()))
