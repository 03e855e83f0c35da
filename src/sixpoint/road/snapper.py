"""The node of the network nearest to a place."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from sixpoint.errors import InputError
from sixpoint.road.network import Floats, Ints, RoadNetwork

# Mean radius of the Earth (IUGG 1980, R1), m.
EARTH_RADIUS_M: Final = 6_371_008.8
# Nodes at the very same place that are looked at for the lowest number; more than a turn restriction ever makes.
TIES: Final = 8


class Snapper:
    """Finds the nearest node at which a journey may begin or end, exactly, by great-circle distance."""

    def __init__(self, network: RoadNetwork) -> None:
        self._nodes = np.flatnonzero(network.can_stop)
        if not len(self._nodes):
            raise InputError.one(network.name, "no journey may begin or end anywhere", "Allow it at some nodes.")
        self._tree = cKDTree(_on_sphere(network.lon_deg[self._nodes], network.lat_deg[self._nodes]))

    def nearest(self, lon_deg: float, lat_deg: float) -> tuple[int, float]:
        """The nearest node and how far it is, m; the lowest-numbered one if several are as near."""
        nodes, distances_m = self.nearest_many([lon_deg], [lat_deg])
        return int(nodes[0]), float(distances_m[0])

    def nearest_many(self, lon_deg: npt.ArrayLike, lat_deg: npt.ArrayLike) -> tuple[Ints, Floats]:
        """The nearest node of each place, and how far it is, m."""
        lon, lat = np.asarray(lon_deg, np.float64), np.asarray(lat_deg, np.float64)
        bad = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
        if bad.any():
            index = int(np.flatnonzero(bad)[0])
            raise InputError.one(
                f"place {index}",
                f"stands at {lon[index]}, {lat[index]}, which is not on Earth",
                "Write degrees, longitude before latitude.",
            )
        chords, found = self._tree.query(_on_sphere(lon, lat), k=min(TIES, len(self._nodes)))
        chords, found = chords.reshape(len(lon), -1), found.reshape(len(lon), -1)
        tied = np.where(chords == chords[:, :1], found, self._tree.n)
        return self._nodes[tied.min(axis=1)], 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(chords[:, 0] / 2, 1))

    def fits_exchanged(self, lon_deg: float, lat_deg: float, within_m: float) -> bool:
        """Whether the place would be so near to a node if its longitude and latitude were exchanged."""
        return abs(lon_deg) <= 90 and abs(lat_deg) <= 180 and self.nearest(lat_deg, lon_deg)[1] <= within_m


def great_circle_m(lon_a: npt.ArrayLike, lat_a: npt.ArrayLike, lon_b: npt.ArrayLike, lat_b: npt.ArrayLike) -> Floats:
    """Great-circle distance between places, m; arguments in degrees, element by element."""
    chord = np.linalg.norm(
        _on_sphere(np.asarray(lon_a, np.float64), np.asarray(lat_a, np.float64))
        - _on_sphere(np.asarray(lon_b, np.float64), np.asarray(lat_b, np.float64)),
        axis=-1,
    )
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.minimum(chord / 2, 1)), np.float64)


def _on_sphere(lon_deg: Floats, lat_deg: Floats) -> Floats:
    """Points on the unit sphere: the nearest by chord is the nearest by great circle."""
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    return np.stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)), axis=-1)
