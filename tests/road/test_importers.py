"""Importers: what a file says becomes arcs, and what is left out is said."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sixpoint.cli.road import road
from sixpoint.errors import InputError
from sixpoint.region.format import POST_KINDS, TABLES
from sixpoint.road import RoadNetwork, TravelTimes, build_oracle, read_road_folder
from sixpoint.road.importers import import_roads, write_roads
from sixpoint.road.jemss import read_jemss_roads
from sixpoint.road.places import KINDS, Place, places_tables
from sixpoint.road.road_classes import class_of, posted_kmh, speed_kmh, ways_of


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("50", 50.0),
        ("50 km/h", 50.0),
        ("30 mph", 48.28032),
        ("30mph", 48.28032),
        ("5 knots", 9.26),
        ("DE:urban", 50.0),
        ("de:zone:30", 30.0),
        ("none", 130.0),
        ("walk", 7.0),
        ("50;30", 30.0),
        ("signals", None),
        ("0", None),
        ("-30", None),
        ("900", None),
        ("", None),
        ("50 furlongs", None),
    ],
)
def test_a_posted_speed_is_read_with_its_unit(text: str, kmh: float | None) -> None:
    assert posted_kmh(text) == pytest.approx(kmh)


@pytest.mark.parametrize(
    ("tags", "ways"),
    [
        ({"highway": "residential"}, "both"),
        ({"highway": "residential", "oneway": "yes"}, "forward"),
        ({"highway": "residential", "oneway": "-1"}, "backward"),
        ({"highway": "motorway"}, "forward"),
        ({"highway": "motorway", "oneway": "no"}, "both"),
        ({"highway": "motorway_link"}, "forward"),
        ({"highway": "primary", "junction": "roundabout"}, "forward"),
        ({"highway": "primary", "oneway": "reversible"}, "changing"),
        ({"highway": "primary", "oneway": "alternating"}, "both"),
    ],
)
def test_one_way_as_signed_and_where_the_class_implies_it(tags: dict[str, str], ways: str) -> None:
    assert ways_of(tags) == ways


@pytest.mark.parametrize(
    ("tags", "road_class"),
    [
        ({"highway": "service"}, "service"),
        ({"highway": "service", "access": "private"}, None),
        ({"highway": "service", "access": "no", "motor_vehicle": "yes"}, "service"),
        ({"highway": "service", "access": "private", "emergency": "yes"}, "service"),
        ({"highway": "residential", "motor_vehicle": "no"}, None),
        ({"highway": "footway"}, None),
        ({"highway": "pedestrian", "emergency": "designated"}, "emergency_way"),
        ({"highway": "primary", "route": "ferry"}, None),
        ({"highway": "construction"}, None),
        ({}, None),
    ],
)
def test_closed_ways_are_out_unless_signed_open_to_emergency_vehicles(
    tags: dict[str, str], road_class: str | None
) -> None:
    assert class_of(tags) == road_class


def test_a_speed_posted_for_one_direction_holds_for_that_direction() -> None:
    tags = {"maxspeed": "50", "maxspeed:backward": "30"}
    assert (speed_kmh(tags, "primary", "forward"), speed_kmh(tags, "primary", "backward")) == (50.0, 30.0)
    assert speed_kmh({}, "primary", "forward") == 65.0


OSM_NODES = {1: (0.0, 0.0), 2: (0.001, 0.0), 3: (0.002, 0.0), 4: (0.001, 0.001), 5: (0.001, -0.001), 6: (0.003, 0.0)}


def osm_file(folder: Path, *extra: str) -> Path:
    """A crossing at node 2: street 10 from the west, 11 to the east, 12 to the north, 13 from the south."""
    lines = ['<osm version="0.6">']
    lines += [f'<node id="{node}" version="1" lon="{lon}" lat="{lat}"/>' for node, (lon, lat) in OSM_NODES.items()]
    lines += ['<node id="7" version="1" lon="0.0005" lat="0.0005"><tag k="emergency" v="defibrillator"/></node>']
    for way, nodes, tags in (
        (10, (1, 2), {"highway": "primary", "maxspeed": "36"}),
        (11, (2, 3), {"highway": "primary", "maxspeed": "36"}),
        (12, (2, 4), {"highway": "residential", "maxspeed": "36"}),
        (13, (5, 2), {"highway": "residential", "maxspeed": "36"}),
        (14, (3, 6), {"route": "ferry"}),
        (15, (4, 1), {"highway": "service", "access": "private"}),
        (16, (4, 3), {"highway": "residential", "maxspeed": "36", "oneway": "yes"}),
        (17, (1, 5), {"highway": "residential", "maxspeed": "36"}),
    ):
        refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
        signs = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        lines.append(f'<way id="{way}" version="1">{refs}{signs}</way>')
    path = folder / "crossing.osm"
    path.write_text("\n".join([*lines, *extra, "</osm>"]), "utf-8")
    return path


def restriction(kind: str, from_way: int, to_way: int, more: str = "") -> str:
    members = f'<member type="way" ref="{from_way}" role="from"/><member type="node" ref="2" role="via"/>'
    members += f'<member type="way" ref="{to_way}" role="to"/>'
    signs = f'<tag k="type" v="restriction"/><tag k="restriction" v="{kind}"/>{more}'
    return f'<relation id="9" version="1">{members}{signs}</relation>'


def way_between(network: RoadNetwork, start: str, end: str) -> list[str]:
    node = {name: number for number, name in enumerate(network.node_ids)}
    return [network.node_ids[step].split("@")[0] for step in TravelTimes(network).path(node[start], node[end]).nodes]


def test_streets_of_a_map_one_ways_and_what_is_left_out(tmp_path: Path) -> None:
    imported = import_roads(osm_file(tmp_path))
    network = imported.network
    assert sorted(network.node_ids) == ["1", "2", "3", "4", "5"]
    assert way_between(network, "1", "4") == ["1", "2", "4"]
    assert way_between(network, "4", "3") == ["4", "3"]
    assert way_between(network, "3", "4") == ["3", "2", "4"]
    assert network.time_s[0] == pytest.approx(network.length_m[0] / 10)
    assert "1 ferries." in network.dropped
    assert "1 ways that are closed to vehicles or not made for them." in network.dropped
    assert [(place.post_id, place.kind) for place in imported.places] == [("n7", "aed")]


def test_posts_and_aeds_of_a_map_are_told_apart_and_a_speed_that_cannot_be_read_is_noted(tmp_path: Path) -> None:
    station = '<node id="8" version="1" lon="0.0005" lat="0"><tag k="amenity" v="fire_station"/></node>'
    changing = '<tag k="highway" v="residential"/><tag k="maxspeed" v="signals"/>'
    path = osm_file(tmp_path, f'<way id="18" version="1"><nd ref="4"/><nd ref="2"/>{changing}</way>')
    path.write_text(path.read_text("utf-8").replace('<node id="7"', f'{station}<node id="7"'), "utf-8")
    words = ["import", str(path), "--out"]
    told = CliRunner().invoke(road, [*words, str(tmp_path / "out")], standalone_mode=False).output.splitlines()
    assert "Suggested as posts: 1 station." in told and "Suggested as AEDs: 1." in told
    note = "1 ways: a posted speed that cannot be read (1 'signals'): the speed of their class is taken."
    assert f"Note: {note}" in told
    facts = json.loads(CliRunner().invoke(road, [*words, str(tmp_path / "again"), "--json"]).output)
    assert (facts["suggested_posts"], facts["suggested_aeds"], facts["notes"]) == (1, 1, [note])


@pytest.mark.parametrize(
    ("tags", "passes"),
    [
        ('<tag k="barrier" v="bollard"/>', False),
        ('<tag k="barrier" v="gate"/>', True),
        ('<tag k="barrier" v="gate"/><tag k="access" v="private"/>', False),
        ('<tag k="barrier" v="bollard"/><tag k="access" v="no"/><tag k="emergency" v="yes"/>', True),
    ],
)
def test_a_barrier_closes_a_way_unless_it_opens_for_us(tmp_path: Path, tags: str, passes: bool) -> None:
    path = osm_file(tmp_path)
    node = '<node id="5" version="1" lon="0.001" lat="-0.001"'
    path.write_text(path.read_text("utf-8").replace(node + "/>", f"{node}>{tags}</node>"), "utf-8")
    network = import_roads(path).network
    assert ("5" in network.node_ids) == passes
    assert any("barrier" in line for line in network.dropped) != passes


def test_a_turn_that_is_forbidden_is_not_taken(tmp_path: Path) -> None:
    path = osm_file(tmp_path, restriction("no_left_turn", 10, 12))
    network = import_roads(path).network
    assert way_between(network, "1", "4") == ["1", "5", "2", "4"]
    assert way_between(network, "1", "3") == ["1", "2", "3"]
    assert way_between(network, "5", "4") == ["5", "2", "4"]
    ignored = import_roads(path, turn_restrictions=False).network
    assert way_between(ignored, "1", "4") == ["1", "2", "4"]


def test_a_turn_that_must_be_taken_is_taken(tmp_path: Path) -> None:
    network = import_roads(osm_file(tmp_path, restriction("only_right_turn", 10, 13))).network
    assert way_between(network, "1", "3") == ["1", "5", "2", "3"]


def test_no_journey_begins_or_ends_at_a_junction_that_was_split(tmp_path: Path) -> None:
    network = import_roads(osm_file(tmp_path, restriction("no_left_turn", 10, 12))).network
    closed = {name for name, stop in zip(network.node_ids, network.can_stop, strict=True) if not stop}
    assert closed == {"2", "2@10"}


@pytest.mark.parametrize(
    ("relation", "said"),
    [
        (restriction("no_left_turn", 10, 12, '<tag k="except" v="emergency"/>'), "that do not hold for us"),
        (restriction("no_left_turn", 99, 12), "between ways that are not there or do not meet"),
        (restriction("never_mind", 10, 12), "of a kind that is not known"),
        (restriction("no_left_turn", 10, 12).replace('"node" ref="2"', '"way" ref="13"'), "or do not meet"),
        (restriction("no_left_turn", 10, 12).replace('role="from"', 'role="start"'), "without a way from, a way to"),
        (
            restriction("only_left_turn", 10, 12).replace(
                "<member", '<member type="way" ref="11" role="to"/><member', 1
            ),
            "one of several ways only",
        ),
        (restriction("no_left_turn", 10, 12, '<tag k="hour_on" v="07:00"/>'), "the turns are taken at any hour"),
        (
            restriction("no_left_turn", 10, 12).replace('k="restriction"', 'k="restriction:conditional"'),
            "that hold at some hours only: the turns are taken at any hour",
        ),
    ],
)
def test_a_restriction_that_is_left_out_is_said(tmp_path: Path, relation: str, said: str) -> None:
    network = import_roads(osm_file(tmp_path, relation)).network
    assert way_between(network, "1", "4") == ["1", "2", "4"]
    assert any(line.startswith("1 turn restrictions") and said in line for line in network.dropped), network.dropped


@pytest.mark.parametrize("name", ["helsinki", "monaco", "liechtenstein"])
def test_the_oracle_agrees_with_dijkstra_on_a_map(name: str, shared: Path) -> None:
    from scipy.sparse.csgraph import dijkstra

    network = import_roads(shared / "data" / "osm" / f"{name}.osm.pbf").network
    # From so many nodes to all others: 100,000 pairs and more.
    sources = np.random.default_rng(2).integers(0, network.node_count, -(-100_000 // network.node_count))
    times = TravelTimes(network, oracle=build_oracle(network, table=False))
    everywhere = np.arange(network.node_count)
    for source, row in zip(sources.tolist(), dijkstra(network.matrix(), indices=sources), strict=True):
        assert np.abs(times.to_many(source, everywhere) - row).max() < 1e-3


LINES = {
    "type": "FeatureCollection",
    "features": [
        {
            "geometry": {"type": "LineString", "coordinates": [[0, 0], [0.001, 0], [0.002, 0]]},
            "properties": {"mph": 30},
        },
        {
            "geometry": {
                "type": "MultiLineString",
                "coordinates": [[[0.001, 0], [0.001, 0.001]], [[0.001, 0.001], [0, 0]]],
            },
            "properties": {"highway": "residential", "oneway": True, "maxspeed": "20"},
        },
        {"geometry": {"type": "Point", "coordinates": [0, 0]}, "properties": {}},
    ],
}


def test_lines_of_geojson_join_where_their_points_coincide(tmp_path: Path) -> None:
    path = tmp_path / "streets.geojson"
    path.write_text(json.dumps(LINES), "utf-8")
    network = import_roads(path).network
    assert (network.node_count, network.arc_count) == (4, 6)
    assert set(network.classes) == {"unclassified", "residential"}
    assert network.length_m[0] / network.time_s[0] * 3.6 == pytest.approx(48.28032)
    assert network.dropped == ("1 geometries that are no line.",)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", r"streets\.geojson:1: is not JSON"),
        ("[]", "is no FeatureCollection"),
        (json.dumps(LINES).replace("[0.002, 0]", "[200, 0]"), r"feature 0: holds the point \[200, 0\]"),
        (json.dumps(LINES).replace("[0.002, 0]", '["east", 0]'), "feature 0: holds the point"),
    ],
)
def test_bad_geojson_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "streets.geojson"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=fault):
        import_roads(path)


def test_tables_with_other_peoples_columns(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("id,lon,lat,note\n7,0,0,x\n9,0.001,0,\n", "utf-8")
    (tmp_path / "e.csv.gz").write_bytes(gzip.compress(b"from,to,length_m,mph\n7,9,100,25\n"))
    network = import_roads(tmp_path).network
    assert network.node_ids == ("7", "9")
    assert network.classes == ("posted_25_mph",)
    assert network.time_s == pytest.approx([100 / (25 * 0.44704)] * 2)


def test_a_length_that_a_table_lacks_is_the_straight_line_and_the_report_says_how_many(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("osmid,x,y\n7,0,0\n9,0.001,0\n11,0.001,0\n", "utf-8")
    (tmp_path / "e.csv").write_text("u,v,mph,oneway\n7,9,25,no\n9,11,25,no\n", "utf-8")
    network = import_roads(tmp_path).network
    assert network.length_m.tolist() == pytest.approx([111.195, 111.195, 0.1, 0.1], abs=1e-3)
    assert network.notes == ("2 edges without a length: the straight line between their nodes is taken.",)
    (tmp_path / "turns.csv").write_text("from_node,to_node,banned\n7,9,yes\n", "utf-8")
    (tmp_path / "e.csv").write_text("u,v,mph,length\n7,9,25,150\n9,11,25,\n", "utf-8")
    some = import_roads(tmp_path).network
    assert some.length_m.tolist() == [150, 150, 0.1, 0.1]
    assert some.notes == ("1 edges without a length: the straight line between their nodes is taken.",)


def test_a_column_that_a_table_lacks_is_named(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("id,lon,lat\n7,0,0\n9,0.001,0\n", "utf-8")
    for header, said in (
        ("u,head,mph", r"^e\.csv:1: is no table of edges: it lacks the columns to_node \(or to, target, v, end_node\)"),
        ("u,v,speed", r"^e\.csv:1: no column holds a speed\. Give one: speed_kmh"),
        ("u,v,mph,kmh", r"^e\.csv:1: 'kmh' and 'mph' both hold a speed"),
    ):
        (tmp_path / "e.csv").write_text(f"{header}\n7,9,25{',25' * (header.count(',') - 2)}\n", "utf-8")
        with pytest.raises(InputError, match=said):
            import_roads(tmp_path)


def test_tables_that_are_not_there_or_have_faults_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs one table of nodes, found: none"):
        import_roads(tmp_path)
    (tmp_path / "n.csv").write_text("id,lon,lat\n7,0,0\n7,0,999\n", "utf-8")
    (tmp_path / "e.csv").write_text("from,to,length_m,kmh\n7,8,100,0\n", "utf-8")
    with pytest.raises(InputError) as refused:
        import_roads(tmp_path)
    assert [fault.where for fault in refused.value.faults] == ["n.csv:3", "n.csv:3", "e.csv:2", "e.csv:2"]


def jemss_city(folder: Path, arcs: str) -> Path:
    nodes = "nodes,2,,\r\nindex,x,y,offRoadAccess,\r\n1.0,0.0,0.0,1.0,\r\n2.0,0.5,0.0,0.0,\r\n"
    (folder / "nodes.csv").write_text(nodes, "utf-8")
    (folder / "arcs.csv.gz").write_bytes(gzip.compress(arcs.encode()))
    (folder / "map.csv").write_text("map,\nxMin,xMax,yMin,yMax,xScale,yScale,remark\n0,1,0,1,100,110,,why\n", "utf-8")
    return folder


ARCS = "miscData,\narcForm,numModes,\nundirected,2,\n,\n"
ARCS += "arcs,1,\nindex,fromNode,toNode,mode_1,mode_2,\n1,1,2,0.001,0.002,\n"


def test_a_jemss_city_has_a_network_for_each_travel_mode(tmp_path: Path) -> None:
    roads = read_jemss_roads(jemss_city(tmp_path, ARCS))
    assert roads.network(1).time_s == pytest.approx([86.4, 86.4])
    assert roads.network(2).time_s == pytest.approx([172.8, 172.8])
    assert roads.network(1).length_m == pytest.approx([50_000, 50_000])
    assert roads.network(1).can_stop.tolist() == [True, False]
    with pytest.raises(InputError, match=r"has no travel mode 3\. Known are: mode_1, mode_2"):
        roads.network(3)


@pytest.mark.parametrize(
    ("arcs", "fault"),
    [
        (ARCS.replace("1,1,2,0.001", "1,1,2,0"), r"arcs\.csv\.gz:7: takes 0\.0 s"),
        (ARCS.replace("1,1,2,0.001", "1,1,2,-1"), r"arcs\.csv\.gz:7: takes -86400\.0 s"),
        (ARCS.replace("1,1,2,0.001", "1,1,5,0.001"), r"arcs\.csv\.gz:7: enters node 4, which does not exist"),
        (ARCS.replace("1,1,2,0.001", "1,one,2,0.001"), r"arcs\.csv\.gz:7: column 'fromNode' holds 'one'"),
        (ARCS.replace("toNode", "tonode"), "has no column 'toNode'"),
    ],
)
def test_a_bad_jemss_city_is_refused_with_file_and_line(tmp_path: Path, arcs: str, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        read_jemss_roads(jemss_city(tmp_path, arcs)).network(1)


def test_a_folder_without_a_city_names_the_tables_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file holds the table 'nodes'"):
        read_jemss_roads(tmp_path)


def test_what_is_written_is_read_again_with_split_junctions_and_all(tmp_path: Path) -> None:
    imported = import_roads(osm_file(tmp_path, restriction("no_left_turn", 10, 12)))
    written = write_roads(imported, tmp_path / "out")
    assert [path.name for path in written] == ["nodes.csv", "edges.csv", "suggested_aeds.csv"]
    again = read_road_folder(tmp_path / "out")
    assert again.node_ids == imported.network.node_ids
    assert again.can_stop.tolist() == imported.network.can_stop.tolist()
    assert again.time_s == pytest.approx(imported.network.time_s, rel=1e-12)
    assert import_roads(tmp_path / "out").network.content_hash == again.content_hash
    with pytest.raises(InputError, match="is there already"):
        write_roads(imported, tmp_path / "out")


def test_what_a_map_suggests_can_be_copied_into_a_region_as_it_stands() -> None:
    places = [
        Place("n1", "", "aed", 9.5, 47.1),
        Place("w2", "Central", "station", 9.51, 47.1),
        Place("w3", "", "school", 9.5, 47),
    ]
    texts = places_tables(places)
    assert texts["suggested_posts.csv"].splitlines() == [
        ",".join(TABLES["posts"].columns), "w2,Central,station,9.51,47.1", "w3,school w3,school,9.5,47"
    ]  # fmt: skip
    assert texts["suggested_aeds.csv"].splitlines() == [",".join(TABLES["aeds"].columns), "n1,aed n1,9.5,47.1"]
    assert {kind for kind in KINDS.values() if kind != "aed"} <= set(POST_KINDS)


def test_a_disk_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported = import_roads(osm_file(tmp_path))

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(InputError, match=r"out: cannot be written \(No space left on device\)"):
        write_roads(imported, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["crossing.osm"]


def test_a_source_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.osm.pbf").write_bytes(b"not a map")
    for name, said in (("broken.osm.pbf", "is no OpenStreetMap file"), ("gone.osm.pbf", "is not there")):
        with pytest.raises(InputError, match=said):
            import_roads(tmp_path / name)
    with pytest.raises(InputError, match="nothing roads can be read from"):
        import_roads(tmp_path / "streets.doc")
