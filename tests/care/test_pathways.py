"""Pathways are data: read strictly, every fault at once, replaced and extended by file; each number says where from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sixpoint.care.conditions import AllOf, AnyOf, Condition, NotSo, Number, Truth, judge
from sixpoint.care.load import DATA, load_pathways, sources
from sixpoint.care.picture import Known, Picture, names
from sixpoint.dispatch import load_call_types
from sixpoint.errors import InputError
from sixpoint.scope import Situation, load_rulebook
from sixpoint.scope import conditions as scope_conditions
from sixpoint.scope.verdict import CONFIDENCES, ORDER

WANTED = {
    "cardiac_arrest_adult", "cardiac_arrest_child", "choking", "chest_pain", "asthma_copd", "heart_failure",
    "anaphylaxis", "opioid_overdose", "hypoglycaemia", "seizure", "stroke", "trauma", "burns", "childbirth", "heat",
    "cold", "behavioural", "pain", "shock", "general", "dysrhythmia", "poisoning",
}  # fmt: skip


def picture(**known: float | str | bool) -> Picture:
    return Picture(0, {name: Known(value, 0, "f") for name, value in known.items()}, {}, {}, frozenset())


def test_every_complaint_of_the_issue_has_its_pathway() -> None:
    assert set(load_pathways()) == WANTED


@pytest.mark.parametrize("pathway", load_pathways().values(), ids=lambda pathway: pathway.id)
def test_every_number_says_where_it_was_read_and_how_sure_we_are(pathway) -> None:
    for step in pathway.steps:
        assert step.source in sources() and step.confidence in CONFIDENCES
        cited = [one for dose in step.doses for one in dose.cited]
        cited += [step.again_min] if step.again_min else []
        cited += [step.target.minutes] if step.target else []
        for number in cited:
            assert number.source in sources() and number.confidence in CONFIDENCES and number.value > 0
            if number.confidence == "verified_in_text" and number.source in ("MA-2026.1", "NASEMSO-2022"):
                assert "p. " in number.place, f"{step.where}: a number read in a text names its page"


def test_a_call_type_opens_its_pathways_and_the_general_one() -> None:
    known = load_pathways()
    assert [one.id for one in known.for_call("2301019")] == [
        "cardiac_arrest_adult", "cardiac_arrest_child", "general",
    ]  # fmt: skip
    assert [one.id for one in known.for_call("2301075")] == ["general"]


def test_a_dose_is_held_against_a_rule_wherever_there_is_one() -> None:
    known = load_pathways()
    assert [one.id for one in known.naming("2301021", "aspirin_oral")] == ["chest_pain"]
    # The call said chest pain; the patient is in arrest.
    assert [one.id for one in known.naming("2301021", "epinephrine_iv_arrest")] == [
        "cardiac_arrest_adult", "cardiac_arrest_child",
    ]  # fmt: skip
    assert known.naming("2301021", "no_such_skill") == ()


def test_the_hash_of_the_pathways_is_that_of_their_content_and_not_of_their_place(tmp_path: Path) -> None:
    bundled, text = load_pathways(), (DATA / "pathways" / "stroke.yaml").read_text("utf-8")
    same, other = tmp_path / "same.yaml", tmp_path / "other.yaml"
    same.write_text(f"# ours\n{text}", "utf-8")
    other.write_text(text.replace('version: "1"', 'version: "2"'), "utf-8")
    assert load_pathways([same]).hash == bundled.hash and load_pathways([other]).hash != bundled.hash
    assert load_pathways([other])["stroke"].hash != bundled["stroke"].hash


# What dispatch sends for and no pathway of the call type has a step for: each a choice, none by oversight.
WITHOUT_STEP = {
    ("2301063", "blood_product_maintain"),  # between facilities only
    ("2301099", "emergency_moves"),  # tactics, not care
    ("2301099", "mci_triage"),  # triage has its own deciders
    ("2301071", "iv_maintenance_nonmedicated"),  # kept running, not begun: hand-over and attendants say who may
    ("2301071", "iv_maintenance_medicated"),
}


def test_what_a_call_needs_has_a_step_in_its_pathways() -> None:
    known, types = load_pathways(), load_call_types()
    missing = set()
    for code in types.codes:
        skills = {skill for one in known.for_call(code) for step in one.steps for skill in step.any_of}
        missing |= {(code, need.skill) for need in types[code].needs if not set(need.any_of) & skills}
    assert missing == WITHOUT_STEP


BROKEN = """pathway: broken
title: Broken
version: "1"
source: MA-2026.1
confidence: sure
colour: red
steps:
  - step: one
    any_of: [no_such_skill]
    when: {systolic_mmhg: {least: 100, below: 90}, nobody_knows: true, avpu: [asleep], done: flying}
    doses:
      - {drug: x, unit: mg, amount: 5, per_kg: 1, most: 4, routes: [by_ear]}
      - {drug: y, unit: mg, skills: [cpr]}
    target: {minutes: 3, clock: cuckoo}
  - step: one
    any_of: [cpr]
    source: NOWHERE
    not_if:
      - {id: a}
  - says: no name
    any_of: [cpr]
    again_min: -2
