"""Amounts of drugs, counted exactly: decimal numbers, so that no dose is above its maximum by a rounding."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import Final

from sixpoint.scope import Dose

# Of one kind, so that 0.5 g and 500 mg are the same; any other unit compares only with itself.
GRAMS: Final = {"mcg": Decimal("0.000001"), "mg": Decimal("0.001"), "g": Decimal(1)}
# Doses are proposed in thousandths of their unit, rounded down.
STEP: Final = Decimal("0.001")


def exact(value: float) -> Decimal:
    """The number as it is written."""
    return Decimal(repr(float(value)))


def in_unit(dose: Dose, unit: str) -> Decimal | None:
    """The amount of the dose in another unit; None if the two cannot be compared."""
    if dose.unit == unit:
        return exact(dose.amount)
    if dose.unit in GRAMS and unit in GRAMS:
        return exact(dose.amount) * GRAMS[dose.unit] / GRAMS[unit]
    return None


def at_most(dose: Dose, bound: Dose) -> bool | None:
    """Whether the dose is no larger than the bound; None if their units cannot be compared."""
    amount = in_unit(dose, bound.unit)
    return None if amount is None else amount <= exact(bound.amount)


def rounded_down(amount: Decimal) -> Decimal:
    """The amount to a thousandth of its unit, never more."""
    return amount.quantize(STEP, ROUND_FLOOR)
