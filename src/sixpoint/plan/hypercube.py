"""Larson's hypercube model: who is busy together with whom, exactly for a few units, approximately for many.

Calls of each atom arrive as a Poisson process and go to the first free unit of the atom's preference; service takes an
exponential time of the same mean for all. With all units busy a call waits (infinite line, first come first served) or
is lost to the system (zero line). Source: Larson & Odoni, Urban Operations Research 1981, chapter 5.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array
from scipy.sparse.linalg import spsolve

from sixpoint.tables import Faults

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# 2^14 states solve in seconds; beyond, the fill of the factors grows out of hand.
MOST_UNITS: Final = 14


class Hypercube(msgspec.Struct, frozen=True, eq=False):
    """The steady state. A state's bit k says that unit k is busy; no call waits in any of them.

    `probability[state]` leaves `queue` for the states in which calls wait as well (nought in a zero line).
    `workload[unit]` is the share of time it is busy; `sent[atom, unit]` the share of all calls that are of the atom and
    served by the unit without waiting; `all_busy` the chance that a call finds nobody free.
    """

    probability: Floats
    queue: float
    workload: Floats
    sent: Floats
    all_busy: float


def solve_hypercube(
    rates: npt.ArrayLike, preferences: npt.ArrayLike, service_rate: float, line: Literal["zero", "infinite"]
) -> Hypercube:
    """Solves the balance equations; `rates[atom]` and `service_rate` share one unit of time.

    `preferences[atom]` lists all units, first choice first. `InputError` names rates below nought, preferences that are
    no order of the units, more units than can be solved, and a line that would grow without end.
    """
    rate, preference = np.asarray(rates, np.float64), np.asarray(preferences, np.int64)
    _check(rate, preference, service_rate, line)
    units = preference.shape[1]
    states = np.arange(1 << units)
    chosen = _first_free(preference, states)
    full = len(states) - 1
    rows, columns, flows = [], [], []
    for atom, value in enumerate(rate):
        rows.append(states[:full] | (1 << chosen[atom, :full]))
        columns.append(states[:full])
        flows.append(np.full(full, value))
    for unit in range(units):
        busy = states[(states >> unit) & 1 == 1]
        rows.append(busy & ~(1 << unit))
        columns.append(busy)
        flows.append(np.full(len(busy), service_rate))
    row, column, flow = (np.concatenate(parts) for parts in (rows, columns, flows))
    # Flow in minus flow out is nought in every state. One equation follows from the others and gives way to "the
    # chances sum to one". A line adds only states beyond the full one, and what flows there and back cancels.
    total = np.bincount(column, flow, len(states))
    keep = row != full
    matrix = csc_array(
        (
            np.concatenate((flow[keep], -total[:full], np.ones(len(states)))),
            (
                np.concatenate((row[keep], states[:full], np.full(len(states), full))),
                np.concatenate((column[keep], states[:full], states)),
            ),
        ),
        shape=(len(states), len(states)),
    )
    one = np.zeros(len(states))
    one[full] = 1.0
    probability = np.atleast_1d(spsolve(matrix, one))
    queue = 0.0
    if line == "infinite":
        # Behind the full state the line is that of M/M/c: each further call as likely as the one before, times load.
        load = rate.sum() / (units * service_rate)
        queue = float(probability[full] * load / (1 - load))
        probability, queue = probability / (1 + queue), queue / (1 + queue)
    workload = np.array([probability[(states >> unit) & 1 == 1].sum() + queue for unit in range(units)])
    sent = np.zeros(preference.shape)
    for atom, value in enumerate(rate):
        np.add.at(sent[atom], chosen[atom, :full], probability[:full] * value / rate.sum())
    return Hypercube(probability, queue, workload, sent, float(probability[full] + queue))


def approximate_workloads(
    rates: npt.ArrayLike,
    preferences: npt.ArrayLike,
    service_rate: float,
    line: Literal["zero", "infinite"],
    rounds: int = 100,
    tolerance: float = 1e-9,
) -> Floats:
    """The workload of each unit by Larson's approximation, for as many units as you like.

    Takes units as busy independently of each other, corrected by what Erlang's model of like units says; stops when no
    workload changes by more than `tolerance`, or after so many rounds. Within about 2 % of the exact ones on average;
    `solve_hypercube` is exact. Refuses the same inputs, but for their number of units. Source: Larson 1975, Operations
    Research 23:845, and Larson & Odoni section 5.5 (recalled); checked against the published example.
    """
    rate, preference = np.asarray(rates, np.float64), np.asarray(preferences, np.int64)
    _check(rate, preference, service_rate, line, most_units=None)
    atoms, units = preference.shape
    load = float(rate.sum() / service_rate)
    busy, mean, waits = _like_units(units, load, line)
    # How much likelier than for independent units it is that the first j units asked are busy and the next is free.
    correction = np.empty(units)
    counts = np.arange(units)
    chance = busy[:units] * (units - counts)
    for asked in range(units):
        correction[asked] = chance.sum() / (units * mean**asked * (1 - mean)) if mean > 0 else float(asked == 0)
        chance = chance * np.maximum(counts - asked, 0) / max(units - asked - 1, 1)
    workload = np.full(units, mean)
    for _ in range(rounds):
        asked_busy = np.ones((atoms, units))
        asked_busy[:, 1:] = np.cumprod(workload[preference], axis=1)[:, :-1]
        flow = rate[:, None] * correction * asked_busy / service_rate
        offered = np.bincount(preference.ravel(), flow.ravel(), units)
        following: Floats = (offered + load * waits / units) / (1 + offered)
        following *= units * mean / following.sum()
        if np.abs(following - workload).max() <= tolerance:
            return following
        workload = following
    return workload


def _like_units(units: int, load: float, line: str) -> tuple[Floats, float, float]:
    """Erlang's model: chance of k busy units, k up to all; mean workload; chance that a call waits."""
    weight = np.ones(units + 1)
    for k in range(1, units + 1):
        weight[k] = weight[k - 1] * load / k
        # Weights count only beside each other: kept small, so that many units do not overflow them.
        if weight[k] > 1e200:
            weight[: k + 1] *= 1e-200
    if line == "zero":
        busy = weight / weight.sum()
        return busy, load * (1 - float(busy[units])) / units, 0.0
    endless = weight[units] / (1 - load / units)
    busy = weight / (weight[:units].sum() + endless)
    return busy, load / units, float(endless / (weight[:units].sum() + endless))


