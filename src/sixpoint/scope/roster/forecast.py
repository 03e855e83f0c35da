"""Joins shifts, credentials and vehicles, and says where nobody may perform a skill, and what mends it cheapest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from sixpoint.errors import InputError
from sixpoint.scope.crew import clinician_capability, next_change
from sixpoint.scope.gates import level_by_gate
from sixpoint.scope.person import Clinician, Credential
from sixpoint.scope.roster.fix import Fix, Fixer, FixKind, FixPolicy, Remedy
from sixpoint.scope.roster.sweep import Duty, Hole, Place, Timeline, sweep
from sixpoint.scope.rulebook import Rulebook

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class RosterUnit(msgspec.Struct, frozen=True):
    """A unit, the post where it waits, and the items on board (None: everything)."""

    id: str
    post: str
    equipment: frozenset[str] | None


class RosterShift(msgspec.Struct, frozen=True):
    """One clinician on one unit from `starts_at` up to, not including, `ends_at`."""

    unit: str
    clinician: str
    starts_at: datetime
    ends_at: datetime


class NamedFix(msgspec.Struct, frozen=True):
    """The cheapest single act that closes a gap; `share` is the part of its skill-hours that it closes (1: all).

    `cost_h` are hours of somebody's time by the policy. A filled shift runs from `starts_at` to `ends_at`.
    """

    kind: FixKind
    unit: str
    clinician: str
    what: str
    skills: tuple[str, ...]
    cost_h: float
    share: float
    starts_at: datetime
    ends_at: datetime


class Gap(msgspec.Struct, frozen=True):
    """An interval in which nobody at `post` (None: in the whole region) may perform any of `skills`.

    `staffed`: somebody is on duty there when it begins, but nobody who may.
    """

    post: str | None
    skills: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    staffed: bool
    fix: NamedFix | None

    @property
    def hours(self) -> float:
        """How long it lasts."""
        return (self.ends_at - self.starts_at) / timedelta(hours=1)


class Act(msgspec.Struct, frozen=True):
    """One lasting act (equip, renew, credential) and what it closes over the whole forecast, gaps taken one by one."""

    kind: FixKind
    unit: str
    clinician: str
    what: str
    cost_h: float
    gaps: int
    hours: float


class Roster(msgspec.Struct, frozen=True):
    """Who works when on which unit, and what the units carry."""

    clinicians: Mapping[str, Clinician]
    units: Sequence[RosterUnit]
    shifts: Sequence[RosterShift]


def forecast(
    rulebook: Rulebook,
    roster: Roster,
    starts_at: datetime,
    ends_at: datetime,
    skills: Sequence[str] | None = None,
    *,
    standing_only: bool = False,
    policy: FixPolicy | None = None,
) -> tuple[Gap, ...]:
    """Every gap between the two instants, by start and place, each with its cheapest single fix.

    `skills`: those to watch at every post and in the region. Without it, each post is watched for what it can do at
    some time by its own shifts and equipment (lapsed credentials taken as renewed), the region for all of that.
    `standing_only`: what needs an order from medical control counts as missing. Raises `InputError` for an unknown
    skill, unit or clinician, `OutOfForceError` where the rulebook is not in force.
    """
    _check(rulebook, roster, skills)
    held = policy or FixPolicy()
    window = (starts_at, ends_at)
    people = {one.id: _timeline(rulebook, one, window, standing_only) for one in roster.clinicians.values()}
    remedies = {
        one.id: tuple(_remedies(rulebook, one, people[one.id], window, standing_only, held))
        for one in roster.clinicians.values()
    }
    places = {unit.id: Place(unit.post, _equipped(rulebook, unit)) for unit in roster.units}
    duties = [Duty(shift.unit, shift.clinician, _us(shift.starts_at), _us(shift.ends_at)) for shift in roster.shifts]
    inside = [duty for duty in duties if duty.starts_us < _us(ends_at) and duty.ends_us > _us(starts_at)]
    wanted = _asked(rulebook, places, skills) if skills is not None else _usual(people, remedies, places, inside)
    fixer = Fixer(people, places, duties, remedies, held, _items_counter(rulebook, roster))
    holes = list(sweep(people, places, inside, wanted, _us(starts_at), _us(ends_at)))
    gaps = (_gap(rulebook, roster, hole, fixer.cheapest(hole)) for hole in holes)
    return tuple(sorted(gaps, key=lambda gap: (gap.starts_at, gap.post or "", gap.ends_at, gap.skills)))


def lasting_acts(gaps: Sequence[Gap]) -> tuple[Act, ...]:
    """The acts among the cheapest fixes that last, those that close most hours first; a filled shift is good once."""
    found: dict[tuple[FixKind, str, str, str], Act] = {}
    for gap in gaps:
        fix = gap.fix
        if fix is not None and fix.kind != "fill":
            key = (fix.kind, fix.unit, fix.clinician, fix.what)
            before = found.get(key)
            closed = gap.hours * fix.share
            count, hours = (before.gaps, before.hours) if before else (0, 0.0)
            found[key] = Act(*key, fix.cost_h, count + 1, hours + closed)
    return tuple(sorted(found.values(), key=lambda act: (-act.hours, act.kind, act.unit, act.clinician, act.what)))


def _check(rulebook: Rulebook, roster: Roster, skills: Sequence[str] | None) -> None:
    for skill in skills or ():
        if rulebook.skill(skill) is None:
            raise InputError.one(
                f"skill {skill}", "no such skill in the rulebook", "Look it up: sixpoint levels matrix."
            )
    units = {unit.id for unit in roster.units}
    for shift in roster.shifts:
        for what, name, known in (("unit", shift.unit, units), ("clinician", shift.clinician, roster.clinicians)):
            if name not in known:
                where = f"shift of {shift.clinician} on {shift.unit}"
                raise InputError.one(where, f"there is no {what} '{name}'", "Correct the shift.")


def _timeline(
    rulebook: Rulebook, clinician: Clinician, window: tuple[datetime, datetime], standing_only: bool
) -> Timeline:
    """What the person may do from the start of the window on, equipment aside, cut where it may change."""
    at: datetime | None = window[0]
    at_us: list[int] = []
    skills: list[int] = []
    while at is not None and at < window[1]:
        capability = clinician_capability(rulebook, clinician, at)
        may = capability.standing if standing_only else capability.with_order
        if not skills or skills[-1] != may:
            at_us.append(_us(at))
            skills.append(may)
        at = next_change(rulebook, (clinician,), at)
    return Timeline(tuple(at_us), tuple(skills))


def _remedies(
    rulebook: Rulebook,
    clinician: Clinician,
    now: Timeline,
    window: tuple[datetime, datetime],
    standing_only: bool,
    policy: FixPolicy,
) -> Iterator[Remedy]:
    """What could be put right about the person: each credential that lapses, all of them, the agency's own."""
    since = window[0] - timedelta(days=policy.renewable_days)
    lapsing = [one for one in clinician.credentials if one.ends is not None and since <= one.ends < window[1]]
    renewals = [[one] for one in lapsing] + ([lapsing] if len(lapsing) > 1 else [])
    for renewed in renewals:
        kept = [one for one in clinician.credentials if one not in renewed]
        lasting = [msgspec.structs.replace(one, ends=None) for one in renewed]
        better = msgspec.structs.replace(clinician, credentials=(*kept, *lasting))
        timeline = _timeline(rulebook, better, window, standing_only)
        if timeline != now:
            what = ", ".join(f"{one.gate} as {one.level}, ends {_shown(one.ends)}" for one in renewed)
            yield Remedy("renew", what, timeline, policy.renew_h * len(renewed))
    licensed = _licensed(rulebook, clinician, window)
    if licensed is not None:
        agency = Credential("credentialed", licensed, window[0])
        better = msgspec.structs.replace(clinician, credentials=(*clinician.credentials, agency))
        timeline = _timeline(rulebook, better, window, standing_only)
        if timeline != now:
            yield Remedy(
                "credential", f"credentialed as {licensed} by the medical director", timeline, policy.credential_h
            )


