"""Calls drawn for the simulation: when, where, of which type, and what the patient behind each needs.

The draw depends on demand and seed alone, never on units or rules, so that two scenarios meet the same patients.
Where no fit and no log says otherwise, shares and durations are those of `plan/pace.py`: judgements, not findings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from sixpoint.dispatch import CallTypes
from sixpoint.ops.decide.passing import ALERT_SKILL
from sixpoint.plan.durations.fit import ServiceTimes
from sixpoint.plan.pace import (
    BYSTANDER_CPR_SHARE,
    CONDITIONAL_NEED_SHARE,
    OFFLOAD_S,
    ON_SCENE_S,
    TO_PATIENT_S,
    TRANSPORT_SHARE,
)
from sixpoint.plan.tiered.modelled import Modelled, Surge, draw_modelled, draw_surge
from sixpoint.plan.tiered.pacing import draw_times, logged_times, paced_kinds
from sixpoint.plan.tiered.shapes import CALL, Times, no_times
from sixpoint.region import Region

HOUR_MS: Final = 3_600_000
# A stream of random numbers for each thing that is drawn; a new one goes to the end: the others stay as they are.
STREAMS: Final = 7


class Demand(msgspec.Struct, frozen=True):
    """Where calls come from: the region's own, drawn anew ("fit") or as they were ("log"), so many times as many.

    `carried` is the share carried by call type, before `transport_share` by the type's class. With `fitted` times
    whatever was fitted is drawn; without them a log keeps its own times on scene and at facilities. `model` is demand
    that was fitted to a log, in place of the region's own; `surges` come on top of either.
    """

    source: str = "fit"
    times: float = 1.0
    transport_share: dict[str, float] = msgspec.field(default_factory=lambda: dict(TRANSPORT_SHARE))
    conditional_need_share: float = CONDITIONAL_NEED_SHARE
    bystander_cpr_share: float = BYSTANDER_CPR_SHARE
    mix: dict[str, float] = msgspec.field(default_factory=dict)
    carried: dict[str, float] = msgspec.field(default_factory=dict)
    fitted: ServiceTimes | None = None
    model: Modelled | None = None
    surges: tuple[Surge, ...] = ()


class Drawn(msgspec.Struct, frozen=True, eq=False):
    """The calls as records, for each whether a bystander gave CPR, and how long steps take where that was drawn."""

    calls: Any
    bystander_cpr: Any
    times: Times | None = None


def draw_patients(region: Region, types: CallTypes, demand: Demand, days: int, seed: int) -> Drawn:
    """The calls of so many days; without a demand model the region's own log is drawn from (hour, place and type)."""
    seeds = np.random.SeedSequence(seed).spawn(STREAMS)
    streams = _streams(seeds)
    logged: Logged | None = None
    if demand.source == "log":
        logged = _log(region, types, days)
        found = logged.at, logged.node, logged.kind
    else:
        found = _drawn(region, types, demand, days, streams[0], streams[1])
    drawn = [_patients(found, region, types, demand, streams, logged=logged)]
    # Each surge has streams of its own: it adds its calls and leaves every other patient as they are.
    for surge, own in zip(demand.surges, seeds[6].spawn(len(demand.surges)), strict=True):
        streams = _streams(own.spawn(STREAMS))
        found = draw_surge(surge, days, streams[0], streams[1])
        drawn.append(_patients(found, region, types, demand, streams, carried=surge.carried))
    return drawn[0] if len(drawn) == 1 else _together(drawn, len(paced_kinds(region)))


def _streams(seeds: Sequence[np.random.SeedSequence]) -> list[np.random.Generator]:
    return [np.random.Generator(np.random.PCG64(one)) for one in seeds]


def _together(parts: Sequence[Drawn], kinds: int) -> Drawn:
    """The calls of several draws in order of time."""
    order = np.argsort(np.concatenate([one.calls["at"] for one in parts]), kind="stable")
    times: Times | None = None
    if any(one.times is not None for one in parts):
        rows = [no_times(len(one.calls), kinds) if one.times is None else one.times for one in parts]
        times = Times(*(np.concatenate(column)[order] for column in zip(*rows, strict=True)))
    calls, bystander = (
        np.concatenate(one)[order] for one in zip(*((p.calls, p.bystander_cpr) for p in parts), strict=True)
    )
    return Drawn(calls, bystander, times)


def _patients(
    found: tuple[Any, Any, Any],
    region: Region,
    types: CallTypes,
    demand: Demand,
    streams: Sequence[Any],
    *,
    logged: Logged | None = None,
    carried: float | None = None,
) -> Drawn:
    """The patients behind calls of which it is known when, where and what they are."""
    at, node, kind = found
    calls = np.zeros(len(at), CALL)
    order = np.argsort(at, kind="stable")
    calls["at"], calls["node"], calls["type"] = at[order], node[order], kind[order]
    for name in ("first", "carrier", "charge", "rider", "facility", "chosen", "scene", "patient", "departed", "closed"):
        calls[name] = -1
    calls["waits"] = -1
    count = len(calls)
    chance = streams[2].random(count)
    share = np.array([demand.carried.get(code, demand.transport_share[types[code].transport]) for code in types.codes])
    calls["carried"] = chance < (share[calls["type"]] if carried is None else carried)
    if logged is not None and demand.fitted is None:
        known = logged.carried[order]
        calls["carried"] = np.where(known < 0, calls["carried"], known)
    _add_needs(calls, types, demand, streams[3])
    normal = streams[4].standard_normal((count, 3))
    for column, (name, (median, sigma)) in enumerate(
        (("on_scene", ON_SCENE_S), ("offload", OFFLOAD_S), ("to_patient", TO_PATIENT_S))
    ):
        calls[name] = np.rint(1000 * median * np.exp(sigma * normal[:, column]))
    bystander = streams[4].random(count) < demand.bystander_cpr_share
    times = None
    if demand.fitted is not None:
        times = draw_times(demand.fitted, calls, types, paced_kinds(region), streams[5])
    elif logged is not None:
        times = Times(logged.times.taking[order], logged.times.by_kind[order])
    return Drawn(calls, bystander, times)


