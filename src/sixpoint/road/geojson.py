"""Imports streets from GeoJSON (RFC 7946): LineStrings that join where their points coincide."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from sixpoint.errors import InputError
from sixpoint.road.arc_list import ArcList
from sixpoint.road.network import RoadNetwork
from sixpoint.road.road_classes import class_of, speed_kmh, ways_of
from sixpoint.road.snapper import great_circle_m
from sixpoint.road.unread_tags import UnreadTags
from sixpoint.tables import Faults, decode_text, read_bytes

# Points nearer than this many decimals of a degree (11 mm) are one point.
DECIMALS: Final = 7
CLASS_KEYS: Final = ("highway", "road_class", "class")
SPEED_KEYS: Final = ("maxspeed", "speed_kmh", "kmh")
ONE_WAY_KEYS: Final = ("oneway", "one_way")


def import_geojson(path: Path) -> RoadNetwork:
    """The network of all LineStrings and MultiLineStrings of a file; `InputError` names every fault by feature.

    Properties are read as OpenStreetMap's tags (highway or road_class, oneway or one_way, maxspeed or speed_kmh or
    mph, junction, access). A street without a class is 'unclassified'.
    """
    faults = Faults()
    arcs = ArcList()
    left_out = {"geometries that are no line": 0, "ways that are closed to vehicles or not made for them": 0}
    unread = UnreadTags()
    left_out["ways whose direction changes with the hour"] = 0
    for number, feature in enumerate(_features(path)):
        where = f"{path.name}: feature {number}"
        lines = _lines(feature)
        if lines is None:
            left_out["geometries that are no line"] += 1
            continue
        tags = _tags(feature)
        road_class = class_of(tags)
        direction = ways_of(tags)
        if road_class is None:
            left_out["ways that are closed to vehicles or not made for them"] += 1
        elif direction == "changing":
            left_out["ways whose direction changes with the hour"] += 1
        else:
            unread.see(tags)
            for line in lines:
                points = _points(line, where, faults)
                if direction != "backward":
                    _add(arcs, points, speed_kmh(tags, road_class, "forward"), road_class, where)
                if direction != "forward":
                    _add(arcs, points[::-1], speed_kmh(tags, road_class, "backward"), road_class, where)
    faults.raise_any()
    arcs.dropped.extend(f"{count} {what}." for what, count in left_out.items() if count)
    arcs.notes.extend(unread.notes())
    return arcs.network(path.name)


def _features(path: Path) -> Iterator[Mapping[str, Any]]:
    text = decode_text(path.name, read_bytes(path, path.name))
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError.one(f"{path.name}:{error.lineno}", f"is not JSON ({error.msg})", "Check this line.") from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise InputError.one(path.name, "is no FeatureCollection", "Give a GeoJSON FeatureCollection of lines.")
    return (feature if isinstance(feature, dict) else {} for feature in features)


def _lines(feature: Mapping[str, Any]) -> list[Any] | None:
    geometry = feature.get("geometry") or {}
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("LineString", "MultiLineString") or not isinstance(coordinates, list):
        return None
    return [coordinates] if kind == "LineString" else coordinates


def _tags(feature: Mapping[str, Any]) -> dict[str, str]:
    raw = feature.get("properties") or {}
    tags = {key: _word(value) for key, value in raw.items() if value is not None}
    tags.setdefault("highway", next((tags[key] for key in CLASS_KEYS if key in tags), "unclassified"))
    if "mph" in tags:
        tags.setdefault("maxspeed", f"{tags['mph']} mph")
    for ours, theirs in (("maxspeed", SPEED_KEYS), ("oneway", ONE_WAY_KEYS)):
        found = next((tags[key] for key in theirs if key in tags), None)
        if found is not None:
            tags[ours] = found
    return tags


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _points(line: Any, where: str, faults: Faults) -> list[tuple[float, float]]:
    points = []
    for point in line if isinstance(line, list) else []:
        good = isinstance(point, list) and len(point) >= 2 and all(isinstance(part, int | float) for part in point[:2])
        if not good or not (abs(point[0]) <= 180 and abs(point[1]) <= 90):
            faults.add(where, f"holds the point {point!r}", "Write degrees, longitude before latitude.")
            continue
        points.append((round(float(point[0]), DECIMALS), round(float(point[1]), DECIMALS)))
    return points


def _add(arcs: ArcList, points: list[tuple[float, float]], kmh: float, road_class: str, where: str) -> None:
    names = [f"{lon:.7f},{lat:.7f}" for lon, lat in points]
    for name, (lon_deg, lat_deg) in zip(names, points, strict=True):
        arcs.add_node(name, lon_deg, lat_deg)
    for place in range(len(points) - 1):
        tail, head = arcs.number_of[names[place]], arcs.number_of[names[place + 1]]
        length_m = float(great_circle_m(*points[place], *points[place + 1]))
        arcs.add(tail, head, length_m, kmh, road_class, both_ways=False, name=where)
