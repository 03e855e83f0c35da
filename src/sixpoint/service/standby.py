"""A call put to a region's service as it stands at an hour: the crews of that hour signed on, every unit at its post.

Nothing is worked out here: the commands, the choice and the destination are those of the running service.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

import msgspec

from sixpoint.dispatch import CallType, Destination, FacilityOption, Policy, choose_destination
from sixpoint.dispatch.candidates import Candidates
from sixpoint.errors import Fault, InputError
from sixpoint.ops import Incident, Place, Refused, State, World, decide, evolve
from sixpoint.ops import commands as c
from sixpoint.ops.decide.fleet import skill_index
from sixpoint.ops.decide.progress import facility_options, recommended_destination
from sixpoint.ops.decide.sight import free_candidates, still_needed, uses_lights
from sixpoint.region import Region
from sixpoint.road import Snapper
from sixpoint.service.opening import ms, opening_commands, world_of

INCIDENT: Final = "asked"
OFF_DUTY: Final = "nobody on duty at that hour"
OUT_OF_SERVICE: Final = "out of service"


class Scene(msgspec.Struct, frozen=True):
    """Where the patient is, the road node nearest to it, and how far that is."""

    lon_deg: float
    lat_deg: float
    node: int
    node_id: str
    snap_m: float


class UnitAtPost(msgspec.Struct, frozen=True):
    """A unit on duty: where it waits, who is on it (levels), and what its time to the scene is made up of."""

    unit_id: str
    call_sign: str
    post_id: str
    post: str
    levels: tuple[str, ...]
    turnout_s: float
    drive_s: float
    lights: bool
    mutual_aid: bool
    imputed: tuple[str, ...]


class Standby:
    """The service with the call reported to it, before anybody is sent.

    `unmanned` says of each unit that cannot be sent why not.
    """

    def __init__(self, region: Region, world: World, state: State, at: datetime, unmanned: Mapping[str, str]) -> None:
        self.region = region
        self.world = world
        self.state = state
        self.at = at
        self.at_ms = ms(at)
        self.unmanned = unmanned

    @property
    def incident(self) -> Incident:
        """The call."""
        return self.state.incidents[INCIDENT]

    @property
    def call_type(self) -> CallType:
        """What the call needs."""
        return still_needed(self.state, self.incident, self.world)

    @property
    def skill_index(self) -> Mapping[str, int]:
        """The bit of each skill in what crews may do."""
        return skill_index(self.world)

    def candidates(self) -> Candidates:
        """Every unit that is free, with its time to the scene."""
        return free_candidates(self.state, self.incident, self.at_ms, self.world)

    def facilities(self) -> list[FacilityOption]:
        """Every facility as seen from the scene."""
        return facility_options(self.state, self.incident.place, self.at_ms, self.world)

    def destination(self, suspected: str = "") -> Destination:
        """Where the patient is taken: by the type of call, or by what is suspected."""
        unit = next(iter(self.state.units.values()), None)  # none has the patient yet: any would leave from the scene
        if suspected or unit is None:
            return choose_destination(suspected or self.call_type.destination, self.facilities(), self.world.policy)
        return recommended_destination(self.state, self.incident, unit, self.at_ms, self.world)

    def unit(self, unit_id: str) -> UnitAtPost:
        """The unit at its post."""
        unit, incident = self.state.units[unit_id], self.incident
        lights = uses_lights(incident, self.world)
        shifts = [one for one in self.region.shifts if one.unit_id == unit_id and one.covers(self.at)]
        imputed = (*self.region.units[unit_id].imputed, *(word for shift in shifts for word in shift.imputed))
        return UnitAtPost(
            unit_id=unit_id,
            call_sign=unit.call_sign,
            post_id=unit.waits_at,
            post=self.state.posts[unit.waits_at].name,
            levels=tuple(member.level for member in unit.members),
            turnout_s=unit.turnout_s,
            drive_s=self.world.travel.seconds(unit.position, incident.place, self.at_ms, lights),
            lights=lights,
            mutual_aid=unit.mutual_aid is True,
            imputed=tuple(dict.fromkeys(imputed)),
        )


def scene_in(region: Region, lon_deg: float, lat_deg: float, where: str = "scene") -> Scene:
    """The place on the region's roads; `InputError` says how far away it is, if that is farther than its limit."""
    node, snap_m = Snapper(region.network).nearest(lon_deg, lat_deg)
    if snap_m > region.snap_limit_m:
        raise InputError.one(
            where,
            f"{lon_deg},{lat_deg} lies {snap_m:,.0f} m from the nearest road of {region.name}, "
            f"more than {region.snap_limit_m:g} m",
            "Name a place on its roads, longitude first; or raise snap_limit_m in region.toml.",
        )
    return Scene(lon_deg, lat_deg, node, region.network.node_ids[node], snap_m)