def _first_free(preference: Ints, states: Ints) -> Ints:
    """The first free unit of each atom's preference in each state (0 in the full one, where there is none)."""
    chosen = np.zeros((len(preference), len(states)), np.int64)
    for atom, order in enumerate(preference):
        for unit in order[::-1]:
            chosen[atom] = np.where((states >> unit) & 1 == 0, unit, chosen[atom])
    return chosen


def _check(rate: Floats, preference: Ints, service_rate: float, line: str, most_units: int | None = MOST_UNITS) -> None:
    faults = Faults()
    if preference.ndim != 2 or rate.shape != preference.shape[:1] or not len(rate):
        faults.add("hypercube", f"{rate.shape} rates, {preference.shape} preferences", "Give both for each atom.")
        faults.raise_any()
    units = preference.shape[1]
    if units < 1 or (most_units is not None and units > most_units):
        remedy = f"Exact answers are for 1 to {MOST_UNITS} units; approximate or simulate larger systems."
        faults.add("hypercube", f"{units} units", remedy)
    for atom, order in enumerate(preference.tolist()):
        if sorted(order) != list(range(units)):
            faults.add(
                f"atom {atom}", f"the preference {order} is no order of the units", "Name each unit once, from 0."
            )
    if not (np.isfinite(rate).all() and (rate >= 0).all() and rate.sum() > 0 and 0 < service_rate < np.inf):
        faults.add(
            "hypercube", "a rate is negative, endless or all are nought", "Give calls and services per unit time."
        )
    elif line == "infinite" and rate.sum() >= units * service_rate:
        faults.add(
            "hypercube", f"{rate.sum():g} calls for {units * service_rate:g} services", "The line grows without end."
        )
    if line not in ("zero", "infinite"):
        faults.add("hypercube", f"the line is '{line}'", "Write zero or infinite.")
    faults.raise_any()
