"""An independent checker of a trace: what must hold whatever the rules of sending are."""

from __future__ import annotations

from typing import Any

import numpy as np

from sixpoint.plan.tiered.model import Service
from sixpoint.plan.tiered.shapes import State
from sixpoint.plan.tiered.words import TRACE_WORDS


def faults_of(service: Service, state: State, drawn: Any) -> list[str]:
    """Everything in the trace that must not be."""
    faults: list[str] = []
    world = service.world
    rows = state.trace[: state.count[3]]
    on_call: dict[int, int] = {}
    at_patient: dict[int, int] = {}
    ends: dict[int, list[int]] = {}
    reported: list[int] = []
    hands = dict.fromkeys(range(len(service.unit_ids)), 0)
    due = sorted((int(one["at"]), int(one["unit"]), int(one["cap"]), int(one["hands"])) for one in world.roster)
    latest = -1

    def capability(unit: int, at: int) -> list[int]:
        """Capabilities that the unit's crews had at some time up to now and since its call began."""
        own = [cap for when, who, cap, _ in due if who == unit and when <= at]
        return own or [0]

    for at, number, call, unit, detail in rows.tolist():
        word = TRACE_WORDS[number]
        if at < latest:
            faults.append(f"{at}: time runs backwards")
        latest = at
        if word == "reported":
            reported.append(call)
        elif word == "crew":
            hands[unit] = detail
            if unit in on_call:
                faults.append(f"{at}: crew of unit {unit} changes on a call")
        elif word == "assigned":
            if unit in on_call:
                faults.append(f"{at}: unit {unit} is on two calls")
            if not hands[unit]:
                faults.append(f"{at}: unit {unit} has nobody on it")
            on_call[unit] = call
        elif word == "closed":
            ends.setdefault(call, []).append(detail)
            if call in on_call.values():
                faults.append(f"{at}: call {call} is closed with a unit on it")
        elif word not in ("queued", "diversion"):
            if on_call.get(unit) != call:
                faults.append(f"{at}: unit {unit} reports {word} on call {call} and is not on it")
            if word == "at_patient":
                at_patient[unit] = call
            if word == "performed":
                bit = np.uint64(1) << np.uint64(detail & 63)
                if not any(world.with_order[cap, detail >> 6] & bit for cap in capability(unit, at)[-3:]):
                    faults.append(f"{at}: unit {unit} performs skill {detail} and may not")
            if word == "need_met":
                need = world.types[drawn[call]["type"]]["first_need"] + detail
                if at_patient.get(unit) != call:
                    faults.append(f"{at}: unit {unit} meets a need and is not at the patient")
                if not any((world.with_order[cap] & world.any_of[need]).any() for cap in capability(unit, at)[-3:]):
                    faults.append(f"{at}: unit {unit} meets need {need} and may not")
                if not drawn[call]["mask"] >> detail & 1:
                    faults.append(f"{at}: need {detail} of call {call} is met and is none")
                if world.needs[need]["transporting"] and not state.units[unit]["transports"]:
                    faults.append(f"{at}: unit {unit} transports and cannot")
            if word in ("clear", "cancelled"):
                del on_call[unit]
                at_patient.pop(unit, None)
    if sorted(reported) != list(range(len(drawn))):
        faults.append("not every call is reported once")
    for call in range(len(drawn)):
        if len(ends.get(call, [])) != (1 if state.calls[call]["end"] else 0):
            faults.append(f"call {call} has {ends.get(call)} for ends")
    met = int((state.met_ms >= 0).sum())
    if met != int(np.sum(rows[:, 1] == TRACE_WORDS.index("need_met"))):
        faults.append("needs are met twice")
    return faults
