"""`sixpoint record`: the patient care records of a run, shown, audited, written as NEMSIS XML."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from sixpoint.cli.output import DONE, FOUND, json_option, print_json
from sixpoint.errors import InputError

if TYPE_CHECKING:
    from sixpoint.record.audit import RecordAudit
    from sixpoint.scope import Rulebook
    from sixpoint.service.run import PastRun

RUN: Final[Callable[..., Any]] = click.argument("run", metavar="RUN_FOLDER", type=click.Path(path_type=Path))


@click.group()
def record() -> None:
    """Patient care records: one for each responding unit and patient, in the words of NEMSIS v3.5.1."""


@record.command()
@RUN
@click.argument("incident")
@click.option("--unit", help="Only this unit's record.")
@click.option("--full", is_flag=True, help="Also numbers of elements, reasons, and words beyond the elements.")
@json_option
def show(run: Path, incident: str, unit: str | None, full: bool, as_json: bool) -> int:
    """Prints the records of INCIDENT in RUN_FOLDER. Exit code 1 if there is none, as no unit is free again yet."""
    from sixpoint.cli.record_telling import print_record
    from sixpoint.service.records import records_of
    from sixpoint.service.run import PastRun

    past = PastRun(run)
    history = past.histories.by_incident.get(incident)
    if history is None:
        raise InputError.one(str(run), f"holds no incident '{incident}'", "List them with: sixpoint day summary RUN.")
    if unit is not None and unit not in history.units:
        raise InputError.one(incident, f"unit '{unit}' was not on it", f"On it were: {', '.join(history.units)}.")
    made = [one for name, one in records_of(past, history) if unit in (None, name.partition(".")[0])]
    words = _more_words(past)
    for one in made:
        if as_json:
            print_json(one)
        else:
            print_record(one, words, full)
    return DONE if made else FOUND


@record.command()
@RUN
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The file to write, or a folder.")
@click.option("--incident", help="Only records of this incident.")
@click.option("--encounter", help="Only records of this patient.")
@click.option("--unit", help="Only records of this unit.")
@json_option
def xml(run: Path, out: Path, incident: str | None, encounter: str | None, unit: str | None, as_json: bool) -> int:
    """Writes records of RUN_FOLDER as NEMSIS v3.5.1 XML: one EMSDataSet, or with a folder as --out a file for each.

    A state wants one record a file. Exit code 1 if no record is wanted by these options; then nothing is written.
    """
    from sixpoint.record import data_set
    from sixpoint.service.records import every_record, file_name
    from sixpoint.service.run import PastRun

    past = PastRun(run)
    if incident is not None and incident not in past.histories.by_incident:
        raise InputError.one(str(run), f"holds no incident '{incident}'", "List them with: sixpoint day summary RUN.")
    wanted = (
        one
        for one in every_record(past, incident)
        if (unit is None or one.unit_id == unit) and (encounter is None or one.encounter_id == encounter)
    )
    written = 0
    try:
        if out.is_dir():
            for one in wanted:
                (out / f"{file_name(one)}.xml").write_text("".join(data_set([one.record])), "utf-8")
                written += 1
        else:
            first = next(wanted, None)
            if first is not None:
                with out.open("w", encoding="utf-8") as file:
                    for piece in data_set(_from(first, wanted)):
                        file.write(piece)
                        written += piece.startswith("<Header>")
    except OSError as error:
        raise InputError.one(str(out), f"cannot be written ({error.strerror})", "Name a place to write to.") from None
    if as_json:
        print_json({"out": str(out), "records": written})
    else:
        click.echo(f"{written} records written to {out}." if written else "No record is wanted; nothing was written.")
    return DONE if written else FOUND


def _from(first: Any, others: Iterator[Any]) -> Iterator[dict[str, Any]]:
    yield first.record
    for one in others:
        yield one.record


@record.command()
@click.argument("source", metavar="RUN_FOLDER_OR_FILE", type=click.Path(path_type=Path))
@click.option("--incident", help="Only records of this incident.")
@click.option("--rulebook", help="Against this rulebook; by default that of the run, or us-national for a file.")
@json_option
def audit(source: Path, incident: str | None, rulebook: str | None, as_json: bool) -> int:
    """Audits the records of a run, or of anybody's NEMSIS XML (an EMSDataSet): was each act in scope, what is missing.

    It knows what the records say and asks the rulebook for the level each gives the performer. Exit code 1 if an act is
    not plainly in scope, or something goes to quality review.
    """
    from sixpoint.cli.record_telling import AuditTable

    table = AuditTable()
    for one in _audits(source, incident, rulebook):
        table.add(one)
        if as_json:
            print_json(one)
        elif one.questioned or one.review:
            table.print_one(one)
    if not as_json:
        table.print_summary()
    return FOUND if table.found else DONE


def _audits(source: Path, incident: str | None, rulebook: str | None) -> Iterator[RecordAudit]:
    from sixpoint.record import audit_record, read_records
    from sixpoint.scope import load_rulebook
    from sixpoint.service.records import every_record
    from sixpoint.service.run import PastRun

    rules: Rulebook
    if source.is_dir():
        past = PastRun(source)
        if incident is not None and incident not in past.histories.by_incident:
            raise InputError.one(
                str(source), f"holds no incident '{incident}'", "List them with: sixpoint day summary."
            )
        rules = past.rulebook if rulebook is None else load_rulebook(rulebook)
        for one in every_record(past, incident):
            yield audit_record(one.record, rules)
        return
    rules = load_rulebook(rulebook or "us-national")
    for read in read_records(source):
        found = audit_record(read, rules)
        if incident in (None, found.incident):
            yield found


def _more_words(past: PastRun) -> dict[str, str]:
    """What only the run can name: call types, skills, people and facilities."""
    from sixpoint.ops import events as e

    words = {code: one.reason for code, one in past.call_types.items()}
    words |= {skill.id: skill.name for skill in past.rulebook.skills}
    for event in past.events:
        if isinstance(event, e.ClinicianEnrolled):
            words[event.clinician.id] = f"{event.clinician.name} ({event.clinician.id})"
    return words
