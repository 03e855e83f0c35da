"""Which column of somebody's table of runs says what: ours by name, or one that others call so."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from sixpoint.errors import InputError
from sixpoint.tables import Faults, decode_text, read_bytes

ENDS: Final[Mapping[str, tuple[str, ...]]] = {
    "from": ("from", "start", "origin", "station"),
    "to": ("to", "end", "destination", "dest", "scene", "call"),
}
DEGREES: Final[Mapping[str, tuple[str, ...]]] = {
    "lon_deg": ("lon_deg", "lon", "longitude", "lng", "long", "x"),
    "lat_deg": ("lat_deg", "lat", "latitude", "y"),
}
# Our name of a column -> what others call it, ours first; compared in lower case, with _ for whatever is no letter.
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "left_at": (
        "left_at", "departed_at", "set_out_at", "en_route_at", "enroute_at", "en_route", "enroute", "responding_at",
        "started_at", "start_time", "departure_time", "etimes_05",
    ),
    "arrived_at": (
        "arrived_at", "on_scene_at", "onscene_at", "on_scene", "onscene", "at_scene_at", "ended_at", "end_time",
        "arrival_time", "etimes_06",
    ),
    "seconds": ("seconds", "duration_s", "observed_s", "travel_s", "duration_seconds", "travel_seconds"),
    "date": ("date",),
    "lights": ("lights", "with_lights", "lights_and_sirens", "lights_sirens", "blue_lights", "emergent", "code_3"),
    **{
        f"{end}_{degrees}": tuple(f"{word}_{angle}" for word in words for angle in angles)
        for end, words in ENDS.items()
        for degrees, angles in DEGREES.items()
    },
    **{
        f"{end}_node": tuple(f"{word}_{node}" for word in words for node in ("node", "node_id"))
        for end, words in ENDS.items()
    },
}  # fmt: skip
_NO_LETTER = re.compile(r"[^a-z0-9]+")


def header_of(path: Path) -> list[str]:
    """The first line of a table, or `InputError` if the file cannot be read."""
    text = decode_text(path.name, read_bytes(path, path.name))
    try:
        return [cell.strip() for cell in next(csv.reader(io.StringIO(text, newline="")), [])]
    except csv.Error as error:
        remedy = "Save the table as CSV, and close each quote on its line."
        raise InputError.one(f"{path.name}:1", f"not a line with the names of columns ({error})", remedy) from None


def columns_of(name: str, header: Sequence[str], faults: Faults) -> dict[str, str]:
    """Their column for each of ours that is there; notes what is missing or said by two columns."""
    where = f"{name}:1"
    # The reader of rows refuses a name that stands twice.
    theirs = [(_NO_LETTER.sub("_", column.lower()).strip("_"), column) for column in dict.fromkeys(header)]
    found = {}
    for ours, names in NAMES.items():
        called = [column for known in names for plain, column in theirs if plain == known]
        if len(called) > 1 and ours not in called:
            told = " and ".join(f"'{column}'" for column in called)
            faults.add(where, f"{told} may both be '{ours}'", f"Call the one that counts '{ours}'.")
        if called:
            found[ours] = ours if ours in called else called[0]
    if len(header) == 1 and re.search(r"[;\t]", header[0]):
        faults.add(where, "cells are not parted by commas", "Save the table as CSV with commas.")
        return found
    _note_missing(where, found, faults)
    return found


def _note_missing(where: str, found: Mapping[str, str], faults: Faults) -> None:
    if "seconds" not in found:
        for column, what in (("left_at", "set out"), ("arrived_at", "arrived")):
            if column not in found:
                remedy = f"Name it {column} (or {', '.join(NAMES[column][1:4])}), or give how long it took as seconds."
                faults.add(where, f"no column says when a run {what}", remedy)
    elif not found.keys() & {"left_at", "arrived_at", "date"}:
        remedy = "Add left_at, arrived_at or date: days are held out for checking."
        faults.add(where, "no column says on which day a run was", remedy)
    for end, what in (("from", "from where a run came"), ("to", "where a run went")):
        if f"{end}_node" not in found and not {f"{end}_lon_deg", f"{end}_lat_deg"} <= found.keys():
            remedy = f"Add {end}_lon_deg and {end}_lat_deg, or {end}_node."
            faults.add(where, f"no column says {what}", remedy)
