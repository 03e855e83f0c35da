"""An agency's own table of runs: its columns, what is left out of it, and what is told about bad lines."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from sixpoint.errors import InputError
from sixpoint.road import RoadNetwork, build_network
from sixpoint.road.observed_runs import Run, RunsByLights
from sixpoint.road.runs_table import read_runs_table

HEADER = "left_at,arrived_at,from_lon_deg,from_lat_deg,to_lon_deg,to_lat_deg"
PLACES = "0.0001,0,0.0301,0.0001"  # near node a and near node d
DAY = 739_737  # 2026-05-01


def street(*, no_stop: str = "") -> RoadNetwork:
    """Nodes a to d, 0.01 degrees apart, and x and y that hang together with each other alone."""
    ids = ("a", "b", "c", "d", "x", "y")
    tail, head = np.array([0, 1, 2, 1, 2, 3, 4, 5]), np.array([1, 2, 3, 0, 1, 2, 5, 4])
    lon, lat = [0, 0.01, 0.02, 0.03, 0.01, 0.02], [0, 0, 0, 0, 0.02, 0.02]
    length, stops = np.full(8, 1000.0), [node != no_stop for node in ids]
    return build_network(lon, lat, tail, head, length, length / 10, node_ids=ids, can_stop=stops, name="street")


def table(folder: Path, *lines: str) -> Path:
    (folder / "runs.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder / "runs.csv"


def read(folder: Path, *lines: str) -> RunsByLights:
    return read_runs_table(table(folder, *lines), street())


@pytest.mark.parametrize(
    "times",
    [
        "2026-05-01 08:30:00,2026-05-01 08:34:00",
        "2026-05-01T08:30,2026-05-01T08:34",
        "2026-05-01T08:30:00-07:00,2026-05-01T15:34:00Z",
        "2026-05-01T23:58:00-05:00,2026-05-02T00:02:00-05:00",
    ],
)
def test_a_run_lasts_from_when_it_set_out_to_when_it_arrived_on_the_day_it_set_out(tmp_path: Path, times: str) -> None:
    assert read(tmp_path, HEADER, f"{times},{PLACES}").lights.runs == (Run(0, 3, 240.0, DAY),)


@pytest.mark.parametrize(
    ("header", "line"),
    [
        (
            "En Route At,On Scene At,From Lon,From Lat,To Lon,To Lat",
            f"2026-05-01 08:30:00,2026-05-01 08:34:00,{PLACES}",
        ),
        (
            "eTimes.05,eTimes.06,station_longitude,station_latitude,scene_x,scene_y",
            f"2026-05-01 08:30:00,2026-05-01 08:34:00,{PLACES}",
        ),
        ("unit,date,seconds,from_node,to_node", "E1,2026-05-01,240,a,d"),
        ("left_at,duration_s,start_node_id,to_lon,to_lat", "2026-05-01 08:30:00,240.0,a,0.0301,0.0001"),
        ("arrived_at,travel_seconds,origin_node,dest_node", "2026-05-01T08:34:00Z,240,a,d"),
        (
            "seconds,left_at,arrived_at,from_node,to_node",
            "99,2026-05-01 08:30:00,2026-05-01 08:34:00,a,d",
        ),
        ("started_at,left_at,arrived_at,from_node,to_node", ",2026-05-01 08:30:00,2026-05-01 08:34:00,a,d"),
    ],
)
def test_columns_are_found_by_the_names_people_give_them(tmp_path: Path, header: str, line: str) -> None:
    assert read(tmp_path, header, line).lights.runs == (Run(0, 3, 240.0, DAY),)


def test_names_that_are_not_ours_are_told(tmp_path: Path) -> None:
    line = f"2026-05-01 08:30:00,2026-05-01 08:34:00,{PLACES}"
    notes = read(tmp_path, HEADER.replace("left_at", "En route"), line).notes
    assert notes == ("left_at from 'En route'", "no column 'lights': all runs are taken as runs with lights")


@pytest.mark.parametrize(
    "times",
    [
        "05/01/2026 11:58 PM,05/02/2026 12:02 AM",
        "5/1/2026 11:58:00 am,5/1/2026 12:02:00 pm",
        "05/01/2026 08:30:30AM,05/01/2026 8:34:30AM",
    ],
)
def test_american_dates_with_am_or_pm_have_the_month_first_and_the_report_says_so(tmp_path: Path, times: str) -> None:
    found = read(tmp_path, HEADER, f"{times},{PLACES}")
    assert found.lights.runs == (Run(0, 3, 240.0, DAY),)
    first = times.partition(",")[0]
    assert f"dates with AM or PM, such as '{first}', as month/day/year" in found.notes


@pytest.mark.parametrize("left", ["05/01/2026 08:30", "13/05/2026 08:30 AM", "05/01/2026 13:30 PM", "5/1/26 8:30 AM"])
def test_a_date_that_may_be_read_in_two_ways_or_in_none_is_refused(tmp_path: Path, left: str) -> None:
    with pytest.raises(InputError, match=f"holds '{left}', which is not a date and time"):
        read(tmp_path, HEADER, f"{left},05/01/2026 08:34 AM,{PLACES}")


def test_a_packed_table_is_read_as_one_that_is_not(tmp_path: Path) -> None:
    text = f"{HEADER}\n2026-05-01 08:30:00,2026-05-01 08:34:00,{PLACES}\n"
    (tmp_path / "runs.csv.gz").write_bytes(gzip.compress(text.encode()))
    assert read_runs_table(tmp_path / "runs.csv.gz", street()).lights.runs == (Run(0, 3, 240.0, DAY),)


def test_runs_are_parted_by_lights(tmp_path: Path) -> None:
    lines = [
        f"2026-05-01,{seconds},a,d,{lit}" for seconds, lit in ((100, "yes"), (200, "no"), (300, "TRUE"), (400, ""))
    ]
    found = read(tmp_path, "date,seconds,from_node,to_node,lights", *lines)
    assert [run.observed_s for run in found.lights.runs] == [100.0, 300.0]
    assert [run.observed_s for run in found.normal.runs] == [200.0]
    assert found.lights.left_out == {"not said whether with lights": 1}
    assert (found.lights.source, found.normal.source) == (
        "runs of runs.csv with lights",
        "runs of runs.csv without lights",
    )


def test_a_run_that_cannot_count_is_left_out_and_counted_with_the_reason(tmp_path: Path) -> None:
    at = "2026-05-01 08:30:00"
    lines = [
        f"{at},2026-05-01 08:34:00,a,0.0301,0.0001",
        f"{at},{at},a,0.0301,0.0001",
        f"{at},2026-05-01 08:20:00,a,0.0301,0.0001",
        f"{at},2026-05-01 08:30:29,a,0.0301,0.0001",
        f"{at},2026-05-01 10:30:01,a,0.0301,0.0001",
        f"{at},,a,0.0301,0.0001",
        ",2026-05-01 08:34:00,a,0.0301,0.0001",
        f"{at},2026-05-01 08:34:00,,0.0301,0.0001",
        f"{at},2026-05-01 08:34:00,a,,",
        f"{at},2026-05-01 08:34:00,a,0.0301,0.0046",
        f"{at},2026-05-01 08:34:00,x,0.0301,0.0001",
    ]
    found = read(tmp_path, "left_at,arrived_at,from_node,to_lon_deg,to_lat_deg", *lines)
    assert len(found.lights.runs) == 1
    assert found.lights.left_out == {
        "zero or negative time": 2,
        "under 30 s": 1,
        "over 120 min": 1,
        "no time at which it arrived": 1,
        "no time at which it set out": 1,
        "no place where it began": 1,
        "no place where it ended": 1,
        "more than 500 m from the network": 1,
        "no way from where it began to where it ended": 1,
    }


def test_a_run_without_a_way_on_a_network_that_does_not_hang_together_is_left_out(tmp_path: Path) -> None:
    one_way = build_network([0, 0.01], [0, 0], [0], [1], [1000], [100], node_ids=("a", "b"), keep_largest=False)
    lines = ("date,seconds,from_node,to_node", "2026-05-01,100,a,b", "2026-05-01,100,b,a")
    found = read_runs_table(table(tmp_path, *lines), one_way).lights
    assert found.runs == (Run(0, 1, 100.0, DAY),)
    assert found.left_out == {"no way from where it began to where it ended": 1}
    # One that is off the network and has no way there is counted once.
    off = ("date,seconds,from_lon_deg,from_lat_deg,to_node", "2026-05-01,100,0.01,0.3,a", "2026-05-01,100,0,0,b")
    assert read_runs_table(table(tmp_path, *off), one_way).lights.left_out == {"more than 500 m from the network": 1}


def test_what_is_left_out_is_counted_under_the_lights_it_was_driven_with(tmp_path: Path) -> None:
    header = "date,seconds,from_lon_deg,from_lat_deg,to_node,lights"
    lines = [
        "2026-05-01,240,0,0,d,yes",
        "2026-05-01,240,0,0.3,d,no",
        "2026-05-01,10,0,0,d,no",
        "2026-05-01,7200,0,0,d,no",
    ]
    observed = read(tmp_path, header, *lines, "2026-05-01,7201,0,0,d,yes")
    assert [run.observed_s for run in observed.lights.runs] == [240.0]
    assert [run.observed_s for run in observed.normal.runs] == [7200.0]  # two hours are still a run
    assert dict(observed.lights.left_out) == {"over 120 min": 1}
    assert dict(observed.normal.left_out) == {"under 30 s": 1, "more than 500 m from the network": 1}


def test_how_far_a_place_may_lie_from_the_network_can_be_said(tmp_path: Path) -> None:
    lines = (HEADER, "2026-05-01 08:30:00,2026-05-01 08:34:00,0,0,0.03,0.0072")  # 800 m off
    assert read_runs_table(table(tmp_path, *lines), street(), snap_limit_m=900).lights.runs
    with pytest.raises(InputError, match=r"holds no run that counts \(1: more than 500 m from the network"):
        read(tmp_path, *lines)


def test_a_run_from_a_junction_that_a_turn_restriction_has_split_begins_at_the_next_node(tmp_path: Path) -> None:
    path = table(tmp_path, "date,seconds,from_node,to_node", "2026-05-01,240,d,a")
    found = read_runs_table(path, street(no_stop="d"), snap_limit_m=2000)
    assert found.lights.runs == (Run(2, 0, 240.0, DAY),)


@pytest.fixture
def coast() -> RoadNetwork:
    """Two nodes at 122 degrees west, where a longitude is no latitude."""
    return build_network([-122.4, -122.39], [37.7, 37.7], [0, 1], [1, 0], [900.0] * 2, [90.0] * 2, name="coast")


def test_columns_of_degrees_that_are_exchanged_are_told_once(tmp_path: Path, coast: RoadNetwork) -> None:
    lines = ["2026-05-01,240,0,37.7,-122.39", "2026-05-01,240,0,37.7,-122.39", "2026-05-01,240,0,10,-122.39"]
    path = table(tmp_path, "date,seconds,from_node,to_lon,to_lat", *lines)
    with pytest.raises(InputError) as refused:
        read_runs_table(path, coast)
    assert str(refused.value).splitlines() == [
        "runs.csv:4: column 'to_lat' holds -122.39, outside -90 to 90. Check the value and its unit.",
        "runs.csv:2: column 'to_lat' holds -122.39, outside -90 to 90 (so do 1 lines after it); exchanged with "
        "'to_lon' the place is near this network. Exchange the names 'to_lon' and 'to_lat' in the first line.",
    ]


def test_runs_whose_degrees_look_exchanged_are_counted_as_such(tmp_path: Path) -> None:
    fine, swapped, far = "0.0301,0.0001", "0.0001,0.0301", "9,9"
    header = "date,seconds,from_node,to_lon_deg,to_lat_deg"
    found = read(tmp_path, header, *(f"2026-05-01,240,a,{to}" for to in (fine, swapped, swapped, far)))
    assert found.lights.left_out == {
        "longitude and latitude look exchanged, more than 500 m from the network": 2,
        "more than 500 m from the network": 1,
    }
    with pytest.raises(InputError, match="2: longitude and latitude look exchanged, more than 500 m"):
        read(tmp_path, header, *(f"2026-05-01,240,a,{to}" for to in (swapped, swapped)))


def test_every_bad_line_is_told_with_its_place_and_what_to_do(tmp_path: Path) -> None:
    ok = "2026-05-01 08:30:00,2026-05-01 08:34:00"
    lines = [
        f"05/01/2026 08:30,2026-05-01 08:34:00,{PLACES},yes",
        f"2026-05-01,2026-05-01 08:34:00,{PLACES},yes",
        f"2026-05-01T08:30:00Z,2026-05-01 08:34:00,{PLACES},yes",
        f"{ok},-122.4,37.7,37.7,-122.4,yes",
        f"{ok},{PLACES},perhaps",
        f"{ok},0,,0.0301,0.0001,yes",
        f"{ok},{PLACES}",
    ]
    with pytest.raises(InputError) as refused:
        read(tmp_path, HEADER + ",lights", *lines)
    told = [str(fault) for fault in refused.value.faults]
    expected = [
        "runs.csv:2: column 'left_at' holds '05/01/2026 08:30', which is not a date and time. Write it like",
        "runs.csv:3: column 'left_at' holds '2026-05-01', a day without a time. Write it like",
        "runs.csv:4: one of two times has no offset from UTC. Write both with an offset, or both without.",
        "runs.csv:5: column 'to_lat_deg' holds -122.4, outside -90 to 90. Check",
        "runs.csv:6: column 'lights' holds 'perhaps'. Write 'yes' or 'no'.",
        "runs.csv:7: column 'from_lat_deg' is empty. Write a value.",
        "runs.csv:8: 6 cells under a header of 7. Quote cells",
    ]
    assert len(told) == len(expected)
    for line, start in zip(told, expected, strict=True):
        assert line.startswith(start)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("2026-05-01,240,a,nowhere", "runs.csv:2: column 'to_node' holds 'nowhere', which is no node of this network"),
        ("2026-05-01,fast,a,d", "runs.csv:2: column 'seconds' holds 'fast', which is not a number"),
        ("1 May,240,a,d", "runs.csv:2: column 'date' holds '1 May', which is no date. Write it like 2026-05-01"),
    ],
)
def test_a_bad_cell_is_told_with_its_line(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(tmp_path, "date,seconds,from_node,to_node", line)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("unit,arrived_at,from_node,to_node", ["runs.csv:1: no column says when a run set out. Name it left_at (or"]),
        (
            "left_at,from_lon,to_node",
            [
                "runs.csv:1: no column says when a run arrived.",
                "runs.csv:1: no column says from where a run came. Add from_lon_deg and from_lat_deg, or from_node.",
            ],
        ),
        (
            "seconds,from_node,to_node",
            ["runs.csv:1: no column says on which day a run was. Add left_at, arrived_at or"],
        ),
        (
            "en_route_at,departed_at,arrived_at,from_node,to_node",
            ["runs.csv:1: 'departed_at' and 'en_route_at' may both be 'left_at'. Call the one that counts 'left_at'."],
        ),
        (
            "Left At,LEFT AT,arrived_at,from_node,to_node",
            ["runs.csv:1: 'Left At' and 'LEFT AT' may both be 'left_at'. Call the one that counts 'left_at'."],
        ),
        ("left_at;arrived_at;from_node;to_node", ["runs.csv:1: cells are not parted by commas. Save the table as CSV"]),
        ("left_at,left_at,arrived_at,from_node,to_node", ["runs.csv:1: column 'left_at' stands twice."]),
    ],
)
def test_a_header_that_does_not_say_enough_is_refused_with_what_to_add(
    tmp_path: Path, header: str, words: list[str]
) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, header)
    told = [str(fault) for fault in refused.value.faults]
    assert len(told) == len(words)
    assert all(line.startswith(start) for line, start in zip(told, words, strict=True))


def test_a_table_that_is_not_there_or_empty_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.csv: cannot be read"):
        read_runs_table(tmp_path / "absent.csv", street())
    with pytest.raises(InputError, match=r"runs\.csv: holds no run that counts \(it is empty"):
        read(tmp_path, HEADER)
    with pytest.raises(InputError, match=r"runs\.csv:1: not a line with the names of columns"):
        read(tmp_path, '"left_at,arrived_at', "x" * 200_000)
