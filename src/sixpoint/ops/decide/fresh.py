"""What crews may do as of now: what the clock has taken from one since it was last computed counts for nobody."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from sixpoint.ops import events as e
from sixpoint.ops.decide.fleet import fleet_of
from sixpoint.ops.decide.roster import recomputed
from sixpoint.ops.decide.sight import BEFORE_SCENE
from sixpoint.ops.state import State, Unit
from sixpoint.ops.world import World


def with_fresh_capability(
    state: State, incident_id: str, at_ms: int, by: str, world: World
) -> tuple[tuple[e.CapabilityChanged, ...], State]:
    """The events, and the state after them, for every crew that a decision about this incident may count.

    Those are free, on their way anywhere, or on this very incident. Crews with a patient elsewhere are left alone.
    """
    fleet = fleet_of(state, world)
    is_stale = fleet.standing.capable_until_ms <= at_ms
    if not is_stale.any():
        return (), state
    stale = [fleet.units[row] for row in np.flatnonzero(is_stale).tolist() if _counts(fleet.units[row], incident_id)]
    if not stale:
        return (), state
    changed = tuple(recomputed(unit, state.clinicians, at_ms, by, world) for unit in stale)
    units = dict(state.units)
    for unit, event in zip(stale, changed, strict=True):
        units[unit.unit_id] = replace(unit, members=event.members, capable_until_ms=event.capable_until_ms)
    return changed, replace(state, units=units)


def _counts(unit: Unit, incident_id: str) -> bool:
    return unit.on_duty and (unit.is_free or unit.status in BEFORE_SCENE or unit.incident_id == incident_id)
