"""One run of a service over drawn calls, and what it gave."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from sixpoint.plan.tiered.loop import simulate
from sixpoint.plan.tiered.model import Service
from sixpoint.plan.tiered.patients import Drawn
from sixpoint.plan.tiered.shapes import MOST_NEEDS, NO_END_MS, new_state, new_table

# Rows of trace that a call takes: each of some units reports eight times, each need is met once.
ROWS_A_CALL = 12 * 8 + 2 * MOST_NEEDS


class Run(msgspec.Struct, frozen=True, eq=False):
    """Calls and units as they ended, when each need was met (ms, -1 never) and by whom; `trace` if it was asked for."""

    service: Service
    calls: Any
    units: Any
    met_ms: Any
    met_by: Any
    bystander_cpr: Any
    trace: Any
    events: int
    end_ms: int


def run(service: Service, drawn: Drawn, *, traced: bool = False, until_ms: int = NO_END_MS) -> Run:
    """Simulates every call to its end; the same service and calls give the same bits.

    Time on duty and on calls is counted until `until_ms`, the end of the days simulated.
    """
    rows = len(drawn.calls) * ROWS_A_CALL + len(service.world.roster) + len(service.world.diversions) if traced else 0
    while True:
        state = new_state(service.world, service.units, drawn.calls, service.facilities, rows, drawn.times, until_ms)
        end_ms = simulate(service.world, state, new_table(service.world, len(service.units)))
        lost = int(state.count[5])
        if not traced or lost == 0:
            break
        rows += lost  # calls that wait are looked at again and again where units are few
    units, last_ms = state.units, end_ms if until_ms == NO_END_MS else until_ms
    for total, since, on in (("duty_ms", "duty_from", units["hands"] > 0), ("busy_ms", "assigned", units["call"] >= 0)):
        units[total] += np.where(on, np.maximum(last_ms - units[since], 0), 0)
    return Run(
        service, state.calls, units, state.met_ms, state.met_by, drawn.bystander_cpr,
        state.trace[: state.count[3]], int(state.count[4]), end_ms,
    )  # fmt: skip


def since_ring_s(run: Run, field: str) -> Any:
    """Seconds from the ring to an instant of each call, infinity if it never came."""
    at = run.calls[field]
    return np.where(at >= 0, (at - run.calls["at"]) / 1000, np.inf)
