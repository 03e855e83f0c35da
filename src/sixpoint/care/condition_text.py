"""Reads conditions over patient facts; a name that nobody defined is a fault with its place."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sixpoint.care.conditions import AllOf, AnyOf, Condition, Done, NotSo, Number, Running, Truth, Word
from sixpoint.care.picture import names
from sixpoint.scope.strict_yaml import Value

_BOUNDS: Final = ("least", "above", "below", "most", "within_min")


def read_condition(value: Value, skills: Collection[str]) -> Condition | None:
    """The condition of a mapping, every entry of which must hold; None, with the faults noted, if it has any."""
    entries = value.mapping("a condition")
    if not entries:
        if isinstance(value.held, dict):
            value.fault("the condition is empty", "Name a condition, or leave it out.")
        return None
    parts = [_node(key, entry, skills) for key, entry in entries.items()]
    found = tuple(part for part in parts if part is not None)
    if len(found) < len(parts):
        return None
    return found[0] if len(found) == 1 else AllOf(found)


def _node(key: str, value: Value, skills: Collection[str]) -> Condition | None:
    if key in ("all", "any"):
        items = value.items(f"'{key}'")
        parts = [read_condition(item, skills) for item in items]
        found = tuple(part for part in parts if part is not None)
        if not items and isinstance(value.held, list):
            value.fault(f"'{key}' is empty", "List at least one condition.")
        if not found or len(found) < len(parts):
            return None
        return AllOf(found) if key == "all" else AnyOf(found)
    if key == "not":
        part = read_condition(value, skills)
        return None if part is None else NotSo(part)
    if key in ("done", "running"):
        named, least = _acts(key, value)
        for skill in named:
            if skill not in skills:
                value.fault(f"there is no skill '{skill}'", "Use an id of the catalogue (scope/data/skills.csv).")
        if not named:
            return None
        return Running(named) if key == "running" else Done(named, least)
    known = names().get(key)
    if known is None:
        value.fault(f"nobody defined '{key}'", "Use all, any, not, done, running or a name of care/data/known.csv.")
        return None
    if known.kind == "truth":
        return Truth(key, value.truth(f"'{key}'"))
    if known.kind == "word":
        words = value.words(f"'{key}'")
        for word in words:
            if word not in known.words:
                value.fault(f"'{key}' is never '{word}'", f"It is one of: {', '.join(known.words)}.")
        return Word(key, words) if words else None
    return _number(key, value)


def _acts(key: str, value: Value) -> tuple[tuple[str, ...], int]:
    """The skills, and how often they must have been done: `done: {skills: [a, b], least: 3}`; once, if left out."""
    if key == "running" or not isinstance(value.held, dict):
        return value.words(f"'{key}'"), 1
    entries = value.mapping("'done'")
    value.refuse_others(frozenset(("skills", "least")), "'done'")
    if not entries.keys() >= {"skills", "least"}:
        value.fault("'done' names skills and least", "Write both, or just the skills.")
        return (), 1
    least = int(entries["least"].number("'least'"))
    if least < 1:
        entries["least"].fault(f"{least} is not above zero", "Write a whole number from 1 on.")
    return entries["skills"].words("'skills'"), least


def _number(key: str, value: Value) -> Condition | None:
    entries = value.mapping(f"'{key}'")
    value.refuse_others(frozenset(_BOUNDS), f"'{key}'")
    bounds = {bound: float(entries[bound].number(f"'{bound}'")) for bound in _BOUNDS if bound in entries}
    if not bounds.keys() & {"least", "above", "below", "most"}:
        value.fault(f"'{key}' has no bound", "Write least, above, below or most.")
        return None
    low = max((bounds[bound] for bound in ("least", "above") if bound in bounds), default=None)
    high = min((bounds[bound] for bound in ("below", "most") if bound in bounds), default=None)
    if low is not None and high is not None and low > high:
        value.fault(f"no '{key}' lies between {low:g} and {high:g}", "Correct the bounds.")
    return Number(key, **bounds)
