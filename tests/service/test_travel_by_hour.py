"""Live road times follow the hour: a leg that of its beginning, an estimate that of its instant."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sixpoint.errors import InputError
from sixpoint.ops import Leg, Place
from sixpoint.ops import commands as c
from sixpoint.region import Region, bundled_region, read_region
from sixpoint.region.write import Draft, Setting, read_draft, write_draft
from sixpoint.road import TravelTimes, build_network
from sixpoint.road.hourly import hourly_speeds
from sixpoint.road.profiles import Pace, profile_table
from sixpoint.service.opening import opening_commands
from sixpoint.service.travel import RoadTravel

CHICAGO = ZoneInfo("America/Chicago")
EIGHT = datetime(2026, 5, 11, 8, tzinfo=CHICAGO)
EIGHT_MS = round(EIGHT.timestamp() * 1000)
COUNT = 12


def road_by_hour() -> RoadTravel:
    """A street of 100 s a piece; from 08:00 to 09:00 on Monday it takes three times as long, with lights twice."""
    node = np.arange(COUNT - 1)
    tail, head = np.concatenate((node, node + 1)), np.concatenate((node + 1, node))
    length = np.full(len(tail), 1000.0)
    network = build_network(np.arange(COUNT) / 100, np.zeros(COUNT), tail, head, length, length / 10)
    per_mille = np.full((2, 168), 1000)
    per_mille[:, 8] = 2000, 3000
    return RoadTravel(TravelTimes(network), speeds=hourly_speeds(per_mille, "America/Chicago"))


def crossing(node: int) -> Place:
    return Place(node / 100, 0.0, node)


def leg(travel: RoadTravel, start: Place | Leg, goal: int, at_ms: int, lights: bool) -> Leg:
    seconds = travel.seconds(start, crossing(goal), at_ms, lights)
    here = start if isinstance(start, Place) else travel.place_at(start, at_ms)
    return Leg(here, crossing(goal), at_ms, at_ms + round(seconds * 1000), lights)


@pytest.mark.parametrize(("lights", "factor"), [(True, 2), (False, 3)])
def test_an_estimate_has_the_factor_of_the_hour_it_is_asked_in(lights: bool, factor: int) -> None:
    travel = road_by_hour()
    for at_ms, times in ((EIGHT_MS - 1, 1), (EIGHT_MS, factor), (EIGHT_MS + 3_600_000, 1)):
        assert travel.seconds(crossing(0), crossing(5), at_ms, lights) == 500.0 * times
        many = travel.seconds_from_many(np.array([0, 4]), np.array([0, 7]), crossing(5), at_ms, lights)
        assert many.tolist() == [500.0 * times, 100.0 * times + 0.007]


def test_a_leg_keeps_the_factor_of_the_hour_in_which_it_began() -> None:
    travel = road_by_hour()
    way = leg(travel, crossing(0), 10, EIGHT_MS - 200_000, lights=False)
    assert way.arrives_ms == EIGHT_MS + 800_000
    for passed_s in (50, 200, 250, 950):
        here = travel.place_at(way, way.left_ms + passed_s * 1000)
        assert here.lon_deg == pytest.approx(passed_s / 10_000)
    # From between two nodes: half a piece as fast as before eight, the next one as fast as after it.
    assert travel.seconds(way, crossing(4), way.left_ms + 250_000, True) == 50 + 2 * 100


def test_a_leg_that_begins_between_two_nodes_reaches_the_first_at_the_pace_it_had() -> None:
    travel = road_by_hour()
    first = leg(travel, crossing(0), 10, EIGHT_MS - 250_000, lights=False)
    second = leg(travel, first, 0, EIGHT_MS, lights=True)
    assert second.arrives_ms - EIGHT_MS == 50_000 + 3 * 100_000 * 2
    assert travel.place_at(second, EIGHT_MS + 49_000).node == 3
    assert travel.place_at(second, EIGHT_MS + 50_000 + 100_000).lon_deg == pytest.approx(0.025)
    assert travel.seconds(second, crossing(0), second.arrives_ms - 7_000, True) == pytest.approx(7.0, abs=0.001)


HEADER = "profile,road_class,days,from_hour,to_hour,factor,base_s,source,confidence\n"
ROWS = "lights,*,mon-sun,0,24,1.3,0,here,measured\nnormal,*,mon-sun,0,24,1.3,0,here,measured\n"


def riverton(folder: Path, table: str, **changed: Setting) -> Region:
    draft = read_draft(bundled_region("riverton"))
    kept = {key: value for key, value in draft.settings.items() if key != "lights_factor"}
    write_draft(Draft({**kept, **changed}, draft.tables), folder)
    (folder / "speeds.csv").write_text(HEADER + table, "utf-8")
    return read_region(folder)


def test_a_table_with_the_one_factor_at_every_hour_gives_the_times_of_that_factor(tmp_path: Path) -> None:
    plain, region = read_region(bundled_region("riverton")), riverton(tmp_path, ROWS, speeds="speeds.csv")
    times = TravelTimes(plain.network)
    one, by_hour = RoadTravel(times, plain.lights_factor), RoadTravel(times, region.lights_factor, region.speeds)
    nodes = np.random.default_rng(1).integers(0, plain.network.node_count, (200, 2)).tolist()
    for hour, (start, goal) in enumerate(nodes):
        at_ms = round((region.starts_at + timedelta(hours=hour)).timestamp() * 1000)
        asked = (Place(0, 0, start), Place(0, 0, goal), at_ms, bool(hour % 2))
        assert one.seconds(*asked) == by_hour.seconds(*asked)
    assert region.lights_factor == plain.lights_factor


def test_a_calibrated_table_changes_the_roads_of_a_region_by_class_and_the_turnout_of_its_units(tmp_path: Path) -> None:
    paces = (Pace("lights", 1.0, "runs"), Pace("normal", 1.4, "runs"))
    plain = read_region(bundled_region("riverton"))
    factors = {kind: 0.5 if kind == "gravel" else 2.0 for kind in plain.network.classes}
    rows = profile_table(paces, factors, 98.0).removeprefix(HEADER)
    region = riverton(tmp_path, rows, speeds="speeds.csv")
    slower = np.array([factors[kind] for kind in plain.network.classes])[plain.network.road_class]
    assert region.network.time_s.tolist() == (plain.network.time_s * slower).tolist()
    assert (region.lights_factor, region.road_factor(False)) == (1.0, 1.4)
    assert {unit.turnout_s - plain.units[unit_id].turnout_s for unit_id, unit in region.units.items()} == {98.0}


def test_the_log_names_the_speeds_beside_the_roads(tmp_path: Path) -> None:
    plain, region = read_region(bundled_region("riverton")), riverton(tmp_path, ROWS, speeds="speeds.csv")
    opened = [next(iter(opening_commands(one, 0))) for one in (plain, region)]
    assert all(isinstance(one, c.OpenService) for one in opened)
    assert [one.network for one in opened] == [plain.network.content_hash, region.roads_hash]
    assert plain.roads_hash != region.roads_hash


@pytest.mark.parametrize(
    ("changed", "table", "words"),
    [
        ({"speeds": "absent.csv"}, ROWS, "names 'absent.csv', which is no file of this folder"),
        ({"speeds": "../speeds.csv"}, ROWS, "which is no file of this folder"),
        ({"speeds": 7}, ROWS, "'speeds' holds 7"),
        ({"speeds": "speeds.csv", "lights_factor": 1.3}, ROWS, "both say how long runs take"),
        (
            {"speeds": "speeds.csv"},
            ROWS + "".join(f"{row},trunk,mon-sun,0,24,2,0,here,measured\n" for row in ("lights", "normal")),
            "has factors for trunk: no road here is of such a class",
        ),
        ({"speeds": "speeds.csv"}, ROWS.replace("1.3", "fast"), "speeds.csv:2: column 'factor' holds 'fast'"),
    ],
)
def test_a_table_that_is_not_there_or_not_sound_is_a_fault_of_the_region(
    tmp_path: Path, changed: dict[str, Setting], table: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        riverton(tmp_path, table, **changed)


def test_the_table_that_comes_along_is_named_sixpoint(tmp_path: Path) -> None:
    region = riverton(tmp_path, ROWS, speeds="sixpoint")
    assert region.road_factor(False, EIGHT) == 1.25
    assert region.road_factor(True) == region.lights_factor != 1.3
