"""The tiered service in plain Python, written to be read: the same rules, and the live service's own functions.

Units are chosen by `dispatch.choose`, cancelled by `dispatch.propose_cancellations`, facilities chosen by
`dispatch.choose_destination`, ways found by `TravelTimes.path`: what the compiled kernel must agree with.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import deque
from typing import Any

from msgspec.structs import replace

from sixpoint.care import asks_first, load_pathways
from sixpoint.dispatch import (
    CallUnderway,
    Candidate,
    FacilityOption,
    choose,
    choose_destination,
    propose_cancellations,
)
from sixpoint.ops.decide.passing import ALERT_SKILL
from sixpoint.plan.pace import RUNNING
from sixpoint.plan.tiered import words as w
from sixpoint.plan.tiered.model import Service
from sixpoint.plan.tiered.shapes import CLEAR, OFFLOAD, ON_SCENE_FOR, RELEASED, TURNAROUND, TURNOUT, Times, no_times
from sixpoint.region import Region
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

    def factor(self, call: PlainCall | None) -> float:
        rules = self.service.world.rules
        lights = call is not None and call.kind.acuity in self.policy.lights_and_sirens
        return rules.lights_factor if lights else rules.normal_factor

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
        free = []
        for unit in self.units:
            if unit.status == w.IDLE and unit.hands:
                turnout = unit.turnout if self.now >= unit.arrive else 0
                free.append(self.candidate(unit, self.to_call(unit, call) + turnout))
        sent = choose(replace(call.kind, needs=needs), free, self.index, self.policy).sent if needs else ()
        chosen = {one.unit_id: one.eta_s for one in sent}
        for unit in self.units:
            if unit.id in chosen:
                call.units = sorted([*call.units, unit], key=lambda one: one.place)
                unit.call, unit.status, unit.assigned, unit.working = call, w.ASSIGNED, self.now, False
                unit.trip += 1
                self.note(w.T_ASSIGNED, call, unit.place, round(1000 * chosen[unit.id]))
                turnout = self.lasting(call, unit, TURNOUT, unit.turnout)
                wait = turnout if self.now >= unit.arrive else self.pace.starting
                self.for_unit(self.pace.notify + wait, w.SET_OUT, self.set_out, unit)
        if not chosen and (needs or not call.units):
            self.note(w.T_QUEUED, call, -1, sum(1 << bit for bit in wanted))
        self.look(call)
        return len(chosen)

    def look(self, call: PlainCall) -> None:
        waits = not call.over and call.carrier is None and bool(self.open_needs(call))
        (self.waiting.add if waits else self.waiting.discard)(call.place)

    def helps(self, unit: PlainUnit, call: PlainCall) -> bool:
        needs = [call.kind.needs[bit] for bit in self.open_needs(call)]
        return any(self.may(unit, need) and (unit.transports or not need.transporting) for need in needs)

    def serve_waiting(self, unit: PlainUnit) -> None:
        tried = (-1, -1)
        while unit.status == w.IDLE and unit.hands:
            keys = [(int(self.service.world.types["acuity"][self.type_of(n)]), n) for n in self.waiting]
            keys = sorted(key for key in keys if key > tried and self.helps(unit, self.calls[key[1]]))
            if not keys:
                return
            tried = keys[0]
            self.send(self.calls[tried[1]])

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
        if self.send(call) == 0 and not call.units and self.pace.loses:
            call.over, call.end = True, w.LOST
            self.waiting.discard(call.place)
            self.note(w.T_CLOSED, call, -1, w.LOST)

    def sign(self) -> None:
        _, place, cap, hands = self.roster.popleft()
        unit = self.units[place]
        unit.wanted = (cap, hands)
        if self.roster:
            self.plan(self.roster[0][0], w.CREW_CHANGE, self.sign)
        if unit.status == w.IDLE:
            self.change_crew(unit)
            self.plan(self.now, w.SERVE, lambda: self.serve_waiting(unit))

    def change_crew(self, unit: PlainUnit) -> None:
        if (unit.cap, unit.hands) != unit.wanted:
            unit.cap, unit.hands = unit.wanted
            self.note(w.T_CREW, None, unit.place, unit.hands)

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

    def arrival(self, unit: PlainUnit) -> int:
        """When a unit will be at the call it is on: as `ops.decide.sight` counts it."""
        if unit.status == w.EN_ROUTE:
            return unit.arrive - self.now
        if unit.status != w.ASSIGNED:
            return 0
        eta = self.to_call(unit, unit.call)
        if self.now >= unit.arrive:
            notified = unit.assigned + self.pace.notify
            eta += max(0, unit.turnout - (self.now - (notified if self.now >= notified else unit.assigned)))
        return eta

    def unneeded(self, call: PlainCall) -> set[str]:
        coming = []
        for unit in call.units:
            coming.append(self.candidate(unit, self.arrival(unit)))
        there = frozenset(unit.id for unit in call.units if unit.status >= w.ON_SCENE)
        underway = CallUnderway("c", call.kind, tuple(coming), there, ())
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
        unit.working = True
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
                self.free(unit)
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
                self.for_unit(self.lasting(call, other, CLEAR, self.pace.clear), w.FREE, self.free, other)

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
        while call.units:
            self.free(call.units[0])

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
        self.change_crew(unit)
        self.plan(self.now, w.SERVE, lambda: self.serve_waiting(unit))
