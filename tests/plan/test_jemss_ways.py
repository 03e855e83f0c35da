"""Ways on the reduced graph against Dijkstra on the whole one; the agenda against a sorted list."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from sixpoint.plan.jemss.agenda import ENTRY, add, remove, take_first
from sixpoint.plan.jemss.reduced import all_pairs, reduce_roads
from sixpoint.plan.jemss.tables import shared_tables
from sixpoint.plan.jemss.ways import UNIT, UNKNOWN, Roads, get_on, road_records, way_day

Arcs = list[tuple[int, int]]


@st.composite
def strong_graphs(draw: st.DrawFn) -> tuple[int, Arcs, np.ndarray]:
    """A ring, one-way or both ways, with chords: chains of any length, loops at a junction, or no junction at all."""
    n = draw(st.integers(2, 10))
    ring = [(node, (node + 1) % n) for node in range(n)]
    if draw(st.booleans()):
        ring += [(head, tail) for tail, head in ring]
    node = st.integers(0, n - 1)
    chords = draw(st.lists(st.tuples(node, node), max_size=5))
    arcs = sorted({(tail, head) for tail, head in ring + chords if tail != head})
    first = draw(st.lists(st.integers(1, 9), min_size=len(arcs), max_size=len(arcs)))
    other = draw(st.lists(st.integers(1, 9), min_size=len(arcs), max_size=len(arcs)))
    return n, arcs, np.array([first, [day * 1.25 for day in first], other], np.float64)


def dijkstra_days(n: int, arcs: Arcs, day: np.ndarray) -> np.ndarray:
    tail, head = np.array(arcs).T
    return np.asarray(dijkstra(csr_array((day, (tail, head)), shape=(n, n))))


def roads_for(n: int, arcs: Arcs, day: np.ndarray) -> Roads:
    tail, head = np.array(arcs, np.int64).T
    graph = reduce_roads(n, tail, head, day)
    table_of, factor_of = shared_tables(day)
    junctions = len(graph.junction_node)
    between = np.empty((int(table_of.max()) + 1, junctions, junctions))
    leave_by = np.zeros(between.shape, np.uint8)
    for table in range(len(between)):
        all_pairs(graph, int(np.argmax(table_of == table)), between[table], leave_by[table])
    return road_records(graph, between, leave_by, table_of, factor_of)


@settings(max_examples=200)
@given(strong_graphs())
def test_every_way_takes_as_long_as_dijkstra_says(graph: tuple[int, Arcs, np.ndarray]) -> None:
    n, arcs, day = graph
    roads = roads_for(n, arcs, day)
    assert len(roads.between_day) <= 2  # modes 0 and 1 share a table
    for mode in range(3):
        expected = dijkstra_days(n, arcs, day[mode])
        for start in range(n):
            for end in range(n):
                assert math.isclose(way_day(roads.nodes, roads.between_day, mode, start, end)[0], expected[start, end])


@settings(max_examples=200)
@given(strong_graphs(), st.data())
def test_a_unit_on_its_way_passes_the_nodes_of_a_shortest_way_in_order(
    graph: tuple[int, Arcs, np.ndarray], data: st.DataObject
) -> None:
    n, arcs, day = graph
    roads, mode = roads_for(n, arcs, day), data.draw(st.integers(0, 2))
    start, end = data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, n - 1))
    expected = dijkstra_days(n, arcs, day[mode])
    arc_day = dict(zip(arcs, day[mode], strict=True))
    (unit,) = units = np.zeros(1, UNIT)
    total = expected[start, end]
    unit["first_node"], unit["last_node"], unit["mode"], unit["way"] = start, end, mode, UNKNOWN
    unit["on_road"], unit["off_road"], unit["end"] = 100.0, 100.0 + total, 101.0 + total
    speeds, before, now = np.ones(3), start, 100.0
    while now < 100.0 + total - 1e-6:
        # A quarter along the arc: the node ahead, and the time left to it.
        node, left = get_on(roads, speeds, units[0], mode, now + 1e-6)
        assert math.isclose(now + 1e-6 + left, 100.0 + expected[start, node], abs_tol=1e-9)
        assert math.isclose(arc_day[before, int(node)], expected[start, node] - expected[start, before], abs_tol=1e-9)
        before, now = int(node), 100.0 + expected[start, node]
    assert before == end


Steps = list[tuple[str, int, int]]
STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "remove", "take"]), st.integers(0, 7), st.integers(0, 3)), max_size=40
)


@settings(max_examples=200)
@given(STEPS)
def test_the_agenda_gives_the_earliest_and_of_equals_the_latest_added(steps: Steps) -> None:
    heap, places = np.zeros(8, ENTRY), np.full(9, -1, np.int32)
    places[8] = 0
    known: list[tuple[int, int, int]] = []
    for order, (step, item, key) in enumerate(steps):
        held = [entry for entry in known if entry[2] == item]
        if step == "add" and not held:
            add(heap, places, item, float(key), order)
            known.append((key, -order, item))
        elif step == "remove":
            remove(heap, places, item)
            known = [entry for entry in known if entry[2] != item]
        elif step == "take" and known:
            first = min(known)
            assert take_first(heap, places) == first[2]
            known.remove(first)
        assert places[8] == len(known)
