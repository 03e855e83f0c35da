"""Contraction hierarchies: an order of the nodes by importance, and the arcs and short cuts that lead upward in it.

Method: R. Geisberger, P. Sanders, D. Schultes, D. Delling, "Contraction Hierarchies" (WEA 2008). Nodes are taken out,
the least important first; a short cut replaces each way through the node taken out that may be a shortest one. Times
are whole nanoseconds, so that sums are exact and ties are ties.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from sixpoint.kernels import compiled

# A whole number: int in Python, in compiled code int64; made so before a call, that each kernel is compiled but once.
Whole = Any

# Nodes a search may settle before it gives up looking for a way round; giving up adds a short cut that is not needed,
# never a wrong one. Fewer while priorities are estimated.
SETTLE_TO_ESTIMATE: Final = 24
SETTLE_TO_CONTRACT: Final = 96
NEVER: Final = 2**62


@compiled
def push(keys: Any, items: Any, size: Whole, key: Whole, item: Whole) -> Whole:
    """Puts an item on a binary heap with room for it; returns the new size."""
    place = size
    while place > 0:
        parent = (place - 1) >> 1
        if keys[parent] <= key:
            break
        keys[place], items[place] = keys[parent], items[parent]
        place = parent
    keys[place], items[place] = key, item
    return size + 1


@compiled
def pop(keys: Any, items: Any, size: Whole) -> Whole:
    """Takes the least item, which was at place 0, off a binary heap; returns the new size."""
    size -= 1
    key, item = keys[size], items[size]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if key <= keys[child]:
            break
        keys[place], items[place] = keys[child], items[child]
        place = child
    keys[place], items[place] = key, item
    return size


class _Arcs(NamedTuple):
    """A graph that grows: arcs 0 .. used[0], each in a chain of its tail's outgoing and its head's incoming arcs."""

    tail: Any
    head: Any
    time_ns: Any
    next_out: Any
    next_in: Any
    first_out: Any
    first_in: Any
    used: Any


class _Search(NamedTuple):
    """Room for a search: times by node (NEVER between searches), the nodes touched, a heap."""

    dist: Any
    touched: Any
    keys: Any
    items: Any


@compiled
def _ways_round(arcs: Any, search: Any, source: Whole, without: Whole, limit_ns: Whole, settle: Whole) -> Whole:
    """Times from `source` not through `without`, up to a limit, in `search.dist`; returns how many it touched."""
    dist, touched, keys, items = search
    dist[source] = 0
    touched[0] = source
    count = 1
    size = push(keys, items, np.int64(0), np.int64(0), np.int64(source))
    while size > 0 and settle > 0:
        key, node = keys[0], items[0]
        size = pop(keys, items, size)
        if key > dist[node]:
            continue
        settle -= 1
        arc = arcs.first_out[node]
        while arc >= 0:
            other = arcs.head[arc]
            time = key + arcs.time_ns[arc]
            if other != without and time <= limit_ns and time < dist[other] and size < len(keys):
                if dist[other] == NEVER:
                    touched[count] = other
                    count += 1
                dist[other] = time
                size = push(keys, items, size, time, np.int64(other))
            arc = arcs.next_out[arc]
    return count


@compiled
def _put(arcs: Any, tail: Whole, head: Whole, time_ns: Whole) -> None:
    """Adds an arc, or makes the one that joins the same nodes as quick."""
    arc = arcs.first_out[tail]
    while arc >= 0:
        if arcs.head[arc] == head:
            arcs.time_ns[arc] = min(arcs.time_ns[arc], time_ns)
            return
        arc = arcs.next_out[arc]
    arc = arcs.used[0]
    arcs.used[0] = arc + 1
    arcs.tail[arc], arcs.head[arc], arcs.time_ns[arc] = tail, head, time_ns
    arcs.next_out[arc], arcs.first_out[tail] = arcs.first_out[tail], arc
    arcs.next_in[arc], arcs.first_in[head] = arcs.first_in[head], arc


@compiled
def _short_cuts(arcs: Any, search: Any, node: Whole, settle: Whole, add: Any) -> Whole:
    """How many short cuts taking the node out needs, and adds them if told to."""
    slowest_out = np.int64(0)
    arc = arcs.first_out[node]
    while arc >= 0:
        slowest_out = max(slowest_out, arcs.time_ns[arc])
        arc = arcs.next_out[arc]
    needed = 0
    arc_in = arcs.first_in[node]
    while arc_in >= 0:
        source, time_in = arcs.tail[arc_in], arcs.time_ns[arc_in]
        touched = _ways_round(arcs, search, np.int64(source), np.int64(node), time_in + slowest_out, settle)
        arc = arcs.first_out[node]
        while arc >= 0:
            target = arcs.head[arc]
            if target != source and search.dist[target] > time_in + arcs.time_ns[arc]:
                needed += 1
                if add:
                    _put(arcs, source, target, time_in + arcs.time_ns[arc])
            arc = arcs.next_out[arc]
        for place in range(touched):
            search.dist[search.touched[place]] = NEVER
        arc_in = arcs.next_in[arc_in]
    return needed


@compiled
def _neighbours(first: Whole, following: Any) -> Whole:
    count = 0
    while first >= 0:
        count += 1
        first = following[first]
    return count


@compiled
def _take_out(arcs: Any, node: Whole, depth: Any) -> None:
    """Unlinks the node from its neighbours; its own chains stay and are its arcs to more important nodes."""
    arc = arcs.first_out[node]
    while arc >= 0:
        other = arcs.head[arc]
        depth[other] = max(depth[other], depth[node] + 1)
        if arcs.first_in[other] == arc:
            arcs.first_in[other] = arcs.next_in[arc]
        else:
            before = arcs.first_in[other]
            while arcs.next_in[before] != arc:
                before = arcs.next_in[before]
            arcs.next_in[before] = arcs.next_in[arc]
        arc = arcs.next_out[arc]
    arc = arcs.first_in[node]
    while arc >= 0:
        other = arcs.tail[arc]
        depth[other] = max(depth[other], depth[node] + 1)
        if arcs.first_out[other] == arc:
            arcs.first_out[other] = arcs.next_out[arc]
        else:
            before = arcs.first_out[other]
            while arcs.next_out[before] != arc:
                before = arcs.next_out[before]
            arcs.next_out[before] = arcs.next_out[arc]
        arc = arcs.next_in[arc]


@compiled
def _grown(arcs: Any, more: Whole) -> Any:
    """The same arcs with room for so many more."""
    room = len(arcs.tail) + more
    tail, head, time_ns = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int64)
    next_out, next_in = np.empty(room, np.int32), np.empty(room, np.int32)
    # Element by element: assigning slices doubles the time to compile, for an error message about their lengths.
    for arc in range(arcs.used[0]):
        tail[arc], head[arc], time_ns[arc] = arcs.tail[arc], arcs.head[arc], arcs.time_ns[arc]
        next_out[arc], next_in[arc] = arcs.next_out[arc], arcs.next_in[arc]
    return _Arcs(tail, head, time_ns, next_out, next_in, arcs.first_out, arcs.first_in, arcs.used)


@compiled(nogil=True)
def contract(tail: Any, head: Any, time_ns: Any, n: int) -> Any:
    """Orders all nodes; returns (rank, tail, head, time_ns): the arcs and short cuts, `rank` 0 the most important."""
    empty = np.empty(0, np.int32)
    none = np.full(n, -1, np.int32)
    arcs = _Arcs(empty, empty, np.empty(0, np.int64), empty, empty, none, none.copy(), np.zeros(1, np.int64))
    arcs = _grown(arcs, 2 * len(head) + 1024)
    for arc in range(len(head)):
        _put(arcs, tail[arc], head[arc], time_ns[arc])
    room = 1 << 14
    dist = np.full(n, NEVER, np.int64)
    search = _Search(dist, np.empty(n + 1, np.int32), np.empty(room, np.int64), np.empty(room, np.int32))
    depth = np.zeros(n, np.int32)
    rank = np.full(n, -1, np.int32)
    keys, items = np.empty(n + 1, np.int64), np.empty(n + 1, np.int32)
    size: Whole = np.int64(0)
    for number in range(n):
        node = np.int64(number)
        size = push(keys, items, size, _priority(arcs, search, depth, node), node)
    left = n
    while size > 0:
        node = np.int64(items[0])
        size = pop(keys, items, size)
        priority = _priority(arcs, search, depth, node)
        if size > 0 and priority > keys[0]:
            size = push(keys, items, size, priority, node)
            continue
        ways = _neighbours(arcs.first_in[node], arcs.next_in) * _neighbours(arcs.first_out[node], arcs.next_out)
        if arcs.used[0] + ways > len(arcs.tail):
            arcs = _grown(arcs, len(arcs.tail) + ways)
        _short_cuts(arcs, search, node, np.int64(SETTLE_TO_CONTRACT), np.bool_(True))
        _take_out(arcs, node, depth)
        left -= 1
        rank[node] = left
    used = arcs.used[0]
    return rank, arcs.tail[:used], arcs.head[:used], arcs.time_ns[:used]


@compiled
def _priority(arcs: Any, search: Any, depth: Any, node: Whole) -> Any:
    """Less for a node whose going costs few short cuts, removes many arcs and leaves an even hierarchy."""
    needed = _short_cuts(arcs, search, node, np.int64(SETTLE_TO_ESTIMATE), np.bool_(False))
    removed = _neighbours(arcs.first_in[node], arcs.next_in) + _neighbours(arcs.first_out[node], arcs.next_out)
    return 2 * needed - removed + depth[node]
