"""`sixpoint care`: the pathways, the scope card of a level, attendant rules; other words live in modules beside it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from sixpoint.cli.care_ask import guard, triage
from sixpoint.cli.care_facts import check, read_told
from sixpoint.cli.care_run import bedside, handover, measures
from sixpoint.cli.output import DONE, json_option, print_json
from sixpoint.cli.scope_asking import instant, level_called
from sixpoint.errors import InputError

if TYPE_CHECKING:
    from sixpoint.care import Card, Pathway
    from sixpoint.scope import Clinician, Rulebook

ANY_PATH = click.Path(path_type=Path)
OURS = click.option("--file", "files", multiple=True, type=ANY_PATH, help="A file that replaces or extends pathways.")


@click.group()
def care() -> None:
    """What may be done now for a patient: pathways, scope cards, the guard, triage, hand-over and measures."""


@care.command()
@click.argument("name", metavar="[PATHWAY]", required=False)
@OURS
@json_option
def pathways(name: str | None, files: tuple[Path, ...], as_json: bool) -> int:
    """Every pathway; with PATHWAY its steps, doses and sources."""
    from sixpoint.care import load_pathways

    known = load_pathways(files)
    if name is not None:
        _show(_called(known, name), as_json)
        return DONE
    for pathway in known.values():
        if as_json:
            print_json(
                {"pathway": pathway.id, "title": pathway.title, "steps": len(pathway.steps), "hash": pathway.hash}
            )
        else:
            click.echo(f"{pathway.id:22}{pathway.title} ({len(pathway.steps)} steps)")
    return DONE


@care.command()
@click.argument("name", metavar="PATHWAY")
@click.option("--level", required=True, help="The level of the clinician, as the ladder names it.")
@click.option("--rulebook", default="us-national", show_default=True, help="Name or file; several joined by +.")
@click.option("--facts", type=ANY_PATH, help="What is known of the patient, as JSON.")
@click.option("--kit", help="What is on board, as a kit; everything, if left out.")
@click.option("--on", "on", metavar="INSTANT", help="The instant asked about; now, if left out.")
@click.option("--insist", is_flag=True, help="Use the facts as they are, though some look wrong.")
@click.option("--full", is_flag=True, help="Every step, with all reasons, notes and sources.")
@OURS
@json_option
def card(
    name: str, level: str, rulebook: str, facts: Path | None, kit: str | None, on: str | None,
    files: tuple[Path, ...], insist: bool, full: bool, as_json: bool,
) -> int:  # fmt: skip
    """What a clinician of the level may do now by PATHWAY, step by step; --full with every reason.

    FACTS holds names of care/data/known.csv with their answers, like {"age_years": 60, "wheeze": true}, and may say
    what was done, in minutes ago: {"done": {"aspirin_oral": 5}}. Or it holds a list of facts as the log has them.
    """
    from sixpoint.care import Person, load_pathways
    from sixpoint.care import card as make_card
    from sixpoint.scope import equipment_of_kit, load_rulebook

    book = load_rulebook(rulebook)
    at = instant(on)
    pathway = _called(load_pathways(files), name)
    items = frozenset(book.equipment.names) if kit is None else equipment_of_kit(book, kit)
    who = clinician_of(level_called(book, level).id, at)
    at_ms = round(at.timestamp() * 1000)
    told = read_told(facts, at_ms, book)
    if not insist:
        told.refuse_doubted(str(facts))
    shown = make_card(book, pathway, told.encounter(at_ms), [Person(who, "", items)], at_ms)
    if as_json:
        for line in shown.lines:
            print_json({"pathway": shown.pathway, "rulebook": shown.rulebook, **msgspec.to_builtins(line)})
    else:
        _tell(shown, who.name, book, full)
    return DONE


@care.command()
@click.option("--rulebook", default="us-national", show_default=True, help="Name or file; several joined by +.")
@click.option("--on", "on", metavar="INSTANT", help="The instant asked about; now, if left out.")
@json_option
def attendants(rulebook: str, on: str | None, as_json: bool) -> int:
    """Who must be with the patient under way, by the rulebook, with sources."""
    from sixpoint.scope import load_rulebook

    for rule in load_rulebook(rulebook).interval(instant(on)).attendants:
        if as_json:
            print_json(
                {"rule": rule.address, "least": rule.least, "while_running": rule.running, "because": rule.because,
                 "source": rule.source, "place": rule.place, "confidence": rule.confidence}
            )  # fmt: skip
            continue
        click.echo(
            f"at least {rule.least}: {rule.because}" + f" (while {', '.join(rule.running)})" * bool(rule.running)
        )
        click.echo(f"      {rule.address}: {rule.source}, {rule.place} [{rule.confidence.replace('_', ' ')}]")
    return DONE


for command in (check, bedside, handover, measures, guard, triage):
    care.add_command(command)


def _called(known: Any, name: str) -> Pathway:
    found: Pathway | None = known.get(name)
    if found is None:
        raise InputError.one("PATHWAY", f"there is no pathway '{name}'", f"Known are: {', '.join(sorted(known))}.")
    return found


def clinician_of(level: str, at: datetime) -> Clinician:
    """Somebody who has passed the four gates at the level, and no more."""
    from sixpoint.scope import Clinician, Credential
    from sixpoint.scope.person import GATES

    since = at - timedelta(days=1)  # facts count milliseconds: the very instant may be rounded to before itself
    return Clinician("you", level, tuple(Credential(gate, level, since) for gate in GATES))


def _tell(shown: Card, level: str, book: Rulebook, full: bool) -> None:
    from sixpoint.cli.care_telling import APPROVAL, print_card
    from sixpoint.cli.telling import console_for_people
    from sixpoint.dispatch import load_call_types
    from sixpoint.service.telling import Teller

    console = console_for_people()
    console.print(f"For a clinician of level {level}", highlight=False)
    print_card(console, shown, full, Teller(load_call_types(), book).named)
    console.print(f"[dim]rulebook {shown.rulebook}, pathway {shown.pathway_hash}[/]", highlight=False, soft_wrap=True)
    console.print(f"[dim]{APPROVAL}[/]", highlight=False, soft_wrap=True)


def _show(pathway: Pathway, as_json: bool) -> None:
    if as_json:
        print_json(pathway)
        return
    click.echo(f"{pathway.title} ({pathway.id}, version {pathway.version})")
    if pathway.about:
        click.echo(f"    {pathway.about}")
    for number, step in enumerate(pathway.steps, 1):
        click.echo(f"{number:2}. {step.id.replace('_', ' ')}: {' or '.join(step.any_of)}")
        click.echo(f"      {step.source} {step.place} [{step.confidence.replace('_', ' ')}]")
        for dose in step.doses:
            numbers = [
                f"{key.replace('_', ' ')} {number.value:g}"
                for key in ("amount", "per_kg", "least", "most", "repeat_min", "times", "total", "total_per_kg")
                if (number := getattr(dose, key)) is not None
            ]
            click.echo(f"      {dose.drug} ({dose.unit}): {', '.join(numbers)}")
    click.echo("A medical director must approve a pathway before it is used for care.")
