"""With no travel and one need a call, the simulation is a queue whose answers are known in closed form."""

from __future__ import annotations

from math import factorial

import numpy as np
import pytest
from msgspec.structs import replace

from sixpoint.dispatch import CallType, CallTypes, Need, load_policy
from sixpoint.plan.tiered.loop import simulate
from sixpoint.plan.tiered.model import NO_PACE, make_world, unit_rows
from sixpoint.plan.tiered.shapes import CALL, FACILITY, ROSTER, new_state, new_table
from sixpoint.road import TravelTimes, build_network
from sixpoint.scope import load_rulebook

RULES = load_rulebook()
CPR = 1 << RULES.skill("cpr").index
MEAN_MS = 600_000
CALLS = 30_000
RUNS = 8
T_99 = 3.499  # Student, 7 degrees of freedom, 99 %
TYPES = CallTypes({"1": CallType("1", "arrest", "critical", (Need("cpr", 1, None, "none", 1.0),), "no", "any")}, {})
NETWORK = build_network(
    np.array([0.0, 0.01]), np.zeros(2), np.array([0, 1]), np.array([1, 0]), np.full(2, 1000.0), np.full(2, 60.0)
)


def served(servers: int, load: float, seed: int, loses: bool, service: str):
    """One run: `load` erlangs offered to so many units."""
    rng = np.random.default_rng(seed)
    policy = replace(load_policy(), max_units=1)
    world = make_world(
        RULES, TYPES, policy, [(0, 0), (CPR, 0)], TravelTimes(NETWORK), NO_PACE._replace(loses=int(loses)), 1.0
    )
    roster = np.array([(0, unit, 1, 2) for unit in range(servers)], ROSTER)
    world = world._replace(roster=roster, care_ms=np.zeros_like(world.care_ms))
    calls = np.zeros(CALLS, CALL)
    calls["at"] = 1 + np.cumsum(rng.exponential(MEAN_MS / load, CALLS))
    for name in CALL.names[9:]:
        calls[name] = -1
    calls["mask"], calls["met"], calls["end"] = 1, 0, 0
    draws = {
        "exponential": rng.exponential(MEAN_MS, CALLS),
        "constant": np.full(CALLS, MEAN_MS),
        "lognormal": rng.lognormal(np.log(MEAN_MS) - 0.5, 1.0, CALLS),
    }
    calls["on_scene"] = draws[service]
    state = new_state(world, unit_rows(servers), calls, np.zeros(0, FACILITY), 0)
    simulate(world, state, new_table(world, servers))
    return state.calls[CALLS // 10 :]


def erlang_b(servers: int, load: float) -> float:
    return load**servers / factorial(servers) / sum(load**k / factorial(k) for k in range(servers + 1))


def erlang_c(servers: int, load: float) -> float:
    lost = erlang_b(servers, load)
    return lost / (1 - load / servers * (1 - lost))


def within(samples: list[float], truth: float) -> bool:
    half = T_99 * np.std(samples, ddof=1) / len(samples) ** 0.5
    return bool(abs(np.mean(samples) - truth) <= half and half < 0.25 * truth)


@pytest.mark.parametrize(("servers", "load"), [(2, 1.0), (3, 1.5), (10, 5.0), (12, 7.5)])
def test_waiting_is_erlang_c(servers: int, load: float) -> None:
    runs = [served(servers, load, seed, False, "exponential") for seed in range(RUNS)]
    assert all((run["closed"] >= 0).all() for run in runs)
    waits = [run["patient"] - run["at"] for run in runs]
    assert within([float((wait > 0).mean()) for wait in waits], erlang_c(servers, load))
    assert within([float(wait.mean()) for wait in waits], erlang_c(servers, load) * MEAN_MS / (servers - load))


@pytest.mark.parametrize("service", ["exponential", "constant", "lognormal"])
@pytest.mark.parametrize(("servers", "load"), [(3, 1.5), (5, 3.0), (10, 10.0)])
def test_losses_are_erlang_b_whatever_the_time_of_service(servers: int, load: float, service: str) -> None:
    runs = [served(servers, load, seed, True, service) for seed in range(RUNS)]
    assert within([float((run["end"] == 3).mean()) for run in runs], erlang_b(servers, load))


def test_the_closed_forms_are_the_published_ones() -> None:
    assert erlang_b(5, 3) == pytest.approx(0.110054, abs=1e-6)
    assert erlang_c(12, 7.5) == pytest.approx(0.095782, abs=1e-6)
