"""What a log holds, held against the run that was simulated: the same assignments at the same milliseconds, or which.

It reads the trace and the events, and nothing of how the one was told to the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from sixpoint.care import Intervention, OrderRequested
from sixpoint.ops import Leg
from sixpoint.ops import events as e
from sixpoint.ops.decide.passing import ALERT_SKILL
from sixpoint.plan.tiered import words as w
from sixpoint.plan.tiered.events import incident
from sixpoint.plan.tiered.run import Run

# When (ms since the start), what, which incident, who, and more of it.
Said = tuple[int, str, str, str, str]

DEPARTURES: Final = (w.T_EN_ROUTE, w.T_TRANSPORTING)
ARRIVALS: Final = (w.T_STAGED, w.T_ON_SCENE, w.T_AT_DESTINATION)
STATUSES: Final = (*DEPARTURES, *ARRIVALS, w.T_AT_PATIENT, w.T_TRANSFERRED, w.T_CLEAR, w.T_CANCELLED)
DEPARTED, ARRIVED = (frozenset(w.TRACE_WORDS[word] for word in words) for words in (DEPARTURES, ARRIVALS))


class Held(msgspec.Struct, frozen=True):
    """How often each thing is in both, and what is in the simulation or in the log alone, in order of time."""

    same: dict[str, int]
    only_simulated: tuple[Said, ...]
    only_live: tuple[Said, ...]

    @property
    def is_same(self) -> bool:
        """Whether everything is in both."""
        return not self.only_simulated and not self.only_live


def hold_against(run: Run, starts_ms: int, events: Iterable[e.AnyEvent], before_ms: int | None = None) -> Held:
    """Compares a traced run with the events of a service that begins with it; before an instant, if one is given."""
    both = (_simulated(run), _lived(events, starts_ms))
    simulated, live = (
        Counter(one for one in told if before_ms is None or starts_ms + one[0] < before_ms) for told in both
    )
    same = Counter[str]()
    for one, times in (simulated & live).items():
        same[one[1]] += times
    return Held(dict(same), tuple(sorted((simulated - live).elements())), tuple(sorted((live - simulated).elements())))


def _simulated(run: Run) -> Iterator[Said]:
    units, facilities, types = run.service.unit_ids, run.service.facility_ids, run.service.types
    skills = {skill.index: skill.id for skill in run.service.rules.skills}
    is_open = [bool(one) for one in run.service.facilities["open"]]
    set_out: dict[int, int] = {}
    told_of: dict[int, tuple[int, str]] = {}  # when a unit is notified, of which incident
    for at, word, call, unit, detail in run.trace.tolist():
        about, told = incident(call), w.TRACE_WORDS[word]
        notified = told_of.pop(unit, None) if word in STATUSES else None
        if notified is not None and notified[0] <= at:
            yield notified[0], "notified", notified[1], units[unit], ""
        if word == w.T_REPORTED:
            yield at, told, about, "", types.codes[run.calls["type"][call]]
        elif word == w.T_CLOSED:
            yield at, told, about, "", w.END_WORDS[detail]
        elif word == w.T_ASSIGNED:
            yield at, told, about, units[unit], f"there in {detail} ms"
            told_of[unit] = (at + run.service.world.pace.notify, about)
        elif word == w.T_RIDES:
            yield at, told, about, units[unit], units[detail]
        elif word == w.T_PERFORMED:
            yield at, told, about, units[unit], skills[detail]
        elif word == w.T_ORDER_ASKED:
            yield at, told, about, units[unit], ""
        elif word == w.T_DIVERSION and is_open[unit] != bool(detail):
            is_open[unit] = bool(detail)
            yield at, told, facilities[unit], "", "open" if detail else "closed"
        elif word in STATUSES:
            yield at, told, about, units[unit], facilities[detail] if word == w.T_TRANSPORTING else ""
            if word in ARRIVALS and unit in set_out:
                yield at, "drove", about, units[unit], f"from {set_out.pop(unit)} to {at}"
            if word in DEPARTURES:
                set_out[unit] = at


def _lived(events: Iterable[e.AnyEvent], starts_ms: int) -> Iterator[Said]:
    goals: dict[tuple[str, str], str] = {}
    legs: dict[str, Leg] = {}
    for event in events:
        at = event.at_ms - starts_ms
        match event:
            case e.CallReported():
                yield at, "reported", event.incident_id, "", event.dispatch_code
            case e.IncidentClosed():
                yield at, "closed", event.incident_id, "", event.disposition
            case e.UnitAssigned():
                yield at, "assigned", event.incident_id, event.unit_id, f"there in {round(1000 * event.eta_s)} ms"
                legs.pop(event.unit_id, None)
            case e.CrewRidesAlong():
                yield at, "rides_along", event.incident_id, event.unit_id, event.with_unit_id
            case e.FactRecorded(fact=Intervention() as act) if act.skill != ALERT_SKILL:
                yield at, "performed", _of(event.encounter_id), act.unit_id, act.skill
            case e.FactRecorded(fact=OrderRequested() as asked):
                yield at, "order_asked", _of(event.encounter_id), asked.unit_id, ""
            case e.FacilityStatusChanged():
                yield at, "diversion", event.facility_id, "", "open" if event.is_open else "closed"
            case e.DestinationChosen():
                goals[event.incident_id, event.unit_id] = event.destination.facility_id or ""
            case e.StatusReported():
                is_leaving = event.status == "transporting"
                goal = goals.get((event.incident_id, event.unit_id), "") if is_leaving else ""
                yield at, event.status, event.incident_id, event.unit_id, goal
                if event.status in ARRIVED and event.unit_id in legs:
                    leg = legs.pop(event.unit_id)
                    way = f"from {leg.left_ms - starts_ms} to {leg.arrives_ms - starts_ms}"
                    yield at, "drove", event.incident_id, event.unit_id, way
                if event.status in DEPARTED and event.leg is not None:
                    legs[event.unit_id] = event.leg
            case _:
                pass


def _of(encounter_id: str) -> str:
    """The incident of a patient of a rehearsal."""
    return encounter_id.rpartition("-")[0]
