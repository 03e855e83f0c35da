"""What was found and given arrives in the elements that NEMSIS has for it, with its instant."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from sixpoint.care import (
    AlertSent,
    CareRefused,
    Consented,
    Disposed,
    Ecg12Lead,
    Encounter,
    Fact,
    Finding,
    History,
    Impression,
    OrderGiven,
    OrderRefused,
    PatientDescribed,
    PrimarySurvey,
    StrokeScale,
    Tagged,
    VitalSigns,
)
from sixpoint.record import RecordContext, patient_care_record
from sixpoint.scope import Dose

from .world import CONTEXT, FACTS, HIGHEST, MEDIC, NA, NO, NR, YES, act, at, clock, encounter, fact, of, only, values


def report(*facts: Fact, **more: Any) -> dict[str, Any]:
    """The medic's record of a patient of whom only these facts are known."""
    met = encounter(list(facts))
    made: dict[str, Any] = patient_care_record(met, of("M1", **more))["PatientCareReport"]
    return made


def medic(kind: Any, number: int, minutes: float, /, **more: Any) -> Fact:
    return fact(kind, number, minutes, "bo", "M1", **more)


def given(number: int, minutes: float, skill: str, **more: Any) -> Fact:
    return act(number, minutes, "bo", "M1", skill, HIGHEST, **more)


def custom(made: Any, name: str) -> list[str]:
    groups = made["eCustomResults"]["eCustomResults.ResultsGroup"]
    return [word for group in groups if group["eCustomResults.02"] == name for word in group["eCustomResults.01"]]


def stayed(**more: Any) -> dict[str, Any]:
    """A context in which nobody was taken away."""
    times = {word: at_ms for word, at_ms in MEDIC.times_ms.items() if word in ("notified", "on_scene", "at_patient")}
    return {"units": (replace(MEDIC, times_ms={**times, "clear": at(60)}),), **more}


def test_a_drug_has_its_code_dose_unit_route_response_complication_and_who_ordered_it() -> None:
    order = medic(
        OrderGiven, 1, 12, skill="parenteral_analgesia", ordered_by="Dr Reed", channel="radio", until_ms=at(60)
    )
    dose = Dose(4, "mg")
    more = {"drug": "morphine", "dose": dose, "route": "intravenous", "response": "improved", "authority": "order"}
    made = report(order, given(2, 14, "parenteral_analgesia", complication="nausea", order="I-0001-1-f001", **more))
    (group,) = made["eMedications"]["eMedications.MedicationGroup"]
    assert group["eMedications.01"] == clock(14)
    assert group["eMedications.03"] == {"#": "7052", "@CodeType": "9924003"}
    assert group["eMedications.04"] == "9927023"
    assert group["eMedications.DosageGroup"] == {"eMedications.05": 4, "eMedications.06": "3706021"}
    assert (group["eMedications.07"], group["eMedications.08"]) == ("9916001", ["3708029"])
    assert (group["eMedications.11"], group["eMedications.12"]) == ("9918001", "Dr Reed")


@pytest.mark.parametrize(
    ("dose", "amount", "unit"),
    [
        (Dose(0.0005, "g"), 0.5, "3706021"),  # half a milligram, in which the element holds it
        (Dose(0.3, "mg"), 0.3, "3706021"),
        (Dose(0.0001, "mcg"), NR, NR),  # below what any unit of the list holds; never bent
        (Dose(1, "tube"), 1, "3706029"),
        (Dose(2, "handful"), NR, NR),
    ],
)
def test_a_dose_is_written_to_the_last_digit_or_not_at_all(dose: Dose, amount: Any, unit: Any) -> None:
    made = report(given(1, 14, "ketamine", drug="ketamine", dose=dose))
    group = only(made, "eMedications.DosageGroup")
    assert (group["eMedications.05"], group["eMedications.06"]) == (amount, unit)
    assert (f"dose: {dose}" in custom(made, "sixpoint.intervention")) == (amount == NR)


