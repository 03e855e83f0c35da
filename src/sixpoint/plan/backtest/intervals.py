"""The intervals of responses, of a log and of a run alike: by the log's own type of unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import numpy as np

from sixpoint.plan.call_log.model import CallLog
from sixpoint.plan.tiered.run import Run
from sixpoint.plan.tiered.words import (
    T_ASSIGNED,
    T_AT_DESTINATION,
    T_CANCELLED,
    T_CLEAR,
    T_EN_ROUTE,
    T_ON_SCENE,
    T_TRANSPORTING,
)

Floats = Any

# Instants of a response, in the columns of `Responses.at_s`, all in seconds from the ring of the call.
NOTIFIED, EN_ROUTE, ON_SCENE, TRANSPORTING, AT_DESTINATION, CLEAR = range(6)
OF_TRACE: Final = {
    T_ASSIGNED: NOTIFIED, T_EN_ROUTE: EN_ROUTE, T_ON_SCENE: ON_SCENE, T_TRANSPORTING: TRANSPORTING,
    T_AT_DESTINATION: AT_DESTINATION, T_CLEAR: CLEAR, T_CANCELLED: CLEAR,
}  # fmt: skip
FIELDS: Final = ("notified_at", "en_route_at", "on_scene_at", "transporting_at", "at_destination_at", "clear_at")
# Each interval with the instants it runs between (None: the ring), and whether it is of units that carry a patient
# (True), of those that do not (False), or of all (None). Elements of NEMSIS eTimes: docs/plan.md.
INTERVALS: Final[dict[str, tuple[int | None, int, bool | None]]] = {
    "received to dispatched": (None, NOTIFIED, None),
    "turnout": (NOTIFIED, EN_ROUTE, None),
    "travel": (EN_ROUTE, ON_SCENE, None),
    "response": (None, ON_SCENE, None),
    "on scene, carrying": (ON_SCENE, TRANSPORTING, True),
    "on scene, not carrying": (ON_SCENE, CLEAR, False),
    "transport": (TRANSPORTING, AT_DESTINATION, True),
    "hospital": (AT_DESTINATION, CLEAR, True),
}
ANY_UNIT: Final = "first of any"


class Responses(msgspec.Struct, frozen=True, eq=False):
    """Units on calls: `call` numbers calls from 0, `unit_type` is the log's word, `at_s` is [rows, 6], NaN never."""

    calls: int
    call: Any
    unit_type: Any
    at_s: Floats

    def of(self, unit_type: str) -> Responses:
        """Those of one type of unit."""
        here = self.unit_type == unit_type
        return Responses(self.calls, self.call[here], self.unit_type[here], self.at_s[here])

    def interval(self, name: str) -> Floats:
        """How long an interval took, s, where both its ends are known; negative ones are left out."""
        first, last, carrying = INTERVALS[name]
        rows = self.at_s
        if carrying is not None:
            carries = np.isfinite(rows[:, TRANSPORTING]) | np.isfinite(rows[:, AT_DESTINATION])
            rows = rows[carries == carrying]
        took = rows[:, last] - (0.0 if first is None else rows[:, first])
        return took[np.isfinite(took) & (took >= 0)]

    def first_on_scene(self) -> Floats:
        """For each call that anybody reached, s from its ring to the first unit on scene."""
        first = np.full(self.calls, np.inf)
        there = np.isfinite(self.at_s[:, ON_SCENE]) & (self.at_s[:, ON_SCENE] >= 0)
        np.minimum.at(first, self.call[there], self.at_s[there, ON_SCENE])
        return first[np.isfinite(first)]

    def busy_h(self) -> float:
        """Hours on these calls, where both ends are known."""
        took = self.at_s[:, CLEAR] - self.at_s[:, NOTIFIED]
        return float(took[np.isfinite(took) & (took >= 0)].sum() / 3600)

    def a_call(self, *, arrived: bool) -> float:
        """Units sent to a call, or come to one, on the mean."""
        count = np.isfinite(self.at_s[:, ON_SCENE]).sum() if arrived else len(self.call)
        return float(count) / max(1, self.calls)


def logged_responses(log: CallLog, unit_types: Mapping[str, str]) -> Responses:
    """The responses of a log of the units that are named; `unit_types` gives their types."""
    rows = [each for each in log.responses if each.unit_id in unit_types]
    at_s = np.array([_since(log.calls[each.call].received_at, each) for each in rows]).reshape(len(rows), len(FIELDS))
    types = np.array([unit_types[each.unit_id] for each in rows], object)
    return Responses(len(log.calls), np.array([each.call for each in rows], np.int64), types, at_s)


def _since(received_at: datetime, each: Any) -> list[float]:
    instants = [getattr(each, name) for name in FIELDS]
    return [np.nan if one is None else (one - received_at).total_seconds() for one in instants]


def simulated_responses(run: Run, unit_types: Mapping[str, str], delay_s: float) -> Responses:
    """The responses of a traced run. `delay_s` is the delay of every run on the road: it was simulated as part of
    turnout and of the stay at the facility, and is told as part of travel and transport."""
    trace = run.trace[np.isin(run.trace[:, 1], list(OF_TRACE))]
    trace = trace[np.lexsort((np.arange(len(trace)), trace[:, 3], trace[:, 2]))]
    begins = trace[:, 1] == T_ASSIGNED
    row = np.cumsum(begins) - 1
    heads = trace[begins]
    at_s = np.full((len(heads), len(FIELDS)), np.nan)
    ring_ms = run.calls["at"][trace[:, 2]]
    column = np.array([OF_TRACE.get(word, 0) for word in range(int(trace[:, 1].max(initial=0)) + 1)])
    at_s[row, column[trace[:, 1]]] = (trace[:, 0] - ring_ms) / 1000
    at_s[:, EN_ROUTE] -= delay_s
    at_s[:, AT_DESTINATION] += delay_s
    names = np.array([unit_types[unit] for unit in run.service.unit_ids], object)
    return Responses(len(run.calls), heads[:, 2], names[heads[:, 3]], at_s)


def types_of_units(log: CallLog, units: Sequence[str]) -> dict[str, str]:
    """The log's type of each unit, as its first row has it."""
    found: dict[str, str] = {}
    for each in log.responses:
        found.setdefault(each.unit_id, each.unit_type)
    return {unit: found[unit] for unit in units if unit in found}
