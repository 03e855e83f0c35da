"""JSON that a person gives: each key once in its object, and only numbers that JSON has."""

from __future__ import annotations

import json
from typing import Any


class NotANumberError(ValueError):
    """NaN or Infinity, which JSON does not have."""


class StandsTwiceError(ValueError):
    """A key that an object holds twice: of two answers nobody knows which was meant."""


def loads_given(text: str) -> Any:
    """What the text holds; `ValueError` (or `RecursionError`) if it is no JSON or says something twice."""
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        double = next(key for key, _ in pairs if [other for other, _ in pairs].count(key) > 1)
        raise StandsTwiceError(f"'{double}' stands twice")
    return found


def _no_number(text: str) -> Any:
    raise NotANumberError(f"{text} is no number")
