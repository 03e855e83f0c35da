"""`sixpoint day`: run a day of a region, and read what became of it."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import click

from sixpoint.cli.day_audit import audit
from sixpoint.cli.output import DONE, FOUND, json_option, print_json
from sixpoint.errors import InputError

if TYPE_CHECKING:
    from sixpoint.region import Region
    from sixpoint.service.run import PastRun

MEDICAL_DIRECTOR: Final = "Not a medical device: a medical director approves a rulebook before it guides care."
RUN_FOLDER: Final = click.argument("run", type=click.Path(path_type=Path))


@click.group()
def day() -> None:
    """Runs a day of a region through the live engine, and reads what became of it."""


day.add_command(audit)


@day.command()
@click.argument("region", type=click.Path(path_type=Path))
@click.option("--seed", default=6, show_default=True, help="Draws patients and crews; the same seed, the same day.")
@click.option("--speed", default=60.0, show_default=True, help="Minutes of the day a second, on the board.")
@click.option("--board/--no-board", default=None, help="Show the board; by default where there is a terminal.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the run; by default a new one in runs/.")
@click.option("--policy", default="default", show_default=True, help="How the dispatcher chooses: a name or a file.")
@json_option
def run(region: Path, seed: int, speed: float, board: bool | None, out: Path | None, policy: str, as_json: bool) -> int:
    """Runs the day of the region in the folder REGION."""
    run_day(region, seed, speed, board, out, policy, as_json)
    return DONE


@day.command()
@RUN_FOLDER
@json_option
def summary(run: Path, as_json: bool) -> int:
    """Tells in figures what patients of RUN waited for."""
    from sixpoint.service.run import PastRun
    from sixpoint.service.summary import summarise

    past = PastRun(run)
    figures = summarise(past.histories.by_incident.values(), past.call_types, past.histories.moved_away)
    if as_json:
        print_json(figures)
    else:
        from sixpoint.cli.telling import print_summary

        print_summary(past, figures)
    return DONE


@day.command()
@RUN_FOLDER
@click.argument("incident", required=False)
@json_option
def story(run: Path, incident: str | None, as_json: bool) -> int:
    """Tells one call of RUN from first ring to hand-over; without INCIDENT, the one that shows most of the tiers."""
    from sixpoint.service.run import PastRun

    _print_story(PastRun(run), incident, as_json)
    return DONE


@day.command()
@RUN_FOLDER
@click.argument("incident")
@json_option
def debrief(run: Path, incident: str, as_json: bool) -> int:
    """The timeline of a cardiac arrest in RUN, and what published survival curves say of such times.

    Exit code 1 if no patient of INCIDENT was in cardiac arrest.
    """
    from sixpoint.cli.telling import print_debrief
    from sixpoint.service.debrief import debriefs
    from sixpoint.service.run import PastRun

    past = PastRun(run)
    history = past.histories.by_incident.get(incident)
    if history is None:
        raise InputError.one(str(run), f"holds no incident {incident}", "Name one of this run: sixpoint day summary.")
    zone = ZoneInfo(past.about.timezone)
    found = list(debriefs(history, lambda at_ms: f"{datetime.fromtimestamp(at_ms / 1000, zone):%H:%M:%S}"))
    for one in found:
        if as_json:
            print_json(one)
        else:
            print_debrief(one)
    if not found and not as_json:
        click.echo(f"Nobody at {incident} was in cardiac arrest.")
    return DONE if found else FOUND


def run_day(
    folder: Path, seed: int, speed: float, board: bool | None, out: Path | None, policy: str, as_json: bool
) -> None:
    """Runs the day, shows the board if wanted, writes the records, prints summary and one story."""
    from sixpoint.cli.playing import every_four_hours, to_the_end, with_board
    from sixpoint.dispatch import load_call_types, load_policy
    from sixpoint.region import named_region, read_region
    from sixpoint.service.opening import warm_up
    from sixpoint.service.records import write_records
    from sixpoint.service.run import PastRun, finish_run, start_run
    from sixpoint.service.summary import summarise

    if speed <= 0:
        raise InputError.one("--speed", f"is {speed:g}", "Give minutes of the day a second, more than 0.")
    chosen = load_policy(policy)
    folder = named_region(folder)
    region = read_region(folder, load_call_types().codes)
    place = out or _new_folder(region.id)
    if not as_json:
        _announce(region)
        click.echo("Getting ready; the first time on a machine this compiles for up to a minute ...", err=True)
    day = start_run(place, folder, region, seed, chosen)
    warm_up(day.engine.world)
    started = time.perf_counter()
    if board if board is not None else (sys.stdout.isatty() and not as_json):
        ended_ms = with_board(day, speed)
    else:
        ended_ms = to_the_end(day, every_four_hours(day) if not as_json else None)
    finish_run(day, place, ended_ms)
    seconds = time.perf_counter() - started
    past = PastRun(place)
    records = write_records(past)
    figures = summarise(past.histories.by_incident.values(), past.call_types, past.histories.moved_away)
    if as_json:
        print_json({"run": str(place), "events": day.engine.position, "records": records, "summary": figures})
        return
    from sixpoint.cli.telling import print_summary

    print_summary(past, figures)
    _print_story(past, None, as_json=False)
    click.echo(f"\n{day.engine.position:,} events in {place / 'log.sqlite'}, {records} patient care records beside it.")
    click.echo(f"The day took {seconds:.1f} s. Prove it: sixpoint log verify {place / 'log.sqlite'}")
    click.echo(f"More: sixpoint day story {place} INCIDENT; sixpoint day summary {place}")


def _print_story(past: PastRun, incident: str | None, as_json: bool) -> None:
    from sixpoint.cli.telling import print_story
    from sixpoint.service.story import most_telling, tell_call

    wanted = incident or most_telling(past.histories.by_incident.values())
    if wanted is None:
        click.echo("No patient of this run reached a facility; name an incident to have it told.")
        return
    if wanted not in past.histories.by_incident:
        shown = ", ".join(list(past.histories.by_incident)[:5])
        raise InputError.one(str(past.folder), f"holds no incident {wanted}", f"It holds: {shown}, ...")
    lines = tell_call(past.events, wanted, past.teller)
    if as_json:
        for line in lines:
            print_json(line)
    else:
        print_story(past, wanted, lines)


def _new_folder(region_id: str) -> Path:
    return Path("runs") / f"{region_id}-{datetime.now().astimezone():%Y%m%d-%H%M%S}"


def _announce(region: Region) -> None:
    from sixpoint.cli.telling import print_notice

    kind = "synthetic" if region.synthetic else "imported from real data"
    click.echo(f"{region.name}, {region.day:%A %d %B %Y}: {kind}.")
    click.echo(
        f"{len(region.units)} units, {len(region.clinicians)} clinicians, {len(region.facilities)} facilities, "
        f"{region.network.lon_deg.size:,} road nodes, {len(region.calls)} calls."
    )
    print_notice((region.notice, *region.imputed, MEDICAL_DIRECTOR))
