"""What a command prints: for people with rich, for programs one JSON object a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click
import msgspec

from sixpoint.errors import InputError, SixpointError

DONE: Final = 0
FOUND: Final = 1
REFUSED: Final = 2
INTERRUPTED: Final = 130  # by Ctrl-C; what was finished stands

Command = TypeVar("Command", bound=Callable[..., Any])


def json_option(command: Command) -> Command:
    """Adds `--json`, which every command takes."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")(command)


def print_json(value: object) -> None:
    """One object as one line of JSON on standard output."""
    sys.stdout.write(json.dumps(msgspec.to_builtins(value), ensure_ascii=False) + "\n")


# Of a table with the same slip on each line a person reads the first few.
SHOWN_FAULTS: Final = 50


def report_error(error: SixpointError, as_json: bool) -> None:
    """Says on standard error what is wrong, where and what to do."""
    if as_json and isinstance(error, InputError):
        for fault in error.faults:
            line = {"error": fault.what, "where": fault.where, "remedy": fault.remedy}
            sys.stderr.write(json.dumps(line, ensure_ascii=False) + "\n")
    elif as_json:
        sys.stderr.write(json.dumps({"error": str(error)}, ensure_ascii=False) + "\n")
    elif isinstance(error, InputError) and len(error.faults) > SHOWN_FAULTS:
        told = "\n".join(str(fault) for fault in error.faults[:SHOWN_FAULTS])
        more = len(error.faults) - SHOWN_FAULTS
        sys.stderr.write(f"{told}\nand {more:,} more. Mend these first; --json tells all of them.\n")
    else:
        sys.stderr.write(f"{error}\n")
