"""What must have been looked at before the pathways let a skill be done, and by which skill one looks."""

from __future__ import annotations

from collections.abc import Iterator

from sixpoint.care.conditions import AllOf, AnyOf, Condition, NotSo, Number, Truth, Word
from sixpoint.care.pathways import Pathways
from sixpoint.care.picture import names


def asks_first(pathways: Pathways, code: str, skill: str) -> frozenset[str]:
    """The skills by which somebody finds out what the guard asks of this skill in this call type.

    Every contraindication that waits and every condition of a dose counts, of whichever step: whose patients these are
    is not asked. Empty where nothing must be known first.
    """
    found: set[str] = set()
    for pathway in pathways.naming(code, skill):
        for step in pathway.steps:
            if skill not in step.any_of:
                continue
            conditions = [one.when for one in step.not_if if one.waits] + [rule.when for rule in step.doses]
            for condition in conditions:
                found |= {names()[name].assess for name in _asked(condition)}
    return frozenset(found - {"", skill})


def _asked(condition: Condition | None) -> Iterator[str]:
    """The names whose answers a condition turns on."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _asked(part)
        case NotSo(part):
            yield from _asked(part)
        case Number(name) | Word(name) | Truth(name):
            yield name
        case _:
            return
