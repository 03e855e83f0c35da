"""The warm-up is found where a series settles, and not where it only follows the clock."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sixpoint.plan.tiered.measure import replicate
from sixpoint.plan.tiered.samples import busy_intervals, take_samples
from sixpoint.plan.tiered.scenario import Prepared, Scenario, prepare
from sixpoint.plan.tiered.warm_up import busy_series, detect_warm_up, mser

SERIES = st.lists(st.floats(-1e3, 1e3), min_size=50, max_size=200)


def standard_errors(series: list[float], batch: int) -> list[float]:
    """White's rule as it is written: the squared standard error of the mean of what is kept, for each truncation."""
    means = [np.mean(series[at : at + batch]) for at in range(0, len(series) // batch * batch, batch)]
    kept = [np.array(means[left_out:]) for left_out in range(len(means) - 4)]
    return [float(((one - one.mean()) ** 2).sum()) / len(one) ** 2 for one in kept]


@settings(max_examples=150)
@given(SERIES, st.sampled_from([1, 5]))
def test_mser_leaves_out_what_whites_rule_leaves_out(series: list[float], batch: int) -> None:
    errors, count = standard_errors(series, batch), len(series) // batch
    least = min(errors) + 1e-9 * (1 + min(errors))
    best = [place for place, error in enumerate(errors) if error <= least]  # several where rounding decides
    found = mser(series, batch)
    if found is None:
        assert 2 * best[-1] >= count
    else:
        assert found % batch == 0 and found // batch in best and 2 * found < count * batch


@settings(max_examples=100)
@given(st.integers(0, 10**6), st.floats(0.5, 50), st.floats(-1e4, 1e4))
def test_the_unit_of_the_series_does_not_matter(seed: int, times: float, plus: float) -> None:
    series = np.random.default_rng(seed).standard_normal(200).cumsum()
    assert mser(series * times + plus) == mser(series)


@pytest.mark.parametrize("settles", [25, 60, 100])
def test_the_truncation_is_found_where_a_series_settles(settles: int) -> None:
    """A beginning that rises to the level of the rest, with noise: seldom too much is left out, never too little."""
    rise = np.minimum(np.arange(600) / settles, 1.0) * 20
    found = [mser(rise + np.random.default_rng(seed).standard_normal(600)) for seed in range(40)]
    assert all(one is not None and one >= settles - 10 for one in found), found
    assert sum(one is not None and one <= settles + 25 for one in found) >= 32


def test_nothing_is_left_out_of_a_series_that_is_settled() -> None:
    found = [mser(np.random.default_rng(seed).standard_normal(600)) for seed in range(100)]
    assert sum(one is not None and one <= 60 for one in found) >= 90


def test_a_series_that_never_settles_is_said_to_be_too_short() -> None:
    assert mser(np.arange(500.0)) is None
    assert mser(np.ones(20)) is None


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 300)), max_size=20))
def test_busy_units_are_counted_to_the_millisecond(spans: list[tuple[int, int]]) -> None:
    starts, ends = [start for start, _ in spans], [start + length for start, length in spans]
    counts = [sum(start <= at < end for start, end in zip(starts, ends, strict=True)) for at in range(600)]
    series = busy_series(np.array(starts, np.int64), np.array(ends, np.int64), 600, 60)
    assert series == pytest.approx(np.array(counts).reshape(10, 60).mean(axis=1))


@pytest.fixture(scope="module")
def riverton() -> Prepared:
    return prepare(Scenario("riverton", days=3, seed=3), Path())


def test_a_service_that_starts_at_rest_is_warm_within_hours(riverton: Prepared) -> None:
    """Calls take about an hour: so does it until as many units are busy as usual at that time of day."""
    assert 0 <= detect_warm_up([riverton]) <= 6


def test_samples_are_the_calls_after_the_warm_up_and_hours_add_up(riverton: Prepared) -> None:
    run = replicate(riverton, 0, traced=True)
    whole = take_samples(riverton, run)
    assert len(whole.at_ms) == len(run.calls) == sum(whole.ends.values())
    late = take_samples(replace(riverton, scenario=replace(riverton.scenario, warm_up_h=30.0)), run)
    keep = whole.at_ms >= 30 * 3_600_000
    assert (late.node == whole.node[keep]).all()
    for name, times in whole.response.items():
        assert (late.response[name] == times[keep]).all()
    for skill, found in late.needs.items():
        assert (late.at_ms[found.call] >= 30 * 3_600_000).all() and len(found.call) <= len(whole.needs[skill].call)
    kinds = set(riverton.service.kinds)
    planned_h = sum(riverton.service.unit_hours.values()) * 3
    duty_h = sum(whole.duty_h[kind].sum() for kind in kinds)
    assert planned_h <= duty_h <= 1.03 * planned_h  # who is on a call when the shift ends stays on it
    spans = busy_intervals(run)
    busy_h = np.clip(spans.end_ms, 0, 72 * 3_600_000) - np.clip(spans.start_ms, 0, 72 * 3_600_000)
    assert sum(whole.busy_h[kind].sum() for kind in kinds) == pytest.approx(busy_h.sum() / 3_600_000)
    levels = set(riverton.service.rules.levels)
    assert sum(hours.sum() for name, hours in whole.duty_h.items() if name in levels) == pytest.approx(
        sum(whole.duty_h[kind].sum() for kind in kinds)
    )


def test_higher_levels_come_no_sooner_than_lower_ones(riverton: Prepared) -> None:
    samples = take_samples(riverton, replicate(riverton, 0, traced=True))
    levels = sorted(riverton.service.rules.levels.values(), key=lambda level: level.rank)
    times = [samples.response[f"{level.id} or higher at patient"] for level in levels[1:]]
    assert (samples.response["first on scene"] < samples.response["first at patient"]).any()
    assert (samples.response["first at patient"] <= times[0]).all()
    assert all((lower <= higher).all() for lower, higher in pairwise(times))
