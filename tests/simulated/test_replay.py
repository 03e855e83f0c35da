"""What you rehearse is what you run: a simulated week, told as commands, is decided the same by the live service."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from sixpoint.care import (
    Encounter,
    HandoverOffered,
    Intervention,
    OrderGiven,
    OrderReadBack,
    ended,
    open_offers,
    responsible,
    with_fact,
)
from sixpoint.ops import State, evolve
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.events import encode
from sixpoint.ops.places import Leg
from sixpoint.plan.tiered import words as w
from sixpoint.service.opening import world_of
from sixpoint.service.simulated.held import hold_against
from sixpoint.service.simulated.memory import Memory, replay
from sixpoint.service.simulated.script import Script

from .told import Told, arrests, hard, riverton_week

SEEDS = (1, 2, 3)


def runs() -> Iterator[Told]:
    yield riverton_week()
    yield from map(hard, SEEDS)


def facts(told: Told) -> Iterator[e.FactRecorded]:
    return (event for event in told.service.events if isinstance(event, e.FactRecorded))


def test_every_command_of_a_simulated_week_is_accepted_when_it_is_replayed() -> None:
    """And gives the very events that were lived when it was told, byte for byte."""
    week = riverton_week()
    again = replay(week.service.commands, week.service.world)
    assert again.refused == [] and len(again.commands) > 15_000
    assert [encode(one) for one in again.events] == [encode(one) for one in week.service.events]


def test_the_week_has_four_levels_at_work() -> None:
    levels = {one.level for event in facts(riverton_week()) if isinstance(one := event.fact, Intervention)}
    assert levels == {"EMR", "EMT", "AEMT", "Paramedic"}


def test_assignments_ways_acts_and_ends_of_the_week_are_the_same_to_the_millisecond() -> None:
    week = riverton_week()
    held = hold_against(week.run, week.script.starts_ms, week.service.events)
    assert held.only_simulated == () and held.only_live == ()
    assert held.same["reported"] == len(week.run.calls) > 500
    assert held.same["assigned"] > 1000 and held.same["performed"] > 2500
    assert held.same["drove"] > 1400 and held.same["transporting"] > 400


@pytest.mark.parametrize("seed", SEEDS)
def test_they_are_where_everything_changes(seed: int) -> None:
    day = hard(seed)
    held = hold_against(day.run, day.script.starts_ms, day.service.events)
    assert held.only_simulated == () and held.only_live == ()
    assert day.service.refused == [] and day.script.differences == []


def test_where_everything_changes_everything_happens() -> None:
    """No word of the trace goes untried, and units that nobody needs any more are released as the live service says."""
    found = {word for seed in SEEDS for word in hard(seed).run.trace[:, 1].tolist()}
    assert found == set(range(len(w.TRACE_WORDS)))
    notes = {
        event.note
        for seed in SEEDS
        for event in hard(seed).service.events
        if isinstance(event, e.StatusReported) and event.status == "cancelled"
    }
    assert any("every need is met without it" in note for note in notes)


def test_nothing_had_to_be_overridden() -> None:
    for told in runs():
        assert told.script.differences == []
        for event in told.service.events:
            assert not isinstance(event, e.DispatchOverridden | e.ScopeOverridden | e.CareOverridden)
            if isinstance(event, e.DestinationChosen):
                assert event.override_reason == ""
            if isinstance(event, e.FactRecorded):
                assert event.fact.doubts == ()


def test_units_are_sent_as_the_live_service_recommends_and_nobody_names_them() -> None:
    for told in runs():
        asked = [one for one in told.service.commands if isinstance(one, c.AssignUnits)]
        assert asked and all(one.unit_ids is None and one.override_reason == "" for one in asked)


def test_an_order_is_asked_for_given_and_read_back_before_it_is_carried_out() -> None:
    acted = 0
    for seed in SEEDS:
        seen: dict[str, set[str]] = {}
        for event in facts(hard(seed)):
            fact = event.fact
            if isinstance(fact, OrderGiven):
                assert fact.request or fact.ends
                seen.setdefault(event.encounter_id, set()).add(fact.skill)
            if isinstance(fact, Intervention) and fact.authority == "order":
                assert fact.skill in seen[event.encounter_id]
                acted += 1
        given = [
            event.fact for event in facts(hard(seed)) if isinstance(event.fact, OrderGiven) and not event.fact.ends
        ]
        assert len(given) == sum(isinstance(event.fact, OrderReadBack) for event in facts(hard(seed)))
    assert acted > 100


def test_who_is_in_charge_when_the_patient_leaves_is_aboard() -> None:
    """In the unit that the simulation had in charge: whoever rides along, else the crew that carries."""
    left = rode = 0
    for told in runs():
        encounters: dict[str, Encounter] = {}
        crews: dict[tuple[str, str], tuple[str, ...]] = {}
        riders = told.run.calls["rider"]
        for event in told.service.events:
            match event:
                case e.EncounterOpened():
                    encounters[event.incident_id] = Encounter(event.encounter_id, event.incident_id, event.at_ms)
                case e.FactRecorded():
                    about = event.encounter_id.rpartition("-")[0]
                    encounters[about] = with_fact(encounters[about], event.fact)
                case e.UnitAssigned():
                    crews[event.incident_id, event.unit_id] = event.crew
                case e.StatusReported(status="transporting"):
                    rider = riders[int(event.incident_id.removeprefix("i-"))]
                    unit_id = event.unit_id if rider < 0 else told.run.service.unit_ids[rider]
                    assert responsible(encounters[event.incident_id]) in crews[event.incident_id, unit_id]
                    left, rode = left + 1, rode + (rider >= 0)
                case _:
                    pass
    assert left > 700 and rode > 100


def test_a_more_capable_crew_is_offered_the_patient_as_it_arrives_and_nobody_leaves_in_charge() -> None:
    """As the simulation has it: the most capable is in charge, and on leaving early passes the patient on."""
    offered = passed_on = 0
    for told in (arrests(), *map(hard, SEEDS)):
        assert told.script.differences == []
        before = State()
        in_charge: set[str] = set()
        offered_now = [one.fact for one in facts(told) if isinstance(one.fact, HandoverOffered)]
        offers = {(fact.to_unit_id, fact.at_ms) for fact in offered_now}
        gives = {(fact.unit_id, fact.at_ms) for fact in offered_now}
        for event in told.service.events:
            if isinstance(event, e.StatusReported) and event.status in ("at_patient", "clear"):
                found = before.incidents[event.incident_id]
                in_charge = {unit_in_charge(before, who) for who in found.encounters} - {""}
                own = reach(before, event.unit_id)
            if isinstance(event, e.StatusReported) and event.status == "at_patient" and in_charge:
                better = all(own > reach(before, one) for one in in_charge)
                assert not better or (event.unit_id, event.at_ms) in offers
                offered += better
            if isinstance(event, e.StatusReported) and event.status == "clear":
                there = {one for one in found.open_units if before.units[one].status == "at_patient"} - {event.unit_id}
                cares = [who for who in found.encounters if not ended(before.encounters[who], event.at_ms)]
                assert not there or not cares or event.unit_id not in in_charge
                passed_on += bool(there and cares) and (event.unit_id, event.at_ms) in gives
            before = evolve(before, event)
    assert offered > 100 and passed_on


def unit_in_charge(state: State, encounter_id: str) -> str:
    """The unit of whoever is in charge of the patient, or has just been offered the patient."""
    encounter = state.encounters[encounter_id]
    incident = state.incidents[encounter.incident_id]
    who = next((one.to for one in open_offers(encounter)), None) or responsible(encounter)
    return next((unit_id for unit_id, one in incident.assignments.items() if who in one.crew), "")


def reach(state: State, unit_id: str) -> int:
    return state.units[unit_id].capability.with_order.bit_count()


def test_one_millisecond_one_unit_or_one_act_that_is_not_the_same_is_found() -> None:
    day = hard(1)
    events = list(day.service.events)
    sent = next(n for n, one in enumerate(events) if isinstance(one, e.UnitAssigned))
    closed = next(n for n, one in enumerate(events) if isinstance(one, e.IncidentClosed))
    drives = next(n for n, one in enumerate(events) if isinstance(one, e.StatusReported) and one.status == "en_route")
    recorded = [n for n, one in enumerate(events) if isinstance(one, e.FactRecorded)]
    act = next(n for n in recorded if isinstance(events[n].fact, Intervention))

    def found(place: int, **other: object) -> tuple[int, int]:
        changed = [*events[:place], replace(events[place], **other), *events[place + 1 :]]
        held = hold_against(day.run, day.script.starts_ms, changed)
        return len(held.only_simulated), len(held.only_live)

    assigned, leg = events[sent], events[drives].leg
    assert isinstance(assigned, e.UnitAssigned) and isinstance(leg, Leg)
    assert found(sent, eta_s=assigned.eta_s + 0.001) == (1, 1)
    assert found(sent, unit_id="S1")[0] >= 1
    assert found(closed, at_ms=events[closed].at_ms + 1) == (1, 1)
    assert found(drives, leg=replace(leg, arrives_ms=leg.arrives_ms + 1)) == (1, 1)
    assert found(act, fact=replace(events[act].fact, skill="cpr", unit_id="X")) == (1, 1)


def test_a_service_that_decides_otherwise_is_noticed_and_the_run_goes_on() -> None:
    """Another policy sends others; each is named once, and the rest is told as it was simulated."""
    day = hard(2)
    policy = replace(day.prepared.service.policy, max_units=1, bypass_limit_s=0.0, additional_unit_price=0.0)
    service = Memory(world_of(day.prepared.region, policy))
    script = Script(day.prepared, day.run, service)
    script.open()
    while script.next_ms() is not None:
        script.step()
    assert {"units", "destination", "released"} <= {one.what for one in script.differences}
    assert service.refused == []
    assert any(isinstance(event, e.DispatchOverridden) for event in service.events)
    held = hold_against(day.run, script.starts_ms, service.events)
    assert held.same["closed"] == held.same["reported"] == len(day.run.calls)