def test_a_procedure_has_its_attempts_success_complication_response_and_place() -> None:
    more = {"attempts": 3, "successful": False, "complication": "green hair", "site": "hand, left", "response": "worse"}
    (group,) = report(given(1, 14, "iv_access", **more))["eProcedures"]["eProcedures.ProcedureGroup"]
    assert (group["eProcedures.05"], group["eProcedures.06"], group["eProcedures.07"]) == (3, NO, ["3907035"])
    assert (group["eProcedures.08"], group["eProcedures.13"]) == ("9916005", "3913021")


def test_what_medical_control_refused_stands_as_denied_by_order_and_what_was_done_all_the_same_does_not() -> None:
    refused = medic(OrderRefused, 1, 12, skill="diphenhydramine", refused_by="Dr No", channel="radio")
    (group,) = report(refused)["eMedications"]["eMedications.MedicationGroup"]
    assert group["eMedications.03"] == {"#": "3498", "@CodeType": "9924003", "@PN": "8801003"}
    done = report(refused, given(2, 13, "diphenhydramine", authority="override"))
    assert len(done["eMedications"]["eMedications.MedicationGroup"]) == 1
    assert only(done, "eMedications.03") == {"#": "3498", "@CodeType": "9924003"}


def test_one_persons_measurements_at_one_instant_are_one_set() -> None:
    made = report(
        medic(VitalSigns, 1, 12, heart_rate_per_min=88.0, gcs_eye=4, gcs_verbal=5, gcs_motor=6, etco2_mmhg=38.4),
        medic(PrimarySurvey, 2, 12, breathing="laboured", avpu="alert"),
        medic(StrokeScale, 3, 12, scale="lams", face=1, arm=2, grip=2, last_known_well_ms=at(-45)),
        medic(History, 4, 12, severity_0_to_10=7),
        medic(VitalSigns, 5, 20, heart_rate_per_min=80.0),
    )
    first, second = made["eVitals"]["eVitals.VitalGroup"]
    assert first["eVitals.HeartRateGroup"]["eVitals.10"] == 88
    glasgow = first["eVitals.GlasgowScoreGroup"]
    assert [glasgow[f"eVitals.{number}"] for number in (19, 20, 21, 22, 23)] == [4, 5, 6, ["3322003"], 15]
    assert first["eVitals.16"] == {"#": 38, "@ETCO2Type": "3340001"}
    assert (first["eVitals.15"], first["eVitals.26"]) == ("3315003", "3326001")
    assert first["eVitals.StrokeScaleGroup"] == {"eVitals.29": "3329005", "eVitals.30": "3330023", "eVitals.34": 5}
    assert first["eVitals.PainScaleGroup"]["eVitals.27"] == 7
    assert made["eSituation"]["eSituation.18"] == clock(-45)
    assert second["eVitals.HeartRateGroup"]["eVitals.10"] == 80


def test_a_glasgow_score_says_what_was_done_before_it() -> None:
    made = report(given(1, 11, "endotracheal_intubation"), medic(VitalSigns, 2, 12, gcs_total=3))
    assert only(made, "eVitals.22") == ["3322009"]


def test_an_ecg_is_one_group_from_acquisition_to_reading_and_the_device_has_each_instant() -> None:
    made = report(
        medic(Ecg12Lead, 1, 12, stage="acquired"),
        medic(Ecg12Lead, 2, 13, stage="read", read_by="machine", stemi=True),
        medic(Ecg12Lead, 3, 14, stage="transmitted", to="H1"),
        medic(Ecg12Lead, 4, 16, stage="read", read_by="physician", stemi=True),
        medic(Ecg12Lead, 5, 25, stage="acquired"),
    )
    first, second = made["eVitals"]["eVitals.VitalGroup"]
    assert first["eVitals.01"] == clock(12)
    assert first["eVitals.CardiacRhythmGroup"]["eVitals.05"] == ["3305001", "3305007"]
    assert second["eVitals.CardiacRhythmGroup"] == {"eVitals.03": [NR], "eVitals.04": "3304007", "eVitals.05": [NR]}
    events = [(one["eDevice.02"], one["eDevice.03"]) for one in made["eDevice"]["eDevice.DeviceGroup"]]
    assert events == [
        (clock(n), [code]) for n, code in ((12, "4103001"), (13, "4103001"), (14, "4103007"), (25, "4103001"))
    ]
    assert only(made, "eDevice.08") == "STEMI"


