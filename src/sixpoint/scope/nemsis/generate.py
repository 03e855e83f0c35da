"""Makes code lists from a rulebook that never saw a NEMSIS file: the codes of what each level may do.

A NEMSIS list is flat: it can neither carry a condition nor tell a route. So a code is listed for a level that may
perform the skill it stands for, be it only with an order or under a condition; where a code is only wider than skills,
if the level may perform any of them. What is lost that way is counted. Codes that answer to no skill cannot be listed.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from sixpoint.scope.nemsis.crosswalk import Crosswalk, Kind, Relation, load_crosswalk
from sixpoint.scope.nemsis.lists import Code, CodeLists, Configuration, DataSet, LevelList
from sixpoint.scope.rulebook import Rulebook


class Generated(msgspec.Struct, frozen=True):
    """The lists, and what they cannot say: (skill, level) under a condition; skills that have no code at all."""

    lists: CodeLists
    conditional: tuple[tuple[str, str], ...]
    without_code: tuple[str, ...]


def generate_lists(rulebook: Rulebook, at: datetime, data_set: DataSet, state: str) -> Generated:
    """The code lists of every level of the ladder that NEMSIS numbers, by the rules in force at the instant."""
    crosswalk = load_crosswalk()
    lists: list[LevelList] = []
    conditional: list[tuple[str, str]] = []
    able: dict[str, frozenset[str]] = {}
    for level in rulebook.levels.values():
        if level.nemsis.licence is None:
            continue
        may = _may(rulebook, level.id, at)
        able[level.nemsis.licence] = frozenset(may)
        conditional += [(skill, level.id) for skill, plain in may.items() if not plain]
    kinds: tuple[Kind, Kind] = ("procedure", "medication")
    for kind in kinds:
        for licence, skills in able.items():
            codes = _codes(crosswalk, kind, skills)
            if codes:
                lists.append(LevelList(kind, licence, codes))
    without = tuple(skill.id for skill in rulebook.skills if not crosswalk.of_skill(skill.id))
    configuration = Configuration(state, tuple(lists))
    return Generated(CodeLists(data_set, state, (configuration,)), tuple(conditional), without)


def _may(rulebook: Rulebook, level: str, at: datetime) -> dict[str, bool]:
    """The skills the level may perform at least under some condition of the moment -> whether without any."""
    found: dict[str, bool] = {}
    for skill in rulebook.skills:
        verdict = rulebook.can(level, skill.id, at)
        if verdict.allowed:
            found[skill.id] = True
        elif verdict.kind == "order" or (
            verdict.kind == "unknown" and _turns_on_the_moment(rulebook, level, skill.id, at)
        ):
            found[skill.id] = False
    return found


def _turns_on_the_moment(rulebook: Rulebook, level: str, skill: str, at: datetime) -> bool:
    stack = rulebook.interval(at).stacks.get(level, {}).get(skill, ())
    return any(rule.verb == "allow" for rule in stack) and stack[-1].verb != "open"


def _codes(crosswalk: Crosswalk, kind: Kind, skills: frozenset[str]) -> tuple[Code, ...]:
    by_code: dict[str, list[Relation]] = {}
    for relation in crosswalk.relations:
        if relation.kind == kind and relation.skill and relation.confidence != "low":
            by_code.setdefault(relation.code, []).append(relation)
    listed = []
    for code, relations in by_code.items():
        # A code that lies within a skill (is it, or is one way to do it) is out where that skill is out.
        within = [one.skill in skills for one in relations if one.relation in ("exact", "narrower")]
        if all(within) if within else any(one.skill in skills for one in relations):
            listed.append(Code(code, relations[0].system))
    return tuple(listed)
