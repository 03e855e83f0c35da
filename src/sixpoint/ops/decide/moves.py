"""Move-up: a free unit waits where more of the expected calls find the skills they need, until it is sent on one.

Moves are proposed on request, never as part of another command; a person, or the policy, sends `MoveUnit`. A move lasts
until the unit is assigned: from its next call it returns to its own post, as the hole it filled is then another.
"""

from __future__ import annotations

from collections.abc import Collection

from sixpoint.dispatch import Move, propose_moves
from sixpoint.dispatch.choose import clock
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.decide.progress import leg_along
from sixpoint.ops.decide.sight import as_waiting, waiting_units
from sixpoint.ops.places import Leg
from sixpoint.ops.state import State, Unit
from sixpoint.ops.world import CoverTable, Refused, World, refuse

Decision = tuple[e.AnyEvent, ...] | Refused


def move_unit(state: State, command: c.MoveUnit, world: World) -> Decision:
    """The unit sets out for the post, if it is free; a move that gains too little only with a reason."""
    unit = state.units.get(command.unit_id)
    if unit is None or command.post_id not in state.posts:
        return refuse(f"unit {command.unit_id} or post {command.post_id} is not known", "Correct the identifiers.")
    if not unit.on_duty:
        return refuse(f"nobody is on unit {unit.unit_id}", "Sign a crew on first.")
    if unit.incident_id is not None:
        return refuse(f"unit {unit.unit_id} is on incident {unit.incident_id}", "Move it when it is clear.")
    if unit.waits_at == command.post_id:
        return ()
    leg = leg_along(unit, state.posts[command.post_id].place, False, command.at_ms, world)
    if isinstance(leg, Refused):
        return leg
    weighed = weigh_move(state, unit, command.post_id, world)
    goes_home = command.post_id == unit.post_id
    against = None if goes_home else _not_proposed(state, unit, command.post_id, weighed, leg, world)
    if against is not None and not command.override_reason:
        return refuse(against, "Give a reason to move it all the same; it is recorded.")
    because = command.override_reason or ("back to its own post" if goes_home or weighed is None else weighed.because)
    moved = e.UnitMoved(
        at_ms=command.at_ms,
        by=command.by,
        unit_id=unit.unit_id,
        from_post_id=unit.waits_at,
        post_id=command.post_id,
        leg=leg,
        because=because,
        weighed=weighed,
        cover="" if weighed is None or world.cover is None else world.cover.hash,
        override_reason=command.override_reason,
    )
    return (moved,)


def proposed_moves(state: State, at_ms: int, world: World) -> tuple[Move, ...]:
    """The moves that raise the cover most, each the best given those before it; none where the policy has it off.

    Posts are rows of `world.cover`. A unit under way counts where it is going to wait, and moves only if the way from
    where it is now is not longer than the policy allows.
    """
    table, policy = world.cover, world.policy
    if table is None or not policy.move_up:
        return ()
    rows = {post_id: row for row, post_id in enumerate(table.post_ids)}
    waiting = waiting_units(state, rows)
    movable = {
        unit.unit_id
        for unit in state.units.values()
        if unit.kind in policy.move_up_unit_kinds and unit.mutual_aid is not True
    }
    goals = [
        row
        for post_id, row in rows.items()
        if post_id in state.posts and state.posts[post_id].kind in policy.move_up_post_kinds
    ]
    while True:
        moves = propose_moves(
            table.cover,
            waiting,
            goals,
            least_gain=policy.move_up_least_gain,
            longest_s=policy.move_up_longest_s,
            travel_s=table.between_s,
            most=policy.move_up_most,
            movable=movable,
        )
        too_far = _too_far(state, moves, table, at_ms, world)
        if not too_far:
            return moves
        movable -= too_far


def weigh_move(state: State, unit: Unit, post_id: str, world: World) -> Move | None:
    """What it does for the cover that this unit waits at that post; None without a table that holds both posts."""
    table = world.cover
    if table is None or unit.waits_at not in table.post_ids or post_id not in table.post_ids:
        return None
    rows = {known: row for row, known in enumerate(table.post_ids)}
    others = waiting_units(state, rows, without=(unit.unit_id,))
    here, there = rows[unit.waits_at], rows[post_id]
    gains = table.cover.marginal(as_waiting(unit, here), others)
    gain = float(gains[there] - gains[here])
    word = "covers" if gain >= 0 else "loses"
    more = f"{abs(gain):.3g} {'more calls' if gain >= 0 else 'calls'} an hour"
    because = f"{word} {more}, {clock(float(table.between_s[here, there]))} away"
    return Move(unit.unit_id, here, there, gain, because)


def _not_proposed(state: State, unit: Unit, post_id: str, weighed: Move | None, leg: Leg, world: World) -> str | None:
    """Why the policy does not propose this move; None if it may."""
    policy, kind, way_s = world.policy, state.posts[post_id].kind, (leg.arrives_ms - leg.left_ms) / 1000
    if not policy.move_up:
        return "the policy proposes no moves"
    if unit.mutual_aid is True:
        return f"unit {unit.unit_id} is a neighbour's"
    if unit.kind not in policy.move_up_unit_kinds or kind not in policy.move_up_post_kinds:
        return f"the policy moves no {unit.kind} to a {kind}".replace("_", " ")
    if weighed is None:
        return "what the move does for the cover is not known"
    if weighed.gain < max(policy.move_up_least_gain, 1e-12):
        return f"the move {weighed.because}; at least {policy.move_up_least_gain:g} are asked for"
    if way_s > policy.move_up_longest_s:
        return f"the way takes {way_s:.0f} s, more than {policy.move_up_longest_s:g}"
    return None


def _too_far(state: State, moves: Collection[Move], table: CoverTable, at_ms: int, world: World) -> set[str]:
    """The units whose way from where they are now is longer than allowed: the table knows ways between posts only."""
    found = set()
    for move in moves:
        goal = state.posts[table.post_ids[move.to_post]].place
        position = state.units[move.unit_id].position
        if not world.travel.seconds(position, goal, at_ms, False) <= world.policy.move_up_longest_s:
            found.add(move.unit_id)
    return found
