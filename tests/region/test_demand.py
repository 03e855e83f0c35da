"""A region may have a demand model in place of calls; calls drawn from it say that they were drawn."""

from __future__ import annotations

import math
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from sixpoint.errors import InputError
from sixpoint.region import bundled_region, read_region
from sixpoint.region.demand import DemandModel, draw_calls
from sixpoint.region.draws import Draws
from sixpoint.region.make import draw_region

MODEL = """calls_per_hour = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 6, 6, 6, 6, 1, 1, 1, 1, 1, 1, 1, 0.5]
[mix]
"2301013" = 3
"2301033" = 1
"""
CODES = frozenset(("2301013", "2301033"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = Path(shutil.copytree(bundled_region("riverton"), tmp_path / "riverton"))
    (copy / "calls.csv").unlink()
    (copy / "demand.toml").write_text(MODEL, "utf-8")
    return copy


def draws(seed: int) -> Draws:
    return Draws(np.random.Generator(np.random.PCG64(seed)))


def test_a_region_with_a_demand_model_needs_no_calls(folder: Path) -> None:
    region = read_region(folder, CODES)
    assert region.calls == () and region.demand is not None
    assert region.demand.mix == {"2301013": 3.0, "2301033": 1.0}


def test_without_either_the_calls_are_missing(folder: Path) -> None:
    (folder / "demand.toml").unlink()
    with pytest.raises(InputError, match=r"calls\.csv: the file is missing"):
        read_region(folder)


def test_drawn_calls_come_by_the_hour_and_by_the_mix(folder: Path) -> None:
    region = msgspec.structs.replace(read_region(folder), days=60)
    rows = draw_calls(region, draws(1))
    hours = Counter(int(row["received_at"][11:13]) for row in rows)
    for hour, rate in enumerate(region.demand.calls_per_hour if region.demand else ()):
        assert abs(hours[hour] - 60 * rate) < 5 * math.sqrt(60 * rate), hour
    share = sum(row["dispatch_code"] == "2301013" for row in rows) / len(rows)
    assert share == pytest.approx(0.75, abs=0.03)


def test_calls_fall_along_the_streets_by_their_length(folder: Path) -> None:
    region = msgspec.structs.replace(read_region(folder), days=100)
    rows = draw_calls(region, draws(2))
    in_town = sum(
        abs(float(row["lon_deg"]) + 100.3) < 0.06 and abs(float(row["lat_deg"]) - 41.9) < 0.035 for row in rows
    )
    network = region.network
    inside = (np.abs(network.lon_deg + 100.3) < 0.06) & (np.abs(network.lat_deg - 41.9) < 0.035)
    expected = network.length_m[inside[network.tails()]].sum() / network.length_m.sum()
    assert in_town / len(rows) == pytest.approx(expected, abs=0.03)


def test_a_day_of_23_hours_has_23_hours_of_calls(folder: Path) -> None:
    region = read_region(folder)
    spring = msgspec.structs.replace(
        region, day=region.day.replace(month=3, day=8), demand=DemandModel((50.0,) * 24, {"2301013": 1.0})
    )
    hours = Counter(row["received_at"][11:13] for row in draw_calls(spring, draws(3)))
    assert len(hours) == 23 and "02" not in hours


def test_drawing_gives_a_region_that_says_its_calls_were_drawn(folder: Path, tmp_path: Path) -> None:
    drawn = draw_region(folder, tmp_path / "drawn", 5, call_codes=CODES)
    assert drawn.calls and all("received_at" in call.imputed for call in drawn.calls)
    assert drawn.demand == read_region(folder).demand
    again = draw_region(folder, tmp_path / "again", 5, call_codes=CODES)
    assert again.calls == drawn.calls
    assert draw_region(folder, tmp_path / "other", 6).calls != drawn.calls


def test_a_region_without_a_model_has_nothing_to_draw_from(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no demand model"):
        draw_region(bundled_region("riverton"), tmp_path / "drawn", 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        (lambda text: text.replace("[1, 1,", "[1,"), "demand.toml:1", "24 numbers"),
        (lambda text: text.replace("0.5", "-1"), "demand.toml:1", "24 numbers"),
        (lambda text: text.replace("0.5", '"many"'), "demand.toml:1", "24 numbers"),
        (lambda text: text.replace("= 3", "= 0"), "demand.toml:2", "weights above 0"),
        (lambda text: text.replace("2301033", "911"), "demand.toml:4", "'911' is not a known call type"),
        (lambda text: "season = 1\n" + text, "demand.toml:1", "'season' is not known"),
        (lambda text: text.replace("= 3", "3"), "demand.toml:3", "not TOML"),
        (lambda text: text.partition("[mix]")[0], "demand.toml:1", "'mix' is not a table"),
    ],
)
def test_a_wrong_model_is_named_with_its_line(
    change: Callable[[str], str], where: str, what: str, folder: Path
) -> None:
    (folder / "demand.toml").write_text(change(MODEL), "utf-8")
    with pytest.raises(InputError) as refused:
        read_region(folder, CODES)
    assert any(fault.where == where and what in fault.what for fault in refused.value.faults), refused.value
