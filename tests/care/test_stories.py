"""Stories that a clinician can read, told to the code: at every level, by two or three rulebooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from sixpoint.care import (
    Encounter,
    Placed,
    Tagged,
    count,
    triage,
    triage_systems,
    with_answers,
    with_fact,
)

from .people import LEVELS, RULEBOOKS, START_MS, at
from .story import FOLDER, Teller, as_json, read_story

STORIES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_the_story_goes_as_it_is_told(path: Path) -> None:
    told = list(Teller(read_story(path)).tell())
    wrong = [(place, said, answer) for place, said, answer in told if said != answer]
    assert not wrong, as_json(wrong)


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_every_card_of_a_story_is_told_at_all_levels_in_three_rulebooks(path: Path) -> None:
    asked: dict[tuple[int, str], set[str]] = {}
    for place, said, _ in Teller(read_story(path)).tell():
        if place[1] == "card":
            asked.setdefault((place[0], place[3]), set()).add(place[2])
            assert len(said.split()) == len(LEVELS)
    assert asked and all(rulebooks == set(RULEBOOKS) for rulebooks in asked.values()), asked


def test_there_are_the_ten_stories_of_the_issue() -> None:
    assert len(STORIES) == 10


def test_fourteen_patients_are_tagged_tagged_again_and_all_arrive() -> None:
    story = read_story(FOLDER / "08_bus_crash.yaml")["triage"]
    bus: dict[str, Encounter] = {}
    for one in story["patients"]:
        met = with_answers(Encounter(one["name"], "I1", START_MS), one["known"], at(1), "rosa", "E9")
        system = "JumpSTART" if "JumpSTART" in one else "START"
        bus[one["name"]] = tag(met, system, 1, one[system])
    assert count(bus.values(), at(2)).by_tag == story["counts"]
    assert len(count(bus.values(), at(2)).unplaced) == 14
    for one in story["patients"]:
        if "later" in one:
            met = with_answers(bus[one["name"]], one["later"], at(10), "rosa", "E9")
            bus[one["name"]] = tag(met, "START", 10, one["then"])
    after = count(bus.values(), at(11))
    assert after.by_tag == story["counts_later"]
    assert [one.tagged for one in after.patients if one.encounter_id == "P05"] == [2]
    for number, name in enumerate(bus):
        base: dict[str, Any] = {"author": "rosa", "unit_id": "E9"}
        unit = f"M{number % 3}"
        bus[name] = with_fact(bus[name], Placed(fact_id="u", at_ms=at(15), kind="unit", place=unit, **base))
        if name != "P08":
            bus[name] = with_fact(bus[name], Placed(fact_id="h", at_ms=at(30), kind="facility", place="H1", **base))
    there = count(bus.values(), at(31))
    assert there.by_place == {"facility H1": 13, "unit M1": 1} and there.total == 14 and not there.unplaced


def tag(met: Encounter, system: str, minute: float, expected: str) -> Encounter:
    found = triage(triage_systems()[system], met, at(minute))
    assert found.tag == expected, (met.encounter_id, found)
    assert found.tag is not None
    fact = Tagged(
        fact_id=f"t{minute}", at_ms=at(minute), author="rosa", unit_id="E9", tag=found.tag, system=system,
        because=found.because,
    )  # fmt: skip
    return with_fact(replace(met), fact)
