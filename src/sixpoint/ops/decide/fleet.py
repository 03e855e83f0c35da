"""Every unit of the service in columns: what its crew may do, where it is, how long until it moves.

Between two decisions few units change, and a unit is a frozen value: the columns of the last decision are carried on,
with the rows of those that changed written anew. Nothing else is remembered, and a state alone gives the same columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sixpoint.dispatch import Candidate, CrewMember
from sixpoint.dispatch.bitsets import words_for
from sixpoint.dispatch.candidates import Roster, make_roster, with_changed, with_rows
from sixpoint.kept import kept
from sixpoint.ops.places import Leg, Place, Position
from sixpoint.ops.state import Member, State, Unit
from sixpoint.ops.world import World
from sixpoint.scope import Rulebook

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NEVER_MS: Final = 1 << 62
# Where more than one unit in so many changed, all rows are written anew.
FEW: Final = 4
# So many services of one process have their columns carried on.
SERVICES: Final = 16

# How much of its turnout a unit still has before it.
WHOLE, BEGUN, DONE = 0, 1, 2


class Standing(NamedTuple):
    """Where the units are, and how soon they move; one row each."""

    is_free: Bools
    node: Ints  # where the unit stands, or where its leg ends
    leg_until_ms: Ints  # when its leg ends; -NEVER_MS if it stands
    turnout: Ints  # WHOLE, BEGUN or DONE
    turnout_s: Floats
    status_ms: Ints  # since when it has its status
    capable_until_ms: Ints  # until when its crew may do what it may; NEVER_MS if the clock takes nothing from it


class Fleet(NamedTuple):
    """The units in the order of the state; row n of each column is that of `units[n]`."""

    units: list[Unit]
    roster: Roster
    standing: Standing

    def rows_of(self, unit_ids: Iterable[str]) -> Ints:
        """The rows of the units with these ids."""
        return np.array([self.roster.row[unit_id] for unit_id in unit_ids], np.int64)

    def legs(self, rows: Ints) -> list[Leg]:
        """The legs of units that are on their way."""
        positions = [self.units[row].position for row in rows.tolist()]
        return [position for position in positions if isinstance(position, Leg)]

    def turnout_left_s(self, rows: Ints, at_ms: int) -> Floats:
        """What is left of the turnout: none for one that has set out, less for one that was notified."""
        standing = self.standing
        turnout, turnout_s = standing.turnout[rows], standing.turnout_s[rows]
        begun_s = np.maximum(0.0, turnout_s - (at_ms - standing.status_ms[rows]) / 1000)
        left_s = np.where(turnout == BEGUN, begun_s, turnout_s)
        left_s[(turnout == DONE) | (standing.leg_until_ms[rows] > at_ms)] = 0.0
        return left_s


# The fleet that each service was asked about last, by its id. Each is put in place whole: threads may ask at once.
_last: dict[str, Fleet] = {}


def fleet_of(state: State, world: World) -> Fleet:
    """The units of the state in columns; costs little where few of them changed since the last question."""
    units, words = list(state.units.values()), words_for(skill_index(world))
    last = _last.get(state.service_id)
    if last is not None and last.roster.words == words and len(last.units) == len(units):
        if last.units == units:
            return last
        changed = [row for row, (was, now) in enumerate(zip(last.units, units, strict=True)) if was is not now]
        if len(changed) * FEW <= len(units) and all(last.units[row].unit_id == units[row].unit_id for row in changed):
            return _keep(state.service_id, _carried_on(last, units, changed))
    made = Fleet(units, make_roster([_crewed(unit) for unit in units], words), _standing(units))
    return _keep(state.service_id, made)


def _keep(service_id: str, fleet: Fleet) -> Fleet:
    if service_id not in _last and len(_last) >= SERVICES:
        _last.clear()
    _last[service_id] = fleet
    return fleet


def _carried_on(last: Fleet, units: list[Unit], changed: Sequence[int]) -> Fleet:
    crews = {row: _crewed(units[row]) for row in changed if not _has_same_crew(last.units[row], units[row])}
    anew = _standing([units[row] for row in changed])
    columns = (with_rows(was, changed, now) for was, now in zip(last.standing, anew, strict=True))
    return Fleet(units, with_changed(last.roster, crews), Standing._make(columns))


def _has_same_crew(was: Unit, now: Unit) -> bool:
    return was.members is now.members and was.can_transport == now.can_transport and was.mutual_aid == now.mutual_aid


def _crewed(unit: Unit) -> Candidate:
    standing, with_order, crew = able(unit.members)
    return Candidate(
        unit_id=unit.unit_id,
        standing=standing,
        with_order=with_order,
        can_transport=unit.can_transport,
        eta_s=0.0,
        hands=len(unit.members),
        mutual_aid=unit.mutual_aid is True,
        crew=crew,
    )


def _standing(units: Sequence[Unit]) -> Standing:
    ends = [_end(unit.position) for unit in units]
    return Standing(
        is_free=np.array([unit.is_free for unit in units], np.bool_),
        node=np.array([place.node for place, _ in ends], np.int64),
        leg_until_ms=np.array([until_ms for _, until_ms in ends], np.int64),
        turnout=np.array([_turnout(unit) for unit in units], np.int64),
        turnout_s=np.array([unit.turnout_s for unit in units], np.float64),
        status_ms=np.array([unit.status_ms for unit in units], np.int64),
        capable_until_ms=np.array(
            [NEVER_MS if unit.capable_until_ms is None else unit.capable_until_ms for unit in units], np.int64
        ),
    )


def _end(position: Position) -> tuple[Place, int]:
    """Where the unit stands or is going to, and until when it is on its way."""
    return (position.to, position.arrives_ms) if isinstance(position, Leg) else (position, -NEVER_MS)


def _turnout(unit: Unit) -> int:
    if unit.status in ("en_route", "staged"):
        return DONE
    return BEGUN if unit.status in ("assigned", "notified") else WHOLE


def _work_out(members: tuple[Member, ...]) -> tuple[int, int, tuple[CrewMember, ...]]:
    """What a crew may do, together and each."""
    each = [(member.clinician_id, member.capability) for member in members]
    standing = with_order = 0
    for _, capability in each:
        standing |= capability.standing
        with_order |= capability.with_order
    return standing, with_order, tuple(CrewMember(who, may.standing, may.with_order) for who, may in each)


# Crews change seldom and are looked at for every call; a statewide service has fewer on duty.
able = kept(_work_out, most=16_384)


def skill_index(world: World) -> Mapping[str, int]:
    """The bit of each skill in a capability."""
    return _skill_index(world.rulebook)


def _number(rulebook: Rulebook) -> dict[str, int]:
    return {skill.id: skill.index for skill in rulebook.skills}


_skill_index = kept(_number, most=64)
