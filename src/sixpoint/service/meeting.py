"""Where an ambulance on its way to hospital should meet a unit that may do more, on a region's roads."""

from __future__ import annotations

import msgspec
import numpy as np

from sixpoint.dispatch import Policy, Rendezvous, plan_rendezvous
from sixpoint.errors import InputError
from sixpoint.region import Facility, Region
from sixpoint.road import Snapper, TravelTimes

SNAP_LIMIT_M = 2_000.0


class Meeting(msgspec.Struct, frozen=True):
    """The plan, and the place of the meeting if there is one (degrees)."""

    plan: Rendezvous
    facility_id: str
    lon_deg: float
    lat_deg: float


def meeting_on_the_way(
    region: Region,
    scene: tuple[float, float],
    advanced: tuple[float, float],
    facility_id: str | None,
    policy: Policy,
    ready_s: float,
) -> Meeting:
    """Wait on scene, drive in, or meet on the way: whichever brings advanced care soonest (lon, lat in degrees).

    Without a facility, the nearest open one. `ready_s`: when the ambulance can leave. Both drive with lights.
    """
    times = TravelTimes(region.network).at_factor(region.lights_factor)
    snap = Snapper(region.network)
    start, other = (_node(snap, name, place) for name, place in (("scene", scene), ("advanced unit", advanced)))
    facility = _facility(region, facility_id, times, start)
    route = times.path(start, facility.node)
    # Seconds at the network's own speed become seconds at the factor: the end of the route is the measure.
    whole_s = times.seconds(start, facility.node)
    route_s = np.asarray(route.at_s) * (whole_s / route.seconds if route.seconds else 1.0)
    plan = plan_rendezvous(route_s, lambda: times.to_many(other, route.nodes), policy, ready_s=ready_s)
    return Meeting(plan, facility.facility_id, float(route.lon_deg[plan.place]), float(route.lat_deg[plan.place]))


def _node(snap: Snapper, name: str, place: tuple[float, float]) -> int:
    node, metres = snap.nearest(*place)
    if metres > SNAP_LIMIT_M:
        raise InputError.one(
            name,
            f"{place[0]},{place[1]} lies {metres / 1000:.1f} km from the nearest road",
            "Name a place in the region.",
        )
    return int(node)


def _facility(region: Region, facility_id: str | None, times: TravelTimes, start: int) -> Facility:
    if facility_id is not None and facility_id not in region.facilities:
        known = ", ".join(region.facilities)
        raise InputError.one("facility", f"'{facility_id}' is not of this region", f"It has: {known}.")
    if facility_id is not None:
        return region.facilities[facility_id]
    open_ones = [one for one in region.facilities.values() if one.open]
    if not open_ones:
        raise InputError.one("facility", "no facility of this region is open", "Name one with --facility.")
    return min(open_ones, key=lambda one: (times.seconds(start, one.node), one.facility_id))
