"""Exact shortest travel times and routes between any two nodes."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sixpoint.errors import InputError
from sixpoint.road.cache import cached_oracle
from sixpoint.road.network import Floats, Ints, RoadNetwork
from sixpoint.road.oracle import NS_PER_S, Oracle, build_oracle, oracle_many, oracle_path, oracle_seconds, whole_ns
from sixpoint.road.route import Route


class TravelTimes:
    """Shortest times on a network, all of them multiplied by `factor` (below 1: faster than the network says).

    The oracle is built at once (about half a second for 50,000 nodes), or taken from the folder `cache` if it holds
    this very network. Nodes are numbers of the network's nodes; a number outside it is an `InputError`. No way:
    infinity. Kernels use `times.oracle` with `oracle_seconds`, and multiply by `times.factor` themselves.
    """

    def __init__(
        self, network: RoadNetwork, factor: float = 1.0, *, cache: Path | None = None, oracle: Oracle | None = None
    ) -> None:
        if not (math.isfinite(factor) and factor > 0):
            raise InputError.one("travel times", f"the factor is {factor}", "Write a factor above zero.")
        self.network = network
        self.factor = factor
        self.oracle_from = "given"
        if oracle is None and cache is not None:
            oracle, self.oracle_from = cached_oracle(network, cache)
        elif oracle is None:
            oracle, self.oracle_from = build_oracle(network), "built"
        self.oracle = oracle
        self._arc_ns = whole_ns(network)

    def at_factor(self, factor: float) -> TravelTimes:
        """The same network and oracle with another factor."""
        return TravelTimes(self.network, factor, oracle=self.oracle)

    def seconds(self, from_node: int, to_node: int) -> float:
        """Shortest time, s; infinity if there is no way."""
        self._check(from_node, to_node)
        return float(oracle_seconds(self.oracle, from_node, to_node)) * self.factor

    def to_many(self, from_node: int, nodes: npt.ArrayLike) -> Floats:
        """Shortest times from one node to each of several, s."""
        return self._many(from_node, nodes, outward=True)

    def from_many(self, nodes: npt.ArrayLike, to_node: int) -> Floats:
        """Shortest times from each of several nodes to one, s."""
        return self._many(to_node, nodes, outward=False)

    def path(self, from_node: int, to_node: int) -> Route:
        """A shortest route; `InputError` if there is no way."""
        if math.isinf(self.seconds(from_node, to_node)):
            ids = self.network.node_ids
            where = f"node {ids[from_node]} to node {ids[to_node]}"
            raise InputError.one(where, "there is no way", "Look at one-way streets with `sixpoint road check`.")
        network = self.network
        nodes, at_ns = oracle_path(self.oracle, network.first_arc, network.head, self._arc_ns, from_node, to_node)
        return Route(nodes, at_ns / NS_PER_S * self.factor, network.lon_deg[nodes], network.lat_deg[nodes])

    def _many(self, node: int, others: npt.ArrayLike, *, outward: bool) -> Floats:
        many: Ints = np.ascontiguousarray(others, np.int64)
        self._check(node)
        if len(many):
            self._check(int(many.min()), int(many.max()))
        seconds = np.empty(len(many))
        oracle_many(self.oracle, node, many, outward, seconds)
        return seconds * self.factor

    def _check(self, *nodes: int) -> None:
        for node in nodes:
            if not 0 <= node < self.network.node_count:
                last = self.network.node_count - 1
                raise InputError.one(self.network.name, f"has no node {node}", f"Nodes are numbered 0 to {last}.")
