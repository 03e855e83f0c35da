"""Imports a road network from whatever file or folder it comes in, and writes it as Sixpoint's tables."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from sixpoint.errors import InputError
from sixpoint.road.geojson import import_geojson
from sixpoint.road.jemss import jemss_files, read_jemss_roads
from sixpoint.road.network import RoadNetwork
from sixpoint.road.node_edge_tables import network_tables
from sixpoint.road.osm import OSM_SUFFIXES, import_osm
from sixpoint.road.places import Place, places_tables
from sixpoint.road.street_tables import import_street_tables


class RoadImport(msgspec.Struct, frozen=True, eq=False):
    """An imported network, what kind of source it came from, and the places the source suggests as posts."""

    kind: str
    network: RoadNetwork
    places: tuple[Place, ...] = ()


def import_roads(source: Path, *, travel_mode: int = 1, turn_restrictions: bool = True) -> RoadImport:
    """The roads of an OpenStreetMap or GeoJSON file, a JEMSS city folder or a folder with tables of nodes and edges.

    `travel_mode` is for JEMSS, `turn_restrictions` for OpenStreetMap. `InputError` says what is wrong with the source.
    """
    imported = _read(source, travel_mode, turn_restrictions)
    _check_useful(imported.network)
    return imported


def _check_useful(network: RoadNetwork) -> None:
    """Refuses a network on which nobody can drive from one place to another, with what was left out of it."""
    if network.node_count > 1 and network.arc_count:
        return
    nodes = f"{network.node_count} node" + "s" * (network.node_count != 1)
    why = f" Left out: {' '.join(network.dropped)}" if network.dropped else ""
    remedy = f"Check one-way, and whether streets that meet share a node.{why}"
    raise InputError.one(network.name, f"leaves {nodes} and {network.arc_count} arcs: no road to drive on", remedy)


def _read(source: Path, travel_mode: int, turn_restrictions: bool) -> RoadImport:
    if source.name.endswith(OSM_SUFFIXES):
        imported = import_osm(source, turn_restrictions=turn_restrictions)
        return RoadImport("OpenStreetMap", imported.network, imported.places)
    if source.name.endswith((".geojson", ".geojson.gz", ".json")):
        return RoadImport("GeoJSON", import_geojson(source))
    if source.is_dir():
        if {"nodes", "arcs"} <= jemss_files(source).keys():
            return RoadImport("JEMSS", read_jemss_roads(source).network(travel_mode))
        return RoadImport("tables", import_street_tables(source))
    known = ".osm.pbf, .geojson, or a folder (a JEMSS city, or tables of nodes and edges)"
    raise InputError.one(str(source), "is nothing roads can be read from", f"Give one of: {known}.")


def write_roads(imported: RoadImport, folder: Path) -> list[Path]:
    """Writes nodes.csv, edges.csv and, if there are places, suggested_posts.csv and suggested_aeds.csv; all or nothing.

    The folder must not exist or be empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError.one(str(folder), "is there already", "Give a new folder.")
    nodes, edges = network_tables(imported.network)
    texts = {"nodes.csv": nodes, "edges.csv": edges}
    texts |= places_tables(imported.places)
    try:
        _write_whole(texts, folder)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError.one(str(folder), f"cannot be written ({reason})", "Check the disk and the rights.") from None
    return [folder / name for name in texts]


def _write_whole(texts: Mapping[str, str], folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, text in texts.items():
            (draft / name).write_text(text, "utf-8")
        draft.chmod(0o755)
        draft.replace(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
