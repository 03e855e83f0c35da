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

from sixpoint.errors import InputError
from sixpoint.road.network import RoadNetwork
from sixpoint.road.observed_runs import OFF_NETWORK, SHORTEST_S, ObservedRuns, RunsByLights, Trip, on_network
from sixpoint.tables import decode_text, read_bytes

STAMP: Final = "%m/%d/%Y %I:%M:%S %p"
# As a region's (docs/region.md). The log has runs on and to islands that the city's street file lacks; put on the
# nearest shore, eleven of them alone moved the factor of a class of road from 0.55 to 0.79.
FARTHEST_M: Final = 500.0
# Only units that live at a station; an ambulance waits anywhere.
FROM_QUARTERS: Final = ("ENGINE", "TRUCK")
# A unit that has been available so long is taken to be back at its station.
BACK_HOME_S: Final = 1800.0
# Within the city; crews of longer runs forgot to press a button.
LONGEST_S: Final = 1200.0
NEEDED: Final = (
    "Unit ID", "Unit Type", "Priority", "Dispatch DtTm", "Response DtTm", "On Scene DtTm", "Available DtTm", "Location",
)  # fmt: skip
_POINT = re.compile(r"\(\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*\)")


def read_sf_log(
    log: Path, network: RoadNetwork, *, stations: Path, homes: Path, lights: str = "3", normal: str = "2"
) -> RunsByLights:
    """Runs with lights and without, by the priority of their calls; of those without there may be none."""
    files = {"stations": stations, "homes": homes}
    with_lights = read_sf_runs(log, network, **files, priority=lights)
    return RunsByLights(with_lights, _observed(log, network, **files, priority=normal))


def read_sf_runs(log: Path, network: RoadNetwork, *, stations: Path, homes: Path, priority: str = "3") -> ObservedRuns:
    """Runs from quarters to the scene, response to on scene, of calls with that priority (3: lights and sirens).

    `stations` is the city's GeoJSON of fire stations, `homes` its table of units and stations. Whether a unit was at
    its station is not in the log: it is taken to be if it had been available for half an hour. `InputError` if no run
    is left.
    """
    observed = _observed(log, network, stations=stations, homes=homes, priority=priority)
    if observed.runs:
        return observed
    if any(reason.endswith(OFF_NETWORK) for reason in observed.left_out):
        raise InputError.one(log.name, "holds no run on this network", "Give the network of the log's own city.")
    raise InputError.one(log.name, "holds no run that can be used", "Check the units and the priority.")


def _observed(log: Path, network: RoadNetwork, *, stations: Path, homes: Path, priority: str) -> ObservedRuns:
    places = _station_places(stations)
    home_of = {row["Unit"]: places.get(row["facility_id"]) for row in _rows(homes, ("Unit", "facility_id"))}
    left_out: Counter[str] = Counter()
    available: dict[str, datetime] = {}
    found: list[Trip] = []
    rows = [row for row in _rows(log, NEEDED) if _stamp(row["Dispatch DtTm"]) is not None]
    for row in sorted(rows, key=lambda row: (str(_stamp(row["Dispatch DtTm"])), row["Unit ID"])):
        since = available.get(row["Unit ID"])
        cleared = _stamp(row["Available DtTm"])
        if cleared is not None:
            available[row["Unit ID"]] = cleared
        if row["Unit Type"] not in FROM_QUARTERS or row["Priority"] != priority:
            continue
        trip = _trip(row, home_of.get(row["Unit ID"]), since)
        if isinstance(trip, str):
            left_out[trip] += 1
        else:
            found.append(trip)
    source = f"runs of {log.name} with priority {priority}"
    return on_network(found, network, farthest_m=FARTHEST_M, left_out=left_out, source=source)


def _trip(row: Mapping[str, str], home: tuple[float, float] | None, since: datetime | None) -> Trip | str:
    """The trip of a row, or in words why it cannot be used."""
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
    return Trip(home, (float(point[2]), float(point[1])), seconds, dispatched.toordinal())


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
