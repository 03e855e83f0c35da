"""Makes a region's folder from a draft: written beside its place, read back strictly, and only then put there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np

from sixpoint.region.demand import draw_calls
from sixpoint.region.draws import Draws
from sixpoint.region.format import TABLES
from sixpoint.region.model import Region
from sixpoint.region.read import read_region
from sixpoint.region.rows import table_path
from sixpoint.region.write import Draft, new_folder, table_text, write_draft


def make_region(
    out: Path,
    draft: Callable[[np.random.Generator], Draft],
    seed: int,
    *,
    replace: bool = False,
    call_codes: Collection[str] | None = None,
) -> Region:
    """The region as read back from `out`, or an error and nothing at `out`; all that is drawn comes from `seed`."""
    with new_folder(out, replace=replace) as staging:
        write_draft(draft(np.random.Generator(np.random.PCG64(seed))), staging)
        return read_region(staging, call_codes)


def draw_region(
    folder: Path, out: Path, seed: int, *, replace: bool = False, call_codes: Collection[str] | None = None
) -> Region:
    """A copy of the region at `out` whose calls are drawn from its demand model, or an error and nothing at `out`."""
    region = read_region(folder, call_codes)
    calls = draw_calls(region, Draws(np.random.Generator(np.random.PCG64(seed))))
    with new_folder(out, replace=replace) as staging:
        shutil.copytree(folder, staging, dirs_exist_ok=True)
        table_path(staging, "calls")[0].unlink(missing_ok=True)
        (staging / TABLES["calls"].file).write_text(table_text("calls", calls), "utf-8", newline="")
        return read_region(staging, call_codes)
