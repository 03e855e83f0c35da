"""What every fact at the patient carries."""

from __future__ import annotations

from typing import Literal

import msgspec

# How an intervention was authorised (NEMSIS eProcedures.11 / eMedications.11 Authorization; "override" is ours).
Authority = Literal["standing_order", "order", "override"]


class FactBase(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every fact carries: its identifier, instant (ms since 1970 UTC), author and unit.

    `device` names the machine a value came from (monitor, glucometer); empty if a person read or did it. `doubts` say
    why a value looked wrong when it was entered; it is kept because the author insisted (plausible.py).
    """

    fact_id: str
    at_ms: int
    author: str
    unit_id: str
    corrects: str | None = None
    device: str = ""
    doubts: tuple[str, ...] = ()


class EnteredInError(FactBase, frozen=True, tag="entered_in_error", kw_only=True):
    """The fact that `corrects` names never was so; nothing takes its place."""

    reason: str = ""
