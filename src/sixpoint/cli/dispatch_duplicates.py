"""`sixpoint dispatch duplicates`: which calls of a table may be about an incident that was called in before."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from sixpoint.cli.output import DONE, FOUND, json_option, print_json


@click.command()
@click.argument("calls", type=click.Path(path_type=Path))
@click.option("--policy", default="default", show_default=True, help="Name or file; it holds the limits.")
@json_option
def duplicates(calls: Path, policy: str, as_json: bool) -> int:
    """Which calls of CALLS may repeat an earlier one, and why. Exit code 1 if there is one.

    CALLS is a table (CSV) with call_id, received_at, lon_deg, lat_deg and dispatch_code, or with the names that others
    give these (id, time, longitude, latitude, type ...); other columns are left alone. Or it is a region: its folder,
    or its name. Nothing is joined: a person decides.
    """
    from sixpoint.cli.dispatch_calls import read_calls_seen
    from sixpoint.dispatch import load_call_types, load_policy, propose_all_duplicates
    from sixpoint.dispatch.choose import clock

    chosen, call_types = load_policy(policy), load_call_types()
    read = read_calls_seen(calls, call_types.codes)
    typed = [call for call in read.calls if call.dispatch_code]
    if not as_json:
        limits = f"{chosen.duplicate_within_m:g} m and {clock(chosen.duplicate_within_s)} min (policy '{chosen.name}')"
        click.echo(f"Held against earlier calls within {limits}, of the same type or family of types.")
    repeats = 0
    for proposals in propose_all_duplicates(typed, call_types, chosen):
        repeats += 1
        first, also = proposals[0], [one.same_as for one in proposals[1:]]
        at = read.received[first.call_id]
        if as_json:
            print_json({"of": "call", **msgspec.to_builtins(first), "received_at": at, "also": also})
        else:
            more = f"; also {', '.join(also)}" if also else ""
            click.echo(f"{first.call_id} ({at}) may repeat {first.same_as}: {first.because}{more}")
    if as_json:
        print_json(
            {
                "of": "all",
                "calls": len(read.calls),
                "repeats": repeats,
                "within_m": chosen.duplicate_within_m,
                "within_s": chosen.duplicate_within_s,
                "policy": chosen.hash,
                "notes": read.notes,
            }
        )
    else:
        click.echo(f"{repeats:,} of {len(read.calls):,} calls may repeat an earlier one.")
        for note in read.notes:
            click.echo(f"Note: {note}.")
    return FOUND if repeats else DONE
