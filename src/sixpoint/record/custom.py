"""The custom elements: everything that the facts say and NEMSIS has no element for, each under a name of ours.

Which field of which fact stands where is a table (`data/fields.csv`); a fact's words are "field: value", and point at
the group in which the rest of the fact stands. A fact without a group has its instant and author among its words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import msgspec

from sixpoint.care import (
    Fact,
    HandoverAccepted,
    HandoverDeclined,
    HandoverOffered,
    Intervention,
    InterventionStopped,
    PriorAid,
)
from sixpoint.care.facts import FactBase
from sixpoint.record.codes import rows
from sixpoint.record.part import YES, Part
from sixpoint.record.structure import fill
from sixpoint.scope import Dose

# Identifier, title, definition. Text, optional, may repeat.
NAMED: Final = {
    "sixpoint.skill": ("Skill", "The skill performed, by its identifier in the Sixpoint rulebook"),
    "sixpoint.because": ("Reasons", "Why the rulebook allowed the act to this clinician, or what spoke against it"),
    "sixpoint.override": ("Override", "Why somebody acted outside the rules; the act goes to quality review"),
    "sixpoint.care_override": (
        "Care override",
        "Why care was passed on, left or ended outside the rules; to review",
    ),
    "sixpoint.doubt": ("Doubt", "Why a value looked wrong when it was entered; its author insisted"),
    "sixpoint.rulebook": ("Rulebook", "The content hash of the rulebook in force"),
    "sixpoint.pathways": ("Pathways", "The content hash of the treatment pathways in force"),
    "sixpoint.destination": ("Destination", "Why the patient was taken there"),
    "sixpoint.dispatch": ("Dispatch", "Why other units were sent than recommended"),
    "sixpoint.imputed": ("Imputed or synthetic", "What in this record nobody observed"),
}
TEXT, OPTIONAL = "9902009", "9903007"
# What is told by another crew and concerns this one too.
SHARED: Final = (Intervention, InterventionStopped, HandoverOffered, HandoverAccepted, HandoverDeclined)
LONGEST: Final = 100_000  # characters of a result


class Field(msgspec.Struct, frozen=True):
    """A field of a kind of fact: the elements that say it, and whether it is kept in words: always, rest or never."""

    kind: str
    field: str
    element: tuple[str, ...]
    kept: str
    why: str


@cache
def fields() -> tuple[Field, ...]:
    """Where every field stands, from the table."""
    cells = ({**row, "element": tuple(row["element"].split())} for row in rows("fields.csv"))
    return tuple(msgspec.convert(row, Field) for row in cells)


@cache
def _kept(kind: str) -> tuple[tuple[str, bool], ...]:
    """The fields of a kind that may be kept in words, and whether that is so always."""
    return tuple((one.field, one.kept == "always") for one in fields() if one.kind == kind and one.kept)


@cache
def _defaults(kind: type[FactBase]) -> Mapping[str, Any]:
    """The value of each field that says nothing; a field without a default always says something."""
    return {one.name: one.default for one in msgspec.structs.fields(kind) if one.default is not msgspec.NODEFAULT}


def results(part: Part, acts: list[Intervention | PriorAid]) -> list[dict[str, Any]]:
    """The groups of eCustomResults: what the record rests on, then what its facts say beyond the elements."""
    context = part.context
    found = [_result("sixpoint.rulebook", [context.rulebook.hash])]
    not_observed = [*context.imputed, *([context.notice] if context.notice else [])]
    destination = context.destination if context.transported_by() is part.unit else None
    for name, values in (
        ("sixpoint.pathways", [context.pathways_hash] if context.pathways_hash else []),
        ("sixpoint.dispatch", [context.dispatch_override] if context.dispatch_override else []),
        ("sixpoint.imputed", not_observed),
        ("sixpoint.destination", [] if destination is None else [*destination.because]),
    ):
        if values:
            found.append(_result(name, values))
    for act in acts:
        found.append(_result("sixpoint.skill", [act.skill], act.fact_id))
        if isinstance(act, Intervention) and act.because:
            found.append(_result("sixpoint.because", list(act.because), act.fact_id))
        if isinstance(act, Intervention) and act.authority == "override":
            reason = context.override_reasons.get(act.fact_id, "no reason is recorded")
            found.append(_result("sixpoint.override", [reason], act.fact_id))
    for one in context.care_overrides:
        said = [f"about: {one.about}", f"reason: {one.reason}", *(f"because: {why}" for why in one.because)]
        found.append(_result("sixpoint.care_override", said, part.group_of(one.fact_id)))
    for fact in part.all_told():
        if _is_ours(fact, part):
            found += _of_fact(fact, part)
    return found


def _is_ours(fact: Fact, part: Part) -> bool:
    """What another crew found or said beside this one stands on its own record; what it did stands on both."""
    return part.wrote(fact) or not fact.unit_id or part.is_prior(fact) or isinstance(fact, SHARED)


def _of_fact(fact: Fact, part: Part) -> Iterator[dict[str, Any]]:
    group = part.group_of(fact.fact_id)
    if group is None and isinstance(fact, InterventionStopped):
        about = part.group_of(fact.stops)
    else:
        about = group
    kind = str(fact.__struct_config__.tag)
    said = [*_said(fact, kind, group is not None, part)]
    if said:
        yield _result(f"sixpoint.{kind}", said, about, None if about else fact.fact_id)
    if fact.doubts:
        yield _result("sixpoint.doubt", [*fact.doubts], about, None if about else f"doubt-{fact.fact_id}")


def _said(fact: Fact, kind: str, has_group: bool, part: Part) -> Iterator[str]:
    """The fact's words: when and by whom where no group says it, then each field that no element says in full."""
    if not has_group:
        yield f"at: {part.context.time(fact.at_ms)}"
    if fact.author and not part.is_placed(fact, "author"):
        yield f"by: {fact.author}"
    if fact.unit_id and not part.wrote(fact):
        yield f"unit: {fact.unit_id}"
    if fact.device:
        yield f"device: {fact.device}"
    defaults = _defaults(type(fact))
    for field, always in _kept(kind):
        value = getattr(fact, field)
        silent = field in defaults and value == defaults[field] and not (field == "present" and value is None)
        if not silent and (always or not part.is_placed(fact, field)):
            yield f"{field}: {_word(field, value, part)}"


