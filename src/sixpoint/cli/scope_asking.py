"""What the commands of `sixpoint scope` share: an instant, a level, and facts of the moment as options."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from sixpoint.errors import InputError
from sixpoint.scope import Dose, Level, Rulebook, Situation
from sixpoint.scope.condition_text import ROUTES
from sixpoint.scope.near import did_you_mean

_TRUTHS = {"yes": True, "no": False}
_MOMENTS = (
    "in_cardiac_arrest",
    "patient_own_medication",
    "public_health_emergency",
    "interfacility_transfer",
)


class Given(msgspec.Struct, frozen=True):
    """What `--given` states of the moment and the person."""

    situation: Situation
    endorsements: frozenset[str]
    trainings: frozenset[str]


def instant(text: str | None) -> datetime:
    """The instant of `--on`: a date (its first moment, UTC) or date, time and offset; now if not given."""
    if text is None:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is not None and found.tzinfo is None and len(text) == len("2026-01-01"):
        found = found.replace(tzinfo=UTC)
    if found is None or found.tzinfo is None:
        raise InputError.one(
            "--on", f"'{text}' is not an instant", "Write 2026-05-01, or 2026-05-01T08:30:00-07:00 with the offset."
        )
    return found


def level_called(rulebook: Rulebook, name: str) -> Level:
    """The level of that id, name or title; refuses one that the ladder does not have."""
    level = rulebook.level(name)
    if level is None:
        known = ", ".join(rulebook.levels)
        meant = did_you_mean(name, rulebook.ladder.called)
        raise InputError.one("LEVEL", f"there is no level '{name}' on this ladder", f"{meant}Levels are: {known}.")
    return level


def given(words: Iterable[str], order: str | None) -> Given:
    """The facts of `--given fact=value` and `--order`."""
    facts: dict[str, object] = {}
    endorsements: set[str] = set()
    trainings: set[str] = set()
    skills: set[str] = set()
    for word in words:
        fact, _, value = word.partition("=")
        if fact in _MOMENTS and value in _TRUTHS:
            facts[fact] = _TRUTHS[value]
        elif fact == "patient_age_years" and _number(value) is not None:
            facts[fact] = _number(value)
        elif fact == "route" and value in ROUTES:
            facts[fact] = value
        elif fact == "dose" and _dose(value) is not None:
            facts[fact] = _dose(value)
        elif fact == "endorsement" and value:
            endorsements.add(value)
        elif fact == "training" and value:
            trainings.add(value)
        elif fact == "after_skill" and value:
            skills.add(value)
        else:
            shown = ", ".join(f"{name}=yes|no" for name in _MOMENTS)
            more = "patient_age_years=8, route=oral, dose=324mg, endorsement=ID, training=ID, after_skill=ID"
            raise InputError.one("--given", f"'{word}' is not understood", f"Write one of: {shown}, {more}.")
    if skills:
        facts["skills_done"] = frozenset(skills)
    if order is not None:
        facts["order_from_medical_control"] = order != "refused"
    return Given(msgspec.structs.replace(Situation(), **facts), frozenset(endorsements), frozenset(trainings))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _dose(text: str) -> Dose | None:
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyz/%")
    amount = _number(digits)
    unit = text[len(digits) :]
    return Dose(amount, unit) if amount is not None and unit else None
