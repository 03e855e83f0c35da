"""What happens at the patient: encounters and facts, guarded by the rulebook and never hidden from the record."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from sixpoint.care import (
    AlertSent,
    ArrestMoment,
    Disposed,
    Doubt,
    Encounter,
    EnteredInError,
    Fact,
    HandoverAccepted,
    HandoverOffered,
    Intervention,
    InterventionStopped,
    PriorAid,
    Scene,
    doubts,
    fact_by_id,
    guard,
    insisted,
    picture_of,
    proposed_by,
    responsible,
    running,
)
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.bedside import codes_of, on_board, present
from sixpoint.ops.decide.passing import alert_marks, end_care, hand_over, named, recorded
from sixpoint.ops.state import Incident, State
from sixpoint.ops.world import Refused, World, refuse

Decision = tuple[e.AnyEvent, ...] | Refused


def open_encounter(state: State, command: c.OpenEncounter, world: World) -> Decision:
    """A patient is found where a unit is on scene."""
    incident = state.incidents.get(command.incident_id)
    if incident is None:
        return refuse(f"incident {command.incident_id} is not open", "Correct the identifier.")
    if command.encounter_id in state.encounters:
        return refuse(f"encounter {command.encounter_id} is open already", "Choose another identifier.")
    event = e.EncounterOpened(
        at_ms=command.at_ms, by=command.by, encounter_id=command.encounter_id, incident_id=command.incident_id
    )
    return (event,)


def record_fact(state: State, command: c.RecordFact, world: World) -> Decision:
    """Written down as it was; what looks wrong or lies outside the rules only with a reason, and marked for review."""
    encounter = state.encounters.get(command.encounter_id)
    if encounter is None:
        return refuse(f"encounter {command.encounter_id} is not open", "Correct the identifier.")
    fact = command.fact
    incident = state.incidents[encounter.incident_id]
    refused = _impossible(encounter, fact)
    if refused is not None:
        return refused
    found = _doubts(state, incident, encounter, command, world)
    if found and not command.override_reason:
        remedy = "Correct it; if it is so, say why: it is kept and marked."
        return Refused(tuple(str(doubt) for doubt in found), remedy)
    fact = insisted(fact, found) if found else fact
    marks = alert_marks(incident, encounter, fact)
    fact = replace(fact, doubts=(*fact.doubts, *marks)) if marks else fact
    match fact:
        case Intervention():
            return _intervention(state, incident, encounter, fact, command, world)
        case HandoverAccepted():
            return hand_over(state, incident, encounter, fact, command, world)
        case Disposed():
            return end_care(encounter, fact, command, world)
        case _:
            return (recorded(command, fact, world),)


def _impossible(encounter: Encounter, fact: Fact) -> Refused | None:
    """What no reason makes right: an identifier used before, a fact about something that is not there."""
    if fact_by_id(encounter, fact.fact_id) is not None:
        return refuse(f"fact {fact.fact_id} is recorded already", "Choose another identifier.")
    if fact.corrects is not None and fact_by_id(encounter, fact.corrects) is None:
        return refuse(f"fact {fact.corrects}, which it corrects, is not known", "Correct the identifier.")
    if isinstance(fact, InterventionStopped) and fact.stops not in {act.fact_id for act in running(encounter)}:
        return refuse(f"{fact.stops} is not running", "Name an intervention that runs.")
    if isinstance(fact, HandoverOffered) and fact.author != responsible(encounter):
        return refuse(f"{fact.author} is not in charge of the patient", "The clinician in charge offers.")
    return None


def _doubts(
    state: State, incident: Incident, encounter: Encounter, command: c.RecordFact, world: World
) -> tuple[Doubt, ...]:
    """What looks wrong as it is entered; what is on board, and which drug, is the guard's to judge."""
    fact = command.fact
    found = tuple(_out_of_place(state, incident, fact))
    there = None if any(doubt.field != "at_ms" for doubt in found) else present(incident)
    return (*found, *doubts(encounter, fact, Scene(present=there, now_ms=command.at_ms), world.rulebook))


def _out_of_place(state: State, incident: Incident, fact: Fact) -> Iterator[Doubt]:
    before = isinstance(fact, PriorAid | ArrestMoment | EnteredInError)  # a collapse comes before the call
    if fact.at_ms < incident.received_ms and not before:
        yield Doubt("at_ms", "the fact lies before the call", "a time after it")
    if fact.unit_id:
        assignment = incident.assignments.get(fact.unit_id)
        if assignment is None:
            units = ", ".join(incident.assignments) or "no unit yet"
            yield Doubt("unit_id", f"unit {fact.unit_id} was not on this incident", f"one of: {units}")
        elif fact.author in state.clinicians and fact.author not in assignment.crew:
            crew = ", ".join(assignment.crew)
            yield Doubt("author", f"{fact.author} was not on unit {fact.unit_id}", f"one of: {crew}")
    if isinstance(fact, AlertSent) and fact.facility_id not in state.facilities:
        facilities = ", ".join(state.facilities) or "a facility that is known"
        yield Doubt("facility_id", f"facility {fact.facility_id} is not known", f"one of: {facilities}")
    if isinstance(fact, Intervention) and fact.author not in state.clinicians:
        yield Doubt("author", f"{fact.author or 'nobody'} is not enrolled", "a clinician who is")


def _intervention(
    state: State, incident: Incident, encounter: Encounter, fact: Intervention, command: c.RecordFact, world: World
) -> Decision:
    """By the guard, with the pathways in force; outside the rules only with a reason, and reviewed."""
    clinician = state.clinicians.get(fact.author)
    if clinician is None:  # a doubt has been raised, and somebody insisted
        return _all_the_same(fact, (f"{fact.author or 'nobody'} is not enrolled",), command, world)
    equipment, expires_ms = on_board(state, incident, fact.unit_id)
    picture = picture_of(encounter, fact.at_ms)
    answer = guard(
        world.rulebook,
        clinician,
        equipment,
        encounter,
        fact.skill,
        fact.at_ms,
        proposed=proposed_by(fact),
        pathways=world.pathways.speaking(codes_of(incident, encounter, world), fact.skill, picture),
        expires_ms=expires_ms,
        picture=picture,
    )
    if answer.authority is not None:
        marked = replace(fact, authority=answer.authority, because=answer.because, order=answer.order)
        return (recorded(command, marked, world),)
    if not command.override_reason:
        return Refused(
            (f"{named(world, fact.skill)} is {answer.verdict.kind} for {clinician.name}", *answer.because),
            "If it was done all the same, say why: it is kept, marked and reviewed.",
        )
    return _all_the_same(fact, answer.because, command, world)


def _all_the_same(
    fact: Intervention, because: tuple[str, ...], command: c.RecordFact, world: World
) -> tuple[e.AnyEvent, ...]:
    """What was done outside the rules: the reason stands right before it in the log."""
    overridden = e.ScopeOverridden(
        at_ms=command.at_ms,
        by=command.by,
        encounter_id=command.encounter_id,
        clinician_id=fact.author,
        skill=fact.skill,
        because=because,
        reason=command.override_reason,
        rulebook=world.rulebook.hash,
        pathways=world.pathways.hash,
    )
    return (overridden, recorded(command, replace(fact, authority="override", because=because), world))
