"""What was worked out for a value, kept for as long as it is asked about again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def kept(make: Callable[[Key], Value], *, most: int) -> Callable[[Key], Value]:
    """The same function, worked out once for each object; forgets all when it holds more than `most`.

    For frozen values that question after question looks at and that seldom change: a crew, a leg. Found again by the
    very object, not by what is in it: comparing that takes longer than working out what was asked.
    """
    # Each object is held beside its value, so that no other object gets its id meanwhile.
    found: dict[int, tuple[Key, Value]] = {}

    def look(key: Key) -> Value:
        entry = found.get(id(key))
        if entry is None:
            entry = key, make(key)
            if len(found) >= most:
                found.clear()
            found[id(key)] = entry
        return entry[1]

    return look
