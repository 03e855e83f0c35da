"""The question of `sixpoint dispatch reassign`: a call, the units on it, and other calls whose units may be taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from sixpoint.cli.dispatch_question import (
    Terms,
    UnitAsked,
    call_type_named,
    candidate_of,
    notes_on_kits,
    terms_of,
)
from sixpoint.cli.question_file import check_names, decode_question, faults_of, read_file
from sixpoint.dispatch import CallType, CallUnderway, Candidate
from sixpoint.dispatch.changes import CallAmongOthers
from sixpoint.dispatch.countable import wrong_with
from sixpoint.errors import Fault, InputError
from sixpoint.scope import Rulebook


class OtherCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another call that is served: who is on its way, who is there, and the times of units to that patient."""

    call_id: str
    dispatch_code: str
    coming: tuple[str, ...] = ()
    there: tuple[str, ...] = ()
    eta_s: dict[str, float | None] = {}
    not_needed: tuple[int | str, ...] = ()


class ReassignQuestion(Terms, frozen=True, kw_only=True):
    """A call with the units that there are; `eta_s` of a unit is its time to this call.

    `coming` are on their way to it, `there` at its patient; who is on no call is free. `not_needed` are the needs (by
    skill, or by order) that are met, or turned out not to be needed.
    """

    dispatch_code: str
    units: tuple[UnitAsked, ...]
    call_id: str = "this call"
    coming: tuple[str, ...] = ()
    there: tuple[str, ...] = ()
    not_needed: tuple[int | str, ...] = ()
    others: tuple[OtherCall, ...] = ()


class Situation(msgspec.Struct, frozen=True):
    """The question made ready; `notes` say which units are not looked at."""

    among: CallAmongOthers
    rulebook: Rulebook
    notes: tuple[str, ...]


def read_situation(path: Path, now: datetime) -> Situation:
    """Reads the file; `InputError` says what is wrong with it, and nothing is proposed."""
    question = decode_question(path, read_file(path), ReassignQuestion)
    with faults_of(path):
        return _situation(path, question, now)


def _situation(path: Path, question: ReassignQuestion, now: datetime) -> Situation:
    check_names(_names(question))
    call_type = _left(question, call_type_named(question.dispatch_code))
    types = [
        _left(other, call_type_named(other.dispatch_code, f"others[{place}].dispatch_code"))
        for place, other in enumerate(question.others)
    ]
    rulebook, policy, at = terms_of(path, question, now)
    faults = list(_faults(question))
    if faults:
        raise InputError(faults)
    units = {unit.unit_id: candidate_of(unit, rulebook, at) for unit in question.units}
    calls: list[ReassignQuestion | OtherCall] = [question, *question.others]
    on_call = {unit_id for call in calls for unit_id in (*call.there, *call.coming)}
    free = [unit_id for unit_id in units if unit_id not in on_call]
    here = _underway(question, call_type, _seen_from(question, units), free)
    seen_from = {other.call_id: _seen_from(other, units) for other in question.others}
    others = tuple(
        _underway(other, kind, seen_from[other.call_id], free)
        for other, kind in zip(question.others, types, strict=True)
    )
    busy = tuple(
        (units[unit_id], underway)
        for other, underway in zip(question.others, others, strict=True)
        for unit_id in other.coming
    )
    notes = (*notes_on_kits(question.units), *_notes(here, others, busy))
    index = {skill.id: skill.index for skill in rulebook.skills}
    return Situation(CallAmongOthers(here, others, busy, seen_from, index, policy), rulebook, notes)


def _names(question: ReassignQuestion) -> Iterator[tuple[str, str]]:
    yield "call_id", question.call_id
    yield from ((f"units[{place}].unit_id", unit.unit_id) for place, unit in enumerate(question.units))
    yield from ((f"others[{place}].call_id", other.call_id) for place, other in enumerate(question.others))


def _left(call: ReassignQuestion | OtherCall, call_type: CallType) -> CallType:
    """The call type less the needs that are not needed; `InputError` for one that it does not have."""
    done = set()
    for word in call.not_needed:
        orders = {need.order for need in call_type.needs if word in (need.order, *need.any_of)}
        if not orders:
            remedy = f"See `sixpoint dispatch needs {call_type.code}`; name a need by its skill or its number."
            raise InputError.one(f"{call.call_id}: not_needed", f"there is no need '{word}'", remedy)
        done |= orders
    return msgspec.structs.replace(call_type, needs=tuple(need for need in call_type.needs if need.order not in done))


