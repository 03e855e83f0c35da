"""Roads: networks, the nearest node, exact travel times between any two nodes, positions along a route."""

from sixpoint.road.cache import cached_oracle, user_cache
from sixpoint.road.network import RoadNetwork, build_network
from sixpoint.road.node_edge_tables import network_tables, read_network, read_road_folder
from sixpoint.road.oracle import Oracle, build_oracle, oracle_many, oracle_ns, oracle_pairs, oracle_path, oracle_seconds
from sixpoint.road.route import Position, Route
from sixpoint.road.snapper import Snapper, great_circle_m
from sixpoint.road.times import TravelTimes

__all__ = [
    "Oracle",
    "Position",
    "RoadNetwork",
    "Route",
    "Snapper",
    "TravelTimes",
    "build_network",
    "build_oracle",
    "cached_oracle",
    "great_circle_m",
    "network_tables",
    "oracle_many",
    "oracle_ns",
    "oracle_pairs",
    "oracle_path",
    "oracle_seconds",
    "read_network",
    "read_road_folder",
    "user_cache",
]
