"""Shortest ways between any two nodes, and where on its way a unit is: kernels over the reduced graph.

What belongs together lies in one record, because every array handed to or taken by a kernel costs time.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sixpoint.kernels import compiled
from sixpoint.plan.jemss.reduced import Reduced

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Records = npt.NDArray[np.void]

# How a way runs: 0 to 3 over junctions (slot at the start * 2 + slot at the end), 4 to 7 within one chain, 8 nowhere.
WITHIN: Final = 4
STAYS: Final = 8
UNKNOWN: Final = -1

# A node in a travel mode: its slots (see `Reduced`), the table of its mode's times and the factor on them.
NODE: Final = np.dtype(
    [(name + slot, "i4") for name in ("chain", "place", "ahead", "behind") for slot in "01"]
    + [("slots", "i4"), ("table", "i4"), ("factor", "f8")]
    + [(name + slot, "f8") for name in ("ahead_day", "behind_day") for slot in "01"],
    align=True,
)
CHAIN: Final = np.dtype([("first", "i4"), ("last", "i4"), ("head", "i4"), ("day", "f8")], align=True)
STOP: Final = np.dtype([("node", "i4"), ("day", "f8")], align=True)
JUNCTION: Final = np.dtype([("node", "i4"), ("leaving", "i4")], align=True)
# What a unit is doing, and the journey it is on, or was last on (times in days): it starts from the road at
# `first_node` at `on_road`, reaches `last_node` at `off_road` and ends `last_km` beyond the road at `end`. `way` is
# found when somebody asks where the unit is; `at_junction` and `at_day` then follow it. `order` names its one event to
# come, of kind `kind`; `sent` is when it was last sent to a call, `ready` when it sets off after mobilising.
UNIT: Final = np.dtype(
    [(name, "i4") for name in ("status", "station", "call", "kind", "first_node", "last_node", "mode", "way")]
    + [("at_junction", "i4"), ("order", "i8")]
    + [(name, "f8") for name in ("last_km", "on_road", "off_road", "end", "at_day", "sent", "ready")],
    align=True,
)


class Roads(NamedTuple):
    """The reduced graph as records, with times between junctions: `between_day[table, to, from]`, and how to leave.

    `nodes[mode, node]`, `chains[mode, chain]`, `stops[mode, place]`, `junctions[junction]`; `leave_by[table, to, from]`
    is the number of the chain to take among those leaving.
    """

    nodes: Records
    junctions: Records
    chains: Records
    stops: Records
    between_day: Floats
    leave_by: npt.NDArray[np.uint8]


def road_records(
    graph: Reduced, between_day: Floats, leave_by: npt.NDArray[np.uint8], table_of: Ints, factor_of: Floats
) -> Roads:
    """Packs a reduced graph and its times; mode m uses table `table_of[m]`, times `factor_of[m]`."""
    modes, n = graph.ahead_day.shape[:2]
    nodes, chains = np.zeros((modes, n), NODE), np.zeros((modes, len(graph.chain_head)), CHAIN)
    stops, junctions = np.zeros((modes, len(graph.chain_node)), STOP), np.zeros(len(graph.junction_node), JUNCTION)
    last = graph.chain_first[1:] - 1
    for mode in range(modes):
        for slot in range(2):
            columns: tuple[Any, ...] = (graph.slot_chain, graph.slot_place, graph.ahead, graph.behind)
            for name, column in zip(("chain", "place", "ahead", "behind"), columns, strict=True):
                nodes[f"{name}{slot}"][mode] = column[:, slot]
            nodes[f"ahead_day{slot}"][mode] = graph.ahead_day[mode, :, slot]
            nodes[f"behind_day{slot}"][mode] = graph.behind_day[mode, :, slot]
        nodes["slots"][mode] = graph.slot_count
        nodes["table"][mode], nodes["factor"][mode] = table_of[mode], factor_of[mode]
        chains["first"][mode], chains["last"][mode] = graph.chain_first[:-1], last
        chains["head"][mode], chains["day"][mode] = graph.chain_head, graph.chain_day[mode][last]
        stops["node"][mode], stops["day"][mode] = graph.chain_node, graph.chain_day[mode]
    junctions["node"], junctions["leaving"] = graph.junction_node, graph.leaving[:-1]
    return Roads(nodes, junctions, chains, stops, between_day, leave_by)


@compiled(lean=True)
def way_day(nodes: Any, between_day: Any, mode: int, start: int, end: int) -> Any:
    """Shortest time between two nodes, and how that way runs."""
    if start == end:
        return 0.0, STAYS
    a, b = nodes[mode, start], nodes[mode, end]
    table, factor = a.table, a.factor
    best, way = a.ahead_day0 + between_day[table, b.behind0, a.ahead0] * factor + b.behind_day0, 0
    if b.slots == 2:
        time = a.ahead_day0 + between_day[table, b.behind1, a.ahead0] * factor + b.behind_day1
        if time < best:
            best, way = time, 1
    if a.slots == 2:
        time = a.ahead_day1 + between_day[table, b.behind0, a.ahead1] * factor + b.behind_day0
        if time < best:
            best, way = time, 2
        if b.slots == 2:
            time = a.ahead_day1 + between_day[table, b.behind1, a.ahead1] * factor + b.behind_day1
            if time < best:
                best, way = time, 3
    if a.chain0 >= 0 and b.chain0 >= 0:
        # At most one of these holds: the two chains of a node run in opposite directions.
        if a.chain0 == b.chain0 and b.place0 > a.place0:
            time, along = b.behind_day0 - a.behind_day0, WITHIN
        elif a.chain0 == b.chain1 and b.place1 > a.place0:
            time, along = b.behind_day1 - a.behind_day0, WITHIN + 1
        elif a.chain1 >= 0 and a.chain1 == b.chain0 and b.place0 > a.place1:
            time, along = b.behind_day0 - a.behind_day1, WITHIN + 2
        elif a.chain1 >= 0 and a.chain1 == b.chain1 and b.place1 > a.place1:
            time, along = b.behind_day1 - a.behind_day1, WITHIN + 3
        else:
            return best, way
        if time < best:
            return time, along
    return best, way


@compiled(lean=True)
def _within(stops: Any, mode: int, place: int, end: int, from_day: float, day: float) -> Any:
    """The first place in a chain, after `place` and up to `end`, reached later than `day`, and when; -1 if none.

    `from_day` is when the chain's start is, or would have been, passed.
    """
    while place < end:
        place += 1
        at = from_day + stops[mode, place].day
        if at > day:
            return place, at
    return -1, 0.0


@compiled(lean=True)
def next_on_way(roads: Any, unit: Any, day: float) -> Any:
    """The node a unit on the road comes to next, and when (days after it came on the road); `day` likewise.

    Remembers the last junction passed: `day` never falls during a journey.
    """
    mode, end = unit.mode, unit.last_node
    nodes, stops = roads.nodes, roads.stops
    a, b = nodes[mode, unit.first_node], nodes[mode, end]
    total = unit.off_road - unit.on_road
    if unit.way == UNKNOWN:
        unit.way = way_day(nodes, roads.between_day, mode, unit.first_node, end)[1]
        unit.at_junction = -1
    if unit.way == STAYS:
        return end, total
    second_a, second_b = (unit.way & 3) >= 2, (unit.way & 1) == 1
    a_chain, a_place = (a.chain1, a.place1) if second_a else (a.chain0, a.place0)
    since = -(a.behind_day1 if second_a else a.behind_day0)
    b_chain, b_place = (b.chain1, b.place1) if second_b else (b.chain0, b.place0)
    if unit.way >= WITHIN:
        place, at = _within(stops, mode, a_place, b_place, since, day)
        return (end, total) if place < 0 else (stops[mode, place].node, at)
    if unit.at_junction < 0:
        ahead_day = a.ahead_day1 if second_a else a.ahead_day0
        if a_chain >= 0 and ahead_day > day:
            place, at = _within(stops, mode, a_place, roads.chains[mode, a_chain].last, since, day)
            if place >= 0:
                return stops[mode, place].node, at
        unit.at_junction, unit.at_day = a.ahead1 if second_a else a.ahead0, ahead_day
    target = b.behind1 if second_b else b.behind0
    junction, passed = unit.at_junction, unit.at_day
    junctions, chains, leave_by = roads.junctions, roads.chains, roads.leave_by[a.table, target]
    if passed > day:
        return junctions[junction].node, passed
    while junction != target:
        chain = chains[mode, junctions[junction].leaving + leave_by[junction]]
        if passed + chain.day > day:
            unit.at_junction, unit.at_day = junction, passed
            place, at = _within(stops, mode, chain.first, chain.last, passed, day)
            return stops[mode, place].node, at
        passed += chain.day
        junction = chain.head
    unit.at_junction, unit.at_day = junction, passed
    if b_chain >= 0:
        place, at = _within(stops, mode, chains[mode, b_chain].first, b_place, passed, day)
        if place >= 0:
            return stops[mode, place].node, at
    # Sums taken in another order may put the last node a rounding before the end of the way.
    return end, total


@compiled(lean=True)
def get_on(roads: Any, off_road_km_day: Any, unit: Any, mode: int, now: float) -> Any:
    """The node from which a new journey of the unit must start, and the time to reach it (JEMSS.md section 2.6)."""
    if unit.end <= now:
        return unit.last_node, unit.last_km / off_road_km_day[mode]
    if now <= unit.on_road:
        return unit.first_node, unit.on_road - now
    if now >= unit.off_road:
        return unit.last_node, (now - unit.off_road) * (off_road_km_day[unit.mode] / off_road_km_day[mode])
    node, at = next_on_way(roads, unit, now - unit.on_road)
    return node, unit.on_road + at - now


@compiled(lean=True)
def set_off(
    unit: Any, mode: int, on_road: float, node: int, way: float, to: int, km: float, off_road_day: float
) -> float:
    """Starts a journey whose beginning and road time are known; returns when it ends."""
    unit.first_node, unit.last_node, unit.last_km, unit.mode = node, to, km, mode
    unit.on_road, unit.off_road = on_road, on_road + way
    unit.end = unit.off_road + off_road_day
    unit.way = UNKNOWN
    return float(unit.end)