"""


def test_a_broken_file_names_every_fault_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(BROKEN, "utf-8")
    with pytest.raises(InputError) as caught:
        load_pathways([path])
    told = [str(fault).replace(str(path), "broken.yaml") for fault in caught.value.faults]
    for line, part in [
        (5, "'sure' is no confidence"),
        (6, "a pathway has no 'colour'"),
        (9, "there is no skill 'no_such_skill'"),
        (10, "no 'systolic_mmhg' lies between 100 and 90"),
        (10, "nobody defined 'nobody_knows'"),
        (10, "'avpu' is never 'asleep'"),
        (10, "there is no skill 'flying'"),
        (12, "a dose has both an amount and one per kg"),
        (12, "the dose 5 is above its maximum 4"),
        (12, "the route 'by_ear' is not known"),
        (13, "the dose says no amount"),
        (13, "the dose is for 'cpr', which the step does not name"),
        (14, "there is no clock 'cuckoo'"),
        (15, "the step 'one' stands twice"),
        (17, "the source 'NOWHERE' is not listed"),
        (19, "'when' is missing"),
        (20, "'step' is missing"),
        (22, "-2 is not above zero"),
    ]:
        assert any(one.startswith(f"broken.yaml:{line}: {part}") for one in told), (line, part, told)


def test_an_agency_extends_a_pathway_by_a_file(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(
        """pathway: chest_pain
on: chest_pain
sources: {OURS: {title: x}}
""".replace("{OURS: {title: x}}", "{OURS: Our medical director}")
        + """source: OURS
confidence: judgement
remove: [opioid]
steps:
  - step: aspirin
    any_of: [aspirin_oral]
    doses:
      - {drug: aspirin, unit: mg, amount: 300, most: 300, times: 1}
  - step: second_ecg
    after: access
    any_of: [ecg_12lead_acquire_transmit]
""",
        "utf-8",
    )
    theirs, ours = load_pathways()["chest_pain"], load_pathways([path])["chest_pain"]
    assert [step.id for step in ours.steps] == [
        "ecg", "aspirin", "ecg_reading", "alert", "oxygen", "access", "second_ecg", "nitroglycerin", "transport",
    ]  # fmt: skip
    aspirin = ours.step("aspirin")
    assert aspirin is not None and aspirin.doses[0].amount is not None and aspirin.doses[0].amount.value == 300
    assert ours.codes == theirs.codes and ours.title == theirs.title and ours.hash != theirs.hash
    assert len(load_pathways([path])) == len(WANTED)


def test_an_agency_replaces_a_pathway_by_a_file_of_its_name(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(
        'pathway: general\ntitle: Ours\nversion: "2"\nsource: JUDGEMENT\nconfidence: judgement\n'
        "steps:\n  - {step: only, any_of: [vital_signs_assessment]}\n",
        "utf-8",
    )
    assert [step.id for step in load_pathways([path])["general"].steps] == ["only"]


def test_a_pathway_on_one_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text("pathway: a\non: nowhere\nsteps: [{step: s, any_of: [cpr], after: t}]\n", "utf-8")
    with pytest.raises(InputError, match="there is no pathway 'nowhere'"):
        load_pathways([path])


def test_what_is_not_stated_is_unknown_and_named() -> None:
    condition = AllOf((Truth("wheeze", True), Number("spo2_percent", below=94)))
    assert judge(condition, picture(wheeze=True)).holds is None
    assert judge(condition, picture(wheeze=True)).missing == ("spo2_percent",)
    assert judge(condition, picture(wheeze=False)).holds is False
    assert judge(condition, picture(wheeze=True, spo2_percent=90)).holds is True


def test_an_old_measurement_counts_as_unknown() -> None:
    condition = Number("systolic_mmhg", above=120, within_min=10)
    old = Picture(11 * 60_000, {"systolic_mmhg": Known(130, 0, "f")}, {}, {}, frozenset())
    assert judge(condition, old).holds is None and "again" in judge(condition, old).because[0]


# The moments that both evaluators can be asked: the same tree, the same facts, the same answer.
FACTS = ("in_cardiac_arrest", "wheeze", "stridor")
SCOPE_FACTS = ("in_cardiac_arrest", "patient_own_medication", "public_health_emergency")
LEAVES = st.tuples(st.integers(0, 2), st.booleans())
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.just("all"), st.lists(inner, max_size=3)),
        st.tuples(st.just("any"), st.lists(inner, max_size=3)),
        st.tuples(st.just("not"), inner),
    ),
    max_leaves=8,
)


def ours(tree) -> Condition:
    head, rest = tree
    if head == "not":
        return NotSo(ours(rest))
    if head in ("all", "any"):
        return (AllOf if head == "all" else AnyOf)(tuple(map(ours, rest)))
    return Truth(FACTS[head], rest)


def theirs(tree) -> scope_conditions.Condition:
    head, rest = tree
    if head == "not":
        return scope_conditions.Not(theirs(rest))
    if head in ("all", "any"):
        return (scope_conditions.All if head == "all" else scope_conditions.Any)(tuple(map(theirs, rest)))
    return scope_conditions.Moment(SCOPE_FACTS[head], rest)


@settings(max_examples=200)
@given(tree=TREES, stated=st.tuples(*[st.sampled_from([None, True, False])] * 3))
def test_pathway_conditions_are_worth_what_the_rulebook_would_say(tree, stated) -> None:
    known = {name: value for name, value in zip(FACTS, stated, strict=True) if value is not None}
    situation = Situation(**dict(zip(SCOPE_FACTS, stated, strict=True)))
    value = judge(ours(tree), picture(**known)).value
    assert value == scope_conditions.worth(theirs(tree), scope_conditions.Facts(situation)) and value != ORDER


def test_every_name_has_words_and_its_skill_exists() -> None:
    from sixpoint.scope.load import catalogue_ids

    for name in names().values():
        assert name.says and (not name.assess or name.assess in catalogue_ids())
        assert bool(name.words) == (name.kind == "word")


def test_no_fact_is_called_by_a_word_that_is_a_skills_identifier_and_would_be_told_as_its_name() -> None:
    identifiers = {skill.id for skill in load_rulebook().skills}
    for name, known in names().items():
        assert not identifiers & set(re.findall(r"[a-z0-9_]+", known.says)), name
