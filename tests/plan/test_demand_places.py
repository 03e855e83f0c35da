"""Demand in space: cells, types by place and hour, how far narrow groups lean; the file, and what is refused of it."""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from logs import START, ZONE, log_drawn, log_of
from msgspec.structs import replace
from scipy.stats import chi2

from sixpoint.dispatch import load_call_types
from sixpoint.errors import InputError
from sixpoint.plan.demand import Demand, draw_calls, fit_demand
from sixpoint.plan.demand.file import DEMAND, PLACES, demand_text, places_text, read_demand
from sixpoint.plan.demand.grid import Grid, Streets, cell_of_key, grid_around, key_of, streets_of
from sixpoint.plan.demand.model import Cells, Mix, Weights
from sixpoint.plan.demand.on_streets import anywhere, on_streets
from sixpoint.plan.demand.rates import Rates
from sixpoint.region import Region, bundled_region, read_region
from sixpoint.tables import Faults

TYPES = load_call_types()
ARREST, BREATHING = "2301019", "2301013"


@pytest.fixture(scope="module")
def riverton() -> Region:
    return read_region(bundled_region("riverton"))


def told(region: Region, weights: Weights, calls: float = 30.0) -> tuple[Demand, Streets]:
    """Demand of two types: the first cells have most calls, and the arrests lie in the first of them at night."""
    grid = grid_around(region.network.lon_deg, region.network.lat_deg, 1500.0)
    streets = streets_of(region.network, grid)
    count = len(streets.keys)
    cells = np.full((count, 24), 0.5)
    cells[: count // 4] = 20.0
    by_cell = np.tile(np.array([9.0, 1.0]), (count, 4, 1)) * 100
    by_cell[: count // 8, 0] = [100.0, 900.0]
    mix = Mix((BREATHING, ARREST), np.tile([80.0, 20.0], (24, 1)), by_cell)
    rates = Rates(np.full(168, calls), np.ones(168), np.ones(13), 0.0)
    demand = Demand(
        ZONE.key, START, START + timedelta(weeks=1), 1, rates, (), grid, Cells(streets.keys, cells), mix, weights
    )
    return demand, streets


NARROW = Weights(1e-6, 1e-6, 1e-6, 1e-6, 1e-6)


def test_cells_have_keys_that_give_them_back_and_places_their_cell() -> None:
    grid = Grid(-122.6, 37.7, 500.0)
    for x, y in ((0, 0), (3, 17), (-4, 9), (1200, -30)):
        assert cell_of_key(int(key_of(x, y))) == (x, y)
        found = grid.cells(*grid.middle(x, y))
        assert (int(found[0]), int(found[1])) == (x, y)


def test_every_street_belongs_to_one_cell_and_nodes_are_drawn_by_length_within_theirs(riverton: Region) -> None:
    network = riverton.network
    grid = grid_around(network.lon_deg, network.lat_deg, 2000.0)
    streets = streets_of(network, grid)
    metres = np.bincount(network.tails(), weights=network.length_m, minlength=network.node_count) * network.can_stop
    assert streets.metres.sum() == pytest.approx(metres.sum())
    cell = int(np.argmax(streets.metres))
    drawn = streets.draw(np.full(40_000, cell), np.random.default_rng(1).random(40_000))
    keys = key_of(*grid.cells(network.lon_deg, network.lat_deg))
    own = np.flatnonzero((keys == streets.keys[cell]) & (metres > 0))
    assert set(drawn.tolist()) <= set(own.tolist())
    expected = metres[own] / metres[own].sum() * len(drawn)
    counts = np.bincount(drawn, minlength=network.node_count)[own]
    assert 0.01 < chi2.sf(float(((counts - expected) ** 2 / expected).sum()), len(own) - 1) < 0.99


def test_calls_drawn_fall_on_cells_as_often_as_their_shares_say(riverton: Region) -> None:
    demand, streets = told(riverton, NARROW)
    street = streets.metres / streets.metres.sum()
    drawn = draw_calls(
        demand, START, START + timedelta(weeks=4), np.random.default_rng(1), np.random.default_rng(2), street=street
    )
    shares = demand.cells.shares(street, demand.weights)
    assert shares.sum(axis=1) == pytest.approx(1.0)
    for part in range(4):
        here = drawn.cell[drawn.hour // 6 == part]
        expected = shares[part] * len(here)
        counts = np.bincount(here, minlength=len(street))
        assert 0.005 < chi2.sf(float(((counts - expected) ** 2 / expected).sum()), len(street) - 1) < 0.995


def test_types_drawn_depend_on_place_and_hour_as_fitted(riverton: Region) -> None:
    demand, streets = told(riverton, NARROW)
    street = streets.metres / streets.metres.sum()
    drawn = draw_calls(
        demand, START, START + timedelta(weeks=8), np.random.default_rng(1), np.random.default_rng(2), street=street
    )
    night = (drawn.hour < 6) & (drawn.cell < len(street) // 8)
    assert (drawn.kind[night] == 1).mean() == pytest.approx(0.9, abs=0.05) and night.sum() > 100
    day = drawn.hour >= 6
    assert (drawn.kind[day] == 1).mean() == pytest.approx(0.1, abs=0.02)


def test_a_fit_recovers_places_and_types_that_differ_by_place_and_hour(riverton: Region) -> None:
    truth, streets = told(riverton, NARROW)
    log = log_drawn(truth, 12, 4, riverton.network, streets)
    found = fit_demand(log, riverton.network, cell_m=1500.0)
    street = streets.metres / streets.metres.sum()
    assert found.cells.keys.tolist() == streets.keys.tolist()
    wanted, got = truth.cells.shares(street, truth.weights), found.cells.shares(street, found.weights)
    calls = len(log.calls) / 4
    off = (got - wanted) / np.sqrt(wanted / calls)
    assert (np.abs(off) < 3).mean() > 0.97
    cell, hour = np.array([3, 3, len(street) // 5]), np.array([3, 15, 3])
    shares = found.mix.shares(cell, hour, found.weights)
    assert math.isfinite(found.weights.both) and shares[0, found.mix.types.index(ARREST)] > 0.7
    assert shares[1:, found.mix.types.index(ARREST)].max() < 0.25
    gains = {(one.of, one.finer): one for one in found.held_out}
    assert gains["places", "cell"].low > 0 and gains["types", "hour, cell, and both"].gain > 0


def test_groups_that_say_nothing_of_their_own_are_not_listened_to(riverton: Region) -> None:
    """Calls on the streets by length alone, of one mix everywhere: narrow groups lean all the way, or nearly."""
    random = np.random.default_rng(3)
    grid = grid_around(riverton.network.lon_deg, riverton.network.lat_deg, 1500.0)
    streets = streets_of(riverton.network, grid)
    nodes = streets.nodes[np.searchsorted(streets.up_to, random.random(3000) * streets.up_to[-1])]
    places = [(float(riverton.network.lon_deg[one]), float(riverton.network.lat_deg[one])) for one in nodes]
    at = [START + timedelta(hours=float(one)) for one in np.sort(random.random(3000)) * 336]
    types = random.choice([ARREST, BREATHING], 3000).tolist()
    found = fit_demand(log_of(at, types, places, end=START + timedelta(weeks=2)), riverton.network, cell_m=1500.0)
    weights = found.weights
    assert min(weights.street, weights.part, weights.hour, weights.cell, weights.both) >= 300
    assert found.mix.shares(np.array([0]), np.array([4]), weights)[0] == pytest.approx([0.5, 0.5], abs=0.05)


def test_a_thin_cell_leans_on_the_wider_group_by_the_rule_that_is_stated() -> None:
    mix = Mix(("a", "b"), np.tile([5.0, 5.0], (24, 1)), np.zeros((1, 4, 2)))
    mix.by_cell[0, 0] = [10.0, 0.0]
    weights = Weights(10, 10, math.inf, 10, math.inf)
    shares = mix.shares(np.array([0, -1]), np.array([12, 12]), weights)
    assert shares[0] == pytest.approx([(10 + 10 * 0.5) / 20, (0 + 10 * 0.5) / 20]) and shares[1].tolist() == [0.5, 0.5]
    cells = Cells(np.array([1, 2]), np.array([[1.0] * 24, [0.0] * 24]))
    plain = cells.shares(np.array([0.5, 0.5]), Weights(24, math.inf, 1, 1, 1))
    assert plain[0] == pytest.approx([(24 + 12) / 48, 12 / 48])


def test_calls_off_the_roads_and_without_a_type_are_left_out_of_that_and_named(riverton: Region) -> None:
    at = [START + timedelta(hours=hours) for hours in range(0, 168, 2)]
    post = next(iter(riverton.posts.values()))
    places = [(post.lon_deg, post.lat_deg)] * len(at)
    places[3], places[5] = (-90.0, 41.0), None
    types = [ARREST] * len(at)
    types[7] = ""
    found = fit_demand(log_of(at, types, places, end=START + timedelta(days=7)), riverton.network)
    left = {(one.of, one.why): (one.calls, one.first) for one in found.left_out}
    assert left == {
        ("places", "more than 500 m from any road"): (1, ("log.csv:5",)),
        ("places", "no place"): (1, ("log.csv:7",)),
        ("types", "no type"): (1, ("log.csv:9",)),
    }
    assert found.rates.per_hour.sum() == pytest.approx(len(at)) and found.cells.calls.sum() == len(at) - 2


def written(folder: Path, riverton: Region) -> Demand:
    truth, streets = told(riverton, NARROW, calls=6.0)
    found = fit_demand(log_drawn(truth, 2, 1, riverton.network, streets), riverton.network, cell_m=1500.0)
    (folder / DEMAND).write_text(demand_text(found, "log.csv"), "utf-8")
    (folder / PLACES).write_text(places_text(found), "utf-8")
    return found


def test_a_file_says_what_was_fitted_and_gives_the_same_calls(tmp_path: Path, riverton: Region) -> None:
    found = written(tmp_path, riverton)
    faults = Faults()
    drawn = []
    for one in (found, read_demand(tmp_path / DEMAND, TYPES.codes)):
        laid, streets = on_streets(one, riverton.network, faults)
        street = streets.metres / streets.metres.sum()
        ends = START, START + timedelta(days=3)
        drawn.append(draw_calls(laid, *ends, np.random.default_rng(1), np.random.default_rng(2), street=street))
    assert not faults.found and len(drawn[0].at_s) > 300
    # Rates are written with six figures: a call in a thousand may come or go.
    assert abs(len(drawn[0].at_s) - len(drawn[1].at_s)) <= 1
    if len(drawn[0].at_s) == len(drawn[1].at_s):
        assert (drawn[0].cell == drawn[1].cell).all() and (drawn[0].kind == drawn[1].kind).all()


def test_without_places_calls_fall_on_all_streets(riverton: Region) -> None:
    demand, _ = told(riverton, NARROW)
    laid, streets = anywhere(demand, riverton.network)
    assert laid.cells is None and len(streets.keys) == 1
    node = streets.draw(np.zeros(5000, np.int64), np.random.default_rng(1).random(5000))
    assert len(set(node.tolist())) > 1000


BROKEN = {
    "code": (PLACES, lambda text: text.replace(BREATHING, "99", 1), None, "not a known call type"),
    "hour": (PLACES, lambda text: text.replace(f",0,{BREATHING}", f",25,{BREATHING}", 1), None, "holds 25"),
    "negative": (PLACES, lambda text: text.splitlines()[0] + f"\n,,,,3,{ARREST},-1\n", "places.csv:2", "-1"),
    "twice": (PLACES, lambda text: text + f",,,,3,{ARREST},1\n,,,,3,{ARREST},1\n", None, "stand at places.csv"),
    "no type": (PLACES, lambda text: text.splitlines()[0] + "\n,,,,3,,4\n", "places.csv", "no call has a type"),
    "day": (DEMAND, lambda text: text.replace('day = "mon"', 'day = "moon"'), None, "'moon' is not known"),
    "lacking day": (DEMAND, lambda text: text.replace('day = "mon"', 'day = "tue"', 1), None, "no rates for mon"),
    "rate": (DEMAND, lambda text: text.replace("per_hour = [", "per_hour = [-", 1), None, "24 numbers from 0"),
    "weight": (DEMAND, lambda text: text.replace("\nhour = ", "\nhour = -", 1), None, "hour is -"),
    "zone": (DEMAND, lambda text: text.replace("America/Los_Angeles", "Mars/Olympus"), None, "is not known"),
    "key": (DEMAND, lambda text: text.replace("lean_h", "lean_on", 1), None, "key 'lean_on' is not known"),
    "time": (DEMAND, lambda text: text.replace('starts_at = "2020', 'starts_at = "long ago 2020'), None, "starts_at"),
    "month": (DEMAND, lambda text: text + "[[month]]\nmonth = 13\nfactor = 1.0\n", None, "month 13"),
    "factor": (DEMAND, lambda text: text + "[[month]]\nmonth = 3\nfactor = -1.0\n", None, "factor is -1"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_line_and_remedy(name: str, tmp_path: Path, riverton: Region) -> None:
    file, change, where, said = BROKEN[name]
    written(tmp_path, riverton)
    text = (tmp_path / file).read_text("utf-8")
    (tmp_path / file).write_text(change(text), "utf-8")
    with pytest.raises(InputError) as refused:
        read_demand(tmp_path / DEMAND, TYPES.codes)
    found = [fault for fault in refused.value.faults if said in str(fault)]
    assert found and all(fault.remedy for fault in found), refused.value
    assert found[0].where.startswith(where or file), refused.value


def test_places_off_the_region_s_roads_are_refused_with_the_first_line(tmp_path: Path, riverton: Region) -> None:
    found = replace(written(tmp_path, riverton), grid=Grid(10.0, 50.0, 1500.0))
    (tmp_path / DEMAND).write_text(demand_text(found, "log.csv"), "utf-8")
    faults = Faults()
    on_streets(read_demand(tmp_path / DEMAND, TYPES.codes), riverton.network, faults)
    assert [(fault.where, "have no street" in fault.what) for fault in faults.found] == [("places.csv:2", True)]
