"""Reads YAML strictly and keeps line marks: no key twice, no bare dates, no bare yes/no; every fault is noted.

A rule file is written by people; what YAML would guess (a date, `no` for false) is refused instead of guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from sixpoint.tables import Faults

if TYPE_CHECKING:
    import yaml

_TAG: Final = "tag:yaml.org,2002:"
_BOOL: Final = {"true": True, "false": False}

Scalar = str | int | float | bool | None


class Value:
    """A value of a YAML file with the place where it stands; readers note what does not fit and return a stand-in."""

    __slots__ = ("faults", "file", "held", "line")

    def __init__(self, held: Scalar | list[Value] | dict[str, Value], file: str, line: int, faults: Faults) -> None:
        self.held = held
        self.file = file
        self.line = line
        self.faults = faults

    @property
    def where(self) -> str:
        """file:line."""
        return f"{self.file}:{self.line}"

    def fault(self, what: str, remedy: str) -> None:
        """Notes a fault at this place."""
        self.faults.add(self.where, what, remedy)

    def mapping(self, what: str) -> dict[str, Value]:
        """The entries of a mapping; empty, with a fault, if it is none."""
        if isinstance(self.held, dict):
            return self.held
        self.fault(f"{what} is not a mapping", "Write it as 'key: value' lines.")
        return {}

    def items(self, what: str) -> list[Value]:
        """The items of a list."""
        if isinstance(self.held, list):
            return self.held
        self.fault(f"{what} is not a list", "Write it as a list, each item after '- '.")
        return []

    def text(self, what: str) -> str:
        """A text that is not empty."""
        if isinstance(self.held, str) and self.held.strip():
            return self.held.strip()
        self.fault(f"{what} is not a text", "Write a text, in quotes if it looks like a number.")
        return ""

    def words(self, what: str) -> tuple[str, ...]:
        """One text or a list of texts."""
        if isinstance(self.held, list):
            return tuple(word for item in self.held if (word := item.text(what)))
        word = self.text(what)
        return (word,) if word else ()

    def number(self, what: str) -> float:
        """A number; whole ones come back whole."""
        if isinstance(self.held, int | float) and not isinstance(self.held, bool):
            return self.held
        self.fault(f"{what} is not a number", "Write a number without unit.")
        return 0

    def truth(self, what: str) -> bool:
        """`true` or `false`."""
        if isinstance(self.held, bool):
            return self.held
        self.fault(f"{what} is neither true nor false", "Write true or false.")
        return True

    def plain(self) -> object:
        """The value without marks, as JSON would hold it."""
        if isinstance(self.held, dict):
            return {key: value.plain() for key, value in self.held.items()}
        if isinstance(self.held, list):
            return [item.plain() for item in self.held]
        return self.held

    def refuse_others(self, known: frozenset[str], what: str) -> None:
        """Notes each key of a mapping that is not known."""
        for key, value in self.held.items() if isinstance(self.held, dict) else ():
            if key not in known:
                value.fault(f"{what} has no '{key}'", f"Known are: {', '.join(sorted(known))}.")


def read_yaml(text: str, file: str, faults: Faults) -> Value | None:
    """The document as marked values; None, with the fault noted, if it is not YAML at all."""
    import yaml  # here, because most that import the rulebook read no layer at once

    try:
        node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        problem = getattr(error, "problem", None) or "it cannot be read"
        faults.add(f"{file}:{line}", f"not YAML ({problem})", "Check indentation, colons and quotes.")
        return None
    if node is None:
        faults.add(f"{file}:1", "the file is empty", "Write the layer, or remove the file.")
        return None
    return _value(node, file, faults)


def _value(node: yaml.Node, file: str, faults: Faults) -> Value:
    line = node.start_mark.line + 1
    kind = getattr(node, "id", "")  # mapping, sequence or scalar; the classes are not imported here
    if kind == "mapping":
        return Value(dict(_entries(node, file, faults)), file, line, faults)
    if kind == "sequence":
        return Value([_value(item, file, faults) for item in node.value], file, line, faults)
    return Value(_scalar(node, f"{file}:{line}", faults), file, line, faults)


def _entries(node: yaml.Node, file: str, faults: Faults) -> Iterator[tuple[str, Value]]:
    first: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if key_node.id != "scalar" or key_node.tag == _TAG + "merge":
            faults.add(f"{file}:{line}", "a key is not a word", "Write plain keys; merging ('<<') is not read.")
            continue
        key = str(key_node.value)
        if key in first:
            faults.add(
                f"{file}:{line}", f"the key '{key}' stands twice, first in line {first[key]}", "Keep one of them."
            )
            continue
        first[key] = line
        yield key, _value(value_node, file, faults)


def _scalar(node: yaml.Node, where: str, faults: Faults) -> Scalar:
    text = str(node.value)
    tag = str(node.tag)
    if tag == _TAG + "timestamp":
        faults.add(where, f"the bare date {text} would be guessed at", f'Write it in quotes: "{text}".')
        return text
    if tag == _TAG + "bool":
        if text not in _BOOL:
            faults.add(where, f"the bare word {text} would be read as true or false", f'Write true, false or "{text}".')
        return _BOOL.get(text, False)
    if tag == _TAG + "null":
        return None
    if tag == _TAG + "int":
        if re.fullmatch(r"[-+]?(0|[1-9][0-9]*)", text):
            return int(text)
        faults.add(where, f"the number {text} has more than one reading", f'Write it plainly, or in quotes: "{text}".')
        return text
    if tag == _TAG + "float":
        if re.fullmatch(r"[-+]?[0-9]+\.[0-9]+", text):
            return float(text)
        faults.add(where, f"the number {text} has more than one reading", "Write it like 12.5.")
        return text
    if tag != _TAG + "str":
        faults.add(where, f"the tag {tag} is not read", "Write plain YAML.")
    return text
