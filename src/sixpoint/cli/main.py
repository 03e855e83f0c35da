"""The command line: each word is loaded when it is used, so that `sixpoint scope can` starts at once."""

from __future__ import annotations

import importlib
import sys

import click

from sixpoint import __version__
from sixpoint.cli.output import DONE, REFUSED, report_error
from sixpoint.errors import MissingExtraError, SixpointError

# word -> (module that holds a click command of the same name, what the word is for)
WORDS: dict[str, tuple[str, str]] = {
    "road": ("sixpoint.cli.road", "import road networks, check them, ask for travel times, calibrate speeds"),
    "demo": ("sixpoint.cli.demo", "run a whole day of a service, live engine and all"),
    "day": ("sixpoint.cli.day", "run a day of a region, and read what became of it"),
    "board": ("sixpoint.cli.following", "show a run on the board: while it is made, again, or at one instant"),
    "region": ("sixpoint.cli.region", "make, import, check and show the folder that describes a service area"),
    "levels": ("sixpoint.cli.levels", "learn what separates the levels, and the way from one to the next"),
    "scope": ("sixpoint.cli.scope", "ask the rulebook: who may do what, and why"),
    "care": ("sixpoint.cli.care", "what may be done now for a patient: cards, guard, triage, hand-over, measures"),
    "dispatch": ("sixpoint.cli.dispatch", "ask what a call needs, whom to send and why"),
    "plan": ("sixpoint.cli.plan", "simulate a service before it is run"),
    "log": ("sixpoint.cli.log", "look into an event log, prove it, copy it"),
    "record": ("sixpoint.cli.record", "show the patient care records of a run, in the words of NEMSIS"),
}
# What the base installation leaves out -> the extra that brings it.
EXTRAS = {"numpy": "service", "scipy": "service", "numba": "service", "osmium": "osm", "polars": "plan"}


class Words(click.Group):
    """A group whose commands live in modules that are imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(WORDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in WORDS:
            return None
        command = getattr(importlib.import_module(WORDS[cmd_name][0]), cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(word, purpose) for word, (_, purpose) in WORDS.items()])


@click.group(cls=Words, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sixpoint")
def sixpoint() -> None:
    """Runs a tiered emergency medical service from one rulebook: who may do what.

    Every command takes --json for one JSON object a line. Exit codes: 0 done, 1 done and something was found,
    2 refused input.
    """


def main() -> None:
    """Runs the command line; errors on purpose become one clear message and exit code 2."""
    try:
        code = sixpoint.main(standalone_mode=False)
    except click.exceptions.Exit as exit_:
        code = exit_.exit_code
    except click.ClickException as error:
        if "--json" in sys.argv:
            report_error(SixpointError(error.format_message()), as_json=True)
        else:
            error.show()
        code = REFUSED
    except click.Abort:
        code = 130
    except SixpointError as error:
        report_error(error, as_json="--json" in sys.argv)
        code = REFUSED
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        missing = MissingExtraError(
            f"{error.name} is not installed. From the checkout: .venv/bin/pip install -e '.[{EXTRAS[error.name]}]'"
        )
        report_error(missing, as_json="--json" in sys.argv)
        code = REFUSED
    except BrokenPipeError:
        code = DONE
    sys.exit(code if isinstance(code, int) else DONE)
