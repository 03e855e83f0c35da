"""A study gives the same answer however it is run, stops by its own rule, and keeps what is finished on Ctrl-C."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from scipy.stats import ttest_1samp

from sixpoint.errors import InputError
from sixpoint.plan.tiered.scenario import Prepared, Scenario, StopText, UnitChange, prepare
from sixpoint.plan.tiered.stopping import Precision, half_width, interval_of
from sixpoint.plan.tiered.study import Difference, Finished, differences, means, study, with_holm
from sixpoint.plan.tiered.workers import Elsewhere, Here

BASE = Scenario("riverton", days=1, replications=6, seed=5, name="base")
FEWER = replace(BASE, name="fewer", change=(UnitChange("A21", remove=True),))
BETTER = replace(BASE, name="better", change=(UnitChange("E1", crew=("Paramedic", "EMT"), kit="als_quick_response"),))


@pytest.fixture(scope="module")
def three() -> list[Prepared]:
    return [prepare(one, Path()) for one in (BASE, FEWER, BETTER)]


def told(found: list[Finished]) -> list[Any]:
    return [one.replications for one in found]


def test_threads_and_processes_give_the_same_bits_in_the_same_order(three: list[Prepared]) -> None:
    alone = list(study(three))
    assert [one.number for one in alone] == list(range(6))
    assert told(list(study(three, workers=Here(4)))) == told(alone)
    assert told(list(study(three, workers=Elsewhere(2, three)))) == told(alone)


def test_every_scenario_meets_the_same_patients_and_is_held_against_the_first(three: list[Prepared]) -> None:
    found = list(study(three))
    for one in found:
        assert len({(done.seed, done.calls) for done in one.replications}) == 1
    fewer = {row.figure: row for row in differences(found, second=1)}["first at patient, mean s"]
    better = {row.figure: row for row in differences(found, second=2)}["first at patient, mean s"]
    assert fewer.first == better.first and fewer.difference > 0
    assert fewer.second == pytest.approx(means(found, 1)["first at patient, mean s"][0])


def stopped_at(three: list[Prepared], cores: int = 1, **stop: Any) -> int:
    base = replace(three[0], scenario=replace(BASE, replications=40, stop=StopText(**stop)))
    return len(list(study([base, *three[1:2]], workers=Here(cores))))


def test_a_study_stops_when_it_is_precise_enough_and_not_before_the_minimum(three: list[Prepared]) -> None:
    assert stopped_at(three, half_width=1e6, minimum=7) == 7
    assert stopped_at(three, relative=1e6, minimum=3) == 3
    assert stopped_at(three, half_width=1e-6) == 40
    tight = stopped_at(three, half_width=300.0, minimum=5)
    assert tight == stopped_at(three, cores=4, half_width=300.0, minimum=5)
    assert 5 < tight < 40


def test_a_figure_that_nobody_knows_is_refused_with_close_ones(three: list[Prepared]) -> None:
    with pytest.raises(InputError, match="first at patient, mean s"):
        stopped_at(three, half_width=1.0, figure="first at patient, mean")


def test_precision_is_absolute_or_relative_whichever_is_met_first() -> None:
    values = [10.0, 12.0, 11.0, 13.0]
    width = half_width(values)
    assert Precision(width, None, 2).is_reached(values)
    assert not Precision(width * 0.999, None, 2).is_reached(values)
    assert Precision(None, width / 11.5, 2).is_reached(values)
    assert not Precision(None, width / 11.5, 2).is_reached(values, size=11.0)
    assert Precision(width / 2, 0.99, 2).is_reached(values)
    assert not Precision(None, None, 2).is_reached(values)


def test_an_interval_of_a_study_that_stops_by_precision_covers_the_mean_about_as_often_as_it_says() -> None:
    """Normal figures, 400 studies: a sequential rule loses a little, and no more with a minimum of ten."""
    rng = np.random.default_rng(11)
    wanted, covered = Precision(0.5, None, 10), 0
    for _ in range(400):
        values = rng.standard_normal(200).tolist()
        n = next(n for n in range(10, 200) if wanted.is_reached(values[:n]))
        covered += abs(np.mean(values[:n])) <= half_width(values[:n])
    assert 0.90 <= covered / 400 <= 0.97


def row(name: str, apart: list[float]) -> Difference:
    return Difference(name, len(apart), 0.0, 0.0, float(np.mean(apart)), interval_of(apart))


def test_who_looks_at_many_figures_is_seldom_told_of_a_difference_that_is_none() -> None:
    """Sixty figures that do not differ, 300 times over: one of them seems sure in some 5 % of studies."""
    rng = np.random.default_rng(2)
    sure = leaning = 0
    for _ in range(300):
        rows = with_holm([row(str(n), rng.standard_normal(10).tolist()) for n in range(60)])
        sure += any(one.is_sure for one in rows)
        leaning += any(one.is_clear for one in rows)
    assert sure / 300 <= 0.08 and leaning / 300 > 0.9


def test_holm_is_what_it_is_said_to_be() -> None:
    """Against Holm's rule on the chances that scipy gives; a figure that never differs is no test."""
    apart = [[1.0, 2.0, 1.5, 1.8, 0.4], [0.1, 0.9, 0.2, 0.7, 0.1], [0.3, -0.2, 0.5, 0.1, -0.1], [0.0] * 5]
    rows = [row(str(n), values) for n, values in enumerate(apart)]
    alone = [float(ttest_1samp(values, 0.0).pvalue) for values in apart[:3]]
    order = np.argsort(alone)
    expected = np.maximum.accumulate([min(1.0, (3 - rank) * alone[place]) for rank, place in enumerate(order)])
    found = with_holm(rows)
    assert [found[place].chance for place in order] == pytest.approx(expected.tolist())
    assert found[3].chance == 1.0


