"""Fits every step of a response to what a log shows, by kind of unit and group of calls; thin groups are pooled."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from sixpoint.plan.call_log.model import CallLog
from sixpoint.plan.durations.families import FAMILIES, Floats
from sixpoint.plan.durations.goodness import SHARES, Candidate, bootstrap_p, candidates, resolution_s
from sixpoint.plan.durations.observed import ANY, STEPS, Chain, LeftOut, observe, unit_chain

EMPIRICAL: Final = "empirical"
# Below this many rows a group has no fit of its own: the 90th percentile would rest on five rows.
LEAST: Final = 50
BOOTSTRAP: Final = 199
# A family whose gap is as rare as this under itself is not used; fewer than 99 samples can never show that.
REJECTED_AT: Final = 0.01
TABLE: Final = 101  # quantiles of an empirical distribution, 0 % to 100 %


class Cell(msgspec.Struct, frozen=True):
    """How long a step takes a kind of unit on a group of calls.

    `zero_share` of the rows are nought; the rest follows `family` with `parameters`. An empirical cell holds quantiles
    from 0 to 100 % of all its rows instead, noughts included. `observed_s` are the sample's quantiles at
    `goodness.SHARES`, noughts left out.
    """

    step: str
    unit: str
    call: str
    n: int
    zero_share: float
    family: str
    parameters: tuple[float, ...] = ()
    quantiles_s: tuple[float, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    observed_s: tuple[float, ...] = ()
    median_s: float = 0.0
    p90_s: float = 0.0


class Pooled(msgspec.Struct, frozen=True):
    """A group with too few rows for a fit of its own, and the group whose fit it takes (None: there is none)."""

    step: str
    unit: str
    call: str
    n: int
    into: tuple[str, str] | None


class Carried(msgspec.Struct, frozen=True):
    """The share of calls of a group in which a patient was taken to a facility, among the `n` of which the log says."""

    call: str
    n: int
    share: float


class ServiceTimes(msgspec.Struct, frozen=True):
    """Fitted times by (step, unit, call); what was pooled and what was left out on the way."""

    cells: dict[tuple[str, str, str], Cell]
    carried: dict[str, Carried] = {}
    pooled: tuple[Pooled, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    least: int = LEAST
    bootstrap: int = BOOTSTRAP

    def cell(self, step: str, unit: str, call: tuple[str, ...]) -> Cell | None:
        """The narrowest fit there is: by kind of unit first, then by group of calls (narrowest first)."""
        for who in unit_chain(unit):
            for what in call:
                found = self.cells.get((step, who, what))
                if found is not None:
                    return found
        return None


def fit_times(
    log: CallLog, calls: Chain, *, least: int = LEAST, bootstrap: int = BOOTSTRAP, seed: int = 1
) -> ServiceTimes:
    """Fits each group of at least `least` rows; `calls` names the groups of a type. Same seed, same fit."""
    observed = observe(log)
    rows: dict[tuple[str, str, str], list[float]] = {}
    wider: dict[str, tuple[str, ...]] = {}  # a group of calls and those it belongs to
    for one in observed.seen:
        groups = calls(one.call_type)
        wider |= {call: groups[place:] for place, call in enumerate(groups)}
        for unit in unit_chain(one.unit):
            for call in groups:
                rows.setdefault((one.step, unit, call), []).append(one.seconds)
    cells: dict[tuple[str, str, str], Cell] = {}
    order = list(STEPS)
    keys = sorted(rows, key=lambda key: (order.index(key[0]), key[1] == ANY, "/" not in key[1], key[1:]))
    for number, key in enumerate(keys):
        if len(rows[key]) >= least:
            random = np.random.Generator(np.random.PCG64([seed, number]))
            cells[key] = fit_cell(*key, np.array(rows[key]), bootstrap, random)
    times = ServiceTimes(cells, _carried(log, calls, least), (), observed.left_out, least, bootstrap)
    pooled = []
    for step, unit, call in keys:
        if (step, unit, call) not in cells:
            into = times.cell(step, unit, wider[call])
            pooled.append(
                Pooled(step, unit, call, len(rows[step, unit, call]), (into.unit, into.call) if into else None)
            )
    return msgspec.structs.replace(times, pooled=tuple(pooled))


def _carried(log: CallLog, calls: Chain, least: int) -> dict[str, Carried]:
    """The share carried of each group with enough calls; the widest group whenever there is a call at all."""
    known: dict[str, list[bool]] = {}
    for call in log.calls:
        if call.carried is not None:
            for group in calls(call.call_type):
                known.setdefault(group, []).append(call.carried)
    return {
        group: Carried(group, len(answers), sum(answers) / len(answers))
        for group, answers in sorted(known.items())
        if len(answers) >= least or group == ANY
    }


def fit_cell(step: str, unit: str, call: str, sample: Floats, bootstrap: int, random: np.random.Generator) -> Cell:
    """The family of least AIC; the sample itself where that family is rejected at 1 %, or there is nothing to fit."""
    above = np.sort(sample[sample > 0])
    zero_share = 1 - len(above) / len(sample)
    table = tuple(float(one) for one in np.quantile(sample, np.linspace(0, 1, TABLE)))
    middle, late = (float(np.quantile(sample, share, method="inverted_cdf")) for share in (0.5, 0.9))
    plain = Cell(step, unit, call, len(sample), 0.0, EMPIRICAL, quantiles_s=table, median_s=middle, p90_s=late)
    if len(np.unique(above)) < 3:
        return plain
    step_s = resolution_s(above)
    found = candidates(above, step_s)
    best = found[0]
    p_value = bootstrap_p(above, best, step_s, bootstrap, random) if bootstrap else None
    found[0] = msgspec.structs.replace(best, p_value=p_value)
    told = {
        "candidates": tuple(found),
        "observed_s": tuple(float(one) for one in np.quantile(above, SHARES, method="inverted_cdf")),
    }
    if p_value is None or p_value <= REJECTED_AT:
        return msgspec.structs.replace(plain, **told)
    return msgspec.structs.replace(
        plain, zero_share=zero_share, family=best.family, parameters=best.parameters, quantiles_s=(), **told
    )


def draw(cell: Cell, chance: Floats) -> Floats:
    """Times (s) of a cell at chances in [0, 1); none is longer than the step's limit."""
    limit_s = STEPS[cell.step].limit_s
    if cell.family == EMPIRICAL:
        return np.asarray(np.interp(chance, np.linspace(0, 1, len(cell.quantiles_s)), cell.quantiles_s))
    inside = np.clip((chance - cell.zero_share) / max(1 - cell.zero_share, 1e-12), 1e-12, 1 - 1e-12)
    drawn = FAMILIES[cell.family].quantile(inside, np.array(cell.parameters))
    return np.asarray(np.where(chance < cell.zero_share, 0.0, np.minimum(drawn, limit_s)))
