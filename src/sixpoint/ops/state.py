"""The state of the live service: what the log says is true now. Rebuilt from the log alone."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from sixpoint.care import Encounter
from sixpoint.ops.places import Place, Position
from sixpoint.scope import Capability, Clinician

# One unit on one incident, in the order of a call; clear and cancelled end it.
Status = Literal[
    "assigned",
    "notified",
    "en_route",
    "staged",
    "on_scene",
    "at_patient",
    "transporting",
    "at_destination",
    "transferred",
    "clear",
    "cancelled",
]


class Post(msgspec.Struct, frozen=True):
    """Where a unit waits."""

    post_id: str
    name: str
    kind: str
    place: Place


class Facility(msgspec.Struct, frozen=True):
    """Definitive care: what it can treat, and whether it takes patients now."""

    facility_id: str
    name: str
    place: Place
    capabilities: tuple[str, ...]
    is_open: bool
    # "clinic" for one without an emergency department. Unset, for a hospital, is left out of the canonical bytes, so
    # that checkpoints of older logs still hold.
    kind: str | msgspec.UnsetType = msgspec.UNSET

    @property
    def has_emergency_department(self) -> bool:
        """Whether emergency patients can be taken there."""
        return self.kind in (msgspec.UNSET, "hospital")


class Member(msgspec.Struct, frozen=True):
    """One of a crew: the practice level, and what this person may do with what is on board.

    `standing` and `with_order` are bitsets over the rulebook's skills, in hexadecimal.
    """

    clinician_id: str
    level: str
    standing: str
    with_order: str

    @property
    def capability(self) -> Capability:
        """What this member may do, as bitsets."""
        return Capability(standing=int(self.standing, 16), with_order=int(self.with_order, 16))


class Unit(msgspec.Struct, frozen=True):
    """A unit as it stands: its crew, what that crew may do until an instant, where it is, what it is on."""

    unit_id: str
    call_sign: str
    kind: str
    post_id: str
    can_transport: bool
    equipment: tuple[str, ...]
    turnout_s: float
    position: Position
    members: tuple[Member, ...] = ()
    capable_until_ms: int | None = None
    incident_id: str | None = None
    status: Status | None = None
    status_ms: int = 0
    # Unset is left out of the canonical bytes, so that checkpoints written before there were moves still hold.
    moved_to: str | msgspec.UnsetType = msgspec.UNSET
    # A neighbour's unit; Unset, not False, where it is our own, for the same reason.
    mutual_aid: bool | msgspec.UnsetType = msgspec.UNSET

    # Until when items on board that have a date may be used; Unset where none has, for the same reason.
    expires_ms: dict[str, int] | msgspec.UnsetType = msgspec.UNSET

    def expired(self, at_ms: int) -> frozenset[str]:
        """The items on board that may no longer be used."""
        return frozenset(item for item, until_ms in (self.expires_ms or {}).items() if until_ms <= at_ms)

    def usable(self, at_ms: int) -> frozenset[str]:
        """The items on board that may be used at the instant."""
        return frozenset(self.equipment) - self.expired(at_ms)

    @property
    def waits_at(self) -> str:
        """The post where the unit waits, or drives to wait: its own, or the one it was moved to."""
        return self.moved_to or self.post_id

    @property
    def on_duty(self) -> bool:
        """Whether somebody has signed on."""
        return bool(self.members)

    @property
    def crew(self) -> tuple[str, ...]:
        """Who is on the unit, by clinician identifier."""
        return tuple(member.clinician_id for member in self.members)

    @property
    def is_free(self) -> bool:
        """Whether the unit can be assigned: on duty, and on no incident."""
        return self.incident_id is None and bool(self.members)

    @property
    def capability(self) -> Capability:
        """What the crew may do together: the union over its members, as bitsets."""
        standing = with_order = 0
        for member in self.members:
            standing |= int(member.standing, 16)
            with_order |= int(member.with_order, 16)
        return Capability(standing=standing, with_order=with_order)


class Assignment(msgspec.Struct, frozen=True):
    """One unit on one incident: each status with its instant, and who was on the unit."""

    unit_id: str
    crew: tuple[str, ...]
    status: Status
    times_ms: dict[str, int]
    facility_id: str | None = None
    encounter_id: str | None = None
    # The unit that its crew rides along in. Unset, like every later field, is left out of the canonical bytes.
    rides_with: str | msgspec.UnsetType = msgspec.UNSET
    # Patients beside the first; unset is left out of the canonical bytes, so that earlier checkpoints still hold.
    also: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET

    @property
    def is_open(self) -> bool:
        """Whether the unit is still on the incident."""
        return self.status not in ("clear", "cancelled")

    @property
    def patients(self) -> tuple[str, ...]:
        """The encounters of the patients that go with this unit."""
        return (() if self.encounter_id is None else (self.encounter_id,)) + (self.also or ())

    def carries(self, encounter_id: str) -> bool:
        """Whether the patient is, or was until the transfer of care, in this unit."""
        return encounter_id in self.patients and self.status in ("transporting", "at_destination", "transferred")

    def with_patient(self, encounter_id: str) -> Assignment:
        """The assignment with one more patient; the same if it is one of its already."""
        if encounter_id in self.patients:
            return self
        return self._taking((*self.patients, encounter_id))

    def without_patient(self, encounter_id: str) -> Assignment:
        """The assignment without that patient."""
        if encounter_id not in self.patients:
            return self
        return self._taking(tuple(one for one in self.patients if one != encounter_id))

    def _taking(self, patients: tuple[str, ...]) -> Assignment:
        first = patients[0] if patients else None
        return msgspec.structs.replace(self, encounter_id=first, also=patients[1:] or msgspec.UNSET)


class Meeting(msgspec.Struct, frozen=True):
    """A unit with a patient and one that may do more meet on the way to hospital; open until they drive on together.

    `skills` are what the patient needs of the advanced unit; `reached_ms` is when the patient's unit was there.
    """

    encounter_id: str
    unit_id: str
    advanced_unit_id: str
    facility_id: str
    place: Place
    skills: tuple[str, ...]
    reached_ms: int | None = None
    left_ms: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether the two have still to meet and drive on."""
        return self.left_ms is None


