"""What crews do at the patient and on the way to a facility: each need by somebody who may, and who rides along."""

from __future__ import annotations

import numpy as np

from sixpoint.dispatch.desk import Words
from sixpoint.kernels import compiled
from sixpoint.plan.tiered.attending import may_attend
from sixpoint.plan.tiered.lasting import is_released, lasting, staying, successor
from sixpoint.plan.tiered.motion import NEVER_MS, counted_ms, drive, factor_at, note, plan, road_ms
from sixpoint.plan.tiered.moving import change_crew
from sixpoint.plan.tiered.sending import (
    could,
    hands_at_patient,
    leave_call,
    mark_unneeded,
    unlist,
    update_waiting,
)
from sixpoint.plan.tiered.shapes import CLEAR, OFFLOAD, TURNAROUND, State, Table, World
from sixpoint.plan.tiered.words import (
    AT_DESTINATION,
    AT_FACILITY,
    AT_PATIENT,
    CHOOSE,
    DEPART,
    FREE,
    LEAVE,
    ON_SCENE,
    ON_SCENE_END,
    ORDERED,
    RIDING,
    SERVE,
    T_AT_DESTINATION,
    T_AT_PATIENT,
    T_CANCELLED,
    T_CLEAR,
    T_CLOSED,
    T_NEED_MET,
    T_ORDER_ASKED,
    T_PERFORMED,
    T_RIDES,
    T_TRANSFERRED,
    T_TRANSPORTING,
    TRANSFER,
    TRANSFERRED,
    TRANSPORTED,
    TRANSPORTING,
    WORK,
)

AGAIN_MS = 60_000  # a crew that waits for care to be finished looks again so often


@compiled(lean=True, inline=True)
def may(bits: Words, row: int, skill: int) -> bool:
    """Whether a bit is set in a row of words."""
    return bool(bits[row, skill >> 6] >> np.uint64(skill & 63) & np.uint64(1))


@compiled(lean=True, inline=True)
def is_wanted(world: World, state: State, call: int, unit: int) -> int:
    """The needs that the patient still has here and the people on the unit can meet, as a mask."""
    row = state.calls[call]
    able = world.does[state.units[unit].cap, row.type]
    return int(able & row.mask & ~row.met & ~world.types[row.type].parting)


@compiled(lean=True, inner=True)
def work(world: World, state: State, unit: int, at: int) -> None:
    """The unit does the first thing that the patient needs and its crew may do; a standing order goes before asking."""
    one = state.units[unit]
    call = one.call
    row = state.calls[call]
    kind = world.types[row.type]
    one.working = 0
    if row.carrier >= 0 and row.carrier != unit and row.departed >= 0:
        return
    todo = is_wanted(world, state, call, unit)
    place = -1
    while todo >> (place + 1):
        place += 1
        need = kind.first_need + place
        facts = world.needs[need]
        if not todo >> place & 1 or (facts.hands > 1 and hands_at_patient(world, state, call, place) < facts.hands):
            continue
        skill = world.stands[one.cap, need]
        if skill >= 0:
            perform(world, state, unit, place, skill, at)
            return
        one.working = 1
        note(state, at, T_ORDER_ASKED, call, unit, place)
        plan(state, at + world.rules.order_delay_ms, ORDERED, unit, one.trip * 64 + place)
        return


@compiled(lean=True, inner=True)
def perform(world: World, state: State, unit: int, place: int, skill: int, at: int) -> None:
    """A crew begins a skill: the need is met, and each other one that it meets and enough hands are there for."""
    one = state.units[unit]
    call = one.call
    row = state.calls[call]
    kind = world.types[row.type]
    state.done[call, skill >> 6] |= np.uint64(1) << np.uint64(skill & 63)
    note(state, at, T_PERFORMED, call, unit, skill)
    for other in range(kind.needs):
        facts = world.needs[kind.first_need + other]
        alike = may(world.any_of, kind.first_need + other, skill) and not facts.transporting
        if not (alike or other == place) or not row.mask >> other & 1 or row.met >> other & 1:
            continue
        if facts.hands <= 1 or hands_at_patient(world, state, call, other) >= facts.hands:
            meet(state, call, unit, other, at)
    one.working = one.used = 1
    plan(state, at + world.care_ms[skill], WORK, unit, one.trip)


@compiled(lean=True, inline=True)
def meet(state: State, call: int, unit: int, place: int, at: int) -> None:
    """Writes down that a need is met."""
    state.calls[call].met |= np.int64(1) << place
    state.met_ms[call, place], state.met_by[call, place] = at, unit
    note(state, at, T_NEED_MET, call, unit, place)


