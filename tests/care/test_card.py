"""The scope card says what the rulebook says: every pathway step, every level, three rulebooks; and never guesses."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sixpoint.care import (
    CareRefused,
    Consented,
    Encounter,
    EnteredInError,
    Finding,
    Intervention,
    InterventionStopped,
    OrderGiven,
    OrderRefused,
    OrderRequested,
    PriorAid,
    VitalSigns,
    card,
    facts_of,
    interventions,
    load_pathways,
    situation_of,
    with_answers,
)
from sixpoint.care.conditions import judge
from sixpoint.care.orders import Proposed
from sixpoint.care.pathway import Pathway, Step
from sixpoint.care.picture import picture_of
from sixpoint.scope import Dose, Rulebook, load_rulebook
from sixpoint.scope.condition_text import ROUTES

from .people import EVERYTHING, LEVELS, NATIONAL, RULEBOOKS, START, act, also, at, patient, person
from .satisfy import Wanted

PATHWAYS = load_pathways()
STEPS = [(pathway, step) for pathway in PATHWAYS.values() for step in pathway.steps]


def patient_for(pathway: Pathway, step: Step):
    """A patient for whom the step is indicated and nothing contraindicated; age and weight are known."""
    wanted = Wanted()
    wanted.make(step.when)
    for _, condition in step.using:
        wanted.make(condition)
    for one in step.not_if:
        wanted.make(one.when, holds=False)
    if step.doses:
        wanted.make(step.doses[0].when)
    wanted.make(pathway.patients)
    wanted.answers.setdefault("age_years", 40.0)
    wanted.answers.setdefault("weight_kg", 80.0)
    wanted.answers.setdefault("in_cardiac_arrest", False)
    met = patient(0, **wanted.answers)
    for skill in wanted.done:
        met = act(met, -60, skill)
    for skill in wanted.running:
        met = act(met, -60, skill, running=True)
    return act(met, -wanted.cpr_min, "cpr", running=True) if wanted.cpr_min else met


def rulebook_says(rulebook: Rulebook, level: str, step: Step, met) -> str:
    """The best verdict over the step's skills, a route chosen where the rule asks for one."""
    best = "not_yours"
    for skill in step.any_of:
        routes = ("", *(route for dose in step.doses for route in dose.routes), *(() if step.doses else ROUTES))
        if step.doses and not any(dose.routes for dose in step.doses):
            routes = ("", *ROUTES)
        for number, route in enumerate(routes):
            own = skill.endswith("_patient_own") or None
            situation = situation_of(met, skill, at(0), Proposed(route=route, own_medication=own))
            # A higher level may do what any lower one may: the ladder's rule, asked level by level.
            below = [one.id for one in rulebook.levels.values() if one.rank <= rulebook.levels[level].rank]
            kinds = {rulebook.can(one, skill, START, situation=situation).kind for one in below}
            if "standing" in kinds:
                return "do_now"
            if "order" in kinds:
                best = "ask_medical_control"
            if number == 0 and "unknown" not in kinds:
                break
    return best


# Another country's ladder, and a rulebook of our own, because none of the bundled ones asks medical control in a step.
ASK_FIRST = load_rulebook(str(Path(__file__).parent / "data" / "ask_first.yaml"))
ALL = {**RULEBOOKS, "canada-national": load_rulebook("canada-national"), "ask-first": ASK_FIRST}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("pathway", "step"), STEPS, ids=[f"{p.id}-{s.id}" for p, s in STEPS])
def test_the_card_says_what_the_rulebook_says(pathway: Pathway, step: Step, name: str) -> None:
    rulebook, met = ALL[name], patient_for(pathway, step)
    assert judge(step.when, picture_of(met, at(0))).holds is True
    for level in rulebook.levels:
        line = card(rulebook, pathway, met, [person(level)], at(0)).line(step.id)
        said = rulebook_says(rulebook, level, step, met)
        assert line.state == said, (level, line)


@pytest.mark.parametrize(("pathway", "step"), STEPS, ids=[f"{p.id}-{s.id}" for p, s in STEPS])
def test_a_patient_of_whom_nothing_is_known_gets_nothing_that_asks_for_a_fact(pathway: Pathway, step: Step) -> None:
    line = card(NATIONAL, pathway, patient(0), [person(LEVELS[-1])], at(0)).line(step.id)
    asks = bool(judge(step.when, picture_of(patient(0), at(0))).missing) or any(one.waits for one in step.not_if)
    assert not (asks and line.state in ("do_now", "ask_medical_control")), line


