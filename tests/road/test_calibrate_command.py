"""`sixpoint road calibrate` on an agency's own runs: what made them is found again, and what is written says so."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from sixpoint.cli.road import road
from sixpoint.errors import InputError
from sixpoint.region import bundled_region
from sixpoint.road import RoadNetwork, TravelTimes, read_road_folder
from sixpoint.road.calibrated_table import calibrated_table
from sixpoint.road.calibration import LEAST_FACTOR, Calibration, Errors, Unlit
from sixpoint.road.calibration_doubts import doubts_of, doubts_of_unlit
from sixpoint.road.hourly import read_hourly
from sixpoint.road.profiles import load_profiles, scaled
from sixpoint.road.runs_table import read_runs_table
from sixpoint.road.sf_log import read_sf_runs
from sixpoint.road.street_tables import import_street_tables

TRUE = {"primary": 0.7, "secondary": 1.3, "residential": 1.9}
BASE_S, SLOWER = 70.0, 1.5
DAYS, A_DAY = 30, 40
HEADER = ("left_at", "arrived_at", "from_node", "to_lon_deg", "to_lat_deg", "lights")


def run(*words: object) -> Result:
    return CliRunner().invoke(road, [str(word) for word in words], standalone_mode=False)


def found(*words: object) -> dict[str, Any]:
    done = run("calibrate", *words, "--json")
    assert done.return_value == 0, done.exception
    answer: dict[str, Any] = json.loads(done.output)
    return answer


def refused(*words: object) -> str:
    done = run("calibrate", *words)
    assert isinstance(done.exception, InputError), done.output
    return str(done.exception)


def write(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([header, *rows])
    path.write_text(text.getvalue(), "utf-8")
    return path


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8"))))


def lines_of(path: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding))))


def local(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


def city(folder: Path, side: int = 12) -> Path:
    """A town on a grid: a street in four primary, one secondary, the others residential; a lane of gravel beyond it."""
    nodes, edges = [], []
    for across in range(side):
        for up in range(side):
            nodes.append((f"{across}-{up}", -90 + across / 400, 40 + up / 400))
            for other, line in (((across + 1, up), up), ((across, up + 1), across)):
                kind = ("primary", "residential", "secondary", "residential")[line % 4]
                speed_kmh = {"primary": 60, "secondary": 45, "residential": 30}[kind]
                if max(other) < side:
                    edges.append((f"{across}-{up}", f"{other[0]}-{other[1]}", 250, speed_kmh, kind, "no"))
    nodes.append(("farm", -90.02, 40))
    edges.append(("0-0", "farm", 1800, 30, "gravel", "no"))
    folder.mkdir()
    write(folder / "nodes.csv", ("node_id", "lon_deg", "lat_deg"), nodes)
    write(folder / "edges.csv", ("from_node", "to_node", "length_m", "speed_kmh", "road_class", "one_way"), edges)
    return folder


def driven(
    network: RoadNetwork, factors: Sequence[float], *, days: int = DAYS, noise_s: float = 10.0, stop: Sequence[str] = ()
) -> list[tuple[object, ...]]:
    """Runs between nodes other than `stop`, as the factors make them; one in four without lights, slower."""
    random = np.random.default_rng(11)
    times = TravelTimes(scaled(network, factors, "as it is"))
    nodes = [node for node, node_id in enumerate(network.node_ids) if node_id not in stop]
    rows: list[tuple[object, ...]] = []
    for number in range(days * A_DAY):
        start, end = random.choice(nodes, 2).tolist()
        lit = number % 4 != 3
        seconds = BASE_S + times.seconds(start, end) * (1.0 if lit else SLOWER) + random.normal(0, noise_s)
        left = datetime(2026, 5, 1, 6, tzinfo=UTC) + timedelta(days=number // A_DAY, minutes=20 * (number % A_DAY))
        arrived = left + timedelta(seconds=max(round(seconds), 30))
        where = network.lon_deg[end], network.lat_deg[end]
        rows.append((local(left), local(arrived), network.node_ids[start], *where, "yes" if lit else "no"))
    return rows


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A folder `city` and the runs in it, `runs.csv`: none of them goes out to the farm."""
    network = read_road_folder(city(tmp_path / "city"))
    factors = [TRUE.get(kind, 5.0) for kind in network.classes]
    write(tmp_path / "runs.csv", HEADER, driven(network, factors, stop=["farm"]))
    return tmp_path


