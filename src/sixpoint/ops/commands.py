"""Commands: what somebody wants, in the imperative. Any may be refused, with reasons.

Time and identifiers come in with the command: `at_ms` is ms since 1970 UTC, `by` says who or what sent it.
"""

from __future__ import annotations

import msgspec

from sixpoint.care import Fact
from sixpoint.ops.places import Place
from sixpoint.ops.state import Facility, Post, Status
from sixpoint.scope import Clinician


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Every command has its instant and its sender."""

    at_ms: int
    by: str = "system"


class OpenService(Command, frozen=True, tag="open_service", kw_only=True):
    """Begin a service on this rulebook and these roads (content hashes)."""

    service_id: str
    name: str
    synthetic: bool
    network: str


class AddPost(Command, frozen=True, tag="add_post", kw_only=True):
    """Make a post known."""

    post: Post


class AddFacility(Command, frozen=True, tag="add_facility", kw_only=True):
    """Make a facility known."""

    facility: Facility


class ChangeFacilityStatus(Command, frozen=True, tag="change_facility_status", kw_only=True):
    """Open a facility to patients, or put it on diversion."""

    facility_id: str
    is_open: bool


class EnrolClinician(Command, frozen=True, tag="enrol_clinician", kw_only=True):
    """Make a clinician and all credentials known, or replace them."""

    clinician: Clinician


class CheckKit(Command, frozen=True, tag="check_kit", kw_only=True):
    """Somebody counted what is on board: these items, and until when (ms) each that has a date may be used."""

    unit_id: str
    equipment: tuple[str, ...]
    expires_ms: dict[str, int] = {}


class AddUnit(Command, frozen=True, tag="add_unit", kw_only=True):
    """Make a unit known, at its post; `mutual_aid`: a neighbour's, sent only where it gains enough by policy.

    `expires_ms`: until when each item on board that has a date may be used.
    """

    unit_id: str
    call_sign: str
    kind: str
    post_id: str
    can_transport: bool
    equipment: tuple[str, ...]
    turnout_s: float
    mutual_aid: bool = False
    expires_ms: dict[str, int] = {}


class SignOn(Command, frozen=True, tag="sign_on", kw_only=True):
    """Put these clinicians on the unit; they replace whoever was on it."""

    unit_id: str
    clinician_ids: tuple[str, ...]


class SignOff(Command, frozen=True, tag="sign_off", kw_only=True):
    """Take the crew off the unit."""

    unit_id: str


class ReportCall(Command, frozen=True, tag="report_call", kw_only=True):
    """Somebody asks for help; opens an incident."""

    call_id: str
    incident_id: str
    place: Place
    dispatch_code: str
    received_ms: int
    caller: str = ""
    imputed: tuple[str, ...] = ()


class ReviseNeeds(Command, frozen=True, tag="revise_needs", kw_only=True):
    """Somebody at the patient says which needs of the call type (by order) turned out not to be needed, all told."""

    incident_id: str
    not_needed: tuple[int, ...]


class AssignUnits(Command, frozen=True, tag="assign_units", kw_only=True):
    """Send the recommended units, or (`unit_ids`, with a reason where it differs) those a person names."""

    incident_id: str
    unit_ids: tuple[str, ...] | None = None
    override_reason: str = ""


class JoinIncidents(Command, frozen=True, tag="join_incidents", kw_only=True):
    """The incident is the same as another that is open: close it into that one."""

    incident_id: str
    into: str


class DivertUnit(Command, frozen=True, tag="divert_unit", kw_only=True):
    """Take a unit from the incident it is on its way to, for this one; not as proposed only with a reason."""

    incident_id: str
    unit_id: str
    override_reason: str = ""


class ReplaceUnit(Command, frozen=True, tag="replace_unit", kw_only=True):
    """Send a free unit in place of one still on its way; not as proposed only with a reason."""

    incident_id: str
    unit_id: str
    instead_of: str
    override_reason: str = ""


class ReportStatus(Command, frozen=True, tag="report_status", kw_only=True):
    """A unit reached its next status on the incident; a step left out needs a note.

    Where it leaves with a patient, `attending` names who is in the patient compartment (empty: all of the crew but a
    driver); without a lawful attendant, or without who is in charge, it leaves only with a reason.
    """

    incident_id: str
    unit_id: str
    status: Status
    note: str = ""
    attending: tuple[str, ...] = ()
    override_reason: str = ""


class ParkUnit(Command, frozen=True, tag="park_unit", kw_only=True):
    """A free unit arrived at the post where it is to wait."""

    unit_id: str


class MoveUnit(Command, frozen=True, tag="move_unit", kw_only=True):
    """A free unit is to wait at this post; one that does not gain enough cover only with a reason.

    The move lasts until the unit is sent on a call; then it returns to its own post. Naming its own post ends it.
    """

    unit_id: str
    post_id: str
    override_reason: str = ""


class CloseIncident(Command, frozen=True, tag="close_incident", kw_only=True):
    """Nothing more is to be done; with a patient whose care has not ended only with a reason."""

    incident_id: str
    disposition: str
    override_reason: str = ""


class RideAlong(Command, frozen=True, tag="ride_along", kw_only=True):
    """The unit's crew goes with the patient in another unit; its own vehicle follows that one, if it `follows`."""

    incident_id: str
    unit_id: str
    with_unit_id: str
    follows: bool = True
    because: str = ""


