"""How figures are written, on a page and in a terminal alike: times as minutes and seconds, shares in per cent."""

from __future__ import annotations

from sixpoint.plan.outcomes import Interval
from sixpoint.plan.tiered.study import Difference


def clock(seconds: float | None) -> str:
    """A time as minutes and seconds; a word where it was not reached."""
    if seconds is None:
        return "not reached"
    whole = round(seconds)
    return f"{'−' if whole < 0 else ''}{abs(whole) // 60}:{abs(whole) % 60:02d}"


def percent(value: float | None, digits: int = 1) -> str:
    """A share in per cent."""
    return "–" if value is None else f"{100 * value:.{digits}f} %".replace("-", "−")


def points(value: float) -> str:
    """A difference of shares in percentage points."""
    return f"{100 * value:.2f} pp".replace("-", "−")


def signed(value: float | None, form: str) -> str:
    """A number with its sign."""
    return "–" if value is None else ("−" if value < 0 else "+") + format(abs(value), form)


def is_time(figure: str) -> bool:
    """Whether a figure of a study counts seconds; its name then says so."""
    return figure.endswith(" s") or " s " in figure


def is_share(figure: str) -> bool:
    """Whether a figure of a study is a share."""
    return figure.startswith(("utilisation", "survival")) or "share" in figure


def plain(figure: str) -> str:
    """The name of a figure for people."""
    said = f"{figure.replace(' s where', ' where').removesuffix(' s')}, min:s" if is_time(figure) else figure
    return said.replace("_", " ")


def value(figure: str, number: float | None) -> str:
    """A figure of a study."""
    if number is None:
        return "–"
    if is_time(figure):
        return clock(number)
    return percent(number, 2) if is_share(figure) else f"{number:,.1f}"


def ends(figure: str, interval: Interval) -> str:
    """The interval of a mean, within what the figure can be at all: nothing is below nought, no share above one."""
    if interval.low is None or interval.high is None:
        return ""
    high = min(1.0, interval.high) if is_share(figure) else interval.high
    return f"{value(figure, max(0.0, interval.low))} to {value(figure, high)}"


def difference(row: Difference) -> tuple[str, str]:
    """A difference and its interval; the latter empty where there is none."""
    sign = "−" if row.difference < 0 else "+"
    write = clock if is_time(row.figure) else points if is_share(row.figure) else "{:,.1f}".format
    low, high = row.interval.low, row.interval.high
    between = "" if low is None or high is None else f"{write(low).removesuffix(' pp')} to {write(high)}"
    return sign + write(abs(row.difference)), between
