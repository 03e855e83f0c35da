"""The way from one level to a higher one: each step with its hours, conditions, examination and what it gains."""

from __future__ import annotations

from datetime import datetime

import msgspec

from sixpoint.errors import InputError
from sixpoint.scope.ladder import Level
from sixpoint.scope.learn.compare import Difference, compare, find_level, training_of
from sixpoint.scope.learn.training import Training
from sixpoint.scope.rulebook import Rulebook


class Step(msgspec.Struct, frozen=True):
    """One rung: reached from `before`; `needed` is False where the next level does not ask for this one."""

    before: Level
    level: Level
    needed: bool
    training: Training | None
    gained: tuple[Difference, ...]


class Path(msgspec.Struct, frozen=True):
    """The steps in order; hours are (least, most) of the needed steps, None where some course is not known."""

    steps: tuple[Step, ...]
    hours: tuple[float, float] | None


def find_path(rulebook: Rulebook, start: str, goal: str, at: datetime) -> Path:
    """Every rung from `start` up to `goal` under the rules in force; `InputError` if the goal is not higher."""
    first, last = find_level(rulebook, start), find_level(rulebook, goal)
    if last.rank <= first.rank:
        raise InputError.one(
            f"path {first.id} {last.id}",
            f"{last.id} is not above {first.id} on the ladder",
            f"The ladder, lowest first: {', '.join(rulebook.levels)}.",
        )
    facts = training_of(rulebook)
    needed = _needed(rulebook, first, last)
    steps = []
    before = first
    for level in rulebook.levels.values():
        if first.rank < level.rank <= last.rank:
            gained = compare(rulebook, before.id, level.id, at).gained
            steps.append(Step(before, level, level.id in needed, facts.get(level.id), gained))
            before = level
    return Path(tuple(steps), _hours(tuple(steps)))


def _needed(rulebook: Rulebook, first: Level, last: Level) -> frozenset[str]:
    """The goal, and the levels above the start that it asks for, directly or through another; all, if not known."""
    facts = training_of(rulebook)
    needed, asked = set(), [last.id]
    while asked:
        level = asked.pop()
        if rulebook.levels[level].rank <= first.rank or level in needed:
            continue
        needed.add(level)
        if level not in facts:
            return frozenset(rulebook.levels)
        asked += [one.level for one in facts[level].prerequisites if one.level is not None]
    return frozenset(needed)


def _hours(steps: tuple[Step, ...]) -> tuple[float, float] | None:
    courses = [step.training for step in steps if step.needed]
    known = [course.hours for course in courses if course is not None]
    if len(known) < len(courses):
        return None
    return sum(hours.least for hours in known), sum(hours.most for hours in known)
