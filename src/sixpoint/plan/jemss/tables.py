"""Travel times between all junctions of a city, made once and kept on disk by the hash of its roads.

What is on disk is checked before it is believed (form, size, check sum) and made anew if it does not hold; a cache that
cannot be written is no error.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sixpoint.errors import InputError
from sixpoint.plan.jemss.city import City
from sixpoint.plan.jemss.reduced import all_pairs, reduce_roads
from sixpoint.plan.jemss.ways import Roads, road_records

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# Raised whenever the arrays change their meaning.
FORMAT: Final = "sixpoint jemss times 1"
# Times of two modes that differ by one factor to this relative width share a table: less than rounding in a day.
SAME_FACTOR: Final = 1e-14
# 9 bytes for each pair: 16,000 junctions are 2.3 GB a table.
MOST_JUNCTIONS: Final = 16_000


def roads_of(city: City, cache: Path | None = None) -> tuple[Roads, str]:
    """The city's roads for kernels, and whether the times were 'read' or 'built'; no cache without a folder."""
    graph = reduce_roads(len(city.node_x), city.tail, city.head, city.arc_day)
    junctions = len(graph.junction_node)
    if junctions > MOST_JUNCTIONS:
        what = f"has {junctions} junctions; times between all of them are kept for up to {MOST_JUNCTIONS}"
        raise InputError.one(city.name, what, "Take a smaller area, or leave out minor roads.")
    if int(np.diff(graph.leaving).max()) > 255:
        raise InputError.one(city.name, "a junction has more than 255 roads", "Look for a node that joins too much.")
    table_of, factor_of = shared_tables(city.arc_day)
    folder = cache / city.roads_hash if cache else None
    shape = (int(table_of.max()) + 1, junctions, junctions)
    if folder is not None:
        kept = _read(folder, shape)
        if kept is not None:
            return road_records(graph, *kept, table_of, factor_of), "read"
    between, leave_by = np.empty(shape), np.zeros(shape, np.uint8)
    for table in range(shape[0]):
        all_pairs(graph, int(np.argmax(table_of == table)), between[table], leave_by[table])
    if folder is not None:
        _write(folder, between, leave_by)
    return road_records(graph, between, leave_by, table_of, factor_of), "built"


def shared_tables(arc_day: Floats) -> tuple[Ints, Floats]:
    """For each mode its table and factor: a mode that is a fixed multiple of an earlier one uses that one's table."""
    table_of, factor_of = np.zeros(len(arc_day), np.int64), np.ones(len(arc_day))
    own: list[int] = []
    for mode, times in enumerate(arc_day):
        for table, other in enumerate(own):
            ratio = times / arc_day[other]
            if np.ptp(ratio) <= SAME_FACTOR * ratio.mean():
                table_of[mode], factor_of[mode] = table, np.median(ratio)
                break
        else:
            table_of[mode] = len(own)
            own.append(mode)
    return table_of, factor_of


def user_cache() -> Path:
    """Where this user's tables are kept (XDG_CACHE_HOME, or ~/.cache)."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "sixpoint" / "jemss"


def _write(folder: Path, between: Floats, leave_by: npt.NDArray[np.uint8]) -> None:
    arrays: dict[str, npt.NDArray[Any]] = {"between_day": between, "leave_by": leave_by}
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.parent))
        try:
            for name, array in arrays.items():
                np.save(draft / f"{name}.npy", array)
            sums = {name: zlib.crc32(array.data) for name, array in arrays.items()}
            (draft / "manifest.json").write_text(json.dumps({"format": FORMAT, "sums": sums}), "utf-8")
            if folder.exists():
                # Damaged: it is moved aside first, so that nobody reads half of each.
                folder.rename(draft / "damaged")
            draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError:
        # No room, no right to write, or somebody else was quicker: the tables are in memory all the same.
        return
    shutil.rmtree(folder / "damaged", ignore_errors=True)


def _read(folder: Path, shape: tuple[int, int, int]) -> tuple[Floats, npt.NDArray[np.uint8]] | None:
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        arrays: list[Any] = []
        for name, kind in (("between_day", np.float64), ("leave_by", np.uint8)):
            array = np.load(folder / f"{name}.npy", allow_pickle=False)
            if array.dtype != kind or array.shape != shape or not array.flags.c_contiguous:
                return None
            if manifest["format"] != FORMAT or zlib.crc32(array.data) != manifest["sums"][name]:
                return None
            arrays.append(array)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return arrays[0], arrays[1]
