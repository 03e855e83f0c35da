"""One replication of several scenarios on the same patients, and the figures that they are compared by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np

from sixpoint.plan.tiered.figures import skill_times
from sixpoint.plan.tiered.patients import draw_patients
from sixpoint.plan.tiered.run import Run, run, since_ring_s
from sixpoint.plan.tiered.samples import Samples, take_samples
from sixpoint.plan.tiered.scenario import Prepared
from sixpoint.plan.tiered.surviving import chances_of

HOUR_MS: Final = 3_600_000


class Replication(msgspec.Struct, frozen=True):
    """The figures of one run by name; what did not come up in it is not there."""

    number: int
    seed: int
    calls: int
    figures: dict[str, float]


class Finished(msgspec.Struct, frozen=True, eq=False):
    """One replication of every scenario, in their order; `samples` are there if they were asked for."""

    number: int
    replications: tuple[Replication, ...]
    samples: tuple[Samples, ...] = ()


def replicate(prepared: Prepared, number: int, *, traced: bool = False) -> Run:
    """Run number so-and-so, from 0; its patients depend on the scenario's seed, the number and demand alone."""
    seed = seed_of(prepared.scenario.seed, number)
    drawn = draw_patients(prepared.region, prepared.service.types, prepared.demand, prepared.scenario.days, seed)
    return run(prepared.service, drawn, traced=traced, until_ms=24 * HOUR_MS * prepared.scenario.days)


def seed_of(seed: int, number: int) -> int:
    """A seed of its own for each replication."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1, np.uint64)[0])


def measure(prepared: Sequence[Prepared], number: int, sampled: bool = False) -> Finished:
    """One replication of every scenario; this is the piece of work that cores share."""
    figures, samples = [], []
    for one in prepared:
        done = replicate(one, number, traced=sampled)
        figures.append(summarise(one, done, number))
        if sampled:
            samples.append(take_samples(one, done))
    return Finished(number, tuple(figures), tuple(samples))


def summarise(prepared: Prepared, one: Run, number: int) -> Replication:
    """The figures of one run that scenarios are compared by.

    Shares met count needs never met as not met; means of times are over the needs that were met, and say so.
    """
    keep = one.calls["at"] >= prepared.scenario.warm_up_h * HOUR_MS
    found: dict[str, float] = {"calls": float(keep.sum())}
    for name, field in (("first on scene", "scene"), ("first at patient", "patient")):
        times = since_ring_s(one, field)[keep]
        came = times[np.isfinite(times)]
        if len(came):
            found[f"{name}, mean s"] = float(came.mean())
            found[f"{name}, 90th percentile s"] = float(np.sort(times)[math.ceil(0.9 * len(times) - 1e-9) - 1])
    found |= _by_skill(one, keep)
    for kind in sorted(set(one.service.kinds)):
        here = np.array([other == kind for other in one.service.kinds])
        duty = float(one.units["duty_ms"][here].sum())
        if duty > 0:
            found[f"utilisation of {kind}"] = float(one.units["busy_ms"][here].sum()) / duty
    for survival in chances_of(one, keep, prepared.curves):
        if len(survival.values):
            found[f"survival of {survival.patients} ({survival.curve.id})"] = float(survival.values.mean())
    finite = {name: value for name, value in found.items() if math.isfinite(value)}
    return Replication(number, seed_of(prepared.scenario.seed, number), int(keep.sum()), finite)


def _by_skill(one: Run, keep: Any) -> dict[str, float]:
    found, unmet, needs = {}, 0, 0
    for skill, times in skill_times(one, keep).items():
        met = np.isfinite(times.seconds)
        unmet, needs = unmet + int((~met).sum()), needs + len(met)
        found[f"{skill}: share met"] = float(met.mean())
        found[f"{skill}: share on target"] = float((times.seconds <= times.target_s).mean())
        if met.any():
            found[f"{skill}: mean s where met"] = float(times.seconds[met].mean())
    if needs:
        found["needs unmet, share of all"] = unmet / needs
    return found
