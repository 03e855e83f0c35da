"""A call put to a region's service at an hour is answered as the running service answers it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from sixpoint.cli.run_time import instant_in
from sixpoint.dispatch import Choice, Destination, Policy, choose, load_call_types
from sixpoint.errors import InputError
from sixpoint.ops import Facility, Place
from sixpoint.ops.events import DestinationChosen, UnitsRecommended
from sixpoint.plan import pace
from sixpoint.region import Call, Region, bundled_region, read_region
from sixpoint.road import great_circle_m
from sixpoint.road.hourly import read_hourly
from sixpoint.service.engine import Engine, read_events
from sixpoint.service.opening import world_of
from sixpoint.service.rehearsal.day import Day
from sixpoint.service.standby import OFF_DUTY, OUT_OF_SERVICE, Scene, Standby, call_at, scene_in
from sixpoint.store import MemoryLog

ARREST, CHEST_PAIN, FALL, BACK_PAIN, BURNS = "2301019", "2301021", "2301033", "2301011", "2301015"
NEAR_THE_FIELD, ALDER_FLAT, NORTH_FORK = (-100.2743, 41.9144), (-100.4141, 41.9441), (-100.2407, 41.9729)


@pytest.fixture(scope="module")
def riverton() -> Region:
    return read_region(bundled_region("riverton"), load_call_types().codes)


def asked(
    region: Region,
    code: str,
    place: tuple[float, float] = NEAR_THE_FIELD,
    hour: str = "15:00",
    policy: Policy | None = None,
    *,
    out_of_service: tuple[str, ...] = (),
    closed: tuple[str, ...] = (),
) -> Standby:
    at, scene = instant_in(region, hour), scene_in(region, *place)
    return call_at(region, policy or Policy(), at, scene, code, out_of_service=out_of_service, closed=closed)


def answer(standby: Standby) -> Choice:
    return choose(standby.call_type, standby.candidates(), standby.skill_index, standby.world.policy)


def first_of_the_day(region: Region, code: str, scene: Scene, at: datetime, policy: Policy) -> Choice:
    """What the service recommends first in a day of which this is the only call, taken so that it decides then."""
    day = of_one_call(region, code, scene, at, policy)
    while (next_ms := day.next_ms()) is not None and next_ms <= at.timestamp() * 1000:
        day.step()
    return next(one.choice for one in read_events(day.engine.log) if isinstance(one, UnitsRecommended))


def of_one_call(region: Region, code: str, scene: Scene, at: datetime, policy: Policy) -> Day:
    received_at = (at.astimezone(UTC) - timedelta(seconds=pace.CALL_TAKING_S)).astimezone(at.tzinfo)
    call = Call("one", received_at, scene.lon_deg, scene.lat_deg, code, "caller", scene.node, scene.snap_m)
    day = Day(replace(region, calls=(call,)), Engine(MemoryLog(), world_of(region, policy)), seed=6)
    day.open()
    return day


@pytest.mark.parametrize("place", [NEAR_THE_FIELD, ALDER_FLAT, NORTH_FORK])
@pytest.mark.parametrize(
    ("code", "hour"), [(ARREST, "15:00"), (CHEST_PAIN, "03:00"), (FALL, "19:00"), (BURNS, "12:00")]
)
def test_the_answer_is_the_first_recommendation_of_a_day_run_with_that_call_at_that_instant(
    riverton: Region, code: str, hour: str, place: tuple[float, float]
) -> None:
    standby = asked(riverton, code, place, hour)
    found = answer(standby)
    assert found.sent
    assert found == first_of_the_day(riverton, code, scene_in(riverton, *place), standby.at, Policy())


def test_it_is_so_too_where_cover_is_weighed_and_where_speeds_go_by_the_hour(riverton: Region) -> None:
    policy = Policy(weigh_cover=True)
    by_hour = replace(riverton, speeds=read_hourly(None, riverton.timezone))
    for region, hour in ((riverton, "12:00"), (by_hour, "08:00"), (by_hour, "03:00")):
        standby = asked(region, BACK_PAIN, ALDER_FLAT, hour, policy)
        scene = scene_in(region, *ALDER_FLAT)
        found = answer(standby)
        assert found == first_of_the_day(region, BACK_PAIN, scene, standby.at, policy)
        assert found.cover_cost != round(found.cover_cost), "the cover of other calls is weighed"
    times = [asked(by_hour, ARREST, ALDER_FLAT, hour).unit("A11").drive_s for hour in ("08:00", "03:00")]
    assert times[0] != times[1], "the hour counts"


def test_the_destination_is_the_one_to_which_the_running_service_takes_that_patient(riverton: Region) -> None:
    for place in (NEAR_THE_FIELD, ALDER_FLAT):
        standby = asked(riverton, CHEST_PAIN, place, "10:00")
        day = of_one_call(riverton, CHEST_PAIN, scene_in(riverton, *place), standby.at, Policy())
        day.run()
        chosen = next(one.destination for one in read_events(day.engine.log) if isinstance(one, DestinationChosen))
        assert standby.destination() == chosen


def test_the_time_of_a_unit_is_its_turnout_and_its_drive_with_or_without_lights(riverton: Region) -> None:
    region = replace(riverton, lights_factor=0.8)
    drives = {}
    for code, lights in ((ARREST, True), (BACK_PAIN, False)):
        standby = asked(region, code)
        for one in standby.candidates():
            unit = standby.unit(one.unit_id)
            assert unit.turnout_s + unit.drive_s == pytest.approx(one.eta_s, abs=1e-9) and unit.lights is lights
            assert unit.post == region.posts[region.units[one.unit_id].post_id].name
        drives[lights] = standby.unit("A41").drive_s
    assert drives[True] == pytest.approx(0.8 * drives[False], abs=0.001)


def test_who_is_on_a_unit_is_who_works_there_at_that_hour(riverton: Region) -> None:
    for hour in ("03:00", "15:00"):
        standby = asked(riverton, ARREST, hour=hour)
        on_duty = {unit_id for unit_id in riverton.units if riverton.crew(unit_id, standby.at)}
        assert {one.unit_id for one in standby.candidates()} == on_duty
        assert set(standby.unmanned) == set(riverton.units) - on_duty
        assert set(standby.unmanned.values()) <= {OFF_DUTY}
    assert asked(riverton, ARREST, hour="03:00").unit("A11").levels == ("Paramedic", "EMT")


def test_what_nobody_observed_of_a_crew_is_told_of_the_crew_of_that_hour_alone(riverton: Region) -> None:
    night = instant_in(riverton, "03:00")
    shifts = tuple(replace(one, imputed=("clinician_id",)) if one.covers(night) else one for one in riverton.shifts)
    region = replace(riverton, shifts=shifts)
    assert asked(region, FALL, hour="03:00").unit("A11").imputed == ("clinician_id",)
    assert asked(region, FALL, hour="15:00").unit("A11").imputed == ()


def test_a_unit_out_of_service_is_not_sent_and_another_is(riverton: Region) -> None:
    sent = [one.unit_id for one in answer(asked(riverton, FALL)).sent]
    without = asked(riverton, FALL, out_of_service=(sent[0],))
    assert without.unmanned[sent[0]] == OUT_OF_SERVICE
    choice = answer(without)
    assert choice.sent and sent[0] not in {one.unit_id for one in (*choice.sent, *choice.passed_over)}


def test_a_closed_facility_is_on_diversion(riverton: Region) -> None:
    assert asked(riverton, BACK_PAIN).destination().facility_id == "general"
    closed: Destination = asked(riverton, BACK_PAIN, closed=("general", "general")).destination()
    assert closed.facility_id == "st-brigid" and closed.passed_over[0].because == ("closed or on diversion",)


def test_a_clinic_next_door_is_no_destination_even_when_no_hospital_is_open(riverton: Region) -> None:
    beside = replace(riverton.facilities["general"], facility_id="clinic", kind="clinic", node=0)
    scene = (riverton.network.lon_deg.item(0), riverton.network.lat_deg.item(0))
    region = replace(riverton, facilities=dict(riverton.facilities) | {"clinic": beside})
    for closed in ((), ("general", "st-brigid")):
        found = asked(region, BACK_PAIN, scene, closed=closed).destination()
        assert found.facility_id in ("general", "st-brigid") and found.override is bool(closed)
        assert found.passed_over[0].facility_id == "clinic"
        assert found.passed_over[0].because == ("has no emergency department",)


def test_a_facility_that_is_said_to_be_a_hospital_is_one() -> None:
    named = Facility("H", "Hospital", Place(0.0, 0.0, 0), (), is_open=True)
    assert named.has_emergency_department
    assert replace(named, kind="hospital").has_emergency_department
    assert not replace(named, kind="clinic").has_emergency_department


def test_what_is_suspected_decides_where_to_in_place_of_the_type_of_call(riverton: Region) -> None:
    burns = replace(riverton.facilities["st-brigid"], capabilities=frozenset({"burn"}))
    region = replace(riverton, facilities=dict(riverton.facilities) | {"st-brigid": burns})
    standby = asked(region, BACK_PAIN)
    assert standby.destination().facility_id == "general"
    assert standby.destination("burn").facility_id == "st-brigid"


def test_a_crew_that_may_not_practise_does_not_sign_on_and_why_is_said(riverton: Region) -> None:
    (first, *_) = riverton.crew("A31", instant_in(riverton, "15:00"))
    lapsed = replace(first, credentials=())
    region = replace(riverton, clinicians=dict(riverton.clinicians) | {first.id: lapsed})
    standby = asked(region, FALL)
    assert f"clinician {first.id} may practise at no level" in standby.unmanned["A31"]
    assert "A31" not in {one.unit_id for one in standby.candidates()}


def test_with_nobody_on_duty_the_call_waits_and_the_destination_still_stands(riverton: Region) -> None:
    standby = asked(replace(riverton, shifts=()), FALL)
    assert answer(standby).queued == "no unit is free"
    assert standby.destination().facility_id == "general"
    assert asked(replace(riverton, units={}, shifts=()), FALL).destination() == standby.destination()


def test_a_scene_farther_from_every_road_than_the_regions_limit_is_refused_with_the_distance(riverton: Region) -> None:
    network = riverton.network
    off_m = great_circle_m(-100.5, 41.9, network.lon_deg, network.lat_deg).min()
    assert scene_in(riverton, -100.5, 41.9).snap_m == pytest.approx(off_m)
    near = replace(riverton, snap_limit_m=400.0)
    with pytest.raises(
        InputError, match=rf"lies {off_m:,.0f} m from the nearest road of Riverton County, more than 400 m"
    ):
        scene_in(near, -100.5, 41.9)


def test_the_limit_is_the_one_that_the_folder_names(tmp_path: Path) -> None:
    folder = tmp_path / "county"
    folder.symlink_to(bundled_region("riverton"))
    assert read_region(folder).snap_limit_m == 500.0
    folder.unlink()
    (folder / "road").mkdir(parents=True)
    for file in bundled_region("riverton").rglob("*.*"):
        (folder / file.relative_to(bundled_region("riverton"))).write_bytes(file.read_bytes())
    manifest = folder / "region.toml"
    manifest.write_text(manifest.read_text("utf-8") + "snap_limit_m = 750\n", "utf-8")
    assert read_region(folder).snap_limit_m == 750.0


def test_units_and_facilities_that_the_region_has_not_are_refused_together(riverton: Region) -> None:
    with pytest.raises(
        InputError, match=r"--out-of-service: there is no unit 'X9' [\s\S]*--closed: there is no facility 'mercy' "
    ):
        asked(riverton, FALL, out_of_service=("X9", "A11"), closed=("mercy",))


def test_an_hour_is_local_time_of_one_of_the_regions_days(riverton: Region) -> None:
    two_days = replace(riverton, days=2)
    assert instant_in(riverton, "8:30").isoformat() == "2026-05-15T08:30:00-05:00"
    assert instant_in(two_days, "2026-05-16T23:59").isoformat() == "2026-05-16T23:59:00-05:00"
    with pytest.raises(InputError, match=r"2026-05-16 is not a day of Riverton County\. Write it like 08:30\."):
        instant_in(riverton, "2026-05-16T08:30")
    spring = replace(riverton, day=datetime(2026, 3, 8, tzinfo=UTC).date())
    with pytest.raises(InputError, match="there is no 02:30 on that day: clocks go forward"):
        instant_in(spring, "02:30")
    assert instant_in(spring, "03:30").isoformat() == "2026-03-08T03:30:00-05:00"
