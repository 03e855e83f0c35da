"""How the rules of one skill at one level, lowest layer first, become an answer: `allow` gives, `limit` and `bar` take.

`value_of` is the bare answer that bitsets are compiled from; `explain` is the same with its reasons. A test holds
them together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from sixpoint.scope.conditions import All, Condition, Facts, Ordered, said, wanting, worth
from sixpoint.scope.layers import Rule
from sixpoint.scope.verdict import BARRED, ORDER, STANDING, UNKNOWN, Reason

_ORDERED = Ordered()


def value_of(stack: Sequence[Rule], facts: Facts) -> int:
    """BARRED, UNKNOWN, ORDER or STANDING; a skill that no rule names is UNKNOWN."""
    value, left_open = UNKNOWN, True
    for rule in stack:
        value, left_open = _step(value, left_open, rule, facts)
    return value


def _step(beneath: int, left_open: bool, rule: Rule, facts: Facts) -> tuple[int, bool]:
    holds = STANDING if rule.only is None else worth(rule.only, facts)
    at_most = worth(_ORDERED, facts) if rule.as_order else STANDING
    if rule.verb == "allow":
        given = min(holds, at_most)
        if left_open:
            return given, False
        return max(beneath, given), False
    if rule.verb == "limit":
        value = min(beneath, holds, at_most)
        return value, left_open and value == UNKNOWN
    if rule.verb == "bar":
        value = beneath if holds == BARRED else min(beneath, UNKNOWN) if holds == UNKNOWN else BARRED
        return value, left_open and value == UNKNOWN
    return UNKNOWN, True


class Explained(msgspec.Struct, frozen=True):
    """The answer, the rules that decided it, and the ways to a yes: each way is all that is missing on it."""

    value: int
    because: tuple[Reason, ...]
    ways: tuple[tuple[str, ...], ...]


def explain(stack: Sequence[Rule], facts: Facts, names: Mapping[str, str], titles: Mapping[str, str]) -> Explained:
    """The answer with its chain of rules; `names` and `titles` call skills, endorsements and layers by their names."""
    value, left_open = UNKNOWN, True
    because: list[Reason] = []
    ways: list[tuple[str, ...]] = []
    for rule in stack:
        beneath, was_open = value, left_open
        value, left_open = _step(beneath, was_open, rule, facts)
        reason = _reason(rule, facts, names, titles)
        missing = tuple(wanting(rule.only, facts, dict(names))) if rule.only is not None else ()
        if rule.as_order and facts.situation.order_from_medical_control is not True:
            missing = (*missing, said(_ORDERED, {}))
        if rule.verb == "allow":
            ways = [*ways, missing]
            if value > beneath or was_open or not missing:
                because = [reason] if value > BARRED else [*because, reason]
            elif value < STANDING:
                because = [*because, reason]
        elif rule.verb == "limit":
            ways = [_joined(way, missing) for way in ways]
            because = [*because, reason]
        elif rule.verb == "bar" and rule.only is None:
            because, ways = [reason], []
        elif rule.verb == "bar" and rule.only is not None:
            applies = worth(rule.only, facts)
            if applies != BARRED:
                because = [*because, reason]
                ways = [_joined(way, (f"not: {said(rule.only, dict(names))}",)) for way in ways]
        else:
            because, ways = [reason], []
    return Explained(value, tuple(because), _shortest(ways) if value < STANDING else ())


def _shortest(ways: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """The ways that hold no other way and something more."""
    each = list(dict.fromkeys(ways))
    return tuple(way for way in each if not any(set(other) < set(way) for other in each))


def _joined(way: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*way, *more)))


def _reason(rule: Rule, facts: Facts, names: Mapping[str, str], titles: Mapping[str, str]) -> Reason:
    source = f"{rule.source}, {rule.place}" if rule.place else rule.source
    return Reason(rule.address, _sentence(rule, facts, names, titles), source, rule.confidence, rule.version)


def _sentence(rule: Rule, facts: Facts, names: Mapping[str, str], titles: Mapping[str, str]) -> str:
    who = titles.get(rule.layer, rule.layer)
    skill = names.get(rule.skill, rule.skill)
    only = f", only if {said(rule.only, dict(names))}{_how_it_stands(rule.only, facts)}" if rule.only else ""
    if rule.as_order:
        given = facts.situation.order_from_medical_control
        only += ", under an order from medical control" + (
            " (given)" if given else " (refused)" if given is False else " (not stated)"
        )
    note = f" ({rule.note})" if rule.note else ""
    if rule.verb == "allow":
        return f"{who} allows {rule.level}: {skill}{only}{note}"
    if rule.verb == "limit":
        return f"{who} limits {rule.level}: {skill}{only}{note}"
    if rule.verb == "bar":
        return f"{who} does not allow {rule.level}: {skill}{only.replace('only if', 'if', 1)}{note}"
    return f"{who} leaves open whether {rule.level} may: {skill}{note}"


def _how_it_stands(condition: Condition, facts: Facts) -> str:
    value = worth(condition, facts)
    if isinstance(condition, All) and value >= ORDER:
        return ""
    return {BARRED: " (not so)", UNKNOWN: " (not stated)"}.get(value, "")
