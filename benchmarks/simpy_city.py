"""The Manhattan model by JEMSS's rules beside a SimPy model of the same city with cruder rules, in one run.

The SimPy model has the same ambulances, stations, hospitals and calls, and leaves out what makes a city a city: one
drives as the crow flies at one speed for each priority, an ambulance is free again only at its station, nobody is
redispatched, and a call that waits gets whoever is free first. It is written as SimPy's own examples are: a process for
each call, a resource for the ambulances.

Processor seconds of the thread are measured, the quickest of several runs of each: a busy machine disturbs both less.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import simpy

from benchmarks.figure import Figure, beside, shared_data
from sixpoint.plan.jemss.calls import Calls, read_calls
from sixpoint.plan.jemss.city import City, read_city
from sixpoint.plan.jemss.kernel import RuleArrays
from sixpoint.plan.jemss.loop import simulate
from sixpoint.plan.jemss.move_up_files import stay_home
from sixpoint.plan.jemss.rules import default_redispatch
from sixpoint.plan.jemss.tables import user_cache
from sixpoint.plan.jemss.world import World, call_records, open_world

DAY_MIN = 1440.0
# Speeds of an ambulance in town, km/min: with lights for high priority, without for the rest.
KM_MIN = (0.75, 0.5, 0.5)
SLICE = 10_000
RUNS = 3


class Point(NamedTuple):
    """A place in km."""

    x: float
    y: float

    def minutes_to(self, other: Point, km_min: float) -> float:
        """The time to another place as the crow flies."""
        return math.hypot(self.x - other.x, self.y - other.y) / km_min


class Patient(NamedTuple):
    """A call as the SimPy model knows it; times in minutes."""

    at: float
    place: Point
    priority: int
    delay: float
    on_scene: float
    carried: bool
    handover: float


class Service:
    """Ambulances that wait at their stations, and the hospitals."""

    def __init__(self, env: simpy.Environment, stations: list[Point], hospitals: list[Point]) -> None:
        self.env, self.hospitals = env, hospitals
        self.free = list(stations)
        self.ambulances = simpy.PriorityResource(env, capacity=len(stations))
        self.response: list[float] = []

    def send_nearest(self, place: Point) -> Point:
        """Takes the nearest free ambulance; it is known by its station."""
        chosen = min(self.free, key=lambda home: home.minutes_to(place, 1.0))
        self.free.remove(chosen)
        return chosen

    def respond(self, patient: Patient) -> Iterator[simpy.Event]:
        """One call from the ring until its ambulance is back."""
        env = self.env
        yield env.timeout(patient.delay)
        with self.ambulances.request(priority=patient.priority) as turn:
            yield turn
            home = self.send_nearest(patient.place)
            yield env.timeout(home.minutes_to(patient.place, KM_MIN[patient.priority]))
            self.response.append(env.now - patient.at)
            yield env.timeout(patient.on_scene)
            place = patient.place
            if patient.carried:
                place = min(self.hospitals, key=lambda one: one.minutes_to(patient.place, 1.0))
                yield env.timeout(patient.place.minutes_to(place, KM_MIN[-1]))
                yield env.timeout(patient.handover)
            yield env.timeout(place.minutes_to(home, KM_MIN[-1]))
            self.free.append(home)

    def receive(self, patients: list[Patient]) -> Iterator[simpy.Event]:
        """Calls come in."""
        for patient in patients:
            yield self.env.timeout(patient.at - self.env.now)
            self.env.process(self.respond(patient))


def simpy_run(stations: list[Point], hospitals: list[Point], patients: list[Patient]) -> list[float]:
    """Runs all calls; returns response times, min."""
    env = simpy.Environment()
    service = Service(env, stations, hospitals)
    env.process(service.receive(patients))
    env.run()
    return service.response


def crude(city: City, calls: Calls) -> tuple[list[Point], list[Point], list[Patient]]:
    """The city and its calls as the SimPy model knows them."""
    scale = np.array(city.km_per_deg)

    def points(x: Any, y: Any) -> list[Point]:
        return [Point(*row) for row in (np.stack((x, y), axis=1) * scale).tolist()]

    stations = points(city.stations.x[city.home], city.stations.y[city.home])
    columns = (
        calls.arrival * DAY_MIN,
        calls.priority,
        calls.dispatch_delay * DAY_MIN,
        calls.on_scene * DAY_MIN,
        calls.transport,
        calls.handover * DAY_MIN,
    )
    patients = [
        Patient(at, place, priority, delay, on_scene, carried, handover)
        for place, (at, priority, delay, on_scene, carried, handover) in zip(
            points(calls.x, calls.y), zip(*(column.tolist() for column in columns), strict=True), strict=True
        )
    ]
    return stations, points(city.hospitals.x, city.hospitals.y), patients


def kernel_s(world: World, records: Any, allowed: Any) -> float:
    """Processor seconds of the quickest run of the kernel, compilation left out."""
    rules = RuleArrays(allowed, False, 0.0, np.zeros(1))
    simulate(world.roads, world.arrays, records[:0].copy(), rules, stay_home())
    best = math.inf
    for _ in range(2 * RUNS):
        done = records.copy()
        start = time.thread_time()
        simulate(world.roads, world.arrays, done, rules, stay_home())
        best = min(best, time.thread_time() - start)
    return best


def figures() -> Iterator[Figure]:
    """Calls a second by JEMSS's rules, with and without redispatch; the reference is SimPy with cruder rules."""
    data = shared_data()
    if data is None:
        return
    folder = data / "jemss" / "manhattan"
    city = read_city(folder)
    world = open_world(city, user_cache())
    calls = read_calls(folder / "reference" / "calls_none_first30000.csv.gz", len(city.hospitals.node))
    given = crude(city, calls.first(SLICE))
    quickest = math.inf
    for _ in range(RUNS):
        start = time.thread_time()
        response = simpy_run(*given)
        quickest = min(quickest, time.thread_time() - start)
    assert len(response) == SLICE
    records = call_records(city, calls)
    for name, allowed in (("no redispatch", np.zeros((3, 3), np.bool_)), ("redispatch", default_redispatch())):
        rate = len(records) / kernel_s(world, records, allowed)
        said = f"JEMSS Manhattan, {name}; reference: SimPy, the same city with cruder rules"
        yield beside(said, rate, "calls/s", SLICE / quickest)
    said = "mean response in the SimPy model; reference: by JEMSS's rules"
    reached = records[:SLICE].copy()
    rules = RuleArrays(np.zeros((3, 3), np.bool_), False, 0.0, np.zeros(1))
    simulate(world.roads, world.arrays, reached, rules, stay_home())
    exact = float((reached["reached"] - reached["arrival"]).mean()) * DAY_MIN
    yield beside(said, float(np.mean(response)), "min", exact)


if __name__ == "__main__":
    for figure in figures():
        print(figure)
