"""Times of a run as people write them."""

from __future__ import annotations

from datetime import datetime
from datetime import time as clock_time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sixpoint.errors import InputError

if TYPE_CHECKING:
    from sixpoint.service.run import Run


def instant_of_run(about: Run, text: str) -> int:
    """A local time of the run's day, or a whole date and time: the run may go on past midnight."""
    day = datetime.fromisoformat(about.day).date()
    try:
        at = datetime.fromisoformat(text) if "-" in text else datetime.combine(day, clock_time.fromisoformat(text))
    except ValueError:
        raise InputError.one("--at", f"'{text}' is no time", f"Write it like 08:30 or {about.day}T08:30.") from None
    return round(at.replace(tzinfo=at.tzinfo or ZoneInfo(about.timezone)).timestamp() * 1000)
