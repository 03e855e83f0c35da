"""Makes a region of a real day in San Francisco: calls, streets, stations, units and hospitals as published."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from sixpoint.errors import InputError
from sixpoint.region.draws import Draws
from sixpoint.region.format import SNAP_LIMIT_M
from sixpoint.region.importers.sf_complaint import Mix, complaint_of, read_mix
from sixpoint.region.importers.sf_fleet import fleet_of, read_homes, read_stations
from sixpoint.region.importers.sf_hospitals import read_hospitals
from sixpoint.region.importers.sf_log import TIMEZONE, LoggedCall, Response, calls_of, read_log, seconds
from sixpoint.region.importers.sf_streets import (
    DETOUR,
    EDGES,
    IMPUTED_CLASS,
    IMPUTED_MPH,
    NODES,
    reaching,
    read_streets,
)
from sixpoint.region.make import make_region
from sixpoint.region.model import Region
from sixpoint.region.write import Cells, Draft, Setting
from sixpoint.tables import Faults

LOG: Final = "sf/sffd_calls_20200407_20200420.csv.gz"
STATIONS: Final = "sf/sf_fire_stations.geojson"
HOMES: Final = "sf/unit_to_station.csv"
HOSPITALS: Final = "poi/hifld_hospitals_us.csv.gz"
COMPLAINTS: Final = "montgomery/911_montgomery_pa_2015-12_2016-08.zip"

DEFAULT_SEED: Final = 1
# Real engine runs take about 1.9 times the free-flow time at posted speed (measured on these data).
LIGHTS_FACTOR: Final = 1.9

SOURCES: Final = (
    "Calls, streets, stations, homes of units: City and County of San Francisco, DataSF (calls: nuek-vuh3), ODC-PDDL.",
    "Hospitals: Homeland Infrastructure Foundation-Level Data, US government, public domain.",
    "Mix of complaints: Montgomery County, Pennsylvania, 911 calls December 2015 to August 2016, ODbL.",
)
IMPUTED: Final = (
    "calls: dispatch_code, by seed from Montgomery County's mix within the call's priority class (echo: ever priority "
    "E; high: potentially life-threatening; urgent: final priority 3; low: the rest); traffic is as logged; Medical "
    "Examiner is taken as cardiac arrest; calls without a group that only a van or reserve unit answered as transfers.",
    "posts: units without a home station are posted at the station nearest to their first call of the day.",
    "units: kit by unit type and ALS flag. turnout_s is observed: the middle time from dispatch to response that day.",
    "clinicians, credentials: crews by unit type and ALS flag (MEDIC: paramedic and EMT; PRIVATE and reserve "
    "ambulances: EMTs; engines, trucks, squads: EMTs, one paramedic if flagged ALS on any row of the day; rescue "
    "captains and ALS quick response: a paramedic); all four gates taken to hold.",
    "shifts: engines, trucks, squads and captains work days from 08:00; all others from the hour of their first "
    "dispatch to the hour of their last clearing, at least eight hours.",
    "facilities: stroke, stemi, obstetric, behavioural where there are 200 beds; burn and pediatric at the trauma "
    "centre of level I; trauma is as listed.",
    "lights_factor: one factor for the whole city and day.",
)


SEVERAL_DAYS: Final = (
    "shifts over several days: of units that do not work day watches, from the hour of a dispatch to the hour of a "
    "clearing, at least eight hours; a shift ends where the unit is not heard of for eight hours. Posts, kits, crews: "
    "where the lines above say that day, it is those days."
)


def import_day(
    data: Path,
    day: date | str,
    out: Path,
    *,
    days: int = 1,
    seed: int = DEFAULT_SEED,
    replace: bool = False,
    call_codes: Collection[str] | None = None,
    before: date | None = None,
) -> Region:
    """Makes the region of the days at `out` from the folder of published data, or raises `InputError`, leaving nothing.

    With `before` posts and turnouts are those of the days from then up to `day`, so that nothing else is learnt there.
    """
    try:
        wanted = date.fromisoformat(day) if isinstance(day, str) else day
    except ValueError:
        raise InputError.one("day", f"'{day}' is not a day", "Write it like 2020-04-10.") from None
    return make_region(
        out, lambda rng: draft_days(data, wanted, days, rng, before), seed, replace=replace, call_codes=call_codes
    )


def draft_days(data: Path, day: date, days: int, rng: np.random.Generator, before: date | None = None) -> Draft:
    """The region of the days from the folder of published data; `InputError` names every fault of the files."""
    _refuse_without_data(data)
    faults = Faults()
    responses = read_log(data / LOG, faults)
    stations = read_stations(data / STATIONS)
    homes = read_homes(data / HOMES, stations, faults)
    mix = read_mix(data / COMPLAINTS, faults)
    hospitals = read_hospitals(data / HOSPITALS, responses, faults)
    published = read_streets(data, faults)
    faults.raise_any()
    wanted = [day + timedelta(days=one) for one in range(days)]
    logged = [call for one in wanted for call in calls_of(responses, one)]
    calls = [call for call in logged if call.is_medical]
    if not calls:
        known = sorted({each.received.date() for each in responses})
        span = f"{known[0].isoformat()} to {known[-1].isoformat()}" if known else "none"
        raise InputError.one(LOG, f"no medical call was received on {day.isoformat()}", f"Days in the log: {span}.")
    earlier = [each for each in responses if before is not None and before <= each.received.date() < day]
    rows_of_units = [each for call in logged for each in call.responses]
    fleet = fleet_of(day, rows_of_units, stations, homes, days=days, log=responses, before=earlier)
    rows = call_rows(calls, mix, Draws(rng))
    places = [(float(row["lon_deg"]), float(row["lat_deg"])) for row in (*fleet.posts, *hospitals.rows, *rows)]
    streets = reaching(published, places)
    roads_imputed = len(streets.nodes) - len(published.nodes)
    return Draft(
        _settings(
            day, days, len(logged), calls, [*hospitals.corrected, *_imputed_roads(roads_imputed)], fleet.left_out
        ),
        {
            "posts": fleet.posts,
            "units": fleet.units,
            "clinicians": fleet.clinicians,
            "credentials": fleet.credentials,
            "shifts": fleet.shifts,
            "facilities": hospitals.rows,
            "nodes": streets.nodes,
            "edges": streets.edges,
            "calls": rows,
        },
    )


def _refuse_without_data(data: Path) -> None:
    """Names every file that is not in the folder, and the folder that was looked in."""
    needed = (LOG, STATIONS, HOMES, HOSPITALS, COMPLAINTS, NODES, EDGES)
    missing = [name for name in needed if not (data / name).is_file()]
    if missing:
        raise InputError.one(
            str(data.resolve()),
            f"San Francisco's published data are not in this folder: it has no {', '.join(missing)}",
            "Name the folder that holds sf/, poi/ and montgomery/ with --data; for `make demo` give SHARED=FOLDER, for "
            "`sixpoint demo` --shared FOLDER, the folder in which that one is called data.",
        )


def call_rows(calls: list[LoggedCall], mix: Mix, draws: Draws) -> list[Cells]:
    """calls.csv: what is observed as logged, the complaint drawn and marked."""
    return [_call_row(call, mix, draws) for call in calls]


def _call_row(call: LoggedCall, mix: Mix, draws: Draws) -> Cells:
    complaint = complaint_of(call, mix, draws)
    leading = _leading(call)
    left = leading.transport if call.transported else leading.available
    on_scene_s = seconds(leading.on_scene, left)
    at_hospital_s = seconds(leading.hospital, leading.available) if call.transported else None
    return {
        "call_id": call.first.call_number,
        "received_at": call.first.received.isoformat(),
        "lon_deg": f"{call.first.lon_deg:.6f}",
        "lat_deg": f"{call.first.lat_deg:.6f}",
        "dispatch_code": complaint.dispatch_code,
        "caller": "",
        "imputed": "dispatch_code" if complaint.imputed else "",
        "on_scene_s": "" if on_scene_s is None else f"{on_scene_s:.0f}",
        "transport": "yes" if call.transported else "no",
        "at_hospital_s": "" if at_hospital_s is None else f"{at_hospital_s:.0f}",
        "note": complaint.note,
    }


def _leading(call: LoggedCall) -> Response:
    """The unit whose times stand for the patient's: the one that carried, else the one that was there longest."""
    carried = [each for each in call.responses if each.transport is not None]
    if carried:
        return carried[0]
    return max(call.responses, key=lambda each: seconds(each.on_scene, each.available) or -1.0)


