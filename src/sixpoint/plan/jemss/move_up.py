"""Where free units should wait: the move-up rules priority_list, comp_table and dmexclp (JEMSS.md section 4)."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sixpoint.kernels import compiled

Floats = npt.NDArray[np.float64]
Ints32 = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]

STAY: Final = 0
PRIORITY_LIST: Final = 1
COMP_TABLE: Final = 2
DMEXCLP: Final = 3


class MoveUp(NamedTuple):
    """A rule and its data; arrays of the rules not in use are empty. Stations are numbered from 0.

    - priority_list: `stations` in order of priority, one entry a unit.
    - comp_table: row k of `slots` holds k + 1 stations, as often as units are wanted there, for k + 1 free units.
    - dmexclp: `gain[k]` is the share of demand won by a unit where k others cover; `set_first[g]` up to
      `set_first[g + 1]` are the sets of demand points of coverage g that the same stations cover (`covers[set,
      station]`), with their `demand[raster, set]`; `coverage_of[mode, priority]` says which coverage;
      `demand_start`, `demand_raster` and `demand_factor` (by [time, priority]) which raster, times what, when.
    """

    rule: int
    stations: Ints32
    slots: Ints32
    gain: Floats
    set_first: Ints
    covers: npt.NDArray[np.bool_]
    demand: Floats
    coverage_of: Ints
    demand_start: Floats
    demand_raster: Ints
    demand_factor: Floats


@compiled(lean=True)
def by_priority_list(move_up: Any, waiting: Any) -> int:
    """The first entry of the list that no other free unit fills; `waiting[station]` counts them, and is used up."""
    entries = 1
    for station in range(len(waiting)):
        entries += waiting[station]
    for entry in range(entries):
        station = move_up.stations[entry]
        waiting[station] -= 1
        if waiting[station] < 0:
            return int(station)
    raise ValueError("the list has an entry for every unit")


@compiled(lean=True)
def by_dmexclp(move_up: Any, waiting: Any, mode_of_priority: Any, now: float, worth: Any) -> int:
    """The station where one more unit wins most expected coverage; the lowest number of several."""
    stations = len(waiting)
    for station in range(stations):
        worth[station] = 0.0
    time = len(move_up.demand_start) - 1
    while time > 0 and move_up.demand_start[time] > now:
        time -= 1
    covers = move_up.covers
    for priority in range(len(mode_of_priority)):
        coverage = move_up.coverage_of[mode_of_priority[priority], priority]
        raster, factor = move_up.demand_raster[time, priority], move_up.demand_factor[time, priority]
        if factor == 0.0:
            continue
        for group in range(move_up.set_first[coverage], move_up.set_first[coverage + 1]):
            covering = 0
            for station in range(stations):
                if covers[group, station]:
                    covering += waiting[station]
            won = move_up.demand[raster, group] * move_up.gain[covering] * factor
            for station in range(stations):
                if covers[group, station]:
                    worth[station] += won
    best = 0
    for station in range(1, stations):
        if worth[station] > worth[best]:
            best = station
    return best


class Work(NamedTuple):
    """Room for a decision, so that none is made while the loop runs; arrays as long as there are units, or stations."""

    wanted: Ints
    movable: Ints
    waiting: Ints
    modes: Ints
    worth: Floats
    cost: Floats
    slot_of: Ints
    row_price: Floats
    column_price: Floats
    least: Floats
    row_of: Ints
    before: Ints
    used: npt.NDArray[np.bool_]


@compiled(nogil=True)
def new_work(units: int, stations: int, priorities: int) -> Any:
    """Room for decisions over so many units and stations."""
    return Work(
        np.zeros(units, np.int64),
        np.zeros(units, np.int64),
        np.zeros(stations, np.int64),
        np.zeros(priorities, np.int64),
        np.zeros(stations),
        np.zeros((units, units)),
        np.zeros(units, np.int64),
        np.zeros(units + 1),
        np.zeros(units + 1),
        np.zeros(units + 1),
        np.zeros(units + 1, np.int64),
        np.zeros(units + 1, np.int64),
        np.zeros(units + 1, np.bool_),
    )


@compiled(lean=True)
def assign(work: Any, n: int) -> None:
    """Writes into `slot_of` the column of each of n rows that make the total `cost` least, in whole picodays (86 ns).

    Shortest augmenting paths (Jonker & Volgenant 1987, Computing 38:325, recalled). Exact ties are common: two units
    that come by one node cost the same either way round. In whole units rounding in the sums of path times does not
    decide them. JEMSS decides them by rounding, which nobody can repeat.
    """
    cost, least, used = work.cost, work.least, work.used
    row_price, column_price = work.row_price, work.column_price
    row_of, before = work.row_of, work.before  # rows and columns from 1; 0 is none
    for row in range(n + 1):
        row_price[row], column_price[row], row_of[row], before[row] = 0.0, 0.0, 0, 0
    for row in range(1, n + 1):
        row_of[0] = row
        column = 0
        for other in range(n + 1):
            least[other], used[other] = np.inf, False
        while row_of[column] != 0:
            used[column] = True
            here, step, following = row_of[column], np.inf, 0
            for other in range(1, n + 1):
                if used[other]:
                    continue
                reduced = np.rint(cost[here - 1, other - 1] * 1e12) - row_price[here] - column_price[other]
                if reduced < least[other]:
                    least[other], before[other] = reduced, column
                if least[other] < step:
                    step, following = least[other], other
            for other in range(n + 1):
                if used[other]:
                    row_price[row_of[other]] += step
                    column_price[other] -= step
                else:
                    least[other] -= step
            column = following
        while column != 0:
            row_of[column] = row_of[before[column]]
            column = before[column]
    for column in range(1, n + 1):
        work.slot_of[row_of[column] - 1] = column - 1
