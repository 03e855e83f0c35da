"""Rules that differ from run to run: who may be redispatched, and how long a crew takes to set off."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from sixpoint.errors import InputError
from sixpoint.plan.jemss.columns import PRIORITIES, priorities, tables_of, whole
from sixpoint.plan.jemss.expressions import Distribution, distribution, number
from sixpoint.plan.jemss.kernel import RuleArrays
from sixpoint.tables import Faults

HIGH, MEDIUM, LOW = range(len(PRIORITIES))
# A call can be bumped once for each step up in priority, so it is dispatched at most three times.
MOST_DISPATCHES: Final = 3


class Mobilisation(msgspec.Struct, frozen=True):
    """How long a crew at its station takes to set off, what the dispatcher expects, and the seed of the draw. Days."""

    delay: Distribution
    expected_day: float
    seed: int


def default_redispatch() -> npt.NDArray[np.bool_]:
    """What JEMSS does without a file: a unit on its way to a lower call is diverted to a high one."""
    allowed = np.zeros((len(PRIORITIES), len(PRIORITIES)), np.bool_)
    allowed[[LOW, MEDIUM], HIGH] = True
    return allowed


def read_redispatch(path: Path) -> npt.NDArray[np.bool_]:
    """Who may be redispatched, by [priority of its call, priority of the new call]; what is not named is not allowed.

    `InputError` where units could be passed round between priorities without end.
    """
    faults = Faults()
    tables = tables_of(path, ["miscData"], faults)
    faults.raise_any()
    allowed = np.zeros((len(PRIORITIES), len(PRIORITIES)), np.bool_)
    on = whole(tables["miscData"], "allowRedispatch", faults, 0, 1)
    if "redispatchConditions" in tables:
        table = tables["redispatchConditions"]
        start, to = (priorities(table, f"{end}CallPriority", faults) for end in ("from", "to"))
        allow = whole(table, "allowRedispatch", faults, 0, 1) == 1
        faults.raise_any()
        pairs = list(zip(start.tolist(), to.tolist(), strict=True))
        for row, pair in enumerate(pairs):
            if pair in pairs[:row]:
                where = f"{table.where}:{table.line + row}"
                faults.add(where, "says the same pair of priorities again", "Keep one of them.")
        allowed[start, to] = allow
    # A chain of more steps than there are priorities comes back to where it was.
    if np.linalg.matrix_power(allowed.astype(np.int64), len(PRIORITIES)).any():
        what = "a unit could be redispatched from priority to priority in a circle"
        faults.add(path.name, what, "Allow it only towards more urgent calls.")
    faults.raise_any()
    return allowed if len(on) and on[0] else np.zeros_like(allowed)


def read_mobilisation(path: Path) -> Mobilisation | None:
    """The mobilisation delay of a file, None if the file says not to use it."""
    faults = Faults()
    tables = tables_of(path, ["mobilisationDelay"], faults)
    faults.raise_any()
    table = tables["mobilisationDelay"]
    for column in ("use", "distribution", "seed", "expectedDuration"):
        if not table.columns.get(column, ("",))[:1]:
            faults.add(table.where, f"column '{column}' is missing or empty", "Give one row with all four columns.")
    faults.raise_any()
    use, text, expected = (table.columns[column][0].strip() for column in ("use", "distribution", "expectedDuration"))
    where = f"{table.where}:{table.line}"
    if use not in ("true", "false", "1", "0"):
        raise InputError.one(where, f"column 'use' holds '{use}'", "Write true or false.")
    if use in ("false", "0"):
        return None
    expected_day = number(expected, where)
    if expected_day < 0:
        raise InputError.one(where, f"expectedDuration is {expected}", "Write days, not below 0.")
    return Mobilisation(distribution(text, where), expected_day, int(whole(table, "seed", faults, 0, 2**53)[0]))


def rule_arrays(allowed: npt.NDArray[np.bool_], mobilisation: Mobilisation | None, calls: int) -> RuleArrays:
    """The rules for the loop; delays below zero, which some distributions give, count as none."""
    if mobilisation is None:
        return RuleArrays(allowed, False, 0.0, np.zeros(1))
    count = 1 if mobilisation.delay.constant is not None else max(1, MOST_DISPATCHES * calls)
    random = np.random.default_rng(mobilisation.seed)
    delays = np.maximum(mobilisation.delay.draw(count, random), 0.0)
    return RuleArrays(allowed, True, mobilisation.expected_day, delays)
