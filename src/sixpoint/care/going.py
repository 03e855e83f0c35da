"""Going or staying: whether a refusal is valid, and which alerts a facility needs.

Refusal: Massachusetts Statewide Treatment Protocols 2026.1, 7.5, PDF p. 121-122 (verified in text).
"""

from __future__ import annotations

from typing import Final

import msgspec

from sixpoint.care.encounter import Encounter, age_years, standing_facts
from sixpoint.care.facts import AlertSent, CareRefused, Consented
from sixpoint.care.picture import Answer, Picture, names, picture_of

# Who is of age to refuse for themselves (7.5, p. 121); a younger patient's guardian must be there.
OF_AGE_YEARS = 18


def why_invalid(refusal: CareRefused, encounter: Encounter) -> tuple[str, ...]:
    """What is missing for the refusal to be valid; unknown is missing. Empty if it is valid."""
    lacks = []
    age = age_years(encounter)
    if refusal.by == "patient" and (age is None or age < OF_AGE_YEARS):
        lacks.append("the patient's age is not known" if age is None else "a minor: a guardian on scene must refuse")
    for field, wanted, lack in (
        ("oriented", True, "orientation to person, place, time and situation"),
        ("altered", False, "no altered level of consciousness"),
        ("intoxicated", False, "no impairment by alcohol or drugs"),
        ("self_harm", False, "no thought of self-harm"),
        ("understands", True, "understanding of condition, proposed care and risks"),
        ("informed", True, "being told of condition, proposed care and risks"),
    ):
        stated = getattr(refusal, field)
        if stated is not wanted:
            lacks.append(f"{lack} ({'not assessed' if stated is None else 'not so'})")
    if not refusal.signed:
        lacks.append("a signature")
    if not refusal.witness:
        lacks.append("a witness")
    return tuple(lacks)


def refusal_in_force(encounter: Encounter, at_ms: int) -> CareRefused | None:
    """The last refusal that no later consent has ended; None if there is none."""
    found: CareRefused | None = None
    consents = [one for one in standing_facts(encounter, Consented) if one.at_ms <= at_ms]
    for refusal in standing_facts(encounter, CareRefused):
        ended = any(one.at_ms >= refusal.at_ms and one.refusal in ("", refusal.fact_id) for one in consents)
        if refusal.at_ms <= at_ms and not ended:
            found = refusal
    return found


def refused_now(encounter: Encounter, at_ms: int) -> str:
    """Why treatment must not be given against the patient's valid will; empty if nothing stands in the way."""
    refusal = refusal_in_force(encounter, at_ms)
    if refusal is None or refusal.what not in ("treatment", "everything") or why_invalid(refusal, encounter):
        return ""
    return f"{refusal.by.replace('_', ' ')} refuses treatment, with capacity and witness"


# What was found -> what the facility must treat. Of several the first; the order is a judgement.
_SUSPECTED: Final = (("trauma_centre_criteria", "trauma"), ("stemi", "stemi"), ("stroke_scale_positive", "stroke"))


def suspected(encounter: Encounter, at_ms: int) -> dict[str, str]:
    """What a facility must treat by what was found at the patient, each with its words; the most pressing first.

    The capabilities are those of `dispatch`. A call may have been about something else.
    """
    picture = picture_of(encounter, at_ms)
    return {wanted: names()[name].says for name, wanted in _SUSPECTED if picture.value(name) is True}


class AlertNeeded(msgspec.Struct, frozen=True):
    """An alert that a facility needs before arrival, what to tell, and what is still to be found out for it."""

    kind: str
    tell: tuple[str, ...]
    find_out: tuple[str, ...]


def alerts_needed(encounter: Encounter, at_ms: int, sent_too: bool = False) -> tuple[AlertNeeded, ...]:
    """Which alerts the picture calls for and nobody has sent (or, `sent_too`, all): stroke, STEMI, trauma, arrest."""
    picture = picture_of(encounter, at_ms)
    sent = {alert.kind for alert in standing_facts(encounter, AlertSent) if alert.at_ms <= at_ms and not sent_too}
    wanted = {
        # kind -> (what calls for it, what the facility asks for)
        "stroke": (
            "stroke_scale_positive",
            ("min_since_last_known_well", "lams_score", "glucose_mg_per_dl", "systolic_mmhg"),
        ),
        "stemi": ("stemi", ("min_since_onset", "systolic_mmhg", "heart_rate_per_min")),
        "trauma": (
            "trauma_centre_criteria",
            ("systolic_mmhg", "heart_rate_per_min", "gcs_total", "respiratory_rate_per_min"),
        ),
        "arrest": ("in_cardiac_arrest", ("min_since_cpr", "shockable_rhythm")),
    }
    found = []
    for kind, (name, asks) in wanted.items():
        if picture.value(name) is True and kind not in sent:
            found.append(AlertNeeded(kind, _told(picture, asks), tuple(x for x in asks if picture.value(x) is None)))
    return tuple(found)


def _told(picture: Picture, asks: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_said(name, picture.known[name].value) for name in asks if name in picture.known)


def _said(name: str, value: Answer) -> str:
    about = names()[name]
    told = (
        ("no", "yes")[value] if isinstance(value, bool) else f"{value:.4g}" if isinstance(value, float) else str(value)
    )
    return f"{about.says} {told} {about.unit}".rstrip()
