"""eAirway: how an invasive airway was confirmed, when, and by whom; from what was measured once it was in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from sixpoint.care import Intervention, VitalSigns
from sixpoint.care.facts import FactBase
from sixpoint.record.part import Part
from sixpoint.record.structure import fill

# eAirway.03; of a supraglottic airway nobody recorded which one it is.
DEVICES: Final[dict[str, str | None]] = {
    "endotracheal_intubation": "4003003",
    "cricothyrotomy": "4003001",
    "airway_supraglottic": None,
}
CAPNOGRAPHY: Final = "etco2_waveform_capnography"
WAVEFORM, NUMBER = "4004019", "4004009"  # eAirway.04
SAME_PERSON, SAME_CREW = "4006005", "4006001"  # eAirway.06


def airway(part: Part) -> dict[str, Any]:
    """eAirway: each first confirmation of an airway this crew placed, by method; empty if there is none."""
    placed = [act for act in part.acts() if act.skill in DEVICES and act.successful]
    groups = [group for act, until_ms in _spans(placed) for group in _confirmations(act, until_ms, part)]
    return fill("eAirway", {"eAirway.ConfirmationGroup": groups}) if groups else {}


def _spans(placed: list[Intervention]) -> Iterator[tuple[Intervention, int | None]]:
    """Each airway with the instant of the next one, which what is measured from then on confirms."""
    for act, later in pairwise([*placed, None]):
        assert act is not None
        yield act, later.at_ms if later is not None else None


def _confirmations(act: Intervention, until_ms: int | None, part: Part) -> Iterator[dict[str, Any]]:
    waves = (one for one in part.acts() if one.skill == CAPNOGRAPHY and one.successful)
    numbers = (one for one in part.told(VitalSigns) if one.etco2_mmhg is not None and part.wrote(one))
    for method, facts in ((WAVEFORM, waves), (NUMBER, numbers)):
        first = next((one for one in facts if _within(one, act, until_ms)), None)
        if first is not None:
            yield {
                "@ProcedureGroupCorrelationID": act.fact_id,
                "eAirway.02": part.context.time(first.at_ms),
                "eAirway.03": DEVICES[act.skill],
                "eAirway.04": [method],
                "eAirway.06": SAME_PERSON if first.author == act.author else SAME_CREW,
                "eAirway.07": first.author,
            }


def _within(fact: FactBase, act: Intervention, until_ms: int | None) -> bool:
    return act.at_ms <= fact.at_ms and (until_ms is None or fact.at_ms < until_ms)
