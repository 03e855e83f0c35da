"""Speed profiles: how much slower or faster than the network says, by road class and hour of the week."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from sixpoint.errors import InputError
from sixpoint.road.network import Floats, RoadNetwork
from sixpoint.road.times import TravelTimes
from sixpoint.tables import Faults, read_table

COLUMNS: Final = (
    "profile", "road_class", "days", "from_hour", "to_hour", "factor", "base_s", "source", "confidence",
)  # fmt: skip
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_CLASS: Final = "*"
WEEK_HOURS: Final = 168
WHOLE_WEEK: Final = ("mon-sun", 0, 24)


class SpeedRule(msgspec.Struct, frozen=True):
    """In these hours of the week, on this class of road (or all, '*'): times are multiplied by `factor`.

    `base_s` is added once to a run, for getting away and arriving. `hours` are hours of the week, 0 = Monday 00:00.
    """

    road_class: str
    hours: frozenset[int]
    factor: float
    base_s: float
    source: str
    confidence: str
    where: str = ""


class SpeedProfile(msgspec.Struct, frozen=True):
    """A way of driving: all rules that hold for a class and hour, their factors multiplied, their delays added."""

    name: str
    rules: tuple[SpeedRule, ...]

    def factor(self, road_class: str, hour_of_week: int) -> float:
        """By what a travel time on that class of road is multiplied in that hour."""
        factor = 1.0
        for rule in self.rules:
            if rule.road_class in (EVERY_CLASS, road_class) and hour_of_week in rule.hours:
                factor *= rule.factor
        return factor

    def own_factor(self, road_class: str) -> float:
        """The part of the factor that is that class's own, at the first hour of the week."""
        return math.prod(rule.factor for rule in self.rules if rule.road_class == road_class and 0 in rule.hours)

    def base_s(self, hour_of_week: int) -> float:
        """What is added to every run in that hour, s."""
        return sum(rule.base_s for rule in self.rules if hour_of_week in rule.hours)

    def class_factors(self, network: RoadNetwork, hour_of_week: int) -> tuple[float, ...]:
        """The factor of each class of the network, in its order."""
        return tuple(self.factor(road_class, hour_of_week) for road_class in network.classes)


class ProfiledTimes:
    """Travel times of a profile at any hour of the week; hours that drive alike share one oracle."""

    def __init__(self, network: RoadNetwork, profile: SpeedProfile, *, cache: Path | None = None) -> None:
        self.network = network
        self.profile = profile
        self._cache = cache
        self._plain: TravelTimes | None = None
        self._by_factors: dict[tuple[float, ...], TravelTimes] = {}

    def at(self, hour_of_week: int) -> TravelTimes:
        """The travel times in that hour (0 = Monday 00:00 to 01:00, local time), without the base delay."""
        if not 0 <= hour_of_week < WEEK_HOURS:
            raise InputError.one("hour of the week", f"{hour_of_week}", "Write 0 (Monday 00:00) to 167.")
        factors = self.profile.class_factors(self.network, hour_of_week)
        found = self._by_factors.get(factors)
        if found is None:
            found = self._by_factors[factors] = self._build(factors)
        return found

    def _build(self, factors: tuple[float, ...]) -> TravelTimes:
        if len(set(factors)) > 1:
            return TravelTimes(scaled(self.network, factors, self.profile.name), cache=self._cache)
        if self._plain is None:
            self._plain = TravelTimes(self.network, cache=self._cache)
        return self._plain.at_factor(factors[0])


def scaled(network: RoadNetwork, factors: Iterable[float], name: str) -> RoadNetwork:
    """The network with each arc's time multiplied by the factor of its class."""
    by_class: Floats = np.array(tuple(factors), np.float64)
    return network.with_times(network.time_s * by_class[network.road_class], f"{network.name}, {name}")


def hour_of_week(local: datetime) -> int:
    """The hour of the week of a local time, 0 = Monday 00:00 to 01:00."""
    return local.weekday() * 24 + local.hour


def load_profiles(path: Path | None = None) -> dict[str, SpeedProfile]:
    """The profiles of a table (without a path Sixpoint's own, 'normal' and 'lights'), or `InputError`."""
    table = path or Path(str(files("sixpoint.road") / "data" / "speed_profiles.csv"))
    faults = Faults()
    rules: dict[str, list[SpeedRule]] = {}
    for row in read_table(table, table.name, COLUMNS, (), faults):
        first, last = row.whole("from_hour", 0, 23), row.whole("to_hour", 1, 24)
        days = _days(row.text("days"))
        if not days:
            row.fault(f"column 'days' holds '{row.raw('days')}'", "Write days like mon-fri, sat or sun.")
        if last <= first:
            row.fault(f"the hours end at {last}, before they begin", "Write two rows for hours over midnight.")
        factor = row.number("factor", 0, 100)
        if not factor > 0:
            row.fault("a factor of 0 takes no time", "Write a factor above zero.")
        base_s = row.number("base_s", 0, 3600)
        hours = frozenset(day * 24 + hour for day in days for hour in range(first, last))
        source = (row.text("source"), row.text("confidence"))
        rules.setdefault(row.text("profile"), []).append(
            SpeedRule(row.text("road_class"), hours, factor, base_s, *source, where=row.where)
        )
    faults.raise_any()
    return {name: SpeedProfile(name, tuple(found)) for name, found in rules.items()}


class Pace(msgspec.Struct, frozen=True):
    """A profile that is the same at all hours: its factor for every class of road, and where that is from."""

    profile: str
    factor: float
    source: str
    confidence: str = "measured"


def profile_table(
    paces: Sequence[Pace],
    factors: Mapping[str, float],
    base_s: float,
    grounds: Mapping[str, tuple[str, str]] | None = None,
) -> str:
    """The text of a table that `load_profiles` reads: profiles with the same factors by class and delay of a run.

    `factors` of classes come on top of a pace. `grounds` are source and confidence by class, else those of the first
    pace.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for pace in paces:
        cells = (pace.profile, EVERY_CLASS, *WHOLE_WEEK, round(pace.factor, 4), round(base_s, 1))
        writer.writerow([*cells, pace.source, pace.confidence])
        for road_class, factor in factors.items():
            cells = (pace.profile, road_class, *WHOLE_WEEK, round(factor, 4), 0)
            writer.writerow([*cells, *(grounds or {}).get(road_class, (paces[0].source, paces[0].confidence))])
    return text.getvalue()


def _days(text: str) -> range | tuple[int, ...]:
    first, _, last = text.partition("-")
    if first not in DAYS or (last and last not in DAYS):
        return ()
    start = DAYS.index(first)
    return range(start, DAYS.index(last or first) + 1)
