"""Reads observed runs of engines and trucks from San Francisco's log of fire and EMS calls (DataSF nuek-vuh3)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from sixpoint.errors import InputError
from sixpoint.road.calibration import Run
from sixpoint.road.network import RoadNetwork
from sixpoint.road.snapper import Snapper
from sixpoint.tables import decode_text, read_bytes

STAMP: Final = "%m/%d/%Y %I:%M:%S %p"
FARTHEST_M: Final = 5_000.0  # a place farther off is not on this network's map
# Only units that live at a station; an ambulance waits anywhere.
FROM_QUARTERS: Final = ("ENGINE", "TRUCK")
# A unit that has been available so long is taken to be back at its station.
BACK_HOME_S: Final = 1800.0
# Shorter runs are crews that pressed both buttons at once, longer ones forgot to.
SHORTEST_S: Final = 30.0
LONGEST_S: Final = 1200.0
NEEDED: Final = (
    "Unit ID", "Unit Type", "Priority", "Dispatch DtTm", "Response DtTm", "On Scene DtTm", "Available DtTm", "Location",
)  # fmt: skip
_POINT = re.compile(r"\(\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*\)")


class ObservedRuns(msgspec.Struct, frozen=True):
    """The runs that can be used, and how many were left out for which reason."""

    runs: tuple[Run, ...]
    left_out: Mapping[str, int]


def read_sf_runs(log: Path, network: RoadNetwork, *, stations: Path, homes: Path, priority: str = "3") -> ObservedRuns:
    """Runs from quarters to the scene, response to on scene, of calls with that priority (3: lights and sirens).

    `stations` is the city's GeoJSON of fire stations, `homes` its table of units and stations. Whether a unit was at
    its station is not in the log: it is taken to be if it had been available for half an hour.
    """
    places = _station_places(stations)
    home_of = {row["Unit"]: places.get(row["facility_id"]) for row in _rows(homes, ("Unit", "facility_id"))}
    left_out: Counter[str] = Counter()
    available: dict[str, datetime] = {}
    found: list[tuple[tuple[float, float], tuple[float, float], float, int]] = []
    rows = [row for row in _rows(log, NEEDED) if _stamp(row["Dispatch DtTm"]) is not None]
    for row in sorted(rows, key=lambda row: (str(_stamp(row["Dispatch DtTm"])), row["Unit ID"])):
        since = available.get(row["Unit ID"])
        cleared = _stamp(row["Available DtTm"])
        if cleared is not None:
            available[row["Unit ID"]] = cleared
        if row["Unit Type"] not in FROM_QUARTERS or row["Priority"] != priority:
            continue
        run = _run(row, home_of.get(row["Unit ID"]), since)
        if isinstance(run, str):
            left_out[run] += 1
        else:
            found.append(run)
    if not found:
        raise InputError.one(log.name, "holds no run that can be used", "Check the units and the priority.")
    snapper = Snapper(network)
    starts, from_m = snapper.nearest_many([run[0][0] for run in found], [run[0][1] for run in found])
    ends, to_m = snapper.nearest_many([run[1][0] for run in found], [run[1][1] for run in found])
    near = ((from_m <= FARTHEST_M) & (to_m <= FARTHEST_M)).tolist()
    runs = tuple(
        Run(start, end, run[2], run[3])
        for start, end, run, is_near in zip(starts.tolist(), ends.tolist(), found, near, strict=True)
        if is_near
    )
    if not runs:
        raise InputError.one(log.name, "holds no run on this network", "Give the network of the log's own city.")
    if len(runs) < len(found):
        left_out[f"more than {FARTHEST_M / 1000:g} km from the network"] += len(found) - len(runs)
    return ObservedRuns(runs, dict(sorted(left_out.items())))


def _run(
    row: Mapping[str, str], home: tuple[float, float] | None, since: datetime | None
) -> tuple[tuple[float, float], tuple[float, float], float, int] | str:
    """(from, to, seconds, day) of a row, or in words why it cannot be used."""
    dispatched, left, there = (_stamp(row[f"{what} DtTm"]) for what in ("Dispatch", "Response", "On Scene"))
    point = _POINT.fullmatch(row["Location"])
    if dispatched is None or left is None or there is None:
        return "no response or no arrival"
    if home is None:
        return "no known station"
    if point is None:
        return "no place"
    if since is None or (dispatched - since).total_seconds() < BACK_HOME_S:
        return "perhaps not at its station"
    seconds = (there - left).total_seconds()
    if not SHORTEST_S <= seconds <= LONGEST_S:
        return f"under {SHORTEST_S:g} or over {LONGEST_S:g} s"
    return home, (float(point[2]), float(point[1])), seconds, dispatched.toordinal()


def _station_places(path: Path) -> dict[str, tuple[float, float]]:
    try:
        features = json.loads(decode_text(path.name, read_bytes(path, path.name)))["features"]
        return {
            str(feature["properties"]["facility_id"]): tuple(feature["geometry"]["coordinates"][:2])
            for feature in features
        }
    except (ValueError, KeyError, TypeError) as error:
        raise InputError.one(path.name, f"is no GeoJSON of stations ({error})", "Give the city's file.") from None


def _rows(path: Path, needed: Iterable[str]) -> Iterable[dict[str, str]]:
    """Rows of a published table, its many other columns left alone."""
    reader = csv.DictReader(io.StringIO(decode_text(path.name, read_bytes(path, path.name)), newline=""))
    missing = [column for column in needed if column not in (reader.fieldnames or [])]
    if missing:
        raise InputError.one(
            f"{path.name}:1", f"lacks the columns {', '.join(missing)}", "Give the table as published."
        )
    return reader


def _stamp(text: str) -> datetime | None:
    """A local time of the log; only differences and days are used, so the zone does not matter."""
    try:
        return datetime.strptime(text, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
