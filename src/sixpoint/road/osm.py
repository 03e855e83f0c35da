"""Imports roads, and places where units may wait, from an OpenStreetMap file (.osm.pbf, .osm, .osm.gz)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from sixpoint.errors import InputError, MissingExtraError
from sixpoint.road.arc_list import ArcList
from sixpoint.road.network import RoadNetwork
from sixpoint.road.places import PLACE_TAGS, Place, kind_of
from sixpoint.road.restrictions import KEYS, Restriction, read_restriction
from sixpoint.road.road_classes import class_of, is_blocked, speed_kmh, ways_of
from sixpoint.road.snapper import great_circle_m
from sixpoint.road.turns import Turns
from sixpoint.road.unread_tags import UnreadTags

WANTED_KEYS: Final = ("highway", "route", "barrier", *KEYS, *(f"{key}:conditional" for key in KEYS))
OSM_SUFFIXES: Final = (".osm.pbf", ".osm", ".osm.gz", ".osm.bz2")


class Way(msgspec.Struct, frozen=True):
    """A way a vehicle may use: its nodes in the order drawn, its class and the speeds along and against it, km/h.

    A speed of 0 is a direction that is closed.
    """

    id: int
    nodes: tuple[int, ...]
    road_class: str
    forward_kmh: float
    backward_kmh: float


class OsmImport(msgspec.Struct, frozen=True, eq=False):
    """What an OpenStreetMap file gave: the network, places where units may wait, and AEDs."""

    network: RoadNetwork
    places: tuple[Place, ...]


def import_osm(path: Path, *, turn_restrictions: bool = True) -> OsmImport:
    """Roads and places of a file; what was left out is in `network.dropped`. Needs the extra 'osm'."""
    reader = _Reader()
    reader.read(path)
    if not reader.ways:
        raise InputError.one(path.name, "holds no road that a vehicle may use", "Give an extract that has roads.")
    return OsmImport(_network(path.name, reader, turn_restrictions), tuple(sorted(reader.places)))


class _Reader:
    """One pass over the file: ways that vehicles may use, positions of their nodes, restrictions, places."""

    def __init__(self) -> None:
        self.ways: list[Way] = []
        self.position: dict[int, tuple[float, float]] = {}
        self.restrictions: list[Restriction] = []
        self.places: list[Place] = []
        self.blocked: set[int] = set()
        self.left_out: Counter[str] = Counter()
        self.unread = UnreadTags()

    def read(self, path: Path) -> None:
        try:
            import osmium
            from osmium.filter import KeyFilter, TagFilter
        except ImportError:
            raise MissingExtraError(
                "Reading OpenStreetMap needs the extra 'osm': pip install 'sixpoint[osm]'."
            ) from None
        if not path.is_file():
            raise InputError.one(path.name, "is not there", "Give an OpenStreetMap file.")
        wanted = KeyFilter(*WANTED_KEYS, *{key for key, _ in PLACE_TAGS})
        try:
            pass_over = osmium.FileProcessor(str(path)).with_locations().with_areas(TagFilter(*PLACE_TAGS))
            for thing in pass_over.with_filter(wanted):
                self._take(thing)
        except (RuntimeError, OSError) as error:
            raise InputError.one(path.name, f"is no OpenStreetMap file ({error})", "Give an .osm.pbf file.") from None

    def _take(self, thing: Any) -> None:
        tags = {tag.k: tag.v for tag in thing.tags}
        kind = kind_of(tags)
        if thing.is_way() and ("highway" in tags or tags.get("route") == "ferry"):
            self._take_way(thing, tags)
        elif thing.is_relation() and tags.get("type") == "restriction":
            found = read_restriction(tags, [(member.type, member.role, member.ref) for member in thing.members])
            if found.restriction is not None:
                self.restrictions.append(found.restriction)
            if found.left_out:
                self.left_out[f"turn restrictions {found.left_out}"] += 1
        elif thing.is_node() and is_blocked(tags):
            self.blocked.add(thing.id)
        elif thing.is_node() and kind is not None:
            self.places.append(Place(f"n{thing.id}", tags.get("name", ""), kind, thing.lon, thing.lat))
        elif thing.is_area() and kind is not None:
            ring = [node for outer in thing.outer_rings() for node in outer][:-1]
            letter = "w" if thing.from_way() else "r"
            lon, lat = sum(node.lon for node in ring) / len(ring), sum(node.lat for node in ring) / len(ring)
            self.places.append(
                Place(f"{letter}{thing.orig_id()}", tags.get("name", ""), kind, round(lon, 7), round(lat, 7))
            )

    def _take_way(self, way: Any, tags: Mapping[str, str]) -> None:
        if tags.get("route") == "ferry":
            self.left_out["ferries"] += 1
            return
        road_class = class_of(tags)
        if road_class is None:
            self.left_out["ways that are closed to vehicles or not made for them"] += 1
            return
        direction = ways_of(tags)
        if direction == "changing":
            self.left_out["ways whose direction changes with the hour"] += 1
            return
        self.unread.see(tags)
        forward = 0.0 if direction == "backward" else speed_kmh(tags, road_class, "forward")
        backward = 0.0 if direction == "forward" else speed_kmh(tags, road_class, "backward")
        runs: list[list[int]] = [[]]
        for node in way.nodes:
            if node.ref in self.blocked:
                self.left_out["points at which a barrier closes a way"] += 1
                runs.append([])
            elif node.location.valid():
                self.position[node.ref] = (node.lon, node.lat)
                runs[-1].append(node.ref)
            else:
                runs.append([])
        if not all(node.location.valid() for node in way.nodes):
            self.left_out["ways cut at the edge of the extract (what is inside stays)"] += 1
        self.ways.extend(Way(way.id, tuple(run), road_class, forward, backward) for run in runs if len(run) > 1)


def _network(name: str, reader: _Reader, turn_restrictions: bool) -> RoadNetwork:
    arcs = ArcList()
    nodes_of: dict[int, tuple[int, ...]] = {}
    for way in reader.ways:
        nodes_of[way.id] = nodes_of.get(way.id, ()) + way.nodes
    legs = ((way.id, start, end) for way in reader.ways for start, end, _ in _legs(way))
    turns = Turns(reader.restrictions if turn_restrictions else [], nodes_of, legs)
    for node, (lon_deg, lat_deg) in reader.position.items():
        arcs.add_node(str(node), lon_deg, lat_deg, can_stop=node not in turns.junctions)
    for copy_id, node in turns.copies():
        arcs.add_node(copy_id, *reader.position[node], can_stop=False)
    for way in reader.ways:
        for start, end, speed in _legs(way):
            length_m = float(great_circle_m(*reader.position[start], *reader.position[end]))
            for tail_id, head_id in turns.arcs((way.id, start, end)):
                tail, head = arcs.number_of[tail_id], arcs.number_of[head_id]
                arcs.add(tail, head, length_m, speed, way.road_class, both_ways=False, name=f"{name}: way {way.id}")
    arcs.dropped.extend(f"{count} {what}." for what, count in sorted(reader.left_out.items()))
    arcs.dropped.extend(turns.notes)
    arcs.notes.extend(reader.unread.notes())
    return arcs.network(name)


def _legs(way: Way) -> Iterable[tuple[int, int, float]]:
    for start, end in zip(way.nodes, way.nodes[1:], strict=False):
        if way.forward_kmh > 0:
            yield start, end, way.forward_kmh
        if way.backward_kmh > 0:
            yield end, start, way.backward_kmh
