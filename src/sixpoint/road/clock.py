"""How road times become whole milliseconds: the one rule of rounding, for live service and simulation alike.

Each piece of a way (to the next node, from there on) is rounded by itself, and sums are sums of whole numbers: so a
leg that is looked at twice, live or simulated, has the same instants both times.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sixpoint.kernels import compiled
from sixpoint.road.network import Floats
from sixpoint.road.oracle import NS_PER_S

NS_PER_MS: Final = 1e6


@compiled(lean=True, inline=True, inner=False)
def as_ms(ns: Any, factor: float) -> int:
    """Free-flow nanoseconds as whole milliseconds at a factor."""
    return int(ns * factor / NS_PER_MS + 0.5)


def one_ms(ns: int, factor: float) -> int:
    """What `as_ms` gives, for Python: calling into compiled code for one sum costs more than the sum."""
    return int(ns * factor / NS_PER_MS + 0.5)


def whole_ms(seconds: npt.ArrayLike, factor: float) -> Floats:
    """Free-flow seconds of the oracle as `as_ms` gives them: whole milliseconds, infinity where there is no way.

    The oracle's seconds are whole nanoseconds, so rounding to nanoseconds first loses nothing.
    """
    ns = np.rint(np.asarray(seconds, np.float64) * NS_PER_S)
    return np.floor(ns * factor / NS_PER_MS + 0.5)
