"""A scenario: a TOML file that changes anything of a region, also the rulebook; refused whole if anything is wrong."""

from __future__ import annotations

import math
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from sixpoint.dispatch import CallTypes, Policy, load_call_types, load_policy
from sixpoint.errors import InputError
from sixpoint.plan.tiered.model import NORMAL_PACE, Away, Diversion, Service, build_service
from sixpoint.plan.tiered.patients import Demand
from sixpoint.plan.tiered.shapes import Pace
from sixpoint.region import BUNDLED, Region, Shift, Unit, bundled_region, read_region
from sixpoint.region.format import UNIT_KINDS
from sixpoint.road import TravelTimes
from sixpoint.scope import Clinician, Credential, Rulebook, equipment_of_kit, load_rulebook
from sixpoint.scope.person import GATES
from sixpoint.tables import Faults

# Invented crews hold every gate from so long before the region's first day.
HELD_SINCE = timedelta(days=3650)


class NewUnit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A unit that the region does not have, its crew given by level, on duty between two hours of each day."""

    unit_id: str
    kind: str
    post: str
    kit: str
    crew: tuple[str, ...]
    transport: bool = False
    turnout_s: float = 60.0
    from_h: float = 0.0
    to_h: float = 24.0


class UnitChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What changes of a unit of the region; the rest stays. `crew` puts people of these levels on each shift."""

    unit_id: str
    remove: bool = False
    post: str | None = None
    kit: str | None = None
    transport: bool | None = None
    turnout_s: float | None = None
    crew: tuple[str, ...] | None = None
    mutual_aid: bool | None = None


class AwayText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A unit out of service between two hours of the simulation."""

    unit_id: str
    from_h: float
    to_h: float


class DiversionText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A facility on diversion between two hours of the simulation."""

    facility_id: str
    from_h: float
    to_h: float


class DemandText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How demand differs: see `patients.Demand`. `mix` are shares of call types and sum to 1."""

    source: str = "fit"
    times: float = 1.0
    mix: dict[str, float] = {}
    transport_share: dict[str, float] = {}
    conditional_need_share: float | None = None
    bystander_cpr_share: float | None = None


class CostText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cost of an hour on duty: of a person by level, of a unit by kind."""

    person_hour: dict[str, float] = {}
    unit_hour: dict[str, float] = {}


