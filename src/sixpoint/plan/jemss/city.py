"""Reads a JEMSS city folder: where everything stands and how fast one travels, checked before anything runs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from sixpoint.plan.jemss.columns import PRIORITIES, numbered, numbers, priorities, tables_of, whole
from sixpoint.road.jemss import JemssTable, jemss_files
from sixpoint.tables import Faults

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NEEDED: Final = ("nodes", "arcs", "map", "travelModes", "priorities", "stations", "hospitals", "ambulances")
# Nodes at the very same distance that are looked at for the lowest number.
TIES: Final = 8


class Places(msgspec.Struct, frozen=True, eq=False):
    """Places with the node each is attached to and how far that is, km. Nodes from 0."""

    x: Floats
    y: Floats
    node: Ints
    km: Floats


class City(msgspec.Struct, frozen=True, eq=False):
    """A JEMSS city; units, stations, hospitals, nodes and modes numbered from 0. Times days, distances km.

    `arc_day[mode, arc]`; `mode_of[k, priority]` is the travel mode from `set_start[k]` on; `response_priority` the
    travel priority by call priority; `roads_hash` names roads and times alone.
    """

    name: str
    folder: Path
    files: Mapping[str, Path]
    node_x: Floats
    node_y: Floats
    can_stop: npt.NDArray[np.bool_]
    tail: Ints
    head: Ints
    arc_day: Floats
    km_per_deg: tuple[float, float]
    off_road_km_day: Floats
    set_start: Floats
    mode_of: Ints
    response_priority: Ints
    target_day: Floats
    stations: Places
    hospitals: Places
    home: Ints
    roads_hash: str

    def attach(self, x: Floats, y: Floats) -> Places:
        """Attaches places to their nearest node at which one may leave the road; the lowest number of equals."""
        scale = np.array(self.km_per_deg)
        usable = np.flatnonzero(self.can_stop)
        tree = cKDTree(np.stack((self.node_x[usable], self.node_y[usable]), axis=1) * scale)
        distances, found = tree.query(np.stack((x, y), axis=1) * scale, k=min(TIES, len(usable)))
        distances, found = distances.reshape(len(x), -1), found.reshape(len(x), -1)
        node = usable[np.where(distances == distances[:, :1], found, len(usable)).min(axis=1)]
        dx, dy = (x - self.node_x[node]) * scale[0], (y - self.node_y[node]) * scale[1]
        return Places(x, y, node, np.sqrt(dx**2 + dy**2))


def read_city(folder: Path) -> City:
    """The city of a folder, its files found by the tables in them; `InputError` names every fault."""
    faults = Faults()
    if not folder.is_dir():
        faults.add(str(folder), "is not a folder", "Give the folder of a JEMSS city.")
        faults.raise_any()
    files = jemss_files(folder)
    for name in NEEDED:
        if name not in files:
            faults.add(folder.name, f"no file holds the table '{name}'", "Give the folder of a whole JEMSS city.")
    faults.raise_any()
    x, y, can_stop = _nodes(tables_of(files["nodes"], ["nodes"], faults, folder)["nodes"], faults)
    tail, head, arc_day = _arcs(tables_of(files["arcs"], ["arcs"], faults, folder), len(x), faults)
    speed, set_start, mode_of = _travel(
        tables_of(files["travelModes"], ["travelSets", "travelSetsTiming"], faults, folder), len(arc_day), faults
    )
    response, target = _priorities(tables_of(files["priorities"], [], faults, folder)["priorities"], faults)
    scale = tables_of(files["map"], [], faults, folder)["map"]
    km_per_deg = [numbers(scale, column, faults, 0, above=True)[:1] for column in ("xScale", "yScale")]
    stations = _points(tables_of(files["stations"], [], faults, folder)["stations"], faults)
    hospitals = _points(tables_of(files["hospitals"], [], faults, folder)["hospitals"], faults)
    units = tables_of(files["ambulances"], [], faults, folder)["ambulances"]
    numbered(units, "index", faults)
    home = whole(units, "stationIndex", faults, 1, len(stations[0])) - 1
    faults.raise_any()
    nowhere = Places(np.empty(0), np.empty(0), np.empty(0, np.int64), np.empty(0))
    city = City(
        name=folder.resolve().name,
        folder=folder,
        files=files,
        node_x=x,
        node_y=y,
        can_stop=can_stop,
        tail=tail,
        head=head,
        arc_day=arc_day,
        km_per_deg=(float(km_per_deg[0][0]), float(km_per_deg[1][0])),
        off_road_km_day=speed,
        set_start=set_start,
        mode_of=mode_of,
        response_priority=response,
        target_day=target,
        stations=nowhere,
        hospitals=nowhere,
        home=home,
        roads_hash=_hash(len(x), tail, head, arc_day),
    )
    return msgspec.structs.replace(city, stations=city.attach(*stations), hospitals=city.attach(*hospitals))


def _nodes(table: JemssTable, faults: Faults) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    count = numbered(table, "index", faults)
    access = np.ones(count)
    if "offRoadAccess" in table.columns:
        access = numbers(table, "offRoadAccess", faults, 0, 1)
    if count and not access.any():
        faults.add(table.where, "no node has offRoadAccess", "Let units leave the road somewhere.")
    return numbers(table, "x", faults), numbers(table, "y", faults), access != 0


def _arcs(tables: Mapping[str, JemssTable], nodes: int, faults: Faults) -> tuple[Ints, Ints, Floats]:
    table = tables["arcs"]
    numbered(table, "index", faults)
    tail = whole(table, "fromNode", faults, 1, nodes) - 1
    head = whole(table, "toNode", faults, 1, nodes) - 1
    modes = [column for column in table.columns if column.startswith("mode_")]
    days = [numbers(table, f"mode_{mode}", faults, 0, above=True) for mode in range(1, len(modes) + 1)]
    form = tables["miscData"].columns.get("arcForm", ("",))[0] if "miscData" in tables else ""
    if form not in ("directed", "undirected"):
        faults.add(table.where, f"arcForm is '{form}'", "Write directed or undirected in the table miscData.")
    if not modes:
        faults.add(table.where, "has no times (columns mode_1, mode_2, ...)", "Add a column for each travel mode.")
    faults.raise_any()
    day = np.array(days)
    for row in np.flatnonzero(tail == head)[:20]:
        faults.add(f"{table.where}:{table.line + row}", "the arc runs from a node to itself", "Remove it.")
    lines = np.arange(len(tail)) + table.line
    if form == "undirected":
        tail, head = np.concatenate((tail, head)), np.concatenate((head, tail))
        day, lines = np.tile(day, 2), np.tile(lines, 2)
    order = np.lexsort((head, tail))
    double = np.flatnonzero((np.diff(tail[order]) == 0) & (np.diff(head[order]) == 0))
    for place in double[:20]:
        one, other = sorted(lines[order[place : place + 2]])
        faults.add(f"{table.where}:{other}", f"is the same arc as line {one}", "Keep one of them.")
    parts, part = connected_components(csr_array((day[0], (tail, head)), shape=(nodes, nodes)), connection="strong")
    if parts > 1:
        cut_off = np.flatnonzero(part != np.argmax(np.bincount(part)))
        shown = ", ".join(str(node + 1) for node in cut_off[:5])
        what = f"{len(cut_off)} nodes cannot be reached from all others or cannot reach them (such as {shown})"
        faults.add(table.where, what, "Keep the largest strongly connected part of the roads.")
    return tail, head, day


def _travel(tables: Mapping[str, JemssTable], modes: int, faults: Faults) -> tuple[Floats, Floats, Ints]:
    faults.raise_any()
    table, sets, timing = tables["travelModes"], tables["travelSets"], tables["travelSetsTiming"]
    if numbered(table, "travelModeIndex", faults) != modes:
        faults.add(table.where, f"the arcs have times for {modes} travel modes", "List the same modes here.")
    speed = numbers(table, "offRoadSpeed", faults, 0, above=True)
    set_of = whole(sets, "travelSetIndex", faults, 1, len(set(sets.columns.get("travelSetIndex", ()))))
    mode = whole(sets, "travelModeIndex", faults, 1, modes) - 1
    of_set = np.full((int(set_of.max(initial=1)), len(PRIORITIES)), -1)
    for number, priority, value in zip(set_of - 1, priorities(sets, "priority", faults), mode, strict=True):
        if of_set[number, priority] >= 0:
            what = f"travel set {number + 1} has {PRIORITIES[priority]} twice"
            faults.add(sets.where, what, "Keep one of them.")
        of_set[number, priority] = value
    for number, priority in np.argwhere(of_set < 0):
        what = f"travel set {number + 1} has no travel mode for {PRIORITIES[priority]}"
        faults.add(sets.where, what, "Give each set all three priorities.")
    start = numbers(timing, "startTime", faults)
    if not len(start) or np.any(np.diff(start) <= 0):
        faults.add(timing.where, "startTime does not rise from row to row", "Give each time once, in order.")
    order = whole(timing, "travelSetIndex", faults, 1, len(of_set)) - 1
    return speed, start, of_set[order]


def _priorities(table: JemssTable, faults: Faults) -> tuple[Ints, Floats]:
    count = numbered(table, "priority", faults)
    named = priorities(table, "name", faults)
    if named.tolist() != list(range(count)):
        faults.add(table.where, "the names are not in order", f"Write them in this order: {', '.join(PRIORITIES)}.")
    column = "targetResponseDuration" if "targetResponseDuration" in table.columns else "targetResponseTime"
    target, response = np.full(len(PRIORITIES), np.nan), np.arange(len(PRIORITIES))
    given = numbers(table, column, faults, 0, above=True)
    target[: len(given)] = given[: len(target)]
    if "responseTravelPriority" in table.columns:
        own = priorities(table, "responseTravelPriority", faults)
        response[: len(own)] = own[: len(response)]
    return response, target


def _points(table: JemssTable, faults: Faults) -> tuple[Floats, Floats]:
    numbered(table, "index", faults)
    return numbers(table, "x", faults), numbers(table, "y", faults)


def _hash(nodes: int, tail: Ints, head: Ints, arc_day: Floats) -> str:
    digest = hashlib.sha256(str(nodes).encode())
    for array in (tail, head, arc_day):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