def test_the_factors_and_the_delay_that_made_the_runs_are_found_again(town: Path) -> None:
    answer = found("--runs", town / "runs.csv", "--network", town / "city")
    assert {kind: answer["factors"][kind] for kind in TRUE} == pytest.approx(TRUE, abs=0.05)
    assert answer["base_s"] == pytest.approx(BASE_S, abs=3)
    assert answer["without_lights"]["factor"] == pytest.approx(SLOWER, abs=0.03)
    assert answer["calibrated"]["median_absolute_s"] < 10 < answer["one_factor"]["median_absolute_s"]
    assert abs(answer["calibrated"]["bias_s"]) < 2
    assert (answer["runs"], answer["runs_without_lights"]) == (900, 300)


def test_a_class_that_no_run_used_has_the_factor_of_all_runs_together_and_says_so(town: Path) -> None:
    out = town / "speeds.csv"
    answer = found("--runs", town / "runs.csv", "--network", town / "city", "--out", out)
    assert answer["runs_on"]["gravel"] == 0 < answer["runs_on"]["primary"]
    assert answer["factors"]["gravel"] == pytest.approx(answer["every_class"], abs=1e-4)
    assert min(TRUE.values()) < answer["every_class"] < max(TRUE.values())
    lines = {(row["profile"], row["road_class"]): row for row in lines_of(out)}
    none = f"none of {answer['fitted_on']} runs of runs.csv with lights used it: as all classes together"
    for profile in ("lights", "normal"):
        line = lines[profile, "gravel"]
        assert (line["factor"], line["source"], line["confidence"]) == ("1.0", none, "assumption")
        assert lines[profile, "primary"]["confidence"] == "measured"
    assert lines["lights", "*"]["source"] == f"{answer['fitted_on']} runs of runs.csv with lights, all classes together"
    said = run("calibrate", "--runs", town / "runs.csv", "--network", town / "city").output
    assert f"gravel: x {answer['every_class']:.2f} (no run)" in said


def test_a_network_that_is_too_slow_by_the_same_on_all_classes_is_so_on_one_without_runs(tmp_path: Path) -> None:
    network = read_road_folder(city(tmp_path / "city"))
    write(tmp_path / "runs.csv", HEADER, driven(network, [0.8] * len(network.classes), noise_s=2, stop=["farm"]))
    found("--runs", tmp_path / "runs.csv", "--network", tmp_path / "city", "--out", tmp_path / "speeds.csv")
    ask = ("--profile", "lights", "--profiles", tmp_path / "speeds.csv", "--json")
    seconds = json.loads(run("times", tmp_path / "city", "0-0", "farm", *ask).output)["seconds"]
    assert seconds == pytest.approx(BASE_S + 0.8 * 1800 / 30 * 3.6, abs=4)


def test_a_class_that_the_table_does_not_name_is_driven_at_the_factor_of_all_runs_together(town: Path) -> None:
    answer = found("--runs", town / "runs.csv", "--network", town / "city", "--out", town / "speeds.csv")
    together, slower = answer["every_class"], answer["without_lights"]["factor"]
    profiles = load_profiles(town / "speeds.csv")
    assert profiles["lights"].factor("trunk", 0) == pytest.approx(together, abs=1e-3)
    assert profiles["normal"].factor("trunk", 0) == pytest.approx(together * slower, abs=2e-3)
    other = read_road_folder(bundled_region("riverton"))
    speeds = read_hourly(town / "speeds.csv", "America/Chicago")
    unnamed = np.array([kind not in speeds.by_class for kind in other.classes])[other.road_class]
    times_s = speeds.on(other).time_s * speeds.mean_factor(lights=True)
    assert unnamed.any() and not unnamed.all()
    assert times_s[unnamed] == pytest.approx(other.time_s[unnamed] * together, rel=1e-3)


def test_a_region_is_calibrated_on_the_roads_in_its_folder(tmp_path: Path) -> None:
    network = read_road_folder(bundled_region("riverton"))
    path = write(tmp_path / "runs.csv", HEADER, driven(network, [0.75] * len(network.classes), days=12))
    for region in ("riverton", bundled_region("riverton"), bundled_region("riverton") / "road"):
        answer = found("--runs", path, "--network", region)
        assert answer["factors"].keys() == set(network.classes)
        assert answer["every_class"] == pytest.approx(0.75, abs=0.02)


def test_runs_that_do_not_say_lights_are_all_taken_as_runs_with_them(town: Path) -> None:
    rows = rows_of(town / "runs.csv")
    path = write(town / "plain.csv", rows[0][:-1], [row[:-1] for row in rows[1:]])
    asked = ("--runs", path, "--network", town / "city")
    answer = found(*asked, "--out", town / "speeds.csv")
    assert (answer["runs"], answer["without_lights"]) == (1200, None)
    assert "all runs are taken as runs with lights" in run("calibrate", *asked).output
    normal = next(row for row in lines_of(town / "speeds.csv") if row["profile"] == "normal")
    assert (normal["confidence"], normal["factor"]) == ("assumption", f"{answer['every_class']:.3f}".rstrip("0"))


