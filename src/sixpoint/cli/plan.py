"""`sixpoint plan`: simulate a service before it is run."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from sixpoint.cli.output import DONE, json_option, print_json
from sixpoint.cli.plan_backtest import backtest
from sixpoint.cli.plan_compare import compare
from sixpoint.cli.plan_fit import fit
from sixpoint.cli.plan_rehearse import rehearse
from sixpoint.cli.plan_tiered import simulate
from sixpoint.errors import InputError

FILE = click.Path(path_type=Path)


class JemssSummary(msgspec.Struct, frozen=True):
    """What a run of a JEMSS city gave: shares are of all calls, minutes are means over them."""

    city: str
    calls: int
    events: int
    moved_up: int
    bumped: int
    queued: int
    mean_response_min: float | None
    in_time: float | None
    end_day: float
    travel_times: str
    simulated_s: float
    out: str


@click.group()
def plan() -> None:
    """Simulates a service before it is run."""


plan.add_command(simulate)
plan.add_command(compare)
plan.add_command(fit)
plan.add_command(backtest)
plan.add_command(rehearse)


@plan.command()
@click.argument("city", type=FILE)
@click.option(
    "--calls", "calls_path", type=FILE, required=True, help="Calls: a JEMSS file or a plain table (.csv, .gz)."
)
@click.option("--out", type=FILE, required=True, help="Where to write what became of each call.")
@click.option("--redispatch", type=FILE, help="Redispatch conditions; without it low and medium give way to high.")
@click.option("--mobilisation", type=FILE, help="Mobilisation delay; without it units set off at once.")
@click.option("--move-up", "move_up", default="none", help="none, priority_list, comp_table or dmexclp.")
@click.option("--move-up-file", type=FILE, help="The priority list or compliance table.")
@click.option("--busy-fraction", type=float, default=0.5, show_default=True, help="For dmexclp.")
@click.option("--no-cache", is_flag=True, help="Do not keep travel times for the next run.")
@json_option
def jemss(
    city: Path,
    calls_path: Path,
    out: Path,
    redispatch: Path | None,
    mobilisation: Path | None,
    move_up: str,
    move_up_file: Path | None,
    busy_fraction: float,
    no_cache: bool,
    as_json: bool,
) -> int:
    """Runs the calls through a JEMSS city folder by JEMSS's own rules, call by call the same.

    Writes index, dispatchTime, ambArrivalTime, hospitalArrivalTime, chosenHospitalIndex, wasQueued, ambIndex in call
    order and JEMSS's units (days; -1 where there is none).
    """
    from sixpoint.plan.jemss.calls import read_calls, write_outcome
    from sixpoint.plan.jemss.city import read_city
    from sixpoint.plan.jemss.move_up_files import read_move_up
    from sixpoint.plan.jemss.rules import default_redispatch, read_mobilisation, read_redispatch, rule_arrays
    from sixpoint.plan.jemss.tables import user_cache
    from sixpoint.plan.jemss.world import call_records, open_world, run

    if out.is_dir() or not out.parent.is_dir():
        raise InputError.one(str(out), "is not a file in a folder that is there", "Name a file to write.")
    model = read_city(city)
    calls = read_calls(calls_path, len(model.hospitals.node))
    may_redispatch = read_redispatch(redispatch) if redispatch else default_redispatch()
    rules = rule_arrays(may_redispatch, read_mobilisation(mobilisation) if mobilisation else None, len(calls.arrival))
    world = open_world(model, None if no_cache else user_cache())
    done = run(world, call_records(model, calls), rules, read_move_up(move_up, move_up_file, world, busy_fraction))
    write_outcome(out, done.calls)
    response_day = done.calls["reached"] - done.calls["arrival"]
    count = len(response_day)
    _show(
        JemssSummary(
            city=model.name,
            calls=count,
            events=done.events,
            moved_up=done.moved_up,
            bumped=int(done.calls["bumps"].sum()),
            queued=int(done.calls["queued"].sum()),
            mean_response_min=float(response_day.mean() * 1440) if count else None,
            in_time=float((response_day <= model.target_day[calls.priority]).mean()) if count else None,
            end_day=done.end_day,
            travel_times=world.came,
            simulated_s=done.took_s,
            out=str(out),
        ),
        as_json,
    )
    return DONE


def _show(summary: JemssSummary, as_json: bool) -> None:
    if as_json:
        print_json(summary)
        return
    table = Table(title=f"JEMSS model {summary.city}", show_header=False)
    table.add_row("calls", f"{summary.calls:,}")
    if summary.mean_response_min is not None and summary.in_time is not None:
        table.add_row("mean response", f"{summary.mean_response_min:.4f} min from arrival of the call")
        table.add_row("in time", f"{summary.in_time:.2%} of calls")
    table.add_row("waited in queue, bumped", f"{summary.queued:,}, {summary.bumped:,}")
    table.add_row("units moved up", f"{summary.moved_up:,}")
    rate = f", {summary.calls / summary.simulated_s:,.0f} calls a second" if summary.simulated_s > 0 else ""
    table.add_row("simulated", f"{summary.events:,} events in {summary.simulated_s:.3f} s{rate}")
    table.add_row("travel times", summary.travel_times)
    table.add_row("written", summary.out)
    Console().print(table)
