"""Service times: fitted like scipy fits, judged by their own null distribution, pooled where thin, written and read."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sixpoint.errors import InputError
from sixpoint.plan.call_log.model import CallLog, LoggedCall, LoggedResponse
from sixpoint.plan.durations.families import FAMILIES
from sixpoint.plan.durations.file import GOODNESS, TIMES, goodness_text, groups_of, read_times, times_text
from sixpoint.plan.durations.fit import EMPIRICAL, Cell, draw, fit_cell, fit_times
from sixpoint.plan.durations.goodness import bootstrap_p, candidates
from sixpoint.plan.durations.observed import STEPS, call_chain, observe

START = datetime.fromisoformat("2020-04-07T00:00:00-07:00")
SCIPY = {
    "exponential": (stats.expon, lambda p: (p[1],)),
    "lognormal": (stats.lognorm, lambda p: (np.log(p[2]), p[0])),
    "gamma": (stats.gamma, lambda p: (p[0], p[2])),
    "weibull": (stats.weibull_min, lambda p: (p[0], p[2])),
    "loglogistic": (stats.fisk, lambda p: (np.log(p[2]), 1 / p[0])),
}
CHAIN = call_chain({"2301013": "emergent", "2301019": "critical"})
GROUPS = groups_of(["emergent", "critical"], ["2301013", "2301019"])


def sample(family: str, parameters: tuple[float, ...], count: int, seed: int, step_s: float = 1.0):
    drawn = FAMILIES[family].quantile(np.random.default_rng(seed).random(count), np.array(parameters))
    return np.maximum(np.rint(drawn / step_s), 1) * step_s if step_s else drawn


def log_of(seconds, kind: str = "ambulance/als_ambulance", code: str = "2301013") -> CallLog:
    """A log with one unit a call, its turnout as given."""
    calls = tuple(
        LoggedCall(str(n), START, code, None, None, n % 4 == 0, f"log.csv:{n + 2}") for n in range(len(seconds))
    )
    units = tuple(
        LoggedResponse(n, f"M{n}", "MEDIC", kind, f"log.csv:{n + 2}", notified_at=START,
                       en_route_at=START + timedelta(seconds=float(one)))
        for n, one in enumerate(seconds)
    )  # fmt: skip
    return CallLog("log.csv", "America/Los_Angeles", START, START + timedelta(days=1), calls, units)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_fit_is_the_one_that_scipy_finds(name: str) -> None:
    values = sample("gamma", (2.2, 300.0), 500, 1)
    mine = FAMILIES[name].fit(np.stack([values, values[::-1] * 2]))
    distribution, translate = SCIPY[name]
    for row, given_ in zip(mine, (values, values * 2), strict=True):
        theirs = distribution.fit(given_, floc=0)
        assert row == pytest.approx(translate(theirs), rel=2e-3)
        assert FAMILIES[name].log_density(given_, row).sum() >= distribution.logpdf(given_, *theirs).sum() - 1e-6
        assert FAMILIES[name].chance(given_, row) == pytest.approx(distribution.cdf(given_, *theirs), abs=2e-3)


@given(st.sampled_from(list(FAMILIES)), st.floats(0.2, 5), st.floats(0.2, 500), st.floats(1e-6, 1 - 1e-6))
@settings(max_examples=200)
def test_a_quantile_has_its_chance(name: str, first: float, second: float, chance: float) -> None:
    family = FAMILIES[name]
    scale = min(second, 3.0) if name in ("lognormal", "loglogistic") else second
    parameters = np.array([first, scale][: len(family.parameters)])
    assert family.chance(family.quantile(chance, parameters), parameters) == pytest.approx(chance, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("values", [np.full(60, 45.0), np.array([1.0, 1.0, 1e5] * 20), np.array([3.0])])
def test_samples_at_the_edge_have_finite_fits(values) -> None:
    for family in FAMILIES.values():
        assert np.isfinite(family.fit(values[None, :])).all(), family.name


def cell_of(values, seed: int = 1) -> Cell:
    return fit_cell("on_scene", "any", "any", np.asarray(values, float), 99, np.random.default_rng(seed))


@pytest.mark.parametrize(("name", "parameters"), [("lognormal", (6.8, 0.45)), ("weibull", (1.8, 1100.0))])
def test_a_sample_of_a_family_is_fitted_by_that_family_and_not_rejected(name: str, parameters) -> None:
    cell = cell_of(sample(name, parameters, 1500, 3))
    assert cell.family == name and cell.parameters == pytest.approx(parameters, rel=0.06)
    assert cell.candidates[0].p_value > 0.05 and cell.candidates[0].aic < cell.candidates[1].aic


def test_times_of_two_sorts_are_rejected_by_every_family_and_drawn_as_they_were() -> None:
    values = np.concatenate([sample("lognormal", (4.0, 0.2), 400, 1), sample("lognormal", (7.5, 0.1), 400, 2)])
    cell = cell_of(values)
    assert cell.family == EMPIRICAL and cell.candidates[0].p_value < 0.02
    drawn = draw(cell, np.random.default_rng(5).random(20_000))
    assert np.quantile(drawn, [0.1, 0.4, 0.6, 0.9]) == pytest.approx(
        np.quantile(values, [0.1, 0.4, 0.6, 0.9]), rel=0.02
    )


def test_a_log_that_counts_whole_minutes_is_not_rejected_for_it() -> None:
    minutes = sample("lognormal", (6.0, 0.5), 800, 4, step_s=60.0)
    best = candidates(minutes, 60.0)[0]
    random = np.random.default_rng(1)
    assert bootstrap_p(minutes, best, 60.0, 99, random) > 0.05
    assert bootstrap_p(minutes, candidates(minutes, 0.0)[0], 0.0, 99, random) < 0.02  # as if it were exact


def test_p_values_of_true_families_are_spread_evenly() -> None:
    """One in ten below a tenth: the null distribution is that of a family fitted to the same sample."""
    random = np.random.default_rng(7)
    found = []
    for seed in range(60):
        values = sample("gamma", (2.0, 200.0), 80, 100 + seed)
        gamma = next(one for one in candidates(values, 1.0) if one.family == "gamma")
        found.append(bootstrap_p(values, gamma, 1.0, 59, random))
    assert 0.35 < np.mean(found) < 0.65 and np.mean(np.array(found) <= 0.1) < 0.25


def test_noughts_are_a_share_of_their_own() -> None:
    values = np.concatenate([np.zeros(300), sample("lognormal", (4.0, 0.4), 700, 2)])
    cell = cell_of(values)
    assert cell.zero_share == pytest.approx(0.3) and cell.family == "lognormal"
    drawn = draw(cell, np.linspace(0, 0.9999, 10_000))
    assert (drawn == 0).mean() == pytest.approx(0.3, abs=0.001)
    assert np.median(drawn[drawn > 0]) == pytest.approx(np.exp(4.0), rel=0.05)


def test_nothing_drawn_is_longer_than_what_is_believed() -> None:
    wild = Cell("turnout", "any", "any", 50, 0.0, "loglogistic", parameters=(8.0, 3.0))
    assert draw(wild, np.array([0.5, 0.999999999])).max() <= STEPS["turnout"].limit_s


def test_a_thin_group_takes_the_fit_of_the_next_wider_one_and_that_is_said() -> None:
    many, few = log_of(sample("lognormal", (4, 0.4), 80, 1)), log_of([300.0] * 10, "ambulance/bls_ambulance")
    moved = tuple(
        LoggedResponse(each.call + 80, each.unit_id, each.unit_type, each.kind, each.where,
                       notified_at=each.notified_at, en_route_at=each.en_route_at)
        for each in few.responses
    )  # fmt: skip
    both = CallLog("l", "UTC", many.start, many.end, many.calls + few.calls, many.responses + moved)
    times = fit_times(both, CHAIN, least=50, bootstrap=19)
    assert ("turnout", "ambulance/bls_ambulance", "any") not in times.cells
    thin = {(one.unit, one.call): one for one in times.pooled if one.step == "turnout"}
    assert thin["ambulance/bls_ambulance", "2301013"].n == 10
    assert thin["ambulance/bls_ambulance", "2301013"].into == ("ambulance", "2301013")
    assert times.cell("turnout", "ambulance/bls_ambulance", CHAIN("2301013")).n == 90
    assert times.cell("turnout", "supervisor/car", CHAIN("2301019")).unit == "any"
    assert times.carried["any"].share == pytest.approx(23 / 90)


def test_rows_that_say_nothing_are_counted_and_named() -> None:
    seconds = [30.0] * 60 + [-5.0, 7200.0]
    log = log_of(seconds)
    missing = LoggedResponse(3, "M99", "MEDIC", "ambulance", "log.csv:99", notified_at=START)
    seen = observe(CallLog("l", "UTC", log.start, log.end, log.calls, (*log.responses, missing)))
    left = {(one.step, one.why): one for one in seen.left_out}
    assert left["turnout", "negative"].first == ("log.csv:62",)
    assert left["turnout", "impossible (over 30 min)"].rows == 1
    assert left["turnout", "missing"].first == ("log.csv:99",)
    assert sum(one.step == "turnout" for one in seen.seen) == 60


def test_each_step_runs_between_the_times_of_nemsis() -> None:
    at = [START + timedelta(minutes=minute) for minute in (1, 2, 8, 10, 25, 40, 60, 70)]
    call = LoggedCall("1", START, "2301013", None, None, True, "log.csv:2")
    carrier = LoggedResponse(
        0, "M1", "MEDIC", "ambulance", "log.csv:2", notified_at=at[0], en_route_at=at[1], on_scene_at=at[2],
        at_patient_at=at[3], transporting_at=at[4], at_destination_at=at[5], transferred_at=at[6], clear_at=at[7],
    )  # fmt: skip
    engine = LoggedResponse(
        0, "E1", "ENGINE", "first_response", "log.csv:3", notified_at=at[1], on_scene_at=at[2], clear_at=at[3]
    )
    seen = observe(CallLog("l", "UTC", START, START + timedelta(days=1), (call,), (carrier, engine))).seen
    assert {(one.step, one.unit): one.seconds / 60 for one in seen} == {
        ("call_processing", "any"): 1, ("turnout", "ambulance"): 1, ("to_patient", "ambulance"): 2,
        ("on_scene", "ambulance"): 17, ("offload", "ambulance"): 20, ("turnaround", "ambulance"): 10,
        ("released", "first_response"): 2,
    }  # fmt: skip


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    values = np.concatenate([sample("weibull", (1.5, 90.0), 200, 1), np.zeros(40)])
    times = fit_times(log_of(values), CHAIN, bootstrap=39)
    again_text = times_text(fit_times(log_of(values), CHAIN, bootstrap=39), {"log": "log.csv"})
    (tmp_path / TIMES).write_text(times_text(times, {"log": "log.csv"}), "utf-8")
    assert (tmp_path / TIMES).read_text("utf-8") == again_text  # the same seed, the same fit
    read = read_times(tmp_path / TIMES, GROUPS)
    assert read.cells.keys() == times.cells.keys() and read.carried["any"].share == 0.25
    chance = np.linspace(0, 0.999, 500)
    for key, cell in times.cells.items():
        assert draw(read.cells[key], chance) == pytest.approx(draw(cell, chance), rel=1e-5, abs=0.006)


def test_the_goodness_of_every_family_is_written_with_observed_and_fitted_quantiles(tmp_path: Path) -> None:
    times = fit_times(log_of(sample("lognormal", (4, 0.4), 200, 1)), CHAIN, bootstrap=39)
    lines = goodness_text(times).splitlines()
    row = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
    # Call processing is nought everywhere in this log: nothing to fit.
    fitted = [cell for cell in times.cells.values() if cell.step == "turnout"]
    assert len(lines) == 1 + len(fitted) * len(FAMILIES) and GOODNESS.endswith(".csv")
    assert row["used"] == "yes" and float(row["p_value"]) > 0.01
    assert float(row["q50_observed_s"]) == pytest.approx(float(row["q50_fitted_s"]), rel=0.1)


BROKEN = {
    "family": ('[[turnout]]\nfamily = "cauchy"', "t.toml:2", "family 'cauchy' is not known"),
    "negative": ("[[turnout]]\nquantiles_s = [-5.0, 60.0]", "t.toml:2", "no list of times that rise"),
    "falling": ("[[turnout]]\nquantiles_s = [50, 20]", "t.toml:2", "no list of times that rise"),
    "scale": ('[[on_scene]]\nfamily = "gamma"\nshape = 2.0\nscale_s = -3.0', "t.toml:4", "scale_s is -3"),
    "lacking": ('[[on_scene]]\nfamily = "gamma"\nshape = 2.0', "t.toml:1", "scale_s is None"),
    "call": ('[[turnout]]\ncall = "9"\nquantiles_s = [1, 2]', "t.toml:2", "call '9' is not known"),
    "share": ("[[carried]]\nshare = 1.5", "t.toml:2", "share is 1.5"),
    "step": ("[[lunch]]\nquantiles_s = [1, 2]", "t.toml:1", "step 'lunch' is not known"),
    "twice": ("[[turnout]]\nquantiles_s = [1, 2]\n[[turnout]]\nquantiles_s = [1, 2]", "t.toml:3", "stands twice"),
    "empty": ("", "t.toml", "holds no times"),
    "key": ("[[turnout]]\ncolour = 3\nquantiles_s = [1, 2]", "t.toml:2", "key 'colour' is not known"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_of_times_is_refused_with_its_line(tmp_path: Path, name: str) -> None:
    text, where, said = BROKEN[name]
    (tmp_path / "t.toml").write_text(text, "utf-8")
    with pytest.raises(InputError) as refused:
        read_times(tmp_path / "t.toml", GROUPS)
    assert any(fault.where == where and said in fault.what and fault.remedy for fault in refused.value.faults), refused
