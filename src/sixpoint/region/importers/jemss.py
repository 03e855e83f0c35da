"""Makes a region of a city model of the Julia package JEMSS (University of Auckland); what it lacks is imputed.

JEMSS knows where ambulances, hospitals and calls are and how long the work takes; it has one kind of crew, no
complaints and no hospital capabilities. Its times are days, its positions degrees.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from sixpoint.errors import InputError
from sixpoint.region.county.day import KINDS
from sixpoint.region.draws import Draws
from sixpoint.region.format import GATES
from sixpoint.region.importers.jemss_calls import JemssCall, drawn_calls, read_calls
from sixpoint.region.importers.sf_complaint import read_titles
from sixpoint.region.make import make_region
from sixpoint.region.model import Region, day_start
from sixpoint.region.write import Cells, Draft, Setting
from sixpoint.road import RoadNetwork, network_tables
from sixpoint.road.jemss import JemssTable, jemss_files, read_jemss, read_jemss_roads
from sixpoint.tables import Faults

# Class numbers of JEMSS: 1 als, 2 bls. Crews are imputed.
CREWS: Final = {
    1: ("als_ambulance", ("Paramedic", "EMT")),
    2: ("bls_ambulance", ("EMT", "EMT")),
}
# JEMSS attaches a place to its nearest node however far it is; its grid city has nodes 1.7 km apart.
SNAP_LIMIT_M: Final = 50_000
# The classes of our title list (data/montgomery_titles.csv) from which a priority's complaint may come.
CLASSES: Final = {1: {"echo", "high"}, 2: {"urgent"}, 3: {"low"}}
EVERYTHING: Final = "stroke stemi trauma burn pediatric obstetric behavioural"

IMPUTED: Final = (
    "calls: dispatch_code, by seed from our invented mix (sixpoint region new) within the call's priority.",
    "units: kit and crew by JEMSS's class (als: paramedic and EMT; bls: EMTs); turnout_s is 0, as JEMSS's default.",
    "clinicians, credentials, shifts: one crew an ambulance for all days, as JEMSS has no shifts; all gates hold.",
    "facilities: every hospital is taken to treat everything, as JEMSS sends every call to the nearest.",
    "timezone, state and day were given to the importer; JEMSS has none.",
)
DRAWN: Final = (
    "calls: time by seed from the city's arrival rates (Poisson, the same all day), place by seed along the streets by "
    "their length (JEMSS's density raster is not read); time on scene, transport and time at hospital are not known."
)


class Where(msgspec.Struct, frozen=True):
    """What a JEMSS city does not say: the day on which its time is zero, its time zone and state."""

    day: date
    timezone: str
    state: str


def import_city(
    folder: Path,
    calls: int | Path,
    where: Where,
    out: Path,
    *,
    seed: int = 1,
    replace: bool = False,
    call_codes: Collection[str] | None = None,
) -> Region:
    """Makes the city's region at `out`, or raises `InputError` and leaves nothing."""
    return make_region(
        out, lambda rng: draft_city(folder, calls, where, rng), seed, replace=replace, call_codes=call_codes
    )


def draft_city(folder: Path, calls: int | Path, where: Where, rng: np.random.Generator) -> Draft:
    """The city as a region with its calls from a file, or that many drawn from its demand; or `InputError`."""
    if not folder.is_dir():
        raise InputError.one(str(folder), "there is no such folder", "Name the folder of a JEMSS city.")
    faults = Faults()
    tables = _tables(folder, faults)
    faults.raise_any()
    network = read_jemss_roads(folder).network()
    draws = Draws(rng)
    if isinstance(calls, Path):
        wanted = read_calls(calls, faults)
    else:
        wanted = drawn_calls(calls, folder, network, draws, faults)
    faults.raise_any()
    if not wanted:
        raise InputError.one(str(calls), "holds no call", "Give at least one.")
    days = math.floor(max(call.arrival_days for call in wanted)) + 1
    midnight = day_start(where.day, where.timezone)
    crews = _crews(tables["ambulances"], midnight, days, faults)
    rows = {
        "posts": _places(tables["stations"], "post_id", "station", faults),
        **crews,
        "facilities": _facilities(tables["hospitals"], faults),
        **_roads(network),
        "calls": _call_rows(wanted, midnight, draws, faults),
    }
    faults.raise_any()
    return Draft(_settings(folder.name, where, days, isinstance(calls, int)), rows)


def _tables(folder: Path, faults: Faults) -> dict[str, JemssTable]:
    files = jemss_files(folder)
    tables: dict[str, JemssTable] = {}
    for name in ("ambulances", "stations", "hospitals"):
        if name in files:
            tables[name] = read_jemss(files[name], folder)[name]
        else:
            faults.add(folder.name, f"no file holds the table '{name}'", "Give the folder of a whole JEMSS city.")
    return tables


def _places(table: JemssTable, key: str, word: str, faults: Faults) -> list[Cells]:
    lon_deg, lat_deg = table.numbers("x", faults).tolist(), table.numbers("y", faults).tolist()
    names = next((table.columns[column] for column in ("name", "Name") if column in table.columns), None)
    return [
        {
            key: f"{word}-{index}",
            "name": (names[row] if names else "") or f"{word.title()} {index}",
            "kind": word,
            "lon_deg": repr(lon_deg[row]),
            "lat_deg": repr(lat_deg[row]),
        }
        for row, index in enumerate(table.columns["index"])
    ]


