"""Which items a skill cannot be done without, and which items a kit holds."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

import msgspec


class Equipment(msgspec.Struct, frozen=True):
    """Items by skill and by kit. A skill without a line needs no item."""

    by_skill: Mapping[str, frozenset[str]]
    by_kit: Mapping[str, frozenset[str]]
    names: Mapping[str, str]

    def needed_for(self, skill: str) -> frozenset[str]:
        """The items without which the skill cannot be done."""
        return self.by_skill.get(skill, frozenset())

    def kit(self, name: str) -> frozenset[str] | None:
        """The items of a kit; None if there is no such kit."""
        return self.by_kit.get(name)


NO_EQUIPMENT = Equipment({}, {}, {})


def read_equipment(items: str, needed: str) -> Equipment:
    """From two tables: items (item,name,kits) and needed (skill,items); several words are separated by spaces."""
    by_kit: dict[str, set[str]] = {}
    names: dict[str, str] = {}
    for row in csv.DictReader(io.StringIO(items, newline="")):
        names[row["item"]] = row["name"]
        for kit in row["kits"].split():
            by_kit.setdefault(kit, set()).add(row["item"])
    by_skill = {
        row["skill"]: frozenset(row["items"].split()) for row in csv.DictReader(io.StringIO(needed, newline=""))
    }
    return Equipment(by_skill, {kit: frozenset(held) for kit, held in by_kit.items()}, names)
