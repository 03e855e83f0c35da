"""On real streets: the oracle agrees with scipy's Dijkstra, one-ways and all."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse.csgraph import dijkstra

from sixpoint.road import RoadNetwork, TravelTimes, build_network, build_oracle, oracle_pairs
from sixpoint.road.jemss import read_jemss_roads
from sixpoint.road.street_tables import import_street_tables

PAIRS, SOURCES = 100_000, 100


def network_of(city: str, shared: Path) -> RoadNetwork:
    if city == "san francisco":
        return import_street_tables(shared / "data" / "sf")
    return read_jemss_roads(shared / "data" / "jemss" / city).network(1)


@pytest.mark.parametrize("city", ["grid", "manhattan", "auckland", "san francisco"])
def test_the_oracle_agrees_with_dijkstra_on_100_000_pairs(city: str, shared: Path) -> None:
    network = network_of(city, shared)
    random = np.random.default_rng(6)
    sources = random.integers(0, network.node_count, SOURCES)
    targets = random.integers(0, network.node_count, (SOURCES, PAIRS // SOURCES))
    rows = dijkstra(network.matrix(), indices=sources)
    expected = np.take_along_axis(rows, targets, axis=1).ravel()
    seconds = np.empty(PAIRS)
    oracle_pairs(build_oracle(network, table=False), np.repeat(sources, PAIRS // SOURCES), targets.ravel(), seconds)
    assert np.abs(seconds - expected).max() < 1e-3


def test_a_path_through_manhattan_follows_its_one_way_streets(shared: Path) -> None:
    network = network_of("manhattan", shared)
    times = TravelTimes(network)
    tails = network.tails()
    arc_s = {(int(a), int(b)): s for a, b, s in zip(tails, network.head, network.time_s, strict=True)}
    for start, end in np.random.default_rng(7).integers(0, network.node_count, (50, 2)).tolist():
        route = times.path(start, end)
        nodes = route.nodes.tolist()
        legs = [arc_s[arc] for arc in pairwise(nodes)]
        assert (nodes[0], nodes[-1]) == (start, end)
        assert np.diff(route.at_s) == pytest.approx(legs, abs=1e-6)
        assert route.seconds == pytest.approx(times.seconds(start, end), abs=1e-9)
        assert times.seconds(start, nodes[len(nodes) // 2]) == pytest.approx(route.at_s[len(nodes) // 2], abs=1e-9)


def test_off_road_nodes_of_a_city_model_are_no_place_to_stop(shared: Path) -> None:
    network = network_of("manhattan", shared)
    assert network.can_stop.sum() == 13_655


def test_a_network_of_160_000_nodes_is_answered_as_dijkstra_answers_it() -> None:
    side = 400
    node = np.arange(side * side).reshape(side, side)
    # A tree of streets with some cross-links: large, yet quick to build; one way in five cannot be driven back.
    tail = np.concatenate((node[0, :-1], node[:-1].ravel(), node[::40, :-1].ravel()))
    head = np.concatenate((node[0, 1:], node[1:].ravel(), node[::40, 1:].ravel()))
    back = np.random.default_rng(3).random(len(tail)) < 0.8
    tail, head = np.concatenate((tail, head[back])), np.concatenate((head, tail[back]))
    time_s = np.random.default_rng(4).uniform(1, 60, len(tail))
    lon, lat = (node % side).ravel() / 1000, (node // side).ravel() / 1000
    network = build_network(lon, lat, tail, head, time_s, time_s, keep_largest=False)
    sources = np.random.default_rng(5).integers(0, side * side, 4)
    everywhere = np.arange(side * side)
    times = TravelTimes(network)
    for source, row in zip(sources.tolist(), dijkstra(network.matrix(), indices=sources), strict=True):
        found = times.to_many(source, everywhere)
        assert np.array_equal(np.isinf(found), np.isinf(row)) and np.isinf(row).any()
        reached = np.isfinite(row)
        assert np.abs(found[reached] - row[reached]).max() < 1e-3