def same_runs_taking(town: Path, seconds: Sequence[float]) -> Path:
    """The runs of the town, each with another time than it took; all with lights."""
    rows = rows_of(town / "runs.csv")[1:]
    changed = [(row[0][:10], taken, *row[2:5]) for row, taken in zip(rows, seconds, strict=False)]
    return write(town / "odd.csv", ("date", "seconds", *HEADER[2:5]), changed)


def doubtful(town: Path, runs: Path) -> str:
    """What is told about runs that no roads made, once it is seen that the table says 'measured' nowhere."""
    asked = ("--runs", runs, "--network", town / "city")
    done = run("calibrate", *asked, "--out", town / "odd_speeds.csv")
    assert done.return_value == 1, done.exception
    assert {row["confidence"] for row in lines_of(town / "odd_speeds.csv")} == {"assumption"}
    answer = run("calibrate", *asked, "--json")
    assert answer.return_value == 1 and json.loads(answer.output)["doubts"]
    assert "This is no measurement of these roads" in done.output
    return done.output


def test_runs_that_all_take_the_same_are_told_as_no_measurement(town: Path) -> None:
    assert "is the least that a fit may give, x 0.2." in doubtful(town, same_runs_taking(town, [31.0] * 900))


def test_runs_that_take_any_time_are_told_as_no_measurement(town: Path) -> None:
    told = doubtful(town, same_runs_taking(town, np.random.default_rng(5).uniform(30, 7200, 900).round().tolist()))
    assert "Doubtful: what every run has is the most that a fit may give, 600 s." in told


def test_a_fit_that_helps_no_more_than_the_network_as_it_is_is_doubtful() -> None:
    good, bad, alike = (Errors(60, median_s, 90.0, 0.0) for median_s in (20.0, 24.0, 20.9))
    fit = Calibration({"primary": 1.0, "gravel": LEAST_FACTOR}, 1.0, {"primary": 90, "gravel": 0}, 9.0, 90, *[good] * 3)
    assert doubts_of(fit) == doubts_of(replace(fit, calibrated=alike)) == ()
    assert doubts_of(replace(fit, calibrated=bad, one_factor=bad)) == (
        "on days not used for the fit it is further off than the network as it is: 24 s against 20 s.",
    )
    assert len(doubts_of(replace(fit, calibrated=bad))) == 2
    assert doubts_of_unlit(Unlit(1.5, 90, good, alike)) == ()
    assert doubts_of_unlit(Unlit(1.5, 90, good, bad)) == (
        "without lights, on days not used for the fit it is further off than the network as it is: 24 s against 20 s.",
    )
    table = calibrated_table(fit, Unlit(1.5, 90, good, bad), of_lights="runs with", of_unlit="runs without")
    assert [line.rsplit(",", 1)[1] for line in table.splitlines() if ",*," in line] == ["measured", "assumption"]


def test_a_file_that_is_there_is_not_written_over_and_no_fit_is_made_for_it(town: Path) -> None:
    readme = town / "README.md"
    readme.write_text("ours", "utf-8")
    # The runs are not there either: the target is looked at first.
    told = refused("--runs", town / "none.csv", "--network", town / "city", "--out", readme)
    assert told == f"{readme}: is there already. Nothing is written over: name a new file."
    assert readme.read_text("utf-8") == "ours"
    nowhere = refused("--runs", town / "none.csv", "--network", town / "city", "--out", town / "no" / "speeds.csv")
    assert "its folder is not there" in nowhere


def test_too_few_days_are_refused_with_what_is_needed(town: Path) -> None:
    rows = rows_of(town / "runs.csv")
    path = write(town / "few.csv", rows[0], [row for row in rows[1:] if row[0] < "2026-05-03"])
    told = refused("--runs", path, "--network", town / "city", "--out", town / "speeds.csv")
    assert told == (
        "runs of few.csv with lights: 60 runs on 2 days are too few to fit and to check: 60 on 2 days to fit, 0 on 0 "
        "days to check. Each needs 30 runs or more; one day in 3 is for checking. Give runs of more days, 3 or more."
    )
    assert not (town / "speeds.csv").exists()


def test_a_refusal_says_what_was_left_out(town: Path) -> None:
    rows = rows_of(town / "runs.csv")
    far = [[*row[:3], "-91", *row[4:]] if row[0] > "2026-05-03" else row for row in rows[1:]]
    told = refused("--runs", write(town / "far.csv", rows[0], far), "--network", town / "city")
    assert told.startswith("runs of far.csv with lights: 60 runs on 2 days are too few to fit")
    assert told.endswith("Left out: 840 (more than 500 m from the network).")


