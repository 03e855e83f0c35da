"""The forecast of a big roster: 90 days, 500 clinicians, 100 posts; beside asking every crew at every minute."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from benchmarks.figure import Figure, beside, best_of
from sixpoint.scope import Clinician, Credential, Rulebook, crew_capability, equipment_of_kit, load_rulebook
from sixpoint.scope.person import GATES
from sixpoint.scope.roster.forecast import Gap, Roster, RosterShift, RosterUnit, forecast

START: Final = datetime(2026, 5, 1, tzinfo=UTC)
DAYS: Final = 90
PEOPLE: Final = 500
POSTS: Final = 100
SHIFT: Final = timedelta(hours=12)
# The plain loop would take hours on the whole roster; it is run on this much of it and scaled by post-minutes.
PLAIN_POSTS: Final = 4
PLAIN_MINUTES: Final = 720


def figures() -> Iterator[Figure]:
    """Seconds for the forecast with its fixes, and the plain loop (without fixes) scaled to the same size."""
    book = load_rulebook("us-national")
    roster = make_roster(book, random.Random(11))
    gaps: list[tuple[Gap, ...]] = []
    taken_s = best_of(1, lambda: gaps.append(forecast(book, roster, START, START + DAYS * timedelta(days=1))))
    part_s = best_of(1, lambda: by_the_minute(book, roster))
    scale = POSTS * DAYS * 1440 / (PLAIN_POSTS * PLAIN_MINUTES)
    yield beside(
        f"forecast, {DAYS} days, {PEOPLE} clinicians, {POSTS} posts, {len(roster.shifts)} shifts, "
        f"{len(gaps[0])} gaps with fixes; reference: crew capability at every minute, scaled from "
        f"{PLAIN_POSTS} posts and {PLAIN_MINUTES} minutes",
        taken_s,
        "s",
        part_s * scale,
    )


def make_roster(book: Rulebook, rng: random.Random) -> Roster:
    """A made-up roster in which some licences lapse and some shifts are left empty."""
    levels = list(book.levels)
    people = [person(f"p{number:03d}", rng, levels) for number in range(PEOPLE)]
    kits = {levels[0]: "responder_bag", levels[1]: "bls_ambulance", levels[2]: "bls_ambulance"}
    units = []
    for number in range(POSTS):
        kit = equipment_of_kit(book, kits.get(levels[number % 4], "als_ambulance"))
        units.append(RosterUnit(f"u{number:03d}", f"post{number:03d}", kit))
    shifts = []
    for number, unit in enumerate(units):
        team = people[number * 5 : number * 5 + 5]
        for turn in range(DAYS * 2):
            starts = START + turn * SHIFT
            for seat in range(2):
                if rng.random() > 0.1:
                    who = team[(turn * 2 + seat) % 5]
                    shifts.append(RosterShift(unit.id, who.id, starts, starts + SHIFT))
    return Roster({one.id: one for one in people}, units, shifts)


def person(name: str, rng: random.Random, levels: list[str]) -> Clinician:
    """Somebody of one level; one in six has a licence that lapses in the window."""
    level = levels[int(name[1:]) // 5 % 4]
    lapses = START + timedelta(days=rng.randrange(DAYS)) if rng.random() < 1 / 6 else None
    since = START - timedelta(days=400)
    held = (Credential(gate, level, since, lapses if gate == "licensed" else None) for gate in GATES)
    return Clinician(name, name, tuple(held))


def by_the_minute(book: Rulebook, roster: Roster) -> int:
    """The plain way on a part of the roster: at every minute ask every crew; returns the skill-minutes held."""
    held = 0
    shifts: dict[str, list[RosterShift]] = {}
    for shift in roster.shifts:
        shifts.setdefault(shift.unit, []).append(shift)
    for minute in range(PLAIN_MINUTES):
        at = START + timedelta(minutes=minute)
        for unit in roster.units[:PLAIN_POSTS]:
            crew = [
                roster.clinicians[shift.clinician] for shift in shifts[unit.id] if shift.starts_at <= at < shift.ends_at
            ]
            held += crew_capability(book, crew, unit.equipment, at).with_order.bit_count()
    return held
