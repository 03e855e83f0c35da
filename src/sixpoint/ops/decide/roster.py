"""What there is and who is on duty: posts, facilities, clinicians, units, crews."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import UNSET
from msgspec.structs import replace

from sixpoint.care import instant
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.state import Member, State, Unit, digest
from sixpoint.ops.world import Refused, World, refuse
from sixpoint.scope import Clinician, crew_capability, next_change, practice_level

# 1 January 3000: a time beyond it is a slip, and no calendar of ours reaches much farther.
LAST_MS: Final = 32_503_680_000_000

Decision = tuple[e.AnyEvent, ...] | Refused

DAY_S = 86_400.0


def open_service(state: State, command: c.OpenService, world: World) -> Decision:
    """A log holds one service."""
    if state.service_id:
        return refuse(f"service {state.service_id} is open already", "Use a new log for another service.")
    event = e.ServiceOpened(
        at_ms=command.at_ms,
        by=command.by,
        service_id=command.service_id,
        name=command.name,
        synthetic=command.synthetic,
        rulebook=world.rulebook.hash,
        network=command.network,
        pathways=world.pathways.hash,
    )
    return (event,)


def add_post(state: State, command: c.AddPost, world: World) -> Decision:
    """A post is known by its identifier."""
    if command.post.post_id in state.posts:
        return refuse(f"post {command.post.post_id} is known already", "Choose another identifier.")
    return (e.PostAdded(at_ms=command.at_ms, by=command.by, post=command.post),)


def add_facility(state: State, command: c.AddFacility, world: World) -> Decision:
    """A facility is known by its identifier."""
    if command.facility.facility_id in state.facilities:
        return refuse(f"facility {command.facility.facility_id} is known already", "Choose another identifier.")
    return (e.FacilityAdded(at_ms=command.at_ms, by=command.by, facility=command.facility),)


def change_facility_status(state: State, command: c.ChangeFacilityStatus, world: World) -> Decision:
    """Opening an open facility changes nothing and is no event."""
    facility = state.facilities.get(command.facility_id)
    if facility is None:
        return refuse(f"facility {command.facility_id} is not known", "Add it, or correct the identifier.")
    if facility.is_open == command.is_open:
        return ()
    event = e.FacilityStatusChanged(
        at_ms=command.at_ms, by=command.by, facility_id=command.facility_id, is_open=command.is_open
    )
    return (event,)


def enrol_clinician(state: State, command: c.EnrolClinician, world: World) -> Decision:
    """Enrolling again replaces the credentials, and what the clinician's crew may do with them."""
    enrolled = e.ClinicianEnrolled(at_ms=command.at_ms, by=command.by, clinician=command.clinician)
    clinicians = {**state.clinicians, command.clinician.id: command.clinician}
    changed = tuple(
        recomputed(unit, clinicians, command.at_ms, command.by, world)
        for unit in state.units.values()
        if command.clinician.id in unit.crew
    )
    return (enrolled, *changed)


def add_unit(state: State, command: c.AddUnit, world: World) -> Decision:
    """A unit is known by its identifier and waits at a post that is known."""
    if command.unit_id in state.units:
        return refuse(f"unit {command.unit_id} is known already", "Choose another identifier.")
    if command.post_id not in state.posts:
        return refuse(f"post {command.post_id} is not known", "Add the post first.")
    if not 0 <= command.turnout_s <= DAY_S:
        return refuse(f"a turnout of {command.turnout_s:g} s is no time", "Give seconds, from 0 to a day.")
    faults = _kit_faults(command.equipment, command.expires_ms, world)
    if faults:
        return Refused(faults, "Use items of the rulebook's kits; give dates for what is on board.")
    event = e.UnitAdded(
        at_ms=command.at_ms,
        by=command.by,
        unit_id=command.unit_id,
        call_sign=command.call_sign,
        kind=command.kind,
        post_id=command.post_id,
        can_transport=command.can_transport,
        equipment=tuple(sorted(command.equipment)),
        turnout_s=command.turnout_s,
        mutual_aid=command.mutual_aid,
        expires_ms=command.expires_ms,
    )
    return (event,)


def check_kit(state: State, command: c.CheckKit, world: World) -> Decision:
    """What is on board is known to the rulebook; what the crew may do with it is computed again."""
    unit = state.units.get(command.unit_id)
    if unit is None:
        return refuse(f"unit {command.unit_id} is not known", "Add the unit first.")
    faults = _kit_faults(command.equipment, command.expires_ms, world)
    if faults:
        return Refused(faults, "Use items of the rulebook's kits; give dates for what is on board.")
    checked = e.KitChecked(
        at_ms=command.at_ms,
        by=command.by,
        unit_id=unit.unit_id,
        equipment=tuple(sorted(set(command.equipment))),
        expires_ms=command.expires_ms,
    )
    if not unit.on_duty:
        return (checked,)
    stocked = replace(unit, equipment=checked.equipment, expires_ms=checked.expires_ms or UNSET)
    return (checked, recomputed(stocked, state.clinicians, command.at_ms, command.by, world))