def _word(field: str, value: Any, part: Part) -> str:
    if value is None:
        return "cannot be told"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field.endswith("_ms"):
        return part.context.time(value)
    if isinstance(value, Dose):
        return str(value)
    if isinstance(value, tuple):
        return "; ".join(map(str, value)) if value else "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _result(name: str, values: list[str], about: str | None = None, own: str | None = None) -> dict[str, Any]:
    """A group of eCustomResults, as the frame has it; there are too many of them to have each walked through it."""
    result: dict[str, Any] = {} if own is None else {"@CorrelationID": own}
    result["eCustomResults.01"] = [value[:LONGEST] or "(empty)" for value in values]
    result["eCustomResults.02"] = name
    if about is not None:
        result["eCustomResults.03"] = about
    return result


def configuration(found: list[dict[str, Any]]) -> dict[str, Any]:
    """eCustomConfiguration: the definition of every custom element that these results use."""
    used = dict.fromkeys(result["eCustomResults.02"] for result in found)
    return {"eCustomConfiguration.CustomGroup": [{**_definition(name)} for name in used]}


@cache
def _definition(name: str) -> dict[str, Any]:
    words = name.removeprefix("sixpoint.").replace("_", " ")
    beyond = f"What a fact of the kind '{words}' says that NEMSIS has no element for, as 'field: value'"
    title, definition = NAMED.get(name, (words.capitalize(), beyond))
    values = {
        "@CustomElementID": name,
        "eCustomConfiguration.01": title,
        "eCustomConfiguration.02": definition,
        "eCustomConfiguration.03": TEXT,
        "eCustomConfiguration.04": YES,
        "eCustomConfiguration.05": OPTIONAL,
    }
    (group,) = fill("eCustomConfiguration", {"eCustomConfiguration.CustomGroup": [values]})[
        "eCustomConfiguration.CustomGroup"
    ]
    filled: dict[str, Any] = group
    return filled