def call_at(
    region: Region,
    policy: Policy,
    at: datetime,
    scene: Scene,
    dispatch_code: str,
    *,
    out_of_service: Collection[str] = (),
    closed: Collection[str] = (),
) -> Standby:
    """Opens the service at that instant, signs on its crews, and reports the call.

    Units out of service are without their crew, closed facilities on diversion. `InputError` names the option if the
    region has no unit or facility of that name.
    """
    faults = [
        *_unknown("--out-of-service", "unit", out_of_service, region.units),
        *_unknown("--closed", "facility", closed, region.facilities),
    ]
    if faults:
        raise InputError(faults)
    world, at_ms = world_of(region, policy), ms(at)
    state = State()
    for command in opening_commands(region, at_ms):
        state = _must(state, command, world)
    state, unmanned = _manned(state, region, at, out_of_service, world)
    for facility_id in dict.fromkeys(closed):
        state = _must(state, c.ChangeFacilityStatus(at_ms=at_ms, facility_id=facility_id, is_open=False), world)
    call = c.ReportCall(
        at_ms=at_ms,
        by="caller",
        call_id=INCIDENT,
        incident_id=INCIDENT,
        place=Place(scene.lon_deg, scene.lat_deg, scene.node),
        dispatch_code=dispatch_code,
        received_ms=at_ms,
    )
    return Standby(region, world, _must(state, call, world), at, unmanned)


def _manned(
    state: State, region: Region, at: datetime, out_of_service: Collection[str], world: World
) -> tuple[State, dict[str, str]]:
    """The state with the crews of that instant signed on; and which units are without one, and why."""
    crews = _crews(region, at)
    unmanned = {unit_id: OFF_DUTY for unit_id in region.units if unit_id not in crews}
    for unit_id in sorted(crews):
        if unit_id in out_of_service:
            unmanned[unit_id] = OUT_OF_SERVICE
            continue
        sign_on = c.SignOn(at_ms=ms(at), unit_id=unit_id, clinician_ids=tuple(crews[unit_id]))
        after = _after(state, sign_on, world)
        if isinstance(after, Refused):
            unmanned[unit_id] = f"its crew may not sign on: {'; '.join(after.because)}"
        else:
            state = after
    return state, unmanned


def _crews(region: Region, at: datetime) -> dict[str, list[str]]:
    """Who is on each unit at that instant, in the order of the shifts; units with nobody on them are left out."""
    crews: dict[str, list[str]] = {}
    for shift in region.shifts:
        if shift.covers(at):
            crews.setdefault(shift.unit_id, []).append(shift.clinician_id)
    return crews


def _unknown(option: str, kind: str, named: Iterable[str], known: Collection[str]) -> Iterator[Fault]:
    for one in dict.fromkeys(named):
        if one not in known:
            yield Fault(option, f"there is no {kind} '{one}' in this region", f"It has: {', '.join(known)}.")


def _after(state: State, command: c.AnyCommand, world: World) -> State | Refused:
    """The state once the command is carried out."""
    decided = decide(state, command, world)
    if isinstance(decided, Refused):
        return decided
    for event in decided:
        state = evolve(state, event)
    return state


def _must(state: State, command: c.AnyCommand, world: World) -> State:
    after = _after(state, command, world)
    if isinstance(after, Refused):
        raise InputError.one("region", "; ".join(after.because), after.remedy)
    return after
