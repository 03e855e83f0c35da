"""Invents the roads of a county: a river town with a road hierarchy, two hamlets, and section roads a mile apart."""

from __future__ import annotations

import math
from typing import Final

import msgspec
import numpy as np

from sixpoint.region.draws import Draws
from sixpoint.road import build_network

# The lattice: blocks of a tenth of a mile by an eighth of that line's mile, so that every mile line is a lattice line.
MILE_KM: Final = 1.609344
BLOCKS_EAST: Final = 8  # blocks in a mile, west to east: 201 m each
BLOCKS_NORTH: Final = 12  # blocks in a mile, south to north: 134 m each
MILES_EAST: Final = 10  # the county reaches that many miles west and east of the middle of town
MILES_NORTH: Final = 8

KM_PER_DEG: Final = 111.195  # mean length of a degree of latitude on a sphere of 6371 km
# Open ranch land in the Nebraska Sandhills: nothing real is near enough to be mistaken for Riverton.
MIDDLE_LON_DEG: Final = -100.3
MIDDLE_LAT_DEG: Final = 41.9

# Free-flow speeds, km/h (posted 55, 35, 30, 25, 45 and 35 mph); a choice of ours, usual for such roads.
SPEED_KMH: Final = {
    "highway": 88.5,
    "arterial": 56.3,
    "collector": 48.3,
    "residential": 40.2,
    "rural": 72.4,
    "gravel": 56.3,
}
HIGHWAY_ROW: Final = -BLOCKS_NORTH  # runs west to east over the southern bridge
MAIN_STREET_ROW: Final = 0  # the northern bridge
HIGHWAY_COLUMN: Final = 2 * BLOCKS_EAST
NORTHBOUND_COLUMN, SOUTHBOUND_COLUMN = 3, 5
ONE_WAY_ROWS: Final = (-6, 9)
BRIDGE_ROWS: Final = (MAIN_STREET_ROW, HIGHWAY_ROW)

# Town and hamlets: middle and half-axes, km.
TOWN: Final = (0.0, 0.0, 4.3, 3.3)
HAMLETS: Final = {
    "Alder Flat": (-6 * MILE_KM, 3 * MILE_KM, 0.62, 0.45),
    "North Fork": (3 * MILE_KM, 5 * MILE_KM, 0.5, 0.4),
}
# Ground without streets, as lattice lines (west, south, east, north), all inside: park, works, stadium, cemetery.
GROUNDS: Final = {
    "park": (-13, 7, -10, 11),
    "works": (9, -17, 15, -13),
    "stadium": (9, 13, 11, 17),
    "cemetery": (-9, -11, -9, -8),
}

Cell = tuple[int, int]


class Node(msgspec.Struct, frozen=True):
    """A junction or bend: position in km east and north of the middle of town, and what it lies in."""

    node_id: str
    x_km: float
    y_km: float
    setting: str  # town, hamlet or country
    classes: frozenset[str]

    @property
    def lon_deg(self) -> float:
        return to_lon_deg(self.x_km)

    @property
    def lat_deg(self) -> float:
        return to_lat_deg(self.y_km)


class Edge(msgspec.Struct, frozen=True):
    """A stretch of road between two nodes."""

    tail: str
    head: str
    length_m: float
    road_class: str
    one_way: bool

    @property
    def speed_kmh(self) -> float:
        return SPEED_KMH[self.road_class]