def _facilities(table: JemssTable, faults: Faults) -> list[Cells]:
    return [
        {**place, "capabilities": EVERYTHING, "open": "yes", "imputed": "capabilities open"}
        for place in _places(table, "facility_id", "hospital", faults)
    ]


def _crews(table: JemssTable, midnight: datetime, days: int, faults: Faults) -> dict[str, list[Cells]]:
    units: list[Cells] = []
    clinicians: list[Cells] = []
    credentials: list[Cells] = []
    shifts: list[Cells] = []
    # The last call of the last day is still being handled after midnight.
    starts, ends = midnight.isoformat(), (midnight + timedelta(days=days + 1)).isoformat()
    before, after = (midnight - timedelta(days=365)).isoformat(), (midnight + timedelta(days=days + 365)).isoformat()
    classes = table.numbers("class", faults).tolist()
    for row, (index, station) in enumerate(zip(table.columns["index"], table.columns["stationIndex"], strict=True)):
        if classes[row] not in CREWS:
            faults.add(
                f"{table.where}:{table.line + row}",
                f"ambulance {index} has class {classes[row]:g}",
                "Write 1 (als) or 2 (bls).",
            )
            continue
        kit, crew = CREWS[int(classes[row])]
        unit_id = f"amb-{index}"
        units.append(
            {
                "unit_id": unit_id,
                "call_sign": f"Ambulance {index}",
                "kind": "ambulance",
                "post_id": f"station-{station}",
                "transport": "yes",
                "kit": kit,
                "turnout_s": "0",
                "imputed": "kit turnout_s",
            }
        )
        for place, level in enumerate(crew, start=1):
            who = f"{unit_id}-{place}"
            clinicians.append({"clinician_id": who, "name": f"{level} {place} of {unit_id}", "imputed": "name"})
            credentials.extend(
                {
                    "clinician_id": who,
                    "gate": gate,
                    "level": level,
                    "starts_at": before,
                    "ends_at": after,
                    "issuer": "imputed",
                    "imputed": "gate level starts_at ends_at issuer",
                }
                for gate in GATES
            )
            shifts.append(
                {
                    "unit_id": unit_id,
                    "clinician_id": who,
                    "starts_at": starts,
                    "ends_at": ends,
                    "imputed": "clinician_id starts_at ends_at",
                }
            )
    return {"units": units, "clinicians": clinicians, "credentials": credentials, "shifts": shifts}


def _roads(network: RoadNetwork) -> dict[str, list[Cells]]:
    nodes, edges = (list(csv.DictReader(io.StringIO(text, newline=""))) for text in network_tables(network))
    return {"nodes": list(nodes), "edges": list(edges)}


def _call_rows(calls: Sequence[JemssCall], midnight: datetime, draws: Draws, faults: Faults) -> list[Cells]:
    titles = read_titles(faults).values()
    mixes = {}
    for priority, classes in CLASSES.items():
        codes = {title.dispatch_code for title in titles if classes & set(title.classes)}
        mixes[priority] = [(kind.code, kind.weight) for kind in KINDS if kind.code in codes]
    rows: list[Cells] = []
    for call in calls:
        mix = mixes.get(call.priority)
        if mix is None:
            faults.add(f"call {call.index}", f"priority is {call.priority}", "JEMSS's priorities are 1, 2 and 3.")
            continue
        rows.append(
            {
                "call_id": call.index,
                "received_at": (midnight + timedelta(days=call.arrival_days)).isoformat(timespec="milliseconds"),
                "lon_deg": repr(call.lon_deg),
                "lat_deg": repr(call.lat_deg),
                "dispatch_code": draws.weighted(mix),
                "imputed": "dispatch_code",
                "on_scene_s": "" if call.on_scene_s is None else f"{call.on_scene_s:.1f}",
                "transport": "" if call.transport is None else "yes" if call.transport else "no",
                "at_hospital_s": "" if call.at_hospital_s is None else f"{call.at_hospital_s:.1f}",
                "note": f"JEMSS priority {call.priority}",
            }
        )
    return rows


def _settings(city: str, where: Where, days: int, drawn: bool) -> dict[str, Setting]:
    return {
        "id": f"jemss-{city.lower()}",
        "name": f"JEMSS model of {city}",
        "state": where.state,
        "timezone": where.timezone,
        "synthetic": True,
        "notice": f"A city model, not a service: the calls of JEMSS's {city} are generated, its ambulances placed by "
        "search. People, complaints and hospital capabilities are imputed and marked.",
        "rulebook": "us-national",
        "overlays": (),
        "day": where.day.isoformat(),
        "days": days,
        # Times of JEMSS's first travel mode are those with lights and sirens.
        "lights_factor": 1.0,
        "snap_limit_m": SNAP_LIMIT_M,
        "sources": ("JEMSS v1.3.6 city model (Apache-2.0); roads from OpenStreetMap (ODbL) except the grid city.",),
        "imputed": (*IMPUTED, DRAWN) if drawn else IMPUTED,
    }
