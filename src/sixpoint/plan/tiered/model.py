"""Makes the arrays of the simulation from a region, a rulebook, a policy and what a scenario changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import numpy as np

from sixpoint.care import Pathways, load_pathways
from sixpoint.dispatch import CallTypes, Policy, WaitingUnit, treats
from sixpoint.dispatch.arrays import MILLION, asks_for, make_question
from sixpoint.dispatch.bitsets import bits_of, bitset_words, words_for
from sixpoint.dispatch.desk import Reach
from sixpoint.dispatch.eligible import HARM_UNIT
from sixpoint.dispatch.needs import ACUITIES, DESTINATIONS
from sixpoint.dispatch.reassign import whole_harm
from sixpoint.ops.decide.passing import ALERT_SKILL
from sixpoint.plan import pace
from sixpoint.plan.cover_table import bundled_cover_table
from sixpoint.plan.pace import CARE_S, CARE_S_BY_CATEGORY, RUNNING
from sixpoint.plan.tiered.acts import acts_of
from sixpoint.plan.tiered.attending import Way, attending_of, ways_of
from sixpoint.plan.tiered.motion import fill_tables
from sixpoint.plan.tiered.pacing import paced_kinds
from sixpoint.plan.tiered.shapes import (
    BREAK,
    DIVERSION,
    FACILITY,
    MOST_NEEDS,
    NEED,
    ROSTER,
    TYPE,
    UNIT,
    Pace,
    Rules,
    World,
)
from sixpoint.region import Facility, Region, Shift, Unit
from sixpoint.road import TravelTimes
from sixpoint.road.hourly import PER_MILLE
from sixpoint.road.oracle import whole_ns
from sixpoint.road.profiles import WEEK_HOURS
from sixpoint.scope import Clinician, Rulebook, crew_capability, equipment_of_kit, next_change, practice_level

# Tables of times up to here: 160 MB each way. A larger service asks the oracle every time.
MOST_TABLE: Final = 20_000_000
NORMAL_PACE: Final = Pace(
    call_taking=round(pace.CALL_TAKING_S * 1000),
    notify=round(pace.NOTIFY_S * 1000),
    starting=round(pace.STARTING_S * 1000),
    handover=round(pace.HANDOVER_S * 1000),
    clear=round(pace.CLEAR_S * 1000),
    turnaround=round(pace.TURNAROUND_S * 1000),
    wait_for_care=round(pace.WAIT_FOR_CARE_S * 1000),
    restock=0,
    loses=0,
)
EVERY_WAY: Final[Way] = (-1, 1 << 30)
NO_PACE: Final = Pace(0, 0, 0, 0, 0, 0, 0, 0, 0)


class Away(msgspec.Struct, frozen=True):
    """A unit is out of service from one hour of the simulation to another."""

    unit_id: str
    from_h: float
    to_h: float


class Diversion(msgspec.Struct, frozen=True):
    """A facility takes nobody from one hour of the simulation to another."""

    facility_id: str
    from_h: float
    to_h: float


class Break(msgspec.Struct, frozen=True):
    """A unit's crew is due a break at an hour of each day, as long as it says."""

    unit_id: str
    at_h: float
    minutes: float


class Service(msgspec.Struct, frozen=True, eq=False):
    """A service ready to be simulated; arrays are in the order of `unit_ids` and `facility_ids`."""

    world: World
    units: Any
    facilities: Any
    unit_ids: tuple[str, ...]
    kinds: tuple[str, ...]
    facility_ids: tuple[str, ...]
    types: CallTypes
    policy: Policy
    rules: Rulebook
    travel: TravelTimes
    capabilities: tuple[tuple[int, int], ...]
    ways: tuple[tuple[Way, ...], ...]  # in which crews of each capability may leave with a patient
    days: int  # of the region, which the hours are of
    crew_hours: Mapping[str, float]  # hours on duty, by level
    unit_hours: Mapping[str, float]  # hours with somebody on duty, by kind of unit


