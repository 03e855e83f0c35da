"""San Francisco's units on a day: kind and home from the log and the station list, crews imputed from unit type."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from sixpoint.errors import InputError
from sixpoint.region.format import GATES
from sixpoint.region.importers.sf_log import TIMEZONE, Response, median, seconds
from sixpoint.region.model import day_start
from sixpoint.region.write import Cells
from sixpoint.road import great_circle_m
from sixpoint.tables import Faults, decode_text, read_bytes, read_table


class Role(msgspec.Struct, frozen=True):
    """What a unit type is taken to be: kind, kit, crew by level, and whether it works watches of a day from 08:00."""

    kind: str
    kit: str
    crew: tuple[str, ...]
    day_watches: bool


# Crew levels are imputed: the log gives unit type and whether the unit was flagged ALS, nothing about people.
AMBULANCE_ALS: Final = Role("ambulance", "als_ambulance", ("Paramedic", "EMT"), False)
AMBULANCE_BLS: Final = Role("ambulance", "bls_ambulance", ("EMT", "EMT"), False)
ENGINE_ALS: Final = Role("first_response", "als_quick_response", ("Paramedic", "EMT", "EMT", "EMT"), True)
ENGINE_BLS: Final = Role("first_response", "responder_bag", ("EMT", "EMT", "EMT", "EMT"), True)
CAPTAIN: Final = Role("quick_response", "als_quick_response", ("Paramedic",), True)
CAR_ALS: Final = Role("quick_response", "als_quick_response", ("Paramedic",), False)
CAR_BLS: Final = Role("quick_response", "responder_bag", ("EMT",), False)

# A crew that was seen for an hour was on longer: a shift is taken to last eight hours at least.
SHORTEST_SHIFT: Final = timedelta(hours=8)
# Over several days a unit that is not heard of for so long is taken to have changed or gone home: of the 4,238 times
# that an ambulance waited for its next call from 7 to 20 April 2020, 34 lasted 6 to 10 h and 509 longer than that.
OFF_DUTY: Final = timedelta(hours=8)
WATCH_CHANGES_H: Final = 8
IMPUTED_CREDENTIAL: Final = "gate level starts_at ends_at issuer"


def role_of(unit_id: str, unit_type: str, als: bool) -> Role | None:
    """What the unit is taken to be; None if the log leaves open who is on it (chiefs, vans, investigators)."""
    if unit_type in ("ENGINE", "TRUCK", "RESCUE SQUAD"):
        return ENGINE_ALS if als else ENGINE_BLS
    if unit_type == "SUPPORT" and unit_id.startswith("QRV"):
        return CAR_ALS if als else CAR_BLS
    if unit_type == "CHIEF" and unit_id.startswith("BLS"):
        return AMBULANCE_BLS  # reserve ambulances, logged as chiefs: they take patients to hospital
    return {"MEDIC": AMBULANCE_ALS, "PRIVATE": AMBULANCE_BLS, "RESCUE CAPTAIN": CAPTAIN}.get(unit_type)


class Station(msgspec.Struct, frozen=True):
    """A fire station."""

    number: str
    name: str
    lon_deg: float
    lat_deg: float

    @property
    def post_id(self) -> str:
        return f"station-{self.number}"


class Fleet(msgspec.Struct, frozen=True):
    """The rows of posts.csv, units.csv, clinicians.csv, credentials.csv and shifts.csv; and the units left out."""

    posts: list[Cells]
    units: list[Cells]
    clinicians: list[Cells]
    credentials: list[Cells]
    shifts: list[Cells]
    left_out: list[str]


def read_stations(path: Path) -> dict[str, Station]:
    """The fire stations by facility number."""
    try:
        features = json.loads(decode_text(path.name, read_bytes(path, path.name)))["features"]
        stations = {}
        for feature in features:
            lon_deg, lat_deg = feature["geometry"]["coordinates"]
            name = feature["properties"]["common_name"]
            number = name.partition("#")[2].split(" ")[0]
            stations[str(feature["properties"]["facility_id"])] = Station(number, name, lon_deg, lat_deg)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError.one(
            path.name, f"not the list of stations ({error!r})", "Take the file as published."
        ) from None
    return stations


def read_homes(path: Path, stations: dict[str, Station], faults: Faults) -> dict[str, Station]:
    """The home station of each unit that has one."""
    homes = {}
    for row in read_table(path, path.name, ("Unit", "facility_id"), (), faults, foreign=True):
        station = stations.get(row.raw("facility_id"))
        if station is not None:
            homes[row.text("Unit")] = station
    return homes


def fleet_of(
    day: date,
    responses: Sequence[Response],
    stations: dict[str, Station],
    homes: dict[str, Station],
    *,
    days: int = 1,
    log: Sequence[Response] = (),
    before: Sequence[Response] = (),
) -> Fleet:
    """The units seen in those days with posts, crews, credentials and shifts; what was not observed is marked.

    Shifts of several days are parted by what the whole `log` has of a unit. `before` are rows of earlier days: where
    they have the unit, its post (and everybody's turnout) is theirs.
    """
    fleet = Fleet([], [], [], [], [], [])
    by_unit, of_log, earlier = _by_unit(responses), _by_unit(log), _by_unit(before)
    turnout_s = _turnouts(before or responses)
    posts: dict[str, Cells] = {}
    for unit_id, seen in sorted(by_unit.items()):
        role = role_of(unit_id, seen[0].unit_type, any(each.als for each in seen))
        if role is None:
            fleet.left_out.append(f"{unit_id} ({seen[0].unit_type.lower()})")
            continue
        post = _post(unit_id, earlier.get(unit_id, seen)[0], stations, homes)
        posts.setdefault(post["post_id"], post)
        fleet.units.append(
            {
                "unit_id": unit_id,
                "call_sign": unit_id,
                "kind": role.kind,
                "post_id": post["post_id"],
                "transport": "yes" if role.kind == "ambulance" else "no",
                "kit": role.kit,
                "turnout_s": f"{turnout_s.get(seen[0].unit_type, 60.0):.0f}",
                "imputed": "kit" if unit_id in homes else "post_id kit",
            }
        )
        if days > 1 and not role.day_watches:
            watches = _spells(day, days, of_log.get(unit_id, seen))
        else:
            watches = _watches(day, days, seen, role)
        _add_crews(fleet, unit_id, role, watches)
    fleet.posts.extend(posts[post_id] for post_id in sorted(posts))
    return fleet


def _by_unit(responses: Sequence[Response]) -> dict[str, list[Response]]:
    """Each unit's rows in order of dispatch."""
    found: dict[str, list[Response]] = {}
    for each in sorted(responses, key=lambda each: each.dispatch or each.received):
        found.setdefault(each.unit_id, []).append(each)
    return found


def _turnouts(responses: Sequence[Response]) -> dict[str, float]:
    """The middle time from dispatch to response, by unit type, as logged in these responses."""
    found: dict[str, list[float]] = {}
    for each in responses:
        turnout_s = seconds(each.dispatch, each.response)
        if turnout_s is not None:
            found.setdefault(each.unit_type, []).append(turnout_s)
    return {unit_type: median(values) for unit_type, values in found.items()}


def _post(unit_id: str, first: Response, stations: dict[str, Station], homes: dict[str, Station]) -> Cells:
    """The unit's home station, or a street post at the station nearest to its first call of the day (imputed)."""
    home = homes.get(unit_id)
    at = home or min(
        stations.values(),
        key=lambda each: (
            float(great_circle_m(each.lon_deg, each.lat_deg, first.lon_deg, first.lat_deg)),
            each.number,
        ),
    )
    return {
        "post_id": at.post_id if home else f"street-{at.number}",
        "name": at.name if home else f"Street post by {at.name}",
        "kind": "station" if home else "street",
        "lon_deg": f"{at.lon_deg:.6f}",
        "lat_deg": f"{at.lat_deg:.6f}",
        "imputed": "" if home else "name kind lon_deg lat_deg",
    }


def _watches(day: date, days: int, seen: Sequence[Response], role: Role) -> list[tuple[datetime, datetime]]:
    """When the unit is taken to be staffed: day watches from 08:00, or the hours in which the log saw it."""
    midnight = day_start(day, TIMEZONE)
    if role.day_watches:
        change = midnight + timedelta(hours=WATCH_CHANGES_H)
        return [(change + timedelta(days=one - 1), change + timedelta(days=one)) for one in range(days + 1)]
    starts = min(each.dispatch or each.received for each in seen).replace(minute=0, second=0)
    last = max(each.available or each.received for each in seen)
    ends = last.replace(minute=0, second=0) + timedelta(hours=1)
    if ends - starts < SHORTEST_SHIFT:
        ends = starts + SHORTEST_SHIFT
    return [(starts, ends)]


def _spells(day: date, days: int, seen: Sequence[Response]) -> list[tuple[datetime, datetime]]:
    """The shifts of a unit that reach into the days: from dispatch to clearing, parted where it was not heard of."""
    starts, ends = day_start(day, TIMEZONE), day_start(day + timedelta(days=days), TIMEZONE)
    found: list[tuple[datetime, datetime]] = []
    for each in seen:
        first, last = each.dispatch or each.received, each.available or each.received
        if found and first - found[-1][1] < OFF_DUTY:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    whole = []
    for first, last in found:
        begins = first.replace(minute=0, second=0)
        # The next one is as far off as the shortest is long: they do not run into each other.
        over = last.replace(minute=0, second=0) + timedelta(hours=1)
        whole.append((begins, max(over, begins + SHORTEST_SHIFT)))
    return [(begins, over) for begins, over in whole if begins < ends and over > starts]


def _add_crews(fleet: Fleet, unit_id: str, role: Role, watches: list[tuple[datetime, datetime]]) -> None:
    for watch, (starts, ends) in enumerate(watches, start=1):
        for place, level in enumerate(role.crew, start=1):
            clinician_id = f"{unit_id}-{watch}{place}"
            fleet.clinicians.append(
                {
                    "clinician_id": clinician_id,
                    "name": f"{level} {place} of {unit_id}, watch {watch}",
                    "imputed": "name",
                }
            )
            fleet.credentials.extend(
                {
                    "clinician_id": clinician_id,
                    "gate": gate,
                    "level": level,
                    "starts_at": day_start(date(starts.year - 1, 1, 1), TIMEZONE).isoformat(),
                    "ends_at": day_start(date(starts.year + 2, 1, 1), TIMEZONE).isoformat(),
                    "issuer": "imputed",
                    "imputed": IMPUTED_CREDENTIAL,
                }
                for gate in GATES
            )
            fleet.shifts.append(
                {
                    "unit_id": unit_id,
                    "clinician_id": clinician_id,
                    "starts_at": starts.isoformat(),
                    "ends_at": ends.isoformat(),
                    "imputed": "clinician_id starts_at ends_at",
                }
            )
