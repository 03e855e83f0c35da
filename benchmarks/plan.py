"""Simulation in JEMSS-compatible mode: calls a second on the Manhattan model, beside the same rules in plain Python.

JEMSS itself (compiled Julia, the same model and calls, a machine of two cores) was measured at 63,400 calls a second
without redispatch, 50,000 with it and 41,900 with dmexclp; it is not run here, so it is no reference of these figures.
Processor seconds of the thread are measured, of the quickest run of several: a busy machine disturbs both sides less.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.figure import Figure, beside, shared_data
from sixpoint.plan.jemss.calls import Calls, read_calls
from sixpoint.plan.jemss.city import read_city
from sixpoint.plan.jemss.kernel import RuleArrays
from sixpoint.plan.jemss.loop import simulate
from sixpoint.plan.jemss.move_up_files import read_move_up, stay_home
from sixpoint.plan.jemss.rules import default_redispatch
from sixpoint.plan.jemss.tables import user_cache
from sixpoint.plan.jemss.world import World, call_records, open_world, run

RUNS = 7
PLAIN_RUNS = 3
# Calls of the slice that plain Python runs.
SLICE = 3_000
FLEETS = (12, 120, 1_200)
OFF = np.zeros((3, 3), np.bool_)


class TableRoads:
    """The tables of times between junctions, asked in plain Python: what `PlainSim` drives on here.

    Lists and tuples throughout, rows of the tables made into lists when first used (before the clock starts).
    """

    def __init__(self, world: World) -> None:
        roads = world.roads
        names = [[f"{name}{slot}" for name in ("chain", "place", "ahead", "ahead_day")] for slot in range(2)]
        self.leaving = self._slots(roads.nodes, names)
        names = [[f"{name}{slot}" for name in ("chain", "place", "behind", "behind_day")] for slot in range(2)]
        self.arriving = self._slots(roads.nodes, names)
        self.table, self.factor = roads.nodes["table"][:, 0].tolist(), roads.nodes["factor"][:, 0].tolist()
        self.chains, self.stops = roads.chains.tolist(), roads.stops.tolist()
        self.first_chain = roads.junctions["leaving"].tolist()
        self.between, self.leave_by = roads.between_day, roads.leave_by
        self.rows: dict[tuple[int, int], list[float]] = {}
        self.turns: dict[tuple[int, int], list[int]] = {}

    @staticmethod
    def _slots(nodes: Any, names: list[list[str]]) -> list[list[list[tuple[int, int, int, float]]]]:
        """For each mode and node its one or two slots."""
        tables = []
        for mode in nodes:
            slots = [list(zip(*(mode[name].tolist() for name in slot), strict=True)) for slot in names]
            counts = mode["slots"].tolist()
            tables.append([list(pair[:count]) for count, pair in zip(counts, zip(*slots, strict=True), strict=True)])
        return tables

    def best(self, mode: int, start: int, end: int) -> tuple[float, Any, Any]:
        """Shortest time between two nodes, and the slots used at the start and the end."""
        factor, table, best = self.factor[mode], self.table[mode], (math.inf, None, None)
        for there in self.arriving[mode][end]:
            key = (table, there[2])
            row = self.rows.get(key)
            if row is None:
                row = self.rows[key] = self.between[key].tolist()
            for here in self.leaving[mode][start]:
                day = here[3] + row[here[2]] * factor + there[3]
                if day < best[0]:
                    best = (day, here, there)
                if 0 <= here[0] == there[0] and there[1] > here[1]:
                    day = there[3] - (self.stops[mode][here[1]][1])
                    if day < best[0]:
                        best = (day, None, (here, there))
        return best

    def day(self, mode: int, start: int, end: int) -> float:
        """Shortest time between two nodes."""
        return 0.0 if start == end else self.best(mode, start, end)[0]

    def way(self, mode: int, start: int, end: int) -> list[tuple[int, float]]:
        """The nodes of a shortest way with their times."""
        if start == end:
            return [(start, 0.0)]
        _, here, there = self.best(mode, start, end)
        stops, chains = self.stops[mode], self.chains[mode]
        if here is None:
            (_, first, _, _), (_, last, _, _) = there
            return [(node, day - stops[first][1]) for node, day in stops[first : last + 1]]
        chain, place, junction, passed = here
        nodes = [(start, 0.0)]
        if chain >= 0:
            nodes += [(node, day - stops[place][1]) for node, day in stops[place + 1 : chains[chain][1] + 1]]
        key = (self.table[mode], there[2])
        if key not in self.turns:
            self.turns[key] = self.leave_by[key].tolist()
        while junction != there[2]:
            first, last, head, day = chains[self.first_chain[junction] + self.turns[key][junction]]
            nodes += [(node, passed + since) for node, since in stops[first + 1 : last + 1]]
            passed, junction = passed + day, head
        if there[0] >= 0:
            nodes += [(node, passed + since) for node, since in stops[chains[there[0]][0] + 1 : there[1] + 1]]
        return nodes


def plain_run(world: World, calls: Calls, redispatch: np.ndarray) -> tuple[float, np.ndarray]:
    """Seconds that the rules in plain Python take for the calls, and when each unit reached its call."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "plan"))
    from plain_jemss import PlainSim

    roads: Any = TableRoads(world)
    rules = {"redispatch": redispatch.tolist(), "expected": 0.0, "delays": None, "move_up": ""}
    PlainSim(world.city, calls, roads, rules).run()  # fills the rows that plain Python keeps as lists
    best = math.inf
    for _ in range(PLAIN_RUNS):
        sim = PlainSim(world.city, calls, roads, rules)
        start = time.thread_time()
        sim.run()
        best = min(best, time.thread_time() - start)
    return best, np.array([call["reached"] for call in sim.calls])


