"""Samples of many runs or days, counted by whole seconds: curves, fractiles and shares with their intervals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import numpy as np

from sixpoint.plan.outcomes import Interval, clustered_interval
from sixpoint.plan.tiered.samples import DAY_MS, Samples

# Times up to here are counted by second; longer ones, and those that never came, only as being there.
LONGEST_S: Final = 4 * 3600
# Where curves are drawn: each quarter of a minute of the first two hours.
STEP_S: Final = 15
POINTS: Final = 2 * 3600 // STEP_S + 1


class Curve(msgspec.Struct, frozen=True, eq=False):
    """The share of all `n` that came within each of `at_s`, with a pointwise 95 % band (NaN where there is none)."""

    name: str
    n: int
    at_s: Any
    share: Any
    low: Any
    high: Any


class Estimate(msgspec.Struct, frozen=True):
    """A figure with its interval; `value` is None where it was not reached or there is nothing to count."""

    value: float | None
    interval: Interval
    n: int


class Series:
    """Times of one name, seconds from the ring, block by block; infinity for what never came."""

    def __init__(self) -> None:
        self.counts = np.zeros(LONGEST_S + 2, np.int64)
        self._within: list[Any] = []
        self._on_target: list[int] = []
        self._n: list[int] = []

    def add(self, seconds: Any, on_target: int = 0) -> None:
        """One block. A time counts at the first whole second that it does not exceed."""
        whole = np.ceil(np.minimum(seconds, LONGEST_S + 1)).astype(np.int64)
        counts = np.bincount(whole, minlength=LONGEST_S + 2)
        self.counts += counts
        self._within.append(counts[: LONGEST_S + 1].cumsum()[::STEP_S][:POINTS].astype(np.int32))
        self._on_target.append(on_target)
        self._n.append(len(seconds))

    @property
    def n(self) -> int:
        """How many samples there are."""
        return sum(self._n)

    @property
    def never(self) -> int:
        """How many came later than is counted, or never."""
        return int(self.counts[-1])

    def curve(self, name: str) -> Curve:
        """The share that came within each time."""
        share, low, high = clustered_interval(np.array(self._within), self._n)
        return Curve(name, self.n, np.arange(POINTS) * STEP_S, share, low, high)

    def fractile(self, share: float) -> Estimate:
        """The smallest whole second that so large a share of all does not exceed; the interval is Woodruff's.

        Source: Woodruff 1952, Journal of the American Statistical Association 47:635 (recalled): the interval of the
        share within the value, turned back into times.
        """
        if not self.n:
            return Estimate(None, Interval(None, None), 0)
        value = self._second(share)
        place = min(POINTS - 1, round((LONGEST_S if value is None else value) / STEP_S))
        within = np.array(self._within)[:, place]
        _, low, high = clustered_interval(within, self._n)
        mine = float(within.sum()) / self.n
        if np.isnan(low):
            return Estimate(value, Interval(None, None), self.n)
        ends = (self._second(share - (mine - float(low))), self._second(share + (float(high) - mine)))
        return Estimate(value, Interval(*ends), self.n)

    def _second(self, share: float) -> float | None:
        if share >= 1:
            return None
        up_to = self.counts.cumsum()
        place = int(np.searchsorted(up_to, max(share, 0.0) * self.n - 1e-9))
        return float(place) if place <= LONGEST_S else None

    def share_on_target(self) -> Estimate:
        """The share of needs that were met within their own target."""
        if not self.n:
            return Estimate(None, Interval(None, None), 0)
        share, low, high = (float(one) for one in clustered_interval(self._on_target, self._n))
        interval = Interval(None, None) if np.isnan(low) else Interval(low, high)
        return Estimate(share, interval, self.n)


class Pool:
    """The samples of one scenario; a block is one day of a single run, or one replication of several."""

    def __init__(self) -> None:
        self.calls = 0
        self.blocks = 0
        self.of_what = "replications"
        self.ends: dict[str, int] = {}
        self.response: dict[str, Series] = {}
        self.needs: dict[str, Series] = {}
        self.busy_h: dict[str, Any] = {}
        self.duty_h: dict[str, Any] = {}
        self.places: list[tuple[Any, Any]] = []  # node and time to the first at the patient, for the maps

    def add_days(self, samples: Samples) -> None:
        """Each day of a run is a block."""
        self.of_what = "days"
        day = samples.at_ms // DAY_MS
        for one in np.unique(day):
            self._add_block(samples, day == one)
        self._add_whole(samples)

    def add_run(self, samples: Samples) -> None:
        """The whole run is a block."""
        self._add_block(samples, np.ones(len(samples.at_ms), bool))
        self._add_whole(samples)

    def _add_block(self, samples: Samples, here: Any) -> None:
        self.blocks += 1
        for name, times in samples.response.items():
            self.response.setdefault(name, Series()).add(times[here])
        for skill, found in samples.needs.items():
            own = here[found.call]
            on_target = int((found.seconds <= found.target_s)[own].sum())
            self.needs.setdefault(skill, Series()).add(found.seconds[own], on_target)

    def _add_whole(self, samples: Samples) -> None:
        self.calls += len(samples.at_ms)
        for word, count in samples.ends.items():
            self.ends[word] = self.ends.get(word, 0) + count
        for mine, theirs in ((self.busy_h, samples.busy_h), (self.duty_h, samples.duty_h)):
            for name, hours in theirs.items():
                mine[name] = mine.get(name, 0.0) + hours
        self.places.append((samples.node, samples.response["first at patient"]))

    def utilisation(self) -> Iterator[tuple[str, Any]]:
        """For each kind of unit and highest level, the share of the time on duty spent on calls, by hour of the day."""
        for name, duty in self.duty_h.items():
            if duty.sum() > 0:
                busy = self.busy_h.get(name, np.zeros(24))
                yield name, np.divide(busy, duty, out=np.full(24, np.nan), where=duty > 1e-9)
