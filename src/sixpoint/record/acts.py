"""eProcedures and eMedications: what was performed, by whom, at which level, on whose authority.

The code comes from the rulebook's crosswalk: the one that is exactly the skill, else the best one that covers it. A
code that says more than the skill does, or something else, is never written; then the code is Not Recorded and the
skill stands, as it always does, in the custom results.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

import msgspec

from sixpoint.care import Intervention, PriorAid, standing_facts
from sixpoint.record.part import NO, YES, Part
from sixpoint.record.structure import NOT_APPLICABLE, NOT_RECORDED, fill
from sixpoint.scope import Rulebook
from sixpoint.scope.nemsis.crosswalk import CODE_TYPES, Relation, load_crosswalk

# eProcedures.11 and eMedications.11; nothing in the list says that somebody acted outside the rules.
AUTHORIZATION: Final = {"standing_order": "9918005", "order": "9918001"}

# eProcedures.10 and eMedications.10 for who is no member of a crew; anybody else is Not Recorded.
BYSTANDERS: Final = {
    "bystander": "9905045",
    "family": "9905049",
    "law_enforcement": "9905047",
    "patient": "9905043",
    "fire": "9905051",
}

CONFIDENT: Final = ("high", "medium")


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
    text = (files("sixpoint.record") / "data" / "acts.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["skill"]: msgspec.convert(row, About) for row in rows}


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
        code = coded(fact.skill, rulebook)
        group = _medication(fact, code, part) if code.kind == "medication" else _procedure(fact, code, part)
        groups[code.kind].append(group)
    # Without a patient nothing could be done; with one, nothing was.
    empty = NOT_RECORDED if part.has_contact else NOT_APPLICABLE
    return (
        fill("eMedications", {"eMedications.MedicationGroup": groups["medication"]}, empty),
        fill("eProcedures", {"eProcedures.ProcedureGroup": groups["procedure"]}, empty),
    )


def listed(part: Part) -> list[Intervention | PriorAid]:
    """Every act the record names, in order of time: this unit's, other units' until it left, and aid before any."""
    if part.encounter is None or not part.has_contact:
        return []
    aid = list(standing_facts(part.encounter, PriorAid))
    return sorted([*part.acts(), *part.acts_of_others(), *aid], key=lambda fact: (fact.at_ms, fact.fact_id))


def _common(section: str, fact: Intervention | PriorAid, code: Coded, part: Part) -> dict[str, Any]:
    """What both sections hold under the same numbers."""
    prior = isinstance(fact, PriorAid) or part.is_prior(fact)
    own = fact.unit_id == part.unit.unit_id
    values: dict[str, Any] = {
        "@CorrelationID": fact.fact_id,
        # Aid before any unit is noted when a unit hears of it: when it was given nobody recorded.
        f"{section}.01": None if isinstance(fact, PriorAid) else part.context.time(fact.at_ms),
        f"{section}.02": YES if prior else NO,
        f"{section}.03": code.code,
        f"{section}.10": performer(fact, part.context.rulebook),
    }
    if isinstance(fact, Intervention):
        values[f"{section}.11"] = AUTHORIZATION.get(fact.authority)
        if own:
            values[f"{section}.09"] = fact.author
    return values


def performer(fact: Intervention | PriorAid, rulebook: Rulebook) -> str | None:
    """Who did it, as list 9905 has it: a crew member by the level practised, others by what they are; else None."""
    if isinstance(fact, PriorAid):
        return BYSTANDERS.get(fact.by)
    level = rulebook.level(fact.level)
    return None if level is None else level.nemsis.performer


def _procedure(fact: Intervention | PriorAid, code: Coded, part: Part) -> dict[str, Any]:
    values = _common("eProcedures", fact, code, part)
    if isinstance(fact, Intervention):
        values |= {"eProcedures.05": 1, "eProcedures.06": YES if fact.successful else NO}
        if fact.unit_id != part.unit.unit_id and not part.is_prior(fact):
            values["eProcedures.15"] = YES
    return values


def _medication(fact: Intervention | PriorAid, code: Coded, part: Part) -> dict[str, Any]:
    values = _common("eMedications", fact, code, part)
    if code.code is not None:
        code_type = next(number for number, system in CODE_TYPES.items() if system == code.system)
        values["eMedications.03"] = {"#": code.code, "@CodeType": code_type}
    about = abouts().get(fact.skill)
    values["eMedications.04"] = about.route or None if about else None
    if isinstance(fact, Intervention) and fact.unit_id != part.unit.unit_id and not part.is_prior(fact):
        values["eMedications.13"] = YES
    return values
