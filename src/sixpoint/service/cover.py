"""Cover of a region at an instant: which calls would find the skills they need within reach, and which unit should
wait elsewhere. The demand is that of the region's own calls: where they came from, and what their types need."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec
import numpy as np

from sixpoint.dispatch import CallTypes, Cover, Move, WaitingUnit, propose_moves
from sixpoint.dispatch.cover_classes import CoverClass
from sixpoint.ops import CoverTable
from sixpoint.region import Region
from sixpoint.road import TravelTimes
from sixpoint.scope import crew_capability, equipment_of_kit


class ClassCover(msgspec.Struct, frozen=True):
    """One class: calls an hour that need it, and the share of them that finds an idle unit within reach."""

    name: str
    within_s: float
    units: int
    calls_per_h: float
    share_covered: float


class RegionCover(msgspec.Struct, frozen=True):
    """The cover by class with every crew on duty at its post, and the moves that would raise it, best first."""

    at: datetime
    busy_share: float
    classes: tuple[ClassCover, ...]
    moves: tuple[tuple[str, str, str, float, str], ...]


def cover_of(
    region: Region,
    call_types: CallTypes,
    classes: tuple[CoverClass, ...],
    at: datetime,
    *,
    busy_share: float,
    least_gain: float,
    longest_s: float,
) -> RegionCover:
    """Cover and proposed moves at the instant. `least_gain` in weighted calls an hour; `longest_s` bounds a move.

    Driving times are those of a run with lights and sirens for reach, and of one without for moves.
    """
    table = cover_table(region, call_types, classes, TravelTimes(region.network), busy_share=busy_share, at=at)
    units = _waiting(region, at)
    moves = propose_moves(
        table.cover,
        units,
        range(len(table.post_ids)),
        least_gain=least_gain,
        longest_s=longest_s,
        travel_s=table.between_s,
    )
    return RegionCover(
        at=at,
        busy_share=busy_share,
        classes=tuple(_class_cover(table.cover, row, units) for row in range(len(classes))),
        moves=tuple(_told(move, region, table.post_ids) for move in moves),
    )


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


def _waiting(region: Region, at: datetime) -> list[WaitingUnit]:
    place = {post_id: number for number, post_id in enumerate(region.posts)}
    found = []
    for unit in region.units.values():
        crew = region.crew(unit.unit_id, at)
        if crew:
            may = crew_capability(region.rules, crew, equipment_of_kit(region.rules, unit.kit), at)
            found.append(WaitingUnit(unit.unit_id, may.standing, unit.transport, place[unit.post_id]))
    return found


def _class_cover(cover: Cover, row: int, units: list[WaitingUnit]) -> ClassCover:
    alone = Cover(cover.times_s, cover.demand_per_h[row : row + 1], cover.classes[row : row + 1])
    one = cover.classes[row]
    total = float(alone.demand_per_h.sum())
    share = alone.covered(units) / (one.weight * total) if total and one.weight else 0.0
    able = sum(alone.holds(unit, one) for unit in units)
    return ClassCover(one.name, one.within_s, able, total, share)


def _told(move: Move, region: Region, post_ids: Sequence[str]) -> tuple[str, str, str, float, str]:
    call_sign = region.units[move.unit_id].call_sign
    start, goal = (region.posts[post_ids[number]].name for number in (move.from_post, move.to_post))
    return call_sign, start, goal, move.gain, move.because
