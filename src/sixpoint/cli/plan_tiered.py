"""`sixpoint plan simulate` and `compare`: the tiered service of a region, and two scenarios on the same patients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from sixpoint.cli.output import DONE, json_option, print_json
from sixpoint.errors import InputError

if TYPE_CHECKING:
    from sixpoint.plan.tiered.figures import Figures
    from sixpoint.plan.tiered.study import Difference

PATH = click.Path(path_type=Path)
SHOWN = 12


@click.command()
@click.argument("region")
@click.option("--days", type=click.IntRange(1, 3660), default=7, show_default=True, help="Days to simulate.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of everything drawn.")
@click.option("--out", type=PATH, required=True, help="A new folder for events, calls and figures.")
@click.option(
    "--scenario", "scenario_path", type=PATH, help="A scenario file whose changes apply; its region does not."
)
@click.option("--parquet", is_flag=True, help="Also write events.parquet, in the columns of `sixpoint log export`.")
@json_option
def simulate(
    region: str, days: int, seed: int, out: Path, scenario_path: Path | None, parquet: bool, as_json: bool
) -> int:
    """Simulates the tiered service of a region: who may do what, and when each need is met.

    REGION is a folder or the name of a bundled region. Writes events.csv, calls.csv, needs.csv and figures.json.
    """
    from msgspec.structs import replace

    from sixpoint.plan.tiered.figures import figures
    from sixpoint.plan.tiered.scenario import Scenario, prepare, read_scenario
    from sixpoint.plan.tiered.study import HOUR_MS, replicate
    from sixpoint.plan.tiered.tables import write_run

    if out.exists():
        raise InputError.one(str(out), "is there already", "Name a folder that is not there yet.")
    if not out.parent.is_dir():
        raise InputError.one(str(out.parent), "is no folder", "Make it first.")
    scenario = read_scenario(scenario_path) if scenario_path else Scenario(region)
    prepared = prepare(replace(scenario, region=region, days=days, seed=seed), Path())
    run = replicate(prepared, 0, traced=True)
    found = figures([run], round(scenario.warm_up_h * HOUR_MS), prepared.cost)
    write_run(out, prepared, run, found)
    if as_json:
        print_json(found)
    else:
        _show(found, out)
    if parquet:  # last, so that without polars everything else is there all the same
        from sixpoint.ops.columns import Columns, columns_of
        from sixpoint.plan.tiered.events import rows_of
        from sixpoint.store.table import write_table

        write_table(out / "events.parquet", rows_of(prepared, run), Columns, columns_of)
    return DONE


@click.command()
@click.argument("first", type=PATH)
@click.argument("second", type=PATH)
@click.option("--out", type=PATH, help="A file for one JSON line a finished replication.")
@json_option
def compare(first: Path, second: Path, out: Path | None, as_json: bool) -> int:
    """Compares two scenarios on the same patients: paired differences, second less first, with 95 % intervals.

    Ctrl-C stops after whole replications: what is finished is written and shown.
    """
    from sixpoint.plan.tiered.scenario import prepare, read_scenario
    from sixpoint.plan.tiered.study import differences, pairs

    one, two = read_scenario(first), read_scenario(second)
    for name in ("days", "seed", "demand", "warm_up_h"):
        if getattr(one, name) != getattr(two, name):
            raise InputError.one(
                second.name, f"'{name}' differs from {first.name}: the patients would not be the same",
                "Give both files the same.",
            )  # fmt: skip
    left = prepare(one, first.parent)
    right = prepare(two, second.parent)
    if (left.region.calls, left.region.demand) != (right.region.calls, right.region.demand):
        raise InputError.one(second.name, f"its region has other calls than that of {first.name}", "Name one region.")
    found = []
    stopped = False
    sink = out.open("w", encoding="utf-8") if out else None
    try:
        with Progress(console=Console(stderr=True), disable=as_json) as progress:
            task = progress.add_task("replications", total=one.replications)
            for pair in pairs(left, right, lambda _: progress.advance(task)):
                found.append(pair)
                if sink:
                    sink.write(json.dumps({"first": pair[0].figures, "second": pair[1].figures, "seed": pair[0].seed}))
                    sink.write("\n")
                    sink.flush()
    except KeyboardInterrupt:
        stopped = True
    finally:
        if sink:
            sink.close()
    rows = differences(found)
    if as_json:
        for row in rows:
            print_json(row)
        return 130 if stopped else DONE
    _show_differences(rows, one.name or first.stem, two.name or second.stem, len(found), stopped)
    if left.cost is not None and right.cost is not None:
        Console().print(f"cost: {left.cost:,.0f} and {right.cost:,.0f}: {right.cost - left.cost:+,.0f}")
    return 130 if stopped else DONE


def _show(found: Figures, out: Path) -> None:
    console = Console()
    table = Table(title=f"{found.calls:,} calls", show_header=False)
    for word, count in found.ends.items():
        table.add_row(word, f"{count:,}")
    for name, values in (("first on scene", found.first_on_scene_s), ("first at patient", found.first_at_patient_s)):
        told = ", ".join("not reached" if one.value is None else f"{one.value / 60:.1f} min" for one in values)
        table.add_row(f"{name}, median and 90 %", told)
    for unit in found.kinds:
        share = "never on duty" if unit.utilisation is None else f"{unit.utilisation:.1%} of {unit.on_duty_h:,.0f} h"
        table.add_row(f"{unit.name} busy", share)
    for one in found.survival:
        if one.survival is not None:
            table.add_row(
                f"cardiac arrest, {one.curve}", f"{one.survival:.1%} of {one.patients} (population: {one.population})"
            )
    if found.cost is not None:
        table.add_row("cost", f"{found.cost:,.0f}")
    console.print(table)
    skills = Table("intervention", "needs", "met", "median", "90 %", title="Time to intervention, from the ring")
    for figure in sorted(found.interventions, key=lambda figure: -figure.n)[:SHOWN]:
        times = ["never" if time is None else f"{time / 60:.1f} min" for time in (figure.median_s, figure.p90_s)]
        skills.add_row(figure.skill, str(figure.n), f"{figure.met / figure.n:.0%}", *times)
    console.print(skills)
    console.print(f"written: {out}")


def _show_differences(rows: tuple[Difference, ...], one: str, two: str, count: int, stopped: bool) -> None:
    console = Console()
    clear = [row for row in rows if row.is_clear]
    table = Table("figure", one, two, "difference", "95 % interval", title=f"{count} pairs of replications")
    for row in clear:
        low, high = row.interval.low or 0.0, row.interval.high or 0.0
        table.add_row(
            row.figure, f"{row.first:.4g}", f"{row.second:.4g}", f"{row.difference:+.4g}", f"{low:+.4g} to {high:+.4g}"
        )
    console.print(table)
    console.print(
        f"{len(rows) - len(clear)} other figures do not differ clearly. {'Stopped early.' if stopped else ''}"
    )
