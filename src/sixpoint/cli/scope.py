"""sixpoint scope: ask the rulebook, compare two, check one; each word is loaded when it is used."""

from __future__ import annotations

import importlib
from typing import Final

import click

# word -> (module that holds a click command of that name, with _ for -; what the word is for)
SUBWORDS: Final[dict[str, tuple[str, str]]] = {
    "can": ("sixpoint.cli.scope_can", "may a level perform a skill, and why"),
    "diff": ("sixpoint.cli.scope_diff", "every verdict that differs between two rulebooks or two dates"),
    "check": ("sixpoint.cli.scope_check", "everything that is wrong with a layer file"),
    "due": ("sixpoint.cli.scope_due", "what people have to renew, learn or practise, and by when"),
    "layers": ("sixpoint.cli.scope_layers", "the layers that come with Sixpoint"),
    "from-nemsis": ("sixpoint.cli.scope_nemsis", "make an overlay of the code lists of a state or an agency"),
    "to-nemsis": ("sixpoint.cli.scope_nemsis", "write the code lists of a rulebook as NEMSIS XML"),
    "forecast": ("sixpoint.cli.scope_forecast", "where nobody may perform a skill in the days to come"),
}


class ScopeWords(click.Group):
    """A group whose commands live in modules that are imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SUBWORDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SUBWORDS:
            return None
        command = getattr(importlib.import_module(SUBWORDS[cmd_name][0]), cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(word, purpose) for word, (_, purpose) in SUBWORDS.items()])


@click.group(cls=ScopeWords)
def scope() -> None:
    """Asks the rulebook: who may do what, and why."""
