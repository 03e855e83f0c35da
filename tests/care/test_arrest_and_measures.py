"""The arrest told second by second, and what an encounter is measured by."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sixpoint.care import (
    ArrestMoment,
    Encounter,
    Fact,
    Impression,
    InterventionStopped,
    PriorAid,
    VitalSigns,
    arrest_timeline,
    debrief,
    interventions,
    measure,
    measures,
    read_measures,
    times_to,
    with_answers,
)
from sixpoint.errors import InputError

from .people import act, also, at, patient

BASE = {"author": "ana", "unit_id": "U1"}


def moment(minute: float, what: str, **more: object) -> Fact:
    made: Fact = ArrestMoment(fact_id=f"m{minute:06.2f}{what}", at_ms=at(minute), moment=what, **BASE, **more)
    return made


def arrest() -> Encounter:
    met = also(
        patient(0),
        moment(-4, "collapse", witnessed=True),
        PriorAid(fact_id="p", at_ms=at(0), skill="cpr", by="bystander", **BASE),
        moment(0, "recognised"),
    )
    met = act(met, 0.5, "cpr", running=True)
    met = also(met, moment(2, "compressions_paused", reason="analysis"))
    met = act(met, 2.1, "defibrillation_aed")
    met = also(met, moment(2.25, "compressions_resumed"))
    met = act(met, 6, "epinephrine_iv_arrest", 1)
    met = act(met, 10, "epinephrine_iv_arrest", 1)
    met = act(met, 10.1, "airway_supraglottic")
    return also(met, moment(12.5, "rosc"))


def test_the_timeline_has_each_instant_and_each_pause() -> None:
    line = arrest_timeline(arrest(), at(30))
    assert line is not None
    assert (line.collapse_ms, line.first_compression_ms, line.first_shock_ms) == (at(-4), at(0.5), at(2.1))
    assert line.witnessed and line.bystander_cpr and line.shocks == 1 and line.rosc_ms == at(12.5)
    assert [(pause.seconds, pause.reason) for pause in line.pauses] == [(15.0, "analysis")]
    assert line.compression_fraction == pytest.approx((12 - 0.25) / 12)
    assert line.minutes_from_collapse(line.first_shock_ms) == pytest.approx(6.1)
    told = debrief(line, lambda ms: f"+{(ms - at(0)) / 60_000:.1f}")
    assert "first shock: +2.1, 6.1 min after collapse" in told
    assert "between epinephrine doses: 4.0 min" in told
    assert told[-1] == "compressions 98% of the time, 1 pauses, the longest 15 s"


def test_who_rearrests_and_is_not_compressed_is_in_a_pause() -> None:
    line = arrest_timeline(also(arrest(), moment(14, "rearrest")), at(15))
    assert line is not None and [pause.seconds for pause in line.pauses] == [15.0, 60.0]


def test_compressions_that_are_stopped_begin_a_pause() -> None:
    met = act(patient(0), 0, "cpr", running=True)
    stop = InterventionStopped(fact_id="z", at_ms=at(3), stops=interventions(met)[0].fact_id, **BASE)
    line = arrest_timeline(also(met, stop), at(4))
    assert line is not None and [pause.seconds for pause in line.pauses] == [60.0]
    assert line.compression_fraction == pytest.approx(0.75)


def test_a_pause_that_goes_on_is_one_pause() -> None:
    met = also(act(patient(0), 0, "cpr", running=True), moment(1, "compressions_paused", reason="moving"))
    stop = InterventionStopped(fact_id="z", at_ms=at(2), stops=interventions(met)[0].fact_id, **BASE)
    line = arrest_timeline(also(met, stop), at(3))
    assert line is not None and [(one.seconds, one.reason) for one in line.pauses] == [(120.0, "moving")]


def test_without_an_arrest_there_is_no_timeline() -> None:
    assert arrest_timeline(patient(0, age_years=3.0), at(9)) is None


@settings(max_examples=150)
@given(plan=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 4)), max_size=12), until=st.integers(1, 70))
def test_pauses_and_compressions_together_are_the_time_in_arrest(plan: list[tuple[int, int]], until: int) -> None:
    whats = ("compressions_paused", "compressions_resumed", "rosc", "rearrest")
    met = act(patient(0), 0, "cpr", running=True)
    for number, (minute, kind) in enumerate(plan):
        if kind == 4:
            met = act(met, minute + number / 1000, "cpr", running=True)
        else:
            met = also(met, moment(minute + number / 1000, whats[kind]))
    line = arrest_timeline(met, at(until))
    assert line is not None
    assert all(pause.seconds > 0 and pause.ends_ms <= at(until) for pause in line.pauses)
    assert all(one.ends_ms <= two.starts_ms for one, two in zip(line.pauses, line.pauses[1:], strict=False))
    if line.compression_fraction is not None:
        assert 0 <= line.compression_fraction <= 1
        assert (line.compression_fraction == 1) == (not line.pauses)


def measured(met: Encounter, name: str) -> tuple[bool | None, bool | None]:
    return next((one.counts, one.met) for one in measure(met) if one.measure == name)


@pytest.mark.parametrize(
    ("answers", "skills", "name", "result"),
    [
        ({"ischaemic_chest_pain": True}, ["aspirin_oral"], "aspirin_in_acs", (True, True)),
        ({"ischaemic_chest_pain": True}, [], "aspirin_in_acs", (True, False)),
        ({"ischaemic_chest_pain": True, "aspirin_allergy": True}, [], "aspirin_in_acs", (False, None)),
        ({"ischaemic_chest_pain": False}, [], "aspirin_in_acs", (False, None)),
        ({}, [], "aspirin_in_acs", (None, False)),
        ({"avpu": "verbal", "glucose_mg_per_dl": 90.0}, [], "glucose_in_altered_mental_state", (True, True)),
        ({"avpu": "verbal"}, [], "glucose_in_altered_mental_state", (True, False)),
        ({"avpu": "alert"}, [], "glucose_in_altered_mental_state", (False, None)),
        ({"stroke_scale_positive": True}, ["stroke_scale_assessment"], "stroke_scale", (True, True)),
        ({"stroke_scale_positive": True}, [], "last_known_well", (True, False)),
        ({"stroke_scale_positive": True, "min_since_last_known_well": 5}, [], "last_known_well", (True, True)),
        ({}, ["endotracheal_intubation"], "capnography_with_advanced_airway", (True, False)),
        ({"etco2_mmhg": 35.0}, ["airway_supraglottic"], "capnography_with_advanced_airway", (True, True)),
        ({"glucose_mg_per_dl": 40.0}, ["glucagon_im_in"], "treatment_of_hypoglycaemia", (True, True)),
        ({"age_years": 4.0}, [], "weight_of_children", (True, False)),
        ({"age_years": 4.0, "weight_kg": 16.0}, [], "weight_of_children", (True, True)),
    ],
)
def test_measures_count_whom_they_are_for(
    answers: dict[str, object], skills: list[str], name: str, result: tuple[bool | None, bool | None]
) -> None:
    met = patient(0, **answers)
    for skill in skills:
        met = act(met, 1, skill)
    assert measured(met if met.facts else with_answers(met, {"wheeze": False}, at(0)), name) == result


def test_whom_a_clinician_thinks_to_have_it_counts_unless_something_excludes_it() -> None:
    thought = Impression(fact_id="i", at_ms=at(1), condition="Chest Pain (Non-Traumatic)", **BASE)
    met = also(patient(0, age_years=60.0), thought)
    assert measured(met, "aspirin_in_acs") == (True, False)
    assert measured(act(met, 2, "aspirin_oral"), "aspirin_in_acs") == (True, True)
    assert measured(with_answers(met, {"aspirin_taken": True}, at(3)), "aspirin_in_acs") == (False, None)
    assert measured(also(patient(0, age_years=9.0), thought), "aspirin_in_acs") == (False, None)


def test_who_was_altered_once_counts_though_well_at_last() -> None:
    met = with_answers(patient(0, avpu="painful", in_cardiac_arrest=False), {"avpu": "alert"}, at(9))
    assert measured(met, "glucose_in_altered_mental_state") == (True, False)


def test_pain_is_asked_for_before_and_after() -> None:
    met = act(patient(0, pain_0_to_10=8), 5, "opioid_analgesia")
    assert measured(met, "pain_before_and_after") == (True, False)
    later = VitalSigns(fact_id="z", at_ms=at(15), pain_0_to_10=3, **BASE)
    assert measured(also(met, later), "pain_before_and_after") == (True, True)
    assert measured(patient(0, pain_0_to_10=8), "pain_before_and_after") == (False, None)


def test_the_time_to_each_intervention_is_that_of_its_first_success() -> None:
    met = act(patient(0, wheeze=True), 2, "iv_access", successful=False, level="AEMT")
    met = act(met, 4, "iv_access", level="Paramedic")
    met = act(met, 9, "iv_access", level="AEMT")
    assert [(one.skill, one.level, one.seconds) for one in times_to(met)] == [("iv_access", "Paramedic", 240.0)]


def test_definitions_have_sources_and_a_broken_file_is_refused(tmp_path: Path) -> None:
    assert all(one.source and one.confidence for one in measures())
    path = tmp_path / "m.yaml"
    path.write_text(
        "measures:\n  - {measure: m, title: t, among: {flying: true}, source: X, confidence: sure}\n", "utf-8"
    )
    with pytest.raises(InputError) as caught:
        read_measures(path)
    told = " ".join(map(str, caught.value.faults))
    assert all(part in told for part in ("'met' is missing", "'flying'", "'X' is not listed", "'sure'"))
