"""The report of a fit as one HTML page: what was read, how well it holds, what was left out and why."""

from __future__ import annotations

from datetime import datetime
from html import escape

import numpy as np

from sixpoint.dispatch import CallTypes
from sixpoint.plan.demand.clock import HOURS_OF_DAY
from sixpoint.plan.demand.grid import cell_of_key
from sixpoint.plan.demand.model import Demand
from sixpoint.plan.durations.fit import EMPIRICAL, Cell, ServiceTimes
from sixpoint.plan.fitting import words
from sixpoint.plan.fitting.fitted import Fitted
from sixpoint.plan.report.page import charts, figure, folded, page, table, tiles
from sixpoint.plan.report.said import clock, percent
from sixpoint.plan.report.svg import Axis, Line, hours_axis, line_chart

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_CELLS = 25


def fit_report(fitted: Fitted, types: CallTypes) -> str:
    """The page."""
    log, demand = fitted.log, fitted.demand
    facts = [
        (f"{demand.calls:,}", "calls"), (f"{demand.per_week:,.0f}", "expected in a week"),
        (f"{(log.end - log.start).days:,}", "days of log"), (f"{len(log.responses):,}", "rows of units"),
    ]  # fmt: skip
    header = f"<p>{escape(log.name)}, {log.start.date()} to {log.end.date()} (end not included).</p>" + tiles(facts)
    sections = [
        ("held", "How well it holds", _goodness(demand)),
        ("hours", "Calls by hour and weekday", _hours(demand)),
        ("season", "Season", _season(demand)),
        ("places", "Places", _places(demand)),
        ("types", "Types of calls", _types(demand, types)),
        ("times", "Service times", _times(fitted.times)),
        ("left", "What was left out, and why", _left_out(fitted)),
    ]
    return page(f"{log.name}: fit", sections, header)


def _goodness(demand: Demand) -> str:
    rows = [
        [escape(words.SCATTER[one.by]), f"{one.ratio:.2f}", str(one.degrees), f"{one.p_value:.2g}", words.scatter(one)]
        for one in demand.fit
    ]
    scatter = table(
        "How far counts scatter about the fit (1: a Poisson process)",
        ["counts of", "ratio", "degrees of freedom", "chance of as much", "that is"], rows,
    )  # fmt: skip
    held = [
        [
            escape(f"{one.of}: {one.finer} against {one.than}"), str(one.days), f"{one.gain:+.4f}",
            "–" if one.low is None or one.high is None else f"{one.low:+.4f} to {one.high:+.4f}", words.worth(one),
        ]
        for one in demand.held_out
    ]  # fmt: skip
    note = (
        "Fitted again on two days of three, scored on the third: gain in log-likelihood a call (nats), with its 95 % "
        "interval over the days left out."
    )
    if not held:
        return scatter + "<p>Fewer than six days: nothing could be held out.</p>"
    return scatter + table("Days that were not fitted", ["model", "days", "gain", "interval", "is"], held, note)


def _hours(demand: Demand) -> str:
    rates = demand.rates
    per_hour, seen_h = rates.per_hour.reshape(7, HOURS_OF_DAY), rates.exposure_h.reshape(7, HOURS_OF_DAY)
    hours = np.arange(HOURS_OF_DAY)
    logged = np.zeros(HOURS_OF_DAY)
    for (_, hour, _), calls in demand.tally.items():
        logged[hour] += calls
    lines = [
        Line("Monday to Friday, fitted", hours, per_hour[:5].mean(axis=0), look=0),
        Line("Saturday and Sunday, fitted", hours, per_hour[5:].mean(axis=0), look=1),
        Line("all days, as logged", hours, logged / np.maximum(seen_h.sum(axis=0), 1e-300), look=2),
    ]
    top = float(max(one.y.max() for one in lines)) * 1.1 or 1.0
    ticks = [(top * k / 4, f"{top * k / 4:.3g}") for k in range(5)]
    told = f"The busiest hour of the mean day has {per_hour.mean(axis=0).max():.1f} calls."
    title = "Calls an hour"
    chart = line_chart(title, told, hours_axis("hour of the day"), Axis("calls an hour", top, ticks), lines, steps=True)
    rows = [
        [name, f"{per_hour[day].sum():.1f}", f"{seen_h[day].sum() / HOURS_OF_DAY:.1f}"]
        for day, name in enumerate(DAY_NAMES)
    ]
    lean = f"Each hour of the week leans on its weekday and hour of the day as if seen {rates.lean_h:g} h longer."
    return charts([figure(title, chart)]) + table("Calls a day", ["day", "calls a day", "days seen"], rows, lean)


def _season(demand: Demand) -> str:
    said = f"<p>{escape(words.season(demand).capitalize())}.</p>"
    if not demand.months:
        return said
    rows = [
        [
            datetime(2000, one.month, 1).strftime("%B"),  # noqa: DTZ001
            f"{one.days:.0f}", f"{one.factor:.3f}", f"{one.low:.3f} to {one.high:.3f}",
        ]
        for one in demand.months
    ]  # fmt: skip
    note = "A trend over the log, if there is one, cannot be told from a season by a log of less than two years."
    return said + table("Times as many calls as on the mean", ["month", "days", "factor", "95 % interval"], rows, note)


