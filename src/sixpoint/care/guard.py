"""The guard: may this clinician do this, to this patient, now, with what is on board? It advises; it never hides.

What was done outside the rules is still recorded, with the reason somebody gave, and goes to quality review.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec

from sixpoint.care.conditions import judge
from sixpoint.care.dose import limits
from sixpoint.care.encounter import Encounter
from sixpoint.care.facts import Authority, Intervention, OrderGiven
from sixpoint.care.orders import NOTHING_MORE, Proposed, order_for, refused_for
from sixpoint.care.pathway import Pathway, Step
from sixpoint.care.pathways import for_patient
from sixpoint.care.picture import Picture, picture_of
from sixpoint.scope import Clinician, Rulebook, Situation, Verdict, may


class Objection(msgspec.Struct, frozen=True):
    """What speaks against it beside the scope; "unknown" names in `missing` what must be found out first."""

    kind: Literal["dose", "interval", "total", "contraindication", "equipment", "expiry", "unknown"]
    text: str
    source: str = ""
    confidence: str = ""
    missing: tuple[str, ...] = ()


class Guarded(msgspec.Struct, frozen=True):
    """The guard's answer: `authority` is None where the rules do not allow it; `because` holds every reason."""

    skill: str
    authority: Authority | None
    verdict: Verdict
    missing_items: tuple[str, ...]
    because: tuple[str, ...]
    objections: tuple[Objection, ...] = ()
    order: str = ""


def instant(at_ms: int) -> datetime:
    """The instant of a fact (ms since 1970) as a date and time in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def proposed_by(act: Intervention) -> Proposed:
    """What an intervention proposes beyond its skill."""
    return Proposed(act.drug, act.dose, act.route)


def situation_of(
    encounter: Encounter,
    skill: str,
    at_ms: int,
    proposed: Proposed = NOTHING_MORE,
    picture: Picture | None = None,
) -> Situation:
    """What is known of the moment, as the rulebook asks it; what is not known stays unknown."""
    seen = picture if picture is not None else picture_of(encounter, at_ms)
    arrested = seen.value("in_cardiac_arrest")
    return Situation(
        order_from_medical_control=_ordered(encounter, skill, at_ms, proposed),
        in_cardiac_arrest=None if arrested is None else bool(arrested),
        patient_own_medication=proposed.own_medication,
        patient_age_years=seen.number("age_years"),
        route=proposed.route or None,
        dose=proposed.dose,
        skills_done=frozenset(seen.done),
    )


def _ordered(encounter: Encounter, skill: str, at_ms: int, proposed: Proposed) -> bool | None:
    """Yes with an order that covers it, no where medical control refused, else not known."""
    if order_for(encounter, skill, at_ms, proposed) is not None:
        return True
    return False if refused_for(encounter, skill, at_ms) else None


def guard(
    rulebook: Rulebook,
    clinician: Clinician,
    equipment: frozenset[str],
    encounter: Encounter,
    skill: str,
    at_ms: int,
    *,
    proposed: Proposed = NOTHING_MORE,
    pathways: Iterable[Pathway] = (),
    expires_ms: Mapping[str, int] | None = None,
    picture: Picture | None = None,
) -> Guarded:
    """Whether the clinician may perform the skill on this patient at that instant, with all reasons.

    `equipment` holds the items on board of the clinician's unit and `expires_ms` until when its drugs may be used. An
    order from medical control counts only if it was given for this skill, to this encounter, covers what is proposed
    and still runs. Doses and contraindications are those of the `pathways` in use, as far as they are for this patient;
    without any, only the scope counts. `picture` is that of the encounter at the instant, where somebody has it.
    """
    picture = picture_of(encounter, at_ms) if picture is None else picture
    order = order_for(encounter, skill, at_ms, proposed)
    situation = situation_of(encounter, skill, at_ms, proposed, picture)
    verdict = may(rulebook, clinician, skill, instant(at_ms), situation)
    needed = rulebook.equipment_for(skill) if rulebook.skill(skill) else frozenset[str]()
    missing = tuple(sorted(needed - equipment))
    found = [Objection("equipment", f"not on board: {item}") for item in missing]
    found += [
        Objection("expiry", f"expired: {item}")
        for item in sorted(needed & equipment)
        if expires_ms and item in expires_ms and expires_ms[item] <= at_ms
    ]
    asked = tuple(pathways)
    own = for_patient(asked, picture)
    steps = [step for pathway in own or asked for step in pathway.steps if skill in step.any_of]
    found += against_steps(steps, skill, picture, proposed, order)
    if asked and not own and (order is None or order.dose is None):
        titles = ", ".join(one.title for one in asked)
        found.append(Objection("dose", f"no pathway is for this patient ({titles} is for others): by order"))
    because = [reason.text for reason in verdict.because] + [objection.text for objection in found]
    # Where an order stands in for dose rules or contraindications, the act stands on it even if the skill is standing.
    stands_on = order if order is not None and (order.dose is not None or order.despite) else None
    authority: Authority | None = None
    if not found and verdict.kind == "standing":
        authority = "standing_order" if stands_on is None else "order"
    if not found and verdict.kind == "order" and order is not None:
        authority = "order"
        stands_on = order
    if authority == "order":
        because.append("medical control ordered it")
    used = stands_on.fact_id if stands_on is not None and authority is not None else ""
    return Guarded(skill, authority, verdict, missing, tuple(because), tuple(found), used)


def against_steps(
    steps: Iterable[Step], skill: str, picture: Picture, proposed: Proposed, order: OrderGiven | None
) -> list[Objection]:
    """What the steps that name the skill say against it now: any contraindication, and doses that no step allows.

    Of several steps those count that speak of the drug, and whose patients these are; if none are, all count. An order
    that names the dose stands in for the dose rules, one that names a contraindication for that contraindication.
    """
    judged = [(step, judge(step.when, picture).holds) for step in of_drug(steps, proposed.drug)]
    own = [step for step, holds in judged if holds] or [step for step, holds in judged if holds is None]
    own = own or [step for step, _ in judged]
    found = list(dict.fromkeys(_contraindicated(own, picture, order)))
    if order is None or order.dose is None:
        each = [list(limits(step, skill, picture, proposed.dose, proposed.drug, proposed.route)) for step in own]
        fewest = min(each, key=len, default=[])
        found += [Objection(one.kind, one.text, one.source, one.confidence, one.missing) for one in fewest]
    return found


def of_drug(steps: Iterable[Step], drug: str) -> list[Step]:
    """The steps that have a dose of the drug; all of them if none has, or if none is named."""
    every = list(steps)
    return [step for step in every if any(rule.drug == drug for rule in step.doses)] or every


def _contraindicated(steps: Iterable[Step], picture: Picture, order: OrderGiven | None) -> Iterator[Objection]:
    accepted = frozenset(order.despite) if order is not None else frozenset[str]()
    for step in steps:
        for one in step.not_if:
            if one.id in accepted:
                continue
            judged = judge(one.when, picture)
            if judged.holds is False or (judged.holds is None and not one.waits):
                continue
            kind: Literal["contraindication", "unknown"] = "contraindication" if judged.holds else "unknown"
            text = "; ".join(judged.because)
            yield Objection(kind, text, one.source, one.confidence, judged.missing)
