"""Where free units should wait: the move-up rules priority_list, comp_table and dmexclp (JEMSS.md section 4).

A change here reaches the compiled simulation only when its own caches are removed: see `sixpoint.kernels`.
"""

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


@compiled
def by_priority_list(move_up: Any, waiting: Any) -> int:
    """The first entry of the list that no other free unit fills; `waiting[station]` counts them, and is used up."""
    entries = 1
    for count in waiting:
        entries += count
    for entry in range(entries):
        station = move_up.stations[entry]
        waiting[station] -= 1
        if waiting[station] < 0:
            return int(station)
    raise ValueError("the list has an entry for every unit")


@compiled
def by_dmexclp(move_up: Any, waiting: Any, mode_of_priority: Any, now: float, worth: Any) -> int:
    """The station where one more unit wins most expected coverage; the lowest number of several."""
    worth[:] = 0.0
    time = len(move_up.demand_start) - 1
    while time > 0 and move_up.demand_start[time] > now:
        time -= 1
    stations = len(waiting)
    for priority in range(len(mode_of_priority)):
        coverage = move_up.coverage_of[mode_of_priority[priority], priority]
        raster, factor = move_up.demand_raster[time, priority], move_up.demand_factor[time, priority]
        if factor == 0.0:
            continue
        for group in range(move_up.set_first[coverage], move_up.set_first[coverage + 1]):
            covering = 0
            for station in range(stations):
                if move_up.covers[group, station]:
                    covering += waiting[station]
            won = move_up.demand[raster, group] * move_up.gain[covering] * factor
            for station in range(stations):
                if move_up.covers[group, station]:
                    worth[station] += won
    best = 0
    for station in range(1, stations):
        if worth[station] > worth[best]:
            best = station
    return best


@compiled
def assign_whole(cost_day: Any, column_of: Any) -> None:
    """Writes the column of each row such that the total time is least, in whole picodays (86 ns).

    Exact ties are common: two units that come by one node cost the same either way round. In whole units rounding
    in the sums of path times does not decide them. JEMSS decides them by rounding, which nobody can repeat.
    """
    assign(np.rint(cost_day * 1e12), column_of)


@compiled
def assign(cost: Any, column_of: Any) -> None:
    """Writes the column of each row such that the total cost is least (square; shortest augmenting paths).

    Source: Jonker & Volgenant 1987, Computing 38:325 (recalled). Where several assignments cost the same, which of
    them is chosen is fixed but means nothing.
    """
    n = cost.shape[0]
    row_price, column_price = np.zeros(n + 1), np.zeros(n + 1)
    row_of = np.zeros(n + 1, np.int64)  # rows and columns from 1; 0 is none
    before = np.zeros(n + 1, np.int64)
    for row in range(1, n + 1):
        row_of[0] = row
        column = 0
        least = np.full(n + 1, np.inf)
        used = np.zeros(n + 1, np.bool_)
        while row_of[column] != 0:
            used[column] = True
            here, step, following = row_of[column], np.inf, 0
            for other in range(1, n + 1):
                if used[other]:
                    continue
                reduced = cost[here - 1, other - 1] - row_price[here] - column_price[other]
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
        column_of[row_of[column] - 1] = column - 1