def figures() -> Iterator[Figure]:
    """Calls a second: Manhattan, with and without redispatch, with dmexclp; growth with the fleet; cached start."""
    data = shared_data()
    if data is None:
        return
    folder = data / "jemss" / "manhattan"
    start = time.perf_counter()
    city = read_city(folder)
    world = open_world(city, user_cache())
    opened_s, came = time.perf_counter() - start, world.came
    calls = read_calls(folder / "reference" / "calls_none_first30000.csv.gz", len(city.hospitals.node))
    records = call_records(city, calls)
    for name, allowed in (("no redispatch", OFF), ("redispatch", default_redispatch())):
        rules = RuleArrays(allowed, False, 0.0, np.zeros(1))
        rate = best_rate(world, records, rules, stay_home())
        plain_s, reached = plain_run(world, calls.first(SLICE), allowed)
        ours = run(world, records[:SLICE], rules, stay_home()).calls["reached"]
        assert np.abs(ours - reached).max() < 1e-9, "both give the same times"
        yield beside(
            f"JEMSS Manhattan, {name}; reference: the same rules in plain Python", rate, "calls/s", SLICE / plain_s
        )
    rules = RuleArrays(OFF, False, 0.0, np.zeros(1))
    yield beside(
        "JEMSS Manhattan, dmexclp", best_rate(world, records, rules, read_move_up("dmexclp", None, world)), "calls/s"
    )
    few_ns = 0.0
    for units in FLEETS:
        call_ns = 1e9 / best_rate(*grown(world, records, units), rules, stay_home())
        few_ns = few_ns or call_ns
        name = f"time a call with {units} units; reference: {FLEETS[0]} units, grown in proportion"
        yield beside(name, call_ns, "ns", few_ns * units / FLEETS[0])
    yield beside(f"JEMSS Manhattan made ready, travel times {came}", opened_s, "s")


def best_rate(world: World, records: Any, rules: RuleArrays, move_up: Any) -> float:
    """Calls a second in the quickest of several runs, compilation left out."""
    best = math.inf
    simulate(world.roads, world.arrays, records[:0].copy(), rules, move_up)
    for _ in range(RUNS):
        done = records.copy()
        start = time.thread_time()
        simulate(world.roads, world.arrays, done, rules, move_up)
        best = min(best, time.thread_time() - start)
    return len(records) / best


def grown(world: World, records: Any, units: int) -> tuple[World, Any]:
    """The same city with more units at the same stations, and calls that come so much faster."""
    times = units // len(world.city.home)
    faster = records.copy()
    faster["arrival"] /= times
    return World(
        world.city, world.roads, world.arrays._replace(home=np.tile(world.arrays.home, times)), world.came
    ), faster


if __name__ == "__main__":
    for figure in figures():
        print(figure)