@compiled(lean=True, inline=True)
def ordered(world: World, state: State, unit: int, place: int, at: int) -> None:
    """Medical control has answered: the need is met if it still is one, else the crew goes on."""
    one = state.units[unit]
    row = state.calls[one.call]
    need = world.types[row.type].first_need + place
    gone = row.carrier >= 0 and row.carrier != unit and row.departed >= 0
    if not gone and not row.met >> place & 1:
        facts = world.needs[need]
        short = facts.hands > 1 and hands_at_patient(world, state, one.call, place) < facts.hands
        skill = world.orders[one.cap, need]
        if skill >= 0 and not short:
            perform(world, state, unit, place, skill, at)
            return
    work(world, state, unit, at)


@compiled(lean=True, inline=True)
def reach(world: World, state: State, table: Table, unit: int, at: int) -> None:
    """A crew is at the patient: it starts, the more capable is in charge, and who is not needed is cancelled."""
    one = state.units[unit]
    call = one.call
    row = state.calls[call]
    if row.carrier >= 0:
        free(world, state, unit, at)
        return
    one.status, one.reached = AT_PATIENT, at
    if row.patient < 0:
        row.patient = at
    if row.charge < 0 or world.reach[one.cap] > world.reach[state.units[row.charge].cap]:
        row.charge = unit
    note(state, at, T_AT_PATIENT, call, unit, 0)
    work(world, state, unit, at)
    mark_unneeded(world, state, table, call, at)
    plan(state, at + staying(state, call, unit), LEAVE, unit, one.trip)
    update_waiting(world, state, call)
    other = row.first
    while other >= 0:
        if state.units[other].dropped:
            free(world, state, other, at)
            other = row.first
        else:
            other = state.units[other].following


@compiled(lean=True, inline=True)
def help_is_coming(world: World, state: State, call: int) -> bool:
    """Whether a unit not yet at the patient may do something that is still needed."""
    row = state.calls[call]
    wanted = row.mask & ~row.met & ~world.types[row.type].parting
    unit = row.first
    while unit >= 0:
        if state.units[unit].status <= ON_SCENE and wanted & world.does[state.units[unit].cap, row.type]:
            return True
        unit = state.units[unit].following
    return False


@compiled(lean=True, inline=True)
def leave(world: World, state: State, unit: int, at: int) -> None:
    """The unit has been at the patient as long as it takes: it transports, is released, waits, or the call ends."""
    one = state.units[unit]
    call = one.call
    row = state.calls[call]
    if row.carrier >= 0:
        return
    waited = at - one.reached - staying(state, call, unit)
    if is_released(state, call, unit) and not one.working and not is_wanted(world, state, call, unit):
        after = successor(world, state, call, unit)
        if after >= 0:
            row.charge = after if row.charge == unit else row.charge
            let_go(world, state, unit, 0, at)
            return
    if one.working or (waited < world.pace.wait_for_care and help_is_coming(world, state, call)):
        plan(state, at + AGAIN_MS, LEAVE, unit, one.trip)
    elif not row.carried:
        end_on_scene(world, state, call, at)
    elif one.transports:
        charge = state.units[row.charge]
        in_charge = charge.call == call and charge.status == AT_PATIENT
        row.carrier = row.charge if in_charge and charge.transports else unit
        carrier = state.units[row.carrier]
        if row.waits >= 0:
            unlist(state, call)
        wait = 0 if not in_charge or row.carrier == row.charge else world.pace.handover
        plan(state, at + wait, DEPART, row.carrier, carrier.trip)
    else:
        send_for_transport(world, state, call, at)


@compiled(lean=True, inline=True)
def send_for_transport(world: World, state: State, call: int, at: int) -> None:
    """Asks again for a unit that transports if none is on the call; who comes later takes the patient."""
    unit = state.calls[call].first
    while unit >= 0:
        if state.units[unit].transports:
            return
        unit = state.units[unit].following
    plan(state, at, CHOOSE, call, 0)


@compiled(lean=True, inline=True)
def destination(world: World, state: State, call: int, at: int) -> int:
    """The facility by the rule of `dispatch.choose_destination`, -1 if none can be reached. Ties: the first."""
    row = state.calls[call]
    wanted = world.types[row.type].wanted
    any_open, capable_open, factor = False, False, factor_at(world, 0, at)
    for place in range(state.facilities.shape[0]):
        way = road_ms(world, row.node, state.facilities[place].node, factor)
        if state.facilities[place].open and way < NEVER_MS:
            any_open = True
            capable_open = capable_open or world.treats[wanted, place]
    aside = not any_open or (world.sets_aside[wanted] and not capable_open)
    nearest, nearest_ms, capable, capable_ms = -1, NEVER_MS, -1, NEVER_MS
    for place in range(state.facilities.shape[0]):
        if not (state.facilities[place].open or aside):
            continue
        way = road_ms(world, row.node, state.facilities[place].node, factor)
        if way < nearest_ms:
            nearest, nearest_ms = place, way
        if world.treats[wanted, place] and way < capable_ms:
            capable, capable_ms = place, way
    if capable >= 0 and capable_ms - nearest_ms <= world.rules.bypass_ms:
        return capable
    return nearest


