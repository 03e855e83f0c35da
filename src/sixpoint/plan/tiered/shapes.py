"""The arrays of the tiered simulation: what is given, what changes, and room to work in.

Times are whole milliseconds since the start, so that a run has the same bits everywhere. Needs of one call type are
numbered from 0 in their order and stand as bits in masks. Units are in order of their ids: place is rank.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from sixpoint.dispatch.desk import CoverDesk, Desk, Question, Reach, Units, Waiting, new_cover_desk, new_desk
from sixpoint.plan.tiered.attending import Attending
from sixpoint.road import Oracle

MOST_NEEDS: Final = 24


def _whole(*names: str) -> Any:
    return np.dtype([(name, "i8") for name in names], align=True)


# fmt: off
# A unit: what it is, where it is (a leg is driven from `start` at `leave` to `goal` at `arrive`; `passed` is the node
# on it that was looked at last), who is on it, and what it does. `hands` 0: nobody is on it. `paced_as`: its place
# among the kinds of unit that `Times` are drawn for. `own` is its post as a row of the posts, `waits` the one where it
# waits or is going to; `used` is 1 once it did something for the patient; `owed` is the length of breaks that are due.
UNIT: Final = np.dtype([(name, "i8") for name in (
    "post", "turnout", "transports", "mutual_aid",
    "start", "goal", "leave", "arrive", "passed", "passed_ns",
    "cap", "hands", "wanted_cap", "wanted_hands",
    "call", "status", "trip", "assigned", "reached", "working", "following", "dropped",
    "busy_ms", "duty_ms", "duty_from", "free_from", "paced_as",
    "own", "waits", "movable", "used", "owed", "break_until",
)] + [("factor", "f8")], align=True)
# A call: what is given, and from `first` on what becomes of it; `open` are the needs that it waits for, as a mask.
CALL: Final = _whole(
    "at", "node", "type", "mask", "carried", "on_scene", "to_patient", "offload", "safe_at",
    "first", "carrier", "charge", "rider", "facility", "met", "chosen", "scene", "patient", "departed", "closed",
    "end", "waits", "open",
)
# `pure` is 1 if only scarce skills meet the need.
NEED: Final = _whole("hands", "transporting", "target", "rate_early", "rate_late", "unmet_harm", "pure")
# `carry` are the needs that only a unit that transports meets, `many` those that take several hands, `parting` those
# that are met when the patient leaves (the first, and telling the facility), as masks; `most_harm` is that of all of
# them unmet.
TYPE: Final = _whole("first_need", "needs", "acuity", "lights", "wanted", "carry", "many", "parting", "most_harm")
NO_END_MS: Final = 1 << 60
ROSTER: Final = _whole("at", "unit", "cap", "hands")
FACILITY: Final = _whole("node", "open")
DIVERSION: Final = _whole("at", "facility", "open")
BREAK: Final = _whole("at", "unit", "length")
EVENT: Final = _whole("at", "order", "kind", "who", "stamp")
# fmt: on


class Pace(NamedTuple):
    """How long things take everywhere, ms; `loses` is 1 where a call that finds no unit is lost to a neighbour."""

    call_taking: int
    notify: int
    starting: int
    handover: int
    clear: int
    turnaround: int
    wait_for_care: int
    restock: int
    loses: int


class Rules(NamedTuple):
    """The policy as whole numbers (see `dispatch.desk.Question`); gains in the kernel's units of harm."""

    order_delay_ms: int
    late_horizon_ms: int
    unit_price: int
    first_response_gain_ms: int
    scarce_gain_ms: int
    scarce_cover: int
    mutual_aid_gain_ms: int
    max_units: int
    bypass_ms: int
    divert_gain: int
    replace_gain: int
    move_up: int
    move_up_most: int
    move_up_least_gain: float
    move_up_longest_s: float


class World(NamedTuple):
    """What is given and does not change in a run."""

    types: Any  # TYPE
    needs: Any  # NEED, of all types
    any_of: Any  # uint64[needs, words]
    stands: Any  # int64[caps, needs] the skill by which a crew meets the need on a standing order, -1 for none
    orders: Any  # int64[caps, needs] the same if medical control orders it
    does: Any  # int64[caps, types] the needs of the type for which there is such a skill, as a mask
    standing: Any  # uint64[caps, words]
    with_order: Any  # uint64[caps, words]
    able: Any  # int64[caps, types] the needs of the type that people of the capability may meet, as a mask
    reach: Any  # int64[caps] how many skills, standing or with an order
    care_ms: Any  # int64[skills]
    running: Any  # uint64[words] what goes on until somebody takes it over
    attending: Attending
    scarce: Any  # uint64[words]
    sets_aside: Any  # int64[wanted] 1 where policy sets diversion aside
    treats: Any  # bool[wanted, facilities]; wanted 0 is "any"
    roster: Any  # ROSTER in order of time
    diversions: Any  # DIVERSION in order of time
    breaks: Any  # BREAK in order of time
    cover: Reach
    holds: Any  # int64[caps, 2] the classes of cover for which a crew counts in a unit that does not transport, or does
    post_node: Any  # int64[posts]
    goals: Any  # bool[posts] where units may be moved to
    between_s: Any  # float64[posts, posts]
    first_arc: Any
    head: Any
    arc_ns: Any
    oracle: Oracle
    place_of: Any  # int64[nodes] the row of a post or facility in the tables below, -1 for other nodes
    from_ns: Any  # int64[nodes, places] from each post and facility to each node; without rows if it would be too large
    to_ns: Any  # int64[nodes, places] from each node to each post and facility
    way_out: Any  # int32[places, nodes] the first arc of the way from each node to each post and facility
    factors: Any  # float64[2, hours] what free-flow times are multiplied by, with lights and without
    pace: Pace
    rules: Rules


