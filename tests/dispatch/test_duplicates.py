"""Calls near in time, place and type are proposed as one incident, up to and with the limits."""

from __future__ import annotations

import math

import pytest

from sixpoint.dispatch import CallSeen, Policy, load_call_types, propose_duplicates

TYPES = load_call_types()
ARREST, UNCONSCIOUS, CRASH = "2301019", "2301077", "2301069"
NORTH_80_M = 80 / 6_371_008.8 * 180 / math.pi


def seen(call_id: str, code: str = ARREST, at_s: float = 0, lat: float = 37.0, lon: float = -122.0) -> CallSeen:
    return CallSeen(call_id, at_s, lon, lat, code)


@pytest.mark.parametrize(
    ("other", "proposed"),
    [
        (seen("B"), True),
        (seen("B", UNCONSCIOUS), True),
        (seen("B", CRASH), False),
        (seen("B", at_s=-600), True),
        (seen("B", at_s=-601), False),
        (seen("B", lat=37.0 + NORTH_80_M * 0.999), True),
        (seen("B", lat=37.0 + NORTH_80_M * 1.001), False),
        (seen("A"), False),
        (seen("B", lat=math.nan), False),
        (seen("B", at_s=math.nan), False),
        (seen("B", "unknown"), False),
    ],
)
def test_within_ten_minutes_eighty_metres_and_one_family_a_call_may_repeat_another(
    other: CallSeen, proposed: bool
) -> None:
    found = propose_duplicates(seen("A"), [other], TYPES, Policy())
    assert [item.same_as for item in found] == (["B"] if proposed else [])


def test_the_nearest_is_proposed_first_across_the_date_line_too() -> None:
    new = seen("A", lat=0, lon=180.0)
    others = [seen("FAR", lat=0.0005, lon=-180.0), seen("NEAR", lat=0, lon=-179.9999)]
    assert [item.same_as for item in propose_duplicates(new, others, TYPES, Policy())] == ["NEAR", "FAR"]


def test_two_sides_of_a_meridian_are_not_one_place() -> None:
    east, west = seen("A", lat=0, lon=0.0003), seen("B", lat=0, lon=-0.0003)
    [found] = propose_duplicates(east, [west], TYPES, Policy())
    assert found.apart_m == pytest.approx(0.0006 * math.pi / 180 * 6_371_008.8)


def test_unknown_types_of_the_same_code_belong_together() -> None:
    assert propose_duplicates(seen("A", "x"), [seen("B", "x")], TYPES, Policy())[0].because.endswith("same type")
