"""What a record needs besides the encounter: the agency, the units and their times, where the patient went."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Literal

import msgspec

from sixpoint.scope import Rulebook


class Agency(msgspec.Struct, frozen=True):
    """Whose record it is; `number` is the agency's own, `state` two letters."""

    state_id: str
    number: str
    name: str
    state: str


class CrewMember(msgspec.Struct, frozen=True):
    """Somebody on the unit, at the level practised on this call (a level of the rulebook)."""

    clinician_id: str
    level: str


class Responder(msgspec.Struct, frozen=True):
    """One unit on the incident: its crew then, its equipment, and when (ms since 1970) it reached each status.

    Statuses are those of an assignment: notified, en_route, staged, on_scene, at_patient, transporting,
    at_destination, transferred, clear, cancelled. `sent_from`: where it was when it set out (longitude, latitude).
    `rides_with`: the unit in which its crew went along with the patient. `attending`: who was with the patient on the
    way to hospital in this unit.
    """

    unit_id: str
    call_sign: str
    can_transport: bool
    crew: tuple[CrewMember, ...]
    times_ms: Mapping[str, int]
    equipment: frozenset[str] = frozenset()
    lights_to_scene: bool | None = None
    lights_from_scene: bool | None = None
    sent_from: tuple[float, float] | None = None
    mutual_aid: bool = False
    rides_with: str = ""
    attending: tuple[str, ...] = ()

    def has(self, clinician_id: str) -> bool:
        """Whether the clinician was on this unit."""
        return any(member.clinician_id == clinician_id for member in self.crew)

    @property
    def ended_ms(self) -> int | None:
        """When the unit was free again; None while it is on the incident."""
        return self.times_ms.get("clear", self.times_ms.get("cancelled"))


class Destination(msgspec.Struct, frozen=True):
    """Where the patient was taken; `wanted` is the capability that decided, "any" if none was needed.

    `overridden`: every facility, or every one that treats it, was on diversion, or a person chose another; `because`
    says it. `place` is longitude, latitude.
    """

    facility_id: str
    name: str
    wanted: str
    capabilities: tuple[str, ...] = ()
    overridden: bool = False
    because: tuple[str, ...] = ()
    place: tuple[float, float] | None = None


class CareOverride(msgspec.Struct, frozen=True):
    """Care passed on, left or ended outside the rules: what it was about, why, and by which fact, if there is one."""

    about: str
    reason: str
    because: tuple[str, ...]
    fact_id: str = ""


class RecordContext(msgspec.Struct, frozen=True):
    """One unit's part in one patient's care: `unit_id` says whose record it is, `units` who else responded.

    `imputed` names what nobody observed; `override_reasons` gives, by fact, why somebody acted outside the rules.
    `carrier_id` is the unit that carries this patient, None if it is not told; `carried` how many patients this unit
    carries. `delays` gives, by element (eResponse.08 to .12), words of its list; `pathways` what care followed.
    """

    agency: Agency
    incident_id: str
    dispatch_code: str
    acuity: Literal["critical", "emergent", "lower_acuity", "non_acute"]
    received_ms: int
    lon_deg: float
    lat_deg: float
    unit_id: str
    units: tuple[Responder, ...]
    rulebook: Rulebook
    timezone: tzinfo
    software_version: str
    destination: Destination | None = None
    patients: int = 1
    carrier_id: str | None = None
    carried: int = 1
    imputed: tuple[str, ...] = ()
    notice: str = ""
    override_reasons: Mapping[str, str] = {}
    care_overrides: tuple[CareOverride, ...] = ()
    reported_ms: int | None = None
    service: Literal["primary", "intercept"] = "primary"
    delays: Mapping[str, tuple[str, ...]] = {}
    pathways: tuple[str, ...] = ()
    pathways_hash: str = ""
    dispatch_override: str = ""

    @property
    def unit(self) -> Responder:
        """The unit whose record it is."""
        return next(unit for unit in self.units if unit.unit_id == self.unit_id)

    def unit_named(self, unit_id: str) -> Responder | None:
        """The unit of that identifier, if it responded."""
        return next((unit for unit in self.units if unit.unit_id == unit_id), None)

    def transported_by(self) -> Responder | None:
        """The unit that left the scene with the patient; the one that carries this patient, where that is known."""
        if self.carrier_id is not None:
            carrier = self.unit_named(self.carrier_id)
            return carrier if carrier is not None and "transporting" in carrier.times_ms else None
        return next((unit for unit in self.units if "transporting" in unit.times_ms), None)

    def first_on_scene(self) -> Responder | None:
        """The unit that was on scene first; among equals the first by identifier."""
        there = [unit for unit in self.units if "on_scene" in unit.times_ms]
        return min(there, key=lambda unit: (unit.times_ms["on_scene"], unit.unit_id), default=None)

    def skill_name(self, skill: str) -> str:
        """The skill's name in the rulebook; its identifier if it has none."""
        known = self.rulebook.skill(skill)
        return skill if known is None else known.name

    def time(self, at_ms: int) -> str:
        """The instant as NEMSIS writes it: local time with its offset from UTC, never Z."""
        local = datetime.fromtimestamp(at_ms / 1000, self.timezone)
        return local.isoformat(timespec="milliseconds" if at_ms % 1000 else "seconds")
