"""What happens next, and where units are: the agenda, the trace and exact positions on the road, compiled."""

from __future__ import annotations

from typing import Any, Final

from sixpoint.kernels import compiled
from sixpoint.plan.tiered.shapes import State, World
from sixpoint.road.clock import NS_PER_MS, as_ms
from sixpoint.road.hierarchy import NEVER
from sixpoint.road.oracle import oracle_ns
from sixpoint.road.profiles import WEEK_HOURS

NEVER_MS: Final = 1 << 40  # as in dispatch.kernel
ORDER_BITS: Final = 48
HOUR_MS: Final = 3_600_000


@compiled(lean=True, inner=True)
def plan(state: Any, at: int, kind: int, who: int, stamp: int) -> None:
    """Plans an event; the heap goes by time, then kind, then sequence."""
    heap, count = state.heap, state.count
    order = (kind << ORDER_BITS) + count[1]
    count[1] += 1
    place = count[0]
    count[0] += 1
    while place > 0:
        above = (place - 1) >> 1
        if heap[above].at < at or (heap[above].at == at and heap[above].order < order):
            break
        move(heap, above, place)
        place = above
    entry = heap[place]
    entry.at, entry.order, entry.kind, entry.who, entry.stamp = at, order, kind, who, stamp


@compiled(lean=True, inline=True)
def move(heap: Any, source: int, goal: int) -> None:
    """Copies an entry of the heap."""
    one, other = heap[source], heap[goal]
    other.at, other.order, other.kind, other.who, other.stamp = one.at, one.order, one.kind, one.who, one.stamp


@compiled(lean=True, inline=True)
def drop_first(state: Any) -> None:
    """Takes the first event out of the heap."""
    heap, count = state.heap, state.count
    count[0] -= 1
    size = count[0]
    at, order = heap[size].at, heap[size].order
    place = 0
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size:
            one, other = heap[below], heap[below + 1]
            if other.at < one.at or (other.at == one.at and other.order < one.order):
                below += 1
        if at < heap[below].at or (at == heap[below].at and order < heap[below].order):
            break
        move(heap, below, place)
        place = below
    move(heap, size, place)


@compiled(lean=True, inline=True)
def note(state: Any, at: int, word: int, call: int, unit: int, detail: int) -> None:
    """One row of the trace, if there is room for it."""
    row = state.count[3]
    if row >= state.trace.shape[0]:
        state.count[5] += 1
        return
    state.count[3] = row + 1
    trace = state.trace
    trace[row, 0], trace[row, 1], trace[row, 2], trace[row, 3], trace[row, 4] = at, word, call, unit, detail


@compiled(lean=True, inline=True)
def counted_ms(state: Any, since: int, at: int) -> int:
    """Of a stretch, what lies before the end of the days simulated: shifts go on while calls are still open."""
    until = state.count[6]
    return int(min(at, until) - min(since, until))


@compiled(lean=True, inline=True)
def way_ns(world: World, start: int, goal: int) -> int:
    """Shortest time in nanoseconds: looked up where a post or facility is at either end, else asked of the oracle."""
    if world.from_ns.shape[0] > 0:
        place = world.place_of[goal]
        if place >= 0:
            return int(world.to_ns[start, place])
        place = world.place_of[start]
        if place >= 0:
            return int(world.from_ns[goal, place])
    return int(oracle_ns(world.oracle, start, goal))


@compiled(lean=True, inline=True)
def road_ms(world: World, start: int, goal: int, factor: float) -> int:
    """Time on the road, or NEVER_MS."""
    ns = way_ns(world, start, goal)
    if ns == NEVER:
        return NEVER_MS
    return as_ms(ns, factor)


@compiled(lean=True, inline=True)
def factor_at(world: World, lights: int, at: int) -> float:
    """What free-flow times are multiplied by for a leg that begins now, or an estimate that is made now."""
    hour, hours = at // HOUR_MS, world.factors.shape[1]
    if hour >= hours:  # the last week goes on and on
        period = min(hours, WEEK_HOURS)
        hour = hours - period + (hour - hours) % period
    return float(world.factors[1 - lights, hour])


