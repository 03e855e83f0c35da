"""What the log of a call says around the patient: legs and lights, who carried whom, who rode along, what delayed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from sixpoint.care import Intervention
from sixpoint.ops import Leg
from sixpoint.ops import events as e
from sixpoint.record import CareOverride
from sixpoint.service.history import History


class Circumstances(msgspec.Struct):
    """Of one incident; units by identifier, patients by encounter.

    `left` are the legs of each unit by the status it set out with, `carriers` the unit for which a destination of the
    patient was chosen last, `riders` the unit with which another unit's crew went, `met` the units that met one on its
    way, `waited` whether at first nobody could be sent, `diverted_ms` when a unit was taken away.
    """

    reported_ms: int | None = None
    left: dict[tuple[str, str], Leg] = msgspec.field(default_factory=dict)
    carriers: dict[str, str] = msgspec.field(default_factory=dict)
    riders: dict[str, str] = msgspec.field(default_factory=dict)
    override_reasons: dict[str, str] = msgspec.field(default_factory=dict)
    dispatch_override: str = ""
    met: set[str] = msgspec.field(default_factory=set)
    care_overrides: dict[str, list[CareOverride]] = msgspec.field(default_factory=dict)
    attending: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    pathways: str = ""
    waited: bool = False
    assigned_ms: dict[str, int] = msgspec.field(default_factory=dict)
    diverted_ms: dict[str, int] = msgspec.field(default_factory=dict)

    def lights(self, unit_id: str, status: str) -> bool | None:
        """Whether the unit set out with lights at that status; None if it did not set out."""
        leg = self.left.get((unit_id, status))
        return None if leg is None else leg.lights

    def delays(self, unit_id: str, times_ms: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
        """What delayed this unit, by element of NEMSIS, in words of its lists; only what the log itself says."""
        found: dict[str, list[str]] = {}
        assigned_ms = self.assigned_ms.get(unit_id)
        if self.waited and assigned_ms is not None and assigned_ms == min(self.assigned_ms.values()):
            found.setdefault("eResponse.08", []).append("no_unit_free")
        others = [at_ms for other, at_ms in self.diverted_ms.items() if other != unit_id]
        if assigned_ms is not None and any(at_ms <= assigned_ms for at_ms in others):
            found.setdefault("eResponse.08", []).append("previous_unit_diverted")
        # What dispatch did is in the log from end to end; of other delays its silence says nothing.
        found.setdefault("eResponse.08", ["none"])
        if unit_id in self.diverted_ms:
            found.setdefault("eResponse.09", []).append("diverted")
        if "staged" in times_ms:
            found.setdefault("eResponse.10", []).append("staged")
        return {element: tuple(words) for element, words in found.items()}


def circumstances(history: History, diverted: Mapping[str, Mapping[str, int]]) -> Circumstances:
    """What the incident's events say; `diverted` as `diversions` gives it."""
    found = Circumstances(diverted_ms=dict(diverted.get(history.incident_id, {})))
    before: e.AnyEvent | None = None
    for event in history.events:
        _hear(found, event, before)
        before = event
    return found


def diversions(events: Iterable[e.AnyEvent]) -> dict[str, dict[str, int]]:
    """Which units were taken from each incident for another one, and when: such an event is filed with the other."""
    found: dict[str, dict[str, int]] = {}
    for event in events:
        if isinstance(event, e.UnitReassigned) and event.from_incident_id is not None:
            found.setdefault(event.from_incident_id, {})[event.unit_id] = event.at_ms
    return found


def _hear(found: Circumstances, event: e.AnyEvent, before: e.AnyEvent | None) -> None:
    match event:
        case e.CallReported():
            found.reported_ms = event.at_ms if found.reported_ms is None else found.reported_ms
        case e.IncidentWaits():
            found.waited = found.waited or not found.assigned_ms
        case e.UnitAssigned():
            found.assigned_ms.setdefault(event.unit_id, event.at_ms)
        case e.DispatchOverridden():
            found.dispatch_override = event.reason
        case e.StatusReported():
            if event.leg is not None:
                found.left[event.unit_id, event.status] = event.leg
            if event.attending:
                found.attending[event.unit_id] = event.attending
        case e.CareOverridden():
            override = CareOverride(event.about, event.reason, event.because, event.fact_id)
            found.care_overrides.setdefault(event.encounter_id, []).append(override)
        case e.DestinationChosen():
            found.carriers[event.encounter_id] = event.unit_id
        case e.CrewRidesAlong():
            found.riders[event.unit_id] = event.with_unit_id
        case e.TransportContinued():
            found.riders[event.advanced_unit_id] = event.unit_id
            found.met.add(event.advanced_unit_id)
        case e.FactRecorded():
            found.pathways = event.pathways or found.pathways
            # The event of an override stands right before the act that it excuses.
            if isinstance(event.fact, Intervention) and isinstance(before, e.ScopeOverridden):
                found.override_reasons[event.fact.fact_id] = before.reason
        case _:
            pass
