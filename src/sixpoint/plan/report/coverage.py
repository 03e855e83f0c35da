"""What posts could do if every unit were free: the needs that somebody who may meet them reaches in time."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np

from sixpoint.dispatch.arrays import arrival_target_s
from sixpoint.plan.tiered.measure import seed_of
from sixpoint.plan.tiered.patients import draw_patients
from sixpoint.plan.tiered.scenario import Prepared

# So many calls say enough, and a thousand units times as many are looked at in seconds.
MOST_CALLS: Final = 4000


class Covered(msgspec.Struct, frozen=True, eq=False):
    """The needs of one skill: at which node each is, and whether a lawful performer on duty is near enough."""

    node: Any
    within: Any


class Coverage(msgspec.Struct, frozen=True, eq=False):
    """Coverage by skill."""

    skills: dict[str, Covered]


def coverage(prepared: Prepared) -> Coverage:
    """Whether each need of a drawn sample of calls could be met on target by a unit that waits at its post.

    The unit must be on duty at the hour of the call with a crew that may meet the need, standing or with an order, and
    be able to transport where that is what is needed; turnout and the road at the pace of the call's acuity, after the
    alert, must fit into the need's target. Two pairs of hands are not asked for, and nobody is busy: the simulation
    tells what becomes of this when calls coincide.
    """
    service, scenario = prepared.service, prepared.scenario
    seed = seed_of(scenario.seed, 0)
    calls = draw_patients(prepared.region, service.types, prepared.demand, scenario.days, seed).calls[:MOST_CALLS]
    world, units = service.world, service.units
    if not len(calls):
        return Coverage({})
    posts, of_unit = np.unique(units["post"], return_inverse=True)
    road_s = np.array([service.travel.to_many(int(post), calls["node"]) for post in posts])
    lights = world.types["lights"][calls["type"]] == 1
    factor = np.where(lights, *world.factors.mean(axis=1))
    best = np.full((24, len(calls)), np.inf)
    for unit in range(len(units)):
        eta_s = units["turnout"][unit] / 1000 + road_s[of_unit[unit]] * factor
        able = world.able[_capability(world.roster, unit, calls["at"]), calls["type"]]
        if not units["transports"][unit]:
            able &= ~world.types["carry"][calls["type"]]
        for bit in range(len(best)):
            best[bit] = np.where(able >> bit & 1 == 1, np.minimum(best[bit], eta_s), best[bit])
    found: dict[str, list[tuple[Any, Any]]] = {}
    for place, code in enumerate(service.types.codes):
        here = calls["type"] == place
        for bit, need in enumerate(service.types[code].needs):
            real = here & (calls["mask"] >> bit & 1 == 1)
            target_s = arrival_target_s(service.types[code], need.order, service.policy)
            found.setdefault(need.skill, []).append((calls["node"][real], best[bit][real] <= target_s))
    skills = {
        skill: Covered(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        for skill, parts in sorted(found.items())
    }
    return Coverage({skill: one for skill, one in skills.items() if len(one.node)})


def _capability(roster: Any, unit: int, at_ms: Any) -> Any:
    """The capability that the roster puts on a unit at each instant; 0 is nobody's."""
    own = roster[roster["unit"] == unit]
    own = own[np.argsort(own["at"], kind="stable")]
    place = np.searchsorted(own["at"], at_ms, side="right") - 1
    there = (place >= 0) & (len(own) > 0)
    if not len(own):
        return np.zeros(len(at_ms), np.int64)
    return np.where(there & (own["hands"][place] > 0), own["cap"][place], 0)
