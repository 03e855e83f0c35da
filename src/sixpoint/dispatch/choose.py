"""Whom to send: the set of units that brings every needed intervention soonest, lawfully, with every reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
import numpy as np

from sixpoint.dispatch.arrays import MILLION, are_costs, make_question, make_units
from sixpoint.dispatch.candidates import in_columns
from sixpoint.dispatch.choice import Candidate, Choice, Met, Sent, Unmet
from sixpoint.dispatch.desk import new_desk
from sixpoint.dispatch.eligible import GATE_NO_TIME, GATE_OPEN, HARM_UNIT, NEVER_MS, fill_times
from sixpoint.dispatch.explain import Found, explain_passed_over, told_times, untimed_that_may
from sixpoint.dispatch.kernel import choose_units
from sixpoint.dispatch.needs import CallType, Need
from sixpoint.dispatch.policy import Policy
from sixpoint.errors import InputError


def choose(
    call_type: CallType, candidates: Sequence[Candidate], skill_index: Mapping[str, int], policy: Policy
) -> Choice:
    """The set of at most `policy.max_units` units with the least expected harm, then cost to cover, then time; exact.

    Legality is a filter: a unit that may not perform a skill, standing or with an order, never counts for it. A need
    nobody sent can meet is in `unmet` with the reason. `skill_index` gives the bit of each skill of the rulebook.
    Times are counted in whole milliseconds. Never raises for what candidates hold: a time that is no time, a unit named
    twice, no unit at all are outcomes with reasons.
    """
    found = _look(call_type, candidates, skill_index, policy)
    count = len(candidates)
    if not call_type.needs:
        _open_gates(found)
        return _answer(found, [])
    size = choose_units(found.question, found.units, count, found.desk) if count else 0
    return _answer(found, [int(place) for place in found.desk.best[:size]])


def weigh(
    call_type: CallType,
    candidates: Sequence[Candidate],
    unit_ids: Collection[str],
    skill_index: Mapping[str, int],
    policy: Policy,
) -> Choice:
    """What sending exactly these units would give: for an override, and for units that are on their way already.

    Legality stays a filter: what they may not do is unmet, however they were sent. `InputError` for an unknown id.
    """
    found = _look(call_type, candidates, skill_index, policy, len(unit_ids))
    listed, wanted = found.candidates.unit_ids, set(unit_ids)
    unknown = sorted(wanted.difference(listed))
    if unknown:
        raise InputError.one("units", f"unit {unknown[0]} is not among the candidates", "Name a unit that is listed.")
    fill_times(found.question, found.units, len(candidates), found.desk)
    if not call_type.needs:
        _open_gates(found)
    chosen = [place for place, unit_id in enumerate(listed) if unit_id in wanted]
    return _answer(found._replace(named=True), [place for place in chosen if found.units.usable[place]])


def held_back(choice: Choice, reason: str) -> Choice:
    """The choice of nobody: the call waits for the person's reason and no other."""
    return msgspec.structs.replace(choice, queued=f"held back by a person: {reason}")


def _look(
    call_type: CallType,
    candidates: Sequence[Candidate],
    skill_index: Mapping[str, int],
    policy: Policy,
    members: int = 0,
) -> Found:
    question = make_question(call_type, skill_index, policy)
    seen = in_columns(candidates, skill_index)
    units = make_units(seen, skill_index)
    desk = new_desk(max(1, len(seen)), max(1, len(call_type.needs)), max(members, policy.max_units))
    return Found(call_type, seen, skill_index, policy, question, units, desk, ())


def _open_gates(found: Found) -> None:
    """Where nothing is needed, nobody is kept back for what they may not do."""
    found.desk.gate[: len(found.candidates)] = np.where(found.units.usable, GATE_OPEN, GATE_NO_TIME)


def _answer(found: Found, chosen: Sequence[int]) -> Choice:
    """The answer for a set of places, with every reason."""
    units, candidates = found.units, found.candidates
    sent = tuple(sorted(chosen, key=lambda place: (units.eta_ms[place], units.rank[place])))
    found = found._replace(sent=sent)
    met = _met(found)
    passed_over, others = explain_passed_over(found)
    return Choice(
        sent=tuple(Sent(candidates[p].unit_id, found.eta_s(p), _sent_for(candidates[p].unit_id, met)) for p in sent),
        met=met,
        unmet=_unmet(found, {item.order for item in met}),
        passed_over=passed_over,
        harm=found.harm() / HARM_UNIT,
        cover_cost=sum(int(found.desk.cover[place]) for place in sent) / MILLION,
        total_s=round(sum(item.at_s for item in met), 3),
        others_passed_over=sum(one.units for one in others),
        others=others,
        queued="" if sent else _why_queued(found),
        lights_and_sirens=found.call_type.acuity in found.policy.lights_and_sirens,
        notes=_notes(found, met),
    )


