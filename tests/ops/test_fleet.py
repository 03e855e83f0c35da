"""The fleet in columns says of every unit what the unit says of itself, however it came to be known."""

from __future__ import annotations

import random

import numpy as np
import pytest
from msgspec import UNSET
from msgspec.structs import replace

from sixpoint.dispatch import Policy
from sixpoint.ops import Leg, Place, State, Unit, World
from sixpoint.ops.decide import fleet as fleets
from sixpoint.ops.decide.fleet import fleet_of
from sixpoint.ops.decide.sight import free_candidates, seen_from, turnout_left_s, underway, uses_lights
from sixpoint.ops.state import Assignment, Incident, Member

from .world import START_MS, make_world, place

WORLD = make_world()


def some_member(rng: random.Random) -> Member:
    bits = rng.getrandbits(60)
    return Member(f"c{rng.randrange(99)}", "any", f"{bits:x}", f"{bits | rng.getrandbits(60):x}")


def somewhere(rng: random.Random) -> Place:
    return place(rng.randrange(6), rng.randrange(6))


def some_unit(rng: random.Random, unit_id: str) -> Unit:
    """In any state that a service can have it in; times a few minutes around now."""
    position: Place | Leg = somewhere(rng)
    if rng.random() < 0.5:
        to, left_ms = somewhere(rng), START_MS - rng.randrange(300_000)
        seconds = WORLD.travel.seconds(position, to, left_ms, True)
        position = Leg(position, to, left_ms, left_ms + round(1000 * seconds), rng.random() < 0.5)
    status = rng.choice([None, None, None, "clear", "assigned", "notified", "en_route", "staged", "on_scene"])
    return Unit(
        unit_id=unit_id,
        call_sign=unit_id,
        kind="ambulance",
        post_id="p-west",
        can_transport=rng.random() < 0.6,
        equipment=(),
        turnout_s=rng.choice([0.0, 60.0, 90.5]),
        position=position,
        members=tuple(some_member(rng) for _ in range(rng.choice([0, 1, 2, 2, 3]))),
        capable_until_ms=rng.choice([None, START_MS - 1, START_MS, START_MS + 1]),
        incident_id=None if status in (None, "clear") else rng.choice(["i", "other"]),
        status=status,
        status_ms=START_MS - rng.randrange(120_000),
        mutual_aid=rng.choice([UNSET, True]),
    )


def changed(rng: random.Random, state: State, share: float) -> State:
    """Some units are otherwise; now and then one is new or, in another state, gone."""
    units = {
        unit_id: some_unit(rng, unit_id) if rng.random() < share else unit for unit_id, unit in state.units.items()
    }
    if rng.random() < 0.2:
        name = f"N{rng.randrange(1000)}"
        units[name] = some_unit(rng, name)
    if rng.random() < 0.1:
        units.pop(rng.choice(list(units)))
    if rng.random() < 0.1:
        units = dict(sorted(units.items(), key=lambda _: rng.random()))
    return replace(state, units=units)


def incident(rng: random.Random) -> Incident:
    return Incident("i", "2301019", "critical", somewhere(rng), received_ms=START_MS, opened_ms=START_MS)


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleets, "_last", {})


