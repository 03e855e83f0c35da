"""A road network: nodes with positions, one-way arcs with times, and what its maker dropped."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sixpoint.errors import Fault, InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Ints32 = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

DEFAULT_CLASS: Final = "unclassified"
# Node ids shown when many are dropped: enough to find the place on a map.
SHOWN_IDS: Final = 5


class RoadNetwork(msgspec.Struct, frozen=True, eq=False):
    """Nodes and one-way arcs, sorted by tail and then head, at most one arc from a node to another.

    Arcs of node `a` are `first_arc[a]:first_arc[a + 1]`; `head`, `time_s`, `length_m` and `road_class` (an index into
    `classes`) are by arc. `can_stop` is False for the few nodes at which no journey may begin or end (junctions that a
    turn restriction has split). `content_hash` is of the nodes and arcs, not of the name. `dropped_nodes` are ids of
    nodes that are not in it since they hang together with too few others. `notes` tell what its maker took in place of
    what it could not read.
    """

    name: str
    node_ids: tuple[str, ...]
    lon_deg: Floats
    lat_deg: Floats
    can_stop: Flags
    first_arc: Ints
    head: Ints32
    time_s: Floats
    length_m: Floats
    road_class: npt.NDArray[np.uint8]
    classes: tuple[str, ...]
    dropped: tuple[str, ...]
    content_hash: str
    dropped_nodes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def node_count(self) -> int:
        """How many nodes."""
        return len(self.lon_deg)

    @property
    def arc_count(self) -> int:
        """How many one-way arcs."""
        return len(self.head)

    def tails(self) -> Ints32:
        """The node each arc leaves, by arc."""
        return np.repeat(np.arange(self.node_count, dtype=np.int32), np.diff(self.first_arc))

    def matrix(self) -> csr_array:
        """Arc times as a scipy matrix that shares the network's arrays."""
        n = self.node_count
        return csr_array((self.time_s, self.head, self.first_arc.astype(np.int32)), shape=(n, n))

    def with_times(self, time_s: Floats, name: str = "") -> RoadNetwork:
        """The same streets with other arc times in seconds, for example at another hour of the week."""
        if len(time_s) != self.arc_count or not np.all(np.isfinite(time_s) & (time_s > 0)):
            raise InputError.one(self.name, "arc times must be positive, one for each arc", "Check the speed factors.")
        kept = msgspec.structs.replace(self, name=name or self.name, time_s=_frozen(np.array(time_s, np.float64)))
        return msgspec.structs.replace(kept, content_hash=_content_hash(kept))


def build_network(
    lon_deg: npt.ArrayLike,
    lat_deg: npt.ArrayLike,
    tail: npt.ArrayLike,
    head: npt.ArrayLike,
    length_m: npt.ArrayLike,
    time_s: npt.ArrayLike,
    *,
    road_class: npt.ArrayLike | None = None,
    classes: Sequence[str] = (DEFAULT_CLASS,),
    node_ids: Sequence[str] | None = None,
    can_stop: npt.ArrayLike | None = None,
    arc_names: Sequence[str] | None = None,
    keep_largest: bool = True,
    name: str = "network",
    dropped: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> RoadNetwork:
    """A network from one-way arcs `tail -> head`, or `InputError` naming every bad node and arc.

    Of parallel arcs the quickest stays (a sparse matrix would add them up). With `keep_largest`, only the largest part
    in which every node reaches every other stays. What was left out is told in `dropped`. `arc_names` is how faults
    call the arcs (file:line).
    """
    lon, lat = np.asarray(lon_deg, np.float64), np.asarray(lat_deg, np.float64)
    tails, heads = np.asarray(tail, np.int64), np.asarray(head, np.int64)
    lengths, times = np.asarray(length_m, np.float64), np.asarray(time_s, np.float64)
    ids = tuple(node_ids) if node_ids is not None else tuple(str(index) for index in range(len(lon)))
    kinds = np.zeros(len(tails), np.uint8) if road_class is None else np.asarray(road_class, np.uint8)
    stops = np.ones(len(lon), np.bool_) if can_stop is None else np.asarray(can_stop, np.bool_)
    assert len(lon) == len(lat) == len(ids) == len(stops), "node columns differ in length"
    assert len(tails) == len(heads) == len(lengths) == len(times) == len(kinds), "arc columns differ in length"
    _check(name, ids, lon, lat, tails, heads, lengths, times, arc_names)
    left_out = list(dropped)
    arcs = _quickest_arcs(tails, heads, times, left_out)
    nodes = np.arange(len(lon))
    if keep_largest:
        nodes, arcs = _largest_part(ids, tails, heads, arcs, left_out)
    lost = np.setdiff1d(np.arange(len(lon)), nodes)
    renumber = np.full(len(lon), -1, np.int64)
    renumber[nodes] = np.arange(len(nodes))
    first_arc = np.zeros(len(nodes) + 1, np.int64)
    np.cumsum(np.bincount(renumber[tails[arcs]], minlength=len(nodes)), out=first_arc[1:])
    network = RoadNetwork(
        name=name,
        node_ids=tuple(ids[index] for index in nodes.tolist()),
        lon_deg=_frozen(lon[nodes]),
        lat_deg=_frozen(lat[nodes]),
        can_stop=_frozen(stops[nodes]),
        first_arc=_frozen(first_arc),
        head=_frozen(renumber[heads[arcs]].astype(np.int32)),
        time_s=_frozen(times[arcs]),
        length_m=_frozen(lengths[arcs]),
        road_class=_frozen(kinds[arcs]),
        classes=tuple(classes),
        dropped=tuple(left_out),
        content_hash="",
        dropped_nodes=tuple(ids[index] for index in lost.tolist()),
        notes=tuple(notes),
    )
    return msgspec.structs.replace(network, content_hash=_content_hash(network))


def _check(
    name: str,
    ids: tuple[str, ...],
    lon: Floats,
    lat: Floats,
    tails: Ints,
    heads: Ints,
    lengths: Floats,
    times: Floats,
    arc_names: Sequence[str] | None,
) -> None:
    faults = []
    if not len(lon):
        faults.append(Fault(name, "has no node", "Give at least one node."))
    for index in np.flatnonzero(~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))).tolist():
        where = f"{name}: node {ids[index]}"
        faults.append(
            Fault(where, f"stands at {lon[index]}, {lat[index]}", "Write degrees, longitude before latitude.")
        )
    if len(set(ids)) != len(ids):
        twice = [node for node, times_seen in Counter(ids).items() if times_seen > 1]
        faults.extend(Fault(f"{name}: node {node}", "stands twice", "Keep one of them.") for node in twice)

    def fault(arc: int, what: str, remedy: str) -> None:
        faults.append(Fault(arc_names[arc] if arc_names else f"{name}: arc {arc}", what, remedy))

    for column, word in ((tails, "leaves"), (heads, "enters")):
        for arc in np.flatnonzero((column < 0) | (column >= len(lon))).tolist():
            fault(arc, f"{word} node {column[arc]}, which does not exist", "Add the node or remove the arc.")
    for arc in np.flatnonzero(~(np.isfinite(times) & (times > 0))).tolist():
        fault(arc, f"takes {times[arc]} s", "A travel time is more than zero: check length and speed.")
    for arc in np.flatnonzero(~(np.isfinite(lengths) & (lengths >= 0))).tolist():
        fault(arc, f"is {lengths[arc]} m long", "A length is a number of metres, not negative.")
    if faults:
        raise InputError(faults)


