"""Every command and option for learners, rosterers and NEMSIS lists stands in its page of docs/."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from sixpoint.cli.levels import levels
from sixpoint.cli.scope_forecast import forecast
from sixpoint.cli.scope_nemsis import from_nemsis, to_nemsis

DOCS = Path(__file__).parents[2] / "docs"
PAGES: list[tuple[str, click.Command]] = [
    ("nemsis-lists.md", from_nemsis),
    ("nemsis-lists.md", to_nemsis),
    ("roster.md", forecast),
    *(("levels.md", command) for command in levels.commands.values()),
]


@pytest.mark.parametrize(("page", "command"), PAGES, ids=lambda one: getattr(one, "name", one))
def test_a_command_and_its_options_are_documented(page: str, command: click.Command) -> None:
    text = (DOCS / page).read_text("utf-8")
    assert str(command.name) in text
    for option in command.params:
        if isinstance(option, click.Option) and option.name != "as_json":
            assert f"`{option.opts[0]}" in text, option.opts[0]
