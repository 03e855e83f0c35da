"""Times of a run, and of a region's days, as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from datetime import time as clock_time
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from sixpoint.errors import InputError

if TYPE_CHECKING:
    from sixpoint.region import Region
    from sixpoint.service.run import Run

HOUR: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T)?[0-9]{1,2}:[0-9]{2}")


def instant_of_run(about: Run, text: str) -> int:
    """A local time of the run's day, or a whole date and time: the run may go on past midnight."""
    day = datetime.fromisoformat(about.day).date()
    try:
        at = datetime.fromisoformat(text) if "-" in text else datetime.combine(day, clock_time.fromisoformat(text))
    except ValueError:
        raise InputError.one("--at", f"'{text}' is no time", f"Write it like 08:30 or {about.day}T08:30.") from None
    return round(at.replace(tzinfo=at.tzinfo or ZoneInfo(about.timezone)).timestamp() * 1000)


def instant_in(region: Region, text: str) -> datetime:
    """A local time of the region's first day (HH:MM), or of another of its days (YYYY-MM-DDTHH:MM)."""
    first = region.starts_at
    last = region.ends_at.date()
    remedy = f"Write it like 08:30{f', or {first.date()}T08:30 for another of its days' if region.days > 1 else ''}."
    day, _, hour = text.rpartition("T")
    try:
        if not HOUR.fullmatch(text):
            raise ValueError
        at = datetime.fromisoformat(f"{day or first.date()}T{hour:0>5}").replace(tzinfo=first.tzinfo)
    except ValueError:
        raise InputError.one("--at", f"'{text}' is no time of day", remedy) from None
    if not first.date() <= at.date() < last:
        raise InputError.one("--at", f"{at.date()} is not a day of {region.name}", remedy)
    if at.astimezone(UTC).astimezone(first.tzinfo).replace(tzinfo=None) != at.replace(tzinfo=None):
        raise InputError.one("--at", f"there is no {hour} on that day: clocks go forward", "Write the hour after it.")
    return at