def _quickest_arcs(tails: Ints, heads: Ints, times: Floats, notes: list[str]) -> Ints:
    """Arc numbers in order of tail and head: loops left out, of parallel ones the quickest (then the first) kept."""
    order: Ints = np.lexsort((np.arange(len(tails)), times, heads, tails))
    order = order[tails[order] != heads[order]]
    loops = len(tails) - len(order)
    same = (np.diff(tails[order]) == 0) & (np.diff(heads[order]) == 0)
    kept = order[np.concatenate(([True], ~same))] if len(order) else order
    if loops:
        notes.append(f"{loops} of {len(tails)} arcs: they lead from a node to itself.")
    if len(kept) < len(order):
        slower = len(order) - len(kept)
        notes.append(f"{slower} of {len(tails)} arcs: a quicker arc joins the same two nodes.")
    return kept


def _largest_part(ids: tuple[str, ...], tails: Ints, heads: Ints, arcs: Ints, notes: list[str]) -> tuple[Ints, Ints]:
    """Nodes and arcs of the largest strongly connected part (the one with the lowest node if two are as large)."""
    count = len(ids)
    graph = csr_array((np.ones(len(arcs), np.int8), (tails[arcs], heads[arcs])), shape=(count, count))
    parts, label = connected_components(graph, directed=True, connection="strong")
    if parts == 1:
        return np.arange(count), arcs
    sizes = np.bincount(label, minlength=parts)
    inside = label == label[np.flatnonzero(sizes[label] == sizes.max())[0]]
    kept = arcs[inside[tails[arcs]] & inside[heads[arcs]]]
    outside = np.flatnonzero(~inside)
    shown = ", ".join(ids[index] for index in outside[:SHOWN_IDS].tolist()) + (
        ", ..." if len(outside) > SHOWN_IDS else ""
    )
    others = "1 other part" if parts == 2 else f"{parts - 1} other parts"
    notes.append(
        f"{len(outside)} of {count} nodes and {len(arcs) - len(kept)} of {len(arcs)} arcs, in {others}: they "
        f"do not both reach and be reached from the largest part ({shown})."
    )
    return np.flatnonzero(inside), kept


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array = np.ascontiguousarray(array)
    array.setflags(write=False)
    return array


def _content_hash(network: RoadNetwork) -> str:
    digest = hashlib.sha256(b"sixpoint road network 1\n")
    digest.update("\n".join([*network.node_ids, "", *network.classes]).encode())
    columns: tuple[npt.NDArray[Any], ...] = (network.lon_deg, network.lat_deg, network.can_stop, network.first_arc)
    columns += (network.head, network.time_s, network.length_m, network.road_class)
    for column in columns:
        digest.update(column.astype(column.dtype.newbyteorder("<"), copy=False).tobytes())
    return "sha256:" + digest.hexdigest()
