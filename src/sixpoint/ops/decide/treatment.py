"""What happens at the patient: encounters and facts, guarded by the rulebook and never hidden from the record."""

from __future__ import annotations

from msgspec.structs import replace

from sixpoint.care import (
    Encounter,
    Fact,
    HandoverAccepted,
    HandoverOffered,
    Intervention,
    InterventionStopped,
    doubts,
    fact_by_id,
    guard,
    insisted,
    open_offers,
    proposed_by,
    responsible,
    running,
    step_down,
)
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
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
    """Written down as it was; what lies outside the rules only with a reason, and marked for review."""
    encounter = state.encounters.get(command.encounter_id)
    if encounter is None:
        return refuse(f"encounter {command.encounter_id} is not open", "Correct the identifier.")
    fact = command.fact
    incident = state.incidents[encounter.incident_id]
    refused = _wrong(state, incident, encounter, fact)
    if refused is not None:
        return refused
    found = doubts(encounter, fact)
    if found and not command.override_reason:
        remedy = "Correct it; if it is so, say why: it is kept and marked."
        return Refused(tuple(str(doubt) for doubt in found), remedy)
    fact = insisted(fact, found) if found else fact
    if isinstance(fact, Intervention):
        return _intervention(state, encounter, fact, command, world)
    if isinstance(fact, HandoverAccepted):
        return _handover(state, incident, encounter, fact, command, world)
    return (_recorded(command, fact, world),)


def _recorded(command: c.RecordFact, fact: Fact, world: World) -> e.FactRecorded:
    return e.FactRecorded(
        at_ms=command.at_ms,
        by=command.by,
        encounter_id=command.encounter_id,
        fact=fact,
        rulebook=world.rulebook.hash,
        pathways=world.pathways.hash if isinstance(fact, Intervention) else "",
    )


def _wrong(state: State, incident: Incident, encounter: Encounter, fact: Fact) -> Refused | None:
    """What no fact may have: an identifier used before, a time before the call, an author who was not there."""
    if fact_by_id(encounter, fact.fact_id) is not None:
        return refuse(f"fact {fact.fact_id} is recorded already", "Choose another identifier.")
    if fact.at_ms < incident.received_ms:
        return refuse("the fact lies before the call", "Correct the time.")
    if fact.corrects is not None and fact_by_id(encounter, fact.corrects) is None:
        return refuse(f"fact {fact.corrects}, which it corrects, is not known", "Correct the identifier.")
    if fact.unit_id:
        assignment = incident.assignments.get(fact.unit_id)
        if assignment is None:
            return refuse(f"unit {fact.unit_id} was not on this incident", "Name a unit that was there.")
        if fact.author in state.clinicians and fact.author not in assignment.crew:
            return refuse(f"{fact.author} was not on unit {fact.unit_id}", "Name somebody who was there.")
    if isinstance(fact, InterventionStopped) and fact.stops not in {act.fact_id for act in running(encounter)}:
        return refuse(f"{fact.stops} is not running", "Name an intervention that runs.")
    if isinstance(fact, HandoverOffered) and fact.author != responsible(encounter):
        return refuse(f"{fact.author} is not in charge of the patient", "The clinician in charge offers.")
    return None


def _intervention(
    state: State, encounter: Encounter, fact: Intervention, command: c.RecordFact, world: World
) -> Decision:
    clinician = state.clinicians.get(fact.author)
    if clinician is None or fact.unit_id not in state.units:
        return refuse(f"{fact.author} on unit {fact.unit_id} is not known", "Name the clinician and the unit.")
    equipment = frozenset(state.units[fact.unit_id].equipment)
    pathways = world.pathways.naming(state.incidents[encounter.incident_id].dispatch_code, fact.skill)
    proposed = proposed_by(fact)
    answer = guard(
        world.rulebook, clinician, equipment, encounter, fact.skill, fact.at_ms, proposed=proposed, pathways=pathways
    )
    if answer.authority is not None:
        marked = replace(fact, authority=answer.authority, because=answer.because, order=answer.order)
        return (_recorded(command, marked, world),)
    if not command.override_reason:
        return Refused(
            (f"{_name(world, fact.skill)} is {answer.verdict.kind} for {clinician.name}", *answer.because),
            "If it was done all the same, say why: it is kept, marked and reviewed.",
        )
    overridden = e.ScopeOverridden(
        at_ms=command.at_ms,
        by=command.by,
        encounter_id=encounter.encounter_id,
        clinician_id=fact.author,
        skill=fact.skill,
        because=answer.because,
        reason=command.override_reason,
        rulebook=world.rulebook.hash,
        pathways=world.pathways.hash,
    )
    marked = replace(fact, authority="override", because=answer.because)
    return (overridden, _recorded(command, marked, world))


def _handover(
    state: State,
    incident: Incident,
    encounter: Encounter,
    fact: HandoverAccepted,
    command: c.RecordFact,
    world: World,
) -> Decision:
    """Only whom it was offered to accepts it; care never steps down without a reason."""
    offer = next((one for one in open_offers(encounter) if one.fact_id == fact.offer), None)
    if offer is None:
        return refuse(f"no open offer {fact.offer}", "Offer the hand-over first.")
    if offer.to != fact.author:
        return refuse(f"the patient was offered to {offer.to}, not to {fact.author}", "Offer it to the receiver.")
    if offer.author != responsible(encounter):
        return refuse(f"{offer.author} is no longer in charge of the patient", "Whoever is in charge offers.")
    if fact.at_ms < offer.at_ms:
        return refuse("the hand-over is accepted before it is offered", "Correct the time.")
    if fact.at_facility:
        if fact.author not in state.facilities:
            return refuse(f"facility {fact.author} is not known", "Correct the identifier.")
        return (_recorded(command, fact, world),)
    receiver = state.clinicians.get(fact.author)
    if receiver is None:
        return refuse(f"clinician {fact.author} is not enrolled", "Enrol the clinician first.")
    there = {who for assignment in incident.assignments.values() for who in assignment.crew}
    attendants = [state.clinicians[fact.attendant]] if fact.attendant in there else []
    lost = step_down(world.rulebook, receiver, encounter, fact.at_ms, attendants)
    if lost and not fact.step_down_reason:
        return Refused(
            tuple(f"{_name(world, one.skill)} is running, which {receiver.name} may not maintain" for one in lost),
            "Send an attendant along who may, stop what is running, or record a reason.",
        )
    return (_recorded(command, fact, world),)


def _name(world: World, skill_id: str) -> str:
    """The skill's name; its identifier if the rulebook does not know it."""
    skill = world.rulebook.skill(skill_id)
    return skill_id if skill is None else skill.name
