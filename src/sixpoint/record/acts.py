"""eProcedures and eMedications: what was performed, by whom, at which level, on whose authority, and what came of it.

The code of a drug that is named comes first. Else the code comes from the rulebook's crosswalk: the one that is exactly
the skill, else the best one that covers it. A code that says more than the skill does, or something else, is never
written; then the code is Not Recorded and the skill stands, as it always does, in the custom results.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Final, Literal

import msgspec

from sixpoint.care import Intervention, OrderGiven, OrderRefused, PriorAid
from sixpoint.care.amounts import GRAMS, exact, in_unit
from sixpoint.record.codes import code, codes, rows
from sixpoint.record.part import NO, YES, Part
from sixpoint.record.structure import NOT_APPLICABLE, NOT_RECORDED, fill
from sixpoint.scope import Dose, Rulebook
from sixpoint.scope.nemsis.crosswalk import CODE_TYPES, Relation, load_crosswalk

Act = Intervention | PriorAid

CONFIDENT: Final = ("high", "medium")
SNOMED_DRUG_DIGITS: Final = 8  # RxNorm has at most 7 digits; the blood products of eMedications.03 are SNOMED's
DENIED_BY_ORDER: Final = "8801003"
ACCESS: Final = "vascular_access"  # the category of skills that eProcedures.13 is about
PHYSICIAN_CHARACTERS: Final = 255  # the most that .12 takes
MOST_ATTEMPTS: Final = 10
# eMedications.05 has 9 digits, 3 of them after the point.
LARGEST_DOSE, DOSE_STEPS = 1_000_000, 1_000


class Coded(msgspec.Struct, frozen=True):
    """Where a skill is written down, and under which code; None if no code says it."""

    kind: Literal["procedure", "medication"]
    code: str | None = None
    system: str = ""


class About(msgspec.Struct, frozen=True):
    """What a skill's name says beyond its code: the route (eMedications.04), eArrest.03 and eArrest.09."""

    skill: str
    route: str = ""
    resuscitation: str = ""
    cpr: str = ""


@cache
def abouts() -> Mapping[str, About]:
    """What is known of skills beyond their codes, by skill."""
    return {row["skill"]: msgspec.convert(row, About) for row in rows("acts.csv")}


@lru_cache(maxsize=4096)
def coded(skill: str, rulebook: Rulebook) -> Coded:
    """The code to write for a skill, and the section it belongs to."""
    relations = load_crosswalk().of_skill(skill)
    best = min((one for one in relations if _says_no_more(one)), key=_preference, default=None)
    if best is not None:
        return Coded(best.kind, best.code, best.system)
    if relations:
        return Coded(relations[0].kind)
    known = rulebook.skill(skill)
    is_drug = known is not None and known.category in ("medications_assisted", "medications_formulary")
    return Coded("medication" if is_drug else "procedure")


def _says_no_more(relation: Relation) -> bool:
    return relation.relation in ("exact", "broader") and relation.confidence in CONFIDENT


def _preference(relation: Relation) -> tuple[bool, int]:
    return relation.relation != "exact", CONFIDENT.index(relation.confidence)


def performed(part: Part) -> tuple[dict[str, Any], dict[str, Any]]:
    """The sections eMedications and eProcedures."""
    groups: dict[str, list[dict[str, Any]]] = {"medication": [], "procedure": []}
    rulebook = part.context.rulebook
    for fact in listed(part):
        found = coded(fact.skill, rulebook)
        group = _medication(fact, found, part) if found.kind == "medication" else _procedure(fact, found, part)
        groups[found.kind].append(group)
    for refused in denied(part):
        found = coded(refused.skill, rulebook)
        groups[found.kind].append(_denied(refused, found, part))
    # Without a patient nothing could be done; with one, nothing was.
    empty = NOT_RECORDED if part.has_contact else NOT_APPLICABLE
    return (
        fill("eMedications", {"eMedications.MedicationGroup": groups["medication"]}, empty),
        fill("eProcedures", {"eProcedures.ProcedureGroup": groups["procedure"]}, empty),
    )


