"""What the figures of a fit mean, in words: for the page and the terminal alike."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sixpoint.plan.demand import Demand
from sixpoint.plan.demand.model import HeldOut, Weights
from sixpoint.plan.demand.rates import LEAST_DAYS, Dispersion

LEANS: dict[str, tuple[str, str]] = {
    "street": ("share of a cell of all calls", "its share of all streets (without a region: all cells alike)"),
    "part": ("share of a cell in a part of the day", "its share at all times"),
    "hour": ("mix of types in an hour of the day", "the mix of the log"),
    "cell": ("mix of types in a cell", "the mix of the log"),
    "both": ("mix of types in a cell and part of the day", "what cell and hour give together"),
}
SCATTER = {"hour": "hours", "day": "days", "place": "places, every second day against those between"}


def scatter(one: Dispersion) -> str:
    """What a dispersion says."""
    if one.degrees == 0:
        return "cannot be said: each hour of the week was seen once"
    if one.p_value > 0.05:
        return "as much as chance makes them"
    if one.p_value > 0.001:
        return f"{one.ratio:.1f} times what chance gives; a doubtful case"
    return f"{one.ratio:.1f} times what chance gives: studies drawn from it are too sure"


def worth(one: HeldOut) -> str:
    """Whether the finer of two models foretold left-out days better."""
    if one.gain == 0:
        return "the same"
    if one.low is None or one.high is None:
        return "one day: cannot be said"
    if one.low > 0:
        return "better"
    return "worse" if one.high < 0 else "no difference that is sure"


def leans(weights: Weights) -> Iterator[tuple[str, str, str]]:
    """Each narrow group, the wider one it leans on, and how far."""
    for name, (narrow, wide) in LEANS.items():
        weight = getattr(weights, name)
        how = "the narrow group says nothing of its own" if math.isinf(weight) else f"as if it had {weight:g} calls"
        yield narrow, wide, how


def season(demand: Demand) -> str:
    """What is known of seasons."""
    if not demand.months:
        span = f"{demand.start.date()} to {demand.end.date()}"
        return f"not fitted: the log ({span}, end not included) does not hold {LEAST_DAYS} days of two months"
    lacking = 12 - len(demand.months)
    said = f"{len(demand.months)} months fitted"
    return said if not lacking else f"{said}; {lacking} are not covered, and a scenario that simulates them is refused"
