"""Reads the roads of a JEMSS city folder: nodes, arcs, travel modes.

JEMSS files hold several tables each; files are found by the tables in them, so folders may be flat or nested and files
plain or .gz. Times are days, distances km. Source of the grammar: JEMSS v1.3.6 (University of Auckland, Apache-2.0).
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from sixpoint.errors import InputError
from sixpoint.road.network import Floats, RoadNetwork, build_network
from sixpoint.road.snapper import great_circle_m
from sixpoint.tables import Faults, decode_text, read_bytes

DAY_S: Final = 86_400.0
# How much of a file is read to see which tables are in it.
LOOK_BYTES: Final = 8192


class JemssTable(msgspec.Struct, frozen=True):
    """One table of a file: its columns by name, as text; `line` is that of the first data row."""

    name: str
    where: str
    line: int
    columns: Mapping[str, tuple[str, ...]]

    def numbers(self, column: str, faults: Faults) -> Floats:
        """A column as numbers; what is no number is noted with its line and read as not-a-number."""
        cells = self.columns.get(column)
        if cells is None:
            faults.add(self.where, f"table '{self.name}' has no column '{column}'", "Add the column.")
            return np.empty(0)
        try:
            return np.array(cells, np.float64)
        except ValueError:
            pass
        values = np.full(len(cells), np.nan)
        for row, cell in enumerate(cells):
            try:
                values[row] = float(cell)
            except ValueError:
                where = f"{self.where}:{self.line + row}"
                faults.add(where, f"column '{column}' holds '{cell}', which is not a number", "Write a number.")
        return values


class JemssMode(msgspec.Struct, frozen=True):
    """A travel mode: its number, its speed away from the roads, km/h, and the remark the city's maker left."""

    index: int
    off_road_kmh: float
    note: str


class JemssRoads(msgspec.Struct, frozen=True, eq=False):
    """The roads of a city, with the times of every travel mode.

    `mode_of_priority` is by JEMSS's words (highPriority, mediumPriority, lowPriority) in its first travel set.
    """

    name: str
    modes: tuple[JemssMode, ...]
    mode_of_priority: Mapping[str, int]
    nodes: JemssTable
    arcs: JemssTable
    directed: bool
    km_per_deg: tuple[float, float] | None

    def network(self, mode: int = 1) -> RoadNetwork:
        """The network with the times of one travel mode (1 is lights and sirens in the bundled cities)."""
        faults = Faults()
        if f"mode_{mode}" not in self.arcs.columns:
            known = ", ".join(column for column in self.arcs.columns if column.startswith("mode_"))
            raise InputError.one(self.arcs.where, f"has no travel mode {mode}", f"Known are: {known}.")
        lon, lat = self.nodes.numbers("x", faults), self.nodes.numbers("y", faults)
        has_stops = "offRoadAccess" in self.nodes.columns
        can_stop = self.nodes.numbers("offRoadAccess", faults) != 0 if has_stops else np.ones(len(lon), np.bool_)
        columns: list[Floats] = [self.arcs.numbers(column, faults) for column in ("fromNode", "toNode")]
        time_s = self.arcs.numbers(f"mode_{mode}", faults) * DAY_S
        distance_km = self.arcs.numbers("distance", faults) if "distance" in self.arcs.columns else None
        if len(lon) != len(lat) or len({len(time_s), *map(len, columns)}) != 1:
            faults.add(self.name, "columns of one table differ in length", "Give each row all its cells.")
        faults.raise_any()
        tail, head = (self._row_numbers(column) for column in columns)
        inside = (tail >= 0) & (tail < len(lon)) & (head >= 0) & (head < len(lon))
        length_m = np.zeros(len(tail))
        ends = (lon[tail[inside]], lat[tail[inside]], lon[head[inside]], lat[head[inside]])
        length_m[inside] = self._straight_m(*ends)
        if distance_km is not None:
            length_m = distance_km * 1000
        names = [f"{self.arcs.where}:{self.arcs.line + row}" for row in range(len(tail))]
        if not self.directed:
            tail, head = np.concatenate((tail, head)), np.concatenate((head, tail))
            length_m, time_s, names = np.tile(length_m, 2), np.tile(time_s, 2), names * 2
        return build_network(
            lon,
            lat,
            tail,
            head,
            length_m,
            time_s,
            node_ids=[str(number) for number in range(1, len(lon) + 1)],
            can_stop=can_stop,
            arc_names=names,
            name=f"{self.name}, travel mode {mode}",
        )

    def _row_numbers(self, column: Floats) -> Any:
        return np.where(np.isfinite(column), column, 0).astype(np.int64) - 1

    def _straight_m(self, lon_a: Floats, lat_a: Floats, lon_b: Floats, lat_b: Floats) -> Floats:
        if self.km_per_deg is None:
            return great_circle_m(lon_a, lat_a, lon_b, lat_b)
        x_scale, y_scale = self.km_per_deg
        return np.asarray(np.hypot((lon_a - lon_b) * x_scale, (lat_a - lat_b) * y_scale) * 1000, np.float64)