def _add_needs(calls: Any, types: CallTypes, demand: Demand, random: Any) -> None:
    """What each patient really needs, as a mask over the needs of the call type."""
    conditional = random.random((len(calls), 64)) < demand.conditional_need_share
    for place, code in enumerate(types.codes):
        here = np.flatnonzero(calls["type"] == place)
        for bit, need in enumerate(types[code].needs):
            applies = conditional[here, bit] if need.when else np.ones(len(here), bool)
            if need.transporting:
                applies = calls["carried"][here] == 1
            calls["mask"][here] |= applies.astype(np.int64) << bit
    _agree(calls, types)


def _agree(calls: Any, types: CallTypes) -> None:
    """Makes the needs of each patient agree: one condition holds for all its needs or none; some are never together."""
    for place, code in enumerate(types.codes):
        needs, here = types[code].needs, calls["type"] == place
        bit_of = {need.order: bit for bit, need in enumerate(needs)}
        first = {need.when: bit for bit, need in reversed(list(enumerate(needs)))}
        for bit, need in enumerate(needs):
            if need.when and not need.transporting and first[need.when] != bit:
                both = calls["mask"] >> first[need.when] & 1
                calls["mask"][here] = (calls["mask"] & ~(1 << bit) | both << bit)[here]
        parting = sum(1 << bit for bit, need in enumerate(needs) if ALERT_SKILL in need.any_of)
        calls["mask"][here & (calls["carried"] == 0)] &= ~parting  # who stays is announced nowhere
        for bit, need in enumerate(needs):
            others = sum(1 << bit_of[order] for order in need.not_with)
            calls["mask"][here & (calls["mask"] & others != 0)] &= ~(1 << bit)


class Logged(msgspec.Struct, frozen=True, eq=False):
    """The region's calls as they were; `carried` is 1, 0 or -1 where the log does not say."""

    at: Any
    node: Any
    kind: Any
    carried: Any
    times: Times


def _log(region: Region, types: CallTypes, days: int) -> Logged:
    index = {code: place for place, code in enumerate(types.codes)}
    periods = -(-days // region.days)
    period_ms = _ms(region.ends_at - region.starts_at)
    at = np.array([_ms(call.received_at - region.starts_at) for call in region.calls], np.int64)
    node = np.array([call.node for call in region.calls], np.int64)
    kind = np.array([index[call.dispatch_code] for call in region.calls], np.int64)
    carried = np.array([-1 if call.transport is None else call.transport for call in region.calls], np.int64)
    at = np.concatenate([at + period * period_ms for period in range(periods)])
    within = at < days * 24 * HOUR_MS
    times = logged_times(region, periods)
    return Logged(
        at[within], np.tile(node, periods)[within], np.tile(kind, periods)[within], np.tile(carried, periods)[within],
        Times(times.taking[within], times.by_kind[within]),
    )  # fmt: skip


def _drawn(region: Region, types: CallTypes, demand: Demand, days: int, when: Any, what: Any) -> tuple[Any, Any, Any]:
    if demand.model is not None and not demand.mix:
        return draw_modelled(demand.model, days, demand.times, when, what)
    index = {code: place for place, code in enumerate(types.codes)}
    if demand.model is not None:
        at, node, _ = draw_modelled(demand.model, days, demand.times, when, what)
        return at, node, _by_share(demand.mix, index, what.random(len(at)))
    zone = ZoneInfo(region.timezone)
    if region.demand is not None:
        per_hour = np.array(region.demand.calls_per_hour)
    else:
        hours = [call.received_at.astimezone(zone).hour for call in region.calls]
        per_hour = np.bincount(hours, minlength=24) / region.days
    counts = when.poisson(np.tile(per_hour * demand.times, days))
    at = (np.repeat(np.arange(24 * days), counts) + when.random(counts.sum())) * HOUR_MS
    chance, place = what.random(len(at)), what.random(len(at))
    mix = demand.mix or (dict(region.demand.mix) if region.demand is not None else {})
    if region.demand is not None or not region.calls:
        network = region.network
        metres = np.bincount(network.tails(), weights=network.length_m, minlength=network.node_count)
        up_to = np.cumsum(metres * network.can_stop)
        node = np.searchsorted(up_to, place * up_to[-1], side="right")
    else:  # place and type are drawn together from the region's own calls
        one = (place * len(region.calls)).astype(np.int64)
        node = np.array([call.node for call in region.calls], np.int64)[one]
        if not mix:
            return at.astype(np.int64), node, np.array([index[c.dispatch_code] for c in region.calls], np.int64)[one]
    return at.astype(np.int64), node, _by_share(mix, index, chance)


def _by_share(mix: Mapping[str, float], index: Mapping[str, int], chance: Any) -> Any:
    """The type of each call by the weights of a mix."""
    weights = np.cumsum(list(mix.values()))
    kinds = np.array([index[code] for code in mix], np.int64)
    return kinds[np.searchsorted(weights / weights[-1], chance, side="right")]


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
