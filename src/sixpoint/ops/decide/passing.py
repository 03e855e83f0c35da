"""How the patient passes on: hand-over, alert, departure and end of care; never silently down, and nobody is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final, Literal

from msgspec.structs import replace

from sixpoint.care import (
    AlertSent,
    Disposed,
    Encounter,
    Fact,
    HandoverAccepted,
    Intervention,
    Placed,
    attended,
    casualty,
    open_offers,
    responsible,
    step_down,
    why_not_end,
)
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.bedside import goes_to
from sixpoint.ops.state import Assignment, Incident, State, Unit
from sixpoint.ops.world import Refused, World, refuse
from sixpoint.scope import Clinician

Decision = tuple[e.AnyEvent, ...] | Refused
ALERT_SKILL: Final = "hospital_prearrival_alert"


def hand_over(
    state: State, incident: Incident, encounter: Encounter, fact: HandoverAccepted, command: c.RecordFact, world: World
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
        return (recorded(command, fact, world),)
    receiver = state.clinicians.get(fact.author)
    if receiver is None:
        return refuse(f"clinician {fact.author} is not enrolled", "Enrol the clinician first.")
    there = {who for assignment in incident.assignments.values() for who in assignment.crew}
    along = [state.clinicians[fact.attendant]] if fact.attendant in there else []
    lost = _stepping_down(encounter, [receiver, *along], fact.at_ms, world)
    unit = state.units.get(fact.unit_id)
    if unit is not None and unit.can_transport:
        wanted = attended(world.rulebook, [receiver, *along], encounter, fact.at_ms)
        lost += [str(one) for one in wanted]
    if not lost:
        return (recorded(command, fact, world),)
    if not fact.step_down_reason:
        remedy = "Send an attendant along who may, stop what is running, or record a reason."
        return Refused(tuple(lost), remedy)
    over = _overridden(command, encounter, "hand-over", lost, fact.step_down_reason, world, fact.fact_id)
    return (over, recorded(command, fact, world))


def end_care(encounter: Encounter, fact: Disposed, command: c.RecordFact, world: World) -> Decision:
    """Care ends on what it must stand on; with something missing only with a reason, and marked."""
    lacks = why_not_end(encounter, fact)
    in_charge = responsible(encounter)
    if in_charge is not None and fact.author != in_charge:
        lacks += (f"{in_charge}, who is in charge of the patient",)
    if not lacks:
        return (recorded(command, fact, world),)
    missing = [f"missing: {lack}" for lack in lacks]
    if not command.override_reason:
        return Refused(tuple(missing), "Add what is missing; if care ended all the same, say why: that is reviewed.")
    over = _overridden(command, encounter, "end of care", missing, command.override_reason, world, fact.fact_id)
    return (over, recorded(command, replace(fact, doubts=(*fact.doubts, *missing)), world))


def alert_marks(incident: Incident, encounter: Encounter, fact: Fact) -> tuple[str, ...]:
    """What is odd about an alert: it was sent before anybody chose where the patient goes, or to somewhere else."""
    is_alert = isinstance(fact, AlertSent) or (isinstance(fact, Intervention) and fact.skill == ALERT_SKILL)
    if not is_alert:
        return ()
    goal = goes_to(incident, encounter.encounter_id)
    if goal is None:
        return ("an alert before a destination was chosen",)
    if isinstance(fact, AlertSent) and fact.facility_id != goal:
        return (f"an alert to {fact.facility_id}, the patient goes to {goal}",)
    return ()


def departure(
    state: State, incident: Incident, assignment: Assignment, unit: Unit, command: c.ReportStatus, world: World
) -> tuple[tuple[str, ...], tuple[e.AnyEvent, ...]] | Refused:
    """Who attends the patients that leave with the unit, and the events that say so; refused if nobody lawful does."""
    there = {who for one in incident.assignments.values() if one.is_open for who in one.crew}
    strangers = [who for who in command.attending if who not in there]
    if strangers:
        return refuse(f"{', '.join(strangers)} is not on a unit of this incident", "Name somebody who is there.")
    encounters = [state.encounters[one] for one in assignment.patients]
    attending, faults = _who_attends(state, unit, encounters, command, world)
    if faults and not command.override_reason:
        remedy = "Let somebody ride along who may, hand the patient over first, or say why it leaves all the same."
        return Refused(faults, remedy)
    over = [
        e.CareOverridden(
            at_ms=command.at_ms,
            by=command.by,
            encounter_id=one.encounter_id,
            about="departure",
            because=faults,
            reason=command.override_reason,
            rulebook=world.rulebook.hash,
        )
        for one in encounters
        if faults
    ]
    return attending, (*over, *(_placed(one, "unit", unit.unit_id, attending, command, world) for one in encounters))


def arrivals(
    state: State, assignment: Assignment, unit: Unit, command: c.ReportStatus, world: World
) -> tuple[e.AnyEvent, ...]:
    """The patients that are at the facility once the unit has transferred them, where nobody has said so yet."""
    facility_id = assignment.facility_id
    if command.status != "transferred" or facility_id is None:
        return ()
    encounters = [state.encounters[one] for one in assignment.patients]
    return tuple(
        _placed(one, "facility", facility_id, unit.crew, command, world)
        for one in encounters
        if casualty(one, command.at_ms).kind != "facility"
    )


def recorded(command: c.RecordFact, fact: Fact, world: World) -> e.FactRecorded:
    """The fact as an event, with what it was judged by."""
    return e.FactRecorded(
        at_ms=command.at_ms,
        by=command.by,
        encounter_id=command.encounter_id,
        fact=fact,
        rulebook=world.rulebook.hash,
        pathways=world.pathways.hash if isinstance(fact, Intervention) else "",
    )


def _who_attends(
    state: State, unit: Unit, encounters: Sequence[Encounter], command: c.ReportStatus, world: World
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those in the patient compartment and what is wrong with it: of all who might drive, the one best spared does."""
    if command.attending:
        aboard = tuple(dict.fromkeys((*command.attending, *unit.crew)))
        alone = () if len(aboard) > len(command.attending) else ("nobody is left to drive",)
        return command.attending, (
            *_against(state, command.attending, aboard, encounters, command.at_ms, world),
            *alone,
        )
    if len(unit.crew) == 1:
        faults = _against(state, unit.crew, unit.crew, encounters, command.at_ms, world)
        return unit.crew, (*faults, "nobody is left to drive")
    in_charge = {responsible(one) for one in encounters}
    tried = []
    for driver in reversed(unit.crew):
        attending = tuple(who for who in unit.crew if who != driver)
        faults = _against(state, attending, unit.crew, encounters, command.at_ms, world)
        tried.append((len(faults), driver in in_charge, attending, faults))
    _, _, attending, faults = min(tried, key=lambda one: one[:2])
    return attending, faults


