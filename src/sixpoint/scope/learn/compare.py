"""Two levels side by side: what the higher one may do more, what it takes, what it answers for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from sixpoint.errors import InputError
from sixpoint.scope.ladder import Level
from sixpoint.scope.learn.cells import Cell, cell
from sixpoint.scope.learn.training import Training, load_training
from sixpoint.scope.near import did_you_mean
from sixpoint.scope.rulebook import Rulebook
from sixpoint.scope.skills import Skill


class Difference(msgspec.Struct, frozen=True):
    """A skill on which the two levels have different answers."""

    skill: Skill
    first: Cell
    second: Cell


class Comparison(msgspec.Struct, frozen=True):
    """What separates `first` from `second`, seen from the first; a `training` of None is not known.

    `gained`: the second may, and the first may not or is asked for more. `otherwise`: both may, each under another
    condition. `unsettled`: neither may by these rules, but of one of them the rulebook does not say.
    """

    first: Level
    second: Level
    gained: tuple[Difference, ...]
    lost: tuple[Difference, ...]
    otherwise: tuple[Difference, ...]
    unsettled: tuple[Difference, ...]
    alike: int
    training: tuple[Training | None, Training | None]


def find_level(rulebook: Rulebook, name: str) -> Level:
    """The level of that name; `InputError` says which there are."""
    level = rulebook.level(name)
    if level is None:
        known = ", ".join(rulebook.levels)
        meant = did_you_mean(name, rulebook.ladder.called)
        raise InputError.one(f"level {name}", "no such level on this ladder", f"{meant}Name one of: {known}.")
    return level


def compare(rulebook: Rulebook, first: str, second: str, at: datetime) -> Comparison:
    """The difference between two levels of the ladder under the rules in force at the instant."""
    one, other = find_level(rulebook, first), find_level(rulebook, second)
    found: dict[str, list[Difference]] = {"gained": [], "lost": [], "otherwise": [], "unsettled": [], "alike": []}
    for skill in rulebook.skills:
        difference = Difference(skill, cell(rulebook, one.id, skill, at), cell(rulebook, other.id, skill, at))
        found[_kind(difference)].append(difference)
    facts = training_of(rulebook)
    return Comparison(
        one,
        other,
        tuple(found["gained"]),
        tuple(found["lost"]),
        tuple(found["otherwise"]),
        tuple(found["unsettled"]),
        len(found["alike"]),
        (facts.get(one.id), facts.get(other.id)),
    )


def _kind(difference: Difference) -> str:
    first, second = difference.first, difference.second
    before, after = rank(first), rank(second)
    if after > before:
        return "gained"
    if after < before:
        return "lost"
    if first.condition != second.condition:
        return "otherwise"
    return "alike" if first.verdict == second.verdict else "unsettled"


def rank(one: Cell) -> int:
    """How far the level may go: not (or not that we know), under a condition, with an order, without asking."""
    if one.verdict in ("barred", "unknown"):
        return 1 if one.condition else 0
    return {"order": 2, "standing": 3}[one.verdict]


def training_of(rulebook: Rulebook) -> Mapping[str, Training]:
    """The training facts of the rulebook's ladder, by level; empty if Sixpoint has none for that ladder."""
    return load_training().get(rulebook.ladder.id, {})
