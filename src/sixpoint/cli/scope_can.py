"""sixpoint scope can LEVEL SKILL: one verdict with its reasons."""

from __future__ import annotations

import click
import msgspec

from sixpoint.cli.output import DONE, json_option, print_json
from sixpoint.cli.scope_asking import given, instant, level_called
from sixpoint.scope import Rulebook, Verdict, load_rulebook

COLOURS = {"standing": "green", "order": "yellow", "barred": "red", "unknown": "magenta"}
MEANINGS = {
    "standing": "yes, on standing orders",
    "order": "yes, under an order from medical control",
    "barred": "no",
    "unknown": "not known, so no",
}


@click.command()
@click.argument("level")
@click.argument("skill")
@click.option("--rulebook", "name", default="us-national", show_default=True, help="Name or file; several joined by +.")
@click.option("--on", "on", metavar="DATE", help="The instant asked about; now, if left out.")
@click.option("--order", type=click.Choice(["online", "refused"]), help="What medical control has said.")
@click.option("--given", "facts", multiple=True, metavar="FACT=VALUE", help="A fact of the moment or the person.")
@click.option("--why", is_flag=True, help="With --json: also what would make it a yes.")
@json_option
def can(
    level: str, skill: str, name: str, on: str | None, order: str | None, facts: tuple[str, ...], why: bool,
    as_json: bool,
) -> int:  # fmt: skip
    """May a clinician of LEVEL perform SKILL, and why?

    The answer is for a person of the level with nothing more than --given states: for example --given
    endorsement=emt_airway, --given in_cardiac_arrest=yes, --given route=oral, --given dose=324mg.
    """
    at = instant(on)
    rulebook = load_rulebook(name)
    stated = given(facts, order)
    verdict = rulebook.can(
        level_called(rulebook, level).id,
        skill,
        at,
        situation=stated.situation,
        endorsements=stated.endorsements,
        trainings=stated.trainings,
    )
    if as_json:
        shown = {"verdict": verdict.kind, "because": msgspec.to_builtins(verdict.because), "rulebook": verdict.rulebook}
        print_json(shown | ({"would_be_yes": verdict.would_be_yes} if why else {}))
    else:
        _tell(rulebook, level_called(rulebook, level).id, skill, verdict)
    return DONE


def _tell(rulebook: Rulebook, level: str, skill: str, verdict: Verdict) -> None:
    known = rulebook.skill(skill)
    click.echo(f"{level}: {known.name if known else skill} ({skill})")
    click.secho(f"  {verdict.kind}: {MEANINGS[verdict.kind]}", fg=COLOURS[verdict.kind], bold=True)
    # For people the rule that had the last word comes first; in the JSON the chain goes from the lowest layer up.
    for number, reason in enumerate(reversed(verdict.because)):
        click.echo(f"  {'beneath:' if number else 'because'} {reason.text}")
        click.echo(f"          {reason.source} [{reason.confidence.replace('_', ' ')}; {reason.rule}]")
    for way in verdict.would_be_yes:
        click.echo(f"  it would be a yes with: {way}")
    click.echo(f"  rulebook {rulebook.id}, {verdict.rulebook}")
    click.echo("  A medical director must approve a rulebook before it is used for care.")
