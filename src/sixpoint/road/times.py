"""Exact shortest travel times and routes between any two nodes."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import dijkstra

from sixpoint.errors import InputError
from sixpoint.road.network import Floats, Ints, Ints32, RoadNetwork
from sixpoint.road.route import Route
from sixpoint.road.rows import DijkstraRows


class TravelTimes:
    """Shortest times on a network, all of them multiplied by `factor` (below 1: faster than the network says).

    Nodes are numbers of the network's nodes; a number outside it is an `InputError`. No way: infinity.
    """

    def __init__(self, network: RoadNetwork, factor: float = 1.0) -> None:
        if not (math.isfinite(factor) and factor > 0):
            raise InputError.one("travel times", f"the factor is {factor}", "Write a factor above zero.")
        self.network = network
        self.factor = factor
        self._rows = DijkstraRows(network)

    def seconds(self, from_node: int, to_node: int) -> float:
        """Shortest time, s; infinity if there is no way."""
        self._check(from_node, to_node)
        return self._rows.seconds(from_node, to_node) * self.factor

    def to_many(self, from_node: int, nodes: npt.ArrayLike) -> Floats:
        """Shortest times from one node to each of several, s."""
        return self._rows.to_many(from_node, self._checked(nodes, from_node)) * self.factor

    def from_many(self, nodes: npt.ArrayLike, to_node: int) -> Floats:
        """Shortest times from each of several nodes to one, s."""
        return self._rows.from_many(self._checked(nodes, to_node), to_node) * self.factor

    def path(self, from_node: int, to_node: int) -> Route:
        """A shortest route; `InputError` if there is no way."""
        self._check(from_node, to_node)
        times, before = dijkstra(self.network.matrix(), indices=from_node, return_predecessors=True)
        if math.isinf(times[to_node]):
            ids = self.network.node_ids
            where = f"node {ids[from_node]} to node {ids[to_node]}"
            raise InputError.one(where, "there is no way", "Check one-way streets with `sixpoint road check`.")
        nodes = [to_node]
        while nodes[-1] != from_node:
            nodes.append(int(before[nodes[-1]]))
        return self._route(np.array(nodes[::-1], np.int32), times)

    def _route(self, nodes: Ints32, times: Floats) -> Route:
        lon_deg, lat_deg = self.network.lon_deg[nodes], self.network.lat_deg[nodes]
        return Route(nodes, times[nodes] * self.factor, lon_deg, lat_deg)

    def _checked(self, nodes: npt.ArrayLike, node: int) -> Ints:
        many = np.asarray(nodes, np.int64)
        self._check(node)
        if len(many):
            self._check(int(many.min()), int(many.max()))
        return many

    def _check(self, *nodes: int) -> None:
        for node in nodes:
            if not 0 <= node < self.network.node_count:
                last = self.network.node_count - 1
                raise InputError.one(self.network.name, f"has no node {node}", f"Nodes are numbered 0 to {last}.")
