"""Intervals of shares that come in blocks: they cover, and promise no more than the samples do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sixpoint.errors import InputError
from sixpoint.plan.outcomes import clustered_interval, share_within
from sixpoint.plan.report.pool import LONGEST_S, Series


def test_the_interval_covers_the_share_although_days_differ() -> None:
    """Days with a share of their own (0.6 to 0.95): 400 fortnights; who forgets the days is far too sure."""
    rng = np.random.default_rng(4)
    covered = naive = 0
    for _ in range(400):
        n = rng.integers(150, 250, 14)
        within = rng.binomial(n, rng.uniform(0.6, 0.95, 14))
        _, low, high = clustered_interval(within, n)
        covered += low <= 0.775 <= high
        alone = share_within(int(within.sum()), int(n.sum())).wilson
        naive += alone.low <= 0.775 <= alone.high
    assert 0.92 <= covered / 400 <= 0.98
    assert naive / 400 < 0.6


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=12))
def test_the_interval_is_never_narrower_than_that_of_independent_samples(blocks: list[tuple[int, int]]) -> None:
    n = [within + without for within, without in blocks]
    if not sum(n):
        return
    within = [one for one, _ in blocks]
    share, low, high = clustered_interval(within, n)
    alone = share_within(sum(within), sum(n))
    assert share == pytest.approx(alone.value)
    assert 0 <= low <= share <= high <= 1
    assert alone.wilson.low is not None and alone.wilson.high is not None
    assert low <= alone.wilson.low + 1e-12 and high >= alone.wilson.high - 1e-12


def test_one_block_says_nothing_of_scatter_and_nonsense_is_refused() -> None:
    assert np.isnan(clustered_interval([3], [4])[1])
    for within, n in (([5], [4]), ([-1, 2], [4, 4]), ([0, 0], [0, 0])):
        with pytest.raises(InputError):
            clustered_interval(within, n)


@settings(max_examples=100)
@given(
    st.lists(st.lists(st.floats(0, 2 * LONGEST_S) | st.just(np.inf), max_size=30), min_size=1, max_size=6),
    st.sampled_from([0.1, 0.5, 0.9]),
)
def test_a_fractile_by_seconds_is_the_fractile_of_the_samples(days: list[list[float]], share: float) -> None:
    series = Series()
    for day in days:
        series.add(np.array(day, np.float64))
    pooled = np.sort(np.concatenate([np.array(day, np.float64) for day in days]))
    found = series.fractile(share)
    if not len(pooled):
        assert found.value is None
        return
    exact = pooled[max(0, int(np.ceil(share * len(pooled) - 1e-9)) - 1)]
    assert found.value == (np.ceil(exact) if exact <= LONGEST_S else None)
    if found.value is not None and found.interval.low is not None:
        assert found.interval.low <= found.value
        assert found.interval.high is None or found.interval.high >= found.value


def test_the_interval_of_a_fractile_covers_it() -> None:
    """The 90th percentile of exponential times over ten days, 300 times over; days differ in their mean."""
    rng = np.random.default_rng(8)
    means = np.linspace(250, 350, 10)
    seconds = np.arange(4000.0)
    truth = float(np.searchsorted((1 - np.exp(-seconds[:, None] / means)).mean(axis=1), 0.9))
    covered = 0
    for _ in range(300):
        series = Series()
        for mean in rng.permutation(means):
            series.add(rng.exponential(mean, 80))
        found = series.fractile(0.9).interval
        covered += found.low is not None and found.high is not None and found.low <= truth <= found.high
    assert 0.91 <= covered / 300 <= 0.995
