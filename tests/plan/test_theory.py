"""Queueing theory: the hypercube against published systems, and the simulation against both it and Erlang."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtrit
from small_city import table, write

from sixpoint.errors import InputError
from sixpoint.plan.hypercube import approximate_workloads, solve_hypercube
from sixpoint.plan.jemss.city import read_city
from sixpoint.plan.jemss.kernel import CALL, RuleArrays
from sixpoint.plan.jemss.move_up_files import stay_home
from sixpoint.plan.jemss.world import World, open_world, run

# Larson & Odoni section 5.4.3: four classes of atoms by preference (rates recovered from the published results).
CLASSES = [((0, 1, 2), 0.50), ((0, 2, 1), 0.25), ((1, 0, 2), 0.35), ((2, 0, 1), 0.40)]
RATES, PREFERENCES = [rate for _, rate in CLASSES], [list(order) for order, _ in CLASSES]
ERLANG_B = {(1, 1): 0.5, (2, 1): 0.2, (3, 1.5): 0.134328, (5, 3): 0.110054, (10, 5): 0.018385, (10, 10): 0.214582}
ERLANG_C = {(2, 1): 0.333333, (3, 1.5): 0.236842, (5, 3): 0.236152, (10, 5): 0.036105}


def test_three_units_with_a_line_are_as_busy_as_published() -> None:
    found = solve_hypercube(RATES, PREFERENCES, 1.0, "infinite")
    assert found.workload == pytest.approx([0.5574, 0.4734, 0.4693], abs=1e-4)
    states = [0.21053, 0.13669, 0.08863, 0.09489, 0.09047, 0.08894, 0.05301, 0.11842]
    assert found.probability == pytest.approx(states, abs=1e-5)
    assert found.all_busy == pytest.approx(0.23684, abs=1e-5)


def test_three_units_without_a_line_lose_what_erlang_says() -> None:
    found = solve_hypercube(RATES, PREFERENCES, 1.0, "zero")
    assert found.workload == pytest.approx([0.4979, 0.4026, 0.3980], abs=1e-4)
    assert found.all_busy == pytest.approx(0.134328, abs=1e-6) and found.queue == 0.0


@pytest.mark.parametrize("units_load", ERLANG_B)
def test_calls_lost_follow_erlang_b(units_load: tuple[int, float]) -> None:
    units, load = units_load
    assert solve_hypercube([load], [list(range(units))], 1.0, "zero").all_busy == pytest.approx(
        ERLANG_B[units_load], abs=1e-6
    )


@pytest.mark.parametrize("units_load", ERLANG_C)
def test_calls_that_wait_follow_erlang_c(units_load: tuple[int, float]) -> None:
    units, load = units_load
    assert solve_hypercube([load], [list(range(units))], 1.0, "infinite").all_busy == pytest.approx(
        ERLANG_C[units_load], abs=1e-6
    )


@settings(max_examples=100)
@given(
    st.integers(1, 5).flatmap(
        lambda n: st.lists(st.tuples(st.permutations(range(n)), st.floats(0.05, 1)), min_size=1, max_size=4)
    )
)
def test_work_done_is_work_that_came(classes: list[tuple[list[int], float]]) -> None:
    rates, preferences = [rate for _, rate in classes], [list(order) for order, _ in classes]
    found = solve_hypercube(rates, preferences, 1.5, "zero")
    assert (found.probability > -1e-12).all() and found.probability.sum() == pytest.approx(1)
    assert found.workload.sum() == pytest.approx(sum(rates) * (1 - found.all_busy) / 1.5)
    assert found.sent.sum() == pytest.approx(1 - found.all_busy)


def test_three_rounds_of_the_approximation_give_the_published_workloads() -> None:
    found = approximate_workloads(RATES, PREFERENCES, 1.0, "infinite", rounds=3)
    assert found == pytest.approx([0.5627, 0.4716, 0.4657], abs=2e-4)
    assert found == pytest.approx([0.56276, 0.47159, 0.46565], abs=1e-5)


@settings(max_examples=60)
@given(
    st.integers(2, 6).flatmap(lambda n: st.lists(st.permutations(range(n)), min_size=3, max_size=12)),
    st.sampled_from(["zero", "infinite"]),
    st.floats(0.1, 0.85),
)
def test_the_approximation_is_near_the_exact_workloads(orders: list[list[int]], line: str, use: float) -> None:
    rates = [use * len(orders[0]) / len(orders)] * len(orders)
    exact = solve_hypercube(rates, orders, 1.0, line).workload
    near = approximate_workloads(rates, orders, 1.0, line)
    assert near.sum() == pytest.approx(exact.sum()) and np.abs(near - exact).mean() < 0.02


def test_the_approximation_takes_hundreds_of_units() -> None:
    random = np.random.default_rng(4)
    orders = [random.permutation(300) for _ in range(200)]
    found = approximate_workloads([1.0] * 200, orders, 1.0, "zero")
    assert ((found > 0) & (found < 1)).all() and found.mean() == pytest.approx(200 / 300, rel=1e-6)


def travel(boundary: float) -> tuple[float, float]:
    """Mean travel and imbalance in the two-unit city of Larson & Odoni section 5.3.3 (zero line, load 1.25).

    Units at x = 0.75 and -0.25, a mile apart; `boundary` is how far from the first one the second is preferred.
    """
    places = np.array([0.75, -0.25])
    # Half of the demand lies evenly on 0.75 to 1, half on -1 to 0.75; pieces end where a distance changes its form.
    cuts = sorted({-1.0, -0.25, 0.75, 1.0, 0.75 - boundary})
    rates, orders, distances = [], [], []
    for low, high in itertools.pairwise(cuts):
        rates.append(0.5 * (high - low) / (0.25 if low >= 0.75 else 1.75))
        orders.append([0, 1] if low >= 0.75 - boundary else [1, 0])
        distances.append(np.abs((low + high) / 2 - places))
    found = solve_hypercube(1.25 * np.array(rates), orders, 1.0, "zero")
    served = found.sent / (1 - found.all_busy)
    return float((served * np.array(distances)).sum()), float(abs(np.diff(found.workload)[0]))


def test_two_units_travel_and_share_as_published_and_nearest_is_not_best() -> None:
    assert travel(0.5) == pytest.approx((0.46246, 0.05236), abs=1e-5)  # half-way: the nearest unit is sent
    assert travel(53 / 126) == pytest.approx((0.46166, 0.04405), abs=1e-5)
    best = min(np.linspace(0.3, 0.6, 301), key=lambda boundary: travel(boundary)[0])
    assert best == pytest.approx(53 / 126, abs=1e-3)


def test_what_cannot_be_solved_is_refused() -> None:
    for rates, preferences, line in (
        ([1.0], [[0, 0]], "zero"),
        ([-1.0], [[0]], "zero"),
        ([2.0], [[0, 1]], "infinite"),
        ([1.0], [list(range(15))], "zero"),
        ([1.0, 1.0], [[0]], "zero"),
    ):
        with pytest.raises(InputError):
            solve_hypercube(rates, preferences, 1.0, line)


def no_distance(folder: Path, orders: list[tuple[int, ...]], homes: list[int]) -> World:
    """A city in which travel takes a billionth of a service, but preferences are as given: a station a unit."""
    stations = len(orders[0])
    nodes = stations + len(orders)
    spots = [(node + 1, node * 0.1, 0.0) for node in range(nodes)]
    arcs = []
    for place, order in enumerate(orders):
        for rank, station in enumerate(order):
            arcs.append((station + 1, stations + place + 1, 1e-9 * (1 + 0.3 * rank)))
            arcs.append((stations + place + 1, station + 1, 1e-9))
    form = table("miscData", "arcForm,numModes", [("directed", 1)])
    names = ("highPriority", "medPriority", "lowPriority")
    write(
        folder / "a.csv",
        form + table("arcs", "index,fromNode,toNode,mode_1", [(i, *arc) for i, arc in enumerate(arcs, 1)]),
    )
    write(folder / "n.csv", table("nodes", "index,x,y", spots))
    write(folder / "m.csv", table("map", "xScale,yScale", [(1, 1)]))
    write(
        folder / "t.csv",
        table("travelModes", "travelModeIndex,offRoadSpeed", [(1, 1)])
        + table("travelSets", "travelSetIndex,priority,travelModeIndex", [(1, name, 1) for name in names])
        + table("travelSetsTiming", "startTime,travelSetIndex", [(0, 1)]),
    )
    write(folder / "p.csv", table("priorities", "priority,name,targetResponseTime", [(1, names[0], 1)]))
    write(folder / "s.csv", table("stations", "index,x,y", spots[:stations]))
    write(folder / "h.csv", table("hospitals", "index,x,y", spots[:1]))
    write(
        folder / "u.csv", table("ambulances", "index,stationIndex", [(i, home + 1) for i, home in enumerate(homes, 1)])
    )
    return open_world(read_city(folder))


def drawn(rates: list[float], stations: int, count: int, random: np.random.Generator) -> np.ndarray:
    """Poisson calls of the classes with exponential service of mean 1 and no other delay."""
    calls = np.zeros(count, CALL)
    calls["arrival"] = np.cumsum(random.exponential(1 / sum(rates), count))
    calls["node"] = stations + random.choice(len(rates), count, p=np.array(rates) / sum(rates))
    calls["on_scene"] = random.exponential(1.0, count)
    calls["wanted"] = -1
    return calls


def interval(samples: list[float]) -> tuple[float, float]:
    """Student's 99 % interval of the mean of independent replications."""
    half = float(stdtrit(len(samples) - 1, 0.995)) * float(np.std(samples, ddof=1)) / math.sqrt(len(samples))
    return float(np.mean(samples)) - half, float(np.mean(samples)) + half


