"""Which NEMSIS code stands for which skill, and which code numbers stand for a level of training.

Identifiers only; the notice at the top of `data/nemsis/crosswalk.csv` says whose works SNOMED CT and RxNorm are.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Final, Literal

import msgspec

Kind = Literal["procedure", "medication"]
System = Literal["SNOMED", "RxNorm"]

# NEMSIS 3.5.1, list 9924: the value of the CodeType attribute of a medication.
CODE_TYPES: Final[dict[str, System]] = {"9924003": "RxNorm", "9924005": "SNOMED"}


class Relation(msgspec.Struct, frozen=True):
    """One line of the crosswalk: what the code is, seen from the skill; `skill` is empty where `relation` is none."""

    kind: Kind
    system: System
    code: str
    relation: Literal["exact", "broader", "narrower", "overlaps", "none"]
    skill: str
    confidence: Literal["high", "medium", "low", ""]
    note: str


class Crosswalk:
    """The relations, found by code or by skill; a code without a line is unlisted, which is not the same as none."""

    def __init__(self, relations: tuple[Relation, ...]) -> None:
        self.relations = relations
        self._by_code: dict[tuple[Kind, str], list[Relation]] = {}
        self._by_skill: dict[str, list[Relation]] = {}
        for relation in relations:
            self._by_code.setdefault((relation.kind, relation.code), []).append(relation)
            if relation.skill:
                self._by_skill.setdefault(relation.skill, []).append(relation)

    @property
    def skills(self) -> tuple[str, ...]:
        """Every skill that some code is related to."""
        return tuple(self._by_skill)

    def of_code(self, kind: Kind, code: str) -> tuple[Relation, ...]:
        """The relations of a code to skills; empty if it maps to none or is not listed."""
        return tuple(relation for relation in self._by_code.get((kind, code), ()) if relation.skill)

    def of_skill(self, skill: str) -> tuple[Relation, ...]:
        """The relations of a skill to codes; empty if no code stands for it."""
        return tuple(self._by_skill.get(skill, ()))

    def is_listed(self, kind: Kind, code: str) -> bool:
        """Whether the crosswalk has a line for the code, be it only to say that no skill answers to it."""
        return (kind, code) in self._by_code

    def system(self, kind: Kind, code: str) -> System:
        """The code system of a code whose file does not say: SNOMED for procedures and for the blood products."""
        listed = self._by_code.get((kind, code))
        return listed[0].system if listed else "SNOMED" if kind == "procedure" else "RxNorm"


class TrainingLevel(msgspec.Struct, frozen=True):
    """A level of training as NEMSIS numbers it in each of its four lists; empty where a list has no such level."""

    name: str
    performer: str
    member: str
    permission: str
    registry: str


@cache
def load_crosswalk() -> Crosswalk:
    """The crosswalk that comes with Sixpoint."""
    return Crosswalk(tuple(msgspec.convert(row, Relation) for row in _rows("crosswalk.csv")))


@cache
def training_levels() -> tuple[TrainingLevel, ...]:
    """Every level of training that NEMSIS numbers."""
    return tuple(msgspec.convert(row, TrainingLevel) for row in _rows("levels.csv"))


@cache
def permission_levels() -> Mapping[str, TrainingLevel]:
    """The levels that can hold a list of permitted codes, by their permission code (9917...)."""
    return {level.permission: level for level in training_levels() if level.permission}


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = (files("sixpoint.scope") / "data" / "nemsis" / name).read_text("utf-8")
    yield from csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
