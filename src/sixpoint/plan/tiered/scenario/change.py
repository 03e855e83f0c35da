"""The region as a scenario wants it: posts, units, crews by level, shifts, facilities."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from sixpoint.plan.tiered.scenario.fleet import daily
from sixpoint.plan.tiered.scenario.text import Scenario
from sixpoint.region import Post, Region, Shift, Unit
from sixpoint.road import Snapper
from sixpoint.scope import Clinician, Credential
from sixpoint.scope.person import GATES

# Invented crews hold every gate from so long before the region's first day.
HELD_SINCE: Final = timedelta(days=3650)


def changed(scenario: Scenario, region: Region) -> Region:
    """The region with the scenario's posts, units, crews, shifts and facilities; everything has passed its checks."""
    facilities = dict(region.facilities)
    for one in scenario.facility:
        new = {"open": one.open, "capabilities": None if one.capabilities is None else frozenset(one.capabilities)}
        facilities[one.facility_id] = replace(facilities[one.facility_id], **_given(new))
    return _with_units(scenario, replace(region, posts=_posts(scenario, region), facilities=facilities))


def _posts(scenario: Scenario, region: Region) -> dict[str, Post]:
    posts = dict(region.posts)
    snapper = Snapper(region.network) if scenario.post else None
    for one in scenario.post:
        assert snapper is not None
        node, off_m = snapper.nearest(one.lon_deg, one.lat_deg)
        name = one.name or one.post_id
        posts[one.post_id] = Post(one.post_id, name, one.kind, one.lon_deg, one.lat_deg, node, off_m)
    return posts


def _with_units(scenario: Scenario, region: Region) -> Region:
    units, people, shifts = dict(region.units), dict(region.clinicians), list(region.shifts)
    for change in scenario.change:
        if change.remove:
            del units[change.unit_id]
            shifts = [one for one in shifts if one.unit_id != change.unit_id]
            continue
        new = {"post_id": change.post, "kit": change.kit, "transport": change.transport, "turnout_s": change.turnout_s}
        units[change.unit_id] = replace(units[change.unit_id], **_given({**new, "mutual_aid": change.mutual_aid}))
        if change.crew is not None:
            spans = sorted({(one.starts_at, one.ends_at) for one in shifts if one.unit_id == change.unit_id})
            shifts = [one for one in shifts if one.unit_id != change.unit_id]
            for number, level in enumerate(change.crew):
                person = invented(f"{change.unit_id} {number + 1}", level, region)
                people[person.id] = person
                shifts += [Shift(change.unit_id, person.id, starts, ends) for starts, ends in spans]
    rows = [(one.unit_id, one.from_h, one.to_h, one.crew, one.clinicians) for one in scenario.shift]
    own = {one.unit_id for one in scenario.shift}
    shifts = [one for one in shifts if one.unit_id not in own]
    for unit in scenario.unit:
        units[unit.unit_id] = Unit(
            unit.unit_id, unit.unit_id, unit.kind, unit.post, unit.transport, unit.kit, unit.turnout_s
        )
        if unit.unit_id not in own:
            rows.append((unit.unit_id, unit.from_h, unit.to_h, unit.crew, ()))
    for place, (unit_id, from_h, to_h, crew, named) in enumerate(rows):
        on_board = list(named)
        for number, level in enumerate(crew):
            person = invented(
                f"{unit_id} {number + 1}" + (f" of shift {place + 1}" if unit_id in own else ""), level, region
            )
            people[person.id] = person
            on_board.append(person.id)
        for starts, ends in daily(from_h, to_h, region):
            span = (region.starts_at + starts, region.starts_at + ends)
            shifts += [Shift(unit_id, who, *span) for who in on_board]
    return replace(region, units=units, clinicians=people, shifts=tuple(shifts))


def _given(values: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in values.items() if value is not None}


def invented(name: str, level: str, region: Region) -> Clinician:
    """Somebody who has passed all four gates at a level."""
    since = region.starts_at - HELD_SINCE
    return Clinician(id=f"invented {name}", name=name, credentials=tuple(Credential(g, level, since) for g in GATES))
