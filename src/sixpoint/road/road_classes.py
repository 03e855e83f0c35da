"""Road classes and what their tags say: may a vehicle enter, which way, how fast.

Tags are those of OpenStreetMap (wiki.openstreetmap.org: Key:highway, Key:access, Key:oneway, Key:maxspeed), which
GeoJSON files of streets mostly carry too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

from sixpoint.tables import Faults, read_table

EMERGENCY_WAY: Final = "emergency_way"
KMH_PER: Final[Mapping[str, float]] = {
    "": 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852,
}  # fmt: skip
# Words instead of numbers, and implicit limits such as 'DE:urban' by their second half.
SPEED_WORDS: Final[Mapping[str, float]] = {
    "walk": 7.0, "living_street": 7.0, "zone10": 10.0, "zone20": 20.0, "zone30": 30.0, "zone:30": 30.0,
    "bicycle_road": 30.0, "urban": 50.0, "none": 130.0,
}  # fmt: skip
FASTEST_KMH: Final = 160.0
# Most special first: the first of these keys that is there decides.
ACCESS_KEYS: Final = ("emergency", "motorcar", "motor_vehicle", "vehicle", "access")
CLOSED: Final = frozenset({"no", "private"})
# Barriers without a sign that says who may pass; gates are taken to open.
SOLID_BARRIERS: Final = frozenset({"bollard", "block", "jersey_barrier", "cycle_barrier", "planter", "log", "debris"})
FORWARD: Final = frozenset({"yes", "true", "1"})
BACKWARD: Final = frozenset({"-1", "reverse"})
BOTH: Final = frozenset({"no", "false", "0", "alternating"})
CHANGING: Final = "reversible"
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z/]*)")

Ways = Literal["both", "forward", "backward", "changing"]


@cache
def free_flow_kmh() -> Mapping[str, float]:
    """The speed assumed for each road class where none is posted; the classes are those a vehicle may use."""
    faults = Faults()
    path = files("sixpoint.road") / "data" / "road_classes.csv"
    rows = read_table(
        Path(str(path)), "road_classes.csv", ("road_class", "free_flow_kmh"), ("source", "confidence"), faults
    )
    speeds = {row.text("road_class"): row.number("free_flow_kmh", 1, FASTEST_KMH) for row in rows}
    faults.raise_any()
    return speeds


def class_of(tags: Mapping[str, str]) -> str | None:
    """The class of a way a vehicle may use, or None if it is no road or closed (access no or private).

    A way signed open to emergency vehicles is open whatever else is signed.
    """
    highway = tags.get("highway", "")
    if not highway or tags.get("route") == "ferry" or tags.get("area") == "yes":
        return None
    access = next((tags[key] for key in ACCESS_KEYS if key in tags), "yes")
    if access in CLOSED:
        return None
    if highway in free_flow_kmh() and highway != EMERGENCY_WAY:
        return highway
    signed_for_us = tags.get("emergency") in ("yes", "designated", "official")
    walkable = highway in ("pedestrian", "footway", "path", "cycleway", "track", "busway", "bridleway")
    return EMERGENCY_WAY if signed_for_us and walkable else None


def is_blocked(tags: Mapping[str, str]) -> bool:
    """Whether a point on a way stops a vehicle: a solid barrier, or one that is closed and not open to us."""
    if "barrier" not in tags:
        return False
    access = next((tags[key] for key in ACCESS_KEYS if key in tags), "")
    return access in CLOSED or (not access and tags["barrier"] in SOLID_BARRIERS)


def ways_of(tags: Mapping[str, str]) -> Ways:
    """Which way traffic runs: as drawn, against it, both ways, or changing with the hour.

    Roundabouts and motorways are one-way unless signed otherwise.
    """
    one_way = tags.get("oneway", "").strip().lower()
    if one_way in FORWARD:
        return "forward"
    if one_way in BACKWARD:
        return "backward"
    if one_way == CHANGING:
        return "changing"
    if one_way in BOTH:
        return "both"
    if tags.get("junction") in ("roundabout", "circular") or tags.get("highway") in ("motorway", "motorway_link"):
        return "forward"
    return "both"


def says_no_direction(text: str) -> bool:
    """Whether a tag for one-way is there and says nothing that is known."""
    one_way = text.strip().lower()
    return bool(one_way) and one_way not in FORWARD | BACKWARD | BOTH | {CHANGING}


def says_no_speed(text: str) -> bool:
    """Whether a tag for a posted speed is there and holds no speed of a road vehicle."""
    return bool(text.strip()) and posted_kmh(text) is None


def speed_kmh(tags: Mapping[str, str], road_class: str, direction: Literal["forward", "backward"]) -> float:
    """The posted speed in that direction, else the one assumed for the class, km/h."""
    for key in (f"maxspeed:{direction}", "maxspeed"):
        posted = posted_kmh(tags.get(key, ""))
        if posted is not None:
            return posted
    return free_flow_kmh().get(road_class, free_flow_kmh()["unclassified"])


def posted_kmh(text: str) -> float | None:
    """A posted speed such as '50', '30 mph', 'DE:urban' or '50;30' (the slowest counts), km/h; None if it says none."""
    speeds = [speed for part in re.split(r"[;|]", text.lower()) if (speed := _one_kmh(part.strip())) is not None]
    return min(speeds) if speeds else None


def _one_kmh(text: str) -> float | None:
    word = text if text in SPEED_WORDS else text.partition(":")[2]
    if word in SPEED_WORDS:
        return SPEED_WORDS[word]
    match = _NUMBER.fullmatch(text)
    if match is None or match[2] not in KMH_PER:
        return None
    speed = float(match[1]) * KMH_PER[match[2]]
    return speed if 0 < speed <= FASTEST_KMH else None