def build_service(
    region: Region,
    types: CallTypes,
    policy: Policy,
    days: int,
    *,
    travel: TravelTimes | None = None,
    pace: Pace = NORMAL_PACE,
    away: Sequence[Away] = (),
    diversions: Sequence[Diversion] = (),
    mutual_aid: frozenset[str] = frozenset(),
    breaks: Sequence[Break] = (),
) -> Service:
    """The service of a region for so many days; its own days are repeated as often as that takes."""
    rules, units = region.rules, tuple(region.units[one] for one in sorted(region.units))
    crews = Crews(region, days)
    roster = crews.roster(units, away)
    travel = travel or TravelTimes(region.network)
    facilities = _receiving(region)
    capabilities = tuple((standing, order) for standing, order, _ in crews.seen)
    ways = tuple(own for _, _, own in crews.seen)
    world = make_world(
        rules, types, policy, capabilities, travel, pace, region.lights_factor, load_pathways(region.pathways),
        ways=ways, at=region.starts_at,
    )  # fmt: skip
    world = world._replace(roster=roster, diversions=_diversions(facilities, diversions), treats=_treats(facilities))
    world = world._replace(breaks=_breaks(units, breaks, days))
    if policy.move_up and region.calls:
        world = with_cover(world, region, types, policy, travel, capabilities)
    if region.speeds is not None:
        hours = 24 * days + WEEK_HOURS  # the last week stands for all after it, while calls are still open
        world = world._replace(factors=region.speeds.since(region.starts_at, hours) / PER_MILLE)
    nodes = {region.posts[unit.post_id].node for unit in units} | {facility.node for facility in facilities}
    nodes |= set(world.post_node[world.goals].tolist())
    world = with_tables(world, sorted(nodes))
    rows, paced, posts = unit_rows(len(units)), paced_kinds(region), list(region.posts)
    for place, unit in enumerate(units):
        row = rows[place]
        row["post"] = row["start"] = row["goal"] = row["passed"] = region.posts[unit.post_id].node
        row["turnout"], row["transports"] = round(1000 * unit.turnout_s), unit.transport
        row["paced_as"] = paced.index(f"{unit.kind}/{unit.kit}")
        row["mutual_aid"] = unit.mutual_aid or unit.unit_id in mutual_aid
        row["own"] = row["waits"] = posts.index(unit.post_id)
        row["movable"] = unit.kind in policy.move_up_unit_kinds and not row["mutual_aid"]
    there = np.zeros(len(facilities), FACILITY)
    for place, facility in enumerate(facilities):
        there[place] = (facility.node, facility.open)
    return Service(
        world, rows, there, tuple(unit.unit_id for unit in units), tuple(unit.kind for unit in units),
        tuple(one.facility_id for one in facilities), types, policy, rules, travel, capabilities, ways,
        region.days, crews.hours(units), crews.unit_hours(units),
    )  # fmt: skip


def with_tables(world: World, nodes: Sequence[int]) -> World:
    """The world with the times between these nodes and all others as tables, if they are not too large."""
    count = len(world.place_of)
    if len(nodes) * count > MOST_TABLE:
        return world
    world.place_of[list(nodes)] = np.arange(len(nodes))
    made = world._replace(
        from_ns=np.empty((count, len(nodes)), np.int64),
        to_ns=np.empty((count, len(nodes)), np.int64),
        way_out=np.empty((len(nodes), count), np.int32),
    )
    fill_tables(made, np.array(nodes, np.int64))
    return made


def with_cover(
    world: World,
    region: Region,
    types: CallTypes,
    policy: Policy,
    travel: TravelTimes,
    capabilities: Sequence[tuple[int, int]],
) -> World:
    """The world with the cover that the region's posts give, by the very table of the live service."""
    table = bundled_cover_table(region, types, policy, travel)
    seen = [[WaitingUnit("", standing, carries, 0) for carries in (False, True)] for standing, _ in capabilities]
    return world._replace(
        cover=table.cover.arrays,
        holds=np.array([[table.cover.held_by(unit) for unit in both] for both in seen], np.int64),
        post_node=np.array([post.node for post in region.posts.values()], np.int64),
        goals=np.array([post.kind in policy.move_up_post_kinds for post in region.posts.values()], np.bool_),
        between_s=np.ascontiguousarray(table.between_s, np.float64),
        rules=world.rules._replace(move_up=1),
    )


