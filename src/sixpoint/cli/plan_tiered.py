"""`sixpoint plan simulate`: the tiered service of a region."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from sixpoint.cli.output import DONE, json_option, print_json
from sixpoint.errors import InputError

if TYPE_CHECKING:
    from sixpoint.plan.tiered.figures import Figures

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

    REGION is a folder or the name of a bundled region. Writes report.html, events.csv, calls.csv, needs.csv and
    figures.json.
    """
    from msgspec.structs import replace

    from sixpoint.plan.report.view import Gathering
    from sixpoint.plan.report.write import simulation_report
    from sixpoint.plan.tiered.figures import figures
    from sixpoint.plan.tiered.samples import take_samples
    from sixpoint.plan.tiered.scenario import Scenario, prepare, read_scenario
    from sixpoint.plan.tiered.study import HOUR_MS, replicate
    from sixpoint.plan.tiered.tables import write_run
    from sixpoint.plan.tiered.warm_up import detect_warm_up
    from sixpoint.region import BUNDLED

    if out.exists():
        raise InputError.one(str(out), "is there already", "Name a folder that is not there yet.")
    if not out.parent.is_dir():
        raise InputError.one(str(out.parent), "is no folder", "Make it first.")
    scenario = read_scenario(scenario_path) if scenario_path else Scenario(region)
    name = scenario.name or Path(region).name
    region = region if region in BUNDLED else str(Path(region).resolve())
    folder = scenario_path.parent if scenario_path else Path()
    asked = replace(scenario, region=region, days=days, seed=seed, name=name)
    prepared = prepare(asked, folder, file=scenario_path)
    if scenario.detect_warm_up:
        warm_up_h = detect_warm_up([prepared])
        prepared = replace(prepared, scenario=replace(prepared.scenario, warm_up_h=warm_up_h, detect_warm_up=False))
    run = replicate(prepared, 0, traced=True)
    found = figures([run], prepared.curves, round(prepared.scenario.warm_up_h * HOUR_MS), prepared.cost)
    gathered = Gathering(prepared)
    gathered.add(take_samples(prepared, run), by_day=True)
    write_run(out, prepared, run, found, simulation_report(gathered.view()))
    if as_json:
        print_json(found)
    else:
        names = {skill.id: skill.name for skill in prepared.service.rules.skills}
        _show(found, names, out)
    if parquet:  # last, so that without polars everything else is there all the same
        from sixpoint.ops.columns import Columns, columns_of
        from sixpoint.plan.tiered.events import rows_of
        from sixpoint.store.table import write_table

        write_table(out / "events.parquet", rows_of(prepared, run), Columns, columns_of)
    return DONE


def _show(found: Figures, names: Mapping[str, str], out: Path) -> None:
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
            told = f"{one.survival:.1%} of {one.patients} (population: {one.population})"
            table.add_row(f"survival of {one.of}, {one.curve}", told)
    if found.cost is not None:
        table.add_row("cost", f"{found.cost:,.0f}")
    console.print(table)
    skills = Table("intervention", "needs", "met", "median", "90 %", title="Time to intervention, from the ring")
    for figure in sorted(found.interventions, key=lambda figure: -figure.n)[:SHOWN]:
        times = ["never" if time is None else f"{time / 60:.1f} min" for time in (figure.median_s, figure.p90_s)]
        skills.add_row(names.get(figure.skill, figure.skill), str(figure.n), f"{figure.met / figure.n:.0%}", *times)
    console.print(skills)
    console.print(f"written: {out}")
