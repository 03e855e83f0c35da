"""The classes of skills for which a service wants cover, as data: reach, worth, and where each number is from."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path

import msgspec

from sixpoint.dispatch.cover import SkillClass
from sixpoint.tables import Faults, read_table

COLUMNS = ("name", "skills", "within_s", "weight", "transporting", "source", "confidence")


class CoverClass(msgspec.Struct, frozen=True):
    """Calls that need one of `skills` should find a unit that holds all of them within `within_s` of driving."""

    name: str
    skills: tuple[str, ...]
    within_s: float
    weight: float
    transporting: bool
    source: str
    confidence: str

    def compiled(self, skill_index: Mapping[str, int], busy_share: float) -> SkillClass:
        """The class as cover is computed: skills as bits; a unit of the class is busy with this probability."""
        bits = sum(1 << skill_index[skill] for skill in self.skills)
        return SkillClass(self.name, bits, self.within_s, busy_share, self.weight, self.transporting)


def load_cover_classes(path: Path | None = None, skills: Mapping[str, int] | None = None) -> tuple[CoverClass, ...]:
    """The classes of a CSV file, else those that come with Sixpoint; `InputError` names every fault."""
    if path is not None:
        return _read(path, path.name, skills)
    with as_file(files("sixpoint.dispatch") / "data" / "cover_classes.csv") as bundled:
        return _read(bundled, bundled.name, skills)


def _read(path: Path, name: str, skills: Mapping[str, int] | None) -> tuple[CoverClass, ...]:
    faults = Faults()
    found = []
    for row in read_table(path, name, COLUMNS, (), faults):
        named = row.words("skills") or (row.text("skills"),)
        for skill in named:
            if skills is not None and skill and skill not in skills:
                row.fault(f"skill '{skill}' is not known", "Name a skill of the rulebook.")
        found.append(
            CoverClass(
                name=row.text("name"),
                skills=named,
                within_s=row.number("within_s", 1, 24 * 3600),
                weight=row.number("weight", 0, 1000),
                transporting=row.yes_no("transporting"),
                source=row.text("source"),
                confidence=row.text("confidence"),
            )
        )
    if not found and not faults.found:
        faults.add(name, "holds no class", "Write at least one line under the header.")
    faults.raise_any()
    return tuple(found)
