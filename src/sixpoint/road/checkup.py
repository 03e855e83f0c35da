"""Looks a network over and says what is odd about it."""

from __future__ import annotations

from typing import Final

import numpy as np

from sixpoint.road.network import RoadNetwork
from sixpoint.road.snapper import great_circle_m

# Speeds outside these are hardly those of a road vehicle, km/h.
SLOWEST_KMH: Final = 3.0
FASTEST_KMH: Final = 200.0
# An arc this much shorter than the straight line between its ends is wrong in length or position.
SHORTER: Final = 0.9
SHOWN: Final = 3
# Less than this share of the nodes in one part, and the streets hardly hang together as they should.
LEAST_KEPT: Final = 0.9


def little_kept(network: RoadNetwork) -> str:
    """Says that the part in which every node reaches every other has too few of all nodes; empty if it has enough."""
    nodes = network.node_count + len(network.dropped_nodes)
    if network.node_count >= LEAST_KEPT * nodes:
        return ""
    kept = f"only {network.node_count} of {nodes} nodes are kept, under {LEAST_KEPT:.0%}"
    return f"{kept}: check one-way, whether streets that meet share a node, and where the map is cut off"


def odd_things(network: RoadNetwork) -> list[str]:
    """What to look at: dropped parts, unlikely speeds and lengths, no place to stop; empty if all is well."""
    found = [f"left out: {line}" for line in network.dropped]
    tails = network.tails()
    speed_kmh = network.length_m / network.time_s * 3.6
    lon, lat, heads = network.lon_deg, network.lat_deg, network.head
    straight_m = great_circle_m(lon[tails], lat[tails], lon[heads], lat[heads])
    for what, odd in (
        (f"slower than {SLOWEST_KMH:g} km/h", speed_kmh < SLOWEST_KMH),
        (f"faster than {FASTEST_KMH:g} km/h", speed_kmh > FASTEST_KMH),
        ("shorter than the straight line between their ends", network.length_m < straight_m * SHORTER - 1),
    ):
        arcs = np.flatnonzero(odd)
        if len(arcs):
            ids = network.node_ids
            shown = ", ".join(f"{ids[tails[arc]]} to {ids[network.head[arc]]}" for arc in arcs[:SHOWN].tolist())
            found.append(f"{len(arcs)} of {network.arc_count} arcs are {what} ({shown}{', ...' * (len(arcs) > SHOWN)})")
    if not network.can_stop.any():
        found.append("no journey may begin or end at any node")
    little = little_kept(network)
    return [*found, little] if little else found
