"""Demand as JEMSS's coverage models see it: rasters of demand points, and which stations cover which points in time."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from sixpoint.errors import InputError
from sixpoint.plan.jemss.city import City
from sixpoint.plan.jemss.columns import PRIORITIES, numbers, priorities, tables_of, whole
from sixpoint.plan.jemss.kernel import CityArrays
from sixpoint.road.jemss import JemssTable
from sixpoint.tables import Faults

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Tags of a TIFF (6.0) and of GeoTIFF 1.1 (OGC 19-008r4): what is needed to read an uncompressed grid of float64.
WIDTH, HEIGHT, BITS, COMPRESSION, OFFSETS, SAMPLES, COUNTS, FORMAT = 256, 257, 258, 259, 273, 277, 279, 339
PIXEL_SCALE, TIE_POINT = 33550, 33922
SIZES: Final = {1: "B", 2: "c", 3: "H", 4: "I", 12: "d"}


class Raster(msgspec.Struct, frozen=True, eq=False):
    """A grid of demand: `z[column, row]` at `x[column]`, `y[row]`, both rising; 0 where the file has no data."""

    x: Floats
    y: Floats
    z: Floats


class Demand(msgspec.Struct, frozen=True, eq=False):
    """Where demand is: rasters, and from each start time on which raster and how many calls a day by priority."""

    rasters: tuple[Raster, ...]
    start: Floats
    raster_of: Ints
    per_day: Floats


class Coverage(msgspec.Struct, frozen=True, eq=False):
    """How near is covered: the time by priority (days), and how many points stand for one cell of a raster."""

    cover_day: Floats
    rows: int
    columns: int


def read_demand(city: City) -> tuple[Demand, Coverage]:
    """The demand and coverage files of a city folder, found by their tables; rasters by file name, also within .zip."""
    faults = Faults()
    for name in ("demandModes", "coverTimes"):
        if name not in city.files:
            faults.add(city.name, f"no file holds the table '{name}'", "Move-up by coverage needs demand and coverage.")
    faults.raise_any()
    tables = tables_of(
        city.files["demandModes"], ["demandRasters", "demandSets", "demandSetsTiming"], faults, city.folder
    )
    cover = tables_of(city.files["coverTimes"], ["demandRasterCellNumPoints"], faults, city.folder)
    faults.raise_any()
    demand = _demand(city.folder, tables, faults)
    points = cover["demandRasterCellNumPoints"]
    cover_day = np.full(len(PRIORITIES), np.nan)
    times = cover["coverTimes"]
    cover_day[priorities(times, "demandPriority", faults)] = numbers(times, "coverTime", faults, 0)
    if np.isnan(cover_day).any():
        faults.add(times.where, "not every priority has a coverTime", f"Give: {', '.join(PRIORITIES)}.")
    rows, columns = (whole(points, name, faults, 1, 100) for name in ("rows", "cols"))
    faults.raise_any()
    return demand, Coverage(cover_day, int(rows[0]), int(columns[0]))


def _demand(folder: Path, tables: Mapping[str, JemssTable], faults: Faults) -> Demand:
    modes, sets, timing = tables["demandModes"], tables["demandSets"], tables["demandSetsTiming"]
    names = tables["demandRasters"].columns.get("rasterFilename", ())
    raster = whole(modes, "rasterIndex", faults, 1, len(names)) - 1
    rate = numbers(modes, "arrivalRate", faults, 0)
    urgency = priorities(modes, "priority", faults)
    lists = sets.columns.get("modeIndices", ())
    raster_of, per_day = np.zeros((len(lists), len(PRIORITIES)), np.int64), np.zeros((len(lists), len(PRIORITIES)))
    for place, text in enumerate(lists):
        where = f"{sets.where}:{sets.line + place}"
        cells = text.strip().strip("[]").replace(",", ";").replace(";", " ").split()
        if not all(cell.isdigit() and 1 <= int(cell) <= len(rate) for cell in cells):
            faults.add(where, f"modeIndices holds '{text}'", f"Write numbers from 1 to {len(rate)} like [1; 2; 3].")
            continue
        chosen = [int(cell) - 1 for cell in cells]
        if sorted(urgency[chosen].tolist()) != list(range(len(PRIORITIES))):
            faults.add(where, "a demand set does not have each priority once", "Name one mode for each priority.")
            continue
        raster_of[place, urgency[chosen]], per_day[place, urgency[chosen]] = raster[chosen], rate[chosen]
    order = whole(timing, "setIndex", faults, 1, len(lists)) - 1
    start = numbers(timing, "startTime", faults)
    if not len(start) or np.any(np.diff(start) <= 0):
        faults.add(timing.where, "startTime does not rise from row to row", "Give each time once, in order.")
    faults.raise_any()
    rasters = tuple(read_raster(*_find(folder, name)) for name in names)
    return Demand(rasters, start, raster_of[order], per_day[order])


def _find(folder: Path, written: str) -> tuple[bytes, str]:
    """The bytes of a raster, wherever a file of its name lies in the folder or in a .zip of it."""
    name = PurePosixPath(written.replace("\\", "/")).name
    for path in sorted(folder.rglob(name)):
        return path.read_bytes(), name
    for path in sorted(folder.rglob("*.zip")):
        try:
            with zipfile.ZipFile(path) as packed:
                for member in packed.namelist():
                    if PurePosixPath(member).name == name:
                        return packed.read(member), name
        except zipfile.BadZipFile:
            continue
    raise InputError.one(
        folder.name, f"the raster '{name}' is not there", "Put it anywhere in the folder, or its .zip."
    )


def read_raster(data: bytes, name: str) -> Raster:
    """An uncompressed GeoTIFF of one float64 a cell, north up; `InputError` for any other kind.

    Negative cells and not-a-number mark land without data and count as no demand.
    """
    try:
        tags = _tags(data)
        kind = (tags[BITS][0], tags[COMPRESSION][0], tags.get(SAMPLES, (1,))[0], tags[FORMAT][0])
        if kind != (64, 1, 1, 3) or tags[TIE_POINT][:3] != (0, 0, 0):
            raise ValueError
        width, height = tags[WIDTH][0], tags[HEIGHT][0]
        strips = b"".join(data[at : at + size] for at, size in zip(tags[OFFSETS], tags[COUNTS], strict=True))
        cells = np.frombuffer(strips, ("<" if data[:2] == b"II" else ">") + "f8").reshape(height, width)
        dx, dy = tags[PIXEL_SCALE][:2]
        left, top = tags[TIE_POINT][3:5]
    except (KeyError, ValueError, struct.error, IndexError):
        what = "is not an uncompressed GeoTIFF with one float64 for each cell"
        raise InputError.one(
            name, what, "Convert it (for example gdal_translate -ot Float64 -co COMPRESS=NONE)."
        ) from None
    z = np.where(np.isfinite(cells) & (cells > 0), cells, 0.0)[::-1].T
    x = left + dx * (np.arange(width) + 0.5)
    y = top - dy * (np.arange(height) + 0.5)[::-1]
    return Raster(x, y, np.ascontiguousarray(z))


def _tags(data: bytes) -> dict[int, tuple[Any, ...]]:
    end = {b"II": "<", b"MM": ">"}[bytes(data[:2])]
    magic, first = struct.unpack_from(end + "HI", data, 2)
    if magic != 42:
        raise ValueError
    (count,) = struct.unpack_from(end + "H", data, first)
    tags: dict[int, tuple[Any, ...]] = {}
    for entry in range(count):
        at = first + 2 + 12 * entry
        tag, kind, values = struct.unpack_from(end + "HHI", data, at)
        if kind not in SIZES:
            continue
        form = f"{end}{values}{SIZES[kind]}"
        place = at + 8 if struct.calcsize(form) <= 4 else struct.unpack_from(end + "I", data, at + 8)[0]
        tags[tag] = struct.unpack_from(form, data, place)
    return tags


class CoverSets(msgspec.Struct, frozen=True, eq=False):
    """Demand points gathered by the stations that cover them: coverage g has sets `first[g]` up to `first[g + 1]`."""

    first: Ints
    covers: npt.NDArray[np.bool_]
    demand: Floats
    coverage_of: Ints


def cover_sets(city: City, arrays: CityArrays, demand: Demand, coverage: Coverage) -> CoverSets:
    """Which demand points each set of stations covers, for each travel mode and cover time that may occur."""
    x, y, weight = _points(demand, coverage)
    places = city.attach(x, y)
    modes = len(city.arc_day)
    kinds: dict[tuple[int, float], int] = {}
    coverage_of = np.zeros((modes, len(PRIORITIES)), np.int64)
    first, covers, demands = [0], [], []
    for mode in range(modes):
        for priority, cover_day in enumerate(coverage.cover_day.tolist()):
            if (mode, cover_day) not in kinds:
                kinds[mode, cover_day] = len(kinds)
                speed = city.off_road_km_day[mode]
                day = city.stations.km / speed + arrays.station_day["out_day"][mode][places.node]
                within = day + (places.km / speed)[:, None] <= cover_day
                sets, number = np.unique(within, axis=0, return_inverse=True)
                number = number.reshape(-1)
                covers.append(sets)
                demands.append(np.array([np.bincount(number, row, len(sets)) for row in weight]))
                first.append(first[-1] + len(sets))
            coverage_of[mode, priority] = kinds[mode, cover_day]
    return CoverSets(np.array(first), np.concatenate(covers), np.concatenate(demands, axis=1), coverage_of)


def _points(demand: Demand, coverage: Coverage) -> tuple[Floats, Floats, Floats]:
    """Points with demand in some raster: x, y, and their demand in each; all rasters share one grid."""
    base = demand.rasters[0]
    if any(
        r.z.shape != base.z.shape or not np.allclose(r.x, base.x) or not np.allclose(r.y, base.y)
        for r in demand.rasters
    ):
        raise InputError.one("demand", "the rasters do not share one grid", "Resample them to the same cells.")
    column, row = np.nonzero(np.any([raster.z != 0 for raster in demand.rasters], axis=0))
    per_cell = coverage.rows * coverage.columns
    dx, dy = base.x[1] - base.x[0], base.y[1] - base.y[0]
    across = dx * ((np.arange(coverage.columns) + 0.5) / coverage.columns - 0.5)
    up = dy * ((np.arange(coverage.rows) + 0.5) / coverage.rows - 0.5)
    x = (base.x[column][:, None, None] + across[None, None, :] + 0 * up[None, :, None]).ravel()
    y = (base.y[row][:, None, None] + 0 * across[None, None, :] + up[None, :, None]).ravel()
    weight = np.array([np.repeat(raster.z[column, row] / per_cell, per_cell) for raster in demand.rasters])
    return x, y, weight
