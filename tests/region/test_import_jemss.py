"""A JEMSS city model becomes a region: its places and calls are kept, what JEMSS does not know is marked."""

from __future__ import annotations

import csv
import gzip
from datetime import date, timedelta
from pathlib import Path

import pytest

from sixpoint.errors import InputError
from sixpoint.region import Region
from sixpoint.region.importers.jemss import Where, import_city

NEW_YORK = Where(date(2026, 1, 5), "America/New_York", "NY")


@pytest.fixture(scope="module")
def manhattan(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Region:
    return import_city(shared / "data/jemss/manhattan", 500, NEW_YORK, tmp_path_factory.mktemp("jemss") / "manhattan")


def test_places_and_roads_are_those_of_the_city(manhattan: Region) -> None:
    assert (len(manhattan.posts), len(manhattan.facilities), len(manhattan.units)) == (8, 10, 12)
    assert manhattan.network.node_count == 16_811 and manhattan.network.arc_count == 24_437
    assert manhattan.units["amb-9"].post_id == "station-7"
    assert manhattan.facilities["hospital-9"].name == "Hospital 9"  # its name is a remark beyond the header


def test_travel_is_that_with_lights_and_sirens(manhattan: Region) -> None:
    assert manhattan.lights_factor == 1.0
    assert 0 < float(manhattan.network.time_s.min()) < float(manhattan.network.time_s.max()) < 3600


def test_drawn_calls_come_at_the_citys_rate_and_mix(manhattan: Region) -> None:
    hours = (manhattan.calls[-1].received_at - manhattan.starts_at) / timedelta(hours=1)
    assert len(manhattan.calls) / hours == pytest.approx(18.8, rel=0.15)
    high = sum(call.note.endswith("priority 1") for call in manhattan.calls)
    assert high / len(manhattan.calls) == pytest.approx(0.42, abs=0.07)
    assert manhattan.days == 2
    assert any("Poisson" in line for line in manhattan.imputed)


def test_what_jemss_does_not_know_is_marked(manhattan: Region) -> None:
    assert all("dispatch_code" in call.imputed for call in manhattan.calls)
    assert all("kit" in unit.imputed for unit in manhattan.units.values())
    assert all("capabilities" in facility.imputed for facility in manhattan.facilities.values())
    assert manhattan.synthetic and "imputed" in manhattan.notice


def test_calls_of_a_jemss_file_are_kept_to_the_millisecond(shared: Path, tmp_path: Path) -> None:
    city = shared / "data/jemss/grid"
    made = import_city(city, city / "input/calls.csv", Where(date(2026, 1, 5), "UTC", "ZZ"), tmp_path / "grid")
    lines = (city / "input/calls.csv").read_text("utf-8").splitlines()
    rows = list(csv.DictReader(lines[5:]))[:2000]
    by_id = {call.call_id: call for call in made.calls}
    assert len(by_id) == 2000
    for row in rows:
        call = by_id[row["index"]]
        after = call.received_at - made.starts_at
        assert after.total_seconds() == pytest.approx(float(row["arrivalTime"]) * 86_400, abs=0.001)
        assert (call.lon_deg, call.lat_deg) == (float(row["x"]), float(row["y"]))
        assert call.on_scene_s == pytest.approx(float(row["onSceneDuration"]) * 86_400, abs=0.06)
        assert call.transport == (row["transport"] == "1")


def test_calls_of_a_plain_table_are_read_too(shared: Path, tmp_path: Path) -> None:
    city = shared / "data/jemss/manhattan"
    with gzip.open(city / "reference/calls_none_first30000.csv.gz", "rt", encoding="utf-8") as file:
        (tmp_path / "calls.csv").write_text("".join(next(file) for _ in range(101)), "utf-8")
    made = import_city(city, tmp_path / "calls.csv", NEW_YORK, tmp_path / "manhattan")
    assert len(made.calls) == 100
    assert made.calls[0].on_scene_s == pytest.approx(0.004198144664019228 * 86_400, abs=0.06)


@pytest.mark.parametrize(
    ("city", "calls", "words"),
    [
        ("nowhere", 10, "there is no such folder"),
        ("grid", 10, "Give a file of calls: --calls FILE"),
        ("grid", Path("no-such-calls.csv"), "no-such-calls.csv: cannot be read"),
        ("grid", Path("stations.csv"), "column 'priority' is missing"),
        ("manhattan", 0, "holds no call"),
    ],
)
def test_what_cannot_be_imported_is_named_and_nothing_is_left(
    city: str, calls: int | Path, words: str, shared: Path, tmp_path: Path
) -> None:
    folder = shared / "data/jemss" / city
    wanted = folder / "input" / calls if isinstance(calls, Path) else calls
    with pytest.raises(InputError) as refused:
        import_city(folder, wanted, NEW_YORK, tmp_path / "city")
    assert words in str(refused.value)
    assert list(tmp_path.iterdir()) == []