def _licensed(rulebook: Rulebook, clinician: Clinician, window: tuple[datetime, datetime]) -> str | None:
    """The highest level at which the person is licensed at the start, or by a licence that starts in the window."""
    instants = {window[0], *(one.starts for one in clinician.credentials if window[0] < one.starts < window[1])}
    found = (level_by_gate(rulebook, clinician, at).get("licensed") for at in instants)
    levels = [level for level in found if level is not None]
    return max(levels, key=lambda level: level.rank).id if levels else None


def _equipped(rulebook: Rulebook, unit: RosterUnit) -> int:
    return ~0 if unit.equipment is None else rulebook.equipped(unit.equipment)


def _asked(rulebook: Rulebook, places: Mapping[str, Place], skills: Sequence[str]) -> dict[str | None, int]:
    bits = sum({1 << found.index for skill in skills if (found := rulebook.skill(skill)) is not None})
    return {**dict.fromkeys((place.post for place in places.values()), bits), None: bits}


def _usual(
    people: Mapping[str, Timeline],
    remedies: Mapping[str, tuple[Remedy, ...]],
    places: Mapping[str, Place],
    duties: Sequence[Duty],
) -> dict[str | None, int]:
    """What each post can do at some time, and the region: its shifts as they would be with nothing lapsed."""
    ever = {
        person: line.ever() | _ever(one.timeline for one in remedies[person] if one.kind == "renew")
        for person, line in people.items()
    }
    wanted: dict[str | None, int] = {}
    for duty in duties:
        place = places[duty.unit]
        wanted[place.post] = wanted.get(place.post, 0) | (ever[duty.person] & place.equipped)
    region = 0
    for skills in wanted.values():
        region |= skills
    return {**wanted, None: region}


