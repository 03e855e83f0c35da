"""The road graph reduced to its junctions: chains of nodes without a choice become one arc.

A *junction* is a node at which a driver can choose; every other node lies inside one chain (one-way) or two (one each
way). Distances between all junctions then answer for all nodes.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sixpoint.kernels import compiled

Floats = npt.NDArray[np.float64]
Ints32 = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]

NONE: Final = -1


class Reduced(NamedTuple):
    """Chains and where each node lies in them; arrays for kernels, read-only. n nodes, r junctions, c chains, m modes.

    A chain's nodes, both ends included, are `chain_node[chain_first[c]:chain_first[c + 1]]`; `chain_day[mode]` beside
    them is the time since the chain's start. Chains are sorted by the junction they leave; those leaving junction j
    are `leaving[j]` up to `leaving[j + 1]`. A node has up to two slots: `slot_chain` (NONE at a junction, which uses
    slot 0 alone, with itself as both junctions and no time), its place in it, and the junctions behind and ahead.
    """

    junction_node: Ints32
    leaving: Ints
    chain_head: Ints32
    chain_tail: Ints32
    chain_first: Ints
    chain_node: Ints32
    chain_day: Floats
    slot_count: Ints32
    slot_chain: Ints32
    slot_place: Ints
    ahead: Ints32
    behind: Ints32
    ahead_day: Floats
    behind_day: Floats


def reduce_roads(n: int, tail: Ints, head: Ints, day: Floats) -> Reduced:
    """Reduces a strongly connected graph without parallel arcs or self loops; `day[mode, arc]` are arc times, days."""
    order = np.lexsort((head, tail))
    tail, head, day = tail[order], head[order], np.ascontiguousarray(day[:, order])
    first = np.searchsorted(tail, np.arange(n + 1))
    back = np.lexsort((tail, head))
    back_first = np.searchsorted(head[back], np.arange(n + 1))
    is_junction = _junctions(first, head, back_first, tail[back])
    if not is_junction.any():
        is_junction[0] = True  # one ring without a choice anywhere
    junction_node = np.flatnonzero(is_junction).astype(np.int32)
    number = np.full(n, NONE, np.int32)
    number[junction_node] = np.arange(len(junction_node))
    chain_first, chain_node, chain_arc = _trace(first, head, number, junction_node)
    chain_day = _times(chain_first, chain_arc, day)
    tails, heads = number[chain_node[chain_first[:-1]]], number[chain_node[chain_first[1:] - 1]]
    return Reduced(
        junction_node,
        np.searchsorted(tails, np.arange(len(junction_node) + 1)),
        heads,
        tails,
        chain_first,
        chain_node,
        chain_day,
        *_slots(number, chain_first, chain_node, chain_day, tails, heads),
    )


@compiled(nogil=True)
def _junctions(first: Any, head: Any, back_first: Any, back_tail: Any) -> Any:
    """Which nodes give a driver a choice: all but those with one way in and another out, one-way or both ways."""
    n = len(first) - 1
    is_junction = np.ones(n, np.bool_)
    for node in range(n):
        out, back = first[node], back_first[node]
        ways_out, ways_in = first[node + 1] - out, back_first[node + 1] - back
        if ways_out == 1 and ways_in == 1:
            is_junction[node] = head[out] == back_tail[back]
        elif ways_out == 2 and ways_in == 2:
            # Both lists are sorted, so a two-way chain has equal ones.
            is_junction[node] = head[out] != back_tail[back] or head[out + 1] != back_tail[back + 1]
    return is_junction


@compiled(nogil=True)
def _trace(first: Any, head: Any, number: Any, junction_node: Any) -> Any:
    """Follows every arc out of every junction to the next junction: chain starts, nodes, and the arc into each node."""
    chains = 0
    for node in junction_node:
        chains += first[node + 1] - first[node]
    chain_first = np.zeros(chains + 1, np.int64)
    # Each arc lies in one chain, and each chain has one node more than arcs.
    chain_node = np.empty(len(head) + chains, np.int32)
    chain_arc = np.empty(len(head) + chains, np.int64)
    chain, size = 0, 0
    for node in junction_node:
        for start in range(first[node], first[node + 1]):
            before, arc = node, start
            chain_node[size], chain_arc[size] = node, -1
            size += 1
            while True:
                here = head[arc]
                chain_node[size], chain_arc[size] = here, arc
                size += 1
                if number[here] >= 0:
                    break
                arc = first[here]
                if first[here + 1] - arc == 2 and head[arc] == before:
                    arc += 1
                before = here
            chain += 1
            chain_first[chain] = size
    return chain_first, chain_node[:size].copy(), chain_arc[:size].copy()


@compiled(nogil=True)
def _times(chain_first: Any, chain_arc: Any, day: Any) -> Any:
    """The time since its chain's start at each node of each chain, by mode."""
    modes = day.shape[0]
    at = np.zeros((modes, len(chain_arc)))
    for chain in range(len(chain_first) - 1):
        for place in range(chain_first[chain] + 1, chain_first[chain + 1]):
            for mode in range(modes):
                at[mode, place] = at[mode, place - 1] + day[mode, chain_arc[place]]
    return at