class Streets(msgspec.Struct, frozen=True):
    """The county's roads: every node reaches every other."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def nearest(self, x_km: float, y_km: float) -> Node:
        """The node nearest to a point."""
        return min(self.nodes, key=lambda node: ((node.x_km - x_km) ** 2 + (node.y_km - y_km) ** 2, node.node_id))


def to_lon_deg(x_km: float) -> float:
    """Longitude of a point x km east of the middle of town, to a tenth of a metre."""
    return round(MIDDLE_LON_DEG + x_km / (KM_PER_DEG * math.cos(math.radians(MIDDLE_LAT_DEG))), 6)


def to_lat_deg(y_km: float) -> float:
    """Latitude of a point y km north of the middle of town, to a tenth of a metre."""
    return round(MIDDLE_LAT_DEG + y_km / KM_PER_DEG, 6)


def river_x_km(y_km: float) -> float:
    """Where the river runs at that latitude: west of the middle of town, in bends."""
    return -1.0 + 0.9 * math.sin(y_km / 2.8) + 0.3 * math.sin(y_km / 1.1 + 1.0)


def invent_streets(draws: Draws) -> Streets:
    """The roads of a county."""
    cells = _cells()
    links = _links(cells, draws)
    places = {cell: _bent(cell, cells[cell], draws) for cell in cells}
    names = _joined_up(cells, links, places)
    classes: dict[Cell, set[str]] = {cell: set() for cell in names}
    edges = []
    for (tail, head), road_class in links.items():
        if tail in names and head in names:
            classes[tail].add(road_class)
            classes[head].add(road_class)
            edges.append(_edge(tail, head, road_class, names, places))
    nodes = tuple(
        Node(name, *places[cell], setting=cells[cell], classes=frozenset(classes[cell])) for cell, name in names.items()
    )
    return Streets(nodes, tuple(edges))


def _flat(cell: Cell) -> tuple[float, float]:
    return cell[0] * MILE_KM / BLOCKS_EAST, cell[1] * MILE_KM / BLOCKS_NORTH


def _setting(cell: Cell) -> str:
    x_km, y_km = _flat(cell)
    bearing = math.atan2(y_km, x_km)
    if math.hypot(x_km / TOWN[2], y_km / TOWN[3]) < 1 + 0.09 * math.sin(3 * bearing + 0.7):
        return "town"
    for middle_x, middle_y, half_x, half_y in HAMLETS.values():
        if math.hypot((x_km - middle_x) / half_x, (y_km - middle_y) / half_y) < 1:
            return "hamlet"
    return "country"


def _cells() -> dict[Cell, str]:
    """The lattice points that are road nodes, with their setting, south to north and west to east."""
    cells: dict[Cell, str] = {}
    for row in range(-MILES_NORTH * BLOCKS_NORTH, MILES_NORTH * BLOCKS_NORTH + 1):
        for column in range(-MILES_EAST * BLOCKS_EAST, MILES_EAST * BLOCKS_EAST + 1):
            cell, setting = (column, row), _setting((column, row))
            on_row, on_column = row % BLOCKS_NORTH == 0, column % BLOCKS_EAST == 0
            half_way = (on_row and column % (BLOCKS_EAST // 2) == 0) or (on_column and row % (BLOCKS_NORTH // 2) == 0)
            x_km, y_km = _flat(cell)
            wet = abs(x_km - river_x_km(y_km)) < 0.07 and row not in BRIDGE_ROWS
            in_ground = any(w <= column <= e and s <= row <= n for w, s, e, n in GROUNDS.values())
            if (setting != "country" or half_way) and not wet and not in_ground:
                cells[cell] = setting
    return cells


def _road_class(line: int, per_mile: int, along_row: bool, setting: str) -> str:
    if line == (HIGHWAY_ROW if along_row else HIGHWAY_COLUMN):
        return "highway"
    if setting == "country":
        return "gravel" if line // per_mile % 2 else "rural"
    if setting == "hamlet":
        return "collector" if line % per_mile == 0 else "residential"
    if line % per_mile == 0 or line == MAIN_STREET_ROW:
        return "arterial"
    return "collector" if line % (per_mile // 2) == 0 else "residential"


# Stretches that were never built: dead ends and T-junctions make a town and a county look grown.
NEVER_BUILT: Final = {"residential": 0.15, "gravel": 0.2}


def _links(cells: dict[Cell, str], draws: Draws) -> dict[tuple[Cell, Cell], str]:
    """The stretches of road between neighbouring nodes with their class; only bridges cross the river."""
    links: dict[tuple[Cell, Cell], str] = {}
    for cell, setting in cells.items():
        column, row = cell
        for along_row in (True, False):
            per_mile = BLOCKS_NORTH if along_row else BLOCKS_EAST
            line = row if along_row else column
            step = next(
                (
                    (column + gap, row) if along_row else (column, row + gap)
                    for gap in range(1, 7 if line % per_mile == 0 else 2)
                    if ((column + gap, row) if along_row else (column, row + gap)) in cells
                ),
                None,
            )
            if step is None:
                continue
            in_country = "country" in (setting, cells[step])
            road_class = _road_class(line, per_mile, along_row, "country" if in_country else setting)
            banks = [(x_km < river_x_km(y_km)) for x_km, y_km in (_flat(cell), _flat(step))]
            bridged = along_row and row in BRIDGE_ROWS
            missing = 0.0 if _one_way(cell, step) else NEVER_BUILT.get(road_class, 0.0)
            if (banks[0] == banks[1] or bridged) and not draws.chance(missing):
                links[cell, step] = road_class
    return links


def _bent(cell: Cell, setting: str, draws: Draws) -> tuple[float, float]:
    """The lattice point moved a little: long waves for all, some metres for back streets."""
    x_km, y_km = _flat(cell)
    main = cell[0] % BLOCKS_EAST == 0 or cell[1] % BLOCKS_NORTH == 0
    loose_km = 0.008 if main else 0.03
    wave = 0.16 if setting != "country" else 0.1
    east = wave * math.sin(0.55 * y_km + 0.4) + 0.07 * math.sin(1.3 * x_km + 0.8 * y_km)
    north = wave * math.sin(0.5 * x_km - 0.3) + 0.06 * math.sin(1.1 * y_km - 0.9 * x_km)
    return (
        round(x_km + east + draws.between(-loose_km, loose_km), 4),
        round(y_km + north + draws.between(-loose_km, loose_km), 4),
    )


def _one_way(tail: Cell, head: Cell) -> int:
    """+1 or -1 along or against the link on the one-way pair downtown, else 0."""
    if tail[0] != head[0] or not (ONE_WAY_ROWS[0] <= tail[1] and head[1] <= ONE_WAY_ROWS[1]):
        return 0
    return {NORTHBOUND_COLUMN: 1, SOUTHBOUND_COLUMN: -1}.get(tail[0], 0)


def _edge(
    tail: Cell, head: Cell, road_class: str, names: dict[Cell, str], places: dict[Cell, tuple[float, float]]
) -> Edge:
    length_m = round(1000 * math.dist(places[tail], places[head]), 1)
    way = _one_way(tail, head)
    if way < 0:
        tail, head = head, tail
    # The pair carries the traffic of downtown.
    return Edge(names[tail], names[head], length_m, "collector" if way else road_class, bool(way))


def _joined_up(
    cells: dict[Cell, str], links: dict[tuple[Cell, Cell], str], places: dict[Cell, tuple[float, float]]
) -> dict[Cell, str]:
    """The cells of the largest part in which every node reaches every other, numbered anew."""
    order = list(cells)
    index = {cell: number for number, cell in enumerate(order)}
    arcs = []
    for tail, head in links:
        way = _one_way(tail, head)
        arcs += [(index[tail], index[head])] * (way >= 0) + [(index[head], index[tail])] * (way <= 0)
    tails, heads = np.array(arcs, np.int64).T
    network = build_network(
        [to_lon_deg(places[cell][0]) for cell in order],
        [to_lat_deg(places[cell][1]) for cell in order],
        tails,
        heads,
        np.ones(len(arcs)),
        np.ones(len(arcs)),
    )
    kept = {int(node_id) for node_id in network.node_ids}
    return {cell: f"n{number:04d}" for number, cell in enumerate((c for i, c in enumerate(order) if i in kept), 1)}
