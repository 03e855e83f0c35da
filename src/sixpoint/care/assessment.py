"""What was seen, measured, asked and thought: facts about the patient. NEMSIS elements are named in each docstring."""

from __future__ import annotations

from typing import Final, Literal

from sixpoint.care.base import FactBase

Avpu = Literal["alert", "verbal", "painful", "unresponsive"]
StrokeScaleName = Literal["cpss", "lams"]

# Cincinnati Prehospital Stroke Scale: each part 0 or 1, any one is positive (Kothari and others 1999, recalled).
# Los Angeles Motor Scale: face 0-1, arm 0-2, grip 0-2; 4 or more suggests a large vessel occlusion (Nazliel and
# others 2008, recalled).
SCALE_PARTS: Final[dict[str, dict[str, int]]] = {
    "cpss": {"face": 1, "arm": 1, "speech": 1},
    "lams": {"face": 1, "arm": 2, "grip": 2},
}
SCALE_POSITIVE_FROM: Final = {"cpss": 1, "lams": 4}


class PatientDescribed(FactBase, frozen=True, tag="patient_described", kw_only=True):
    """Age, sex and weight (ePatient.15, ePatient.25, eExam.01), as far as they are known."""

    age_years: float | None = None
    sex: Literal["female", "male", "unknown"] = "unknown"
    weight_kg: float | None = None
    imputed: bool = False
    born_ms: int | None = None


class PrimarySurvey(FactBase, frozen=True, tag="primary_survey", kw_only=True):
    """XABCDE: massive bleeding, airway, breathing, circulation, disability, exposure; None is not looked at yet."""

    massive_bleeding: bool | None = None
    airway: Literal["open", "at_risk", "obstructed"] | None = None
    breathing: Literal["normal", "laboured", "inadequate", "absent"] | None = None
    pulse: Literal["radial", "central_only", "absent"] | None = None
    skin: Literal["normal", "pale_cool", "flushed_hot", "blue", "mottled"] | None = None
    avpu: Avpu | None = None
    exposure: str = ""


class VitalSigns(FactBase, frozen=True, tag="vital_signs", kw_only=True):
    """One set of vital signs (eVitals.06, .07, .10, .12, .14, .16, .18-.21, .23, .24, .26, .27)."""

    heart_rate_per_min: float | None = None
    systolic_mmhg: float | None = None
    diastolic_mmhg: float | None = None
    respiratory_rate_per_min: float | None = None
    spo2_percent: float | None = None
    glucose_mg_per_dl: float | None = None
    gcs_total: int | None = None
    avpu: Avpu | None = None
    etco2_mmhg: float | None = None
    temperature_c: float | None = None
    gcs_eye: int | None = None
    gcs_verbal: int | None = None
    gcs_motor: int | None = None
    pain_0_to_10: int | None = None
    capillary_refill_s: float | None = None

    @property
    def gcs(self) -> int | None:
        """The total: as given, else the sum of the three parts; None while a part is missing."""
        if self.gcs_total is not None:
            return self.gcs_total
        parts = (self.gcs_eye, self.gcs_verbal, self.gcs_motor)
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None


class StrokeScale(FactBase, frozen=True, tag="stroke_scale", kw_only=True):
    """CPSS or LAMS by its parts (eVitals.30, .34) and the instant last known well (eSituation.18)."""

    scale: StrokeScaleName
    face: int | None = None
    arm: int | None = None
    speech: int | None = None
    grip: int | None = None
    last_known_well_ms: int | None = None

    @property
    def score(self) -> int | None:
        """The sum of the parts of the scale; None while one is missing."""
        known = [part for part in (getattr(self, name) for name in SCALE_PARTS[self.scale]) if part is not None]
        return sum(known) if len(known) == len(SCALE_PARTS[self.scale]) else None

    @property
    def positive(self) -> bool | None:
        """Whether the score reaches the scale's threshold, as soon as the parts seen decide it."""
        parts = SCALE_PARTS[self.scale]
        seen = {name: getattr(self, name) for name in parts}
        least = sum(value or 0 for value in seen.values())
        most = sum(parts[name] if value is None else value for name, value in seen.items())
        threshold = SCALE_POSITIVE_FROM[self.scale]
        return True if least >= threshold else False if most < threshold else None


class Ecg12Lead(FactBase, frozen=True, tag="ecg_12lead", kw_only=True):
    """A 12-lead ECG acquired, sent, or read (eVitals.03-.05); `stemi` is what the reader says, None if unread."""

    stage: Literal["acquired", "transmitted", "read"]
    stemi: bool | None = None
    read_by: Literal["", "clinician", "machine", "physician"] = ""
    to: str = ""


class History(FactBase, frozen=True, tag="history", kw_only=True):
    """SAMPLE and OPQRST (eHistory.06, .08, .12, .19; eSituation.01, .07); None was not asked, empty is none known."""

    symptoms: tuple[str, ...] | None = None
    allergies: tuple[str, ...] | None = None
    medications: tuple[str, ...] | None = None
    past: tuple[str, ...] | None = None
    last_intake: str = ""
    events: str = ""
    onset_ms: int | None = None
    provocation: str = ""
    quality: str = ""
    region: str = ""
    severity_0_to_10: int | None = None
    course: str = ""


class Finding(FactBase, frozen=True, tag="finding", kw_only=True):
    """One named finding (data/findings.csv) is there or not; None is looked for and could not be told."""

    finding: str
    present: bool | None


class Measurement(FactBase, frozen=True, tag="measurement", kw_only=True):
    """A number of data/known.csv that no other fact has a field for, such as burnt body surface."""

    measure: str
    value: float


class Impression(FactBase, frozen=True, tag="impression", kw_only=True):
    """What the clinician thinks is wrong (eSituation.11), in the words of the call types."""

    condition: str
    in_cardiac_arrest: bool | None = None
