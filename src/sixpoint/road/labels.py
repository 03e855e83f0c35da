"""Hub labels: each node knows the times to and from some hubs, and any two nodes share a hub on a shortest way.

Method: I. Abraham, D. Delling, A. Goldberg, R. Werneck, "Hierarchical Hub Labelings for Shortest Paths" (ESA 2012): in
the order of a contraction hierarchy, most important node first, a node's labels come from those of its upward
neighbours; what another hub already answers is left out. Times are whole nanoseconds: sums are exact.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sixpoint.kernels import compiled
from sixpoint.road.hierarchy import NEVER, Whole

# Steps of Shell's sort (M. Ciura, 2001).
SORT_GAPS: Final = (301, 132, 57, 23, 10, 4, 1)


@compiled(nogil=True)
def build_labels(first_up: Any, up: Any, up_ns: Any, first_down: Any, down: Any, down_ns: Any) -> Any:
    """Labels of all nodes, which are numbered by rank (0 the most important).

    `up[first_up[v]:first_up[v + 1]]` are heads of arcs from v to more important nodes; `down` likewise tails of arcs
    from those to v. Returns (first, hub, time_ns) outward and the same inward; hubs rise within a label.
    """
    n = len(first_up) - 1
    first_out, first_in = np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64)
    out_hub, out_ns = np.empty(16 * n + 64, np.int32), np.empty(16 * n + 64, np.int64)
    in_hub, in_ns = np.empty(16 * n + 64, np.int32), np.empty(16 * n + 64, np.int64)
    best = np.full(n, NEVER, np.int64)
    hubs = np.empty(n, np.int32)
    for node in range(n):
        count = _gather(node, first_up, up, up_ns, first_out, out_hub, out_ns, best, hubs)
        out_hub, out_ns = _room(out_hub, out_ns, first_out[node], first_out[node] + count)
        _keep(node, count, best, hubs, first_in, in_hub, in_ns, first_out, out_hub, out_ns)
        count = _gather(node, first_down, down, down_ns, first_in, in_hub, in_ns, best, hubs)
        in_hub, in_ns = _room(in_hub, in_ns, first_in[node], first_in[node] + count)
        _keep(node, count, best, hubs, first_out, out_hub, out_ns, first_in, in_hub, in_ns)
    outward = (first_out, out_hub[: first_out[n]].copy(), out_ns[: first_out[n]].copy())
    return outward, (first_in, in_hub[: first_in[n]].copy(), in_ns[: first_in[n]].copy())


@compiled
def _gather(
    node: int, first: Any, others: Any, times_ns: Any, first_label: Any, hub: Any, hub_ns: Any, best: Any, hubs: Any
) -> int:
    """All hubs that the more important neighbours offer, sorted, with the least time to each in `best`."""
    best[node] = 0
    hubs[0] = node
    count = 1
    for arc in range(first[node], first[node + 1]):
        other = others[arc]
        for entry in range(first_label[other], first_label[other + 1]):
            time = times_ns[arc] + hub_ns[entry]
            if time < best[hub[entry]]:
                if best[hub[entry]] == NEVER:
                    hubs[count] = hub[entry]
                    count += 1
                best[hub[entry]] = time
    _sort(hubs, np.int64(count))
    return count


@compiled
def _keep(
    node: int, count: int, best: Any, hubs: Any, first_back: Any, back: Any, back_ns: Any, first: Any, hub: Any, ns: Any
) -> None:
    """Writes the label: hubs in order of importance, without those that a hub already kept reaches as soon."""
    end = first[node]
    for place in range(count):
        candidate = hubs[place]
        time = best[candidate]
        answered = False
        if candidate != node:
            for entry in range(first_back[candidate], first_back[candidate + 1]):
                if back[entry] < candidate and best[back[entry]] + back_ns[entry] <= time:
                    answered = True
                    break
        if answered:
            best[candidate] = NEVER
        else:
            hub[end], ns[end] = candidate, time
            end += 1
    first[node + 1] = end
    for place in range(count):
        best[hubs[place]] = NEVER


@compiled
def _sort(hubs: Any, count: Whole) -> None:
    """Shell's sort of the first few hundred: quick to compile, and to run on so few."""
    for gap in SORT_GAPS:
        for place in range(gap, count):
            hub = hubs[place]
            while place >= gap and hubs[place - gap] > hub:
                hubs[place] = hubs[place - gap]
                place -= gap
            hubs[place] = hub


@compiled
def _room(hub: Any, ns: Any, used: int, needed: int) -> Any:
    if needed <= len(hub):
        return hub, ns
    longer, longer_ns = np.empty(2 * needed, np.int32), np.empty(2 * needed, np.int64)
    for entry in range(used):
        longer[entry], longer_ns[entry] = hub[entry], ns[entry]
    return longer, longer_ns
