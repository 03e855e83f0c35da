"""What was done to the patient, and what medical control said about it."""

from __future__ import annotations

from typing import Literal

from sixpoint.care.base import Authority, FactBase
from sixpoint.scope import Dose

Response = Literal["", "improved", "unchanged", "worse"]


class PriorAid(FactBase, frozen=True, tag="prior_aid", kw_only=True):
    """Something was done before any unit took charge (eProcedures.02 / eMedications.02 = yes).

    `running`: it still ran when the unit took charge, like a ward's drip or a bystander's compressions; somebody must
    keep it running, or stop it.
    """

    skill: str
    by: str
    drug: str = ""
    dose: Dose | None = None
    route: str = ""
    successful: bool | None = None
    response: Response = ""
    running: bool = False


class OrderRequested(FactBase, frozen=True, tag="order_requested", kw_only=True):
    """The author asks medical control for an order."""

    skill: str
    channel: str
    reason: str = ""
    drug: str = ""
    dose: Dose | None = None
    route: str = ""


class OrderGiven(FactBase, frozen=True, tag="order_given", kw_only=True):
    """Medical control opened exactly one skill for this patient until an instant (eMedications.11 = on-line).

    An order that `ends` resuscitation opens no skill; `skill` then names what it lets stop. Whatever of drug, dose and
    route is stated bounds the order; `times` is how often it may be carried out (None: not bounded). An order that
    `awaits_read_back` opens nothing until it has been read back as given. `despite` names the contraindications that
    the physician knew of.
    """

    skill: str
    ordered_by: str
    channel: str
    until_ms: int
    request: str = ""
    drug: str = ""
    dose: Dose | None = None
    route: str = ""
    times: int | None = None
    awaits_read_back: bool = False
    despite: tuple[str, ...] = ()
    ends: Literal["", "resuscitation"] = ""


class OrderReadBack(FactBase, frozen=True, tag="order_read_back", kw_only=True):
    """The author repeats the order as understood; it counts if it says what the order says."""

    order: str
    skill: str
    drug: str = ""
    dose: Dose | None = None
    route: str = ""


class OrderRefused(FactBase, frozen=True, tag="order_refused", kw_only=True):
    """Medical control says no to a request, or takes an order back."""

    skill: str
    refused_by: str
    channel: str
    request: str = ""
    order: str = ""
    reason: str = ""


class Intervention(FactBase, frozen=True, tag="intervention", kw_only=True):
    """A skill was performed (eProcedures, eMedications): by whom, at which practice level, on whose authority.

    eMedications.04-.08 and eProcedures.05-.08, .13: route, dose, response, complication, attempts, success, site.
    """

    skill: str
    level: str
    authority: Authority
    because: tuple[str, ...]
    successful: bool = True
    running: bool = False
    note: str = ""
    drug: str = ""
    dose: Dose | None = None
    route: str = ""
    site: str = ""
    attempts: int = 1
    response: Response = ""
    complication: str = ""
    order: str = ""


class InterventionStopped(FactBase, frozen=True, tag="intervention_stopped", kw_only=True):
    """What was running no longer runs."""

    stops: str


class ArrestMoment(FactBase, frozen=True, tag="arrest_moment", kw_only=True):
    """An instant of a cardiac arrest that is no intervention (eArrest.12, .14-.16, .19)."""

    moment: Literal["collapse", "recognised", "compressions_paused", "compressions_resumed", "rosc", "rearrest"]
    witnessed: bool | None = None
    reason: str = ""