def test_ctrl_c_leaves_whole_results_of_the_replications_that_are_finished(tmp_path: Path) -> None:
    """A real process, interrupted in the middle of a study that would take minutes."""
    text = 'region = "riverton"\ndays = 14\nreplications = 10000\n'
    (tmp_path / "a.toml").write_text(text, "utf-8")
    (tmp_path / "b.toml").write_text(text + '[[change]]\nunit_id = "A21"\nremove = true\n', "utf-8")
    out = tmp_path / "out"
    words = [sys.executable, "-m", "sixpoint", "plan", "compare", "a.toml", "b.toml", "--out", str(out)]
    child = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = out / "replications.jsonl"
    for _ in range(6000):  # a machine that compiles may take minutes
        if lines.exists() and lines.read_bytes().count(b"\n") >= 6:
            break
        assert child.poll() is None, child.communicate()
        time.sleep(0.05)
    os.kill(child.pid, signal.SIGINT)
    told, complaints = child.communicate(timeout=300)
    assert child.returncode == 130 and "Traceback" not in complaints, complaints
    done = [json.loads(line) for line in lines.read_text("utf-8").splitlines()]
    count = len(done) // 2
    assert count >= 3 and [one["number"] for one in done] == [n for n in range(count) for _ in range(2)]
    assert f"{count} replications, stopped early" in told
    about = json.loads((out / "study.json").read_text("utf-8"))
    assert about["stopped_by_hand"] and about["replications"] == count
    with (out / "comparison.csv").open(encoding="utf-8") as file:
        rows = {(row["scenario"], row["figure"]): row for row in csv.DictReader(file)}
    own = [one["figures"]["first at patient, mean s"] for one in done if one["scenario"] == "b"]
    assert float(rows["b", "first at patient, mean s"]["mean"]) == pytest.approx(np.mean(own))
    assert f"{count} of 10000 replications" in (out / "report.html").read_text("utf-8")
    assert not [path for path in out.iterdir() if path.name.startswith(".")]
