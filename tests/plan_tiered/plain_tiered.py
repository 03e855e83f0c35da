"""The tiered service in plain Python, written to be read: the same rules, and the live service's own functions.

Units are chosen by `dispatch.choose`, cancelled by `dispatch.propose_cancellations`, facilities chosen by
`dispatch.choose_destination`, ways found by `TravelTimes.path`: what the compiled kernel must agree with.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import deque
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from sixpoint.care import asks_first, load_pathways
from sixpoint.dispatch import (
    CallUnderway,
    Candidate,
    FacilityOption,
    WaitingUnit,
    choose,
    choose_destination,
    propose_cancellations,
    propose_divert,
    propose_moves,
    propose_replacement,
)
from sixpoint.dispatch.needs import ACUITIES
from sixpoint.ops import CoverTable
from sixpoint.ops.decide.passing import ALERT_SKILL
from sixpoint.plan.cover_table import bundled_cover_table
from sixpoint.plan.pace import RUNNING
from sixpoint.plan.tiered import words as w
from sixpoint.plan.tiered.model import Service
from sixpoint.plan.tiered.shapes import CLEAR, OFFLOAD, ON_SCENE_FOR, RELEASED, TURNAROUND, TURNOUT, Times, no_times
from sixpoint.region import Region
from sixpoint.road import TravelTimes
from sixpoint.road.oracle import oracle_path

AGAIN_MS = 60_000


class PlainUnit:
    def __init__(self, place: int, row: Any, unit_id: str) -> None:
        self.place, self.id = place, unit_id
        self.post, self.turnout, self.transports = int(row["post"]), int(row["turnout"]), bool(row["transports"])
        self.mutual_aid, self.paced_as = bool(row["mutual_aid"]), int(row["paced_as"])
        self.way = [(self.post, 0)]  # nodes and nanoseconds since the start
        self.leave = self.arrive = 0
        self.factor = 1.0
        self.cap, self.hands = 0, 0
        self.wanted = (0, 0)
        self.call: PlainCall | None = None
        self.status, self.trip, self.assigned, self.reached, self.working = w.IDLE, 0, 0, 0, False
        self.used = False
        self.own = self.waits = int(row["own"])
        self.movable = bool(row["movable"])
        self.owed = self.break_until = 0


class PlainCall:
    def __init__(self, place: int, row: Any, kind: Any) -> None:
        self.place, self.kind = place, kind
        self.at, self.node, self.on_scene = int(row["at"]), int(row["node"]), int(row["on_scene"])
        self.to_patient, self.offload, self.safe_at = int(row["to_patient"]), int(row["offload"]), int(row["safe_at"])
        self.carried = bool(row["carried"])
        self.real = {bit for bit in range(len(kind.needs)) if int(row["mask"]) >> bit & 1}
        self.met: dict[int, tuple[int, int]] = {}
        self.skills: set[str] = set()
        self.units: list[PlainUnit] = []
        self.carrier: PlainUnit | None = None
        self.charge: PlainUnit | None = None
        self.rider: PlainUnit | None = None
        self.facility = -1
        self.seen = self.departed = self.over = False
        self.end = 0


class PlainService:
    def __init__(self, service: Service, region: Region, calls: Any, times: Times | None = None) -> None:
        self.service, self.region, self.pathways = service, region, load_pathways()
        self.pace, self.policy = service.world.pace, service.policy
        self.index = {skill.id: skill.index for skill in service.rules.skills}
        self.category_ms = {skill.id: int(service.world.care_ms[skill.index]) for skill in service.rules.skills}
        self.units = [PlainUnit(n, row, service.unit_ids[n]) for n, row in enumerate(service.units)]
        types = service.types
        self.calls = [PlainCall(n, row, types[types.codes[row["type"]]]) for n, row in enumerate(calls)]
        self.open = [bool(row["open"]) for row in service.facilities]
        self.waiting: set[int] = set()
        self.agenda: list[tuple[int, int, int, Any]] = []
        self.planned = 0
        self.trace: list[tuple[int, int, int, int, int]] = []
        self.now = 0
        self.cover: CoverTable | None = None
        if self.policy.move_up:
            self.cover = bundled_cover_table(region, types, self.policy, TravelTimes(region.network))
        self.times = times or no_times(len(calls), int(service.units["paced_as"].max()) + 1)

    def run(self) -> None:
        self.roster = deque(self.service.world.roster.tolist())
        self.diversions = deque(self.service.world.diversions.tolist())
        self.coming = deque(self.calls)
        if self.roster:
            self.plan(self.roster[0][0], w.CREW_CHANGE, self.sign)
        if self.diversions:
            self.plan(self.diversions[0][0], w.DIVERSION_CHANGE, self.divert)
        if self.coming:
            self.plan(self.coming[0].at, w.RING, self.ring)
        self.breaks = deque(self.service.world.breaks.tolist())
        if self.breaks:
            self.plan(self.breaks[0][0], w.BREAK_DUE, self.rest)
        while self.agenda:
            self.now, _, _, action = heapq.heappop(self.agenda)
            action()

    def plan(self, at: int, kind: int, action: Any) -> None:
        heapq.heappush(self.agenda, (at, kind, self.planned, action))
        self.planned += 1

    def for_unit(self, after: int, kind: int, action: Any, unit: PlainUnit, *more: Any) -> None:
        trip = unit.trip
        self.plan(self.now + after, kind, lambda: action(unit, *more) if unit.trip == trip else None)

    def note(self, word: int, call: PlainCall | None, unit: int, detail: int = 0) -> None:
        self.trace.append((self.now, word, -1 if call is None else call.place, unit, detail))

    # Roads

    def path(self, start: int, goal: int) -> list[tuple[int, int]]:
        world = self.service.world
        nodes, at_ns = oracle_path(world.oracle, world.first_arc, world.head, world.arc_ns, start, goal)
        return list(zip(nodes.tolist(), at_ns.tolist(), strict=True))

    def place_of(self, unit: PlainUnit) -> tuple[int, int]:
        """The node a unit stands at or comes to next, and in how many milliseconds."""
        if self.now >= unit.arrive:
            return unit.way[-1][0], 0
        if self.now <= unit.leave:
            return unit.way[0][0], unit.leave - self.now
        gone_ns = (self.now - unit.leave) * 1e6 / unit.factor
        place = min(bisect_left([ns for _, ns in unit.way], gone_ns), len(unit.way) - 1)
        node, ns = unit.way[place]
        return node, max(0, unit.leave + int(ns * unit.factor / 1e6 + 0.5) - self.now)

    def road_ms(self, start: int, goal: int, factor: float) -> int:
        return int(self.path(start, goal)[-1][1] * factor / 1e6 + 0.5)

    def drive(self, unit: PlainUnit, goal: int, factor: float) -> None:
        start, ahead = self.place_of(unit)
        unit.way = self.path(start, goal)
        unit.leave, unit.factor = self.now + ahead, factor
        unit.arrive = unit.leave + int(unit.way[-1][1] * factor / 1e6 + 0.5)

    def factor(self, call: PlainCall | None, at: int | None = None) -> float:
        """By the speeds of the live service, at the instant that a leg begins or an estimate is made."""
        lights = call is not None and call.kind.acuity in self.policy.lights_and_sirens
        begins = self.region.starts_at + timedelta(milliseconds=self.now if at is None else at)
        return self.region.road_factor(lights, begins)

    # Whom to send

    def may(self, unit: PlainUnit, need: Any, standing: bool = False) -> list[str]:
        known = self.service.capabilities[unit.cap]
        bits = known[0] if standing else known[0] | known[1]
        return [skill for skill in need.any_of if skill in self.index and bits >> self.index[skill] & 1]

    def can(self, unit: PlainUnit, call: PlainCall, need: Any, standing: bool = False) -> list[str]:
        """Of what it may do, that for which it may also look at what the pathways want to be known first."""
        known = self.service.capabilities[unit.cap][0]
        able = {skill for skill, at in self.index.items() if known >> at & 1}
        looks = {skill: asks_first(self.pathways, call.kind.code, skill) for skill in self.may(unit, need, standing)}
        return [skill for skill, first in looks.items() if first <= able]

    def candidate(self, unit: PlainUnit, eta: int) -> Candidate:
        standing, order = self.service.capabilities[unit.cap]
        return Candidate(
            unit_id=unit.id, standing=standing, with_order=order | standing, can_transport=unit.transports,
            eta_s=eta / 1000, hands=unit.hands, mutual_aid=unit.mutual_aid,
        )  # fmt: skip

    def open_needs(self, call: PlainCall) -> list[int]:
        found = []
        for bit, need in enumerate(call.kind.needs):
            if call.seen and (bit in call.met or bit not in call.real):
                continue
            able = [unit for unit in call.units if self.may(unit, need)]
            can = any(unit.transports or not need.transporting for unit in able)
            if not can or sum(unit.hands for unit in able) < need.hands:
                found.append(bit)
        return found

    def to_call(self, unit: PlainUnit, call: PlainCall) -> int:
        node, ahead = self.place_of(unit)
        return ahead + self.road_ms(node, call.node, self.factor(call))

    def send(self, call: PlainCall) -> int:
        wanted = self.open_needs(call)
        needs = tuple(call.kind.needs[bit] for bit in wanted)
        sent = (
            choose(replace(call.kind, needs=needs), self.free_for(call), self.index, self.policy).sent if needs else ()
        )
        chosen = {one.unit_id: one.eta_s for one in sent}
        for unit in self.units:
            if unit.id in chosen:
                self.assign(call, unit, chosen[unit.id])
        if not chosen and (needs or not call.units):
            self.note(w.T_QUEUED, call, -1, sum(1 << bit for bit in wanted))
        self.look(call)
        return len(chosen)

    def free_for(self, call: PlainCall) -> list[Candidate]:
        return [self.seen(unit, call) for unit in self.units if unit.status == w.IDLE and unit.hands]

    def assign(self, call: PlainCall, unit: PlainUnit, eta_s: float) -> None:
        call.units = sorted([*call.units, unit], key=lambda one: one.place)
        unit.call, unit.status, unit.assigned, unit.working, unit.used = call, w.ASSIGNED, self.now, False, False
        unit.trip += 1
        self.note(w.T_ASSIGNED, call, unit.place, round(1000 * eta_s))
        turnout = self.lasting(call, unit, TURNOUT, unit.turnout)
        wait = turnout if self.now >= unit.arrive else self.pace.starting
        self.for_unit(self.pace.notify + wait, w.SET_OUT, self.set_out, unit)

    # Units that change calls under way

    def acuity(self, call: PlainCall) -> tuple[int, int]:
        """The gravest first, then the oldest."""
        return ACUITIES.index(call.kind.acuity), call.place

    def underway(self, call: PlainCall) -> CallUnderway:
        """The call as live dispatch sees it: what is not settled, who is on it, who is free."""
        needs = call.kind.needs
        if call.seen:
            needs = tuple(need for bit, need in enumerate(needs) if bit in call.real and bit not in call.met)
        coming = tuple(self.seen(unit, call) for unit in call.units)
        there = frozenset(unit.id for unit in call.units if unit.status >= w.ON_SCENE)
        return CallUnderway(str(call.place), replace(call.kind, needs=needs), coming, there, tuple(self.free_for(call)))

    def divert_to(self, call: PlainCall) -> None:
        grave = self.acuity(call)[0]
        busy = [one for one in self.units if w.ASSIGNED <= one.status <= w.STAGED and self.acuity(one.call)[0] > grave]
        here = self.underway(call)
        pairs = [(self.seen(one, call), self.underway(one.call)) for one in busy]
        free = (*here.coming, *here.free)
        found = propose_divert(here.call_type, here.call_id, free, pairs, self.index, self.policy)
        if found is None:
            return
        unit = next(one for one in busy if one.id == found.unit_id)
        seen, left = self.seen(unit, call), unit.call
        self.note(w.T_DIVERTED, call, unit.place, left.place)
        self.note(w.T_CANCELLED, left, unit.place)
        left.units.remove(unit)
        unit.call = None
        self.assign(call, unit, seen.eta_s)
        self.look(call)
        if not left.departed:
            self.send(left)

    def take_place(self, unit: PlainUnit) -> None:
        coming = [one.call for one in self.units if w.ASSIGNED <= one.status <= w.STAGED]
        for call in sorted({one.place: one for one in coming if not one.departed}.values(), key=self.acuity):
            freed = self.seen(unit, call)
            found = propose_replacement(self.underway(call), freed, self.index, self.policy)
            if found is not None:
                (released,) = (one for one in call.units if (one.id,) == found.effects[0].releases)
                self.note(w.T_REPLACES, call, unit.place, released.place)
                self.free(released)
                self.assign(call, unit, freed.eta_s)
                self.look(call)
                return

    def look(self, call: PlainCall) -> None:
        waits = not call.over and call.carrier is None and bool(self.open_needs(call))
        (self.waiting.add if waits else self.waiting.discard)(call.place)

    def helps(self, unit: PlainUnit, call: PlainCall) -> bool:
        needs = [call.kind.needs[bit] for bit in self.open_needs(call)]
        return any(self.may(unit, need) and (unit.transports or not need.transporting) for need in needs)

    def serve_waiting(self, unit: PlainUnit) -> None:
        self.serve_those_that_wait(unit)
        if unit.status == w.IDLE and unit.hands:
            self.take_place(unit)
        self.move_up()

    def serve_those_that_wait(self, unit: PlainUnit) -> None:
        tried = (-1, -1)
        while unit.status == w.IDLE and unit.hands:
            keys = [(int(self.service.world.types["acuity"][self.type_of(n)]), n) for n in self.waiting]
            keys = sorted(key for key in keys if key > tried and self.helps(unit, self.calls[key[1]]))
            if not keys:
                return
            tried = keys[0]
            self.send(self.calls[tried[1]])
            self.divert_to(self.calls[tried[1]])

    def type_of(self, call: int) -> int:
        return self.service.types.codes.index(self.calls[call].kind.code)

    # What happens

    def ring(self) -> None:
        call = self.coming.popleft()
        self.note(w.T_REPORTED, call, -1)
        taking = int(self.times.taking[call.place])
        self.plan(self.now + (self.pace.call_taking if taking < 0 else taking), w.CHOOSE, lambda: self.choose(call))
        if self.coming:
            self.plan(self.coming[0].at, w.RING, self.ring)

    def choose(self, call: PlainCall) -> None:
        if call.over or call.carrier is not None:
            return
        self.send(call)
        self.divert_to(call)
        if not call.units and self.pace.loses:
            call.over, call.end = True, w.LOST
            self.waiting.discard(call.place)
            self.note(w.T_CLOSED, call, -1, w.LOST)
        self.move_up()

    def sign(self) -> None:
        _, place, cap, hands = self.roster.popleft()
        unit = self.units[place]
        unit.wanted = (cap, hands)
        if self.roster:
            self.plan(self.roster[0][0], w.CREW_CHANGE, self.sign)
        if unit.status == w.IDLE:
            self.relieve(unit)

    def relieve(self, unit: PlainUnit) -> None:
        if self.change_crew(unit) and unit.hands and unit.waits != unit.own:
            self.go_to(unit, unit.own)
        self.plan(self.now, w.SERVE, lambda: self.serve_waiting(unit))

    def change_crew(self, unit: PlainUnit) -> bool:
        """The crew that the shifts want, or nobody during a break; a break that is due begins."""
        if not unit.wanted[1]:
            unit.owed = 0
        if unit.owed:
            unit.break_until = max(self.now, unit.break_until) + unit.owed
            unit.owed = 0
            self.plan(unit.break_until, w.BREAK_OVER, lambda: self.resume(unit))
        wanted = (0, 0) if self.now < unit.break_until else unit.wanted
        if (unit.cap, unit.hands) == wanted:
            return False
        unit.cap, unit.hands = wanted
        self.note(w.T_CREW, None, unit.place, unit.hands)
        return True

    def rest(self) -> None:
        _, place, length = self.breaks.popleft()
        unit = self.units[place]
        if unit.wanted[1]:
            unit.owed += length
        if self.breaks:
            self.plan(self.breaks[0][0], w.BREAK_DUE, self.rest)
        if unit.status == w.IDLE:
            self.change_crew(unit)

    def resume(self, unit: PlainUnit) -> None:
        if self.now >= unit.break_until:
            self.relieve(unit)

    # Free units that move between posts

    def go_to(self, unit: PlainUnit, post: int) -> None:
        self.drive(unit, self.post_node(post), self.factor(None))
        unit.waits = post
        self.note(w.T_MOVED, None, unit.place, unit.arrive * w.POSTS + post)

    def post_node(self, post: int) -> int:
        return list(self.region.posts.values())[post].node

    def move_up(self) -> None:
        """As `ops.decide.moves` proposes: who is too far from the goal where it is now is left out, then again."""
        if self.cover is None:
            return
        free = [one for one in self.units if one.status == w.IDLE and one.hands]
        by_id = {one.id: one for one in free}
        waiting = [
            WaitingUnit(one.id, self.service.capabilities[one.cap][0], one.transports, one.waits) for one in free
        ]
        movable = {one.id for one in free if one.movable}
        kinds = [post.kind for post in self.region.posts.values()]
        goals = [row for row, kind in enumerate(kinds) if kind in self.policy.move_up_post_kinds]
        while True:
            moves = propose_moves(
                self.cover.cover, waiting, goals, least_gain=self.policy.move_up_least_gain,
                longest_s=self.policy.move_up_longest_s, travel_s=self.cover.between_s,
                most=self.policy.move_up_most, movable=movable,
            )  # fmt: skip
            longest_s = self.policy.move_up_longest_s
            far = {one.unit_id for one in moves if self.to_post_s(by_id[one.unit_id], one.to_post) > longest_s}
            if not far:
                break
            movable -= far
        for move in moves:
            self.go_to(by_id[move.unit_id], move.to_post)

    def to_post_s(self, unit: PlainUnit, post: int) -> float:
        node, ahead = self.place_of(unit)
        return (ahead + self.road_ms(node, self.post_node(post), self.factor(None))) / 1000

    def divert(self) -> None:
        _, place, is_open = self.diversions.popleft()
        self.open[place] = bool(is_open)
        self.note(w.T_DIVERSION, None, place, is_open)
        if self.diversions:
            self.plan(self.diversions[0][0], w.DIVERSION_CHANGE, self.divert)

    def set_out(self, unit: PlainUnit) -> None:
        call = unit.call
        self.drive(unit, call.node, self.factor(call))
        unit.status = w.EN_ROUTE
        self.note(w.T_EN_ROUTE, call, unit.place)
        self.for_unit(unit.arrive - self.now, w.ARRIVE, self.arrive, unit)

    def arrive(self, unit: PlainUnit) -> None:
        call = unit.call
        if self.now < call.safe_at:
            unit.status = w.STAGED
            self.note(w.T_STAGED, call, unit.place)
            self.for_unit(call.safe_at - self.now, w.ARRIVE, self.arrive, unit)
            return
        unit.status = w.ON_SCENE
        self.note(w.T_ON_SCENE, call, unit.place)
        self.for_unit(call.to_patient, w.REACH, self.reach, unit)

    def reach(self, unit: PlainUnit) -> None:
        call = unit.call
        if call.carrier is not None:
            self.free(unit)
            return
        unit.status, unit.reached, call.seen = w.AT_PATIENT, self.now, True
        if call.charge is None or self.reach_of(unit) > self.reach_of(call.charge):
            call.charge = unit
        self.note(w.T_AT_PATIENT, call, unit.place)
        self.work(unit)
        unneeded = self.unneeded(call)
        self.for_unit(self.staying(call, unit), w.LEAVE, self.leave, unit)
        self.look(call)
        for other in [one for one in call.units if one.id in unneeded]:
            self.free(other)

    def reach_of(self, unit: PlainUnit) -> int:
        standing, order = self.service.capabilities[unit.cap]
        return (standing | order).bit_count()

    def seen(self, unit: PlainUnit, call: PlainCall) -> Candidate:
        """The unit as the call sees it: when it would be there is as `ops.decide.sight` counts it."""
        return self.candidate(unit, self.arrival(unit, call))

    def arrival(self, unit: PlainUnit, call: PlainCall) -> int:
        if unit.call is call and unit.status == w.EN_ROUTE:
            return max(0, unit.arrive - self.now)
        if unit.call is call and unit.status > w.EN_ROUTE:
            return 0
        eta = self.to_call(unit, call)
        if unit.status == w.IDLE and self.now >= unit.arrive:
            eta += unit.turnout
        if unit.status == w.ASSIGNED and self.now >= unit.arrive:
            notified = unit.assigned + self.pace.notify
            eta += max(0, unit.turnout - (self.now - (notified if self.now >= notified else unit.assigned)))
        return eta

    def unneeded(self, call: PlainCall) -> set[str]:
        coming = tuple(self.seen(unit, call) for unit in call.units)
        there = frozenset(unit.id for unit in call.units if unit.status >= w.ON_SCENE)
        underway = CallUnderway("c", call.kind, coming, there, ())
        needless = [need.order for bit, need in enumerate(call.kind.needs) if bit not in call.real or bit in call.met]
        found = propose_cancellations(underway, self.index, self.policy, not_needed=needless)
        return {one.unit_id for one in found}

    def hands_at_patient(self, call: PlainCall, need: Any) -> int:
        return sum(one.hands for one in call.units if one.status == w.AT_PATIENT and self.may(one, need))

    def work(self, unit: PlainUnit) -> None:
        call = unit.call
        unit.working = False
        if call.departed and call.carrier is not unit:
            return
        for bit, need in enumerate(call.kind.needs):
            if self.is_parting(need) or bit in call.met or bit not in call.real or not self.can(unit, call, need):
                continue
            if need.hands > 1 and self.hands_at_patient(call, need) < need.hands:
                continue
            standing = self.can(unit, call, need, standing=True)
            if standing:
                self.perform(unit, bit, standing[0])
            else:
                unit.working = True
                self.note(w.T_ORDER_ASKED, call, unit.place, bit)
                self.for_unit(self.service.world.rules.order_delay_ms, w.ORDERED, self.ordered, unit, bit)
            return

    def perform(self, unit: PlainUnit, bit: int, skill: str) -> None:
        call = unit.call
        call.skills.add(skill)
        self.note(w.T_PERFORMED, call, unit.place, self.index[skill])
        for other, need in enumerate(call.kind.needs):
            alike = skill in need.any_of and not need.transporting
            enough = need.hands <= 1 or self.hands_at_patient(call, need) >= need.hands
            if (alike or other == bit) and enough and other in call.real and other not in call.met:
                self.meet(call, unit, other)
        unit.working = unit.used = True
        self.for_unit(self.category_ms[skill], w.WORK, self.work, unit)

    def meet(self, call: PlainCall, unit: PlainUnit, bit: int) -> None:
        assert bit not in call.met
        call.met[bit] = (self.now, unit.place)
        self.note(w.T_NEED_MET, call, unit.place, bit)

    def ordered(self, unit: PlainUnit, bit: int) -> None:
        call, need = unit.call, unit.call.kind.needs[bit]
        skills = self.can(unit, call, need)
        gone = call.departed and call.carrier is not unit
        short = need.hands > 1 and self.hands_at_patient(call, need) < need.hands
        if not gone and bit not in call.met and skills and not short:
            self.perform(unit, bit, skills[0])
        else:
            self.work(unit)

    def leave(self, unit: PlainUnit) -> None:
        call = unit.call
        if call.carrier is not None:
            return
        waited = self.now - unit.reached - self.staying(call, unit)
        if self.is_released(call, unit) and not unit.working and not self.is_wanted(call, unit):
            there = [one for one in call.units if one is not unit and one.status == w.AT_PATIENT]
            least = self.reach_of(unit) if call.charge is unit else 0
            able = [one for one in there if self.reach_of(one) >= least]
            if able:
                if call.charge is unit:
                    call.charge = max(able, key=self.reach_of)
                self.let_go(unit)
                return
        if unit.working or (waited < self.pace.wait_for_care and self.help_is_coming(call)):
            self.for_unit(AGAIN_MS, w.LEAVE, self.leave, unit)
        elif not call.carried:
            self.end_on_scene(call)
        elif unit.transports:
            charge = call.charge
            there = charge.call is call and charge.status == w.AT_PATIENT
            call.carrier = charge if there and charge.transports else unit
            self.waiting.discard(call.place)
            wait = 0 if not there or call.carrier is charge else self.pace.handover
            self.for_unit(wait, w.DEPART, self.depart, call.carrier)
        elif not any(one.transports for one in call.units):
            self.plan(self.now, w.CHOOSE, lambda: self.choose(call))

    def lasting(self, call: PlainCall, unit: PlainUnit, step: int, otherwise: int) -> int:
        drawn = int(self.times.by_kind[call.place, unit.paced_as, step])
        return otherwise if drawn < 0 else drawn

    def is_released(self, call: PlainCall, unit: PlainUnit) -> bool:
        return not (call.carried and unit.transports) and self.lasting(call, unit, RELEASED, -1) >= 0

    def staying(self, call: PlainCall, unit: PlainUnit) -> int:
        drawn = self.lasting(call, unit, RELEASED if self.is_released(call, unit) else ON_SCENE_FOR, -1)
        return call.on_scene if drawn < 0 else max(0, drawn - call.to_patient)

    def is_wanted(self, call: PlainCall, unit: PlainUnit) -> bool:
        real = [need for bit, need in enumerate(call.kind.needs) if bit in call.real and bit not in call.met]
        return any(self.can(unit, call, need) for need in real if not self.is_parting(need))

    def help_is_coming(self, call: PlainCall) -> bool:
        wanted = [
            need
            for bit, need in enumerate(call.kind.needs)
            if bit in call.real and bit not in call.met and not self.is_parting(need)
        ]
        coming = [one for one in call.units if one.status <= w.ON_SCENE]
        return any(self.can(one, call, need) for one in coming for need in wanted)

    def depart(self, unit: PlainUnit) -> None:
        call = unit.call
        options = [
            FacilityOption(
                name, self.region.facilities[name].capabilities, is_open,
                self.road_ms(call.node, self.region.facilities[name].node, self.factor(None)) / 1000,
                self.region.facilities[name].has_emergency_department,
            )
            for name, is_open in zip(self.service.facility_ids, self.open, strict=True)
        ]  # fmt: skip
        chosen = choose_destination(call.kind.destination, options, self.policy).facility_id
        if chosen is None:
            call.carrier = None
            self.end_on_scene(call)
            return
        charge = call.charge
        beside = charge is not unit and charge.call is call and charge.status == w.AT_PATIENT
        if beside and not self.may_leave(call, unit):
            call.rider = charge
        for bit, need in enumerate(call.kind.needs):
            able = self.may(unit, need) if need.transporting else self.can(unit, call, need)
            if able and bit in call.real and bit not in call.met and self.is_parting(need):
                self.meet(call, unit, bit)
        self.drive(unit, self.region.facilities[chosen].node, self.factor(None))
        unit.status, call.departed = w.TRANSPORTING, True
        call.facility, call.left = self.service.facility_ids.index(chosen), self.now
        self.note(w.T_TRANSPORTING, call, unit.place, call.facility)
        self.for_unit(unit.arrive - self.now, w.AT_FACILITY, self.at_facility, unit)
        for other in call.units:
            if other is call.rider:
                other.status = w.RIDING
                self.note(w.T_RIDES, call, other.place, unit.place)
            elif other is not unit:
                self.let_go(other, self.lasting(call, other, CLEAR, self.pace.clear))

    def is_parting(self, need: Any) -> bool:
        return need.transporting or ALERT_SKILL in need.any_of

    def may_leave(self, call: PlainCall, unit: PlainUnit) -> bool:
        """Somebody drives; the others keep running what runs, and one of them is of the level that is asked for."""
        rules = self.service.rules
        running = {skill for skill in call.skills if skill in RUNNING}
        held = rules.interval(self.region.starts_at).attendants
        asked = [rules.levels[rule.least].rank for rule in held if not rule.running or running & set(rule.running)]
        return any(
            all(keeps >> self.index[skill] & 1 for skill in running) and all(rank >= least for least in asked)
            for keeps, rank in self.service.ways[unit.cap]
        )

    def at_facility(self, unit: PlainUnit) -> None:
        call = unit.call
        unit.status = w.AT_DESTINATION
        if call.rider is not None:
            rider = call.rider
            rider.way, rider.leave, rider.arrive, rider.factor = unit.way, unit.leave, unit.arrive, unit.factor
        self.note(w.T_AT_DESTINATION, call, unit.place, call.facility)
        self.for_unit(self.lasting(call, unit, OFFLOAD, call.offload), w.TRANSFER, self.transfer, unit)

    def transfer(self, unit: PlainUnit) -> None:
        call = unit.call
        unit.status = w.TRANSFERRED
        self.note(w.T_TRANSFERRED, call, unit.place, call.facility)
        if call.rider is not None:
            wait = self.lasting(call, call.rider, TURNAROUND, self.pace.turnaround)
            self.for_unit(wait, w.FREE, self.free, call.rider)
        self.for_unit(self.lasting(call, unit, TURNAROUND, self.pace.turnaround), w.FREE, self.free, unit)

    def end_on_scene(self, call: PlainCall) -> None:
        call.carrier = call.units[0]
        self.waiting.discard(call.place)
        for unit in list(call.units):
            self.let_go(unit)

    def let_go(self, unit: PlainUnit, after: int = 0) -> None:
        """A unit that goes to no facility: what it used up is replaced before it is clear."""
        after += self.pace.restock if unit.used else 0
        if not after:
            self.free(unit)
            return
        if unit.used:
            unit.working = False
            unit.trip += 1
        self.for_unit(after, w.FREE, self.free, unit)

    def free(self, unit: PlainUnit) -> None:
        call = unit.call
        self.note(w.T_CANCELLED if unit.status < w.ON_SCENE else w.T_CLEAR, call, unit.place)
        call.units = [one for one in call.units if one is not unit]
        unit.call, unit.status, unit.working = None, w.IDLE, False
        unit.trip += 1
        if not call.units and call.carrier is not None:
            call.over, call.end = True, w.TRANSPORTED if call.departed else w.ON_SCENE_END
            self.note(w.T_CLOSED, call, -1, call.end)
        elif not call.over:
            self.look(call)
        self.drive(unit, unit.post, self.factor(None))
        unit.waits = unit.own
        self.change_crew(unit)
        self.plan(self.now, w.SERVE, lambda: self.serve_waiting(unit))
