"""`sixpoint road`: imports road networks, checks them, and answers how long it takes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sixpoint.cli.output import DONE, FOUND, json_option, print_json
from sixpoint.cli.road_calibrate import calibrate
from sixpoint.errors import Fault, InputError

if TYPE_CHECKING:
    from sixpoint.road import RoadNetwork

ANY_PATH = click.Path(path_type=Path)

NOON = "mon 12"
FARTHEST_M = 5_000.0  # a place farther off is not on this network's map


@click.group()
def road() -> None:
    """Imports road networks, checks them, and answers how long it takes."""


road.add_command(calibrate)


@road.command("import")
@click.argument("source", type=ANY_PATH)
@click.option("--out", "folder", type=ANY_PATH, required=True, help="New folder for nodes.csv and edges.csv.")
@click.option("--mode", "travel_mode", type=int, default=1, show_default=True, help="Travel mode of a JEMSS city.")
@click.option("--ignore-turn-restrictions", is_flag=True, help="Leave out the turn restrictions of OpenStreetMap.")
@json_option
def import_(source: Path, folder: Path, travel_mode: int, ignore_turn_restrictions: bool, as_json: bool) -> int:
    """Imports roads: .osm.pbf, .geojson, a JEMSS city folder, or a folder with tables of nodes and edges.

    Exit code 1 if the part in which every node reaches every other has less than nine tenths of the nodes.
    """
    from sixpoint.road.checkup import little_kept
    from sixpoint.road.importers import import_roads, write_roads
    from sixpoint.road.places import AED

    imported = import_roads(source, travel_mode=travel_mode, turn_restrictions=not ignore_turn_restrictions)
    written = write_roads(imported, folder)
    network = imported.network
    posts = Counter(place.kind for place in imported.places)
    aeds, little = posts.pop(AED, 0), little_kept(network)
    if as_json:
        suggested = {"suggested_posts": posts.total(), "suggested_aeds": aeds}
        print_json(_facts(network) | {"kind": imported.kind, "notes": list(network.notes)} | suggested)
        return FOUND if little else DONE
    click.echo(f"{imported.kind}: {network.node_count} nodes, {network.arc_count} one-way arcs.")
    for line in network.dropped:
        click.echo(f"Left out: {line}")
    for line in network.notes:
        click.echo(f"Note: {line}")
    if little:
        click.echo(f"Odd: {little}.")
    if posts:
        click.echo("Suggested as posts: " + ", ".join(f"{posts[kind]} {kind}" for kind in sorted(posts)) + ".")
    if aeds:
        click.echo(f"Suggested as AEDs: {aeds}.")
    click.echo("Written: " + ", ".join(str(path) for path in written))
    return FOUND if little else DONE


@road.command(context_settings={"ignore_unknown_options": True})
@click.argument("network_folder", type=ANY_PATH, metavar="NETWORK")
@click.argument("from_place", metavar="FROM")
@click.argument("to_place", metavar="TO")
@click.option(
    "--profile", default="", help="Speed profile: normal, lights, or one of --profiles; else as the network says."
)
@click.option("--profiles", type=ANY_PATH, help="With --profile: table of speed profiles, as calibrate writes it.")
@click.option(
    "--hour", help="With --profile: hour of the week, local: 'tue 08', or 0 (Monday 00:00) to 167.  [default: mon 12]"
)
@json_option
def times(
    network_folder: Path,
    from_place: str,
    to_place: str,
    profile: str,
    profiles: Path | None,
    hour: str | None,
    as_json: bool,
) -> int:
    """How long it takes from one place to another: node ids, or LON,LAT in degrees."""
    from sixpoint.dispatch.choose import clock
    from sixpoint.region.bundled import named_region
    from sixpoint.road import TravelTimes, read_road_folder
    from sixpoint.road.profiles import ProfiledTimes, load_profiles

    if not profile:
        _check_no_profile(profiles, hour)
    network = read_road_folder(named_region(network_folder))
    start, start_m = _node(network, from_place)
    end, end_m = _node(network, to_place)
    travel, base_s = TravelTimes(network), 0.0
    if profile:
        known = load_profiles(profiles)
        if profile not in known:
            raise InputError.one(f"profile '{profile}'", "is not known", f"Known are: {', '.join(known)}.")
        at = _hour_of_week(NOON if hour is None else hour)
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


def _check_no_profile(profiles: Path | None, hour: str | None) -> None:
    """Refuses options that say nothing without a profile: the answer would be that of the network as it is."""
    from sixpoint.road.profiles import load_profiles

    strange = [option for option, value in (("--profiles", profiles), ("--hour", hour)) if value is not None]
    if strange:
        names = [f"--profile {name}" for name in load_profiles(profiles)]
        remedy = f"Add {', or '.join(names)}."
        raise InputError(Fault(option, "is given without --profile", remedy) for option in strange)


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
    snapper = Snapper(network)
    exchanged = ""
    if snapper.fits_exchanged(lon_deg, lat_deg, FARTHEST_M):
        exchanged = f" Exchanged it would be on this network: {parts[1].strip()},{parts[0].strip()}."
    if not (-180 <= lon_deg <= 180 and -90 <= lat_deg <= 90):
        remedy = f"Give LON,LAT in degrees, longitude first.{exchanged}"
        raise InputError.one(place, "is no place on the map", remedy)
    node, metres = snapper.nearest(lon_deg, lat_deg)
    if not metres <= FARTHEST_M:
        away = f"lies {metres / 1000:.1f} km from the nearest node of this network"
        remedy = f"Name a place within {FARTHEST_M / 1000:g} km of its roads.{exchanged}{_left_out(network)}"
        raise InputError.one(place, away, remedy)
    return node, metres


def _left_out(network: RoadNetwork) -> str:
    return " Parts of this network are left out; `sixpoint road check` tells which." if network.dropped else ""
