"""The whole matrix of a rulebook: every level against every skill, with the rule behind each answer."""

from __future__ import annotations

from datetime import datetime

import msgspec

from sixpoint.scope.ladder import Level
from sixpoint.scope.learn.cells import Cell, cell
from sixpoint.scope.rulebook import Rulebook
from sixpoint.scope.skills import Skill


class Matrix(msgspec.Struct, frozen=True):
    """`rows` go by the catalogue, the cells of each by `levels`; `partial`: titles of layers that tell only a part."""

    rulebook: str
    title: str
    hash: str
    partial: tuple[str, ...]
    levels: tuple[Level, ...]
    rows: tuple[tuple[Skill, tuple[Cell, ...]], ...]


def make_matrix(rulebook: Rulebook, at: datetime) -> Matrix:
    """The matrix of the rulebook under the rules in force at the instant."""
    rows = tuple(
        (skill, tuple(cell(rulebook, level, skill, at) for level in rulebook.levels)) for skill in rulebook.skills
    )
    partial = tuple(layer.title for layer in rulebook.layers if layer.partial)
    levels = tuple(rulebook.levels.values())
    return Matrix(rulebook.id, rulebook.layers[-1].title, rulebook.hash, partial, levels, rows)


def count_standing(rulebook: Rulebook, level: str, at: datetime) -> int:
    """How many skills the level may perform without asking and without condition."""
    return sum(rulebook.can(level, skill.id, at).allowed for skill in rulebook.skills)
