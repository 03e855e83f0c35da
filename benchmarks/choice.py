"""The choice of units on Auckland's roads: time for one recommendation, positions of moving units included."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Final, NamedTuple

import numpy as np
from scipy.sparse.csgraph import dijkstra

from benchmarks.figure import Figure, beside, best_of, shared_data
from sixpoint.dispatch import CallTypes, Candidate, Policy, choose, load_call_types
from sixpoint.dispatch.arrays import make_question, make_units
from sixpoint.dispatch.desk import new_desk
from sixpoint.dispatch.kernel import choose_units
from sixpoint.road import Route, TravelTimes
from sixpoint.road.jemss import read_jemss_roads
from sixpoint.scope import load_rulebook

SIZES: Final = ((10, 860), (100, 860), (1_000, 860), (10_000, 172))  # units, recommendations measured
AT: Final = datetime(2026, 5, 1, 12, tzinfo=UTC)
TURNOUT_S: Final = 60.0


class Unit(NamedTuple):
    """A unit of the made-up fleet: parked at a node, or under way on a route for so long."""

    unit_id: str
    bits: int
    can_transport: bool
    node: int
    route: Route | None
    elapsed_s: float


def figures() -> Iterator[Figure]:
    """99th percentile, median and kernel alone at 10 to 10,000 units; nothing where the road data is absent."""
    data = shared_data()
    if data is None:
        return
    network = read_jemss_roads(data / "jemss" / "auckland").network(1)
    times = TravelTimes(network)
    matrix = network.matrix()
    one_to_all_ms = 1000 * best_of(5, lambda: dijkstra(matrix, indices=7))
    call_types, policy = load_call_types(), Policy()
    index, kinds = _kinds_of_unit()
    rng = random.Random(5)
    for units, runs in SIZES:
        fleet = [_some_unit(rng, number, kinds, times) for number in range(units)]
        scenes = [rng.randrange(network.node_count) for _ in range(runs)]
        whole_ms, busy_ms, kernel_ms = _measure(fleet, scenes, call_types, index, policy, times)
        name = f"choice, auckland, {units} units"
        yield beside(f"{name}: 99th percentile, beside one Dijkstra", _percentile(whole_ms, 99), "ms", one_to_all_ms)
        yield beside(f"{name}: 99th percentile of processor time", _percentile(busy_ms, 99), "ms", one_to_all_ms)
        yield beside(f"{name}: median", _percentile(whole_ms, 50), "ms", one_to_all_ms)
        yield beside(f"{name}: kernel alone, 99th percentile", _percentile(kernel_ms, 99), "ms", one_to_all_ms)


def _measure(
    fleet: list[Unit],
    scenes: list[int],
    call_types: CallTypes,
    index: dict[str, int],
    policy: Policy,
    times: TravelTimes,
) -> tuple[list[float], list[float], list[float]]:
    """Wall time, processor time (what is left of it on a machine that others use too), and the kernel's wall time."""
    whole_ms, busy_ms, kernel_ms = [], [], []
    codes = list(islice(cycle(call_types), len(scenes)))
    for code in call_types:  # compiles, and warms what a service has warm
        choose(call_types[code], _candidates(fleet, scenes[0], times), index, policy)
    for code, scene in zip(codes, scenes, strict=True):
        start, busy = time.perf_counter(), time.thread_time()
        candidates = _candidates(fleet, scene, times)
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


def _candidates(fleet: list[Unit], scene: int, times: TravelTimes) -> list[Candidate]:
    """As the live service makes them: where each unit is now, the road from there, turnout if it is parked."""
    nodes, first_s = [], []
    for unit in fleet:
        if unit.route is None:
            nodes.append(unit.node)
            first_s.append(TURNOUT_S)
        else:
            here = unit.route.position(unit.elapsed_s)
            nodes.append(here.next_node)
            first_s.append(here.seconds_to_next_node)
    etas_s = (times.from_many(nodes, scene) + np.array(first_s)).tolist()
    return [
        Candidate(unit.unit_id, unit.bits, unit.bits, unit.can_transport, eta_s)
        for unit, eta_s in zip(fleet, etas_s, strict=True)
    ]


def _kinds_of_unit() -> tuple[dict[str, int], list[tuple[int, bool]]]:
    """The skills' bits, and what one clinician of each level may do by the national rulebook."""
    rulebook = load_rulebook()
    index = {skill.id: skill.index for skill in rulebook.skills}
    bits = [
        sum(1 << skill.index for skill in rulebook.skills if rulebook.can(level, skill.id, AT).allowed)
        for level in rulebook.levels
    ]
    return index, [(bits[0], False), (bits[1], True), (bits[1], True), (bits[2], True), (bits[-1], True)]


def _some_unit(rng: random.Random, number: int, kinds: list[tuple[int, bool]], times: TravelTimes) -> Unit:
    """One of four is under way, on one of the routes of a fleet's usual length."""
    bits, can_transport = rng.choice(kinds)
    node = rng.randrange(times.network.node_count)
    route, elapsed_s = None, 0.0
    if rng.random() < 0.25:
        route = times.path(node, rng.randrange(times.network.node_count))
        elapsed_s = rng.uniform(0, route.seconds)
    return Unit(f"U{number:05d}", bits, can_transport, node, route, elapsed_s)


def _percentile(values: list[float], percent: float) -> float:
    return float(np.percentile(values, percent))
