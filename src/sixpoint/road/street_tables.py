"""Imports street tables as people publish them: a table of nodes and one of edges, found by their columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from sixpoint.errors import InputError
from sixpoint.road.arc_list import ArcList
from sixpoint.road.network import DEFAULT_CLASS, RoadNetwork
from sixpoint.tables import Faults, Row, decode_text, read_bytes, read_table

KMH_PER_MPH: Final = 1.609344
# Our name of a column -> what others call it.
NODE_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "node_id": ("node_id", "id", "node", "osmid"),
    "lon_deg": ("lon_deg", "lon", "longitude", "lng", "x"),
    "lat_deg": ("lat_deg", "lat", "latitude", "y"),
}
EDGE_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "from_node": ("from_node", "from", "source", "u", "start_node"),
    "to_node": ("to_node", "to", "target", "v", "end_node"),
    "length_m": ("length_m", "length", "metres", "meters"),
}
SPEED_NAMES: Final[Mapping[str, tuple[str, ...]]] = {"kmh": ("speed_kmh", "kmh", "kph"), "mph": ("speed_mph", "mph")}
CLASS_NAMES: Final = ("road_class", "highway", "class")
ONE_WAY_NAMES: Final = ("one_way", "oneway")
YES: Final = frozenset({"yes", "true", "1", "t", "y"})
NO: Final = frozenset({"no", "false", "0", "f", "n", ""})


def import_street_tables(folder: Path) -> RoadNetwork:
    """The network of the one table of nodes and the one table of edges in a folder; `InputError` names every fault.

    Edges without a column for one-way run both ways; without a class, the class is the posted speed ('posted_25_mph'),
    which calibration can then tell apart. Sixpoint's own tables are read as they are; other columns are left alone.
    """
    headers = {path: _header(path) for path in sorted([*folder.glob("*.csv"), *folder.glob("*.csv.gz")])}
    nodes = _only(
        folder, "nodes", [path for path, header in headers.items() if _mapped(header, NODE_NAMES)], NODE_NAMES
    )
    edges = _only(
        folder, "edges", [path for path, header in headers.items() if _mapped(header, EDGE_NAMES)], EDGE_NAMES
    )
    faults = Faults()
    arcs = ArcList()
    for row, cell in _rows(nodes, NODE_NAMES, headers[nodes], faults):
        node_id = row.text(cell["node_id"])
        lon_deg, lat_deg = row.number(cell["lon_deg"], -180, 180), row.number(cell["lat_deg"], -90, 90)
        can_stop = row.yes_no("can_stop") if row.raw("can_stop") else True
        if not arcs.add_node(node_id, lon_deg, lat_deg, can_stop=can_stop):
            row.fault(f"node '{node_id}' stands twice", "Keep one of them.")
    header = headers[edges]
    speeds = [(unit, name) for unit, names in SPEED_NAMES.items() for name in names if name in header]
    if len(speeds) != 1:
        faults.add(f"{edges.name}:1", f"{len(speeds)} columns hold a speed", "Give one: speed_kmh or speed_mph.")
        faults.raise_any()
    unit, speed_column = speeds[0]
    class_column = next((name for name in CLASS_NAMES if name in header), "")
    one_way_column = next((name for name in ONE_WAY_NAMES if name in header), "")
    for row, cell in _rows(edges, EDGE_NAMES, header, faults):
        ends = []
        for column in (cell["from_node"], cell["to_node"]):
            node_id = row.text(column)
            if node_id not in arcs.number_of:
                row.fault(f"column '{column}' holds '{node_id}', which {nodes.name} does not have", "Add the node.")
            ends.append(arcs.number_of.get(node_id, 0))
        speed = row.number(speed_column, 0)
        length_m = row.number(cell["length_m"], 0)
        if not (speed > 0 and length_m > 0):
            row.fault("length and speed give no travel time", "Write a length and a speed above zero.")
            continue
        road_class = row.raw(class_column) or (DEFAULT_CLASS if class_column else f"posted_{speed:g}_{unit}")
        word = row.raw(one_way_column).lower()
        if word not in YES | NO:
            row.fault(f"column '{one_way_column}' holds '{word}'", "Write 'yes' or 'no'.")
        speed_kmh = speed * KMH_PER_MPH if unit == "mph" else speed
        arcs.add(ends[0], ends[1], length_m, speed_kmh, road_class, both_ways=word in NO, name=row.where)
    faults.raise_any()
    return arcs.network(folder.name)


def _header(path: Path) -> list[str]:
    try:
        text = decode_text(path.name, read_bytes(path, path.name))
    except InputError:
        return []
    return [cell.strip() for cell in next(csv.reader(io.StringIO(text, newline="")), [])]


def _mapped(header: list[str], names: Mapping[str, tuple[str, ...]]) -> dict[str, str] | None:
    """Their column for each of ours, or None if one is missing."""
    found = {ours: next((name for name in theirs if name in header), "") for ours, theirs in names.items()}
    return found if all(found.values()) else None


def _only(folder: Path, what: str, paths: list[Path], names: Mapping[str, tuple[str, ...]]) -> Path:
    if len(paths) == 1:
        return paths[0]
    several = ", ".join(path.name for path in paths) or "none"
    columns = ", ".join(names)
    raise InputError.one(folder.name, f"needs one table of {what}, found: {several}", f"Its columns are: {columns}.")


def _rows(
    path: Path, names: Mapping[str, tuple[str, ...]], header: list[str], faults: Faults
) -> Iterator[tuple[Row, dict[str, str]]]:
    cell = _mapped(header, names)
    assert cell is not None, "the file was chosen by its columns"
    needed = list(cell.values())
    for row in read_table(path, path.name, needed, [name for name in header if name not in needed], faults):
        yield row, cell
