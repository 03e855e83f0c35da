"""`sixpoint care bedside`, `handover`, `measures`: the patients of a run as they were, and how care measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from sixpoint.cli.output import DONE, FOUND, json_option, print_json
from sixpoint.cli.run_time import instant_of_run
from sixpoint.errors import InputError

if TYPE_CHECKING:
    from sixpoint.ops import World
    from sixpoint.scope import Clinician
    from sixpoint.service.bedside import Moment
    from sixpoint.service.run import PastRun

ANY_PATH = click.Path(path_type=Path)
RUN: Final[Callable[..., Any]] = click.argument("run", metavar="RUN_FOLDER", type=ANY_PATH)
AT = click.option(
    "--at", "hour", metavar="TIME", help="HH:MM of the run's day; else just before the hospital took over."
)
PATIENT = click.option("--patient", help="Only this patient, by the identifier of the encounter.")
REGION = click.option("--region", type=ANY_PATH, help="The region's folder, if it has moved since the run.")


@click.command()
@RUN
@click.argument("incident")
@AT
@PATIENT
@click.option("--who", help="Only what this clinician may do: name or identifier.")
@click.option("--pathway", "wanted", multiple=True, help="Only this pathway; may be given several times.")
@click.option("--full", is_flag=True, help="Every step with all reasons, sources and notes.")
@REGION
@json_option
def bedside(
    run: Path, incident: str, hour: str | None, patient: str | None, who: str | None, wanted: tuple[str, ...],
    full: bool, region: Path | None, as_json: bool,
) -> int:  # fmt: skip
    """The scope card of a patient of a run as it stood: who is there and coming, what runs, and what to do now.

    INCIDENT is one of RUN_FOLDER (sixpoint day summary). The cards are those that call, impression and findings open.
    """
    from sixpoint.cli.care_telling import print_sheet
    from sixpoint.service.bedside import sheet

    past, world, moment = _asked(run, incident, hour, region)
    viewer = "" if who is None else _named(moment, who).id
    for encounter_id in _patients(moment, incident, patient):
        shown = sheet(moment, encounter_id, world, viewer)
        opened = [one.pathway for one in shown.cards]
        for name in wanted:
            if name not in opened:
                raise InputError.one("--pathway", f"'{name}' is not open", f"Open are: {', '.join(opened)}.")
        chosen = tuple(one for one in shown.cards if not wanted or one.pathway in wanted)
        shown = msgspec.structs.replace(shown, cards=chosen)
        if as_json:
            print_json(shown)
        else:
            print_sheet(past, world, shown, full)
    return DONE


@click.command()
@RUN
@click.argument("incident")
@AT
@PATIENT
@click.option("--form", type=click.Choice(["atmist", "sbar"]), default="atmist", show_default=True)
@click.option("--to", "to", help="The clinician who is to take over: what would be lost is said. Name or identifier.")
@REGION
@json_option
def handover(
    run: Path, incident: str, hour: str | None, patient: str | None, form: str, to: str | None, region: Path | None,
    as_json: bool,
) -> int:  # fmt: skip
    """The spoken hand-over of a patient of a run as the facts stood, what runs, and who may keep it running.

    Exit code 1 if --to names somebody who may not keep running what runs, or not attend this patient.
    """
    from zoneinfo import ZoneInfo

    from sixpoint.care import atmist, sbar
    from sixpoint.cli.care_telling import print_handover
    from sixpoint.service.bedside import receiver, sheet

    past, world, moment = _asked(run, incident, hour, region)
    stopped = False
    for encounter_id in _patients(moment, incident, patient):
        shown = sheet(moment, encounter_id, world)
        told = (atmist if form == "atmist" else sbar)(
            shown.encounter, moment.at_ms, world.rulebook, ZoneInfo(past.about.timezone)
        )
        found = None if to is None else receiver(moment, encounter_id, world, _named(moment, to))
        stopped = stopped or bool(found and (found.lost or found.wanted))
        if as_json:
            print_json({"encounter_id": encounter_id, "at_ms": moment.at_ms, "in_charge": shown.in_charge,
                        "report": msgspec.to_builtins(told), "running": msgspec.to_builtins(shown.kept),
                        "receiver": msgspec.to_builtins(found)})  # fmt: skip
        else:
            print_handover(past, world, shown, told, found)
    return FOUND if stopped else DONE


@click.command()
@RUN
@click.option("--incident", help="Only the patients of this incident.")
@json_option
def measures(run: Path, incident: str | None, as_json: bool) -> int:
    """How care of a run measures: each definition with its source, time to each act by level, time on scene."""
    from sixpoint.cli.care_telling import print_figures
    from sixpoint.service.measures import care_figures
    from sixpoint.service.run import PastRun

    past = PastRun(run)
    histories = past.histories.by_incident
    if incident is not None and incident not in histories:
        raise InputError.one(str(run), f"holds no incident '{incident}'", "List them with: sixpoint day summary RUN.")
    figures = care_figures(one for name, one in histories.items() if incident in (None, name))
    if as_json:
        print_json(figures)
    else:
        print_figures(past, figures)
    return DONE


def _asked(run: Path, incident: str, hour: str | None, region: Path | None) -> tuple[PastRun, World, Moment]:
    from sixpoint.service.bedside import moment_of, pathways_in_force
    from sixpoint.service.run import PastRun, world_of_run

    past = PastRun(run)
    if incident not in past.histories.by_incident:
        raise InputError.one(str(run), f"holds no incident '{incident}'", "List them with: sixpoint day summary RUN.")
    moment = moment_of(past.events, incident, None if hour is None else instant_of_run(past.about, hour))
    world = world_of_run(past, region, None, None)
    if pathways_in_force(past.events, moment.at_ms) not in ("", world.pathways.hash):
        click.echo("The pathways are not those of the run: the cards say what today's say of that moment.", err=True)
    return past, world, moment


def _patients(moment: Moment, incident: str, patient: str | None) -> Iterator[str]:
    known = moment.state.incidents[incident].encounters
    if patient is not None and patient not in known:
        raise InputError.one("--patient", f"'{patient}' is not a patient of it", f"Known are: {', '.join(known)}.")
    yield from known if patient is None else (patient,)


def _named(moment: Moment, who: str) -> Clinician:
    found = [one for one in moment.state.clinicians.values() if who in (one.id, one.name)]
    if not found:
        near = [one.name for one in moment.state.clinicians.values() if who.lower() in one.name.lower()][:5]
        raise InputError.one(
            who,
            "nobody of that name is enrolled",
            f"Perhaps {', '.join(near)}." if near else "Write name or identifier.",
        )
    return found[0]
