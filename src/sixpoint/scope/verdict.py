"""The answer of the rulebook: one of four, with the chain of rules that decided it.

The four form a chain, barred < unknown < order < standing. Conditions are worth one of the same four: "all" is the
least of its parts, "any" the greatest. *Unknown* allows nothing and says what is missing.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Kind = Literal["standing", "order", "barred", "unknown"]

BARRED: Final = 0
UNKNOWN: Final = 1
ORDER: Final = 2
STANDING: Final = 3
KINDS: Final[tuple[Kind, ...]] = ("barred", "unknown", "order", "standing")

Confidence = Literal["verified_in_text", "inferred", "recalled", "judgement"]
CONFIDENCES: Final[tuple[Confidence, ...]] = ("verified_in_text", "inferred", "recalled", "judgement")

# In place of a confidence where a name is not known: there was nothing that could have been verified.
UNKNOWN_NAME: Final = "unknown_name"


class Reason(msgspec.Struct, frozen=True):
    """One step of the chain: `rule` is the address of the rule (layer/skill/level), `version` that of its layer.

    `confidence` is one of `CONFIDENCES`, or `UNKNOWN_NAME`.
    """

    rule: str
    text: str
    source: str
    confidence: str
    version: str


class Verdict(msgspec.Struct, frozen=True):
    """Whether it may be done, why, and what would make it a yes; `rulebook` is the hash of the rulebook asked.

    `because` goes from the lowest layer up: the rule that had the last word stands last.
    """

    kind: Kind
    because: tuple[Reason, ...]
    would_be_yes: tuple[str, ...]
    rulebook: str

    @property
    def allowed(self) -> bool:
        """May do it without asking anybody."""
        return self.kind == "standing"

    @property
    def allowed_with_order(self) -> bool:
        """May do it, if need be under an order from medical control."""
        return self.kind in ("standing", "order")
