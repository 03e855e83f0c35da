"""One cell of the matrix: what a level may do about a skill, in a word, with the rule that says so."""

from __future__ import annotations

from datetime import datetime

import msgspec

from sixpoint.scope.conditions import Facts
from sixpoint.scope.rulebook import Rulebook
from sixpoint.scope.skills import Skill
from sixpoint.scope.verdict import Kind, Reason


class Cell(msgspec.Struct, frozen=True):
    """The answer for one level and one skill with nothing known of the moment or the person.

    `condition` says in words what it turns on, if anything; `because` is the chain of rules, the deciding one last.
    """

    level: str
    skill: str
    verdict: Kind
    condition: str
    because: tuple[Reason, ...]

    @property
    def deciding(self) -> Reason:
        """The rule that had the last word."""
        return self.because[-1]


def cell(rulebook: Rulebook, level: str, skill: Skill, at: datetime) -> Cell:
    """The cell of the matrix for the level and the skill at the instant."""
    verdict = rulebook.can(level, skill.id, at)
    condition = ""
    if verdict.kind != "standing":
        interval = rulebook.interval(at)
        ways = rulebook.explained(interval, level, skill.id, Facts(adopted=interval.adopted)).ways
        condition = " or ".join(" and ".join(way) for way in ways if way)
    return Cell(level, skill.id, verdict.kind, condition, verdict.because)