@compiled(nogil=True)
def _slots(number: Any, chain_first: Any, chain_node: Any, chain_day: Any, tails: Any, heads: Any) -> Any:
    """Where each node lies: its chains, places, and the junctions behind and ahead with the times to them."""
    n, modes = len(number), chain_day.shape[0]
    count = np.zeros(n, np.int32)
    chain_of, place_of = np.full((n, 2), -1, np.int32), np.zeros((n, 2), np.int64)
    ahead, behind = np.full((n, 2), -1, np.int32), np.full((n, 2), -1, np.int32)
    ahead_day, behind_day = np.zeros((modes, n, 2)), np.zeros((modes, n, 2))
    for node in range(n):
        if number[node] >= 0:
            count[node] = 1
            ahead[node, 0] = behind[node, 0] = number[node]
    for chain in range(len(chain_first) - 1):
        end = chain_first[chain + 1] - 1
        for place in range(chain_first[chain] + 1, end):
            node = chain_node[place]
            slot = count[node]
            count[node] += 1
            chain_of[node, slot], place_of[node, slot] = chain, place
            ahead[node, slot], behind[node, slot] = heads[chain], tails[chain]
            for mode in range(modes):
                behind_day[mode, node, slot] = chain_day[mode, place]
                ahead_day[mode, node, slot] = chain_day[mode, end] - chain_day[mode, place]
    return count, chain_of, place_of, ahead, behind, ahead_day, behind_day


@compiled(nogil=True)
def all_pairs(reduced: Any, mode: int, time_day: Any, leave_by: Any) -> None:
    """Writes `time_day[to, from]` between all junctions, and which chain out of `from` to take, by its number there.

    Dijkstra backwards from each junction. Unreachable: infinity.
    """
    junctions, chains = len(reduced.junction_node), len(reduced.chain_head)
    cost = np.empty(chains)
    entering = np.zeros(junctions + 1, np.int64)
    for chain in range(chains):
        cost[chain] = reduced.chain_day[mode, reduced.chain_first[chain + 1] - 1]
        entering[reduced.chain_head[chain] + 1] += 1
    entering = np.cumsum(entering)
    into = np.empty(chains, np.int64)
    filled = entering[:-1].copy()
    for chain in range(chains):
        head = reduced.chain_head[chain]
        into[filled[head]] = chain
        filled[head] += 1
    keys, items = np.empty(chains + 1), np.empty(chains + 1, np.int64)
    for target in range(junctions):
        times = time_day[target]
        times[:] = np.inf
        times[target] = 0.0
        keys[0], items[0] = 0.0, target
        size = 1
        while size > 0:
            key, node = keys[0], items[0]
            size = _take_first(keys, items, size)
            if key > times[node]:
                continue
            for slot in range(entering[node], entering[node + 1]):
                chain = into[slot]
                tail = reduced.chain_tail[chain]
                through = key + cost[chain]
                if through < times[tail]:
                    times[tail] = through
                    leave_by[target, tail] = chain - reduced.leaving[tail]
                    size = _put(keys, items, size, through, tail)


@compiled(nogil=True)
def _put(keys: Any, items: Any, size: int, key: float, item: int) -> int:
    place = size
    while place > 0:
        above = (place - 1) // 2
        if keys[above] <= key:
            break
        keys[place], items[place] = keys[above], items[above]
        place = above
    keys[place], items[place] = key, item
    return size + 1


@compiled(nogil=True)
def _take_first(keys: Any, items: Any, size: int) -> int:
    size -= 1
    key, item = keys[size], items[size]
    place = 0
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size and keys[below + 1] < keys[below]:
            below += 1
        if keys[below] >= key:
            break
        keys[place], items[place] = keys[below], items[below]
        place = below
    keys[place], items[place] = key, item
    return size
