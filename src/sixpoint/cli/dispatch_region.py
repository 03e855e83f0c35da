"""`sixpoint dispatch cover` and `rendezvous`: questions of dispatch asked of a region's roads, posts and crews."""

from __future__ import annotations

import math
from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from sixpoint.cli.output import DONE, FOUND, json_option, print_json
from sixpoint.cli.run_time import instant_in
from sixpoint.errors import InputError

REGION = click.argument("region_folder", metavar="REGION", type=click.Path(path_type=Path))
POINT = "LON,LAT"


@click.command()
@REGION
@click.option(
    "--at", "hour", default="12:00", show_default=True, metavar="HH:MM", help="Local time of the region's day."
)
@click.option("--busy", default=0.3, show_default=True, help="Probability that a unit is busy when it is needed.")
@click.option("--classes", type=click.Path(path_type=Path), help="Classes of skills (CSV), in place of the bundled.")
@click.option("--least-gain", default=0.02, show_default=True, help="A move must cover so many more calls an hour.")
@click.option("--longest", default=15.0, show_default=True, help="No move takes longer than this, minutes.")
@json_option
def cover(
    region_folder: Path, hour: str, busy: float, classes: Path | None, least_gain: float, longest: float, as_json: bool
) -> int:
    """Which share of REGION's calls finds the skills it needs within reach, and who should wait elsewhere.

    Every crew on duty at that time waits at its post. Exit code 1 if a move would raise the cover.
    """
    from sixpoint.dispatch import load_call_types
    from sixpoint.dispatch.cover_classes import load_cover_classes
    from sixpoint.region import read_region
    from sixpoint.region.bundled import named_region
    from sixpoint.service.cover import cover_of

    if not (math.isfinite(least_gain) and least_gain >= 0 and math.isfinite(longest) and longest >= 0):
        raise InputError.one("--least-gain, --longest", "is no number of zero or more", "Give a finite number.")
    if not 0 <= busy < 1:
        raise InputError.one("--busy", f"is {busy:g}", "Give a probability from 0 to under 1.")
    call_types = load_call_types()
    region = read_region(named_region(region_folder), call_types.codes)
    at = instant_in(region, hour)
    named = load_cover_classes(classes, {skill.id: skill.index for skill in region.rules.skills})
    found = cover_of(region, call_types, named, at, busy_share=busy, least_gain=least_gain, longest_s=longest * 60)
    if as_json:
        print_json(found)
        return FOUND if found.moves else DONE
    console = Console()
    table = Table("class", "within", "units", "calls an hour", "covered", box=SIMPLE_HEAD)
    for one in found.classes:
        share = f"{one.share_covered:.0%}"
        table.add_row(one.name, f"{one.within_s / 60:g} min", str(one.units), f"{one.calls_per_h:.2f}", share)
    console.print(table)
    for call_sign, start, goal, _, because in found.moves:
        console.print(f"{call_sign}: from {start} to {goal}; {because}", highlight=False)
    if not found.moves:
        console.print("No unit would cover more from another post.")
    return FOUND if found.moves else DONE


@click.command()
@REGION
@click.option("--scene", required=True, metavar=POINT, help="Where the patient is, degrees.")
@click.option("--advanced", required=True, metavar=POINT, help="Where the unit is that may do more, degrees.")
@click.option("--facility", help="Where the ambulance drives; by default the nearest open facility.")
@click.option(
    "--ready", default=0.0, show_default=True, help="When the ambulance can leave the scene, minutes from now."
)
@click.option("--policy", default="default", show_default=True, help="Name or file.")
@json_option
def rendezvous(
    region_folder: Path, scene: str, advanced: str, facility: str | None, ready: float, policy: str, as_json: bool
) -> int:
    """Whether to wait on scene, drive in, or meet a unit that may do more on the way to hospital, and where."""
    from sixpoint.dispatch import load_policy
    from sixpoint.dispatch.choose import clock
    from sixpoint.region import read_region
    from sixpoint.region.bundled import named_region
    from sixpoint.service.meeting import meeting_on_the_way

    if not (math.isfinite(ready) and ready >= 0):
        raise InputError.one("--ready", f"is {ready:g}", "Give minutes from now, zero or more.")
    region = read_region(named_region(region_folder))
    places = (point("--scene", scene), point("--advanced", advanced))
    found = meeting_on_the_way(region, *places, facility, load_policy(policy), ready * 60)
    if as_json:
        print_json(found)
        return DONE
    plan = found.plan
    console = Console(highlight=False)
    said = {"meet": f"Meet at {found.lon_deg:.5f},{found.lat_deg:.5f}", "wait": "Wait on scene", "drive": "Drive in"}
    console.print(f"{said.get(plan.plan, 'No plan')}: {plan.because}")
    for words, seconds in (("waiting", plan.wait_s), ("driving in", plan.drive_s), ("meeting", plan.meet_s)):
        console.print(f"  advanced care by {words}: {'never' if seconds is None else f'in {clock(seconds)}'}")
    console.print(f"  at {region.facilities[found.facility_id].name} in {clock(plan.hospital_s)}")
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
