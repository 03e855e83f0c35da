"""The patient care record: one for each responding unit and patient, as NEMSIS wants it."""

from __future__ import annotations

import uuid
from typing import Any, Final

from sixpoint.care import Encounter
from sixpoint.record import acts, custom, patient, response, situation
from sixpoint.record.airway import airway
from sixpoint.record.arrest import arrest
from sixpoint.record.context import RecordContext
from sixpoint.record.devices import devices
from sixpoint.record.disposition import disposition
from sixpoint.record.exam import exam
from sixpoint.record.other import other
from sixpoint.record.part import Part
from sixpoint.record.protocols import protocols
from sixpoint.record.structure import NOT_APPLICABLE, NOT_RECORDED, fill, sections
from sixpoint.record.vitals import vitals

# Names of Sixpoint's records live under this name (RFC 9562, version 5: the same ids give the same UUID).
NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:sixpoint:patient-care-record")


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
        "eSituation": situation.situation(part),
        "eInjury": situation.injury(part),
        "eArrest": arrest(part),
        "eHistory": situation.history(part),
        "eNarrative": patient.narrative(part),
        "eVitals": vitals(part),
        "eExam": exam(part),
        "eProtocols": protocols(part),
        "eMedications": medications,
        "eProcedures": procedures,
        "eAirway": airway(part),
        "eDevice": devices(part),
        "eDisposition": disposition(part),
        "eOther": other(part),
    }
    # Last, as they tell what no other section has found a place for.
    results = custom.results(part, acts.listed(part))
    made["eCustomResults"] = {"eCustomResults.ResultsGroup": results}
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
        "eCustomConfiguration": custom.configuration(results),
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
