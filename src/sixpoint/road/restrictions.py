"""Turn restrictions as OpenStreetMap's relations say them (wiki.openstreetmap.org: Relation:restriction)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

EXCEPTED: Final = frozenset({"emergency", "motorcar", "motor_vehicle"})
# Whom a restriction is for, the most special first.
KEYS: Final = ("restriction:motorcar", "restriction:motor_vehicle", "restriction")
# How hours were written before there were conditional tags.
OLD_HOURS: Final = ("hour_on", "day_on", "hour_off", "day_off")
SOME_HOURS: Final = "that hold at some hours only: the turns are taken at any hour"

Member = tuple[str, str, int]


class Restriction(msgspec.Struct, frozen=True):
    """From a way over a node, or over ways one after the other: a way one must not take, or (`only`) must take.

    Several `from_ways` or `to_ways`: it holds from each to each.
    """

    from_ways: tuple[int, ...]
    via_node: int | None
    via_ways: tuple[int, ...]
    to_ways: tuple[int, ...]
    only: bool


class Reading(msgspec.Struct, frozen=True):
    """What a relation says: a restriction, or none; and in words what of it is left out."""

    restriction: Restriction | None
    left_out: str = ""


def read_restriction(tags: Mapping[str, str], members: Sequence[Member]) -> Reading:
    """The restriction of a relation with members (type, role, ref), and why it or a part of it is left out."""
    conditional = any(f"{key}:conditional" in tags for key in KEYS)
    kind = next((tags[key] for key in KEYS if key in tags), "")
    if not kind.startswith(("no_", "only_")):
        return Reading(None, SOME_HOURS if conditional else "of a kind that is not known")
    if EXCEPTED & {word.strip() for word in tags.get("except", "").split(";")}:
        return Reading(None, "that do not hold for us")
    if any(key in tags for key in OLD_HOURS):
        return Reading(None, SOME_HOURS)
    starts, ends, via_ways = (
        tuple(ref for type_, role, ref in members if (type_, role) == ("w", wanted)) for wanted in ("from", "to", "via")
    )
    via_nodes = [ref for type_, role, ref in members if (type_, role) == ("n", "via")]
    only = kind.startswith("only_")
    if not starts or not ends or len(via_nodes) + bool(via_ways) != 1:
        return Reading(None, "without a way from, a way to, or one place between them")
    if only and (len(starts) > 1 or len(ends) > 1):
        return Reading(None, "that allow one of several ways only")
    found = Restriction(starts, via_nodes[0] if via_nodes else None, via_ways, ends, only)
    return Reading(found, f"{SOME_HOURS}; what holds at all others does at these too" if conditional else "")
