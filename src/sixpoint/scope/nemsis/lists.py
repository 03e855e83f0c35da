"""The code lists of a state or an agency, as NEMSIS files carry them: one list for each level and kind."""

from __future__ import annotations

from typing import Literal

import msgspec

from sixpoint.scope.nemsis.crosswalk import Kind, System

DataSet = Literal["StateDataSet", "DEMDataSet"]


class Code(msgspec.Struct, frozen=True, order=True):
    """A procedure or a medication by its identifier in a code system."""

    code: str
    system: System


class LevelList(msgspec.Struct, frozen=True):
    """What one level is permitted: `level` is its permission code (9917...); `nil` says why there is no code at all."""

    kind: Kind
    level: str
    codes: tuple[Code, ...]
    nil: str = ""
    uuid: str = ""


class Element(msgspec.Struct, frozen=True):
    """An element of the file that is not a code list, kept as it stood: a value, or why there is none, or children."""

    name: str
    value: str = ""
    nil: str = ""
    uuid: str = ""
    children: tuple[Element, ...] = ()


class Configuration(msgspec.Struct, frozen=True):
    """The lists that hold in one state (`state` is its ANSI code, two digits), and what else its group says."""

    state: str
    lists: tuple[LevelList, ...]
    more: tuple[Element, ...] = ()
    uuid: str = ""

    def permitted(self, kind: Kind, level: str) -> frozenset[Code] | None:
        """The codes of that kind for the level; None if the file configures no such list, or says it has none."""
        for listed in self.lists:
            if (listed.kind, listed.level) == (kind, level) and not listed.nil:
                return frozenset(listed.codes)
        return None

    @property
    def levels(self) -> tuple[str, ...]:
        """Every level that has a list, in the order of the file."""
        return tuple(dict.fromkeys(listed.level for listed in self.lists))


class CodeLists(msgspec.Struct, frozen=True):
    """Everything of a file that says who may do what; `state` is the configuration that the overlay puts in force."""

    data_set: DataSet
    state: str
    configurations: tuple[Configuration, ...]
    agency: tuple[Element, ...] = ()
    stamped_at: str = ""
    effective_at: str = ""

    @property
    def in_force(self) -> Configuration:
        """The configuration of `state`."""
        return next(one for one in self.configurations if one.state == self.state)
