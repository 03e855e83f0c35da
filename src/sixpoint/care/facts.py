"""What was seen, done and agreed at the patient: facts, each with its time, its author and where it came from.

A fact is never changed. A correction is a new fact that names the one it replaces (`corrects`); the old one stays in
the log and no longer counts. Field names follow NEMSIS where it has the element (named in each docstring). A field
added later has a default, so that logs written before it still decode.
"""

from __future__ import annotations

from sixpoint.care.acts import (
    ArrestMoment,
    Intervention,
    InterventionStopped,
    OrderGiven,
    OrderReadBack,
    OrderRefused,
    OrderRequested,
    PriorAid,
)
from sixpoint.care.assessment import (
    Ecg12Lead,
    Finding,
    History,
    Impression,
    Measurement,
    PatientDescribed,
    PrimarySurvey,
    StrokeScale,
    VitalSigns,
)
from sixpoint.care.base import Authority, EnteredInError, FactBase
from sixpoint.care.passage import (
    AlertSent,
    CareRefused,
    Consented,
    Disposed,
    HandoverAccepted,
    HandoverDeclined,
    HandoverOffered,
    Placed,
    Tagged,
)

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
    | HandoverDeclined
    | PrimarySurvey
    | StrokeScale
    | Ecg12Lead
    | History
    | Finding
    | Measurement
    | OrderRequested
    | OrderReadBack
    | OrderRefused
    | ArrestMoment
    | CareRefused
    | Consented
    | AlertSent
    | Disposed
    | Tagged
    | Placed
    | EnteredInError
)

__all__ = [
    "AlertSent",
    "ArrestMoment",
    "Authority",
    "CareRefused",
    "Consented",
    "Disposed",
    "Ecg12Lead",
    "EnteredInError",
    "Fact",
    "FactBase",
    "Finding",
    "HandoverAccepted",
    "HandoverDeclined",
    "HandoverOffered",
    "History",
    "Impression",
    "Intervention",
    "InterventionStopped",
    "Measurement",
    "OrderGiven",
    "OrderReadBack",
    "OrderRefused",
    "OrderRequested",
    "PatientDescribed",
    "Placed",
    "PrimarySurvey",
    "PriorAid",
    "StrokeScale",
    "Tagged",
    "VitalSigns",
]
