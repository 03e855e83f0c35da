"""How long steps take in one run: drawn from fitted times for each call and kind of unit, or as a log had them.

Chances are drawn for each call and step, whatever units there are: the same call is as slow or quick, for its kind of
unit, in every scenario of a comparison. Two units of one kind on one call share a draw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from sixpoint.dispatch import CallTypes
from sixpoint.plan.durations.fit import Cell, ServiceTimes, draw
from sixpoint.plan.durations.observed import ANY, call_chain
from sixpoint.plan.tiered.shapes import OFFLOAD, ON_SCENE_FOR, RELEASED, STEPS, TURNAROUND, TURNOUT, Times
from sixpoint.region import Region

# Steps of units by their names in a file of times. `at_facility` stands for what comes after the arrival, all at once.
OF_UNITS: Final = (
    ("turnout", TURNOUT),
    ("on_scene", ON_SCENE_FOR),
    ("released", RELEASED),
    ("offload", OFFLOAD),
    ("turnaround", TURNAROUND),
)
# The place of each step's row of chances; a new step goes to the end, so that the others keep theirs.
COLUMNS: Final = ("call_processing", "to_patient", *(name for name, _ in OF_UNITS), "at_facility")


def paced_kinds(region: Region) -> tuple[str, ...]:
    """The kinds of unit of a region, with their kits, in the order in which times are drawn for them."""
    return tuple(sorted({f"{unit.kind}/{unit.kit}" for unit in region.units.values()})) or (ANY,)


def carried_shares(fitted: ServiceTimes, types: CallTypes) -> dict[str, float]:
    """The share of calls carried by call type, from the narrowest group that the fit has."""
    chain = call_chain({code: types[code].acuity for code in types.codes})
    found = {}
    for code in types.codes:
        share = next((fitted.carried[group].share for group in chain(code) if group in fitted.carried), None)
        if share is not None:
            found[code] = share
    return found


def draw_times(fitted: ServiceTimes, calls: Any, types: CallTypes, kinds: Sequence[str], random: Any) -> Times:
    """Times for every call and kind of unit; `calls` get theirs to the patient. Steps without a fit stay open."""
    chance = random.random((len(COLUMNS), len(calls)))
    chain = call_chain({code: types[code].acuity for code in types.codes})
    groups = [chain(code) for code in types.codes]

    def drawn(step: str, kind: str) -> Any:
        row = chance[COLUMNS.index(step)]
        return _by_type(lambda place: fitted.cell(step, kind, groups[place]), calls["type"], len(groups), row)

    taking, to_patient = drawn("call_processing", ANY), drawn("to_patient", ANY)
    calls["to_patient"] = np.where(to_patient < 0, calls["to_patient"], to_patient)
    lengths = np.full((len(calls), len(kinds), STEPS), -1, np.int64)
    for place, kind in enumerate(kinds):
        for name, step in OF_UNITS:
            lengths[:, place, step] = drawn(name, kind)
        whole = drawn("at_facility", kind)
        alone = (lengths[:, place, OFFLOAD] < 0) & (whole >= 0)
        lengths[alone, place, OFFLOAD] = whole[alone]
        lengths[alone, place, TURNAROUND] = 0
    return Times(taking, lengths)


def logged_times(region: Region, periods: int) -> Times:
    """Times as the region's calls had them, so many times over: on scene and at a facility, whatever unit it is."""
    lengths = np.full((len(region.calls), len(paced_kinds(region)), STEPS), -1, np.int64)
    for place, call in enumerate(region.calls):
        if call.on_scene_s is not None:
            lengths[place, :, ON_SCENE_FOR] = round(1000 * call.on_scene_s)
        if call.at_hospital_s is not None:
            lengths[place, :, OFFLOAD], lengths[place, :, TURNAROUND] = round(1000 * call.at_hospital_s), 0
    lengths = np.tile(lengths, (periods, 1, 1))
    return Times(np.full(len(lengths), -1, np.int64), lengths)


def _by_type(cell_of: Callable[[int], Cell | None], kinds: Any, types: int, chance: Any) -> Any:
    """Milliseconds by the cell of each call's type, -1 where there is none; calls of one cell are drawn together."""
    cells = [cell_of(place) for place in range(types)]
    found = np.full(len(chance), -1, np.int64)
    for cell in {id(one): one for one in cells if one is not None}.values():
        here = np.isin(kinds, [place for place, one in enumerate(cells) if one is cell])
        found[here] = np.rint(1000 * draw(cell, chance[here]))
    return found
