"""eDevice: what machines recorded, each event with its instant: 12-lead ECGs, their transmission, shocks and energy."""

from __future__ import annotations

from typing import Any, Final

from sixpoint.care import Ecg12Lead, Intervention
from sixpoint.record.part import Part
from sixpoint.record.structure import fill

TWELVE_LEAD, SENT, SHOCK = "4103001", "4103007", "4103009"  # eDevice.03
JOULE: Final = "J"
ENERGY: Final = (1, 9000)  # what eDevice.10 takes
READING: Final = {True: "STEMI", False: "no STEMI"}


def devices(part: Part) -> dict[str, Any]:
    """eDevice; empty if no machine is spoken of."""
    found: list[tuple[int, dict[str, Any]]] = []
    for ecg in part.measured(Ecg12Lead):
        by_machine = ecg.stage == "read" and ecg.read_by == "machine"
        if ecg.stage == "read" and not by_machine:
            continue
        values: dict[str, Any] = {"eDevice.03": [SENT if ecg.stage == "transmitted" else TWELVE_LEAD]}
        if by_machine and ecg.stemi is not None:
            values["eDevice.08"] = READING[ecg.stemi]
        found.append((ecg.at_ms, values))
    for act in part.told(Intervention):
        if act.dose is not None and act.dose.unit == JOULE and ENERGY[0] <= act.dose.amount <= ENERGY[1]:
            part.place(act, "dose")
            found.append((act.at_ms, {"eDevice.03": [SHOCK], "eDevice.10": round(act.dose.amount, 1)}))
    found.sort(key=lambda one: one[0])
    groups = [{"eDevice.02": part.context.time(at_ms), **values} for at_ms, values in found]
    return fill("eDevice", {"eDevice.DeviceGroup": groups}) if groups else {}
