"""What a San Francisco call was about: the log does not say, so it is drawn from Montgomery County's mix, and marked.

The mix: 911 calls of Montgomery County, Pennsylvania, December 2015 to August 2016 (ODbL). Its titles are mapped to
NEMSIS eDispatch.01 codes, and to the priority classes they may be drawn in, in ../data/montgomery_titles.csv: a
judgement of ours, line by line.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from pathlib import Path
from typing import Final

import msgspec

from sixpoint.errors import InputError
from sixpoint.region.bundled import FOLDER
from sixpoint.region.draws import Draws
from sixpoint.region.importers.sf_log import LIFE_THREAT, LoggedCall
from sixpoint.tables import Faults, decode_text, read_table

TITLES: Final = FOLDER / "montgomery_titles.csv"
# Priority classes of a San Francisco call, gravest first.
CLASSES: Final = ("echo", "high", "urgent", "low")
CARDIAC_ARREST: Final = "2301019"
TRAFFIC: Final = "2301069"
TRANSFER: Final = "2301071"


class Title(msgspec.Struct, frozen=True):
    """One of Montgomery's titles: what it is in NEMSIS, and in which priority classes it may be drawn."""

    title: str
    dispatch_code: str
    classes: tuple[str, ...]


class Complaint(msgspec.Struct, frozen=True):
    """What a call is taken to be about, whether that was imputed, and how it came about."""

    dispatch_code: str
    imputed: bool
    note: str


class Mix(msgspec.Struct, frozen=True):
    """By priority class, the titles that may be drawn with how often Montgomery heard them."""

    by_class: dict[str, tuple[tuple[Title, float], ...]]


def read_titles(faults: Faults) -> dict[str, Title]:
    """Our mapping of Montgomery's titles; those without a code are no patient's complaint."""
    titles: dict[str, Title] = {}
    for row in read_table(
        TITLES, TITLES.name, ("title", "dispatch_code", "classes", "confidence", "reason"), (), faults
    ):
        title = Title(row.text("title"), row.raw("dispatch_code"), row.words("classes"))
        if not set(title.classes) <= set(CLASSES) or bool(title.classes) != bool(title.dispatch_code):
            row.fault("code and classes do not fit together", f"Classes are: {', '.join(CLASSES)}; give both or none.")
        titles[title.title] = title
    return titles


def read_mix(archive: Path, faults: Faults) -> Mix:
    """How often each title was heard, by the priority classes in which it may be drawn."""
    titles = read_titles(faults)
    heard = _titles_heard(archive)
    for title in sorted(set(heard) - set(titles)):
        faults.add(
            f"{archive.name}", f"title '{title}' is not in {TITLES.name}", "Map it there, or leave its code empty."
        )
    by_class = {
        name: tuple((title, float(heard[title.title])) for title in titles.values() if name in title.classes)
        for name in CLASSES
    }
    return Mix(by_class)


def _titles_heard(archive: Path) -> Counter[str]:
    try:
        with zipfile.ZipFile(archive) as packed:
            text = decode_text(archive.name, packed.read("911.csv"))
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise InputError.one(archive.name, f"cannot be read ({error})", "It holds a file 911.csv.") from None
    rows = csv.DictReader(io.StringIO(text, newline=""))
    if "title" not in (rows.fieldnames or ()):
        raise InputError.one(f"{archive.name}:911.csv:1", "column 'title' is missing", "Take the file as published.")
    # "EMS: FALL VICTIM"; some titles end in " -".
    heard = (row["title"].removesuffix(" -").partition(": ") for row in rows)
    return Counter(title for service, _, title in heard if service == "EMS")


def priority_class(call: LoggedCall) -> str:
    """The gravest class that the log gives the call.

    echo: it was ever given priority E. high: its group is potentially life-threatening. urgent: final priority 3
    (lights and sirens). low: the rest.
    """
    first = call.first
    if "E" in first.priorities:
        return "echo"
    if first.group == LIFE_THREAT:
        return "high"
    return "urgent" if first.priorities[2] == "3" else "low"


def complaint_of(call: LoggedCall, mix: Mix, draws: Draws) -> Complaint:
    """What the call is taken to be about; one number is drawn for every call, whether it is needed or not."""
    name = priority_class(call)
    drawn = draws.weighted(mix.by_class[name])
    if call.first.call_type == "Traffic Collision":
        return Complaint(TRAFFIC, False, "")
    if any(each.disposition == "Medical Examiner" for each in call.responses):
        return Complaint(CARDIAC_ARREST, True, "taken from the log's disposition: Medical Examiner")
    if not call.first.group and all(each.unit_type in ("SUPPORT", "CHIEF") for each in call.responses):
        return Complaint(TRANSFER, True, "no group in the log, only a van or a reserve unit sent: taken for a transfer")
    return Complaint(
        drawn.dispatch_code,
        True,
        f"complaint drawn from Montgomery County's mix in class {name}: {drawn.title.lower()}",
    )
