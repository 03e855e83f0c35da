"""Opens a service from a region: the commands that make its posts, facilities, clinicians and units known."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import numpy as np
from msgspec import UNSET

from sixpoint.care import load_pathways
from sixpoint.dispatch import Candidate, Policy, choose, load_call_types, weigh
from sixpoint.ops import Facility, Leg, Place, Post, World
from sixpoint.ops import commands as c
from sixpoint.plan.cover_table import bundled_cover_table
from sixpoint.region import Region
from sixpoint.road import TravelTimes, user_cache
from sixpoint.scope import equipment_of_kit
from sixpoint.service.travel import RoadTravel

CACHED_NODES: Final = 20_000


def ms(instant: datetime) -> int:
    """An instant as ms since 1970 UTC."""
    return round(instant.timestamp() * 1000)


def world_of(region: Region, policy: Policy | None = None) -> World:
    """What decisions in this region ask: its rulebook, the call types, a policy, its roads.

    The times of a large network are kept in the user's cache, under its content hash. The cover table is made only for
    a policy that moves units or weighs cover: it takes one look at the roads for each post.
    """
    cache = user_cache() if region.network.lon_deg.size > CACHED_NODES else None
    times = TravelTimes(region.network, cache=cache)
    policy, call_types = policy or Policy(), load_call_types()
    wants_cover = policy.move_up or policy.weigh_cover
    return World(
        pathways=load_pathways(region.pathways),
        rulebook=region.rules,
        call_types=call_types,
        policy=policy,
        travel=RoadTravel(times, region.lights_factor, region.speeds),
        cover=bundled_cover_table(region, call_types, policy, times) if wants_cover and region.calls else None,
    )


def settle_memory() -> None:
    """Spares answers the pauses in which Python looks for garbage among rulebook, roads and crews, which stay.

    What is there now is not looked through again, and what comes is looked through seldom: events, states and reasons
    are values without cycles, which go by themselves. Where a process holds much (two cities and 20,000 units), the
    99th percentile of a recommendation among 10,000 was 44 to 52 ms without it in three runs, 24 to 32 with it; where
    it holds little, it makes no difference (`python -m benchmarks choice`).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def warm_up(world: World) -> None:
    """Has everything compiled that decides, so that the first call of a service waits no longer than the others.

    Takes tens of seconds the first time on a machine, a fraction of one after that. Settles the memory of the process.
    """
    call_type = next(iter(world.call_types.values()))
    index = {skill.id: skill.index for skill in world.rulebook.skills}
    everything = (1 << len(index)) - 1
    # One near who may do nothing, one near who may do half, one far who may do all: every kind of reason is looked for.
    able = (("near", 0, 30.0), ("half", everything // 3, 40.0), ("far", everything, 300.0))
    nobody = [
        Candidate(unit_id=name, standing=may, with_order=may, can_transport=True, eta_s=eta_s)
        for name, may, eta_s in able
    ]
    if world.cover is not None:
        assert len(world.cover.cover.reach) == len(world.cover.cover.classes)  # made on the first use
    choose(call_type, nobody, index, world.policy)
    weigh(call_type, nobody, ["far"], index, world.policy)
    here = Place(0.0, 0.0, 0)
    world.travel.seconds_from_many(np.zeros(2, np.int64), np.zeros(2, np.int64), here, 0, lights=False)
    world.travel.place_at(Leg(here, here, 0, 1, lights=False), 0)
    settle_memory()


def opening_commands(region: Region, at_ms: int) -> Iterator[c.AnyCommand]:
    """The commands that open the service at that instant; nobody is on duty yet."""
    yield c.OpenService(
        at_ms=at_ms,
        service_id=region.id,
        name=region.name,
        synthetic=region.synthetic,
        network=region.roads_hash,
    )
    for post in region.posts.values():
        place = Place(post.lon_deg, post.lat_deg, post.node)
        yield c.AddPost(at_ms=at_ms, post=Post(post.post_id, post.name, post.kind, place))
    for facility in region.facilities.values():
        known = Facility(
            facility_id=facility.facility_id,
            name=facility.name,
            place=Place(facility.lon_deg, facility.lat_deg, facility.node),
            capabilities=tuple(sorted(facility.capabilities)),
            is_open=facility.open,
            kind=UNSET if facility.has_emergency_department else facility.kind,
        )
        yield c.AddFacility(at_ms=at_ms, facility=known)
    for clinician in region.clinicians.values():
        yield c.EnrolClinician(at_ms=at_ms, clinician=clinician)
    for unit in region.units.values():
        yield c.AddUnit(
            at_ms=at_ms,
            unit_id=unit.unit_id,
            call_sign=unit.call_sign,
            kind=unit.kind,
            post_id=unit.post_id,
            can_transport=unit.transport,
            equipment=tuple(sorted(equipment_of_kit(region.rules, unit.kit))),
            turnout_s=unit.turnout_s,
            expires_ms={item: ms(until) for item, until in sorted(unit.expires.items())},
            mutual_aid=unit.mutual_aid,
        )
