"""The event loop: takes the next event, does what it says, until nothing is left to happen (JEMSS.md section 3).

`simulate` takes arrays and writes into the records of the calls.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sixpoint.kernels import compiled
from sixpoint.plan.jemss.agenda import ENTRY, add, remove, take_first
from sixpoint.plan.jemss.kernel import (
    AT_CALL,
    AT_HOSPITAL,
    BECOMES_FREE,
    CONSIDER_DISPATCH,
    CONSIDER_MOVE_UP,
    DISPATCHED,
    FREE_AFTER_CALL,
    GOES_TO_HOSPITAL,
    GOING_TO_CALL,
    GOING_TO_HOSPITAL,
    IDLE,
    MOBILISED,
    MOBILISING,
    MOVES_UP,
    MOVING_UP,
    PRIORITIES,
    REACHES_CALL,
    REACHES_HOSPITAL,
    REACHES_STATION,
    RETURNING,
    RETURNS,
    choose_unit,
    go_to_call,
    go_to_hospital,
    go_to_station,
    stations_wanted,
)
from sixpoint.plan.jemss.move_up import COMP_TABLE, STAY, Work, new_work
from sixpoint.plan.jemss.ways import UNIT, UNKNOWN, Records

Ints = npt.NDArray[np.int64]
Ints32 = npt.NDArray[np.int32]

# Counters of an agenda: events added, height of the stack, mobilisation delays used, events done, units moved up.
ADDED, HEIGHT, DELAYS, DONE, MOVED = 0, 1, 2, 3, 4


class Agenda(NamedTuple):
    """Events to come. `future` (with `places`) holds units (their one event), calls to consider, the next arrival.

    Events of this instant lie on a stack (kind, unit, call or station, order). `waiting[priority]` (with
    `waiting_places`) is the queue of calls.
    """

    future: Records
    places: Ints32
    stack: Ints
    counters: Ints
    waiting: Records
    waiting_places: Ints32
    work: Work


@compiled(lean=True)
def _add(agenda: Any, units: Any, kind: int, place: int, what: int, time: float, now: float) -> None:
    """Adds an event of a unit, or of a call (`place` -1); `what` is the call or station."""
    counters = agenda.counters
    counters[ADDED] += 1
    order = counters[ADDED]
    if kind < CONSIDER_DISPATCH:
        unit = units[place]
        unit.kind, unit.order = kind, order
    if time > now:
        add(agenda.future, agenda.places, place if kind < CONSIDER_DISPATCH else len(units) + what, time, order)
        return
    stack, height = agenda.stack, counters[HEIGHT]
    stack[height, 0], stack[height, 1], stack[height, 2], stack[height, 3] = kind, place, what, order
    counters[HEIGHT] = height + 1


@compiled(lean=True)
def _cancel(agenda: Any, units: Any, place: int) -> None:
    """Deletes the event of a unit that is to come."""
    remove(agenda.future, agenda.places, place)
    units[place].order = -1


@compiled(lean=True)
def _consider_dispatch(
    roads: Any, city: Any, calls: Any, rules: Any, agenda: Any, units: Any, number: int, now: float
) -> None:
    call = calls[number]
    place = choose_unit(roads, city, calls, rules, units, number, now)
    if place < 0:
        agenda.counters[ADDED] += 1
        queue, places = agenda.waiting[call.priority], agenda.waiting_places[call.priority]
        add(queue, places, number, call.arrival, agenda.counters[ADDED])
        call.queued = 1
        return
    unit = units[place]
    if unit.status == RETURNING or unit.status == MOVING_UP:
        _cancel(agenda, units, place)
    elif unit.status == MOBILISING or unit.status == GOING_TO_CALL:
        _cancel(agenda, units, place)
        left = calls[unit.call]
        left.bumps += 1
        left.unit = -1
        _add(agenda, units, CONSIDER_DISPATCH, -1, unit.call, now, now)
    _add(agenda, units, DISPATCHED, place, number, now, now)


@compiled(lean=True)
def _dispatched(
    roads: Any, city: Any, calls: Any, rules: Any, agenda: Any, units: Any, place: int, number: int, now: float
) -> None:
    unit, call = units[place], calls[number]
    unit.call, unit.sent = number, now
    call.dispatched, call.unit = now, place
    if rules.mobilises and (unit.status == IDLE or unit.status == MOBILISING):
        if unit.status == IDLE:
            delays, used = rules.mobilisation_day, agenda.counters[DELAYS]
            unit.ready = now + delays[used % len(delays)]
            agenda.counters[DELAYS] = used + 1
        unit.status = MOBILISING
        _add(agenda, units, MOBILISED, place, number, unit.ready, now)
    else:
        arrival = go_to_call(roads, city, call, unit, now)
        unit.status = GOING_TO_CALL
        _add(agenda, units, REACHES_CALL, place, number, arrival, now)


@compiled(lean=True)
def _becomes_free(agenda: Any, units: Any, place: int, move_up_rule: int, now: float) -> None:
    unit = units[place]
    unit.status, unit.call = FREE_AFTER_CALL, -1
    waiting, waiting_places = agenda.waiting, agenda.waiting_places
    for priority in range(PRIORITIES):
        if waiting_places[priority, -1] > 0:
            number = take_first(waiting[priority], waiting_places[priority])
            _add(agenda, units, DISPATCHED, place, number, now, now)
            return
    _add(agenda, units, RETURNS, place, -1, now, now)
    if move_up_rule != STAY:
        _add(agenda, units, CONSIDER_MOVE_UP, place, -1, now, now)


@compiled(lean=True)
def _consider_move_up(roads: Any, city: Any, agenda: Any, units: Any, move_up: Any, place: int, now: float) -> None:
    stations_wanted(roads, city, units, move_up, agenda.work, place, now)
    wanted = agenda.work.wanted
    for other in range(len(wanted)):
        unit = units[other]
        if wanted[other] != unit.station:
            if unit.status == RETURNING or unit.status == MOVING_UP or unit.status == FREE_AFTER_CALL:
                _cancel(agenda, units, other)
            _add(agenda, units, MOVES_UP, other, wanted[other], now, now)


@compiled(lean=True)
def _unit_event(
    roads: Any, city: Any, calls: Any, agenda: Any, units: Any, move_up_rule: int, kind: int, place: int, now: float
) -> None:
    unit = units[place]
    if kind == RETURNS:
        unit.status = RETURNING
        _add(agenda, units, REACHES_STATION, place, -1, go_to_station(roads, city, unit, now), now)
        return
    if kind == REACHES_STATION:
        unit.status = IDLE
        return
    if kind == BECOMES_FREE:
        _becomes_free(agenda, units, place, move_up_rule, now)
        return
    call = calls[unit.call]
    if kind == MOBILISED:
        arrival = go_to_call(roads, city, call, unit, now)
        unit.status = GOING_TO_CALL
        _add(agenda, units, REACHES_CALL, place, -1, arrival, now)
    elif kind == REACHES_CALL:
        unit.status = AT_CALL
        call.reached = now
        following = GOES_TO_HOSPITAL if call.transport == 1 else BECOMES_FREE
        _add(agenda, units, following, place, -1, now + call.on_scene, now)
    elif kind == GOES_TO_HOSPITAL:
        unit.status = GOING_TO_HOSPITAL
        _add(agenda, units, REACHES_HOSPITAL, place, -1, go_to_hospital(roads, city, call, unit, now), now)
    else:
        unit.status = AT_HOSPITAL
        call.at_hospital = now
        _add(agenda, units, BECOMES_FREE, place, -1, now + call.handover, now)


@compiled(nogil=True)
def _open(city: Any, calls: Any) -> Any:
    """The units at home, idle, and an empty agenda but for the first call."""
    units = np.zeros(len(city.home), UNIT)
    count = len(calls)
    for place in range(len(units)):
        unit, station = units[place], city.stations[city.home[place]]
        unit.station, unit.call, unit.order, unit.way = city.home[place], -1, -1, UNKNOWN
        unit.first_node, unit.last_node, unit.last_km = station.node, station.node, station.km
        unit.on_road, unit.off_road, unit.end = -np.inf, -np.inf, -np.inf
    items = len(units) + count + 1
    places, waiting_places = np.full(items + 1, -1, np.int32), np.full((PRIORITIES, count + 1), -1, np.int32)
    places[items] = 0
    waiting_places[:, count] = 0
    # Within an instant each unit has at most a few events on the stack.
    agenda = Agenda(
        np.empty(items, ENTRY),
        places,
        np.empty((4 * len(units) + 16, 4), np.int64),
        np.zeros(5, np.int64),
        np.empty((PRIORITIES, count), ENTRY),
        waiting_places,
        new_work(len(units), len(city.stations), PRIORITIES),
    )
    if count > 0:
        add(agenda.future, places, items - 1, calls[0].arrival, 0)
    return units, agenda


@compiled(lean=True)
def _run(roads: Any, city: Any, calls: Any, rules: Any, move_up: Any, units: Any, agenda: Any) -> float:
    counters, future, places, stack = agenda.counters, agenda.future, agenda.places, agenda.stack
    count, last = len(calls), len(places) - 1
    now, arriving = -np.inf, 0
    while True:
        if counters[HEIGHT] > 0:
            height = counters[HEIGHT] - 1
            counters[HEIGHT] = height
            kind, place, what = stack[height, 0], stack[height, 1], stack[height, 2]
            if kind < CONSIDER_DISPATCH and units[place].order != stack[height, 3]:
                continue
        elif places[last] > 0:
            now = future[0].key
            item = take_first(future, places)
            if item < len(units):
                kind, place, what = np.int64(units[item].kind), item, -1
            elif item < last - 1:
                kind, place, what = CONSIDER_DISPATCH, -1, item - len(units)
            else:
                counters[DONE] += 1
                _add(agenda, units, CONSIDER_DISPATCH, -1, arriving, now + calls[arriving].delay, now)
                arriving += 1
                if arriving < count:
                    counters[ADDED] += 1
                    add(future, places, item, calls[arriving].arrival, counters[ADDED])
                continue
        else:
            break
        counters[DONE] += 1
        if kind < CONSIDER_DISPATCH:
            _unit_event(roads, city, calls, agenda, units, move_up.rule, kind, place, now)
        elif kind == CONSIDER_DISPATCH:
            _consider_dispatch(roads, city, calls, rules, agenda, units, what, now)
        elif kind == DISPATCHED:
            _dispatched(roads, city, calls, rules, agenda, units, place, what, now)
            if move_up.rule == COMP_TABLE:
                _add(agenda, units, CONSIDER_MOVE_UP, place, -1, now, now)
        elif kind == CONSIDER_MOVE_UP:
            _consider_move_up(roads, city, agenda, units, move_up, place, now)
        else:
            unit = units[place]
            unit.status, unit.station = MOVING_UP, what
            counters[MOVED] += 1
            _add(agenda, units, REACHES_STATION, place, -1, go_to_station(roads, city, unit, now), now)
    return now


@compiled(nogil=True)
def simulate(roads: Any, city: Any, calls: Any, rules: Any, move_up: Any) -> Any:
    """Runs all calls until the last unit is home, writes what became of each; returns that time (days) and counters."""
    units, agenda = _open(city, calls)
    return _run(roads, city, calls, rules, move_up, units, agenda), agenda.counters
