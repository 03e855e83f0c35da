"""Makes a scenario ready to run: everything is checked, together, before anything is simulated."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec.structs import replace

from sixpoint.dispatch import CallTypes, Policy, load_call_types, load_policy
from sixpoint.errors import InputError
from sixpoint.plan.durations.file import groups_of, read_times
from sixpoint.plan.durations.fit import ServiceTimes
from sixpoint.plan.survival import SurvivalCurve
from sixpoint.plan.tiered.model import NORMAL_PACE, Away, Break, Diversion, Service, build_service
from sixpoint.plan.tiered.pacing import carried_shares
from sixpoint.plan.tiered.patients import Demand
from sixpoint.plan.tiered.scenario.change import changed
from sixpoint.plan.tiered.scenario.check import Checking, check_study
from sixpoint.plan.tiered.scenario.demand import read_model, surges_of
from sixpoint.plan.tiered.scenario.fleet import check_fleet, check_levels, check_staffed
from sixpoint.plan.tiered.scenario.text import Scenario
from sixpoint.plan.tiered.shapes import Pace
from sixpoint.plan.tiered.surviving import check_curves, curves_for
from sixpoint.plan.written import Written, read_written
from sixpoint.region import BUNDLED, Region, bundled_region, read_region
from sixpoint.road import TravelTimes
from sixpoint.scope import Rulebook, load_rulebook
from sixpoint.scope.load import refuse_absent
from sixpoint.tables import Faults


class Prepared(msgspec.Struct, frozen=True, eq=False):
    """A scenario that has passed every check, ready to run."""

    name: str
    scenario: Scenario
    region: Region
    service: Service
    demand: Demand
    cost: float | None
    curves: tuple[SurvivalCurve, ...]
    folder: Path = Path()  # which names of files in the scenario are relative to


def prepare(scenario: Scenario, folder: Path, travel: TravelTimes | None = None, file: Path | None = None) -> Prepared:
    """Applies a scenario to its region, or raises `InputError` naming every fault, before anything runs.

    Names of files are relative to `folder`, where the scenario lies. With the `file` that it was read from, faults are
    told with their lines.
    """
    types = load_call_types()
    faults = Faults()
    at = Checking(read_written(file) if file is not None else Written("scenario"), faults)
    region_is = region_folder(scenario.region, folder)
    if not region_is.is_dir():
        remedy = f"Name a bundled one ({', '.join(BUNDLED)}), or the path of a folder, relative to the scenario."
        at.fault(("region",), f"there is no region '{scenario.region}'", remedy)
        faults.raise_any()
    region = read_region(region_is, types.codes)
    check_study(scenario, types, at)
    check_fleet(scenario, region, at)
    model, surges = read_model(scenario, region, folder, types, at), surges_of(scenario, region, types, at)
    rules, policy = _rules(scenario, region, folder, at), _policy(scenario, at)
    times, curves = _times(scenario, folder, types, at), _curves(scenario, folder, types, at)
    if rules is not None:
        check_levels(scenario, rules, at)
    faults.raise_any()
    assert rules is not None and policy is not None
    after = changed(scenario, replace(region, rules=rules))
    check_staffed(after, scenario, at)
    if policy.move_up and not region.calls:
        what = "move_up is on, and the region has no calls of its own to reckon its cover from"
        at.fault(("policy", "move_up"), what, "Switch it off, or give the region a call log.")
    faults.raise_any()
    service = build_service(
        after, types, policy, scenario.days, travel=travel, pace=_pace(scenario),
        away=[Away(one.unit_id, one.from_h, one.to_h) for one in scenario.out_of_service],
        breaks=[Break(one.unit_id, one.at_h, one.minutes) for one in scenario.crew_break],
        diversions=[Diversion(one.facility_id, one.from_h, one.to_h) for one in scenario.diversion],
    )  # fmt: skip
    cost = _cost(scenario, service)
    demand = replace(_demand(scenario, types, times), model=model, surges=surges)
    return Prepared(scenario.name or "unnamed", scenario, after, service, demand, cost, curves, folder)


def region_folder(name: str, folder: Path) -> Path:
    """The folder of the region that a scenario in `folder` names: a bundled one, or one relative to it."""
    return bundled_region(name) if name in BUNDLED else folder / name


def _rules(scenario: Scenario, region: Region, folder: Path, at: Checking) -> Rulebook | None:
    if scenario.rulebook is None and scenario.overlays is None:
        return region.rules
    name, overlays = rulebook_of(scenario, region, folder)
    before = len(at.faults.found)
    for key, one in (("rulebook", name), *(("overlays", one) for one in overlays)):
        try:
            refuse_absent([one])
        except InputError as error:
            for fault in error.faults:
                at.fault((key,), f"'{fault.where}': {fault.what}", fault.remedy)
    if len(at.faults.found) > before:
        return None
    try:
        return load_rulebook(name, overlays)
    except InputError as error:
        at.faults.found.extend(error.faults)
        return None


def rulebook_of(scenario: Scenario, region: Region, folder: Path) -> tuple[str, tuple[str, ...]]:
    """The rulebook that a scenario names, with its overlays; files, relative to `folder`, by their paths."""
    names = [scenario.rulebook or region.rulebook, *(scenario.overlays or ())]
    own = [str((folder / name).absolute()) if (folder / name).is_file() else name for name in names]
    return own[0], tuple(own[1:])


def _policy(scenario: Scenario, at: Checking) -> Policy | None:
    base = msgspec.to_builtins(load_policy())
    known = ", ".join(base)
    for name in scenario.policy:
        if name not in base:
            at.fault(("policy", name), f"policy '{name}' is not known", f"Known are: {known}.")
    try:
        given = {name: value for name, value in scenario.policy.items() if name in base}
        policy = msgspec.convert({**base, **given}, Policy)
        if policy.weigh_cover:
            only_live = "weigh_cover is not simulated: live dispatch alone weighs cover"
            at.fault(("policy", "weigh_cover"), only_live, "Remove it; set it in the policy of the service.")
        return policy
    except InputError as error:
        for fault in error.faults:
            at.fault(("policy",), f"{fault.where}: {fault.what}", fault.remedy)
    except msgspec.ValidationError as error:
        at.fault(("policy",), str(error), "See the default policy for names and kinds.")
    return None


def _times(scenario: Scenario, folder: Path, types: CallTypes, at: Checking) -> ServiceTimes | None:
    if scenario.times is None or not at.has_file(("times", "file"), folder / scenario.times.file):
        return None
    groups = groups_of((types[code].acuity for code in types.codes), types.codes)
    try:
        return read_times(folder / scenario.times.file, groups)
    except InputError as error:
        at.faults.found.extend(error.faults)
        return None


def _curves(scenario: Scenario, folder: Path, types: CallTypes, at: Checking) -> tuple[SurvivalCurve, ...]:
    if scenario.survival is not None and not at.has_file(("survival",), folder / scenario.survival):
        return ()
    try:
        curves = curves_for(None if scenario.survival is None else folder / scenario.survival)
    except InputError as error:
        at.faults.found.extend(error.faults)
        return ()
    check_curves(curves, types, scenario.survival or "survival", at.faults)
    return curves


def _pace(scenario: Scenario) -> Pace:
    given = {name.removesuffix("_s"): round(1000 * value) for name, value in scenario.pace.items()}
    return NORMAL_PACE._replace(**given)


def _demand(scenario: Scenario, types: CallTypes, times: ServiceTimes | None) -> Demand:
    text, base = scenario.demand, Demand()
    conditional, bystander = text.conditional_need_share, text.bystander_cpr_share
    carried = {} if times is None else carried_shares(times, types)
    # What the scenario says of a class of calls goes before what was fitted.
    carried = {code: share for code, share in carried.items() if types[code].transport not in text.transport_share}
    return Demand(
        source=text.source,
        times=text.times,
        transport_share={**base.transport_share, **text.transport_share},
        conditional_need_share=base.conditional_need_share if conditional is None else conditional,
        bystander_cpr_share=base.bystander_cpr_share if bystander is None else bystander,
        mix=dict(text.mix),
        carried=carried,
        fitted=times,
    )


def _cost(scenario: Scenario, service: Service) -> float | None:
    """Cost of the simulated days: people by level and units by kind; None where no price is given."""
    if not scenario.cost.person_hour and not scenario.cost.unit_hour:
        return None
    periods = scenario.days / service.days
    people = sum(hours * scenario.cost.person_hour.get(level, 0.0) for level, hours in service.crew_hours.items())
    units = sum(hours * scenario.cost.unit_hour.get(kind, 0.0) for kind, hours in service.unit_hours.items())
    return periods * (people + units)
