"""What was seen, done and agreed at the patient: facts, each with its time, its author and where it came from.

A fact is never changed. A correction is a new fact that names the one it replaces (`corrects`); the old one stays in
the log and no longer counts. Field names follow NEMSIS where it has the element (named in each docstring).
"""

from __future__ import annotations

from typing import Literal

import msgspec

# How an intervention was authorised (NEMSIS eProcedures.11 / eMedications.11 Authorization; "override" is ours).
Authority = Literal["standing_order", "order", "override"]


class FactBase(msgspec.Struct, frozen=True, kw_only=True):
    """What every fact carries: its identifier, instant (ms since 1970 UTC), author and unit."""

    fact_id: str
    at_ms: int
    author: str
    unit_id: str
    corrects: str | None = None


class PatientDescribed(FactBase, frozen=True, tag="patient_described", kw_only=True):
    """Age, sex and weight (ePatient.15, ePatient.13, eExam.01), as far as they are known."""

    age_years: float | None = None
    sex: Literal["female", "male", "unknown"] = "unknown"
    weight_kg: float | None = None
    imputed: bool = False


class PriorAid(FactBase, frozen=True, tag="prior_aid", kw_only=True):
    """Something was done before any unit took charge (eProcedures.02 / eMedications.02 = yes)."""

    skill: str
    by: str


class VitalSigns(FactBase, frozen=True, tag="vital_signs", kw_only=True):
    """One set of vital signs (eVitals.01, .06, .07, .10, .12, .14, .18, .23, .26)."""

    heart_rate_per_min: float | None = None
    systolic_mmhg: float | None = None
    diastolic_mmhg: float | None = None
    respiratory_rate_per_min: float | None = None
    spo2_percent: float | None = None
    glucose_mg_per_dl: float | None = None
    gcs_total: int | None = None
    avpu: Literal["alert", "verbal", "painful", "unresponsive"] | None = None


class Impression(FactBase, frozen=True, tag="impression", kw_only=True):
    """What the clinician thinks is wrong (eSituation.11), in the words of the call types."""

    condition: str
    in_cardiac_arrest: bool | None = None


class OrderGiven(FactBase, frozen=True, tag="order_given", kw_only=True):
    """Medical control opened exactly one skill for this patient until an instant (eMedications.11 = on-line)."""

    skill: str
    ordered_by: str
    channel: str
    until_ms: int


class Intervention(FactBase, frozen=True, tag="intervention", kw_only=True):
    """A skill was performed (eProcedures, eMedications): by whom, at which practice level, on whose authority."""

    skill: str
    level: str
    authority: Authority
    because: tuple[str, ...]
    successful: bool = True
    running: bool = False
    note: str = ""


class InterventionStopped(FactBase, frozen=True, tag="intervention_stopped", kw_only=True):
    """What was running no longer runs."""

    stops: str


class HandoverOffered(FactBase, frozen=True, tag="handover_offered", kw_only=True):
    """The clinician in charge offers the patient to somebody, who must confirm."""

    to: str
    to_unit_id: str
    report: str


class HandoverAccepted(FactBase, frozen=True, tag="handover_accepted", kw_only=True):
    """Responsibility passes at this instant; `author` now is in charge."""

    offer: str
    at_facility: bool = False
    step_down_reason: str = ""


Fact = (
    PatientDescribed
    | PriorAid
    | VitalSigns
    | Impression
    | OrderGiven
    | Intervention
    | InterventionStopped
    | HandoverOffered
    | HandoverAccepted
)