def _met(found: Found) -> tuple[Met, ...]:
    met = []
    for place, need in enumerate(found.call_type.needs):
        at_ms, helpers = found.meeting(place, found.sent)
        if at_ms >= NEVER_MS:
            continue
        last = helpers[-1]
        candidate = found.candidates[last]
        standing = _first(need, candidate.standing, found.skill_index)
        by = standing or _first(need, candidate.with_order, found.skill_index)
        bit = 1 << found.skill_index[by]
        met.append(
            Met(
                skill=need.skill,
                unit_id=candidate.unit_id,
                at_s=at_ms / 1000,
                verdict="standing" if standing else "order",
                on_target=at_ms <= round(1000 * need.target_s)
                if need.clock == "alert" and need.target_s is not None
                else None,
                order=need.order,
                by=by,
                hands=need.hands,
                with_units=tuple(found.candidates[other].unit_id for other in helpers[:-1]),
                who=tuple(
                    member.clinician_id
                    for member in candidate.crew
                    if (member.standing if standing else member.standing | member.with_order) & bit
                ),
            )
        )
    return tuple(met)


def _first(need: Need, allowed: int, skill_index: Mapping[str, int]) -> str:
    """The first skill of the need that the bitset allows, or nothing."""
    for skill in need.any_of:
        if skill in skill_index and allowed >> skill_index[skill] & 1:
            return skill
    return ""


def _sent_for(unit_id: str, met: Sequence[Met]) -> tuple[str, ...]:
    lines = []
    for item in met:
        order = " with an order from medical control" if item.verdict == "order" else ""
        if item.unit_id == unit_id:
            lines.append(f"{item.by} at {clock(item.at_s)}{order}")
        elif unit_id in item.with_units:
            lines.append(f"hands for {item.skill} at {clock(item.at_s)}")
    return tuple(dict.fromkeys(lines)) or ("no need is met by it",)


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds, as a dispatcher reads them."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def _unmet(found: Found, met: set[int]) -> tuple[Unmet, ...]:
    unmet = []
    for place, need in enumerate(found.call_type.needs):
        if need.order in met:
            continue
        unmet.append(Unmet(need.skill, _why_unmet(found, place, need), need.order))
    return tuple(unmet)


def _why_unmet(found: Found, place: int, need: Need) -> tuple[str, ...]:
    if not any(skill in found.skill_index for skill in need.any_of):
        return ("the rulebook has no such skill",)
    if not len(found.candidates):
        return ("no unit is free",)
    times_ms = found.desk.time_ms[: len(found.candidates), place]
    lawful = np.flatnonzero(times_ms < NEVER_MS)
    untimed = told_times(found, untimed_that_may(found, [need]))
    if not len(lawful):
        kind = " and can transport" if need.transporting else ""
        if untimed:
            return (f"no unit that may perform it{kind} has a time that can be counted", *untimed)
        return (f"no unit that is free may perform it{kind}, neither standing nor with an order",)
    hands = int(np.maximum(0, found.units.hands[lawful]).sum())
    if hands < need.hands:
        few = f"it takes {need.hands} rescuers at once; the free units that may perform it have {hands}"
        return (few, *untimed)
    nearest = lawful[np.lexsort((found.units.rank[lawful], times_ms[lawful]))[0]]
    at_s = int(times_ms[nearest]) / 1000
    unit_id = found.candidates[nearest].unit_id
    why = "is not among those sent" if found.named else "is not worth sending by policy"
    return (f"the nearest unit that may, {unit_id} at {clock(at_s)}, {why}",)


def _why_queued(found: Found) -> str:
    if found.named:
        return "nobody is named who can be sent"
    if not found.call_type.needs:
        return "the call type lists no need: a person decides"
    if not len(found.candidates):
        return "no unit is free"
    untimed = told_times(found, untimed_that_may(found, found.call_type.needs))
    if untimed:
        return f"no free unit that may perform any of the needs has a time that can be counted; {'; '.join(untimed)}"
    return "no free unit may perform any of the needs"


def _notes(found: Found, met: Sequence[Met]) -> tuple[str, ...]:
    candidates = found.candidates
    costly = [candidates[place] for place in np.flatnonzero(~are_costs(candidates.cover_cost)).tolist()]
    notes = [
        f"{candidate.unit_id}: cost to cover {candidate.cover_cost:g} is no cost and is not counted as written"
        for candidate in sorted(costly, key=lambda candidate: candidate.unit_id)
    ]
    without_hands = [candidates[place] for place in np.flatnonzero(found.units.hands == 0).tolist()]
    notes += [
        f"{candidate.unit_id}: {candidate.hands} is no number of rescuers and is counted as none"
        for candidate in sorted((one for one in without_hands if one.hands < 0), key=lambda one: one.unit_id)
    ]
    riding = {need.order for need in found.call_type.needs if need.transporting}
    takes = {item.unit_id for item in met if item.order in riding}
    alone = [candidates[place].unit_id for place in found.sent if found.units.hands[place] == 1]
    notes += [
        f"{unit_id} brings one person: nobody drives while that person attends to the patient"
        for unit_id in alone
        if unit_id in takes
    ]
    untimed = int((~found.units.usable).sum())
    if untimed > found.policy.passed_over_shown:
        notes.append(f"{untimed} units have no time that can be counted; some are told, all are left out")
    return tuple(notes)
