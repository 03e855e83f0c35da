"""When a study has run enough: the half-width of an interval against what was asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from scipy.special import stdtrit

from sixpoint.plan.outcomes import LEVEL, Interval


class Precision(msgspec.Struct, frozen=True):
    """How precisely a figure is wanted: its half-width at most so much, or at most that share of its size, or either.

    Looked at after each replication from `minimum` on, so that the answer does not depend on how many run at a time.
    A rule that looks again and again stops a little too early now and then; the interval then covers somewhat less
    often than it says. That is why `minimum` should not be small. Source: Law, Simulation Modeling and Analysis,
    5th ed. 2015, section 9.4.1 (recalled).
    """

    half_width: float | None
    relative: float | None
    minimum: int

    def is_reached(self, values: Sequence[float], size: float | None = None) -> bool:
        """Whether the mean of the values is known well enough; `relative` is of `size`, or of the mean itself."""
        if len(values) < max(2, self.minimum) or (self.half_width is None and self.relative is None):
            return False
        width = half_width(values)
        against = abs(float(np.mean(values)) if size is None else size)
        within = self.half_width is not None and width <= self.half_width
        return within or (self.relative is not None and width <= self.relative * against)


def half_width(values: Sequence[float], level: float = LEVEL) -> float:
    """Half the width of Student's interval of the mean, of two values or more."""
    n = len(values)
    return float(stdtrit(n - 1, (1 + level) / 2) * np.std(values, ddof=1) / math.sqrt(n))


def interval_of(values: Sequence[float], level: float = LEVEL) -> Interval:
    """Student's interval of the mean; without ends where there are fewer than two values."""
    if len(values) < 2:
        return Interval(None, None, level)
    mean, width = float(np.mean(values)), half_width(values, level)
    return Interval(mean - width, mean + width, level)
