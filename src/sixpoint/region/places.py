"""Reads what stands somewhere (posts, facilities, AEDs, calls) and joins each to its nearest road node."""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from sixpoint.region.format import CAPABILITIES, FACILITY_KINDS, POST_KINDS, TABLES
from sixpoint.region.model import Aed, Call, Facility, Post
from sixpoint.region.rows import (
    Identifiers,
    imputed,
    optional_number,
    optional_yes_no,
    position,
    table_path,
    table_rows,
    words_of,
)
from sixpoint.road import Snapper
from sixpoint.tables import Faults

Place = TypeVar("Place", Post, Facility, Aed, Call)

# The day's longest job in any table we have seen is under a day; more is a wrong unit (minutes, milliseconds).
LONGEST_S = 86_400.0


def read_posts(folder: Path, faults: Faults) -> tuple[dict[str, Post], Identifiers]:
    """The posts, not yet on the network."""
    identifiers = Identifiers("posts", faults)
    posts: dict[str, Post] = {}
    for row in table_rows(folder, "posts", faults):
        post_id = identifiers.new(row)
        lon_deg, lat_deg = position(row)
        posts[post_id] = Post(
            post_id=post_id,
            name=row.text("name"),
            kind=row.one_of("kind", POST_KINDS),
            lon_deg=lon_deg,
            lat_deg=lat_deg,
            node=-1,
            snap_m=0.0,
            imputed=imputed(row, "posts"),
        )
    return posts, identifiers


def read_facilities(folder: Path, faults: Faults) -> tuple[dict[str, Facility], Identifiers]:
    """The facilities, not yet on the network."""
    identifiers = Identifiers("facilities", faults)
    facilities: dict[str, Facility] = {}
    for row in table_rows(folder, "facilities", faults):
        facility_id = identifiers.new(row)
        lon_deg, lat_deg = position(row)
        facilities[facility_id] = Facility(
            facility_id=facility_id,
            name=row.text("name"),
            kind=row.one_of("kind", FACILITY_KINDS),
            lon_deg=lon_deg,
            lat_deg=lat_deg,
            capabilities=frozenset(words_of(row, "capabilities", CAPABILITIES, ", ".join(CAPABILITIES))),
            open=row.yes_no("open"),
            node=-1,
            snap_m=0.0,
            imputed=imputed(row, "facilities"),
        )
    return facilities, identifiers


def read_aeds(folder: Path, faults: Faults) -> tuple[dict[str, Aed], Identifiers]:
    """The public AEDs, not yet on the network."""
    identifiers = Identifiers("aeds", faults)
    aeds: dict[str, Aed] = {}
    for row in table_rows(folder, "aeds", faults):
        aed_id = identifiers.new(row)
        lon_deg, lat_deg = position(row)
        aeds[aed_id] = Aed(aed_id, row.text("place"), lon_deg, lat_deg, -1, 0.0, imputed(row, "aeds"))
    return aeds, identifiers


def read_calls(
    folder: Path,
    call_codes: Collection[str] | None,
    days: tuple[datetime, datetime] | None,
    faults: Faults,
    *,
    needed: bool = True,
) -> tuple[dict[str, Call], Identifiers]:
    """The calls, not yet on the network; each within `days` and, if `call_codes` is given, with one of those codes.

    Where calls are not `needed`, because there is a demand model, the file may be absent.
    """
    identifiers = Identifiers("calls", faults)
    calls: dict[str, Call] = {}
    if not needed and not table_path(folder, "calls")[0].exists():
        return calls, identifiers
    for row in table_rows(folder, "calls", faults):
        call_id = identifiers.new(row)
        lon_deg, lat_deg = position(row)
        received_at = row.instant("received_at")
        if days is not None and row.raw("received_at") and not days[0] <= received_at < days[1]:
            row.fault(
                f"the call came at {received_at.isoformat()}, outside the region's days",
                "Correct received_at, or 'day' and 'days' in region.toml.",
            )
        code = row.text("dispatch_code")
        if call_codes is not None and code and code not in call_codes:
            row.fault(
                f"dispatch code '{code}' is not a known call type",
                "Write a NEMSIS eDispatch.01 code that dispatch knows (sixpoint dispatch call-types lists them).",
            )
        calls[call_id] = Call(
            call_id=call_id,
            received_at=received_at,
            lon_deg=lon_deg,
            lat_deg=lat_deg,
            dispatch_code=code,
            caller=row.raw("caller"),
            node=-1,
            snap_m=0.0,
            imputed=imputed(row, "calls"),
            on_scene_s=optional_number(row, "on_scene_s", 0, LONGEST_S),
            transport=optional_yes_no(row, "transport"),
            at_hospital_s=optional_number(row, "at_hospital_s", 0, LONGEST_S),
            note=row.raw("note"),
        )
    return calls, identifiers


def on_network(
    table: str,
    places: dict[str, Place],
    identifiers: Identifiers,
    snapper: Snapper,
    limit_m: float,
    faults: Faults,
) -> dict[str, Place]:
    """The places with their nearest node; one farther than `limit_m` from any road is a fault at its line."""
    # A place without a position has its fault already.
    on_earth = {key: place for key, place in places.items() if math.isfinite(place.lon_deg)}
    if not on_earth:
        return {}
    nodes, distances_m = snapper.nearest_many(
        [place.lon_deg for place in on_earth.values()], [place.lat_deg for place in on_earth.values()]
    )
    joined: dict[str, Place] = {}
    for (key, place), node, snap_m in zip(on_earth.items(), nodes.tolist(), distances_m.tolist(), strict=True):
        if snap_m > limit_m:
            faults.add(
                f"{TABLES[table].file}:{identifiers.line.get(key, 1)}",
                f"{TABLES[table].key} '{key}' lies {snap_m:,.0f} m from the nearest road, more than {limit_m:g} m",
                "Correct lon_deg and lat_deg, add the road, or raise snap_limit_m in region.toml.",
            )
        joined[key] = msgspec.structs.replace(place, node=node, snap_m=snap_m)
    return joined
