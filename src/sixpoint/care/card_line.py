"""The lines of a scope card: for each step its state, by whom, how much, why, and who else may, and when."""

from __future__ import annotations

from typing import Literal

import msgspec

from sixpoint.care.pathway import Target
from sixpoint.scope import Clinician, Dose

State = Literal[
    "do_now", "ask_medical_control", "assess_first", "not_yours", "done", "not_indicated", "contraindicated"
]


class Person(msgspec.Struct, frozen=True):
    """Somebody here, or (with `arrives_ms`) on the way, with the equipment on board of the unit.

    `where` says where they will meet the patient, if not here: "at the meeting with B1"; `expired` items are on board,
    past their date, and not among the equipment.
    """

    clinician: Clinician
    unit_id: str
    equipment: frozenset[str]
    arrives_ms: int | None = None
    where: str = ""
    expired: frozenset[str] = frozenset()


class Elsewhere(msgspec.Struct, frozen=True):
    """Who else may do the step, at which level, from when on (minutes from now; 0 is here), and whether by order."""

    clinician_id: str
    name: str
    level: str
    unit_id: str
    in_min: float
    with_order: bool
    where: str = ""

    def __str__(self) -> str:
        when = "is here" if self.in_min <= 0 else f"in {self.in_min:.0f} min" + f" {self.where}" * bool(self.where)
        return f"{self.unit_id}'s {self.level} {self.name} may{' with an order' * self.with_order}, {when}"


class CardLine(msgspec.Struct, frozen=True):
    """One step: its state, by which skill and whom, how much, why; what to assess, who else may, when it is due.

    `volume` is the dose in the strength to draw up, "0.3 mL of 1 mg/mL", where the rule names one. `route` is the one
    that was ordered or that alone is allowed, `routes` all by which the rule has this dose given.
    """

    step: str
    state: State
    because: tuple[str, ...]
    skill: str = ""
    by: str = ""
    drug: str = ""
    dose: Dose | None = None
    volume: str = ""
    route: str = ""
    routes: tuple[str, ...] = ()
    assess: tuple[str, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    due_ms: int | None = None
    says: str = ""
    note: str = ""
    target: Target | None = None
    source: str = ""
    confidence: str = ""


class Card(msgspec.Struct, frozen=True):
    """The lines of a pathway at an instant; `rulebook` and `pathway_hash` prove what they were computed from."""

    pathway: str
    title: str
    at_ms: int
    lines: tuple[CardLine, ...]
    pathway_hash: str
    rulebook: str

    def line(self, step: str) -> CardLine:
        """The line of a step; KeyError if the pathway has none of that name."""
        for line in self.lines:
            if line.step == step:
                return line
        raise KeyError(step)
