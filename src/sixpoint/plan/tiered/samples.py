"""What a run gives a report, as arrays: when help came to each call, each need met, where, and who was busy when."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from sixpoint.plan.tiered.figures import SkillTimes, skill_times
from sixpoint.plan.tiered.run import Run, since_ring_s
from sixpoint.plan.tiered.scenario import Prepared
from sixpoint.plan.tiered.surviving import Chances, chances_of
from sixpoint.plan.tiered.words import END_WORDS, T_ASSIGNED, T_AT_PATIENT, T_CANCELLED, T_CLEAR, T_CREW
from sixpoint.scope import practice_level

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
# Units and instants as one number that sorts by unit, then time: runs last at most some 10^11 ms.
UNIT_STEP: Final = 1 << 44


class Samples(msgspec.Struct, frozen=True, eq=False):
    """The calls of a run after its warm-up. Times are seconds from the ring, infinity for what never came."""

    at_ms: Any  # int64[calls]
    node: Any  # int64[calls]
    ends: dict[str, int]
    response: dict[str, Any]  # "first on scene", "first at patient", "EMT or higher at patient": float64[calls]
    needs: dict[str, SkillTimes]  # by skill; `call` counts the calls kept here
    survival: tuple[Chances, ...]  # by each curve of the scenario, in their order
    busy_h: dict[str, Any]  # by kind of unit and by highest level on board: float64[24], hours on calls by hour of day
    duty_h: dict[str, Any]  # the same for hours on duty


class Busy(NamedTuple):
    """Each time a unit was on a call: which unit, from when, until when."""

    unit: Any
    start_ms: Any
    end_ms: Any


def take_samples(prepared: Prepared, run: Run) -> Samples:
    """The samples of a traced run."""
    warm_ms = prepared.scenario.warm_up_h * HOUR_MS
    keep = run.calls["at"] >= warm_ms
    calls = run.calls[keep]
    number = np.cumsum(keep) - 1
    needs = {
        skill: SkillTimes(number[found.call], found.seconds, found.target_s)
        for skill, found in skill_times(run, keep).items()
    }
    crews = _Crews(prepared, run)
    response = {"first on scene": since_ring_s(run, "scene"), "first at patient": since_ring_s(run, "patient")}
    response |= crews.first_at_patient()
    until_ms = prepared.scenario.days * DAY_MS
    busy_h, duty_h = crews.hours(round(warm_ms), until_ms)
    return Samples(
        at_ms=calls["at"].copy(),
        node=calls["node"].copy(),
        ends={word: int((calls["end"] == place).sum()) for place, word in enumerate(END_WORDS)},
        response={name: times[keep] for name, times in response.items()},
        needs=needs,
        survival=chances_of(run, keep, prepared.curves),
        busy_h=busy_h,
        duty_h=duty_h,
    )


def busy_intervals(run: Run) -> Busy:
    """From being assigned until the next thing that ends or begins an assignment, in order of unit and time."""
    edges = run.trace[np.isin(run.trace[:, 1], (T_ASSIGNED, T_CLEAR, T_CANCELLED))]
    edges = edges[np.argsort(edges[:, 3], kind="stable")]
    begins = np.flatnonzero(edges[:, 1] == T_ASSIGNED)
    ends = np.full(len(begins), run.end_ms, np.int64)
    after = begins + 1
    same = after < len(edges)
    same[same] = edges[after[same], 3] == edges[begins[same], 3]
    ends[same] = edges[after[same], 0]
    return Busy(edges[begins, 3], edges[begins, 0], ends)


class _Crews:
    """Who was on which unit when, as the rank of the highest level on board."""

    def __init__(self, prepared: Prepared, run: Run) -> None:
        self.run, self.service = run, run.service
        self.levels = sorted(self.service.rules.levels.values(), key=lambda level: level.rank)
        roster = self.service.world.roster
        order = np.lexsort((roster["at"], roster["unit"]))
        planned = roster["unit"][order] * UNIT_STEP + roster["at"][order]
        ranks = _ranks(prepared)[order]
        rows = run.trace[run.trace[:, 1] == T_CREW]
        rows = rows[np.lexsort((rows[:, 0], rows[:, 3]))]
        self.at = rows[:, 3] * UNIT_STEP + rows[:, 0]
        self.hands = rows[:, 4]
        self.rank = ranks[np.searchsorted(planned, self.at, side="right") - 1]

    def rank_at(self, unit: Any, at_ms: Any) -> Any:
        """The rank of the highest level on each unit at each instant; -1 if there is none."""
        place = np.searchsorted(self.at, unit * UNIT_STEP + at_ms, side="right") - 1
        there = (place >= 0) & (self.at[place] // UNIT_STEP == unit)
        return np.where(there, self.rank[place], -1)

    def first_at_patient(self) -> dict[str, Any]:
        """For each level but the lowest, when the first crew with it or a higher one on board came to the patient."""
        run = self.run
        rows = run.trace[run.trace[:, 1] == T_AT_PATIENT]
        rank = self.rank_at(rows[:, 3], rows[:, 0])
        seconds = (rows[:, 0] - run.calls["at"][rows[:, 2]]) / 1000
        found = {}
        for level in self.levels[1:]:
            first = np.full(len(run.calls), np.inf)
            able = rank >= level.rank
            np.minimum.at(first, rows[able, 2], seconds[able])
            if np.isfinite(first).any():
                found[f"{level.id} or higher at patient"] = first
        return found

    def hours(self, from_ms: int, to_ms: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """Hours on calls and hours on duty by hour of the day, of each kind of unit and of each highest level."""
        busy = busy_intervals(self.run)
        unit, since = self.at // UNIT_STEP, self.at % UNIT_STEP
        until = np.append(since[1:], to_ms)
        until[np.append(unit[1:] != unit[:-1], True)] = to_ms
        manned = self.hands > 0
        duty = Busy(unit[manned], since[manned], until[manned])
        on_call = self._by_name(busy, self.rank_at(busy.unit, busy.start_ms), from_ms, to_ms)
        return on_call, self._by_name(duty, self.rank[manned], from_ms, to_ms)

    def _by_name(self, spans: Busy, rank: Any, from_ms: int, to_ms: int) -> dict[str, Any]:
        start, end = np.clip(spans.start_ms, from_ms, to_ms), np.clip(spans.end_ms, from_ms, to_ms)
        hours = _in_hour(end) - _in_hour(start)
        kinds = np.array(self.service.kinds, object)[spans.unit]
        found = {kind: hours[kinds == kind].sum(axis=0) for kind in sorted(set(self.service.kinds))}
        for level in self.levels:
            if (rank == level.rank).any():
                found[level.id] = hours[rank == level.rank].sum(axis=0)
        return found


def _in_hour(at_ms: Any) -> Any:
    """Hours that lie in each hour of the day between the start and each instant: float64[instants, 24]."""
    days, rest = np.divmod(np.asarray(at_ms, np.int64)[:, None], DAY_MS)
    return (days * HOUR_MS + np.clip(rest - np.arange(24) * HOUR_MS, 0, HOUR_MS)) / HOUR_MS


def _ranks(prepared: Prepared) -> Any:
    """For each row of the roster, the rank of the highest level on the unit from then on; -1 for nobody's."""
    region, service = prepared.region, prepared.service
    period = region.ends_at - region.starts_at
    known: dict[tuple[str, int], int] = {}
    by_unit: dict[str, list[Any]] = {}
    for shift in region.shifts:
        by_unit.setdefault(shift.unit_id, []).append(shift)
    found = []
    for row in service.world.roster:
        unit_id = service.unit_ids[row["unit"]]
        since_ms = int(row["at"]) % round(period.total_seconds() * 1000)
        if (unit_id, since_ms) not in known:
            at = region.starts_at + np.timedelta64(since_ms, "ms").item()
            people = [region.clinicians[one.clinician_id] for one in by_unit.get(unit_id, ()) if one.covers(at)]
            levels = [practice_level(service.rules, person, at) for person in people]
            known[unit_id, since_ms] = max((level.rank for level in levels if level is not None), default=-1)
        found.append(known[unit_id, since_ms] if row["hands"] else -1)
    return np.array(found, np.int64)
