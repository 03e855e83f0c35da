"""Demand for coverage: rasters wherever they lie, points covered by the same stations gathered."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from small_city import table, write, write_city

from sixpoint.errors import InputError
from sixpoint.plan.jemss.city import read_city
from sixpoint.plan.jemss.demand import cover_sets, read_demand, read_raster
from sixpoint.plan.jemss.world import open_world

COVER_DAY = (0.018, 0.018, 0.025)
NAMES = ("highPriority", "medPriority", "lowPriority")


def tiff(z: np.ndarray, left: float, top: float, cell: float) -> bytes:
    """A GeoTIFF of one strip a row, row 0 at the top."""
    height, width = z.shape
    body = z.astype("<f8").tobytes()
    entries = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 1, 64), (259, 3, 1, 1), (277, 3, 1, 1), (339, 3, 1, 3)]
    data = bytearray(b"II*\x00" + bytes(4) + body)
    for tag, kind, values in (
        (273, "I", [8 + row * width * 8 for row in range(height)]),
        (279, "I", [width * 8] * height),
        (33550, "d", [cell, cell, 0.0]),
        (33922, "d", [0.0, 0.0, 0.0, left, top, 0.0]),
    ):
        entries.append((tag, {"I": 4, "d": 12}[kind], len(values), len(data)))
        data += struct.pack(f"<{len(values)}{kind}", *values)
    first = len(data)
    data += struct.pack("<H", len(entries))
    for entry in sorted(entries):
        data += struct.pack("<HHII", *entry)
    data[4:8] = struct.pack("<I", first)
    return bytes(data + bytes(4))


def write_demand(folder: Path, seed: int) -> np.ndarray:
    """Demand and coverage files with a raster in a .zip; returns its points with demand as x, y, weight."""
    z = np.random.default_rng(seed).random((6, 5))
    z[0, 0], z[2, 3] = -9999.0, 0.0
    (folder / "deep").mkdir()
    with zipfile.ZipFile(folder / "deep" / "r.zip", "w") as packed:
        packed.writestr("people.tif", tiff(z, 0.0, 0.9, 0.15))
    modes = [(number, 1, name, rate) for number, (name, rate) in enumerate(zip(NAMES, (40, 20, 30), strict=True), 1)]
    write(
        folder / "d.csv",
        table("demandRasters", "rasterIndex,rasterFilename", [(1, "$jemssDir/data/people.tif")])
        + table("demandModes", "modeIndex,rasterIndex,priority,arrivalRate", modes)
        + table("demandSets", "setIndex,modeIndices", [(1, "[1; 2; 3]")])
        + table("demandSetsTiming", "startTime,setIndex", [(0, 1)]),
    )
    cover = list(zip(NAMES, COVER_DAY, strict=True))
    points = table("demandRasterCellNumPoints", "rows,cols", [(1, 1)])
    write(folder / "c.csv", table("coverTimes", "demandPriority,coverTime", cover) + points)
    return np.array(
        [
            (0.15 * (column + 0.5), 0.9 - 0.15 * (row + 0.5), z[row, column])
            for row in range(6)
            for column in range(5)
            if z[row, column] > 0
        ]
    )


def test_a_raster_is_read_with_its_places_and_without_its_gaps(tmp_path: Path) -> None:
    z = np.arange(12.0).reshape(3, 4)
    z[0, 1] = -1.0
    raster = read_raster(tiff(z, 10.0, 50.0, 0.5), "r.tif")
    assert raster.x.tolist() == [10.25, 10.75, 11.25, 11.75] and raster.y.tolist() == [48.75, 49.25, 49.75]
    assert raster.z[3, 0] == z[2, 3] and raster.z[1, 2] == 0.0


@pytest.mark.parametrize("data", [b"", b"II*\x00", b"hello there", tiff(np.ones((2, 2)), 0, 0, 1)[:30]])
def test_what_is_no_such_raster_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="uncompressed GeoTIFF"):
        read_raster(data, "r.tif")


def test_the_raster_of_the_manhattan_model_is_read(shared: Path) -> None:
    demand, coverage = read_demand(read_city(shared / "data" / "jemss" / "manhattan"))
    (raster,) = demand.rasters
    assert raster.z.shape == (458, 988) and raster.z.sum() == pytest.approx(3757.8078)
    assert demand.per_day.tolist() == [[189.5, 0.0, 261.7]] and coverage.cover_day[0] == 0.003819444


def test_points_covered_by_the_same_stations_are_gathered_and_none_is_lost(tmp_path: Path) -> None:
    write_city(tmp_path, 5)
    weights = write_demand(tmp_path, 5)
    world = open_world(read_city(tmp_path))
    demand, coverage = read_demand(world.city)
    sets = cover_sets(world.city, world.arrays, demand, coverage)
    for kind in range(len(sets.first) - 1):
        rows = slice(sets.first[kind], sets.first[kind + 1])
        assert sets.demand[0, rows].sum() == pytest.approx(weights[:, 2].sum())
        assert len(np.unique(sets.covers[rows], axis=0)) == len(sets.covers[rows])
