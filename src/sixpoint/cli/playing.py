"""A day sent through the live engine: as fast as it goes, by the clock, or on the board of this terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from sixpoint.plan.interrupts import Interrupts
    from sixpoint.service.run import Played

FRAMES_PER_S: Final = 5
WIDE: Final = 120
LOOK_EVERY_S: Final = 0.2  # Ctrl-C is heard so often while nothing is due
Tick = Callable[[int], None]


def by_the_clock(day: Played, speed: float, interrupts: Interrupts, tick: Tick | None) -> int:
    """Carries out each moment when it is due, `speed` minutes of the day a second (0: as fast as it goes).

    Returns the instant up to which all is done. Ctrl-C (`KeyboardInterrupt`) comes between two moments only; what has
    been done is in the log then.
    """
    began, begins_ms = time.monotonic(), day.next_ms()
    now_ms = begins_ms or 0
    while (due_ms := day.next_ms()) is not None:
        assert begins_ms is not None
        while speed and (wait_s := (due_ms - begins_ms) / 60_000 / speed - (time.monotonic() - began)) > 0:
            interrupts.look()
            time.sleep(min(wait_s, LOOK_EVERY_S))
        interrupts.look()
        now_ms = day.step()
        if tick is not None:
            tick(now_ms)
    return now_ms


def to_the_end(day: Played, tick: Tick | None) -> int:
    """Carries out all that is left, as fast as it goes; returns the instant of the last moment."""
    now_ms = 0
    while day.next_ms() is not None:
        now_ms = day.step()
        if tick is not None:
            tick(now_ms)
    return now_ms


def every_four_hours(day: Played) -> Tick:
    """Prints a line for each four hours that have passed, with the day where there are several."""
    pattern = "%H:%M" if day.is_one_day else "%a %d %b %H:%M"
    seen: list[int] = []

    def tick(now_ms: int) -> None:
        period = now_ms // (4 * 3_600_000)
        if seen and seen[-1] == period:
            return
        seen.append(period)
        state = day.engine.state
        free = sum(unit.is_free for unit in state.units.values())
        on_duty = sum(unit.on_duty for unit in state.units.values())
        local = datetime.fromtimestamp(now_ms / 1000, day.region.starts_at.tzinfo)
        said = (
            f"{local:{pattern}}  calls {state.calls:4d}  open {len(state.incidents):3d}  free {free} of {on_duty} units"
        )
        click.echo(said)

    return tick


def with_board(day: Played, speed: float) -> int:
    """Shows the board, `speed` minutes of the day a second; Ctrl-C ends the show, not the day."""
    from rich.live import Live

    from sixpoint.cli.board import Board
    from sixpoint.service.telling import Teller

    region, engine = day.region, day.engine
    notice = "SYNTHETIC" if region.synthetic else "call types imputed" if region.imputed else ""
    board = Board(Teller(engine.world.call_types, engine.world.rulebook), region.timezone, region.name, notice)
    engine.listen(board.hear)
    now_ms = day.next_ms() or 0
    frame_ms = round(speed * 60_000 / FRAMES_PER_S)
    try:
        with Live(board.render(engine.state, now_ms, WIDE), screen=True, auto_refresh=False) as live:
            while day.next_ms() is not None:
                started = time.perf_counter()
                now_ms += frame_ms
                while (due := day.next_ms()) is not None and due <= now_ms:
                    day.step()
                live.update(board.render(engine.state, now_ms, live.console.width), refresh=True)
                time.sleep(max(0.0, 1 / FRAMES_PER_S - (time.perf_counter() - started)))
    except KeyboardInterrupt:
        click.echo("The board is closed; the day is finished without it.", err=True)
        return to_the_end(day, None) or now_ms
    return now_ms