def unit_rows(count: int) -> Any:
    """Units with nobody on them, at node 0."""
    rows = np.zeros(count, UNIT)
    rows["call"] = rows["following"] = -1
    rows["factor"] = 1.0
    return rows


def make_world(
    rules: Rulebook,
    types: CallTypes,
    policy: Policy,
    capabilities: Sequence[tuple[int, int]],
    travel: TravelTimes,
    pace: Pace,
    lights_factor: float,
    pathways: Pathways | None = None,
    ways: Sequence[Sequence[Way]] | None = None,
    at: datetime | None = None,
) -> World:
    """Call types, capabilities, rules and roads as arrays; rosters, diversions and facilities are still empty.

    Without `ways` every crew may leave with every patient; the rulebook's rules on attendants are those of `at`.
    """
    index = {skill.id: skill.index for skill in rules.skills}
    words = words_for(index)
    type_rows = np.zeros(len(types), TYPE)
    needs: list[tuple[Any, ...]] = []
    any_of: list[int] = []
    scarce = bits_of(policy.scarce_skills, index)
    for place, code in enumerate(types.codes):
        kind = types[code]
        assert len(kind.needs) <= MOST_NEEDS, f"call type {code} has more needs than there is room for"
        question = make_question(kind, index, policy)
        lights = kind.acuity in policy.lights_and_sirens
        type_rows[place] = (
            len(needs), len(kind.needs), ACUITIES.index(kind.acuity), lights, DESTINATIONS.index(kind.destination),
            sum(1 << bit for bit, need in enumerate(kind.needs) if need.transporting),
            sum(1 << bit for bit, need in enumerate(kind.needs) if need.hands > 1),
            sum(1 << bit for bit, need in enumerate(kind.needs) if need.transporting or ALERT_SKILL in need.any_of),
            int(question.unmet_harm.sum()),
        )  # fmt: skip
        for bit, need in enumerate(kind.needs):
            bits = bits_of(need.any_of, index)
            needs.append((
                need.hands, need.transporting, question.target_ms[bit], question.rate_early[bit],
                question.rate_late[bit], question.unmet_harm[bit],
                asks_for(need, bits, scarce, kind.acuity, policy),
            ))  # fmt: skip
            any_of.append(bits)
    acts = acts_of(rules, types, capabilities, pathways or load_pathways())
    reachable = [standing | order for standing, order in capabilities]
    able = np.zeros((len(capabilities), len(types)), np.int64)
    for place, row in enumerate(type_rows):
        for bit in range(row["needs"]):
            wanted = any_of[row["first_need"] + bit]
            able[:, place] |= np.array([bool(bits & wanted) << bit for bits in reachable], np.int64)
    care_ms = [round(1000 * CARE_S_BY_CATEGORY.get(skill.category, CARE_S)) for skill in rules.skills]
    return World(
        types=type_rows,
        needs=np.array(needs, NEED),
        any_of=bitset_words(any_of, words),
        stands=acts.stands,
        orders=acts.orders,
        does=acts.does,
        standing=bitset_words([standing for standing, _ in capabilities], words),
        with_order=bitset_words(reachable, words),
        able=able,
        reach=np.array([bits.bit_count() for bits in reachable], np.int64),
        care_ms=np.array(care_ms or [0], np.int64),
        running=bitset_words([bits_of(sorted(RUNNING), index)], words)[0],
        attending=attending_of(rules, [[EVERY_WAY]] * len(capabilities) if ways is None else ways, at, words),
        scarce=bitset_words([scarce], words)[0],
        sets_aside=np.array([word in policy.override_diversion_for for word in DESTINATIONS], np.int64),
        treats=np.ones((len(DESTINATIONS), 0), np.bool_),
        roster=np.zeros(0, ROSTER),
        diversions=np.zeros(0, DIVERSION),
        breaks=np.zeros(0, BREAK),
        cover=Reach(np.zeros((0, 1), np.int64), np.zeros(0, np.int64), np.zeros((0, 0)), np.zeros(0)),
        holds=np.zeros((len(capabilities), 2), np.int64),
        post_node=np.zeros(0, np.int64),
        goals=np.zeros(0, np.bool_),
        between_s=np.zeros((0, 0)),
        first_arc=travel.network.first_arc,
        head=travel.network.head,
        arc_ns=whole_ns(travel.network),
        oracle=travel.oracle,
        place_of=np.full(travel.network.node_count, -1, np.int64),
        from_ns=np.zeros((0, 0), np.int64),
        to_ns=np.zeros((0, 0), np.int64),
        way_out=np.zeros((0, 0), np.int32),
        factors=np.array([[lights_factor], [max(1.0, lights_factor)]]),
        pace=pace,
        rules=_rules(policy),
    )


