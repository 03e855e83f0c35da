"""The fix that is named is the cheapest single one, and does what it says when the roster is swept again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from sixpoint.scope.roster.fix import HOUR_US, Fix, Fixer, FixPolicy, Remedy
from sixpoint.scope.roster.sweep import Duty, Hole, Place, Timeline, sweep

SKILLS = 3
HOURS = 48
POSTS = {"u1": "north", "u2": "north", "u3": "south"}
PEOPLE = "abcd"
POLICY = FixPolicy(equip_h=1, renew_h=4, credential_h=8, rest_h=2, longest_shift_h=12)
masks = st.integers(0, 2**SKILLS - 1)


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    at = sorted(draw(st.sets(st.integers(0, HOURS), max_size=2)))
    return Timeline((-HOUR_US, *(hour * HOUR_US + 1 for hour in at)), tuple(draw(masks) for _ in range(len(at) + 1)))


@st.composite
def duties(draw: st.DrawFn) -> Duty:
    starts = draw(st.integers(-6, HOURS - 1))
    ends = starts + draw(st.integers(2, 14))
    unit, person = draw(st.sampled_from(sorted(POSTS))), draw(st.sampled_from(PEOPLE))
    return Duty(unit, person, starts * HOUR_US, ends * HOUR_US)


def items(unit: str, skills: int) -> int:
    """In these tests every skill needs an item of its own, and a unit lacks what it is asked for."""
    del unit
    return skills.bit_count()


class World:
    """A small roster that can be swept with one thing changed."""

    def __init__(self, people: dict[str, Timeline], equipped: dict[str, int], roster: list[Duty]) -> None:
        self.people = people
        self.places = {unit: Place(post, equipped[unit]) for unit, post in POSTS.items()}
        self.roster = roster

    def holes(self, post: str | None) -> list[Hole]:
        return list(sweep(self.people, self.places, self.roster, {post: 2**SKILLS - 1}, 0, HOURS * HOUR_US))

    def changed(self, kind: str, unit: str, person: str, remedy: Timeline | None, hole: Hole, ends_us: int) -> World:
        world = World(dict(self.people), {unit: place.equipped for unit, place in self.places.items()}, [*self.roster])
        if kind == "equip":
            world.places[unit] = Place(POSTS[unit], self.places[unit].equipped | hole.skills)
        elif kind == "fill":
            world.roster.append(Duty(unit, person, hole.starts_us, ends_us))
        else:
            assert remedy is not None
            world.people[person] = remedy
        return world

    def share_left(self, hole: Hole) -> float:
        left = 0
        for one in self.holes(hole.post):
            length = max(0, min(one.ends_us, hole.ends_us) - max(one.starts_us, hole.starts_us))
            left += (one.skills & hole.skills).bit_count() * length
        return left / (hole.skills.bit_count() * (hole.ends_us - hole.starts_us))


def every_fix(
    world: World, remedies: Mapping[str, tuple[Remedy, ...]], hole: Hole
) -> Iterator[tuple[str, str, str, float, float]]:
    """(kind, unit, person, cost, share) of every single act, each judged by sweeping the changed roster."""
    ends_us = min(hole.ends_us, hole.starts_us + 12 * HOUR_US)
    for unit, post in POSTS.items():
        if hole.post in (None, post):
            changed = world.changed("equip", unit, "", None, hole, ends_us)
            able = 0
            for duty in world.roster:
                if duty.unit == unit:
                    since, until = max(duty.starts_us, hole.starts_us), min(duty.ends_us, hole.ends_us)
                    for _, _, held in world.people[duty.person].pieces(since, until) if since < until else ():
                        able |= held & hole.skills
            yield "equip", unit, "", POLICY.equip_h * items(unit, able), 1 - changed.share_left(hole)
            for person in PEOPLE:
                rest = 2 * HOUR_US
                if not any(
                    one.person == person and one.starts_us < ends_us + rest and one.ends_us > hole.starts_us - rest
                    for one in world.roster
                ):
                    changed = world.changed("fill", unit, person, None, hole, ends_us)
                    cost_h = (ends_us - hole.starts_us) / HOUR_US
                    yield "fill", unit, person, cost_h, 1 - changed.share_left(hole)
    for person, held in remedies.items():
        for remedy in held:
            changed = world.changed(remedy.kind, "", person, remedy.timeline, hole, ends_us)
            yield remedy.kind, "", person, remedy.cost_h, 1 - changed.share_left(hole)


def better(timeline: Timeline, more: int) -> Timeline:
    return Timeline(timeline.at_us, tuple(skills | more for skills in timeline.skills))


@settings(max_examples=120)
@given(
    st.fixed_dictionaries({name: timelines() for name in PEOPLE}),
    st.fixed_dictionaries(dict.fromkeys(POSTS, masks)),
    st.lists(duties(), max_size=5),
    st.fixed_dictionaries({name: st.tuples(masks, masks) for name in PEOPLE}),
    st.sampled_from(["north", "south", None]),
)
def test_no_single_act_is_better_than_the_one_named(
    people: dict[str, Timeline],
    equipped: dict[str, int],
    roster: list[Duty],
    more: dict[str, tuple[int, int]],
    post: str | None,
) -> None:
    world = World(people, equipped, roster)
    remedies = {
        name: (
            Remedy("renew", "licence", better(people[name], more[name][0]), POLICY.renew_h),
            Remedy("credential", "agency", better(people[name], more[name][1]), POLICY.credential_h),
        )
        for name in PEOPLE
    }
    fixer = Fixer(people, world.places, roster, remedies, POLICY, items)
    for hole in world.holes(post)[:3]:
        fix = fixer.cheapest(hole)
        acts = [act for act in every_fix(world, remedies, hole) if act[4] > 1e-9]
        if fix is None:
            assert not acts
            continue
        whole = [cost_h for *_, cost_h, share in acts if share > 1 - 1e-9]
        if whole:
            assert fix.share == 1.0 and fix.cost_h == min(whole)
        else:
            assert abs(fix.share - max(share for *_, share in acts)) < 1e-9
        assert_does_what_it_says(world, fix, remedies, hole)


def assert_does_what_it_says(world: World, fix: Fix, remedies: Mapping[str, tuple[Remedy, ...]], hole: Hole) -> None:
    lines = [one.timeline for one in remedies.get(fix.person, ()) if one.kind == fix.kind]
    changed = world.changed(fix.kind, fix.unit, fix.person, lines[0] if lines else None, hole, fix.ends_us)
    assert abs(1 - changed.share_left(hole) - fix.share) < 1e-9


def test_whoever_is_rostered_least_is_asked_first() -> None:
    line = Timeline((0,), (1,))
    people = {"a": line, "b": line}
    places = {"u1": Place("north", 1), "u3": Place("south", 1)}
    roster = [Duty("u3", "a", 30 * HOUR_US, 40 * HOUR_US)]
    fixer = Fixer(people, places, roster, {}, FixPolicy(), items)
    fix = fixer.cheapest(Hole("north", 1, 0, 8 * HOUR_US, False))
    assert fix is not None and (fix.kind, fix.person, fix.unit, fix.cost_h) == ("fill", "b", "u1", 8)


def test_nobody_is_asked_to_work_without_rest() -> None:
    people = {"a": Timeline((0,), (1,))}
    places = {"u1": Place("north", 1), "u3": Place("south", 1)}
    roster = [Duty("u3", "a", 9 * HOUR_US, 20 * HOUR_US)]
    hole = Hole("north", 1, 0, 8 * HOUR_US, False)
    assert Fixer(people, places, roster, {}, FixPolicy(rest_h=2), items).cheapest(hole) is None
    assert Fixer(people, places, roster, {}, FixPolicy(rest_h=1), items).cheapest(hole) is not None