def test_the_energy_of_a_shock_stands_with_the_device() -> None:
    made = report(given(1, 12, "defibrillation_manual", drug="shock", dose=Dose(120, "J")))
    (event,) = made["eDevice"]["eDevice.DeviceGroup"]
    assert event == {"eDevice.02": clock(12), "eDevice.03": ["4103009"], "eDevice.ShockGroup": {"eDevice.10": 120}}


def test_an_airway_is_confirmed_by_what_was_measured_after_it_and_not_by_what_came_before() -> None:
    made = report(
        medic(VitalSigns, 1, 11, etco2_mmhg=30.0),
        given(2, 12, "endotracheal_intubation"),
        given(3, 13, "etco2_waveform_capnography"),
        act(4, 13.5, "cy", "M1", "etco2_waveform_capnography", HIGHEST),
        fact(VitalSigns, 5, 14, "cy", "M1", etco2_mmhg=36.0),
    )
    wave, number = made["eAirway"]["eAirway.AirwayGroup"]["eAirway.ConfirmationGroup"]
    assert wave["@ProcedureGroupCorrelationID"] == "I-0001-1-f002"
    assert (wave["eAirway.02"], wave["eAirway.03"], wave["eAirway.04"]) == (clock(13), "4003003", ["4004019"])
    assert (wave["eAirway.06"], wave["eAirway.07"]) == ("4006005", "bo")
    assert (number["eAirway.02"], number["eAirway.04"], number["eAirway.06"]) == (clock(14), ["4004009"], "4006001")


def test_what_was_looked_for_and_is_not_there_is_a_pertinent_negative() -> None:
    made = report(
        medic(Finding, 1, 12, finding="stridor", present=False),
        medic(Finding, 2, 12, finding="wheeze", present=True),
        medic(Finding, 3, 12, finding="hives", present=False),
        medic(PrimarySurvey, 4, 12, skin="pale_cool"),
    )
    (seen,) = made["eExam"]["eExam.AssessmentGroup"]
    assert seen["eExam.LungGroup"] == [{"eExam.23": [{"#": "3523027", "@PN": "8801005"}, "3523025"]}]
    assert (seen["eExam.03"], seen["eExam.04"]) == (clock(12), ["3504025", "3504003"])
    assert "finding: hives" in custom(made, "sixpoint.finding")


def test_a_history_has_onset_complaints_symptoms_and_says_when_nothing_is_known() -> None:
    said: dict[str, Any] = {"symptoms": ("chest pain", "a band round my chest"), "onset_ms": at(-20), "region": "chest"}
    made = report(medic(History, 1, 12, allergies=(), medications=("aspirin",), past=(), **said))
    situation, history = made["eSituation"], made["eHistory"]
    assert situation["eSituation.01"] == clock(-20)
    complaints = [group["eSituation.04"] for group in situation["eSituation.PatientComplaintGroup"]]
    assert complaints == ["chest pain", "a band round my chest"]
    assert (situation["eSituation.07"], situation["eSituation.09"]) == ("2807005", "R07.9")
    assert (history["eHistory.06"], history["eHistory.08"]) == ([{"@PN": "8801013"}], [{"@PN": "8801015"}])
    assert history["eHistory.CurrentMedsGroup"] == [{"eHistory.12": "1191"}]


