"""One record for each unit and patient, in the standard's names and codes; valid by its schema once written as XML."""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from msgspec.structs import replace

from sixpoint.care import Encounter, HandoverAccepted, HandoverOffered, Impression, Intervention, VitalSigns
from sixpoint.errors import InputError
from sixpoint.record import Agency, Destination, patient_care_record, record_uuid
from sixpoint.record.acts import coded

from .world import (
    CONTEXT,
    FACTS,
    HIGHEST,
    LOWEST,
    MEDIC,
    NA,
    NO,
    NR,
    RULEBOOK,
    SECOND,
    START_MS,
    YES,
    act,
    as_xml,
    at,
    clock,
    encounter,
    fact,
    of,
    only,
    values,
)


@pytest.fixture(scope="module")
def medic() -> dict[str, Any]:
    return patient_care_record(encounter(), of("M1"))["PatientCareReport"]


@pytest.fixture(scope="module")
def first() -> dict[str, Any]:
    return patient_care_record(encounter(), of("R1"))["PatientCareReport"]


@pytest.fixture(scope="module")
def spare() -> dict[str, Any]:
    return patient_care_record(None, of("E9"))["PatientCareReport"]


@pytest.mark.parametrize("unit_id", ["M1", "R1", "E9"])
def test_each_record_is_valid_by_the_schema_of_the_standard(shared: Path, unit_id: str) -> None:
    schema = etree.XMLSchema(etree.parse(shared / "nemsis" / "XSDs" / "NEMSIS_XSDs" / "EMSDataSet_v3.xsd"))
    met = None if unit_id == "E9" else encounter()
    record = patient_care_record(met, of(unit_id))
    schema.assertValid(as_xml(record))
    assert json.loads(json.dumps(record)) == record


def test_there_is_one_record_for_each_unit_and_the_same_ids_give_the_same_uuid() -> None:
    made = {unit_id: record_uuid(encounter(), of(unit_id)) for unit_id in ("M1", "R1")}
    assert made["M1"] != made["R1"]
    assert made["M1"] == record_uuid(encounter([]), of("M1"))
    pattern = r"[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-[1-5][a-fA-F0-9]{3}-[89abAB][a-fA-F0-9]{3}-[a-fA-F0-9]{12}"
    assert all(re.fullmatch(pattern, str(one)) and one.version == 5 for one in made.values())
    assert isinstance(made["M1"], uuid.UUID)


def test_ids_that_only_run_into_the_same_text_give_different_uuids() -> None:
    one = replace(CONTEXT, incident_id="I-1", unit_id="1M")
    two = replace(CONTEXT, incident_id="I-11", unit_id="M")
    assert record_uuid(None, one) != record_uuid(None, two)


def test_times_are_local_with_their_offset_and_in_order(medic: dict[str, Any], first: dict[str, Any]) -> None:
    times = medic["eTimes"]
    assert times["eTimes.01"] == "2026-05-01T10:00:00-05:00"
    order = ["01", "03", "05", "06", "07", "09", "11", "12", "13"]
    assert [times[f"eTimes.{number}"] for number in order] == [
        clock(minutes) for minutes in (0, 1, 2.5, 10, 11, 28, 40, 50, 60)
    ]
    assert first["eTimes"]["eTimes.08"] == clock(12)
    assert "eTimes.08" not in times
    assert all(first["eTimes"][f"eTimes.{number}"] == NA for number in ("09", "11", "12"))


def test_a_time_between_two_seconds_keeps_its_fraction_and_utc_is_never_z() -> None:
    context = replace(CONTEXT, timezone=UTC)
    assert context.time(START_MS + 7) == "2026-05-01T15:00:00.007+00:00"


def test_each_act_carries_its_performers_level_by_the_rulebooks_own_table(medic: dict[str, Any]) -> None:
    groups = medic["eProcedures"]["eProcedures.ProcedureGroup"]
    by_fact = {group["@CorrelationID"]: group for group in groups}
    tube = by_fact["I-0001-1-f010"]
    assert tube["eProcedures.10"] == RULEBOOK.levels[HIGHEST].nemsis.performer
    assert (tube["eProcedures.02"], tube["eProcedures.06"], tube["eProcedures.09"]) == (NO, NO, "bo")
    assert tube["eProcedures.03"] == coded("endotracheal_intubation", RULEBOOK).code
    assert tube["eProcedures.11"] == "9918005"
    crew = medic["eCrew"]["eCrew.CrewGroup"]
    assert [member["eCrew.02"] for member in crew] == [
        RULEBOOK.levels[HIGHEST].nemsis.member,
        RULEBOOK.levels[SECOND].nemsis.member,
    ]


