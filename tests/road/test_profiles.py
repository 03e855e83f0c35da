"""Speed profiles and their calibration from observed runs."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from sixpoint.errors import InputError
from sixpoint.road import RoadNetwork, build_network
from sixpoint.road.calibration import calibrate, calibrate_unlit
from sixpoint.road.observed_runs import Run
from sixpoint.road.profiles import Pace, ProfiledTimes, hour_of_week, load_profiles, profile_table
from sixpoint.road.sf_log import read_sf_runs

MONDAY_8 = 8
SUNDAY_8 = 6 * 24 + 8


def avenue(count: int = 30) -> RoadNetwork:
    """A line of nodes: 10 s of primary road, then 10 s of residential, and so on, both ways."""
    node = np.arange(count - 1)
    kinds = np.tile(node % 2, 2)
    tail, head = np.concatenate((node, node + 1)), np.concatenate((node + 1, node))
    length = np.full(len(tail), 100.0)
    lon, lat = np.arange(count) / 1000, np.zeros(count)
    classes = ("primary", "residential")
    return build_network(lon, lat, tail, head, length, length / 10, road_class=kinds, classes=classes, name="avenue")


HEADER = "profile,road_class,days,from_hour,to_hour,factor,base_s,source,confidence\n"
RULES = HEADER + "slow,*,mon-sun,0,24,2,30,here,measured\nslow,residential,mon-fri,7,9,1.5,0,here,measured\n"


def table(folder: Path, text: str) -> Path:
    (folder / "profiles.csv").write_text(text, "utf-8")
    return folder / "profiles.csv"


def test_all_rules_that_hold_for_a_class_and_hour_are_multiplied(tmp_path: Path) -> None:
    slow = load_profiles(table(tmp_path, RULES))["slow"]
    assert slow.factor("primary", MONDAY_8) == 2.0
    assert slow.factor("residential", MONDAY_8) == 3.0
    assert slow.factor("residential", SUNDAY_8) == 2.0
    assert slow.factor("residential", 9) == 2.0
    assert slow.base_s(SUNDAY_8) == 30.0


def test_times_of_a_profile_by_hour_and_hours_alike_share_their_oracle(tmp_path: Path) -> None:
    times = ProfiledTimes(avenue(), load_profiles(table(tmp_path, RULES))["slow"])
    assert times.at(SUNDAY_8).seconds(0, 2) == pytest.approx(40.0)
    assert times.at(MONDAY_8).seconds(0, 2) == pytest.approx(50.0)
    assert times.at(MONDAY_8) is times.at(MONDAY_8 + 24)
    assert times.at(SUNDAY_8) is times.at(0)
    with pytest.raises(InputError, match=r"Write 0 \(Monday 00:00\) to 167"):
        times.at(168)


def test_the_hour_of_the_week_begins_on_monday() -> None:
    assert hour_of_week(datetime(2026, 11, 23, 8, 59, tzinfo=UTC)) == MONDAY_8
    assert hour_of_week(datetime(2026, 11, 22, 8, 0, tzinfo=UTC)) == SUNDAY_8


def test_the_profiles_that_come_along_drive_faster_with_lights_at_every_hour() -> None:
    profiles = load_profiles()
    for hour in range(168):
        assert profiles["lights"].factor("primary", hour) < profiles["normal"].factor("primary", hour)


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (("mon-fri", "someday"), "profiles.csv:3: column 'days' holds 'someday'"),
        (("7,9", "9,7"), "profiles.csv:3: the hours end at 7, before they begin"),
        (("1.5", "0"), "profiles.csv:3: a factor of 0 takes no time"),
        (("1.5", "fast"), "profiles.csv:3: column 'factor' holds 'fast'"),
    ],
)
def test_a_bad_profile_is_refused_with_file_and_line(tmp_path: Path, bad: tuple[str, str], fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        load_profiles(table(tmp_path, RULES.replace(*bad)))


def runs_on(network: RoadNetwork, days: range, noise_s: float) -> list[Run]:
    """Runs that take 60 s and 1.5 (primary) or 3 (residential) times what the network says, with some noise."""
    random = np.random.default_rng(5)
    runs = []
    for day in days:
        for start, end in random.integers(0, network.node_count, (40, 2)).tolist():
            arcs = np.arange(min(start, end), max(start, end))
            seconds = 60 + np.where(arcs % 2 == 0, 15.0, 30.0).sum() + random.normal(0, noise_s)
            runs.append(Run(start, end, max(float(seconds), 1.0), day))
    return runs


def test_calibration_finds_the_factors_and_the_delay_that_made_the_runs() -> None:
    network = avenue()
    found = calibrate(network, runs_on(network, range(12), noise_s=3.0))
    assert found.factors["primary"] == pytest.approx(1.5, abs=0.15)
    assert found.factors["residential"] == pytest.approx(3.0, abs=0.15)
    assert found.base_s == pytest.approx(60.0, abs=3.0)
    assert found.calibrated.median_absolute_s < 5 < found.one_factor.median_absolute_s < found.as_is.median_absolute_s
    assert abs(found.calibrated.bias_s) < 3


def test_days_held_out_have_no_part_in_the_fit() -> None:
    network = avenue()
    runs = runs_on(network, range(12), noise_s=3.0)
    spoilt = [Run(run.from_node, run.to_node, 999.0, run.day) if run.day % 3 == 2 else run for run in runs]
    assert calibrate(network, spoilt).factors == calibrate(network, runs).factors
    assert calibrate(network, spoilt).calibrated.median_absolute_s > 300


def test_a_few_absurd_runs_do_not_move_the_fit_far() -> None:
    network = avenue()
    runs = runs_on(network, range(12), noise_s=3.0)
    absurd = [
        Run(run.from_node, run.to_node, 1200.0, run.day) if place % 20 == 0 else run for place, run in enumerate(runs)
    ]
    assert calibrate(network, absurd).factors["residential"] == pytest.approx(3.0, abs=0.3)


def test_too_few_runs_are_refused() -> None:
    network = avenue()
    with pytest.raises(InputError, match="too few to fit and to check"):
        calibrate(network, runs_on(network, range(1), noise_s=1.0))


def test_a_calibrated_profile_is_written_so_that_it_can_be_loaded(tmp_path: Path) -> None:
    text = profile_table([Pace("lights", 1.0, "12 runs"), Pace("normal", 1.7, "5 runs")], {"primary": 1.5}, 61.23)
    profiles = load_profiles(table(tmp_path, text))
    lights, normal = profiles["lights"], profiles["normal"]
    assert (lights.factor("primary", 3), lights.factor("other", 3), lights.base_s(3)) == (1.5, 1.0, 61.2)
    assert (normal.factor("primary", 3), normal.factor("other", 3), normal.base_s(3)) == (1.5 * 1.7, 1.7, 61.2)


def test_runs_without_lights_give_one_factor_on_top_of_those_with_them() -> None:
    network = avenue()
    runs = runs_on(network, range(12), noise_s=3.0)
    found = calibrate(network, runs)
    slower = [Run(run.from_node, run.to_node, 60 + 1.4 * (run.observed_s - 60), run.day) for run in runs]
    unlit = calibrate_unlit(network, found, slower)
    assert unlit.factor == pytest.approx(1.4, abs=0.05)
    assert unlit.calibrated.median_absolute_s < 10 < unlit.as_is.median_absolute_s
    assert calibrate_unlit(network, found, [Run(run.from_node, run.to_node, 1.0, run.day) for run in runs]).factor == 1


LOG = "Unit ID,Unit Type,Priority,Dispatch DtTm,Response DtTm,On Scene DtTm,Available DtTm,Location,Address\n"


def log_row(unit: str, kind: str, minute: int, response: str = "", scene: str = "", available: str = "") -> str:
    times = ",".join(
        f"04/07/2020 {time} PM" if time else "" for time in (f"01:{minute:02}:00", response, scene, available)
    )
    return f'{unit},{kind},3,{times},"(0.0, 0.0051)",x\n'


def test_only_runs_from_quarters_with_all_their_times_are_used(tmp_path: Path) -> None:
    feature = {"properties": {"facility_id": 7}, "geometry": {"type": "Point", "coordinates": [0.0, 0.0]}}
    (tmp_path / "stations.geojson").write_text(json.dumps({"features": [feature]}), "utf-8")
    (tmp_path / "homes.csv").write_text("\ufeffUnit,facility_id\nE1,7\nE9,8\n", "utf-8")
    rows = [
        log_row("E1", "ENGINE", 1, "01:01:10", "01:03:00", "01:05:00"),  # the first of the log: where was it before?
        log_row("E1", "ENGINE", 20, "01:20:10", "01:23:00", "01:25:00"),  # only 15 minutes after it was free
        log_row("E1", "ENGINE", 58, "01:58:10", "02:00:00", "02:05:00"),  # used: 110 s
        log_row("E9", "ENGINE", 58, "01:58:10", "02:00:00"),
        log_row("M1", "MEDIC", 58, "01:58:10", "02:00:00"),
        log_row("E1", "ENGINE", 59, "01:59:10"),
    ]
    log = tmp_path / "log.csv.gz"
    log.write_bytes(gzip.compress((LOG + "".join(rows)).encode()))
    files = {"stations": tmp_path / "stations.geojson", "homes": tmp_path / "homes.csv"}
    observed = read_sf_runs(log, avenue(), **files)
    assert [(run.from_node, run.to_node, run.observed_s) for run in observed.runs] == [(0, 5, 110.0)]
    assert observed.left_out == {"no known station": 1, "no response or no arrival": 1, "perhaps not at its station": 2}
    with pytest.raises(InputError, match="holds no run that can be used"):
        read_sf_runs(log, avenue(), priority="2", **files)
    (tmp_path / "homes.csv").write_text("Unit\nE1\n", "utf-8")
    with pytest.raises(InputError, match=r"homes\.csv:1: lacks the columns facility_id"):
        read_sf_runs(log, avenue(), **files)
