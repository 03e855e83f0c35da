"""The board and the words of a run: what a dispatcher sees of moves and meetings, and the same read from a log."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from sixpoint.cli.board import Board
from sixpoint.cli.following import Follower
from sixpoint.dispatch import Policy
from sixpoint.ops import State, canonical, evolve
from sixpoint.ops.events import AnyEvent, RendezvousArranged, UnitMoved
from sixpoint.service.run import PastRun
from sixpoint.service.story import tell_call
from sixpoint.service.summary import summarise
from sixpoint.store import open_sqlite

from .met import riverton_with_a_meeting


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> PastRun:
    """A day of Riverton with moves on, and every meeting that brings care sooner, whatever the hospital."""
    policy = Policy(move_up=True, rendezvous_weighs_hospital=False, rendezvous_gain_s=30)
    return riverton_with_a_meeting(tmp_path_factory.mktemp("runs"), policy)


def board_of(run: PastRun) -> Board:
    return Board(run.teller, run.about.timezone, run.about.name, "SYNTHETIC")


def shown(run: PastRun, until: AnyEvent, width: int) -> str:
    """The board right after the event, as text."""
    state, board = State(), board_of(run)
    for event in run.events:
        before, state = state, evolve(state, event)
        board.hear(before, event, state)
        if event is until:
            break
    console = Console(width=width, height=60, record=True, file=None, quiet=False, force_terminal=False)
    with console.capture() as captured:
        console.print(board.render(state, until.at_ms, width), height=60)
    return captured.get()


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_board_shows_a_meeting_by_the_call_and_nothing_squeezes_call_and_age_out(run: PastRun, width: int) -> None:
    arranged = next(event for event in run.events if isinstance(event, RendezvousArranged))
    text = shown(run, arranged, width)
    (row,) = [line for line in text.splitlines() if line.startswith(f"│ {arranged.incident_id} ") and "meet" in line]
    assert "meet " in row and ":" in row.split("meet")[0], "its age stands before it"
    assert "meet on the way" in text or width == 80


def test_the_board_says_where_a_moved_unit_waits_or_goes(run: PastRun) -> None:
    moved = next(event for event in run.events if isinstance(event, UnitMoved) and event.weighed is not None)
    post = next(
        event.post.name for event in run.events if getattr(getattr(event, "post", None), "post_id", "") == moved.post_id
    )
    assert f"free, to {post}"[:20] in shown(run, moved, 240)


def test_the_story_tells_of_the_meeting_with_its_alternatives(run: PastRun) -> None:
    arranged = next(event for event in run.events if isinstance(event, RendezvousArranged))
    lines = tell_call(run.events, arranged.incident_id, run.teller)
    (meets,) = [line for line in lines if "will meet in" in line.what]
    assert any("waiting in" in why and "driving in in" in why and "meeting in" in why for why in meets.why)
    said = [line.what for line in lines]
    assert said.index(meets.what) < next(n for n, one in enumerate(said) if "at the meeting place" in one)
    assert any("drive on together" in one for one in said)


def test_the_summary_counts_meetings_and_moves(run: PastRun) -> None:
    figures = summarise(run.histories.by_incident.values(), run.call_types, run.histories.moved_away)
    arranged = [event for event in run.events if isinstance(event, RendezvousArranged)]
    assert figures.meetings.arranged == len(arranged) == figures.meetings.met + figures.meetings.cancelled >= 1
    assert figures.meetings.gain_s is not None and figures.meetings.gain_s >= 30
    home = {event.unit_id: event.post_id for event in run.histories.units.values()}
    assert (
        figures.moves == sum(one.post_id != home[one.unit_id] for one in run.events if isinstance(one, UnitMoved)) > 5
    )


def sixpoint(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "sixpoint", *words], capture_output=True, text=True, check=False)


def test_the_board_of_a_run_is_that_of_its_log_at_the_instant(run: PastRun) -> None:
    printed = sixpoint("board", str(run.folder), "--at", "15:00", "--json")
    assert printed.returncode == 0, printed.stderr
    found = json.loads(printed.stdout)
    state = State()
    for event in run.events[: found["position"]]:
        assert event.at_ms <= found["at_ms"]
        state = evolve(state, event)
    assert run.events[found["position"]].at_ms > found["at_ms"]
    assert {one["incident_id"] for one in found["incidents"]} == set(state.incidents)
    assert {one["unit_id"]: one["incident_id"] for one in found["units"]} == {
        unit.unit_id: unit.incident_id for unit in state.units.values()
    }
    text = sixpoint("board", str(run.folder), "--at", "15:00")
    assert text.returncode == 0 and "15:00:00" in text.stdout and "pending" in text.stdout
    assert sixpoint("board", str(run.folder), "--at", "noon").returncode == 2


CHILD = """
import sys, time
from pathlib import Path
from sixpoint.dispatch import load_call_types
from sixpoint.region import bundled_region, read_region
from sixpoint.service.run import finish_run, start_run
folder = bundled_region("riverton")
day = start_run(Path(sys.argv[1]), folder, read_region(folder, load_call_types().codes), 6)
print("open", flush=True)
at_ms = 0
while day.agenda.next_ms() is not None:
    at_ms = day.agenda.step()
finish_run(day, Path(sys.argv[1]), at_ms)
"""


def test_a_run_is_followed_while_another_process_makes_it(tmp_path: Path, run: PastRun) -> None:
    """The follower only ever reads on, and ends in the very state that the finished log gives."""
    folder = tmp_path / "run"
    with subprocess.Popen([sys.executable, "-c", CHILD, str(folder)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None and child.stdout.readline() == "open\n"
        with open_sqlite(folder / "log.sqlite", read_only=True) as log:
            follower, seen = Follower(log, board_of(run)), set()
            while child.poll() is None:
                follower.read_on()
                seen.add(follower.position)
                time.sleep(0.02)
            follower.read_on()
    past = PastRun(folder)
    state = State()
    for event in past.events:
        state = evolve(state, event)
    assert len(seen) > 3 and follower.position == len(past.events)
    assert canonical(follower.state) == canonical(state)
