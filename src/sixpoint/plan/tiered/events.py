"""A traced run as events of the live log: the same names, the same fields, the same order.

What the live log has no event for keeps the word of the trace as its kind (`need_met`, `order_asked`, `performed`,
`rides_along`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, Final, get_args

import msgspec

from sixpoint.dispatch import Destination
from sixpoint.ops import Facility, Leg, Place, Post, Status
from sixpoint.ops import events as e
from sixpoint.ops.state import Member
from sixpoint.plan.tiered.run import Run
from sixpoint.plan.tiered.scenario import Prepared
from sixpoint.plan.tiered.words import (
    END_WORDS,
    POSTS,
    T_ASSIGNED,
    T_AT_DESTINATION,
    T_AT_PATIENT,
    T_CLOSED,
    T_CREW,
    T_DIVERSION,
    T_DIVERTED,
    T_MOVED,
    T_NEED_MET,
    T_ORDER_ASKED,
    T_PERFORMED,
    T_QUEUED,
    T_REPLACES,
    T_REPORTED,
    T_RIDES,
    T_TRANSPORTING,
    TRACE_WORDS,
)
from sixpoint.region import Region
from sixpoint.region import Unit as RegionUnit
from sixpoint.scope import crew_capability, equipment_of_kit, next_change, practice_level
from sixpoint.store.table import Row

BY: Final = "simulation"
STATUSES: Final = frozenset(get_args(Status))


class Simulated(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What only a simulation notes: a word of the trace about a unit on an incident."""

    type: str
    at_ms: int
    by: str = BY
    incident_id: str | None = None
    unit_id: str | None = None
    skill: str | None = None
    carrier_id: str | None = None
    detail: int = 0


def rows_of(prepared: Prepared, run: Run) -> Iterator[Row]:
    """Every event of the run in order, those that make the service known first; positions run from 1."""
    for position, event in enumerate(_Telling(prepared, run).events(), 1):
        if isinstance(event, Simulated):
            yield Row(position, event.at_ms, event.type, _encode(event))
        else:
            yield Row(position, event.at_ms, e.kind_of(event), e.encode(event))


_encode = msgspec.json.Encoder(order="deterministic").encode


