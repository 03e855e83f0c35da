"""The patient care record: NEMSIS names, codes and order, from an encounter and what is known around it."""

from sixpoint.record.audit import AuditedAct, RecordAudit, audit_record
from sixpoint.record.context import Agency, CareOverride, CrewMember, Destination, RecordContext, Responder
from sixpoint.record.read import read_records
from sixpoint.record.report import patient_care_record, record_uuid
from sixpoint.record.structure import NOT_APPLICABLE, NOT_RECORDED
from sixpoint.record.write import data_set

__all__ = [
    "NOT_APPLICABLE",
    "NOT_RECORDED",
    "Agency",
    "AuditedAct",
    "CareOverride",
    "CrewMember",
    "Destination",
    "RecordAudit",
    "RecordContext",
    "Responder",
    "audit_record",
    "data_set",
    "patient_care_record",
    "read_records",
    "record_uuid",
]