def test_what_was_done_before_this_unit_came_and_by_others_beside_it_is_told_apart(medic: dict[str, Any]) -> None:
    groups = {g["@CorrelationID"]: g for g in medic["eProcedures"]["eProcedures.ProcedureGroup"]}
    bystander, before, beside = (groups[f"I-0001-1-f{number:03d}"] for number in (2, 6, 12))
    assert (bystander["eProcedures.02"], bystander["eProcedures.10"], bystander["eProcedures.01"]) == (
        YES,
        "9905045",
        NR,
    )
    assert (before["eProcedures.02"], before["eProcedures.10"]) == (YES, RULEBOOK.levels[LOWEST].nemsis.performer)
    assert "eProcedures.09" not in before and "eProcedures.15" not in before
    assert (beside["eProcedures.02"], beside["eProcedures.15"]) == (NO, YES)


def test_a_drug_has_its_code_its_code_system_and_a_route_where_the_skill_names_one(medic: dict[str, Any]) -> None:
    (dose,) = medic["eMedications"]["eMedications.MedicationGroup"]
    assert dose["eMedications.03"] == {"#": "7242", "@CodeType": "9924003"}
    assert dose["eMedications.04"] == "9927017"
    assert dose["eMedications.11"] == "9918001"
    assert dose["eMedications.DosageGroup"] == {"eMedications.05": NR, "eMedications.06": NR}


def test_a_skill_that_no_code_says_has_no_made_up_code_and_stands_in_the_custom_results(medic: dict[str, Any]) -> None:
    assert coded("cricothyrotomy", RULEBOOK).code is None
    groups = {g["@CorrelationID"]: g for g in medic["eProcedures"]["eProcedures.ProcedureGroup"]}
    assert groups["I-0001-1-f011"]["eProcedures.03"] == NR
    results = medic["eCustomResults"]["eCustomResults.ResultsGroup"]
    about = [r for r in results if r.get("eCustomResults.03") == "I-0001-1-f011"]
    assert [(r["eCustomResults.02"], r["eCustomResults.01"]) for r in about] == [
        ("sixpoint.skill", ["cricothyrotomy"]),
        ("sixpoint.because", ["barred here"]),
        ("sixpoint.override", ["cannot ventilate"]),
    ]


def test_an_act_outside_the_rules_claims_no_authority_and_asks_for_review(
    medic: dict[str, Any], first: dict[str, Any]
) -> None:
    groups = {g["@CorrelationID"]: g for g in medic["eProcedures"]["eProcedures.ProcedureGroup"]}
    assert "eProcedures.11" not in groups["I-0001-1-f011"]
    assert (medic["eOther"]["eOther.01"], first["eOther"]["eOther.01"]) == (YES, NO)


@pytest.mark.parametrize(
    ("skill", "kind", "code"),
    [
        ("tourniquet", "procedure", "20655006"),
        ("oxygen_nasal_cannula", "procedure", "371907003"),  # exactly this, though another covers it too
        ("oxygen_nrb", "procedure", "57485005"),  # covers it and more: true of the act
        ("beta_agonist_anticholinergic_inhaled", "medication", None),  # which of four drugs nobody said
        ("ecg_12lead_interpret", "procedure", None),  # the mapping is of low confidence
        ("benzodiazepine", "medication", None),  # every code says more than the skill does
        ("hydroxocobalamin", "medication", None),
        ("no_such_skill", "procedure", None),
    ],
)
def test_a_code_is_written_only_if_it_says_no_more_than_the_skill(skill: str, kind: str, code: str | None) -> None:
    found = coded(skill, RULEBOOK)
    assert (found.kind, found.code) == (kind, code)


def test_who_led_from_whom_to_whom_and_who_took_the_patient_away(medic: dict[str, Any], first: dict[str, Any]) -> None:
    led, gave = (only(report, "eDisposition.IncidentDispositionGroup") for report in (medic, first))
    assert [led[f"eDisposition.{n}"] for n in (27, 28, 29, 30)] == ["4227001", "4228001", "4229007", "4230001"]
    assert [gave[f"eDisposition.{n}"] for n in (27, 28, 29, 30)] == ["4227001", "4228001", "4229003", "4230005"]


