"""sixpoint scope check FILE ...: all that is wrong with layers, at once."""

from __future__ import annotations

import click

from sixpoint.cli.output import DONE, FOUND, json_option, print_json
from sixpoint.scope.check import check_layers
from sixpoint.scope.load import refuse_absent


@click.command()
@click.argument("layers", nargs=-1, required=True)
@json_option
def check(layers: tuple[str, ...], as_json: bool) -> int:
    """Checks LAYERS (files or bundled names) and all they lie on; lists every fault with file and line.

    Exit code 1 if there are faults, 2 if there is no such layer. Remarks keep nothing from being loaded.
    """
    names = [part for name in layers for part in name.split("+")]
    refuse_absent(names)
    found = check_layers(names)
    for fault in found.faults:
        if as_json:
            print_json({"fault": fault.what, "where": fault.where, "remedy": fault.remedy})
        else:
            click.echo(str(fault))
    for remark in found.remarks:
        if as_json:
            print_json({"remark": remark})
        else:
            click.echo(f"remark: {remark}")
    if not as_json:
        click.echo(f"{len(found.faults)} fault{'s' * (len(found.faults) != 1)} in {', '.join(layers)}")
    return FOUND if found.faults else DONE
