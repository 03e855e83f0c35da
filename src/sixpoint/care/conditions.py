"""Conditions over patient facts: yes, no or unknown; an unknown names what must be found out first.

The values are those of the rulebook (scope/verdict.py): BARRED is no, STANDING is yes, "all" is the least of its
parts, "any" the greatest; a test holds the two evaluators together. A fact that nobody stated is unknown, never no.
"""

from __future__ import annotations

import msgspec

from sixpoint.care.picture import Picture, names
from sixpoint.scope.verdict import BARRED, STANDING, UNKNOWN


class AllOf(msgspec.Struct, frozen=True, tag=True):
    """Holds when every part holds."""

    parts: tuple[Condition, ...]


class AnyOf(msgspec.Struct, frozen=True, tag=True):
    """Holds when some part holds."""

    parts: tuple[Condition, ...]


class NotSo(msgspec.Struct, frozen=True, tag=True):
    """Holds when the part does not."""

    part: Condition


class Number(msgspec.Struct, frozen=True, tag=True):
    """The number lies at or above `least`, above `above`, below `below`, at or below `most`.

    With `within_min` an older answer counts as unknown: measure again.
    """

    name: str
    least: float | None = None
    above: float | None = None
    below: float | None = None
    most: float | None = None
    within_min: float | None = None


class Word(msgspec.Struct, frozen=True, tag=True):
    """The answer is one of these words."""

    name: str
    words: tuple[str, ...]


class Truth(msgspec.Struct, frozen=True, tag=True):
    """The answer is yes, or no."""

    name: str
    value: bool


class Done(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """These skills together were performed with success on this patient at least so often."""

    skills: tuple[str, ...]
    least: int = 1


class Running(msgspec.Struct, frozen=True, tag=True):
    """One of these skills is running."""

    skills: tuple[str, ...]


Condition = AllOf | AnyOf | NotSo | Number | Word | Truth | Done | Running


class Judged(msgspec.Struct, frozen=True):
    """BARRED (no), UNKNOWN or STANDING (yes); what decided it; and the names that would have to be known."""

    value: int
    because: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def holds(self) -> bool | None:
        """True, False, or None for unknown."""
        return {BARRED: False, STANDING: True}.get(self.value)


ALWAYS = Judged(STANDING, ())


def judge(condition: Condition | None, picture: Picture) -> Judged:
    """Whether the condition holds by the picture; no condition always does."""
    match condition:
        case None:
            return ALWAYS
        case AllOf(parts):
            return _all([judge(part, picture) for part in parts])
        case AnyOf(parts):
            return _any([judge(part, picture) for part in parts])
        case NotSo(part):
            inner = judge(part, picture)
            return Judged({BARRED: STANDING, STANDING: BARRED}.get(inner.value, UNKNOWN), inner.because, inner.missing)
        case Done(skills, least) if least > 1:
            times = sum(len(picture.done.get(skill, ())) for skill in skills)
            said = f"{' or '.join(skills)} was done {times} times, {least} are asked for"
            return Judged(STANDING if times >= least else BARRED, (said,))
        case Done(skills):
            return _acted(skills, frozenset(picture.done), "was done", "was not done")
        case Running(skills):
            return _acted(skills, picture.running, "is running", "is not running")
        case Number():
            return _number(condition, picture)
        case Word(name, words):
            value = picture.value(name)
            said = f"{names()[name].says}: {str(value).replace('_', ' ')}"
            return _unknown(name) if value is None else Judged(STANDING if value in words else BARRED, (said,))
        case Truth(name, wanted):
            value = picture.value(name)
            said = f"{names()[name].says}: {'yes' if value else 'no'}"
            return _unknown(name) if value is None else Judged(STANDING if value is wanted else BARRED, (said,))


def _all(parts: list[Judged]) -> Judged:
    return _decided(parts, min((part.value for part in parts), default=STANDING))


def _any(parts: list[Judged]) -> Judged:
    return _decided(parts, max((part.value for part in parts), default=BARRED))


def _decided(parts: list[Judged], value: int) -> Judged:
    """What decided are the parts with the value of the whole; only they can ask for more."""
    deciding = [part for part in parts if part.value == value]
    because = tuple(dict.fromkeys(said for part in deciding for said in part.because))
    return Judged(value, because, tuple(dict.fromkeys(name for part in deciding for name in part.missing)))


def _unknown(name: str) -> Judged:
    return Judged(UNKNOWN, (f"{names()[name].says} is not known",), (name,))


def _acted(skills: tuple[str, ...], among: frozenset[str], yes: str, no: str) -> Judged:
    found = [skill for skill in skills if skill in among]
    if found:
        return Judged(STANDING, tuple(f"{skill} {yes}" for skill in found))
    return Judged(BARRED, (f"{' or '.join(skills)} {no}",))


def _number(node: Number, picture: Picture) -> Judged:
    found = picture.known.get(node.name)
    about = names()[node.name]
    if found is None or isinstance(found.value, str):
        return _unknown(node.name)
    age_min = (picture.at_ms - found.at_ms) / 60_000
    if node.within_min is not None and age_min > node.within_min:
        return Judged(UNKNOWN, (f"{about.says} was taken {age_min:.0f} min ago: take it again",), (node.name,))
    value = float(found.value)
    holds = (
        (node.least is None or value >= node.least)
        and (node.above is None or value > node.above)
        and (node.below is None or value < node.below)
        and (node.most is None or value <= node.most)
    )
    return Judged(STANDING if holds else BARRED, (f"{about.says} {value:.4g} {about.unit}",))
