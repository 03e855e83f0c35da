"""Who may perform one skill, level by level, in several rulebooks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from sixpoint.errors import InputError, OutOfForceError
from sixpoint.scope.learn.cells import Cell, cell
from sixpoint.scope.load import catalogue, load_rulebook
from sixpoint.scope.near import near_names


class WhoMay(msgspec.Struct, frozen=True):
    """The answers of one rulebook, lowest level first; none, with the reason, if it is not in force then."""

    rulebook: str
    title: str
    cells: tuple[Cell, ...]
    not_in_force: str
    hash: str

    @property
    def known(self) -> bool:
        """Whether any level has an answer other than unknown."""
        return any(one.verdict != "unknown" or one.condition for one in self.cells)


def who_may(skill_id: str, names: Iterable[str], at: datetime) -> tuple[WhoMay, ...]:
    """The answers of these rulebooks at the instant, that of the widest authority first.

    `InputError` if no catalogue has the skill.
    """
    found = next((skill for skill in catalogue() if skill.id == skill_id), None)
    if found is None:
        near = near_names(skill_id, (skill.id for skill in catalogue()))
        shown = f"Near to it: {', '.join(near)}." if near else "`sixpoint levels matrix` shows every skill."
        raise InputError.one(f"skill {skill_id}", "no such skill in the catalogue", shown)
    answers = []
    rulebooks = sorted(((load_rulebook(name), name) for name in names), key=lambda held: held[0].layers[-1].order)
    for rulebook, name in rulebooks:
        try:
            cells = tuple(cell(rulebook, level, found, at) for level in rulebook.levels)
            reason = ""
        except OutOfForceError as error:
            cells, reason = (), str(error)
        answers.append(WhoMay(name, rulebook.layers[-1].title, cells, reason, rulebook.hash))
    return tuple(answers)
