"""`sixpoint plan rehearse`: a simulated day, or week, sent to the live engine at any speed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sixpoint.cli.output import DONE, FOUND, INTERRUPTED, json_option, print_json
from sixpoint.errors import InputError

if TYPE_CHECKING:
    from sixpoint.plan.tiered.scenario import Prepared
    from sixpoint.service.simulated.held import Held
    from sixpoint.service.simulated.rehearsal import Rehearsal

PATH: Final = click.Path(path_type=Path)
SHOWN: Final = 10


@click.command()
@click.argument("region")
@click.option("--days", type=click.IntRange(1, 3660), help="Days to rehearse; else those of the scenario, or 1.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of everything drawn; else that of the scenario, or 1.")
@click.option("--out", type=PATH, required=True, help="Folder of the run; it must not hold one.")
@click.option(
    "--speed",
    default="0",
    show_default=True,
    metavar="SPEED",
    help="Minutes of it a second, as on the board; 0: as fast as it goes; real: a second a second.",
)
@json_option
def rehearse(region: str, days: int | None, seed: int | None, out: Path, speed: str, as_json: bool) -> int:
    """Simulates REGION, or a scenario file, and sends what happens to the live engine, as commands.

    The engine decides all of it again: whom to send, where patients go, what crews may do. `sixpoint board RUN` shows
    it meanwhile; whatever reads a run reads this one. Exit code 1 if anything was decided otherwise than simulated.
    Ctrl-C stops between two moments and leaves a whole run.
    """
    from sixpoint.cli.playing import by_the_clock, every_four_hours
    from sixpoint.plan.interrupts import Interrupts
    from sixpoint.plan.tiered.study import replicate
    from sixpoint.service.opening import warm_up
    from sixpoint.service.run import LOG, finish_run
    from sixpoint.service.simulated.rehearsal import start_rehearsal

    minutes_a_second = _speed(speed)
    if (out / LOG).exists():
        raise InputError.one(str(out), "holds a run already", "Name another folder with --out.")
    prepared = _prepared(region, days, seed)
    if not as_json:
        click.echo("Getting ready; the first time on a machine this compiles for up to two minutes ...", err=True)
    run = replicate(prepared, 0, traced=True)
    rehearsal = start_rehearsal(out, prepared, run)
    warm_up(rehearsal.engine.world)
    interrupts, stopped = Interrupts(), False
    interrupts.begin()
    try:
        by_the_clock(rehearsal, minutes_a_second, interrupts, None if as_json else every_four_hours(rehearsal))
    except KeyboardInterrupt:
        stopped = True
    finally:
        interrupts.end()
    finish_run(rehearsal, out, rehearsal.engine.state.last_ms, stopped="stopped by hand" if stopped else "")
    held = rehearsal.held()
    _tell(rehearsal, held, out, stopped, as_json)
    if stopped:
        return INTERRUPTED
    return FOUND if rehearsal.differences or not held.is_same else DONE


def _speed(text: str) -> float:
    """Minutes a second; 0 is as fast as it goes."""
    if text == "real":
        return 1 / 60
    try:
        speed = float(text)
    except ValueError:
        speed = -1.0
    if not 0 <= speed < float("inf"):
        raise InputError.one("--speed", f"is '{text}'", "Give minutes a second, 0 for as fast as it goes, or: real.")
    return speed


def _prepared(region: str, days: int | None, seed: int | None) -> Prepared:
    """The scenario, or the region as it is, with the days and the seed that were asked for."""
    from msgspec.structs import replace

    from sixpoint.plan.tiered.scenario import Scenario, prepare, read_scenario
    from sixpoint.region import BUNDLED

    path = Path(region)
    asked = {key: value for key, value in (("days", days), ("seed", seed)) if value is not None}
    if path.suffix == ".toml":
        scenario = read_scenario(path)
        return prepare(replace(scenario, name=scenario.name or path.stem, **asked), path.parent, file=path)
    place = region if region in BUNDLED else str(path.resolve())
    return prepare(replace(Scenario(place, days=1, name=path.name), **asked), Path())


def _tell(rehearsal: Rehearsal, held: Held, out: Path, stopped: bool, as_json: bool) -> None:
    found = rehearsal.differences
    if as_json:
        said = {"run": str(out), "stopped": stopped, "events": rehearsal.engine.position, "same": held.same}
        print_json({**said, "differences": found})
        return
    counts = held.same
    click.echo(
        f"{counts.get('reported', 0):,} calls, {counts.get('assigned', 0):,} assignments, "
        f"{counts.get('transporting', 0):,} transports, {counts.get('performed', 0):,} acts: as simulated, to the "
        "millisecond."
    )
    if found:
        click.echo(f"{len(found)} decisions came out otherwise and were overridden with that reason:")
    for one in found[:SHOWN]:
        click.echo(f"  {one.about}, {one.what}: simulated {one.simulated or 'nobody'}, live {one.live or 'nobody'}")
    if stopped:
        click.echo("Stopped by hand: the run is whole as far as it goes.", err=True)
    click.echo(f"{rehearsal.engine.position:,} events in {out / 'log.sqlite'}. Prove it: sixpoint day audit {out}")
    click.echo(f"More: sixpoint board {out}; sixpoint day summary {out}; sixpoint day story {out} INCIDENT")