def test_a_clinician_who_rides_along_in_charge_is_told_on_both_records() -> None:
    facts = [one for one in FACTS if not isinstance(one, HandoverAccepted | HandoverOffered)]
    rider, carrier = (patient_care_record(encounter(facts), of(unit_id)) for unit_id in ("R1", "M1"))
    assert only(rider, "eDisposition.30") == "4230007"
    assert only(carrier, "eDisposition.30") == "4230003"
    assert only(carrier, "eDisposition.29") == "4229005"


def test_the_level_of_care_is_what_was_done_not_who_did_it(medic: dict[str, Any], first: dict[str, Any]) -> None:
    assert first["eDisposition"]["eDisposition.32"] == "4232001"
    assert medic["eDisposition"]["eDisposition.32"] == "4232005"
    simple = [*FACTS[:8], act(20, 13, "bo", "M1", "tourniquet", HIGHEST), *FACTS[12:]]
    report = patient_care_record(encounter(simple), of("M1"))
    assert only(report, "eDisposition.32") == "4232001"
    nothing = [*FACTS[:8], *FACTS[12:]]
    assert only(patient_care_record(encounter(nothing), of("M1")), "eDisposition.32") == "4232013"


def test_an_arrest_is_told_with_who_was_first(medic: dict[str, Any]) -> None:
    arrest = medic["eArrest"]
    assert arrest["eArrest.01"] == "3001003"
    assert arrest["eArrest.03"] == ["3003001", "3003005"]
    assert (arrest["eArrest.20"], arrest["eArrest.22"]) == ("3020001", "3022007")


def test_without_an_arrest_nothing_of_it_applies_and_without_a_word_nothing_is_known() -> None:
    quiet = [f for f in FACTS if not (isinstance(f, Intervention) and f.skill == "cpr")]
    alive = [replace(f, in_cardiac_arrest=False) if isinstance(f, Impression) else f for f in quiet]
    silent = [f for f in quiet if not isinstance(f, Impression)]
    said = patient_care_record(encounter(alive), of("M1"))["PatientCareReport"]["eArrest"]
    unsaid = patient_care_record(encounter(silent), of("M1"))["PatientCareReport"]["eArrest"]
    assert (said["eArrest.01"], said["eArrest.02"]) == ("3001001", NA)
    assert (unsaid["eArrest.01"], unsaid["eArrest.02"]) == (NR, NR)


def test_measurements_of_others_count_only_if_they_came_before(medic: dict[str, Any], first: dict[str, Any]) -> None:
    before, own = medic["eVitals"]["eVitals.VitalGroup"]
    assert (before["eVitals.02"], before["eVitals.26"]) == (YES, "3326007")
    assert (own["eVitals.02"], own["eVitals.HeartRateGroup"]["eVitals.10"], own["eVitals.12"]) == (NO, 92, 97)
    assert own["eVitals.14"] == NR
    assert len(first["eVitals"]["eVitals.VitalGroup"]) == 1


def test_a_measurement_beyond_what_the_element_holds_is_not_recorded() -> None:
    strange = [fact(VitalSigns, 30, 21, "bo", "M1", spo2_percent=140.0)]
    record = patient_care_record(encounter(FACTS + strange), of("M1"))
    assert 140 not in values(record, "eVitals.12")
    assert any("spo2_percent: 140" in said for said in values(record, "eCustomResults.01"))


def test_a_unit_that_was_cancelled_did_nothing_that_could_apply(spare: dict[str, Any]) -> None:
    assert spare["eTimes"]["eTimes.13"] == spare["eTimes"]["eTimes.14"] == clock(4)
    assert spare["eTimes"]["eTimes.06"] == NA
    (group,) = spare["eProcedures"]["eProcedures.ProcedureGroup"]
    assert (group["eProcedures.01"], group["eProcedures.03"]) == (NA, NA)
    assert only(spare, "eDisposition.27") == "4227005"
    assert "eNarrative" not in spare


def test_what_was_done_after_the_unit_had_left_is_not_on_its_record() -> None:
    late = act(23, 35, "bo", "M1", "tourniquet", HIGHEST)
    gone, there = (patient_care_record(encounter([*FACTS, late]), of(unit_id)) for unit_id in ("R1", "M1"))
    assert "I-0001-1-f023" not in values(gone, "@CorrelationID")
    assert "I-0001-1-f023" in values(there, "@CorrelationID")
    assert clock(35) not in only(gone, "eNarrative.01")


