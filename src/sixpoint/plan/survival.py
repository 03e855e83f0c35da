"""Survival after cardiac arrest as a function of when each help came; each curve names whom it was measured on.

Only cardiac arrest is shipped: evidence supports no curve for trauma or stroke. Users add their own curves as a YAML
file of the same form as `data/survival.yaml`, with population, source and confidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt
import yaml

from sixpoint.errors import InputError
from sixpoint.tables import Faults, decode_text, read_bytes

SHIPPED = "survival.yaml"
FORM = "Write form as logistic or linear, confidence as high, medium or low; docs/plan.md shows a whole curve."
MOST_BEFORE_RING_MIN = 1440.0


class SurvivalCurve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A curve: its form and coefficients per minute, when its clocks start, and on whom it was measured.

    Shipped curves speak of cardiac arrest calls. A user's own may name the call types (`codes`) that it speaks of, and
    how many minutes before the ring its clocks start (`before_ring_min`).
    """

    id: str
    form: Literal["logistic", "linear"]
    constant: float
    per_min: Mapping[str, float]
    starts: str
    population: str
    source: str
    confidence: Literal["high", "medium", "low"]
    codes: tuple[str, ...] = ()
    before_ring_min: float | None = None

    def survival(self, minutes: Mapping[str, npt.ArrayLike]) -> npt.NDArray[np.float64]:
        """The chance to survive, element by element; `minutes` gives each clock of the curve, infinity for never.

        A clock that is missing, unknown or negative is an `InputError`: a curve is never asked half a question.
        """
        faults = Faults()
        where = f"survival curve {self.id}"
        for clock in sorted(set(self.per_min) ^ set(minutes)):
            what = "is missing" if clock in self.per_min else "is not one of its clocks"
            faults.add(where, f"the time '{clock}' {what}", f"Give: {', '.join(self.per_min)}.")
        times = {clock: np.asarray(value, np.float64) for clock, value in minutes.items()}
        for clock, value in times.items():
            if not (value >= 0).all():
                faults.add(where, f"the time '{clock}' is negative or no number", f"Count minutes from {self.starts}.")
        faults.raise_any()
        total = np.asarray(self.constant + sum(self.per_min[clock] * times[clock] for clock in self.per_min))
        if self.form == "linear":
            return np.asarray(np.clip(total, 0.0, 1.0), np.float64)
        # exp of more than 700 overflows; the chance is then nought to every digit.
        return np.asarray(1.0 / (1.0 + np.exp(np.minimum(total, 700.0))) * (total < 700.0), np.float64)


def survival_curves(path: Path | None = None) -> dict[str, SurvivalCurve]:
    """The shipped curves by id, or those of a user's own file; every fault of the file is named."""
    name = SHIPPED if path is None else path.name
    if path is None:
        text = files("sixpoint.plan").joinpath("data", SHIPPED).read_text("utf-8")
    else:
        text = decode_text(name, read_bytes(path, name))
    try:
        listed = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError.one(f"{name}:{line}", f"not YAML ({error.problem})", "Check indentation and quotes.") from None
    if not isinstance(listed, list) or not listed:
        raise InputError.one(name, "holds no list of curves", "Write one entry for each curve, beginning with '- id:'.")
    faults = Faults()
    curves: dict[str, SurvivalCurve] = {}
    for number, entry in enumerate(listed, 1):
        where = f"{name}: curve {number}"
        try:
            curve = msgspec.convert(entry, SurvivalCurve)
        except msgspec.ValidationError as error:
            faults.add(where, str(error), FORM)
            continue
        _check(curve, where, faults)
        if curve.id in curves:
            faults.add(where, f"the id '{curve.id}' stands twice", "Give each curve its own id.")
        curves[curve.id] = curve
    faults.raise_any()
    return curves


def _check(curve: SurvivalCurve, where: str, faults: Faults) -> None:
    """A curve says on whom it was measured, and survival never rises with time."""
    for field in ("population", "source", "starts"):
        if not getattr(curve, field).strip():
            faults.add(where, f"'{field}' is empty", "Say on whom the curve was measured, by whom, and from when.")
    early = curve.before_ring_min
    if early is not None and not 0 <= early <= MOST_BEFORE_RING_MIN:
        faults.add(where, f"before_ring_min is {early:g}", f"Write minutes from 0 to {MOST_BEFORE_RING_MIN:g}.")
    if not curve.per_min:
        faults.add(where, "has no clock", "Name at least one time under per_min.")
    worse = 1 if curve.form == "logistic" else -1
    for clock, slope in curve.per_min.items():
        if not slope * worse > 0:
            faults.add(where, f"survival would rise with '{clock}'", "Check the sign of the coefficient.")
