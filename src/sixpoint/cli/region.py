"""sixpoint region: make, import, check and show the folder that describes a service area."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from sixpoint.cli.output import DONE, json_option, print_json
from sixpoint.errors import InputError

if TYPE_CHECKING:
    from sixpoint.region import Region
    from sixpoint.scope import Clinician

FOLDER = click.Path(path_type=Path)
REPLACE = click.option("--replace", is_flag=True, help="Replace the folder if it is a region already.")
SEED = click.option("--seed", type=click.IntRange(min=0), default=None, help="Seed of everything drawn.")
IMPORT_SEED = click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of everything drawn."
)


@click.group()
def region() -> None:
    """Make, import, check and show regions."""


@region.command()
@click.argument("folder", type=FOLDER)
@SEED
@click.option("--name", default=None, help="What the county is called.")
@REPLACE
@json_option
def new(folder: Path, seed: int | None, name: str | None, replace: bool, as_json: bool) -> int:
    """Invent a synthetic county from a seed."""
    from sixpoint.region.county import DEFAULT_NAME, DEFAULT_SEED, invent_county
    from sixpoint.region.make import make_region

    used = DEFAULT_SEED if seed is None else seed
    made = make_region(
        folder,
        lambda rng: invent_county(rng, name=name or DEFAULT_NAME),
        used,
        replace=replace,
        call_codes=_call_codes(),
    )
    return _report(made, folder, as_json, seed=used)


@region.command()
@click.argument("folder", type=FOLDER)
@click.argument("out", type=FOLDER)
@IMPORT_SEED
@REPLACE
@json_option
def draw(folder: Path, out: Path, seed: int, replace: bool, as_json: bool) -> int:
    """Copy a region to OUT with calls drawn from its demand model."""
    from sixpoint.region.make import draw_region

    drawn = draw_region(_named(folder), out, seed, replace=replace, call_codes=_call_codes())
    return _report(drawn, out, as_json, seed=seed)


@region.group(name="import")
def import_() -> None:
    """Make a region from published data; the folder is there whole or not at all."""


@import_.command()
@click.option("--data", type=FOLDER, required=True, help="Folder with sf/, poi/ and montgomery/ in it.")
@click.option("--day", required=True, help="Day of the log, like 2020-04-10.")
@click.option("--days", type=click.IntRange(1, 14), default=1, show_default=True, help="So many days from then on.")
@click.option("--out", type=FOLDER, required=True, help="The region's folder.")
@IMPORT_SEED
@REPLACE
@json_option
def sf(data: Path, day: str, days: int, out: Path, seed: int, replace: bool, as_json: bool) -> int:
    """A real day in San Francisco; crews and complaints are imputed and marked."""
    from sixpoint.region.importers.sf import import_day

    made = import_day(data, day, out, days=days, seed=seed, replace=replace, call_codes=_call_codes())
    return _report(made, out, as_json, seed=seed)


@import_.command()
@click.argument("city", type=FOLDER)
@click.option("--calls", required=True, help="How many calls to draw from the city's demand, or a file of JEMSS calls.")
@click.option("--out", type=FOLDER, required=True, help="The region's folder.")
@click.option(
    "--day", "day_text", default="2026-01-05", show_default=True, help="The day on which JEMSS's time is zero."
)
@click.option("--timezone", default="UTC", show_default=True, help="Time zone of the city (IANA).")
@click.option("--state", required=True, help="Two letters: the state whose forms the city uses, like NY.")
@IMPORT_SEED
@REPLACE
@json_option
def jemss(
    city: Path,
    calls: str,
    out: Path,
    day_text: str,
    timezone: str,
    state: str,
    seed: int,
    replace: bool,
    as_json: bool,
) -> int:
    """A city model of the Julia package JEMSS; people, complaints and hospital capabilities are imputed and marked."""
    from sixpoint.region.importers.jemss import Where, import_city

    wanted: int | Path = int(calls) if calls.isdigit() else Path(calls)
    where = Where(_day(day_text), timezone, state)
    made = import_city(city, wanted, where, out, seed=seed, replace=replace, call_codes=_call_codes())
    return _report(made, out, as_json, seed=seed)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError.one("--day", f"'{text}' is not a day", "Write it like 2020-04-10.") from None


@region.command()
@click.argument("folder", type=FOLDER)
@json_option
def check(folder: Path, as_json: bool) -> int:
    """Read a region strictly; every fault is named with file, line and remedy (exit code 2).

    The agency's pathway files are read as well.
    """
    from sixpoint.care import load_pathways

    found = _read(_named(folder))
    load_pathways(found.pathways)
    return _report(found, folder, as_json)


@region.command()
@click.argument("folder", type=FOLDER)
@json_option
def show(folder: Path, as_json: bool) -> int:
    """Show a region's posts, units and facilities."""
    shown = _read(_named(folder))
    if as_json:
        _show_json(shown)
    else:
        _show_tables(shown)
    return DONE


