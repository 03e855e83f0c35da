"""Survival by published curves and by a user's own: whose clocks they ask for, and the chance of each patient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from sixpoint.dispatch import CallTypes
from sixpoint.plan.survival import SurvivalCurve, survival_curves
from sixpoint.plan.tiered.run import Run, since_ring_s
from sixpoint.tables import Faults

# From collapse to the ring: nobody observes it here; a judgement, given with the figure.
COLLAPSE_TO_CALL_MIN: Final = 2.0
ARREST_CODE: Final = "2301019"  # NEMSIS eDispatch.01, cardiac arrest
ARREST: Final = "cardiac arrest"
# The clocks of the shipped curves, and the skills that stop them. De Maio's stops when a defibrillator arrives; the
# first shock stands for it here, which is a little later.
SKILLS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "cpr": ("cpr",),
    "defibrillation": ("defibrillation_aed", "defibrillation_manual"),
    "defibrillator_arrival": ("defibrillation_aed", "defibrillation_manual"),
    "acls": ("epinephrine_iv_arrest",),
}
# Clocks that stop when the first unit is there: of the run's instants for each call.
ARRIVALS: Final = {"ems": "patient", "first_at_patient": "patient", "first_on_scene": "scene"}


class Chances(msgspec.Struct, frozen=True, eq=False):
    """One curve, the patients that it speaks of in words, and the chance of each to survive."""

    curve: SurvivalCurve
    patients: str
    values: Any  # float64[patients]


def curves_for(own: Path | None) -> tuple[SurvivalCurve, ...]:
    """The shipped curves and those of a user's file, none under a shipped name; `InputError` names every fault."""
    shipped = survival_curves()
    mine = {} if own is None else survival_curves(own)
    faults = Faults()
    for name in sorted(set(shipped) & set(mine)):
        faults.add(f"{own}: {name}", "is the name of a curve that comes with Sixpoint", "Give yours another id.")
    faults.raise_any()
    return (*shipped.values(), *mine.values())


def check_curves(curves: Iterable[SurvivalCurve], types: CallTypes, where: str, faults: Faults) -> None:
    """Notes what no run can answer: call types that are not known, clocks that nothing stops, clocks begun nowhere."""
    for curve in curves:
        at = f"{where}: {curve.id}"
        codes = codes_of(curve)
        for code in codes:
            if code not in types:
                faults.add(at, f"call type '{code}' is not known", "Write NEMSIS eDispatch.01 codes under `codes`.")
        for clock in curve.per_min:
            for code in codes:
                if clock not in ARRIVALS and code in types and not _bits(types, code, clock):
                    known = ", ".join((*SKILLS_OF, *ARRIVALS))
                    what = f"nothing stops the clock '{clock}' of a call of type {code}"
                    faults.add(at, what, f"Name a skill that such calls need, or one of: {known}.")
        if _before_ring_min(curve) is None:
            what = f"nobody knows how long before the ring '{curve.starts}' is"
            faults.add(at, what, "Add before_ring_min, or write starts: collapse, or starts: call received.")


def codes_of(curve: SurvivalCurve) -> tuple[str, ...]:
    """The call types whose patients the curve speaks of: cardiac arrest, unless it names others."""
    return curve.codes or (ARREST_CODE,)


def patients_of(curve: SurvivalCurve, types: CallTypes) -> str:
    """The patients that the curve speaks of, in words."""
    if not curve.codes:
        return ARREST
    return " or ".join(types[code].reason.lower() for code in curve.codes)


def chances_of(run: Run, keep: Any, curves: Sequence[SurvivalCurve]) -> tuple[Chances, ...]:
    """For each curve the chance of each of its patients among the calls kept.

    A clock runs from the curve's own start (`starts`) until somebody who may do it does, and to infinity if nobody
    does; a patient who does not need what stops one of the clocks is not among the curve's. Compressions that a
    bystander gives have begun at the ring.
    """
    return tuple(_chances(run, keep, curve) for curve in curves)


def joined(parts: Sequence[Sequence[Chances]]) -> tuple[Chances, ...]:
    """The patients of several runs together, curve by curve."""
    return tuple(
        Chances(one[0].curve, one[0].patients, np.concatenate([each.values for each in one]))
        for one in zip(*parts, strict=True)
    )


def _chances(run: Run, keep: Any, curve: SurvivalCurve) -> Chances:
    types, more = run.service.types, _before_ring_min(curve) or 0.0
    columns: dict[str, list[Any]] = {clock: [np.zeros(0)] for clock in curve.per_min}
    for code in codes_of(curve):
        if code not in types:
            continue
        here = np.flatnonzero(keep & (run.calls["type"] == types.codes.index(code)))
        for clock in curve.per_min:
            if clock not in ARRIVALS and clock not in SKILLS_OF:
                asked = sum(1 << bit for bit in _bits(types, code, clock))
                here = here[run.calls["mask"][here] & asked != 0]
        for clock, column in columns.items():
            column.append(_clock_min(run, here, code, clock) + more)
    values = curve.survival({clock: np.concatenate(column) for clock, column in columns.items()})
    return Chances(curve, patients_of(curve, types), values)


def _clock_min(run: Run, here: Any, code: str, clock: str) -> Any:
    """Minutes from the ring of each call until the clock stops; infinity where it never does."""
    if clock in ARRIVALS:
        return since_ring_s(run, ARRIVALS[clock])[here] / 60
    met = run.met_ms[here][:, _bits(run.service.types, code, clock)].astype(np.float64)
    met[met < 0] = np.inf
    minutes = (met.min(axis=1, initial=np.inf) - run.calls["at"][here]) / 60_000
    return np.where(run.bystander_cpr[here], 0.0, minutes) if clock == "cpr" else minutes


def _bits(types: CallTypes, code: str, clock: str) -> list[int]:
    """The places of the needs of a call type that stop the clock when they are met."""
    skills = set(SKILLS_OF.get(clock, (clock,)))
    return [bit for bit, need in enumerate(types[code].needs) if skills & set(need.any_of)]


def _before_ring_min(curve: SurvivalCurve) -> float | None:
    if curve.before_ring_min is not None:
        return curve.before_ring_min
    return {"call received": 0.0, "collapse": COLLAPSE_TO_CALL_MIN}.get(curve.starts)
