"""Networks: what is kept, what is dropped and said, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sixpoint.errors import InputError
from sixpoint.road import RoadNetwork, Snapper, build_network, network_tables, read_network
from sixpoint.tables import Faults

# A triangle 0 -> 1 -> 2 -> 0, and a dead end 3 that can be entered but not left.
LON = [0.0, 0.01, 0.01, 0.02]
LAT = [0.0, 0.0, 0.01, 0.0]
TRIANGLE = ([0, 1, 2, 1], [1, 2, 0, 3])


def test_of_parallel_arcs_the_quickest_stays_and_loops_go() -> None:
    network = build_network(
        LON[:2], LAT[:2], [0, 0, 0, 1, 1], [1, 1, 1, 0, 1], [5, 6, 7, 8, 1], [9.0, 3.0, 4.0, 2.0, 1.0]
    )
    assert network.time_s.tolist() == [3.0, 2.0]
    assert network.length_m.tolist() == [6.0, 8.0]
    assert network.dropped == (
        "1 of 5 arcs: they lead from a node to itself.",
        "2 of 5 arcs: a quicker arc joins the same two nodes.",
    )


def test_only_the_largest_strongly_connected_part_stays_and_the_rest_is_named() -> None:
    network = build_network(LON, LAT, *TRIANGLE, [1] * 4, [1] * 4, node_ids=["a", "b", "c", "d"])
    assert network.node_ids == ("a", "b", "c")
    assert network.dropped == (
        "1 of 4 nodes and 1 of 4 arcs, in 1 other part: they "
        "do not both reach and be reached from the largest part (d).",
    )


def test_one_way_streets_stay_one_way() -> None:
    network = build_network(LON, LAT, *TRIANGLE, [1] * 4, [1] * 4, keep_largest=False)
    arcs = set(zip(network.tails().tolist(), network.head.tolist(), strict=True))
    assert arcs == {(0, 1), (1, 2), (1, 3), (2, 0)}


@pytest.mark.parametrize("time_s", [0.0, -1.0, float("nan"), float("inf")])
def test_a_time_that_is_no_time_is_refused(time_s: float) -> None:
    with pytest.raises(InputError, match=r"network: arc 1: takes .* s\. A travel time is more than zero"):
        build_network(LON[:2], LAT[:2], [0, 1], [1, 0], [1, 1], [1.0, time_s])


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(InputError) as refused:
        build_network([0.0, 181.0], [0.0, 0.0], [0, 7], [1, -1], [1, -5], [1.0, 0.0], node_ids=["x", "x"])
    assert [str(fault) for fault in refused.value.faults] == [
        "network: node x: stands at 181.0, 0.0. Write degrees, longitude before latitude.",
        "network: node x: stands twice. Keep one of them.",
        "network: arc 1: leaves node 7, which does not exist. Add the node or remove the arc.",
        "network: arc 1: enters node -1, which does not exist. Add the node or remove the arc.",
        "network: arc 1: takes 0.0 s. A travel time is more than zero: check length and speed.",
        "network: arc 1: is -5.0 m long. A length is a number of metres, not negative.",
    ]


def test_a_network_without_nodes_is_refused() -> None:
    with pytest.raises(InputError, match="has no node"):
        build_network([], [], [], [], [], [])


def test_the_content_hash_is_of_the_streets() -> None:
    one, same = (build_network(LON, LAT, *TRIANGLE, [1] * 4, [1] * 4, name=name) for name in ("one", "other"))
    assert one.content_hash == same.content_hash
    slower = build_network(LON, LAT, *TRIANGLE, [1] * 4, [1, 1, 1.5, 1])
    assert slower.content_hash != one.content_hash


NODES = "node_id,lon_deg,lat_deg\na,0,0\nb,0.01,0\nc,0.01,0.01\n"
EDGES = "from_node,to_node,length_m,speed_kmh,road_class,one_way\na,b,1000,36,primary,no\nb,c,500,18,residential,yes\n"
EDGES += "c,a,1500,36,residential,yes\n"


def read(folder: Path, nodes: str, edges: str) -> tuple[RoadNetwork | None, list[str]]:
    (folder / "nodes.csv").write_text(nodes, "utf-8")
    (folder / "edges.csv").write_text(edges, "utf-8")
    faults = Faults()
    network = read_network(folder / "nodes.csv", folder / "edges.csv", faults)
    return network, [str(fault) for fault in faults.found]


def test_tables_give_times_from_length_and_speed(tmp_path: Path) -> None:
    network, faults = read(tmp_path, NODES, EDGES)
    assert network is not None and not faults
    assert network.time_s == pytest.approx([100, 100, 100, 150])
    assert [network.classes[kind] for kind in network.road_class] == ["primary", "primary", *["residential"] * 2]


def test_a_network_written_and_read_again_is_the_same(tmp_path: Path) -> None:
    network, _ = read(tmp_path, NODES, EDGES)
    assert network is not None
    again, faults = read(tmp_path, *network_tables(network))
    assert again is not None and not faults
    assert again.node_ids == network.node_ids
    assert again.head.tolist() == network.head.tolist()
    assert again.time_s == pytest.approx(network.time_s, rel=1e-14)


@pytest.mark.parametrize(
    ("nodes", "edges", "fault"),
    [
        (NODES.replace("0.01,0.01", "0.01,91"), EDGES, "nodes.csv:4: column 'lat_deg' holds 91, outside -90 to 90."),
        (NODES.replace("c,", "a,"), EDGES, "nodes.csv:4: node 'a' stands twice."),
        (NODES, EDGES.replace("b,c", "b,z"), "edges.csv:3: column 'to_node' holds 'z', which nodes.csv does not have."),
        (NODES, EDGES.replace("500,18", "500,0"), "edges.csv:3: length and speed give no travel time."),
        (NODES, EDGES.replace("500,18", "0,18"), "edges.csv:3: length and speed give no travel time."),
        (NODES, EDGES.replace("500,18", "500,-18"), "edges.csv:3: column 'speed_kmh' holds -18, outside 0 to inf."),
        (
            NODES,
            EDGES.replace("residential,yes\nc", "residential,maybe\nc"),
            "edges.csv:3: column 'one_way' holds 'maybe'.",
        ),
        (NODES.replace("lat_deg", "latitude"), EDGES, "nodes.csv:1: column 'lat_deg' is missing."),
    ],
)
def test_a_bad_table_is_refused_with_file_and_line(tmp_path: Path, nodes: str, edges: str, fault: str) -> None:
    network, faults = read(tmp_path, nodes, edges)
    assert network is None
    assert any(line.startswith(fault) for line in faults), faults


def test_the_nearest_node_is_the_nearest_of_all() -> None:
    random = np.random.default_rng(1)
    lon, lat = random.uniform(-1, 1, 400), random.uniform(59, 61, 400)
    ring = np.arange(400)
    network = build_network(lon, lat, ring, np.roll(ring, -1), np.ones(400), np.ones(400))
    places = random.uniform(-1, 1, 200), random.uniform(59, 61, 200)
    nodes, distances_m = Snapper(network).nearest_many(*places)
    a, b = np.radians(lat)[:, None], np.radians(places[1])[None, :]
    half_lon = np.radians(lon[:, None] - places[0][None, :]) / 2
    haversine = np.sin((a - b) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(half_lon) ** 2
    metres = 2 * 6371008.8 * np.arcsin(np.sqrt(haversine))
    assert nodes.tolist() == metres.argmin(axis=0).tolist()
    assert distances_m == pytest.approx(metres.min(axis=0), abs=1e-3)


def test_among_nodes_as_near_the_first_that_allows_a_stop_is_taken() -> None:
    square = ([0.0, 0.0, 0.0, 0.1], [0.0, 0.0, 0.0, 0.0], [0, 1, 2, 3], [1, 2, 3, 0], [1] * 4, [1] * 4)
    assert Snapper(build_network(*square)).nearest(0.0, 0.001)[0] == 0
    assert Snapper(build_network(*square, can_stop=[False, True, True, True])).nearest(0.0, 0.001)[0] == 1


def test_a_place_off_the_globe_is_refused() -> None:
    network = build_network(LON, LAT, *TRIANGLE, [1] * 4, [1] * 4)
    with pytest.raises(InputError, match="not on Earth"):
        Snapper(network).nearest(200.0, 0.0)
