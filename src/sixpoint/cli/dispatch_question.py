"""The question of `sixpoint dispatch choose`: a JSON file with a call, the units that could go, and facilities."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from sixpoint.cli.question_file import check_names, decode_question, faults_of, read_file
from sixpoint.dispatch import (
    CallType,
    Candidate,
    Destination,
    FacilityOption,
    Policy,
    choose_destination,
    load_policy,
)
from sixpoint.dispatch.needs import DESTINATIONS
from sixpoint.dispatch.words import nearest_types, types_meant
from sixpoint.errors import InputError
from sixpoint.scope import Rulebook, equipment_of_kit, load_rulebook

MOST_HANDS: Final = 1_000


class UnitAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A unit, by the levels of its crew (with the rulebook) or else by its skills; a missing `eta_s` is no time."""

    unit_id: str
    eta_s: float | None
    can_transport: bool
    levels: tuple[str, ...] = ()
    kit: str | None = None
    skills: tuple[str, ...] = ()
    skills_with_order: tuple[str, ...] = ()
    cover_cost: float = 0.0
    hands: int | None = None
    mutual_aid: bool = False


class FacilityAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A facility as seen from the patient; a missing `travel_s` is no way."""

    facility_id: str
    travel_s: float | None
    capabilities: tuple[str, ...] = ()
    open: bool = True
    kind: Literal["hospital", "clinic"] = "hospital"


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """By what a question is answered: `policy` is a name, a file or the policy itself; `at` is when crews may act."""

    policy: str | Policy = "default"
    rulebook: str = "us-national"
    overlays: tuple[str, ...] = ()
    at: datetime | None = None


class Question(Terms, frozen=True, kw_only=True):
    """What is asked. `suspected` was found at the patient: the destination follows it in place of the call type.

    `send` are the units that a person sends instead of those recommended (none: the call is held back), `by` who does
    so and `reason` why.
    """

    dispatch_code: str
    units: tuple[UnitAsked, ...]
    call_id: str | None = None
    suspected: str = ""
    facilities: tuple[FacilityAsked, ...] | None = None
    send: tuple[str, ...] | None = None
    reason: str = ""
    by: str = ""


class Asked(msgspec.Struct, frozen=True):
    """The question made ready for `choose`, and where the patient goes (None: no facilities are asked about).

    `road` names what the times rest on, `destination` what a facility must treat; `absent` says of units that are known
    and cannot be sent why not, `notes` what was taken for granted.
    """

    question: Question
    call_id: str
    road: str
    call_type: CallType
    candidates: Sequence[Candidate]
    skill_index: Mapping[str, int]
    policy: Policy
    destination: str
    facilities: Sequence[FacilityOption] | None
    goes_to: Destination | None
    rulebook: Rulebook
    at: datetime
    absent: Mapping[str, str] = {}
    notes: tuple[str, ...] = ()


def call_type_named(text: str, where: str = "dispatch_code") -> CallType:
    """The call type of a code, or the only one that these words may mean; else `InputError` with those to choose from.

    Never a guess: the wrong type sends the wrong units.
    """
    found = types_meant(text)
    if len(found) == 1:
        return found[0]
    if found:
        what = f"'{text}' may be {len(found)} call types: {_listed(found)}"
        raise InputError.one(where, what, "Name one by its code.")
    near, remedy = nearest_types(text), "See `sixpoint dispatch call-types`."
    if near:
        remedy = f"Nearest: {_listed(near)}. Name one by its code; `sixpoint dispatch call-types` lists all."
    raise InputError.one(where, f"call type '{text}' is not known", remedy)


def _listed(call_types: Iterable[CallType]) -> str:
    return "; ".join(f"{one.code} {one.reason}" for one in call_types)


def notes_on_kits(units: Iterable[UnitAsked]) -> tuple[str, ...]:
    """What is taken for granted of units whose crew is given by levels and whose kit is not given."""
    bare = [unit.unit_id for unit in units if unit.levels and unit.kit is None]
    return (f"no kit given: taken to carry everything: {', '.join(bare)}",) if bare else ()


def terms_of(path: Path, terms: Terms, now: datetime) -> tuple[Rulebook, Policy, datetime]:
    """The rulebook, the policy and the instant by which a question is answered."""
    rulebook = load_rulebook(terms.rulebook, terms.overlays)
    at = terms.at or now
    if at.tzinfo is None:
        raise InputError.one(f"{path}: at", "the instant has no offset", "Write it like 2026-05-01T08:30:00-07:00.")
    try:
        at = at.astimezone(UTC)
    except OverflowError:
        raise InputError.one(f"{path}: at", f"{at.isoformat()} is beyond the calendar", "Correct the year.") from None
    return rulebook, terms.policy if isinstance(terms.policy, Policy) else load_policy(terms.policy), at


def read_question(path: Path, now: datetime) -> Asked:
    """Reads the file; `InputError` says what is wrong with it, and nothing is chosen."""
    data = read_file(path)
    question = decode_question(path, data, Question)
    with faults_of(path):
        return _asked(path, question, hashlib.sha256(data).hexdigest(), now)


def _asked(path: Path, question: Question, digest: str, now: datetime) -> Asked:
    check_names(_names(question))
    call_type = call_type_named(question.dispatch_code)
    rulebook, policy, at = terms_of(path, question, now)
    candidates = tuple(candidate_of(unit, rulebook, at) for unit in question.units)
    wanted = capability("suspected", question.suspected) if question.suspected else call_type.destination
    facilities = None if question.facilities is None else tuple(_option(each) for each in question.facilities)
    return Asked(
        question=question,
        call_id=question.call_id or path.stem.encode("utf-8", "replace").decode("utf-8"),
        road=f"times as the question gives them, sha256:{digest}",
        call_type=call_type,
        candidates=candidates,
        skill_index={skill.id: skill.index for skill in rulebook.skills},
        policy=policy,
        destination=wanted,
        facilities=facilities,
        goes_to=None if facilities is None else choose_destination(wanted, facilities, policy),
        rulebook=rulebook,
        at=at,
        notes=notes_on_kits(question.units),
    )


def _names(question: Question) -> Iterator[tuple[str, str]]:
    if question.call_id is not None:
        yield "call_id", question.call_id
    yield from ((f"units[{place}].unit_id", unit.unit_id) for place, unit in enumerate(question.units))
    for place, facility in enumerate(question.facilities or ()):
        yield f"facilities[{place}].facility_id", facility.facility_id


def candidate_of(unit: UnitAsked, rulebook: Rulebook, at: datetime) -> Candidate:
    """The unit with what its crew may do at that instant; `InputError` for a level, skill or kit that there is not."""
    where = f"unit {unit.unit_id}"
    if unit.levels and (unit.skills or unit.skills_with_order):
        remedy = (
            "Leave the skills out, so that the rulebook says what the crew may do; or the levels, to say it yourself."
        )
        raise InputError.one(where, "names levels and skills both", remedy)
    if unit.hands is not None and not 0 <= unit.hands <= MOST_HANDS:
        raise InputError.one(where, f"hands is {unit.hands}", f"Write how many rescuers it brings, 0 to {MOST_HANDS}.")
    standing = _bits(where, unit.skills, rulebook)
    with_order = standing | _bits(where, unit.skills_with_order, rulebook)
    for name in unit.levels:
        level = rulebook.level(name)
        if level is None:
            known = ", ".join(rulebook.levels)
            raise InputError.one(where, f"there is no level '{name}'", f"Levels of this rulebook are: {known}.")
        for skill in rulebook.skills:
            verdict = rulebook.can(level.id, skill.id, at)
            standing |= verdict.allowed << skill.index
            with_order |= verdict.allowed_with_order << skill.index
    if unit.kit is not None:
        try:
            equipped = rulebook.equipped(equipment_of_kit(rulebook, unit.kit))
        except InputError as error:
            faults = [msgspec.structs.replace(fault, where=where) for fault in error.faults]
            raise InputError(faults) from None
        standing, with_order = standing & equipped, with_order & equipped
    return Candidate(
        unit.unit_id,
        standing,
        with_order,
        unit.can_transport,
        math.nan if unit.eta_s is None else unit.eta_s,
        unit.cover_cost,
        unit.hands if unit.hands is not None else max(1, len(unit.levels)),
        unit.mutual_aid,
    )


def _bits(where: str, skills: tuple[str, ...], rulebook: Rulebook) -> int:
    bits = 0
    for name in skills:
        skill = rulebook.skill(name)
        if skill is None:
            raise InputError.one(where, f"there is no skill '{name}'", "See `sixpoint scope skills`.")
        bits |= 1 << skill.index
    return bits


def _option(facility: FacilityAsked) -> FacilityOption:
    for word in facility.capabilities:
        capability(f"facility {facility.facility_id}", word)
    travel_s = math.nan if facility.travel_s is None else facility.travel_s
    capabilities, emergency = frozenset(facility.capabilities), facility.kind == "hospital"
    return FacilityOption(facility.facility_id, capabilities, facility.open, travel_s, emergency)


def capability(where: str, word: str) -> str:
    """The word, if facilities are known by it; else `InputError` with those that there are."""
    if word not in DESTINATIONS and not re.fullmatch("trauma_[1-4]", word):
        known = ", ".join(each for each in DESTINATIONS if each != "any")
        raise InputError.one(where, f"there is no capability '{word}'", f"Write: {known}; trauma_1 to trauma_4.")
    return word
