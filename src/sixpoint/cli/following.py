"""`sixpoint board`: a run on the board, from its log alone: while it is made, again at any speed, or at an instant."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sixpoint.cli.output import DONE, json_option, print_json
from sixpoint.cli.run_time import instant_of_run
from sixpoint.errors import InputError

if TYPE_CHECKING:
    from sixpoint.cli.board import Board
    from sixpoint.ops import State
    from sixpoint.store import EventLog

FRAMES_PER_S: Final = 5
PAPER: Final = 120  # columns where there is no terminal


class Follower:
    """The state as far as the log was read; reads on, to an instant or to what is there now."""

    def __init__(self, log: EventLog, board: Board) -> None:
        from sixpoint.ops import State

        self._log = log
        self._board = board
        self.state: State = State()
        self.position = 0

    def read_on(self, until_ms: int | None = None) -> int | None:
        """Takes in what was written since; returns the instant of the first entry that lies after `until_ms`."""
        from sixpoint.ops import evolve
        from sixpoint.ops.events import decode

        for entry in self._log.read(self.position):
            if until_ms is not None and entry.at_ms > until_ms:
                return entry.at_ms
            event = decode(entry.payload)
            before, self.state = self.state, evolve(self.state, event)
            self._board.hear(before, event, self.state)
            self.position = entry.position
        return None


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--at", "hour", metavar="TIME", help="Print the board as it stood then: HH:MM of the run's day.")
@click.option("--speed", default=60.0, show_default=True, help="A finished run is shown again: minutes of it a second.")
@json_option
def board(run: Path, hour: str | None, speed: float, as_json: bool) -> int:
    """Shows the RUN on the board: follows it while another process makes it, or shows it again once it is finished.

    With --at, and wherever there is no terminal, prints the board once: as it stood then, or as far as the log goes.
    With --json, what the board shows then, as one object.
    """
    from rich.console import Console

    from sixpoint.cli.board import Board
    from sixpoint.dispatch import load_call_types
    from sixpoint.scope import load_rulebook
    from sixpoint.service.run import HEAD, LOG, read_run
    from sixpoint.service.telling import Teller
    from sixpoint.store import open_sqlite

    if speed <= 0:
        raise InputError.one("--speed", f"is {speed:g}", "Give minutes of the day a second, more than 0.")
    about = read_run(run)
    teller = Teller(load_call_types(), load_rulebook(about.rulebook, about.overlays))
    notice = "SYNTHETIC" if about.synthetic else "call types imputed" if about.imputed else ""
    shown = Board(teller, about.timezone, about.name, notice)
    console = Console()
    with open_sqlite(run / LOG, read_only=True) as log:
        follower = Follower(log, shown)
        if hour is None and console.is_terminal and not as_json:
            _show(follower, shown, speed, run / HEAD)
            return DONE
        until_ms = None if hour is None else instant_of_run(about, hour)
        follower.read_on(until_ms)
        now_ms = until_ms or follower.state.last_ms
        if as_json:
            print_json(_as_data(follower.state, now_ms, follower.position))
        else:
            console = console if console.is_terminal else Console(width=PAPER, height=50)
            console.print(shown.render(follower.state, now_ms, console.width), height=console.height)
    return DONE


def _show(follower: Follower, shown: Board, speed: float, finished: Path) -> None:
    """Again from its beginning if the run is finished; else from now on, as far as its log goes, until it is."""
    from rich.live import Live

    again = finished.is_file()
    follower.read_on(None if not again else 0)
    now_ms = (follower.read_on(0) or 0) if again else follower.state.last_ms
    try:
        with Live(shown.render(follower.state, now_ms, PAPER), screen=True, auto_refresh=False) as live:
            while True:
                started = time.perf_counter()
                is_over = finished.is_file()
                if again:
                    now_ms += round(speed * 60_000 / FRAMES_PER_S)
                    is_over = follower.read_on(now_ms) is None
                else:
                    follower.read_on()
                    now_ms = follower.state.last_ms
                live.update(shown.render(follower.state, now_ms, live.console.width), refresh=True)
                if is_over:
                    return
                time.sleep(max(0.0, 1 / FRAMES_PER_S - (time.perf_counter() - started)))
    except KeyboardInterrupt:
        click.echo("The board is closed; the run goes on.", err=True)


def _as_data(state: State, now_ms: int, position: int) -> dict[str, object]:
    """What the board shows, for programs."""
    return {
        "at_ms": now_ms,
        "position": position,
        "calls": state.calls,
        "closed": state.closed,
        "incidents": [
            {
                "incident_id": one.incident_id,
                "acuity": one.acuity,
                "dispatch_code": one.dispatch_code,
                "received_ms": one.received_ms,
                "waiting_because": one.waiting_because,
                "units": {unit_id: one.assignments[unit_id].status for unit_id in one.open_units},
                "meetings": [meeting for meeting in (one.meetings or {}).values() if meeting.is_open],
            }
            for one in state.incidents.values()
        ],
        "units": [
            {
                "unit_id": unit.unit_id,
                "call_sign": unit.call_sign,
                "on_duty": unit.on_duty,
                "incident_id": unit.incident_id,
                "status": unit.status,
                "waits_at": unit.waits_at,
            }
            for unit in state.units.values()
        ],
    }
