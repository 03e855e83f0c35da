"""A city made ready to run, and a run: roads, tables and places prepared once, then any number of runs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from sixpoint.kernels import compiled
from sixpoint.plan.jemss.calls import Calls
from sixpoint.plan.jemss.city import City, Places
from sixpoint.plan.jemss.kernel import BOTH_WAYS, CALL, PLACE, CityArrays, RuleArrays
from sixpoint.plan.jemss.loop import DONE, MOVED, simulate
from sixpoint.plan.jemss.move_up import MoveUp
from sixpoint.plan.jemss.tables import roads_of
from sixpoint.plan.jemss.ways import Records, Roads, way_day

Floats = npt.NDArray[np.float64]


class World(msgspec.Struct, frozen=True, eq=False):
    """A city ready to run; `came` says whether its travel times were read from the cache or built."""

    city: City
    roads: Roads
    arrays: CityArrays
    came: str


class Run(msgspec.Struct, frozen=True, eq=False):
    """What one run gave: the calls with what became of them, when the last unit was home, and how much happened."""

    calls: Records
    end_day: float
    events: int
    moved_up: int
    took_s: float


def open_world(city: City, cache: Path | None = None) -> World:
    """Prepares a city; its travel times are read from or kept in the cache folder, if one is given."""
    roads, came = roads_of(city, cache)
    stations, hospitals = city.stations, city.hospitals
    modes, nodes, count = len(city.arc_day), len(city.node_x), len(stations.node)
    station_day, nearest = np.zeros((modes, nodes, count), BOTH_WAYS), np.zeros((modes, nodes), np.int32)
    _station_days(roads.nodes, roads.between_day, stations.node, station_day)
    off_road_day = hospitals.km[None, :] / city.off_road_km_day[:, None]
    _nearest_hospital(roads.nodes, roads.between_day, hospitals.node, off_road_day, nearest)
    arrays = CityArrays(
        off_road_km_day=city.off_road_km_day,
        set_start=city.set_start,
        mode_of=city.mode_of.astype(np.int32),
        response_priority=city.response_priority.astype(np.int32),
        stations=_place_records(stations),
        hospitals=_place_records(hospitals),
        home=city.home.astype(np.int32),
        station_day=station_day,
        nearest=nearest,
        no_slower=np.array([[bool((one <= other).all()) for other in city.arc_day] for one in city.arc_day]),
    )
    return World(city, roads, arrays, came)


def _place_records(places: Places) -> Records:
    records = np.zeros(len(places.node), PLACE)
    records["km"], records["node"] = places.km, places.node
    return records


@compiled(nogil=True)
def _station_days(nodes: Any, between_day: Any, station_node: Any, day: Any) -> None:
    """Times on the road from each station to each node and back, by mode."""
    for mode in range(day.shape[0]):
        for node in range(day.shape[1]):
            for place in range(len(station_node)):
                both = day[mode, node, place]
                both.out_day = way_day(nodes, between_day, mode, station_node[place], node)[0]
                both.home_day = way_day(nodes, between_day, mode, node, station_node[place])[0]


@compiled(nogil=True)
def _nearest_hospital(nodes: Any, between_day: Any, hospital_node: Any, off_road_day: Any, nearest: Any) -> None:
    """The hospital soonest reached from each node, by mode; the lowest number of several."""
    for mode in range(nearest.shape[0]):
        for node in range(nearest.shape[1]):
            best = np.inf
            for place in range(len(hospital_node)):
                way = way_day(nodes, between_day, mode, node, hospital_node[place])[0]
                if way + off_road_day[mode, place] < best:
                    best, nearest[mode, node] = way + off_road_day[mode, place], place


def call_records(city: City, calls: Calls) -> Records:
    """The calls for the loop, each attached to its node; nothing has become of them yet."""
    places = city.attach(calls.x, calls.y)
    records = np.zeros(len(calls.arrival), CALL)
    records["priority"], records["travel"] = calls.priority, city.response_priority[calls.priority]
    records["node"], records["km"] = places.node, places.km
    records["wanted"], records["transport"] = calls.hospital, calls.transport
    records["arrival"], records["delay"] = calls.arrival, calls.dispatch_delay
    records["on_scene"], records["handover"] = calls.on_scene, calls.handover
    for name in ("dispatched", "reached", "at_hospital", "hospital", "unit"):
        records[name] = -1
    return records


def run(world: World, calls: Records, rules: RuleArrays, move_up: MoveUp) -> Run:
    """Runs all calls (they are copied, not changed); the same inputs give the same bits."""
    done = calls.copy()
    # Without a call it only gets ready: compiled code is made or loaded before the clock starts.
    simulate(world.roads, world.arrays, done[:0], rules, move_up)
    start = time.perf_counter()
    end_day, counters = simulate(world.roads, world.arrays, done, rules, move_up)
    took_s = time.perf_counter() - start
    events = int(counters[DONE]) + len(world.arrays.home)  # JEMSS wakes each unit with an event of its own
    return Run(done, float(end_day), events, int(counters[MOVED]), took_s)