def test_the_last_impression_is_the_primary_one_and_one_without_a_code_stands_in_words() -> None:
    made = report(
        medic(Impression, 1, 12, condition="Headache"),
        medic(Impression, 2, 13, condition="Stroke/CVA"),
        medic(Impression, 3, 14, condition="something odd"),
    )
    situation = made["eSituation"]
    assert (situation["eSituation.11"], situation["eSituation.12"]) == ("I63.9", ["R51"])
    assert situation["eSituation.02"] == "9922001"
    assert "condition: something odd" in custom(made, "sixpoint.impression")


def test_alerts_have_their_kind_and_instant() -> None:
    made = report(medic(AlertSent, 1, 29, facility_id="H1", kind="stemi"))
    groups = made["eDisposition"]["eDisposition.HospitalTeamActivationGroup"]
    assert groups == [{"eDisposition.24": "4224013", "eDisposition.25": clock(29)}]


def test_a_valid_refusal_has_its_reason_and_signatures_and_consent_ends_it() -> None:
    said = {"oriented": True, "altered": False, "intoxicated": False, "self_harm": False, "understands": True}
    refusal = medic(CareRefused, 1, 13, what="transport", **said, informed=True, signed=True, witness="J. Doe")
    who = medic(PatientDescribed, 2, 12, age_years=50.0)
    made = report(who, refusal, **stayed())
    group = only(made, "eDisposition.IncidentDispositionGroup")
    assert (group["eDisposition.30"], group["eDisposition.31"]) == ("4230009", ["4231001"])
    patient, witness = made["eOther"]["eOther.SignatureGroup"]
    assert (patient["eOther.12"], patient["eOther.13"], patient["eOther.15"]) == ("4512015", ["4513021"], "4515031")
    assert (witness["eOther.12"], witness["eOther.20"]) == ("4512019", "J. Doe")
    consented = report(who, refusal, medic(Consented, 3, 15, refusal=refusal.fact_id), **stayed())
    assert only(consented, "eDisposition.30") == "4230013"


def test_the_tag_of_a_triage_is_the_classification_and_the_acuity() -> None:
    tags = [medic(Tagged, n, 12 + n, tag=tag, system="start") for n, tag in ((1, "immediate"), (2, "delayed"))]
    made = report(*tags, patients=14)
    assert (made["eScene"]["eScene.07"], made["eScene"]["eScene.08"]) == (YES, "2708003")
    assert (only(made, "eSituation.13"), only(made, "eDisposition.19")) == ("2813001", "4219003")
    alone = report(*tags, patients=1)
    assert (only(alone, "eScene.07"), only(alone, "eScene.08")) == (NO, "2708003")
    assert (only(report(patients=1), "eScene.08"), only(report(patients=3), "eScene.07")) == (NA, NR)


def test_protocols_have_their_ages_and_an_unknown_pathway_is_other() -> None:
    made = report(given(1, 12, "cpr"), pathways=("cardiac_arrest_adult", "our_own"))
    groups = made["eProtocols"]["eProtocols.ProtocolGroup"]
    assert groups == [{"eProtocols.01": "9914055", "eProtocols.02": "3602001"}, {"eProtocols.01": "9914165"}]


def test_the_newborns_age_is_counted_from_birth() -> None:
    made = report(medic(PatientDescribed, 1, 20, born_ms=at(14)))
    patient = made["ePatient"]
    assert patient["ePatient.AgeGroup"] == {"ePatient.15": 6, "ePatient.16": "2516005"}
    assert patient["ePatient.17"] == "2026-05-01"


def test_the_end_of_a_resuscitation_by_order_is_told_with_its_instant() -> None:
    ended = medic(Disposed, 20, 25, how="resuscitation_ended", order="o")
    met = encounter([*[one for one in FACTS if one.at_ms < at(25)], ended])
    made = patient_care_record(met, of("M1", **stayed()))["PatientCareReport"]
    arrest = made["eArrest"]
    assert (arrest["eArrest.15"], arrest["eArrest.16"], arrest["eArrest.18"]) == (clock(25), "3016003", "3018003")
    assert (arrest["eArrest.12"], only(made, "eDisposition.19")) == (["3012001"], "4219009")


