"""What looks wrong about acts, orders, ends and instants as they are entered; plausible.py has the measurements."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sixpoint.care import facts as f
from sixpoint.care.encounter import Encounter, fact_by_id, running
from sixpoint.care.ending import death_criteria
from sixpoint.scope.condition_text import ROUTES


class Doubt(msgspec.Struct, frozen=True):
    """What looks wrong, and what is expected instead."""

    field: str
    says: str
    expected: str

    def __str__(self) -> str:
        return f"{self.says}; expected {self.expected}"


def of_acts(encounter: Encounter, fact: f.Fact) -> Iterator[Doubt]:
    """A dose of nothing, a route that is none, an order that never holds, an answer from the future, a fact twice."""
    if fact_by_id(encounter, fact.fact_id) is not None:
        yield Doubt("fact_id", f"the identifier '{fact.fact_id}' stands for another fact already", "one of its own")
    if isinstance(fact, f.Intervention | f.PriorAid | f.OrderRequested | f.OrderGiven | f.OrderReadBack):
        if fact.dose is not None and not fact.dose.amount > 0:
            yield Doubt("dose", f"the dose is {fact.dose}", "more than nothing")
        if fact.route and fact.route not in ROUTES:
            yield Doubt("route", f"there is no route '{fact.route}'", f"one of: {', '.join(ROUTES)}")
    yield from _of_one(encounter, fact)
    for field, said in (("onset_ms", "onset"), ("last_known_well_ms", "last known well"), ("born_ms", "birth")):
        since = getattr(fact, field, None)
        if since is not None and since > fact.at_ms:
            yield Doubt(field, f"{said} lies after the time at which it was told", "a time before it")


def _of_one(encounter: Encounter, fact: f.Fact) -> Iterator[Doubt]:
    match fact:
        case f.Intervention() if fact.attempts < 1:
            yield Doubt("attempts", f"there were {fact.attempts} attempts", "1 or more")
        case f.OrderGiven():
            if fact.until_ms <= fact.at_ms:
                yield Doubt("until_ms", "the order ends before it is given", "a later end")
            if not fact.ordered_by:
                yield Doubt("ordered_by", "nobody gave the order", "the physician's name")
            if fact.times is not None and fact.times < 1:
                yield Doubt("times", f"the order is for {fact.times} times", "1 or more, or none stated")
        case f.InterventionStopped() if fact.stops not in {act.fact_id for act in running(encounter)}:
            yield Doubt("stops", f"'{fact.stops}' is not running", "an intervention that runs")
        case f.EnteredInError() if fact_by_id(encounter, fact.corrects or "") is None:
            yield Doubt("corrects", f"there is no fact '{fact.corrects}'", "the fact that was entered in error")
        case f.Disposed():
            for name in fact.criteria:
                if name not in death_criteria():
                    yield Doubt("criteria", f"'{name}' is no sign of death", f"one of: {', '.join(death_criteria())}")
        case _:
            return