# Steps whose length may be drawn for each call and kind of unit, ms: from notice to setting out; on scene until a unit
# that carries leaves; on scene until another one is released; at the facility until hand-over; from there, and from
# the scene when the patient has left, until it is clear.
TURNOUT, ON_SCENE_FOR, RELEASED, OFFLOAD, TURNAROUND, CLEAR = range(6)
STEPS: Final = 6


class Times(NamedTuple):
    """What was drawn for each call; -1 where the call, the unit or the pace says how long it takes."""

    taking: Any  # int64[calls] from the ring to the choice
    by_kind: Any  # int64[calls, kinds of unit, STEPS]


class State(NamedTuple):
    """What changes in a run; `count`: events waiting, sequence, calls waiting, trace rows, events done, trace lost,
    and until when time on duty and on calls is counted, ms."""

    units: Any  # UNIT
    calls: Any  # CALL
    times: Times
    facilities: Any  # FACILITY
    met_ms: Any  # int64[calls, MOST_NEEDS], -1 for never
    met_by: Any  # int64[calls, MOST_NEEDS]
    done: Any  # uint64[calls, words]
    heap: Any  # EVENT
    waiting: Any  # int64[calls]
    trace: Any  # int64[rows, 5]
    count: Any  # int64[7]


class Table(NamedTuple):
    """Room for a choice: what is asked, who could go, and the desk of the kernel that chooses."""

    place: Any  # int64[units] the unit at each place of `asked`
    eta: Any  # int64[units] when it would be at the patient
    ends: Any  # int64[groups + 1] where each group of `reassigning.lay_table` ends in `asked`; how many needs
    fresh: Any  # int64[2] how many units and needs the last choice was made on, if its call had no unit; else -1
    taken: Any  # bool[units] what another call has taken already
    room: Any  # bool[units]
    harm: Any  # int64[units]
    busy: Any  # int64[units] units that could be diverted
    busy_eta: Any  # int64[units]
    gain: Any  # int64[units]
    calls: Any  # int64[units] calls with a unit on its way
    question: Question
    asked: Units
    desk: Desk
    waiting: Waiting
    cover: CoverDesk


def new_table(world: World, units: int) -> Table:
    """Room for choices among so many units."""
    words, n = world.any_of.shape[1], units

    def whole(*shape: int) -> Any:
        return np.zeros(shape, np.int64)

    rules = world.rules
    question = Question(
        np.zeros((MOST_NEEDS, words), np.uint64), whole(MOST_NEEDS), np.zeros(MOST_NEEDS, np.bool_),
        whole(MOST_NEEDS), whole(MOST_NEEDS), whole(MOST_NEEDS), whole(MOST_NEEDS), np.zeros(words, np.uint64),
        rules.order_delay_ms, rules.late_horizon_ms, rules.unit_price, rules.first_response_gain_ms,
        rules.scarce_gain_ms, rules.scarce_cover, rules.mutual_aid_gain_ms, rules.max_units,
    )  # fmt: skip
    asked = Units(
        np.zeros((n, words), np.uint64), np.zeros((n, words), np.uint64), np.zeros(n, np.bool_), whole(n), whole(n),
        whole(n), np.zeros(n, np.bool_), np.arange(n), np.ones(n, np.bool_),
    )  # fmt: skip
    # A call may come to have more units than one choice sends; all of them are weighed when some are cancelled.
    return Table(
        whole(n), whole(n), whole(4), whole(2), np.zeros(n, np.bool_), np.zeros(n, np.bool_),
        whole(n), whole(n), whole(n), whole(n), whole(n),
        question, asked, new_desk(n, MOST_NEEDS, max(n, rules.max_units)),
        Waiting(whole(n), whole(n), np.zeros(n, np.bool_), world.goals, world.between_s),
        new_cover_desk(world.cover, n),
    )  # fmt: skip


def no_times(calls: int, kinds: int = 1) -> Times:
    """Nothing was drawn: calls, units and pace say how long everything takes."""
    return Times(np.full(calls, -1, np.int64), np.full((calls, kinds, STEPS), -1, np.int64))


def new_state(
    world: World, units: Any, calls: Any, facilities: Any, trace_rows: int, times: Times | None = None,
    until_ms: int = NO_END_MS,
) -> State:  # fmt: skip
    """A state before the first event; `units`, `calls`, `facilities` are copied. Hours are counted until `until_ms`."""
    kinds = int(units["paced_as"].max(initial=0)) + 1
    times = no_times(len(calls), kinds) if times is None else times
    assert times.by_kind.shape == (len(calls), max(kinds, times.by_kind.shape[1]), STEPS), "kernels check no bounds"
    return State(
        units=units.copy(),
        calls=calls.copy(),
        times=times,
        facilities=facilities.copy(),
        met_ms=np.full((len(calls), MOST_NEEDS), -1, np.int64),
        met_by=np.full((len(calls), MOST_NEEDS), -1, np.int64),
        done=np.zeros((len(calls), world.any_of.shape[1]), np.uint64),
        heap=np.zeros(len(calls) + 24 * len(units) + len(world.breaks) + 64, EVENT),
        waiting=np.zeros(len(calls) + 1, np.int64),
        trace=np.zeros((max(1, trace_rows), 5), np.int64),
        count=np.array([0, 0, 0, 0, 0, 0, until_ms], np.int64),
    )