def listed(part: Part) -> list[Act]:
    """Every act the record names, in order of time: this unit's, other units' until it left, and aid before any."""
    acts: list[Act] = [*part.told(Intervention), *part.told(PriorAid)]
    return sorted(acts, key=lambda fact: (fact.at_ms, fact.fact_id))


def denied(part: Part) -> list[OrderRefused]:
    """This unit's requests that medical control refused and nobody carried out, of skills that have a code."""
    done = {act.skill for act in part.told(Intervention)}
    found = {one.skill: one for one in part.told(OrderRefused) if part.wrote(one) and one.skill not in done}
    return [one for one in found.values() if coded(one.skill, part.context.rulebook).code is not None]


def _common(section: str, fact: Act, part: Part) -> dict[str, Any]:
    """What both sections hold under the same numbers."""
    part.group(fact, fact.fact_id)
    is_aid = isinstance(fact, PriorAid)
    values: dict[str, Any] = {
        "@CorrelationID": fact.fact_id,
        # Aid before any unit is noted when a unit hears of it: when it was given nobody recorded.
        f"{section}.01": None if is_aid else part.context.time(fact.at_ms),
        f"{section}.02": YES if is_aid or part.is_prior(fact) else NO,
        f"{section}.10": performer(fact, part.context.rulebook),
    }
    if values[f"{section}.10"] is not None:
        part.place(fact, "by", "level")
    if isinstance(fact, Intervention):
        values[f"{section}.11"] = code("eMedications.11", fact.authority)
        values[f"{section}.12"] = _physician(fact, part)
        if part.wrote(fact):
            values[f"{section}.09"] = fact.author
            part.place(fact, "author")
    return values


def performer(fact: Act, rulebook: Rulebook) -> str | None:
    """Who did it, as list 9905 has it: a crew member by the level practised, others by what they are; else None."""
    if isinstance(fact, PriorAid):
        return code("eMedications.10", fact.by)
    level = rulebook.level(fact.level)
    return None if level is None else level.nemsis.performer


def _physician(fact: Intervention, part: Part) -> str | None:
    """Who gave the order that the act stands on: the one it names, else the one in force for its skill."""
    if fact.authority != "order":
        return None
    for order in reversed(part.told(OrderGiven)):
        named = order.fact_id == fact.order if fact.order else order.skill == fact.skill
        if named and order.at_ms <= fact.at_ms <= order.until_ms:
            return order.ordered_by if 0 < len(order.ordered_by) <= PHYSICIAN_CHARACTERS else None
    return None


def _procedure(fact: Act, found: Coded, part: Part) -> dict[str, Any]:
    values = _common("eProcedures", fact, part)
    values["eProcedures.03"] = found.code
    values["eProcedures.08"] = _response(fact)
    if fact.successful is not None:
        values["eProcedures.06"] = YES if fact.successful else NO
        part.place(fact, "successful")
    if isinstance(fact, Intervention):
        if 1 <= fact.attempts <= MOST_ATTEMPTS:
            values["eProcedures.05"] = fact.attempts
            part.place(fact, "attempts")
        values["eProcedures.07"] = _complication("eProcedures.07", fact, part)
        values["eProcedures.13"] = _site(fact, part)
        if _is_beside(fact, part):
            values["eProcedures.15"] = YES
    return values


def _medication(fact: Act, found: Coded, part: Part) -> dict[str, Any]:
    values = _common("eMedications", fact, part)
    values["eMedications.03"] = _drug(fact, found, part)
    values["eMedications.04"] = _route(fact, part)
    values |= _dose(fact, part)
    values["eMedications.07"] = _response(fact)
    if isinstance(fact, Intervention):
        values["eMedications.08"] = _complication("eMedications.08", fact, part)
        if _is_beside(fact, part):
            values["eMedications.13"] = YES
    return values


