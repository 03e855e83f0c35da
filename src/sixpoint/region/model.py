"""What a region is once it has been read and checked: frozen values, every place with its road node."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from sixpoint.region.demand import DemandModel
from sixpoint.region.format import SNAP_LIMIT_M
from sixpoint.road import RoadNetwork
from sixpoint.road.hourly import HourlySpeeds
from sixpoint.scope import Clinician, Rulebook


class Post(msgspec.Struct, frozen=True):
    """Where units wait: a station, stadium gate, plant first-aid room, school, volunteer house, street corner."""

    post_id: str
    name: str
    kind: str
    lon_deg: float
    lat_deg: float
    node: int
    snap_m: float
    imputed: tuple[str, ...] = ()


class Stocked(msgspec.Struct, frozen=True):
    """One lot of an item on a unit: it may be used until just before `expires_at`."""

    item: str
    expires_at: datetime
    lot: str = ""


class Unit(msgspec.Struct, frozen=True):
    """A vehicle or team with its kit; who is on it when stands in the shifts.

    `mutual_aid`: it belongs to a neighbour, who sends it only where the policy finds that it gains enough.
    """

    unit_id: str
    call_sign: str
    kind: str
    post_id: str
    transport: bool
    kit: str
    turnout_s: float
    imputed: tuple[str, ...] = ()
    mutual_aid: bool = False
    stock: tuple[Stocked, ...] = ()

    @property
    def expires(self) -> Mapping[str, datetime]:
        """Until when each item that has a date may be used: until its last lot expires."""
        found: dict[str, datetime] = {}
        for one in self.stock:
            found[one.item] = max(one.expires_at, found.get(one.item, one.expires_at))
        return found


class Shift(msgspec.Struct, frozen=True):
    """One clinician on one unit from `starts_at` up to, not including, `ends_at`."""

    unit_id: str
    clinician_id: str
    starts_at: datetime
    ends_at: datetime
    imputed: tuple[str, ...] = ()

    def covers(self, at: datetime) -> bool:
        """Whether the clinician is on the unit at that instant."""
        return self.starts_at <= at < self.ends_at


class Facility(msgspec.Struct, frozen=True):
    """A place of definitive care; `capabilities` are the words of `format.CAPABILITIES`."""

    facility_id: str
    name: str
    kind: str
    lon_deg: float
    lat_deg: float
    capabilities: frozenset[str]
    open: bool
    node: int
    snap_m: float
    imputed: tuple[str, ...] = ()

    @property
    def has_emergency_department(self) -> bool:
        """Whether emergency patients can be taken there: a clinic takes none."""
        return self.kind == "hospital"


class Aed(msgspec.Struct, frozen=True):
    """A public defibrillator."""

    aed_id: str
    place: str
    lon_deg: float
    lat_deg: float
    node: int
    snap_m: float
    imputed: tuple[str, ...] = ()


class Call(msgspec.Struct, frozen=True):
    """Somebody asks for help; `None` is not known. `imputed` names the values nobody observed: show it beside them."""

    call_id: str
    received_at: datetime
    lon_deg: float
    lat_deg: float
    dispatch_code: str
    caller: str
    node: int
    snap_m: float
    imputed: tuple[str, ...] = ()
    on_scene_s: float | None = None
    transport: bool | None = None
    at_hospital_s: float | None = None
    note: str = ""


class Region(msgspec.Struct, frozen=True):
    """One service area for a stretch of days: who, with what, where, on which roads, and the calls that come.

    Mappings keep the order of the files and go by the identifier of the row; calls are in order of `received_at`.
    `imputed` says, line by line, what was not observed and by which rule it was filled in. `rules` is the rulebook
    that `rulebook` and `overlays` name. `speeds` are the factors by hour of the week, if the region names some;
    `lights_factor` is then the mean of those with lights. `demand` is the model from which calls may be drawn, if the
    folder has one. `pathways` are the agency's pathway files, in order. A place farther than `snap_limit_m` from every
    road is not in the region.
    """

    id: str
    name: str
    state: str
    timezone: str
    synthetic: bool
    notice: str
    rulebook: str
    overlays: tuple[str, ...]
    day: date
    days: int
    lights_factor: float
    sources: tuple[str, ...]
    imputed: tuple[str, ...]
    rules: Rulebook
    posts: Mapping[str, Post]
    units: Mapping[str, Unit]
    clinicians: Mapping[str, Clinician]
    shifts: tuple[Shift, ...]
    facilities: Mapping[str, Facility]
    aeds: Mapping[str, Aed]
    network: RoadNetwork
    calls: tuple[Call, ...]
    demand: DemandModel | None = None
    speeds: HourlySpeeds | None = None
    pathways: tuple[str, ...] = ()
    snap_limit_m: float = SNAP_LIMIT_M

    @property
    def roads_hash(self) -> str:
        """Names the network, and the speeds by hour where there are some: what a decision's road times rest on."""
        if self.speeds is None:
            return self.network.content_hash
        both = f"{self.network.content_hash} {self.speeds.hash}"
        return f"sha256:{hashlib.sha256(both.encode()).hexdigest()}"

    def road_factor(self, lights: bool, at: datetime | None = None) -> float:
        """By what free-flow times are multiplied for a run that begins at an instant; without one, the week's mean."""
        if self.speeds is not None:
            return (
                self.speeds.mean_factor(lights)
                if at is None
                else self.speeds.factor(lights, round(at.timestamp() * 1000))
            )
        return self.lights_factor if lights else max(1.0, self.lights_factor)

    @property
    def starts_at(self) -> datetime:
        """Midnight, local time, at which the region's days begin."""
        return day_start(self.day, self.timezone)

    @property
    def ends_at(self) -> datetime:
        """Midnight, local time, at which the region's days end."""
        return day_start(self.day + timedelta(days=self.days), self.timezone)

    def crew(self, unit_id: str, at: datetime) -> tuple[Clinician, ...]:
        """The clinicians on the unit at that instant, in the order of the shifts; none if it is not staffed."""
        on_board = (shift for shift in self.shifts if shift.unit_id == unit_id and shift.covers(at))
        return tuple(self.clinicians[shift.clinician_id] for shift in on_board)


def day_start(day: date, timezone: str) -> datetime:
    """Local midnight as an instant with its offset."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone))
