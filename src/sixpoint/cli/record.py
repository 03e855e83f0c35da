"""`sixpoint record`: the patient care records of a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from sixpoint.cli.output import DONE, FOUND, json_option, print_json
from sixpoint.errors import InputError


@click.group()
def record() -> None:
    """Shows patient care records: one for each responding unit and patient, in the words of NEMSIS v3.5.1."""


@record.command()
@click.argument("run", metavar="RUN_FOLDER", type=click.Path(path_type=Path))
@click.argument("incident")
@click.option("--unit", help="Only this unit's record.")
@json_option
def show(run: Path, incident: str, unit: str | None, as_json: bool) -> int:
    """Prints the records of INCIDENT in RUN_FOLDER. Exit code 1 if there is none, as no unit is free again yet."""
    from sixpoint.service.records import records_of
    from sixpoint.service.run import PastRun

    past = PastRun(run)
    history = past.histories.by_incident.get(incident)
    if history is None:
        raise InputError.one(str(run), f"holds no incident '{incident}'", "List them with: sixpoint day summary RUN.")
    if unit is not None and unit not in history.units:
        raise InputError.one(incident, f"unit '{unit}' was not on it", f"On it were: {', '.join(history.units)}.")
    made = [one for name, one in records_of(past, history) if unit in (None, name.partition(".")[0])]
    for one in made:
        if as_json:
            print_json(one)
        else:
            _print(one)
    return DONE if made else FOUND


def _print(made: dict[str, Any]) -> None:
    """Every value of the record, by section; what is not recorded or does not apply is only counted."""
    console = Console(soft_wrap=True, highlight=False)
    report = made["PatientCareReport"]
    results = report["eCustomResults"]["eCustomResults.ResultsGroup"]
    skills = {
        result["eCustomResults.03"]: result["eCustomResults.01"][0]
        for result in results
        if result["eCustomResults.02"] == "sixpoint.skill"
    }
    console.print(f"[bold]{escape(report['eRecord']['eRecord.01'])}[/]  {report['@UUID']}")
    for section, content in report.items():
        lines = list(_lines(content, skills)) if isinstance(content, dict) else []
        if lines and section != "eCustomResults":
            console.print(f"  [bold]{section}[/]")
            for name, value in lines:
                console.print(f"    {name:<16} {escape(value)}".rstrip())
    for result in results:
        if "eCustomResults.03" not in result:
            said = "; ".join(result["eCustomResults.01"])
            console.print(f"  [bold]{result['eCustomResults.02']}[/] {escape(said)}")
    console.print(f"  [dim]{_count_empty(report)} elements are not recorded or do not apply (--json shows them)[/]\n")


def _lines(content: dict[str, Any], skills: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Name and value of what is there; before each group that repeats a line that says which act it is."""
    for name, value in content.items():
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, dict):
                if not name.startswith("@"):
                    yield name, str(one)
            elif "#" in one or "@PN" in one:
                negative = f" (pertinent negative {one['@PN']})" if "@PN" in one else ""
                yield name, f"{one.get('#', '')}{negative}".strip()
            elif "@NV" not in one:
                inner = list(_lines(one, skills))
                if inner and isinstance(value, list):
                    yield f"- {skills.get(one.get('@CorrelationID', ''), '')}", ""
                yield from inner


def _count_empty(content: Any) -> int:
    if isinstance(content, list):
        return sum(map(_count_empty, content))
    if isinstance(content, dict):
        return 1 if "@NV" in content else sum(map(_count_empty, content.values()))
    return 0
