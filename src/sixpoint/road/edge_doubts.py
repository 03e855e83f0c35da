"""What a table of edges says that cannot be: a road class that nobody knows, a road shorter than the straight line."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from sixpoint.road.checkup import SHORTER
from sixpoint.road.network import DEFAULT_CLASS
from sixpoint.road.road_classes import EMERGENCY_WAY, free_flow_kmh
from sixpoint.road.snapper import great_circle_m
from sixpoint.tables import Faults, Row

# Classes beside OpenStreetMap's: those of invented counties, of roads joined to places off the map, and of none known.
OWN_CLASSES: Final = ("highway", "arterial", "collector", "rural", "gravel", "imputed", EMERGENCY_WAY, DEFAULT_CLASS)
POSTED: Final = re.compile(r"posted_\d+(\.\d+)?_(mph|kmh)")
# A road is at least as long as the straight line. A tenth less is allowed for, because maps measure on other figures of
# the earth (JEMSS's Auckland is 0.2 % short of the sphere) and JEMSS scales degrees by one factor for the whole city.
# Coordinates written with four decimals are off by up to 8 m at either end.
SLACK_M: Final = 20.0
# A misplaced node spoils its few edges; where far more are odd, the first tell what is wrong with all.
MOST_SHOWN: Final = 20


class EdgeDoubts:
    """Collects edges and notes what cannot be; an odd class once, with its first line, lengths edge by edge."""

    def __init__(self, nodes_name: str) -> None:
        self._nodes_name = nodes_name
        self._at: dict[str, tuple[int, float, float]] = {}
        self._edges: list[tuple[Row, float]] = []
        self._strange: dict[str, list[Row]] = {}

    def node(self, line: int, node_id: str, lon_deg: float, lat_deg: float) -> None:
        """Remembers where a node lies and on which line."""
        self._at.setdefault(node_id, (line, lon_deg, lat_deg))

    def edge(self, row: Row, length_m: float, road_class: str) -> None:
        """Remembers a sound edge."""
        if row.raw("from_node") in self._at and row.raw("to_node") in self._at:
            self._edges.append((row, length_m))
        if not is_known_class(road_class):
            self._strange.setdefault(road_class, []).append(row)

    def note(self, faults: Faults) -> None:
        """Notes the faults of all edges seen."""
        for road_class, rows in self._strange.items():
            more = f" (so do {len(rows) - 1} lines after it)" if len(rows) > 1 else ""
            rows[0].fault(
                f"column 'road_class' holds '{road_class}', which is not known{more}",
                f"Write one of: {', '.join(sorted({*free_flow_kmh(), *OWN_CLASSES}))}, or one like posted_25_mph.",
            )
        if self._edges:
            self._note_lengths(faults)

    def _note_lengths(self, faults: Faults) -> None:
        ends = [(row.raw("from_node"), row.raw("to_node")) for row, _ in self._edges]
        points = np.array([(*self._at[tail][1:], *self._at[head][1:]) for tail, head in ends]).reshape(-1, 4)
        lengths_m = np.array([length_m for _, length_m in self._edges])
        straight_m = great_circle_m(*points.T)
        short = np.flatnonzero(lengths_m < straight_m * SHORTER - SLACK_M).tolist()
        for number in short[:MOST_SHOWN]:
            tail, head = ends[number]
            lines = f"lines {self._at[tail][0]} and {self._at[head][0]} of {self._nodes_name}"
            self._edges[number][0].fault(
                f"length_m is {lengths_m[number]:,.0f}, but its nodes '{tail}' and '{head}' lie "
                f"{straight_m[number]:,.0f} m apart in a straight line",
                f"Correct length_m, or the place of the node that is wrong ({lines}).",
            )
        if len(short) > MOST_SHOWN:
            where = self._edges[short[MOST_SHOWN]][0].where
            what = (
                f"from here {len(short) - MOST_SHOWN} more edges are shorter than the straight line between their nodes"
            )
            faults.add(where, what, "Check the unit of length_m, and that lon_deg and lat_deg are not exchanged.")


def is_known_class(road_class: str) -> bool:
    """Whether it is a class of ours, one of OpenStreetMap's, or a posted speed."""
    return road_class in free_flow_kmh() or road_class in OWN_CLASSES or POSTED.fullmatch(road_class) is not None
