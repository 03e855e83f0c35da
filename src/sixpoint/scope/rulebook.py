"""The rulebook in force: a ladder, a catalogue and a stack of layers, asked for verdicts and compiled to bitsets."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, reduce
from operator import or_
from types import MappingProxyType
from typing import Final

import msgspec

from sixpoint.errors import OutOfForceError
from sixpoint.scope.canonical import content_hash
from sixpoint.scope.conditions import (
    NOTHING_KNOWN,
    Endorsement,
    Facts,
    PersonalNode,
    Situation,
    Training,
    personal_nodes,
)
from sixpoint.scope.decide import Explained, explain, value_of
from sixpoint.scope.equipment import Equipment
from sixpoint.scope.ladder import Ladder, Level
from sixpoint.scope.layers import AttendantRule, Layer, Rule
from sixpoint.scope.near import near_names
from sixpoint.scope.skills import Skill
from sixpoint.scope.verdict import KINDS, ORDER, STANDING, UNKNOWN, UNKNOWN_NAME, Reason, Verdict

# Enough for every (level, skill) of a ladder in many situations; a long-lived service must not grow without bound.
_MEMO_LIMIT: Final = 65_536


class Interval(msgspec.Struct, frozen=True):
    """A time without change of rules: the stacks of rules by level and skill, and the options adopted.

    `personal` holds, by level, what rules of this level and every lower one ask of a person; `attendants` who must be
    with the patient under way.
    """

    index: int
    stacks: Mapping[str, Mapping[str, tuple[Rule, ...]]]
    personal: Mapping[str, frozenset[PersonalNode]]
    adopted: frozenset[str]
    attendants: tuple[AttendantRule, ...] = ()


class Rulebook:
    """Immutable; answers for an instant, and refuses one at which it is not in force.

    `id` names its layers from the lowest up; `hash` is that of its canonical content.
    """

    def __init__(self, ladder: Ladder, skills: Sequence[Skill], layers: Iterable[Layer], equipment: Equipment) -> None:
        self.ladder = ladder
        self.levels: Mapping[str, Level] = MappingProxyType(dict(ladder.levels))
        self.skills: tuple[Skill, ...] = tuple(skills)
        self.layers: tuple[Layer, ...] = tuple(sorted(layers, key=lambda layer: layer.order))
        self.id = "+".join(layer.id for layer in self.layers)
        self._skills = {skill.id: skill for skill in self.skills}
        self._equipment = equipment
        self._names = self._all_names()
        self._titles = {layer.id: layer.authority for layer in self.layers}
        self._bounds = self._change_instants()
        self._intervals: dict[int, Interval] = {}
        self._verdicts: dict[tuple[object, ...], Verdict] = {}
        self._bits: dict[tuple[object, ...], tuple[int, int]] = {}
        self._masks: dict[frozenset[str], int] = {}

    @cached_property
    def hash(self) -> str:
        """ "sha256:..." of the canonical content."""
        return content_hash(self.ladder, self.skills, self.layers, self._equipment)

    def skill(self, skill_id: str) -> Skill | None:
        """The skill with this id; None if the catalogue does not have it."""
        return self._skills.get(skill_id)

    def level(self, name: str) -> Level | None:
        """The level with this id, name or counted title; None if the ladder has none."""
        return self.levels.get(name) or self.ladder.level_of(name)

    def equipment_for(self, skill: str) -> frozenset[str]:
        """The items without which the skill cannot be done; empty if it needs none."""
        return self._equipment.needed_for(skill)

    @property
    def equipment(self) -> Equipment:
        """Which items skills need and kits hold."""
        return self._equipment

    @cached_property
    def all_personal_nodes(self) -> frozenset[PersonalNode]:
        """Everything that any rule, in force or not, asks of a person."""
        conditions = [rule.only for layer in self.layers for rule in layer.rules if rule.only is not None]
        return frozenset(node for condition in conditions for node in personal_nodes(condition))

    @property
    def change_instants(self) -> tuple[datetime, ...]:
        """The instants at which some rule starts or ends, in order."""
        return tuple(self._bounds)

    def interval(self, at: datetime) -> Interval:
        """The interval of rules that holds at the instant; OutOfForceError if the rulebook is not in force then."""
        index = bisect_right(self._bounds, at)
        found = self._intervals.get(index)
        if found is None:
            found = self._intervals[index] = self._make_interval(index, at)
        return found

    def can(
        self,
        level: str,
        skill: str,
        at: datetime,
        *,
        situation: Situation = NOTHING_KNOWN,
        endorsements: frozenset[str] = frozenset(),
        trainings: frozenset[str] = frozenset(),
    ) -> Verdict:
        """The ladder's answer for a person of the level with these endorsements and trainings, and no more."""
        interval = self.interval(at)
        key = (interval.index, level, skill, situation, endorsements, trainings)
        verdict = self._verdicts.get(key)
        if verdict is None:
            nodes: list[PersonalNode] = [Endorsement(name) for name in endorsements]
            holds = frozenset(nodes + [Training(name) for name in trainings])
            verdict = self._answer(interval, level, skill, Facts(situation, holds, interval.adopted))
            self._remember(key, verdict)
        return verdict

    def verdict(
        self, interval: Interval, level: str, skill: str, situation: Situation, holds: frozenset[PersonalNode]
    ) -> Verdict:
        """As `can`, for what holds of a person."""
        key = (interval.index, level, skill, situation, holds, None)
        verdict = self._verdicts.get(key)
        if verdict is None:
            verdict = self._answer(interval, level, skill, Facts(situation, holds, interval.adopted))
            self._remember(key, verdict)
        return verdict

    def bits(
        self, interval: Interval, level: str, situation: Situation, holds: frozenset[PersonalNode]
    ) -> tuple[int, int]:
        """Bitsets over skills (standing; standing or with an order) of a person who practises at the level.

        A higher level satisfies a lower one, so what any lower level may do is in them too.
        """
        key = (interval.index, level, situation, holds)
        found = self._bits.get(key)
        if found is None:
            rank = self.levels[level].rank
            lower = [other.id for other in self.levels.values() if other.rank <= rank]
            facts = Facts(situation, holds, interval.adopted)
            parts = [self._level_bits(interval, other, facts) for other in lower]
            found = reduce(or_, (part[0] for part in parts)), reduce(or_, (part[1] for part in parts))
            if len(self._bits) >= _MEMO_LIMIT:
                self._bits.clear()
            self._bits[key] = found
        return found

    def _level_bits(self, interval: Interval, level: str, facts: Facts) -> tuple[int, int]:
        standing = with_order = 0
        for skill_id, stack in interval.stacks[level].items():
            value = value_of(stack, facts)
            bit = self._skills[skill_id].bit
            standing |= bit if value == STANDING else 0
            with_order |= bit if value >= ORDER else 0
        return standing, with_order

    def equipped(self, items: frozenset[str]) -> int:
        """The bitset of skills that can be done with these items on board."""
        found = self._masks.get(items)
        if found is None:
            found = sum(skill.bit for skill in self.skills if self.equipment_for(skill.id) <= items)
            if len(self._masks) >= _MEMO_LIMIT:
                self._masks.clear()
            self._masks[items] = found
        return found

    def explained(self, interval: Interval, level: str, skill: str, facts: Facts) -> Explained:
        """The uncompiled answer with its chain of rules."""
        return explain(interval.stacks.get(level, {}).get(skill, ()), facts, self._names, self._titles)

    def _remember(self, key: tuple[object, ...], verdict: Verdict) -> None:
        if len(self._verdicts) >= _MEMO_LIMIT:
            self._verdicts.clear()
        self._verdicts[key] = verdict

    def _answer(self, interval: Interval, level: str, skill: str, facts: Facts) -> Verdict:
        if skill not in self._skills:
            told = f"no skill of the name '{skill}' is known"
            return self._unknown_name(f"catalogue/{skill}", told, skill, self._skills)
        if level not in self.levels:
            told = f"there is no level '{level}' on this ladder ({', '.join(self.levels)})"
            return self._unknown_name(f"ladder/{level}", told, level, self.levels)
        explained = self.explained(interval, level, skill, facts)
        because = explained.because
        if not interval.stacks.get(level, {}).get(skill):
            because = (self.missing(f"{self.id}/{skill}/{level}", f"no layer of {self.id} says whether {level} may"),)
        ways = [" and ".join(way) for way in explained.ways if way]
        if explained.value < ORDER:
            ways += self._other_ways(interval, level, skill, facts, explained.value)
        return Verdict(KINDS[explained.value], because, tuple(ways), self.hash)

    def _other_ways(self, interval: Interval, level: str, skill: str, facts: Facts, value: int) -> list[str]:
        rank = self.levels[level].rank
        higher = [
            other.id
            for other in self.levels.values()
            if other.rank > rank and value_of(interval.stacks.get(other.id, {}).get(skill, ()), facts) >= ORDER
        ]
        ways = [f"a clinician of level {' or '.join(higher)}"] if higher else []
        if value == UNKNOWN and not any(rule.only for rule in interval.stacks.get(level, {}).get(skill, ())):
            ways.append(f"a layer (state, agency, medical director) that says whether {level} may")
        return ways

    def _unknown_name(self, address: str, text: str, word: str, known: Iterable[str]) -> Verdict:
        """The verdict on a name that nobody knows: allows nothing, verifies nothing, says what may have been meant."""
        near = " or ".join(near_names(word, known))
        told = f"{text}; near to it: {near}" if near else text
        return Verdict("unknown", (Reason(address, told, "none", UNKNOWN_NAME, self.id),), (), self.hash)

    def missing(self, address: str, text: str) -> Reason:
        """The reason for an answer that no rule gives."""
        return Reason(address, text, "none: the rulebook is silent", "verified_in_text", self.id)

    def _all_names(self) -> dict[str, str]:
        names = {skill.id: skill.name for skill in self.skills}
        for layer in self.layers:
            names |= {**layer.endorsements, **layer.trainings, **layer.options}
        return names

    def _change_instants(self) -> list[datetime]:
        spans = [layer.span for layer in self.layers]
        spans += [rule.span for layer in self.layers for rule in layer.rules]
        spans += [rule.span for layer in self.layers for rule in layer.attendants]
        return sorted({bound for span in spans for bound in (span.starts, span.ends) if bound is not None})

    def _make_interval(self, index: int, at: datetime) -> Interval:
        self._refuse_out_of_force(at)
        stacks: dict[str, dict[str, list[Rule]]] = {level: {} for level in self.levels}
        for layer in self.layers:
            if at in layer.span:
                for rule in layer.rules:
                    if at in rule.span:
                        stacks[rule.level].setdefault(rule.skill, []).append(rule)
        own = {
            level: frozenset(
                node for stack in found.values() for rule in stack if rule.only for node in personal_nodes(rule.only)
            )
            for level, found in stacks.items()
        }
        personal = {
            level: frozenset[PersonalNode]().union(*(own[low] for low in own if self.levels[low].rank <= here.rank))
            for level, here in self.levels.items()
        }
        adopted = frozenset(option for layer in self.layers if at in layer.span for option in layer.adopts)
        settled = {level: {skill: tuple(stack) for skill, stack in found.items()} for level, found in stacks.items()}
        # A higher layer's rule of the same id replaces the one beneath; `self.layers` goes from the lowest up.
        in_force = [rule for layer in self.layers if at in layer.span for rule in layer.attendants if at in rule.span]
        attendants = tuple({rule.id: rule for rule in in_force}.values())
        return Interval(index, settled, personal, adopted, attendants)

    def _refuse_out_of_force(self, at: datetime) -> None:
        groups: dict[tuple[str, str], list[Layer]] = {}
        for layer in self.layers:
            if not layer.temporary:
                groups.setdefault((layer.rank, layer.authority), []).append(layer)
        for layers in groups.values():
            if not any(at in layer.span for layer in layers):
                told = "; ".join(f"{layer.id} {layer.version} holds {layer.span}" for layer in layers)
                raise OutOfForceError(
                    f"{at.isoformat()}: the rules of {layers[0].authority} are not in force then ({told}). "
                    "Ask for another instant, or give a rulebook of that time."
                )
