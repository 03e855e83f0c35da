"""Who must be with the patient under way: the rulebook's attendant rules, held against what runs and who it is."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from sixpoint.care.encounter import Encounter
from sixpoint.care.guard import instant, situation_of
from sixpoint.care.picture import Picture, picture_of
from sixpoint.scope import AttendantRule, Clinician, Rulebook, practice_level
from sixpoint.scope.conditions import Facts, worth
from sixpoint.scope.verdict import BARRED

DATA: Final = Path(__file__).resolve().parent / "data"


class AttendantWanted(msgspec.Struct, frozen=True):
    """A rule that the attendant does not fulfil, and why it holds for this patient."""

    rule: AttendantRule
    because: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.rule.because}: at least {self.rule.least} attends ({self.rule.address})"


@cache
def maintained_by() -> Mapping[str, str]:
    """Which skill keeps running what another skill has begun."""
    text = (DATA / "maintained.csv").read_text("utf-8")
    return {row["skill"]: row["maintained_by"] for row in csv.DictReader(text.splitlines())}


def attendant_wanted(
    rulebook: Rulebook, attendant: Clinician, encounter: Encounter, at_ms: int
) -> tuple[AttendantWanted, ...]:
    """The rules that the person who attends does not fulfil; empty if the person may attend.

    A rule whose condition turns on something nobody has stated holds: what is not known is no reason to go without.
    """
    return attended(rulebook, (attendant,), encounter, at_ms)


def attended(
    rulebook: Rulebook, attendants: Iterable[Clinician], encounter: Encounter, at_ms: int
) -> tuple[AttendantWanted, ...]:
    """The rules that none of these people fulfils; empty if each is fulfilled by somebody."""
    at = instant(at_ms)
    levels = [practice_level(rulebook, one, at) for one in attendants]
    rank = max((level.rank for level in levels if level is not None), default=-1)
    return tuple(
        AttendantWanted(rule, because)
        for rule, because in _holding(rulebook, encounter, at_ms)
        if rank < rulebook.levels[rule.least].rank
    )


def _holding(rulebook: Rulebook, encounter: Encounter, at_ms: int) -> list[tuple[AttendantRule, tuple[str, ...]]]:
    """The rules that hold for this patient now, each with what it holds for."""
    picture: Picture | None = None
    interval = rulebook.interval(instant(at_ms))
    found: list[tuple[AttendantRule, tuple[str, ...]]] = []
    for rule in interval.attendants:
        picture = picture or picture_of(encounter, at_ms)
        runs = tuple(f"{skill} is running" for skill in rule.running if skill in picture.running)
        if rule.running and not runs:
            continue
        if rule.only is not None:
            situation = situation_of(encounter, "", at_ms, picture=picture)
            if worth(rule.only, Facts(situation, adopted=interval.adopted)) == BARRED:
                continue
        found.append((rule, runs))
    return found
