"""Calls of a JEMSS city: read from a file, or drawn from the arrival rates of its demand."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import msgspec

from sixpoint.region.demand import StreetPlaces
from sixpoint.region.draws import Draws
from sixpoint.road import RoadNetwork
from sixpoint.road.jemss import jemss_files, read_jemss
from sixpoint.tables import Faults, read_table

DAY_S: Final = 86_400.0
PRIORITY_NUMBER: Final = {"highPriority": 1, "medPriority": 2, "mediumPriority": 2, "lowPriority": 3}
CALL_COLUMNS: Final = ("index", "priority", "x", "y", "arrivalTime", "onSceneDuration", "transport", "handoverDuration")


class JemssCall(msgspec.Struct, frozen=True):
    """One call; times in days since the start, `None` where not known."""

    index: str
    priority: int
    lon_deg: float
    lat_deg: float
    arrival_days: float
    on_scene_s: float | None = None
    transport: bool | None = None
    at_hospital_s: float | None = None


def read_calls(path: Path, faults: Faults) -> list[JemssCall]:
    """Calls of a file: a JEMSS calls file, or one table with the same columns under a single header line."""
    try:
        tables = read_jemss(path, path.parent)
    except ValueError:
        tables = {}
    if "calls" not in tables:
        rows = read_table(path, path.name, CALL_COLUMNS, (), faults, foreign=True)
        return [
            _call(row.text("index"), *(row.number(column, -math.inf) for column in CALL_COLUMNS[1:])) for row in rows
        ]
    table = tables["calls"]
    columns = [table.numbers(column, faults).tolist() for column in CALL_COLUMNS[1:]]
    if len({len(column) for column in columns}) != 1 or "index" not in table.columns:
        return []
    return [_call(*row) for row in zip(table.columns["index"], *columns, strict=True)]


def _call(
    index: str,
    priority: float,
    x: float,
    y: float,
    arrival_days: float,
    on_scene_days: float,
    transport: float,
    handover_days: float,
) -> JemssCall:
    carried = transport == 1
    return JemssCall(
        index=index,
        priority=int(priority),
        lon_deg=x,
        lat_deg=y,
        arrival_days=arrival_days,
        on_scene_s=on_scene_days * DAY_S,
        transport=carried,
        at_hospital_s=handover_days * DAY_S if carried else None,
    )


def drawn_calls(count: int, folder: Path, network: RoadNetwork, draws: Draws, faults: Faults) -> list[JemssCall]:
    """That many calls: gaps and priorities by the city's arrival rates, places at nodes by the street at them."""
    files = jemss_files(folder)
    if "demandModes" not in files:
        faults.add(folder.name, "no file holds the table 'demandModes'", "Give a file of calls: --calls FILE.")
        return []
    modes = read_jemss(files["demandModes"], folder)["demandModes"]
    rates = modes.numbers("arrivalRate", faults).tolist()
    shares = [(PRIORITY_NUMBER.get(word, 3), rate) for word, rate in zip(modes.columns["priority"], rates, strict=True)]
    total = math.fsum(rates)
    if not total > 0:
        faults.add(modes.where, "no calls arrive", "Give arrivalRate in calls a day.")
        return []
    places, at_days, calls = StreetPlaces(network), 0.0, []
    for number in range(1, count + 1):
        at_days -= math.log1p(-draws.unit()) / total
        lon_deg, lat_deg = places.draw(draws)
        calls.append(
            JemssCall(
                index=str(number),
                priority=draws.weighted(shares),
                lon_deg=lon_deg,
                lat_deg=lat_deg,
                arrival_days=at_days,
            )
        )
    return calls
