"""Sweeps a roster once, from change to change, and yields each hole: a place, skills, and the interval without them.

Skills are bits of Python integers, instants are whole microseconds, places are names; nothing here knows a rulebook.
Between two changes nothing changes, so no minute is looked at: the cost is that of the changes, not of the days.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

import msgspec


class Timeline(msgspec.Struct, frozen=True):
    """What somebody may do, piece by piece: `skills[i]` from `at_us[i]` (rising) on; nothing before the first."""

    at_us: tuple[int, ...]
    skills: tuple[int, ...]

    def at(self, instant_us: int) -> int:
        """The skills at that instant."""
        piece = bisect_right(self.at_us, instant_us) - 1
        return self.skills[piece] if piece >= 0 else 0

    def pieces(self, starts_us: int, ends_us: int) -> Iterator[tuple[int, int, int]]:
        """The interval cut where the skills change: (from, to, skills held between)."""
        first, last = bisect_right(self.at_us, starts_us), bisect_right(self.at_us, ends_us - 1)
        since = starts_us
        for piece in range(first, last):
            yield since, self.at_us[piece], self.at(since)
            since = self.at_us[piece]
        yield since, ends_us, self.at(since)

    def ever(self) -> int:
        """The skills held at any instant."""
        held = 0
        for skills in self.skills:
            held |= skills
        return held


class Duty(msgspec.Struct, frozen=True):
    """One person on one unit from `starts_us` up to, not including, `ends_us`."""

    unit: str
    person: str
    starts_us: int
    ends_us: int


class Place(msgspec.Struct, frozen=True):
    """A unit: the post where it waits, and the skills its equipment allows."""

    post: str
    equipped: int


class Hole(msgspec.Struct, frozen=True):
    """Nobody at `post` (None: in the whole region) may perform any of `skills` in the interval.

    `staffed`: somebody is on duty there at its start, but nobody who may.
    """

    post: str | None
    skills: int
    starts_us: int
    ends_us: int
    staffed: bool


class _Watch:
    """The open holes of one place: stretches of skills that went missing at the same instant."""

    __slots__ = ("missing", "open", "post", "wanted")

    def __init__(self, post: str | None, wanted: int) -> None:
        self.post = post
        self.wanted = wanted
        self.missing = 0
        self.open: list[tuple[int, int, bool]] = []  # (since, skills, staffed)

    def see(self, held: int, now_us: int, staffed: bool) -> Iterator[Hole]:
        """Takes note of what the place holds from now on; yields the holes that this closes."""
        missing = self.wanted & ~held
        closed, opened = self.missing & ~missing, missing & ~self.missing
        if closed:
            still = []
            for since, skills, was_staffed in self.open:
                if skills & closed and since < now_us:
                    yield Hole(self.post, skills & closed, since, now_us, was_staffed)
                if skills & ~closed:
                    still.append((since, skills & ~closed, was_staffed))
            self.open = still
        if opened:
            self.open.append((now_us, opened, staffed))
        self.missing = missing


def sweep(
    people: Mapping[str, Timeline],
    places: Mapping[str, Place],
    duties: Sequence[Duty],
    wanted: Mapping[str | None, int],
    starts_us: int,
    ends_us: int,
) -> Iterator[Hole]:
    """Every hole between two instants, for each post of `wanted` (None: the region) in the skills wanted there.

    A hole that is cut off by the end of the window ends there. Holes come in order of their end.
    """
    watches = {post: _Watch(post, skills) for post, skills in wanted.items() if skills}
    roster = _Roster(people, places)
    changes = _changes(people, duties, starts_us, ends_us)
    for now_us in sorted({starts_us, *changes}):
        roster.apply(changes.get(now_us, ()), now_us)
        touched = watches if now_us == starts_us else roster.touched
        for post in touched:
            if post in watches:
                yield from watches[post].see(roster.held(post), now_us, roster.staffed(post))
    for post, watch in watches.items():
        yield from watch.see(~0, ends_us, roster.staffed(post))


# A change: (unit, person, +1 on duty, -1 off duty, 0 may do something else than before).
_Change = tuple[str, str, int]


def _changes(
    people: Mapping[str, Timeline], duties: Sequence[Duty], starts_us: int, ends_us: int
) -> dict[int, list[_Change]]:
    changes: dict[int, list[_Change]] = {}
    for duty in duties:
        since, until = max(duty.starts_us, starts_us), min(duty.ends_us, ends_us)
        if since < until:
            changes.setdefault(since, []).append((duty.unit, duty.person, +1))
            if until < ends_us:
                changes.setdefault(until, []).append((duty.unit, duty.person, -1))
    for person in {duty.person for duty in duties}:
        for at_us in people[person].at_us:
            if starts_us < at_us < ends_us:
                changes.setdefault(at_us, []).append(("", person, 0))
    return changes


class _Roster:
    """Who is on which unit now, and what unit, post and region can do."""

    def __init__(self, people: Mapping[str, Timeline], places: Mapping[str, Place]) -> None:
        self._people = people
        self._places = places
        self._aboard: dict[str, dict[str, int]] = {unit: {} for unit in places}
        self._units_of: dict[str, set[str]] = {}
        self._may: dict[str, int] = {}
        self._unit_holds = dict.fromkeys(places, 0)
        self._units_at: dict[str, list[str]] = {}
        for unit, place in places.items():
            self._units_at.setdefault(place.post, []).append(unit)
        self._post_holds = dict.fromkeys(self._units_at, 0)
        self._region_holds = 0
        self._on_duty = 0
        self.touched: list[str | None] = []

    def apply(self, changes: Sequence[_Change], now_us: int) -> None:
        """Makes every change of one instant, then works out anew what they touch (`touched`: posts, and the region)."""
        dirty: set[str] = set()
        for unit, person, step in changes:
            if step:
                self._board(unit, person, step)
                dirty.add(unit)
            if step >= 0:
                self._may[person] = self._people[person].at(now_us)
                dirty |= self._units_of.get(person, set())
        posts: dict[str | None, None] = {}
        for unit in sorted(dirty):
            held = 0
            for person in self._aboard[unit]:
                held |= self._may[person]
            self._unit_holds[unit] = held & self._places[unit].equipped
            posts[self._places[unit].post] = None
        for post in posts:
            assert post is not None
            held = 0
            for unit in self._units_at[post]:
                held |= self._unit_holds[unit]
            self._post_holds[post] = held
        if posts:
            self._region_holds = 0
            for held in self._post_holds.values():
                self._region_holds |= held
        self.touched = [*posts, None] if posts else []

    def _board(self, unit: str, person: str, step: int) -> None:
        # Two overlapping shifts of one person on one unit are one presence: count, and leave with the last.
        aboard = self._aboard[unit]
        aboard[person] = aboard.get(person, 0) + step
        self._on_duty += step
        if aboard[person]:
            self._units_of.setdefault(person, set()).add(unit)
        else:
            del aboard[person]
            self._units_of[person].discard(unit)

    def held(self, post: str | None) -> int:
        """The skills that somebody there may perform now."""
        return self._region_holds if post is None else self._post_holds.get(post, 0)

    def staffed(self, post: str | None) -> bool:
        """Whether anybody is on duty there now."""
        if post is None:
            return self._on_duty > 0
        return any(self._aboard[unit] for unit in self._units_at.get(post, ()))