def _kit_faults(equipment: Iterable[str], expires_ms: Mapping[str, int], world: World) -> tuple[str, ...]:
    known, aboard = world.rulebook.equipment.names, set(equipment)
    faults = [f"the rulebook knows no item '{item}'" for item in sorted(aboard - known.keys())]
    faults += [f"a date for {item}, which is not on board" for item in sorted(expires_ms.keys() - aboard)]
    beyond = sorted(item for item, until_ms in expires_ms.items() if not 0 <= until_ms <= LAST_MS)
    return (*faults, *(f"the date of {item} lies before 1970 or after 2999" for item in beyond))


def sign_on(state: State, command: c.SignOn, world: World) -> Decision:
    """A clinician who may practise at no level, or is on another unit, does not sign on."""
    unit = state.units.get(command.unit_id)
    if unit is None:
        return refuse(f"unit {command.unit_id} is not known", "Add the unit first.")
    if not command.clinician_ids:
        return refuse("nobody is named", "Name at least one clinician.")
    if unit.incident_id is not None:
        return refuse(f"unit {unit.unit_id} is on incident {unit.incident_id}", "Change the crew when it is clear.")
    because = []
    crew = []
    for clinician_id in command.clinician_ids:
        clinician = state.clinicians.get(clinician_id)
        if clinician is None:
            because.append(f"clinician {clinician_id} is not enrolled")
            continue
        crew.append(clinician)
        because += [
            f"clinician {clinician_id} is on unit {other.unit_id}"
            for other in state.units.values()
            if clinician_id in other.crew and other.unit_id != unit.unit_id
        ]
        if practice_level(world.rulebook, clinician, instant(command.at_ms)) is None:
            because.append(f"clinician {clinician_id} may practise at no level at this instant")
    if len(set(command.clinician_ids)) < len(command.clinician_ids):
        because.append("a clinician is named twice")
    if because:
        return Refused(tuple(because), "Enrol or renew the clinician, or sign off from the other unit first.")
    members, until_ms = _members(crew, unit, command.at_ms, world)
    event = e.CrewSignedOn(
        at_ms=command.at_ms,
        by=command.by,
        unit_id=unit.unit_id,
        members=members,
        capable_until_ms=until_ms,
        rulebook=world.rulebook.hash,
    )
    return (event,)


def sign_off(state: State, command: c.SignOff, world: World) -> Decision:
    """A unit on an incident keeps its crew."""
    unit = state.units.get(command.unit_id)
    if unit is None:
        return refuse(f"unit {command.unit_id} is not known", "Correct the identifier.")
    if unit.incident_id is not None:
        return refuse(f"unit {unit.unit_id} is on incident {unit.incident_id}", "Sign off when it is clear.")
    if not unit.crew:
        return ()
    return (e.CrewSignedOff(at_ms=command.at_ms, by=command.by, unit_id=unit.unit_id),)


def take_checkpoint(state: State, command: c.TakeCheckpoint, world: World) -> Decision:
    """The digest of the state goes into the log, so that replay can be held against it."""
    return (e.CheckpointTaken(at_ms=command.at_ms, by=command.by, state_sha256=digest(state)),)


def recomputed(unit: Unit, clinicians: dict[str, Clinician], at_ms: int, by: str, world: World) -> e.CapabilityChanged:
    """What the unit's crew may do as of now, as an event."""
    crew = [clinicians[clinician_id] for clinician_id in unit.crew]
    members, until_ms = _members(crew, unit, at_ms, world)
    return e.CapabilityChanged(
        at_ms=at_ms,
        by=by,
        unit_id=unit.unit_id,
        members=members,
        capable_until_ms=until_ms,
        rulebook=world.rulebook.hash,
    )


def _members(crew: list[Clinician], unit: Unit, at_ms: int, world: World) -> tuple[tuple[Member, ...], int | None]:
    """What each may do with what is on board and in date; one whose licence has lapsed is listed and may do nothing."""
    at, items = instant(at_ms), unit.usable(at_ms)
    members = []
    for clinician in crew:
        level = practice_level(world.rulebook, clinician, at)
        may = crew_capability(world.rulebook, [clinician], items, at)
        name = "" if level is None else level.id
        members.append(Member(clinician.id, name, f"{may.standing:x}", f"{may.with_order:x}"))
    change = next_change(world.rulebook, crew, at)
    ends = [] if change is None else [round(change.timestamp() * 1000)]
    ends += [until_ms for until_ms in (unit.expires_ms or {}).values() if until_ms > at_ms]
    return tuple(members), min(ends, default=None)
