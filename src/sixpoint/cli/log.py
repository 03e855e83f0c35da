"""`sixpoint log`: look into an event log, prove it, copy it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

import click
import msgspec
from rich.console import Console
from rich.markup import escape

from sixpoint.cli.output import DONE, FOUND, json_option, print_json
from sixpoint.errors import DamagedLogError, InputError
from sixpoint.store import Entry, EventLog, open_sqlite

LOG_PATH: Final = click.argument("path", type=click.Path(path_type=Path))


class Finding(msgspec.Struct, frozen=True):
    """What one check of a log found: whether it holds, in words, and the figures behind it."""

    check: str
    holds: bool
    said: str
    figures: dict[str, int | str] = {}


def chain_holds(log: EventLog, expect: tuple[int, bytes] | None) -> Finding:
    """Every entry follows from the one before it, and the head that was kept is there."""
    try:
        verified = log.verify(expect)
    except DamagedLogError as error:
        return Finding("chain", False, str(error))
    head = verified.head.digest.hex()
    said = f"{verified.entries} entries, each follows from the one before it; head {verified.head.position}:{head}"
    return Finding("chain", True, said, {"entries": verified.entries, "head": f"{verified.head.position}:{head}"})


def replay_holds(log: EventLog, expect: tuple[int, bytes] | None) -> Finding:
    """Replaying the events gives the state that the service had at each of its checkpoints."""
    from sixpoint.ops import digest
    from sixpoint.service.engine import replay_log

    try:
        replayed = replay_log(log)
    except DamagedLogError as error:
        return Finding("replay", False, str(error))
    found = digest(replayed.state)
    said = f"gives the state of the live service at {replayed.checkpoints} checkpoints; state SHA-256 {found}"
    return Finding("replay", True, said, {"checkpoints": replayed.checkpoints, "state_sha256": found})


# What `verify` checks, in order; later checks run only on a log whose earlier ones hold.
CHECKS: Final[list[Callable[[EventLog, tuple[int, bytes] | None], Finding]]] = [chain_holds, replay_holds]


@click.group()
def log() -> None:
    """Looks into an event log, proves it, copies it."""


def _head_beside(path: Path) -> str | None:
    """The head that a finished run keeps beside its log."""
    beside = path.parent / "head.txt"
    return beside.read_text("utf-8").strip() if path.name == "log.sqlite" and beside.is_file() else None


@log.command()
@LOG_PATH
@click.option(
    "--expect", metavar="POSITION:DIGEST", help="A head kept elsewhere: also notices entries cut off the end."
)
@json_option
def verify(path: Path, expect: str | None, as_json: bool) -> int:
    """Proves that no entry of the log at PATH was changed, removed or put in. Exit code 1 if one was."""
    kept = _head_kept(expect or _head_beside(path))
    findings: list[Finding] = []
    try:
        with open_sqlite(path, read_only=True) as opened:
            for check in CHECKS:
                findings.append(check(opened, kept))
                if not findings[-1].holds:
                    break
    except DamagedLogError as error:
        findings.append(Finding("file", False, str(error)))
    console = Console(soft_wrap=True)
    for finding in findings:
        if as_json:
            line = {"check": finding.check, "holds": finding.holds, "said": finding.said}
            print_json({"log": str(path), **line, **finding.figures})
        else:
            mark = "[green]holds[/]" if finding.holds else "[red]DAMAGED[/]"
            console.print(f"{mark} {finding.check}: {escape(finding.said)}", highlight=False)
    return DONE if all(finding.holds for finding in findings) else FOUND


@log.command()
@LOG_PATH
@click.option("--after", type=click.IntRange(min=0), default=0, help="Begin after this position.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many entries.")
@json_option
def show(path: Path, after: int, limit: int | None, as_json: bool) -> int:
    """Prints the entries of the log at PATH, in order."""
    console = Console(soft_wrap=True)
    with open_sqlite(path, read_only=True) as opened:
        for entry in islice(opened.read(after), limit):
            if as_json:
                print_json(_as_json(entry))
            else:
                said = escape(json.dumps(_payload(entry), ensure_ascii=False))
                console.print(
                    f"{entry.position:>8}  {_instant(entry)}  [bold]{escape(entry.kind)}[/]  {said}", highlight=False
                )
    return DONE


@log.command()
@LOG_PATH
@click.argument("to", type=click.Path(path_type=Path))
@json_option
def copy(path: Path, to: Path, as_json: bool) -> int:
    """Writes a consistent, verified copy of the log at PATH to the file TO, also while the log is in use."""
    with open_sqlite(path, read_only=True) as opened:
        verified = opened.copy_to(to)
    head = f"{verified.head.position}:{verified.head.digest.hex()}"
    if as_json:
        print_json({"log": str(path), "copy": str(to), "entries": verified.entries, "head": head})
    else:
        Console(soft_wrap=True).print(f"{escape(str(to))}: {verified.entries} entries; head {head}", highlight=False)
    return DONE


@log.command()
@LOG_PATH
@click.argument("to", type=click.Path(path_type=Path))
@json_option
def export(path: Path, to: Path, as_json: bool) -> int:
    """Writes the events of the log at PATH as a Parquet table to the file TO, for analysts.

    Simulated events (`plan simulate --parquet`) have the very same columns. Needs polars (extra `plan`).
    """
    from sixpoint.ops.columns import Columns, columns_of
    from sixpoint.store.table import Row, write_table

    with open_sqlite(path, read_only=True) as opened:
        rows = (Row(entry.position, entry.at_ms, entry.kind, entry.payload) for entry in opened.read())
        count = write_table(to, rows, Columns, columns_of)
    if as_json:
        print_json({"log": str(path), "table": str(to), "entries": count})
    else:
        Console(soft_wrap=True).print(f"{escape(str(to))}: {count} entries", highlight=False)
    return DONE


def _head_kept(expect: str | None) -> tuple[int, bytes] | None:
    if expect is None:
        return None
    position, _, digest = expect.partition(":")
    try:
        return int(position), bytes.fromhex(digest)
    except ValueError:
        remedy = "Write it as `log verify` prints it, POSITION:DIGEST."
        raise InputError.one("--expect", f"'{expect}' is not a head", remedy) from None


def _instant(entry: Entry) -> str:
    try:
        return datetime.fromtimestamp(entry.at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return f"{entry.at_ms} ms"


def _payload(entry: Entry) -> object:
    """The payload as JSON if it is that, else its bytes in base 64."""
    try:
        return json.loads(entry.payload)
    except (ValueError, RecursionError):
        return {"base64": base64.b64encode(entry.payload).decode()}


def _as_json(entry: Entry) -> dict[str, object]:
    return {
        "position": entry.position,
        "at": _instant(entry),
        "at_ms": entry.at_ms,
        "kind": entry.kind,
        "payload": _payload(entry),
        "digest": entry.digest.hex(),
    }
