"""What was fitted to a log of calls: rates, places and types, with what they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from sixpoint.plan.demand.clock import Floats, Ints
from sixpoint.plan.demand.grid import Grid
from sixpoint.plan.demand.rates import Dispersion, Month, Rates, leant

# Places, and what is asked for there, differ by quarter of the day: night, morning, afternoon, evening.
PARTS: Final = ("00-06", "06-12", "12-18", "18-24")
PART_H: Final = 6


class Weights(msgspec.Struct, frozen=True):
    """So many calls does the wider group count where a narrower one leans on it; infinity: the narrower says nothing.

    `street`: a cell's share of all calls leans on its share of all streets. `part`: its share in a part of the day, on
    its share at all times. `hour` and `cell`: the mix of types in an hour of the day, and in a cell, on the mix of the
    log. `both`: the mix in a cell and part of the day, on what cell and hour give together if they multiply.
    """

    street: float
    part: float
    hour: float
    cell: float
    both: float


class Cells(msgspec.Struct, frozen=True, eq=False):
    """Calls by cell (`keys`, ascending) and hour of the day; `where` says at which line a file has each cell first."""

    keys: Ints
    calls: Floats  # [cells, 24]
    where: tuple[str, ...] = ()

    def shares(self, street: Floats, weights: Weights) -> Floats:
        """The share of each cell in each part of the day, [parts, cells]; `street` is its share of all streets."""
        by_part = self.calls.reshape(len(self.keys), len(PARTS), PART_H).sum(axis=2).T
        overall = leant(by_part.sum(axis=0), by_part.sum(), weights.street, street)
        shares = leant(by_part, by_part.sum(axis=1, keepdims=True), weights.part, overall)
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))


class Mix(msgspec.Struct, frozen=True, eq=False):
    """Calls by type and hour of the day, and by type, cell and part of the day (those with a place)."""

    types: tuple[str, ...]
    by_hour: Floats  # [24, types]
    by_cell: Floats  # [cells, parts, types]

    def shares(self, cell: Ints, hour: Ints, weights: Weights) -> Floats:
        """The share of each type at each (cell, hour of the day), [n, types]; cell -1: the place is not known."""
        total = self.by_hour.sum(axis=0)
        overall = (total + 1e-12) / (total + 1e-12).sum()
        of_hour = leant(self.by_hour, self.by_hour.sum(axis=1, keepdims=True), weights.hour, overall)
        shares = of_hour[hour]
        known = cell >= 0
        if not known.any() or not len(self.by_cell):
            return np.asarray(shares)
        here = self.by_cell[cell[known]].sum(axis=1)
        of_cell = leant(here, here.sum(axis=1, keepdims=True), weights.cell, overall)
        together = shares[known] * of_cell / overall
        together /= together.sum(axis=1, keepdims=True)
        both = self.by_cell[cell[known], hour[known] // PART_H]
        found = shares.copy()
        found[known] = leant(both, both.sum(axis=1, keepdims=True), weights.both, together)
        return found


class HeldOut(msgspec.Struct, frozen=True):
    """How much better days that were not used are foretold by the finer of two models, in nats a call.

    `gain` is the mean over held-out days, with its 95 % interval over them; above nought the finer one is worth it.
    """

    of: str
    finer: str
    than: str
    days: int
    gain: float
    low: float | None
    high: float | None


class LeftOut(msgspec.Struct, frozen=True):
    """Calls that say nothing about something, and why; the first of them by file and line."""

    of: str
    why: str
    calls: int
    first: tuple[str, ...]


class Demand(msgspec.Struct, frozen=True, eq=False):
    """Calls as a Poisson process in time, with the place and the type of each; fitted to a log, or read from a file.

    `grid` and `cells` are None where no call of the log has a place. `months` are those that the log covers, empty if
    no season was fitted. `tally` holds the calls of a fit by cell, hour of the day and type (their places, -1: not
    known); `digest` names the files that it was read from.
    """

    timezone: str
    start: datetime
    end: datetime
    calls: int
    rates: Rates
    months: tuple[Month, ...]
    grid: Grid | None
    cells: Cells | None
    mix: Mix
    weights: Weights
    fit: tuple[Dispersion, ...] = ()
    held_out: tuple[HeldOut, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    gaps: tuple[tuple[datetime, datetime], ...] = ()
    notes: tuple[str, ...] = ()
    tally: Mapping[tuple[int, int, int], int] = {}
    digest: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose clock the hours are of."""
        return ZoneInfo(self.timezone)

    @property
    def per_week(self) -> float:
        """Expected calls in a week of a mean month."""
        return float(self.rates.per_hour.sum())


class Drawn(msgspec.Struct, frozen=True, eq=False):
    """Calls drawn, in order of time: s after the start, the cell (its place in the demand's cells, -1: none), the hour
    of the day, and the type (its place in the mix's types)."""

    at_s: Floats
    cell: Ints
    hour: Ints
    kind: Ints
