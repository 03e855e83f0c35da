"""The patient care records of a run, made from its log alone: one for each unit and patient, as NEMSIS has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec

from sixpoint import __version__
from sixpoint.care import Encounter, Pathways, PatientDescribed, interventions, picture_of, standing_facts
from sixpoint.record import Agency, CrewMember, Destination, RecordContext, Responder, patient_care_record
from sixpoint.service.circumstances import Circumstances, circumstances, diversions
from sixpoint.service.history import History
from sixpoint.service.run import RECORDS, PastRun

AGENCY_NUMBER_CHARACTERS: Final = 15  # the most that NEMSIS takes for dAgency.02


class Made(msgspec.Struct, frozen=True):
    """One record of a run; `encounter_id` is empty if the unit reached no patient, `name` tells it from others."""

    incident_id: str
    unit_id: str
    encounter_id: str
    name: str
    record: dict[str, Any]


def every_record(run: PastRun, incident_id: str | None = None) -> Iterator[Made]:
    """Every record of the run, or of one incident, in the order in which calls came in."""
    diverted = diversions(run.events)
    for each, history in run.histories.by_incident.items():
        if incident_id in (None, each):
            for name, record in records_of(run, history, diverted):
                patient = record["PatientCareReport"]["ePatient"].get("ePatient.01")
                encounter_id = patient if isinstance(patient, str) else ""
                yield Made(each, name.partition(".")[0], encounter_id, name, record)


def file_name(made: Made) -> str:
    """The name of the record's file: `INCIDENT.UNIT[.PATIENT]`."""
    return quote(f"{made.incident_id}.{made.name}", safe="")


def write_records(run: PastRun) -> int:
    """Writes every record of the run into its folder, as JSON; returns how many."""
    folder = run.folder / RECORDS
    folder.mkdir(exist_ok=True)
    written = 0
    for made in every_record(run):
        path = folder / f"{file_name(made)}.json"
        path.write_bytes(msgspec.json.format(msgspec.json.encode(made.record), indent=1) + b"\n")
        written += 1
    return written


def records_of(
    run: PastRun, history: History, diverted: Mapping[str, Mapping[str, int]] | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The incident's records by unit, and by patient where there are several; units not yet clear have none.

    `diverted` as `diversions` gives it for the run, if it is at hand.
    """
    around = circumstances(history, diversions(run.events) if diverted is None else diverted)
    responders = tuple(_responder(run, history, around, unit_id) for unit_id in history.units)
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
            context = _context(run, history, around, responders, responder, encounter)
            yield name, patient_care_record(encounter, context)


def _responder(run: PastRun, history: History, around: Circumstances, unit_id: str) -> Responder:
    unit, known = history.units[unit_id], run.histories.units[unit_id]
    leg = around.left.get((unit_id, "en_route"))
    return Responder(
        unit_id=unit_id,
        call_sign=known.call_sign,
        can_transport=known.can_transport,
        crew=tuple(CrewMember(who, level) for who, level in zip(unit.crew, unit.levels, strict=True)),
        times_ms=unit.times_ms,
        equipment=frozenset(known.equipment),
        lights_to_scene=around.lights(unit_id, "en_route"),
        lights_from_scene=around.lights(unit_id, "transporting"),
        sent_from=None if leg is None else (leg.start.lon_deg, leg.start.lat_deg),
        mutual_aid=known.mutual_aid,
        rides_with=around.riders.get(unit_id, ""),
        attending=around.attending.get(unit_id, ()),
    )


def _context(
    run: PastRun,
    history: History,
    around: Circumstances,
    units: tuple[Responder, ...],
    unit: Responder,
    encounter: Encounter | None,
) -> RecordContext:
    about = run.about
    call_type = run.call_types[history.dispatch_code]
    carrier = None if encounter is None else around.carriers.get(encounter.encounter_id)
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
        reported_ms=around.reported_ms,
        lon_deg=history.place.lon_deg,
        lat_deg=history.place.lat_deg,
        unit_id=unit.unit_id,
        units=units,
        rulebook=run.rulebook,
        timezone=ZoneInfo(about.timezone),
        software_version=__version__,
        destination=None if encounter is None else _destination(run, history, encounter, call_type.destination),
        patients=max(1, len(history.encounters)),
        carrier_id=carrier,
        carried=max(1, sum(one == unit.unit_id for one in around.carriers.values())),
        imputed=(*history.imputed, *_imputed_of(encounter)),
        notice=about.notice,
        override_reasons=around.override_reasons,
        care_overrides=() if encounter is None else tuple(around.care_overrides.get(encounter.encounter_id, ())),
        service="intercept" if unit.unit_id in around.met else "primary",
        delays=around.delays(unit.unit_id, unit.times_ms),
        pathways=() if encounter is None else _protocols(run, encounter, history.dispatch_code, around.pathways),
        pathways_hash=around.pathways,
        dispatch_override=around.dispatch_override,
    )


def _protocols(run: PastRun, encounter: Encounter, code: str, in_force: str) -> tuple[str, ...]:
    """The pathways that care followed; none is claimed where those in force then (by their hash) are not at hand."""
    pathways = run.pathways
    if pathways is None or in_force not in ("", pathways.hash):
        return ()
    return followed(encounter, code, pathways)


def followed(encounter: Encounter, code: str, pathways: Pathways) -> tuple[str, ...]:
    """The pathways that name what was done, of those opened for this patient by call or findings; else the general."""
    last_ms = max((fact.at_ms for fact in encounter.facts), default=encounter.opened_ms)
    done = {act.skill for act in interventions(encounter)}
    named = [
        pathway.id
        for pathway in pathways.opened((code,), picture_of(encounter, last_ms))
        if pathway.id != "general" and any(pathway.names(skill) for skill in done)
    ]
    return tuple(named) or (("general",) if done else ())


def _was_with(responder: Responder, encounter: Encounter, history: History) -> bool:
    """Whether the unit wrote about the patient; with a single patient, also whether it reported being there."""
    wrote = any(fact.unit_id == responder.unit_id for fact in encounter.facts)
    return wrote or (len(history.encounters) == 1 and "at_patient" in responder.times_ms)


def _destination(run: PastRun, history: History, encounter: Encounter, wanted: str) -> Destination | None:
    chosen = history.destinations.get(encounter.encounter_id)
    if chosen is None or chosen.facility_id is None or history.first_ms("transporting") is None:
        return None
    facility = run.histories.facilities[chosen.facility_id].facility
    return Destination(
        facility.facility_id,
        facility.name,
        wanted,
        facility.capabilities,
        chosen.override,
        chosen.because,
        (facility.place.lon_deg, facility.place.lat_deg),
    )


def _imputed_of(encounter: Encounter | None) -> tuple[str, ...]:
    described = standing_facts(encounter, PatientDescribed) if encounter is not None else ()
    return ("patient",) if any(one.imputed for one in described) else ()