@settings(max_examples=150)
@given(number=st.integers(0, len(STEPS) - 1), seed=st.randoms(use_true_random=False))
def test_a_missing_fact_never_becomes_do_now_where_it_is_needed(number: int, seed: random.Random) -> None:
    pathway, step = STEPS[number]
    met = patient_for(pathway, step)
    stated = [fact for fact in met.facts if not isinstance(fact, Intervention)]
    if not stated:
        return
    taken = seed.choice(stated)
    met = also(met, EnteredInError(fact_id="z", at_ms=at(0), author="ana", unit_id="U1", corrects=taken.fact_id))
    line = card(NATIONAL, pathway, met, [person(LEVELS[-1])], at(0)).line(step.id)
    if line.state == "do_now":
        picture = picture_of(met, at(0))
        assert judge(step.when, picture).holds is True
        assert all(judge(one.when, picture).holds is False for one in step.not_if if one.waits)


def last_act(met: Encounter) -> str:
    return interventions(met)[-1].fact_id


ACS = {
    "ischaemic_chest_pain": True, "age_years": 60.0, "weight_kg": 80.0, "systolic_mmhg": 140.0, "can_swallow": True,
    "aspirin_allergy": False, "active_bleeding": False, "pde_inhibitor_48h": False, "inferior_infarct": False,
    "own_nitroglycerin": False,
    "in_cardiac_arrest": False,
}  # fmt: skip


def acs_card(met, minute: float = 0, people=None, name: str = "us-national", viewer: str = ""):
    return card(RULEBOOKS[name], PATHWAYS["chest_pain"], met, people or [person("Paramedic")], at(minute), viewer)


def test_a_corrected_fact_reopens_what_depended_on_it() -> None:
    met = patient(0, **ACS)
    assert acs_card(met).line("aspirin").state == "do_now"
    wrong = next(fact for fact in met.facts if isinstance(fact, Finding) and fact.finding == "aspirin_allergy")
    corrected = replace(wrong, fact_id="z", present=True, corrects=wrong.fact_id)
    assert acs_card(also(met, corrected)).line("aspirin").state == "contraindicated"
    again = replace(wrong, fact_id="zz", corrects="z")
    assert acs_card(also(met, corrected, again)).line("aspirin").state == "do_now"


def test_what_was_done_and_taken_back_is_to_be_done_again() -> None:
    met = act(patient(0, **ACS), 0, "aspirin_oral", 324)
    assert acs_card(met, 1).line("aspirin").state == "done"
    error = EnteredInError(fact_id="z", at_ms=at(1), author="ana", unit_id="U1", corrects=last_act(met))
    assert acs_card(also(met, error), 1).line("aspirin").state == "do_now"


def test_a_dose_is_due_again_after_its_interval_and_ends_with_its_number() -> None:
    met = act(patient(0, **ACS), 0, "nitroglycerin_sl_agency", 0.4, drug="nitroglycerin")
    waiting = acs_card(met, 3).line("nitroglycerin")
    assert waiting.state == "done" and waiting.due_ms == at(5)
    blind = acs_card(met, 5).line("nitroglycerin")
    assert blind.state == "assess_first" and "look again" in blind.because[0]
    met = with_answers(met, {"ischaemic_chest_pain": True, "systolic_mmhg": 130.0}, at(5), "ana", "U1")
    assert acs_card(met, 5).line("nitroglycerin").state == "do_now"
    own = PriorAid(fact_id="p", at_ms=at(-8), author="ana", unit_id="U1", skill="nitroglycerin_sl_patient_own",
                   by="patient", drug="nitroglycerin", dose=Dose(0.4, "mg"))  # fmt: skip
    met = act(also(met, own), 5, "nitroglycerin_sl_agency", 0.4, drug="nitroglycerin")
    assert acs_card(met, 10).line("nitroglycerin").state == "done"
    assert "3 times" in " ".join(acs_card(met, 10).line("nitroglycerin").because)


def test_an_old_blood_pressure_is_taken_again_before_nitroglycerin() -> None:
    met = patient(0, **ACS)
    assert acs_card(met, 10).line("nitroglycerin").state == "do_now"
    late = acs_card(met, 11).line("nitroglycerin")
    assert late.state == "assess_first" and late.assess == ("systolic_mmhg",)
    taken = VitalSigns(fact_id="v", at_ms=at(11), author="ana", unit_id="U1", systolic_mmhg=110.0)
    assert acs_card(also(met, taken), 11).line("nitroglycerin").state == "not_indicated"


