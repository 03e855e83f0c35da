"""A recorded decision can be computed again to the same answer, asked what if, and overridden with a reason."""

from __future__ import annotations

import random

import msgspec
import pytest

from sixpoint.dispatch import (
    Candidate,
    CrewMember,
    Decision,
    Policy,
    choose,
    load_call_types,
    override_decision,
    recompute,
    record_decision,
    what_if,
)
from sixpoint.errors import InputError

from .test_choice_is_exact import INDEX, some_call, some_policy, some_units
from .world import ADVANCED, ARREST, BASIC, RESPONDER, unit
from .world import INDEX as WORLD_INDEX


def decided(*units: Candidate, policy: Policy = Policy(scarce_skills=())) -> Decision:  # noqa: B008 - frozen
    return record_decision(
        at_ms=1,
        call_id="C1",
        call_type=ARREST,
        candidates=units,
        skill_index=WORLD_INDEX,
        policy=policy,
        rulebook="sha256:r",
        road="sha256:n",
    )


def test_a_decision_read_back_from_its_record_computes_to_the_same_answer() -> None:
    for seed in range(300):
        rng = random.Random(seed)
        call, units, policy = some_call(rng), some_units(rng, 8), some_policy(rng)
        decision = record_decision(
            at_ms=seed,
            call_id="C",
            call_type=call,
            candidates=units,
            skill_index=INDEX,
            policy=policy,
            rulebook="sha256:r",
            road="sha256:n",
        )
        assert decision.choice == choose(call, units, INDEX, policy)
        read = msgspec.json.decode(msgspec.json.encode(decision), type=Decision)
        assert read == decision
        assert recompute(read) == decision.choice, f"seed {seed}"


def test_bad_times_and_crews_survive_the_record() -> None:
    crew = (CrewMember("medic", ADVANCED, ADVANCED),)
    medic = msgspec.structs.replace(unit("M", ADVANCED, 60.0017), crew=crew)
    decision = decided(medic, unit("N", BASIC, float("nan")), unit("I", BASIC, float("inf")))
    read = msgspec.json.decode(msgspec.json.encode(decision), type=Decision)
    assert recompute(read) == decision.choice
    assert decision.choice.met[0].who == ("medic",)


def test_another_policy_or_another_crew_gives_another_answer_and_the_record_stays() -> None:
    decision = decided(unit("R", RESPONDER, 60, carries=False), unit("M", ADVANCED, 200))
    assert [item.unit_id for item in decision.choice.sent] == ["R", "M"]
    strict = what_if(decision, policy=Policy(scarce_skills=(), first_response_gain_s=200))
    assert [item.unit_id for item in strict.sent] == ["M"]
    lapsed = what_if(decision, capabilities={"M": (["press", "shock", "carry"], [])})
    assert [item.skill for item in lapsed.unmet] == ["drug"]
    assert what_if(decision, without=["M"]).unmet
    assert what_if(decision, etas_s={"M": 10.0}).sent[0].unit_id == "M"
    assert recompute(decision) == decision.choice


def test_what_the_record_does_not_hold_is_said_and_not_taken_for_no() -> None:
    decision = decided(unit("M", ADVANCED, 200))
    seizure = load_call_types()["2301025"]
    notes = what_if(decision, call_type=seizure).notes
    assert "the record does not say who may perform benzodiazepine" in notes


def test_an_override_is_accepted_with_a_reason_recorded_and_still_bound_by_law() -> None:
    decision = decided(unit("R", RESPONDER, 60, carries=False), unit("M", ADVANCED, 200))
    changed = override_decision(decision, ["R"], by="dispatcher 7", reason="M has a flat tyre")
    assert [item.unit_id for item in changed.choice.sent] == ["R"]
    assert [item.skill for item in changed.choice.unmet] == ["drug", "carry"]
    assert changed.override is not None and changed.override.recommended == decision.choice
    assert recompute(msgspec.json.decode(msgspec.json.encode(changed), type=Decision)) == changed.choice


def test_a_call_that_a_person_holds_back_waits_for_the_reason_given_and_not_for_want_of_units() -> None:
    held = override_decision(decided(unit("R", RESPONDER, 60)), [], by="chief", reason="the scene is not safe")
    assert held.choice.sent == () and held.choice.queued == "held back by a person: the scene is not safe"
    assert recompute(msgspec.json.decode(msgspec.json.encode(held), type=Decision)) == held.choice


def test_a_person_may_send_more_units_than_policy_would() -> None:
    many = [unit(f"R{number}", RESPONDER, 60 + number) for number in range(9)]
    changed = override_decision(decided(*many), [item.unit_id for item in many], by="chief", reason="a fire as well")
    assert len(changed.choice.sent) == 9


@pytest.mark.parametrize(("units", "reason"), [(["R"], " "), (["X"], "because")])
def test_an_override_without_a_reason_or_with_an_unknown_unit_is_refused(units: list[str], reason: str) -> None:
    with pytest.raises(InputError):
        override_decision(decided(unit("R", RESPONDER, 60)), units, by="dispatcher 7", reason=reason)
