"""sixpoint scope layers: the layers that come with Sixpoint."""

from __future__ import annotations

import click

from sixpoint.cli.output import DONE, json_option, print_json
from sixpoint.scope import bundled_layers, load_rulebook


@click.command()
@json_option
def layers(as_json: bool) -> int:
    """Lists the layers that come with Sixpoint, each with the hash of its rulebook."""
    for name in bundled_layers():
        rulebook = load_rulebook(name)
        layer = next(one for one in rulebook.layers if one.id == name)
        if as_json:
            print_json(
                {
                    "layer": name,
                    "title": layer.title,
                    "rank": layer.rank,
                    "authority": layer.authority,
                    "version": layer.version,
                    "partial": layer.partial,
                    "rules": len(layer.rules),
                    "rulebook": rulebook.id,
                    "hash": rulebook.hash,
                }
            )
        else:
            known = "partial" if layer.partial else "whole"
            click.echo(
                f"{name:20} {layer.rank:9} {known:8} {len(layer.rules):4} answers  {layer.title}, {layer.version}"
            )
    return DONE
