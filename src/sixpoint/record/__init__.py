"""The patient care record: NEMSIS names, codes and order, from an encounter and what is known around it."""

from sixpoint.record.context import Agency, CareOverride, CrewMember, Destination, RecordContext, Responder
from sixpoint.record.report import patient_care_record, record_uuid
from sixpoint.record.structure import NOT_APPLICABLE, NOT_RECORDED

__all__ = [
    "NOT_APPLICABLE",
    "NOT_RECORDED",
    "Agency",
    "CareOverride",
    "CrewMember",
    "Destination",
    "RecordContext",
    "Responder",
    "patient_care_record",
    "record_uuid",
]