def _rules(policy: Policy) -> Rules:
    return Rules(
        order_delay_ms=round(1000 * policy.order_delay_s),
        late_horizon_ms=round(1000 * policy.late_horizon_s),
        unit_price=round(HARM_UNIT * policy.additional_unit_price),
        first_response_gain_ms=round(1000 * policy.first_response_gain_s),
        scarce_gain_ms=round(1000 * policy.scarce_gain_s),
        scarce_cover=round(MILLION * policy.scarce_cover_cost),
        mutual_aid_gain_ms=round(1000 * policy.mutual_aid_gain_s),
        max_units=policy.max_units,
        bypass_ms=round(1000 * policy.bypass_limit_s),
        divert_gain=whole_harm(policy.divert_gain),
        replace_gain=whole_harm(policy.replace_gain),
        move_up=0,
        move_up_most=policy.move_up_most,
        move_up_least_gain=policy.move_up_least_gain,
        move_up_longest_s=policy.move_up_longest_s,
    )


def _receiving(region: Region) -> tuple[Facility, ...]:
    """The facilities that a patient can be taken to: those with an emergency department, or all where none has one."""
    known = tuple(region.facilities[one] for one in sorted(region.facilities))
    return tuple(one for one in known if one.has_emergency_department) or known


def _treats(facilities: Sequence[Facility]) -> Any:
    table = [[treats(one.capabilities, word) for one in facilities] for word in DESTINATIONS]
    return np.array(table, np.bool_).reshape(len(DESTINATIONS), len(facilities))


def _diversions(facilities: Sequence[Facility], diversions: Sequence[Diversion]) -> Any:
    place = {one.facility_id: at for at, one in enumerate(facilities)}
    known = [one for one in diversions if one.facility_id in place]  # a clinic's diversion turns nobody away
    rows = [(round(3_600_000 * one.from_h), place[one.facility_id], 0) for one in known]
    rows += [(round(3_600_000 * one.to_h), place[one.facility_id], 1) for one in known]
    return np.array(sorted(rows), DIVERSION)


def _breaks(units: Sequence[Unit], breaks: Sequence[Break], days: int) -> Any:
    place = {unit.unit_id: at for at, unit in enumerate(units)}
    rows = [
        (round(3_600_000 * (24 * day + one.at_h)), place[one.unit_id], round(60_000 * one.minutes))
        for day in range(days)
        for one in breaks
    ]
    return np.array(sorted(rows), BREAK)


