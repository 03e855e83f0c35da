"""Legs as they are driven: which node a unit comes to next, for a thousand units in one look.

The nodes of all legs lie in one piece of memory, and a kernel looks each leg up there: of a thousand units a quarter
of which drove, finding their next nodes took half the time of a choice when each leg was a list of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Final, Generic, NamedTuple, TypeVar

import numpy as np

from sixpoint.kernels import compiled
from sixpoint.road.clock import NS_PER_MS, as_ms
from sixpoint.road.network import Ints, Ints32

Leg = TypeVar("Leg")

ROOM: Final = 1 << 14  # nodes at first; doubled when they are full


class Driven(NamedTuple):
    """A leg as it is driven: its nodes, and after how many free-flow nanoseconds each is reached.

    `leaves_ms` is when the unit is at the first node: later than it left, if it first had to come to a node.
    """

    nodes: Ints32
    at_ns: Ints
    leaves_ms: int
    factor: float


@compiled(lean=True)
def find_next(
    first: Any, nodes: Any, at_ns: Any, leaves_ms: Any, factor: Any, slots: Any, at_ms: int, node: Any, ahead_ms: Any
) -> None:
    """Writes for each leg the node that comes next and in how many ms; the first one before it is left."""
    for place in range(len(slots)):
        slot = slots[place]
        low, last = first[slot], first[slot + 1] - 1
        left_ms = leaves_ms[slot]
        if at_ms >= left_ms + as_ms(at_ns[last], factor[slot]):
            node[place], ahead_ms[place] = nodes[last], 0
            continue
        if at_ms <= left_ms:
            node[place], ahead_ms[place] = nodes[low], left_ms - at_ms
            continue
        passed_ns = (at_ms - left_ms) * NS_PER_MS / factor[slot]
        high = last
        while low < high:
            middle = (low + high) // 2
            if at_ns[middle] < passed_ns:
                low = middle + 1
            else:
                high = middle
        node[place] = nodes[low]
        ahead_ms[place] = max(np.int64(0), left_ms + as_ms(at_ns[low], factor[slot]) - at_ms)


class DrivenLegs(Generic[Leg]):
    """Legs by the very object, driven once and kept while they are asked about; all are forgotten beyond `most`.

    May be asked from several threads.
    """

    def __init__(self, drive: Callable[[Leg], Driven], *, most: int) -> None:
        self._drive = drive
        self._most = most
        self._lock = Lock()
        self._nodes = np.zeros(ROOM, np.int32)
        self._at_ns = np.zeros(ROOM, np.int64)
        self._forget(most)

    def _forget(self, room: int) -> None:
        """Begins anew, with room for so many legs."""
        # Each leg is held beside its slot, so that no other object gets its id meanwhile.
        self._slots: dict[int, tuple[Leg, int]] = {}
        self._first = np.zeros(room + 1, np.int64)
        self._leaves_ms = np.zeros(room, np.int64)
        self._factor = np.zeros(room)

    def next_nodes(self, legs: Sequence[Leg], at_ms: int) -> tuple[Ints, Ints]:
        """The node that each leg comes to next, and in how many ms; where it has ended, its last in 0 ms. [legs]."""
        node, ahead_ms = np.empty(len(legs), np.int64), np.empty(len(legs), np.int64)
        with self._lock:
            slots = self._slots_of(legs)
            find_next(
                self._first, self._nodes, self._at_ns, self._leaves_ms, self._factor, slots, at_ms, node, ahead_ms
            )
        return node, ahead_ms

    def leaves(self, leg: Leg) -> tuple[int, float]:
        """When the leg leaves its first node, ms, and its factor against free flow."""
        with self._lock:
            slot = self._slots_of([leg]).item(0)
            return self._leaves_ms.item(slot), self._factor.item(slot)

    def _slots_of(self, legs: Sequence[Leg]) -> Ints:
        unknown = [leg for leg in legs if id(leg) not in self._slots]
        if len(self._slots) + len(unknown) > len(self._factor):
            self._forget(max(self._most, len(legs)))
            unknown = list(legs)
        for leg in unknown:
            if id(leg) not in self._slots:
                self._slots[id(leg)] = leg, self._add(self._drive(leg))
        return np.array([self._slots[id(leg)][1] for leg in legs], np.int64)

    def _add(self, driven: Driven) -> int:
        slot = len(self._slots)
        start = self._first.item(slot)
        end = start + len(driven.nodes)
        while end > len(self._nodes):
            self._nodes = np.concatenate((self._nodes, np.zeros_like(self._nodes)))
            self._at_ns = np.concatenate((self._at_ns, np.zeros_like(self._at_ns)))
        self._nodes[start:end], self._at_ns[start:end] = driven.nodes, driven.at_ns
        self._first[slot + 1] = end
        self._leaves_ms[slot], self._factor[slot] = driven.leaves_ms, driven.factor
        return slot
