"""`sixpoint demo`: a whole day of a service, live engine and all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import click

from sixpoint.cli.output import DONE, json_option
from sixpoint.errors import InputError

SAN_FRANCISCO: Final = re.compile(r"sf-(\d{4}-\d{2}-\d{2})")


@click.command()
@click.option("--region", default="riverton", help="A region's folder, a bundled one, or sf-YYYY-MM-DD.")
@click.option("--seed", default=6, show_default=True, help="Draws patients and crews; the same seed, the same day.")
@click.option("--speed", default=60.0, show_default=True, help="Minutes of the day a second, on the board.")
@click.option("--board/--no-board", default=None, help="Show the board; by default where there is a terminal.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the run; by default a new one in runs/.")
@click.option("--policy", default="default", show_default=True, help="How the dispatcher chooses: a name or a file.")
@click.option("--shared", type=click.Path(path_type=Path), default=Path("../shared"), help="Where the real data lie.")
@json_option
def demo(
    region: str, seed: int, speed: float, board: bool | None, out: Path | None, policy: str, shared: Path, as_json: bool
) -> int:
    """Runs one day of a service through the live engine and tells what patients waited for.

    With nothing given, the day is Riverton's: a synthetic county that comes with Sixpoint.
    """
    from sixpoint.cli.day import run_day

    run_day(_folder_of(region, shared, as_json), seed, speed, board, out, policy, as_json)
    return DONE


def _folder_of(region: str, shared: Path, as_json: bool) -> Path:
    """The region's folder: as named, bundled, or imported from the shared data if it is a day of San Francisco."""
    from sixpoint.region import BUNDLED, bundled_region

    folder = Path(region)
    if (folder / "region.toml").is_file():
        return folder
    if region in BUNDLED:
        return bundled_region(region)
    day = SAN_FRANCISCO.fullmatch(folder.name)
    if day is None:
        known = ", ".join(BUNDLED)
        raise InputError.one(region, "is no region", f"Name a folder with a region.toml, sf-YYYY-MM-DD, or: {known}.")
    imported = Path("regions") / folder.name
    if not (imported / "region.toml").is_file():
        imported.parent.mkdir(exist_ok=True)
        from sixpoint.region.importers.sf import import_day

        if not as_json:
            click.echo(f"Importing {region} from {shared / 'data'} into {imported} ...", err=True)
        import_day(shared / "data", day.group(1), imported)
    return imported