RULES = RuleArrays(np.zeros((3, 3), np.bool_), False, 0.0, np.zeros(1))


@pytest.mark.parametrize("units_load", ERLANG_C)
def test_the_simulation_waits_as_erlang_c_says(units_load: tuple[int, float], tmp_path: Path) -> None:
    units, load = units_load
    world = no_distance(tmp_path, [(0,)], [0] * units)
    waited, waits = [], []
    for seed in range(12):
        calls = drawn([load], 1, 20_000, np.random.default_rng(seed))
        done = run(world, calls, RULES, stay_home()).calls
        waited.append(float(done["queued"].mean()))
        waits.append(float((done["reached"] - done["arrival"]).mean()))
    low, high = interval(waited)
    assert low <= ERLANG_C[units_load] <= high
    low, high = interval(waits)
    assert low <= ERLANG_C[units_load] / (units - load) <= high


@pytest.mark.parametrize("service", ["exponential", "constant", "lognormal"])
@pytest.mark.parametrize("units_load", [(3, 1.5), (5, 3), (10, 10)])
def test_the_simulation_loses_as_erlang_b_says_whatever_the_time_of_service(
    units_load: tuple[int, float], service: str, tmp_path: Path
) -> None:
    """JEMSS's rules lose no call, so a second station takes what finds every unit of the first one busy: its share is
    what a service of the first alone would lose."""
    units, load = units_load
    world = no_distance(tmp_path, [(0, 1)], [0] * units + [1] * 30)
    lost = []
    for seed in range(10):
        random = np.random.default_rng(seed)
        calls = drawn([load], 2, 10_000, random)
        calls["on_scene"] = {
            "exponential": calls["on_scene"],
            "constant": np.ones(len(calls)),
            "lognormal": random.lognormal(-0.5, 1.0, len(calls)),
        }[service]
        done = run(world, calls, RULES, stay_home()).calls
        assert not done["queued"].any()
        lost.append(float((done["unit"] >= units)[len(calls) // 10 :].mean()))
    low, high = interval(lost)
    assert low <= ERLANG_B[units_load] <= high and high - low < 0.25 * ERLANG_B[units_load]


def test_the_simulation_works_its_units_as_the_hypercube_says(tmp_path: Path) -> None:
    world = no_distance(tmp_path, [order for order, _ in CLASSES], [0, 1, 2])
    exact = solve_hypercube(RATES, PREFERENCES, 1.0, "infinite").workload
    busy: list[list[float]] = [[], [], []]
    for seed in range(12):
        done = run(world, drawn(RATES, 3, 20_000, np.random.default_rng(seed)), RULES, stay_home())
        for unit in range(3):
            busy[unit].append(float(done.calls["on_scene"][done.calls["unit"] == unit].sum()) / done.end_day)
    for unit, samples in enumerate(busy):
        low, high = interval(samples)
        assert low <= exact[unit] <= high
