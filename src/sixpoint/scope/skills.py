"""The catalogue: every skill that rulebooks speak of, in a fixed order; its place is its bit."""

from __future__ import annotations

import csv
import io

import msgspec


class Skill(msgspec.Struct, frozen=True):
    """A procedure, medication, route or assessment; `index` is its bit in every bitset of this rulebook."""

    id: str
    name: str
    category: str
    index: int

    @property
    def bit(self) -> int:
        """The skill as a bitset of one."""
        return 1 << self.index


def read_skills(text: str) -> tuple[Skill, ...]:
    """The catalogue from its CSV (skill,category,name), in the order of the file."""
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return tuple(Skill(row["skill"], row["name"], row["category"], index) for index, row in enumerate(rows))