class _Telling:
    """Knows the names behind the numbers of a trace."""

    def __init__(self, prepared: Prepared, run: Run) -> None:
        self.region, self.run, self.service = prepared.region, run, run.service
        self.start_ms = _ms(self.region)
        # A log that is replayed has real places and types; calls that are drawn have not.
        self.imputed = () if prepared.demand.source == "log" else ("place", "dispatch_code")
        self.units = [self.region.units[name] for name in self.service.unit_ids]
        self.skills = {skill.index: skill.id for skill in self.service.rules.skills}
        self.crews: dict[int, tuple[Member, ...]] = {}
        self.seen: set[int] = set()
        self.waits: dict[int, tuple[str, ...]] = {}
        self.reassigned: dict[int, str] = {}  # units that are cancelled next, and why
        self.waits_at = [unit.post_id for unit in self.units]
        self.was_at = [self._place(self.region.posts[unit.post_id].node) for unit in self.units]
        at_facility = run.trace[run.trace[:, 1] == T_AT_DESTINATION]
        self.arrives = {int(row[2]): int(row[0]) for row in at_facility}

    def events(self) -> Iterator[e.AnyEvent | Simulated]:
        """The service made known, then what the trace holds."""
        yield from _opening(self.region, self.start_ms)
        for at, word, call, unit, detail in self.run.trace.tolist():
            yield from self.told(self.start_ms + at, word, call, unit, detail)

    def told(self, at_ms: int, word: int, call: int, unit: int, detail: int) -> Iterable[e.AnyEvent | Simulated]:
        """One row of the trace as events; a word that the live log does not know stays as it is."""
        name = TRACE_WORDS[word]
        if word == T_REPORTED:
            return self._reported(at_ms, call)
        if word == T_QUEUED:
            return self._waits(at_ms, call, detail)
        if word == T_ASSIGNED:
            return [self._assigned(at_ms, call, unit, detail)]
        if word == T_CREW:
            return [self._crew(at_ms, unit, detail)]
        if word == T_CLOSED:
            return [e.IncidentClosed(at_ms=at_ms, by=BY, incident_id=incident(call), disposition=END_WORDS[detail])]
        if word == T_DIVERSION:
            facility_id = self.service.facility_ids[unit]
            return [e.FacilityStatusChanged(at_ms=at_ms, by=BY, facility_id=facility_id, is_open=bool(detail))]
        if word == T_MOVED:
            return [self._moved(at_ms, unit, *divmod(detail, POSTS))]
        if word in (T_DIVERTED, T_REPLACES):
            return [self._reassigned(at_ms, word, call, unit, detail)]
        if word == T_TRANSPORTING:
            return self._transporting(at_ms, call, unit, detail)
        if name in STATUSES:
            return self._status(at_ms, name, call, unit)
        return [self._other(at_ms, name, call, unit, detail)]

    def _type(self, call: int) -> Any:
        return self.service.types[self.service.types.codes[self.run.calls["type"][call]]]

    def _place(self, node: int) -> Place:
        network = self.region.network
        return Place(float(network.lon_deg[node]), float(network.lat_deg[node]), int(node))

    def _reported(self, at_ms: int, call: int) -> Iterable[e.AnyEvent]:
        kind = self._type(call)
        yield e.CallReported(
            at_ms=at_ms, by=BY, call_id=f"call-{call}", incident_id=incident(call),
            place=self._place(int(self.run.calls["node"][call])), dispatch_code=kind.code, received_ms=at_ms,
            caller=BY, imputed=self.imputed,
        )  # fmt: skip
        needs = tuple(need.skill for need in kind.needs)
        yield e.NeedsDetermined(at_ms=at_ms, by=BY, incident_id=incident(call), acuity=kind.acuity, needs=needs)

    def _waits(self, at_ms: int, call: int, mask: int) -> Iterable[e.AnyEvent]:
        """What nobody free may meet; said again only when it has changed, as the live log does."""
        unmet = tuple(need.skill for bit, need in enumerate(self._type(call).needs) if mask >> bit & 1)
        if self.waits.get(call) != unmet:
            self.waits[call] = unmet
            because = "no unit is free that may meet a need"
            yield e.IncidentWaits(at_ms=at_ms, by=BY, incident_id=incident(call), because=because, unmet=unmet)

    def _assigned(self, at_ms: int, call: int, unit: int, eta_ms: int) -> e.AnyEvent:
        crew = self.crews.get(unit, ())
        self.waits.pop(call, None)
        return e.UnitAssigned(
            at_ms=at_ms, by=BY, incident_id=incident(call), unit_id=self.service.unit_ids[unit],
            crew=tuple(one.clinician_id for one in crew), levels=tuple(one.level for one in crew), eta_s=eta_ms / 1000,
        )  # fmt: skip

    def _status(self, at_ms: int, status: Any, call: int, unit: int) -> Iterable[e.AnyEvent]:
        unit_id = self.service.unit_ids[unit]
        if status == TRACE_WORDS[T_AT_PATIENT] and call not in self.seen:
            self.seen.add(call)
            yield e.EncounterOpened(at_ms=at_ms, by=BY, encounter_id=encounter(call), incident_id=incident(call))
        note = self.reassigned.pop(unit, "")
        if status in ("on_scene", "at_destination"):
            at_facility = status == "at_destination"
            facility_id = self.service.facility_ids[self.run.calls["facility"][call]]
            node = self.region.facilities[facility_id].node if at_facility else self.run.calls["node"][call]
            self.was_at[unit] = self._place(int(node))
        if status in ("clear", "cancelled"):
            self.waits_at[unit] = self.units[unit].post_id
        yield e.StatusReported(
            at_ms=at_ms, by=BY, incident_id=incident(call), unit_id=unit_id, status=status, note=note
        )

    def _reassigned(self, at_ms: int, word: int, call: int, unit: int, detail: int) -> e.AnyEvent:
        """The unit is on the call from now on; it, or the one whose place it takes, is cancelled next."""
        unit_id, diverted = self.service.unit_ids[unit], word == T_DIVERTED
        self.reassigned[unit if diverted else detail] = (
            f"diverted to {incident(call)}" if diverted else f"replaced by {unit_id}"
        )
        rule = "propose_divert" if diverted else "propose_replacement"
        return e.UnitReassigned(
            at_ms=at_ms, by=BY, unit_id=unit_id, from_incident_id=incident(detail) if diverted else None,
            incident_id=incident(call), kind="divert" if diverted else "replace",
            because=f"by the rule of dispatch.{rule}", proposed=None,
        )  # fmt: skip

    def _transporting(self, at_ms: int, call: int, unit: int, facility: int) -> Iterable[e.AnyEvent]:
        """Where to, then the way there."""
        unit_id, facility_id = self.service.unit_ids[unit], self.service.facility_ids[facility]
        arrives_ms = self.start_ms + self.arrives.get(call, at_ms - self.start_ms)
        because = ("by the rule of dispatch.choose_destination",)
        yield e.DestinationChosen(
            at_ms=at_ms, by=BY, incident_id=incident(call), unit_id=unit_id, encounter_id=encounter(call),
            destination=Destination(facility_id, (arrives_ms - at_ms) / 1000, because, override=False),
        )  # fmt: skip
        here, there = (
            self._place(int(node)) for node in (self.run.calls["node"][call], self.region.facilities[facility_id].node)
        )
        leg = Leg(here, there, at_ms, arrives_ms, lights=False)
        yield e.StatusReported(
            at_ms=at_ms, by=BY, incident_id=incident(call), unit_id=unit_id, status="transporting", leg=leg
        )

    def _moved(self, at_ms: int, unit: int, arrives_ms: int, post: int) -> e.AnyEvent:
        """The way begins, as told here, where the unit last was: at a post, a scene or a facility."""
        unit_id, post_id = self.service.unit_ids[unit], list(self.region.posts)[post]
        goal = self._place(self.region.posts[post_id].node)
        leg = Leg(self.was_at[unit], goal, at_ms, self.start_ms + arrives_ms, lights=False)
        moved = e.UnitMoved(
            at_ms=at_ms, by=BY, unit_id=unit_id, from_post_id=self.waits_at[unit], post_id=post_id, leg=leg,
            because="back to its own post" if post_id == self.units[unit].post_id else "by dispatch.propose_moves",
        )  # fmt: skip
        self.waits_at[unit], self.was_at[unit] = post_id, goal
        return moved

    def _crew(self, at_ms: int, unit: int, hands: int) -> e.AnyEvent:
        """Who is on the unit now; nobody, the same people with other rights, or others."""
        unit_id, rules = self.service.unit_ids[unit], self.service.rules
        if not hands:
            self.crews.pop(unit, None)
            return e.CrewSignedOff(at_ms=at_ms, by=BY, unit_id=unit_id)
        region = self.region
        since = timedelta(milliseconds=at_ms - self.start_ms) % (region.ends_at - region.starts_at)
        people, at = region.crew(unit_id, region.starts_at + since), region.starts_at + since
        equipment = equipment_of_kit(rules, self.units[unit].kit)
        members = []
        for one in people:
            level, may = practice_level(rules, one, at), crew_capability(rules, [one], equipment, at)
            name = "" if level is None else level.id
            members.append(Member(one.id, name, f"{may.standing:x}", f"{may.with_order:x}"))
        change = next_change(rules, people, at)
        before = self.crews.get(unit)
        self.crews[unit] = tuple(members)
        same = before is not None and [one.clinician_id for one in before] == [one.id for one in people]
        return (e.CapabilityChanged if same else e.CrewSignedOn)(
            at_ms=at_ms, by=BY, unit_id=unit_id, members=tuple(members), rulebook=rules.hash,
            capable_until_ms=None if change is None else at_ms + round((change - at) / timedelta(milliseconds=1)),
        )  # fmt: skip

    def _other(self, at_ms: int, name: str, call: int, unit: int, detail: int) -> Simulated:
        place = TRACE_WORDS.index(name)
        skill = self.skills[detail] if place == T_PERFORMED else None
        if place in (T_NEED_MET, T_ORDER_ASKED):
            skill = self._type(call).needs[detail].skill
        carrier = self.service.unit_ids[detail] if place == T_RIDES else None
        return Simulated(
            type=name, at_ms=at_ms, incident_id=incident(call) if call >= 0 else None,
            unit_id=self.service.unit_ids[unit] if unit >= 0 else None, skill=skill, carrier_id=carrier,
            detail=0 if skill or carrier else detail,
        )  # fmt: skip