class OpenEncounter(Command, frozen=True, tag="open_encounter", kw_only=True):
    """A patient was found."""

    encounter_id: str
    incident_id: str


class RecordFact(Command, frozen=True, tag="record_fact", kw_only=True):
    """Write down what was seen, done or agreed; outside the rules only with a reason."""

    encounter_id: str
    fact: Fact
    override_reason: str = ""


class ChooseDestination(Command, frozen=True, tag="choose_destination", kw_only=True):
    """Choose where the patient goes: the recommended facility, or (with a reason) the one named."""

    incident_id: str
    unit_id: str
    encounter_id: str
    facility_id: str | None = None
    override_reason: str = ""


class ArrangeRendezvous(Command, frozen=True, tag="arrange_rendezvous", kw_only=True):
    """A unit with a patient is to meet one that may do more on the way to hospital; not as proposed only with a reason.

    `skills` are what the patient needs and nobody there may do (empty: what the call type and the record say).
    `place`: where, if not as proposed. `ready_s`: when the unit can leave the scene.
    """

    incident_id: str
    unit_id: str
    advanced_unit_id: str
    skills: tuple[str, ...] = ()
    place: Place | None = None
    ready_s: float = 0.0
    override_reason: str = ""


class ReachRendezvous(Command, frozen=True, tag="reach_rendezvous", kw_only=True):
    """The unit with the patient is at the meeting place; the other reports on scene there."""

    incident_id: str
    unit_id: str


class ContinueTransport(Command, frozen=True, tag="continue_transport", kw_only=True):
    """The advanced crew is at the patient: the unit drives on to hospital."""

    incident_id: str
    unit_id: str


class CancelRendezvous(Command, frozen=True, tag="cancel_rendezvous", kw_only=True):
    """The meeting will not be: the unit with the patient drives straight on, for the reason given."""

    incident_id: str
    unit_id: str
    reason: str


class TakeCheckpoint(Command, frozen=True, tag="take_checkpoint", kw_only=True):
    """Write the digest of the state into the log."""


AnyCommand = (
    OpenService
    | AddPost
    | AddFacility
    | ChangeFacilityStatus
    | EnrolClinician
    | AddUnit
    | CheckKit
    | SignOn
    | SignOff
    | ReportCall
    | ReviseNeeds
    | AssignUnits
    | JoinIncidents
    | DivertUnit
    | ReplaceUnit
    | ReportStatus
    | ParkUnit
    | MoveUnit
    | CloseIncident
    | OpenEncounter
    | RecordFact
    | ChooseDestination
    | RideAlong
    | ArrangeRendezvous
    | ReachRendezvous
    | ContinueTransport
    | CancelRendezvous
    | TakeCheckpoint
)
