"""Whom a call still needs, asked of dispatch's compiled choice; the choice itself lives there and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np

from sixpoint.dispatch.desk import Question
from sixpoint.dispatch.eligible import fill_times
from sixpoint.dispatch.kernel import choose_units, harm_of_members
from sixpoint.kernels import compiled
from sixpoint.plan.tiered.lasting import lasting
from sixpoint.plan.tiered.motion import NEVER_MS, ahead_ms, factor_at, next_node, note, off_list, on_list, plan, road_ms
from sixpoint.plan.tiered.shapes import TURNOUT, State, Table, World
from sixpoint.plan.tiered.words import (
    ASSIGNED,
    AT_PATIENT,
    EN_ROUTE,
    IDLE,
    ON_SCENE,
    SET_OUT,
    T_ASSIGNED,
    T_QUEUED,
)


@compiled(lean=True, inline=True)
def could(world: World, state: State, call: int, unit: int) -> int:
    """The needs of a call that the people on a unit may meet, standing or with an order, as a mask."""
    return int(world.able[state.units[unit].cap, state.calls[call].type])


@compiled(lean=True, inline=True)
def helps(world: World, state: State, call: int, unit: int) -> int:
    """The needs of a call that a unit may meet: those, and transport only if it transports."""
    mask = could(world, state, call, unit)
    if state.units[unit].transports == 0:
        mask &= ~world.types[state.calls[call].type].carry
    return int(mask)


@compiled(lean=True, inline=True)
def unsettled(world: World, state: State, call: int) -> int:
    """The needs of a call as a mask: all of its type, and once somebody has seen the patient the real ones not met."""
    row = state.calls[call]
    if row.patient >= 0:
        return int(row.mask & ~row.met)
    return int((np.int64(1) << world.types[row.type].needs) - 1)


@compiled(lean=True, inner=True)
def open_needs(world: World, state: State, call: int) -> int:
    """The needs that nobody on the call can meet, as a mask; once somebody has seen the patient, only real ones."""
    row = state.calls[call]
    kind = world.types[row.type]
    mask = unsettled(world, state, call)
    met, unit = np.int64(0), row.first
    while unit >= 0:
        met |= helps(world, state, call, unit)
        unit = state.units[unit].following
    many = mask & met & kind.many
    place = 0
    while many >> place:
        if many >> place & 1 and hands_on_call(world, state, call, place) < world.needs[kind.first_need + place].hands:
            met &= ~(np.int64(1) << place)
        place += 1
    return int(mask & ~met)


@compiled(lean=True, inline=True)
def hands_on_call(world: World, state: State, call: int, place: int) -> int:
    """The hands on the call, there or on their way, that may meet the need."""
    hands, unit = 0, state.calls[call].first
    while unit >= 0:
        if could(world, state, call, unit) >> place & 1:
            hands += state.units[unit].hands
        unit = state.units[unit].following
    return int(hands)


@compiled(lean=True, inline=True)
def ask(world: World, state: State, table: Table, call: int, mask: int) -> int:
    """Lays the needs of the mask out as the question; returns how many they are."""
    kind = world.types[state.calls[call].type]
    question = table.question
    count, pure = 0, 0
    for place in range(kind.needs):
        if not mask >> place & 1:
            continue
        need = world.needs[kind.first_need + place]
        for word in range(world.any_of.shape[1]):
            question.any_of[count, word] = world.any_of[kind.first_need + place, word]
        question.need_hands[count] = need.hands
        question.transporting[count] = need.transporting == 1
        question.target_ms[count] = need.target
        question.rate_early[count], question.rate_late[count] = need.rate_early, need.rate_late
        question.unmet_harm[count] = need.unmet_harm
        pure |= need.pure
        count += 1
    for word in range(world.scarce.shape[0]):
        question.scarce[word] = np.uint64(0) if pure else world.scarce[word]
    return count


@compiled(lean=True, inline=True)
def cut(question: Any, needs: int) -> Question:
    """The question with its first needs and no others."""
    return Question(
        question.any_of[:needs],
        question.need_hands[:needs],
        question.transporting[:needs],
        question.target_ms[:needs],
        question.rate_early[:needs],
        question.rate_late[:needs],
        question.unmet_harm[:needs],
        question.scarce,
        question.order_delay_ms,
        question.late_horizon_ms,
        question.unit_price,
        question.first_response_gain_ms,
        question.scarce_gain_ms,
        question.scarce_cover,
        question.mutual_aid_gain_ms,
        question.max_units,
    )


@compiled(lean=True, inline=True)
def lay_out(world: World, state: State, table: Table, place: int, unit: int, eta: int) -> None:
    """Lays a unit out as one that could go."""
    one, asked = state.units[unit], table.asked
    table.place[place] = unit
    for word in range(world.standing.shape[1]):
        asked.standing[place, word] = world.standing[one.cap, word]
        asked.with_order[place, word] = world.with_order[one.cap, word]
    asked.transports[place] = one.transports == 1
    asked.eta_ms[place], asked.hands[place] = eta, one.hands
    asked.mutual_aid[place] = one.mutual_aid == 1
    asked.rank[place] = unit
    asked.usable[place] = eta < NEVER_MS


@compiled(lean=True, inline=True)
def to_call_ms(world: World, state: State, unit: int, call: int, at: int) -> int:
    """From where a unit is now to the call; NEVER_MS if there is no way."""
    one, row = state.units[unit], state.calls[call]
    factor = factor_at(world, world.types[row.type].lights, at)
    node = next_node(world, one, at)
    road = road_ms(world, node, row.node, factor)
    if road >= NEVER_MS:
        return NEVER_MS
    return ahead_ms(one, at) + road


@compiled(lean=True, inline=True)
def seen_ms(world: World, state: State, unit: int, call: int, at: int) -> int:
    """When a unit will be at its call or would be at another, as `ops` sees it; NEVER_MS if there is no way.

    One that is at the scene of its call, or stages there, is there; one that is parked turns out first.
    """
    one = state.units[unit]
    if one.call == call and one.status != ASSIGNED:
        return int(max(0, one.arrive - at)) if one.status == EN_ROUTE else 0
    eta = to_call_ms(world, state, unit, call, at)
    if at < one.arrive or one.status > ASSIGNED:
        return eta
    used = 0
    if one.status == ASSIGNED:
        used = at - one.assigned if at < one.assigned + world.pace.notify else at - one.assigned - world.pace.notify
    return int(min(NEVER_MS, eta + max(0, one.turnout - used)))


@compiled(lean=True, inner=True)
def send(world: World, state: State, table: Table, call: int, at: int) -> int:
    """Sends whom dispatch chooses among the free units for what is still needed; returns how many."""
    units, row = state.units, state.calls[call]
    mask = open_needs(world, state, call)
    needs = ask(world, state, table, call, mask)
    count = 0
    for unit in range(units.shape[0]):
        one = units[unit]
        if one.status != IDLE or one.hands <= 0 or not mask & helps(world, state, call, unit):
            continue
        table.place[count], table.eta[count] = unit, seen_ms(world, state, unit, call, at)
        count += 1
    nearest_first(table, count)
    for place in range(count):
        lay_out(world, state, table, place, table.place[place], table.eta[place])
    size, table.fresh[0] = 0, -1
    if needs > 0 and count > 0:
        question = cut(table.question, needs)
        size = choose_units(question, table.asked, count, table.desk)
        if size > 0 and row.first < 0:
            table.fresh[0], table.fresh[1] = count, needs
    for unit in range(units.shape[0]):  # in order of their places, whatever the order of the answer
        eta = NEVER_MS
        for place in range(size):
            if table.place[table.desk.best[place]] == unit:
                eta = table.eta[table.desk.best[place]]
        if eta < NEVER_MS:
            assign(world, state, call, unit, eta, at)
    if size > 0 and row.chosen < 0:
        row.chosen = at
    if size == 0 and (mask or row.first < 0):
        note(state, at, T_QUEUED, call, -1, mask)
    update_waiting(world, state, call)
    return int(size)


@compiled(lean=True, inline=True)
def assign(world: World, state: State, call: int, unit: int, eta: int, at: int) -> None:
    """Puts a unit on a call, expected there after `eta` ms, and plans when it sets out."""
    one = state.units[unit]
    on_list(state, call, unit)
    one.status, one.assigned, one.working, one.used = ASSIGNED, at, 0, 0
    one.trip += 1
    turnout = lasting(state, call, unit, TURNOUT, one.turnout)
    wait = turnout if at >= one.arrive else world.pace.starting
    note(state, at, T_ASSIGNED, call, unit, eta)
    plan(state, at + world.pace.notify + wait, SET_OUT, unit, one.trip)


@compiled(lean=True, inner=True)
def update_waiting(world: World, state: State, call: int) -> None:
    """Lists a call as waiting, or not any more: something it needs can be done by nobody on it."""
    row = state.calls[call]
    row.open = open_needs(world, state, call)
    waits = row.closed < 0 and row.carrier < 0 and row.open != 0
    if waits and row.waits < 0:
        row.waits = state.count[2]
        state.waiting[row.waits] = call
        state.count[2] += 1
    elif not waits and row.waits >= 0:
        unlist(state, call)


@compiled(lean=True, inline=True)
def unlist(state: State, call: int) -> None:
    """Takes a call off the list of those that wait; the last one takes its place."""
    row = state.calls[call]
    state.count[2] -= 1
    last = state.waiting[state.count[2]]
    state.waiting[row.waits] = last
    state.calls[last].waits = row.waits
    row.waits = -1


@compiled(lean=True, inline=True)
def nearest_first(table: Table, count: int) -> None:
    """Sorts the first units by their times (Shell's sort): the choice is the same in any order, and quicker in this."""
    gap = count // 2
    while gap > 0:
        for place in range(gap, count):
            unit, eta, spot = table.place[place], table.eta[place], place
            while spot >= gap and table.eta[spot - gap] > eta:
                table.place[spot], table.eta[spot] = table.place[spot - gap], table.eta[spot - gap]
                spot -= gap
            table.place[spot], table.eta[spot] = unit, eta
        gap //= 2


@compiled(lean=True, inline=True)
def next_waiting(world: World, state: State, unit: int, after: int) -> int:
    """The next call after this one (-1: the first) that waits for what a unit may do; -1 if none or it is not free.

    The gravest first, then the oldest.
    """
    one = state.units[unit]
    if one.status != IDLE or one.hands <= 0:
        return -1
    acuity = world.types[state.calls[after].type].acuity if after >= 0 else -1
    next_acuity, next_call = 1 << 30, -1
    for place in range(state.count[2]):
        other = state.waiting[place]
        grave = world.types[state.calls[other].type].acuity
        later = grave > acuity or (grave == acuity and other > after)
        sooner = grave < next_acuity or (grave == next_acuity and other < next_call)
        if later and sooner and state.calls[other].open & helps(world, state, other, unit):
            next_acuity, next_call = grave, other
    return int(next_call)


@compiled(lean=True, inline=True)
def mark_unneeded(world: World, state: State, table: Table, call: int, at: int) -> None:
    """Marks the units on their way that are not worth their price, by the rule of `dispatch.propose_cancellations`.

    The one that saves least goes first (ties: the farthest, then the last), then the rest is weighed again. Somebody is
    at the patient, so the last unit on the call is never marked.
    """
    row = state.calls[call]
    needs = ask(world, state, table, call, row.mask & ~row.met)
    question = cut(table.question, needs)
    count, unit = 0, row.first
    while unit >= 0:
        one = state.units[unit]
        one.dropped = 0
        lay_out(world, state, table, count, unit, seen_ms(world, state, unit, call, at))
        count += 1
        unit = one.following
    fill_times(question, table.asked, count, table.desk)
    while True:
        before = harm_without(question, state, table, count, -1)
        least, leaves = int(np.int64(1) << 62), -1
        for place in range(count - 1, -1, -1):
            one = state.units[table.place[place]]
            if one.status >= ON_SCENE or one.dropped:
                continue
            cost = harm_without(question, state, table, count, place) - before
            farther = leaves >= 0 and cost == least and table.asked.eta_ms[place] > table.asked.eta_ms[leaves]
            if cost < least or farther:
                least, leaves = cost, place
        if leaves < 0 or least >= world.rules.unit_price:
            break
        state.units[table.place[leaves]].dropped = 1


@compiled(lean=True, inline=True)
def harm_without(question: Any, state: State, table: Table, count: int, without: int) -> int:
    """The harm with the first `count` units that are not dropped, one of them left out."""
    size = 0
    for place in range(count):
        if place != without and not state.units[table.place[place]].dropped:
            table.desk.members[size] = place
            size += 1
    return int(harm_of_members(question, table.asked, table.desk, size) - (size - 1) * question.unit_price)


@compiled(lean=True, inner=True)
def hands_at_patient(world: World, state: State, call: int, place: int) -> int:
    """The hands at the patient that may meet the need."""
    hands, unit = 0, state.calls[call].first
    while unit >= 0:
        one = state.units[unit]
        if one.status == AT_PATIENT and could(world, state, call, unit) >> place & 1:
            hands += one.hands
        unit = one.following
    return int(hands)


@compiled(lean=True, inline=True)
def leave_call(state: State, unit: int) -> None:
    """Takes a unit off its call; what was planned for it there no longer holds."""
    one = state.units[unit]
    off_list(state, unit)
    one.status, one.working, one.dropped = IDLE, 0, 0
    one.trip += 1
