"""The patient care records of a run, made from its log alone: one for each unit and patient, as NEMSIS has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec

from sixpoint import __version__
from sixpoint.care import Encounter, Intervention, PatientDescribed, standing_facts
from sixpoint.ops.events import FactRecorded, ScopeOverridden
from sixpoint.record import Agency, CrewMember, Destination, RecordContext, Responder, patient_care_record
from sixpoint.service.history import Histories, History
from sixpoint.service.run import RECORDS, PastRun

AGENCY_NUMBER_CHARACTERS: Final = 15  # the most that NEMSIS takes for dAgency.02


def write_records(run: PastRun) -> int:
    """Writes every record of the run into its folder, `INCIDENT.UNIT[.PATIENT].json`; returns how many."""
    folder = run.folder / RECORDS
    folder.mkdir(exist_ok=True)
    written = 0
    for incident_id, history in run.histories.by_incident.items():
        for name, record in records_of(run, history):
            path = folder / f"{quote(f'{incident_id}.{name}', safe='')}.json"
            path.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")
            written += 1
    return written


def records_of(run: PastRun, history: History) -> Iterator[tuple[str, dict[str, object]]]:
    """The incident's records by unit, and by patient where there are several; units not yet clear have none."""
    responders = tuple(_responder(run.histories, history, unit_id) for unit_id in history.units)
    for responder in responders:
        if "notified" not in responder.times_ms or responder.ended_ms is None:
            continue
        patients: list[Encounter | None] = [
            one for one in history.encounters.values() if _was_with(responder, one, history)
        ]
        for encounter in patients or [None]:
            name = responder.unit_id
            if encounter is not None and len(patients) > 1:
                name = f"{name}.{encounter.encounter_id}"
            yield name, patient_care_record(encounter, _context(run, history, responders, responder, encounter))


def _responder(histories: Histories, history: History, unit_id: str) -> Responder:
    unit, known = history.units[unit_id], histories.units[unit_id]
    return Responder(
        unit_id=unit_id,
        call_sign=known.call_sign,
        can_transport=known.can_transport,
        crew=tuple(CrewMember(who, level) for who, level in zip(unit.crew, unit.levels, strict=True)),
        times_ms=unit.times_ms,
        equipment=frozenset(known.equipment),
    )


def _context(
    run: PastRun, history: History, units: tuple[Responder, ...], unit: Responder, encounter: Encounter | None
) -> RecordContext:
    about = run.about
    call_type = run.call_types[history.dispatch_code]
    return RecordContext(
        agency=Agency(
            state_id=about.region_id,
            number=about.region_id[:AGENCY_NUMBER_CHARACTERS],
            name=about.name,
            state=about.state,
        ),
        incident_id=history.incident_id,
        dispatch_code=history.dispatch_code,
        acuity=call_type.acuity,
        received_ms=history.received_ms,
        lon_deg=history.place.lon_deg,
        lat_deg=history.place.lat_deg,
        unit_id=unit.unit_id,
        units=units,
        rulebook=run.rulebook,
        timezone=ZoneInfo(about.timezone),
        software_version=__version__,
        destination=None if encounter is None else _destination(run, history, encounter, call_type.destination),
        patients=max(1, len(history.encounters)),
        imputed=(*history.imputed, *_imputed_of(encounter)),
        notice=about.notice,
        override_reasons=_override_reasons(history),
    )


def _was_with(responder: Responder, encounter: Encounter, history: History) -> bool:
    """Whether the unit wrote about the patient; with a single patient, also whether it reported being there."""
    wrote = any(fact.unit_id == responder.unit_id for fact in encounter.facts)
    return wrote or (len(history.encounters) == 1 and "at_patient" in responder.times_ms)


def _destination(run: PastRun, history: History, encounter: Encounter, wanted: str) -> Destination | None:
    chosen = history.destinations.get(encounter.encounter_id)
    if chosen is None or chosen.facility_id is None or history.first_ms("transporting") is None:
        return None
    facility = run.histories.facilities[chosen.facility_id].facility
    return Destination(facility.facility_id, facility.name, wanted, facility.capabilities, chosen.override)


def _imputed_of(encounter: Encounter | None) -> tuple[str, ...]:
    described = standing_facts(encounter, PatientDescribed) if encounter is not None else ()
    return ("patient",) if any(one.imputed for one in described) else ()


def _override_reasons(history: History) -> dict[str, str]:
    """The reason of each override by the fact that it opened: the event stands right before it."""
    found: dict[str, str] = {}
    before = None
    for event in history.events:
        if (
            isinstance(event, FactRecorded)
            and isinstance(event.fact, Intervention)
            and event.fact.authority == "override"
        ):
            assert isinstance(before, ScopeOverridden), "an override stands before what it excuses"
            found[event.fact.fact_id] = before.reason
        before = event
    return found
