"""What a scenario says of posts, units, shifts and facilities, held against the region and the rulebook."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import combinations, pairwise
from typing import Final

from sixpoint.errors import InputError
from sixpoint.plan.tiered.scenario.check import Checking
from sixpoint.plan.tiered.scenario.text import AwayText, DiversionText, Scenario, ShiftText
from sixpoint.region import Region, Shift
from sixpoint.region.format import CAPABILITIES, POST_KINDS, SNAP_LIMIT_M, UNIT_KINDS
from sixpoint.road import Snapper
from sixpoint.scope import Rulebook, equipment_of_kit, practice_level

DAY_H: Final = 24.0
SHOWN: Final = 20


def check_fleet(scenario: Scenario, region: Region, at: Checking) -> None:
    """Everything that needs the region: names that are taken or unknown, places, hours, impossible shifts."""
    posts = {*region.posts, *(one.post_id for one in scenario.post)}
    units = {*region.units, *(one.unit_id for one in scenario.unit)}
    _check_posts(scenario, region, at)
    _check_units(scenario, region, posts, at)
    _check_changes(scenario, region, posts, at)
    _check_shifts(scenario, region, units, at)
    _check_facilities(scenario, region, at)
    spans: list[tuple[str, set[str], int, str, AwayText | DiversionText]] = []
    spans += [("out_of_service", units, n, one.unit_id, one) for n, one in enumerate(scenario.out_of_service)]
    spans += [
        ("diversion", set(region.facilities), n, one.facility_id, one) for n, one in enumerate(scenario.diversion)
    ]
    for table, known, number, name, one in spans:
        if name not in known:
            at.fault((table, number), f"{table}: there is no '{name}'", "Name one that the region or the file has.")
        if not 0 <= one.from_h < one.to_h < float("inf"):
            what = f"{table} of '{name}' runs from {one.from_h:g} to {one.to_h:g}"
            at.fault(
                (table, number, "to_h"), what, "Write hours of the simulation, from 0 up, the end after the start."
            )

    for number, due in enumerate(scenario.crew_break):
        if due.unit_id not in units:
            what = f"crew_break: there is no '{due.unit_id}'"
            at.fault(("crew_break", number), what, "Name a unit that the region or the file has.")
        if not 0 <= due.at_h < DAY_H:
            what = f"crew_break of '{due.unit_id}' is at {due.at_h:g} h"
            at.fault(("crew_break", number, "at_h"), what, "Write an hour of the day, from 0 to under 24.")
        if not 0 < due.minutes <= 60 * DAY_H:
            what = f"crew_break of '{due.unit_id}' lasts {due.minutes:g} min"
            at.fault(("crew_break", number, "minutes"), what, "Write minutes above 0, at most a day.")


def _check_posts(scenario: Scenario, region: Region, at: Checking) -> None:
    snapper = Snapper(region.network) if scenario.post else None
    seen: set[str] = set()
    for number, post in enumerate(scenario.post):
        if post.post_id in region.posts or post.post_id in seen or not post.post_id:
            what = f"post '{post.post_id}': the id is empty or taken"
            at.fault(("post", number, "post_id"), what, "Give the new post an id of its own.")
        seen.add(post.post_id)
        if post.kind not in POST_KINDS:
            what = f"post '{post.post_id}': kind '{post.kind}' is not known"
            at.fault(("post", number, "kind"), what, f"Known are: {', '.join(POST_KINDS)}.")
        if not (-180 <= post.lon_deg <= 180 and -90 <= post.lat_deg <= 90):
            what = f"post '{post.post_id}' stands at {post.lon_deg:g}, {post.lat_deg:g}, which is not on Earth"
            at.fault(("post", number, "lon_deg"), what, "Write degrees, lon_deg from -180 to 180, lat_deg -90 to 90.")
            continue
        assert snapper is not None
        _, off_m = snapper.nearest(post.lon_deg, post.lat_deg)
        if off_m > SNAP_LIMIT_M:
            what = f"post '{post.post_id}' lies {off_m:,.0f} m from the nearest road, more than {SNAP_LIMIT_M:g} m"
            at.fault(("post", number, "lon_deg"), what, "Correct lon_deg and lat_deg.")


def _check_units(scenario: Scenario, region: Region, posts: set[str], at: Checking) -> None:
    seen: set[str] = set()
    shifted = {one.unit_id for one in scenario.shift}
    for number, unit in enumerate(scenario.unit):
        path, name = ("unit", number), f"unit '{unit.unit_id}'"
        if unit.unit_id in region.units or unit.unit_id in seen or not unit.unit_id:
            what = f"{name}: the id is empty or taken"
            at.fault((*path, "unit_id"), what, "Give the new unit an id of its own.")
        seen.add(unit.unit_id)
        if unit.kind not in UNIT_KINDS:
            what = f"{name}: kind '{unit.kind}' is not known"
            at.fault((*path, "kind"), what, f"Known are: {', '.join(UNIT_KINDS)}.")
        _check_post(unit.post, path, name, posts, at)
        _check_turnout(unit.turnout_s, path, name, at)
        if unit.unit_id not in shifted:
            _check_hours(unit.from_h, unit.to_h, path, name, at)
            if not unit.crew:
                at.fault(path, f"{name} has no crew", 'Write levels, like crew = ["EMT", "EMT"], or add a [[shift]].')


def _check_changes(scenario: Scenario, region: Region, posts: set[str], at: Checking) -> None:
    seen: set[str] = set()
    for number, change in enumerate(scenario.change):
        path, name = ("change", number), f"unit '{change.unit_id}'"
        if change.unit_id not in region.units:
            what = f"{name}: there is no such unit in the region"
            at.fault((*path, "unit_id"), what, f"Units are: {', '.join(list(region.units)[:SHOWN])}.")
        elif change.unit_id in seen:
            at.fault(path, f"{name} is changed twice", "Write what changes of a unit in one place.")
        seen.add(change.unit_id)
        _check_post(change.post, path, name, posts, at)
        _check_turnout(change.turnout_s, path, name, at)
        if change.crew == ():
            at.fault((*path, "crew"), f"{name}: the crew is empty", "Write levels, or remove = true.")


def _check_post(post: str | None, path: tuple[str, int], name: str, posts: set[str], at: Checking) -> None:
    if post is not None and post not in posts:
        what = f"{name}: post '{post}' is not known"
        at.fault((*path, "post"), what, f"Posts are: {', '.join(sorted(posts)[:SHOWN])}; add others as [[post]].")


def _check_turnout(turnout_s: float | None, path: tuple[str, int], name: str, at: Checking) -> None:
    if turnout_s is not None and not 0 <= turnout_s <= 3600:
        what = f"{name}: turnout_s is {turnout_s:g}"
        at.fault((*path, "turnout_s"), what, "Write seconds from 0 to 3600.")


def _check_hours(from_h: float, to_h: float, path: tuple[str, int], name: str, at: Checking) -> None:
    if not (0 <= from_h < DAY_H and from_h < to_h <= from_h + DAY_H):
        what = f"{name} is on duty from {from_h:g} to {to_h:g}"
        remedy = "Write hours of a day, the end after the start and at most 24 h later; past midnight goes on at 24."
        at.fault((*path, "to_h"), what, remedy)


def _check_shifts(scenario: Scenario, region: Region, units: set[str], at: Checking) -> None:
    removed = {one.unit_id for one in scenario.change if one.remove}
    for number, shift in enumerate(scenario.shift):
        path, name = ("shift", number), f"the shift of '{shift.unit_id}'"
        if shift.unit_id not in units or shift.unit_id in removed:
            what = f"{name}: there is no such unit"
            at.fault((*path, "unit_id"), what, "Name one that the region or the file has.")
        _check_hours(shift.from_h, shift.to_h, path, name, at)
        if not shift.crew and not shift.clinicians:
            at.fault(path, f"{name} has nobody on it", 'Write crew = ["EMT"] (levels) or clinicians = [...] (ids).')
        for who in shift.clinicians:
            if who not in region.clinicians:
                what = f"{name}: clinician '{who}' is not known"
                at.fault((*path, "clinicians"), what, "Name clinicians of the region, or give levels as crew.")
    for (one, first), (other, second) in combinations(enumerate(scenario.shift), 2):
        if not _overlap(first, second):
            continue
        if first.unit_id == second.unit_id:
            what = f"the shifts of '{first.unit_id}' overlap: {_hours(first)} and {_hours(second)}"
            at.fault(("shift", other), what, "Shorten one, or write one shift with both crews.")
        for who in sorted(set(first.clinicians) & set(second.clinicians)):
            what = (
                f"clinician '{who}' is on '{first.unit_id}' ({_hours(first)}) and '{second.unit_id}' ({_hours(second)})"
            )
            at.fault(("shift", other, "clinicians"), what, f"Take them off one of the two; see shift {one + 1}.")


def _hours(shift: ShiftText) -> str:
    return f"{shift.from_h:g} to {shift.to_h:g} h"


def _overlap(one: ShiftText, other: ShiftText) -> bool:
    """Whether two shifts of each day share a time, also across midnight."""
    return any(one.from_h < other.to_h + days and other.from_h + days < one.to_h for days in (-DAY_H, 0.0, DAY_H))


def _check_facilities(scenario: Scenario, region: Region, at: Checking) -> None:
    seen: set[str] = set()
    for number, change in enumerate(scenario.facility):
        path = ("facility", number)
        if change.facility_id not in region.facilities:
            what = f"there is no facility '{change.facility_id}'"
            at.fault((*path, "facility_id"), what, f"Facilities are: {', '.join(list(region.facilities)[:SHOWN])}.")
        elif change.facility_id in seen:
            at.fault(path, f"facility '{change.facility_id}' is changed twice", "Write what changes in one place.")
        seen.add(change.facility_id)
        for word in change.capabilities or ():
            if word not in CAPABILITIES:
                what = f"capability '{word}' is not known"
                at.fault((*path, "capabilities"), what, f"Known are: {', '.join(CAPABILITIES)}.")


def check_levels(scenario: Scenario, rules: Rulebook, at: Checking) -> None:
    """Levels and kits that the rulebook does not know."""
    rows: list[tuple[tuple[str, int], tuple[str, ...], str | None]] = []
    rows += [(("unit", n), one.crew, one.kit) for n, one in enumerate(scenario.unit)]
    rows += [(("change", n), one.crew or (), one.kit) for n, one in enumerate(scenario.change)]
    rows += [(("shift", n), one.crew, None) for n, one in enumerate(scenario.shift)]
    known = f"Levels are: {', '.join(rules.levels)}."
    for path, crew, kit in rows:
        for level in crew:
            if level not in rules.levels:
                at.fault((*path, "crew"), f"level '{level}' is not known", known)
        if kit is not None:
            try:
                equipment_of_kit(rules, kit)
            except InputError as error:
                at.fault((*path, "kit"), error.faults[0].what, error.faults[0].remedy)
    for level in scenario.cost.person_hour:
        if level not in rules.levels:
            at.fault(("cost", "person_hour", level), f"'{level}' is no level", known)


def check_staffed(region: Region, scenario: Scenario, at: Checking) -> None:
    """What only the changed region shows: hours without anybody, somebody on two units at once or without a level."""
    if not any(unit.transport for unit in region.units.values()):
        at.fault(("unit",), "no unit transports", "Keep or add a unit with transport = true.")
    for unit_id in region.units:
        if not any(one.unit_id == unit_id for one in region.shifts):
            at.fault(("shift",), f"unit '{unit_id}' has no shift", "Add a [[shift]] for it, or remove the unit.")
    edges = sorted({region.starts_at, *(one.ends_at for one in region.shifts)})
    for moment in edges:
        if region.starts_at <= moment < region.ends_at and not any(one.covers(moment) for one in region.shifts):
            what = f"nobody is on duty at {moment.isoformat()}"
            at.fault(("unit",), what, "Add a unit or a shift for that time.")
    _check_people(region, scenario, at)


def _check_people(region: Region, scenario: Scenario, at: Checking) -> None:
    named = {who: n for n, shift in enumerate(scenario.shift) for who in shift.clinicians}
    for who, number in named.items():
        own = sorted((one for one in region.shifts if one.clinician_id == who), key=lambda one: one.starts_at)
        path = ("shift", number, "clinicians")
        clash = _clash(own)
        if clash is not None:
            what = f"clinician '{who}' is on '{clash[0].unit_id}' and '{clash[1].unit_id}' at {clash[1].starts_at}"
            at.fault(path, what, "Give the shifts of one of the units in the file, without them.")
        starts = max(own[0].starts_at, region.starts_at) if own else region.starts_at
        if practice_level(region.rules, region.clinicians[who], starts) is None:
            what = f"clinician '{who}' may practise at no level at {starts.isoformat()}"
            at.fault(path, what, "Name somebody whose four gates hold, or give levels as crew.")


def _clash(own: Iterable[Shift]) -> tuple[Shift, Shift] | None:
    return next(((one, other) for one, other in pairwise(own) if other.starts_at < one.ends_at), None)


def daily(shift_from_h: float, shift_to_h: float, region: Region) -> list[tuple[timedelta, timedelta]]:
    """The shift on each of the region's days, as time since its start; past midnight it also comes in from before."""
    first = -1 if shift_to_h > DAY_H else 0
    return [
        (timedelta(days=day, hours=shift_from_h), timedelta(days=day, hours=shift_to_h))
        for day in range(first, region.days)
    ]