@compiled(lean=True)
def next_node(world: World, unit: Any, at: int) -> int:
    """The node that a unit stands at or comes to next; `ahead_ms` says when.

    The unit remembers how far it was looked at: each part of a way is walked once.
    """
    if at >= unit.arrive:
        return int(unit.goal)
    if at <= unit.leave:
        return int(unit.start)
    gone_ns = (at - unit.leave) * NS_PER_MS / unit.factor
    node, passed_ns, goal = unit.passed, unit.passed_ns, unit.goal
    place = world.place_of[goal]
    while passed_ns < gone_ns and node != goal:
        arc = world.way_out[place, node] if place >= 0 else first_on_way(world, node, goal)
        node, passed_ns = int(world.head[arc]), passed_ns + world.arc_ns[arc]
    unit.passed, unit.passed_ns = node, passed_ns
    return int(node)


@compiled(lean=True, inner=True)
def first_on_way(world: World, node: int, goal: int) -> int:
    """The first arc out of a node that loses no time on the way to the goal; -1 if there is none."""
    left_ns = way_ns(world, node, goal)
    for arc in range(world.first_arc[node], world.first_arc[node + 1]):
        arc_ns = world.arc_ns[arc]
        if arc_ns <= left_ns and way_ns(world, int(world.head[arc]), goal) == left_ns - arc_ns:
            return arc
    return -1


@compiled(lean=True, inline=True)
def ahead_ms(unit: Any, at: int) -> int:
    """In how long the unit is at the node that `next_node` has just answered."""
    if at >= unit.arrive:
        return 0
    if at <= unit.leave:
        return int(unit.leave - at)
    return int(max(0, unit.leave + as_ms(unit.passed_ns, unit.factor) - at))


@compiled(lean=True)
def drive(world: World, unit: Any, goal: int, factor: float, at: int) -> bool:
    """Sends a unit from where it is to a node; False, and nothing is changed, if there is no way."""
    start = next_node(world, unit, at)
    ahead = ahead_ms(unit, at)
    road = road_ms(world, start, goal, factor)
    if road >= NEVER_MS:
        return False
    unit.start, unit.goal, unit.leave, unit.arrive = start, goal, at + ahead, at + ahead + road
    unit.passed, unit.passed_ns, unit.factor = start, 0, factor
    return True


@compiled(lean=True, inline=True)
def on_list(state: State, call: int, unit: int) -> None:
    """Puts a unit on a call; the units of a call are listed in order of their places."""
    units, calls = state.units, state.calls
    before, here = -1, calls[call].first
    while here >= 0 and here < unit:
        before, here = here, units[here].following
    units[unit].following = here
    if before < 0:
        calls[call].first = unit
    else:
        units[before].following = unit
    units[unit].call = call


@compiled(lean=True, inline=True)
def off_list(state: State, unit: int) -> None:
    """Takes a unit off its call."""
    units, calls = state.units, state.calls
    call = units[unit].call
    before, here = -1, calls[call].first
    while here != unit:
        before, here = here, units[here].following
    if before < 0:
        calls[call].first = units[unit].following
    else:
        units[before].following = units[unit].following
    units[unit].call, units[unit].following = -1, -1


@compiled(nogil=True, lean=True)
def fill_tables(world: World, nodes: Any) -> None:
    """Writes the times between each of the nodes and every node, both ways, and the first arc of each way to them."""
    count = world.place_of.shape[0]
    for other in range(count):
        for place in range(nodes.shape[0]):
            world.from_ns[other, place] = oracle_ns(world.oracle, nodes[place], other)
            world.to_ns[other, place] = oracle_ns(world.oracle, other, nodes[place])
    for place in range(nodes.shape[0]):
        for other in range(count):
            way = world.to_ns[other, place]
            world.way_out[place, other] = first_on_way(world, other, nodes[place]) if 0 < way < NEVER else -1
