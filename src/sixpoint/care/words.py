"""Every fact in a few words, without its author and time: for records, boards and hand-overs."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from sixpoint.care import facts as f
from sixpoint.care.picture import names

# The measurements of a set of vital signs, in the order in which they are told.
_VITALS = (
    ("heart_rate_per_min", "pulse {:g}/min"),
    ("respiratory_rate_per_min", "breathing {:g}/min"),
    ("spo2_percent", "SpO2 {:g} %"),
    ("etco2_mmhg", "EtCO2 {:g} mmHg"),
    ("glucose_mg_per_dl", "glucose {:g} mg/dL"),
    ("temperature_c", "{:g} °C"),
    ("capillary_refill_s", "capillary refill {:g} s"),
    ("pain_0_to_10", "pain {}/10"),
)


def words(fact: f.Fact, name: Callable[[str], str] = str) -> str:
    """What the fact says; `name` turns a skill's identifier into its name."""
    match fact:
        case f.PatientDescribed():
            # A crew describes a patient bit by bit: what is not stated here may have been stated before.
            age = [] if fact.age_years is None else [f"{fact.age_years:g} years"]
            sex = [] if fact.sex == "unknown" else [fact.sex]
            weight = [] if fact.weight_kg is None else [f"{fact.weight_kg:g} kg"]
            said = ", ".join((*age, *sex, *weight)) or "age and sex unknown"
        case f.PrimarySurvey() | f.History() | f.CareRefused() | f.StrokeScale():
            said = _stated(fact)
        case f.VitalSigns():
            said = vitals(fact) or "no value"
        case f.Finding():
            state = {True: "yes", False: "no", None: "cannot be told"}[fact.present]
            said = f"{_called(fact.finding)}: {state}"
        case f.Measurement():
            known = names().get(fact.measure)
            said = f"{_called(fact.measure)} {fact.value:g}" + (f" {known.unit}" if known and known.unit else "")
        case f.Impression():
            said = fact.condition
        case f.Ecg12Lead():
            reading = {True: ", STEMI", False: ", no STEMI", None: ""}[fact.stemi]
            said = f"12-lead ECG {fact.stage}{reading}"
        case f.ArrestMoment():
            said = fact.moment.replace("_", " ")
        case f.EnteredInError():
            said = f"{fact.corrects} was entered in error"
        case f.PriorAid() | f.Intervention() | f.InterventionStopped():
            said = _done(fact, name)
        case f.OrderRequested() | f.OrderGiven() | f.OrderReadBack() | f.OrderRefused():
            said = _ordered(fact, name)
        case _:
            said = _passed(fact)
    return said + (f" (doubted: {'; '.join(fact.doubts)})" if fact.doubts else "")


def _called(name: str) -> str:
    """What a name of known.csv is called among people; the name itself, without its underscores, if it is not there."""
    known = names().get(name)
    return name.replace("_", " ") if known is None else known.says


def vitals(fact: f.VitalSigns) -> str:
    """The values that were measured, with their units."""
    told = [form.format(getattr(fact, field)) for field, form in _VITALS if getattr(fact, field) is not None]
    if fact.systolic_mmhg is not None:
        low = "?" if fact.diastolic_mmhg is None else f"{fact.diastolic_mmhg:g}"
        told.insert(0, f"{fact.systolic_mmhg:g}/{low} mmHg")
    if fact.gcs is not None:
        told.append(f"GCS {fact.gcs}")
    if fact.avpu is not None:
        told.append(fact.avpu)
    return ", ".join(told)


def drug_words(fact: f.Intervention | f.PriorAid | f.OrderRequested | f.OrderGiven | f.OrderReadBack) -> str:
    """Drug, dose and route, as far as they are stated; empty if none is."""
    return " ".join(part for part in (fact.drug, str(fact.dose or ""), fact.route) if part)


def _done(fact: f.PriorAid | f.Intervention | f.InterventionStopped, name: Callable[[str], str]) -> str:
    if isinstance(fact, f.InterventionStopped):
        return f"stopped {fact.stops}"
    said = name(fact.skill)
    drug = drug_words(fact)
    said += f" ({drug})" if drug else ""
    if isinstance(fact, f.PriorAid):
        return f"before arrival: {said} by {fact.by}" + ", running" * fact.running
    said += f", {fact.site}" * bool(fact.site) + f", {fact.attempts} attempts" * (fact.attempts > 1)
    said += "" if fact.successful else ", not successful"
    return (
        said
        + f", {fact.response}" * bool(fact.response)
        + f", complication: {fact.complication}" * bool(fact.complication)
    )


def _ordered(
    fact: f.OrderRequested | f.OrderGiven | f.OrderReadBack | f.OrderRefused, name: Callable[[str], str]
) -> str:
    skill = name(fact.skill)
    match fact:
        case f.OrderRefused():
            return f"{fact.refused_by} refuses {skill} by {fact.channel}" + f": {fact.reason}" * bool(fact.reason)
        case f.OrderRequested():
            said = f"asks medical control for {skill} by {fact.channel}"
        case f.OrderGiven(ends="resuscitation"):
            said = f"{fact.ordered_by} orders the end of resuscitation by {fact.channel}"
        case f.OrderGiven():
            said = f"{fact.ordered_by} orders {skill} by {fact.channel}"
        case f.OrderReadBack():
            said = f"reads back {skill}"
    drug = drug_words(fact)
    return said + (f" ({drug})" if drug else "")


def _passed(fact: f.Fact) -> str:
    match fact:
        case f.HandoverOffered():
            return f"offers the patient to {fact.to}: {fact.report}"
        case f.HandoverAccepted():
            return "takes charge" + f", {fact.step_down_reason}" * bool(fact.step_down_reason)
        case f.HandoverDeclined():
            return f"does not take the patient: {'; '.join(fact.because)}"
        case f.Consented():
            return f"consent by {fact.by}"
        case f.AlertSent():
            return f"{fact.kind} alert to {fact.facility_id}" + f": {fact.text}" * bool(fact.text)
        case f.Disposed():
            return fact.how.replace("_", " ") + f" {fact.to}" * bool(fact.to)
        case f.Tagged():
            return f"tag {fact.tag} by {fact.system}"
        case f.Placed():
            return f"in {fact.kind} {fact.place}"
    raise AssertionError(f"a fact without words: {fact!r}")


_COMMON = frozenset(f.FactBase.__struct_fields__)


def _stated(fact: msgspec.Struct) -> str:
    """Every field that says something, by its name."""
    shown = []
    for field in fact.__struct_fields__:
        value = getattr(fact, field)
        if field not in _COMMON and value is not None and value != "":
            told = "none" if value == () else ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            shown.append(f"{field.replace('_', ' ')} {told}")
    return "; ".join(shown) or "nothing stated"
