"""Stretches of a log without a call that are too long to be chance: somebody has to say what they are."""

from __future__ import annotations

import math
from typing import Final

import msgspec
import numpy as np

from sixpoint.plan.demand.clock import HOUR_S, HOURS_OF_DAY, Floats, Hours, sums

# A silence is a gap if chance gives one as long in fewer than one log in a hundred.
RARE: Final = 0.01


class Silence(msgspec.Struct, frozen=True):
    """No call from `from_s` to `to_s` (s after the start), though so many are usual in such hours.

    `before` and `after` are the places of the calls around it in the log, -1 and the number of calls at its ends.
    """

    from_s: float
    to_s: float
    expected: float
    before: int
    after: int


def silences(hours: Hours, exposure_h: Floats, at_s: Floats) -> tuple[Silence, ...]:
    """The gaps between calls (ascending) that hours of the day as busy as these would not leave by chance.

    The scatter of the log's own hours is taken to come from calls in bursts of that size, the worst case, so that a
    service whose calls come so is not taken for one that lost its log.
    """
    counts = sums(hours.of(at_s), np.ones(len(at_s)), len(hours.start_s))
    seen_h = np.maximum(sums(hours.hour_of_day, exposure_h, HOURS_OF_DAY), 1e-300)
    usual = (sums(hours.hour_of_day, counts, HOURS_OF_DAY) / seen_h)[hours.hour_of_day]
    means = usual * exposure_h
    some = means > 0
    degrees = max(1, int(some.sum()) - HOURS_OF_DAY)
    ratio = max(1.0, float(((counts[some] - means[some]) ** 2 / means[some]).sum()) / degrees)
    edges = np.concatenate([[0.0], at_s, [hours.start_s[-1] + hours.length_h[-1] * HOUR_S]])
    ends = np.append(hours.start_s + hours.length_h * HOUR_S, math.inf)
    summed = np.concatenate([[0.0], np.cumsum(means)])
    place = np.minimum(np.searchsorted(ends, edges, side="right"), len(means) - 1)
    rate_s = means / np.maximum(hours.length_h * HOUR_S, 1e-300)
    until = summed[place] + (edges - hours.start_s[place]) * rate_s[place]
    expected = np.diff(until)
    limit = math.log(max(1, len(at_s)) / RARE) * ratio
    return tuple(
        Silence(float(edges[one]), float(edges[one + 1]), float(expected[one]), int(one) - 1, int(one))
        for one in np.flatnonzero(expected > limit)
    )
