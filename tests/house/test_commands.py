"""Every word of the command line keeps the house's promises: help, --json, and exit code 2 for refused input."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from sixpoint.cli.main import sixpoint
from sixpoint.cli.output import SHOWN_FAULTS, report_error
from sixpoint.errors import Fault, InputError


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None, f"{' '.join((*path, name))} is listed and cannot be loaded"
            yield from leaves(found, (*path, name))
    else:
        yield path, command


LEAVES = list(leaves(sixpoint))


def test_of_many_faults_the_first_are_told_the_rest_counted_and_json_tells_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = InputError(Fault(f"a.csv:{line}", "is wrong", "Mend it.") for line in range(2, 5_002))
    report_error(error, as_json=False)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == SHOWN_FAULTS + 1 and told[0] == "a.csv:2: is wrong. Mend it."
    assert told[-1].startswith(f"and {5_000 - SHOWN_FAULTS:,} more.")
    report_error(error, as_json=True)
    assert len(capsys.readouterr().err.splitlines()) == 5_000


def said(leaf: tuple[tuple[str, ...], click.Command]) -> str:
    return " ".join(leaf[0])


@pytest.mark.parametrize("leaf", LEAVES, ids=said)
def test_every_command_takes_json_and_says_what_it_does(leaf: tuple[tuple[str, ...], click.Command]) -> None:
    _, command = leaf
    flags = {flag for parameter in command.params for flag in parameter.opts}
    assert "--json" in flags
    assert command.help and command.help.strip().endswith(".")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "sixpoint", *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("scope", "can", "EMR"),
        ("scope", "can", "EMR", "cpr", "--on", "not a day"),
        ("demo", "--region", "nowhere"),
        ("demo", "--speed", "0", "--no-board"),
        ("day", "summary", "no-such-run"),
        ("log", "verify", "no-such-log"),
        ("region", "check", "no-such-folder"),
        ("dispatch", "choose", "riverton", "--scene", "nan,inf", "--type", "falls"),
        ("dispatch", "duplicates", "no-such-table"),
        ("dispatch", "reassign", "no-such-question"),
        ("dispatch", "audit", "no-such-record"),
    ],
    ids=" ".join,
)
def test_refused_input_is_exit_code_2_and_says_why_without_a_traceback(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.returncode == 2, done
    assert done.stderr.strip() and "Traceback" not in done.stderr


def test_with_json_also_a_slip_of_the_command_line_is_a_line_of_json() -> None:
    done = run("levels", "compare", "EMR", "--json")
    assert done.returncode == 2
    assert "error" in json.loads(done.stderr.splitlines()[-1])


def test_a_reader_that_stops_reading_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "sixpoint", "levels", "compare", "EMR", "Paramedic"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None and child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        assert "Traceback" not in child.stderr.read()
