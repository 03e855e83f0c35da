"""Which call types a person may mean: by code, by the words of a type's reason, or by what is said of such calls.

What is said lies in `data/call_words.csv`, a word or phrase and a type a line. A word that may be two types is listed
for both: all of them are answered and a person chooses, as the wrong type sends the wrong units.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from sixpoint.dispatch.needs import CONFIDENCES, CallType, load_call_types
from sixpoint.tables import Faults, read_table

NAME: Final = "call_words.csv"
COLUMNS: Final = ("word", "code", "source", "confidence")
ALIKE: Final = 0.7  # of letters in their order: `bleedin`, `siezure`; below it words of another meaning come in
MOST_NEAREST: Final = 5
SHORT: Final = 5  # letters


@cache
def load_call_words() -> Mapping[str, tuple[str, ...]]:
    """What is said of calls, each with the codes of the types that it may mean."""
    call_types = load_call_types()
    with as_file(files("sixpoint.dispatch") / "data" / NAME) as path:
        return read_call_words(path, call_types.codes, call_types.sources)


def read_call_words(path: Path, codes: Collection[str], sources: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The words of a file, in the spelling that `spelled` gives; `InputError` names every fault with its line."""
    faults = Faults()
    found: dict[str, tuple[str, ...]] = {}
    for row in read_table(path, path.name, COLUMNS, (), faults):
        word, code = spelled(row.text("word")), row.one_of("code", codes)
        cited = row.text("source")
        if cited and cited not in sources:
            row.fault(f"source '{cited}' is not known", "Add it to sources.csv, or correct it.")
        row.one_of("confidence", CONFIDENCES)
        if row.raw("word") and not word:
            row.fault(f"'{row.raw('word')}' holds no word", "Write letters or digits.")
        if word and code in found.get(word, ()):
            row.fault(f"'{word}' stands twice for call type {code}", "Keep one line.")
        found[word] = (*found.get(word, ()), code)
    faults.raise_any()
    return found


def spelled(text: str) -> str:
    """The words of a text without letter case and punctuation, one space between them; O.D. and can't are one each."""
    joined = re.sub(r"['\u2019]|(?<=\b[^\W\d_])\.", "", text.casefold())
    return " ".join(re.findall(r"[^\W_]+", joined))


def types_meant(text: str) -> tuple[CallType, ...]:
    """Every call type that the text may mean; none if it is not known. Two or more: a person chooses.

    A code, or a type's whole reason, means that type alone. What is listed means the types it is listed for, and those
    in whose reason all its words stand. Anything else means the types in whose reason each word begins a word, or,
    where all of them are short, stands.
    """
    known, asked = load_call_types(), spelled(text)
    if text.strip() in known:
        return (known[text.strip()],)
    if not asked:
        return ()
    whole = tuple(one for one in known.values() if spelled(one.reason) == asked)
    if whole:
        return whole
    words, listed = asked.split(), load_call_words().get(asked, ())
    if listed:
        return tuple(
            one for one in known.values() if one.code in listed or set(words).issubset(spelled(one.reason).split())
        )
    # Short words alone begin none: `over` is not short for overdose, nor `not` for notification.
    if all(len(word) < SHORT for word in words):
        return tuple(one for one in known.values() if set(words).issubset(spelled(one.reason).split()))
    return tuple(one for one in known.values() if all(_begins(word, one) for word in words))


def _begins(word: str, call_type: CallType) -> bool:
    return any(each.startswith(word) for each in spelled(call_type.reason).split())


def nearest_types(text: str) -> tuple[CallType, ...]:
    """The types whose words come nearest to a text that is not known, the nearest first; none where nothing is near."""
    known, asked = load_call_types(), spelled(text)
    nearness = dict.fromkeys(known, 0.0)
    for phrase, code in _all_words():
        nearness[code] = max(nearness[code], _nearness(asked, phrase))
    found = sorted((code for code in known if nearness[code] > 0), key=lambda code: -nearness[code])
    return tuple(known[code] for code in found[:MOST_NEAREST])


def _all_words() -> Iterator[tuple[str, str]]:
    """Every phrase with a code: what is listed, each reason and each part of one."""
    for phrase, codes in load_call_words().items():
        yield from ((phrase, code) for code in codes)
    for one in load_call_types().values():
        yield one.code, one.code
        yield from ((spelled(part), one.code) for part in (one.reason, *one.reason.split("/")))


def _nearness(asked: str, phrase: str) -> float:
    """More than 1 if the whole phrase stands in what was asked, else the share that both have; 0 is not near."""
    if f" {phrase} " in f" {asked} ":
        return 1 + len(phrase.split())
    letters = SequenceMatcher(None, asked, phrase)
    ratio = letters.ratio() if letters.quick_ratio() >= ALIKE else 0.0
    return max(ratio if ratio >= ALIKE else 0.0, _shared(asked.split(), phrase.split()))


def _shared(asked: Iterable[str], phrase: Iterable[str]) -> float:
    """The share of words that both have, of all that either has; small words say nothing of a call."""
    one, two = ({word for word in words if len(word) > 3} for words in (asked, phrase))
    return len(one & two) / len(one | two) if one & two else 0.0
