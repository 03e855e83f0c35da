"""A pathway: for one complaint an ordered set of steps, the same for every level; the rulebook makes the difference."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache

import msgspec

from sixpoint.care.conditions import Condition


class Cited(msgspec.Struct, frozen=True):
    """A number with where it was read, and how sure we are of it."""

    value: float
    source: str
    place: str
    confidence: str


class DoseRule(msgspec.Struct, frozen=True):
    """How much of a drug, for whom: a fixed amount or one per kg, its bounds, when again, how often, how much in all.

    `least` and `most` bound a single dose, `total` and `total_per_kg` all of them together, `times` how many there
    are; amounts are in `unit`. `per_ml` is the strength to draw up, by the skills of `drawn_by`. A rule without
    `amount` and `per_kg` gives only bounds.
    """

    drug: str
    unit: str
    skills: tuple[str, ...]
    routes: tuple[str, ...]
    when: Condition | None
    amount: Cited | None
    per_kg: Cited | None
    least: Cited | None
    most: Cited | None
    repeat_min: Cited | None
    times: Cited | None
    total: Cited | None
    total_per_kg: Cited | None
    per_ml: Cited | None
    drawn_by: tuple[str, ...]
    note: str
    where: str

    @property
    def cited(self) -> tuple[Cited, ...]:
        """Every number of the rule."""
        found = (self.amount, self.per_kg, self.least, self.most, self.repeat_min, self.times, self.total)
        return tuple(one for one in (*found, self.total_per_kg, self.per_ml) if one is not None)


class Contraindication(msgspec.Struct, frozen=True):
    """Why a step must not be done, as a condition; an order may name its `id` as known and accepted.

    While it is not known, the step `waits` for somebody to find out; one that does not wait stops only what is known,
    such as an order not to resuscitate, which nobody looks for before the first compression.
    """

    id: str
    when: Condition
    source: str
    place: str
    confidence: str
    waits: bool = True


class Target(msgspec.Struct, frozen=True):
    """Within how many minutes of which clock; targets on different clocks are never compared."""

    minutes: Cited
    clock: str


class Step(msgspec.Struct, frozen=True):
    """Something to do: any one skill of `any_of`, the preferred first; `when` says for which of these patients.
    `using` says of a skill what must be so for it to be the one, such as that the patient has the drug at hand.

    A step without a dose rule whose skill gives a drug is given by local protocol. `again_min` is when a step without
    a dose is due again; without it, once is enough.
    """

    id: str
    says: str
    any_of: tuple[str, ...]
    using: tuple[tuple[str, Condition], ...]
    when: Condition | None
    not_if: tuple[Contraindication, ...]
    doses: tuple[DoseRule, ...]
    again_min: Cited | None
    target: Target | None
    note: str
    source: str
    place: str
    confidence: str
    where: str


class Pathway(msgspec.Struct, frozen=True):
    """The steps for one complaint, in order; `codes` are the call types (NEMSIS eDispatch.01) it is opened for.

    `patients` says for whom it is, such as children; who is known to be another has no card by it. It is opened too
    where `opens` was found at the patient, whatever the call was about.
    """

    id: str
    title: str
    version: str
    codes: tuple[str, ...]
    steps: tuple[Step, ...]
    about: str
    files: tuple[str, ...]
    patients: Condition | None = None
    opens: Condition | None = None

    def step(self, step_id: str) -> Step | None:
        """The step with that id, or None."""
        return next((step for step in self.steps if step.id == step_id), None)

    def names(self, skill: str) -> bool:
        """Whether some step names the skill."""
        return any(skill in step.any_of for step in self.steps)

    @property
    def hash(self) -> str:
        """ "sha256:..." of its content, so that a card can be proved again; where its file lies does not count."""
        return _hash(self)


# Where a file lies is no part of what it says.
_PLACES = frozenset(("where", "files"))


@lru_cache(maxsize=256)
def _hash(pathway: Pathway) -> str:
    content = json.dumps(_content(msgspec.to_builtins(pathway)), sort_keys=True, ensure_ascii=False)
    return f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"


def _content(said: object) -> object:
    if isinstance(said, dict):
        return {key: _content(value) for key, value in said.items() if key not in _PLACES}
    return [_content(value) for value in said] if isinstance(said, list | tuple) else said
