"""An independent checker of a trace: what must hold whatever the rules of sending are."""

from __future__ import annotations

from typing import Any

import numpy as np

from sixpoint.plan.tiered.model import Service
from sixpoint.plan.tiered.shapes import State
from sixpoint.plan.tiered.words import POSTS, TRACE_WORDS


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

    owed: dict[int, str] = {}  # calls that lost a unit at this instant, and are neither served nor told to wait yet
    departed: set[int] = set()
    reassigned: list[tuple[str, int, int]] = []  # what must come next
    for at, number, call, unit, detail in rows.tolist():
        word = TRACE_WORDS[number]
        if at > latest:
            faults += [f"{latest}: call {one} lost a unit: {why}" for one, why in owed.items()]
            owed.clear()
        if reassigned and (word, call, unit) != reassigned.pop(0):
            faults.append(f"{at}: a unit changes calls and {word} follows for unit {unit}")
        if word == "transporting":
            departed.add(call)
        if at < latest:
            faults.append(f"{at}: time runs backwards")
        latest = at
        if word == "reported":
            reported.append(call)
        elif word == "moved":
            if unit in on_call or not hands[unit]:
                faults.append(f"{at}: unit {unit} is moved and is not free")
            if detail // POSTS < at:
                faults.append(f"{at}: unit {unit} is at its post before it sets out")
        elif word == "crew":
            hands[unit] = detail
            if unit in on_call:
                faults.append(f"{at}: crew of unit {unit} changes on a call")
        elif word == "diverted":
            reassigned = [("cancelled", detail, unit), ("assigned", call, unit)]
            if on_call.get(unit) != detail:
                faults.append(f"{at}: unit {unit} is diverted from call {detail} and is not on it")
            kinds = [int(world.types[drawn[one]["type"]]["acuity"]) for one in (call, detail)]
            if kinds[0] >= kinds[1]:
                faults.append(f"{at}: unit {unit} is diverted to a call that is not graver")
            if detail not in departed:
                owed[detail] = "nobody is on it, or sent, and it does not say what it waits for"
        elif word == "replaces":
            reassigned = [("cancelled", call, detail), ("assigned", call, unit)]
            if unit in on_call or on_call.get(detail) != call:
                faults.append(f"{at}: unit {unit} cannot take the place of unit {detail} on call {call}")
        elif word == "queued":
            owed.pop(call, None)
        elif word == "assigned":
            owed.pop(call, None)
            if unit in on_call:
                faults.append(f"{at}: unit {unit} is on two calls")
            if not hands[unit]:
                faults.append(f"{at}: unit {unit} has nobody on it")
            on_call[unit] = call
        elif word == "closed":
            ends.setdefault(call, []).append(detail)
            if call in on_call.values():
                faults.append(f"{at}: call {call} is closed with a unit on it")
        elif word != "diversion":
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
                if call in owed and call in on_call.values():
                    owed.pop(call)
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
