"""The choice of units on real roads: time for one recommendation, positions of moving units included."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Final

import numpy as np
from scipy.sparse.csgraph import dijkstra

from benchmarks.figure import Figure, beside, best_of, shared_data
from sixpoint.dispatch import Policy, choose, load_call_types
from sixpoint.dispatch.arrays import make_question, make_units
from sixpoint.dispatch.desk import new_desk
from sixpoint.dispatch.kernel import choose_units
from sixpoint.ops import Incident, Leg, Place, State, Unit, World
from sixpoint.ops.decide.fleet import skill_index
from sixpoint.ops.decide.sight import free_candidates
from sixpoint.ops.state import Member
from sixpoint.road import RoadNetwork, TravelTimes
from sixpoint.road.jemss import read_jemss_roads
from sixpoint.scope import load_rulebook
from sixpoint.service.opening import settle_memory
from sixpoint.service.travel import RoadTravel

SIZES: Final = ((10, 860), (100, 860), (1_000, 860), (10_000, 172))  # units, recommendations measured
AT: Final = datetime(2026, 5, 1, 12, tzinfo=UTC)
AT_MS: Final = round(AT.timestamp() * 1000)
TURNOUT_S: Final = 60.0
CHANGING: Final = 0.01  # share of the units that changed since the question before: some ten events at 1,000 units


def figures() -> Iterator[Figure]:
    """99th percentile, median and kernel alone at 10 to 10,000 units; nothing where the road data is absent."""
    data = shared_data()
    for city in ("manhattan", "auckland") if data else ():
        yield from _of_city(city, read_jemss_roads(data / "jemss" / city).network(1))


def _of_city(city: str, network: RoadNetwork) -> Iterator[Figure]:
    times = TravelTimes(network)
    world = World(load_rulebook(), load_call_types(), Policy(), RoadTravel(times))
    matrix = network.matrix()
    one_to_all_ms = 1000 * best_of(5, lambda: dijkstra(matrix, indices=7))
    rng = random.Random(5)
    crews = _crews(world)
    for units, runs in SIZES:
        fleet = {unit.unit_id: unit for unit in (_some_unit(rng, n, crews, network, world) for n in range(units))}
        anew = [_some_unit(rng, rng.randrange(units), crews, network, world) for _ in range(max(units, 1_000))]
        scenes = [_somewhere(rng, network) for _ in range(runs)]
        settle_memory()  # as a service does when it opens
        whole_ms, busy_ms, kernel_ms = _measure(fleet, anew, scenes, world)
        name = f"choice, {city}, {units} units"
        yield beside(f"{name}: 99th percentile, beside one Dijkstra", _percentile(whole_ms, 99), "ms", one_to_all_ms)
        yield beside(f"{name}: 99th percentile of processor time", _percentile(busy_ms, 99), "ms", one_to_all_ms)
        yield beside(f"{name}: median", _percentile(whole_ms, 50), "ms", one_to_all_ms)
        yield beside(f"{name}: kernel alone, 99th percentile", _percentile(kernel_ms, 99), "ms", one_to_all_ms)


def _measure(
    fleet: dict[str, Unit], anew: list[Unit], scenes: list[Place], world: World
) -> tuple[list[float], list[float], list[float]]:
    """Wall time, processor time (what is left of it on a machine that others use too), and the kernel's wall time.

    The live service's own functions, from the units as they stand to the choice with its reasons. Before each question
    some units change: they are elsewhere, under way or with another crew.
    """
    whole_ms, busy_ms, kernel_ms = [], [], []
    index, call_types, policy = skill_index(world), world.call_types, world.policy
    for code in call_types:  # compiles, and warms what a service has warm
        incident = _incident(code, scenes[0], world)
        choose(call_types[code], free_candidates(State(units=fleet), incident, AT_MS, world), index, policy)
    changes = cycle(anew)
    for code, scene in zip(islice(cycle(call_types), len(scenes)), scenes, strict=True):
        incident = _incident(code, scene, world)
        fleet = {**fleet, **{unit.unit_id: unit for unit in islice(changes, math.ceil(CHANGING * len(fleet)))}}
        state = State(units=fleet)
        start, busy = time.perf_counter(), time.thread_time()
        candidates = free_candidates(state, incident, AT_MS, world)
        choice = choose(call_types[code], candidates, index, policy)
        whole_ms.append(1000 * (time.perf_counter() - start))
        busy_ms.append(1000 * (time.thread_time() - busy))
        assert choice.sent
        question, units = make_question(call_types[code], index, policy), make_units(candidates, index)
        desk = new_desk(len(fleet), len(call_types[code].needs), policy.max_units)
        start = time.perf_counter()
        choose_units(question, units, len(fleet), desk)
        kernel_ms.append(1000 * (time.perf_counter() - start))
    return whole_ms, busy_ms, kernel_ms


def _incident(code: str, scene: Place, world: World) -> Incident:
    return Incident("i", code, world.call_types[code].acuity, scene, received_ms=AT_MS, opened_ms=AT_MS)


def _crews(world: World) -> list[tuple[Member, bool]]:
    """What one clinician of each level may do by the national rulebook, and whether the unit transports."""
    rules = world.rulebook
    may = [
        (level, sum(1 << skill.index for skill in rules.skills if rules.can(level, skill.id, AT).allowed))
        for level in rules.levels
    ]
    members = [Member(f"c-{level}", level, f"{bits:x}", f"{bits:x}") for level, bits in may]
    return [
        (members[0], False),
        (members[1], True),
        (members[1], True),
        (members[2], True),
        (members[-1], True),
    ]


def _some_unit(
    rng: random.Random, number: int, crews: list[tuple[Member, bool]], network: RoadNetwork, world: World
) -> Unit:
    """One of four is under way, somewhere on a way across the city."""
    member, transports = rng.choice(crews)
    place = _somewhere(rng, network)
    position: Place | Leg = place
    if rng.random() < 0.25:
        goal = _somewhere(rng, network)
        way = world.travel.way(place, goal, AT_MS, False)
        assert way is not None
        whole_ms = round(1000 * way.at_s[-1])
        left_ms = AT_MS - rng.randint(0, whole_ms)
        position = Leg(place, goal, left_ms, left_ms + whole_ms, lights=False)
    return Unit(
        unit_id=f"U{number:05d}",
        call_sign=f"U{number:05d}",
        kind="ambulance",
        post_id="p",
        can_transport=transports,
        equipment=(),
        turnout_s=TURNOUT_S,
        position=position,
        members=(member,),
    )


def _somewhere(rng: random.Random, network: RoadNetwork) -> Place:
    node = rng.randrange(network.node_count)
    return Place(network.lon_deg.item(node), network.lat_deg.item(node), node)


def _percentile(values: list[float], percent: float) -> float:
    return float(np.percentile(values, percent))