def test_one_of_runs_and_log_is_read_and_what_goes_with_the_other_is_refused(town: Path) -> None:
    network = ("--network", town / "city")
    assert "--runs, --log: neither is given" in refused(*network)
    assert "--runs, --log: both are given" in refused(*network, "--runs", town / "runs.csv", "--log", "calls.csv")
    told = refused(*network, "--runs", town / "runs.csv", "--priority", "3", "--homes", "homes.csv")
    assert "--homes: is given without --log" in told and "--priority: is given without --log" in told
    assert "--snap-limit-m: is given without --runs" in refused(*network, "--log", "calls.csv", "--snap-limit-m", "900")


def stamp(text: str) -> datetime | None:
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=UTC) if text else None


def san_francisco(data: Path) -> list[dict[str, Any]]:
    """Runs of engines and trucks from their station, worked out from the city's files anew."""
    stations = json.loads((data / "sf_fire_stations.geojson").read_text("utf-8"))["features"]
    place = {str(one["properties"]["facility_id"]): one["geometry"]["coordinates"] for one in stations}
    homes = lines_of(data / "unit_to_station.csv", "utf-8-sig")
    home = {row["Unit"]: place[row["facility_id"]] for row in homes if row["facility_id"] in place}
    log = gzip.decompress((data / "sffd_calls_20200407_20200420.csv.gz").read_bytes()).decode("utf-8-sig")
    rows = [row for row in csv.DictReader(io.StringIO(log)) if row["Dispatch DtTm"]]
    free: dict[str, datetime] = {}
    runs = []
    for row in sorted(rows, key=lambda row: (stamp(row["Dispatch DtTm"]), row["Unit ID"])):
        at, left, there, cleared = (
            stamp(row[f"{what} DtTm"]) for what in ("Dispatch", "Response", "On Scene", "Available")
        )
        unit = row["Unit ID"]
        since = free.get(unit)
        if cleared is not None:
            free[unit] = cleared
        usable = row["Unit Type"] in ("ENGINE", "TRUCK") and row["Priority"] in "23" and unit in home
        if not (usable and row["Location"] and left and there and since):
            continue
        assert at is not None
        seconds = (there - left).total_seconds()
        if at - since >= timedelta(minutes=30) and 30 <= seconds <= 1200:
            lat, lon = row["Location"].strip("()").split(",")
            lights = "yes" if row["Priority"] == "3" else "no"
            ends = (*home[unit][:2], lon.strip(), lat.strip(), lights)
            runs.append({"at": at, "left": left, "there": there, "seconds": seconds, "ends": ends})
    return runs


ENDS = ("from_lon_deg", "from_lat_deg", "to_lon_deg", "to_lat_deg", "lights")


def test_san_franciscos_runs_as_a_table_give_what_its_log_gives(shared: Path, tmp_path: Path) -> None:
    data = shared / "data" / "sf"
    rows = [(one["at"].date(), one["seconds"], *one["ends"]) for one in san_francisco(data)]
    path = write(tmp_path / "runs.csv", ("date", "seconds", *ENDS), rows)
    log = data / "sffd_calls_20200407_20200420.csv.gz"
    of_log = found("--log", log, "--network", data)
    of_runs = found("--runs", path, "--network", data)
    told = ("left_out", "left_out_without_lights", "notes")
    assert {key: of_runs[key] for key in of_runs if key not in told} == {
        key: of_log[key] for key in of_log if key not in told
    }
    assert of_runs["runs"] == 2191


def test_san_franciscos_runs_by_their_instants_are_those_of_its_log(shared: Path, tmp_path: Path) -> None:
    data = shared / "data" / "sf"
    rows = [(local(one["left"]), local(one["there"]), *one["ends"]) for one in san_francisco(data)]
    path = write(tmp_path / "runs.csv", ("left_at", "arrived_at", *ENDS), rows)
    network = import_street_tables(data)
    files = {"stations": data / "sf_fire_stations.geojson", "homes": data / "unit_to_station.csv"}
    log = data / "sffd_calls_20200407_20200420.csv.gz"
    of_runs = read_runs_table(path, network)
    for observed, priority in ((of_runs.lights, "3"), (of_runs.normal, "2")):
        expected = read_sf_runs(log, network, **files, priority=priority).runs
        assert [(one.from_node, one.to_node, one.observed_s) for one in observed.runs] == [
            (one.from_node, one.to_node, one.observed_s) for one in expected
        ]
        # Two engines of the log set out after midnight to calls dispatched before.
        assert sum(one.day != other.day for one, other in zip(observed.runs, expected, strict=True)) <= 2
