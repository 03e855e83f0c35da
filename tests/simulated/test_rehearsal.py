"""A simulated day sent to a live engine over a log: whole at any speed, readable by whatever reads a run."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from sixpoint.cli.main import main
from sixpoint.cli.playing import by_the_clock, to_the_end
from sixpoint.ops import events as e
from sixpoint.plan.interrupts import Interrupts
from sixpoint.plan.tiered.scenario import Prepared, Scenario, prepare
from sixpoint.plan.tiered.study import replicate
from sixpoint.region import bundled_region
from sixpoint.service.run import HEAD, LOG, PastRun
from sixpoint.service.simulated.memory import Memory
from sixpoint.service.simulated.rehearsal import Rehearsal, start_rehearsal
from sixpoint.service.simulated.script import Script
from sixpoint.store import open_sqlite

from .told import HARD


class Result(NamedTuple):
    exit_code: object
    output: str


def sixpoint(*words: object) -> Result:
    """The whole command line in this process: its exit code, and what it said to people and programs."""
    said = io.StringIO()
    argv, sys.argv = sys.argv, ["sixpoint", *(str(word) for word in words)]
    try:
        with redirect_stdout(said), redirect_stderr(said), pytest.raises(SystemExit) as left:
            main()
    finally:
        sys.argv = argv
    return Result(left.value.code, said.getvalue())


@pytest.fixture(scope="module")
def day() -> Prepared:
    return prepare(Scenario("riverton", days=1, seed=2), Path())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quiet day of a scenario with a rulebook of its own, sent with the command."""
    place = tmp_path_factory.mktemp("rehearsed")
    (place / "orders.yaml").write_bytes((HARD.parent / "orders.yaml").read_bytes())
    text = 'region = "riverton"\ndays = 1\nseed = 2\noverlays = ["orders.yaml"]\ndemand.times = 0.6\n'
    (place / "quiet.toml").write_text(text, "utf-8")
    folder = place / "run"
    result = sixpoint("plan", "rehearse", place / "quiet.toml", "--out", folder, "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.output)
    assert said["differences"] == [] and said["same"]["assigned"] > 50
    return folder


def rehearsed(day: Prepared, folder: Path) -> Rehearsal:
    return start_rehearsal(folder, day, replicate(day, 0, traced=True))


def head(folder: Path) -> str:
    return (folder / HEAD).read_text("utf-8")


def test_every_recommendation_of_a_rehearsed_day_comes_out_the_same_in_the_audit(made: Path) -> None:
    """Also where the scenario has a rulebook of its own, which its region does not name."""
    result = sixpoint("day", "audit", made)
    assert result.exit_code == 0 and " 0 otherwise" in result.output


def test_its_log_is_proved_and_gives_the_state_of_the_live_service(made: Path) -> None:
    result = sixpoint("log", "verify", made / LOG)
    assert result.exit_code == 0 and "gives the state of the live service" in result.output


@pytest.mark.parametrize(
    "words",
    [
        ("board", "RUN", "--at", "17:00"),
        ("day", "summary", "RUN"),
        ("day", "story", "RUN"),
        ("day", "story", "RUN", "i-3"),
        ("record", "show", "RUN", "i-3"),
        ("record", "audit", "RUN"),
        ("record", "xml", "RUN", "--incident", "i-3", "--out", "XML"),
    ],
)
def test_what_reads_a_run_reads_it(made: Path, tmp_path: Path, words: Sequence[str]) -> None:
    places = {"RUN": made, "XML": tmp_path / "xml"}
    result = sixpoint(*(places.get(word, word) for word in words))
    assert result.exit_code in (0, 1) and result.output.strip(), result.output


def test_a_rehearsed_run_has_no_override_and_says_that_it_is_synthetic(made: Path) -> None:
    past = PastRun(made)
    assert past.is_finished and past.about.synthetic
    assert all(not history.overrides for history in past.histories.by_incident.values())
    reported = [event for event in past.events if isinstance(event, e.CallReported)]
    assert reported and all("place" in event.imputed for event in reported)


def test_ctrl_c_leaves_a_whole_run_that_says_it_was_stopped(tmp_path: Path) -> None:
    """A real process, in the middle of a day at five hours a second, followed by a board meanwhile."""
    out = tmp_path / "run"
    words = [sys.executable, "-m", "sixpoint", "plan", "rehearse", "riverton", "--speed", "300", "--out", str(out)]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for _ in range(6000):  # a machine that compiles may take minutes
        if (out / LOG).is_file() and count_events(out) > 600:
            break
        assert child.poll() is None, child.communicate()
        time.sleep(0.05)
    shown = sixpoint("board", out)
    os.kill(child.pid, signal.SIGINT)
    told, complaints = child.communicate(timeout=300)
    assert child.returncode == 130 and "Traceback" not in complaints, complaints
    assert shown.exit_code == 0 and "Riverton" in shown.output
    assert "as simulated" in told and "Stopped by hand" in complaints
    assert sixpoint("log", "verify", out / LOG).exit_code == 0
    assert sixpoint("day", "audit", out).exit_code == 0
    assert not PastRun(out).is_finished
    assert "ended before its day was over" in sixpoint("day", "summary", out).output


def count_events(folder: Path) -> int:
    with open_sqlite(folder / LOG, read_only=True) as log:
        return log.head.position


@pytest.mark.parametrize("speed", [0.0, 100_000.0])
def test_ctrl_c_is_heard_between_two_moments_and_at_any_speed_they_are_the_same(
    day: Prepared, tmp_path: Path, speed: float
) -> None:
    one, interrupts = rehearsed(day, tmp_path / "run"), Interrupts()
    steps = []

    def tick(at_ms: int) -> None:
        steps.append(at_ms)
        if len(steps) == 300:
            signal.raise_signal(signal.SIGINT)
            steps.append(0)  # the moment is done to its end

    interrupts.begin()
    try:
        with pytest.raises(KeyboardInterrupt):
            by_the_clock(one, speed, interrupts, tick)
    finally:
        interrupts.end()
    assert len(steps) == 301 and one.held().is_same
    told = Memory(one.engine.world)
    script = Script(day, replicate(day, 0, traced=True), told)
    script.open()
    while len(told.events) < one.engine.position:
        script.step()
    assert [e.encode(event) for event in told.events] == [entry.payload for entry in one.engine.log.read()]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nowhere",), "nowhere"),
        (("riverton", "--speed", "-1"), "--speed"),
        (("riverton", "--speed", "soon"), "minutes a second"),
        (("missing.toml",), "missing.toml"),
    ],
)
def test_bad_input_is_refused_with_place_and_remedy(tmp_path: Path, words: Sequence[str], told: str) -> None:
    result = sixpoint("plan", "rehearse", *words, "--out", tmp_path / "run")
    assert result.exit_code == 2 and told in result.output
    assert not (tmp_path / "run").exists()