def test_the_line_of_somebody_elses_step_says_who_may_and_when() -> None:
    people = [person("EMT"), person("Paramedic", "Mo", arrives_min=6)]
    line = acs_card(patient(0, **ACS), 0, people).line("nitroglycerin")
    assert line.state == "not_yours"
    assert [str(one) for one in line.elsewhere] == ["M2's Paramedic Mo may, in 6 min"]
    assert acs_card(patient(0, **ACS), 7, people).line("nitroglycerin").state == "do_now"


def test_each_person_sees_the_own_card() -> None:
    people = [person("EMT", "Eve"), person("Paramedic", "Mo")]
    met = patient(0, **ACS)
    assert acs_card(met, 0, people, viewer="Eve").line("nitroglycerin").state == "not_yours"
    assert str(acs_card(met, 0, people, viewer="Eve").line("nitroglycerin").elsewhere[0]).endswith("may, is here")
    assert acs_card(met, 0, people, viewer="Mo").line("nitroglycerin").state == "do_now"
    assert acs_card(met, 0, people).line("nitroglycerin").by == "Mo"


def test_what_is_not_on_board_is_not_yours() -> None:
    line = acs_card(patient(0, **ACS), 0, [person("Paramedic", equipment=EVERYTHING - {"aspirin"})]).line("aspirin")
    assert line.state == "not_yours" and "not on board: aspirin" in line.because


def test_in_massachusetts_an_aemt_gives_nitroglycerin_only_once_a_line_is_in() -> None:
    met = patient(0, **ACS)
    assert acs_card(met, 0, [person("AEMT")], "massachusetts").line("nitroglycerin").state == "not_yours"
    met = act(met, 0, "iv_access", running=True)
    assert acs_card(met, 0, [person("AEMT")], "massachusetts").line("nitroglycerin").state == "do_now"


def test_in_massachusetts_an_emts_supraglottic_airway_waits_for_the_arrest_to_be_known() -> None:
    rulebook = RULEBOOKS["massachusetts"]
    met = act(patient(-9, in_cardiac_arrest=True), -9, "cpr", running=True)
    line = card(rulebook, PATHWAYS["cardiac_arrest_adult"], met, [person("EMT")], at(0)).line("supraglottic_airway")
    assert line.state == "do_now"


def test_compressions_that_stopped_are_due_again_and_a_bystanders_do_not_count_as_running() -> None:
    adult = PATHWAYS["cardiac_arrest_adult"]
    aid = PriorAid(fact_id="p", at_ms=at(0), author="ana", unit_id="U1", skill="cpr", by="bystander")
    met = also(patient(0, in_cardiac_arrest=True, dnr_valid=False, obvious_death=False), aid)
    assert card(NATIONAL, adult, met, [person("EMR")], at(0)).line("compressions").state == "do_now"
    met = act(met, 0, "cpr", running=True)
    assert card(NATIONAL, adult, met, [person("EMR")], at(1)).line("compressions").state == "done"
    stop = InterventionStopped(fact_id="q", at_ms=at(2), author="ana", unit_id="U1", stops=last_act(met))
    assert card(NATIONAL, adult, also(met, stop), [person("EMR")], at(2)).line("compressions").state == "do_now"


def test_compressions_wait_for_no_paper_and_stop_once_it_is_found() -> None:
    adult, people = PATHWAYS["cardiac_arrest_adult"], [person("EMR")]
    met = patient(0, in_cardiac_arrest=True)
    line = card(NATIONAL, adult, met, people, at(0)).line("compressions")
    assert line.state == "do_now" and "not known: begin all the same" in " ".join(line.because)
    known = with_answers(met, {"dnr_valid": True}, at(1))
    assert card(NATIONAL, adult, known, people, at(1)).line("compressions").state == "contraindicated"


def test_a_valid_refusal_stops_the_card_and_consent_opens_it() -> None:
    met = patient(0, **ACS)
    no = CareRefused(fact_id="r", at_ms=at(1), author="ana", unit_id="U1", what="treatment", oriented=True,
                     altered=False, intoxicated=False, self_harm=False, understands=True, informed=True, signed=True,
                     witness="his wife")  # fmt: skip
    assert acs_card(also(met, no), 2).line("aspirin").state == "contraindicated"
    assert acs_card(also(met, replace(no, intoxicated=True)), 2).line("aspirin").state == "do_now"
    assert acs_card(also(met, replace(no, understands=None)), 2).line("aspirin").state == "do_now"
    yes = Consented(fact_id="y", at_ms=at(3), author="ana", unit_id="U1", refusal="r")
    assert acs_card(also(met, no, yes), 3).line("aspirin").state == "do_now"


