"""How far narrow groups of calls lean on wider ones: what foretells left-out days best."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from msgspec.structs import replace

from sixpoint.plan.demand.clock import Floats
from sixpoint.plan.demand.counted import Counted
from sixpoint.plan.demand.model import PART_H, Weights

CANDIDATES: Final = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, math.inf)
FOLDS: Final = 5
# Before anything is chosen, and where nothing can be: the widest groups alone.
WIDEST: Final = Weights(math.inf, math.inf, math.inf, math.inf, math.inf)


def choose_weights(log: Counted) -> Weights:
    """The weights of `Weights`, one after the other, wide groups first: each day is foretold from four fifths of the
    others (every fifth day is left out in turn). With fewer than two days nothing leans on anything but the widest."""
    folds = min(FOLDS, len(log.days))
    if folds < 2:
        return WIDEST
    parts = []
    for fold in range(folds):
        out = {int(day) for place, day in enumerate(log.days) if place % folds == fold}
        parts.append((log.of_days([day for day in log.days if day not in out]), log.of_days(out)))
    # A little for cells where nothing else gives any: without roads a new cell has no share at all.
    weights = replace(WIDEST, street=CANDIDATES[0]) if log.grid is not None else WIDEST
    for name in ("street", "part") if log.grid is not None else ():
        weights = _best(name, weights, lambda one: sum(float(place_score(*two, one).sum()) for two in parts))
    for name in ("hour", "cell", "both") if log.types else ():
        if name != "hour" and log.grid is None:
            continue
        weights = _best(name, weights, lambda one: sum(float(type_score(*two, one).sum()) for two in parts))
    return weights


def _best(name: str, weights: Weights, score: Callable[[Weights], float]) -> Weights:
    # Equals go to the widest: what a narrower group does not say better, it does not say.
    return max((replace(weights, **{name: one}) for one in reversed(CANDIDATES)), key=score)


def place_score(fit: Counted, unseen: Counted, weights: Weights) -> Floats:
    """The log-likelihood of the place of each unseen call with one, given its part of the day."""
    shares = fit.cells().shares(fit.street, weights)
    known = unseen.cell >= 0
    part = unseen.hours.hour_of_day[unseen.hour[known]] // PART_H
    return np.asarray(np.log(np.maximum(shares[part, unseen.cell[known]], 1e-12)))


def type_score(fit: Counted, unseen: Counted, weights: Weights) -> Floats:
    """The log-likelihood of the type of each unseen call with one, given its place and hour."""
    typed = np.flatnonzero(unseen.kind >= 0)
    hour = unseen.hours.hour_of_day[unseen.hour[typed]]
    shares = fit.mix().shares(unseen.cell[typed], hour, weights)
    return np.asarray(np.log(np.maximum(shares[np.arange(len(typed)), unseen.kind[typed]], 1e-12)))
