"""Dates of rules and layers: a day means its first moment in the layer's time zone; an impossible one is a fault."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo

from sixpoint.scope.layers import Span
from sixpoint.scope.strict_yaml import Value


def instant_of(text: str, zone: tzinfo) -> datetime | None:
    """The instant written as a date (its first moment in `zone`) or as date, time and offset; None if impossible."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    if len(text) == len("2026-01-01"):
        return instant.replace(tzinfo=zone).astimezone(UTC)
    return None if instant.tzinfo is None else instant.astimezone(UTC)


def read_span(entries: Mapping[str, Value], zone: tzinfo, within: Span) -> Span:
    """The span of `from` and `until`, cut to `within`; notes dates that are impossible or lie outside it.

    Of dates that cannot be, `within` comes back, so that what lies inside is not blamed for them.
    """
    bounds: list[datetime | None] = []
    for key in ("from", "until"):
        if key not in entries or entries[key].held is None:
            bounds.append(None)
            continue
        text = entries[key].text(f"'{key}'")
        bounds.append(instant_of(text, zone))
        if bounds[-1] is None and text:
            remedy = 'Write it like "2026-03-01" or "2026-03-01T07:00:00-07:00".'
            entries[key].fault(f"'{text}' is no possible date", remedy)
    span = Span(*bounds)
    if span.starts and span.ends and span.starts >= span.ends:
        entries["until"].fault("it ends before it starts", "Write a later 'until', or an earlier 'from'.")
        return within
    if not span.meets(within):
        entries["from" if "from" in entries else "until"].fault(
            f"the dates lie outside the layer's own ({within})", "Correct the dates of the rule or of the layer."
        )
    return span & within
