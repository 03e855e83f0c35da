"""The audit tells from the record alone how each act stands, what is missing and what somebody must read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from sixpoint.care import Fact, HandoverAccepted, PatientDescribed, VitalSigns
from sixpoint.record import RecordAudit, audit_record, data_set, patient_care_record, read_records
from sixpoint.record.audit import QUESTIONED
from sixpoint.scope import Dose, load_rulebook

from .world import FACTS, HIGHEST, LOWEST, RULEBOOK, act, encounter, fact, of


def audited(*facts: Fact, unit_id: str = "M1") -> RecordAudit:
    return audit_record(patient_care_record(encounter([*facts]), of(unit_id)), RULEBOOK)


def standing(*facts: Fact) -> list[tuple[str, str]]:
    return [(one.skills[0], one.standing) for one in audited(*facts).acts]


def given(number: int, minutes: float, skill: str, level: str = HIGHEST, **more: Any) -> Fact:
    return act(number, minutes, "bo", "M1", skill, level, **more)


@pytest.mark.parametrize(
    ("level", "skill", "authority", "wanted"),
    [
        (HIGHEST, "endotracheal_intubation", "standing_order", "in scope"),
        (LOWEST, "endotracheal_intubation", "standing_order", "outside"),
        (LOWEST, "endotracheal_intubation", "order", "outside"),
        ("no such level", "cpr", "standing_order", "unknown level"),
        (HIGHEST, "no_such_skill", "standing_order", "cannot be told"),
    ],
)
def test_an_act_stands_as_the_rulebook_says_of_the_level_in_the_record(
    level: str, skill: str, authority: str, wanted: str
) -> None:
    assert standing(given(1, 14, skill, level, authority=authority)) == [(skill, wanted)]


def test_prior_aid_and_acts_beside_this_crew_and_not_performed_are_told_and_not_judged() -> None:
    found = {one.group: one.standing for one in audited(*FACTS).acts}
    assert found["I-0001-1-f002"] == found["I-0001-1-f006"] == "prior aid"
    assert found["I-0001-1-f012"] == "another unit"
    assert not QUESTIONED & {"prior aid", "another unit", "not performed"}


def test_what_somebody_must_read_is_listed_with_its_reasons() -> None:
    facts = [*FACTS, fact(VitalSigns, 30, 20, "bo", "M1", heart_rate_per_min=20.0, doubts=("20 is low",)),
             fact(HandoverAccepted, 31, 21, "cy", "M1", offer="x", step_down_reason="no other crew")]  # fmt: skip
    review = audited(*facts).review
    assert "override: cricothyrotomy: cannot ventilate" in review
    assert "doubt: 20 is low" in review
    assert "stepped down: no other crew" in review
    assert "an advanced airway was placed, and nothing that was measured confirms it" in review


def test_an_airway_that_was_confirmed_or_failed_needs_no_word() -> None:
    tube = given(1, 14, "endotracheal_intubation")
    confirmed = audited(tube, fact(VitalSigns, 2, 15, "bo", "M1", etco2_mmhg=35.0))
    failed = audited(replace(tube, successful=False))
    assert confirmed.review == failed.review == ()


def test_required_elements_that_nobody_recorded_are_missing_and_those_that_do_not_apply_are_not() -> None:
    missing = audited(fact(PatientDescribed, 1, 12, "bo", "M1", age_years=40.0)).missing
    assert "eSituation.11" in missing and "eVitals.06" in missing
    assert "ePatient.15" not in missing and "eTimes.03" not in missing
    spare = audit_record(patient_care_record(None, of("E9")), RULEBOOK)
    assert "eProcedures.03" not in spare.missing and not spare.acts


def test_a_record_read_from_a_file_is_audited_alike(tmp_path: Path) -> None:
    record = patient_care_record(encounter(), of("M1"))
    path = tmp_path / "x.xml"
    path.write_text("".join(data_set([record])), "utf-8")
    (read,) = read_records(path)
    assert audit_record(read, RULEBOOK) == audit_record(record, RULEBOOK)


def test_anybodys_record_is_audited_by_its_codes(shared: Path) -> None:
    folder = shared / "nemsis" / "Compliance" / "Pre-Testing" / "xml" / "full"
    (record,) = read_records(folder / "2025-EMS-2-Suicide_v351.xml")
    found = audit_record(record, RULEBOOK)
    acts = {one.code: (one.level, one.standing) for one in found.acts}
    assert acts["317361"] == ("Paramedic", "in scope")
    assert acts["89666000"] == ("EMT", "in scope")
    assert "unknown code" in {one.standing for one in found.acts}


def test_every_sample_of_the_standard_can_be_audited(shared: Path) -> None:
    for path in sorted((shared / "nemsis" / "SampleData" / "EMS" / "xml").glob("*.xml")):
        for record in read_records(path):
            audit_record(record, RULEBOOK)


def standing_by(rulebook: str, level: str, skill: str, **more: Any) -> str:
    record = patient_care_record(encounter([given(1, 14, skill, level, **more)]), of("M1"))
    return audit_record(record, load_rulebook(rulebook)).acts[0].standing


@pytest.mark.parametrize(("route", "wanted"), [("oral", "in scope"), ("intravenous", "outside")])
def test_the_route_that_the_record_states_counts(route: str, wanted: str) -> None:
    assert standing_by("montana", "EMT", "diphenhydramine", drug="diphenhydramine", route=route) == wanted


@pytest.mark.parametrize(("amount", "wanted"), [(324, "in scope"), (500, "outside")])
def test_the_dose_that_the_record_states_counts(amount: float, wanted: str) -> None:
    assert standing_by("wyoming", "EMR", "aspirin_oral", drug="aspirin", dose=Dose(amount, "mg")) == wanted
