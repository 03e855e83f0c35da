"""JEMSS's rules once more, in plain Python and as simply as they can be said: what the compiled loop is held against.

Shares nothing with it but the reading of files. Roads: Dijkstra from every node that is asked about, whole graph.
"""

from __future__ import annotations

import bisect
import heapq
import math
from typing import Any

from sixpoint.plan.jemss.calls import Calls
from sixpoint.plan.jemss.city import City

FREE = {"idle", "free", "returning", "moving up"}
LOW = 2


class PlainRoads:
    """Shortest ways by Dijkstra on the whole graph, one search for each node asked about."""

    def __init__(self, city: City) -> None:
        self.out: list[list[tuple[int, list[float]]]] = [[] for _ in city.node_x]
        for arc, (tail, head) in enumerate(zip(city.tail.tolist(), city.head.tolist(), strict=True)):
            self.out[tail].append((head, city.arc_day[:, arc].tolist()))
        self.found: dict[tuple[int, int], tuple[list[float], list[int]]] = {}

    def search(self, mode: int, start: int) -> tuple[list[float], list[int]]:
        if (mode, start) not in self.found:
            day, before = [math.inf] * len(self.out), [-1] * len(self.out)
            day[start] = 0.0
            heap = [(0.0, start)]
            while heap:
                at, node = heapq.heappop(heap)
                if at > day[node]:
                    continue
                for head, days in self.out[node]:
                    if at + days[mode] < day[head]:
                        day[head], before[head] = at + days[mode], node
                        heapq.heappush(heap, (day[head], head))
            self.found[mode, start] = day, before
        return self.found[mode, start]

    def day(self, mode: int, start: int, end: int) -> float:
        return self.search(mode, start)[0][end]

    def way(self, mode: int, start: int, end: int) -> list[tuple[int, float]]:
        day, before = self.search(mode, start)
        nodes = [end]
        while nodes[-1] != start:
            nodes.append(before[nodes[-1]])
        return [(node, day[node]) for node in reversed(nodes)]


