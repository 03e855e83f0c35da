"""Who covers what from where in a region: the table that live move-up and its simulation rest on.

The demand is that of the region's own calls: where they came from, and what their types need.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import datetime

import numpy as np

from sixpoint.dispatch import CallTypes, Cover, Policy
from sixpoint.dispatch.cover_classes import CoverClass, load_cover_classes
from sixpoint.ops import CoverTable
from sixpoint.region import Region
from sixpoint.road import TravelTimes


def bundled_cover_table(region: Region, call_types: CallTypes, policy: Policy, times: TravelTimes) -> CoverTable:
    """Reach and demand by the bundled classes of skills, as far as the region's rulebook knows their skills."""
    known = {skill.id for skill in region.rules.skills}
    classes = tuple(one for one in load_cover_classes() if known.issuperset(one.skills))
    return cover_table(region, call_types, classes, times, busy_share=policy.move_up_busy_share)


def cover_table(
    region: Region,
    call_types: CallTypes,
    classes: tuple[CoverClass, ...],
    times: TravelTimes,
    *,
    busy_share: float,
    at: datetime | None = None,
) -> CoverTable:
    """Reach and demand from every post of the region with lights and sirens, and the ways between posts without.

    `times` are those of the region's network, at its own speed. Where speeds change with the hour: as fast as at the
    instant `at`, or as in the mean of the week.
    """
    posts = list(region.posts.values())
    nodes, demand = _demand(region, call_types, classes)
    lights, quiet = (times.at_factor(region.road_factor(one, at)) for one in (True, False))
    post_nodes = [post.node for post in posts]
    index = {skill.id: skill.index for skill in region.rules.skills}
    reach_s = np.array([lights.to_many(node, nodes) for node in post_nodes]).reshape(len(posts), len(nodes))
    between_s = np.array([quiet.to_many(node, post_nodes) for node in post_nodes])
    compiled = tuple(one.compiled(index, busy_share) for one in classes)
    post_ids = tuple(post.post_id for post in posts)
    content = hashlib.sha256(repr((post_ids, compiled)).encode())
    for table in (reach_s, between_s, demand):
        content.update(np.ascontiguousarray(table, "<f8").tobytes())
    return CoverTable(post_ids, Cover(reach_s, demand, compiled), between_s, f"sha256:{content.hexdigest()}")


def _demand(
    region: Region, call_types: CallTypes, classes: tuple[CoverClass, ...]
) -> tuple[list[int], np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    """The road nodes that calls came from, and for each class the calls an hour from each."""
    counts: list[Counter[int]] = [Counter() for _ in classes]
    for call in region.calls:
        needed = {skill for need in call_types[call.dispatch_code].needs for skill in need.any_of}
        for counted, one in zip(counts, classes, strict=True):
            if needed.intersection(one.skills):
                counted[call.node] += 1
    nodes = sorted({call.node for call in region.calls})
    hours = region.days * 24
    table = np.array([[counted[node] / hours for node in nodes] for counted in counts])
    return nodes, table.reshape(len(classes), len(nodes))
