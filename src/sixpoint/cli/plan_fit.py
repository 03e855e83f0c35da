"""`sixpoint plan fit`: demand and service times from a log of calls."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from sixpoint.cli.output import DONE, json_option, print_json

if TYPE_CHECKING:
    from sixpoint.plan.fitting.fitted import Fitted


@click.command()
@click.argument("log")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new folder for the files.")
@click.option("--region", help="The region whose roads and clock the calls are on: a folder, or a bundled one.")
@click.option("--timezone", help="The clock of a table, if no region says it (like America/Chicago).")
@click.option("--from", "first", help="Use the log from this local day or time on.")
@click.option("--to", "last", help="Up to, not including, this local day or time.")
@click.option("--gap", "gaps", multiple=True, help="A stretch nobody logged, FROM/TO; may be given again.")
@click.option("--silence-is-real", is_flag=True, help="Take long stretches without a call for what they say.")
@click.option("--cell-m", type=click.FloatRange(50, 100_000), default=1000.0, show_default=True, help="Side of a cell.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of everything drawn.")
@json_option
def fit(
    log: str,
    out: Path,
    region: str | None,
    timezone: str | None,
    first: str | None,
    last: str | None,
    gaps: tuple[str, ...],
    silence_is_real: bool,
    cell_m: float,
    seed: int,
    as_json: bool,
) -> int:
    """Fits demand and service times to a log of calls, and says how well they hold.

    LOG is a table of calls, a region with calls, the folder of San Francisco's published data, or Montgomery County's
    archive. Writes demand.toml with places.csv, times.toml with goodness.csv if the log has times of units, and
    report.html. A scenario names them: [demand] file = ..., [times] file = ...
    """
    from sixpoint.dispatch import load_call_types
    from sixpoint.plan.fitting.fitted import fit_log, refuse_taken, write_fit
    from sixpoint.plan.fitting.page import fit_report
    from sixpoint.plan.fitting.source import cut, gaps_of, read_source

    refuse_taken(out)
    types = load_call_types()
    source = read_source(log, region, timezone, types, seed)
    part = cut(source.log, first, last)
    spans = gaps_of(gaps, part.timezone)
    fitted = fit_log(part, source.region, types, cell_m=cell_m, gaps=spans, silence_is_real=silence_is_real, seed=seed)
    written = write_fit(out, fitted, fit_report(fitted, types))
    if as_json:
        print_json(_summary(fitted, written))
    else:
        _show(fitted, written)
    return DONE


def _summary(fitted: Fitted, written: list[Path]) -> dict[str, object]:
    import msgspec

    demand, times = fitted.demand, fitted.times
    return {
        "log": fitted.log.name, "from": demand.start.isoformat(), "to": demand.end.isoformat(), "calls": demand.calls,
        "per_week": demand.per_week, "lean_h": str(demand.rates.lean_h),
        "months": [msgspec.to_builtins(one) for one in demand.months],
        "weights": {name: str(value) for name, value in msgspec.structs.asdict(demand.weights).items()},
        "dispersion": [msgspec.to_builtins(one) for one in demand.fit],
        "held_out": [msgspec.to_builtins(one) for one in demand.held_out],
        "left_out": [msgspec.to_builtins(one) for one in demand.left_out],
        "times": 0 if times is None else len(times.cells),
        "times_left_out": [] if times is None else [msgspec.to_builtins(one) for one in times.left_out],
        "written": [str(path) for path in written],
    }  # fmt: skip


def _show(fitted: Fitted, written: list[Path]) -> None:
    from sixpoint.plan.fitting import words

    console, demand = Console(), fitted.demand
    table = Table(title=f"{demand.calls:,} calls of {fitted.log.name}", show_header=False)
    table.add_row("from, to", f"{demand.start.isoformat()}, {demand.end.isoformat()} (not included)")
    table.add_row("calls a week", f"{demand.per_week:,.0f}")
    table.add_row("season", words.season(demand))
    for one in demand.fit:
        table.add_row(f"scatter of {words.SCATTER[one.by]}", words.scatter(one))
    for narrow, wide, how in words.leans(demand.weights):
        table.add_row(narrow, f"leans on {wide}, {how}")
    times = fitted.times
    table.add_row("service times", "none in the log" if times is None else f"{len(times.cells)} fits")
    console.print(table)
    held = Table("held out", "days", "nats a call", "", title="Days that were not fitted")
    for row in demand.held_out:
        held.add_row(f"{row.of}: {row.finer} against {row.than}", str(row.days), f"{row.gain:+.4f}", words.worth(row))
    if demand.held_out:
        console.print(held)
    for left in demand.left_out:
        first = f" (the first: {', '.join(left.first)})" if left.first else ""
        console.print(f"left out of {left.of}: {left.calls:,} calls, {left.why}{first}", soft_wrap=True)
    for rows in times.left_out if times is not None else ():
        console.print(
            f"left out of {rows.step}: {rows.rows:,} rows, {rows.why} (the first: {', '.join(rows.first)})",
            soft_wrap=True,
        )
    console.print("written: " + ", ".join(str(path) for path in written), soft_wrap=True)
