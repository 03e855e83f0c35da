"""How the patient passes on: hand-over, refusal and consent, alerts, tags, where the patient is, how it ended."""

from __future__ import annotations

from typing import Literal

from sixpoint.care.base import FactBase

Tag = Literal["minimal", "delayed", "immediate", "expectant", "dead"]


class HandoverOffered(FactBase, frozen=True, tag="handover_offered", kw_only=True):
    """The clinician in charge offers the patient to somebody, who must confirm."""

    to: str
    to_unit_id: str
    report: str


class HandoverAccepted(FactBase, frozen=True, tag="handover_accepted", kw_only=True):
    """Responsibility passes at this instant; `author` now is in charge. `attendant` rides along for what runs."""

    offer: str
    at_facility: bool = False
    step_down_reason: str = ""
    attendant: str = ""


class HandoverDeclined(FactBase, frozen=True, tag="handover_declined", kw_only=True):
    """The receiver does not take the patient, and why; whoever offered stays in charge."""

    offer: str
    because: tuple[str, ...]


class CareRefused(FactBase, frozen=True, tag="care_refused", kw_only=True):
    """The patient, or who speaks for the patient, says no (eDisposition.28, .31), and how far that no is valid."""

    what: Literal["assessment", "treatment", "transport", "everything"]
    by: Literal["patient", "guardian", "health_care_agent"] = "patient"
    oriented: bool | None = None
    altered: bool | None = None
    intoxicated: bool | None = None
    self_harm: bool | None = None
    understands: bool | None = None
    informed: bool | None = None
    signed: bool = False
    witness: str = ""
    order: str = ""


class Consented(FactBase, frozen=True, tag="consented", kw_only=True):
    """Consent after a refusal, or afresh; what was refused may be done again from this instant."""

    refusal: str = ""
    by: Literal["patient", "guardian", "health_care_agent", "implied"] = "patient"


class AlertSent(FactBase, frozen=True, tag="alert_sent", kw_only=True):
    """A facility was told what is coming (eDisposition.24, .25)."""

    facility_id: str
    kind: Literal["stroke", "stemi", "trauma", "sepsis", "arrest", "burn", "obstetric", "other"]
    text: str = ""


class Disposed(FactBase, frozen=True, tag="disposed", kw_only=True):
    """How the encounter ended (eDisposition.27-.30); `order` names the order it stands on, if it needs one."""

    how: Literal[
        "transported",
        "treated_and_released",
        "refused",
        "obvious_death",
        "resuscitation_ended",
        "to_police",
        "to_family",
    ]
    to: str = ""
    order: str = ""
    criteria: tuple[str, ...] = ()


class Tagged(FactBase, frozen=True, tag="tagged", kw_only=True):
    """A triage tag: which, by which system, why; a later tag replaces an earlier one without correcting it."""

    tag: Tag
    system: str
    because: tuple[str, ...] = ()
    tag_number: str = ""


class Placed(FactBase, frozen=True, tag="placed", kw_only=True):
    """Where the patient is from now on: where found, in a treatment area, in a unit, at a facility, or released."""

    kind: Literal["found", "area", "unit", "facility", "released"]
    place: str
    with_clinician: str = ""
