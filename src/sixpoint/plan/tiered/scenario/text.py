"""What a scenario file may say."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from sixpoint.plan.written import read_written, struct_of
from sixpoint.tables import Faults


class NewPost(msgspec.Struct, frozen=True):
    """A place to wait that the region does not have; it is joined to the nearest road."""

    post_id: str
    lon_deg: float
    lat_deg: float
    name: str = ""
    kind: str = "street"


class NewUnit(msgspec.Struct, frozen=True):
    """A unit that the region does not have, its crew given by level, on duty between two hours of each day.

    Where `[[shift]]` names the unit, its crews and hours are those of its shifts.
    """

    unit_id: str
    kind: str
    post: str
    kit: str
    crew: tuple[str, ...] = ()
    transport: bool = False
    turnout_s: float = 60.0
    from_h: float = 0.0
    to_h: float = 24.0


class UnitChange(msgspec.Struct, frozen=True):
    """What changes of a unit of the region; the rest stays. `crew` puts people of these levels on each shift."""

    unit_id: str
    remove: bool = False
    post: str | None = None
    kit: str | None = None
    transport: bool | None = None
    turnout_s: float | None = None
    crew: tuple[str, ...] | None = None
    mutual_aid: bool | None = None


class ShiftText(msgspec.Struct, frozen=True):
    """Who is on a unit between two hours of each day, by level or by name; past 24 h it runs into the next day.

    The shifts of a unit that is named here are these alone, whatever the region says.
    """

    unit_id: str
    from_h: float
    to_h: float
    crew: tuple[str, ...] = ()
    clinicians: tuple[str, ...] = ()


class FacilityChange(msgspec.Struct, frozen=True):
    """What changes of a facility of the region for good: whether it is open, and what it treats."""

    facility_id: str
    open: bool | None = None
    capabilities: tuple[str, ...] | None = None


class AwayText(msgspec.Struct, frozen=True):
    """A unit out of service between two hours of the simulation."""

    unit_id: str
    from_h: float
    to_h: float


class BreakText(msgspec.Struct, frozen=True):
    """A break that the crew of a unit is due at an hour of each day; it begins once the unit is clear."""

    unit_id: str
    at_h: float
    minutes: float


class DiversionText(msgspec.Struct, frozen=True):
    """A facility on diversion between two hours of the simulation."""

    facility_id: str
    from_h: float
    to_h: float


class DemandText(msgspec.Struct, frozen=True):
    """How demand differs: see `patients.Demand`. `mix` are shares of call types and sum to 1.

    `file` is demand fitted to a log (`sixpoint plan fit`), drawn from `first_day` on (else from the region's day);
    `season` "flat" leaves its months out, `places` "streets" its places.
    """

    source: str = "fit"
    file: str | None = None
    first_day: date | None = None
    season: str = "fit"
    places: str = "fit"
    times: float = 1.0
    mix: dict[str, float] = {}
    transport_share: dict[str, float] = {}
    conditional_need_share: float | None = None
    bystander_cpr_share: float | None = None


class SurgeText(msgspec.Struct, frozen=True):
    """Calls on top of the others between two hours of the simulation: a match, a fair; again every so many days.

    At a post or a place, on the streets within `radius_m` of it. How many: `calls_per_hour`, or `attendees` of whom
    `per_thousand` call while it lasts. `mix` are shares of call types and sum to 1.
    """

    name: str
    from_h: float
    to_h: float
    mix: dict[str, float]
    every_days: int = 0
    post: str | None = None
    lon_deg: float | None = None
    lat_deg: float | None = None
    radius_m: float = 0.0
    calls_per_hour: float | None = None
    attendees: float | None = None
    per_thousand: float | None = None
    transport_share: float | None = None


class TimesText(msgspec.Struct, frozen=True):
    """A file of fitted times (`sixpoint plan fit`): what it says is drawn, the rest is as ever."""

    file: str


class CostText(msgspec.Struct, frozen=True):
    """Cost of an hour on duty: of a person by level, of a unit by kind."""

    person_hour: dict[str, float] = {}
    unit_hour: dict[str, float] = {}


class StopText(msgspec.Struct, frozen=True):
    """When a study has run enough: see `stopping.Precision`. Neither width given: all replications are run."""

    figure: str = "first at patient, mean s"
    half_width: float | None = None
    relative: float | None = None
    minimum: int = 10


class Scenario(msgspec.Struct, frozen=True):
    """What a scenario file may say; everything but the region may be left out."""

    region: str
    name: str = ""
    days: int = 7
    seed: int = 1
    replications: int = 10
    warm_up_h: float = 0.0
    detect_warm_up: bool = False
    stop: StopText = StopText()
    rulebook: str | None = None
    overlays: tuple[str, ...] | None = None
    policy: dict[str, Any] = {}
    pace: dict[str, float] = {}
    times: TimesText | None = None
    demand: DemandText = DemandText()
    surge: tuple[SurgeText, ...] = ()
    post: tuple[NewPost, ...] = ()
    unit: tuple[NewUnit, ...] = ()
    change: tuple[UnitChange, ...] = ()
    shift: tuple[ShiftText, ...] = ()
    facility: tuple[FacilityChange, ...] = ()
    out_of_service: tuple[AwayText, ...] = ()
    crew_break: tuple[BreakText, ...] = ()
    diversion: tuple[DiversionText, ...] = ()
    cost: CostText = CostText()
    survival: str | None = None  # a file of survival curves beside those that come with Sixpoint


def read_scenario(path: Path) -> Scenario:
    """The scenario in a file; `InputError` names every key that is not known or of the wrong kind, with its line."""
    written = read_written(path)
    faults = Faults()
    scenario = struct_of(Scenario, written, faults)
    faults.raise_any()
    assert scenario is not None
    return scenario
