"""Demand: rates with their exposure, calls drawn from them, and how well the fit holds."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sixpoint.errors import InputError
from sixpoint.plan.demand import Demand, draw_calls, fit_demand

ZONE = ZoneInfo("America/Los_Angeles")
START = datetime(2020, 4, 6, tzinfo=ZONE)  # a Monday


def steady(weeks: int, seed: int, per_hour: float = 3.0) -> tuple[list[datetime], list[str]]:
    """A log of a steady Poisson process of two types."""
    random = np.random.default_rng(seed)
    at_h = np.sort(random.random(random.poisson(per_hour * 168 * weeks)) * 168 * weeks)
    return [START + timedelta(hours=float(h)) for h in at_h], random.choice(["fall", "stroke"], len(at_h)).tolist()


def fitted(weeks: int = 4, seed: int = 1) -> Demand:
    return fit_demand(*steady(weeks, seed), START, START + timedelta(weeks=weeks), ZONE)


def test_rates_are_calls_over_hours_of_log() -> None:
    calls = [START + timedelta(minutes=minutes) for minutes in (5, 30, 65)]
    demand = fit_demand(calls, ["fall"] * 3, START, START + timedelta(days=7, hours=1), ZONE)
    assert demand.exposure_h[:3].tolist() == [2.0, 1.0, 1.0]
    assert demand.per_hour[:3].tolist() == [1.0, 1.0, 0.0]


def test_a_log_that_ends_within_an_hour_counts_the_part() -> None:
    demand = fit_demand([START], ["fall"], START, START + timedelta(days=7, minutes=30), ZONE)
    assert demand.exposure_h[0] == 1.5


def test_a_day_of_23_hours_counts_as_one() -> None:
    start = datetime(2020, 3, 2, tzinfo=ZONE)  # clocks go forward on Sunday the 8th at 2
    demand = fit_demand([start], ["fall"], start, datetime(2020, 3, 16, tzinfo=ZONE), ZONE)
    assert demand.exposure_h.sum() == 14 * 24 - 1
    assert demand.exposure_h[6 * 24 + 2] == 1.0


def test_calls_drawn_have_the_rate_and_mix_that_were_fitted() -> None:
    demand = fitted()
    drawn = draw_calls(demand, START, START + timedelta(weeks=28), np.random.default_rng(2))
    expected = 28 * demand.per_week
    assert abs(len(drawn.at_s) - expected) < 4 * expected**0.5
    assert (np.diff(drawn.at_s) >= 0).all() and drawn.at_s[-1] < 28 * 168 * 3600
    falls = float((demand.mix[:, 0] * demand.per_hour.reshape(7, 24).sum(axis=0)).sum() / demand.per_week)
    assert (drawn.type_index == 0).mean() == pytest.approx(falls, abs=0.02)


def test_a_log_over_a_change_of_clocks_keeps_its_hours_apart() -> None:
    start, end = datetime(2020, 10, 26, tzinfo=ZONE), datetime(2020, 11, 9, tzinfo=ZONE)  # back on 1 November at 2
    calls = [datetime(2020, 11, 2, 12, 30, tzinfo=ZONE)]
    demand = fit_demand(calls, ["fall"], start, end, ZONE)
    assert np.flatnonzero(demand.per_hour).tolist() == [12]
    assert demand.exposure_h.sum() == 14 * 24 + 1 and demand.exposure_h[6 * 24 + 1] == 3


def test_the_same_generator_state_gives_the_same_calls() -> None:
    demand, end = fitted(), START + timedelta(days=3)
    first, second = (draw_calls(demand, START, end, np.random.default_rng(9)) for _ in range(2))
    assert first.at_s.tolist() == second.at_s.tolist() and first.type_index.tolist() == second.type_index.tolist()


def test_a_poisson_log_passes_the_dispersion_test_and_a_bursty_one_fails_it() -> None:
    assert all(test.p_value > 0.001 for test in fitted(weeks=8).fit)
    at, types = steady(8, 3)
    burst = [instant for instant in at for _ in range(3)]
    fit = fit_demand(burst, [kind for kind in types for _ in range(3)], START, START + timedelta(weeks=8), ZONE).fit
    assert all(test.p_value < 1e-6 and test.ratio > 2 for test in fit)


def test_a_log_that_cannot_give_rates_is_refused() -> None:
    with pytest.raises(InputError, match="covers 24 of the 168 hours"):
        fit_demand([START], ["fall"], START, START + timedelta(days=1), ZONE)
    with pytest.raises(InputError, match="call 1: received"):
        fit_demand([START - timedelta(seconds=1)], ["fall"], START, START + timedelta(days=7), ZONE)


def test_real_calls_scatter_more_than_a_poisson_process_and_the_fit_says_so(shared: Path) -> None:
    with gzip.open(shared / "data" / "sf" / "sffd_calls_20200407_20200420.csv.gz", "rt", encoding="utf-8") as file:
        rows = {row["Call Number"]: row for row in csv.DictReader(file) if row["Call Type"] == "Medical Incident"}
    at = [datetime.strptime(row["Received DtTm"], "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=ZONE) for row in rows.values()]
    start, end = datetime(2020, 4, 7, tzinfo=ZONE), datetime(2020, 4, 21, tzinfo=ZONE)
    demand = fit_demand(at, [row["Call Type Group"] for row in rows.values()], start, end, ZONE)
    assert demand.per_week * 2 == pytest.approx(len(rows)) and len(rows) == 4227
    by_hour, by_day = demand.fit
    # Days ran from 252 to 372 calls: the weeks differ by more than chance, which an hourly rate cannot follow.
    assert by_day.ratio > 5 and by_day.p_value < 1e-5 and 1.3 < by_hour.ratio < 1.7
