"""Units that change calls under way, as dispatch's compiled proposals choose: here that is carried out."""

from __future__ import annotations

from typing import Final

import numpy as np

from sixpoint.dispatch.kernel import choose_units
from sixpoint.dispatch.reassign_kernel import (
    best_swap,
    could_save,
    harm_after_loss,
    harm_of_all,
    harm_with_each,
    next_by_gain,
)
from sixpoint.kernels import compiled
from sixpoint.plan.tiered.care import free
from sixpoint.plan.tiered.motion import counted_ms, note
from sixpoint.plan.tiered.sending import (
    ask,
    assign,
    cut,
    helps,
    lay_out,
    leave_call,
    seen_ms,
    unsettled,
    update_waiting,
)
from sixpoint.plan.tiered.shapes import State, Table, World
from sixpoint.plan.tiered.words import ASSIGNED, IDLE, ON_SCENE, STAGED, T_CANCELLED, T_DIVERTED, T_REPLACES

# Groups of units as a call sees them: those on it, those that are free, those on their way to a call less grave.
COMING: Final = 0
FREE: Final = 1
LESSER: Final = 2
NEEDS: Final = 3


@compiled(lean=True, inline=True)
def is_before_scene(state: State, unit: int) -> bool:
    """Whether a unit is still to set out, on the road or staged: it may be given something else to do."""
    return bool(ASSIGNED <= state.units[unit].status <= STAGED)


@compiled(lean=True, inline=True)
def is_in(world: World, state: State, call: int, mask: int, unit: int, group: int) -> bool:
    """Whether a unit is of a group; who is not on the call counts only if it may meet a need of the mask."""
    one = state.units[unit]
    if group == COMING:
        return bool(one.call == call)
    if group == FREE:
        there = one.status == IDLE and one.hands > 0
    else:
        acuity = world.types[state.calls[call].type].acuity
        there = is_before_scene(state, unit) and world.types[state.calls[one.call].type].acuity > acuity
    return bool(there and mask & helps(world, state, call, unit))


@compiled(lean=True, inner=True)
def lay_table(world: World, state: State, table: Table, call: int, last: int, also: int, at: int) -> int:
    """Lays out what a call asks, and the groups of units up to `last` without those taken; returns how many they are.

    `also` is one more unit after them (-1: none). `table.ends` says where each group ends.
    """
    mask = unsettled(world, state, call)
    table.ends[NEEDS] = ask(world, state, table, call, mask)
    count, units = 0, state.units.shape[0]
    for spot in range((last + 1) * units + (also >= 0)):  # one place of laying out, so that it is compiled but once
        group = spot // units
        unit = spot - group * units if group <= last else also
        if group > last or (is_in(world, state, call, mask, unit, group) and not table.taken[unit]):
            lay_out(world, state, table, count, unit, seen_ms(world, state, unit, call, at))
            count += 1
        if group <= last:
            table.ends[group] = count
    return count


@compiled(lean=True, inline=True)
def is_worth_asking(world: World, state: State, table: Table, call: int, at: int) -> bool:
    """Whether any unit on its way to a lesser call may meet a need of this one, and save enough as far as is known.

    That is known where units were chosen for a call that had none, a moment ago: what then lies on the table is what
    the proposal would begin with, and `could_save` is the first thing that it would ask.
    """
    if world.types[state.calls[call].type].most_harm < world.rules.divert_gain:
        return False
    mask, known = unsettled(world, state, call), table.fresh[0]
    count = max(0, known)
    for unit in range(state.units.shape[0]):
        if is_in(world, state, call, mask, unit, LESSER):
            if known < 0:
                return True
            lay_out(world, state, table, count, unit, seen_ms(world, state, unit, call, at))
            count += 1
    if count == known or known < 0:
        return False
    question, desk = cut(table.question, table.fresh[1]), table.desk
    return could_save(question, table.asked, known, count, world.rules.divert_gain, desk.key[5], desk, table.harm) > 0


@compiled(lean=True, inline=True)
def proposed_divert(world: World, state: State, table: Table, call: int, at: int) -> int:
    """The unit that `dispatch.propose_divert` takes from a lesser call for this one, -1 for none."""
    if not is_worth_asking(world, state, table, call, at):
        return -1
    count = lay_table(world, state, table, call, LESSER, -1, at)
    known, least = table.ends[FREE], world.rules.divert_gain
    question = cut(table.question, table.ends[NEEDS])
    without = harm_with_each(question, table.asked, known, count, least, table.room, table.desk, table.harm)
    for place in range(known, count):
        table.busy[place - known], table.busy_eta[place - known] = table.place[place], table.asked.eta_ms[place]
        table.gain[place - known] = without - table.harm[place]
    best, most = -1, least - 1
    while True:
        place = next_by_gain(table.gain, table.busy, count - known, most)
        if place < 0:
            break
        unit, gain = table.busy[place], table.gain[place]
        table.gain[place] = -1
        loss = loss_without(world, state, table, call, unit, at)
        saves = gain - loss
        if loss >= 0 and (saves > most or (best >= 0 and saves == most and unit < table.busy[best])):
            best, most = place, saves
    if best < 0:
        return -1
    table.eta[0] = table.busy_eta[best]
    return int(table.busy[best])