@pytest.mark.parametrize(
    ("wanted", "overridden", "code"),
    [("any", False, "4220001"), ("stroke", False, "4220021"), ("stroke", True, "4220013")],
)
def test_why_this_destination_is_told(wanted: str, overridden: bool, code: str) -> None:
    chosen = Destination("H1", "Riverton General", wanted, (), overridden)
    record = patient_care_record(encounter(), of("M1", destination=chosen))
    assert only(record, "eDisposition.20") == [code]
    assert only(record, "eDisposition.02") == "H1"
    assert only(patient_care_record(encounter(), of("R1", destination=chosen)), "eDisposition.20") == [NA]


def test_who_was_on_scene_first_is_told_by_the_clock(
    medic: dict[str, Any], first: dict[str, Any], spare: dict[str, Any]
) -> None:
    assert [only(report, "eScene.01") for report in (first, medic, spare)] == [YES, NO, NA]


def test_an_urgent_call_is_an_emergent_response_and_equipment_not_crew_is_the_capability(
    medic: dict[str, Any], first: dict[str, Any]
) -> None:
    assert (only(medic, "eResponse.23"), only(medic, "eDispatch.05")) == ("2223001", "2305001")
    calm = patient_care_record(encounter(), of("M1", acuity="non_acute"))
    assert (only(calm, "eResponse.23"), only(calm, "eDispatch.05")) == ("2223005", "2305007")
    assert (only(medic, "eResponse.07"), only(first, "eResponse.07")) == ("2207015", "2207023")


def test_a_corrected_fact_is_told_in_the_narrative_and_counts_nowhere_else() -> None:
    wrong = act(21, 17, "bo", "M1", "tourniquet", HIGHEST)
    right = act(22, 18, "bo", "M1", "pelvic_binder", HIGHEST, corrects="I-0001-1-f021")
    report = patient_care_record(encounter([*FACTS, wrong, right]), of("M1"))["PatientCareReport"]
    codes = [group["eProcedures.03"] for group in report["eProcedures"]["eProcedures.ProcedureGroup"]]
    assert coded("pelvic_binder", RULEBOOK).code in codes
    assert coded("tourniquet", RULEBOOK).code not in codes
    assert "tourniquet [standing order] (corrected later)" in report["eNarrative"]["eNarrative.01"]


def test_a_long_story_is_cut_at_a_line_and_says_so() -> None:
    many = [act(100 + n, 17 + n / 100, "bo", "M1", "cpr", HIGHEST, note="x" * 80) for n in range(200)]
    text = patient_care_record(encounter([*FACTS, *many]), of("M1"))["PatientCareReport"]["eNarrative"]["eNarrative.01"]
    assert len(text) <= 10_000 and text.endswith("x\n(more in the log)")


def test_a_unit_still_on_the_incident_or_never_notified_has_no_record_yet() -> None:
    busy = replace(MEDIC, times_ms={"notified": at(1)})
    with pytest.raises(InputError, match=r"M1 on I-0001: is still on the incident.*when the unit is free"):
        patient_care_record(encounter(), replace(CONTEXT, units=(busy,)))
    with pytest.raises(InputError, match="never notified"):
        patient_care_record(None, replace(CONTEXT, units=(replace(MEDIC, times_ms={"cancelled": at(2)}),)))


def test_what_nemsis_cannot_hold_is_refused_in_clear_words() -> None:
    with pytest.raises(InputError, match=r"'ZZ' is no state"):
        patient_care_record(encounter(), replace(CONTEXT, agency=Agency("r", "r", "Riverton", "ZZ")))
    long = Encounter("e" * 60, "I-0001", at(6))
    with pytest.raises(InputError, match=r"eRecord\.01: 'e+-M1' has 63 characters; NEMSIS takes 3 to 50"):
        patient_care_record(long, CONTEXT)


def test_what_nobody_observed_is_marked_and_the_rulebook_is_named(medic: dict[str, Any]) -> None:
    results = {
        r["eCustomResults.02"]: r["eCustomResults.01"] for r in medic["eCustomResults"]["eCustomResults.ResultsGroup"]
    }
    assert results["sixpoint.imputed"] == ["dispatch_code", "Riverton is synthetic."]
    assert results["sixpoint.rulebook"] == [RULEBOOK.hash]
