"""Demand: rates with their exposure, seasons, gaps; calls drawn from them, and how well the fit holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from logs import START, ZONE, instants, log_drawn, log_of, steady
from msgspec.structs import replace
from scipy.stats import chi2

from sixpoint.errors import InputError
from sixpoint.plan.call_log.model import CallLog
from sixpoint.plan.call_log.montgomery import read_montgomery
from sixpoint.plan.call_log.san_francisco import read_san_francisco
from sixpoint.plan.demand import Demand, draw_calls, fit_demand
from sixpoint.plan.demand.draw import uncovered
from sixpoint.plan.demand.model import Mix, Weights
from sixpoint.plan.demand.rates import Rates

FEED_GAPS = [
    ("2015-12-17T22:42", "2015-12-18T07:11"), ("2015-12-18T22:32", "2015-12-19T08:40"),
    ("2016-04-12T10:31", "2016-04-12T13:22"), ("2016-04-12T18:47", "2016-04-12T21:10"),
    ("2016-05-01T12:52", "2016-05-02T03:01"),
]  # fmt: skip


def generators(seed: int) -> tuple[np.random.Generator, np.random.Generator]:
    return np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])


def known(per_hour: np.ndarray, by_month: dict[int, float] | None = None) -> Demand:
    """Demand as it is told, of two types."""
    months = np.ones(13)
    for month, factor in (by_month or {}).items():
        months[month] = factor
    mix = Mix(("fall", "stroke"), np.tile([7.0, 3.0], (24, 1)), np.zeros((0, 4, 2)))
    rates = Rates(per_hour, np.ones(168), months, 0.0)
    weights = Weights(3, 3, 3, 3, 3)
    return Demand(ZONE.key, START, START + timedelta(weeks=1), 1, rates, (), None, None, mix, weights)


def day_and_night(per_hour: float = 4.0) -> np.ndarray:
    """A rate that is three times as high by day as by night, and half as high again at weekends."""
    day = np.where((np.arange(24) >= 8) & (np.arange(24) < 22), 1.5, 0.5) * per_hour
    return np.concatenate([day * (1.5 if weekday >= 5 else 1.0) for weekday in range(7)])


def test_rates_are_calls_over_hours_of_log() -> None:
    calls = [START + timedelta(minutes=minutes) for minutes in (5, 30, 65)]
    demand = fit_demand(log_of(calls, ["fall"] * 3, end=START + timedelta(days=7, hours=1)), lean_h=0)
    assert demand.rates.exposure_h[:3].tolist() == [2.0, 1.0, 1.0]
    assert demand.rates.per_hour[:3].tolist() == [1.0, 1.0, 0.0]


def test_a_log_that_ends_within_an_hour_counts_the_part() -> None:
    demand = fit_demand(log_of([START], ["fall"], end=START + timedelta(days=7, minutes=30)))
    assert demand.rates.exposure_h[0] == 1.5


def test_a_day_of_23_hours_counts_as_one() -> None:
    start = datetime(2020, 3, 2, tzinfo=ZONE)  # clocks go forward on Sunday the 8th at 2
    demand = fit_demand(log_of([start], ["fall"], start=start, end=datetime(2020, 3, 16, tzinfo=ZONE)))
    assert demand.rates.exposure_h.sum() == 14 * 24 - 1
    assert demand.rates.exposure_h[6 * 24 + 2] == 1.0


def test_a_log_over_a_change_of_clocks_keeps_its_hours_apart() -> None:
    start, end = datetime(2020, 10, 26, tzinfo=ZONE), datetime(2020, 11, 9, tzinfo=ZONE)  # back on 1 November at 2
    demand = fit_demand(log_of([datetime(2020, 11, 2, 12, 30, tzinfo=ZONE)], ["fall"], start=start, end=end), lean_h=0)
    assert np.flatnonzero(demand.rates.per_hour).tolist() == [12]
    assert demand.rates.exposure_h.sum() == 14 * 24 + 1 and demand.rates.exposure_h[6 * 24 + 1] == 3


def test_calls_drawn_have_the_rates_that_were_told_hour_by_hour() -> None:
    demand = known(day_and_night())
    weeks = 20
    drawn = draw_calls(demand, START, START + timedelta(weeks=weeks), *generators(2))
    counts = np.bincount((drawn.at_s // 3600).astype(int) % 168, minlength=168)
    expected = demand.rates.per_hour * weeks
    statistic = float(((counts - expected) ** 2 / expected).sum())
    assert 0.01 < chi2.sf(statistic, 168) < 0.99
    assert (np.diff(drawn.at_s) >= 0).all() and drawn.at_s[-1] < weeks * 168 * 3600
    assert (drawn.kind == 0).mean() == pytest.approx(0.7, abs=4 * (0.21 / len(drawn.at_s)) ** 0.5)


def test_a_fit_recovers_the_rates_it_was_drawn_from() -> None:
    demand = known(day_and_night())
    weeks = 40
    found = fit_demand(log_drawn(demand, weeks, 5)).rates.per_hour
    off = (found - demand.rates.per_hour) / np.sqrt(demand.rates.per_hour / weeks)
    assert np.abs(off).max() < 4 and (np.abs(off) < 2).mean() > 0.9


def test_rates_that_lean_are_nearer_the_truth_than_a_single_week_is() -> None:
    demand = known(day_and_night())
    log = log_drawn(demand, 1, 6)
    raw, leant = (fit_demand(log, lean_h=lean).rates.per_hour for lean in (0.0, None))
    off = [float(((one - demand.rates.per_hour) ** 2).mean()) for one in (raw, leant)]
    assert off[1] < 0.4 * off[0]
    assert leant.sum() == pytest.approx(len(log.calls))


def test_a_season_is_fitted_from_the_months_a_log_covers_and_no_others() -> None:
    start, end = datetime(2019, 1, 1, tzinfo=ZONE), datetime(2019, 7, 20, tzinfo=ZONE)
    factors = {1: 1.4, 2: 1.3, 3: 1.0, 4: 0.9, 5: 0.8, 6: 0.7, 7: 0.9}
    truth = known(day_and_night(), factors)
    drawn = draw_calls(truth, start, end, *generators(3))
    at = instants(start, drawn.at_s)
    found = fit_demand(log_of(at, ["fall"] * len(at), start=start, end=end))
    mean = sum(factors[month.month] * month.days for month in found.months) / sum(one.days for one in found.months)
    inside = [month.low <= factors[month.month] / mean <= month.high for month in found.months]
    assert [month.month for month in found.months] == [1, 2, 3, 4, 5, 6, 7] and sum(inside) >= 6
    assert uncovered(found, datetime(2019, 7, 30, tzinfo=ZONE), datetime(2019, 9, 2, tzinfo=ZONE)) == (
        "August",
        "September",
    )


def test_months_that_differ_no_more_than_days_do_are_taken_for_alike() -> None:
    start = datetime(2019, 1, 1, tzinfo=ZONE)
    found = fit_demand(steady(26, 4, start=start))
    assert len(found.months) > 4 and all(abs(month.factor - 1) < 0.02 for month in found.months)


def test_a_log_of_two_weeks_has_no_season_and_may_be_drawn_in_any_month() -> None:
    found = fit_demand(steady(2, 1))
    assert found.months == () and (found.rates.by_month == 1).all()
    summer = datetime(2020, 8, 1, tzinfo=ZONE)
    assert len(draw_calls(found, summer, summer + timedelta(days=2), *generators(1)).at_s) > 50


def test_calls_of_a_month_that_the_season_lacks_are_not_drawn_unless_it_is_left_out() -> None:
    found = fit_demand(steady(10, 1))
    july = datetime(2020, 7, 1, tzinfo=ZONE)
    with pytest.raises(InputError, match="does not cover July"):
        draw_calls(found, july, july + timedelta(days=2), *generators(1))
    flat = draw_calls(found, july, july + timedelta(days=2), *generators(1), flat=True)
    assert abs(len(flat.at_s) - 144) < 4 * 144**0.5


def test_the_same_generator_state_gives_the_same_calls() -> None:
    demand, end = fit_demand(steady(4, 1)), START + timedelta(days=3)
    first, second = (draw_calls(demand, START, end, *generators(9)) for _ in range(2))
    assert first.at_s.tolist() == second.at_s.tolist() and first.kind.tolist() == second.kind.tolist()


def test_a_poisson_log_passes_the_dispersion_test_and_a_bursty_one_fails_it() -> None:
    assert all(test.p_value > 0.001 for test in fit_demand(steady(8, 1)).fit)
    log = steady(8, 3)
    burst = replace(log, calls=tuple(call for call in log.calls for _ in range(3)))
    assert all(test.p_value < 1e-6 and test.ratio > 2 for test in fit_demand(burst).fit)


def test_held_out_days_prefer_the_model_that_made_them_and_no_finer_one() -> None:
    held_out = fit_demand(log_drawn(known(day_and_night()), 12, 8)).held_out
    by_name = {one.finer: one for one in held_out if one.of == "rates"}
    assert by_name["hour of the day"].low > 0 and by_name["weekday and hour"].low > 0
    assert by_name["hour of the week"].gain < 0.005 and by_name["hour of the day"].days == 28


def without(log: CallLog, first: datetime, last: datetime) -> CallLog:
    return replace(log, calls=tuple(one for one in log.calls if not first <= one.received_at < last))


def test_a_missing_day_is_refused_with_the_line_after_it_and_a_remedy() -> None:
    log = steady(3, 2)
    day = START + timedelta(days=9)
    with pytest.raises(InputError) as refused:
        fit_demand(without(log, day, day + timedelta(days=1)))
    (fault,) = refused.value.faults
    after = next(one for one in log.calls if one.received_at >= day + timedelta(days=1))
    assert fault.where == after.where and "the log has a gap" in fault.what and "--gap 2020-04-14T" in fault.remedy


def test_missing_hours_are_refused_where_they_are_no_chance_and_a_log_that_begins_late_too() -> None:
    noon = START + timedelta(days=3, hours=12)
    with pytest.raises(InputError, match="no call from 2020-04-09T1"):
        fit_demand(without(steady(2, 5), noon, noon + timedelta(hours=7)))
    with pytest.raises(InputError, match="no call from 2020-04-06T00:00"):
        fit_demand(without(steady(2, 5), START, START + timedelta(hours=8)))


def test_a_whole_log_has_no_gaps_however_few_or_bursty_its_calls() -> None:
    for seed in range(40):
        fit_demand(steady(2, seed, per_hour=0.1 + seed / 10))
    log = steady(4, 1, per_hour=0.5)
    burst = replace(log, calls=tuple(one for one in log.calls for _ in range(6)))
    fit_demand(burst)


def test_a_stretch_said_to_be_a_gap_is_no_exposure_and_its_calls_do_not_count() -> None:
    log, day = steady(3, 2), START + timedelta(days=9)
    span = (day, day + timedelta(days=1))
    rates = fit_demand(without(log, *span), gaps=[span], lean_h=0)
    assert rates.rates.exposure_h.sum() == 20 * 24 and rates.rates.exposure_h[2 * 24] == 2
    kept = fit_demand(log, gaps=[span], lean_h=0)
    assert kept.rates.per_hour.tolist() == rates.rates.per_hour.tolist()
    assert [(one.of, one.calls) for one in kept.left_out if "gap" in one.why] == [
        ("rates", len(log.calls) - len(without(log, *span).calls))
    ]


def test_a_silence_may_be_said_to_be_real() -> None:
    log, day = steady(3, 2), START + timedelta(days=9)
    quiet = fit_demand(without(log, day, day + timedelta(days=1)), silence_is_real=True)
    assert quiet.rates.exposure_h.sum() == 21 * 24


def test_a_log_that_cannot_give_rates_is_refused() -> None:
    with pytest.raises(InputError, match="covers 24 of the 168 hours"):
        fit_demand(log_of([START], ["fall"], end=START + timedelta(days=1)))
    with pytest.raises(InputError, match=r"log\.csv:2: received"):
        fit_demand(log_of([START - timedelta(seconds=1)], ["fall"], end=START + timedelta(days=7)))
    with pytest.raises(InputError, match="holds no call"):
        fit_demand(log_of([], end=START + timedelta(days=7)))
    with pytest.raises(InputError, match="not within the log"):
        fit_demand(steady(1, 1), gaps=[(START - timedelta(days=1), START)])


def test_real_calls_scatter_more_than_a_poisson_process_and_the_fit_says_so(shared: Path) -> None:
    log = read_san_francisco(shared / "data")
    demand = fit_demand(log, lean_h=0)
    assert demand.per_week * 2 == pytest.approx(len(log.calls)) and len(log.calls) == 4373
    by_hour, by_day, by_place = demand.fit
    # The weeks differ by more than chance, which an hourly rate cannot follow.
    assert by_day.ratio > 5 and by_day.p_value < 1e-5 and 1.3 < by_hour.ratio < 2.2 and by_place.p_value > 0.01


def test_the_gaps_of_a_published_feed_are_found_and_nothing_else(shared: Path) -> None:
    log = read_montgomery(next((shared / "data" / "montgomery").glob("*.zip")))
    with pytest.raises(InputError) as refused:
        fit_demand(log)
    found = [fault.remedy.split("--gap ")[1].split(",")[0] for fault in refused.value.faults]
    assert found == [f"{low}/{high}" for low, high in FEED_GAPS]


def test_place_tells_more_of_the_type_of_a_real_call_than_the_hour_does(shared: Path) -> None:
    log = read_montgomery(next((shared / "data" / "montgomery").glob("*.zip")))
    zone = fit_demand(log, silence_is_real=True).zone
    spans = [tuple(datetime.fromisoformat(one).replace(tzinfo=zone) for one in gap) for gap in FEED_GAPS]
    demand = fit_demand(log, gaps=spans)
    gains = {one.finer: one for one in demand.held_out}
    assert gains["hour and cell"].low > 2 * gains["hour of the day"].gain > 0
    assert gains["cell"].low > 0.5 and gains["hour, cell, and both"].low > 0
    assert len(demand.months) == 9 and all(abs(one.factor - 1) < 0.02 for one in demand.months)
