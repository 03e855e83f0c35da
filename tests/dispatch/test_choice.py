"""What a dispatcher may rely on: legality first, every need accounted for, a reason for every unit passed over."""

from __future__ import annotations

import math
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sixpoint.dispatch import (
    ByAcuity,
    Candidate,
    Choice,
    CrewMember,
    OthersPassedOver,
    PassedOver,
    Policy,
    choose,
    weigh,
)
from sixpoint.dispatch.explain import GATE_OPEN, OTHERS
from sixpoint.errors import InputError

from .world import ADVANCED, ARREST, BASIC, INDEX, RESPONDER, bits, call, need, unit

PLAIN = Policy(scarce_skills=())


def sent(choice: Choice) -> tuple[str, ...]:
    return tuple(item.unit_id for item in choice.sent)


def why_not(choice: Choice, unit_id: str) -> str:
    return " ".join(next(item.because for item in choice.passed_over if item.unit_id == unit_id))


candidates = st.lists(
    st.builds(
        Candidate,
        unit_id=st.text("ABC", min_size=1, max_size=3),
        standing=st.integers(0, 31),
        with_order=st.integers(0, 31),
        can_transport=st.booleans(),
        eta_s=st.one_of(st.floats(0, 4000), st.sampled_from([math.inf, math.nan, -1.0, 1e300, -0.0])),
        cover_cost=st.sampled_from([0.0, 1.0, -1.0, math.nan, math.inf]),
        hands=st.sampled_from([-(10**30), -1, 0, 1, 2, 3, 10**30]),
        mutual_aid=st.booleans(),
    ),
    max_size=7,
)


@given(candidates)
@settings(max_examples=300)
def test_whatever_the_candidates_hold_every_need_has_an_outcome_and_no_unit_counts_for_what_it_may_not(
    units: list[Candidate],
) -> None:
    choice = choose(ARREST, units, INDEX, PLAIN)
    by_id: dict[str, Candidate] = {}
    for item in units:
        by_id.setdefault(item.unit_id, item)
    assert sorted(item.order for item in (*choice.met, *choice.unmet)) == [1, 2, 3, 4]
    for met in choice.met:
        who = by_id[met.unit_id]
        assert (who.standing if met.verdict == "standing" else who.with_order) >> INDEX[met.by] & 1
        assert met.at_s == pytest.approx(who.eta_s + (120 if met.verdict == "order" else 0), abs=1e-3)
        assert met.skill != "carry" or who.can_transport
    assert bool(choice.sent) != bool(choice.queued)
    assert all(item.because for item in (*choice.unmet, *choice.passed_over, *choice.sent))
    assert math.isfinite(choice.harm) and math.isfinite(choice.cover_cost)


