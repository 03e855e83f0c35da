"""How the recommended tiers compare with the units that were really sent, call by call of a real day.

The log says who was sent, not why, and not where free units stood: they are taken to wait at their posts. Complaint
and crews of the region are imputed. So this is a comparison to explain, not a score, and nothing is tuned to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np

from sixpoint.dispatch import Candidate, Choice, Policy, choose, load_call_types, weigh
from sixpoint.errors import InputError
from sixpoint.region import Region
from sixpoint.region.importers.sf_log import Response, calls_of, read_log
from sixpoint.road import TravelTimes
from sixpoint.scope import Capability, crew_capability, equipment_of_kit, next_change, practice_level
from sixpoint.tables import Faults


class Compared(msgspec.Struct, frozen=True):
    """One real call: the tiers sent and recommended, and whether each brings a scarce skill and a transport."""

    call_id: str
    dispatch_code: str
    imputed: bool
    sent: tuple[str, ...]
    recommended: tuple[str, ...]
    agreement: str
    sent_scarce: bool
    recommended_scarce: bool
    sent_transport: bool
    recommended_transport: bool
    sent_harm: float
    recommended_harm: float
    left_out: int


class TypeCounts(msgspec.Struct, frozen=True):
    """Calls of one type: `same` mix of tiers; the recommendation is `fewer` or `more` of the same tiers; or `other`.

    `scarce` counts (sent and recommended, only sent, only recommended, neither) for units with a scarce skill;
    `units_sent`, `units_recommended` are means. `pairs` are the commonest pairs of mixes.
    """

    dispatch_code: str
    reason: str
    calls: int
    same: int
    fewer: int
    more: int
    other: int
    queued: int
    scarce: tuple[int, int, int, int]
    units_sent: float
    units_recommended: float
    pairs: tuple[tuple[str, str, int], ...]


class Service:
    """The units of a region as the log shows them: who is on duty and free at an instant, seen from a call."""

    def __init__(self, region: Region, responses: Sequence[Response], policy: Policy) -> None:
        self.region, self.policy = region, policy
        self.index = {skill.id: skill.index for skill in region.rules.skills}
        self.scarce = sum(1 << self.index[skill] for skill in policy.scarce_skills if skill in self.index)
        self.times = TravelTimes(region.network, region.lights_factor)
        self._capabilities: dict[tuple[str, tuple[str, ...]], tuple[datetime, datetime, Capability]] = {}
        self.spans: dict[str, list[tuple[datetime, datetime, str]]] = {}
        for each in responses:
            end = each.available or each.hospital or each.transport or each.on_scene
            if each.dispatch is not None and end is not None:
                self.spans.setdefault(each.unit_id, []).append((each.dispatch, end, each.call_number))

    def is_free(self, unit_id: str, at: datetime, call_id: str) -> bool:
        """Whether the log shows the unit on no other call at that instant."""
        return not any(start <= at < end for start, end, other in self.spans.get(unit_id, ()) if other != call_id)

    def candidates(self, call_id: str, node: int, at: datetime) -> list[Candidate]:
        """Every unit on duty and free, from its post: turnout, then the road."""
        units = [
            unit
            for unit in self.region.units.values()
            if self.is_free(unit.unit_id, at, call_id) and self.region.crew(unit.unit_id, at)
        ]
        posts = np.array([self.region.posts[unit.post_id].node for unit in units], np.int64)
        roads_s = self.times.from_many(posts, node) if units else np.zeros(0)
        found = []
        for unit, road_s in zip(units, roads_s.tolist(), strict=True):
            may, hands = self._capability(unit.unit_id, at)
            eta_s = unit.turnout_s + road_s
            found.append(Candidate(unit.unit_id, may.standing, may.with_order, unit.transport, eta_s, hands=hands))
        return found

    def _capability(self, unit_id: str, at: datetime) -> tuple[Capability, int]:
        """What the unit's crew may do at the instant, and how many they are; kept until it may change."""
        crew = self.region.crew(unit_id, at)
        key = (unit_id, tuple(person.id for person in crew))
        known = self._capabilities.get(key)
        if known is None or not known[0] <= at < known[1]:
            unit, rules = self.region.units[unit_id], self.region.rules
            may = crew_capability(rules, crew, equipment_of_kit(rules, unit.kit), at)
            until = next_change(rules, crew, at) or datetime.max.replace(tzinfo=UTC)
            known = self._capabilities[key] = (at, until, may)
        return known[2], len(crew)

    def tier(self, unit_id: str, at: datetime) -> str:
        """The kind of unit and the highest level on it, as the rulebook ranks them."""
        levels = [practice_level(self.region.rules, person, at) for person in self.region.crew(unit_id, at)]
        known = [level for level in levels if level is not None]
        top = max(known, key=lambda level: level.rank).id if known else "nobody"
        return f"{self.region.units[unit_id].kind} {top}"


