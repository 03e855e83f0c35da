"""Where an ambulance on its way to hospital should meet a unit that may do more, on a region's roads."""

from __future__ import annotations

from datetime import datetime

import msgspec
import numpy as np

from sixpoint.dispatch import Policy, Rendezvous, plan_rendezvous
from sixpoint.errors import InputError
from sixpoint.region import Region
from sixpoint.road import TravelTimes
from sixpoint.service.standby import scene_in


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
    facility_id: str,
    policy: Policy,
    ready_s: float,
    at: datetime | None = None,
) -> Meeting:
    """Wait on scene, drive in, or meet on the way: whichever brings advanced care soonest (lon, lat in degrees).

    `ready_s`: when the ambulance can leave. Both drive with lights, as fast as at the instant `at`, or as in the mean
    of the week. `InputError` for a place farther from a road than the region allows, or a facility that it has not.
    """
    if facility_id not in region.facilities:
        known = ", ".join(region.facilities)
        raise InputError.one("--facility", f"'{facility_id}' is not of this region", f"It has: {known}.")
    times = TravelTimes(region.network).at_factor(region.road_factor(True, at))
    start, other = scene_in(region, *scene).node, scene_in(region, *advanced, where="advanced unit").node
    facility = region.facilities[facility_id]
    route = times.path(start, facility.node)
    # Seconds at the network's own speed become seconds at the factor: the end of the route is the measure.
    whole_s = times.seconds(start, facility.node)
    route_s = np.asarray(route.at_s) * (whole_s / route.seconds if route.seconds else 1.0)
    plan = plan_rendezvous(route_s, lambda: times.to_many(other, route.nodes), policy, ready_s=ready_s)
    return Meeting(plan, facility.facility_id, float(route.lon_deg[plan.place]), float(route.lat_deg[plan.place]))