class StopText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a study has run enough: see `stopping.Precision`. Neither width given: all replications are run."""

    figure: str = "first at patient, mean s"
    half_width: float | None = None
    relative: float | None = None
    minimum: int = 10


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
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
    demand: DemandText = DemandText()
    unit: tuple[NewUnit, ...] = ()
    change: tuple[UnitChange, ...] = ()
    out_of_service: tuple[AwayText, ...] = ()
    diversion: tuple[DiversionText, ...] = ()
    cost: CostText = CostText()


class Prepared(msgspec.Struct, frozen=True, eq=False):
    """A scenario that has passed every check, ready to run."""

    name: str
    scenario: Scenario
    region: Region
    service: Service
    demand: Demand
    cost: float | None
    folder: Path = Path()  # which names of files in the scenario are relative to


def read_scenario(path: Path) -> Scenario:
    """The scenario in a file; `InputError` for what is no TOML, no known key or of the wrong kind."""
    try:
        text = path.read_text("utf-8")
        values = tomllib.loads(text)
        return msgspec.convert(values, Scenario)
    except OSError as error:
        raise InputError.one(str(path), f"cannot be read ({error.strerror})", "Name a scenario file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError.one(path.name, f"is not TOML ({error})", "Write each line as: key = value.") from None
    except msgspec.ValidationError as error:
        raise InputError.one(path.name, f"is no scenario ({error})", "See docs/plan.md for the keys.") from None


def prepare(scenario: Scenario, folder: Path, travel: TravelTimes | None = None) -> Prepared:
    """Applies a scenario to its region, or raises `InputError` naming every fault, before anything runs.

    Names of files are relative to `folder`, where the scenario lies.
    """
    types = load_call_types()
    region = read_region(_region_folder(scenario.region, folder), types.codes)
    faults = Faults()
    _check(scenario, region, types, faults)
    rules, policy = _rules(scenario, region, folder, faults), _policy(scenario, faults)
    if rules is not None:
        _check_crews(scenario, rules, faults)
    faults.raise_any()
    assert rules is not None and policy is not None
    changed = _changed(scenario, replace(region, rules=rules))
    _check_staffed(changed, scenario, faults)
    faults.raise_any()
    service = build_service(
        changed, types, policy, scenario.days, travel=travel, pace=_pace(scenario),
        away=[Away(one.unit_id, one.from_h, one.to_h) for one in scenario.out_of_service],
        diversions=[Diversion(one.facility_id, one.from_h, one.to_h) for one in scenario.diversion],
    )  # fmt: skip
    cost = _cost(scenario, service)
    return Prepared(scenario.name or "unnamed", scenario, changed, service, _demand(scenario), cost, folder)


def _region_folder(name: str, folder: Path) -> Path:
    return bundled_region(name) if name in BUNDLED else folder / name


def _rules(scenario: Scenario, region: Region, folder: Path, faults: Faults) -> Rulebook | None:
    if scenario.rulebook is None and scenario.overlays is None:
        return region.rules
    names = [scenario.rulebook or region.rulebook, *(scenario.overlays or ())]
    own = [str(folder / name) if (folder / name).is_file() else name for name in names]
    try:
        return load_rulebook(own[0], own[1:])
    except InputError as error:
        faults.found.extend(error.faults)
        return None


def _policy(scenario: Scenario, faults: Faults) -> Policy | None:
    base = msgspec.to_builtins(load_policy())
    try:
        return msgspec.convert({**base, **scenario.policy}, Policy)
    except InputError as error:
        faults.found.extend(error.faults)
    except msgspec.ValidationError as error:
        faults.add("policy", str(error), "See the default policy for names and kinds.")
    return None


def _check(scenario: Scenario, region: Region, types: CallTypes, faults: Faults) -> None:
    if not 1 <= scenario.days <= 3660:
        faults.add("days", f"is {scenario.days}", "Write 1 to 3660.")
    if not 1 <= scenario.replications <= 10_000:
        faults.add("replications", f"is {scenario.replications}", "Write 1 to 10000.")
    if scenario.seed < 0:
        faults.add("seed", f"is {scenario.seed}", "Write a whole number, zero or more.")
    if not 0 <= scenario.warm_up_h < 24 * scenario.days:
        faults.add("warm_up_h", f"is {scenario.warm_up_h:g}", "Write hours from 0, fewer than are simulated.")
    if scenario.detect_warm_up and scenario.warm_up_h:
        faults.add("detect_warm_up", "is asked for beside warm_up_h", "Give one of the two.")
    _check_stop(scenario.stop, scenario.replications, faults)
    _check_demand(scenario.demand, types, faults)
    for name, seconds in scenario.pace.items():
        if name.removesuffix("_s") not in Pace._fields or not name.endswith("_s"):
            known = ", ".join(f"{field}_s" for field in Pace._fields if field != "loses")
            faults.add(f"pace.{name}", "is not known", f"Known are: {known}.")
        elif not (math.isfinite(seconds) and 0 <= seconds <= 86_400):
            faults.add(f"pace.{name}", f"is {seconds:g}", "Write seconds from 0 to 86400.")
    for kind, costs in (("person_hour", scenario.cost.person_hour), ("unit_hour", scenario.cost.unit_hour)):
        for name, value in costs.items():
            if not (math.isfinite(value) and value >= 0):
                faults.add(f"cost.{kind}.{name}", f"is {value:g}", "Write an amount, zero or more.")
    _check_fleet(scenario, region, faults)


def _check_stop(stop: StopText, replications: int, faults: Faults) -> None:
    for name, width in (("half_width", stop.half_width), ("relative", stop.relative)):
        if width is not None and not (math.isfinite(width) and width > 0):
            faults.add(f"stop.{name}", f"is {width:g}", "Write a number above 0.")
    if stop.minimum < 2:
        faults.add("stop.minimum", f"is {stop.minimum}", "Write 2 or more; 10 is usual.")
    if (stop.half_width is not None or stop.relative is not None) and stop.minimum > replications:
        faults.add("stop.minimum", f"is more than the {replications} replications", "Raise `replications`.")


def _check_demand(demand: DemandText, types: CallTypes, faults: Faults) -> None:
    if demand.source not in ("fit", "log"):
        faults.add("demand.source", f"is '{demand.source}'", "Write 'fit' (drawn) or 'log' (as it was).")
    if not (math.isfinite(demand.times) and 0 <= demand.times <= 1000):
        faults.add("demand.times", f"is {demand.times:g}", "Write a factor from 0 to 1000.")
    for code, share in demand.mix.items():
        if code not in types:
            faults.add(f"demand.mix.{code}", "is not a known call type", "Write a NEMSIS eDispatch.01 code.")
        if not 0 <= share <= 1:
            faults.add(f"demand.mix.{code}", f"is {share:g}, no share", "Write a number from 0 to 1.")
    if demand.mix and not math.isclose(sum(demand.mix.values()), 1.0, abs_tol=1e-6):
        faults.add("demand.mix", f"sums to {sum(demand.mix.values()):g}", "Make the shares sum to 1.")
    shares = {
        "conditional_need_share": demand.conditional_need_share,
        "bystander_cpr_share": demand.bystander_cpr_share,
    }
    shares |= {f"transport_share.{word}": share for word, share in demand.transport_share.items()}
    for name, value in shares.items():
        if value is not None and not 0 <= value <= 1:
            faults.add(f"demand.{name}", f"is {value:g}, no share", "Write a number from 0 to 1.")
    for word in demand.transport_share:
        if word not in ("yes", "likely", "no"):
            faults.add(f"demand.transport_share.{word}", "is not known", "Known are: yes, likely, no.")


def _check_fleet(scenario: Scenario, region: Region, faults: Faults) -> None:
    named: set[str] = set()
    for number, unit in enumerate(scenario.unit, 1):
        where = f"unit {number} ({unit.unit_id})"
        if unit.unit_id in region.units or unit.unit_id in named or not unit.unit_id:
            faults.add(where, "the id is empty or taken", "Give the new unit an id of its own.")
        named.add(unit.unit_id)
        if unit.kind not in UNIT_KINDS:
            faults.add(where, f"kind '{unit.kind}' is not known", f"Known are: {', '.join(UNIT_KINDS)}.")
        _check_post(unit.post, where, region, faults)
        _check_turnout(unit.turnout_s, where, faults)
        if not 0 <= unit.from_h < unit.to_h <= 24:
            faults.add(where, f"is on duty from {unit.from_h:g} to {unit.to_h:g}", "Write hours of a day, 0 to 24.")
        if not unit.crew:
            faults.add(where, "has no crew", 'Write levels, like crew = ["EMT", "EMT"].')
    for number, change in enumerate(scenario.change, 1):
        where = f"change {number} ({change.unit_id})"
        if change.unit_id not in region.units:
            faults.add(where, "no such unit in the region", f"Units are: {', '.join(list(region.units)[:20])}.")
        _check_post(change.post, where, region, faults)
        _check_turnout(change.turnout_s, where, faults)
        if change.crew == ():
            faults.add(where, "the crew is empty", "Write levels, or remove = true.")
    known = {*region.units, *named}
    spans = [
        ("out_of_service", n, one.unit_id, one.from_h, one.to_h) for n, one in enumerate(scenario.out_of_service, 1)
    ]
    spans += [("diversion", n, one.facility_id, one.from_h, one.to_h) for n, one in enumerate(scenario.diversion, 1)]
    for kind, number, name, from_h, to_h in spans:
        if name not in (known if kind == "out_of_service" else region.facilities):
            faults.add(f"{kind} {number}", f"there is no '{name}'", "Name one that the region or the file has.")
        if not 0 <= from_h < to_h:
            faults.add(f"{kind} {number}", f"runs from {from_h:g} to {to_h:g}", "Write hours, from 0 up.")


def _check_post(post: str | None, where: str, region: Region, faults: Faults) -> None:
    if post is not None and post not in region.posts:
        faults.add(where, f"post '{post}' is not known", f"Posts are: {', '.join(list(region.posts)[:20])}.")


def _check_turnout(turnout_s: float | None, where: str, faults: Faults) -> None:
    if turnout_s is not None and not 0 <= turnout_s <= 3600:
        faults.add(where, f"turnout_s is {turnout_s:g}", "Write seconds from 0 to 3600.")


def _check_crews(scenario: Scenario, rules: Rulebook, faults: Faults) -> None:
    units: list[tuple[str, tuple[str, ...], str | None]] = []
    units += [(f"unit {n} ({one.unit_id})", one.crew, one.kit) for n, one in enumerate(scenario.unit, 1)]
    units += [(f"change {n} ({one.unit_id})", one.crew or (), one.kit) for n, one in enumerate(scenario.change, 1)]
    for where, crew, kit in units:
        for level in crew:
            if level not in rules.levels:
                faults.add(where, f"level '{level}' is not known", f"Levels are: {', '.join(rules.levels)}.")
        if kit is not None:
            try:
                equipment_of_kit(rules, kit)
            except InputError as error:
                faults.add(where, error.faults[0].what, error.faults[0].remedy)
    for level in scenario.cost.person_hour:
        if level not in rules.levels:
            faults.add(f"cost.person_hour.{level}", "is no level", f"Levels are: {', '.join(rules.levels)}.")


def _changed(scenario: Scenario, region: Region) -> Region:
    """The region with the scenario's units, crews and posts."""
    units, people, shifts = dict(region.units), dict(region.clinicians), list(region.shifts)
    for change in scenario.change:
        if change.remove:
            del units[change.unit_id]
            shifts = [one for one in shifts if one.unit_id != change.unit_id]
            continue
        new = {"post_id": change.post, "kit": change.kit, "transport": change.transport, "turnout_s": change.turnout_s}
        new["mutual_aid"] = change.mutual_aid
        units[change.unit_id] = replace(
            units[change.unit_id], **{key: value for key, value in new.items() if value is not None}
        )
        if change.crew is not None:
            spans = sorted({(one.starts_at, one.ends_at) for one in shifts if one.unit_id == change.unit_id})
            shifts = [one for one in shifts if one.unit_id != change.unit_id]
            for number, level in enumerate(change.crew):
                person = invented(f"{change.unit_id} {number + 1}", level, region)
                people[person.id] = person
                shifts += [Shift(change.unit_id, person.id, starts, ends) for starts, ends in spans]
    for unit in scenario.unit:
        units[unit.unit_id] = Unit(
            unit.unit_id, unit.unit_id, unit.kind, unit.post, unit.transport, unit.kit, unit.turnout_s
        )
        for number, level in enumerate(unit.crew):
            person = invented(f"{unit.unit_id} {number + 1}", level, region)
            people[person.id] = person
            for day in range(region.days):
                midnight = region.starts_at + timedelta(days=day)
                span = (midnight + timedelta(hours=unit.from_h), midnight + timedelta(hours=unit.to_h))
                shifts.append(Shift(unit.unit_id, person.id, *span))
    return replace(region, units=units, clinicians=people, shifts=tuple(shifts))