def compare_day(region: Region, log: Path, policy: Policy) -> list[Compared]:
    """Each call of the region that the log knows and to which units of the region were sent."""
    faults = Faults()
    responses = read_log(log, faults)
    faults.raise_any()
    logged = {call.first.call_number: call.responses for call in calls_of(responses, region.day)}
    if not any(call.call_id in logged for call in region.calls):
        raise InputError.one(str(log), f"holds no call of region {region.id}", "Name the log the region was made from.")
    service = Service(region, responses, policy)
    call_types = load_call_types()
    compared = []
    for call in region.calls:
        rows = [each for each in logged.get(call.call_id, ()) if each.dispatch is not None]
        known = {each.unit_id for each in rows if each.unit_id in region.units}
        if not known:
            continue
        at = min(each.dispatch for each in rows if each.dispatch is not None)
        candidates = service.candidates(call.call_id, call.node, at)
        able = {candidate.unit_id for candidate in candidates}
        call_type = call_types[call.dispatch_code]
        choice = choose(call_type, candidates, service.index, policy)
        real = weigh(call_type, candidates, known & able, service.index, policy)
        left_out = len({each.unit_id for each in rows}) - len(known & able)
        imputed = "dispatch_code" in call.imputed
        compared.append(
            _compared(service, call.call_id, call.dispatch_code, imputed, at, candidates, choice, real, left_out)
        )
    return compared


def _compared(
    service: Service,
    call_id: str,
    code: str,
    imputed: bool,
    at: datetime,
    candidates: Sequence[Candidate],
    choice: Choice,
    real: Choice,
    left_out: int,
) -> Compared:
    by_id = {candidate.unit_id: candidate for candidate in candidates}

    def mix(which: Choice) -> tuple[str, ...]:
        return tuple(sorted(service.tier(item.unit_id, at) for item in which.sent))

    def scarce(which: Choice) -> bool:
        return any(by_id[item.unit_id].standing & service.scarce for item in which.sent)

    def carries(which: Choice) -> bool:
        return any(by_id[item.unit_id].can_transport for item in which.sent)

    return Compared(
        call_id,
        code,
        imputed,
        mix(real),
        mix(choice),
        agreement(mix(real), mix(choice)),
        scarce(real),
        scarce(choice),
        carries(real),
        carries(choice),
        real.harm,
        choice.harm,
        left_out,
    )


def agreement(sent: Iterable[str], recommended: Iterable[str]) -> str:
    """How the recommendation relates to what was sent: same, fewer or more of the same tiers, other, or queued."""
    real, ours = Counter(sent), Counter(recommended)
    if not ours:
        return "queued"
    if real == ours:
        return "same"
    if ours <= real:
        return "fewer"
    return "more" if real <= ours else "other"


def by_type(compared: Sequence[Compared], reasons: Mapping[str, str]) -> list[TypeCounts]:
    """Counts by call type, the commonest first, and last all together (code 'all')."""
    codes = Counter(each.dispatch_code for each in compared)
    rows = [
        _counts(code, reasons[code], [each for each in compared if each.dispatch_code == code])
        for code, _ in sorted(codes.items(), key=lambda item: (-item[1], item[0]))
    ]
    return [*rows, _counts("all", "all calls", compared)]


def _counts(code: str, reason: str, calls: Sequence[Compared]) -> TypeCounts:
    found = Counter(each.agreement for each in calls)
    scarce = Counter((each.sent_scarce, each.recommended_scarce) for each in calls)
    pairs = Counter((" + ".join(each.sent), " + ".join(each.recommended)) for each in calls)
    return TypeCounts(
        code,
        reason,
        len(calls),
        found["same"],
        found["fewer"],
        found["more"],
        found["other"],
        found["queued"],
        (scarce[True, True], scarce[True, False], scarce[False, True], scarce[False, False]),
        round(sum(len(each.sent) for each in calls) / max(1, len(calls)), 2),
        round(sum(len(each.recommended) for each in calls) / max(1, len(calls)), 2),
        tuple((*pair, count) for pair, count in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[:3]),
    )
