"""How long steps take: as drawn for the call and the kind of unit, else as the call, the unit or the pace says."""

from __future__ import annotations

from sixpoint.kernels import compiled
from sixpoint.plan.tiered.shapes import ON_SCENE_FOR, RELEASED, State, World
from sixpoint.plan.tiered.words import AT_PATIENT


@compiled(lean=True, inline=True)
def lasting(state: State, call: int, unit: int, step: int, otherwise: int) -> int:
    """How long a step takes a unit on a call, ms."""
    drawn = state.times.by_kind[call, state.units[unit].paced_as, step]
    return int(otherwise if drawn < 0 else drawn)


@compiled(lean=True, inline=True)
def is_released(state: State, call: int, unit: int) -> bool:
    """Whether it was drawn when the unit is released: it does not carry, and need not stay as long as who does."""
    carries = state.calls[call].carried == 1 and state.units[unit].transports == 1
    return not carries and state.times.by_kind[call, state.units[unit].paced_as, RELEASED] >= 0


@compiled(lean=True, inline=True)
def staying(state: State, call: int, unit: int) -> int:
    """How long after it reached the patient a unit first asks whether it may leave; drawn times run from the scene."""
    row = state.calls[call]
    step = RELEASED if is_released(state, call, unit) else ON_SCENE_FOR
    drawn = state.times.by_kind[call, state.units[unit].paced_as, step]
    return int(row.on_scene if drawn < 0 else max(0, drawn - row.to_patient))


@compiled(lean=True, inline=True)
def successor(world: World, state: State, call: int, unit: int) -> int:
    """Who is in charge when this unit has left: the most capable at the patient, the first of equals; -1 for nobody.

    Only somebody of at least the same capability takes over from a unit in charge: care is not stepped down.
    """
    least = world.reach[state.units[unit].cap] if state.calls[call].charge == unit else 0
    found, reach, other = -1, -1, state.calls[call].first
    while other >= 0:
        one = state.units[other]
        if other != unit and one.status == AT_PATIENT and world.reach[one.cap] >= max(least, reach + 1):
            found, reach = other, world.reach[one.cap]
        other = one.following
    return int(found)
