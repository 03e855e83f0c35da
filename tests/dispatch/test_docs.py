"""docs/dispatch.md names every option of the words that answer a file, and shows what they really print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from sixpoint.cli.dispatch import dispatch
from sixpoint.errors import InputError

TEXT = (Path(__file__).parents[2] / "docs" / "dispatch.md").read_text("utf-8")
WORDS = ("choose", "audit", "reassign", "duplicates")
SHOWN_TOO = ("needs",)
# A file that the page shows, and what it shows of a command: indented blocks.
FILES = dict(re.findall(r"`([a-z]+\.json)`:\n\n((?:    .*\n)+)", TEXT))
SHOWN = re.findall(r"    \$ sixpoint dispatch (.+)\n((?:    (?!\$).*\n)+)", TEXT)


@pytest.mark.parametrize("word", WORDS)
def test_a_word_and_its_options_are_documented(word: str) -> None:
    assert f"`sixpoint dispatch {word} " in TEXT
    for option in dispatch.commands[word].params:
        if isinstance(option, click.Option) and option.name != "as_json":
            assert f"`{option.opts[0]}" in TEXT, option.opts[0]


def test_what_the_page_shows_of_a_command_is_what_it_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert {shlex.split(command)[0] for command, _ in SHOWN} == {*WORDS, *SHOWN_TOO}
    for command, shown in SHOWN:
        result = CliRunner().invoke(dispatch, shlex.split(command), standalone_mode=False)
        assert result.exception is None or isinstance(result.exception, InputError), (command, result.exception)
        printed = iter((result.stdout or str(result.exception)).splitlines())
        for line in (line.removeprefix("    ") for line in shown.splitlines()):
            start = line.removesuffix("...")
            assert any(one.startswith(start) if start != line else one == line for one in printed), (command, line)
