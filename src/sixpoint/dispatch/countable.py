"""Which times can be counted, and what is wrong with one that cannot: said with the time, so that it can be mended."""

from __future__ import annotations

import math
from typing import Final

DAY_S: Final = 86_400.0
MAX_TIME_S: Final = 30 * DAY_S  # nobody is sent who would take a month: the time is taken for a mistake


def is_countable(time_s: float) -> bool:
    """Whether a travel time can be counted: zero or more, and at most 30 days."""
    return 0 <= time_s <= MAX_TIME_S


def wrong_with(time_s: float, what: str) -> str:
    """What is wrong with a travel time, called `what`, and what to do about it; empty if nothing is."""
    if math.isnan(time_s):
        return f"{what} is not known: give it in seconds"
    if time_s < 0:
        return f"{what} is {time_s:g} s, less than nothing: correct it; 0 is there already"
    if time_s == math.inf:
        return f"{what} is inf, no road leads there: check the places and the roads between them"
    if time_s > MAX_TIME_S:
        return f"{what} is {time_s:g} s, more than {MAX_TIME_S / DAY_S:g} days: correct it; times are in seconds"
    return ""
