"""eOther: whether the record goes to quality review, who completes it, who signed a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sixpoint.care import CareRefused, HandoverAccepted
from sixpoint.record.part import NO, YES, Part
from sixpoint.record.structure import fill

PATIENT, REPRESENTATIVE, WITNESS = "4512015", "4512017", "4512019"  # eOther.12
REFUSES_CARE, REFUSES_TRANSPORT = "4513009", "4513021"  # eOther.13
SIGNED, SIGNED_BY_OTHER = "4515031", "4515033"  # eOther.15
NAME_CHARACTERS: Final = 60


def other(part: Part) -> dict[str, Any]:
    """eOther: review is asked for after an override, a value that was doubted, or care stepped down for a reason."""
    writers = [who for _, who in part.own_charge()] or [member.clinician_id for member in part.unit.crew]
    values = {
        "eOther.01": YES if needs_review(part) else NO,
        "eOther.08": writers[-1] if writers else None,
        "eOther.SignatureGroup": [group for one in part.told(CareRefused) for group in _signatures(one, part)],
    }
    return fill("eOther", values)


def needs_review(part: Part) -> bool:
    """Whether something was done or passed on outside the rules, a doubted value kept, or care stepped down."""
    outside = bool(part.context.care_overrides) or any(act.authority == "override" for act in part.acts())
    stepped = any(one.step_down_reason and part.wrote(one) for one in part.told(HandoverAccepted))
    return outside or stepped or any(fact.doubts for fact in part.all_told() if part.wrote(fact))


def _signatures(refusal: CareRefused, part: Part) -> Iterator[dict[str, Any]]:
    reason = REFUSES_TRANSPORT if refusal.what == "transport" else REFUSES_CARE
    common = {"eOther.13": [reason], "eOther.19": part.context.time(refusal.at_ms)}
    by_patient = refusal.by == "patient"
    if refusal.signed:
        who = PATIENT if by_patient else REPRESENTATIVE
        yield {"eOther.12": who, "eOther.15": SIGNED if by_patient else SIGNED_BY_OTHER, **common}
    if refusal.witness:
        yield {"eOther.12": WITNESS, "eOther.20": refusal.witness[:NAME_CHARACTERS], **common}
