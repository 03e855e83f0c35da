"""sixpoint scope due REGION: what the people of a region have to renew, learn or practise, and by when."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from sixpoint.cli.output import DONE, FOUND, json_option, print_json
from sixpoint.cli.scope_asking import instant
from sixpoint.scope.currency import due as what_is_due


@click.command()
@click.argument("region_folder", type=click.Path(path_type=Path))
@click.option("--on", "on", metavar="DATE", help="Seen from this instant; now, if left out.")
@click.option("--days", type=click.IntRange(1, 3660), default=90, show_default=True, help="Due within so many days.")
@json_option
def due(region_folder: Path, on: str | None, days: int, as_json: bool) -> int:
    """Lists what is due for the clinicians of REGION_FOLDER, soonest first.

    A region holds credentials only; lessons, trainings and performances come with a personnel record. Exit code 1 if
    something is due.
    """
    from sixpoint.region import read_region  # here, because the other words of this group need no region

    region = read_region(region_folder)
    at = instant(on)
    found = sorted(
        (one, clinician.id, clinician.name)
        for clinician in region.clinicians.values()
        for one in what_is_due(region.rules, clinician, at, days)
    )
    for one, clinician_id, name in found:
        if as_json:
            print_json({"clinician_id": clinician_id, "name": name, **msgspec.to_builtins(one)})
        else:
            click.echo(f"{one.by.isoformat(timespec='minutes')}  {name} ({clinician_id}): {one.what}")
    if not as_json:
        click.echo(f"{len(found)} due within {days} days of {at.isoformat(timespec='minutes')}")
    return FOUND if found else DONE