def test_faults_of_a_scenario_are_told_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        'region = "riverton"\ndays = 0\n[[change]]\nunit_id = "X9"\nremove = true\n', "utf-8"
    )
    result = sixpoint("plan", "rehearse", tmp_path / "a.toml", "--out", tmp_path / "run")
    assert result.exit_code == 2 and "a.toml:2" in result.output and "X9" in result.output
    assert not (tmp_path / "run").exists()


def test_a_folder_that_holds_a_run_is_left_alone(made: Path) -> None:
    before = head(made)
    result = sixpoint("plan", "rehearse", "riverton", "--out", made)
    assert result.exit_code == 2 and "holds a run already" in result.output and head(made) == before


# As `road calibrate` writes them: a delay of every run, slower without lights; and an hour that is slower still.
CALIBRATED = """profile,road_class,days,from_hour,to_hour,factor,base_s,source,confidence
lights,*,mon-sun,0,24,1.2,30,invented,assumption
normal,*,mon-sun,0,24,1.9,30,invented,assumption
normal,*,mon-fri,16,18,1.3,0,invented,assumption
"""


@pytest.mark.parametrize("speeds", ["sixpoint", "calibrated.csv"])
def test_a_region_with_speeds_by_hour_is_rehearsed_at_the_same_speeds(tmp_path: Path, speeds: str) -> None:
    """A leg keeps the speed of the hour in which it begins, simulated and live."""
    folder = tmp_path / "hourly"
    shutil.copytree(bundled_region("riverton"), folder)
    (folder / "calibrated.csv").write_text(CALIBRATED, "utf-8")
    manifest = (folder / "region.toml").read_text("utf-8")
    lines = [line for line in manifest.splitlines() if not line.startswith("lights_factor")]
    (folder / "region.toml").write_text(f'speeds = "{speeds}"\n' + "\n".join(lines) + "\n", "utf-8")
    one = rehearsed(prepare(Scenario(str(folder), days=1, seed=2), Path()), tmp_path / "run")
    to_the_end(one, None)
    assert one.region.speeds is not None and one.differences == [] and one.held().is_same
