"""Reads a region's folder: everything that is wrong is named at once, and nothing half-read is returned."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from sixpoint.errors import Fault, InputError, OutOfForceError
from sixpoint.region.demand import read_demand
from sixpoint.region.format import MANIFEST, TABLES
from sixpoint.region.manifest import Manifest, read_manifest
from sixpoint.region.model import Region, day_start
from sixpoint.region.people import check_gates, read_people, read_shifts
from sixpoint.region.places import on_network, read_aeds, read_calls, read_facilities, read_posts
from sixpoint.region.rows import is_unread, table_path
from sixpoint.region.stock import read_stock
from sixpoint.region.units import check_staffed, read_units
from sixpoint.road import RoadNetwork, Snapper, read_network
from sixpoint.road.hourly import HourlySpeeds, read_hourly
from sixpoint.scope import Rulebook, load_rulebook
from sixpoint.tables import Faults

# What cannot be checked when a table cannot be read.
DEPENDENTS: Final = {
    "posts": "the posts of units",
    "units": "shifts",
    "clinicians": "credentials and shifts",
    "credentials": "who may work a shift",
    "shifts": "crews of units",
    "nodes": "edges and the places",
    "edges": "the places",
}
OWN_SPEEDS: Final = "sixpoint"


def read_region(folder: Path, call_codes: Collection[str] | None = None) -> Region:
    """The region in `folder`, whole and checked.

    `call_codes` are the dispatch codes that somebody knows how to answer; `None` leaves them unchecked. Raises
    `InputError` naming every fault with file, line and remedy.
    """
    faults = Faults()
    if not folder.is_dir():
        raise InputError.one(str(folder), "there is no such folder", "Name a folder with a region.toml in it.")
    manifest = read_manifest(folder, faults)
    if manifest is None:
        raise InputError(_told_once(faults.found, MANIFEST, "the tables were not checked"))
    rules = _rules(folder, manifest, faults) if not manifest.unsound & {"rulebook", "overlays"} else None
    days = _days(manifest) if not manifest.unsound & {"day", "days", "timezone"} else None
    if rules and days:
        _check_in_force(manifest, rules, days, faults)

    posts, post_ids = read_posts(folder, faults)
    units, unit_ids = read_units(folder, post_ids, rules, faults)
    units = read_stock(folder, units, unit_ids, rules, manifest.timezone, faults)
    pathways = _pathways(folder, manifest, faults)
    people, clinician_ids = read_people(folder, rules, faults)
    shifts = read_shifts(folder, unit_ids, clinician_ids, faults)
    facilities, facility_ids = read_facilities(folder, faults)
    aeds, aed_ids = read_aeds(folder, faults)
    demand = read_demand(folder, call_codes, faults)
    calls, call_ids = read_calls(folder, call_codes, days, faults, needed=demand is None)
    if days is not None:
        if not is_unread("shifts", faults):
            check_staffed(unit_ids, shifts, *days, faults)
        if rules is not None and not any(is_unread(table, faults) for table in ("clinicians", "credentials")):
            check_gates(shifts, people, rules, *days, faults)

    speeds = _speeds(folder, manifest, faults) if manifest.speeds else None
    network = _network(folder, manifest, faults)
    if network is not None and speeds is not None:
        if speeds.by_class and not speeds.by_class.keys() & set(network.classes):
            named = f"'{manifest.speeds}' has factors for {', '.join(speeds.by_class)}: no road here is of such a class"
            faults.add(manifest.where("speeds"), named, f"Classes here are: {', '.join(network.classes)}.")
        network = speeds.on(network)
        units = {
            unit_id: msgspec.structs.replace(unit, turnout_s=unit.turnout_s + speeds.base_s)
            for unit_id, unit in units.items()
        }
    if network is not None:
        snapper, limit_m = Snapper(network), manifest.snap_limit_m
        posts = on_network("posts", posts, post_ids, snapper, limit_m, faults)
        facilities = on_network("facilities", facilities, facility_ids, snapper, limit_m, faults)
        aeds = on_network("aeds", aeds, aed_ids, snapper, limit_m, faults)
        calls = on_network("calls", calls, call_ids, snapper, limit_m, faults)
    faults.found.sort(key=_file_order)
    for table, dependents in DEPENDENTS.items():
        if is_unread(table, faults):
            told = f"{dependents} could not be checked against this table"
            faults.found = _told_once(faults.found, TABLES[table].file, told)
    faults.raise_any()
    assert rules is not None and network is not None
    return Region(
        id=manifest.id,
        name=manifest.name,
        state=manifest.state,
        timezone=manifest.timezone,
        synthetic=manifest.synthetic,
        notice=manifest.notice,
        rulebook=manifest.rulebook,
        overlays=manifest.overlays,
        day=manifest.day,
        days=manifest.days,
        lights_factor=manifest.lights_factor if speeds is None else speeds.mean_factor(lights=True),
        sources=manifest.sources,
        imputed=manifest.imputed,
        rules=rules,
        posts=posts,
        units=units,
        clinicians=people.clinicians,
        shifts=tuple(item.shift for item in shifts),
        facilities=facilities,
        aeds=aeds,
        network=network,
        calls=tuple(sorted(calls.values(), key=lambda call: (call.received_at, call.call_id))),
        demand=demand,
        speeds=speeds,
        pathways=pathways,
        snap_limit_m=manifest.snap_limit_m,
    )


def _rules(folder: Path, manifest: Manifest, faults: Faults) -> Rulebook | None:
    """The rulebook the manifest names; what is wrong with it is noted at the manifest's line.

    A layer that lies in the region's folder is named from there.
    """
    own = {name: str(folder / name) for name in (manifest.rulebook, *manifest.overlays) if (folder / name).is_file()}
    try:
        return load_rulebook(
            own.get(manifest.rulebook, manifest.rulebook), [own.get(name, name) for name in manifest.overlays]
        )
    except InputError as error:
        for fault in error.faults:
            faults.add(manifest.where("rulebook"), f"{fault.where}: {fault.what}", fault.remedy)
        return None


def _pathways(folder: Path, manifest: Manifest, faults: Faults) -> tuple[str, ...]:
    """The agency's pathway files that the manifest names; each lies in the folder. Care reads what is in them."""
    for name in manifest.pathways:
        if not (folder / name).is_file():
            faults.add(
                manifest.where("pathways"), f"there is no file '{name}' in the folder", "Add it, or correct the name."
            )
    return tuple(str(folder / name) for name in manifest.pathways)


