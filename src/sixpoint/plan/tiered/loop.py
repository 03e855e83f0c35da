"""The event loop: takes what happens next and does it, until nothing is left."""

from __future__ import annotations

from sixpoint.kernels import compiled
from sixpoint.plan.tiered.care import (
    at_facility,
    depart,
    free,
    leave,
    ordered,
    reach,
    transfer,
    work,
)
from sixpoint.plan.tiered.motion import drive, drop_first, factor_at, note, plan
from sixpoint.plan.tiered.moving import change_crew, move_up, relieve
from sixpoint.plan.tiered.reassigning import divert_to, take_place
from sixpoint.plan.tiered.sending import next_waiting, send, unlist
from sixpoint.plan.tiered.shapes import State, Table, World
from sixpoint.plan.tiered.words import (
    ARRIVE,
    ASSIGNED,
    AT_FACILITY,
    BREAK_DUE,
    BREAK_OVER,
    CHOOSE,
    CREW_CHANGE,
    DEPART,
    DIVERSION_CHANGE,
    EN_ROUTE,
    FREE,
    IDLE,
    LEAVE,
    LOST,
    ON_SCENE,
    ORDERED,
    REACH,
    RING,
    SERVE,
    SET_OUT,
    STAGED,
    T_CLOSED,
    T_DIVERSION,
    T_EN_ROUTE,
    T_ON_SCENE,
    T_REPORTED,
    T_STAGED,
    TRANSFER,
    WORK,
)


@compiled(nogil=True, lean=True)
def simulate(world: World, state: State, table: Table) -> int:
    """Runs everything; returns when the last event happened, ms."""
    if world.roster.shape[0] > 0:
        plan(state, world.roster[0].at, CREW_CHANGE, 0, 0)
    if world.diversions.shape[0] > 0:
        plan(state, world.diversions[0].at, DIVERSION_CHANGE, 0, 0)
    if state.calls.shape[0] > 0:
        plan(state, state.calls[0].at, RING, 0, 0)
    if world.breaks.shape[0] > 0:
        plan(state, world.breaks[0].at, BREAK_DUE, 0, 0)
    at = 0
    while state.count[0] > 0:
        event = state.heap[0]
        at, kind, who, stamp = event.at, event.kind, event.who, event.stamp
        drop_first(state)
        state.count[4] += 1
        if kind == RING:
            ring(world, state, who, at)
        elif kind in (CHOOSE, SERVE):
            serve(world, state, table, kind, who, at)
        elif kind == CREW_CHANGE:
            sign(world, state, who, at)
        elif kind == DIVERSION_CHANGE:
            divert(world, state, who, at)
        elif kind == BREAK_DUE:
            rest(world, state, who, at)
        elif kind == BREAK_OVER:
            resume(world, state, who, at)
        else:
            of_unit(world, state, table, kind, who, stamp, at)
    return int(at)


@compiled(lean=True, inline=True)
def of_unit(world: World, state: State, table: Table, kind: int, unit: int, stamp: int, at: int) -> None:
    """What was planned for a unit, if it is still on that very assignment."""
    trip = stamp >> 6 if kind == ORDERED else stamp
    if state.units[unit].trip != trip:
        return
    if kind == SET_OUT:
        set_out(world, state, unit, at)
    elif kind == ARRIVE:
        arrive(state, unit, at)
    elif kind == REACH:
        reach(world, state, table, unit, at)
    elif kind == WORK:
        work(world, state, unit, at)
    elif kind == ORDERED:
        ordered(world, state, unit, stamp & 63, at)
    elif kind == LEAVE:
        leave(world, state, unit, at)
    elif kind == DEPART:
        depart(world, state, unit, at)
    elif kind == AT_FACILITY:
        at_facility(world, state, unit, at)
    elif kind == TRANSFER:
        transfer(world, state, unit, at)
    elif kind == FREE:
        free(world, state, unit, at)


@compiled(lean=True, inline=True)
def ring(world: World, state: State, call: int, at: int) -> None:
    """A call comes in; the next one is planned."""
    note(state, at, T_REPORTED, call, -1, 0)
    taking = state.times.taking[call]
    plan(state, at + (world.pace.call_taking if taking < 0 else taking), CHOOSE, call, 0)
    if call + 1 < state.calls.shape[0]:
        plan(state, state.calls[call + 1].at, RING, call + 1, 0)