def _against(
    state: State,
    attending: Sequence[str],
    aboard: Sequence[str],
    encounters: Iterable[Encounter],
    at_ms: int,
    world: World,
) -> tuple[str, ...]:
    """What speaks against leaving so: nobody lawful attends, something runs that none may maintain, who is in charge
    stays behind."""
    people = [state.clinicians[who] for who in attending]
    found: list[str] = []
    for encounter in encounters:
        in_charge = responsible(encounter)
        if in_charge in state.clinicians and in_charge not in aboard:
            found.append(f"{state.clinicians[in_charge].name} is in charge of the patient and does not ride along")
        found += _stepping_down(encounter, people, at_ms, world)
        found += [str(one) for one in attended(world.rulebook, people, encounter, at_ms)]
    return tuple(dict.fromkeys(found))


def _stepping_down(encounter: Encounter, people: Sequence[Clinician], at_ms: int, world: World) -> list[str]:
    """What runs that none of these may maintain."""
    if not people:
        return ["nobody attends the patient"]
    lost = step_down(world.rulebook, people[0], encounter, at_ms, people[1:])
    who = " or ".join(one.name for one in people)
    return [f"{named(world, one.skill)} is running, which {who} may not maintain" for one in lost]


def named(world: World, skill_id: str) -> str:
    """The skill's name; its identifier if the rulebook does not know it."""
    skill = world.rulebook.skill(skill_id)
    return skill_id if skill is None else skill.name


def _placed(
    encounter: Encounter,
    kind: Literal["unit", "facility"],
    place: str,
    attending: Sequence[str],
    command: c.ReportStatus,
    world: World,
) -> e.FactRecorded:
    """Where the patient is from now on, as a fact: nobody is lost between tag and hospital."""
    taken = {fact.fact_id for fact in encounter.facts}
    plain = f"{encounter.encounter_id}-in-{place}"
    fact_id = next(
        name for name in chain([plain], (f"{plain}-{n}" for n in range(2, len(taken) + 3))) if name not in taken
    )
    fact = Placed(
        fact_id=fact_id,
        at_ms=command.at_ms,
        author=next(iter(attending), ""),
        unit_id=command.unit_id,
        kind=kind,
        place=place,
        with_clinician=next(iter(attending), "") if kind == "unit" else "",
    )
    return e.FactRecorded(
        at_ms=command.at_ms,
        by=command.by,
        encounter_id=encounter.encounter_id,
        fact=fact,
        rulebook=world.rulebook.hash,
    )


def _overridden(
    command: c.RecordFact,
    encounter: Encounter,
    about: Literal["hand-over", "end of care"],
    because: Iterable[str],
    reason: str,
    world: World,
    fact_id: str,
) -> e.CareOverridden:
    return e.CareOverridden(
        at_ms=command.at_ms,
        by=command.by,
        encounter_id=encounter.encounter_id,
        about=about,
        because=tuple(because),
        reason=reason,
        rulebook=world.rulebook.hash,
        fact_id=fact_id,
    )