def test_an_order_names_the_dose_the_card_then_shows() -> None:
    met = patient(0, **{**ACS, "pain_0_to_10": 8, "breathing": "normal", "avpu": "alert"})
    met = act(met, 0, "nitroglycerin_sl_agency", 0.4, drug="nitroglycerin")
    order = OrderGiven(fact_id="o", at_ms=at(1), author="ana", unit_id="U1", skill="opioid_analgesia",
                       ordered_by="Dr. Ito", channel="radio",
                       until_ms=at(20), drug="morphine", dose=Dose(4, "mg"))  # fmt: skip
    line = acs_card(also(met, order), 2).line("opioid")
    assert (line.state, line.drug, line.dose) == ("do_now", "morphine", Dose(4, "mg"))


def test_what_needs_an_order_is_asked_for_and_done_once_it_is_given() -> None:
    met = patient(0, **ACS)
    people = [person("EMT")]
    asking = card(ASK_FIRST, PATHWAYS["chest_pain"], met, people, at(0)).line("aspirin")
    assert asking.state == "ask_medical_control" and asking.dose == Dose(324, "mg")
    order = OrderGiven(fact_id="o", at_ms=at(0), author="ana", unit_id="U1", skill="aspirin_oral", ordered_by="Dr. Ito",
                       channel="radio", until_ms=at(9), drug="aspirin", dose=Dose(162, "mg"))  # fmt: skip
    given = card(ASK_FIRST, PATHWAYS["chest_pain"], also(met, order), people, at(1)).line("aspirin")
    assert given.state == "do_now" and given.dose == Dose(162, "mg")
    over = card(ASK_FIRST, PATHWAYS["chest_pain"], also(met, order), people, at(9)).line("aspirin")
    assert over.state == "ask_medical_control"


def test_what_medical_control_refused_is_not_yours_until_somebody_asks_again() -> None:
    met = patient(0, **ACS)
    no = OrderRefused(fact_id="n", at_ms=at(1), author="ana", unit_id="U1", skill="aspirin_oral", refused_by="Dr. Ito",
                      channel="radio", request="q")  # fmt: skip

    def line(of: Encounter, minute: float):
        return card(ASK_FIRST, PATHWAYS["chest_pain"], of, [person("EMT")], at(minute)).line("aspirin")

    assert line(also(met, no), 0).state == "ask_medical_control"
    assert line(also(met, no), 1).state == "not_yours" and "refused" in " ".join(line(also(met, no), 1).because)
    again = OrderRequested(fact_id="q2", at_ms=at(2), author="ana", unit_id="U1", skill="aspirin_oral", channel="radio")
    assert line(also(met, no, again), 2).state == "ask_medical_control"
    yes = OrderGiven(fact_id="y", at_ms=at(3), author="ana", unit_id="U1", skill="aspirin_oral", ordered_by="Dr. Ito",
                     channel="radio", until_ms=at(9))  # fmt: skip
    assert line(also(met, no, yes), 3).state == "do_now"


def shown(met: Encounter) -> list[tuple[str, ...]]:
    """What the cards of all pathways say, without the identifiers of facts."""
    people = [person("AEMT", "Ann"), person("Paramedic", "Mo", arrives_min=60)]
    cards = [card(NATIONAL, pathway, met, people, at(30)) for pathway in PATHWAYS.values()]
    return [(line.step, line.state, str(line.dose), *line.because) for one in cards for line in one.lines]


SAID = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["wheeze", "anaphylaxis", "shock_signs", "hives", "can_swallow"]), st.booleans()),
        st.tuples(st.sampled_from(["systolic_mmhg", "glucose_mg_per_dl", "weight_kg"]), st.integers(10, 200)),
        st.tuples(st.just("avpu"), st.sampled_from(["alert", "verbal", "unresponsive"])),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40)
@given(said=SAID, which=st.integers(0, 5), seed=st.randoms(use_true_random=False))
def test_a_correction_leaves_what_would_be_had_nobody_erred(
    said: list[tuple[str, object]], which: int, seed: random.Random
) -> None:
    facts = []
    for number, (name, value) in enumerate(said):
        facts += facts_of({name: value}, at(number), "ana", "U1", f"f{number}-")
    wrong = facts[which % len(facts)]
    error = EnteredInError(fact_id="z", at_ms=at(20), author="ana", unit_id="U1", corrects=wrong.fact_id)
    right = [fact for fact in facts if fact is not wrong]
    mixed = [*facts, error]
    seed.shuffle(mixed)
    assert shown(also(patient(), *mixed)) == shown(also(patient(), *right))
