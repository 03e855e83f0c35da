"""A clinician: four gates with dates, endorsements, trainings, and a record of what was done and learnt."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final, Literal

import msgspec

from sixpoint.scope.conditions import Endorsement, Performed, PersonalNode, Training
from sixpoint.scope.layers import Span

Gate = Literal["educated", "certified", "licensed", "credentialed"]
GATES: Final[tuple[Gate, ...]] = ("educated", "certified", "licensed", "credentialed")
Part = Literal["national", "local", "individual"]


class Credential(msgspec.Struct, frozen=True):
    """One gate passed at one level, from `starts` to just before `ends` (None: no end), and not while suspended."""

    gate: Gate
    level: str
    starts: datetime
    ends: datetime | None = None
    issuer: str = ""
    number: str = ""
    suspended: tuple[Span, ...] = ()

    def holds(self, at: datetime) -> bool:
        """In force and not suspended at the instant."""
        if at < self.starts or (self.ends is not None and at >= self.ends):
            return False
        return not any(at in span for span in self.suspended)

    def changes(self) -> Iterator[datetime]:
        """The instants at which it starts or ceases to hold."""
        bounds = [self.starts, self.ends]
        bounds += [bound for span in self.suspended for bound in (span.starts, span.ends)]
        return (bound for bound in bounds if bound is not None)


class Held(msgspec.Struct, frozen=True):
    """An endorsement or a completed training, from `starts` to just before `ends`; None is without bound."""

    name: str
    starts: datetime | None = None
    ends: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """In force at the instant."""
        return at in Span(self.starts, self.ends)


class Performance(msgspec.Struct, frozen=True):
    """A skill performed once, on a patient or in a supervised exercise that counts."""

    skill: str
    at: datetime


class Lesson(msgspec.Struct, frozen=True):
    """Hours of continuing education, by the part of the recertification rule they count for."""

    part: Part
    hours: float
    at: datetime
    topic: str = ""


class Clinician(msgspec.Struct, frozen=True):
    """A person who gives care; everything but credentials may be empty. `lessons` None: nobody has recorded any."""

    id: str
    name: str
    credentials: tuple[Credential, ...] = ()
    endorsements: tuple[Held, ...] = ()
    trainings: tuple[Held, ...] = ()
    performed: tuple[Performance, ...] = ()
    lessons: tuple[Lesson, ...] | None = None
    born: date | None = None

    def fulfils(self, node: PersonalNode, at: datetime) -> bool:
        """Whether the person has, at the instant, what a rule asks of a person."""
        match node:
            case Endorsement(name):
                return any(held.name == name and held.holds(at) for held in self.endorsements)
            case Training(name):
                return any(held.name == name and held.holds(at) for held in self.trainings)
            case Performed(skill, times, within_days):
                return self.times_performed(skill, within_days, at) >= times

    def times_performed(self, skill: str, within_days: int, at: datetime) -> int:
        """How often the person performed the skill in the days up to the instant."""
        return sum(
            1
            for one in self.performed
            if one.skill == skill and 0 <= (at - one.at).total_seconds() < within_days * 86_400
        )

    def holds(self, nodes: frozenset[PersonalNode], at: datetime) -> frozenset[PersonalNode]:
        """Which of the nodes the person fulfils at the instant."""
        if not nodes:
            return nodes
        return frozenset(node for node in nodes if self.fulfils(node, at))
