"""Calls that may be about one incident: near in time, place and type. Proposed to a person, never blocked."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from sixpoint.dispatch.needs import CallTypes
from sixpoint.dispatch.policy import Policy

EARTH_RADIUS_M = 6_371_008.8  # mean radius of the WGS 84 ellipsoid


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


def _alike(call: CallSeen, other: CallSeen, call_types: CallTypes) -> bool:
    if call.dispatch_code == other.dispatch_code:
        return True
    one, two = call_types.get(call.dispatch_code), call_types.get(other.dispatch_code)
    return one is not None and two is not None and one.family == two.family


def _type_words(call: CallSeen, other: CallSeen, call_types: CallTypes) -> str:
    if call.dispatch_code == other.dispatch_code:
        return "same type"
    return f"both {call_types[call.dispatch_code].family}"
