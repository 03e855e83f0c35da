"""Free units move between posts as dispatch's compiled choice says, and back; crews change, and take their breaks."""

from __future__ import annotations

from sixpoint.dispatch.cover_kernel import choose_moves
from sixpoint.kernels import compiled
from sixpoint.plan.tiered.motion import NEVER_MS, ahead_ms, counted_ms, drive, factor_at, next_node, note, plan, road_ms
from sixpoint.plan.tiered.shapes import State, Table, World
from sixpoint.plan.tiered.words import BREAK_OVER, IDLE, POSTS, T_CREW, T_MOVED


@compiled(lean=True, inner=True)
def go_to(world: World, state: State, unit: int, post: int, at: int) -> None:
    """Sends a free unit to wait at a post."""
    one = state.units[unit]
    node = one.post if post == one.own else world.post_node[post]
    if drive(world, one, node, factor_at(world, 0, at), at):
        one.waits = post
        note(state, at, T_MOVED, -1, unit, one.arrive * POSTS + post)


@compiled(lean=True, inline=True)
def to_post_ms(world: World, state: State, unit: int, post: int, at: int) -> int:
    """From where a unit is now to a post; NEVER_MS if there is no way."""
    node = next_node(world, state.units[unit], at)
    road = road_ms(world, node, world.post_node[post], factor_at(world, 0, at))
    return NEVER_MS if road >= NEVER_MS else ahead_ms(state.units[unit], at) + road


@compiled(lean=True, inner=True)
def move_up(world: World, state: State, table: Table, at: int) -> None:
    """Moves the units that raise the cover most; one that is too far from its goal where it is now stays, as live."""
    count, waiting = 0, table.waiting
    for unit in range(state.units.shape[0]):
        one = state.units[unit]
        if one.status == IDLE and one.hands > 0:
            table.busy[count], waiting.post[count] = unit, one.waits
            waiting.holds[count] = world.holds[one.cap, one.transports]
            waiting.movable[count] = one.movable == 1
            count += 1
    rules = world.rules
    most, far, moves = min(rules.move_up_most, count), True, 0
    while far:
        moves = choose_moves(
            world.cover, waiting, count, rules.move_up_least_gain, rules.move_up_longest_s, most, table.cover
        )
        far = False
        for number in range(moves):
            unit = table.busy[table.cover.unit[number]]
            way_ms = to_post_ms(world, state, unit, table.cover.goal[number], at)
            if way_ms >= NEVER_MS or not way_ms / 1000 <= rules.move_up_longest_s:
                waiting.movable[table.cover.unit[number]] = False
                far = True
    for number in range(moves):
        go_to(world, state, table.busy[table.cover.unit[number]], table.cover.goal[number], at)


@compiled(lean=True, inner=True)
def change_crew(state: State, unit: int, at: int) -> bool:
    """Puts the crew on a free unit that the shifts want there now; a break that is due begins. Whether it changed."""
    one = state.units[unit]
    if one.wanted_hands == 0:
        one.owed = 0
    if one.owed > 0:
        one.break_until = max(at, one.break_until) + one.owed
        one.owed = 0
        plan(state, one.break_until, BREAK_OVER, unit, 0)
    cap, hands = one.wanted_cap, one.wanted_hands
    if at < one.break_until:
        cap, hands = 0, 0
    if one.cap == cap and one.hands == hands:
        return False
    if one.hands > 0:
        one.duty_ms += counted_ms(state, one.duty_from, at)
    one.cap, one.hands, one.duty_from = cap, hands, at
    note(state, at, T_CREW, -1, unit, one.hands)
    return True


@compiled(lean=True, inner=True)
def relieve(world: World, state: State, unit: int, at: int) -> None:
    """Changes the crew of a free unit; one that waits elsewhere goes home with it, as its move was another's."""
    one = state.units[unit]
    if change_crew(state, unit, at) and one.hands > 0 and one.waits != one.own:
        go_to(world, state, unit, one.own, at)
