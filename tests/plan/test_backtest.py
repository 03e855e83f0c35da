"""San Francisco's second week simulated on what its first says: what is learnt where, and how it is compared."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sixpoint.cli.plan import plan
from sixpoint.dispatch import load_call_types
from sixpoint.errors import InputError
from sixpoint.plan.backtest.compare import compare, simulate_runs
from sixpoint.plan.backtest.intervals import (
    EN_ROUTE,
    INTERVALS,
    NOTIFIED,
    ON_SCENE,
    Responses,
    logged_responses,
    simulated_responses,
)
from sixpoint.plan.backtest.week import Ready, Spans, check_spans, make_ready
from sixpoint.plan.call_log.model import LoggedResponse
from sixpoint.plan.outcomes import fractile
from sixpoint.plan.tiered.run import Run, run
from sixpoint.plan.tiered.scenario import prepare, read_scenario
from sixpoint.plan.tiered.study import replicate
from sixpoint.plan.tiered.words import TRACE_WORDS
from sixpoint.region.importers.sf import LOG
from sixpoint.region.model import day_start
from sixpoint.road import great_circle_m

SPANS = Spans(date(2020, 4, 7), date(2020, 4, 14), date(2020, 4, 14), date(2020, 4, 21))
STAMP = "%m/%d/%Y %I:%M:%S %p"


@pytest.fixture(scope="module")
def ready(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Ready:
    out = tmp_path_factory.mktemp("backtest") / "region"
    return make_ready(shared / "data", SPANS, out, load_call_types(), 1, bootstrap=0)


@pytest.fixture(scope="module")
def traced(ready: Ready) -> Run:
    return run(ready.service, ready.drawn(1), traced=True)


def when_told(each: LoggedResponse) -> datetime:
    assert each.notified_at is not None
    return each.notified_at


def test_nothing_is_learnt_from_the_days_that_are_simulated(ready: Ready) -> None:
    edge = day_start(SPANS.first, ready.region.timezone)
    learnt = ready.learnt
    assert all(call.received_at < edge for call in learnt.before.calls) and len(learnt.before.calls) == 2312
    assert all(call.received_at >= edge for call in learnt.real.calls) and len(learnt.real.calls) == 2061
    assert learnt.times.cells["turnout", "any", "any"].n < len(learnt.before.responses)
    assert learnt.demand.end == edge and learnt.demand.calls == 2312
    # Five of seven days of runs with lights are fitted on, four of those without; the others are for checking.
    assert learnt.lights.fitted_on + learnt.lights.as_is.runs == 1077 and learnt.unlit is not None
    assert learnt.unlit.fitted_on + learnt.unlit.as_is.runs == 80


def test_units_without_a_station_wait_by_their_first_call_of_the_days_before(ready: Ready) -> None:
    first: dict[str, tuple[float, float]] = {}
    for each in sorted((one for one in ready.learnt.before.responses if one.notified_at), key=when_told):
        call = ready.learnt.before.calls[each.call]
        first.setdefault(each.unit_id, (call.lon_deg, call.lat_deg))
    medics = [unit for unit in ready.region.units.values() if ready.unit_types[unit.unit_id] == "MEDIC"]
    near = []
    for unit in medics:
        post = ready.region.posts[unit.post_id]
        if unit.unit_id in first and post.kind == "street":
            near.append(float(great_circle_m(post.lon_deg, post.lat_deg, *first[unit.unit_id])))
    # Few first rows were on a call that is not medical, which is not in this log.
    assert len(near) > 25 and np.median(near) < 1000


def test_calls_come_when_and_where_they_did(ready: Ready) -> None:
    calls = ready.drawn(3).calls
    at = [(call.received_at - ready.region.starts_at).total_seconds() * 1000 for call in ready.learnt.real.calls]
    assert calls["at"].tolist() == at
    network = ready.region.network
    away_m = [
        float(great_circle_m(network.lon_deg[node], network.lat_deg[node], call.lon_deg, call.lat_deg))
        for node, call in zip(calls["node"], ready.learnt.real.calls, strict=True)
    ]
    assert max(away_m) < 500
    assert (ready.drawn(3).calls == calls).all() and (ready.drawn(4).calls["type"] != calls["type"]).any()


def test_every_shift_that_the_log_shows_is_staffed(ready: Ready) -> None:
    for each in ready.learnt.real.responses:
        if each.unit_id in ready.unit_types and each.notified_at is not None:
            on = [one for one in ready.region.shifts if one.unit_id == each.unit_id and one.covers(each.notified_at)]
            assert on or each.notified_at >= ready.region.ends_at, each


def test_a_unit_has_one_crew_at_a_time(ready: Ready) -> None:
    by_unit: dict[str, set[tuple[datetime, datetime]]] = {}
    for one in ready.region.shifts:
        by_unit.setdefault(one.unit_id, set()).add((one.starts_at, one.ends_at))
    for spans in by_unit.values():
        ordered = sorted(spans)
        assert all(low[1] <= high[0] for low, high in pairwise(ordered))


def test_units_at_fires_are_not_sent(ready: Ready, traced: Run, shared: Path) -> None:
    medical = {call.first.call_number for call in ready.medical}
    assigned: dict[str, list[float]] = {}
    for at, word, _, unit, _ in traced.trace.tolist():
        if TRACE_WORDS[word] == "assigned":
            assigned.setdefault(traced.service.unit_ids[unit], []).append(at / 1000)
    begun, checked = ready.region.starts_at.replace(tzinfo=None), 0
    with gzip.open(shared / "data" / LOG, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            received = datetime.strptime(row["Received DtTm"], STAMP)  # noqa: DTZ007
            if (
                row["Call Number"] in medical
                or received < begun
                or not row["Dispatch DtTm"]
                or not row["Available DtTm"]
            ):
                continue
            low, high = (
                (datetime.strptime(row[f"{one} DtTm"], STAMP) - begun).total_seconds()  # noqa: DTZ007
                for one in ("Dispatch", "Available")
            )
            for at in assigned.get(row["Unit ID"], []):
                checked += 1
                assert not low < at < high, (row["Unit ID"], at)
    assert checked > 500


def test_real_intervals_are_those_of_the_file(ready: Ready, shared: Path) -> None:
    medical = {call.first.call_number for call in ready.medical}
    took: list[float] = []
    with gzip.open(shared / "data" / LOG, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            both = [row[f"{one} DtTm"] for one in ("Transport", "Hospital")]
            if row["Call Number"] in medical and row["Unit Type"] == "MEDIC" and all(both):
                ends = [datetime.strptime(one, STAMP) for one in both]  # noqa: DTZ007
                took.append((ends[1] - ends[0]).total_seconds())
    real = logged_responses(ready.learnt.real, ready.unit_types).of("MEDIC")
    assert sorted(real.interval("transport")) == sorted(one for one in took if one >= 0) and len(took) > 900


def test_simulated_intervals_are_those_of_the_trace_with_the_delay_told_as_travel(ready: Ready, traced: Run) -> None:
    delay_s = ready.delay_s
    found = simulated_responses(traced, ready.unit_types, delay_s)
    since: dict[tuple[int, int], dict[str, int]] = {}
    wanted: dict[str, list[float]] = {name: [] for name in INTERVALS}
    for at, word, call, unit, _ in traced.trace.tolist():
        name = TRACE_WORDS[word]
        if name == "assigned":
            since[call, unit] = {"assigned": at}
        elif name in ("en_route", "on_scene", "transporting", "at_destination"):
            times = since[call, unit]
            times[name] = at
            if name == "on_scene":
                wanted["travel"].append((at - times["en_route"]) / 1000 + delay_s)
                wanted["response"].append((at - int(traced.calls["at"][call])) / 1000)
        elif name in ("clear", "cancelled"):
            times = since.pop((call, unit))
            if "transporting" in times:
                wanted["on scene, carrying"].append((times["transporting"] - times["on_scene"]) / 1000)
                wanted["transport"].append((times["at_destination"] - times["transporting"]) / 1000 + delay_s)
                wanted["hospital"].append((at - times["at_destination"]) / 1000 - delay_s)
            elif "on_scene" in times:
                wanted["on scene, not carrying"].append((at - times["on_scene"]) / 1000)
    for name in ("travel", "response", "on scene, carrying", "transport", "hospital", "on scene, not carrying"):
        own = sorted(one for one in wanted[name] if one >= 0)
        assert len(own) > 100 and sorted(found.interval(name).tolist()) == pytest.approx(own, abs=2e-3), name
    at_s = found.at_s
    rows = np.isfinite(at_s[:, ON_SCENE])
    whole = at_s[rows, NOTIFIED] + (at_s[rows, EN_ROUTE] - at_s[rows, NOTIFIED])
    assert at_s[rows, ON_SCENE] == pytest.approx(whole + (at_s[rows, ON_SCENE] - at_s[rows, EN_ROUTE]))
    assert (found.at_s[:, EN_ROUTE] - found.at_s[:, NOTIFIED])[np.isfinite(at_s[:, EN_ROUTE])].min() > -1e-3


def test_steps_that_were_fitted_last_as_they_did_in_the_days_before(ready: Ready, traced: Run) -> None:
    """Turnout and hospital time do not depend on the fleet: their medians come out as they were put in."""
    simulated = simulated_responses(traced, ready.unit_types, ready.delay_s).of("MEDIC")
    before = logged_responses(ready.learnt.before, ready.unit_types).of("MEDIC")
    for name, off_s in (("hospital", 240), ("received to dispatched", 20), ("turnout", 10)):
        medians = [fractile(one.interval(name), 0.5).value for one in (before, simulated)]
        assert abs(medians[0] - medians[1]) < off_s, (name, medians)


def test_a_comparison_has_what_it_is_asked_for_and_the_intervals_hold_their_values(ready: Ready) -> None:
    result = compare(ready, list(simulate_runs(ready, 3, 1)))
    assert result.calls == 2061 and result.runs == 3
    names = {(row.unit_type, row.interval) for row in result.rows}
    assert {("MEDIC", name) for name in INTERVALS} <= names and ("ENGINE", "travel") in names
    assert ("ENGINE", "transport") not in names and ("first of any", "response") in names
    for row in result.rows:
        assert row.real_n >= 20 and row.real_median_s.value <= row.real_p90_s.value
        assert row.real_median_s.interval.low <= row.real_median_s.value <= row.real_median_s.interval.high
        if row.simulated_median_s.value is not None and row.simulated_median_s.interval.low is not None:
            assert row.simulated_median_s.interval.low <= row.simulated_median_s.value
    real = logged_responses(ready.learnt.real, ready.unit_types)
    medics = next(one for one in result.units if one.unit_type == "MEDIC")
    assert medics.real_sent == pytest.approx((real.unit_type == "MEDIC").sum() / 2061) and medics.duty_h > 3000
    assert sum(day.received for day in result.days) == 2061
    assert sum(day.expected for day in result.days) == pytest.approx(2312, rel=1e-6)


def test_an_interval_without_an_end_or_below_nought_is_left_out() -> None:
    nan = np.nan
    rows = np.array([[60, 90, 300, nan, nan, 900], [60, nan, 200, 500, 400, 1000], [10, 5, nan, nan, nan, 50]], float)
    found = Responses(2, np.array([0, 1, 1]), np.array(["A", "A", "B"], object), rows)
    assert found.interval("turnout").tolist() == [30.0] and found.interval("response").tolist() == [300.0, 200.0]
    assert found.interval("on scene, not carrying").tolist() == [600.0]
    assert found.interval("on scene, carrying").tolist() == [300.0] and found.interval("transport").tolist() == []
    assert found.first_on_scene().tolist() == [300.0, 200.0] and found.of("B").a_call(arrived=True) == 0
    assert found.a_call(arrived=False) == 1.5 and found.busy_h() == (840 + 940 + 40) / 3600


WRONG = {
    "overlap": (SPANS.fit_from, date(2020, 4, 16), SPANS.first, SPANS.last),
    "backwards": (SPANS.fit_from, SPANS.fit_from, SPANS.first, SPANS.last),
    "no days": (SPANS.fit_from, SPANS.fit_to, SPANS.first, SPANS.first),
}


@pytest.mark.parametrize("name", WRONG)
def test_stretches_that_cannot_be_are_refused(name: str) -> None:
    with pytest.raises(InputError) as refused:
        check_spans(Spans(*WRONG[name]))
    assert all(fault.remedy for fault in refused.value.faults)


def test_days_that_the_log_lacks_are_refused(shared: Path, tmp_path: Path) -> None:
    spans = Spans(date(2020, 4, 7), date(2020, 4, 14), date(2020, 4, 14), date(2020, 4, 30))
    with pytest.raises(InputError, match="is not within the log"):
        make_ready(shared / "data", spans, tmp_path / "region", load_call_types(), 1)
    arguments = ["backtest", str(shared / "data"), "--from", "soon"]
    refused = CliRunner().invoke(plan, arguments, standalone_mode=False).exception
    assert isinstance(refused, InputError) and "'soon' is not a day" in str(refused)


def test_the_command_writes_what_it_found_and_what_a_scenario_can_name(shared: Path, tmp_path: Path) -> None:
    out = tmp_path / "week"
    arguments = ["backtest", str(shared / "data"), "--to", "2020-04-16", "--runs", "2", "--out", str(out), "--json"]
    done = CliRunner().invoke(plan, arguments, standalone_mode=False)
    assert done.exception is None, done.output
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["calls"] == 637 and told == json.loads((out / "backtest.json").read_text("utf-8"))
    page = (out / "report.html").read_text("utf-8")
    assert "MEDIC" in page and "Sixpoint&#x27;s own policy" in page and "http" not in page.split("</style>")[1]
    with (out / "backtest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["of"] for row in rows} == {"log", "simulated"} and {row["share"] for row in rows} == {"0.5", "0.9"}
    (out / "one.toml").write_text(
        'region = "region"\ndays = 1\n[demand]\nfile = "demand.toml"\n[times]\nfile = "times.toml"\n', "utf-8"
    )
    calls = replicate(prepare(read_scenario(out / "one.toml"), out), 0).calls
    assert 200 < len(calls) < 450
    again = CliRunner().invoke(plan, arguments, standalone_mode=False)
    assert isinstance(again.exception, InputError) and "is there already" in str(again.exception)


def test_ctrl_c_leaves_a_whole_report_of_the_runs_that_are_finished(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(ready: Ready, runs: int, seed: int) -> Iterator[tuple[Responses, float]]:
        yield from simulate_runs(ready, 2, seed)
        raise KeyboardInterrupt

    monkeypatch.setattr("sixpoint.plan.backtest.compare.simulate_runs", interrupted)
    monkeypatch.setenv("COLUMNS", "60")
    out = tmp_path / "day"
    arguments = ["backtest", str(shared / "data"), "--to", "2020-04-15", "--runs", "9", "--out", str(out)]
    done = CliRunner().invoke(plan, arguments, standalone_mode=False)
    assert done.return_value == 130 and "Stopped by hand after 2 of 9 runs" in done.output
    assert json.loads((out / "backtest.json").read_text("utf-8"))["runs"] == 2 and (out / "report.html").exists()
    assert "…" not in done.output, "a narrow terminal cuts no number off"


def test_a_shift_is_parted_where_a_unit_is_not_heard_of_for_eight_hours() -> None:
    from sixpoint.region.importers.sf_fleet import _spells
    from sixpoint.region.importers.sf_log import Response

    start = day_start(date(2020, 4, 14), "America/Los_Angeles")

    def at(hours: float) -> Response:
        then = start + timedelta(hours=hours)
        return Response(
            "1", "85", "MEDIC", True, "Medical Incident", "", "", ("3", "3", "3"), "", "", -122.4, 37.7, then, then,
            then, None, None, None, then + timedelta(hours=1),
        )  # fmt: skip

    seen = [at(-30), at(-3.5), at(2.5), at(9.2), at(20.25), at(22.75), at(60.0)]
    spans = [((low - start) / timedelta(hours=1), (high - start) / timedelta(hours=1)) for low, high in _spells(
        date(2020, 4, 14), 2, seen
    )]  # fmt: skip
    # From the hour of a dispatch to the hour of a clearing; eight hours at least, and never into the next one.
    assert spans == [(-4.0, 11.0), (20.0, 28.0)]
