"""The patient care record: one for each responding unit and patient, as NEMSIS wants it."""

from __future__ import annotations

import uuid
from typing import Any, Final

from sixpoint.care import Encounter, Impression, Intervention, standing_facts
from sixpoint.record import acts, patient, response
from sixpoint.record.context import RecordContext
from sixpoint.record.part import NO, YES, Part
from sixpoint.record.structure import NOT_APPLICABLE, NOT_RECORDED, fill, sections

# Names of Sixpoint's records live under this name (RFC 9562, version 5: the same ids give the same UUID).
NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:sixpoint:patient-care-record")

# What NEMSIS has no element for: identifier, title, definition. Text, optional, may repeat.
CUSTOM: Final = (
    ("sixpoint.skill", "Skill", "The skill performed, by its identifier in the Sixpoint rulebook"),
    ("sixpoint.because", "Reasons", "Why the rulebook allowed the act to this clinician, or what spoke against it"),
    ("sixpoint.override", "Override", "Why somebody acted outside the rules; the act goes to quality review"),
    ("sixpoint.impression", "Impression in words", "What the clinician thought was wrong, in words, not in ICD-10"),
    ("sixpoint.rulebook", "Rulebook", "The content hash of the rulebook in force"),
    ("sixpoint.imputed", "Imputed or synthetic", "What in this record nobody observed"),
)
TEXT, OPTIONAL = "9902009", "9903007"


def patient_care_record(encounter: Encounter | None, context: RecordContext) -> dict[str, Any]:
    """The record of one unit's part in one patient's care: NEMSIS v3.5.1 names, nesting, order and codes, as JSON.

    `encounter` is None for a unit that reached no patient. `InputError` if the unit was never notified or is not yet
    free again (NEMSIS wants both instants), or an identifier is longer than NEMSIS takes.
    """
    part = Part(encounter, context)
    report: dict[str, Any] = {"@UUID": str(record_uuid(encounter, context))}
    medications, procedures = acts.performed(part)
    unknown = NOT_RECORDED if part.has_contact else NOT_APPLICABLE
    made = {
        "eRecord": response.record(part, _number(encounter, context)),
        "eResponse": response.response(part),
        "eDispatch": response.dispatch(part),
        "eCrew": response.crew(part),
        "eTimes": response.times(part),
        "ePatient": patient.patient(part),
        "eScene": response.scene(part),
        "eSituation": patient.situation(part),
        "eArrest": patient.arrest(part),
        "eNarrative": patient.narrative(part),
        "eVitals": patient.vitals(part),
        "eExam": patient.exam(part),
        "eMedications": medications,
        "eProcedures": procedures,
        "eDisposition": response.disposition(part),
        "eCustomResults": _custom_results(part),
        "eOther": _other(part),
    }
    for section in sections():
        if section.name in ("DemographicGroup", "eCustomConfiguration"):
            continue
        filled = made[section.name] if section.name in made else fill(section.name, {}, unknown)
        if filled or section.needed:
            report[section.name] = filled
    agency = context.agency
    demographic = {"dAgency.01": agency.state_id, "dAgency.02": agency.number, "dAgency.04": response.state_code(part)}
    return {
        "DemographicGroup": fill("DemographicGroup", demographic),
        "eCustomConfiguration": _custom_configuration(),
        "PatientCareReport": report,
    }


def record_uuid(encounter: Encounter | None, context: RecordContext) -> uuid.UUID:
    """The record's UUID (version 5): the same service, incident, patient and unit give the same one for ever."""
    names = (context.agency.state_id, context.incident_id, encounter.encounter_id if encounter else "", context.unit_id)
    # Lengths stand before the names, so that no two sets of names run into the same text.
    return uuid.uuid5(NAMESPACE, "".join(f"{len(name)}:{name}" for name in names))


def _number(encounter: Encounter | None, context: RecordContext) -> str:
    """eRecord.01: the patient's encounter, or the incident, and the unit."""
    return f"{encounter.encounter_id if encounter else context.incident_id}-{context.unit_id}"


def _other(part: Part) -> dict[str, Any]:
    """eOther: whether the record asks for review, and who completes it."""
    outside = any(act.authority == "override" for act in part.acts())
    writers = [who for _, who in part.own_charge()] or [member.clinician_id for member in part.unit.crew]
    values = {"eOther.01": YES if outside else NO, "eOther.08": writers[-1] if writers else None}
    return fill("eOther", values)


def _custom_configuration() -> dict[str, Any]:
    groups = [
        {
            "@CustomElementID": name,
            "eCustomConfiguration.01": title,
            "eCustomConfiguration.02": definition,
            "eCustomConfiguration.03": TEXT,
            "eCustomConfiguration.04": YES,
            "eCustomConfiguration.05": OPTIONAL,
        }
        for name, title, definition in CUSTOM
    ]
    return fill("eCustomConfiguration", {"eCustomConfiguration.CustomGroup": groups})


def _custom_results(part: Part) -> dict[str, Any]:
    """eCustomResults: the skill of each act and its reasons, pointing at the act's group; what the record rests on."""
    context = part.context
    results = [_result("sixpoint.rulebook", [context.rulebook.hash])]
    not_observed = [*context.imputed, *([context.notice] if context.notice else [])]
    if not_observed:
        results.append(_result("sixpoint.imputed", not_observed))
    if part.encounter is not None and part.has_contact:
        conditions = [one.condition for one in standing_facts(part.encounter, Impression)]
        if conditions:
            results.append(_result("sixpoint.impression", conditions))
    for act in acts.listed(part):
        results.append(_result("sixpoint.skill", [act.skill], act.fact_id))
        if isinstance(act, Intervention) and act.because:
            results.append(_result("sixpoint.because", list(act.because), act.fact_id))
        if act.fact_id in context.override_reasons:
            results.append(_result("sixpoint.override", [context.override_reasons[act.fact_id]], act.fact_id))
    return fill("eCustomResults", {"eCustomResults.ResultsGroup": results})


def _result(name: str, values: list[str], about: str | None = None) -> dict[str, Any]:
    return {
        "eCustomResults.01": [value or "(empty)" for value in values],
        "eCustomResults.02": name,
        "eCustomResults.03": about,
    }