@pytest.mark.parametrize("seed", range(30))
def test_a_fleet_carried_on_through_changes_is_the_one_made_anew(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    state = State(units={f"U{n:02d}": some_unit(rng, f"U{n:02d}") for n in range(24)})
    others = [state]
    for _ in range(25):
        state = changed(rng, rng.choice(others), rng.choice([0.0, 0.05, 0.1, 0.9]))
        others.append(state)
        carried = fleet_of(state, WORLD)
        monkeypatch.setattr(fleets, "_last", {})
        anew = fleet_of(state, WORLD)
        assert carried.units == anew.units == list(state.units.values())
        assert repr(carried.roster) == repr(anew.roster)
        for one, other in zip(carried.standing, anew.standing, strict=True):
            np.testing.assert_array_equal(one, other)
        monkeypatch.setattr(fleets, "_last", {"": carried})


def test_few_changes_carry_the_columns_on_and_the_last_fleet_stays_as_it_was() -> None:
    rng = random.Random(1)
    state = State(units={f"U{n:02d}": some_unit(rng, f"U{n:02d}") for n in range(24)})
    first = fleet_of(state, WORLD)
    said = repr(first)
    assert fleet_of(state, WORLD) is first
    assert fleet_of(replace(state, units=dict(state.units)), WORLD) is first
    moved = replace(state.units["U05"], position=place(0, 0))
    second = fleet_of(replace(state, units={**state.units, "U05": moved}), WORLD)
    assert second is not first and second.roster is first.roster  # the crews are the same
    assert repr(first) == said
    fewer = fleet_of(replace(state, units={**state.units, "U05": replace(moved, members=())}), WORLD)
    assert fewer.roster is not first.roster and not fewer.standing.is_free[5]


@pytest.mark.parametrize("seed", range(30))
def test_every_unit_is_seen_as_asking_about_it_alone_has_it(seed: int) -> None:
    rng = random.Random(seed)
    state = State(units={f"U{n:02d}": some_unit(rng, f"U{n:02d}") for n in range(40)})
    call = incident(rng)
    lights = uses_lights(call, WORLD)
    arrivals = [unit.position.arrives_ms for unit in state.units.values() if isinstance(unit.position, Leg)]
    at_arrival = [at_ms + off for at_ms in arrivals[:4] for off in (-1, 0, 1)]
    for at_ms in (START_MS - 200_000, START_MS, START_MS + 77_777, *at_arrival):
        seen = seen_from(state, list(state.units), call, at_ms, WORLD)
        for one, unit in zip(seen, state.units.values(), strict=True):
            road_s = WORLD.travel.seconds(unit.position, call.place, at_ms, lights)
            if unit.status == "en_route" and unit.incident_id == "i" and isinstance(unit.position, Leg):
                road_s = max(0, unit.position.arrives_ms - at_ms) / 1000
            assert one.eta_s == road_s + turnout_left_s(unit, at_ms)
            capability = unit.capability
            assert (one.unit_id, one.standing, one.with_order) == (
                unit.unit_id,
                capability.standing,
                capability.with_order,
            )
            assert (one.can_transport, one.hands, one.mutual_aid) == (
                unit.can_transport,
                len(unit.members),
                unit.mutual_aid is True,
            )
            assert [who.clinician_id for who in one.crew] == list(unit.crew)
        free = [unit.unit_id for unit in state.units.values() if unit.is_free]
        assert free_candidates(state, call, at_ms, WORLD).unit_ids == free


def test_services_asked_in_turn_have_their_columns_carried_on_each() -> None:
    rng = random.Random(3)
    states = [State(service_id=name, units={"U1": some_unit(rng, "U1")}) for name in ("one", "two")]
    first = [fleet_of(state, WORLD) for state in states]
    assert all(fleet_of(state, WORLD) is known for state, known in zip(states, first, strict=True))
    for number in range(100):
        fleet_of(State(service_id=f"s{number}", units=states[0].units), WORLD)
    assert len(fleets._last) <= fleets.SERVICES


def test_a_unit_at_the_scene_is_there_in_no_time_wherever_it_set_out_from() -> None:
    rng = random.Random(4)
    parked = replace(some_unit(rng, "U1"), position=place(5, 5), status="at_patient", incident_id="i", turnout_s=60.0)
    coming = replace(parked, unit_id="U2", status="assigned", status_ms=START_MS)
    on_it = {unit.unit_id: Assignment(unit.unit_id, (), unit.status, {}) for unit in (parked, coming)}
    call = replace(incident(rng), assignments=on_it)
    state = State(units={"U1": parked, "U2": coming}, incidents={"i": call})
    seen = underway(state, call, START_MS, WORLD)
    assert seen.there == {"U1"}
    assert [one.eta_s == 0 for one in seen.coming] == [True, False]


def test_a_rulebook_with_more_skills_is_not_answered_with_the_columns_of_another() -> None:
    rng = random.Random(2)
    state = State(units={"U1": some_unit(rng, "U1")})
    words = fleet_of(state, WORLD).roster.words

    class Wider:
        skills = tuple(replace_index(skill, skill.index + 640) for skill in WORLD.rulebook.skills)

    wider = World(Wider(), WORLD.call_types, Policy(), WORLD.travel)
    assert fleet_of(state, wider).roster.words == words + 10
    assert fleet_of(state, WORLD).roster.words == words


def replace_index(skill, index: int):
    return replace(skill, index=index)
