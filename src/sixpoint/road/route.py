"""A route, and where on it a unit is at any instant."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np

from sixpoint.road.network import Floats, Ints32


class Position(NamedTuple):
    """A point, the node the unit comes to next and in how many seconds: any new journey starts from there."""

    lon_deg: float
    lat_deg: float
    next_node: int
    seconds_to_next_node: float


class Route(msgspec.Struct, frozen=True, eq=False):
    """A way through the network: its nodes, and for each the seconds after the start at which it is reached.

    `at_s` starts at 0 and never falls; `lon_deg` and `lat_deg` are those of the nodes.
    """

    nodes: Ints32
    at_s: Floats
    lon_deg: Floats
    lat_deg: Floats

    @property
    def seconds(self) -> float:
        """How long the whole route takes."""
        return float(self.at_s[-1])

    def position(self, elapsed_s: float) -> Position:
        """Where the unit is `elapsed_s` seconds after the start, on the straight line between two nodes.

        Before the start it stands at the first node, which it leaves in so many seconds; after the end at the last.
        A unit exactly at a node may turn there: that node is its next one, in 0 s.
        """
        last = len(self.nodes) - 1
        if elapsed_s >= self.at_s[last]:
            return Position(float(self.lon_deg[last]), float(self.lat_deg[last]), int(self.nodes[last]), 0.0)
        if elapsed_s <= 0:
            return Position(float(self.lon_deg[0]), float(self.lat_deg[0]), int(self.nodes[0]), -float(elapsed_s))
        after = int(np.searchsorted(self.at_s, elapsed_s, side="left"))
        start_s, end_s = float(self.at_s[after - 1]), float(self.at_s[after])
        share = (elapsed_s - start_s) / (end_s - start_s)
        lon = float(self.lon_deg[after - 1]) * (1 - share) + float(self.lon_deg[after]) * share
        lat = float(self.lat_deg[after - 1]) * (1 - share) + float(self.lat_deg[after]) * share
        return Position(lon, lat, int(self.nodes[after]), end_s - elapsed_s)
