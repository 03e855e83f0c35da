"""Events: what happened, in the past tense. Each carries what a legal record needs to prove it again."""

from __future__ import annotations

from typing import Literal

import msgspec

from sixpoint.care import Fact
from sixpoint.dispatch import Choice, Destination, Move, Reassignment, Rendezvous
from sixpoint.ops.places import Leg, Place
from sixpoint.ops.state import Facility, Member, Post, Status
from sixpoint.scope import Clinician


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Every event has its instant (ms since 1970 UTC) and who caused it."""

    at_ms: int
    by: str


class ServiceOpened(Event, frozen=True, tag="service_opened", kw_only=True):
    """A service began, on this rulebook, these roads and these pathways (content hashes)."""

    service_id: str
    name: str
    synthetic: bool
    rulebook: str
    network: str
    pathways: str = ""


class PostAdded(Event, frozen=True, tag="post_added", kw_only=True):
    """A post where units wait is known."""

    post: Post


class FacilityAdded(Event, frozen=True, tag="facility_added", kw_only=True):
    """A facility is known."""

    facility: Facility


class FacilityStatusChanged(Event, frozen=True, tag="facility_status_changed", kw_only=True):
    """A facility opened to patients or went on diversion."""

    facility_id: str
    is_open: bool


class ClinicianEnrolled(Event, frozen=True, tag="clinician_enrolled", kw_only=True):
    """A clinician with all credentials is known; enrolling again replaces them."""

    clinician: Clinician


class UnitAdded(Event, frozen=True, tag="unit_added", kw_only=True):
    """A unit is known; it stands at its post with nobody on it. `mutual_aid`: it is a neighbour's."""

    unit_id: str
    call_sign: str
    kind: str
    post_id: str
    can_transport: bool
    equipment: tuple[str, ...]
    turnout_s: float
    mutual_aid: bool = False
    expires_ms: dict[str, int] = {}


class KitChecked(Event, frozen=True, tag="kit_checked", kw_only=True):
    """Somebody counted what is on board from now on, and until when each item that has a date may be used."""

    unit_id: str
    equipment: tuple[str, ...]
    expires_ms: dict[str, int]


class CrewSignedOn(Event, frozen=True, tag="crew_signed_on", kw_only=True):
    """These clinicians are the crew from now on, and this is what they may do, by this rulebook, until an instant."""

    unit_id: str
    members: tuple[Member, ...]
    capable_until_ms: int | None
    rulebook: str


class CapabilityChanged(Event, frozen=True, tag="capability_changed", kw_only=True):
    """What the crew may do changed with the clock: something expired or came into force."""

    unit_id: str
    members: tuple[Member, ...]
    capable_until_ms: int | None
    rulebook: str


class CrewSignedOff(Event, frozen=True, tag="crew_signed_off", kw_only=True):
    """Nobody is on the unit any more."""

    unit_id: str


class CallReported(Event, frozen=True, tag="call_reported", kw_only=True):
    """Somebody asked for help: where, when, about what; `imputed` names what was not in the source."""

    call_id: str
    incident_id: str
    place: Place
    dispatch_code: str
    received_ms: int
    caller: str
    imputed: tuple[str, ...]


class NeedsDetermined(Event, frozen=True, tag="needs_determined", kw_only=True):
    """What the call needs, by its type."""

    incident_id: str
    acuity: str
    needs: tuple[str, ...]


class NeedsRevised(Event, frozen=True, tag="needs_revised", kw_only=True):
    """Which needs, by their order in the call type, turned out not to be needed; it replaces what was said before."""

    incident_id: str
    not_needed: tuple[int, ...]


class UnitsRecommended(Event, frozen=True, tag="units_recommended", kw_only=True):
    """The choice with every reason; it can be computed again from the state before it, rulebook and roads."""

    incident_id: str
    choice: Choice
    candidates: int
    rulebook: str
    network: str


class DispatchOverridden(Event, frozen=True, tag="dispatch_overridden", kw_only=True):
    """A person sent other units than recommended, and said why; `choice` is what those can do and when."""

    incident_id: str
    recommended: tuple[str, ...]
    sent: tuple[str, ...]
    choice: Choice
    reason: str


