"""The two reports: of one simulation, and of scenarios side by side."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np

from sixpoint.plan.report import parts
from sixpoint.plan.report.grounds import grounds, notice, what_differs
from sixpoint.plan.report.page import page, table, tiles
from sixpoint.plan.report.places import places, reach_maps
from sixpoint.plan.report.said import clock, difference, percent, plain, signed, value
from sixpoint.plan.report.view import View, weighty_skills
from sixpoint.plan.tiered.scenario import Prepared
from sixpoint.plan.tiered.study import Difference, Finished, differences, has_other_patients

DRAWN_SKILLS: Final = 4
MAPPED_SKILLS: Final = 2
SAME_PATIENTS: Final = "Each met the same patients in every scenario."


def simulation_report(view: View) -> str:
    """The report of one run of one scenario, as HTML."""
    prepared = view.prepared
    first = view.pool.response["first at patient"] if view.pool.calls else None
    facts = [(f"{view.pool.calls:,}", "calls"), (f"{len(prepared.service.unit_ids):,}", "units")]
    if first is not None:
        unmet = sum(series.never for series in view.pool.needs.values())
        needs = sum(series.n for series in view.pool.needs.values())
        facts += [
            (clock(first.fractile(0.5).value), "median to the first at the patient, min:s"),
            (clock(first.fractile(0.9).value), "90 % to the first at the patient, min:s"),
            (percent(unmet / max(1, needs)), "of all needs unmet"),
        ]
    if prepared.cost is not None:
        facts.append((f"{prepared.cost:,.0f}", f"cost of {prepared.scenario.days} days"))
    days = prepared.scenario.days
    header = f"<p>{days} simulated day{'s' if days > 1 else ''}, seed {prepared.scenario.seed}.</p>"
    header += notice(prepared) + tiles(facts)
    sections = [("what", "What was simulated", what_differs([prepared]))]
    if first is not None:
        sections += [
            ("response", "Response", parts.response([view])),
            ("interventions", "Time to intervention, by skill", parts.interventions([view])),
            ("unmet", "Ends and unmet needs", parts.unmet([view])),
            ("places", "Places", places(view)),
            ("units", "Use of units", parts.utilisation(view)),
            ("survival", "Survival", parts.survival([view])),
        ]
    sections += [("cost", "Cost", cost([prepared])), ("grounds", "What this rests on", grounds([prepared], 1))]
    return page(f"{prepared.region.name}: simulation", sections, header)


def comparison_report(views: Sequence[View], found: Sequence[Finished], stopped: bool) -> str:
    """The report of several scenarios on the same patients, as HTML; the first is what others are held against."""
    prepared = [view.prepared for view in views]
    base = views[0]
    asked = base.prepared.scenario.replications
    said = f"{len(found)} of {asked} replications of {base.prepared.scenario.days} days"
    said += ", stopped by hand: what was finished is here, whole." if stopped else "."
    apart = [escape(one.name) for one in prepared[1:] if has_other_patients(prepared[0], one)]
    met = f"Patients of {', '.join(apart)} are other ones: demand differs." if apart else SAME_PATIENTS
    header = f"<p>{said} {met}</p>" + notice(base.prepared)
    sections = [("what", "Scenarios", what_differs(prepared))]
    if base.pool.calls:
        rows = [differences(found, second=place) for place in range(1, len(views))]
        skills = moved_skills(views, rows)
        if rows:
            sections.append(("differences", "What differs", _differences(views, rows) + cost(prepared)))
        else:
            sections.append(("cost", "Cost", cost(prepared)))
        curves = "" if not rows else parts.skill_curves(views, skills[:DRAWN_SKILLS])
        reach = "" if not rows else reach_maps(views, skills[:MAPPED_SKILLS])
        sections += [
            ("response", "Response", parts.response(views)),
            ("interventions", "Skills", curves + _by_skill(views, rows) if rows else parts.interventions(views)),
            ("unmet", "Ends and unmet needs", parts.unmet(views)),
            ("places", "Places", reach + places(base)),
            ("survival", "Survival", parts.survival(views)),
            *((f"units-{n}", f"Use of units: {view.name}", parts.utilisation(view)) for n, view in enumerate(views)),
        ]
    sections.append(("grounds", "What this rests on", grounds(prepared, len(found))))
    return page(f"{base.prepared.region.name}: {len(views)} scenarios", sections, header)


def cost(prepared: Sequence[Prepared]) -> str:
    """What the simulated days cost, by the scenario's own prices."""
    if all(one.cost is None for one in prepared):
        return "<p>No prices are given: put [cost.person_hour] or [cost.unit_hour] into the scenario.</p>"
    rows = []
    for one in prepared:
        days = one.scenario.days
        if one.cost is None:
            rows.append([escape(one.name), "no prices", "", ""])
            continue
        more = one.cost - prepared[0].cost if prepared[0].cost is not None else None
        rows.append([escape(one.name), f"{one.cost:,.0f}", f"{one.cost / days:,.0f}", signed(more, ",.0f")])
    days = prepared[0].scenario.days
    note = "Hours on duty by the scenario's prices of a person by level and of a unit by kind; nothing else is counted."
    return table("Cost", ["scenario", f"{days} days", "a day", "more than the first"], rows, note)


