"""Reads the conditions of a layer file; a condition that nobody defined is a fault with its place."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

import msgspec

from sixpoint.scope.conditions import (
    MOMENTS,
    NEVER_NEGATED,
    Adopted,
    AfterSkill,
    AgeYears,
    All,
    Any,
    Condition,
    Dose,
    DoseAtMost,
    Endorsement,
    Moment,
    Not,
    Ordered,
    Performed,
    Route,
    Training,
)
from sixpoint.scope.strict_yaml import Value

ROUTES: Final = (
    "oral",
    "sublingual",
    "inhaled",
    "nebulized",
    "intranasal",
    "intramuscular",
    "subcutaneous",
    "intradermal",
    "intravenous",
    "intraosseous",
    "rectal",
    "topical",
    "transdermal",
    "endotracheal",
    "nasogastric",
)


class Vocabulary(msgspec.Struct, frozen=True):
    """The names that conditions of a layer may use."""

    skills: Collection[str]
    endorsements: Collection[str]
    trainings: Collection[str]
    options: Collection[str]


def read_condition(value: Value, names: Vocabulary) -> Condition | None:
    """The condition; None, with the faults noted, if it says something that is not defined."""
    entries = value.mapping("a condition")
    if not entries:
        if isinstance(value.held, dict):
            value.fault("the condition is empty", "Name a condition, or leave 'only' out.")
        return None
    parts = [_node(key, entry, names) for key, entry in entries.items()]
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        return None
    return found[0] if len(found) == 1 else All(tuple(found))


def _node(key: str, value: Value, names: Vocabulary) -> Condition | None:
    reader = _READERS.get(key)
    if reader is None:
        value.fault(f"nobody defined the condition '{key}'", f"Conditions are: {', '.join(sorted(_READERS))}.")
        return None
    return reader(key, value, names)


def _parts(key: str, value: Value, names: Vocabulary) -> Condition | None:
    items = value.items(f"'{key}'")
    parts = [read_condition(item, names) for item in items]
    found = tuple(part for part in parts if part is not None)
    if not items and isinstance(value.held, list):
        value.fault(f"'{key}' is empty", "List at least one condition.")
    if not found or len(found) < len(parts):
        return None
    return All(found) if key == "all" else Any(found)


def _not(key: str, value: Value, names: Vocabulary) -> Condition | None:
    part = read_condition(value, names)
    if part is None:
        return None
    if speaks_of_a_grant(part):
        value.fault(
            "'not' stands before an order, endorsement, training, currency or option",
            "Nobody may gain by losing one: write the rule the other way round.",
        )
        return None
    return Not(part)


def speaks_of_a_grant(condition: Condition) -> bool:
    """Whether some part speaks of an order, a person's endorsement, training or currency, or an option adopted."""
    if isinstance(condition, All | Any):
        return any(speaks_of_a_grant(part) for part in condition.parts)
    return isinstance(condition, NEVER_NEGATED)


def _order(key: str, value: Value, names: Vocabulary) -> Condition | None:
    if not value.truth(key):
        value.fault("'order: false' says nothing", "Leave it out, or write 'order: true'.")
        return None
    return Ordered()


def _moment(key: str, value: Value, names: Vocabulary) -> Condition | None:
    return Moment(key, value.truth(key))


def _age(key: str, value: Value, names: Vocabulary) -> Condition | None:
    entries = value.mapping(key)
    value.refuse_others(frozenset(("least", "below")), key)
    least, below = (entries[bound].number(bound) if bound in entries else None for bound in ("least", "below"))
    if least is None and below is None:
        value.fault(f"'{key}' has no bound", "Write 'least', 'below' or both, in years.")
        return None
    if least is not None and below is not None and least >= below:
        value.fault(f"no age is at least {least:g} and below {below:g}", "Write 'least' smaller than 'below'.")
    return AgeYears(least, below)


def _route(key: str, value: Value, names: Vocabulary) -> Condition | None:
    routes = value.words(key)
    for route in routes:
        if route not in ROUTES:
            value.fault(f"the route '{route}' is not known", f"Routes are: {', '.join(ROUTES)}.")
    return Route(routes)


def _dose(key: str, value: Value, names: Vocabulary) -> Condition | None:
    entries = value.mapping(key)
    value.refuse_others(frozenset(("amount", "unit")), key)
    if "amount" not in entries or "unit" not in entries:
        value.fault(f"'{key}' needs an amount and a unit", "Write {amount: 324, unit: mg}.")
        return None
    amount = entries["amount"].number("amount")
    if amount <= 0:
        value.fault(f"the dose ceiling {amount:g} allows nothing", "Write a positive amount, or bar the skill.")
    return DoseAtMost(Dose(amount, entries["unit"].text("unit")))


def _known(value: Value, word: str, what: str, known: Collection[str], remedy: str) -> bool:
    if word in known:
        return True
    if word:
        value.fault(f"the {what} '{word}' is not known", remedy)
    return False


def _after(key: str, value: Value, names: Vocabulary) -> Condition | None:
    skill = value.text(key)
    remedy = "Use the id of a skill in the catalogue."
    return AfterSkill(skill) if _known(value, skill, "skill", names.skills, remedy) else None


def _endorsement(key: str, value: Value, names: Vocabulary) -> Condition | None:
    name = value.text(key)
    remedy = "Name it under 'endorsements' of this layer."
    return Endorsement(name) if _known(value, name, key, names.endorsements, remedy) else None


def _training(key: str, value: Value, names: Vocabulary) -> Condition | None:
    name = value.text(key)
    remedy = "Name it under 'trainings' of this layer."
    return Training(name) if _known(value, name, key, names.trainings, remedy) else None


def _adopted(key: str, value: Value, names: Vocabulary) -> Condition | None:
    name = value.text(key)
    remedy = "Name it under 'options' of this layer."
    return Adopted(name) if _known(value, name, "option", names.options, remedy) else None


def _performed(key: str, value: Value, names: Vocabulary) -> Condition | None:
    entries = value.mapping(key)
    needed = ("skill", "times", "within_days")
    value.refuse_others(frozenset(needed), key)
    if any(word not in entries for word in needed):
        value.fault(f"'{key}' needs {', '.join(needed)}", "Write {skill: iv_access, times: 6, within_days: 365}.")
        return None
    skill = entries["skill"].text("skill")
    times, days = entries["times"].number("times"), entries["within_days"].number("within_days")
    if times < 1 or days < 1 or times != int(times) or days != int(days):
        value.fault("times and within_days are whole numbers from 1", "Correct them.")
    if not _known(value, skill, "skill", names.skills, "Use the id of a skill in the catalogue."):
        return None
    return Performed(skill, int(times), int(days))


_READERS: Final[dict[str, Callable[[str, Value, Vocabulary], Condition | None]]] = {
    "all": _parts,
    "any": _parts,
    "not": _not,
    "order": _order,
    **dict.fromkeys(MOMENTS, _moment),
    "patient_age_years": _age,
    "route": _route,
    "dose_at_most": _dose,
    "after_skill": _after,
    "endorsement": _endorsement,
    "training": _training,
    "adopted": _adopted,
    "performed": _performed,
}
CONDITION_WORDS: Final = tuple(_READERS)
