"""`sixpoint plan backtest`: fit on one stretch of a real log, simulate the next, hold one against the other."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Column, Table

from sixpoint.cli.output import DONE, INTERRUPTED, json_option, print_json
from sixpoint.errors import InputError

if TYPE_CHECKING:
    from sixpoint.plan.backtest.compare import Backtest, Speed

LEAST_RUNS = 2
PATH = click.Path(path_type=Path)


@click.command()
@click.argument("data", type=PATH)
@click.option("--fit-from", default="2020-04-07", show_default=True, help="Learn from this day on.")
@click.option("--fit-to", help="Up to, not including, this day; else up to the first day simulated.")
@click.option("--from", "first", default="2020-04-14", show_default=True, help="Simulate from this day on.")
@click.option("--to", "last", default="2020-04-21", show_default=True, help="Up to, not including, this day.")
@click.option(
    "--runs", type=click.IntRange(LEAST_RUNS, 1000), default=20, show_default=True, help="How often it is simulated."
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of everything drawn.")
@click.option("--out", type=PATH, help="A new folder for the report, the figures, and what was learnt.")
@json_option
def backtest(
    data: Path,
    fit_from: str,
    fit_to: str | None,
    first: str,
    last: str,
    runs: int,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> int:
    """Simulates days of San Francisco with the real fleet on what days before them say, beside what really happened.

    DATA is the folder of published data (sf/, poi/, montgomery/). Service times, turnouts, speeds and posts of units
    without a station come from the days before; calls, who was on duty and which units were at fires, from the days
    that are simulated. Nothing is tuned to match. Ctrl-C stops after whole runs: from the second on, what is finished
    is written and shown.
    """
    from sixpoint.dispatch import load_call_types
    from sixpoint.plan.backtest.compare import compare, simulate_runs
    from sixpoint.plan.backtest.page import write_backtest
    from sixpoint.plan.backtest.week import Spans, check_spans, make_ready
    from sixpoint.plan.fitting.fitted import refuse_taken

    if out is not None:
        refuse_taken(out)
    spans = Spans(
        _day(fit_from, "--fit-from"), _day(fit_to or first, "--fit-to"), _day(first, "--from"), _day(last, "--to")
    )
    check_spans(spans)
    with _folder(out) as made:
        ready = make_ready(data, spans, made / "region", load_call_types(), seed)
        found, stopped = [], False
        bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*bar, console=Console(stderr=True), disable=as_json) as progress:
            task = progress.add_task("runs", total=runs)
            try:
                for one in simulate_runs(ready, runs, seed):
                    found.append(one)
                    progress.advance(task)
            except KeyboardInterrupt:
                if len(found) < LEAST_RUNS:  # of one run there is no interval
                    raise
                stopped = True
        result = compare(ready, found)
        if out is not None:
            write_backtest(made, ready, result)
            made.rename(out)
    if as_json:
        print_json(result)
    else:
        _show(result, out)
        if stopped:
            Console().print(f"Stopped by hand after {len(found)} of {runs} runs.")
    return INTERRUPTED if stopped else DONE


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    """A folder to work in, beside where it goes if it is kept."""
    with tempfile.TemporaryDirectory(dir=out.parent if out else None, prefix=".backtest-") as made:
        folder = Path(made) / "backtest"
        folder.mkdir()
        yield folder


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError.one(where, f"'{text}' is not a day", "Write it like 2020-04-14.") from None


def _show(result: Backtest, out: Path | None) -> None:
    from sixpoint.plan.backtest.page import ROW_HEAD, UNIT_HEAD, row_cells, unit_cells

    console = Console()
    table = Table(
        *_folded(ROW_HEAD), title=f"{result.calls:,} calls, {result.runs} runs; minutes and seconds, 95 % intervals"
    )
    for row in result.rows:
        table.add_row(*row_cells(row))
    console.print(table)
    units = Table(*_folded(UNIT_HEAD), title="Units a call")
    for one in result.units:
        units.add_row(*unit_cells(one))
    console.print(units)
    days = Table("day", "calls received", "expected from the days before", title="Calls")
    for day in result.days:
        days.add_row(day.day, str(day.received), f"{day.expected:.0f}")
    console.print(days)
    console.print(
        f"Carried: {result.real_carried:.1%} of calls really, {result.simulated_carried:.1%} simulated. "
        f"Every run takes {result.delay_s:.0f} s beside driving. "
        f"{_driving('With lights', result.lights)} {_driving('Without', result.normal)} "
        f"Units of the fleet were on other calls for {result.away_h:,.0f} h. "
        f"Not simulated, the log leaves open who is on them: {', '.join(result.left_out)}.",
        soft_wrap=True,
    )
    if out is not None:
        console.print(f"written: {out}")


def _folded(head: Sequence[str]) -> list[Column]:
    """Columns that break in a narrow terminal, and cut nothing off."""
    return [Column(name, overflow="fold") for name in head]


def _driving(word: str, speed: Speed) -> str:
    fitted = f"fitted on {speed.runs} runs" if speed.runs else "too few runs to fit"
    return f"{word}: {speed.factor:.2f} times the posted time ({fitted})."
