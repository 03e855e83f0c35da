"""What a scenario says of demand beyond the region's own: a fit from a file, and surges; held against the region."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from sixpoint.dispatch import CallTypes
from sixpoint.errors import InputError
from sixpoint.plan.demand.draw import uncovered
from sixpoint.plan.demand.file import read_demand
from sixpoint.plan.demand.on_streets import anywhere, on_streets
from sixpoint.plan.tiered.modelled import Modelled, Surge
from sixpoint.plan.tiered.scenario.check import SHARE, Checking, check_mix
from sixpoint.plan.tiered.scenario.text import Scenario, SurgeText
from sixpoint.region import Region
from sixpoint.region.format import SNAP_LIMIT_M
from sixpoint.road import Snapper, great_circle_m

MOST_RADIUS_M: Final = 20_000.0
MOST_PER_HOUR: Final = 10_000.0


def read_model(scenario: Scenario, region: Region, folder: Path, types: CallTypes, at: Checking) -> Modelled | None:
    """The demand file of a scenario laid on the region's streets; None if it names none, or if anything is wrong."""
    text = scenario.demand
    if text.file is None or text.source == "log" or not 1 <= scenario.days <= 3660:
        return None
    before = len(at.faults.found)
    if not at.has_file(("demand", "file"), folder / text.file):
        return None
    try:
        demand = read_demand(folder / text.file, types.codes)
    except InputError as error:
        at.faults.found.extend(error.faults)
        return None
    if demand.timezone != region.timezone:
        what = f"it was fitted on the clock of {demand.timezone}, the region has that of {region.timezone}"
        at.fault(
            ("demand", "file"), what, "Write the region's time zone in the file if its hours are meant to be local."
        )
    start = region.starts_at
    if text.first_day is not None:
        start = datetime(text.first_day.year, text.first_day.month, text.first_day.day, tzinfo=demand.zone)
    flat = text.season == "flat"
    lacking = () if flat else uncovered(demand, start, start.astimezone(UTC) + timedelta(days=scenario.days))
    if lacking:
        what = f"the season of {text.file} does not cover {', '.join(lacking)}, which are simulated"
        key = "first_day" if text.first_day is not None else "file"
        at.fault(("demand", key), what, 'Choose another first_day or fewer days, or write season = "flat".')
    if demand.cells is not None and text.places == "fit":
        laid, streets = on_streets(demand, region.network, at.faults)
    else:
        laid, streets = anywhere(demand, region.network)
    if len(at.faults.found) > before:
        return None
    index = {code: place for place, code in enumerate(types.codes)}
    kinds = np.array([index[code] for code in laid.mix.types], np.int64)
    return Modelled(laid, streets, start, kinds, flat)


def surges_of(scenario: Scenario, region: Region, types: CallTypes, at: Checking) -> tuple[Surge, ...]:
    """The surges of a scenario with their streets; what is wrong with one is noted, and it is left out."""
    found = []
    for number, text in enumerate(scenario.surge):
        before = len(at.faults.found)
        place = _place(text, number, scenario, region, at)
        per_hour = _rate(text, number, at)
        _check_span(text, number, scenario, at)
        check_mix(text.mix, ("surge", number, "mix"), types, at)
        if not text.mix:
            at.fault(("surge", number, "mix"), f"surge '{text.name}' has no mix", 'Write shares like "2301013" = 1.0.')
        if text.transport_share is not None and not 0 <= text.transport_share <= 1:
            what = f"transport_share is {text.transport_share:g}, no share"
            at.fault(("surge", number, "transport_share"), what, SHARE)
        if place is None or len(at.faults.found) > before:
            continue
        nodes, up_to = _nodes(region, place, text.radius_m)
        index = {code: spot for spot, code in enumerate(types.codes)}
        kinds, shares = np.array([index[code] for code in text.mix], np.int64), np.array(list(text.mix.values()))
        found.append(
            Surge(
                text.name, text.from_h, text.to_h, 24.0 * text.every_days, per_hour, nodes, up_to, kinds, shares,
                text.transport_share,
            )
        )  # fmt: skip
    return tuple(found)


