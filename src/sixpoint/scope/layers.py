"""Rules and layers: what an authority says of a skill at a level, from when to when, and where it says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

import msgspec

from sixpoint.scope.conditions import All, Condition, Endorsement

Verb = Literal["allow", "limit", "bar", "open"]
VERBS: Final[tuple[Verb, ...]] = ("allow", "limit", "bar", "open")

Rank = Literal["national", "state", "county", "agency", "medical_director"]
RANKS: Final[tuple[Rank, ...]] = ("national", "state", "county", "agency", "medical_director")


class Span(msgspec.Struct, frozen=True):
    """From `starts` (included) to `ends` (not included); None is without bound."""

    starts: datetime | None = None
    ends: datetime | None = None

    def __contains__(self, at: datetime) -> bool:
        return (self.starts is None or self.starts <= at) and (self.ends is None or at < self.ends)

    def meets(self, other: Span) -> bool:
        """Whether some instant lies in both."""
        both = self & other
        return both.starts is None or both.ends is None or both.starts < both.ends

    def __and__(self, other: Span) -> Span:
        starts = max((span.starts for span in (self, other) if span.starts is not None), default=None)
        ends = min((span.ends for span in (self, other) if span.ends is not None), default=None)
        return Span(starts, ends)

    def __str__(self) -> str:
        starts = f"from {self.starts.isoformat()}" if self.starts else "from ever"
        return starts + (f" until {self.ends.isoformat()}" if self.ends else ", no end known")


class Rule(msgspec.Struct, frozen=True):
    """What one layer says of one skill at one level; `where` (file:line) is no part of its content."""

    layer: str
    verb: Verb
    skill: str
    level: str
    as_order: bool
    only: Condition | None
    span: Span
    source: str
    place: str
    confidence: str
    note: str
    version: str
    where: str

    @property
    def endorsement(self) -> str:
        """The endorsement that the rule asks for as a whole; empty if it asks for none."""
        node = self.only
        parts = node.parts if isinstance(node, All) else (node,)
        return next((part.name for part in parts if isinstance(part, Endorsement)), "")

    @property
    def address(self) -> str:
        """layer/skill/level[/endorsement]: what facts, verdicts and tests call the rule by."""
        plain = f"{self.layer}/{self.skill}/{self.level}"
        return f"{plain}/{self.endorsement}" if self.endorsement else plain


class AttendantRule(msgspec.Struct, frozen=True):
    """Who must be with the patient under way: somebody of level `least` or higher, while one of `running` runs.

    Without `running` it always holds; `only` narrows it further. A rule of a higher layer replaces one of the same id.
    """

    layer: str
    id: str
    least: str
    running: tuple[str, ...]
    only: Condition | None
    span: Span
    because: str
    source: str
    place: str
    confidence: str
    note: str
    version: str
    where: str

    @property
    def address(self) -> str:
        """layer/attendants/id: what reasons and tests call the rule by."""
        return f"{self.layer}/attendants/{self.id}"


class Layer(msgspec.Struct, frozen=True):
    """The national model, a state's rules, an agency's protocol, a medical director's decision."""

    id: str
    title: str
    ladder: str
    rank: Rank
    authority: str
    on: tuple[str, ...]
    version: str
    partial: bool
    span: Span
    temporary: bool
    about: str
    endorsements: Mapping[str, str]
    trainings: Mapping[str, str]
    options: Mapping[str, str]
    adopts: tuple[str, ...]
    rules: tuple[Rule, ...]
    nemsis: object
    where: str
    attendants: tuple[AttendantRule, ...] = ()

    @property
    def order(self) -> tuple[int, str]:
        """Where the layer lies in the stack: by rank, then (of no effect on verdicts) by id."""
        return RANKS.index(self.rank), self.id