def _named(folder: Path) -> Path:
    from sixpoint.region import named_region

    return named_region(folder)


def _call_codes() -> frozenset[str]:
    from sixpoint.dispatch import load_call_types

    return frozenset(load_call_types().codes)


def _read(folder: Path) -> Region:
    from sixpoint.region import read_region

    return read_region(folder, _call_codes())


def _summary(made: Region) -> dict[str, object]:
    return {
        "id": made.id,
        "name": made.name,
        "synthetic": made.synthetic,
        "notice": made.notice,
        "day": made.day.isoformat(),
        "days": made.days,
        "timezone": made.timezone,
        "rulebook": made.rulebook,
        "rulebook_hash": made.rules.hash,
        "posts": len(made.posts),
        "units": len(made.units),
        "transporting_units": sum(unit.transport for unit in made.units.values()),
        "clinicians": len(made.clinicians),
        "shifts": len(made.shifts),
        "facilities": len(made.facilities),
        "aeds": len(made.aeds),
        "calls": len(made.calls),
        "calls_with_imputed_values": sum(bool(call.imputed) for call in made.calls),
        "road_nodes": made.network.node_count,
        "road_arcs": made.network.arc_count,
        "road_dropped": list(made.network.dropped),
        "speeds_by_hour": made.speeds is not None,
        "imputed": list(made.imputed),
        "sources": list(made.sources),
    }


def _report(made: Region, folder: Path, as_json: bool, **more: object) -> int:
    summary = {"folder": str(folder), **_summary(made), **more}
    if as_json:
        print_json(summary)
        return DONE
    console = Console()
    table = Table(title=f"{made.name}: the folder is whole", show_header=False, title_justify="left")
    for key, value in summary.items():
        for number, line in enumerate(value if isinstance(value, list) else [value]):
            table.add_row("" if number else key.replace("_", " "), str(line))
    console.print(table)
    return DONE


def _show_json(made: Region) -> None:
    for kind, items in (
        ("post", made.posts.values()),
        ("unit", made.units.values()),
        ("facility", made.facilities.values()),
        ("aed", made.aeds.values()),
        ("call", made.calls),
    ):
        for item in items:
            print_json({"is": kind, "synthetic": made.synthetic, **_plain(item)})


def _plain(item: object) -> dict[str, object]:
    """A row of the region as JSON values; sets are sorted so that the same region prints the same."""
    import msgspec

    plain: dict[str, object] = msgspec.to_builtins(item, order="deterministic")
    return plain


def _show_tables(made: Region) -> None:
    console = Console()
    if made.notice:
        console.print(made.notice, style="yellow")
    midday = made.starts_at.replace(hour=12)
    _print_table(
        console,
        "Units",
        ("unit", "kind", "post", "kit", "carries", "whose", "crew at noon"),
        (
            (
                unit.call_sign,
                unit.kind,
                unit.post_id,
                unit.kit,
                "yes" if unit.transport else "no",
                "neighbour's" if unit.mutual_aid else "our own",
                " ".join(_level(made, clinician, midday) for clinician in made.crew(unit.unit_id, midday)) or "-",
            )
            for unit in made.units.values()
        ),
    )
    _print_table(
        console,
        "Facilities",
        ("facility", "can treat", "open", "imputed"),
        (
            (
                facility.name,
                " ".join(sorted(facility.capabilities)) or "-",
                "yes" if facility.open else "no",
                " ".join(facility.imputed),
            )
            for facility in made.facilities.values()
        ),
    )
    for line in made.imputed:
        console.print(f"imputed: {line}", style="yellow")
    for line in made.sources:
        console.print(f"source: {line}")


def _level(made: Region, clinician: Clinician, at: datetime) -> str:
    from sixpoint.scope import practice_level

    level = practice_level(made.rules, clinician, at)
    return level.id if level else "none"


def _print_table(console: Console, title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0)
    for row in rows:
        table.add_row(*row)
    console.print(table)