class Crews:
    """Who is on which unit when, as capabilities; each capability is kept once, number 0 is nobody's."""

    def __init__(self, region: Region, days: int) -> None:
        self.region = region
        self.days = days
        self.seen: dict[tuple[int, int, tuple[Way, ...]], int] = {(0, 0, ()): 0}
        self._by_unit: dict[str, list[Shift]] = {}
        for shift in region.shifts:
            self._by_unit.setdefault(shift.unit_id, []).append(shift)

    def roster(self, units: Sequence[Unit], away: Sequence[Away]) -> Any:
        """Every change of every crew, in order of time, then unit."""
        period = self.region.ends_at - self.region.starts_at
        # One more period than is simulated, so that calls still open at the end find crews.
        times = -(-self.days // self.region.days) + 1
        rows = []
        for place, unit in enumerate(units):
            own = [(_ms(at - self.region.starts_at), cap, hands) for at, cap, hands in self._changes(unit)]
            tiled = [(at + turn * _ms(period), cap, hands) for turn in range(times) for at, cap, hands in own]
            gaps = [(3_600_000 * one.from_h, 3_600_000 * one.to_h) for one in away if one.unit_id == unit.unit_id]
            rows += [(at, place, cap, hands) for at, cap, hands in _less(tiled, gaps)]
        return np.array(sorted(rows), ROSTER)

    def hours(self, units: Sequence[Unit]) -> dict[str, float]:
        """Hours on duty in the region's own days, by the level each clinician practises at when the shift begins."""
        hours: dict[str, float] = {}
        for unit in units:
            for shift in self._by_unit.get(unit.unit_id, ()):
                starts, ends = max(shift.starts_at, self.region.starts_at), min(shift.ends_at, self.region.ends_at)
                if starts < ends:
                    level = practice_level(self.region.rules, self.region.clinicians[shift.clinician_id], starts)
                    name = level.id if level is not None else "none"
                    hours[name] = hours.get(name, 0.0) + (ends - starts) / timedelta(hours=1)
        return hours

    def unit_hours(self, units: Sequence[Unit]) -> dict[str, float]:
        """Hours in the region's own days with somebody on duty, by kind of unit."""
        hours: dict[str, float] = {}
        for unit in units:
            changes = self._changes(unit)
            for (at, _, hands), until in zip(
                changes, [*(one[0] for one in changes[1:]), self.region.ends_at], strict=True
            ):
                if hands:
                    hours[unit.kind] = hours.get(unit.kind, 0.0) + (until - at) / timedelta(hours=1)
        return hours

    def _changes(self, unit: Unit) -> list[tuple[datetime, int, int]]:
        starts, ends = self.region.starts_at, self.region.ends_at
        shifts = self._by_unit.get(unit.unit_id, [])
        edges = {starts} | {edge for one in shifts for edge in (one.starts_at, one.ends_at) if starts < edge < ends}
        equipment = equipment_of_kit(self.region.rules, unit.kit)
        changes = []
        todo = sorted(edges, reverse=True)
        while todo:
            at = todo.pop()
            crew = tuple(self.region.clinicians[one.clinician_id] for one in shifts if one.covers(at))
            changes.append((at, self._number(crew, equipment, at), len(crew)))
            later = next_change(self.region.rules, crew, at) if crew else None
            if later is not None and later < (todo[-1] if todo else ends):
                todo.append(later)
        return changes

    def _number(self, crew: tuple[Clinician, ...], equipment: frozenset[str], at: datetime) -> int:
        found = crew_capability(self.region.rules, crew, equipment, at)
        ways = ways_of(self.region.rules, crew, at)
        return self.seen.setdefault((found.standing, found.with_order, ways), len(self.seen))


def _less(changes: list[tuple[int, int, int]], gaps: Sequence[tuple[float, float]]) -> list[tuple[int, int, int]]:
    """The changes with nobody on the unit in the gaps."""
    edges = sorted({at for at, _, _ in changes} | {round(edge) for gap in gaps for edge in gap})
    found: list[tuple[int, int, int]] = []
    latest = (0, 0)
    by_time = {at: (cap, hands) for at, cap, hands in changes}
    for at in edges:
        latest = by_time.get(at, latest)
        cap, hands = (0, 0) if any(low <= at < high for low, high in gaps) else latest
        if not found or found[-1][1:] != (cap, hands):
            found.append((at, cap, hands))
    return found


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
