"""What is to be seen at a patient of a run at an instant: the state as it then was, who is there, the cards."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sixpoint.care import (
    AlertNeeded,
    AttendantWanted,
    Card,
    Disposed,
    Encounter,
    HandoverAccepted,
    Kept,
    OrderRequested,
    Person,
    Unmaintained,
    alerts_needed,
    attendant_wanted,
    responsible,
    step_down,
    unanswered,
    who_keeps,
)
from sixpoint.errors import InputError
from sixpoint.ops import State, World, evolve
from sixpoint.ops import events as e
from sixpoint.ops.cards import cards, people
from sixpoint.scope import Clinician


class Moment(msgspec.Struct, frozen=True):
    """The live service as it stood at an instant (ms since 1970)."""

    state: State
    at_ms: int


class Sheet(msgspec.Struct, frozen=True):
    """One patient at an instant: who is there and coming, who is in charge, what runs and who keeps it."""

    encounter: Encounter
    at_ms: int
    here: tuple[Person, ...]
    coming: tuple[Person, ...]
    in_charge: str
    kept: tuple[Kept, ...]
    awaited: tuple[OrderRequested, ...]
    alerts: tuple[AlertNeeded, ...]
    cards: tuple[Card, ...]


class Receiver(msgspec.Struct, frozen=True):
    """What stands in the way of handing the patient to somebody: what runs that they may not keep, attendant rules."""

    lost: tuple[Unmaintained, ...]
    wanted: tuple[AttendantWanted, ...]


def moment_of(events: Sequence[e.AnyEvent], incident_id: str, at_ms: int | None = None) -> Moment:
    """The service at that instant; without one, just before the last patient of the incident was passed on or let go.

    `InputError` if the incident was not open then, or nobody was with a patient of it yet.
    """
    until = len(events) if at_ms is not None else _last_with_a_patient(events, incident_id)
    state, was_open = State(), False
    for event in events[:until]:
        if at_ms is not None and event.at_ms > at_ms:
            break
        state = evolve(state, event)
        was_open = was_open or incident_id in state.incidents
    incident = state.incidents.get(incident_id)
    if incident is not None and incident.encounters:
        return Moment(state, state.last_ms if at_ms is None else at_ms)
    if incident is not None:
        raise InputError.one(incident_id, "nobody had reached a patient of it then", "Name a later time with --at.")
    said = "was closed by then" if was_open else "was not open then"
    raise InputError.one(incident_id, said, "Name a time with --at at which it was open, or leave it out.")


def _last_with_a_patient(events: Sequence[e.AnyEvent], incident_id: str) -> int:
    """The place of the event by which care of the last patient ended; else that by which the incident closed."""
    patients: set[str] = set()
    found = len(events)
    for place, event in enumerate(events):
        match event:
            case e.EncounterOpened() if event.incident_id == incident_id:
                patients.add(event.encounter_id)
            case e.FactRecorded(encounter_id=one, fact=HandoverAccepted(at_facility=True) | Disposed()):
                found = place if one in patients else found
            case e.IncidentClosed() if event.incident_id == incident_id:
                return min(found, place)
    return found


def pathways_in_force(events: Sequence[e.AnyEvent], at_ms: int) -> str:
    """The hash of the pathways by which the last act until then was judged; empty if none was."""
    found = (one.pathways for one in reversed(events) if isinstance(one, e.FactRecorded) and one.at_ms <= at_ms)
    return next((one for one in found if one), "")


def sheet(moment: Moment, encounter_id: str, world: World, viewer: str = "") -> Sheet:
    """Everything about one patient at that instant; `viewer` is the clinician whose own cards these are."""
    state, at_ms = moment.state, moment.at_ms
    encounter = state.encounters[encounter_id]
    there = people(state, encounter_id, at_ms, world)
    here = tuple(one for one in there if one.arrives_ms is None or one.arrives_ms <= at_ms)
    return Sheet(
        encounter=encounter,
        at_ms=at_ms,
        here=here,
        coming=tuple(one for one in there if one not in here),
        in_charge=responsible(encounter) or "",
        kept=who_keeps(world.rulebook, (one.clinician for one in here), encounter, at_ms),
        awaited=unanswered(encounter, at_ms),
        alerts=alerts_needed(encounter, at_ms),
        cards=cards(state, encounter_id, at_ms, world, viewer),
    )


def receiver(moment: Moment, encounter_id: str, world: World, to: Clinician) -> Receiver:
    """What stands in the way of handing the patient to this clinician, by the rulebook."""
    encounter = moment.state.encounters[encounter_id]
    return Receiver(
        step_down(world.rulebook, to, encounter, moment.at_ms),
        attendant_wanted(world.rulebook, to, encounter, moment.at_ms),
    )