class UnitAssigned(Event, frozen=True, tag="unit_assigned", kw_only=True):
    """A unit is on the incident, with this crew at these practice levels; expected there after so many seconds."""

    incident_id: str
    unit_id: str
    crew: tuple[str, ...]
    levels: tuple[str, ...]
    eta_s: float


class IncidentWaits(Event, frozen=True, tag="incident_waits", kw_only=True):
    """The incident has not got what it needs, and why; it stays pending."""

    incident_id: str
    because: str
    unmet: tuple[str, ...]


class DuplicateProposed(Event, frozen=True, tag="duplicate_proposed", kw_only=True):
    """The call may be about an incident that is open already."""

    incident_id: str
    same_as: str
    because: str


class IncidentsJoined(Event, frozen=True, tag="incidents_joined", kw_only=True):
    """Somebody found that two incidents are one; the calls go to the one that stays."""

    incident_id: str
    into: str


class UnitReassigned(Event, frozen=True, tag="unit_reassigned", kw_only=True):
    """A unit was diverted, or sent in place of another; what every incident concerned gains and loses by it.

    `proposed` is None where a person did it against the proposal; `because` is then the reason given.
    """

    unit_id: str
    from_incident_id: str | None
    incident_id: str
    kind: str
    because: str
    proposed: Reassignment | None


class StatusReported(Event, frozen=True, tag="status_reported", kw_only=True):
    """A unit reached a status on its incident; `leg` is the way it takes from there, if it moves.

    Where it leaves with a patient, `attending` are those in the patient compartment.
    """

    incident_id: str
    unit_id: str
    status: Status
    leg: Leg | None = None
    note: str = ""
    attending: tuple[str, ...] = ()


class UnitParked(Event, frozen=True, tag="unit_parked", kw_only=True):
    """A free unit arrived where it waits."""

    unit_id: str
    place: Place


class UnitMoved(Event, frozen=True, tag="unit_moved", kw_only=True):
    """A free unit set out for another post, to wait there until it is sent on a call.

    `weighed` is what the move does for the cover, its posts as rows of the cover table with this content hash; None
    where no table was at hand. A move against it has the reason given; one home has neither.
    """

    unit_id: str
    from_post_id: str
    post_id: str
    leg: Leg
    because: str
    weighed: Move | None = None
    cover: str = ""
    override_reason: str = ""


class IncidentClosed(Event, frozen=True, tag="incident_closed", kw_only=True):
    """No unit is on the incident any more and nothing is awaited.

    `open_patients` are those whose care had not ended; it was closed all the same for the reason given.
    """

    incident_id: str
    disposition: str
    open_patients: tuple[str, ...] = ()
    override_reason: str = ""


class EncounterOpened(Event, frozen=True, tag="encounter_opened", kw_only=True):
    """A patient was found; care begins."""

    encounter_id: str
    incident_id: str


class FactRecorded(Event, frozen=True, tag="fact_recorded", kw_only=True):
    """Something was seen, done or agreed at the patient; what was done was judged by these rules and pathways."""

    encounter_id: str
    fact: Fact
    rulebook: str
    pathways: str = ""


class ScopeOverridden(Event, frozen=True, tag="scope_overridden", kw_only=True):
    """An intervention outside the rules was done all the same; the reason given; goes to quality review."""

    encounter_id: str
    clinician_id: str
    skill: str
    because: tuple[str, ...]
    reason: str
    rulebook: str = ""
    pathways: str = ""


class CareOverridden(Event, frozen=True, tag="care_overridden", kw_only=True):
    """Care passed on, left or ended outside the rules all the same; the reason given; goes to quality review.

    `fact_id` names the fact it is about, if there is one; it is recorded right after this event.
    """

    encounter_id: str
    about: Literal["hand-over", "departure", "end of care"]
    because: tuple[str, ...]
    reason: str
    rulebook: str
    fact_id: str = ""