@given(candidates, st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_the_order_in_which_units_are_listed_does_not_matter(units: list[Candidate], rng: object) -> None:
    unique = list({item.unit_id: item for item in units}.values())
    shuffled = list(unique)
    rng.shuffle(shuffled)
    assert choose(ARREST, unique, INDEX, PLAIN) == choose(ARREST, shuffled, INDEX, PLAIN)


@given(candidates, st.floats(0, 4000))
@settings(max_examples=100)
def test_one_more_unit_of_our_own_that_is_free_to_go_never_makes_the_priced_harm_worse(
    units: list[Candidate], eta_s: float
) -> None:
    gateless = Policy(scarce_skills=(), first_response_gain_s=0, mutual_aid_gain_s=0)

    def priced(choice: Choice) -> float:
        return choice.harm + gateless.additional_unit_price * max(0, len(choice.sent) - 1)

    own = [unit_ for unit_ in units if not unit_.mutual_aid and unit_.can_transport]
    before = choose(ARREST, own, INDEX, gateless)
    after = choose(ARREST, [*own, unit("Z", BASIC, eta_s)], INDEX, gateless)
    assert priced(after) <= priced(before) + 1e-9


def test_a_near_unit_that_may_not_act_never_outranks_a_far_one_that_may() -> None:
    choice = choose(call(need("tube")), [unit("NEAR", BASIC, 10), unit("FAR", ADVANCED, 3000)], INDEX, PLAIN)
    assert sent(choice) == ("FAR",)
    assert why_not(choice, "NEAR") == "may not perform any of the needs, neither standing nor with an order"


def test_the_clock_stops_when_a_unit_that_may_give_the_drug_is_there_not_when_the_first_arrives() -> None:
    choice = choose(ARREST, [unit("R", RESPONDER, 60, carries=False), unit("M", ADVANCED, 400)], INDEX, PLAIN)
    at = {met.skill: (met.unit_id, met.at_s) for met in choice.met}
    assert at == {"press": ("R", 60), "shock": ("R", 60), "drug": ("M", 400), "carry": ("M", 400)}


def test_with_an_order_the_drug_comes_after_the_call_to_medical_control() -> None:
    ordered = unit("B", BASIC, 100, order=bits("drug"))
    choice = choose(call(need("drug")), [ordered, unit("M", ADVANCED, 215)], INDEX, PLAIN)
    assert sent(choice) == ("M",)
    choice = choose(call(need("drug")), [ordered, unit("M", ADVANCED, 225)], INDEX, PLAIN)
    assert (sent(choice), choice.met[0].verdict, choice.met[0].at_s) == (("B",), "order", 220)


def test_any_skill_of_a_need_meets_it_and_the_choice_says_which() -> None:
    choice = choose(call(need("tube", 1, "drug")), [unit("D", bits("drug"), 50)], INDEX, PLAIN)
    assert (choice.met[0].skill, choice.met[0].by) == ("tube", "drug")


def test_two_rescuers_may_come_on_two_units_and_the_clock_waits_for_the_second() -> None:
    pair = call(need("press", 1, hands=2))
    alone = [unit("A", RESPONDER, 30, hands=1), unit("B", RESPONDER, 90, hands=1)]
    choice = choose(pair, alone, INDEX, PLAIN)
    assert (choice.met[0].unit_id, choice.met[0].at_s, choice.met[0].with_units) == ("B", 90, ("A",))
    short = choose(pair, alone[:1], INDEX, PLAIN)
    assert short.unmet[0].because == ("it takes 2 rescuers at once; the free units that may perform it have 1",)


def test_only_a_unit_that_can_transport_meets_a_transporting_need() -> None:
    rides = call(need("carry", transporting=True))
    choice = choose(rides, [unit("CAR", BASIC, 10, carries=False), unit("AMB", BASIC, 500)], INDEX, PLAIN)
    assert sent(choice) == ("AMB",)


def test_targets_on_other_clocks_are_never_said_to_be_kept_or_missed() -> None:
    needs = (need("press", 1, target_s=300.0, clock="alert"), need("shock", 2, target_s=300.0, clock="injury"))
    choice = choose(call(*needs), [unit("A", RESPONDER, 300)], INDEX, PLAIN)
    assert [met.on_target for met in choice.met] == [True, None]
    choice = choose(call(*needs), [unit("A", RESPONDER, 300.001)], INDEX, PLAIN)
    assert [met.on_target for met in choice.met] == [False, None]


def test_the_choice_names_who_on_the_unit_may_do_it() -> None:
    crew = (CrewMember("driver", BASIC, BASIC), CrewMember("medic", ADVANCED, ADVANCED))
    medic = Candidate("M", ADVANCED, ADVANCED, True, 60, crew=crew)
    who = {met.skill: met.who for met in choose(ARREST, [medic], INDEX, PLAIN).met}
    assert who["drug"] == ("medic",) and who["press"] == ("driver", "medic")


# Policies: each changes who goes, none changes who may.


def test_a_first_responder_goes_only_if_it_gains_the_minutes_that_policy_asks() -> None:
    ambulance = unit("M", ADVANCED, 200)
    near, nearer = unit("R", RESPONDER, 150, carries=False), unit("R", RESPONDER, 140, carries=False)
    free = Policy(scarce_skills=(), additional_unit_price=0)
    choice = choose(ARREST, [ambulance, near], INDEX, free)
    assert sent(choice) == ("M",)
    assert "cannot transport and gains less than 60 s" in why_not(choice, "R")
    assert sent(choose(ARREST, [ambulance, nearer], INDEX, free)) == ("R", "M")


def test_a_scarce_capability_is_kept_for_calls_that_need_it_unless_the_gain_is_large() -> None:
    keep = Policy(scarce_skills=("tube",), scarce_gain_s=240)
    plain_call = call(need("press", 1), need("carry", 2, transporting=True))
    basic = unit("B", BASIC, 400)
    choice = choose(plain_call, [basic, unit("M", ADVANCED, 200)], INDEX, keep)
    assert sent(choice) == ("B",)
    assert "kept for calls that need its scarce capability" in why_not(choice, "M")
    assert sent(choose(plain_call, [basic, unit("M", ADVANCED, 160)], INDEX, keep)) == ("M",)
    needs_it = call(need("press", 1), need("tube", 2))
    assert sent(choose(needs_it, [basic, unit("M", ADVANCED, 200)], INDEX, keep)) == ("M",)


def test_a_neighbour_is_asked_only_where_it_gains_enough_or_nobody_of_our_own_may() -> None:
    ours, theirs = unit("OURS", BASIC, 600), unit("THEIRS", BASIC, 400, mutual_aid=1)
    choice = choose(call(need("press")), [ours, theirs], INDEX, PLAIN)
    assert sent(choice) == ("OURS",)
    assert "a neighbour's unit" in why_not(choice, "THEIRS")
    assert sent(choose(call(need("press")), [theirs], INDEX, PLAIN)) == ("THEIRS",)


def test_between_equals_the_one_whose_leaving_costs_less_cover_goes() -> None:
    twins = [unit("A", BASIC, 60, cover_cost=2.0), unit("B", BASIC, 60, cover_cost=1.0)]
    choice = choose(call(need("press")), twins, INDEX, PLAIN)
    assert (sent(choice), choice.cover_cost) == (("B",), 1.0)
    assert why_not(choice, "A") == "as good as B, but it costs more cover"


def test_one_more_unit_must_save_its_price() -> None:
    units = [unit("M", ADVANCED, 100), unit("N", ADVANCED, 101), unit("R", BASIC, 90)]
    choice = choose(ARREST, units, INDEX, PLAIN)
    assert sent(choice) == ("M",)
    assert "less than the 0.5 that one more unit must save" in why_not(choice, "R")


# Bad input: each a stated outcome, never an exception and never silence.


def test_with_no_unit_free_the_call_is_queued_and_every_need_is_listed() -> None:
    choice = choose(ARREST, [], INDEX, PLAIN)
    assert (choice.queued, len(choice.unmet)) == ("no unit is free", 4)


def test_with_no_unit_lawful_the_call_is_queued_and_says_so() -> None:
    choice = choose(call(need("tube")), [unit("B", BASIC, 10)], INDEX, PLAIN)
    assert choice.queued == "no free unit may perform any of the needs"
    assert choice.unmet[0].because == ("no unit that is free may perform it, neither standing nor with an order",)


def test_a_need_whose_skill_the_rulebook_does_not_have_is_unmet_and_the_others_are_met() -> None:
    choice = choose(call(need("levitate", 1), need("press", 2), need("", 3)), [unit("B", BASIC, 10)], INDEX, PLAIN)
    assert [item.because for item in choice.unmet] == [("the rulebook has no such skill",)] * 2
    assert sent(choice) == ("B",)


@pytest.mark.parametrize("eta_s", [math.inf, math.nan, -1.0, -math.inf, 1e300])
def test_a_time_that_is_no_time_keeps_a_unit_at_home_and_is_told(eta_s: float) -> None:
    choice = choose(ARREST, [unit("BAD", ADVANCED, eta_s), unit("M", ADVANCED, 900)], INDEX, PLAIN)
    assert sent(choice) == ("M",)
    assert why_not(choice, "BAD").startswith("its time to the patient is ")
    alone = choose(ARREST, [unit("BAD", ADVANCED, eta_s)], INDEX, PLAIN)
    assert "has a time that can be counted; BAD may, but its time to the patient is " in alone.queued


def test_a_need_for_which_hands_are_short_names_the_unit_whose_time_is_wrong() -> None:
    units = [unit("A", RESPONDER, 30, hands=1), unit("B", RESPONDER, -1, hands=1)]
    because = choose(call(need("press", 1, hands=2)), units, INDEX, PLAIN).unmet[0].because
    assert because[0] == "it takes 2 rescuers at once; the free units that may perform it have 1"
    assert because[1].startswith("B may, but its time to the patient is -1 s")


def test_however_many_units_are_nearer_a_wrong_time_is_told() -> None:
    near = [unit(f"U{number:02d}", BASIC, 10.0 + number) for number in range(20)]
    bad = [unit(f"BAD{number:02d}", BASIC, -1) for number in range(12)]
    choice = choose(call(need("tube")), [*near, *bad, unit("M", ADVANCED, 2000)], INDEX, PLAIN)
    assert "less than nothing" in why_not(choice, "BAD00")
    assert choice.notes == ("12 units have no time that can be counted; some are told, all are left out",)


def test_a_unit_named_twice_counts_once() -> None:
    choice = choose(ARREST, [unit("M", ADVANCED, 900), unit("M", ADVANCED, 10)], INDEX, PLAIN)
    assert [item.eta_s for item in choice.sent] == [900]
    assert why_not(choice, "M") == "listed twice: only the first entry counts"


def test_the_only_advanced_unit_stays_free_of_what_a_patient_may_turn_out_to_need_where_policy_says_so() -> None:
    units = [unit("BLS", BASIC, 600), unit("ALS", ADVANCED, 700)]
    contingent = replace(need("tube", 2), when="if breathing fails")
    policy = Policy(scarce_skills=("tube",))
    careful = replace(policy, contingent_harm_share=ByAcuity(1, 1, 1, 0))
    sick = call(need("press"), contingent, need("carry", 3, transporting=True), acuity="non_acute")
    assert sent(choose(sick, units, INDEX, policy)) == ("ALS",)
    kept = choose(sick, units, INDEX, careful)
    assert sent(kept) == ("BLS",) and [one.order for one in kept.unmet] == [2]  # and what is left open is said
    certain = call(need("press"), need("tube", 2), acuity="non_acute")
    for asked in (certain, replace(sick, acuity="critical")):
        assert "ALS" in sent(choose(asked, units, INDEX, careful))
    with pytest.raises(InputError, match=r"contingent_harm_share\.critical is 1\.5"):
        replace(policy, contingent_harm_share=ByAcuity(1.5, 1, 1, 1))


def test_a_unit_of_one_that_is_to_carry_the_patient_is_sent_with_a_note_that_nobody_drives() -> None:
    lone, pair = unit("L", BASIC, 60, hands=1), unit("P", BASIC, 61)
    carried = need("carry", transporting=True)
    told = ("L brings one person: nobody drives while that person attends to the patient",)
    assert choose(call(carried), [lone], INDEX, PLAIN).notes == told
    assert choose(call(carried), [pair], INDEX, PLAIN).notes == ()
    assert choose(call(need("press")), [lone], INDEX, PLAIN).notes == ()


def test_a_call_that_nobody_is_sent_to_by_a_person_is_not_said_to_lack_units() -> None:
    units = [unit("M", ADVANCED, 90), unit("X", ADVANCED, math.nan)]
    nobody = weigh(ARREST, units, [], INDEX, PLAIN)
    assert nobody.queued == "nobody is named who can be sent"
    assert (why_not(nobody, "M"), why_not(nobody, "X")) == (
        "not named",
        "its time to the patient is not known: give it in seconds",
    )


def test_where_nothing_is_needed_nobody_is_said_to_lack_leave_and_a_missing_time_is_told() -> None:
    units = [unit("M", ADVANCED, 90), unit("X", ADVANCED, math.nan)]
    for nobody in (choose(call(), units, INDEX, PLAIN), weigh(call(), units, [], INDEX, PLAIN)):
        assert why_not(nobody, "M") in ("there is no need to send it for", "not named")
        assert why_not(nobody, "X") == "its time to the patient is not known: give it in seconds"


def test_a_call_without_needs_waits_for_a_person() -> None:
    assert choose(call(), [unit("M", ADVANCED, 9)], INDEX, PLAIN).queued.startswith("the call type lists no need")


def test_of_many_units_passed_over_the_nearest_are_explained_and_the_others_counted() -> None:
    units = [unit(f"U{number:03d}", BASIC, 1000.0 - number) for number in range(200)]
    choice = choose(call(need("tube")), [*units, unit("M", ADVANCED, 2000)], INDEX, PLAIN)
    assert [item.unit_id for item in choice.passed_over[:2]] == ["U199", "U198"]
    assert (len(choice.passed_over), choice.others_passed_over) == (10, 190)
    assert choice.others == (OthersPassedOver(190, "may not perform any of the needs"),)


def test_a_need_that_nobody_named_meets_is_not_said_to_be_left_by_policy() -> None:
    units = [unit("B", BASIC, 60), unit("M", ADVANCED, 90)]
    silent = replace(PLAIN, passed_over_shown=0)
    asked = call(need("press"), need("tube", 2))
    assert weigh(asked, units, ["M"], INDEX, silent).others == (OthersPassedOver(1, "not named"),)
    by_person = weigh(asked, units, ["B"], INDEX, PLAIN)
    assert by_person.unmet[0].because == ("the nearest unit that may, M at 1:30, is not among those sent",)


WORDS = {
    "may not perform any of the needs": "may not perform any of the needs",
    "neighbours' units": "a neighbour's unit",
    "kept for calls": "kept for calls",
    "cannot transport": "cannot transport",
    "no time that can be counted": "its time to the patient|listed twice",
}


@given(candidates, st.sampled_from([PLAIN, Policy(scarce_skills=("tube",))]), st.integers(0, 3))
@settings(max_examples=300)
def test_the_others_are_counted_under_the_reason_that_each_would_be_told(
    units: list[Candidate], policy: Policy, shown: int
) -> None:
    for asked in (ARREST, call(need("press"), need("bandage"))):
        everything = choose(asked, units, INDEX, replace(policy, passed_over_shown=1000))
        some = choose(asked, units, INDEX, replace(policy, passed_over_shown=shown))
        assert some.others_passed_over == sum(one.units for one in some.others)
        assert len(some.sent) + len(some.passed_over) + some.others_passed_over == len(units)
        told = Counter(_kind(one) for one in everything.passed_over)
        told.subtract(_kind(one) for one in some.passed_over)
        counted = {one.because: one.units for one in some.others}
        assert counted.pop("farther than all that are sent", 0) == everything.others_passed_over
        assert counted == +Counter({because: told[because] for because in told})


def _kind(one: PassedOver) -> str:
    """Under which of the words for many a unit told by name belongs."""
    text = "; ".join(one.because)
    for many, words in WORDS.items():
        if re.search(words, text):
            return next(because for because in OTHERS.values() if many in because)
    return OTHERS[GATE_OPEN]


@pytest.mark.parametrize(
    ("hands", "noted"), [(-2, "A: -2 is no number of rescuers and is counted as none"), (10**30, "")]
)
def test_a_number_of_rescuers_that_is_none_counts_for_nobody_and_is_noted(hands: int, noted: str) -> None:
    lift = call(need("press", hands=3))
    choice = choose(lift, [unit("A", BASIC, 60, hands=hands), unit("B", BASIC, 90, hands=2)], INDEX, PLAIN)
    assert choice.notes == ((noted,) if noted else ())
    assert bool(choice.met) is not bool(noted)
