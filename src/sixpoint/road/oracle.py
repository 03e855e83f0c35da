"""The travel-time oracle: shortest times between any two nodes from compiled code, no Python in the loop.

A kernel takes an `Oracle` (a tuple of arrays) as an argument and calls `oracle_seconds(oracle, a, b)`. Times are whole
nanoseconds inside, so every way of asking gives the same bits; no way is infinity.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from sixpoint.errors import InputError
from sixpoint.kernels import compiled
from sixpoint.road.hierarchy import NEVER, contract
from sixpoint.road.labels import build_labels
from sixpoint.road.network import Ints, Ints32, RoadNetwork

NS_PER_S: Final = 1_000_000_000
# Up to here a table of all pairs is built: 8 MB, a lookup a query. A larger one costs more than labels do.
TABLE_NODES: Final = 1_000
# From so many nodes on, laying out the one label for look-up pays.
SPREAD_FROM: Final = 64
# No arc of a road takes a week; sums of arcs stay far from the limits of whole numbers and floats.
MOST_NS: Final = 7 * 86_400 * NS_PER_S


class Oracle(NamedTuple):
    """Arrays that answer: a table of all pairs if it is not empty, else hub labels. Read-only, int32 and int64.

    A node's label outward is `out_hub[out_first[v]:out_first[v + 1]]`, rising, with `out_ns` from v to the hub; inward
    likewise with the times from the hub to v.
    """

    table_ns: Ints
    out_first: Ints
    out_hub: Ints32
    out_ns: Ints
    in_first: Ints
    in_hub: Ints32
    in_ns: Ints


@compiled
def oracle_ns(oracle: Any, from_node: int, to_node: int) -> Any:
    """Shortest time in nanoseconds; NEVER (2**62) if there is no way. Nodes are not checked."""
    if oracle.table_ns.shape[0] > 0:
        return oracle.table_ns[from_node, to_node]
    best = NEVER
    a, a_end = oracle.out_first[from_node], oracle.out_first[from_node + 1]
    b, b_end = oracle.in_first[to_node], oracle.in_first[to_node + 1]
    while a < a_end and b < b_end:
        hub_a, hub_b = oracle.out_hub[a], oracle.in_hub[b]
        if hub_a == hub_b:
            best = min(best, oracle.out_ns[a] + oracle.in_ns[b])
            a += 1
            b += 1
        elif hub_a < hub_b:
            a += 1
        else:
            b += 1
    return best


@compiled
def oracle_seconds(oracle: Any, from_node: int, to_node: int) -> float:
    """Shortest time in seconds, infinity if there is no way; for use in other kernels. Nodes are not checked."""
    time_ns = oracle_ns(oracle, from_node, to_node)
    return math.inf if time_ns == NEVER else time_ns / NS_PER_S


@compiled
def _spread(first: Any, hub: Any, ns: Any, node: int) -> Any:
    """One label as times by hub, NEVER elsewhere."""
    times = np.full(len(first) - 1, NEVER, np.int64)
    for entry in range(first[node], first[node + 1]):
        times[hub[entry]] = ns[entry]
    return times


@compiled
def _seconds_by_spread(first: Any, hub: Any, ns: Any, node: int, times: Any) -> float:
    best = NEVER
    for entry in range(first[node], first[node + 1]):
        if times[hub[entry]] != NEVER:
            best = min(best, ns[entry] + times[hub[entry]])
    return math.inf if best == NEVER else best / NS_PER_S


@compiled(nogil=True)
def oracle_many(oracle: Any, node: int, others: Any, outward: bool, seconds: Any) -> None:
    """Writes the shortest times from one node to each of several (outward), or from each of them to the one, s."""
    if oracle.table_ns.shape[0] > 0 or len(others) < SPREAD_FROM:
        for place in range(len(others)):
            if outward:
                seconds[place] = oracle_seconds(oracle, node, others[place])
            else:
                seconds[place] = oracle_seconds(oracle, others[place], node)
        return
    if outward:
        times = _spread(oracle.out_first, oracle.out_hub, oracle.out_ns, node)
        for place in range(len(others)):
            seconds[place] = _seconds_by_spread(oracle.in_first, oracle.in_hub, oracle.in_ns, others[place], times)
    else:
        times = _spread(oracle.in_first, oracle.in_hub, oracle.in_ns, node)
        for place in range(len(others)):
            seconds[place] = _seconds_by_spread(oracle.out_first, oracle.out_hub, oracle.out_ns, others[place], times)


@compiled(nogil=True)
def oracle_pairs(oracle: Any, from_nodes: Any, to_nodes: Any, seconds: Any) -> None:
    """Writes the shortest time of each pair of nodes, s."""
    for place in range(len(from_nodes)):
        seconds[place] = oracle_seconds(oracle, from_nodes[place], to_nodes[place])


@compiled(nogil=True)
def oracle_path(oracle: Any, first_arc: Any, head: Any, arc_ns: Any, from_node: int, to_node: int) -> Any:
    """A shortest way as (nodes, nanoseconds since the start): at each node the first arc that loses no time.

    There must be a way. The arcs are those the oracle was built on; being whole numbers, their sums agree exactly.
    """
    nodes, at_ns = np.empty(64, np.int32), np.empty(64, np.int64)
    nodes[0], at_ns[0] = from_node, 0
    left_ns = oracle_ns(oracle, from_node, to_node)
    node, count = from_node, 1
    while node != to_node:
        following = -1
        for arc in range(first_arc[node], first_arc[node + 1]):
            if arc_ns[arc] <= left_ns and oracle_ns(oracle, head[arc], to_node) == left_ns - arc_ns[arc]:
                following = arc
                break
        assert following >= 0, "the oracle was built on other arcs"
        if count == len(nodes):
            nodes = np.concatenate((nodes, np.empty(count, np.int32)))
            at_ns = np.concatenate((at_ns, np.empty(count, np.int64)))
        node = head[following]
        left_ns -= arc_ns[following]
        nodes[count], at_ns[count] = node, at_ns[count - 1] + arc_ns[following]
        count += 1
    return nodes[:count].copy(), at_ns[:count].copy()


def whole_ns(network: RoadNetwork) -> Ints:
    """Arc times in whole nanoseconds, at least one."""
    times_ns = np.rint(network.time_s * NS_PER_S)
    if not np.all(times_ns < MOST_NS):
        raise InputError.one(network.name, "an arc takes more than a week", "Check lengths and speeds.")
    return read_only(np.maximum(times_ns, 1).astype(np.int64))


def build_oracle(network: RoadNetwork, *, table: bool | None = None) -> Oracle:
    """The oracle of a network: a table for a small one (or if told to), else hub labels."""
    if network.node_count <= TABLE_NODES if table is None else table:
        return _table_oracle(network)
    return _label_oracle(network)


def _table_oracle(network: RoadNetwork) -> Oracle:
    # Whole numbers up to 2**53 are exact in scipy's floats, so this table agrees with labels to the bit.
    n = network.node_count
    arcs = csr_array((whole_ns(network).astype(np.float64), network.head, network.first_arc), shape=(n, n))
    times = dijkstra(arcs)
    table = np.where(np.isfinite(times), times, NEVER).astype(np.int64)
    first, hub, ns = np.zeros(n + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.int64)
    return _oracle(table, first, hub, ns, first, hub, ns)


def _label_oracle(network: RoadNetwork) -> Oracle:
    n = network.node_count
    rank, tail, head, time_ns = contract(network.tails(), network.head, whole_ns(network), n)
    tail, head = rank[tail], rank[head]
    up = head < tail
    outward, inward = build_labels(
        *_grouped(tail[up], head[up], time_ns[up], n), *_grouped(head[~up], tail[~up], time_ns[~up], n)
    )
    return _oracle(np.empty((0, 0), np.int64), *_by_node(rank, *outward), *_by_node(rank, *inward))


def _grouped(by: Ints32, others: Ints32, time_ns: Ints, n: int) -> tuple[Ints, Ints32, Ints]:
    order = np.lexsort((others, by))
    first = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(by, minlength=n), out=first[1:])
    return first, others[order], time_ns[order]


def _by_node(rank: Ints32, first: Ints, hub: Ints32, ns: Ints) -> tuple[Ints, Ints32, Ints]:
    """Labels in order of node instead of rank; hubs stay ranks."""
    lengths = np.diff(first)[rank]
    ends = np.cumsum(lengths)
    places = np.repeat(first[rank] - ends + lengths, lengths) + np.arange(len(hub))
    return np.concatenate(([0], ends)).astype(np.int64), hub[places], ns[places]


def _oracle(*arrays: npt.NDArray[Any]) -> Oracle:
    return Oracle(*(read_only(array) for array in arrays))


def read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array, contiguous and not to be written: kernels are compiled once, for arrays of this kind."""
    array = np.ascontiguousarray(array)
    array.setflags(write=False)
    return array
