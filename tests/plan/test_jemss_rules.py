"""The compiled loop against the same rules in plain Python, on small cities with everything that may differ."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plain_jemss import PlainRoads, PlainSim
from small_city import write, write_calls, write_city
from test_jemss_demand import COVER_DAY, write_demand

from sixpoint.plan.jemss.calls import read_calls
from sixpoint.plan.jemss.city import City, read_city
from sixpoint.plan.jemss.kernel import RuleArrays
from sixpoint.plan.jemss.move_up import MoveUp, assign, new_work
from sixpoint.plan.jemss.move_up_files import read_move_up, stay_home
from sixpoint.plan.jemss.rules import default_redispatch
from sixpoint.plan.jemss.world import World, call_records, open_world, run

UNITS, STATIONS = 4, 5
OFF = np.zeros((3, 3), np.bool_)
STEPWISE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0]], np.bool_)


def city_of(folder: Path, seed: int) -> City:
    write_city(folder, seed, UNITS, STATIONS)
    return read_city(folder)


def both(world: World, path: Path, rules: RuleArrays, move_up: MoveUp, plain_rules: dict[str, Any]) -> Any:
    calls = read_calls(path, 3)
    done = run(world, call_records(world.city, calls), rules, move_up)
    plain = PlainSim(
        world.city,
        calls,
        PlainRoads(world.city),
        {
            "redispatch": rules.may_redispatch.tolist(),
            "expected": rules.expected_mobilisation,
            "delays": rules.mobilisation_day.tolist() if rules.mobilises else None,
            "move_up": "",
        }
        | plain_rules,
    )
    plain.run()
    return done, plain


def chosen(cost: list[list[float]]) -> list[int]:
    work = new_work(len(cost), 1, 3)
    work.cost[:] = cost
    assign(work, len(cost))
    return work.slot_of.tolist()


def same(done: Any, plain: PlainSim) -> None:
    for name in ("dispatched", "reached", "at_hospital"):
        ours, theirs = done.calls[name], np.array([call[name] for call in plain.calls])
        assert np.abs(ours - theirs).max() < 1e-9, name
    for name in ("hospital", "queued", "bumps", "unit"):
        assert done.calls[name].tolist() == [int(call[name]) for call in plain.calls], name


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("redispatch", ["off", "default", "stepwise"])
def test_redispatch_queue_and_travel_sets_are_as_written(seed: int, redispatch: str, tmp_path: Path) -> None:
    world = open_world(city_of(tmp_path / "city", seed))
    write_calls(tmp_path / "calls.csv", seed, 200)
    allowed = {"off": OFF, "default": default_redispatch(), "stepwise": STEPWISE}[redispatch]
    done, plain = both(world, tmp_path / "calls.csv", RuleArrays(allowed, False, 0.0, np.zeros(1)), stay_home(), {})
    same(done, plain)
    assert done.calls["queued"].any() and (redispatch == "off") == (not done.calls["bumps"].any())


@pytest.mark.parametrize("seed", range(4))
def test_mobilisation_delays_hide_their_length_from_the_dispatcher(seed: int, tmp_path: Path) -> None:
    world = open_world(city_of(tmp_path / "city", seed))
    write_calls(tmp_path / "calls.csv", seed, 300, gap_day=0.012)
    # Long delays, so that crews still setting off are often compared with others, and diverted.
    delays = np.random.default_rng(seed).exponential(0.01, 900)
    rules = RuleArrays(STEPWISE, True, 0.015, delays)
    done, plain = both(world, tmp_path / "calls.csv", rules, stay_home(), {})
    same(done, plain)
    assert done.calls["bumps"].sum() > 20


@pytest.mark.parametrize("seed", range(4))
def test_a_priority_list_fills_its_first_open_item(seed: int, tmp_path: Path) -> None:
    world = open_world(city_of(tmp_path / "city", seed))
    write_calls(tmp_path / "calls.csv", seed, 200, gap_day=0.02)
    listed = [2, 5, 2, 1]
    text = "".join(f"{item},{station}\n" for item, station in enumerate(listed, 1))
    write(tmp_path / "list.csv", f"priorityList,\nitem,stationIndex\n{text}")
    move_up = read_move_up("priority_list", tmp_path / "list.csv", world)
    rules = RuleArrays(default_redispatch(), False, 0.0, np.zeros(1))
    plain_rules = {"move_up": "list", "list": [station - 1 for station in listed]}
    done, plain = both(world, tmp_path / "calls.csv", rules, move_up, plain_rules)
    same(done, plain)
    assert done.moved_up > 10


@pytest.mark.parametrize("seed", range(4))
def test_a_compliance_table_is_met_with_least_travel(seed: int, tmp_path: Path) -> None:
    world = open_world(city_of(tmp_path / "city", seed))
    write_calls(tmp_path / "calls.csv", seed, 200, gap_day=0.02)
    rows = [[0, 0, 1, 0, 0], [1, 0, 0, 0, 1], [1, 1, 1, 0, 0], [1, 0, 1, 1, 1]]
    body = "".join(f"{number}," + ",".join(map(str, row)) + "\n" for number, row in enumerate(rows, 1))
    header = "numAmbs," + ",".join(f"station_{number}" for number in range(1, STATIONS + 1))
    write(tmp_path / "table.csv", f"compTable,\n{header}\n{body}")
    move_up = read_move_up("comp_table", tmp_path / "table.csv", world)
    rules = RuleArrays(default_redispatch(), True, 0.001, np.full(1, 0.0012))
    slots = [[station for station, wanted in enumerate(row) for _ in range(wanted)] for row in rows]
    done, plain = both(
        world, tmp_path / "calls.csv", rules, move_up, {"move_up": "comp_table", "table": slots, "assign": chosen}
    )
    same(done, plain)
    assert done.moved_up > 10


@pytest.mark.parametrize("seed", range(30))
def test_an_assignment_costs_the_least(seed: int) -> None:
    random = np.random.default_rng(seed)
    size = seed % 6 + 1
    cost = random.integers(0, 12, (size, size)).astype(np.float64)
    columns = chosen(cost.tolist())
    totals = [sum(cost[row, column] for row, column in enumerate(order)) for order in permutations(range(size))]
    assert sorted(columns) == list(range(size))
    assert sum(cost[row, column] for row, column in enumerate(columns)) == min(totals)


@pytest.mark.parametrize("seed", range(3))
def test_move_up_by_coverage_wins_most_expected_demand(seed: int, tmp_path: Path) -> None:
    city = city_of(tmp_path / "city", seed)
    weights = write_demand(tmp_path / "city", seed)
    city = read_city(tmp_path / "city")
    world = open_world(city)
    write_calls(tmp_path / "calls.csv", seed, 120, gap_day=0.02)
    move_up = read_move_up("dmexclp", None, world, busy_fraction=0.4)
    rules = RuleArrays(default_redispatch(), False, 0.0, np.zeros(1))
    places = city.attach(weights[:, 0], weights[:, 1])
    points = list(
        zip(places.node.tolist(), places.km.tolist(), (weights[:, 2] / weights[:, 2].sum()).tolist(), strict=True)
    )
    plain_rules = {
        "move_up": "dmexclp",
        "busy": 0.4,
        "cover_day": list(COVER_DAY),
        "demand": [(points, 40.0), (points, 20.0), (points, 30.0)],
    }
    done, plain = both(world, tmp_path / "calls.csv", rules, move_up, plain_rules)
    same(done, plain)
    assert done.moved_up > 10


def test_the_same_inputs_give_the_same_bits_and_calls_are_not_changed(tmp_path: Path) -> None:
    world = open_world(city_of(tmp_path / "city", 1))
    write_calls(tmp_path / "calls.csv", 1, 200)
    calls = call_records(world.city, read_calls(tmp_path / "calls.csv", 3))
    before = calls.tobytes()
    rules = RuleArrays(default_redispatch(), False, 0.0, np.zeros(1))
    first, second = (run(world, calls, rules, stay_home()) for _ in range(2))
    assert all(np.array_equal(first.calls[name], second.calls[name]) for name in calls.dtype.names or ())
    assert calls.tobytes() == before
