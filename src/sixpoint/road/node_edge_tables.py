"""Road networks as two tables: nodes.csv and edges.csv."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sixpoint.errors import InputError
from sixpoint.road.arc_list import KMH_PER_MS, ArcList
from sixpoint.road.edge_doubts import EdgeDoubts
from sixpoint.road.network import RoadNetwork
from sixpoint.tables import Faults, read_table

NODE_COLUMNS: Final = ("node_id", "lon_deg", "lat_deg")
EDGE_COLUMNS: Final = ("from_node", "to_node", "length_m", "speed_kmh", "road_class", "one_way")


def read_network(
    nodes: Path,
    edges: Path,
    faults: Faults,
    *,
    name: str = "",
    names: tuple[str, str] = ("", ""),
    keep_largest: bool = True,
    doubting: bool = False,
) -> RoadNetwork | None:
    """The network of two CSV files (plain or .gz), or None with what is wrong noted in `faults`.

    nodes.csv: node_id,lon_deg,lat_deg and optionally can_stop (yes|no). edges.csv: from_node,to_node,length_m,
    speed_kmh,road_class,one_way (yes: from -> to only). `names` is how faults call the two files. `doubting` refuses
    also classes that nobody knows and lengths that cannot be (edge_doubts.py).
    """
    before = len(faults.found)
    nodes_name, edges_name = names[0] or nodes.name, names[1] or edges.name
    arcs, doubts = ArcList(), EdgeDoubts(nodes_name)
    for row in read_table(nodes, nodes_name, NODE_COLUMNS, ("can_stop",), faults):
        node_id = row.text("node_id")
        lon_deg, lat_deg = row.number("lon_deg", -180, 180), row.number("lat_deg", -90, 90)
        can_stop = row.yes_no("can_stop") if row.raw("can_stop") else True
        if not arcs.add_node(node_id, lon_deg, lat_deg, can_stop=can_stop):
            row.fault(f"node '{node_id}' stands twice", "Keep one of them.")
        if row.sound:
            doubts.node(row.line, node_id, lon_deg, lat_deg)
    nodes_unread = nodes_name in faults.unread
    for row in read_table(edges, edges_name, EDGE_COLUMNS, (), faults):
        ends = []
        for column in ("from_node", "to_node"):
            node_id = row.text(column)
            if node_id and node_id not in arcs.number_of and not nodes_unread:
                row.fault(f"column '{column}' holds '{node_id}', which {nodes_name} does not have", "Add the node.")
            ends.append(arcs.number_of.get(node_id, 0))
        length_m, speed_kmh = row.number("length_m", 0), row.number("speed_kmh", 0)
        road_class, both_ways = row.text("road_class"), not row.yes_no("one_way")
        if length_m > 0 and speed_kmh > 0:
            arcs.add(ends[0], ends[1], length_m, speed_kmh, road_class, both_ways=both_ways, name=row.where)
            if doubting and row.sound:
                doubts.edge(row, length_m, road_class)
        elif row.raw("length_m") and row.raw("speed_kmh"):
            row.fault("length and speed give no travel time", "Write a length and a speed above zero.")
    doubts.note(faults)
    if len(faults.found) > before:
        return None
    try:
        return arcs.network(name or nodes_name, keep_largest=keep_largest)
    except InputError as error:
        faults.found.extend(error.faults)
        return None


def read_road_folder(folder: Path, name: str = "") -> RoadNetwork:
    """The network of a folder (or its subfolder road/) with nodes.csv and edges.csv (or .gz); or `InputError`."""
    for place in (folder, folder / "road"):
        paths = [
            next((path for path in (place / f"{stem}.csv", place / f"{stem}.csv.gz") if path.is_file()), None)
            for stem in ("nodes", "edges")
        ]
        if paths[0] is not None and paths[1] is not None:
            faults = Faults()
            network = read_network(paths[0], paths[1], faults, name=name or folder.name)
            faults.raise_any()
            assert network is not None, "no network without a fault"
            return network
    remedy = "Make it with `sixpoint road import FILE_OR_FOLDER --out FOLDER`."
    raise InputError.one(str(folder), "holds no nodes.csv and edges.csv", remedy)


def network_tables(network: RoadNetwork) -> tuple[str, str]:
    """The text of nodes.csv and edges.csv; reading them gives the same network, times to the last digits."""
    nodes = [
        (node_id, lon, lat, "yes" if stop else "no")
        for node_id, lon, lat, stop in zip(
            network.node_ids,
            network.lon_deg.tolist(),
            network.lat_deg.tolist(),
            network.can_stop.tolist(),
            strict=True,
        )
    ]
    tails, heads = network.tails().tolist(), network.head.tolist()
    lengths, times, kinds = network.length_m.tolist(), network.time_s.tolist(), network.road_class.tolist()
    arcs = {
        (tail, head): (length_m, time_s, kind)
        for tail, head, length_m, time_s, kind in zip(tails, heads, lengths, times, kinds, strict=True)
    }
    edges = []
    for (tail, head), arc in arcs.items():
        both = arcs.get((head, tail)) == arc
        if both and head < tail:
            continue  # written with its opposite
        length_m = max(arc[0], 0.1)
        ends = (network.node_ids[tail], network.node_ids[head])
        speed_kmh = length_m / arc[1] * KMH_PER_MS
        edges.append((*ends, length_m, speed_kmh, network.classes[arc[2]], "no" if both else "yes"))
    return _csv((*NODE_COLUMNS, "can_stop"), nodes), _csv(EDGE_COLUMNS, edges)


def _csv(header: Sequence[str], rows: Sequence[tuple[object, ...]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
