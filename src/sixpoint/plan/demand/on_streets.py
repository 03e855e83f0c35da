"""Fitted demand laid on the streets of a region: every cell with streets may have calls, none without."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from sixpoint.plan.demand.clock import HOURS_OF_DAY
from sixpoint.plan.demand.grid import Grid, Streets, streets_of
from sixpoint.plan.demand.model import PARTS, Cells, Demand
from sixpoint.road import RoadNetwork
from sixpoint.tables import Faults

EVERYWHERE_M = 1e8  # one cell for a whole network


def on_streets(demand: Demand, network: RoadNetwork, faults: Faults) -> tuple[Demand, Streets]:
    """The demand with a cell for each cell that has streets, and those streets; cells off the roads are noted."""
    grid = demand.grid
    assert grid is not None and demand.cells is not None, "the demand has places"
    streets, cells = streets_of(network, grid), demand.cells
    place = np.minimum(np.searchsorted(streets.keys, cells.keys), len(streets.keys) - 1)
    off = np.flatnonzero((streets.keys[place] != cells.keys) & (cells.calls.sum(axis=1) > 0))
    if len(off):
        where = cells.where[off[0]] if cells.where else "places"
        calls = float(cells.calls[off].sum())
        what = f"{len(off)} cells with {calls:.0f} calls, this one first, have no street of the region"
        faults.add(where, what, 'Fit against this region, or write places = "streets" in the scenario\'s [demand].')
        return demand, streets
    wide = np.zeros((len(streets.keys), HOURS_OF_DAY))
    by_cell = np.zeros((len(streets.keys), len(PARTS), len(demand.mix.types)))
    there = streets.keys[place] == cells.keys
    wide[place[there]], by_cell[place[there]] = cells.calls[there], demand.mix.by_cell[there]
    laid = replace(demand, cells=Cells(streets.keys, wide), mix=replace(demand.mix, by_cell=by_cell))
    return laid, streets


def anywhere(demand: Demand, network: RoadNetwork) -> tuple[Demand, Streets]:
    """The demand without its places: calls fall on all streets alike."""
    corner = Grid(float(network.lon_deg.min()) - 0.001, float(network.lat_deg.min()) - 0.001, EVERYWHERE_M)
    no_cells = np.zeros((0, len(PARTS), len(demand.mix.types)))
    return replace(demand, grid=None, cells=None, mix=replace(demand.mix, by_cell=no_cells)), streets_of(
        network, corner
    )
