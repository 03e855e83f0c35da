"""A real day in San Francisco becomes a region: what the log says is kept, what it does not say is marked."""

from __future__ import annotations

import csv
import gzip
import shutil
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import msgspec
import pytest

from sixpoint.errors import InputError
from sixpoint.region import Region
from sixpoint.region.importers import sf, sf_streets
from sixpoint.region.importers.sf import import_day
from sixpoint.region.importers.sf_complaint import priority_class, read_titles
from sixpoint.region.importers.sf_hospitals import capabilities_of
from sixpoint.region.importers.sf_log import LoggedCall, Response
from sixpoint.road import TravelTimes
from sixpoint.tables import Faults

DAY = date(2020, 4, 10)


@pytest.fixture(scope="module")
def region(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Region:
    return import_day(shared / "data", DAY, tmp_path_factory.mktemp("sf") / "day")


@pytest.fixture(scope="module")
def log(shared: Path) -> dict[str, list[dict[str, str]]]:
    """The day's rows by call, read in the plainest way."""
    rows: dict[str, list[dict[str, str]]] = {}
    with gzip.open(shared / "data" / sf.LOG, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["Received DtTm"].startswith("04/10/2020"):
                rows.setdefault(row["Call Number"], []).append(row)
    return rows


def test_every_call_that_the_log_types_as_medical_is_there_once(
    region: Region, log: dict[str, list[dict[str, str]]]
) -> None:
    typed = {
        number for number, rows in log.items() if rows[0]["Call Type"] in ("Medical Incident", "Traffic Collision")
    }
    assert len(log) == 417 and len(typed) == 351
    assert typed <= {call.call_id for call in region.calls}


def test_the_other_calls_are_those_with_a_patient_or_a_life_threat(
    region: Region, log: dict[str, list[dict[str, str]]]
) -> None:
    others = [
        log[call.call_id]
        for call in region.calls
        if log[call.call_id][0]["Call Type"] not in ("Medical Incident", "Traffic Collision")
    ]
    assert len(others) == 3 and len(region.calls) == 354
    for rows in others:
        assert rows[0]["Call Type Group"].endswith(("hreatening",)) or any(row["Transport DtTm"] for row in rows)


def test_calls_keep_the_logs_time_and_place(region: Region, log: dict[str, list[dict[str, str]]]) -> None:
    for call in region.calls:
        row = log[call.call_id][0]
        assert call.received_at.strftime("%m/%d/%Y %I:%M:%S %p") == row["Received DtTm"]
        assert call.received_at.utcoffset() == datetime.fromisoformat("2020-04-10T00:00:00-07:00").utcoffset()
        lat_deg, lon_deg = (float(part) for part in row["Location"].strip("()").split(","))
        assert (call.lon_deg, call.lat_deg) == (pytest.approx(lon_deg, abs=1e-6), pytest.approx(lat_deg, abs=1e-6))


def test_transports_are_those_of_the_log(region: Region, log: dict[str, list[dict[str, str]]]) -> None:
    for call in region.calls:
        rows = log[call.call_id]
        carried = any(row["Transport DtTm"] or row["Hospital DtTm"] for row in rows)
        carried = carried or any(
            "Transport" in row["Call Final Disposition"][:16] for row in rows if "Code" in row["Call Final Disposition"]
        )
        assert call.transport == carried, call.call_id
    assert sum(bool(call.transport) for call in region.calls) == 253


def test_every_complaint_that_was_not_logged_is_marked(region: Region, log: dict[str, list[dict[str, str]]]) -> None:
    for call in region.calls:
        logged = log[call.call_id][0]["Call Type"] == "Traffic Collision"
        assert call.imputed == (() if logged else ("dispatch_code",))
        assert bool(call.note) != logged
    assert any("dispatch_code" in line for line in region.imputed)


def test_the_dead_on_scene_are_taken_as_cardiac_arrests(region: Region, log: dict[str, list[dict[str, str]]]) -> None:
    dead = [call for call in region.calls if log[call.call_id][0]["Call Final Disposition"] == "Medical Examiner"]
    assert dead and {call.dispatch_code for call in dead} == {"2301019"}


def test_units_that_can_be_staffed_are_those_seen_that_day(
    region: Region, log: dict[str, list[dict[str, str]]]
) -> None:
    seen = {(row["Unit ID"], row["Unit Type"]) for rows in log.values() for row in rows}
    kinds = Counter(unit_type for unit_id, unit_type in seen if unit_id in region.units)
    assert kinds == {
        "MEDIC": 35,
        "PRIVATE": 14,
        "ENGINE": 42,
        "TRUCK": 18,
        "RESCUE CAPTAIN": 5,
        "RESCUE SQUAD": 2,
        "SUPPORT": 2,
        "CHIEF": 4,
    }
    left_out = {unit_id for unit_id, _ in seen} - set(region.units)
    assert left_out and all(any(unit_id in line for line in region.imputed) for unit_id in left_out)


def test_an_engine_flagged_als_that_day_has_a_paramedic_and_no_other_engine_has(
    region: Region, log: dict[str, list[dict[str, str]]]
) -> None:
    als = {row["Unit ID"] for rows in log.values() for row in rows if row["ALS Unit"] == "true"}
    noon = region.starts_at.replace(hour=12)
    for unit in region.units.values():
        if unit.kind == "first_response":
            levels = {c.level for clinician in region.crew(unit.unit_id, noon) for c in clinician.credentials}
            assert ("Paramedic" in levels) == (unit.unit_id in als), unit.unit_id


def test_every_unit_is_staffed_whenever_the_log_saw_it_dispatched(
    region: Region, log: dict[str, list[dict[str, str]]]
) -> None:
    for rows in log.values():
        for row in rows:
            if row["Unit ID"] in region.units:
                at = datetime.strptime(row["Dispatch DtTm"], "%m/%d/%Y %I:%M:%S %p").replace(
                    tzinfo=region.starts_at.tzinfo
                )
                assert region.crew(row["Unit ID"], at), (row["Unit ID"], at)


def test_units_with_a_home_wait_there_and_the_others_posts_are_marked(region: Region) -> None:
    assert region.posts[region.units["E07"].post_id].name.startswith("Fire Station #7")
    assert "post_id" not in region.units["E07"].imputed
    assert "post_id" in region.units["53"].imputed
    assert region.posts[region.units["53"].post_id].kind == "street"


def test_hospitals_are_the_open_acute_ones_of_the_city(region: Region) -> None:
    names = " ".join(facility.name for facility in region.facilities.values())
    for left_out in ("LAGUNA HONDA", "LANGLEY PORTER", "KENTFIELD", "JEWISH HOME", "CALIFORNIA EAST", "VA HEALTH"):
        assert left_out not in names
    general = region.facilities["hifld-0039094110"]
    assert {"trauma", "trauma_1"} <= general.capabilities and general.imputed == ("capabilities",)
    assert sum("trauma" in facility.capabilities for facility in region.facilities.values()) == 1


def test_a_hospital_listed_across_town_from_its_address_is_put_where_the_log_knows_its_block(region: Region) -> None:
    saint_francis = next(f for f in region.facilities.values() if f.name.startswith("ST. FRANCIS"))
    assert saint_francis.lat_deg == pytest.approx(37.7896, abs=0.001)
    assert saint_francis.lon_deg == pytest.approx(-122.4171, abs=0.001)
    assert {"lon_deg", "lat_deg"} <= set(saint_francis.imputed)
    assert any("ST. FRANCIS" in line for line in region.imputed)


def test_the_same_seed_gives_the_same_region_and_another_seed_other_complaints(
    shared: Path, tmp_path: Path, region: Region
) -> None:
    again = import_day(shared / "data", "2020-04-10", tmp_path / "again")
    other = import_day(shared / "data", DAY, tmp_path / "other", seed=7)
    assert again.calls == region.calls
    assert [call.dispatch_code for call in other.calls] != [call.dispatch_code for call in region.calls]
    assert [call.received_at for call in other.calls] == [call.received_at for call in region.calls]


def test_an_island_that_the_street_file_lacks_is_joined_by_roads_that_say_they_are_imputed(
    shared: Path, tmp_path: Path
) -> None:
    made = import_day(shared / "data", "2020-04-13", tmp_path / "day")
    assert "imputed" in made.network.classes and any(line.startswith("roads: ") for line in made.imputed)
    assert max(call.snap_m for call in made.calls) < 500
    times = TravelTimes(made.network)
    island = [call.node for call in made.calls if call.lon_deg > -122.38 and call.lat_deg > 37.815]
    assert len(island) == 3
    from_island = times.to_many(made.posts["station-48"].node, island)
    from_mainland = times.to_many(made.posts["station-13"].node, island)
    assert (from_island < 180).all() and (from_mainland > 300).all()


def test_a_day_whose_places_the_street_file_reaches_has_no_imputed_road(region: Region) -> None:
    assert "imputed" not in region.network.classes


def test_a_day_that_the_log_does_not_hold_is_refused_with_the_days_it_holds(shared: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="2020-04-07 to 2020-04-20"):
        import_day(shared / "data", "2021-01-01", tmp_path / "day")
    with pytest.raises(InputError, match="is not a day"):
        import_day(shared / "data", "tomorrow", tmp_path / "day")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "missing", [sf.LOG, sf_streets.NODES, sf_streets.EDGES, sf.STATIONS, sf.HOMES, sf.HOSPITALS, sf.COMPLAINTS]
)
def test_a_missing_file_is_named_and_nothing_is_imported(missing: str, shared: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for file in {sf.LOG, sf_streets.NODES, sf_streets.EDGES, sf.STATIONS, sf.HOMES, sf.HOSPITALS, sf.COMPLAINTS} - {
        missing
    }:
        (data / file).parent.mkdir(parents=True, exist_ok=True)
        (data / file).symlink_to(shared / "data" / file)
    with pytest.raises(InputError, match=Path(missing).name):
        import_day(data, DAY, tmp_path / "region")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_log_row_that_cannot_be_read_is_named_with_its_line(shared: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for folder in ("sf", "poi", "montgomery"):
        shutil.copytree(shared / "data" / folder, data / folder)
        (data / folder).chmod(0o755)
    log = data / sf.LOG
    lines = gzip.decompress(log.read_bytes()).decode().splitlines(keepends=True)
    lines[4] = lines[4].replace("04/07/2020 11:", "07.04.2020 23:")
    log.chmod(0o644)
    log.write_bytes(gzip.compress("".join(lines).encode()))
    with pytest.raises(InputError) as refused:
        import_day(data, DAY, tmp_path / "region")
    assert {fault.where for fault in refused.value.faults} == {f"{log.name}:5"}


def response(**changed: object) -> Response:
    at = datetime.fromisoformat("2020-04-10T08:00:00-07:00")
    plain = Response(
        call_number="1",
        unit_id="E01",
        unit_type="ENGINE",
        als=False,
        call_type="Alarms",
        group="Alarm",
        disposition="Fire",
        priorities=("3", "3", "3"),
        address="",
        zip_code="",
        lon_deg=-122.4,
        lat_deg=37.8,
        received=at,
        dispatch=at,
        response=None,
        on_scene=None,
        transport=None,
        hospital=None,
        available=None,
    )
    return msgspec.structs.replace(plain, **changed)


NOON = datetime.fromisoformat("2020-04-10T12:00:00-07:00")


@pytest.mark.parametrize(
    ("changed", "medical", "transported"),
    [
        ({}, False, False),
        ({"call_type": "Medical Incident", "group": ""}, True, False),
        ({"call_type": "Traffic Collision"}, True, False),
        ({"group": "Potentially Life-Threatening"}, True, False),
        ({"group": "Non Life-threatening"}, True, False),
        ({"disposition": "Against Medical Advice"}, True, False),
        ({"disposition": "Medical Examiner"}, True, False),
        ({"disposition": "Code 3 Transport"}, True, True),
        ({"transport": NOON}, True, True),
        ({"call_type": "Medical Incident", "hospital": NOON}, True, True),
    ],
)
def test_what_is_medical_and_what_is_a_transport_follow_the_stated_rule(
    changed: dict[str, object], medical: bool, transported: bool
) -> None:
    call = LoggedCall((response(**changed), response(unit_id="E02")))
    assert (call.is_medical, call.transported) == (medical, transported)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"priorities": ("2", "E", "3")}, "echo"),
        ({"priorities": ("2", "2", "2"), "group": "Potentially Life-Threatening"}, "high"),
        ({"priorities": ("B", "3", "3"), "group": "Non Life-threatening"}, "urgent"),
        ({"priorities": ("B", "2", "2"), "group": "Non Life-threatening"}, "low"),
    ],
)
def test_the_priority_class_is_the_gravest_that_the_log_gives(changed: dict[str, object], expected: str) -> None:
    assert priority_class(LoggedCall((response(**changed),))) == expected


def test_every_title_of_the_mix_is_mapped_or_left_out_on_purpose() -> None:
    faults = Faults()
    titles = read_titles(faults)
    assert not faults.found
    assert {title.dispatch_code for title in titles.values()} >= {"2301019", "2301067", "2301033"}


@pytest.mark.parametrize(
    ("trauma", "beds", "expected"),
    [
        ("LEVEL I", 375, {"stroke", "stemi", "obstetric", "behavioural", "trauma", "trauma_1", "burn", "pediatric"}),
        ("LEVEL II", 100, {"trauma", "trauma_2"}),
        ("LEVEL III, LEVEL III PEDIATRIC", 50, {"trauma", "trauma_3"}),
        ("LEVEL IV", 10, {"trauma", "trauma_4"}),
        ("LEVEL II PEDIATRIC", 10, set()),
        ("NOT AVAILABLE", 200, {"stroke", "stemi", "obstetric", "behavioural"}),
        ("NOT AVAILABLE", -999, set()),
    ],
)
def test_what_a_hospital_can_treat_follows_the_stated_rule(trauma: str, beds: float, expected: set[str]) -> None:
    assert set(capabilities_of(trauma, beds)) == expected
