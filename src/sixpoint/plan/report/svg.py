"""Charts as SVG inside the page: they take colours from its style sheet and tell what they show in words as well."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any, Final

import msgspec
import numpy as np

WIDTH: Final = 420
HEIGHT: Final = 270
LEFT, RIGHT, TOP, BOTTOM = 60, 12, 10, 40
# Lines differ by dash as well as by colour, for those who see no difference in colour and for black ink.
DASHES: Final = ("", "7 3", "2 3", "9 3 2 3", "12 4", "4 2 1 2")


class Line(msgspec.Struct, frozen=True, eq=False):
    """One line with its band, if it has one; `look` is its place among the colours and dashes."""

    name: str
    x: Any
    y: Any
    low: Any = None
    high: Any = None
    look: int = 0


class Axis(msgspec.Struct, frozen=True):
    """An axis: what it counts, up to where, and where and how its ticks are written."""

    label: str
    top: float
    ticks: Sequence[tuple[float, str]]


def share_axis(label: str, top: float = 1.0) -> Axis:
    """An axis of shares, written in per cent."""
    step = 0.25 if top > 0.5 else 0.1 if top > 0.2 else 0.05
    return Axis(label, top, [(k * step, f"{k * step:.0%}") for k in range(round(top / step) + 1)])


def minutes_axis(label: str, top_s: float) -> Axis:
    """An axis of times in seconds, written in whole minutes."""
    minutes = top_s / 60
    step = next(one for one in (1, 2, 5, 10, 20, 30, 60) if minutes / one <= 8 or one == 60)
    return Axis(label, top_s, [(60 * k * step, str(k * step)) for k in range(math.floor(minutes / step) + 1)])


def hours_axis(label: str) -> Axis:
    """An axis of the hours of a day."""
    return Axis(label, 24, [(hour, f"{hour}") for hour in range(0, 25, 4)])


def line_chart(title: str, told: str, x: Axis, y: Axis, lines: Sequence[Line], *, steps: bool = False) -> str:
    """Lines with their bands over two axes; `title` and `told` are read out instead of it."""
    parts = [_frame(x, y)]
    for line in lines:
        if line.low is not None and np.isfinite(line.low).all():
            parts.append(f'<path class="band c{line.look}" d="{_band(line, x, y)}"/>')
    for line in lines:
        dash = DASHES[line.look % len(DASHES)]
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(f'<path class="line c{line.look}"{dashed} d="{_path(line, x, y, steps=steps)}"/>')
    return drawing(title, told, "".join(parts), WIDTH, HEIGHT) + legend([(line.name, line.look) for line in lines])


def drawing(title: str, told: str, content: str, width: int, height: int) -> str:
    """An SVG as wide as there is room; title and description are what is read out."""
    label = escape(f"{title}. {told}", quote=True)
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}">{content}</svg>'


def legend(names: Sequence[tuple[str, int]]) -> str:
    """Which line is whose; nothing where there is only one."""
    if len(names) < 2:
        return ""
    rows = []
    for name, look in names:
        dash = DASHES[look % len(DASHES)]
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        stroke = f'<svg viewBox="0 0 34 10" aria-hidden="true"><path class="line c{look}"{dashed} d="M1 5H33"/></svg>'
        rows.append(f"<li>{stroke}{escape(name)}</li>")
    return f'<ul class="legend">{"".join(rows)}</ul>'


def _at(value: float, axis: Axis, start: float, end: float) -> float:
    return start + (end - start) * min(1.0, max(0.0, value / axis.top))


def _x(value: float, axis: Axis) -> str:
    return f"{_at(value, axis, LEFT, WIDTH - RIGHT):.1f}"


def _y(value: float, axis: Axis) -> str:
    return f"{_at(value, axis, HEIGHT - BOTTOM, TOP):.1f}"


def _frame(x: Axis, y: Axis) -> str:
    """Axes with ticks and grid."""
    parts = []
    for value, word in y.ticks:
        at = _y(value, y)
        parts.append(f'<path class="grid" d="M{LEFT} {at}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{float(at) + 4:.1f}" text-anchor="end">{word}</text>')
    base = HEIGHT - BOTTOM
    for value, word in x.ticks:
        at = _x(value, x)
        parts.append(f'<path class="grid" d="M{at} {TOP}V{base}"/>')
        parts.append(f'<text x="{at}" y="{base + 16}" text-anchor="middle">{word}</text>')
    parts.append(f'<path class="axis" d="M{LEFT} {TOP}V{base}H{WIDTH - RIGHT}"/>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x.label)}</text>')
    across = (TOP + base) / 2
    turned = f'transform="rotate(-90 13 {across})"'
    parts.append(f'<text x="13" y="{across}" {turned} text-anchor="middle">{escape(y.label)}</text>')
    return "".join(parts)


def _path(line: Line, x: Axis, y: Axis, *, steps: bool) -> str:
    """The line up to the end of the axis; with `steps` each value holds until the next. NaN breaks it."""
    parts, up = [], False
    for at, value in zip(line.x, line.y, strict=True):
        if at > x.top or not math.isfinite(value):
            up = False
            continue
        if steps:
            start = f"L{_x(at, x)} {_y(value, y)}" if up else f"M{_x(at, x)} {_y(value, y)}"
            parts.append(f"{start}H{_x(at + 1, x)}")
        else:
            parts.append(f"{'L' if up else 'M'}{_x(at, x)} {_y(value, y)}")
        up = True
    return "".join(parts)


def _band(line: Line, x: Axis, y: Axis) -> str:
    inside = [place for place, at in enumerate(line.x) if at <= x.top]
    there = [f"{_x(line.x[place], x)} {_y(line.high[place], y)}" for place in inside]
    back = [f"{_x(line.x[place], x)} {_y(line.low[place], y)}" for place in reversed(inside)]
    return f"M{'L'.join(there)}L{'L'.join(back)}Z" if inside else ""