class DestinationChosen(Event, frozen=True, tag="destination_chosen", kw_only=True):
    """Where the patient goes, with the reasons; `override_reason` if a person chose otherwise.

    `leg` is the way there of a unit that was transporting to another facility.
    """

    incident_id: str
    unit_id: str
    encounter_id: str
    destination: Destination
    override_reason: str = ""
    leg: Leg | None = None


class RendezvousArranged(Event, frozen=True, tag="rendezvous_arranged", kw_only=True):
    """Two units will meet on the way to hospital: where, when (expected), for what, and what the alternatives give.

    `plan` compares waiting, driving in and the best meeting, in seconds from now, for these two units; `saves` is the
    harm that the meeting saves by the skills, less what the later hospital costs. `leg` and
    `advanced_leg` are the ways they take from now, for a unit that is on the road. With `override_reason` a person
    arranged what is not proposed.
    """

    incident_id: str
    encounter_id: str
    unit_id: str
    advanced_unit_id: str
    facility_id: str
    place: Place
    meets_ms: int
    skills: tuple[str, ...]
    plan: Rendezvous
    because: str
    saves: float = 0.0
    leg: Leg | None = None
    advanced_leg: Leg | None = None
    override_reason: str = ""


class RendezvousReached(Event, frozen=True, tag="rendezvous_reached", kw_only=True):
    """The unit with the patient is at the meeting place."""

    incident_id: str
    encounter_id: str
    unit_id: str


class TransportContinued(Event, frozen=True, tag="transport_continued", kw_only=True):
    """The advanced crew is at the patient and the unit drives on to hospital.

    `follows`: the advanced unit's own vehicle drives behind; else it stays at the meeting place, nobody being left to
    drive it.
    """

    incident_id: str
    encounter_id: str
    unit_id: str
    advanced_unit_id: str
    leg: Leg
    follows: bool


class RendezvousCancelled(Event, frozen=True, tag="rendezvous_cancelled", kw_only=True):
    """The meeting will not be, and why; `leg` takes a unit under way straight to hospital, `advanced_leg` the other
    unit to the scene where the patient still is."""

    incident_id: str
    encounter_id: str
    unit_id: str
    advanced_unit_id: str
    because: str
    leg: Leg | None = None
    advanced_leg: Leg | None = None


class CrewRidesAlong(Event, frozen=True, tag="crew_rides_along", kw_only=True):
    """A unit's crew goes with the patient in another unit; `leg` is the way of its own vehicle, if that follows."""

    incident_id: str
    unit_id: str
    with_unit_id: str
    leg: Leg | None = None
    because: str = ""


class CheckpointTaken(Event, frozen=True, tag="checkpoint_taken", kw_only=True):
    """The SHA-256 of the state after all events before this one; replay is held against it."""

    state_sha256: str


AnyEvent = (
    ServiceOpened
    | PostAdded
    | FacilityAdded
    | FacilityStatusChanged
    | ClinicianEnrolled
    | UnitAdded
    | KitChecked
    | CrewSignedOn
    | CapabilityChanged
    | CrewSignedOff
    | CallReported
    | NeedsDetermined
    | NeedsRevised
    | UnitsRecommended
    | DispatchOverridden
    | UnitAssigned
    | IncidentWaits
    | DuplicateProposed
    | IncidentsJoined
    | UnitReassigned
    | StatusReported
    | UnitParked
    | UnitMoved
    | IncidentClosed
    | EncounterOpened
    | FactRecorded
    | ScopeOverridden
    | CareOverridden
    | DestinationChosen
    | CrewRidesAlong
    | RendezvousArranged
    | RendezvousReached
    | TransportContinued
    | RendezvousCancelled
    | CheckpointTaken
)

_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_encoder = msgspec.json.Encoder(order="deterministic")


def encode(event: AnyEvent) -> bytes:
    """The event as the store keeps it."""
    return _encoder.encode(event)


def decode(payload: bytes) -> AnyEvent:
    """The event the store kept."""
    return _decoder.decode(payload)


def kind_of(event: AnyEvent) -> str:
    """The event's name in the log."""
    return str(event.__struct_config__.tag)