def incident(call: int) -> str:
    """The incident of a simulated call."""
    return f"i-{call}"


def encounter(call: int) -> str:
    """The encounter of a simulated call's patient."""
    return f"i-{call}-patient"


def _ms(region: Region) -> int:
    return round(region.starts_at.timestamp() * 1000)


def _opening(region: Region, at_ms: int) -> Iterator[e.AnyEvent]:
    """The events that make service, posts, facilities, clinicians and units known; nobody is on duty yet."""
    yield e.ServiceOpened(
        at_ms=at_ms, by=BY, service_id=region.id, name=region.name, synthetic=region.synthetic,
        rulebook=region.rules.hash, network=region.roads_hash,
    )  # fmt: skip
    for post in region.posts.values():
        place = Place(post.lon_deg, post.lat_deg, post.node)
        yield e.PostAdded(at_ms=at_ms, by=BY, post=Post(post.post_id, post.name, post.kind, place))
    for one in region.facilities.values():
        place = Place(one.lon_deg, one.lat_deg, one.node)
        known = Facility(one.facility_id, one.name, place, tuple(sorted(one.capabilities)), one.open)
        yield e.FacilityAdded(at_ms=at_ms, by=BY, facility=known)
    for clinician in region.clinicians.values():
        yield e.ClinicianEnrolled(at_ms=at_ms, by=BY, clinician=clinician)
    for unit in region.units.values():
        yield _unit_added(region, unit, at_ms)


def _unit_added(region: Region, unit: RegionUnit, at_ms: int) -> e.UnitAdded:
    return e.UnitAdded(
        at_ms=at_ms, by=BY, unit_id=unit.unit_id, call_sign=unit.call_sign, kind=unit.kind, post_id=unit.post_id,
        can_transport=unit.transport, turnout_s=unit.turnout_s, mutual_aid=unit.mutual_aid,
        equipment=tuple(sorted(equipment_of_kit(region.rules, unit.kit))),
    )  # fmt: skip
