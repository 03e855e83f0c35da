"""Where an importer puts nodes and edges while it reads; turns into a network in the end."""

from __future__ import annotations

from typing import Final

import numpy as np

from sixpoint.errors import InputError
from sixpoint.road.network import DEFAULT_CLASS, RoadNetwork, build_network

KMH_PER_MS: Final = 3.6
# Classes are kept as one byte an arc.
MOST_CLASSES: Final = 255
# Two points of a map that are nearer count as this far apart: a road is never passed in no time.
LEAST_LENGTH_M: Final = 0.1


class ArcList:
    """Nodes by name and one-way arcs with length, speed and class, in the order in which they were added."""

    def __init__(self) -> None:
        self.number_of: dict[str, int] = {}
        self.dropped: list[str] = []
        self.notes: list[str] = []
        self._lon_deg: list[float] = []
        self._lat_deg: list[float] = []
        self._no_stop: set[int] = set()
        self._class_of: dict[str, int] = {}
        self._tail: list[int] = []
        self._head: list[int] = []
        self._length_m: list[float] = []
        self._time_s: list[float] = []
        self._kind: list[int] = []
        self._names: list[str] = []

    def add_node(self, node_id: str, lon_deg: float, lat_deg: float, *, can_stop: bool = True) -> bool:
        """Adds a node; False if there is one of that name already (the first stays)."""
        if node_id in self.number_of:
            return False
        self.number_of[node_id] = len(self._lon_deg)
        if not can_stop:
            self._no_stop.add(len(self._lon_deg))
        self._lon_deg.append(lon_deg)
        self._lat_deg.append(lat_deg)
        return True

    def add(
        self, tail: int, head: int, length_m: float, speed_kmh: float, road_class: str, *, both_ways: bool, name: str
    ) -> None:
        """Adds an arc, and the one back if it runs both ways; `name` is how a fault would call it."""
        length_m = max(length_m, LEAST_LENGTH_M)
        kind = self._class_of.setdefault(road_class, len(self._class_of))
        for start, end in ((tail, head), (head, tail))[: 1 + both_ways]:
            self._tail.append(start)
            self._head.append(end)
            self._length_m.append(length_m)
            self._time_s.append(length_m / speed_kmh * KMH_PER_MS)
            self._kind.append(kind)
            self._names.append(name)

    def network(self, name: str, *, keep_largest: bool = True) -> RoadNetwork:
        """The network of all that was added, by default reduced to its largest connected part."""
        if len(self._class_of) > MOST_CLASSES:
            raise InputError.one(name, f"has {len(self._class_of)} road classes", f"Use at most {MOST_CLASSES}.")
        can_stop = np.ones(len(self._lon_deg), np.bool_)
        can_stop[list(self._no_stop)] = False
        return build_network(
            self._lon_deg,
            self._lat_deg,
            np.array(self._tail, np.int64),
            np.array(self._head, np.int64),
            self._length_m,
            self._time_s,
            road_class=np.array(self._kind, np.uint8),
            classes=tuple(self._class_of) or (DEFAULT_CLASS,),
            node_ids=tuple(self.number_of),
            can_stop=can_stop,
            arc_names=self._names,
            name=name,
            keep_largest=keep_largest,
            dropped=self.dropped,
            notes=self.notes,
        )
