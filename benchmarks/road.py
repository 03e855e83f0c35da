"""Roads: the oracle's build and queries beside scipy's Dijkstra on the same network."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from typing import Final

import numpy as np
from scipy.sparse.csgraph import dijkstra

from benchmarks.figure import Figure, beside, best_of, shared_data
from sixpoint.road import Oracle, RoadNetwork, TravelTimes, build_network, build_oracle, oracle_many, oracle_pairs
from sixpoint.road.jemss import read_jemss_roads

QUERIES: Final = 1_000_000
# A state in the small: the design asks for networks of 150,000 nodes and more.
WIDE_SIDE: Final = 400


def figures() -> Iterator[Figure]:
    """Build time and size, query time, one-to-thousand and path time, by city; at last a made-up wide grid."""
    build_oracle(_wide_grid(4), table=False)  # compiles
    data = shared_data()
    if data is not None:
        for city in ("manhattan", "auckland"):
            yield from _of_network(city, read_jemss_roads(data / "jemss" / city).network(1))
    yield from _of_network(f"{WIDE_SIDE} x {WIDE_SIDE} grid", _wide_grid(WIDE_SIDE))


def _of_network(name: str, network: RoadNetwork) -> Iterator[Figure]:
    random = np.random.default_rng(3)
    matrix = network.matrix()
    one_to_all_s = best_of(5, lambda: dijkstra(matrix, indices=7))
    start = time.perf_counter()
    oracle = build_oracle(network, table=False)
    build_s = time.perf_counter() - start
    yield beside(f"road, {name}: oracle build, beside one Dijkstra from each node", build_s, "s", _all_rows_s(network))
    yield beside(f"road, {name}: oracle size", sum(array.nbytes for array in oracle) / 1e6, "MB")
    yield beside(f"road, {name}: labels a node, one direction", len(oracle.out_hub) / network.node_count, "labels")
    pairs = random.integers(0, network.node_count, (2, QUERIES))
    seconds = np.empty(QUERIES)
    query_s = best_of(3, lambda: oracle_pairs(oracle, pairs[0], pairs[1], seconds)) / QUERIES
    yield beside(f"road, {name}: query, beside scipy one-to-all", query_s * 1e6, "us", one_to_all_s * 1e6)
    yield from _thousand(name, oracle, pairs[0, :1000], one_to_all_s)
    times = TravelTimes(network, oracle=oracle)
    ends = pairs[:, :200].T.tolist()
    path_s = best_of(3, lambda: [times.path(start, end) for start, end in ends]) / len(ends)
    row_s = best_of(2, lambda: dijkstra(matrix, indices=7, return_predecessors=True))
    yield beside(f"road, {name}: path, beside scipy with predecessors", path_s * 1e3, "ms", row_s * 1e3)
    yield beside(f"road, {name}: memory of the process at its peak", _peak_mb(), "MB")


def _thousand(name: str, oracle: Oracle, nodes: np.ndarray, one_to_all_s: float) -> Iterator[Figure]:
    seconds = np.empty(len(nodes))
    many_s = best_of(20, lambda: oracle_many(oracle, 11, nodes, False, seconds))
    yield beside(f"road, {name}: a thousand nodes to one, beside one-to-all", many_s * 1e6, "us", one_to_all_s * 1e6)


def _all_rows_s(network: RoadNetwork) -> float:
    """What a table of all pairs would take, from a sample of rows."""
    matrix = network.matrix()
    rows = np.linspace(0, network.node_count - 1, 10).astype(int)
    return best_of(1, lambda: dijkstra(matrix, indices=rows)) / len(rows) * network.node_count


def _wide_grid(side: int) -> RoadNetwork:
    """Streets on a grid, every tenth an avenue at twice the speed, times by seed: hard, for it has few bottlenecks."""
    random = np.random.default_rng(1)
    node = np.arange(side * side).reshape(side, side)
    tail = np.concatenate((node[:, :-1].ravel(), node[:-1].ravel()))
    head = np.concatenate((node[:, 1:].ravel(), node[1:].ravel()))
    line = np.concatenate((np.repeat(np.arange(side), side - 1), np.tile(np.arange(side), side - 1)))
    time_s = random.uniform(8, 14, len(tail)) / np.where(line % 10 == 0, 2, 1)
    both = (np.concatenate((tail, head)), np.concatenate((head, tail)))
    lon, lat = (node % side).ravel() / 1000, (node // side).ravel() / 1000
    return build_network(lon, lat, *both, np.full(2 * len(tail), 100.0), np.tile(time_s, 2))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