class PlainSim:
    """One run; `call` and `unit` are dictionaries, the event list is JEMSS's own sorted list."""

    def __init__(self, city: City, calls: Calls, roads: PlainRoads, rules: dict[str, Any]) -> None:
        self.city, self.roads, self.rules = city, roads, rules
        self.speed = city.off_road_km_day.tolist()
        self.stations = list(zip(city.stations.node.tolist(), city.stations.km.tolist(), strict=True))
        self.hospitals = list(zip(city.hospitals.node.tolist(), city.hospitals.km.tolist(), strict=True))
        self.start, self.modes = city.set_start.tolist(), city.mode_of.tolist()
        self.response = city.response_priority.tolist()
        places = city.attach(calls.x, calls.y)
        columns = [places.node, places.km, calls.priority, calls.arrival, calls.dispatch_delay, calls.on_scene]
        columns += [calls.transport, calls.hospital, calls.handover]
        names = ["node", "km", "priority", "arrival", "delay", "on_scene", "transport", "wanted", "handover"]
        self.calls = [
            dict(zip(names, row, strict=True), number=number, dispatched=-1.0, reached=-1.0, at_hospital=-1.0)
            | {"hospital": -1, "queued": False, "bumps": 0, "unit": -1}
            for number, row in enumerate(zip(*(column.tolist() for column in columns), strict=True))
        ]
        self.units = [
            {"number": number, "status": "idle", "station": home, "call": None, "event": None, "sent": 0.0}
            | {"route": None, "last": self.stations[home]}
            for number, home in enumerate(city.home.tolist())
        ]
        self.events: list[tuple[float, str, Any, Any]] = []
        self.times: list[float] = []
        self.queue: list[dict[str, Any]] = []
        self.now = -math.inf
        self.mobilised = 0
        self.nearest: dict[tuple[int, int], int] = {}

    def add(self, kind: str, time: float, unit: Any, what: Any, own: bool = True) -> None:
        """After all events whose time is not less: kept by rising minus time, so the next is the last."""
        place = bisect.bisect_right(self.times, -time)
        event = (time, kind, unit, what)
        self.times.insert(place, -time)
        self.events.insert(place, event)
        if unit is not None and own:
            unit["event"] = event

    def delete(self, unit: Any) -> None:
        place = next(place for place, event in enumerate(self.events) if event is unit["event"])
        del self.events[place], self.times[place]

    def mode(self, priority: int, time: float) -> int:
        place = 0
        while place + 1 < len(self.start) and self.start[place + 1] <= time:
            place += 1
        return self.modes[place][priority]

    def get_on(self, unit: Any, mode: int) -> tuple[int, float]:
        route = unit["route"]
        if route is None or route["end"] <= self.now:
            node, km = unit["last"]
            return node, km / self.speed[mode]
        if self.now <= route["on"]:
            return route["first"], route["on"] - self.now
        if self.now >= route["off"]:
            return unit["last"][0], (self.now - route["off"]) * self.speed[route["mode"]] / self.speed[mode]
        if route["way"] is None:
            route["way"] = self.roads.way(route["mode"], route["first"], unit["last"][0])
        for node, day in route["way"]:
            if route["on"] + day > self.now:
                return node, route["on"] + day - self.now
        return unit["last"][0], route["off"] - self.now

    def go(self, unit: Any, priority: int, node: int, km: float) -> float:
        mode = self.mode(priority, self.now)
        first, day = self.get_on(unit, mode)
        on = self.now + day
        off = on + self.roads.day(mode, first, node)
        end = off + km / self.speed[mode]
        unit["route"] = {"mode": mode, "on": on, "off": off, "end": end, "first": first, "way": None}
        unit["last"] = (node, km)
        return end

    def choose(self, call: Any) -> Any:
        best, chosen = math.inf, None
        travel = self.response[call["priority"]]
        expected = self.rules["expected"]
        for unit in self.units:
            wait = 0.0
            if unit["status"] in ("mobilising", "to call"):
                if not self.rules["redispatch"][unit["call"]["priority"]][call["priority"]]:
                    continue
                if unit["status"] == "mobilising":
                    wait = max(0.0, expected - (self.now - unit["sent"]))
            elif unit["status"] not in FREE:
                continue
            elif unit["status"] == "idle":
                wait = expected
            mode = self.mode(travel, self.now + wait)
            node, first = self.get_on(unit, mode)
            time = wait + self.roads.day(mode, node, call["node"]) + (first + call["km"] / self.speed[mode])
            if time < best:
                best, chosen = time, unit
        return chosen

    def run(self) -> None:
        if self.calls:
            self.add("arrives", self.calls[0]["arrival"], None, self.calls[0])
        while self.events:
            self.now, kind, unit, what = self.events.pop()
            self.times.pop()
            getattr(self, kind.replace(" ", "_"))(unit, what)

    def arrives(self, _: Any, call: Any) -> None:
        self.add("consider", self.now + call["delay"], None, call)
        if call["number"] + 1 < len(self.calls):
            following = self.calls[call["number"] + 1]
            self.add("arrives", following["arrival"], None, following)

    def consider(self, _: Any, call: Any) -> None:
        unit = self.choose(call)
        if unit is None:
            self.queue.append(call)
            # The head is the last: urgent before less urgent, early before late, later queued before earlier queued.
            self.queue.sort(key=lambda waiting: (-waiting["priority"], -waiting["arrival"]))
            call["queued"] = True
            return
        if unit["status"] in ("returning", "moving up"):
            self.delete(unit)
        elif unit["status"] in ("mobilising", "to call"):
            self.delete(unit)
            unit["call"]["bumps"] += 1
            self.add("consider", self.now, None, unit["call"])
        self.add("dispatched", self.now, unit, call)

    def dispatched(self, unit: Any, call: Any) -> None:
        unit["call"], unit["sent"] = call, self.now
        call["dispatched"], call["unit"] = self.now, unit["number"]
        if self.rules["delays"] is not None and unit["status"] in ("idle", "mobilising"):
            if unit["status"] == "idle":
                unit["ready"] = self.now + self.rules["delays"][self.mobilised % len(self.rules["delays"])]
                self.mobilised += 1
            unit["status"] = "mobilising"
            self.add("sets off", unit["ready"], unit, call)
        else:
            self.sets_off(unit, call)
        if self.rules["move_up"] == "comp_table":
            self.add("move up", self.now, unit, None, own=False)

    def sets_off(self, unit: Any, call: Any) -> None:
        end = self.go(unit, self.response[call["priority"]], call["node"], call["km"])
        unit["status"] = "to call"
        self.add("reaches", end, unit, call)

    def reaches(self, unit: Any, call: Any) -> None:
        unit["status"] = "at call"
        call["reached"] = self.now
        self.add("to hospital" if call["transport"] else "becomes free", self.now + call["on_scene"], unit, call)

    def to_hospital(self, unit: Any, call: Any) -> None:
        mode = self.mode(LOW, self.now)
        call["hospital"] = call["wanted"] if call["wanted"] >= 0 else self.nearest_hospital(mode, call["node"])
        unit["status"] = "to hospital"
        self.add("at hospital", self.go(unit, LOW, *self.hospitals[call["hospital"]]), unit, call)

    def nearest_hospital(self, mode: int, node: int) -> int:
        if (mode, node) not in self.nearest:
            days = [self.roads.day(mode, node, to) + km / self.speed[mode] for to, km in self.hospitals]
            self.nearest[mode, node] = days.index(min(days))
        return self.nearest[mode, node]

    def at_hospital(self, unit: Any, call: Any) -> None:
        unit["status"] = "at hospital"
        call["at_hospital"] = self.now
        self.add("becomes free", self.now + call["handover"], unit, call)

    def becomes_free(self, unit: Any, _: Any) -> None:
        unit["status"], unit["call"] = "free", None
        if self.queue:
            self.add("dispatched", self.now, unit, self.queue.pop())
            return
        self.add("returns", self.now, unit, None)
        if self.rules["move_up"]:
            self.add("move up", self.now, unit, None, own=False)

    def returns(self, unit: Any, _: Any) -> None:
        unit["status"] = "returning"
        self.add("home", self.go(unit, LOW, *self.stations[unit["station"]]), unit, None)

    def home(self, unit: Any, _: Any) -> None:
        unit["status"] = "idle"

    def move_up(self, unit: Any, _: Any) -> None:
        for other, station in self.wanted(unit):
            if other["station"] != station:
                if other["status"] in ("returning", "moving up", "free"):
                    self.delete(other)
                self.add("moves", self.now, other, station)

    def moves(self, unit: Any, station: int) -> None:
        unit["status"], unit["station"] = "moving up", station
        self.add("home", self.go(unit, LOW, *self.stations[station]), unit, None)

    def wanted(self, freed: Any) -> list[tuple[Any, int]]:
        movable = [unit for unit in self.units if unit["status"] in FREE]
        if self.rules["move_up"] == "comp_table":
            return self.by_comp_table(movable)
        waiting = [unit["station"] for unit in movable if unit is not freed]
        if self.rules["move_up"] == "dmexclp":
            return [(freed, self.by_coverage(waiting))]
        for station in self.rules["list"][: len(waiting) + 1]:
            if station not in waiting:
                return [(freed, station)]
            waiting.remove(station)
        raise AssertionError

    def by_comp_table(self, movable: list[Any]) -> list[tuple[Any, int]]:
        """Ties are common (two units that come by one node), so the rule for them, `assign`, is given."""
        if not movable:
            return []
        slots = self.rules["table"][len(movable) - 1]
        mode = self.mode(LOW, self.now)

        def cost(unit: Any, station: int) -> float:
            if unit["status"] == "idle" and unit["station"] == station:
                return 0.0
            node, first = self.get_on(unit, mode)
            to, km = self.stations[station]
            return first + self.roads.day(mode, node, to) + km / self.speed[mode]

        chosen = self.rules["assign"]([[cost(unit, station) for station in slots] for unit in movable])
        return [(unit, slots[slot]) for unit, slot in zip(movable, chosen, strict=True)]

    def by_coverage(self, waiting: list[int]) -> int:
        """Point by point: what one more unit at each station would win."""
        worth = [0.0] * len(self.stations)
        for priority, (points, calls_day) in enumerate(self.rules["demand"]):
            mode = self.mode(self.response[priority], self.now)
            for node, km, weight in points:
                covers = [
                    away / self.speed[mode] + self.roads.day(mode, station, node) + km / self.speed[mode]
                    <= self.rules["cover_day"][priority]
                    for station, away in self.stations
                ]
                count = sum(covers[station] for station in waiting)
                busy = self.rules["busy"]
                for station in range(len(worth)):
                    if covers[station]:
                        worth[station] += weight * busy**count * (1 - busy) * calls_day
        return worth.index(max(worth))