def moved_skills(views: Sequence[View], rows: Sequence[Sequence[Difference]]) -> list[str]:
    """Skills whose share on target surely differs in some scenario, the most first; then the weighty ones."""
    moved: dict[str, float] = {}
    for row in (row for one in rows for row in one):
        skill, _, what = row.figure.partition(": ")
        if what == "share on target" and row.is_sure:
            moved[skill] = max(moved.get(skill, 0.0), abs(row.difference))
    weighty = weighty_skills(views)
    return sorted(moved, key=lambda skill: (-moved[skill], skill)) + [skill for skill in weighty if skill not in moved]


def _differences(views: Sequence[View], rows: Sequence[Sequence[Difference]]) -> str:
    """Figures of the service as a whole, each scenario less the first."""
    figures = list(
        dict.fromkeys(row.figure for one in rows for row in one if ": " not in row.figure and row.figure != "calls")
    )
    lines = []
    for figure in figures:
        known = [next((row for row in one if row.figure == figure), None) for one in rows]
        first = next((row.first for row in known if row is not None), None)
        lines.append([escape(plain(figure)), value(figure, first), *(_apart(row) for row in known)])
    names = [f"{escape(view.name)} less {escape(views[0].name)}" for view in views[1:]]
    note = (
        "Means over replications; differences are between runs of one seed, with Student's 95 % "
        "interval; pp are percentage points. Bold: they differ although so many figures were looked at (Holm 1979, "
        "5 %). An interval alone leaves nought out by chance for about one figure in twenty."
    )
    return table("The service as a whole", ["figure", escape(views[0].name), *names], lines, note)


def _by_skill(views: Sequence[View], rows: Sequence[Sequence[Difference]]) -> str:
    """Share on target by skill, each scenario less the first; those that moved first."""
    lines = []
    for skill in moved_skills(views, rows):
        known = [next((row for row in one if row.figure == f"{skill}: share on target"), None) for one in rows]
        times = [next((row for row in one if row.figure == f"{skill}: mean s where met"), None) for one in rows]
        first = next((row.first for row in known if row is not None), None)
        cells = [f"{_apart(row)}<br>{_apart(time)}" for row, time in zip(known, times, strict=True)]
        count = np.mean([series.n for series in [views[0].pool.needs[skill]]]) / max(1, views[0].pool.blocks)
        lines.append([escape(views[0].skill_name(skill)), f"{count:,.1f}", percent(first), *cells])
    names = [f"{escape(view.name)} less {escape(views[0].name)}" for view in views[1:]]
    note = "In each cell: share of needs met on target, below it the mean time where the need was met, min:s."
    head = ["skill", "needs a replication", f"on target: {escape(views[0].name)}", *names]
    return parts.long_table("Time to intervention, by skill", head, lines, note)


def _apart(row: Difference | None) -> str:
    """A difference with its interval, in bold where it is sure."""
    if row is None:
        return "–"
    said, between = difference(row)
    ends = f'<span class="ci">{between}</span>'
    return f'<span class="clear">{said}</span> {ends}' if row.is_sure else f"{said} {ends}"
