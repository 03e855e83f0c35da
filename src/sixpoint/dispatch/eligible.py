"""Who may be sent at all, compiled: when each unit would meet each need, and the gates of the policy.

Legality stands before everything that is weighed: a unit that may perform none of the needs has no time at any of them.
All quantities are whole numbers (`kernel`).
"""

from __future__ import annotations

import numpy as np

from sixpoint.dispatch.desk import Desk, Question, Units
from sixpoint.kernels import compiled

NEVER_MS = 1 << 40
HARM_UNIT = 60_000 * 1_000_000

GATE_OPEN = 0
GATE_NO_TIME = 1  # no time that can be counted
GATE_NOT_LAWFUL = 2  # may not perform any of the needs
GATE_MUTUAL_AID = 3  # a neighbour's unit that gains too little
GATE_SCARCE = 4  # scarce capability that gains too little
GATE_FIRST_RESPONSE = 5  # cannot transport and gains too little


@compiled(lean=True, inline=True)
def harm_at(question: Question, need: int, at_ms: int) -> int:
    """The harm of one need met at an instant."""
    if at_ms >= NEVER_MS:
        return int(question.unmet_harm[need])
    late = min(at_ms, question.late_horizon_ms)
    target = question.target_ms[need]
    return int(
        question.rate_early[need] * min(late, target) + question.rate_late[need] * max(np.int64(0), late - target)
    )


@compiled(lean=True, inline=True)
def meets_at(question: Question, units: Units, unit: int, need: int) -> int:
    """When a unit alone meets a need: with a standing order on arrival, with an order after asking, or never."""
    if question.transporting[need] and not units.transports[unit]:
        return NEVER_MS
    ordered = False
    for word in range(question.any_of.shape[1]):
        if units.standing[unit, word] & question.any_of[need, word]:
            return int(units.eta_ms[unit])
        if units.with_order[unit, word] & question.any_of[need, word]:
            ordered = True
    if ordered:
        return int(units.eta_ms[unit] + question.order_delay_ms)
    return NEVER_MS


@compiled(lean=True, inline=True, inner=False)
def fill_times(question: Question, units: Units, count: int, desk: Desk) -> None:
    """Fills the table of times, the gate of each unit and its cost to cover."""
    needs = question.target_ms.shape[0]
    for unit in range(count):
        desk.cover[unit] = units.cover[unit]
        for word in range(question.scarce.shape[0]):
            if units.with_order[unit, word] & question.scarce[word]:
                desk.cover[unit] = units.cover[unit] + question.scarce_cover
                break
        desk.gate[unit] = GATE_NOT_LAWFUL if units.usable[unit] else GATE_NO_TIME
        first_ms, able = NEVER_MS, 0
        for need in range(needs):
            desk.time_ms[unit, need] = NEVER_MS
            if units.usable[unit]:
                time_ms = meets_at(question, units, unit, need)
                desk.time_ms[unit, need] = time_ms
                first_ms = min(first_ms, time_ms)
                if time_ms < NEVER_MS and need < 62:
                    able |= 1 << need
        desk.first_ms[unit], desk.able[unit] = first_ms, able
        if first_ms < NEVER_MS:
            desk.gate[unit] = GATE_OPEN


@compiled(lean=True, inline=True)
def in_group(question: Question, units: Units, desk: Desk, unit: int, gate: int) -> bool:
    """Whether a unit is of the kind that a gate holds back."""
    if gate == GATE_MUTUAL_AID:
        return bool(units.mutual_aid[unit])
    if gate == GATE_FIRST_RESPONSE:
        return not units.transports[unit]
    held = False
    for word in range(question.scarce.shape[0]):
        held = held or bool(units.with_order[unit, word] & question.scarce[word])
    return held


@compiled(lean=True, inline=True)
def close_gate(question: Question, units: Units, count: int, desk: Desk, gate: int, gain_ms: int) -> None:
    """Closes a gate for each unit of its kind that meets no need `gain_ms` sooner than every unit of the other kind.

    A need that takes more hands than a unit has is not met by that unit alone, so it is nobody's baseline.
    """
    needs = question.target_ms.shape[0]
    for need in range(needs):
        desk.baseline_ms[need] = NEVER_MS
    for unit in range(count):
        if desk.gate[unit] == GATE_OPEN and not in_group(question, units, desk, unit, gate):
            for need in range(needs):
                if units.hands[unit] >= question.need_hands[need]:
                    desk.baseline_ms[need] = min(desk.baseline_ms[need], desk.time_ms[unit, need])
    for unit in range(count):
        if desk.gate[unit] == GATE_OPEN and in_group(question, units, desk, unit, gate):
            gains = False
            for need in range(needs):
                if desk.time_ms[unit, need] < NEVER_MS:
                    gains = gains or desk.time_ms[unit, need] + gain_ms <= desk.baseline_ms[need]
            if not gains:
                desk.gate[unit] = gate


@compiled(lean=True, inline=True)
def close_gates(question: Question, units: Units, count: int, desk: Desk) -> None:
    """Applies the gates of the policy: neighbours, then scarce capability, then first responders."""
    holds_scarce = False
    for word in range(question.scarce.shape[0]):
        holds_scarce = holds_scarce or question.scarce[word] != 0
    transport = False
    for need in range(question.target_ms.shape[0]):
        transport = transport or question.transporting[need]
    for gate in range(GATE_MUTUAL_AID, GATE_FIRST_RESPONSE + 1):
        gain_ms = question.mutual_aid_gain_ms
        if gate == GATE_SCARCE:
            gain_ms = question.scarce_gain_ms
        elif gate == GATE_FIRST_RESPONSE:
            gain_ms = question.first_response_gain_ms
        if (gate != GATE_SCARCE or holds_scarce) and (gate != GATE_FIRST_RESPONSE or transport):
            close_gate(question, units, count, desk, gate, gain_ms)
