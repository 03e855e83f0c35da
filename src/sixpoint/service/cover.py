"""Cover of a region at an instant: which calls would find the skills they need within reach, and which unit should
wait elsewhere. The demand is that of the region's own calls: where they came from, and what their types need."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from sixpoint.dispatch import CallTypes, Cover, Move, Policy, WaitingUnit, propose_moves
from sixpoint.dispatch.cover_classes import CoverClass
from sixpoint.plan.cover_table import cover_table
from sixpoint.region import Region
from sixpoint.road import TravelTimes
from sixpoint.scope import crew_capability, equipment_of_kit


class ClassCover(msgspec.Struct, frozen=True):
    """One class: calls an hour that need it, and the share of them that finds an idle unit within reach.

    `share_covered` is None where no call needs it: there is nothing to have a share of.
    """

    name: str
    within_s: float
    units: int
    calls_per_h: float
    share_covered: float | None


class RegionCover(msgspec.Struct, frozen=True):
    """The cover by class with every crew on duty at its post, and the moves that would raise it, best first.

    `calls` are those of the region that the demand is counted from, `units` those on duty.
    """

    at: datetime
    calls: int
    units: int
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
    policy: Policy,
) -> RegionCover:
    """Cover and proposed moves at the instant. `least_gain` in weighted calls an hour; `longest_s` bounds a move.

    The policy says what kinds of unit are moved, to what kinds of post, and how many; as in the running service, a
    neighbour's unit is not moved. Driving times are those of a run with lights and sirens for reach, and of one
    without for moves.
    """
    table = cover_table(region, call_types, classes, TravelTimes(region.network), busy_share=busy_share, at=at)
    units = _waiting(region, at)
    posts = region.posts
    moves = propose_moves(
        table.cover,
        units,
        [row for row, post_id in enumerate(table.post_ids) if posts[post_id].kind in policy.move_up_post_kinds],
        least_gain=least_gain,
        longest_s=longest_s,
        travel_s=table.between_s,
        most=policy.move_up_most,
        movable={
            unit.unit_id
            for unit in region.units.values()
            if unit.kind in policy.move_up_unit_kinds and unit.mutual_aid is not True
        },
    )
    return RegionCover(
        at=at,
        calls=len(region.calls),
        units=len(units),
        busy_share=busy_share,
        classes=tuple(_class_cover(table.cover, row, units) for row in range(len(classes))),
        moves=tuple(_told(move, region, table.post_ids) for move in moves),
    )


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
    share = alone.covered(units) / (one.weight * total) if total and one.weight else None
    able = sum(alone.holds(unit, one) for unit in units)
    return ClassCover(one.name, one.within_s, able, total, share)


def _told(move: Move, region: Region, post_ids: Sequence[str]) -> tuple[str, str, str, float, str]:
    call_sign = region.units[move.unit_id].call_sign
    start, goal = (region.posts[post_ids[number]].name for number in (move.from_post, move.to_post))
    return call_sign, start, goal, move.gain, move.because