@compiled(lean=True, inline=True)
def serve(world: World, state: State, table: Table, kind: int, who: int, at: int) -> None:
    """Units are chosen for a call, or a unit has come free: the calls that wait for what it may do are looked at."""
    call = who
    if kind == SERVE:
        call = next_waiting(world, state, who, -1)
    elif state.calls[call].closed >= 0 or state.calls[call].carrier >= 0:
        return
    while call >= 0:
        left = call
        while left >= 0:  # the call, then the one that a unit is diverted from: one place of calling for both
            send(world, state, table, left, at)
            left = divert_to(world, state, table, call, at) if left == call else -1
        if kind == SERVE:
            call = next_waiting(world, state, who, call)
            continue
        if world.pace.loses:
            lose(state, call, at)
        break
    if kind == SERVE:
        take_place(world, state, table, who, at)
    if world.rules.move_up:
        move_up(world, state, table, at)


@compiled(lean=True, inline=True)
def lose(state: State, call: int, at: int) -> None:
    """A call that no unit is on goes to a neighbour."""
    row = state.calls[call]
    if row.first >= 0:
        return
    row.closed, row.end = at, LOST
    if row.waits >= 0:
        unlist(state, call)
    note(state, at, T_CLOSED, call, -1, LOST)


@compiled(lean=True, inline=True)
def set_out(world: World, state: State, unit: int, at: int) -> None:
    """The unit drives to the call from where it is."""
    one = state.units[unit]
    row = state.calls[one.call]
    drive(world, one, row.node, factor_at(world, world.types[row.type].lights, at), at)
    one.status = EN_ROUTE
    note(state, at, T_EN_ROUTE, one.call, unit, 0)
    plan(state, one.arrive, ARRIVE, unit, one.trip)


@compiled(lean=True, inline=True)
def arrive(state: State, unit: int, at: int) -> None:
    """The unit is there: it stages until the scene is safe, then goes to the patient."""
    one = state.units[unit]
    row = state.calls[one.call]
    if at < row.safe_at:
        one.status = STAGED
        note(state, at, T_STAGED, one.call, unit, 0)
        plan(state, row.safe_at, ARRIVE, unit, one.trip)
        return
    one.status = ON_SCENE
    if row.scene < 0:
        row.scene = at
    note(state, at, T_ON_SCENE, one.call, unit, 0)
    plan(state, at + row.to_patient, REACH, unit, one.trip)


@compiled(lean=True, inline=True)
def sign(world: World, state: State, entry: int, at: int) -> None:
    """A change of crew is due; a unit on a call changes when it is clear. The next change is planned."""
    due = world.roster[entry]
    one = state.units[due.unit]
    one.wanted_cap, one.wanted_hands = due.cap, due.hands
    if entry + 1 < world.roster.shape[0]:
        plan(state, world.roster[entry + 1].at, CREW_CHANGE, entry + 1, 0)
    if one.status == IDLE:
        relieve(world, state, due.unit, at)
        plan(state, at, SERVE, due.unit, 0)


@compiled(lean=True, inline=True)
def rest(world: World, state: State, entry: int, at: int) -> None:
    """A break is due: it begins when the unit is free, if anybody is on it. The next one is planned."""
    due = world.breaks[entry]
    one = state.units[due.unit]
    if one.wanted_hands > 0:
        one.owed += due.length
    if entry + 1 < world.breaks.shape[0]:
        plan(state, world.breaks[entry + 1].at, BREAK_DUE, entry + 1, 0)
    if one.status == IDLE:
        change_crew(state, due.unit, at)


@compiled(lean=True, inline=True)
def resume(world: World, state: State, unit: int, at: int) -> None:
    """A break is over, unless another one followed on it."""
    if at >= state.units[unit].break_until:
        relieve(world, state, unit, at)
        plan(state, at, SERVE, unit, 0)


@compiled(lean=True, inline=True)
def divert(world: World, state: State, entry: int, at: int) -> None:
    """A facility opens or goes on diversion; the next change is planned."""
    due = world.diversions[entry]
    state.facilities[due.facility].open = due.open
    note(state, at, T_DIVERSION, -1, due.facility, due.open)
    if entry + 1 < world.diversions.shape[0]:
        plan(state, world.diversions[entry + 1].at, DIVERSION_CHANGE, entry + 1, 0)


assert ASSIGNED < EN_ROUTE < STAGED < ON_SCENE, "the kernels compare these"
