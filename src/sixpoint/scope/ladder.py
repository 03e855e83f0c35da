"""The ladder: the levels of a country, lowest first, as data; nothing about a level is written in code."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sixpoint.scope.strict_yaml import Value, read_yaml
from sixpoint.tables import Faults


class NemsisCodes(msgspec.Struct, frozen=True):
    """The level in the four NEMSIS v3.5.1 lists; suffixes differ, so they are mapped by table. None: no such code.

    `performer` 9905 (eMedications.10, eProcedures.10), `member` 9925 (eCrew.02, dPersonnel.24 and .38), `licence` 9917
    (dConfiguration.06, sConfiguration.01), `registry` 1529 (dPersonnel.29).
    """

    performer: str | None = None
    member: str | None = None
    licence: str | None = None
    registry: str | None = None


class Level(msgspec.Struct, frozen=True):
    """A level of training; a higher `rank` on the same ladder satisfies a lower one."""

    id: str
    name: str
    rank: int
    nemsis: NemsisCodes
    source: str
    confidence: str


class Title(msgspec.Struct, frozen=True):
    """A title that is no step of the ladder but counts as one (a legacy level, an extension of a level)."""

    id: str
    name: str
    counts_as: str
    nemsis: NemsisCodes
    source: str
    confidence: str


class Ladder(msgspec.Struct, frozen=True):
    """The levels by id, lowest rank first, and the titles that count as one of them."""

    id: str
    title: str
    partial: bool
    levels: Mapping[str, Level]
    titles: Mapping[str, Title]

    def level_of(self, name: str) -> Level | None:
        """The level with this id, name or counted title, upper and lower case alike; None if the ladder has none."""
        wanted = name.strip().casefold()
        for level in self.levels.values():
            if wanted in (level.id.casefold(), level.name.casefold()):
                return level
        for title in self.titles.values():
            if wanted in (title.id.casefold(), title.name.casefold()):
                return self.levels[title.counts_as]
        return None

    @property
    def called(self) -> tuple[str, ...]:
        """Everything a level may be called: ids and names of levels and titles."""
        of_levels = [name for level in self.levels.values() for name in (level.id, level.name)]
        return (*of_levels, *(name for title in self.titles.values() for name in (title.id, title.name)))

    def and_higher(self, level_id: str) -> tuple[str, ...]:
        """The ids of this level and every higher one."""
        rank = self.levels[level_id].rank
        return tuple(level.id for level in self.levels.values() if level.rank >= rank)


_FILE_KEYS = frozenset(("ladder", "title", "partial", "levels", "titles"))
_LEVEL_KEYS = frozenset(("name", "nemsis", "source", "confidence", "counts_as"))


def read_ladder(text: str, file: str, faults: Faults) -> Ladder | None:
    """The ladder of a YAML file, levels in the order of the file; None, with the faults noted, if it cannot be read."""
    before = len(faults.found)
    document = read_yaml(text, file, faults)
    if document is None:
        return None
    top = document.mapping("the ladder")
    document.refuse_others(_FILE_KEYS, "a ladder")
    for key in ("ladder", "title", "levels"):
        if key not in top:
            document.fault(f"'{key}' is missing", "A ladder has an id, a title and levels.")
    if len(faults.found) > before:
        return None
    levels = {}
    for rank, (level_id, value) in enumerate(top["levels"].mapping("levels").items(), start=1):
        entry = value.mapping(level_id)
        value.refuse_others(_LEVEL_KEYS, "a level")
        levels[level_id] = Level(level_id, _text(entry, "name"), rank, _codes(entry), *_sourced(entry))
    titles = {}
    for title_id, value in top["titles"].mapping("titles").items() if "titles" in top else ():
        entry = value.mapping(title_id)
        value.refuse_others(_LEVEL_KEYS, "a title")
        counts_as = _text(entry, "counts_as")
        if counts_as not in levels:
            value.fault(f"it counts as '{counts_as}', which is no level", f"Levels are: {', '.join(levels)}.")
        titles[title_id] = Title(title_id, _text(entry, "name"), counts_as, _codes(entry), *_sourced(entry))
    if len(faults.found) > before:
        return None
    partial = top["partial"].truth("partial") if "partial" in top else False
    return Ladder(top["ladder"].text("ladder"), top["title"].text("title"), partial, levels, titles)


def _text(entry: dict[str, Value], key: str) -> str:
    return entry[key].text(key) if key in entry else ""


def _sourced(entry: dict[str, Value]) -> tuple[str, str]:
    return _text(entry, "source"), _text(entry, "confidence")


def _codes(entry: dict[str, Value]) -> NemsisCodes:
    codes = entry["nemsis"].mapping("nemsis") if "nemsis" in entry else {}
    if "nemsis" in entry:
        entry["nemsis"].refuse_others(frozenset(NemsisCodes.__struct_fields__), "nemsis")
    return NemsisCodes(**{key: value.text(key) for key, value in codes.items() if key in NemsisCodes.__struct_fields__})
