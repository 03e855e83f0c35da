"""How long runs take against the network's own speed, by the local hour of the week: what live service and simulation
read from a table of speed profiles.

A leg takes the factor of the hour in which it begins, to its end; an estimate takes that of the instant it is made at.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from sixpoint.errors import Fault, InputError
from sixpoint.road.network import Ints, RoadNetwork
from sixpoint.road.profiles import EVERY_CLASS, WEEK_HOURS, SpeedProfile, hour_of_week, load_profiles, scaled

LIGHTS: Final = 0
NORMAL: Final = 1
ROWS: Final = ("lights", "normal")
PER_MILLE: Final = 1000
WHOLE_WEEK: Final = "mon-sun, 0 to 24"
# Every time zone of today is a whole number of quarter hours from UTC: within one the local hour is the same.
QUARTER_MS: Final = 900_000


class HourlySpeeds(msgspec.Struct, frozen=True, eq=False):
    """Factors on free-flow times in thousandths: `per_mille` [2, 168], row 0 with lights and sirens, row 1 without.

    Column 0 is Monday 00:00 to 01:00 by the clocks of `timezone` (IANA). `hash` names the content of both.
    `by_class` are factors of classes of road, the same at every hour and with lights or without: they make the
    network's own times (`on`). `base_s` is what every run takes beside the road: whoever makes units adds it to their
    turnout.
    """

    per_mille: Ints
    timezone: str
    hash: str
    by_class: Mapping[str, float] = {}
    base_s: float = 0.0

    def on(self, network: RoadNetwork) -> RoadNetwork:
        """The network with the times of each class of road as the table says; the factors by hour come on top."""
        if not self.by_class:
            return network
        return scaled(network, [self.by_class.get(kind, 1.0) for kind in network.classes], "calibrated")

    def factor(self, lights: bool, at_ms: int) -> float:
        """By what a time on the road is multiplied that begins at an instant (ms since 1970 UTC)."""
        row = LIGHTS if lights else NORMAL
        return self.per_mille.item(row, _hour_at(self.timezone, at_ms // QUARTER_MS)) / PER_MILLE

    def mean_factor(self, lights: bool) -> float:
        """The mean over the hours of the week, for what is not asked of an instant."""
        return float(self.per_mille[LIGHTS if lights else NORMAL].mean()) / PER_MILLE

    def since(self, starts_at: datetime, hours: int) -> Ints:
        """The columns of so many hours on end from an instant: [2, hours], clock changes included.

        For a simulation that counts from there: hour `n` is `starts_at` plus `n` to `n + 1` hours. `starts_at` is a
        full local hour with its offset.
        """
        zone, begins = ZoneInfo(self.timezone), starts_at.astimezone(UTC)
        weekly = [hour_of_week((begins + timedelta(hours=hour)).astimezone(zone)) for hour in range(hours)]
        return np.ascontiguousarray(self.per_mille[:, weekly])


def hourly_speeds(per_mille: Ints, timezone: str) -> HourlySpeeds:
    """The table with its hash; `per_mille` is [2, 168] and positive."""
    table = np.ascontiguousarray(per_mille, np.int64)
    assert table.shape == (len(ROWS), WEEK_HOURS) and table.min() > 0, "two rows of 168 factors above zero"
    table.setflags(write=False)
    named = hashlib.sha256(table.astype("<i8").tobytes() + timezone.encode())
    return HourlySpeeds(table, timezone, f"sha256:{named.hexdigest()}")


def read_hourly(path: Path | None, timezone: str) -> HourlySpeeds:
    """The profiles 'lights' and 'normal' of a table (without a path Sixpoint's own), or `InputError` with every fault.

    Factors by hour are for the whole network ('*'); a class of road has one factor for the whole week, and a run one
    delay, the same in both profiles. A run without lights never takes less time than one with them.
    """
    profiles = load_profiles(path)
    name = "speed_profiles.csv" if path is None else path.name
    absent = [
        Fault(name, f"has no profile '{row}'", "Give the profiles 'lights' and 'normal'.")
        for row in ROWS
        if row not in profiles
    ]
    if absent:
        raise InputError(absent)
    by_class, base_s = _same_in_both([profiles[row] for row in ROWS])
    factors = [[profiles[row].factor(EVERY_CLASS, hour) for hour in range(WEEK_HOURS)] for row in ROWS]
    per_mille = np.rint(np.array(factors) * PER_MILLE).astype(np.int64)
    faults = [
        Fault(name, f"hour {hour} of the week takes longer with lights than without", "Correct one of the factors.")
        for hour in np.flatnonzero(per_mille[LIGHTS] > per_mille[NORMAL]).tolist()
    ]
    faults += [
        Fault(name, f"hour {hour} of the week has a factor under 0.001", "Write a factor of 0.001 or more.")
        for hour in np.flatnonzero(per_mille.min(axis=0) < 1).tolist()
    ]
    if faults:
        raise InputError(faults)
    return msgspec.structs.replace(hourly_speeds(per_mille, timezone), by_class=by_class, base_s=base_s)


def _same_in_both(profiles: Sequence[SpeedProfile]) -> tuple[dict[str, float], float]:
    """The factors by class and the delay of a run, or `InputError`: all profiles drive on one network.

    One table of shortest times serves every hour, with lights and without: so what differs from class to class, and
    what every run takes beside the road, may not change with either.
    """
    faults = []
    rules = [rule for profile in profiles for rule in profile.rules]
    for rule in rules:
        if (rule.road_class != EVERY_CLASS or rule.base_s) and len(rule.hours) < WEEK_HOURS:
            what = f"seconds added to each run ({rule.base_s:g})" if rule.base_s else f"a factor of '{rule.road_class}'"
            faults.append(
                Fault(rule.where, f"{what} at some hours only", f"Write {WHOLE_WEEK}; '{EVERY_CLASS}' may change.")
            )
    named = [rule for rule in rules if rule.road_class != EVERY_CLASS]
    by_class = [{rule.road_class: profile.own_factor(rule.road_class) for rule in named} for profile in profiles]
    for rule in {rule.road_class: rule for rule in named}.values():
        factors = [found[rule.road_class] for found in by_class]
        if not math.isclose(*factors):
            what = f"'{rule.road_class}' has the factor {factors[0]:g} with lights and {factors[1]:g} without"
            faults.append(Fault(rule.where, what, f"Write the same in both, and what differs as '{EVERY_CLASS}'."))
    bases_s = [profile.base_s(0) for profile in profiles]
    if not math.isclose(*bases_s, abs_tol=1e-9) and not faults:
        what = f"a run takes {bases_s[0]:g} s beside the road with lights and {bases_s[1]:g} s without"
        faults.append(Fault(profiles[0].rules[0].where, what, "Write the same base_s in both profiles."))
    if faults:
        raise InputError(faults)
    return by_class[0], bases_s[0]


@lru_cache(maxsize=1 << 14)
def _hour_at(timezone: str, quarter: int) -> int:
    return hour_of_week(datetime.fromtimestamp(quarter * QUARTER_MS / 1000, ZoneInfo(timezone)))
