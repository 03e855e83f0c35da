"""`sixpoint road` on the command line: exit codes, JSON, errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sixpoint.cli.road import road
from sixpoint.errors import InputError
from sixpoint.road.hourly import read_hourly
from sixpoint.road.profiles import Pace, load_profiles, profile_table

NODES = "node_id,lon_deg,lat_deg\na,0,0\nb,0.01,0\nc,0.02,0\nd,0.03,0\n"
EDGES = "from_node,to_node,length_m,speed_kmh,road_class,one_way\na,b,1200,36,primary,no\nb,c,1200,36,primary,no\n"


@pytest.fixture
def network(tmp_path: Path) -> Path:
    folder = tmp_path / "network"
    folder.mkdir()
    (folder / "nodes.csv").write_text(NODES.replace("d,0.03,0\n", ""), "utf-8")
    (folder / "edges.csv").write_text(EDGES, "utf-8")
    return folder


def run(*words: object) -> Result:
    return CliRunner().invoke(road, [str(word) for word in words], standalone_mode=False)


def test_times_between_node_ids_and_positions(network: Path) -> None:
    answer = json.loads(run("times", network, "a", "0.0201,0", "--json").output)
    assert answer["seconds"] == 240.0
    assert answer["nodes"] == ["a", "b", "c"]
    assert answer["to_snap_m"] == pytest.approx(11.1, abs=0.1)
    said = run("times", network, "-0.001,0", "b")
    assert said.return_value == 0
    assert "120.0 s (2:00) from node a to node b" in said.output


def test_times_of_a_profile_with_its_delay(network: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(
        profile_table([Pace("calibrated", 1.0, "12 runs")], {"primary": 0.5}, 98.0), "utf-8"
    )
    mine = run("times", network, "a", "b", "--profile", "calibrated", "--profiles", tmp_path / "mine.csv", "--json")
    assert json.loads(mine.output)["seconds"] == 158.0
    night, morning = (
        json.loads(run("times", network, "a", "b", "--profile", "normal", "--hour", hour, "--json").output)["seconds"]
        for hour in ("2", "mon 08")
    )
    assert night == 120.0 < morning
    tuesday = [run("times", network, "a", "b", "--profile", "normal", "--hour", at).output for at in ("32", "Tue 8:15")]
    assert tuesday[0] == tuesday[1]
    for wrong in (("flying", "2"), ("normal", "168"), ("normal", "tue"), ("normal", "xyz 8"), ("normal", "mon 24")):
        asked = run("times", network, "a", "b", "--profile", wrong[0], "--hour", wrong[1])
        assert isinstance(asked.exception, InputError)


def test_an_hour_or_a_table_without_a_profile_is_refused_with_what_to_add(network: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(profile_table([Pace("night crew", 1.0, "12 runs")], {}, 98.0), "utf-8")
    hour = run("times", network, "a", "b", "--hour", "tue 08")
    assert str(hour.exception) == "--hour: is given without --profile. Add --profile normal, or --profile lights."
    both = run("times", network, "a", "b", "--hour", "tue 08", "--profiles", tmp_path / "mine.csv")
    assert str(both.exception).splitlines() == [
        f"{option}: is given without --profile. Add --profile night crew." for option in ("--profiles", "--hour")
    ]


def test_a_place_that_is_none_is_refused(network: Path) -> None:
    assert isinstance(run("times", network, "a", "nowhere").exception, InputError)


def test_a_place_whose_degrees_are_exchanged_is_refused_with_the_place_that_is_meant(network: Path) -> None:
    for across in (0.0, 120.0):
        nodes = [f"{node},{across + place},0.5" for node, place in (("a", 0), ("b", 0.01), ("c", 0.02))]
        (network / "nodes.csv").write_text("\n".join(["node_id,lon_deg,lat_deg", *nodes]), "utf-8")
        told = str(run("times", network, f"0.5,{across + 0.01}", "b").exception)
        assert f"Exchanged it would be on this network: {across + 0.01},0.5." in told
        assert "Exchanged" not in str(run("times", network, "7,7", "b").exception)


def test_check_says_what_is_odd_and_exits_with_1(network: Path) -> None:
    fine = run("check", network)
    assert fine.return_value == 0 and "Nothing odd." in fine.output
    (network / "nodes.csv").write_text(NODES, "utf-8")
    (network / "edges.csv").write_text(EDGES.replace("a,b,1200", "a,b,12") + "c,d,1200,400,primary,yes\n", "utf-8")
    odd = run("check", network, "--json")
    assert odd.return_value == 1
    lines = json.loads(odd.output)["odd"]
    assert lines[0].startswith("left out: 1 of 4 nodes")
    assert "2 of 4 arcs are shorter than the straight line" in lines[1]


def test_import_writes_a_network_that_check_and_times_read(network: Path, tmp_path: Path) -> None:
    (network / "edges.csv").write_text("from,to,length_m,kmh,oneway\na,b,1200,36,no\nb,c,1200,36,yes\n", "utf-8")
    done = run("import", network, "--out", tmp_path / "out")
    assert done.return_value == 1
    assert "Left out: 1 of 3 nodes" in done.output
    assert "Odd: only 2 of 3 nodes are kept, under 90%" in done.output
    assert run("check", tmp_path / "out").return_value == 0


def test_import_leaves_nothing_behind_when_it_is_refused(network: Path, tmp_path: Path) -> None:
    (network / "edges.csv").write_text("from,to,length_m,kmh\na,b,0,36\n", "utf-8")
    assert isinstance(run("import", network, "--out", tmp_path / "out").exception, InputError)
    assert [path.name for path in tmp_path.iterdir()] == ["network"]


def streets(folder: Path, *features: tuple[list[list[float]], dict[str, object]]) -> Path:
    lines = [
        {"type": "Feature", "geometry": {"type": "LineString", "coordinates": line}, "properties": tags}
        for line, tags in features
    ]
    (folder / "streets.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": lines}), "utf-8")
    return folder / "streets.geojson"


def test_a_tag_that_cannot_be_read_is_told_with_what_is_taken_in_its_place(tmp_path: Path) -> None:
    odd: dict[str, object] = {"highway": "residential", "maxspeed": "fast", "oneway": "maybe"}
    fine: dict[str, object] = {"highway": "residential", "maxspeed": "30 mph", "oneway": "no"}
    lines = (
        ([[0.0, 0.0], [0.01, 0.0]], odd),
        ([[0.01, 0.0], [0.02, 0.0]], odd | {"maxspeed": 0}),
        ([[0, 0], [0, 1]], fine),
    )
    done = run("import", streets(tmp_path, *lines), "--out", tmp_path / "out")
    assert done.return_value == 0
    assert [line for line in done.output.splitlines() if line.startswith("Note: ")] == [
        "Note: 2 ways: a posted speed that cannot be read (1 'fast', 1 '0'): the speed of their class is taken.",
        "Note: 2 ways: one-way that cannot be read (2 'maybe'): they are taken as not signed, both ways save where the "
        "class implies one.",
    ]


def test_streets_on_which_nobody_can_drive_are_refused_with_why(tmp_path: Path) -> None:
    path = streets(tmp_path, ([[0.0, 0.0], [0.01, 0.0], [0.02, 0.0]], {"oneway": "yes"}))
    told = str(run("import", path, "--out", tmp_path / "out").exception)
    assert told.startswith("streets.geojson: leaves 1 node and 0 arcs: no road to drive on. Check one-way, and whether")
    assert "Left out: 2 of 3 nodes and 2 of 2 arcs, in 2 other parts" in told
    assert not (tmp_path / "out").exists()


def test_a_network_that_keeps_under_nine_tenths_of_its_nodes_is_written_and_told_with_exit_code_1(
    tmp_path: Path,
) -> None:
    street = [[0.001 * place, 0.0] for place in range(10)]
    for ahead, code in ((1, 0), (2, 1)):
        one_way = [[0.001 * place, 0.0] for place in range(9, 10 + ahead)]
        path = streets(tmp_path, (street, {}), (one_way, {"oneway": "yes"}))
        done = run("import", path, "--out", tmp_path / f"out{ahead}")
        assert (done.return_value, "Odd: only 10 of 12 nodes" in done.output) == (code, code == 1)
        assert (tmp_path / f"out{ahead}" / "nodes.csv").exists()


def test_calibration_helps_on_san_francisco_days_that_were_not_used(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data" / "sf"
    log = folder / "sffd_calls_20200407_20200420.csv.gz"
    done = run("calibrate", "--log", log, "--network", folder, "--out", tmp_path / "profile.csv", "--json")
    found = json.loads(done.output)
    assert found["runs"] == found["fitted_on"] + found["as_is"]["runs"] == 2191
    for figure in ("median_absolute_s", "p90_absolute_s"):
        assert found["calibrated"][figure] < found["one_factor"][figure] < found["as_is"][figure]
        assert found["without_lights"]["calibrated"][figure] < found["without_lights"]["as_is"][figure]
    profiles = load_profiles(tmp_path / "profile.csv")
    assert profiles["lights"].base_s(0) == pytest.approx(found["base_s"], abs=0.1)
    speeds = read_hourly(tmp_path / "profile.csv", "America/Los_Angeles")
    lights, normal = speeds.mean_factor(True), speeds.mean_factor(False)
    assert lights == pytest.approx(found["every_class"], abs=1e-3)
    assert normal / lights == pytest.approx(found["without_lights"]["factor"], rel=1e-3)
    # A region reads whole thousandths.
    assert {name: factor * lights for name, factor in speeds.by_class.items()} == pytest.approx(
        found["factors"], abs=5e-4
    )
