"""Figures of a service: exact fractiles, honest intervals, needs that nobody met."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixpoint.errors import InputError
from sixpoint.plan.outcomes import NeedTime, fractile, share_within, time_to_intervention


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.sampled_from([0.1, 0.5, 0.9, 0.95]))
def test_a_fractile_is_the_smallest_sample_that_enough_samples_do_not_exceed(samples: list[int], share: float) -> None:
    n = len(samples)
    enough = [x for x in samples if sum(y <= x for y in samples) >= n * share - 1e-9]
    assert fractile(samples, share).value == min(enough)


def test_ninety_percent_of_ten_samples_is_the_ninth() -> None:
    assert fractile(range(1, 11), 0.9).value == 9
    assert fractile(range(1, 12), 0.9).value == 10


def test_the_interval_of_a_fractile_holds_it_as_often_as_it_says() -> None:
    random = np.random.default_rng(5)
    truth = -math.log(0.1)
    held = 0
    for _ in range(1500):
        found = fractile(random.exponential(size=80), 0.9).interval
        assert found.low is not None and found.high is not None
        held += found.low <= truth <= found.high
    assert held / 1500 >= 0.945


def test_the_median_of_a_hundred_has_the_ranks_of_the_tables() -> None:
    # Order statistics 40 and 61 bound the median of 100 samples at 95 % (sign test tables).
    found = fractile(range(1, 101), 0.5).interval
    assert (found.low, found.high) == (40, 61)


def test_too_few_samples_give_no_upper_end() -> None:
    assert fractile([1.0, 2.0, 3.0], 0.9).interval.high is None


def test_published_intervals_of_shares_are_met() -> None:
    # Newcombe 1998, Statistics in Medicine 17:857: 81 of 263 and 0 of 20 (recalled).
    assert (share_within(81, 263).wilson.low, share_within(81, 263).wilson.high) == pytest.approx(
        (0.2553, 0.3662), abs=5e-5
    )
    assert (share_within(81, 263).exact.low, share_within(81, 263).exact.high) == pytest.approx(
        (0.2527, 0.3676), abs=5e-5
    )
    assert (share_within(0, 20).exact.low, share_within(0, 20).exact.high) == pytest.approx((0, 0.1684), abs=5e-5)
    assert share_within(0, 20).wilson.high == pytest.approx(0.1611, abs=5e-5)


def test_a_share_of_nothing_is_no_share() -> None:
    assert share_within(0, 0).value is None


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_every_share_lies_in_its_intervals(counts: tuple[int, int]) -> None:
    share = share_within(*counts)
    for interval in (share.wilson, share.exact):
        assert share.value is not None and interval.low is not None and interval.high is not None
        assert 0 <= interval.low <= share.value <= interval.high <= 1


def test_a_need_nobody_met_counts_as_a_time_that_never_came() -> None:
    rows = [NeedTime("aed", 60.0, 120.0, "call received")] * 8 + [NeedTime("aed", None, 120.0, "call received")] * 2
    (figure,) = time_to_intervention(rows)
    assert (figure.n, figure.met, figure.median_s, figure.p90_s) == (10, 8, 60.0, None)
    assert figure.share_within_target == 0.8


def test_each_time_is_judged_against_its_own_target_and_the_untargeted_against_none() -> None:
    rows = [NeedTime("aed", 100.0, target, "call received") for target in (100.0, 99.0, None)]
    (figure,) = time_to_intervention(rows)
    assert (figure.n, figure.with_target, figure.within_target) == (3, 2, 1)


def test_clocks_never_meet_in_one_figure() -> None:
    rows = [NeedTime("aed", 10.0, None, "call received"), NeedTime("aed", 90.0, None, "collapse")]
    assert [(figure.clock, figure.median_s) for figure in time_to_intervention(rows)] == [
        ("call received", 10.0),
        ("collapse", 90.0),
    ]


def test_days_are_pooled_not_averaged() -> None:
    quiet, busy = [60.0] * 10, [600.0] * 90
    rows = [NeedTime("aed", seconds, None, "call received") for seconds in quiet + busy]
    assert time_to_intervention(rows)[0].p90_s == 600.0


def test_a_time_before_its_clock_started_is_refused_by_row() -> None:
    with pytest.raises(InputError, match=r"row 2 \(aed\): the time is -1.0 s"):
        time_to_intervention([NeedTime("aed", 1.0, None, "c"), NeedTime("aed", -1.0, None, "c")])


def test_no_rows_give_no_figures() -> None:
    assert time_to_intervention([]) == ()