class Incident(msgspec.Struct, frozen=True):
    """What is being handled: the call, its type, the units on it, its patients, and what nobody could meet."""

    incident_id: str
    dispatch_code: str
    acuity: str
    place: Place
    received_ms: int
    opened_ms: int
    imputed: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    assignments: dict[str, Assignment] = msgspec.field(default_factory=dict)
    encounters: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    waiting_because: str | None = None
    # Needs, by their order in the call type, that somebody there found not to be needed.
    not_needed: tuple[int, ...] | msgspec.UnsetType = msgspec.UNSET
    # By encounter. Unset is left out of the canonical bytes, so that checkpoints of older logs still hold.
    meetings: dict[str, Meeting] | msgspec.UnsetType = msgspec.UNSET

    def meeting_of(self, unit_id: str) -> Meeting | None:
        """The open meeting that the unit is on its way to, or waits at."""
        for meeting in self.meetings.values() if self.meetings else ():
            if meeting.is_open and unit_id in (meeting.unit_id, meeting.advanced_unit_id):
                return meeting
        return None

    @property
    def open_units(self) -> tuple[str, ...]:
        """The units still on it."""
        return tuple(unit_id for unit_id, assignment in self.assignments.items() if assignment.is_open)


class State(msgspec.Struct, frozen=True):
    """Everything the live service knows. Closed incidents leave it; the log keeps them."""

    service_id: str = ""
    name: str = ""
    synthetic: bool = False
    rulebook: str = ""
    network: str = ""
    posts: dict[str, Post] = msgspec.field(default_factory=dict)
    facilities: dict[str, Facility] = msgspec.field(default_factory=dict)
    clinicians: dict[str, Clinician] = msgspec.field(default_factory=dict)
    units: dict[str, Unit] = msgspec.field(default_factory=dict)
    incidents: dict[str, Incident] = msgspec.field(default_factory=dict)
    encounters: dict[str, Encounter] = msgspec.field(default_factory=dict)
    calls: int = 0
    closed: int = 0
    last_ms: int = 0


def canonical(state: State) -> bytes:
    """The state as bytes: equal states give equal bytes on any machine."""
    return msgspec.json.encode(state, order="deterministic")


def digest(state: State) -> str:
    """SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(canonical(state)).hexdigest()
