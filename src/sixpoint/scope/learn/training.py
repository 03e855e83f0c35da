"""What a level takes to reach and to keep: hours, prerequisites, examination, recertification, role."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec
import yaml


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement with where it comes from and how sure it is."""

    text: str
    source: str
    confidence: str


class Attends(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which patients a person of the level may attend alone on the way."""

    answer: str
    text: str
    source: str
    confidence: str


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hours of the initial course, from `least` to `most` by state; on top of the course of level `beyond`, if any."""

    least: float
    most: float
    beyond: str | None
    source: str
    confidence: str


class Prerequisite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What must be there before the course or the certificate; `level` names the level that must be held, if any."""

    text: str
    source: str
    confidence: str
    level: str | None = None


class ExamPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the examination with its share of the questions."""

    name: str
    least_percent: float
    most_percent: float


class Exam(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The certification examination of the level."""

    text: str
    parts: tuple[ExamPart, ...]
    source: str
    confidence: str


class Recertification(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Continuing education by part, and how often."""

    every_years: float
    national_h: float
    local_h: float
    individual_h: float
    source: str
    confidence: str

    @property
    def total_h(self) -> float:
        """Hours of all three parts together."""
        return self.national_h + self.local_h + self.individual_h


class Training(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything known about reaching, keeping and answering for one level."""

    role: Fact
    attends: Attends
    hours: Hours
    prerequisites: tuple[Prerequisite, ...]
    exam: Exam
    recertification: Recertification


class TitleTraining(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a title that is no step of the ladder, in words; states and employers differ."""

    role: str
    course: str
    needed: str
    exam: str
    attends: str
    source: str
    confidence: str


class _File(msgspec.Struct, forbid_unknown_fields=True):
    ladder: str
    levels: dict[str, Training]
    titles: dict[str, TitleTraining] = {}


@cache
def load_training() -> Mapping[str, Mapping[str, Training]]:
    """The training facts that come with Sixpoint, by ladder and level."""
    return {one.ladder: one.levels for one in _files()}


@cache
def load_titles() -> Mapping[str, Mapping[str, TitleTraining]]:
    """What is known of the titles beside the ladders, by ladder and title."""
    return {one.ladder: one.titles for one in _files()}


def _files() -> list[_File]:
    folder = files("sixpoint.scope") / "data" / "training"
    entries = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda one: one.name)
    return [msgspec.convert(yaml.safe_load(entry.read_text("utf-8")), _File) for entry in entries]