def _faults(question: ReassignQuestion) -> Iterator[Fault]:
    """What the calls and the units say against each other."""
    for unit_id, count in Counter(unit.unit_id for unit in question.units).items():
        if count > 1:
            yield Fault(f"unit {unit_id}", "is listed twice", "Keep one of them.")
    eta_s = {unit.unit_id: unit.eta_s for unit in question.units}
    on: dict[str, str] = {}
    calls: list[tuple[ReassignQuestion | OtherCall, Mapping[str, float | None]]] = [(question, eta_s)]
    calls += [(other, other.eta_s) for other in question.others]
    names: set[str] = set()
    for call, times in calls:
        if call.call_id in names:
            yield Fault(f"call {call.call_id}", "is named twice", "Give each call an identifier of its own.")
        names.add(call.call_id)
        yield from _faults_of_times(call, times, eta_s)
        for unit_id in (*call.coming, *call.there):
            if unit_id in on:
                what = f"is on its way to, or at, {on[unit_id]} and {call.call_id}"
                yield Fault(f"unit {unit_id}", what, "Name it once, at one call.")
            on[unit_id] = call.call_id


def _faults_of_times(
    call: ReassignQuestion | OtherCall, times: Mapping[str, float | None], known: Mapping[str, float | None]
) -> Iterator[Fault]:
    for unit_id in dict.fromkeys((*call.coming, *call.there, *times)):
        if unit_id not in known:
            yield Fault(f"call {call.call_id}", f"there is no unit '{unit_id}'", "List it in 'units', or correct it.")
    for unit_id in call.coming:
        if wrong := wrong_with(_time(times.get(unit_id)), f"the time to {call.call_id}"):
            yield Fault(f"unit {unit_id}", wrong, "Without it nobody can say what the unit on its way is worth.")
    for unit_id in call.there:
        if times.get(unit_id):
            what = f"is at {call.call_id}, and its time there is {times[unit_id]:g} s"
            yield Fault(f"unit {unit_id}", what, "Write 0, or name it in 'coming'.")


def _time(eta_s: float | None) -> float:
    return float("nan") if eta_s is None else eta_s


def _seen_from(call: ReassignQuestion | OtherCall, units: Mapping[str, Candidate]) -> dict[str, Candidate]:
    """Every unit as the call sees it: with its time to this patient, those that are there in 0 s."""
    etas_s = {unit_id: one.eta_s for unit_id, one in units.items()}
    if isinstance(call, OtherCall):
        etas_s = {unit_id: _time(call.eta_s.get(unit_id)) for unit_id in units}
    etas_s |= dict.fromkeys(call.there, 0.0)
    return {unit_id: msgspec.structs.replace(one, eta_s=etas_s[unit_id]) for unit_id, one in units.items()}


def _underway(
    call: ReassignQuestion | OtherCall, call_type: CallType, seen: Mapping[str, Candidate], free: Sequence[str]
) -> CallUnderway:
    coming = tuple(seen[unit_id] for unit_id in (*call.there, *call.coming))
    return CallUnderway(call.call_id, call_type, coming, frozenset(call.there), tuple(seen[unit] for unit in free))


def _notes(
    call: CallUnderway, others: Sequence[CallUnderway], busy: Sequence[tuple[Candidate, CallUnderway]]
) -> Iterator[str]:
    """Which units cannot be counted for a call, as they have no time to it."""
    seen = {call.call_id: (*call.free, *(one for one, _ in busy))}
    seen |= {one.call_id: tuple(one.free) for one in others if len(one.coming) > len(one.there)}
    left: dict[tuple[str, str], list[str]] = {}
    for call_id, candidates in seen.items():
        for one in candidates:
            if wrong := wrong_with(one.eta_s, "the time there"):
                left.setdefault((one.unit_id, wrong), []).append(call_id)
    for (unit_id, wrong), call_ids in left.items():
        yield f"{unit_id} is not looked at for {', '.join(call_ids)}: {wrong}"
