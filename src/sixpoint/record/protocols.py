"""eProtocols: which protocols the care followed, from the pathways that name what was done."""

from __future__ import annotations

from typing import Any, Final

from sixpoint.record.codes import protocol_codes
from sixpoint.record.part import Part
from sixpoint.record.structure import NOT_APPLICABLE, NOT_RECORDED, fill

AGES: Final = {"adult": "3602001", "any": "3602003", "child": "3602005"}  # eProtocols.02, verified in the XSDs
OTHER: Final = "9914165"


def protocols(part: Part) -> dict[str, Any]:
    """eProtocols: one group for each; a pathway of an agency that has no code is Other."""
    if not part.has_contact:
        return fill("eProtocols", {}, NOT_APPLICABLE)
    groups: dict[str, dict[str, Any]] = {}
    for pathway in part.context.pathways:
        known = protocol_codes().get(pathway)
        number = OTHER if known is None else known.code
        ages = {} if known is None else {"eProtocols.02": AGES[known.ages]}
        groups.setdefault(number, {"eProtocols.01": number, **ages})
    return fill("eProtocols", {"eProtocols.ProtocolGroup": [*groups.values()]}, NOT_RECORDED)