def _place(
    text: SurgeText, number: int, scenario: Scenario, region: Region, at: Checking
) -> tuple[float, float] | None:
    """Longitude and latitude of a surge, of its post or its own."""
    path, name = ("surge", number), f"surge '{text.name}'"
    own = (text.lon_deg, text.lat_deg)
    if (text.post is None) == (own == (None, None)) or (own[0] is None) != (own[1] is None):
        at.fault(path, f"{name} has no place, or two", "Write post = ..., or lon_deg = ... and lat_deg = ...")
        return None
    if text.post is not None:
        posts = {one.post_id: (one.lon_deg, one.lat_deg) for one in region.posts.values()}
        posts |= {one.post_id: (one.lon_deg, one.lat_deg) for one in scenario.post}
        if text.post not in posts:
            shown = ", ".join(sorted(posts)[:20])
            at.fault((*path, "post"), f"{name}: post '{text.post}' is not known", f"Posts are: {shown}.")
        return posts.get(text.post)
    lon_deg, lat_deg = text.lon_deg or 0.0, text.lat_deg or 0.0
    if not (-180 <= lon_deg <= 180 and -90 <= lat_deg <= 90):
        what = f"{name} is at {lon_deg:g}, {lat_deg:g}, which is not on Earth"
        at.fault((*path, "lon_deg"), what, "Write degrees, lon_deg from -180 to 180, lat_deg -90 to 90.")
        return None
    _, off_m = Snapper(region.network).nearest(lon_deg, lat_deg)
    if off_m > SNAP_LIMIT_M:
        what = f"{name} is {off_m:,.0f} m from the nearest road, more than {SNAP_LIMIT_M:g} m"
        at.fault((*path, "lon_deg"), what, "Correct lon_deg and lat_deg.")
        return None
    return lon_deg, lat_deg


def _rate(text: SurgeText, number: int, at: Checking) -> float:
    """Calls an hour, from whichever way they are told."""
    path, name = ("surge", number), f"surge '{text.name}'"
    crowd = (text.attendees, text.per_thousand)
    if (text.calls_per_hour is None) == (crowd == (None, None)) or (crowd[0] is None) != (crowd[1] is None):
        remedy = "Write calls_per_hour = ..., or attendees = ... and per_thousand = ..."
        at.fault(path, f"{name} does not say how many call, or says it twice", remedy)
        return 0.0
    if text.calls_per_hour is not None:
        per_hour = text.calls_per_hour
    else:
        both = (text.attendees or 0.0) * (text.per_thousand or 0.0) / 1000
        per_hour = both / (text.to_h - text.from_h) if text.to_h > text.from_h else 0.0
        if min(text.attendees or 0.0, text.per_thousand or 0.0) < 0:
            per_hour = -1.0
    if not (math.isfinite(per_hour) and 0 <= per_hour <= MOST_PER_HOUR):
        key = "calls_per_hour" if text.calls_per_hour is not None else "attendees"
        at.fault((*path, key), f"{name} has {per_hour:g} calls an hour", f"Write what gives 0 to {MOST_PER_HOUR:g}.")
    return per_hour


def _check_span(text: SurgeText, number: int, scenario: Scenario, at: Checking) -> None:
    path, name = ("surge", number), f"surge '{text.name}'"
    if not 0 <= text.from_h < text.to_h < float("inf"):
        what = f"{name} runs from {text.from_h:g} to {text.to_h:g}"
        at.fault((*path, "to_h"), what, "Write hours of the simulation, from 0 up, the end after the start.")
    elif text.from_h >= 24 * scenario.days:
        what = f"{name} begins at hour {text.from_h:g}, after the {scenario.days} days that are simulated"
        at.fault((*path, "from_h"), what, "Add days, or move it.")
    elif text.every_days < 0 or 0 < 24 * text.every_days < text.to_h - text.from_h:
        what = f"{name} comes every {text.every_days} days and lasts {text.to_h - text.from_h:g} h"
        at.fault((*path, "every_days"), what, "Write 0 (once), or days that are longer than it lasts.")
    if not 0 <= text.radius_m <= MOST_RADIUS_M:
        what = f"{name}: radius_m is {text.radius_m:g}"
        at.fault((*path, "radius_m"), what, f"Write metres from 0 to {MOST_RADIUS_M:g}.")


def _nodes(region: Region, place: tuple[float, float], radius_m: float) -> tuple[Any, Any]:
    """The nodes within the radius, the nearest one in any case, and their cumulated lengths of street, m."""
    network = region.network
    nearest, _ = Snapper(network).nearest(*place)
    metres = np.bincount(network.tails(), weights=network.length_m, minlength=network.node_count) * network.can_stop
    near = great_circle_m(network.lon_deg, network.lat_deg, *place) <= radius_m
    nodes = np.flatnonzero(near & (metres > 0))
    if not len(nodes):
        return np.array([nearest], np.int64), np.ones(1)
    return nodes, np.cumsum(metres[nodes])
