"""Writes a comparison of real and simulated days: a page, a table, and the files that scenarios can name."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Final

import msgspec

from sixpoint.plan.backtest.compare import Backtest, Row, Told, UnitsACall
from sixpoint.plan.backtest.week import Ready
from sixpoint.plan.demand.file import DEMAND, PLACES, demand_text, places_text
from sixpoint.plan.durations.file import GOODNESS, TIMES, goodness_text, times_text
from sixpoint.plan.outcomes import Interval
from sixpoint.plan.report.page import page, table, tiles
from sixpoint.plan.report.said import clock, percent
from sixpoint.road.calibrated_table import calibrated_table

ROW_HEAD: Final = (
    "unit", "interval", "n", "n simulated", "median", "simulated", "90 %", "simulated",
)  # fmt: skip
UNIT_HEAD: Final = (
    "unit", "sent, really", "simulated", "on scene, really", "simulated", "hours on duty", "on calls", "simulated",
)  # fmt: skip
ASSUMED: Final = (
    "Calls, their times and places are those of the log; complaints are drawn by seed within the log's priority class.",
    "Who is carried, and how long each step takes, is drawn from what the days before show, by kind of unit and group "
    "of calls.",
    "Engines, trucks, squads and captains are always on duty; other units from a first dispatch to a last clearing as "
    "the log has them, parted where it is silent for eight hours. Units without a station wait by their first call of "
    "the days before (of the days simulated, if they were not seen before).",
    "Units on calls that are not medical are away from dispatch to clearing, as logged.",
    "Roads: calibrated on engines and trucks from their stations, on the days before alone, with lights (priority 3) "
    "and without (priority 2). The delay that every run has is counted to travel, and to transport.",
    "Whom to send is decided by Sixpoint's own policy and rulebook: San Francisco's own response plan is not known.",
)


def write_backtest(folder: Path, ready: Ready, result: Backtest) -> None:
    """Writes report.html, backtest.csv, backtest.json and what was learnt into a folder that is there."""
    learnt = ready.learnt
    before = learnt.before
    about = {"log": before.name, "from": str(before.start), "to": str(before.end), "notes": list(before.notes)}
    days = f"of {before.name}, {ready.spans.fit_from} up to {ready.spans.fit_to}"
    whose = {"of_lights": f"runs with lights {days}", "of_unlit": f"runs without lights {days}"}
    texts = {
        "report.html": _report(ready, result),
        "backtest.csv": _csv(result),
        "backtest.json": msgspec.json.format(msgspec.json.encode(result)).decode() + "\n",
        DEMAND: demand_text(learnt.demand, before.name),
        PLACES: places_text(learnt.demand),
        TIMES: times_text(learnt.times, about),
        GOODNESS: goodness_text(learnt.times),
        "speeds.csv": calibrated_table(learnt.lights, learnt.unlit, **whose),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8", newline="")


def row_cells(row: Row) -> list[str]:
    """A row for people."""
    told = (row.real_median_s, row.simulated_median_s, row.real_p90_s, row.simulated_p90_s)
    return [row.unit_type, row.interval, f"{row.real_n:,}", f"{row.simulated_n:,.0f}", *map(_told, told)]


def unit_cells(one: UnitsACall) -> list[str]:
    """A row for people."""
    return [
        one.unit_type, f"{one.real_sent:.2f}", f"{one.simulated_sent:.2f} {_ends(one.simulated_sent_interval)}",
        f"{one.real_arrived:.2f}", f"{one.simulated_arrived:.2f} {_ends(one.simulated_arrived_interval)}",
        f"{one.duty_h:,.0f}", f"{one.real_busy_h:,.0f}", f"{one.simulated_busy_h:,.0f}",
    ]  # fmt: skip


def _told(one: Told) -> str:
    if one.value is None:
        return "–"
    low, high = one.interval.low, one.interval.high
    return clock(one.value) + ("" if low is None or high is None else f" ({clock(low)}–{clock(high)})")


def _ends(one: Interval) -> str:
    return "" if one.low is None or one.high is None else f"({one.low:.2f}–{one.high:.2f})"


def _report(ready: Ready, result: Backtest) -> str:
    spans = ready.spans
    facts = [
        (f"{result.calls:,}", "calls"), (f"{result.runs}", "runs"),
        (percent(result.real_carried), "carried, really"), (percent(result.simulated_carried), "carried, simulated"),
    ]  # fmt: skip
    header = f"<p>Learnt from {spans.fit_from} up to {spans.fit_to}, simulated {spans.first} up to {spans.last}.</p>"
    note = (
        "Minutes and seconds. Of the log: order statistics of its times; simulated: mean over runs of each run's own. "
        "In brackets 95 % intervals."
    )
    rows = [[escape(cell) for cell in row_cells(row)] for row in result.rows]
    units = [[escape(cell) for cell in unit_cells(one)] for one in result.units]
    days = [[one.day, str(one.received), f"{one.expected:.0f}"] for one in result.days]
    assumed = "".join(f"<li>{escape(one)}</li>" for one in (*ASSUMED, *ready.region.imputed))
    sections = [
        ("intervals", "Intervals", table("Real and simulated", ROW_HEAD, rows, note)),
        ("units", "Units a call", table("Units a call", UNIT_HEAD, units)),
        ("calls", "Calls", table("Calls a day", ["day", "received", "expected from the days before"], days)),
        ("grounds", "What this rests on", f"<ul>{assumed}</ul>"),
    ]
    return page("San Francisco: real and simulated", sections, header + tiles(facts))


def _csv(result: Backtest) -> str:
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(["unit_type", "interval", "share", "of", "n", "value_s", "low_s", "high_s"])
    for row in result.rows:
        writer.writerows(_lines(row))
    return sink.getvalue()


def _lines(row: Row) -> Iterator[list[str]]:
    for share, real, simulated in (
        ("0.5", row.real_median_s, row.simulated_median_s),
        ("0.9", row.real_p90_s, row.simulated_p90_s),
    ):
        for word, count, told in (("log", row.real_n, real), ("simulated", row.simulated_n, simulated)):
            ends = (told.value, told.interval.low, told.interval.high)
            values = ["" if one is None else f"{one:.1f}" for one in ends]
            yield [row.unit_type, row.interval, share, word, f"{count:g}", *values]
