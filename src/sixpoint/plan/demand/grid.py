"""Places as cells of a grid: which cell a place lies in, and how much street each cell has."""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec
import numpy as np

from sixpoint.plan.demand.clock import Floats, Ints
from sixpoint.road import RoadNetwork

METRES_A_DEGREE: Final = 6_371_008.8 * math.pi / 180  # mean radius of the Earth (IUGG 1980, R1)
CELL_M: Final = 1000.0
_HALF, _BITS = 1 << 20, 21


class Grid(msgspec.Struct, frozen=True):
    """Square cells of `cell_m` from a corner eastward (x) and northward (y), counted from 0."""

    lon_deg: float
    lat_deg: float
    cell_m: float

    def cells(self, lon_deg: Any, lat_deg: Any) -> tuple[Ints, Ints]:
        """x and y of the cell of each place."""
        east_m = METRES_A_DEGREE * math.cos(math.radians(self.lat_deg)) * (np.asarray(lon_deg) - self.lon_deg)
        north_m = METRES_A_DEGREE * (np.asarray(lat_deg) - self.lat_deg)
        return np.floor(east_m / self.cell_m).astype(np.int64), np.floor(north_m / self.cell_m).astype(np.int64)

    def middle(self, x: int, y: int) -> tuple[float, float]:
        """Longitude and latitude of the middle of a cell."""
        east_m, north_m = (x + 0.5) * self.cell_m, (y + 0.5) * self.cell_m
        lon_deg = self.lon_deg + east_m / (METRES_A_DEGREE * math.cos(math.radians(self.lat_deg)))
        return lon_deg, self.lat_deg + north_m / METRES_A_DEGREE


def grid_around(lon_deg: Any, lat_deg: Any, cell_m: float) -> Grid:
    """A grid whose corner is south-west of all places, on a hundredth of a degree."""
    west, south = (math.floor(100 * float(np.min(one))) / 100 for one in (lon_deg, lat_deg))
    return Grid(west, south, cell_m)


def key_of(x: Any, y: Any) -> Any:
    """One number for a cell, in order of x, then y."""
    return ((np.asarray(x) + _HALF) << _BITS) + np.asarray(y) + _HALF


def cell_of_key(key: int) -> tuple[int, int]:
    """x and y of a cell."""
    return (key >> _BITS) - _HALF, (key & ((1 << _BITS) - 1)) - _HALF


class Streets(msgspec.Struct, frozen=True, eq=False):
    """The streets of a network by cell: `keys` of the cells that have some (ascending), metres of street in each.

    `nodes` are those where a journey may end, cell after cell; `up_to[k]` is the street up to and with the k-th of
    them, `first[c]` the street before cell c, m.
    """

    keys: Ints
    metres: Floats
    nodes: Ints
    up_to: Floats
    first: Floats

    def draw(self, cell: Ints, chance: Floats) -> Ints:
        """A node in each cell (its place in `keys`), by the length of street at it."""
        at = self.first[cell] + chance * self.metres[cell]
        return self.nodes[np.minimum(np.searchsorted(self.up_to, at, side="right"), len(self.nodes) - 1)]


def streets_of(network: RoadNetwork, grid: Grid) -> Streets:
    """The streets of a network: half of each street belongs to each of its ends."""
    metres = np.bincount(network.tails(), weights=network.length_m, minlength=network.node_count)
    nodes = np.flatnonzero(network.can_stop & (metres > 0))
    keys = key_of(*grid.cells(network.lon_deg[nodes], network.lat_deg[nodes]))
    order = np.argsort(keys, kind="stable")
    nodes, keys = nodes[order], keys[order]
    found, start = np.unique(keys, return_index=True)
    up_to: Floats = np.cumsum(metres[nodes])
    first = np.concatenate([[0.0], up_to])[start]
    return Streets(found, np.add.reduceat(metres[nodes], start), nodes, up_to, first)
