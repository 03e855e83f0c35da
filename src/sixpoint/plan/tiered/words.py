"""Numbers for what happens in the simulation, and the words for them, which are those of the live log."""

from __future__ import annotations

from typing import Final

# What is planned: the kinds of the events; among equal times the lower kind goes first, then who was planned first.
CREW_CHANGE: Final = 0
DIVERSION_CHANGE: Final = 1
TRANSFER: Final = 2
FREE: Final = 3
AT_FACILITY: Final = 4
DEPART: Final = 5
ORDERED: Final = 6
WORK: Final = 7
LEAVE: Final = 8
REACH: Final = 9
ARRIVE: Final = 10
SET_OUT: Final = 11
SERVE: Final = 12
CHOOSE: Final = 13
RING: Final = 14
BREAK_DUE: Final = 15
BREAK_OVER: Final = 16

# What a unit does.
IDLE: Final = 0
ASSIGNED: Final = 1
EN_ROUTE: Final = 2
STAGED: Final = 3
ON_SCENE: Final = 4
AT_PATIENT: Final = 5
TRANSPORTING: Final = 6
AT_DESTINATION: Final = 7
RIDING: Final = 8
TRANSFERRED: Final = 9

# What happened: rows of the trace are time, word, call, unit, detail.
TRACE_WORDS: Final = (
    "reported",  # a call came in
    "queued",  # nobody could be sent, or nobody more; detail: the needs that were looked for, as a mask
    "assigned",  # detail: the time to the call that was reckoned with, ms
    "en_route",
    "staged",
    "on_scene",
    "at_patient",
    "order_asked",  # detail: the need
    "need_met",  # detail: the need
    "rides_along",
    "transporting",  # detail: the facility
    "at_destination",
    "transferred",
    "clear",
    "cancelled",
    "crew",  # detail: hands
    "closed",  # detail: the end
    "diversion",  # detail: 1 open, 0 closed; the facility stands in the place of the unit
    "performed",  # detail: the skill, by its place in a bitset; the needs that it meets follow
    "diverted",  # to this call; detail: the call that it leaves, where it is cancelled next
    "replaces",  # detail: the unit that it replaces, which is cancelled next
    "moved",  # a free unit sets out for a post; detail: when it is there, ms, times POSTS, and the post
)
T_REPORTED, T_QUEUED, T_ASSIGNED, T_EN_ROUTE, T_STAGED, T_ON_SCENE, T_AT_PATIENT = range(7)
T_ORDER_ASKED, T_NEED_MET, T_RIDES, T_TRANSPORTING, T_AT_DESTINATION, T_TRANSFERRED = range(7, 13)
T_CLEAR, T_CANCELLED, T_CREW, T_CLOSED, T_DIVERSION, T_PERFORMED, T_DIVERTED, T_REPLACES, T_MOVED = range(13, 22)
POSTS: Final = 1 << 16  # no service has so many posts

# How a call ended.
END_WORDS: Final = ("still open at the close", "transported", "treated or assessed on scene", "lost to a neighbour")
STILL_OPEN, TRANSPORTED, ON_SCENE_END, LOST = range(4)
