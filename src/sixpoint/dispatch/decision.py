"""A decision with everything it rests on, so that anybody can compute it again years later, or ask what if."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from sixpoint.dispatch.choice import Candidate, Choice, CrewMember
from sixpoint.dispatch.choose import choose, held_back, weigh
from sixpoint.dispatch.needs import CallType
from sixpoint.dispatch.policy import Policy
from sixpoint.errors import InputError


class UnitSeen(msgspec.Struct, frozen=True):
    """A candidate as it was seen: the skills that the decision looks at, by name; `eta_s` as text, exact."""

    unit_id: str
    standing: tuple[str, ...]
    with_order: tuple[str, ...]
    can_transport: bool
    eta_s: str
    cover_cost: str = "0.0"
    hands: int = 2
    mutual_aid: bool = False
    crew: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = ()


class Override(msgspec.Struct, frozen=True):
    """A person sent other units than recommended: who, why, and what the recommendation had been."""

    by: str
    reason: str
    recommended: Choice


class Decision(msgspec.Struct, frozen=True):
    """What was asked, under which rules, who could go, and what was decided.

    `skills` are the skills the decision looks at: those of the needs and the scarce ones of the policy.
    """

    at_ms: int
    call_id: str
    call_type: CallType
    policy: Policy
    rulebook: str
    road: str
    skills: tuple[str, ...]
    units: tuple[UnitSeen, ...]
    choice: Choice
    override: Override | None = None


def record_decision(
    *,
    at_ms: int,
    call_id: str,
    call_type: CallType,
    candidates: Sequence[Candidate],
    skill_index: Mapping[str, int],
    policy: Policy,
    rulebook: str,
    road: str,
) -> Decision:
    """Chooses and records; `rulebook` and `road` are the content hashes of what the candidates were made from."""
    named = dict.fromkeys(skill for need in call_type.needs for skill in need.any_of)
    skills = tuple(skill for skill in dict.fromkeys((*named, *policy.scarce_skills)) if skill in skill_index)

    def names(bits: int) -> tuple[str, ...]:
        return tuple(skill for skill in skills if bits >> skill_index[skill] & 1)

    seen = tuple(
        UnitSeen(
            candidate.unit_id,
            names(candidate.standing),
            names(candidate.with_order),
            candidate.can_transport,
            repr(float(candidate.eta_s)),
            repr(float(candidate.cover_cost)),
            candidate.hands,
            candidate.mutual_aid,
            tuple((member.clinician_id, names(member.standing), names(member.with_order)) for member in candidate.crew),
        )
        for candidate in candidates
    )
    choice = choose(call_type, candidates, skill_index, policy)
    return Decision(at_ms, call_id, call_type, policy, rulebook, road, skills, seen, choice)


def override_decision(decision: Decision, unit_ids: Collection[str], *, by: str, reason: str) -> Decision:
    """The same decision with the units that a person sends instead; with none the call is held back, and waits.

    `InputError` without a person, a reason or a known unit.
    """
    if not reason.strip() or not by.strip():
        raise InputError.one("override", "it names no person or no reason", "Say who overrides, and why.")
    candidates, index = _candidates(decision, {})
    choice = _sent_by_a_person(decision, candidates, index, unit_ids, reason)
    recommended = decision.override.recommended if decision.override else decision.choice
    return msgspec.structs.replace(decision, choice=choice, override=Override(by, reason, recommended))


def recompute(decision: Decision) -> Choice:
    """The answer computed again from the record alone; equal to `decision.choice`."""
    candidates, index = _candidates(decision, {})
    if decision.override:
        sent = {item.unit_id for item in decision.choice.sent}
        return _sent_by_a_person(decision, candidates, index, sent, decision.override.reason)
    return choose(decision.call_type, candidates, index, decision.policy)


def _sent_by_a_person(
    decision: Decision,
    candidates: Sequence[Candidate],
    index: Mapping[str, int],
    unit_ids: Collection[str],
    reason: str,
) -> Choice:
    """What sending these gives; a call to which nobody is sent waits for the person's reason and no other."""
    choice = weigh(decision.call_type, candidates, unit_ids, index, decision.policy)
    return choice if unit_ids else held_back(choice, reason)


def what_if(
    decision: Decision,
    *,
    policy: Policy | None = None,
    call_type: CallType | None = None,
    capabilities: Mapping[str, tuple[Collection[str], Collection[str]]] | None = None,
    etas_s: Mapping[str, float] | None = None,
    without: Collection[str] = (),
) -> Choice:
    """The recommendation under another policy, other needs, other crews, other times, or without some units.

    `capabilities`: unit id -> (skills standing, skills with an order), by name, in place of what was recorded. Skills
    that the record does not hold for the other units are noted: for them the answer does not know.
    """
    policy = policy or decision.policy
    call_type = call_type or decision.call_type
    capabilities = capabilities or {}
    candidates, index = _candidates(decision, capabilities)
    asked = {skill for need in call_type.needs for skill in need.any_of} | set(policy.scarce_skills)
    unknown = sorted(
        asked - set(decision.skills) - {s for both in capabilities.values() for half in both for s in half}
    )
    candidates = [
        msgspec.structs.replace(candidate, eta_s=(etas_s or {}).get(candidate.unit_id, candidate.eta_s))
        for candidate in candidates
        if candidate.unit_id not in without
    ]
    choice = choose(call_type, candidates, index, policy)
    notes = tuple(f"the record does not say who may perform {skill}" for skill in unknown)
    return msgspec.structs.replace(choice, notes=(*choice.notes, *notes))


def _candidates(
    decision: Decision, capabilities: Mapping[str, tuple[Collection[str], Collection[str]]]
) -> tuple[list[Candidate], dict[str, int]]:
    """The candidates of the record, over an index of just the skills that are named."""
    extra = {skill for both in capabilities.values() for half in both for skill in half} - set(decision.skills)
    index = {skill: bit for bit, skill in enumerate((*decision.skills, *sorted(extra)))}

    def bits(names: Collection[str]) -> int:
        return sum(1 << index[name] for name in set(names))

    candidates = []
    for unit in decision.units:
        standing, with_order = capabilities.get(unit.unit_id, (unit.standing, unit.with_order))
        candidates.append(
            Candidate(
                unit.unit_id,
                bits(standing),
                bits(with_order) | bits(standing),
                unit.can_transport,
                float(unit.eta_s),
                float(unit.cover_cost),
                unit.hands,
                unit.mutual_aid,
                tuple(CrewMember(who, bits(may), bits(ordered)) for who, may, ordered in unit.crew),
            )
        )
    return candidates, index
