"""The page itself: its style sheet, tables that stand beside every chart, and how figures are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import Final

from sixpoint.plan.outcomes import Interval
from sixpoint.plan.report.said import percent

STYLE: Final = files("sixpoint.plan.report").joinpath("style.css").read_text("utf-8")


def folded(summary: str, content: str) -> str:
    """Something that is told only to who asks."""
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"


def words(name: str) -> str:
    """A name of the program as words."""
    return escape(name.replace("_", " "))


def page(title: str, sections: Sequence[tuple[str, str, str]], header: str) -> str:
    """The whole file: a header, a way to each section (id, heading, content), nothing from anywhere else."""
    links = "".join(f'<li><a href="#{name}">{escape(heading)}</a></li>' for name, heading, _ in sections)
    body = "".join(
        f'<section id="{name}"><h2>{escape(heading)}</h2>{content}</section>' for name, heading, content in sections
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><header><h1>{escape(title)}</h1>"
        f'{header}</header><nav aria-label="Sections"><ul>{links}</ul></nav><main>{body}</main></body></html>\n'
    )


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], note: str = "", *, words: bool = False
) -> str:
    """A table whose first column names the row; cells are HTML already. It scrolls by itself where it is too wide.

    Cells are set as figures, or as `words`.
    """
    columns = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    lines = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>' for row in rows
    )
    look = ' class="words"' if words else ""
    under = f'<p class="soft">{note}</p>' if note else ""
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{escape(caption, quote=True)}"><table{look}>'
        f"<caption>{escape(caption)}</caption><thead><tr>{columns}</tr></thead><tbody>{lines}</tbody></table></div>{under}"
    )


def figure(caption: str, chart: str, beside: str = "") -> str:
    """A chart with its caption, and the table of what it shows, folded away until asked for."""
    under = folded("The figures of this chart", beside) if beside else ""
    return f"<figure><figcaption>{escape(caption)}</figcaption>{chart}{under}</figure>"


def charts(figures: Iterable[str]) -> str:
    """Charts side by side where there is room."""
    found = [one for one in figures if one]
    return f'<div class="charts{" one" if len(found) == 1 else ""}">{"".join(found)}</div>'


def tiles(facts: Sequence[tuple[str, str]]) -> str:
    """Some figures in large letters, each with what it is."""
    return f'<ul class="tiles">{"".join(f"<li><b>{value}</b><span>{label}</span></li>" for value, label in facts)}</ul>'


def interval(one: Interval, write: Callable[[float], str] = percent) -> str:
    """An interval; nothing where it has no lower end, and open above where the upper one was not reached."""
    low = "" if one.low is None else write(one.low)
    if one.low is None or one.high is None:
        return "" if one.low is None else f'<span class="ci">{low} or more</span>'
    return f'<span class="ci">{low} to {write(one.high)}</span>'
