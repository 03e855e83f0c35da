"""What most events say, as columns of a table: who, which incident, which unit, which status, which skill."""

from __future__ import annotations

import msgspec


class Columns(msgspec.Struct, frozen=True):
    """The columns that stand beside the payload; None where an event does not say it."""

    by: str | None = None
    call_id: str | None = None
    incident_id: str | None = None
    unit_id: str | None = None
    encounter_id: str | None = None
    clinician_id: str | None = None
    facility_id: str | None = None
    status: str | None = None
    skill: str | None = None


class _Part(msgspec.Struct, frozen=True):
    """What may stand one level down: in the fact of a record, in the destination chosen, in a thing made known."""

    clinician_id: str | None = None
    facility_id: str | None = None
    skill: str | None = None
    author: str | None = None
    id: str | None = None


class _Said(Columns, frozen=True):
    fact: _Part = _Part()
    destination: _Part = _Part()
    facility: _Part = _Part()
    clinician: _Part = _Part()


_decoder = msgspec.json.Decoder(_Said)


def columns_of(payload: bytes) -> Columns:
    """The columns of one event; of bytes that are no event, nothing is said."""
    try:
        said = _decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Columns()
    return Columns(
        by=said.by,
        call_id=said.call_id,
        incident_id=said.incident_id,
        unit_id=said.unit_id,
        encounter_id=said.encounter_id,
        clinician_id=said.clinician_id or said.fact.author or said.clinician.id,
        facility_id=said.facility_id or said.destination.facility_id or said.facility.facility_id,
        status=said.status,
        skill=said.skill or said.fact.skill,
    )
