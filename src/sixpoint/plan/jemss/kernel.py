"""What JEMSS's rules decide: whom to send, to which hospital, which station to wait at (JEMSS.md sections 3 and 4)."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sixpoint.kernels import compiled
from sixpoint.plan.jemss.move_up import COMP_TABLE, PRIORITY_LIST, assign, by_dmexclp, by_priority_list
from sixpoint.plan.jemss.ways import Records, get_on, set_off, way_day

Floats = npt.NDArray[np.float64]
Ints32 = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

PRIORITIES: Final = 3
# Two sums of the same times may differ by rounding; far less than this part of a day (86 ns).
MARGIN: Final = 1e-12
LOW: Final = 2  # the priority with which units travel to hospitals and stations

# Statuses of a unit. FREE ones may be sent to a call and be moved up: every one up to MOVING_UP.
IDLE: Final = 0
FREE_AFTER_CALL: Final = 1
RETURNING: Final = 2
MOVING_UP: Final = 3
MOBILISING: Final = 4
GOING_TO_CALL: Final = 5
AT_CALL: Final = 6
GOING_TO_HOSPITAL: Final = 7
AT_HOSPITAL: Final = 8

# Events. Those of a unit, of which it has at most one to come, are before CONSIDER_DISPATCH.
MOBILISED: Final = 0
REACHES_CALL: Final = 1
GOES_TO_HOSPITAL: Final = 2
REACHES_HOSPITAL: Final = 3
BECOMES_FREE: Final = 4
RETURNS: Final = 5
REACHES_STATION: Final = 6
CONSIDER_DISPATCH: Final = 7
DISPATCHED: Final = 8
CONSIDER_MOVE_UP: Final = 9
MOVES_UP: Final = 10

# A call: what is known of it (`travel` is the priority with which units drive to it, `wanted` its hospital or -1), and
# what became of it (times in days, -1 where there is none).
CALL: Final = np.dtype(
    [(name, "i4") for name in ("priority", "travel", "node", "wanted", "transport")]
    + [(name, "f8") for name in ("km", "arrival", "delay", "on_scene", "handover")]
    + [(name, "f8") for name in ("dispatched", "reached", "at_hospital")]
    + [(name, "i4") for name in ("hospital", "queued", "bumps", "unit")],
    align=True,
)
PLACE: Final = np.dtype([("km", "f8"), ("node", "i4")], align=True)
BOTH_WAYS: Final = np.dtype([("out_day", "f8"), ("home_day", "f8")], align=True)


class CityArrays(NamedTuple):
    """A city for the loop; units, stations, hospitals, modes and priorities are numbered from 0.

    `mode_of[k, priority]` from `set_start[k]` on; `station_day[mode, node, station]` on the road; `nearest[mode, node]`
    is the hospital soonest reached; `no_slower[a, b]` says that on no arc mode a takes longer than mode b.
    """

    off_road_km_day: Floats
    set_start: Floats
    mode_of: Ints32
    response_priority: Ints32
    stations: Records
    hospitals: Records
    home: Ints32
    station_day: Records
    nearest: Ints32
    no_slower: Bools


class RuleArrays(NamedTuple):
    """What may differ from run to run: who may be redispatched ([from priority, to priority]), mobilisation delays."""

    may_redispatch: Bools
    mobilises: bool
    expected_mobilisation: float
    mobilisation_day: Floats  # used in turn, from the first again at the end


@compiled(lean=True)
def mode_at(set_start: Any, mode_of: Any, priority: int, time: float) -> int:
    """The travel mode of a priority in the travel set in force."""
    place = len(set_start) - 1
    while place > 0 and set_start[place] > time:
        place -= 1
    return int(mode_of[place, priority])


@compiled(lean=True)
def choose_unit(roads: Any, city: Any, calls: Any, rules: Any, units: Any, number: int, now: float) -> int:
    """The dispatchable unit that reaches the call soonest, the lowest number of several; -1 if there is none.

    Units at their stations are looked at first: their times are at hand, and spare most of the others.
    """
    speeds, stations, station_day = city.off_road_km_day, city.stations, city.station_day
    set_start, mode_of = city.set_start, city.mode_of
    best, chosen = np.inf, -1
    call = calls[number]
    mode = mode_at(set_start, mode_of, call.travel, now + rules.expected_mobilisation)
    off_road = call.km / speeds[mode]
    for place in range(len(units)):
        unit = units[place]
        if unit.status == IDLE:
            way = station_day[mode, call.node, unit.station].out_day
            time = rules.expected_mobilisation + way + (stations[unit.station].km / speeds[mode] + off_road)
            if time < best:
                best, chosen = time, place
    mode_now = mode_at(set_start, mode_of, call.travel, now)
    for place in range(len(units)):
        unit = units[place]
        status, wait, mode = unit.status, 0.0, mode_now
        if status == IDLE or status > GOING_TO_CALL:
            continue
        if status >= MOBILISING:
            if not rules.may_redispatch[calls[unit.call].priority, call.priority]:
                continue
            if status == MOBILISING:
                wait = max(0.0, rules.expected_mobilisation - (now - unit.sent))
                mode = mode_at(set_start, mode_of, call.travel, now + wait)
        time = time_to_call(roads, city, unit, call, mode, wait, best, now)
        if time < best or (time == best and place < chosen):
            best, chosen = time, place
    return chosen


@compiled(lean=True)
def time_to_call(roads: Any, city: Any, unit: Any, call: Any, mode: int, wait: float, best: float, now: float) -> float:
    """When a unit that is not at its station would reach a call, days from now; infinity if clearly not by `best`."""
    nodes, between_day, speeds = roads.nodes, roads.between_day, city.off_road_km_day
    off_road = call.km / speeds[mode]
    if unit.on_road < now < unit.off_road and city.no_slower[mode, unit.mode]:
        # Had it gone to the call from the start, it would be this far; its own way cannot have brought it nearer.
        least = way_day(nodes, between_day, mode, unit.first_node, call.node)[0] - (now - unit.on_road)
        if least + off_road > best + MARGIN:
            return np.inf
    node, first = get_on(roads, speeds, unit, mode, now)
    if wait + first > best:
        return np.inf
    way = way_day(nodes, between_day, mode, node, call.node)[0]
    return float(wait + way + (first + off_road))


@compiled(lean=True)
def go_to_call(roads: Any, city: Any, call: Any, unit: Any, now: float) -> float:
    """Sends a unit on its way to a call; returns when it arrives."""
    speeds = city.off_road_km_day
    mode = mode_at(city.set_start, city.mode_of, call.travel, now)
    node, first = get_on(roads, speeds, unit, mode, now)
    if unit.status == IDLE:
        way = city.station_day[mode, call.node, unit.station].out_day
    else:
        way = way_day(roads.nodes, roads.between_day, mode, node, call.node)[0]
    return set_off(unit, mode, now + first, node, way, call.node, call.km, call.km / speeds[mode])


@compiled(lean=True)
def go_to_hospital(roads: Any, city: Any, call: Any, unit: Any, now: float) -> float:
    """Sends a unit with its patient to the wanted or nearest hospital, and notes which; returns when it arrives."""
    speeds = city.off_road_km_day
    mode = mode_at(city.set_start, city.mode_of, LOW, now)
    call.hospital = call.wanted if call.wanted >= 0 else city.nearest[mode, call.node]
    node, first = get_on(roads, speeds, unit, mode, now)
    hospital = city.hospitals[call.hospital]
    way = way_day(roads.nodes, roads.between_day, mode, node, hospital.node)[0]
    return set_off(unit, mode, now + first, node, way, hospital.node, hospital.km, hospital.km / speeds[mode])


@compiled(lean=True)
def go_to_station(roads: Any, city: Any, unit: Any, now: float) -> float:
    """Sends a unit to its station; returns when it arrives."""
    speeds = city.off_road_km_day
    mode = mode_at(city.set_start, city.mode_of, LOW, now)
    node, first = get_on(roads, speeds, unit, mode, now)
    station = city.stations[unit.station]
    way = city.station_day[mode, node, unit.station].home_day
    return set_off(unit, mode, now + first, node, way, station.node, station.km, station.km / speeds[mode])


@compiled(lean=True)
def move_up_cost(roads: Any, city: Any, units: Any, slots: Any, work: Any, n: int, now: float) -> None:
    """Writes the times of the n free units to the stations that the compliance table wants filled ([unit, slot])."""
    mode, speeds = mode_at(city.set_start, city.mode_of, LOW, now), city.off_road_km_day
    for row in range(n):
        unit = units[work.movable[row]]
        node, first = get_on(roads, speeds, unit, mode, now)
        for column in range(n):
            station = slots[n - 1, column]
            if unit.status == IDLE and unit.station == station:
                work.cost[row, column] = 0.0
            else:
                off_road = city.stations[station].km / speeds[mode]
                work.cost[row, column] = first + city.station_day[mode, node, station].home_day + off_road


@compiled(lean=True)
def stations_wanted(roads: Any, city: Any, units: Any, move_up: Any, work: Any, freed: int, now: float) -> None:
    """Writes into `wanted` where the move-up rule wants each unit; the station it has where the rule says nothing."""
    wanted, movable, waiting = work.wanted, work.movable, work.waiting
    count = 0
    for place in range(len(units)):
        wanted[place] = units[place].station
        if units[place].status <= MOVING_UP:
            movable[count] = place
            count += 1
    if move_up.rule == COMP_TABLE:
        if count > 0:
            move_up_cost(roads, city, units, move_up.slots, work, count, now)
            assign(work, count)
            for row in range(count):
                wanted[movable[row]] = move_up.slots[count - 1, work.slot_of[row]]
        return
    for station in range(len(waiting)):
        waiting[station] = 0
    for row in range(count):
        if movable[row] != freed:
            waiting[units[movable[row]].station] += 1
    if move_up.rule == PRIORITY_LIST:
        wanted[freed] = by_priority_list(move_up, waiting)
        return
    for priority in range(PRIORITIES):
        work.modes[priority] = mode_at(city.set_start, city.mode_of, city.response_priority[priority], now)
    wanted[freed] = by_dmexclp(move_up, waiting, work.modes, now, work.worth)