def _check_in_force(manifest: Manifest, rules: Rulebook, days: tuple[datetime, datetime], faults: Faults) -> None:
    """Notes a fault if the rulebook is not in force on the region's days."""
    try:
        for at in days:
            rules.interval(at)
    except OutOfForceError as error:
        faults.add(manifest.where("day"), str(error).rstrip("."), "Name a rulebook that was in force on that day.")


def _days(manifest: Manifest) -> tuple[datetime, datetime]:
    last = manifest.day + timedelta(days=manifest.days)
    return day_start(manifest.day, manifest.timezone), day_start(last, manifest.timezone)


def _told_once(found: Sequence[Fault], file: str, unchecked: str) -> list[Fault]:
    """The faults; the last of that file says what could not be checked because of it."""
    told = list(found)
    for place in range(len(told) - 1, -1, -1):
        if told[place].where.partition(":")[0] in (file, f"{file}.gz"):
            remedy = f"{told[place].remedy} Then check again: {unchecked}."
            told[place] = msgspec.structs.replace(told[place], remedy=remedy)
            break
    return told


def _network(folder: Path, manifest: Manifest, faults: Faults) -> RoadNetwork | None:
    paths = {table: table_path(folder, table) for table in ("nodes", "edges")}
    missing = [(table, name) for table, (path, name) in paths.items() if not path.exists()]
    for table, name in missing:
        faults.unread.add(name)
        faults.add(name, "the file is missing", f"Add it; its first line is: {','.join(TABLES[table].columns)}.")
    if missing:
        return None
    (nodes, nodes_name), (edges, edges_name) = paths["nodes"], paths["edges"]
    return read_network(nodes, edges, faults, name=manifest.id, names=(nodes_name, edges_name), doubting=True)


def _speeds(folder: Path, manifest: Manifest, faults: Faults) -> HourlySpeeds | None:
    """The factors by hour: of a table in the folder, or (`sixpoint`) those that come along."""
    path = None if manifest.speeds == OWN_SPEEDS else folder / manifest.speeds
    if path is not None and (Path(manifest.speeds).name != manifest.speeds or not path.is_file()):
        absent = f"'speeds' names '{manifest.speeds}', which is no file of this folder"
        faults.add(manifest.where("speeds"), absent, f"Put the table beside region.toml, or write '{OWN_SPEEDS}'.")
        return None
    try:
        return read_hourly(path, manifest.timezone)
    except InputError as error:
        faults.found.extend(error.faults)
        return None


def _file_order(fault: Fault) -> tuple[int, str, int]:
    """Faults go by file, in the order of the format, then by line."""
    file, _, line = fault.where.partition(":")
    known = [MANIFEST, *(table.file for table in TABLES.values())]
    plain = file.removesuffix(".gz")
    return known.index(plain) if plain in known else len(known), file, int(line) if line.isdigit() else 0
