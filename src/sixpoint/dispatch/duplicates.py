"""Calls that may be about one incident: near in time, place and type. Proposed to a person, never blocked."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Final

import msgspec

from sixpoint.dispatch.needs import CallTypes
from sixpoint.dispatch.policy import Policy

EARTH_RADIUS_M = 6_371_008.8  # mean radius of the WGS 84 ellipsoid
BESIDE: Final = tuple(product((-1, 0, 1), repeat=3))  # a cell and the 26 around it


class CallSeen(msgspec.Struct, frozen=True):
    """What is known of a call when it comes in; `received_s` in seconds on any one clock."""

    call_id: str
    received_s: float
    lon_deg: float
    lat_deg: float
    dispatch_code: str


class DuplicateProposal(msgspec.Struct, frozen=True):
    """This call may be about the same incident as that earlier one."""

    call_id: str
    same_as: str
    apart_s: float
    apart_m: float
    because: str


def metres_between(first: CallSeen, second: CallSeen) -> float:
    """Great-circle distance; NaN if a coordinate is no number."""
    lat_1, lat_2 = math.radians(first.lat_deg), math.radians(second.lat_deg)
    half_lat = (lat_2 - lat_1) / 2
    half_lon = math.radians(second.lon_deg - first.lon_deg) / 2
    if not (math.isfinite(half_lat) and math.isfinite(half_lon)):
        return math.nan
    chord = math.sin(half_lat) ** 2 + math.cos(lat_1) * math.cos(lat_2) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, chord)))


def propose_duplicates(
    call: CallSeen, others: Iterable[CallSeen], call_types: CallTypes, policy: Policy
) -> tuple[DuplicateProposal, ...]:
    """The calls that `call` may repeat, the nearest first; both limits are included.

    Two types belong together if they are of one family, as callers describe one event in different words. A call of
    unknown type belongs only with calls of the same code.
    """
    found = []
    for other in others:
        apart_s = abs(call.received_s - other.received_s)
        apart_m = metres_between(call, other)
        if other.call_id == call.call_id or not apart_s <= policy.duplicate_within_s:
            continue
        if not apart_m <= policy.duplicate_within_m or not _alike(call, other, call_types):
            continue
        because = f"{apart_m:.0f} m and {apart_s:.0f} s apart, {_type_words(call, other, call_types)}"
        found.append(DuplicateProposal(call.call_id, other.call_id, apart_s, apart_m, because))
    return tuple(sorted(found, key=lambda proposal: (proposal.apart_m, proposal.apart_s, proposal.same_as)))


def propose_all_duplicates(
    calls: Iterable[CallSeen], call_types: CallTypes, policy: Policy
) -> Iterator[tuple[DuplicateProposal, ...]]:
    """For each call, in order of receipt, that may repeat earlier ones: those earlier calls, the nearest first.

    The same as `propose_duplicates` over all earlier calls, in one pass: a call is held only against those received
    within the limit before it, in its own cell of a grid and the cells beside it. Of two calls received at the same
    moment the first given is the earlier. A call whose time or place is no number repeats none.
    """
    known = [call for call in calls if math.isfinite(call.received_s + call.lon_deg + call.lat_deg)]
    cells: dict[tuple[int, int, int], deque[CallSeen]] = {}
    for call in sorted(known, key=lambda one: one.received_s):
        x, y, z = _cell(call, policy.duplicate_within_m)
        near: list[CallSeen] = []
        for dx, dy, dz in BESIDE:
            earlier = cells.get((x + dx, y + dy, z + dz))
            if earlier is None:
                continue
            while earlier and call.received_s - earlier[0].received_s > policy.duplicate_within_s:
                earlier.popleft()
            near.extend(earlier)
        found = propose_duplicates(call, near, call_types, policy)
        cells.setdefault((x, y, z), deque()).append(call)
        if found:
            yield found


def _cell(call: CallSeen, within_m: float) -> tuple[int, int, int]:
    """The cube of space that a call lies in: no date line, no pole.

    A chord is shorter than its arc, so calls within the limit lie in one cube or in two that touch. The cubes are a
    little larger than the limit, so that rounding loses no pair.
    """
    lon, lat = math.radians(call.lon_deg), math.radians(call.lat_deg)
    size = (1.001 * within_m + 1) / EARTH_RADIUS_M
    place = (math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat))
    x, y, z = (math.floor(part / size) for part in place)
    return x, y, z


def _alike(call: CallSeen, other: CallSeen, call_types: CallTypes) -> bool:
    if call.dispatch_code == other.dispatch_code:
        return True
    one, two = call_types.get(call.dispatch_code), call_types.get(other.dispatch_code)
    return one is not None and two is not None and one.family == two.family


def _type_words(call: CallSeen, other: CallSeen, call_types: CallTypes) -> str:
    if call.dispatch_code == other.dispatch_code:
        return "same type"
    return f"both {call_types[call.dispatch_code].family}"
