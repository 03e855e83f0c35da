"""How long runs take against the network's own speed, by the local hour of the week: what live service and simulation
read from a table of speed profiles.

A leg takes the factor of the hour in which it begins, to its end; an estimate takes that of the instant it is made at.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from sixpoint.errors import Fault, InputError
from sixpoint.road.network import Ints
from sixpoint.road.profiles import EVERY_CLASS, WEEK_HOURS, SpeedProfile, hour_of_week, load_profiles

LIGHTS: Final = 0
NORMAL: Final = 1
ROWS: Final = ("lights", "normal")
PER_MILLE: Final = 1000
# Every time zone of today is a whole number of quarter hours from UTC: within one the local hour is the same.
QUARTER_MS: Final = 900_000


class HourlySpeeds(msgspec.Struct, frozen=True, eq=False):
    """Factors on free-flow times in thousandths: `per_mille` [2, 168], row 0 with lights and sirens, row 1 without.

    Column 0 is Monday 00:00 to 01:00 by the clocks of `timezone` (IANA). `hash` names the content of both.
    """

    per_mille: Ints
    timezone: str
    hash: str

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

    One factor an hour for the whole network: rules are for every class of road, and add nothing once to a run. A run
    without lights never takes less time than one with them.
    """
    profiles = load_profiles(path)
    name = "speed_profiles.csv" if path is None else path.name
    faults = [
        Fault(name, f"has no profile '{row}'", "Give the profiles 'lights' and 'normal'.")
        for row in ROWS
        if row not in profiles
    ]
    for row in ROWS:
        faults += _unfit(profiles[row]) if row in profiles else []
    if faults:
        raise InputError(faults)
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
    return hourly_speeds(per_mille, timezone)


def _unfit(profile: SpeedProfile) -> list[Fault]:
    faults = []
    for rule in profile.rules:
        if rule.road_class != EVERY_CLASS:
            only = f"'{profile.name}' is for road class '{rule.road_class}': one factor holds for the whole network"
            faults.append(Fault(rule.where, only, f"Write '{EVERY_CLASS}', or put the speed into edges.csv."))
        if rule.base_s:
            once = f"'{profile.name}' adds {rule.base_s:g} s to each run: only factors are used here"
            faults.append(Fault(rule.where, once, "Write 0; turnout stands with each unit."))
    return faults


@lru_cache(maxsize=1 << 14)
def _hour_at(timezone: str, quarter: int) -> int:
    return hour_of_week(datetime.fromtimestamp(quarter * QUARTER_MS / 1000, ZoneInfo(timezone)))