def _is_beside(fact: Intervention, part: Part) -> bool:
    """Whether a crew of another unit did it while this one was there."""
    return not part.wrote(fact) and not part.is_prior(fact)


def _drug(fact: Act, found: Coded, part: Part) -> dict[str, str] | None:
    named = code("eMedications.03", fact.drug.lower()) if fact.drug else None
    if named is not None:
        part.place(fact, "drug")
        return _with_system(named, "SNOMED" if len(named) >= SNOMED_DRUG_DIGITS else "RxNorm")
    return None if found.code is None else _with_system(found.code, found.system)


def _with_system(number: str, system: str) -> dict[str, str]:
    code_type = next(listed for listed, name in CODE_TYPES.items() if name == system)
    return {"#": number, "@CodeType": code_type}


def _route(fact: Act, part: Part) -> str | None:
    if fact.route:
        given = code("eMedications.04", fact.route)
        if given is not None:
            part.place(fact, "route")
        return given
    about = abouts().get(fact.skill)
    return about.route or None if about else None


def _dose(fact: Act, part: Part) -> dict[str, Any]:
    amount = None if fact.dose is None else _writable(fact.dose)
    unit = None if amount is None else code("eMedications.06", amount.unit)
    if amount is None or unit is None:
        return {}
    part.place(fact, "dose")
    return {"eMedications.05": amount.amount, "eMedications.06": unit}


def _writable(dose: Dose) -> Dose | None:
    """The dose in a unit in which the element holds it to the last digit: its own, else a smaller one; None if none."""
    units = [dose.unit, *(unit for unit in reversed(GRAMS) if dose.unit in GRAMS and GRAMS[unit] < GRAMS[dose.unit])]
    for unit in units:
        amount = exact(dose.amount) if unit == dose.unit else in_unit(dose, unit)
        if amount is not None and 0 <= amount < LARGEST_DOSE and amount * DOSE_STEPS % 1 == 0:
            whole = amount == amount.to_integral_value()
            return Dose(int(amount) if whole else float(amount), unit)
    return None


def _response(fact: Act) -> str | None:
    return code("eMedications.07", fact.response) if fact.response else None


def _complication(list_: str, fact: Intervention, part: Part) -> str | None:
    if not fact.complication:
        return None
    known = code(list_, fact.complication.lower().replace("_", " "))
    if known is None:
        return code(list_, "other")
    part.place(fact, "complication")
    return known


@cache
def _sites() -> Mapping[frozenset[str], str]:
    return {frozenset(words.split()): number for words, number in codes()["eProcedures.13"].items()}


def _site(fact: Intervention, part: Part) -> str | None:
    """eProcedures.13, for skills that reach a vessel or the marrow, if the words name one of its places."""
    skill = part.context.rulebook.skill(fact.skill)
    if not fact.site or skill is None or skill.category != ACCESS:
        return None
    found = _sites().get(frozenset(fact.site.lower().replace("_", " ").replace(",", " ").split()))
    if found is not None:
        part.place(fact, "site")
    return found


def _denied(refused: OrderRefused, found: Coded, part: Part) -> dict[str, Any]:
    """An act that was asked for and not ordered, so not done: its code, with the pertinent negative that says so."""
    section = "eMedications" if found.kind == "medication" else "eProcedures"
    part.group(refused, refused.fact_id)
    part.place(refused, "skill")
    assert found.code is not None
    named: dict[str, str] = {"#": found.code}
    if section == "eMedications":
        named = _with_system(found.code, found.system)
    return {
        "@CorrelationID": refused.fact_id,
        f"{section}.01": part.context.time(refused.at_ms),
        f"{section}.02": NO,
        f"{section}.03": {**named, "@PN": DENIED_BY_ORDER},
        f"{section}.12": refused.refused_by[:PHYSICIAN_CHARACTERS] or None,
    }
