"""Simulated runs told to the live service in memory; each is made once for a test process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from sixpoint.plan.tiered.patients import draw_patients
from sixpoint.plan.tiered.run import Run
from sixpoint.plan.tiered.run import run as simulated
from sixpoint.plan.tiered.scenario import Prepared, Scenario, prepare, read_scenario
from sixpoint.plan.tiered.study import seed_of
from sixpoint.service.opening import world_of
from sixpoint.service.simulated.memory import Memory
from sixpoint.service.simulated.script import Script

HARD = Path(__file__).parent / "hard.toml"


class Told(NamedTuple):
    """A run, the service that heard of it, and who told it."""

    prepared: Prepared
    run: Run
    service: Memory
    script: Script


@cache
def riverton_week() -> Told:
    """A week of Riverton as it is: four levels, 15 units."""
    return told(prepare(Scenario("riverton", days=7, seed=1), Path()))


@cache
def hard(seed: int) -> Told:
    """A busy day where everything changes, half of it with scenes that are not safe at first."""
    scenario = replace(read_scenario(HARD), seed=seed)
    return told(prepare(scenario, HARD.parent, file=HARD), staged=True)


@cache
def arrests() -> Told:
    """A day on which several crews of one level are at each patient."""
    file = HARD.parent / "arrests.toml"
    return told(prepare(read_scenario(file), file.parent, file=file))


def told(prepared: Prepared, *, staged: bool = False) -> Told:
    """The first run of a scenario, told to its end."""
    scenario = prepared.scenario
    seed = seed_of(scenario.seed, 0)
    drawn = draw_patients(prepared.region, prepared.service.types, prepared.demand, scenario.days, seed)
    if staged:
        unsafe = np.random.default_rng(seed).random(len(drawn.calls)) < 0.3
        drawn.calls["safe_at"] = np.where(unsafe, drawn.calls["at"] + 1_200_000, 0)
    run = simulated(prepared.service, drawn, traced=True)
    service = Memory(world_of(prepared.region, prepared.service.policy))
    script = Script(prepared, run, service)
    script.open()
    while script.next_ms() is not None:
        script.step()
    return Told(prepared, run, service, script)