def read_jemss_roads(folder: Path) -> JemssRoads:
    """The roads of a JEMSS city folder, or `InputError` naming the tables that are missing."""
    found = jemss_files(folder)
    faults = Faults()
    for table in ("nodes", "arcs"):
        if table not in found:
            faults.add(folder.name, f"no file holds the table '{table}'", "Give the folder of a whole JEMSS city.")
    faults.raise_any()
    nodes, arcs = read_jemss(found["nodes"], folder)["nodes"], read_jemss(found["arcs"], folder)
    form = arcs["miscData"].columns.get("arcForm", ("directed",)) if "miscData" in arcs else ("directed",)
    if form[:1] not in (("directed",), ("undirected",)):
        faults.add(arcs["arcs"].where, f"arcForm is {form[:1]}", "Write directed or undirected.")
    travel = read_jemss(found["travelModes"], folder) if "travelModes" in found else {}
    scales = read_jemss(found["map"], folder)["map"] if "map" in found else None
    km_per_deg = None
    if scales is not None and "xScale" in scales.columns:
        x_scale, y_scale = scales.numbers("xScale", faults), scales.numbers("yScale", faults)
        km_per_deg = (float(x_scale[0]), float(y_scale[0])) if len(x_scale) and len(y_scale) else None
    roads = JemssRoads(
        name=folder.name,
        modes=_modes(travel, faults),
        mode_of_priority=_mode_of_priority(travel),
        nodes=nodes,
        arcs=arcs["arcs"],
        directed=form[0] == "directed",
        km_per_deg=km_per_deg,
    )
    faults.raise_any()
    return roads


def _modes(travel: Mapping[str, JemssTable], faults: Faults) -> tuple[JemssMode, ...]:
    if "travelModes" not in travel:
        return ()
    table = travel["travelModes"]
    speeds_kmh = (table.numbers("offRoadSpeed", faults) / 24).tolist()
    notes = table.columns.get("note", ("",) * len(speeds_kmh))
    return tuple(
        JemssMode(index, speed, note) for index, (speed, note) in enumerate(zip(speeds_kmh, notes, strict=True), 1)
    )


def _mode_of_priority(travel: Mapping[str, JemssTable]) -> dict[str, int]:
    if "travelSets" not in travel:
        return {}
    sets = travel["travelSets"].columns
    rows = zip(sets["travelSetIndex"], sets["priority"], sets["travelModeIndex"], strict=True)
    return {priority: int(mode) for index, priority, mode in rows if float(index) == 1 and mode.isdigit()}


def jemss_files(folder: Path) -> dict[str, Path]:
    """For each table name, the first file (by path) under the folder that holds it."""
    found: dict[str, Path] = {}
    for path in sorted([*folder.rglob("*.csv"), *folder.rglob("*.csv.gz")]):
        try:
            with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
                start = file.read(LOOK_BYTES).decode("utf-8-sig", "replace")
        except (OSError, EOFError):
            continue
        for table in _tables(start, path.name):
            found.setdefault(table.name, path)
    return found


def read_jemss(path: Path, folder: Path) -> dict[str, JemssTable]:
    """The tables of one JEMSS file by name; `InputError` if it cannot be read."""
    where = str(path.relative_to(folder))
    return {table.name: table for table in _tables(decode_text(where, read_bytes(path, where)), where)}


def _tables(text: str, where: str) -> Iterator[JemssTable]:
    """A name row, a header row up to its first empty cell, then rows up to one whose first cell is empty."""
    lines = csv.reader(io.StringIO(text, newline=""))
    for name_row in lines:
        if not name_row or not name_row[0].strip():
            continue
        header = [cell.strip() for cell in next(lines, [])]
        width = header.index("") if "" in header else len(header)
        line = lines.line_num + 1
        rows = []
        for row in lines:
            if not row or not row[0].strip():
                break
            rows.append(row[:width] + [""] * (width - len(row)))
        columns = {column: tuple(row[place] for row in rows) for place, column in enumerate(header[:width])}
        yield JemssTable(name_row[0].strip(), where, line, columns)
