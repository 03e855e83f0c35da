"""Finds the cheapest single thing that closes a hole: equip a unit, renew or credential somebody, or fill a shift.

A fix is one act. One that closes the whole hole comes before any that closes a part of it; of several that close all
of it, the cheapest; of several that close a part, the one that closes most skill-hours. Then by name, so that the same
roster gives the same answer.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import Literal

import msgspec

from sixpoint.scope.roster.sweep import Duty, Hole, Place, Timeline

HOUR_US = 3_600_000_000

FixKind = Literal["equip", "renew", "credential", "fill"]


class FixPolicy(msgspec.Struct, frozen=True):
    """What a fix costs, in hours of somebody's time, and the limits of a shift. Assumptions of ours.

    `equip_h` and `renew_h` are for each item and each credential. A shift that is filled costs its own hours.
    `rest_h` is the least time between two shifts of one person. A credential that lapsed more than `renewable_days`
    before the window is no matter of renewal any more.
    """

    equip_h: float = 1.0
    renew_h: float = 4.0
    credential_h: float = 8.0
    rest_h: float = 8.0
    longest_shift_h: float = 24.0
    renewable_days: float = 60.0


class Remedy(msgspec.Struct, frozen=True):
    """What somebody could do if one thing about the person were put right: `what` says which thing."""

    kind: Literal["renew", "credential"]
    what: str
    timeline: Timeline
    cost_h: float


class Fix(msgspec.Struct, frozen=True):
    """One act that closes a hole or part of it: the skills it brings, the share of skill-hours it closes."""

    kind: FixKind
    unit: str
    person: str
    what: str
    skills: int
    starts_us: int
    ends_us: int
    cost_h: float
    share: float


class _Part(msgspec.Struct, frozen=True):
    starts_us: int
    ends_us: int
    skills: int


class Fixer:
    """Knows the roster, and answers for one hole after the other."""

    def __init__(
        self,
        people: Mapping[str, Timeline],
        places: Mapping[str, Place],
        duties: Sequence[Duty],
        remedies: Mapping[str, tuple[Remedy, ...]],
        policy: FixPolicy,
        items_lacking: Callable[[str, int], int],
    ) -> None:
        """`items_lacking(unit, skills)`: how many items the unit lacks for these skills."""
        self._people = people
        self._places = places
        self._remedies = remedies
        self._policy = policy
        self._items_lacking = items_lacking
        self._by_post: dict[str | None, list[Duty]] = {None: sorted(duties, key=_start)}
        self._by_person: dict[str, list[Duty]] = {person: [] for person in people}
        self._longest_us = max((duty.ends_us - duty.starts_us for duty in duties), default=0)
        for duty in self._by_post[None]:
            self._by_post.setdefault(places[duty.unit].post, []).append(duty)
            self._by_person[duty.person].append(duty)
        self._units_at: dict[str | None, list[str]] = {None: sorted(places)}
        for unit in sorted(places):
            self._units_at.setdefault(places[unit].post, []).append(unit)
        # Whoever is rostered least is asked first: the hours are shared out, and the order is fixed.
        self._ask = sorted(people, key=lambda person: (_hours(self._by_person[person]), person))
        self._ever = {person: line.ever() for person, line in people.items()}
        self._able: dict[int, list[str]] = {}

    def cheapest(self, hole: Hole) -> Fix | None:
        """The cheapest single fix; None if nothing the roster knows brings any of the skills."""
        found = [*self._on_duty(hole), *self._fills(hole)]
        return min(found, key=_worth, default=None)

    def _on_duty(self, hole: Hole) -> Iterator[Fix]:
        """Fixes that let those who are on duty there do it: equipment for the unit, or a credential for the person."""
        acts: dict[tuple[FixKind, str, str, str, float], list[_Part]] = {}
        for duty in self._duties(hole):
            since, until = max(duty.starts_us, hole.starts_us), min(duty.ends_us, hole.ends_us)
            equipped = self._places[duty.unit].equipped
            # Whoever may do it and is there lacks the equipment, else there would be no hole.
            lacking = _parts(self._people[duty.person], hole.skills, since, until)
            acts.setdefault(("equip", duty.unit, "", "", 0.0), []).extend(lacking)
            for remedy in self._remedies.get(duty.person, ()):
                brought = _parts(remedy.timeline, hole.skills & equipped, since, until)
                acts.setdefault((remedy.kind, "", duty.person, remedy.what, remedy.cost_h), []).extend(brought)
        for (kind, unit, person, what, cost_h), parts in acts.items():
            if parts and kind == "equip":
                skills = reduce(or_, (part.skills for part in parts))
                hours = self._policy.equip_h * self._items_lacking(unit, skills)
                yield _fix(kind, unit, person, what, parts, hole, hours)
            elif parts:
                yield _fix(kind, unit, person, what, parts, hole, cost_h)

    def _fills(self, hole: Hole) -> Iterator[Fix]:
        """Filling a shift: for each kind of unit there, the first free person who closes the most."""
        ends_us = min(hole.ends_us, hole.starts_us + int(self._policy.longest_shift_h * HOUR_US))
        kinds: dict[int, str] = {}
        for unit in self._units_at.get(hole.post, []):
            kinds.setdefault(self._places[unit].equipped & hole.skills, unit)
        for wanted in sorted(kinds, key=lambda skills: (-skills.bit_count(), skills)):
            person, parts = self._filler(wanted, hole.starts_us, ends_us)
            if parts:
                fix = _fix("fill", kinds[wanted], person, "", parts, hole, (ends_us - hole.starts_us) / HOUR_US)
                yield fix
                if fix.share == 1.0:
                    return

    def _filler(self, wanted: int, starts_us: int, ends_us: int) -> tuple[str, list[_Part]]:
        """The first of those who are free and close the most on such a unit, and what the person closes."""
        best: tuple[str, list[_Part]] = ("", [])
        most, all_of_it = 0, wanted.bit_count() * (ends_us - starts_us)
        for person in self._who(wanted):
            parts = _parts(self._people[person], wanted, starts_us, ends_us)
            closed = _closed(parts)
            if closed > most and self._is_free(person, starts_us, ends_us):
                best, most = (person, parts), closed
                if closed == all_of_it:
                    break
        return best

    def _duties(self, hole: Hole) -> Iterator[Duty]:
        duties = self._by_post.get(hole.post, [])
        first = bisect_left(duties, hole.starts_us - self._longest_us, key=_start)
        for duty in duties[first : bisect_left(duties, hole.ends_us, key=_start)]:
            if duty.ends_us > hole.starts_us:
                yield duty

    def _who(self, wanted: int) -> list[str]:
        if wanted not in self._able:
            self._able[wanted] = [person for person in self._ask if self._ever[person] & wanted]
        return self._able[wanted]

    def _is_free(self, person: str, starts_us: int, ends_us: int) -> bool:
        rest_us = int(self._policy.rest_h * HOUR_US)
        return not any(
            duty.starts_us < ends_us + rest_us and duty.ends_us > starts_us - rest_us
            for duty in self._by_person[person]
        )


def _fix(kind: FixKind, unit: str, person: str, what: str, parts: list[_Part], hole: Hole, cost_h: float) -> Fix:
    skills = reduce(or_, (part.skills for part in parts))
    whole = hole.skills.bit_count() * (hole.ends_us - hole.starts_us)
    return Fix(
        kind,
        unit,
        person,
        what,
        skills,
        min(part.starts_us for part in parts),
        max(part.ends_us for part in parts),
        cost_h,
        _closed(parts) / whole,
    )


def _parts(line: Timeline, skills: int, starts_us: int, ends_us: int) -> list[_Part]:
    """The stretches of the interval in which the person may perform any of the skills."""
    if not skills:
        return []
    pieces = line.pieces(starts_us, ends_us)
    return [_Part(since, until, held & skills) for since, until, held in pieces if held & skills]


def _closed(parts: Iterable[_Part]) -> int:
    """Skill-microseconds that the parts close together; where they overlap, each skill counts once."""
    held = list(parts)
    if len(held) == 1:
        return held[0].skills.bit_count() * (held[0].ends_us - held[0].starts_us)
    cuts = sorted({instant for part in held for instant in (part.starts_us, part.ends_us)})
    closed = 0
    for since, until in pairwise(cuts):
        skills = 0
        for part in held:
            if part.starts_us <= since and until <= part.ends_us:
                skills |= part.skills
        closed += skills.bit_count() * (until - since)
    return closed


def _worth(fix: Fix) -> tuple[bool, float, float, str, str, str]:
    part = fix.share < 1.0
    return (part, -fix.share if part else 0.0, fix.cost_h, fix.kind, fix.person, fix.unit)


def _start(duty: Duty) -> int:
    return duty.starts_us


def _hours(duties: Iterable[Duty]) -> int:
    return sum(duty.ends_us - duty.starts_us for duty in duties)
