"""sixpoint scope diff A B: every verdict that differs."""

from __future__ import annotations

import click

from sixpoint.cli.output import DONE, FOUND, json_option, print_json
from sixpoint.cli.scope_asking import instant
from sixpoint.scope import load_rulebook
from sixpoint.scope.differences import BARE, Asked, differences


@click.command()
@click.argument("a")
@click.argument("b")
@click.option("--on", "on", metavar="DATE", help="The instant, where A or B names none; now, if left out.")
@click.option("--rulebook", "name", default="us-national", show_default=True, help="Where A or B is only a date.")
@json_option
def diff(a: str, b: str, on: str | None, name: str, as_json: bool) -> int:
    """Lists every verdict that differs between A and B.

    A and B are rulebooks, dates, or both: us-national montana; 2021-01-01 2022-01-01; montana@2022-01-01. Exit code 1
    if any differs.
    """
    one, other = (_asked(text, on, name) for text in (a, b))
    count = 0
    for found in differences(one, other):
        count += 1
        if as_json:
            print_json(found)
        else:
            given = f" (given: {found.given})" if found.given != BARE else ""
            click.echo(f"{found.level:10} {found.skill:40} {found.a} -> {found.b}{given}")
    if not as_json:
        click.echo(f"{count} verdicts differ")
        click.echo(f"  a: {one.rulebook.id} on {one.at.isoformat()}, {one.rulebook.hash}")
        click.echo(f"  b: {other.rulebook.id} on {other.at.isoformat()}, {other.rulebook.hash}")
    return FOUND if count else DONE


def _asked(text: str, on: str | None, name: str) -> Asked:
    if text[:1].isdigit():
        return Asked(load_rulebook(name), instant(text))
    rulebook, _, date = text.partition("@")
    return Asked(load_rulebook(rulebook), instant(date or on))
