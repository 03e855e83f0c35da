"""Candidates in columns answer as a list of the same candidates does, however they were put together."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from msgspec.structs import replace

from sixpoint.dispatch import Candidate, choose, weigh
from sixpoint.dispatch.bitsets import words_for
from sixpoint.dispatch.candidates import Candidates, in_columns, make_roster, with_changed

from .test_choice_is_exact import INDEX, some_call, some_policy, some_units

WORDS = words_for(INDEX)


def drawn(rng: random.Random, most: int = 8) -> list[Candidate]:
    """Units with odd times, costs and hands among them; some named twice."""
    units = some_units(rng, rng.randint(0, most))
    for place, unit in enumerate(units):
        odd = rng.random()
        if odd < 0.1:
            units[place] = replace(unit, eta_s=rng.choice([float("nan"), float("inf"), -1.0]))
        elif odd < 0.2:
            units[place] = replace(unit, cover_cost=rng.choice([float("nan"), -2.0, 1e12]))
        elif odd < 0.3:
            units[place] = replace(unit, hands=rng.choice([-1, 0, 10**30]))
        elif odd < 0.4 and place:
            units[place] = replace(unit, unit_id=units[place - 1].unit_id)
    return units


def rows_of_one_fleet(rng: random.Random, units: Sequence[Candidate]) -> Candidates:
    """The same units as rows of a larger roster that lists them, each once, in another order."""
    others = [replace(unit, unit_id=f"Z{number}") for number, unit in enumerate(some_units(rng, 5))]
    fleet = [*units, *others]
    rng.shuffle(fleet)
    roster = make_roster([replace(unit, eta_s=7.0, cover_cost=3.0) for unit in fleet], WORDS)
    rows = np.array([roster.row[unit.unit_id] for unit in units], np.int64)
    eta_s, cost = [unit.eta_s for unit in units], [unit.cover_cost for unit in units]
    return Candidates(roster, rows, np.array(eta_s, np.float64), np.array(cost, np.float64))


def same(first: object, second: object) -> bool:
    """Equal to the letter: NaN is the same as NaN here."""
    return repr(first) == repr(second)


@pytest.mark.parametrize("seed", range(300))
def test_rows_of_a_fleet_are_chosen_and_weighed_like_the_units_themselves(seed: int) -> None:
    rng = random.Random(seed)
    call, policy = some_call(rng), some_policy(rng)
    once = {unit.unit_id: unit for unit in drawn(rng)}
    units = list(once.values())
    rows = rows_of_one_fleet(rng, units)
    assert same(choose(call, rows, INDEX, policy), choose(call, units, INDEX, policy))
    named = rng.sample(sorted(once), min(2, len(once)))
    assert same(weigh(call, rows, named, INDEX, policy), weigh(call, units, named, INDEX, policy))


@pytest.mark.parametrize("seed", range(100))
def test_columns_are_read_like_the_sequence_they_stand_for(seed: int) -> None:
    rng = random.Random(seed)
    units = drawn(rng)
    for seen in (in_columns(units, INDEX), rows_of_one_fleet(rng, list({one.unit_id: one for one in units}.values()))):
        read = list(seen)
        assert len(seen) == len(read) == len(seen.unit_ids)
        assert [one.unit_id for one in read] == seen.unit_ids
        assert same([seen[place] for place in range(len(seen))], read)
        assert same(list(seen[1:]), read[1:])
    assert same(list(in_columns(units, INDEX)), units)


@pytest.mark.parametrize("seed", range(200))
def test_a_unit_that_stands_twice_counts_once_however_it_came_to_stand_twice(seed: int) -> None:
    rng = random.Random(seed)
    call, policy = some_call(rng), some_policy(rng)
    units = list({unit.unit_id: unit for unit in drawn(rng)}.values())
    again = [replace(unit, eta_s=1.0) for unit in rng.sample(units, min(2, len(units)))]
    once, plain = choose(call, units, INDEX, policy), choose(call, [*units, *again], INDEX, policy)
    assert same((plain.sent, plain.met, plain.harm), (once.sent, once.met, once.harm))
    etas_s = in_columns([*units, *again], INDEX).etas_s()
    assert same(list(etas_s.items()), [(unit.unit_id, unit.eta_s) for unit in units])
    assert same(choose(call, in_columns(units, INDEX).beside(again), INDEX, policy), plain)
    rows = rows_of_one_fleet(rng, units)
    assert same(choose(call, rows.beside(again), INDEX, policy), plain)
    beside = rows.beside(Candidates(rows.roster, rows.rows[:1], np.ones(len(rows.rows[:1]))))
    assert same(choose(call, beside, INDEX, policy), choose(call, list(beside), INDEX, policy))


@pytest.mark.parametrize("seed", range(200))
def test_units_of_another_fleet_and_fewer_units_come_out_as_lists_of_them_do(seed: int) -> None:
    rng = random.Random(seed)
    call, policy = some_call(rng), some_policy(rng)
    units = list({unit.unit_id: unit for unit in drawn(rng)}.values())
    others = some_units(rng, 4)  # some of their names are known here, with other crews
    seen = rows_of_one_fleet(rng, units).beside(others)
    assert same(list(seen), [*units, *others])
    assert same(choose(call, seen, INDEX, policy), choose(call, [*units, *others], INDEX, policy))
    gone = {one.unit_id for one in rng.sample(list(seen), len(seen) // 3)}
    fewer = [one for one in (*units, *others) if one.unit_id not in gone]
    assert same(list(seen.without(gone)), fewer)
    assert same(choose(call, seen.without(gone), INDEX, policy), choose(call, fewer, INDEX, policy))


@pytest.mark.parametrize("seed", range(100))
def test_a_roster_carried_on_is_the_one_made_anew_and_the_first_stays_as_it_was(seed: int) -> None:
    rng = random.Random(seed)
    fleet = list({unit.unit_id: unit for unit in some_units(rng, 12)}.values())
    rosters = [make_roster(fleet, WORDS)]
    before = [repr(rosters[0])]
    for _ in range(6):
        changed = {}
        for row in rng.sample(range(len(fleet)), rng.randint(0, 4)):
            other = rng.choice(some_units(rng, 3))
            changed[row] = fleet[row] = replace(other, unit_id=fleet[row].unit_id)
        rosters.append(with_changed(rosters[-1], changed))
        before.append(repr(rosters[-1]))
        assert same(rosters[-1], make_roster(fleet, WORDS))
    assert before == [repr(roster) for roster in rosters]
    for last, anew in pairwise(rosters):
        assert last.row is anew.row  # what no change can alter is not made again


def test_columns_made_for_other_skills_are_made_anew_for_these() -> None:
    unit = Candidate("A", 1 << 130, 1 << 130, True, 60.0)
    narrow = in_columns([unit], {"a": 0})
    wide = in_columns(narrow, INDEX)
    assert narrow.roster.words == 1 and not narrow.roster.standing.any()
    assert wide.roster.words == 3 and wide.roster.standing.any()
    assert list(wide) == [unit]
