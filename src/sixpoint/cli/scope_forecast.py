"""`sixpoint scope forecast`: where nobody may perform a skill in the days to come, and the cheapest act to mend it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from sixpoint.cli.output import DONE, FOUND, json_option, print_json
from sixpoint.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sixpoint.region import Region
    from sixpoint.scope.roster.forecast import Gap, NamedFix, Roster

LONGEST_DAYS = 366


@click.command("forecast")
@click.argument("region_folder", type=click.Path(path_type=Path))
@click.option("--days", type=click.IntRange(1, LONGEST_DAYS), default=7, show_default=True, help="How many days.")
@click.option("--from", "starts", default=None, help="First day (local time); default: the region's own.")
@click.option("--skill", "skills", multiple=True, help="Watch only this skill, at every post; may be repeated.")
@click.option("--post", "posts", multiple=True, help="Show only this post ('region': the whole region).")
@click.option("--staffed-only", is_flag=True, help="Leave out gaps that begin with nobody on duty.")
@click.option("--standing", is_flag=True, help="Count what needs an order from medical control as missing.")
@json_option
def forecast(
    region_folder: Path,
    days: int,
    starts: str | None,
    skills: tuple[str, ...],
    posts: tuple[str, ...],
    staffed_only: bool,
    standing: bool,
    as_json: bool,
) -> int:
    """Names each interval in which a post, or the region, has nobody who may perform a skill, and what mends it.

    Without --skill each post is watched for what its own shifts and equipment can do at some time.
    """
    from sixpoint.region import named_region, read_region
    from sixpoint.scope.roster.forecast import forecast as find_gaps
    from sixpoint.scope.roster.forecast import lasting_acts

    region = read_region(named_region(region_folder))
    first = _day(starts, region.day)
    zone = ZoneInfo(region.timezone)
    starts_at = datetime(first.year, first.month, first.day, tzinfo=zone)
    last = first + timedelta(days=days)
    ends_at = datetime(last.year, last.month, last.day, tzinfo=zone)
    for post in posts:
        if post != "region" and post not in region.posts:
            raise InputError.one("--post", f"there is no post '{post}'", f"Posts are: {', '.join(region.posts)}.")
    gaps = [
        gap
        for gap in find_gaps(region.rules, _roster(region), starts_at, ends_at, skills or None, standing_only=standing)
        if (gap.staffed or not staffed_only) and (not posts or (gap.post or "region") in posts)
    ]
    if as_json:
        for gap in gaps:
            print_json({"gap": gap, "hours": gap.hours})
        window = {"from": starts_at.isoformat(), "to": ends_at.isoformat(), "region": region.id}
        print_json({"gaps": len(gaps), "lasting_acts": lasting_acts(gaps), **window})
    else:
        _print(region, gaps, zone, starts_at, ends_at)
    return FOUND if gaps else DONE


def _day(text: str | None, default: date) -> date:
    if text is None:
        return default
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError.one("--from", f"'{text}' is no date", "Write it like 2026-05-01.") from None


def _roster(region: Region) -> Roster:
    from sixpoint.scope import equipment_of_kit
    from sixpoint.scope.roster.forecast import Roster, RosterShift, RosterUnit

    return Roster(
        region.clinicians,
        [
            RosterUnit(unit.unit_id, unit.post_id, equipment_of_kit(region.rules, unit.kit))
            for unit in region.units.values()
        ],
        [RosterShift(one.unit_id, one.clinician_id, one.starts_at, one.ends_at) for one in region.shifts],
    )


def _print(region: Region, gaps: Sequence[Gap], zone: ZoneInfo, starts_at: datetime, ends_at: datetime) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    title = f"{escape(region.name)}, {starts_at.date()} to {ends_at.date()}"
    if region.synthetic:
        title += " (synthetic)"
    if not gaps:
        console.print(f"{title}: somebody may perform every skill watched, at every hour.")
        return
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", expand=True)
    for column, ratio in (("From", 3), ("To", 3), ("Where", 4), ("Nobody may", 7), ("Cheapest fix", 9)):
        table.add_column(column, ratio=ratio, overflow="fold")
    for gap in gaps:
        place = "the whole region" if gap.post is None else region.posts[gap.post].name
        place += "" if gap.staffed else " (nobody on duty)"
        until = gap.ends_at.astimezone(zone)
        end = f"{until:%m-%d %H:%M}" + (" ..." if gap.ends_at >= ends_at else "")
        table.add_row(
            f"{gap.starts_at.astimezone(zone):%m-%d %H:%M}",
            end,
            escape(place),
            escape(_some(gap.skills)),
            escape(_told(region, gap.fix, zone)),
        )
    console.print(table)
    for line in _best(region, gaps):
        console.print(line, markup=False)


def _some(skills: Sequence[str], most: int = 4) -> str:
    more = f" and {len(skills) - most} more" if len(skills) > most else ""
    return ", ".join(skills[:most]) + more


def _told(region: Region, fix: NamedFix | None, zone: ZoneInfo) -> str:
    """The fix as a sentence."""
    if fix is None:
        return "no single act closes any of it"
    who = f"{region.clinicians[fix.clinician].name} ({fix.clinician})" if fix.clinician else ""
    if fix.kind == "equip":
        said = f"equip {fix.unit} with {_some(fix.what.split(', '))}"
    elif fix.kind == "renew":
        said = f"renew {who}: {fix.what}"
    elif fix.kind == "credential":
        said = f"have {who} {fix.what}"
    else:
        since, until = fix.starts_at.astimezone(zone), fix.ends_at.astimezone(zone)
        said = f"fill a shift: {who} on {fix.unit}, {since:%m-%d %H:%M} to {until:%m-%d %H:%M}"
    part = "" if fix.share >= 1 else f"; closes {fix.share:.0%} of it"
    return f"{said} ({fix.cost_h:g} h{part})"


def _best(region: Region, gaps: Sequence[Gap]) -> list[str]:
    """How much is open, and the acts that close most of it."""
    from sixpoint.scope.roster.forecast import lasting_acts

    hours = sum(gap.hours for gap in gaps)
    lines = [f"{len(gaps)} gaps, {hours:,.0f} h in all (posts and region each counted)."]
    for act in lasting_acts(gaps)[:5]:
        who = act.unit or region.clinicians[act.clinician].name
        what = _some(act.what.split(", ")) if act.kind == "equip" else act.what
        lines.append(f"{act.kind} {who}: {what}: closes {act.hours:,.0f} h in {act.gaps} gap{'s' * (act.gaps > 1)}")
    return lines
