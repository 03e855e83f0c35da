"""Imports street tables as people publish them: a table of nodes and one of edges, found by their columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from sixpoint.errors import InputError
from sixpoint.road.arc_list import LEAST_LENGTH_M, ArcList
from sixpoint.road.network import DEFAULT_CLASS, RoadNetwork
from sixpoint.road.snapper import great_circle_m
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
}
LENGTH_NAMES: Final = ("length_m", "length", "metres", "meters")
SPEED_NAMES: Final[Mapping[str, tuple[str, ...]]] = {"kmh": ("speed_kmh", "kmh", "kph"), "mph": ("speed_mph", "mph")}
SPEEDS: Final = frozenset(name for names in SPEED_NAMES.values() for name in names)
CLASS_NAMES: Final = ("road_class", "highway", "class")
ONE_WAY_NAMES: Final = ("one_way", "oneway")
YES: Final = frozenset({"yes", "true", "1", "t", "y"})
NO: Final = frozenset({"no", "false", "0", "f", "n", ""})


def import_street_tables(folder: Path) -> RoadNetwork:
    """The network of the one table of nodes and the one table of edges in a folder; `InputError` names every fault.

    Edges without a column for one-way run both ways; without a class, the class is the posted speed ('posted_25_mph'),
    which calibration can then tell apart. A length that is not there is the straight line between the nodes; how many
    are so is noted. Sixpoint's own tables are read as they are; other columns are left alone.
    """
    headers = {path: _header(path) for path in sorted([*folder.glob("*.csv"), *folder.glob("*.csv.gz")])}
    nodes, edges = (
        _only(folder, what, headers, names) for what, names in (("nodes", NODE_NAMES), ("edges", EDGE_NAMES))
    )
    faults = Faults()
    arcs = ArcList()
    at: dict[str, tuple[float, float]] = {}
    for row, cell in _rows(nodes, NODE_NAMES, headers[nodes], faults):
        node_id = row.text(cell["node_id"])
        lon_deg, lat_deg = row.number(cell["lon_deg"], -180, 180), row.number(cell["lat_deg"], -90, 90)
        can_stop = row.yes_no("can_stop") if row.raw("can_stop") else True
        if not arcs.add_node(node_id, lon_deg, lat_deg, can_stop=can_stop):
            row.fault(f"node '{node_id}' stands twice", "Keep one of them.")
        at.setdefault(node_id, (lon_deg, lat_deg))
    _add_edges(arcs, edges, headers[edges], at, nodes.name, faults)
    faults.raise_any()
    return arcs.network(folder.name)


def _add_edges(
    arcs: ArcList, edges: Path, header: list[str], at: Mapping[str, tuple[float, float]], nodes: str, faults: Faults
) -> None:
    """Adds the arcs of a table of edges; `at` is where the nodes of the table called `nodes` lie."""
    unit, speed_column = _speed_column(edges.name, header, faults)
    length_column, class_column, one_way_column = (
        next((name for name in names if name in header), "") for names in (LENGTH_NAMES, CLASS_NAMES, ONE_WAY_NAMES)
    )
    straight = 0
    for row, cell in _rows(edges, EDGE_NAMES, header, faults):
        ends = [row.text(cell["from_node"]), row.text(cell["to_node"])]
        for column, node_id in zip((cell["from_node"], cell["to_node"]), ends, strict=True):
            if node_id not in at:
                row.fault(f"column '{column}' holds '{node_id}', which {nodes} does not have", "Add the node.")
        speed = row.number(speed_column, 0)
        if row.raw(length_column):
            length_m = row.number(length_column, 0)
        else:
            # Where two nodes lie at the same place the road is as short as one may be.
            here, there = (at.get(node_id, (0.0, 0.0)) for node_id in ends)
            length_m = max(float(great_circle_m(*here, *there)), LEAST_LENGTH_M)
            straight += 1
        if not (speed > 0 and length_m > 0):
            row.fault("length and speed give no travel time", "Write a length and a speed above zero.")
            continue
        road_class = row.raw(class_column) or (DEFAULT_CLASS if class_column else f"posted_{speed:g}_{unit}")
        word = row.raw(one_way_column).lower()
        if word not in YES | NO:
            row.fault(f"column '{one_way_column}' holds '{word}'", "Write 'yes' or 'no'.")
        speed_kmh = speed * KMH_PER_MPH if unit == "mph" else speed
        tail, head = (arcs.number_of.get(node_id, 0) for node_id in ends)
        arcs.add(tail, head, length_m, speed_kmh, road_class, both_ways=word in NO, name=row.where)
    if straight:
        arcs.notes.append(f"{straight} edges without a length: the straight line between their nodes is taken.")


def _speed_column(name: str, header: list[str], faults: Faults) -> tuple[str, str]:
    """The unit and the name of the one column that holds a speed, or `InputError` with the faults so far."""
    speeds = [(unit, name) for unit, names in SPEED_NAMES.items() for name in names if name in header]
    if len(speeds) != 1:
        told = " and ".join(f"'{column}'" for _, column in speeds)
        what = f"{told} both hold a speed" if speeds else "no column holds a speed"
        faults.add(f"{name}:1", what, "Give one: speed_kmh (or kmh, kph) or speed_mph (or mph).")
        faults.raise_any()
    return speeds[0]


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


def _only(folder: Path, what: str, headers: Mapping[Path, list[str]], names: Mapping[str, tuple[str, ...]]) -> Path:
    """The one table with these columns; `InputError` says which are missing where some of them are there."""
    paths = [path for path, header in headers.items() if _mapped(header, names)]
    # Tables of other things between two nodes, such as turns, have no speed.
    fast = [path for path in paths if what == "edges" and SPEEDS & set(headers[path])]
    paths = fast if len(fast) == 1 else paths
    if len(paths) == 1:
        return paths[0]
    if paths:
        several = ", ".join(path.name for path in paths)
        remedy = f"Keep one of them in this folder. Its columns are: {', '.join(names)}."
        raise InputError.one(folder.name, f"needs one table of {what}, found: {several}", remedy)
    faults = Faults()
    lacks = {
        path: {ours: theirs for ours, theirs in names.items() if not set(theirs) & set(header)}
        for path, header in headers.items()
    }
    fewest = min((len(missing) for missing in lacks.values()), default=len(names))
    for path, missing in lacks.items():
        if len(missing) == fewest < len(names):
            told = "; ".join(f"{ours} (or {', '.join(theirs[1:])})" for ours, theirs in missing.items())
            faults.add(f"{path.name}:1", f"is no table of {what}: it lacks the columns {told}", "Add them, or rename.")
    faults.raise_any()
    remedy = f"Its columns are: {', '.join(names)}."
    raise InputError.one(folder.name, f"needs one table of {what}, found: none", remedy)


def _rows(
    path: Path, names: Mapping[str, tuple[str, ...]], header: list[str], faults: Faults
) -> Iterator[tuple[Row, dict[str, str]]]:
    cell = _mapped(header, names)
    assert cell is not None, "the file was chosen by its columns"
    needed = list(cell.values())
    for row in read_table(path, path.name, needed, [name for name in header if name not in needed], faults):
        yield row, cell
