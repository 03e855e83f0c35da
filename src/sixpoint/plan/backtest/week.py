"""Makes San Francisco's service ready: what is learnt from days before, what is taken from the days simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec.structs import replace

from sixpoint.dispatch import CallTypes, load_policy
from sixpoint.errors import InputError
from sixpoint.plan.backtest.intervals import types_of_units
from sixpoint.plan.call_log.model import CallLog
from sixpoint.plan.call_log.san_francisco import read_san_francisco
from sixpoint.plan.demand import Demand, fit_demand
from sixpoint.plan.demand.grid import CELL_M
from sixpoint.plan.durations.fit import BOOTSTRAP, ServiceTimes, fit_times
from sixpoint.plan.durations.observed import call_chain
from sixpoint.plan.tiered.model import NORMAL_PACE, Away, Service, build_service
from sixpoint.plan.tiered.pacing import carried_shares
from sixpoint.plan.tiered.patients import Demand as Patients
from sixpoint.plan.tiered.patients import Drawn, draw_patients
from sixpoint.plan.tiered.shapes import OFFLOAD, TURNOUT
from sixpoint.region import Region
from sixpoint.region.draws import Draws
from sixpoint.region.importers.sf import COMPLAINTS, HOMES, LOG, STATIONS, import_day
from sixpoint.region.importers.sf_complaint import Mix, complaint_of, read_mix
from sixpoint.region.importers.sf_log import LoggedCall, calls_of, read_log
from sixpoint.region.model import day_start
from sixpoint.road import TravelTimes
from sixpoint.road.calibration import Calibration, Unlit, calibrate, calibrate_unlit
from sixpoint.road.observed_runs import Run
from sixpoint.road.profiles import scaled
from sixpoint.road.sf_log import read_sf_runs
from sixpoint.tables import Faults

LIGHTS: Final = "3"  # the log's priorities
NO_LIGHTS: Final = "2"
# Every so many days is for checking: runs without lights are few, and half of them are left out as well.
HOLD_OUT: Final = 3
HOLD_OUT_UNLIT: Final = 2


class Spans(msgspec.Struct, frozen=True):
    """Days that are learnt from and days that are simulated; ends are not included."""

    fit_from: date
    fit_to: date
    first: date
    last: date

    @property
    def days(self) -> int:
        """Days simulated."""
        return (self.last - self.first).days


class Learnt(msgspec.Struct, frozen=True, eq=False):
    """What the days `before` say: demand, service times, speeds with lights and how much slower units drive without
    (None: too few such runs to tell); `real` are the days simulated."""

    demand: Demand
    times: ServiceTimes
    lights: Calibration
    unlit: Unlit | None
    before: CallLog
    real: CallLog


class Ready(msgspec.Struct, frozen=True, eq=False):
    """The service of the days simulated, with its calls as logged; `away_h` hours of units on other calls."""

    spans: Spans
    region: Region
    service: Service
    types: CallTypes
    learnt: Learnt
    patients: Patients
    unit_types: Mapping[str, str]
    left_out: tuple[str, ...]
    medical: tuple[LoggedCall, ...]
    mix: Mix
    away_h: float

    @property
    def delay_s(self) -> float:
        """What every run on the road takes beside driving, s."""
        return self.learnt.lights.base_s

    def drawn(self, seed: int) -> Drawn:
        """The patients of one run: times and places as logged; complaints, needs and steps by seed."""
        draws = Draws(np.random.Generator(np.random.PCG64([seed, 1])))
        codes = {one.first.call_number: complaint_of(one, self.mix, draws).dispatch_code for one in self.medical}
        calls = tuple(replace(call, dispatch_code=codes[call.call_id]) for call in self.region.calls)
        region = replace(self.region, calls=calls)
        found = draw_patients(region, self.types, self.patients, self.spans.days, seed)
        assert found.times is not None
        # The kernel knows no delay of a run: it is spent before setting out, and after arriving at the facility.
        by_kind, more_ms = found.times.by_kind.copy(), round(1000 * self.delay_s)
        for step in (TURNOUT, OFFLOAD):
            by_kind[:, :, step] += np.where(by_kind[:, :, step] >= 0, more_ms, 0)
        return replace(found, times=found.times._replace(by_kind=by_kind))


def make_ready(data: Path, spans: Spans, out: Path, types: CallTypes, seed: int, bootstrap: int = BOOTSTRAP) -> Ready:
    """Reads, fits and builds everything; the region of the days simulated is written to `out`. Same seed, same."""
    check_spans(spans)
    log = read_san_francisco(data, seed)
    before, real = (_part(log, *span) for span in ((spans.fit_from, spans.fit_to), (spans.first, spans.last)))
    region = import_day(
        data, spans.first, out, days=spans.days, seed=seed, call_codes=types.codes, before=spans.fit_from
    )
    chain = call_chain({code: types[code].acuity for code in types.codes})
    times = fit_times(before, chain, bootstrap=bootstrap, seed=seed)
    demand = fit_demand(before, region.network, cell_m=CELL_M)
    lights, unlit = _speeds(data, spans, region)
    learnt = Learnt(demand, times, lights, unlit, before, real)
    driven = _driven(region, lights)
    pace = NORMAL_PACE._replace(notify=0, starting=NORMAL_PACE.starting + round(1000 * lights.base_s))
    faults = Faults()
    responses, mix = read_log(data / LOG, faults), read_mix(data / COMPLAINTS, faults)
    faults.raise_any()
    wanted = [spans.first + timedelta(days=one) for one in range(spans.days)]
    logged = [call for one in wanted for call in calls_of(responses, one)]
    away = _away(driven, [call for call in logged if not call.is_medical])
    service = build_service(
        driven, types, load_policy(), spans.days, travel=TravelTimes(driven.network), pace=pace, away=away
    )
    slower = 1.0 if unlit is None else unlit.factor
    factors = np.array([[driven.lights_factor], [driven.lights_factor * slower]])
    service = replace(service, world=service.world._replace(factors=factors))
    patients = Patients(source="log", carried=carried_shares(times, types), fitted=times)
    unit_types = types_of_units(log, service.unit_ids)
    others = sorted({each.unit_id for each in real.responses} - set(unit_types))
    medical = tuple(call for call in logged if call.is_medical)
    away_h = sum(one.to_h - one.from_h for one in away)
    return Ready(spans, driven, service, types, learnt, patients, unit_types, tuple(others), medical, mix, away_h)


def check_spans(spans: Spans) -> None:
    """Refuses stretches that overlap, run backwards or are too short to learn from."""
    faults = Faults()
    if not spans.fit_from < spans.fit_to <= spans.first:
        what = f"it learns from {spans.fit_from} up to {spans.fit_to} and simulates from {spans.first} on"
        faults.add("--fit-from", what, "Learn from days before those that are simulated; ends are not included.")
    if not spans.first < spans.last:
        faults.add("--to", f"{spans.last} is not after {spans.first}", "Exchange them; the end is not included.")
    faults.raise_any()


def _part(log: CallLog, first: date, last: date) -> CallLog:
    start, end = day_start(first, log.timezone), day_start(last, log.timezone)
    if start < log.start or end > log.end:
        what = f"{first} to {last} is not within the log"
        raise InputError.one(log.name, what, f"It runs from {log.start.date()} up to {log.end.date()}.")
    return log.between(start, end)


def _speeds(data: Path, spans: Spans, region: Region) -> tuple[Calibration, Unlit | None]:
    """Factors by class of road, a delay of every run, and how much slower units drive without lights: all from the
    runs of the days that are learnt from alone."""
    first, last = spans.fit_from.toordinal(), spans.fit_to.toordinal()

    def runs(priority: str) -> list[Run]:
        files = {"stations": data / STATIONS, "homes": data / HOMES}
        observed = read_sf_runs(data / LOG, region.network, **files, priority=priority)
        return [run for run in observed.runs if first <= run.day < last]

    lights = calibrate(region.network, runs(LIGHTS), hold_out=HOLD_OUT)
    try:
        return lights, calibrate_unlit(region.network, lights, runs(NO_LIGHTS), hold_out=HOLD_OUT_UNLIT)
    except InputError:
        return lights, None


def _driven(region: Region, speeds: Calibration) -> Region:
    """The region with calibrated roads: a mean factor for runs with lights, and what classes differ from it for all.

    The mean goes by the time that all streets of a class take together.
    """
    network = region.network
    factors = np.array([speeds.factors[name] for name in network.classes])
    by_class_s = np.bincount(network.road_class, weights=network.time_s, minlength=len(factors))
    mean = float(by_class_s @ factors / by_class_s.sum())
    return replace(region, network=scaled(network, (factors / mean).tolist(), "calibrated"), lights_factor=mean)


def _away(region: Region, others: Sequence[LoggedCall]) -> list[Away]:
    """Units of the fleet on calls that are not medical, from dispatch to clearing, as logged."""
    found = []
    for call in others:
        for each in call.responses:
            if each.unit_id not in region.units or each.dispatch is None or each.available is None:
                continue
            span = [(at - region.starts_at).total_seconds() / 3600 for at in (each.dispatch, each.available)]
            if span[0] < span[1]:
                found.append(Away(each.unit_id, span[0], span[1]))
    return found
