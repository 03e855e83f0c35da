"""`sixpoint dispatch cover` and `rendezvous`: questions of dispatch asked of a region's roads, posts and crews."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from sixpoint.cli.output import DONE, FOUND, json_option, print_json
from sixpoint.cli.run_time import instant_in
from sixpoint.errors import InputError

if TYPE_CHECKING:
    from sixpoint.dispatch import Policy
    from sixpoint.region import Region
    from sixpoint.service.cover import RegionCover

REGION = click.argument("region_folder", metavar="REGION", type=click.Path(path_type=Path))
POINT = "LON,LAT"
MOST_READY_MIN: Final = 1440  # a day: beyond it the hour of the question says nothing of the roads


@click.command()
@REGION
@click.option(
    "--at", "hour", default="12:00", show_default=True, metavar="HH:MM", help="Local time of the region's day."
)
@click.option("--policy", default="default", show_default=True, help="Name or file: which units move, to which posts.")
@click.option("--busy", type=float, help="Probability that a unit is busy when it is needed; else the policy's (0.3).")
@click.option("--classes", type=click.Path(path_type=Path), help="Classes of skills (CSV), in place of the bundled.")
@click.option(
    "--least-gain", type=float, help="A move must cover so many more calls an hour; else the policy's (0.02)."
)
@click.option("--longest", type=float, help="No move takes longer than this, minutes; else the policy's (15).")
@json_option
def cover(
    region_folder: Path,
    hour: str,
    policy: str,
    busy: float | None,
    classes: Path | None,
    least_gain: float | None,
    longest: float | None,
    as_json: bool,
) -> int:
    """Which share of REGION's calls finds the skills it needs within reach, and who should wait elsewhere.

    Every crew on duty at that time waits at its post. Units are moved, and posts waited at, only of the kinds that the
    policy names (move_up_unit_kinds, move_up_post_kinds). Exit code 1 if a move would raise the cover, or if nobody is
    on duty.
    """
    from sixpoint.dispatch import load_call_types, load_policy
    from sixpoint.dispatch.cover_classes import load_cover_classes
    from sixpoint.region import read_region
    from sixpoint.region.bundled import named_region
    from sixpoint.service.cover import cover_of

    chosen = load_policy(policy)
    busy_share = chosen.move_up_busy_share if busy is None else busy
    gain = chosen.move_up_least_gain if least_gain is None else least_gain
    longest_s = chosen.move_up_longest_s if longest is None else longest * 60
    if not (math.isfinite(gain) and gain >= 0 and math.isfinite(longest_s) and longest_s >= 0):
        raise InputError.one("--least-gain, --longest", "is no number of zero or more", "Give a finite number.")
    if not 0 <= busy_share < 1:
        raise InputError.one("--busy", f"is {busy_share:g}", "Give a probability from 0 to under 1.")
    call_types = load_call_types()
    region = read_region(named_region(region_folder), call_types.codes)
    at = instant_in(region, hour)
    named = load_cover_classes(classes, {skill.id: skill.index for skill in region.rules.skills})
    found = cover_of(
        region, call_types, named, at, busy_share=busy_share, least_gain=gain, longest_s=longest_s, policy=chosen
    )
    if as_json:
        print_json(found)
    else:
        _tell_cover(found, region, chosen)
    return FOUND if found.moves or not found.units else DONE


def _tell_cover(found: RegionCover, region: Region, policy: Policy) -> None:
    from sixpoint.cli.dispatch_telling import wide_console

    console = wide_console()
    if not found.calls:
        console.print(f"{escape(region.name)} has no calls: there is nothing to measure the cover by.")
    if not found.units:
        console.print(f"Nobody is on duty at {found.at:%H:%M}: no call finds a unit.")
    if not (found.calls and found.units):
        return
    table = Table("class", "within", "units", "calls an hour", "covered", box=SIMPLE_HEAD)
    for one in found.classes:
        share = "no call" if one.share_covered is None else f"{one.share_covered:.0%}"
        table.add_row(one.name, f"{one.within_s / 60:g} min", str(one.units), f"{one.calls_per_h:.2f}", share)
    console.print(table)
    for call_sign, start, goal, _, because in found.moves:
        console.print(f"{call_sign}: from {start} to {goal}; {because}", markup=False)
    units, posts = (", ".join(kinds) or "none" for kinds in (policy.move_up_unit_kinds, policy.move_up_post_kinds))
    if not found.moves:
        console.print("No unit would cover more from another post.")
    told = f"Policy '{policy.name}' moves units of the kinds {units}; to posts of the kinds {posts}."
    console.print(told.replace("_", " "), markup=False)


@click.command()
@REGION
@click.option("--scene", required=True, metavar=POINT, help="Where the patient is, degrees.")
@click.option("--advanced", required=True, metavar=POINT, help="Where the unit is that may do more, degrees.")
@click.option("--type", "call_type", metavar="CODE", help="What it is about: a code, or words that only one type has.")
@click.option("--suspected", metavar="CONDITION", help="What a facility must treat, in place of what the type says.")
@click.option("--closed", multiple=True, metavar="FACILITY", help="As if it were on diversion; again for more.")
@click.option("--facility", help="Where the ambulance drives, in place of what these three say.")
@click.option(
    "--at", "hour", default="12:00", show_default=True, metavar="HH:MM", help="Local time of the region's day."
)
@click.option(
    "--ready", default=0.0, show_default=True, help="When the ambulance can leave the scene, minutes from now."
)
@click.option("--policy", default="default", show_default=True, help="Name or file.")
@json_option
def rendezvous(
    region_folder: Path,
    scene: str,
    advanced: str,
    hour: str,
    ready: float,
    policy: str,
    as_json: bool,
    **hospital: Any,
) -> int:
    """Whether to wait on scene, drive in, or meet a unit that may do more on the way to hospital, and where.

    The hospital is that of `sixpoint dispatch choose REGION` for the same scene, hour, type of call (or what is
    suspected) and facilities on diversion; without type and suspicion, the nearest open one.
    """
    from sixpoint.cli.dispatch_hospital import HospitalWords, hospital_for
    from sixpoint.cli.dispatch_telling import tell_destination, wide_console
    from sixpoint.dispatch import load_call_types, load_policy
    from sixpoint.dispatch.choose import clock
    from sixpoint.region import read_region
    from sixpoint.region.bundled import named_region
    from sixpoint.service.meeting import meeting_on_the_way

    if not 0 <= ready <= MOST_READY_MIN:
        remedy = f"Give minutes from now, 0 to {MOST_READY_MIN}."
        raise InputError.one("--ready", f"is {ready:g}", remedy)
    region = read_region(named_region(region_folder), load_call_types().codes)
    places = (point("--scene", scene), point("--advanced", advanced))
    at, chosen = instant_in(region, hour), load_policy(policy)
    goes_to = hospital_for(region, chosen, at, places[0], HospitalWords(**hospital))
    found = meeting_on_the_way(region, *places, goes_to.facility_id, chosen, ready * 60, at)
    if as_json:
        why = {"destination": goes_to.chosen, "by_pass": goes_to.by_pass, "considered": goes_to.considered}
        print_json({**msgspec.to_builtins(found), **why})
        return DONE
    plan = found.plan
    console = wide_console()
    said = {"meet": f"Meet at {found.lon_deg:.5f},{found.lat_deg:.5f}", "wait": "Wait on scene", "drive": "Drive in"}
    console.print(f"{said.get(plan.plan, 'No plan')}: {plan.because}")
    for words_of, seconds in (("waiting", plan.wait_s), ("driving in", plan.drive_s), ("meeting", plan.meet_s)):
        console.print(f"  advanced care by {words_of}: {'never' if seconds is None else f'in {clock(seconds)}'}")
    console.print(f"  at {escape(region.facilities[found.facility_id].name)} in {clock(plan.hospital_s)}")
    names = {one: facility.name for one, facility in region.facilities.items()}
    tell_destination(goes_to.chosen, names, goes_to.by_pass)
    if not goes_to.considered:
        click.echo(f"No condition was considered: {goes_to.facility_id} is {goes_to.why}.")
    return DONE


def point(option: str, text: str) -> tuple[float, float]:
    """Longitude and latitude of an option, degrees."""
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError.one(option, f"'{text}' is no place", "Write longitude,latitude in degrees.") from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise InputError.one(option, f"'{text}' is no place on the map", "Write longitude first, then latitude.")
    return lon, lat
