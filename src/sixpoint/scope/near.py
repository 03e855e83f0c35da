"""What somebody may have meant: the known names that are most like one that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MOST: Final = 3


def near_names(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three of the known names, the most like first, then those that share a word; empty if there is none."""
    from difflib import get_close_matches  # here, because few that import the rulebook misspell

    wanted, by_plain = _plain(word), {_plain(name): name for name in known}
    alike = get_close_matches(wanted, by_plain, MOST)
    words = set(wanted.split("_"))
    sharing = sorted((plain for plain in by_plain if words & set(plain.split("_"))), key=lambda one: (len(one), one))
    return tuple(by_plain[plain] for plain in dict.fromkeys((*alike, *sharing)))[:MOST]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence with those names, with a space after it; empty if none is like it."""
    names = near_names(word, known)
    return f"Did you mean {' or '.join(names)}? " if names else ""


def _plain(word: str) -> str:
    return word.casefold().replace(" ", "_").replace("-", "_")
