"""Triage by START, JumpSTART and SALT as their tables say; whatever is tagged and moved, nobody is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sixpoint.care import (
    Encounter,
    HandoverAccepted,
    Placed,
    Tagged,
    count,
    look_first,
    read_triage_system,
    triage,
    triage_systems,
    with_fact,
)
from sixpoint.errors import InputError

from .people import at, patient

BREATHES = {"walks": False, "breathing": "normal"}
WELL = {**BREATHES, "respiratory_rate_per_min": 20, "peripheral_pulse": True, "capillary_refill_s": 1.0,
        "follows_commands": True, "responds_appropriately": True}  # fmt: skip
SALT = {"breathing": "normal", "follows_commands": True, "purposeful_movement": True, "peripheral_pulse": True,
        "respiratory_distress": False, "major_bleeding_controlled": True, "minor_injuries_only": False}  # fmt: skip
APNOEA = {"walks": False, "breathing": "absent"}


@pytest.mark.parametrize(
    ("system", "answers", "tag"),
    [
        ("START", {"walks": True}, "minimal"),
        ("START", {**APNOEA, "breathes_after_opening": True}, "immediate"),
        ("START", {**APNOEA, "breathes_after_opening": False}, "dead"),
        ("START", {**WELL, "respiratory_rate_per_min": 31}, "immediate"),
        ("START", {**WELL, "respiratory_rate_per_min": 30}, "delayed"),
        ("START", {**WELL, "peripheral_pulse": False}, "immediate"),
        ("START", {**WELL, "capillary_refill_s": 3.0}, "immediate"),
        ("START", {**WELL, "follows_commands": False}, "immediate"),
        ("START", WELL, "delayed"),
        ("START", {}, None),
        ("START", {"walks": False}, None),
        ("START", APNOEA, None),
        ("JumpSTART", {**APNOEA, "breathes_after_opening": False, "peripheral_pulse": False}, "dead"),
        ("JumpSTART", {**APNOEA, "breathes_after_opening": False, "peripheral_pulse": True,
                       "breathes_after_five_breaths": True}, "immediate"),
        ("JumpSTART", {**APNOEA, "breathes_after_opening": False, "peripheral_pulse": True,
                       "breathes_after_five_breaths": False}, "dead"),
        ("JumpSTART", {**APNOEA, "breathes_after_opening": False, "peripheral_pulse": True}, None),
        ("JumpSTART", {**WELL, "respiratory_rate_per_min": 14}, "immediate"),
        ("JumpSTART", {**WELL, "respiratory_rate_per_min": 15}, "delayed"),
        ("JumpSTART", {**WELL, "respiratory_rate_per_min": 45}, "delayed"),
        ("JumpSTART", {**WELL, "respiratory_rate_per_min": 46}, "immediate"),
        ("JumpSTART", {**WELL, "responds_appropriately": False}, "immediate"),
        ("SALT", {**SALT, "breathing": "absent", "breathes_after_opening": False}, "dead"),
        ("SALT", SALT, "delayed"),
        ("SALT", {**SALT, "minor_injuries_only": True}, "minimal"),
        ("SALT", {**SALT, "peripheral_pulse": False, "likely_to_survive": True}, "immediate"),
        ("SALT", {**SALT, "peripheral_pulse": False, "likely_to_survive": False}, "expectant"),
        ("SALT", {**SALT, "peripheral_pulse": False}, None),
        ("SALT", {**SALT, "follows_commands": False}, "delayed"),
    ],
)  # fmt: skip
def test_the_tag_is_the_systems(system: str, answers: dict[str, object], tag: str | None) -> None:
    found = triage(triage_systems()[system], patient(0, **answers), at(0))
    assert found.tag == tag and found.because
    assert bool(found.assess) == (tag is None)


def test_salt_looks_at_the_still_before_the_waving_before_the_walking() -> None:
    met = {
        "walker": patient(0, walks=True),
        "waver": patient(0, walks=False, purposeful_movement=True),
        "still": patient(0, walks=False, purposeful_movement=False),
        "nobody looked": patient(0),
    }
    named = [replace(one, encounter_id=name) for name, one in met.items()]
    assert look_first(triage_systems()["SALT"], named, at(0)) == ("nobody looked", "still", "waver", "walker")


def test_a_system_that_could_leave_somebody_without_a_tag_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(
        "triage: T\ntitle: T\nsource: NOWHERE\nconfidence: sure\nrules:\n  - {tag: purple, when: {walks: true}}\n",
        "utf-8",
    )
    with pytest.raises(InputError) as caught:
        read_triage_system(path)
    told = " ".join(map(str, caught.value.faults))
    assert all(part in told for part in ("purple", "the last rule has a condition", "NOWHERE", "'sure'"))


TAG = st.sampled_from(["minimal", "delayed", "immediate", "expectant", "dead"])
PLACE = st.sampled_from(["found", "area", "unit", "facility", "released"])
STORY = st.lists(st.tuples(st.integers(0, 13), st.one_of(TAG, PLACE), st.integers(0, 60)), max_size=40)


@settings(max_examples=150)
@given(story=STORY, minute=st.integers(0, 60))
def test_nobody_is_lost_between_tag_and_hospital(story: list[tuple[int, str, int]], minute: int) -> None:
    bus = {number: Encounter(f"E{number:02d}", "I1", at(0)) for number in range(14)}
    last_tag: dict[int, tuple[int, int, str]] = {}
    last_place: dict[int, tuple[int, int, str]] = {}
    for number, (who, what, when) in enumerate(story):
        base = {"fact_id": f"f{number:03d}", "at_ms": at(when), "author": "ana", "unit_id": "U1"}
        is_tag = what in ("minimal", "delayed", "immediate", "expectant", "dead")
        fact = Tagged(**base, tag=what, system="START") if is_tag else Placed(**base, kind=what, place="x")
        bus[who] = with_fact(bus[who], fact)
        if when <= minute:
            held = last_tag if is_tag else last_place
            held[who] = max(held.get(who, (-1, -1, "")), (when, number, what))
    found = count(bus.values(), at(minute))
    assert found.total == 14 and sorted(one.encounter_id for one in found.patients) == sorted(f"E{n:02d}" for n in bus)
    assert sum(found.by_tag.values()) == 14 and sum(found.by_place.values()) == 14
    for number in bus:
        one = next(one for one in found.patients if one.encounter_id == f"E{number:02d}")
        assert one.tag == (last_tag[number][2] if number in last_tag else None)
        assert one.kind == (last_place[number][2] if number in last_place else "")
        assert (one.encounter_id in found.untagged) == (number not in last_tag)
        assert (one.encounter_id in found.unplaced) == (number not in last_place)


def test_who_was_taken_over_by_a_hospital_is_there() -> None:
    base = {"author": "ana", "unit_id": "U1"}
    met = with_fact(patient(0), Placed(fact_id="p", at_ms=at(1), kind="unit", place="M2", **base))
    met = with_fact(
        met, HandoverAccepted(fact_id="h", at_ms=at(9), author="H1", unit_id="", offer="o", at_facility=True)
    )
    assert count([met], at(8)).by_place == {"unit M2": 1}
    assert count([met], at(9)).by_place == {"facility H1": 1}


def test_those_whom_nobody_has_tagged_stand_first_in_the_count() -> None:
    base = {"author": "ana", "unit_id": "U1"}
    red = with_fact(patient(0), Tagged(fact_id="t", at_ms=at(1), tag="immediate", system="START", **base))
    order = count([replace(red, encounter_id="A"), replace(patient(0), encounter_id="B")], at(2)).patients
    assert [one.encounter_id for one in order] == ["B", "A"]
