"""A bus crash with 14 patients, told to the live service command by command; the patients are those of care's story."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sixpoint.care import (
    Disposed,
    HandoverAccepted,
    HandoverOffered,
    Placed,
    Tagged,
    VitalSigns,
    facts_of,
    responsible,
    triage,
    triage_systems,
)
from sixpoint.cli.board import Board
from sixpoint.ops import canonical, replay
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.bedside import patients
from sixpoint.scope.strict_yaml import read_yaml
from sixpoint.service.telling import Teller
from sixpoint.tables import Faults

from .bedside import Bedside, at, why

BUS = "2301069"
FILE = Path(__file__).parents[1] / "care" / "stories" / "08_bus_crash.yaml"


def read_story() -> dict[str, Any]:
    faults = Faults()
    document = read_yaml(FILE.read_text("utf-8"), FILE.name, faults)
    faults.raise_any()
    held: Any = document.plain() if document is not None else {}
    return dict(held["triage"])


STORY = read_story()
NAMES = [one["name"] for one in STORY["patients"]]
AREAS = {"immediate": "red", "delayed": "yellow", "minimal": "green", "dead": "black"}
ATTENDS = {"B1": "c-emt1", "M1": "c-medic1"}


class Crash(Bedside):
    """The scene: one first responder finds everybody; whatever happens, all 14 are accounted for."""

    def __init__(self) -> None:
        super().__init__(BUS, ("E1",))
        for name in NAMES:
            self.meet(name, 4)

    def count(self, minute: float) -> Any:
        found = patients(self.service.state, "i", at(minute))
        ours = [one for one in found.patients if one.encounter_id != "e"]  # "e" is the driver, unhurt, let go at once
        assert sorted(one.encounter_id for one in ours) == NAMES, "each once, nobody twice, nobody missing"
        assert found.total == len(NAMES) + 1 == sum(found.by_tag.values()) == sum(found.by_place.values())
        carried = [one for each in self.service.state.incidents["i"].assignments.values() for one in each.patients]
        assert len(carried) == len(set(carried)), "each patient goes in one unit"
        return found

    def look_at(self, name: str, known: dict[str, Any], system: str, minute: float) -> None:
        for fact in facts_of(known, at(minute), "c-emr", "E1", f"{name}-{minute}-"):
            self.service.must(c.RecordFact(at_ms=at(minute), encounter_id=name, fact=fact))
        says = triage(triage_systems()[system], self.encounter(name), at(minute))
        assert says.tag is not None, (name, says)
        self.add(Tagged, minute, "c-emr", "E1", name, tag=says.tag, system=system, because=says.because)
        self.add(Placed, minute + 0.5, "c-emr", "E1", name, kind="area", place=AREAS[says.tag])

    def take(self, unit: str, names: tuple[str, ...], minute: float, facility: str = "f-far") -> None:
        """The unit takes these patients over, and brings them to the facility, which signs for each."""
        attendant = ATTENDS[unit]
        for name in names:
            giver = responsible(self.encounter(name))
            assert giver is not None
            self.pass_on(name, (giver, "E1"), (attendant, unit), minute)
            reason = "" if facility == "f-far" else "minor injuries: the load is spread"
            outcome = self.goes(unit, minute, name, facility_id=facility, override_reason=reason)
            assert isinstance(outcome, tuple), outcome
        assert isinstance(self.status(unit, "transporting", minute + 1), tuple)
        inside = [one for one in self.count(minute + 1).patients if (one.kind, one.place) == ("unit", unit)]
        assert {one.encounter_id for one in inside} == set(names)
        assert {one.with_clinician for one in inside} == {attendant}
        self.status(unit, "at_destination", minute + 8)
        for name in names:
            self.pass_on(name, (attendant, unit), (facility, ""), minute + 9, at_facility=True)
        self.status(unit, "transferred", minute + 9)
        self.status(unit, "clear", minute + 10)
        there = [one for one in self.count(minute + 10).patients if (one.kind, one.place) == ("facility", facility)]
        assert set(names) <= {one.encounter_id for one in there}

    def pass_on(self, name: str, giver: tuple[str, str], to: tuple[str, str], minute: float, **more: Any) -> None:
        offer = self.add(HandoverOffered, minute, *giver, encounter_id=name, to=to[0], to_unit_id=to[1], report="")
        self.add(HandoverAccepted, minute, *to, encounter_id=name, offer=offer.fact_id, **more)


@pytest.fixture(scope="module")
def crash() -> Iterator[Crash]:
    scene = Crash()
    scene.add(Disposed, 5, "c-emr", "E1", how="to_police", to="Officer 12")
    for one in STORY["patients"]:
        system = "JumpSTART" if "JumpSTART" in one else "START"
        scene.look_at(one["name"], one["known"], system, 5)
    yield scene


def test_fourteen_are_tagged_tagged_again_moved_and_every_one_arrives(crash: Crash) -> None:
    told = crash.count(6)
    assert {tag: told.by_tag[tag] for tag in STORY["counts"]} == STORY["counts"]
    assert (
        str(told)
        == "15 patients: 1 untagged, 5 immediate, 3 delayed, 5 minimal, 1 dead; 1 released, 14 in a treatment area"
    )
    (changed,) = [one for one in STORY["patients"] if "later" in one]
    crash.look_at(changed["name"], changed["later"], "START", 10)
    told = crash.count(11)
    assert {tag: told.by_tag[tag] for tag in STORY["counts_later"]} == STORY["counts_later"]
    assert told.by_place["area red"] == 6 and told.by_place["area green"] == 4

    # The most urgent first, two in a unit; the same units come back until nobody is left.
    waiting = [one.encounter_id for one in told.patients if one.tag in ("immediate", "delayed")]
    green = [one.encounter_id for one in told.patients if one.tag == "minimal"]
    trips = [tuple(waiting[number : number + 2]) for number in range(0, len(waiting), 2)]
    minute = 12.0
    for number, names in enumerate(trips):
        unit = ("B1", "M1")[number % 2]
        crash.send((unit,), minute)
        crash.take(unit, names, minute + 4)
        minute += 16
    crash.send(("B1",), minute)
    crash.take("B1", tuple(green[:3]), minute + 4, facility="f-near")
    minute += 16

    # One of the lightly hurt goes home with his wife; the dead are not forgotten either.
    crash.add(VitalSigns, minute, "c-emr", "E1", green[3], heart_rate_per_min=80.0)
    crash.add(Disposed, minute, "c-emr", "E1", green[3], how="to_family", to="his wife")
    crash.status("E1", "clear", minute + 1)
    assert why(crash.close(minute + 2)) == "nobody has said how the care of P08 ended"
    crash.add(Disposed, minute, "c-emr", "E1", "P08", how="obvious_death", criteria=("decapitation",))
    told = crash.count(minute + 2)
    assert told.by_place == {
        "facility f-far": 9, "facility f-near": 3, "released his wife": 1, "released Officer 12": 1, "area black": 1,
    }  # fmt: skip
    (closed,) = crash.close(minute + 3)
    assert isinstance(closed, e.IncidentClosed) and closed.open_patients == ()
    assert canonical(replay(crash.service.events)) == canonical(crash.service.state)


def test_the_board_and_the_story_count_them(crash: Crash) -> None:
    state = replay(event for event in crash.service.events if event.at_ms <= at(6))
    teller = Teller(crash.service.world.call_types, crash.service.world.rulebook)
    console = Console(width=200, height=40)
    with console.capture() as shown:
        console.print(Board(teller, "UTC", "Crash", "").render(state, at(6), 200))
    assert "15: 5I 3D 5M 1X 1?" in shown.get()
    tags = [
        event for event in crash.service.events if isinstance(event, e.FactRecorded) and isinstance(event.fact, Tagged)
    ]
    told = teller.fact(tags[13], state)
    assert told.startswith("c-emr (EMR): P14 tag immediate by JumpSTART (15 patients: ")
