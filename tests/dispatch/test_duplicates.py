"""Calls near in time, place and type are proposed as one incident, up to and with the limits."""

from __future__ import annotations

import math
import random

import pytest

from sixpoint.dispatch import CallSeen, Policy, duplicates, load_call_types, propose_all_duplicates, propose_duplicates
from sixpoint.dispatch.duplicates import metres_between

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


def some_calls(rng: random.Random, count: int, spread_m: float) -> list[CallSeen]:
    """Around a corner where the date line, or the pole, is near; with times and places that many calls share."""
    lat, lon = rng.choice([(37.0, -122.0), (0.0, 180.0), (0.0, 0.0), (89.9999, 10.0), (-90.0, 0.0)])
    step = spread_m / 111_195
    calls = []
    for number in range(count):
        lon_deg = lon + rng.choice([0, rng.uniform(-step, step)])
        lat_deg = max(-90.0, min(90.0, lat + rng.choice([0, rng.uniform(-step, step)])))
        at_s = rng.choice([600.0 * rng.randrange(4), rng.uniform(0, 3600)])
        lon_deg = lon_deg - 360 if lon_deg > 180 else lon_deg
        calls.append(CallSeen(str(number), at_s, lon_deg, lat_deg, rng.choice([ARREST, UNCONSCIOUS, CRASH, "x"])))
    return calls


@pytest.mark.parametrize("seed", range(60))
def test_all_calls_in_one_pass_are_proposed_as_each_against_all_earlier_ones(seed: int) -> None:
    rng = random.Random(seed)
    within_s, within_m = rng.choice([0, 60, 600]), rng.choice([0, 0.5, 80, 5_000, 1e7])
    policy = Policy(duplicate_within_s=within_s, duplicate_within_m=within_m)
    calls = some_calls(rng, 80, rng.choice([50, 300, 20_000]))
    in_order = sorted(calls, key=lambda call: call.received_s)
    by_each = [propose_duplicates(call, in_order[:place], TYPES, policy) for place, call in enumerate(in_order)]
    assert list(propose_all_duplicates(calls, TYPES, policy)) == [found for found in by_each if found]


def test_calls_without_a_time_or_a_place_repeat_none_and_stop_none() -> None:
    calls = [seen("A"), seen("B", at_s=math.nan), seen("C", lon=math.inf), seen("D")]
    assert [[item.same_as for item in found] for found in propose_all_duplicates(calls, TYPES, Policy())] == [["A"]]


def test_many_calls_at_one_moment_are_held_against_their_neighbours_only(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = [seen(f"{row}-{column}", lat=row * 0.01, lon=column * 0.01) for row in range(60) for column in range(60)]
    measured = 0

    def counted(first: CallSeen, second: CallSeen) -> float:
        nonlocal measured
        measured += 1
        return metres_between(first, second)

    monkeypatch.setattr(duplicates, "metres_between", counted)
    assert not list(propose_all_duplicates(calls, TYPES, Policy()))
    assert measured == 0
