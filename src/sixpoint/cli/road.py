"""`sixpoint road`: imports road networks, checks them, and answers how long it takes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sixpoint.cli.output import DONE, FOUND, json_option, print_json
from sixpoint.errors import InputError

if TYPE_CHECKING:
    from sixpoint.road import RoadNetwork
    from sixpoint.road.calibration import Calibration, Errors, Unlit

ANY_PATH = click.Path(path_type=Path)

FARTHEST_M = 5_000.0  # a place farther off is not on this network's map


@click.group()
def road() -> None:
    """Imports road networks, checks them, and answers how long it takes."""


@road.command("import")
@click.argument("source", type=ANY_PATH)
@click.option("--out", "folder", type=ANY_PATH, required=True, help="New folder for nodes.csv and edges.csv.")
@click.option("--mode", "travel_mode", type=int, default=1, show_default=True, help="Travel mode of a JEMSS city.")
@click.option("--ignore-turn-restrictions", is_flag=True, help="Leave out the turn restrictions of OpenStreetMap.")
@json_option
def import_(source: Path, folder: Path, travel_mode: int, ignore_turn_restrictions: bool, as_json: bool) -> int:
    """Imports roads: .osm.pbf, .geojson, a JEMSS city folder, or a folder with tables of nodes and edges."""
    from sixpoint.road.importers import import_roads, write_roads

    imported = import_roads(source, travel_mode=travel_mode, turn_restrictions=not ignore_turn_restrictions)
    written = write_roads(imported, folder)
    network = imported.network
    if as_json:
        print_json(_facts(network) | {"kind": imported.kind, "suggested_posts": len(imported.places)})
        return DONE
    click.echo(f"{imported.kind}: {network.node_count} nodes, {network.arc_count} one-way arcs.")
    for line in network.dropped:
        click.echo(f"Left out: {line}")
    if imported.places:
        kinds = Counter(place.kind for place in imported.places)
        click.echo("Suggested as posts: " + ", ".join(f"{kinds[kind]} {kind}" for kind in sorted(kinds)) + ".")
    click.echo("Written: " + ", ".join(str(path) for path in written))
    return DONE


@road.command(context_settings={"ignore_unknown_options": True})
@click.argument("network_folder", type=ANY_PATH, metavar="NETWORK")
@click.argument("from_place", metavar="FROM")
@click.argument("to_place", metavar="TO")
@click.option(
    "--profile", default="", help="Speed profile: normal, lights, or one of --profiles; else as the network says."
)
@click.option("--profiles", type=ANY_PATH, help="Table of speed profiles, as calibrate writes it.")
@click.option(
    "--hour", default="mon 12", show_default=True, help="Hour of the week, local: 'tue 08', or 0 (Monday 00:00) to 167."
)
@json_option
def times(
    network_folder: Path, from_place: str, to_place: str, profile: str, profiles: Path | None, hour: str, as_json: bool
) -> int:
    """How long it takes from one place to another: node ids, or LON,LAT in degrees."""
    from sixpoint.dispatch.choose import clock
    from sixpoint.region.bundled import named_region
    from sixpoint.road import TravelTimes, read_road_folder
    from sixpoint.road.profiles import ProfiledTimes, load_profiles

    network = read_road_folder(named_region(network_folder))
    start, start_m = _node(network, from_place)
    end, end_m = _node(network, to_place)
    travel, base_s = TravelTimes(network), 0.0
    if profile:
        known = load_profiles(profiles)
        if profile not in known:
            raise InputError.one(f"profile '{profile}'", "is not known", f"Known are: {', '.join(known)}.")
        at = _hour_of_week(hour)
        travel, base_s = ProfiledTimes(network, known[profile]).at(at), known[profile].base_s(at)
    seconds = travel.seconds(start, end) + base_s
    reachable = seconds < float("inf")
    nodes = [network.node_ids[node] for node in travel.path(start, end).nodes.tolist()] if reachable else []
    ends = (network.node_ids[start], network.node_ids[end])
    if as_json:
        answer = {"from_node": ends[0], "from_snap_m": start_m, "to_node": ends[1], "to_snap_m": end_m}
        print_json(answer | {"seconds": seconds if reachable else None, "nodes": nodes})
    elif reachable:
        click.echo(f"{seconds:.1f} s ({clock(seconds)}) from node {ends[0]} to node {ends[1]}, {len(nodes)} nodes.")
    else:
        click.echo(f"There is no way from node {ends[0]} to node {ends[1]}.")
    for place, metres in ((from_place, start_m), (to_place, end_m)):
        if metres > 0 and not as_json:
            click.echo(f"{place} is {metres:.0f} m from its node; that part is not in the time.")
    return DONE if reachable else FOUND


def _hour_of_week(text: str) -> int:
    from sixpoint.road.profiles import DAYS, WEEK_HOURS

    day, _, clock = text.strip().lower().partition(" ")
    hour = clock.partition(":")[0]
    if day[:3] in DAYS and hour.isdecimal() and int(hour) < 24:
        return DAYS.index(day[:3]) * 24 + int(hour)
    if text.strip().isdecimal() and int(text) < WEEK_HOURS:
        return int(text)
    raise InputError.one("--hour", f"'{text}' is no hour of the week", "Write it like 'tue 08', or 0 to 167.")


@road.command()
@click.argument("network_folder", type=ANY_PATH, metavar="NETWORK")
@json_option
def check(network_folder: Path, as_json: bool) -> int:
    """Looks a network over: what is left out, unlikely speeds and lengths. Exit code 1 if something is odd."""
    from sixpoint.region.bundled import named_region
    from sixpoint.road import read_road_folder
    from sixpoint.road.checkup import odd_things

    network = read_road_folder(named_region(network_folder))
    found = odd_things(network)
    if as_json:
        print_json(_facts(network) | {"odd": found})
    else:
        click.echo(f"{network.node_count} nodes, {network.arc_count} one-way arcs, {network.content_hash}")
        for line in found or ["Nothing odd."]:
            click.echo(line)
    return FOUND if found else DONE


def _facts(network: RoadNetwork) -> dict[str, object]:
    return {
        "network": network.name,
        "nodes": network.node_count,
        "arcs": network.arc_count,
        "left_out": list(network.dropped),
        "content_hash": network.content_hash,
    }


def _node(network: RoadNetwork, place: str) -> tuple[int, float]:
    """The node of an id or a position, and how far away it is, m."""
    from sixpoint.road import Snapper

    if place in network.node_ids:
        return network.node_ids.index(place), 0.0
    parts = place.split(",")
    try:
        lon_deg, lat_deg = (float(part) for part in parts)
    except ValueError:
        remedy = f"Give a node id, or LON,LAT in degrees.{_left_out(network)}"
        raise InputError.one(place, "is no node of this network", remedy) from None
    if not (-180 <= lon_deg <= 180 and -90 <= lat_deg <= 90):
        raise InputError.one(place, "is no place on the map", "Give LON,LAT in degrees, longitude first.")
    node, metres = Snapper(network).nearest(lon_deg, lat_deg)
    if not metres <= FARTHEST_M:
        away = f"lies {metres / 1000:.1f} km from the nearest node of this network"
        remedy = f"Name a place within {FARTHEST_M / 1000:g} km of its roads.{_left_out(network)}"
        raise InputError.one(place, away, remedy)
    return node, metres


def _left_out(network: RoadNetwork) -> str:
    return " Parts of this network are left out; `sixpoint road check` tells which." if network.dropped else ""


@road.command()
@click.option("--log", "log_file", type=ANY_PATH, required=True, help="San Francisco's log of calls (CSV or .gz).")
@click.option("--network", "network_folder", type=ANY_PATH, required=True, help="Folder with nodes and edges.")
@click.option("--stations", type=ANY_PATH, help="GeoJSON of stations; else beside the log.")
@click.option("--homes", type=ANY_PATH, help="Table of units and stations; else beside the log.")
@click.option("--priority", default="3", show_default=True, help="Priority of runs with lights and sirens.")
@click.option("--unlit", "unlit_priority", default="2", show_default=True, help="Priority of runs without.")
@click.option(
    "--hold-out", type=click.IntRange(2), default=3, show_default=True, help="Every so many days is for checking."
)
@click.option(
    "--out", type=ANY_PATH, help="Write the profiles 'lights' and 'normal' here (CSV), for a region's speeds."
)
@json_option
def calibrate(
    log_file: Path,
    network_folder: Path,
    stations: Path | None,
    homes: Path | None,
    priority: str,
    unlit_priority: str,
    hold_out: int,
    out: Path | None,
    as_json: bool,
) -> int:
    """Learns speed factors from observed runs, and says how far off run times are before and after.

    Errors are those on days that had no part in the fit. With --out a table is written that `sixpoint road times` takes
    as --profiles, and a region as its `speeds` (docs/road.md).
    """
    import msgspec

    from sixpoint.road.calibration import calibrate as fit
    from sixpoint.road.calibration import calibrate_unlit
    from sixpoint.road.importers import import_roads
    from sixpoint.road.profiles import Pace, profile_table
    from sixpoint.road.sf_log import read_sf_runs

    network = import_roads(network_folder).network
    stations, homes = (
        stations or log_file.parent / "sf_fire_stations.geojson",
        homes or log_file.parent / "unit_to_station.csv",
    )
    observed = read_sf_runs(log_file, network, stations=stations, homes=homes, priority=priority)
    result = fit(network, observed.runs, hold_out=hold_out)
    unlit, why = None, ""
    try:
        slower = read_sf_runs(log_file, network, stations=stations, homes=homes, priority=unlit_priority)
        unlit = calibrate_unlit(network, result, slower.runs, hold_out=hold_out)
    except InputError as error:
        why = error.faults[0].what
    if out is not None:
        lights = Pace("lights", 1.0, f"{result.fitted_on} runs of {log_file.name} with priority {priority}")
        normal = Pace("normal", 1.0, "no runs without lights to learn from: as fast as with them", "assumption")
        if unlit is not None:
            seen = f"{unlit.fitted_on} runs of {log_file.name} with priority {unlit_priority}"
            normal = Pace("normal", unlit.factor, seen)
        _write(out, profile_table((lights, normal), result.factors, result.base_s))
    if as_json:
        facts = {"runs": len(observed.runs), "left_out": observed.left_out, "without_lights": unlit}
        print_json(msgspec.to_builtins(facts) | msgspec.to_builtins(result))
        return DONE
    click.echo(
        f"{len(observed.runs)} runs; fitted on {result.fitted_on}, checked on {result.as_is.runs} of other days."
    )
    for reason, count in observed.left_out.items():
        click.echo(f"Left out: {count} runs, {reason}.")
    _tell_calibration(result, unlit, why)
    if out is not None:
        click.echo(f'Written: {out}. In a region: put it into the folder, and speeds = "{out.name}" into region.toml.')
    return DONE


def _tell_calibration(result: Calibration, unlit: Unlit | None, why: str) -> None:
    click.echo(f"Every run: {result.base_s:.0f} s. " + ", ".join(f"{k}: x {v:.2f}" for k, v in result.factors.items()))
    click.echo("Errors on days not used for the fit, s:     median   90th pct   bias")
    for what, errors in (("as the network says", result.as_is), ("one factor for all", result.one_factor)):
        _errors_line(what, errors)
    _errors_line("calibrated", result.calibrated)
    if unlit is None:
        click.echo(f"Runs without lights ({why}) are taken to be as fast as those with them.")
        return
    click.echo(f"Without lights: x {unlit.factor:.2f} on top of these, from {unlit.fitted_on} runs.")
    _errors_line("without lights, as the network says", unlit.as_is)
    _errors_line("without lights, calibrated", unlit.calibrated)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise InputError.one(str(path), f"cannot be written ({error.strerror})", "Name another file.") from None


def _errors_line(what: str, errors: Errors) -> None:
    figures = f"{errors.median_absolute_s:9.0f} {errors.p90_absolute_s:10.0f} {errors.bias_s:+8.0f}"
    click.echo(f"  {what:<38}{figures}")
