"""Logs of calls for tests: made from what they should say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from sixpoint.plan.call_log.model import CallLog, LoggedCall
from sixpoint.plan.demand import Demand, draw_calls
from sixpoint.plan.demand.grid import Streets
from sixpoint.road import RoadNetwork

ZONE = ZoneInfo("America/Los_Angeles")
START = datetime(2020, 4, 6, tzinfo=ZONE)  # a Monday
Place = tuple[float, float] | None


def log_of(
    at: Sequence[datetime],
    types: Sequence[str] = (),
    places: Sequence[Place] = (),
    *,
    start: datetime = START,
    end: datetime,
) -> CallLog:
    """A log of calls at these times; types and places as given, or none."""
    rows = []
    for number, when in enumerate(at):
        lon_deg, lat_deg = (places[number] if places else None) or (None, None)
        kind = types[number] if types else ""
        rows.append(LoggedCall(str(number), when, kind, lon_deg, lat_deg, None, f"log.csv:{number + 2}"))
    return CallLog("log.csv", ZONE.key, start, end, tuple(rows))


def steady(weeks: int, seed: int, per_hour: float = 3.0, start: datetime = START) -> CallLog:
    """A log of a steady Poisson process of two types."""
    random = np.random.default_rng(seed)
    at_h = np.sort(random.random(random.poisson(per_hour * 168 * weeks)) * 168 * weeks)
    types = random.choice(["fall", "stroke"], len(at_h)).tolist()
    calls = [start + timedelta(hours=float(hours)) for hours in at_h]
    return log_of(calls, types, start=start, end=start + timedelta(weeks=weeks))


def instants(start: datetime, at_s: Sequence[float]) -> list[datetime]:
    """Instants so many seconds after a start, on the local clock."""
    begun = start.astimezone(UTC)
    return [(begun + timedelta(seconds=float(one))).astimezone(ZONE) for one in at_s]


def log_drawn(
    demand: Demand, weeks: int, seed: int, network: RoadNetwork | None = None, streets: Streets | None = None
) -> CallLog:
    """A log drawn from demand; with streets every call stands at one of their nodes."""
    when, what = (np.random.default_rng([seed, one]) for one in (1, 2))
    street = None if streets is None else streets.metres / streets.metres.sum()
    end = START + timedelta(weeks=weeks)
    drawn = draw_calls(demand, START, end, when, what, street=street)
    at = instants(START, drawn.at_s)
    types = [demand.mix.types[one] for one in drawn.kind]
    if network is None or streets is None:
        return log_of(at, types, end=end)
    nodes = streets.draw(drawn.cell, what.random(len(at)))
    places: list[Place] = [(float(network.lon_deg[one]), float(network.lat_deg[one])) for one in nodes]
    return log_of(at, types, places, end=end)