def _places(demand: Demand) -> str:
    if demand.cells is None or demand.grid is None:
        return "<p>No call of the log has a place: calls are drawn along the streets of the region.</p>"
    rows = [[escape(narrow), escape(wide), escape(how)] for narrow, wide, how in words.leans(demand.weights)]
    rule = table("How far narrow groups lean on wider ones", ["group", "leans on", "how far"], rows, words=True)
    calls = demand.cells.calls.sum(axis=1)
    order = np.argsort(-calls, kind="stable")[:MOST_CELLS]
    total = float(calls.sum())
    cells = []
    for place in order:
        lon_deg, lat_deg = demand.grid.middle(*cell_of_key(int(demand.cells.keys[place])))
        cells.append([f"{lat_deg:.4f}, {lon_deg:.4f}", f"{calls[place]:.0f}", percent(float(calls[place]) / total)])
    many = (calls > 0).sum()
    title = f"The busiest cells of {demand.grid.cell_m:g} m, of {many:,} with calls"
    return rule + table(title, ["middle (latitude, longitude)", "calls", "share"], cells)


def _types(demand: Demand, types: CallTypes) -> str:
    by_hour = demand.mix.by_hour
    total = by_hour.sum(axis=0)
    rows = []
    for place in np.argsort(-total, kind="stable"):
        code = demand.mix.types[place]
        name = types[code].reason if code in types else code
        night, day = by_hour[:6, place].sum(), by_hour[6:, place].sum()
        shares = [percent(float(total[place] / total.sum()))]
        for few, hours in ((night, by_hour[:6]), (day, by_hour[6:])):
            shares.append(percent(float(few / hours.sum()) if hours.sum() else None))
        rows.append([escape(f"{name} ({code})"), f"{total[place]:.0f}", *shares])
    return table("Types of calls", ["type", "calls", "share", "0 to 6", "6 to 24"], rows)


def _times(times: ServiceTimes | None) -> str:
    if times is None:
        return "<p>The log has no times of units, or too few: none were fitted.</p>"
    head = ["step, unit, calls", "rows", "median", "90 %", "drawn from", "its median", "its 90 %", "gap (KS)", "chance"]
    wide = [_time(cell) for cell in times.cells.values() if cell.call == "any"]
    narrow = [_time(cell) for cell in times.cells.values() if cell.call != "any"]
    note = (
        "Minutes and seconds; medians leave noughts out. Chance: of a gap as large if the family were true, from "
        "samples drawn from the fit and fitted again; at 1 % or less the sample itself is drawn from."
    )
    found = table("Times by step and kind of unit, all calls", head, wide, note)
    found += folded(f"By group of calls ({len(narrow)})", table("Times by group of calls", head, narrow))
    pooled = [
        [escape(f"{one.step}, {one.unit}, {one.call}"), str(one.n), escape(", ".join(one.into) if one.into else "–")]
        for one in times.pooled
    ]
    under = f"Groups of fewer than {times.least} rows ({len(pooled)})"
    return found + folded(under, table(under, ["group", "rows", "takes the fit of"], pooled, words=True))


def _time(cell: Cell) -> list[str]:
    best = cell.candidates[0] if cell.candidates else None
    drawn = "the sample itself" if cell.family == EMPIRICAL else cell.family
    if best is not None and cell.family == EMPIRICAL:
        drawn += f" ({best.family} rejected)"
    fitted = [clock(best.quantiles_s[3]), clock(best.quantiles_s[5])] if best is not None else ["–", "–"]
    ks, chance = (
        ("–", "–") if best is None else (f"{best.ks:.3f}", "–" if best.p_value is None else f"{best.p_value:.3f}")
    )
    name = escape(f"{cell.step}, {cell.unit}, {cell.call}")
    observed = [clock(cell.observed_s[3]), clock(cell.observed_s[5])] if cell.observed_s else ["–", "–"]
    return [name, f"{cell.n:,}", *observed, escape(drawn), *fitted, ks, chance]


def _left_out(fitted: Fitted) -> str:
    rows = [
        [escape(f"{one.of}: {one.why}"), f"{one.calls:,} calls", escape(", ".join(one.first)) or "–"]
        for one in fitted.demand.left_out
    ]
    for one in fitted.times.left_out if fitted.times is not None else ():
        rows.append([escape(f"{one.step}: {one.why}"), f"{one.rows:,} rows", escape(", ".join(one.first))])
    gaps = "".join(f"<li>{low.isoformat()} to {high.isoformat()}</li>" for low, high in fitted.demand.gaps)
    notes = "".join(f"<li>{escape(note)}</li>" for note in fitted.log.notes)
    found = (
        table("Left out", ["of what, and why", "how many", "the first"], rows, words=True)
        if rows
        else "<p>Nothing.</p>"
    )
    found += f"<h3>Stretches that count for nothing</h3><ul>{gaps}</ul>" if gaps else ""
    return found + (f"<h3>What is imputed, or was known before</h3><ul>{notes}</ul>" if notes else "")