@compiled(lean=True, inline=True)
def depart(world: World, state: State, carrier: int, at: int) -> None:
    """The patient leaves; who is in charge rides along where the carrying crew may not leave with the patient alone."""
    one = state.units[carrier]
    call = one.call
    row = state.calls[call]
    kind = world.types[row.type]
    place = destination(world, state, call, at)
    if place < 0:
        row.carrier = -1
        end_on_scene(world, state, call, at)
        return
    charge = state.units[row.charge]
    beside = row.charge != carrier and charge.call == call and charge.status == AT_PATIENT
    if beside and not may_attend(world.attending, world.running, state.done, call, one.cap):
        row.rider = row.charge
    tells = kind.parting & ~kind.carry & world.does[one.cap, row.type]
    carried = (kind.carry & could(world, state, call, carrier) | tells) & row.mask & ~row.met
    for other in range(kind.needs):
        if carried >> other & 1:
            meet(state, call, carrier, other, at)
    drive(world, one, state.facilities[place].node, factor_at(world, 0, at), at)
    one.status, row.facility, row.departed = TRANSPORTING, place, at
    note(state, at, T_TRANSPORTING, call, carrier, place)
    plan(state, one.arrive, AT_FACILITY, carrier, one.trip)
    unit = row.first
    while unit >= 0:
        other_one = state.units[unit]
        after = other_one.following
        if unit == row.rider:
            other_one.status = RIDING
            note(state, at, T_RIDES, call, unit, carrier)
        elif unit != carrier:
            let_go(world, state, unit, lasting(state, call, unit, CLEAR, world.pace.clear), at)
        unit = after


@compiled(lean=True, inline=True)
def at_facility(world: World, state: State, unit: int, at: int) -> None:
    """The carrier is there; the rider's vehicle has followed."""
    one = state.units[unit]
    row = state.calls[one.call]
    one.status = AT_DESTINATION
    if row.rider >= 0:
        drive(world, state.units[row.rider], one.goal, factor_at(world, 0, row.departed), row.departed)
    note(state, at, T_AT_DESTINATION, one.call, unit, row.facility)
    plan(state, at + lasting(state, one.call, unit, OFFLOAD, row.offload), TRANSFER, unit, one.trip)


@compiled(lean=True, inline=True)
def transfer(world: World, state: State, unit: int, at: int) -> None:
    """The facility has taken the patient over; carrier and rider make ready."""
    one = state.units[unit]
    row = state.calls[one.call]
    one.status = TRANSFERRED
    note(state, at, T_TRANSFERRED, one.call, unit, row.facility)
    if row.rider >= 0:
        wait = lasting(state, one.call, row.rider, TURNAROUND, world.pace.turnaround)
        plan(state, at + wait, FREE, row.rider, state.units[row.rider].trip)
    wait = lasting(state, one.call, unit, TURNAROUND, world.pace.turnaround)
    plan(state, at + wait, FREE, unit, one.trip)


@compiled(lean=True, inner=True)
def end_on_scene(world: World, state: State, call: int, at: int) -> None:
    """The patient stays: everybody is free."""
    row = state.calls[call]
    row.carrier = row.first  # nobody is sent any more
    if row.waits >= 0:
        unlist(state, call)
    unit = row.first
    while unit >= 0:
        after = state.units[unit].following
        let_go(world, state, unit, 0, at)
        unit = after


@compiled(lean=True, inner=True)
def let_go(world: World, state: State, unit: int, after: int, at: int) -> None:
    """A unit that goes to no facility is clear after so long, and what it used up is replaced."""
    one = state.units[unit]
    after += world.pace.restock if one.used else 0
    if after == 0:
        free(world, state, unit, at)
        return
    if one.used:  # it does nothing more for the patient; one on its way drives on until it hears
        one.working = 0
        one.trip += 1
    plan(state, at + after, FREE, unit, one.trip)


@compiled(lean=True, inner=True)
def free(world: World, state: State, unit: int, at: int) -> None:
    """A unit is clear or cancelled: it drives home, changes its crew if that is due, and may be sent at once."""
    one = state.units[unit]
    call = one.call
    row = state.calls[call]
    note(state, at, T_CANCELLED if one.status < ON_SCENE else T_CLEAR, call, unit, 0)
    one.busy_ms += counted_ms(state, one.assigned, at)
    leave_call(state, unit)
    if row.first < 0 and row.carrier >= 0:
        row.closed, row.end = at, TRANSPORTED if row.departed >= 0 else ON_SCENE_END
        note(state, at, T_CLOSED, call, -1, row.end)
    elif row.closed < 0:
        update_waiting(world, state, call)
    drive(world, one, one.post, factor_at(world, 0, at), at)
    one.waits = one.own
    change_crew(state, unit, at)
    plan(state, at, SERVE, unit, 0)