@compiled(lean=True, inline=True)
def loss_without(world: World, state: State, table: Table, call: int, unit: int, at: int) -> int:
    """The harm that it costs the call a unit is on to lose it to this one, and what this one takes with it.

    -1 if nobody would be left there.
    """
    count = lay_table(world, state, table, call, FREE, unit, at)
    size = choose_units(cut(table.question, table.ends[NEEDS]), table.asked, count, table.desk)
    left = state.units[unit].call
    for spot in range(size):
        table.harm[spot] = table.place[table.desk.best[spot]]
    count = lay_table(world, state, table, left, COMING, -1, at)
    before = harm_of_all(cut(table.question, table.ends[NEEDS]), table.asked, count, table.desk)
    for spot in range(size):
        table.taken[table.harm[spot]] = True
    count = lay_table(world, state, table, left, FREE, -1, at)
    kept = table.ends[COMING]
    after = harm_after_loss(cut(table.question, table.ends[NEEDS]), table.asked, kept, count, table.desk)
    for spot in range(size):
        table.taken[table.harm[spot]] = False
    return int(max(0, after - before)) if after >= 0 else -1


@compiled(lean=True, inner=True)
def divert_to(world: World, state: State, table: Table, call: int, at: int) -> int:
    """Diverts the unit that is proposed, if one is; returns the call that is to be served now as it lost it, -1: none.

    Where the patient of that call has left, nobody more is sent there.
    """
    unit = proposed_divert(world, state, table, call, at)
    if unit < 0:
        return -1
    one, eta = state.units[unit], table.eta[0]
    left = one.call
    note(state, at, T_DIVERTED, call, unit, left)
    note(state, at, T_CANCELLED, left, unit, 0)
    one.busy_ms += counted_ms(state, one.assigned, at)
    leave_call(state, unit)
    assign(world, state, call, unit, eta, at)
    if state.calls[call].chosen < 0:
        state.calls[call].chosen = at
    update_waiting(world, state, call)
    return int(left) if state.calls[left].departed < 0 else -1


@compiled(lean=True, inline=True)
def list_underway(world: World, state: State, table: Table, unit: int) -> int:
    """Lists the calls that others are on their way to, the gravest first, then the oldest, where the unit may help."""
    count = 0
    for other in range(state.units.shape[0]):
        if not is_before_scene(state, other):
            continue
        call = state.units[other].call
        row = state.calls[call]
        if world.types[row.type].most_harm < world.rules.replace_gain:
            continue
        earlier = row.first
        while earlier != other and not is_before_scene(state, earlier):
            earlier = state.units[earlier].following
        if earlier != other or row.departed >= 0 or not unsettled(world, state, call) & helps(world, state, call, unit):
            continue
        acuity, spot = world.types[row.type].acuity, count
        while spot > 0 and is_before(world, state, acuity, call, table.calls[spot - 1]):
            table.calls[spot] = table.calls[spot - 1]
            spot -= 1
        table.calls[spot] = call
        count += 1
    return count


@compiled(lean=True, inline=True)
def is_before(world: World, state: State, acuity: int, call: int, other: int) -> bool:
    """Whether a call of an acuity is looked at before another."""
    grave = world.types[state.calls[other].type].acuity
    return bool(acuity < grave or (acuity == grave and call < other))


@compiled(lean=True, inner=True)
def take_place(world: World, state: State, table: Table, unit: int, at: int) -> None:
    """Sends a unit that is free in the place of one on its way, where `dispatch.propose_replacement` proposes it."""
    one = state.units[unit]
    if one.status != IDLE or one.hands <= 0:
        return
    for number in range(list_underway(world, state, table, unit)):
        call = table.calls[number]
        coming = lay_table(world, state, table, call, COMING, unit, at) - 1
        for place in range(coming):
            table.room[place] = state.units[table.place[place]].status >= ON_SCENE
        question = cut(table.question, table.ends[NEEDS])
        place = best_swap(question, table.asked, coming, table.room, world.rules.replace_gain, table.desk)
        if place >= 0:
            released, eta = table.place[place], table.asked.eta_ms[coming]
            note(state, at, T_REPLACES, call, unit, released)
            free(world, state, released, at)
            assign(world, state, call, unit, eta, at)
            update_waiting(world, state, call)
            return


assert np.int64(STAGED) < ON_SCENE, "the kernels compare these"