def _imputed_roads(count: int) -> list[str]:
    if not count:
        return []
    return [
        f"roads: {count} places lie more than {SNAP_LIMIT_M:g} m from any street of the file (Treasure Island is not "
        f"in it); each is joined by a straight road of class '{IMPUTED_CLASS}', {DETOUR:g} times as long as the "
        f"straight line, at {IMPUTED_MPH} mph."
    ]


def _settings(
    day: date, days: int, logged: int, calls: list[LoggedCall], corrected: list[str], left_out: list[str]
) -> dict[str, Setting]:
    until = "" if days == 1 else f" to {(day + timedelta(days=days - 1)).isoformat()}"
    received = f"received from {day.isoformat()}{until}" if until else "received that day"
    return {
        "id": f"sf-{day.isoformat()}" + ("" if days == 1 else f"-{days}-days"),
        "name": "San Francisco",
        "state": "CA",
        "timezone": TIMEZONE,
        "synthetic": False,
        "notice": f"Real calls, streets, stations, units and hospitals: {len(calls)} medical of {logged} calls "
        f"{received}. Crew levels, credentials, complaints and hospital capabilities were not published: "
        "they are imputed and marked.",
        "rulebook": "us-national",
        "overlays": (),
        "day": day.isoformat(),
        **({} if days == 1 else {"days": days}),
        "lights_factor": LIGHTS_FACTOR,
        "sources": SOURCES,
        "imputed": (
            *(IMPUTED if days == 1 else (*IMPUTED, SEVERAL_DAYS)),
            *corrected,
            f"units left out, because the log leaves open who is on them: {', '.join(left_out) or 'none'}.",
        ),
    }
