"""Roads: networks, the nearest node, exact travel times between any two nodes, positions along a route."""

from sixpoint.road.network import RoadNetwork, build_network
from sixpoint.road.node_edge_tables import network_tables, read_network
from sixpoint.road.route import Position, Route
from sixpoint.road.snapper import Snapper, great_circle_m
from sixpoint.road.times import TravelTimes

__all__ = [
    "Position",
    "RoadNetwork",
    "Route",
    "Snapper",
    "TravelTimes",
    "build_network",
    "great_circle_m",
    "network_tables",
    "read_network",
]
