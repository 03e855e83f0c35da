"""Streets closed: a network without some of its arcs, its nodes as they were, so that places keep their numbers."""

from __future__ import annotations

import numpy as np

from sixpoint.errors import InputError
from sixpoint.road.network import Flags, Floats, RoadNetwork, build_network
from sixpoint.road.snapper import EARTH_RADIUS_M


def arcs_between(network: RoadNetwork, first_id: str, second_id: str) -> Flags:
    """The arcs of the street between two nodes, both ways; `InputError` if there is none."""
    number_of = {node_id: number for number, node_id in enumerate(network.node_ids)}
    for node_id in (first_id, second_id):
        if node_id not in number_of:
            raise InputError.one(f"node {node_id}", "is no node of this network", "Name two nodes of nodes.csv.")
    ends = {number_of[first_id], number_of[second_id]}
    found = np.isin(network.tails(), list(ends)) & np.isin(network.head, list(ends))
    if not found.any():
        raise InputError.one(f"{first_id},{second_id}", "no street joins these nodes", "Name the ends of one street.")
    return found


def arcs_near(network: RoadNetwork, lon_deg: float, lat_deg: float, within_m: float) -> Flags:
    """The arcs that come within so many metres of a place, as straight lines between their nodes.

    On a plane that touches the globe at the place: exact to a thousandth for some tens of kilometres.
    """
    metres = np.radians(1) * EARTH_RADIUS_M
    x = (network.lon_deg - lon_deg) * metres * np.cos(np.radians(lat_deg))
    y = (network.lat_deg - lat_deg) * metres
    tails, heads = network.tails(), network.head
    along = np.stack((x[heads] - x[tails], y[heads] - y[tails]), axis=-1)
    back = -np.stack((x[tails], y[tails]), axis=-1)
    squared: Floats = np.maximum((along**2).sum(axis=-1), 1e-12)
    share = np.clip((back * along).sum(axis=-1) / squared, 0, 1)
    return np.asarray(np.hypot(*(back - along * share[:, None]).T) <= within_m)


def without_arcs(network: RoadNetwork, closed: Flags) -> RoadNetwork:
    """The network with these arcs closed; every node stays, also one that nothing leads to any more."""
    kept = ~closed
    return build_network(
        network.lon_deg,
        network.lat_deg,
        network.tails()[kept],
        network.head[kept],
        network.length_m[kept],
        network.time_s[kept],
        road_class=network.road_class[kept],
        classes=network.classes,
        node_ids=network.node_ids,
        can_stop=network.can_stop,
        keep_largest=False,
        name=f"{network.name}, {int(closed.sum())} arcs closed",
        dropped=network.dropped,
    )
