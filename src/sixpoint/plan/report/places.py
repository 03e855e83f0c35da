"""The parts of a report that tell of places: where calls are, how soon help comes there, what the posts could cover."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

import numpy as np

from sixpoint.plan.report.maps import Map, Scale, by_cell, scale_legend, shade_of
from sixpoint.plan.report.page import charts, figure, table
from sixpoint.plan.report.said import clock, percent
from sixpoint.plan.report.view import View, weighty_skills

# Fewer calls in a square say nothing about it.
FEWEST: Final = 5
MAPPED_SKILLS: Final = 4
RESPONSE: Final = Scale((240, 360, 480, 720), ("under 4 min", "4 to 6", "6 to 8", "8 to 12", "12 min or more"), "r")
REACH: Final = Scale((0.2, 0.5, 0.8, 0.95), ("under 20 %", "20 to 50 %", "50 to 80 %", "80 to 95 %", "95 % or more"))


def places(view: View) -> str:
    """Maps of calls, of response and of coverage by skill, and a table by nearest post."""
    node = np.concatenate([node for node, _ in view.pool.places])
    seconds = np.concatenate([seconds for _, seconds in view.pool.places])
    if not len(node):
        return "<p>No calls.</p>"
    land = Map(view.prepared.region, node)
    drawn = [_calls(view, land, node), _response(land, node, seconds)]
    skills = [skill for skill in weighty_skills([view]) if _is_mixed(view, skill)][:MAPPED_SKILLS]
    drawn += [reach_map(view, land, skill) for skill in skills]
    rows = _by_post(view, node, seconds)
    note = (
        "Triangles are posts, squares with H are facilities; a pointer on a square of land is told its figures. The "
        "table has the same by nearest post (by road). Maps of reach take every unit on duty as free, at its post."
    )
    head = ["nearest post", "calls", "median, min:s", "90 %, min:s", "never reached"]
    return charts(drawn) + table("Time to the first at the patient, by nearest post", head, rows, note)


def reach_maps(views: Sequence[View], skills: Sequence[str]) -> str:
    """For each skill, the reach of each scenario side by side."""
    view = views[0]
    land = Map(view.prepared.region, np.concatenate([node for node, _ in view.pool.places]))
    return charts(reach_map(one, land, skill, one.name) for skill in skills for one in views)


def reach_map(view: View, land: Map, skill: str, whose: str = "") -> str:
    """Where somebody who may do the skill is near enough, as the share of the needs in each square."""
    covered = view.coverage.skills.get(skill)
    if covered is None:
        return ""
    cells = [
        (number, shade_of(float(within.mean()), REACH), f"{percent(float(within.mean()), 0)} of {len(within)}")
        for number, within in by_cell(land.cells_of(covered.node), covered.within).items()
    ]
    share = float(covered.within.mean())
    name = view.skill_name(skill) + (f": {whose}" if whose else "")
    told = f"Of all needs, {percent(share, 0)} are in reach of a lawful performer on target."
    picture = land.picture(f"In reach on target: {name}", told, cells)
    return figure(f"In reach on target: {name} ({percent(share, 0)})", picture + scale_legend(REACH))


def _is_mixed(view: View, skill: str) -> bool:
    covered = view.coverage.skills.get(skill)
    return covered is not None and 0.02 < float(covered.within.mean()) < 0.99


def _calls(view: View, land: Map, node: Any) -> str:
    counts = {number: len(found) for number, found in by_cell(land.cells_of(node), node).items()}
    values = np.array(sorted(counts.values()))
    limits = sorted({int(values[min(len(values) - 1, int(len(values) * share))]) for share in (0.5, 0.75, 0.9, 0.97)})
    edges = [0, *limits]
    words = [f"{low + 1} to {high}" if low + 1 < high else f"{high}" for low, high in zip(edges, limits, strict=False)]
    scale = Scale(tuple(limit + 0.5 for limit in limits), (*words, f"more than {limits[-1]}"))
    cells = [(number, shade_of(count, scale), f"{count} calls") for number, count in counts.items()]
    told = f"{len(node):,} calls in {len(counts)} squares of land; the busiest square has {max(counts.values()):,}."
    return figure("Calls by place", land.picture("Calls by place", told, cells) + scale_legend(scale))


def _response(land: Map, node: Any, seconds: Any) -> str:
    cells, slow = [], 0
    for number, times in by_cell(land.cells_of(node), seconds).items():
        if len(times) >= FEWEST:
            middle = float(np.sort(times)[(len(times) - 1) // 2])
            shade = shade_of(middle, RESPONSE)
            slow += middle >= RESPONSE.limits[-1]
            said = f"median {clock(middle if np.isfinite(middle) else None)}, {len(times)} calls"
            cells.append((number, shade, said))
    title = "Median time to the first at the patient, by place"
    told = f"{len(cells)} squares with {FEWEST} calls or more; in {slow} of them the median is 12 minutes or more."
    return figure(title, land.picture(title, told, cells) + scale_legend(RESPONSE))


def _by_post(view: View, node: Any, seconds: Any) -> list[list[str]]:
    """Calls and times by the post that is nearest by road."""
    region, travel = view.prepared.region, view.prepared.service.travel
    names: dict[int, str] = {}
    for unit in region.units.values():
        post = region.posts[unit.post_id]
        names.setdefault(post.node, post.name)
    where = np.unique(node)
    road_s = np.array([travel.to_many(post, where) for post in names])
    nearest = road_s.argmin(axis=0)[np.searchsorted(where, node)]
    rows = []
    for place, name in enumerate(names.values()):
        times = np.sort(seconds[nearest == place])
        if not len(times):
            continue
        middle, late = (float(times[int(np.ceil(share * len(times) - 1e-9)) - 1]) for share in (0.5, 0.9))
        cells = [clock(one if np.isfinite(one) else None) for one in (middle, late)]
        never = int((~np.isfinite(times)).sum())
        rows.append([escape(name), f"{len(times):,}", *cells, f"{never:,}"])
    return rows
