"""Makes a region's folder from a draft: written beside its place, read back strictly, and only then put there."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np

from sixpoint.region.model import Region
from sixpoint.region.read import read_region
from sixpoint.region.write import Draft, new_folder, write_draft


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
