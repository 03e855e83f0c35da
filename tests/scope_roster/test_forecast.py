"""The forecast joins shifts, credentials and equipment, and agrees with asking the crew at every minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sixpoint.errors import InputError
from sixpoint.scope import Clinician, Credential, crew_capability, equipment_of_kit, load_rulebook
from sixpoint.scope.person import GATES
from sixpoint.scope.roster.forecast import Gap, Roster, RosterShift, RosterUnit, forecast, lasting_acts

BOOK = load_rulebook("us-national")
START = datetime(2026, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALS = equipment_of_kit(BOOK, "als_ambulance")
WATCHED = ("defibrillation_manual", "oral_glucose", "defibrillation_aed", "iv_access")


def clinician(name: str, level: str, ends: datetime | None = None, **other: str) -> Clinician:
    """All four gates at the level from long ago; the licence ends at `ends`; `other` sets a gate to another level."""
    long_ago = START - timedelta(days=900)
    return Clinician(
        name,
        name.title(),
        tuple(
            Credential(gate, other.get(gate, level), long_ago, ends if gate == "licensed" else None)
            for gate in GATES
            if other.get(gate) != "none"
        ),
    )


def hours(first: float, last: float) -> tuple[datetime, datetime]:
    return START + first * HOUR, START + last * HOUR


def roster(people: list[Clinician], units: list[RosterUnit], *shifts: tuple[str, str, float, float]) -> Roster:
    return Roster(
        {one.id: one for one in people},
        units,
        [RosterShift(unit, person, *hours(first, last)) for unit, person, first, last in shifts],
    )


def only(gaps: tuple[Gap, ...]) -> Gap:
    assert len(gaps) == 1, gaps
    return gaps[0]


def at_posts(gaps: tuple[Gap, ...]) -> tuple[Gap, ...]:
    return tuple(gap for gap in gaps if gap.post is not None)


def test_a_licence_that_ends_within_a_shift_opens_a_gap_that_renewal_closes() -> None:
    ann = clinician("ann", "Paramedic", START + 6 * HOUR)
    world = roster([ann], [RosterUnit("m1", "north", ALS)], ("m1", "ann", 0, 12))
    gap = only(at_posts(forecast(BOOK, world, *hours(0, 12), WATCHED)))
    assert (gap.starts_at, gap.ends_at, gap.staffed) == (*hours(6, 12), True)
    assert set(gap.skills) == set(WATCHED), "with no licence at all even an AED is out of the person's reach"
    assert gap.fix is not None and (gap.fix.kind, gap.fix.clinician, gap.fix.share) == ("renew", "ann", 1.0)
    assert "licensed as Paramedic" in gap.fix.what and "2026-05-01T06:00" in gap.fix.what


def test_one_renewal_that_closes_many_gaps_is_told_once_with_all_it_closes() -> None:
    people = [clinician("ann", "Paramedic", START + 6 * HOUR), clinician("bob", "Paramedic")]
    turns = (("m1", "ann", 0, 12), ("m1", "bob", 12, 24), ("m1", "ann", 24, 36), ("m1", "bob", 36, 48))
    world = roster(people, [RosterUnit("m1", "north", ALS)], *turns)
    gaps = at_posts(forecast(BOOK, world, *hours(0, 48), WATCHED))
    (act,) = lasting_acts(gaps)
    assert (act.kind, act.clinician, act.gaps, act.hours) == ("renew", "ann", 2, 6 + 12)


def test_without_being_told_it_watches_what_the_post_can_do_when_nothing_has_lapsed() -> None:
    ann = clinician("ann", "Paramedic", START - HOUR)
    world = roster([ann], [RosterUnit("m1", "north", ALS)], ("m1", "ann", 0, 12))
    gap = only(at_posts(forecast(BOOK, world, *hours(0, 12))))
    assert "defibrillation_manual" in gap.skills and gap.fix is not None and gap.fix.kind == "renew"
    long_gone = roster([clinician("ann", "Paramedic", START - timedelta(days=400))], list(world.units))
    long_gone = Roster(long_gone.clinicians, world.units, world.shifts)
    assert not forecast(BOOK, long_gone, *hours(0, 12))


def test_an_agency_credential_below_the_licence_is_the_cheapest_to_mend() -> None:
    bob = clinician("bob", "Paramedic", credentialed="EMT")
    world = roster([bob], [RosterUnit("m1", "north", ALS)], ("m1", "bob", 0, 12))
    gap = only(at_posts(forecast(BOOK, world, *hours(0, 12), ["defibrillation_manual"])))
    assert gap.fix is not None and (gap.fix.kind, gap.fix.clinician) == ("credential", "bob")
    assert "credentialed as Paramedic" in gap.fix.what


def test_a_person_who_may_without_the_equipment_is_helped_by_the_equipment() -> None:
    cat = clinician("cat", "Paramedic")
    bag = equipment_of_kit(BOOK, "responder_bag")
    world = roster([cat], [RosterUnit("q1", "north", bag)], ("q1", "cat", 0, 12))
    gap = only(at_posts(forecast(BOOK, world, *hours(0, 12), ["defibrillation_manual"])))
    assert gap.fix is not None and (gap.fix.kind, gap.fix.unit) == ("equip", "q1")
    assert set(gap.fix.what.split(", ")) == BOOK.equipment_for("defibrillation_manual") - bag


def test_a_shift_that_nobody_fills_is_filled_by_whoever_is_free_and_may() -> None:
    people = [clinician("dan", "EMT"), clinician("eve", "Paramedic"), clinician("fay", "Paramedic")]
    units = [RosterUnit("m1", "north", ALS), RosterUnit("m2", "south", ALS)]
    world = roster(people, units, ("m1", "dan", 0, 12), ("m2", "eve", 0, 12))
    gaps = at_posts(forecast(BOOK, world, *hours(0, 12), ["defibrillation_manual"]))
    gap = only(gaps)
    assert gap.post == "north" and gap.staffed
    assert gap.fix is not None and (gap.fix.kind, gap.fix.clinician, gap.fix.unit) == ("fill", "fay", "m1")
    assert gap.fix.cost_h == 12


def test_the_region_has_a_gap_only_where_no_post_has_it() -> None:
    people = [clinician("dan", "EMT"), clinician("eve", "Paramedic")]
    units = [RosterUnit("m1", "north", ALS), RosterUnit("m2", "south", ALS)]
    world = roster(people, units, ("m1", "dan", 0, 12), ("m2", "eve", 0, 8))
    gaps = forecast(BOOK, world, *hours(0, 12), ["defibrillation_manual"])
    region = only(tuple(gap for gap in gaps if gap.post is None))
    assert (region.starts_at, region.ends_at) == hours(8, 12)


def test_what_needs_an_order_counts_as_there_unless_told_otherwise(tmp_path: Path) -> None:
    overlay = tmp_path / "agency.yaml"
    overlay.write_text(
        "{overlay: agency, title: An agency, ladder: us, rank: agency, authority: An agency, on: [us-national],"
        ' version: "1", from: "2026-01-01", source: a, sources: {a: {title: A}}, confidence: judgement,'
        " rules: [{limit: oral_glucose, for: EMT, as: order}]}",
        "utf-8",
    )
    book = load_rulebook(str(overlay))
    world = roster([clinician("ann", "EMT")], [RosterUnit("m1", "north", None)], ("m1", "ann", 0, 4))
    assert not forecast(book, world, *hours(0, 4), ["oral_glucose"])
    assert len(forecast(book, world, *hours(0, 4), ["oral_glucose"], standing_only=True)) == 2, "the post, the region"


def test_a_post_is_not_watched_for_what_its_people_were_never_credentialed_for() -> None:
    bob = clinician("bob", "Paramedic", credentialed="EMT")
    world = roster([bob], [RosterUnit("m1", "north", ALS)], ("m1", "bob", 0, 12))
    assert not forecast(BOOK, world, *hours(0, 12))


def test_an_unknown_skill_unit_or_clinician_is_refused() -> None:
    unit = RosterUnit("m1", "north", None)
    with pytest.raises(InputError, match="no such skill"):
        forecast(BOOK, roster([], [unit]), *hours(0, 4), ["magic"])
    with pytest.raises(InputError, match="there is no clinician 'gus'"):
        forecast(BOOK, roster([], [unit], ("m1", "gus", 0, 1)), *hours(0, 4))
    with pytest.raises(InputError, match="there is no unit 'm9'"):
        forecast(BOOK, roster([clinician("ann", "EMT")], [unit], ("m9", "ann", 0, 1)), *hours(0, 4))


levels = st.sampled_from(list(BOOK.levels))
moments = st.integers(-3, 15)


@st.composite
def people(draw: st.DrawFn, name: str) -> Clinician:
    credentials = []
    for gate in GATES:
        for _ in range(draw(st.integers(1, 2))):
            starts = draw(moments)
            ends = draw(st.none() | st.integers(starts + 1, 18))
            bounds = START + starts * HOUR, None if ends is None else START + ends * HOUR
            credentials.append(Credential(gate, draw(levels), *bounds))
    return Clinician(name, name, tuple(credentials))


@settings(max_examples=100)
@given(
    st.tuples(people("a"), people("b"), people("c")),
    st.lists(st.tuples(st.sampled_from(["m1", "m2"]), st.sampled_from("abc"), moments, st.integers(1, 9)), max_size=6),
    st.tuples(*[st.sampled_from(["als_ambulance", "responder_bag", "aed_only"])] * 2),
)
def test_at_every_quarter_hour_the_gaps_are_what_the_crew_on_duty_lacks(
    three: tuple[Clinician, ...], duties: list[tuple[str, str, int, int]], kits: tuple[str, ...]
) -> None:
    units = [
        RosterUnit(unit, post, equipment_of_kit(BOOK, kit))
        for unit, post, kit in zip(("m1", "m2"), ("north", "south"), kits, strict=True)
    ]
    shifts = [(unit, person, float(first), float(first + length)) for unit, person, first, length in duties]
    world = roster(list(three), units, *shifts)
    gaps = forecast(BOOK, world, *hours(0, 12), WATCHED)
    bits = {skill: 1 << found.index for skill in WATCHED if (found := BOOK.skill(skill)) is not None}
    for quarter in range(48):
        at = START + quarter * HOUR / 4
        held: dict[str | None, int] = {"north": 0, "south": 0, None: 0}
        for unit in units:
            crew = [
                world.clinicians[shift.clinician]
                for shift in world.shifts
                if shift.unit == unit.id and shift.starts_at <= at < shift.ends_at
            ]
            able = crew_capability(BOOK, crew, unit.equipment, at).with_order
            held[unit.post] |= able
            held[None] |= able
        for post, able in held.items():
            missing = {skill for skill in WATCHED if not able & bits[skill]}
            told = [s for gap in gaps if gap.post == post and gap.starts_at <= at < gap.ends_at for s in gap.skills]
            assert sorted(told) == sorted(missing)
