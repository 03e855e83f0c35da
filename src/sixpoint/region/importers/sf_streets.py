"""San Francisco's streets at posted speed, and roads imputed to places that the street file does not reach."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from sixpoint.region.format import SNAP_LIMIT_M
from sixpoint.region.write import Cells
from sixpoint.road import great_circle_m
from sixpoint.tables import Faults, read_table

NODES: Final = "sf/sf_road_nodes.csv.gz"
EDGES: Final = "sf/sf_road_edges.csv.gz"
KMH_PER_MPH: Final = 1.609344
# An imputed road: as many times longer than the straight line as roads usually are, at the commonest posted speed.
# Both are choices of ours.
DETOUR: Final = 1.3
IMPUTED_MPH: Final = 25
IMPUTED_CLASS: Final = "imputed"


class Streets(msgspec.Struct, frozen=True):
    """The rows of road/nodes.csv and road/edges.csv."""

    nodes: list[Cells]
    edges: list[Cells]


def read_streets(data: Path, faults: Faults) -> Streets:
    """The street file; it knows no one-way streets."""
    nodes: list[Cells] = []
    for row in read_table(data / NODES, NODES, ("id", "lon", "lat"), (), faults):
        row.number("lon", -180, 180)
        row.number("lat", -90, 90)
        nodes.append({"node_id": row.text("id"), "lon_deg": row.raw("lon"), "lat_deg": row.raw("lat")})
    edges: list[Cells] = []
    for row in read_table(data / EDGES, EDGES, ("from", "to", "length_m", "mph"), (), faults, foreign=True):
        mph = row.whole("mph", 1, 100)
        edges.append(
            {
                "from_node": row.text("from"),
                "to_node": row.text("to"),
                "length_m": row.text("length_m"),
                "speed_kmh": f"{mph * KMH_PER_MPH:.2f}",
                "road_class": f"posted_{mph}_mph",
                "one_way": "no",
            }
        )
    return Streets(nodes, edges)


def reaching(streets: Streets, places: Sequence[tuple[float, float]]) -> Streets:
    """The streets and, to each place (longitude, latitude) too far from them, a straight road marked as imputed.

    The nearest of the places without a road gets one first, from the nearest node there is by then, so that places on
    an island are joined to each other and once to the mainland.
    """
    lon_deg = np.array([float(node["lon_deg"]) for node in streets.nodes])
    lat_deg = np.array([float(node["lat_deg"]) for node in streets.nodes])
    # By place: the nearest node so far and how far it is.
    waiting: dict[tuple[float, float], tuple[float, str]] = {}
    for place in sorted(set(places)):
        away_m = great_circle_m(lon_deg, lat_deg, *place)
        nearest = int(np.argmin(away_m))
        if away_m[nearest] > SNAP_LIMIT_M:
            waiting[place] = (float(away_m[nearest]), streets.nodes[nearest]["node_id"])
    made = Streets(list(streets.nodes), list(streets.edges))
    while waiting:
        place = min(waiting, key=lambda each: (waiting[each], each))
        away_m_, from_node = waiting.pop(place)
        to_node = f"imputed-{len(made.nodes) - len(streets.nodes) + 1}"
        made.nodes.append({"node_id": to_node, "lon_deg": f"{place[0]:.6f}", "lat_deg": f"{place[1]:.6f}"})
        made.edges.append(
            {
                "from_node": from_node,
                "to_node": to_node,
                "length_m": f"{max(away_m_ * DETOUR, 1.0):.1f}",
                "speed_kmh": f"{IMPUTED_MPH * KMH_PER_MPH:.2f}",
                "road_class": IMPUTED_CLASS,
                "one_way": "no",
            }
        )
        for other, nearest_so_far in waiting.items():
            waiting[other] = min(nearest_so_far, (float(great_circle_m(*place, *other)), to_node))
    return made
