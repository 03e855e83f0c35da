"""Real against simulated: medians and 90th percentiles of every interval, units a call, calls a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec
import numpy as np

from sixpoint.plan.backtest.intervals import (
    ANY_UNIT,
    INTERVALS,
    Responses,
    logged_responses,
    simulated_responses,
)
from sixpoint.plan.backtest.week import Ready
from sixpoint.plan.demand.clock import clock_hours, sums
from sixpoint.plan.outcomes import Interval, fractile
from sixpoint.plan.tiered.run import run
from sixpoint.plan.tiered.stopping import interval_of

LEAST: Final = 20  # fewer real times than this make no row
SHARES: Final = (0.5, 0.9)


class Told(msgspec.Struct, frozen=True):
    """A median or 90th percentile, s, with its 95 % interval."""

    value: float | None
    interval: Interval


class Row(msgspec.Struct, frozen=True):
    """One interval of one type of unit. Of the log: order statistics of its `real_n` times. Simulated: the mean over
    runs of each run's own, with Student's interval over runs; `simulated_n` is the mean number of times in a run."""

    unit_type: str
    interval: str
    real_n: int
    simulated_n: float
    real_median_s: Told
    simulated_median_s: Told
    real_p90_s: Told
    simulated_p90_s: Told


class UnitsACall(msgspec.Struct, frozen=True):
    """Units of a type sent to a call, and come to one, on the mean; their hours on duty, and on these calls."""

    unit_type: str
    duty_h: float
    real_busy_h: float
    simulated_busy_h: float
    real_sent: float
    simulated_sent: float
    simulated_sent_interval: Interval
    real_arrived: float
    simulated_arrived: float
    simulated_arrived_interval: Interval


class DayCalls(msgspec.Struct, frozen=True):
    """The calls of a day that was simulated, and what the days before led to expect."""

    day: str
    received: int
    expected: float


class Speed(msgspec.Struct, frozen=True):
    """How runs were driven: so many times posted time, fitted on so many runs (0: too few, so as with lights)."""

    runs: int
    factor: float


class Backtest(msgspec.Struct, frozen=True):
    """Everything that was compared, and what it rests on."""

    calls: int
    runs: int
    rows: tuple[Row, ...]
    units: tuple[UnitsACall, ...]
    days: tuple[DayCalls, ...]
    real_carried: float
    simulated_carried: float
    delay_s: float
    lights: Speed
    normal: Speed
    away_h: float
    left_out: tuple[str, ...]


def simulate_runs(ready: Ready, runs: int, seed: int) -> Iterator[tuple[Responses, float]]:
    """The responses of each run, and the share of its calls that were carried."""
    for number in range(runs):
        done = run(ready.service, ready.drawn(seed + number), traced=True)
        carried = float((done.calls["departed"] >= 0).mean())
        yield simulated_responses(done, ready.unit_types, ready.delay_s), carried


def compare(ready: Ready, simulated: Sequence[tuple[Responses, float]]) -> Backtest:
    """Holds the runs against the log."""
    real = logged_responses(ready.learnt.real, ready.unit_types)
    found = [one for one, _ in simulated]
    kinds = sorted(set(real.unit_type), key=lambda kind: -int((real.unit_type == kind).sum()))
    rows = [_row(ANY_UNIT, "response", real.first_on_scene(), [one.first_on_scene() for one in found])]
    units, duty_h = [], _duty_h(ready)
    for kind in kinds:
        own, others = real.of(kind), [one.of(kind) for one in found]
        for name in INTERVALS:
            times = own.interval(name)
            if len(times) >= LEAST:
                rows.append(_row(kind, name, times, [one.interval(name) for one in others]))
        units.append(_units(kind, own, others, duty_h.get(kind, 0.0)))
    log, lights, unlit = ready.learnt.real, ready.learnt.lights, ready.learnt.unlit
    with_lights, without = ready.service.world.factors.mean(axis=1).tolist()
    return Backtest(
        calls=len(log.calls),
        runs=len(simulated),
        rows=tuple(rows),
        units=tuple(units),
        days=tuple(_days(ready)),
        real_carried=float(np.mean([bool(call.carried) for call in log.calls])),
        simulated_carried=float(np.mean([carried for _, carried in simulated])),
        delay_s=ready.delay_s,
        lights=Speed(lights.fitted_on, with_lights),
        normal=Speed(0 if unlit is None else unlit.fitted_on, without),
        away_h=ready.away_h,
        left_out=ready.left_out,
    )


def _row(kind: str, name: str, real: Any, simulated: Sequence[Any]) -> Row:
    told = []
    for share in SHARES:
        own = fractile(real, share)
        told.append(Told(own.value, own.interval))
        values = [float(value) for one in simulated if (value := fractile(one, share).value) is not None]
        told.append(Told(float(np.mean(values)), interval_of(values)) if values else Told(None, Interval(None, None)))
    count = float(np.mean([len(one) for one in simulated])) if simulated else 0.0
    return Row(kind, name, len(real), count, *told)


def _duty_h(ready: Ready) -> dict[str, float]:
    """Hours on duty in the days simulated, by type of unit."""
    found: dict[str, float] = {}
    region = ready.region
    for unit_id, kind in ready.unit_types.items():
        spans = {(one.starts_at, one.ends_at) for one in region.shifts if one.unit_id == unit_id}
        for first, last in spans:
            hours = (min(last, region.ends_at) - max(first, region.starts_at)) / timedelta(hours=1)
            found[kind] = found.get(kind, 0.0) + max(0.0, hours)
    return found


def _units(kind: str, real: Responses, simulated: Sequence[Responses], duty_h: float) -> UnitsACall:
    sent, arrived = ([one.a_call(arrived=word) for one in simulated] for word in (False, True))
    return UnitsACall(
        unit_type=kind,
        duty_h=duty_h,
        real_busy_h=real.busy_h(),
        simulated_busy_h=float(np.mean([one.busy_h() for one in simulated])),
        real_sent=real.a_call(arrived=False),
        simulated_sent=float(np.mean(sent)),
        simulated_sent_interval=interval_of(sent),
        real_arrived=real.a_call(arrived=True),
        simulated_arrived=float(np.mean(arrived)),
        simulated_arrived_interval=interval_of(arrived),
    )


def _days(ready: Ready) -> Iterator[DayCalls]:
    log, demand = ready.learnt.real, ready.learnt.demand
    hours = clock_hours(log.start, log.end, demand.zone)
    expected = sums(hours.day, demand.rates.expected(hours, hours.length_h))
    received = np.array(
        [(call.received_at.astimezone(demand.zone).date() - ready.spans.first).days for call in log.calls]
    )
    for day in range(ready.spans.days):
        name = (ready.spans.first + timedelta(days=day)).isoformat()
        yield DayCalls(name, int((received == day).sum()), float(expected[day]))
