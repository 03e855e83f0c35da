"""The parts of a report that tell of times: response, interventions by skill, unmet needs, use of units, survival."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

import numpy as np

from sixpoint.plan.report.page import charts, figure, folded, interval, table, words
from sixpoint.plan.report.pool import Curve, Estimate, Series
from sixpoint.plan.report.said import clock, percent
from sixpoint.plan.report.svg import Axis, Line, hours_axis, line_chart, minutes_axis, share_axis
from sixpoint.plan.report.view import View, weighty_skills

DRAWN_SKILLS: Final = 6
SHOWN_ROWS: Final = 20
SHOWN_S: Final = (240, 360, 480, 600, 900, 1200, 1800, 3600)
SHARES: Final = (0.5, 0.8, 0.9, 0.95)
# Curves are drawn up to where the slowest of them levels off, but not beyond this.
LONGEST_DRAWN_S: Final = 3600


def response(views: Sequence[View]) -> str:
    """Fractile curves of the first unit and of the first crew of each level, with their tables."""
    names = list(dict.fromkeys(name for view in views for name in view.pool.response))
    if len(views) == 1:
        drawn = [_curves("Time to the first unit, by level of its crew", views, [(name, name) for name in names])]
    else:
        drawn = [_curves(f"Time from the ring: {name}", views, [(name, view.name) for view in views]) for name in names]
    rows = []
    for name in names:
        for view in views:
            if name in view.pool.response:
                series = view.pool.response[name]
                said = name if len(views) == 1 else f"{name}: {view.name}"
                rows.append([escape(said), f"{series.n:,}", *_fractile_cells(series)])
    head = ["From the ring of the call, min:s", "calls", *(f"{share:.0%}".replace("%", " %") for share in SHARES)]
    note = (
        "A fractile is the time that so large a share of all calls does not exceed, counted in whole seconds over all "
        "samples, never averaged over days; a call that nobody reached counts as a time that never came. "
        + scatter_words(views)
    )
    return charts(drawn) + table("Response", head, rows, note)


def scatter_words(views: Sequence[View]) -> str:
    """Where intervals come from."""
    pool = views[0].pool
    if pool.blocks < 2:
        return f"One of the {pool.of_what} gives no interval: nothing is known of how they differ."
    return f"Intervals are of 95 % and rest on the scatter between {pool.blocks} {pool.of_what}."


def _fractile_cells(series: Series) -> Iterator[str]:
    for share in SHARES:
        yield _timed(series.fractile(share))


def _timed(found: Estimate) -> str:
    return f"{clock(found.value)} {interval(found.interval, clock)}".strip()


def interventions(views: Sequence[View]) -> str:
    """Time to intervention by skill: the clock stops when somebody who may do it does."""
    view = views[0]
    rows = []
    for skill in weighty_skills(views):
        series = view.pool.needs[skill]
        covered = view.coverage.skills.get(skill)
        reach = percent(float(np.mean(covered.within)), 0) if covered is not None else "–"
        target = series.share_on_target()
        rows.append(
            [
                escape(view.skill_name(skill)), f"{series.n:,}", percent((series.n - series.never) / series.n),
                _timed(series.fractile(0.5)), _timed(series.fractile(0.9)),
                f"{percent(target.value)} {interval(target.interval)}", reach,
            ]
        )  # fmt: skip
    head = ["Skill", "needs", "met", "median, min:s", "90 %, min:s", "on target", "in reach of a post"]
    note = (
        "Met: somebody who may do it, standing or with an order, with what it takes on board, began it at the patient. "
        "On target: within the policy's time for that need of that call. In reach of a post: the share of needs that a "
        "lawful performer on duty would reach on target if every unit were free and waited at its post; the difference "
        "to on target is what calls at the same time, and time on scene, take away."
    )
    chosen = weighty_skills(views)[:DRAWN_SKILLS]
    drawn = [
        _curves(view.skill_name(skill), views, [(skill, one.name) for one in views], needs=True) for skill in chosen
    ]
    return charts(drawn) + long_table("Time to intervention", head, rows, note)


def long_table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], note: str) -> str:
    """A table of which the first rows are shown and the others told to who asks."""
    said = table(caption, head, rows[:SHOWN_ROWS], note)
    rest = rows[SHOWN_ROWS:]
    return said + folded(f"{len(rest)} more", table(f"{caption}, continued", head, rest)) if rest else said


def skill_curves(views: Sequence[View], skills: Sequence[str]) -> str:
    """The curves of these skills, one line a scenario."""
    named = [(views[0].skill_name(skill), [(skill, one.name) for one in views]) for skill in skills]
    return charts(_curves(name, views, lines, needs=True) for name, lines in named)


def _curves(title: str, views: Sequence[View], lines: Sequence[tuple[str, str]], *, needs: bool = False) -> str:
    """One chart: for each (series, what the line is called), of the one view or of view after view."""
    curves: list[tuple[Curve, int]] = []
    for place, (key, name) in enumerate(lines):
        view = views[0] if len(views) == 1 else views[place]
        known = view.pool.needs if needs else view.pool.response
        if key in known and known[key].n:
            curves.append((known[key].curve(name), place if len(views) == 1 else view.look))
    if not curves:
        return ""
    top = _drawn_until(curves)
    drawn = [Line(one.name, one.at_s, one.share, one.low, one.high, look) for one, look in curves]
    told = "; ".join(f"{one.name}: {percent(_share_at(one, 480), 0)} within 8 minutes" for one, _ in curves)
    chart = line_chart(title, told, minutes_axis("minutes from the ring", top), share_axis("share of all"), drawn)
    rows = [
        [f"{at // 60} min", *(f"{percent(_share_at(one, at))} {_band_at(one, at)}" for one, _ in curves)]
        for at in SHOWN_S
        if at <= max(top, SHOWN_S[0])
    ]
    return figure(title, chart, table("Share that came within", ["within", *(escape(c.name) for c, _ in curves)], rows))


def _drawn_until(curves: Sequence[tuple[Curve, int]]) -> float:
    """Where 97 % of what comes at all within two hours has come, by the slowest curve, in whole five minutes."""
    last = max(float(one.at_s[np.searchsorted(one.share, 0.97 * one.share[-1])]) for one, _ in curves)
    return float(min(LONGEST_DRAWN_S, max(600, 300 * np.ceil(last / 300))))


def _share_at(curve: Curve, at_s: int) -> float:
    return float(curve.share[np.searchsorted(curve.at_s, at_s)])


def _band_at(curve: Curve, at_s: int) -> str:
    place = np.searchsorted(curve.at_s, at_s)
    low, high = float(curve.low[place]), float(curve.high[place])
    return "" if np.isnan(low) else f'<span class="ci">{percent(low)} to {percent(high)}</span>'


def unmet(views: Sequence[View]) -> str:
    """How calls ended, and needs that nobody met."""
    ends = [[escape(word), *(f"{view.pool.ends.get(word, 0):,}" for view in views)] for word in views[0].pool.ends]
    skills = [skill for skill in weighty_skills(views) if any(_never(view, skill) for view in views)]
    rows = [
        [
            escape(views[0].skill_name(skill)),
            *(f"{_never(view, skill):,} of {_needed(view, skill):,}" for view in views),
        ]
        for skill in sorted(skills, key=lambda skill: -_never(views[0], skill))
    ]
    names = [escape(view.name) for view in views]
    said = table("How calls ended", ["end", *names], ends)
    if not rows:
        return said + "<p>Every need was met by somebody who may meet it.</p>"
    note = (
        "Unmet: nobody who may meet the need did while the patient was in the service's care, or only after four hours."
    )
    return said + long_table("Needs that nobody met", ["skill", *names], rows, note)


def _never(view: View, skill: str) -> int:
    return view.pool.needs[skill].never if skill in view.pool.needs else 0


def _needed(view: View, skill: str) -> int:
    return view.pool.needs[skill].n if skill in view.pool.needs else 0


def utilisation(view: View) -> str:
    """The share of time on duty that is spent on calls, by hour of the day: kinds of unit, then levels."""
    shares = dict(view.pool.utilisation())
    levels = [name for name in view.prepared.service.rules.levels if name in shares]
    kinds = [name for name in shares if name not in levels]
    drawn = [
        _by_hour("Time on calls, by kind of unit", view, kinds),
        _by_hour("Time on calls, by the highest level on board", view, levels),
    ]
    rows = []
    for name in [*kinds, *levels]:
        busy, duty = float(np.sum(view.pool.busy_h.get(name, 0.0))), float(view.pool.duty_h[name].sum())
        peak = int(np.nanargmax(shares[name]))
        rows.append(
            [words(name), f"{duty:,.0f}", f"{busy:,.0f}", percent(busy / duty),
             f"{peak}:00, {percent(float(shares[name][peak]), 0)}"]
        )  # fmt: skip
    head = ["who", "hours on duty", "on calls", "share", "busiest hour"]
    note = "From assignment until clear. Hours count from midnight of the first day, in local time as it was then."
    return charts(drawn) + table("Use of units", head, rows, note)


def _by_hour(title: str, view: View, names: Sequence[str]) -> str:
    shares = dict(view.pool.utilisation())
    hours = np.arange(24)
    lines = [Line(name.replace("_", " "), hours, shares[name], look=place) for place, name in enumerate(names)]
    top = min(1.0, max([0.25, *(float(np.nanmax(shares[name])) * 1.1 for name in names)]))
    y: Axis = share_axis("share of time on duty", 1.0 if top > 0.5 else 0.5 if top > 0.25 else 0.25)
    told = "; ".join(
        f"{name}: {percent(float(np.nanmin(shares[name])), 0)} to {percent(float(np.nanmax(shares[name])), 0)}"
        for name in names
    )
    rows = [[f"{hour}:00", *(_hour_cell(shares[name][hour]) for name in names)] for hour in range(24)]
    chart = line_chart(title, told, hours_axis("hour of the day"), y, lines, steps=True)
    return figure(title, chart, table("By hour", ["hour", *map(words, names)], rows))


def _hour_cell(value: float) -> str:
    return "off duty" if np.isnan(value) else percent(float(value), 0)


def survival(views: Sequence[View]) -> str:
    """Each curve's patients and their mean chance; each names whom it was measured on."""
    rows = []
    for view in views:
        for one, mean, ends in view.survival():
            said = f"{one.curve.id}: {view.name}" if len(views) > 1 else one.curve.id
            words = (one.curve.population, one.curve.source)
            told = [escape(said), escape(one.patients), percent(mean), interval(ends), f"{len(one.values):,}"]
            rows.append([*told, *map(escape, words)])
    note = (
        "Sixpoint brings curves for cardiac arrest only: for trauma, stroke and the rest the evidence supports none; a "
        "curve for anything else is of whoever made the scenario. Clocks (compressions, shock, adrenaline) stop when "
        "somebody who may do it does it; a bystander's compressions count. Collapse is taken as two minutes before the "
        "ring: a judgement. A curve speaks of its own population only, a small part of the patients counted here: "
        "compare scenarios by it, and do not read it as a forecast."
    )
    head = ["curve", "patients", "mean chance", "95 %", "of", "measured on", "source"]
    return table("Survival", head, rows, note, words=True)
