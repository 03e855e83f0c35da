"""Finds answers that make a pathway's condition hold, or fail: written anew for the tests, not taken from the code."""

from __future__ import annotations

from sixpoint.care.conditions import AllOf, AnyOf, Condition, Done, NotSo, Number, Running, Truth, Word
from sixpoint.care.picture import names


class Wanted:
    """Answers by name, and skills that must have been done."""

    def __init__(self) -> None:
        self.answers: dict[str, object] = {}
        self.done: list[str] = []
        self.running: list[str] = []
        self.cpr_min = 0.0

    def make(self, condition: Condition | None, holds: bool = True) -> None:
        match condition:
            case None:
                return
            case AllOf(parts):
                for part in parts if holds else parts[:1]:
                    self.make(part, holds)
            case AnyOf(parts):
                for part in parts[:1] if holds else parts:
                    self.make(part, holds)
            case NotSo(part):
                self.make(part, not holds)
            case Done(skills, least):
                self.done += skills[:1] * least if holds else []
            case Running(skills):
                self.running += skills[:1] if holds else []
            case Truth(name, value):
                self.answers.setdefault(name, value is holds)
            case Word(name, words):
                others = [word for word in names()[name].words if word not in words]
                self.answers.setdefault(name, words[0] if holds else others[0])
            case Number(name):
                self._number(condition, holds)

    def _number(self, node: Number, holds: bool) -> None:
        low = node.least if node.least is not None else node.above
        high = node.most if node.most is not None else node.below
        inside = low + 1 if low is not None else high - 1 if high is not None else 0.0
        if low is not None and high is not None:
            inside = (low + high) / 2
        outside = high + 1 if high is not None else (low or 1.0) - 1
        value = inside if holds else outside
        if node.name == "min_since_cpr":
            self.cpr_min = value
        else:
            self.answers.setdefault(node.name, value)
