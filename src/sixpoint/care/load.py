"""Loads pathways: those that come with Sixpoint, and an agency's files that replace or extend them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from sixpoint.care.pathway import Pathway
from sixpoint.care.pathway_text import PathwayReader, Written, laid_on, plain
from sixpoint.care.pathways import Pathways
from sixpoint.errors import InputError
from sixpoint.scope.load import catalogue_ids
from sixpoint.scope.strict_yaml import read_yaml
from sixpoint.tables import Faults, decode_text, read_bytes

DATA: Final = Path(__file__).resolve().parent / "data"


def load_pathways(files: Sequence[str | Path] = ()) -> Pathways:
    """Every pathway by id; `InputError` names every fault of every file.

    A file that names a bundled pathway replaces it; one that says it lies `on` another extends that one. Later files
    win over earlier ones.
    """
    if not files:
        return _bundled()
    faults = Faults()
    found = dict(_bundled())
    for path in map(Path, files):
        written = _read(path, str(path), faults)
        if written is not None:
            _add(found, written, faults)
    faults.raise_any()
    return Pathways(found)


@cache
def _bundled() -> Pathways:
    faults = Faults()
    found: dict[str, Pathway] = {}
    for path in sorted((DATA / "pathways").glob("*.yaml")):
        written = _read(path, path.name, faults)
        if written is not None:
            _add(found, written, faults)
    faults.raise_any()
    return Pathways(found)


@cache
def sources() -> Mapping[str, str]:
    """What each citation of the bundled data stands for."""
    text = (DATA / "sources.csv").read_text("utf-8")
    return {row["id"]: row["title"] for row in csv.DictReader(text.splitlines())}


def _read(path: Path, shown: str, faults: Faults) -> Written | None:
    try:
        text = decode_text(shown, read_bytes(path, shown))
    except InputError as error:
        faults.found.extend(error.faults)
        return None
    document = read_yaml(text, shown, faults)
    return None if document is None else PathwayReader(document, catalogue_ids(), sources()).read()


def _add(found: dict[str, Pathway], written: Written, faults: Faults) -> None:
    if not written.on:
        found[written.id] = plain(written)
        return
    under = found.get(written.on)
    if under is None:
        written.place.fault(f"there is no pathway '{written.on}' to lie on", f"Known are: {', '.join(sorted(found))}.")
        return
    found[written.id] = laid_on(written, under)
