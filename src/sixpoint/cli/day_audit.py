"""`sixpoint day audit`: every recommendation of a run again, or under another rulebook, policy or network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import click
from rich.markup import escape

from sixpoint.cli.output import DONE, FOUND, json_option, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from sixpoint.service.audit import Audited, AuditedDestination
    from sixpoint.service.differences import Difference
    from sixpoint.service.run import PastRun
    from sixpoint.service.telling import Teller

FOLDER: Final = click.Path(path_type=Path)
SHOWN: Final = 5
# What a recommendation differs in, as a dispatcher says it.
WORDS: Final = {
    "unit sent": "another unit would be sent",
    "unit not sent": "a unit would not be sent",
    "need unmet": "the same units, a need would be unmet",
    "need met": "the same units, a need would be met that was not",
    "verdict": "the same units, a need met under another verdict",
    "by another unit": "the same units, a need met by another of them",
    "time": "the same units, a need met at another time",
    "needs asked": "the same units, other needs asked for",
    "reasons": "the same units, needs and times; only reasons differ",
}


@click.command()
@click.argument("run", type=FOLDER)
@click.option("--rulebook", help="Ask what another rulebook would have recommended.")
@click.option("--policy", help="Ask what another policy (a name or a TOML file) would have recommended.")
@click.option("--roads", type=FOLDER, help="Ask with the roads of another region, or of a folder with nodes and edges.")
@click.option(
    "--close",
    "closed",
    multiple=True,
    metavar="A,B|LON,LAT,METRES",
    help="Ask with the street between two nodes closed, or all streets near a place; may be given again.",
)
@click.option("--times-factor", default=1.0, help="Ask with every road time multiplied, like 1.5 in snow.")
@click.option("--region", type=FOLDER, help="The region's folder, if it has moved.")
@json_option
def audit(
    run: Path,
    rulebook: str | None,
    policy: str | None,
    roads: Path | None,
    closed: tuple[str, ...],
    times_factor: float,
    region: Path | None,
    as_json: bool,
) -> int:
    """Computes every recommendation of RUN again from its log. Exit code 1 if one comes out otherwise.

    With another rulebook, policy or other roads: what they would have recommended at each moment, everything before as
    it went, and why.
    """
    from sixpoint.service.audit import audit as audit_log
    from sixpoint.service.other_roads import OtherRoads, RoadsAsked
    from sixpoint.service.run import LOG, PastRun, world_of_run
    from sixpoint.store import open_sqlite

    past = PastRun(run)
    asked = RoadsAsked(roads, closed, times_factor)
    world = world_of_run(past, region, rulebook, policy, asked)
    then = world.travel.then if isinstance(world.travel, OtherRoads) else None
    with open_sqlite(run / LOG, read_only=True) as log:
        found = list(audit_log(log, world, then))
    if as_json:
        for one in found:
            print_json(one)
    else:
        _tell(past, found, asked_otherwise=bool(rulebook or policy or asked.is_other))
        if isinstance(world.travel, OtherRoads) and world.travel.off_roads:
            off = f"{world.travel.off_roads} road nodes of the run have no place on the other roads within 500 m"
            click.echo(f"Note: {off}; nothing is reached from or to there.")
    return DONE if all(one.is_same for one in found) else FOUND


def _tell(past: PastRun, found: Sequence[Audited | AuditedDestination], *, asked_otherwise: bool) -> None:
    from sixpoint.cli.telling import console_for_people
    from sixpoint.service.audit import Audited

    console = console_for_people()
    units = [one for one in found if isinstance(one, Audited)]
    destinations = [one for one in found if not isinstance(one, Audited)]
    same = sum(one.is_same for one in units)
    question = "under what is asked" if asked_otherwise else "computed again from the log"
    console.print(f"{len(units)} recommendations {question}: {same} the same, {len(units) - same} otherwise.")
    _tell_tally(past, units, console)
    for one in units:
        _tell_one(past, one, console)
    _tell_destinations(past, destinations, console)


def _tell_tally(past: PastRun, units: Sequence[Audited], console: Console) -> None:
    """How many differ in what, which units or needs most, and one example of each."""
    from sixpoint.service.differences import tally

    for row in tally([one.differences for one in units]):
        console.print(f"{row.recommendations:5d}  {WORDS[row.kind]}", highlight=False)
        most = ", ".join(f"{_named(row.kind, what, past.teller)} ({count})" for what, count in row.most[:SHOWN] if what)
        more = f" and {len(row.most) - SHOWN} more" if len(row.most) > SHOWN else ""
        if most:
            console.print(f"       [bright_black]{escape(most)}{more}[/]", highlight=False)
        example = units[row.example]
        first = said(example.differences[0], past.teller)
        console.print(f"       [bright_black]for example {example.incident_id}: {escape(first)}[/]", highlight=False)


def _tell_one(past: PastRun, one: Audited, console: Console) -> None:
    """A recommendation with other units, or with other needs unmet."""
    if set(one.sent) == set(one.would_send) and one.unmet == one.would_leave_unmet:
        return
    sent, would_send = ", ".join(one.sent) or "nobody", ", ".join(one.would_send) or "nobody"
    when = _clock(past, one.at_ms)
    console.print(f"[cyan]{when}[/]  {one.incident_id}: sent {sent}, would send {would_send}", highlight=False)
    for difference in one.differences:
        if difference.kind in ("unit sent", "unit not sent"):
            console.print(f"            [bright_black]{escape(said(difference, past.teller))}[/]", highlight=False)
    for kind, word in (("need met", "no longer unmet"), ("need unmet", "unmet then")):
        skills = dict.fromkeys(past.teller.skill(each.what) for each in one.differences if each.kind == kind)
        if skills:
            console.print(f"            [bright_black]{word}: {escape(', '.join(skills))}[/]", highlight=False)


def _tell_destinations(past: PastRun, found: Sequence[AuditedDestination], console: Console) -> None:
    same = sum(one.is_same for one in found)
    if not found:
        return
    console.print(f"{len(found)} destinations: {same} the same, {len(found) - same} otherwise.", highlight=False)
    elsewhere = [one for one in found if one.facility_id != one.would_choose]
    rest = len(found) - same - len(elsewhere)
    if rest:
        console.print(f"{rest:5d}  the same facility, at another time or for other reasons", highlight=False)
    for one in elsewhere:
        went = f"{one.facility_id} {one.there}, would go to {one.would_choose or 'no facility'} {one.would_be_there}"
        console.print(f"[cyan]{_clock(past, one.at_ms)}[/]  {one.incident_id}: {escape(went)}", highlight=False)
        console.print(f"            [bright_black]{escape('; '.join(one.because))}[/]", highlight=False)


def said(one: Difference, teller: Teller) -> str:
    """A difference in the words of a dispatcher, skills by their names."""
    because = f"; {one.because}" if one.because else ""
    changed = one.now if one.then == one.now else f"{one.now} (then {one.then.removeprefix('there in ')})"
    told = teller.named(f"{changed}{because}" if one.what else one.because)
    return f"{_named(one.kind, one.what, teller)}: {told}" if one.what else told


def _named(kind: str, what: str, teller: Teller) -> str:
    return what if kind.startswith("unit") or not what else teller.skill(what)


def _clock(past: PastRun, at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, ZoneInfo(past.about.timezone)):%H:%M:%S}"