def test_a_doubted_value_is_kept_marked_and_sent_to_review() -> None:
    made = report(medic(VitalSigns, 1, 12, heart_rate_per_min=30.0, doubts=("30 is low",)))
    assert custom(made, "sixpoint.doubt") == ["30 is low"]
    assert made["eOther"]["eOther.01"] == YES
    assert report(medic(VitalSigns, 1, 12, heart_rate_per_min=80.0))["eOther"]["eOther.01"] == NO


def test_who_found_what_is_kept_where_nemsis_has_no_place_for_the_author() -> None:
    made = report(medic(VitalSigns, 1, 12, heart_rate_per_min=80.0, device="monitor 7"))
    groups = made["eCustomResults"]["eCustomResults.ResultsGroup"]
    (result,) = [one for one in groups if one["eCustomResults.02"] == "sixpoint.vital_signs"]
    assert result["eCustomResults.01"] == ["by: bo", "device: monitor 7"]
    assert result["eCustomResults.03"] == "I-0001-1-f001"


def test_a_neighbours_unit_is_mutual_aid_on_both_records_and_says_who_passed_the_patient_on() -> None:
    first, carrier, spare = CONTEXT.units
    context: RecordContext = replace(CONTEXT, units=(replace(first, mutual_aid=True), carrier, spare))
    ours, theirs = (
        patient_care_record(encounter(), replace(context, unit_id=unit_id))["PatientCareReport"]
        for unit_id in ("M1", "R1")
    )
    assert only(theirs, "eResponse.05") == "2205009"
    (group,) = ours["eScene"]["eScene.ResponderGroup"]
    assert (group["eScene.02"], group["eScene.04"], group["eScene.25"]) == ("Rescue 1", "2704001", "2725003")


def test_a_crew_that_rides_along_is_told_on_both_records() -> None:
    first, carrier, spare = CONTEXT.units
    context = replace(CONTEXT, units=(replace(first, rides_with="M1"), carrier, spare))
    codes = [
        only(patient_care_record(encounter(), replace(context, unit_id=one)), "eDisposition.30") for one in ("M1", "R1")
    ]
    assert codes == ["4230003", "4230007"]


def test_lights_and_delays_come_from_the_log_and_are_not_recorded_without_it() -> None:
    plain = only(report(), "eResponse.24")
    unit = replace(MEDIC, lights_to_scene=False, lights_from_scene=True, sent_from=(-100.5, 41.5))
    made = report(units=(unit,), delays={"eResponse.08": ("no_unit_free",)})
    assert (plain, only(made, "eResponse.24"), only(made, "eResponse.23")) == ([NR], ["2224019"], "2223005")
    assert (only(made, "eDisposition.17"), only(made, "eResponse.08")) == ("4217001", ["2208011"])
    assert only(made, "eResponse.17") == "41.500000,-100.500000"


def test_of_several_patients_each_is_told_with_the_unit_that_carries_it() -> None:
    gone = patient_care_record(encounter(), of("M1", carrier_id="R1"))["PatientCareReport"]
    assert only(gone, "eDisposition.30") == "4230013"
    assert not [*values(gone, "eDisposition.11")]


def test_without_facts_nothing_is_claimed() -> None:
    made = patient_care_record(Encounter("I-0001-1", "I-0001", at(6)), of("M1"))["PatientCareReport"]
    assert made["eArrest"]["eArrest.01"] == NR
    assert only(made, "eSituation.11") == NR
    assert "eExam" not in made and "eAirway" not in made and "eDevice" not in made
    assert only(made, "eSituation.20") == NA
    assert not [one for one in values(made, "eMedications.03") if one != NR]
