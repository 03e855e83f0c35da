"""Everything that is fitted to a log, and the folder that it is written to."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from sixpoint.dispatch import CallTypes
from sixpoint.errors import InputError
from sixpoint.plan.call_log.model import CallLog
from sixpoint.plan.demand import Demand, fit_demand
from sixpoint.plan.demand.clock import Span
from sixpoint.plan.demand.file import DEMAND, PLACES, demand_text, places_text
from sixpoint.plan.durations.file import GOODNESS, TIMES, goodness_text, times_text
from sixpoint.plan.durations.fit import BOOTSTRAP, ServiceTimes, fit_times
from sixpoint.plan.durations.observed import call_chain
from sixpoint.region import Region

REPORT: Final = "report.html"


class Fitted(msgspec.Struct, frozen=True, eq=False):
    """Demand, and service times if the log has the times of units."""

    log: CallLog
    demand: Demand
    times: ServiceTimes | None


def fit_log(
    log: CallLog,
    region: Region | None,
    types: CallTypes,
    *,
    cell_m: float,
    gaps: Sequence[Span] = (),
    silence_is_real: bool = False,
    seed: int = 1,
    bootstrap: int = BOOTSTRAP,
) -> Fitted:
    """Fits demand and times; what makes the log unfit for it is an `InputError` with place and remedy."""
    demand = fit_demand(
        log, None if region is None else region.network, cell_m=cell_m, gaps=gaps, silence_is_real=silence_is_real
    )
    chain = call_chain({code: types[code].acuity for code in types.codes})
    times = fit_times(log, chain, bootstrap=bootstrap, seed=seed) if log.responses else None
    return Fitted(log, demand, times if times is not None and times.cells else None)


def write_fit(out: Path, fitted: Fitted, report: str) -> list[Path]:
    """Writes the folder whole or not at all; it must not be there yet."""
    log = fitted.log
    texts = {DEMAND: demand_text(fitted.demand, log.name), PLACES: places_text(fitted.demand), REPORT: report}
    if fitted.times is not None:
        about = {"log": log.name, "from": log.start.isoformat(), "to": log.end.isoformat(), "notes": list(log.notes)}
        texts |= {TIMES: times_text(fitted.times, about), GOODNESS: goodness_text(fitted.times)}
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as made:
        folder = Path(made) / "fit"
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).write_text(text, "utf-8", newline="")
        folder.replace(out)
    return [out / name for name in texts]


def refuse_taken(out: Path) -> None:
    """Refuses a folder that is there already, or that would lie in none."""
    if out.exists():
        raise InputError.one(str(out), "is there already", "Name a folder that is not there yet.")
    if not out.parent.is_dir():
        raise InputError.one(str(out.parent), "is no folder", "Make it first.")
