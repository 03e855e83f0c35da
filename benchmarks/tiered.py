"""The tiered service on Manhattan's streets: calls a second, beside the same rules in plain Python, and growth."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace

from benchmarks.figure import Figure, beside, shared_data
from sixpoint.dispatch import load_call_types, load_policy
from sixpoint.plan.tiered.loop import simulate
from sixpoint.plan.tiered.model import build_service
from sixpoint.plan.tiered.patients import Demand, draw_patients
from sixpoint.plan.tiered.scenario.change import invented
from sixpoint.plan.tiered.shapes import new_state, new_table
from sixpoint.region import Facility, Post, Region, Shift, Unit, bundled_region, read_region
from sixpoint.region.demand import DemandModel
from sixpoint.road import TravelTimes, user_cache
from sixpoint.road.jemss import read_jemss_roads

AMBULANCES, RESPONDERS, QUICK = 12, 20, 6
PER_HOUR = 6.0  # keeps the twelve ambulances busy two fifths of the time
RUSH_PER_HOUR = 12.0  # and nearly always: most calls wait for something, and are looked at again and again
DAYS = 100
SLICE = 150  # calls that the plain service is given: it takes some tenths of a second each
FLEETS = (10, 100, 1000)
RUNS = 5


def figures() -> Iterator[Figure]:
    """Calls a second with 12 ambulances, 20 EMR posts and 6 paramedic units; time a call from 10 to 1,000 units."""
    data = shared_data()
    if data is None:
        return
    network = read_jemss_roads(data / "jemss" / "manhattan").network()
    travel = TravelTimes(network, cache=user_cache())
    types, policy = load_call_types(), load_policy()
    region = manhattan(network, AMBULANCES, RESPONDERS, QUICK, PER_HOUR)
    service = build_service(region, types, policy, DAYS, travel=travel)
    drawn = draw_patients(region, types, Demand(), DAYS, 1)
    rate, state = best_rate(service, drawn.calls)
    plain_s, trace = plain_run(service, region, drawn.calls[:SLICE])
    ours = new_state(service.world, service.units, drawn.calls[:SLICE], service.facilities, 200 * SLICE)
    simulate(service.world, ours, new_table(service.world, len(service.units)))
    assert [tuple(row) for row in ours.trace[: ours.count[3]].tolist()] == trace, "both do the same"
    name = "tiered Manhattan, 12 ambulances, 20 EMR posts, 6 paramedic units; reference: plain Python, live choice"
    yield beside(name, rate, "calls/s", SLICE / plain_s)
    yield beside("share of time that an ambulance is on a call", ambulances_busy(service, state), "")
    rushed = manhattan(network, AMBULANCES, RESPONDERS, QUICK, RUSH_PER_HOUR)
    service = build_service(rushed, types, policy, DAYS, travel=travel)
    rate, state = best_rate(service, draw_patients(rushed, types, Demand(), DAYS, 1).calls)
    yield beside("the same with twice the calls", rate, "calls/s")
    yield beside("share of time that an ambulance is on a call, twice the calls", ambulances_busy(service, state), "")
    first_ns = 0.0
    for units in FLEETS:
        parts = (units * 12 // 38, units * 20 // 38, units - units * 12 // 38 - units * 20 // 38)
        region = manhattan(network, *parts, PER_HOUR * units / 38)
        days = max(2, DAYS * 38 // units // 2)
        service = build_service(region, types, policy, days, travel=travel)
        rate, _ = best_rate(service, draw_patients(region, types, Demand(), days, 1).calls)
        first_ns = first_ns or 1e9 / rate
        reference = first_ns * units / FLEETS[0]
        yield beside(f"time a call with {units} units; reference: 10 units in proportion", 1e9 / rate, "ns", reference)


def manhattan(network: Any, ambulances: int, responders: int, quick: int, per_hour: float) -> Region:
    """Units of three kinds at nodes spread over the streets, one demand for all hours, four hospitals."""
    base = read_region(bundled_region("riverton"))
    days = base.ends_at - base.starts_at
    mix = {call.dispatch_code: 0.0 for call in base.calls}
    for call in base.calls:
        mix[call.dispatch_code] += 1.0
    nodes = np.random.default_rng(7).permutation(np.flatnonzero(network.can_stop))
    als = ("ambulance", "als_ambulance", True, ("Paramedic", "EMT"))
    bls = ("ambulance", "bls_ambulance", True, ("EMT", "EMT"))
    kinds = [als if n % 3 == 0 else bls for n in range(ambulances)]
    kinds += [("first_response", "responder_bag", False, ("EMR", "EMR"))] * responders
    kinds += [("quick_response", "als_quick_response", False, ("Paramedic",))] * quick
    posts, units, people, shifts = {}, {}, {}, []
    for number, (kind, kit, transport, crew) in enumerate(kinds):
        name = f"u{number:04d}"
        posts[name] = Post(name, name, "street", 0.0, 0.0, int(nodes[number % len(nodes)]), 0.0)
        units[name] = Unit(name, name, kind, name, transport, kit, 60.0)
        for seat, level in enumerate(crew):
            person = invented(f"{name} {seat}", level, base)
            people[person.id] = person
            shifts.append(Shift(name, person.id, base.starts_at - timedelta(days=1), base.starts_at + 2 * days))
    treats = frozenset({"stroke", "stemi", "trauma", "trauma_1", "burn", "pediatric", "obstetric", "behavioural"})
    hospitals = {
        f"h{n}": Facility(f"h{n}", f"h{n}", "hospital", 0.0, 0.0, treats, True, int(nodes[-1 - n]), 0.0)
        for n in range(4)
    }
    demand = DemandModel((per_hour,) * 24, mix)
    return replace(
        base, id="manhattan-tiered", units=units, posts=posts, clinicians=people, shifts=tuple(shifts),
        facilities=hospitals, network=network, calls=(), demand=demand, lights_factor=1.0,
    )  # fmt: skip


def ambulances_busy(service: Any, state: Any) -> float:
    """The share of the simulated time that ambulances are on a call."""
    here = np.array([kind == "ambulance" for kind in service.kinds])
    return float(state.units["busy_ms"][here].sum() / state.calls["at"][-1] / here.sum())


def best_rate(service: Any, calls: Any) -> tuple[float, Any]:
    """Calls a processor second in the quickest of several runs, compilation left out: others disturb it less."""
    table = new_table(service.world, len(service.units))
    best = 0.0
    state = new_state(service.world, service.units, calls[:20], service.facilities, 0)
    simulate(service.world, state, table)
    for _ in range(RUNS):
        state = new_state(service.world, service.units, calls, service.facilities, 0)
        start = time.thread_time()
        simulate(service.world, state, table)
        best = max(best, len(calls) / (time.thread_time() - start))
    return best, state


def plain_run(service: Any, region: Region, calls: Any) -> tuple[float, Any]:
    """Processor seconds that the plain service takes for the calls, and its trace."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.plan_tiered.plain_tiered import PlainService

    plain = PlainService(service, region, calls)
    start = time.thread_time()
    plain.run()
    return time.thread_time() - start, plain.trace


if __name__ == "__main__":
    for figure in figures():
        print(figure)
