"""Shortest times by scipy's Dijkstra, one row (one node to all) at a time, the latest rows kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.sparse.csgraph import dijkstra

from sixpoint.road.network import Floats, Ints, RoadNetwork

# Rows kept in each direction: 256 rows of 54,370 nodes are 111 MB.
KEPT_ROWS: Final = 256


class DijkstraRows:
    """Exact times by one Dijkstra run a row: nothing to build, a whole run for each new row."""

    def __init__(self, network: RoadNetwork) -> None:
        self._matrix = network.matrix()
        self._reverse = self._matrix.T.tocsr()
        self._from: OrderedDict[int, Floats] = OrderedDict()
        self._to: OrderedDict[int, Floats] = OrderedDict()

    def seconds(self, from_node: int, to_node: int) -> float:
        """Shortest time, s; infinity if there is no way."""
        if from_node not in self._from and to_node in self._to:
            return float(self._row_to(to_node)[from_node])
        return float(self._row_from(from_node)[to_node])

    def to_many(self, from_node: int, nodes: Ints) -> Floats:
        """Shortest times from one node to each of several, s."""
        return self._row_from(from_node)[nodes]

    def from_many(self, nodes: Ints, to_node: int) -> Floats:
        """Shortest times from each of several nodes to one, s."""
        return self._row_to(to_node)[nodes]

    def _row_from(self, node: int) -> Floats:
        return _kept(self._from, node, lambda: dijkstra(self._matrix, indices=node))

    def _row_to(self, node: int) -> Floats:
        return _kept(self._to, node, lambda: dijkstra(self._reverse, indices=node))


def _kept(rows: OrderedDict[int, Floats], node: int, run: Callable[[], Floats]) -> Floats:
    row = rows.get(node)
    if row is None:
        row = rows[node] = np.asarray(run(), np.float64)
        if len(rows) > KEPT_ROWS:
            rows.popitem(last=False)
    else:
        rows.move_to_end(node)
    return row
