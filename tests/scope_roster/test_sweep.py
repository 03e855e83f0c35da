"""The sweep over changes finds the same holes as looking at every minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from sixpoint.scope.roster.sweep import Duty, Hole, Place, Timeline, sweep

SKILLS = 4
WINDOW = 24
UNITS = {"u1": "north", "u2": "north", "u3": "south"}


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    at_us = sorted(draw(st.sets(st.integers(-3, WINDOW + 3), max_size=4)))
    return Timeline(tuple(at_us), tuple(draw(st.integers(0, 2**SKILLS - 1)) for _ in at_us))


@st.composite
def duties(draw: st.DrawFn) -> Duty:
    starts = draw(st.integers(-4, WINDOW + 2))
    return Duty(
        draw(st.sampled_from(sorted(UNITS))), draw(st.sampled_from("abc")), starts, starts + draw(st.integers(1, 14))
    )


def missing(
    post: str | None,
    minute: int,
    people: Mapping[str, Timeline],
    places: Mapping[str, Place],
    roster: Sequence[Duty],
    wanted: int,
) -> int:
    """The wanted skills that nobody on duty there may perform in that minute, by looking at everybody."""
    held = 0
    for duty in roster:
        place = places[duty.unit]
        if duty.starts_us <= minute < duty.ends_us and post in (None, place.post):
            line = people[duty.person]
            now = [skills for at_us, skills in zip(line.at_us, line.skills, strict=True) if at_us <= minute]
            held |= (now[-1] if now else 0) & place.equipped
    return wanted & ~held


@settings(max_examples=300)
@given(
    st.fixed_dictionaries({name: timelines() for name in "abc"}),
    st.fixed_dictionaries({unit: st.integers(0, 2**SKILLS - 1) for unit in UNITS}),
    st.lists(duties(), max_size=8),
    st.fixed_dictionaries({post: st.integers(0, 2**SKILLS - 1) for post in ("north", "south", None)}),
)
def test_the_holes_are_those_that_every_minute_shows(
    people: dict[str, Timeline], equipped: dict[str, int], roster: list[Duty], wanted: dict[str | None, int]
) -> None:
    places = {unit: Place(post, equipped[unit]) for unit, post in UNITS.items()}
    holes = list(sweep(people, places, roster, wanted, 0, WINDOW))
    for post, skills in wanted.items():
        for minute in range(WINDOW):
            shown = 0
            for hole in holes:
                if hole.post == post and hole.starts_us <= minute < hole.ends_us:
                    assert not shown & hole.skills, "no skill is missing twice"
                    shown |= hole.skills
            assert shown == missing(post, minute, people, places, roster, skills)


@settings(max_examples=200)
@given(timelines(), st.integers(-5, 30), st.integers(1, 20))
def test_the_pieces_of_a_timeline_are_what_every_minute_shows(line: Timeline, starts: int, length: int) -> None:
    minutes = [skills for since, until, skills in line.pieces(starts, starts + length) for _ in range(since, until)]
    assert minutes == [line.at(minute) for minute in range(starts, starts + length)]


def test_a_hole_is_one_interval_however_often_the_crew_changes() -> None:
    people = {name: Timeline((0,), (0b01,)) for name in "ab"}
    places = {"u1": Place("north", 0b11)}
    roster = [Duty("u1", "a", 0, 10), Duty("u1", "b", 10, 20)]
    assert list(sweep(people, places, roster, {"north": 0b11}, 0, 20)) == [Hole("north", 0b10, 0, 20, True)]


def test_a_post_with_nobody_on_duty_is_said_to_be_unstaffed() -> None:
    people = {"a": Timeline((0,), (1,))}
    holes = list(sweep(people, {"u1": Place("north", 1)}, [Duty("u1", "a", 5, 10)], {"north": 1}, 0, 20))
    assert holes == [Hole("north", 1, 0, 5, False), Hole("north", 1, 10, 20, False)]
