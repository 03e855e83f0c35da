"""Factors by the local hour of the week, as live service and simulation read them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sixpoint.errors import InputError
from sixpoint.road import build_network
from sixpoint.road.hourly import LIGHTS, NORMAL, HourlySpeeds, hourly_speeds, read_hourly

CHICAGO = ZoneInfo("America/Chicago")
HEADER = "profile,road_class,days,from_hour,to_hour,factor,base_s,source,confidence\n"
PLAIN = "lights,*,mon-sun,0,24,0.8,0,here,measured\nnormal,*,mon-sun,0,24,1.1,0,here,measured\n"
PEAK = "normal,*,mon-fri,7,9,1.5,0,here,assumption\n"


def read(folder: Path, rows: str) -> HourlySpeeds:
    (folder / "speeds.csv").write_text(HEADER + rows, "utf-8")
    return read_hourly(folder / "speeds.csv", "America/Chicago")


def ms(day: int, hour: int, minute: int = 0) -> int:
    """A local instant of May 2026; the 11th is a Monday."""
    return round(datetime(2026, 5, day, hour, minute, tzinfo=CHICAGO).timestamp() * 1000)


def test_the_table_is_two_rows_of_168_thousandths_lights_first(tmp_path: Path) -> None:
    speeds = read(tmp_path, PLAIN + PEAK)
    assert (speeds.per_mille.shape, speeds.per_mille.dtype) == ((2, 168), np.dtype(np.int64))
    assert set(speeds.per_mille[LIGHTS].tolist()) == {800}
    assert speeds.per_mille[NORMAL, 6:10].tolist() == [1100, 1650, 1650, 1100]
    assert speeds.per_mille[NORMAL, 5 * 24 + 7] == 1100


def test_an_instant_has_the_factor_of_its_hour_by_local_clocks(tmp_path: Path) -> None:
    speeds = read(tmp_path, PLAIN + PEAK)
    instants = [(11, 6, 59), (11, 7, 0), (11, 8, 59), (11, 9, 0), (16, 7, 30)]
    assert [speeds.factor(False, ms(*at)) for at in instants] == [1.1, 1.65, 1.65, 1.1, 1.1]
    assert speeds.factor(True, ms(11, 7, 30)) == 0.8


@pytest.mark.parametrize("starts_at", [datetime(2026, 5, 15, tzinfo=CHICAGO), datetime(2026, 3, 7, tzinfo=CHICAGO)])
def test_hours_on_end_are_those_of_each_instant_through_a_change_of_clocks(starts_at: datetime) -> None:
    speeds = hourly_speeds(np.arange(1, 337).reshape(2, 168), "America/Chicago")
    by_hour = speeds.since(starts_at, 80)
    begins_ms = round(starts_at.timestamp() * 1000)
    for hour in range(80):
        for lights in (True, False):
            factor = speeds.factor(lights, begins_ms + hour * 3_600_000 + 1_800_000)
            assert by_hour[LIGHTS if lights else NORMAL, hour] == round(1000 * factor)


def test_a_class_of_road_has_one_factor_that_makes_the_networks_own_times(tmp_path: Path) -> None:
    slow = "".join(f"{row},gravel,mon-sun,0,24,1.5,0,here,measured\n" for row in ("lights", "normal"))
    speeds = read(tmp_path, PLAIN.replace(",0,here", ",40,here") + PEAK + slow)
    assert (speeds.by_class, speeds.base_s) == ({"gravel": 1.5}, 40.0)
    assert speeds.per_mille.tolist() == read(tmp_path, PLAIN + PEAK).per_mille.tolist()
    network = build_network(
        [0, 0.01], [0, 0], [0, 1], [1, 0], [1, 1], [10.0, 10.0], road_class=[0, 1], classes=("gravel", "primary")
    )
    assert speeds.on(network).time_s.tolist() == [15.0, 10.0]
    assert read(tmp_path, PLAIN).on(network) is network


def test_the_table_that_comes_along_reads_and_has_its_peaks() -> None:
    speeds = read_hourly(None, "America/Chicago")
    assert speeds.factor(True, ms(11, 8)) > speeds.factor(True, ms(11, 12))
    assert speeds.factor(False, ms(11, 17)) == 1.3


def test_the_hash_names_factors_and_time_zone(tmp_path: Path) -> None:
    plain, peak = read(tmp_path, PLAIN), read(tmp_path, PLAIN + PEAK)
    elsewhere = hourly_speeds(plain.per_mille, "Europe/Berlin")
    assert len({plain.hash, peak.hash, elsewhere.hash}) == 3
    assert read(tmp_path, PLAIN).hash == plain.hash


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (PLAIN.splitlines()[0] + "\n", "speeds.csv: has no profile 'normal'"),
        (
            PLAIN + "normal,primary,mon-sun,0,24,2,0,here,measured\n",
            "'primary' has the factor 1 with lights and 2 without",
        ),
        (
            PLAIN + "lights,primary,mon-fri,0,24,2,0,here,measured\n",
            "speeds.csv:4: a factor of 'primary' at some hours",
        ),
        (
            PLAIN + "lights,*,sun,0,24,1,30,here,measured\n",
            "speeds.csv:4: seconds added to each run .30. at some hours",
        ),
        (PLAIN + "lights,*,mon-sun,0,24,1,30,here,measured\n", "a run takes 30 s beside the road with lights and 0 s"),
        (PLAIN + "lights,*,sun,3,4,2,0,here,measured\n", "hour 147 of the week takes longer with lights"),
        (PLAIN + "lights,*,mon,0,1,0.0001,0,here,measured\n", "hour 0 of the week has a factor under 0.001"),
    ],
)
def test_a_table_that_gives_no_factor_for_the_network_is_refused(tmp_path: Path, rows: str, words: str) -> None:
    with pytest.raises(InputError, match=words.replace("'", ".")):
        read(tmp_path, rows)
