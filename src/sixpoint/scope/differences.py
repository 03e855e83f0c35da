"""Every verdict that differs between two rulebooks, or between two instants of one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from sixpoint.errors import InputError
from sixpoint.scope.conditions import (
    NOTHING_KNOWN,
    AfterSkill,
    AgeYears,
    All,
    Any,
    Condition,
    Dose,
    DoseAtMost,
    Facts,
    Moment,
    Not,
    Ordered,
    PersonalNode,
    Route,
    Situation,
    personal_nodes,
    said,
)
from sixpoint.scope.decide import value_of
from sixpoint.scope.layers import Rule
from sixpoint.scope.rulebook import Rulebook
from sixpoint.scope.verdict import KINDS, Kind

BARE: Final = "nothing but the level"


class Difference(msgspec.Struct, frozen=True):
    """One verdict that differs; `given` says under which facts, `rule_a` and `rule_b` which rules spoke last."""

    level: str
    skill: str
    given: str
    a: Kind
    b: Kind
    rule_a: str
    rule_b: str


class Asked(msgspec.Struct, frozen=True):
    """A rulebook and the instant it is asked about."""

    rulebook: Rulebook
    at: datetime


def differences(a: Asked, b: Asked) -> Iterator[Difference]:
    """Each verdict that differs, for a level and nothing more, and under what any rule of either asks for.

    What rules ask for is tried one at a time, held and not, and all together: a difference that shows only under two
    certain facts and not under all is not found.
    """
    if a.rulebook.ladder.id != b.rulebook.ladder.id:
        ladders = f"'{a.rulebook.ladder.id}' and '{b.rulebook.ladder.id}'"
        raise InputError.one("scope diff", f"the ladders differ: {ladders}", "Compare rulebooks of one ladder.")
    skills = sorted({skill.id for one in (a, b) for skill in one.rulebook.skills})
    for level in a.rulebook.levels:
        for skill in skills:
            yield from _of_one(a, b, level, skill)


def _of_one(a: Asked, b: Asked, level: str, skill: str) -> Iterator[Difference]:
    intervals = [one.rulebook.interval(one.at) for one in (a, b)]
    stacks = [interval.stacks.get(level, {}).get(skill, ()) for interval in intervals]
    if stacks[0] == stacks[1] and intervals[0].adopted == intervals[1].adopted:
        return
    seen: set[tuple[int, int]] = set()
    for told, situation, holds in _trials(stacks):
        facts = [Facts(situation, holds, interval.adopted) for interval in intervals]
        found = value_of(stacks[0], facts[0]), value_of(stacks[1], facts[1])
        if found[0] != found[1] and found not in seen:
            seen.add(found)
            last = [stack[-1].address if stack else "no rule" for stack in stacks]
            yield Difference(level, skill, told, KINDS[found[0]], KINDS[found[1]], *last)


def _trials(stacks: list[tuple[Rule, ...]]) -> Iterator[tuple[str, Situation, frozenset[PersonalNode]]]:
    conditions = [rule.only for stack in stacks for rule in stack if rule.only is not None]
    if any(rule.as_order for stack in stacks for rule in stack):
        conditions.append(Ordered())
    yield BARE, NOTHING_KNOWN, frozenset()
    leaves = list(dict.fromkeys(leaf for condition in conditions for leaf in leaves_of(condition)))
    persons = frozenset(node for condition in conditions for node in personal_nodes(condition))
    everything = NOTHING_KNOWN
    for leaf in leaves:
        for holds in (True, False):
            situation = _stated(NOTHING_KNOWN, leaf, holds)
            own = frozenset(personal_nodes(leaf)) if holds else frozenset[PersonalNode]()
            if situation != NOTHING_KNOWN or own:
                yield ("" if holds else "not: ") + said(leaf, {}), situation, own
        everything = _stated(everything, leaf, True)
    if len(leaves) > 1:
        yield "all that the rules ask for", everything, persons
        yield "what the rules ask of the person", NOTHING_KNOWN, persons


def leaves_of(condition: Condition) -> tuple[Condition, ...]:
    """The nodes of a condition that have no parts."""
    match condition:
        case All(parts) | Any(parts):
            return tuple(leaf for part in parts for leaf in leaves_of(part))
        case Not(part):
            return leaves_of(part)
        case _:
            return (condition,)


def _stated(situation: Situation, leaf: Condition, holds: bool) -> Situation:
    """The situation with the fact stated that makes the leaf hold, or not hold."""
    replace = msgspec.structs.replace
    match leaf:
        case Ordered():
            return situation if holds else replace(situation, order_from_medical_control=False)
        case Moment(fact, value):
            return replace(situation, **{fact: value == holds})
        case AgeYears(least, below):
            inside = least if least is not None else (below or 0) / 2
            outside = below if below is not None else (least or 0) / 2
            return replace(situation, patient_age_years=inside if holds else outside)
        case Route(routes):
            return replace(situation, route=routes[0] if holds else "another route")
        case DoseAtMost(dose):
            return replace(situation, dose=dose if holds else Dose(dose.amount * 2, dose.unit))
        case AfterSkill(skill):
            done = situation.skills_done or frozenset()
            return replace(situation, skills_done=done | {skill} if holds else done - {skill})
        case _:
            return situation
