"""The words of the choice: who could be sent, who is, for which need, and why the others are not."""

from __future__ import annotations

from typing import Literal

import msgspec


class CrewMember(msgspec.Struct, frozen=True, gc=False):
    """One clinician of a unit with what that person may do (bitsets over the rulebook's skills)."""

    clinician_id: str
    standing: int
    with_order: int


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A unit that could be sent: what its crew may do today, and when it would be at the patient.

    `standing` and `with_order` are bitsets over the rulebook's skills; `with_order` includes `standing`. `eta_s` runs
    from alert to the patient, turnout included. `cover_cost` is what sending it costs the cover of other calls.
    """

    unit_id: str
    standing: int
    with_order: int
    can_transport: bool
    eta_s: float
    cover_cost: float = 0.0
    hands: int = 2
    mutual_aid: bool = False
    crew: tuple[CrewMember, ...] = ()


class Sent(msgspec.Struct, frozen=True):
    """A unit to send, when it is there, and what it is sent for."""

    unit_id: str
    eta_s: float
    because: tuple[str, ...]


class Met(msgspec.Struct, frozen=True):
    """A need that is met: by whom, when, under which verdict, with which of the skills that would do.

    `on_target` is None where the target runs on another clock than alert, or there is none. `with_units` are the others
    whose hands the need takes; `who` are the clinicians on the unit who may do it, if the crew is known.
    """

    skill: str
    unit_id: str
    at_s: float
    verdict: Literal["standing", "order"]
    on_target: bool | None
    order: int = 0
    by: str = ""
    hands: int = 1
    with_units: tuple[str, ...] = ()
    who: tuple[str, ...] = ()


class Unmet(msgspec.Struct, frozen=True):
    """A need that nobody who is sent can meet lawfully, and why."""

    skill: str
    because: tuple[str, ...]
    order: int = 0


class PassedOver(msgspec.Struct, frozen=True):
    """A unit that is not sent, and why."""

    unit_id: str
    because: tuple[str, ...]


class OthersPassedOver(msgspec.Struct, frozen=True):
    """So many units beside those told by name are not sent, for one reason."""

    units: int
    because: str


class Choice(msgspec.Struct, frozen=True):
    """A recommendation. With nobody to send, `sent` is empty and `queued` says why the call waits.

    `passed_over` tells the nearest by name, `others` the rest by reason, `others_passed_over` in all.

    `harm` is the expected harm of the needs as they will be met (one percentage point of survival is 1);
    `total_s` is the total time to intervention of the needs that are met.
    """

    sent: tuple[Sent, ...]
    met: tuple[Met, ...]
    unmet: tuple[Unmet, ...]
    passed_over: tuple[PassedOver, ...]
    harm: float
    cover_cost: float
    total_s: float = 0.0
    others_passed_over: int = 0
    others: tuple[OthersPassedOver, ...] = ()
    queued: str = ""
    lights_and_sirens: bool = False
    notes: tuple[str, ...] = ()