def invented(name: str, level: str, region: Region) -> Clinician:
    """Somebody who has passed all four gates at a level."""
    since = region.starts_at - HELD_SINCE
    return Clinician(id=f"invented {name}", name=name, credentials=tuple(Credential(g, level, since) for g in GATES))


def _check_staffed(region: Region, scenario: Scenario, faults: Faults) -> None:
    """Somebody must be on duty in each hour of the region's days."""
    if not any(unit.transport for unit in region.units.values()):
        faults.add("unit", "no unit transports", "Keep or add a unit with transport = true.")
    edges = sorted({region.starts_at, *(one.ends_at for one in region.shifts)})
    for at in edges:
        if region.starts_at <= at < region.ends_at and not any(one.covers(at) for one in region.shifts):
            faults.add("unit", f"nobody is on duty at {at.isoformat()}", "Add a unit or a shift for that time.")


def _pace(scenario: Scenario) -> Pace:
    given = {name.removesuffix("_s"): round(1000 * value) for name, value in scenario.pace.items()}
    return NORMAL_PACE._replace(**given)


def _demand(scenario: Scenario) -> Demand:
    text, base = scenario.demand, Demand()
    conditional, bystander = text.conditional_need_share, text.bystander_cpr_share
    return Demand(
        source=text.source,
        times=text.times,
        transport_share={**base.transport_share, **text.transport_share},
        conditional_need_share=base.conditional_need_share if conditional is None else conditional,
        bystander_cpr_share=base.bystander_cpr_share if bystander is None else bystander,
        mix=dict(text.mix),
    )


def _cost(scenario: Scenario, service: Service) -> float | None:
    """Cost of the simulated days: people by level and units by kind; None where no price is given."""
    if not scenario.cost.person_hour and not scenario.cost.unit_hour:
        return None
    periods = scenario.days / service.days
    people = sum(hours * scenario.cost.person_hour.get(level, 0.0) for level, hours in service.crew_hours.items())
    units = sum(hours * scenario.cost.unit_hour.get(kind, 0.0) for kind, hours in service.unit_hours.items())
    return periods * (people + units)
