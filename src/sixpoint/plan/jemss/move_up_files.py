"""Reads what the move-up rules need: a priority list, a compliance table, or demand to cover."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sixpoint.errors import InputError
from sixpoint.plan.jemss.columns import numbered, tables_of, whole
from sixpoint.plan.jemss.demand import cover_sets, read_demand
from sixpoint.plan.jemss.move_up import COMP_TABLE, DMEXCLP, PRIORITY_LIST, STAY, MoveUp
from sixpoint.plan.jemss.world import World
from sixpoint.tables import Faults

# Rule -> whether it needs a file of its own.
RULES = {"none": False, "priority_list": True, "comp_table": True, "dmexclp": False}


def stay_home() -> MoveUp:
    """No move-up: units return to their own station."""
    return _move_up(STAY)


def read_move_up(rule: str, path: Path | None, world: World, busy_fraction: float = 0.5) -> MoveUp:
    """The move-up rule of this name for a city; `InputError` names every fault of its file.

    `busy_fraction` is dmexclp's (Jagtenberg et al. 2015): the share of time a unit is taken to be busy.
    """
    if rule not in RULES:
        raise InputError.one("move-up", f"'{rule}' is not known", f"Write one of: {', '.join(RULES)}.")
    if RULES[rule] != (path is not None):
        what = "needs a file" if RULES[rule] else "takes no file"
        raise InputError.one("move-up", f"{rule} {what}", "See `sixpoint plan jemss --help`.")
    units, stations = len(world.city.home), len(world.city.stations.node)
    if rule == "dmexclp":
        return _dmexclp(world, busy_fraction)
    if path is None:
        return stay_home()
    if rule == "priority_list":
        return _priority_list(path, units, stations)
    return _comp_table(path, units, stations)


def _priority_list(path: Path, units: int, stations: int) -> MoveUp:
    faults = Faults()
    tables = tables_of(path, ["priorityList"], faults)
    faults.raise_any()
    table = tables["priorityList"]
    count = numbered(table, "item" if "item" in table.columns else "numAmbs", faults)
    if count != units:
        faults.add(
            table.where, f"the list has {count} items for {units} ambulances", "Give one item for each ambulance."
        )
    listed = whole(table, "stationIndex", faults, 1, stations) - 1
    faults.raise_any()
    return _move_up(PRIORITY_LIST, stations=listed.astype(np.int32))


def _comp_table(path: Path, units: int, stations: int) -> MoveUp:
    faults = Faults()
    tables = tables_of(path, ["compTable"], faults)
    faults.raise_any()
    table = tables["compTable"]
    count = numbered(table, "numAmbs", faults)
    if count != units:
        faults.add(table.where, f"the table has {count} rows for {units} ambulances", "Give a row for each number.")
    columns = [whole(table, f"station_{number}", faults, 0, units) for number in range(1, stations + 1)]
    faults.raise_any()
    wanted = np.stack(columns, axis=1)
    for row in np.flatnonzero(wanted.sum(axis=1) != np.arange(1, units + 1)):
        where = f"{table.where}:{table.line + row}"
        faults.add(where, f"wants {wanted[row].sum()} ambulances of {row + 1}", "Make each row sum to its number.")
    faults.raise_any()
    slots = np.zeros((units, units), np.int32)
    for number, per_station in enumerate(wanted, 1):
        slots[number - 1, :number] = np.repeat(np.arange(stations), per_station)
    return _move_up(COMP_TABLE, slots=slots)


def _dmexclp(world: World, busy_fraction: float) -> MoveUp:
    if not 0 <= busy_fraction < 1:
        raise InputError.one("move-up", f"the busy fraction is {busy_fraction}", "Write a number from 0 up to 1.")
    demand, coverage = read_demand(world.city)
    sets = cover_sets(world.city, world.arrays, demand, coverage)
    total = np.array([raster.z.sum() for raster in demand.rasters])
    return _move_up(
        DMEXCLP,
        gain=busy_fraction ** np.arange(len(world.city.home)) * (1 - busy_fraction),
        set_first=sets.first,
        covers=sets.covers,
        demand=sets.demand,
        coverage_of=sets.coverage_of,
        demand_start=demand.start,
        demand_raster=demand.raster_of,
        demand_factor=demand.per_day / total[demand.raster_of],
    )


def _move_up(rule: int, **data: Any) -> MoveUp:
    """A rule with its data; the arrays of the other rules are empty."""
    none, no_table = np.empty(0), np.empty((0, 0))
    empty = MoveUp(
        rule=rule,
        stations=np.empty(0, np.int32),
        slots=np.empty((0, 0), np.int32),
        gain=none,
        set_first=np.zeros(1, np.int64),
        covers=np.empty((0, 0), np.bool_),
        demand=no_table,
        coverage_of=np.empty((0, 0), np.int64),
        demand_start=none,
        demand_raster=np.empty((0, 0), np.int64),
        demand_factor=no_table,
    )
    whole_arrays: dict[str, Any] = {name: np.ascontiguousarray(value) for name, value in data.items()}
    return empty._replace(**whole_arrays)