def _ever(timelines: Iterator[Timeline]) -> int:
    held = 0
    for timeline in timelines:
        held |= timeline.ever()
    return held


def _gap(rulebook: Rulebook, roster: Roster, hole: Hole, fix: Fix | None) -> Gap:
    return Gap(
        hole.post,
        _names(rulebook, hole.skills),
        _at(hole.starts_us),
        _at(hole.ends_us),
        hole.staffed,
        None if fix is None else _named(rulebook, roster, fix),
    )


def _named(rulebook: Rulebook, roster: Roster, fix: Fix) -> NamedFix:
    skills = _names(rulebook, fix.skills)
    what = fix.what
    if fix.kind == "equip":
        aboard = next(unit.equipment for unit in roster.units if unit.id == fix.unit)
        what = ", ".join(sorted(_lacking(rulebook, aboard, skills)))
    return NamedFix(
        fix.kind, fix.unit, fix.person, what, skills, fix.cost_h, fix.share, _at(fix.starts_us), _at(fix.ends_us)
    )


def _lacking(rulebook: Rulebook, aboard: frozenset[str] | None, skills: Sequence[str]) -> frozenset[str]:
    """The items that are needed for the skills and are not on board."""
    needed = frozenset(item for skill in skills for item in rulebook.equipment_for(skill))
    return frozenset() if aboard is None else needed - aboard


def _items_counter(rulebook: Rulebook, roster: Roster) -> Callable[[str, int], int]:
    aboard = {unit.id: unit.equipment for unit in roster.units}
    return lambda unit, skills: len(_lacking(rulebook, aboard[unit], _names(rulebook, skills)))


def _names(rulebook: Rulebook, bits: int) -> tuple[str, ...]:
    return tuple(skill.id for skill in rulebook.skills if bits >> skill.index & 1)


def _us(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _at(instant_us: int) -> datetime:
    return _EPOCH + instant_us * _MICROSECOND


def _shown(at: datetime | None) -> str:
    return "never" if at is None else at.isoformat()
