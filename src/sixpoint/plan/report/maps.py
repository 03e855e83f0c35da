"""Maps as SVG: streets, posts and facilities, and squares of the land coloured by what happened there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any, Final

import msgspec
import numpy as np

from sixpoint.plan.report.svg import drawing
from sixpoint.region import Region
from sixpoint.road import RoadNetwork

WIDTH: Final = 420
TALLEST: Final = 460
EDGE: Final = 14
CELLS_ACROSS: Final = 26
# Streets are there to know one's way; more strokes than this are seen by nobody and weigh megabytes.
MOST_STREETS: Final = 9_000
SHADES: Final = 5


class Scale(msgspec.Struct, frozen=True):
    """Limits between the shades, lowest first, and the words of the legend; the ramp is "s" (blue) or "r" (orange)."""

    limits: tuple[float, ...]
    words: tuple[str, ...]
    ramp: str = "s"


class Map:
    """The land of a region, to draw several pictures of the same extent on."""

    def __init__(self, region: Region, nodes: Any) -> None:
        self.region, network = region, region.network
        places = [(one.lon_deg, one.lat_deg) for one in region.posts.values()]
        places += [(one.lon_deg, one.lat_deg) for one in region.facilities.values()]
        lon = np.concatenate([network.lon_deg[nodes], [lon_deg for lon_deg, _ in places]])
        lat = np.concatenate([network.lat_deg[nodes], [lat_deg for _, lat_deg in places]])
        middle = math.radians(float(lat.mean()))
        # Degrees of longitude are shorter by the cosine of the latitude; good enough for the land of one service.
        self._squeeze = math.cos(middle)
        width = max(1e-6, float(np.ptp(lon)) * self._squeeze)
        height = max(1e-6, float(np.ptp(lat)))
        self._scale = min((WIDTH - 2 * EDGE) / width, (TALLEST - 2 * EDGE) / height)
        self._west, self._north = float(lon.min()), float(lat.max())
        self._shift = (WIDTH - width * self._scale) / 2
        self.height = round(height * self._scale + 2 * EDGE)
        self.cell = (WIDTH - 2 * EDGE) / CELLS_ACROSS
        self._streets = self._drawn_streets(network)

    def xy(self, lon_deg: Any, lat_deg: Any) -> tuple[Any, Any]:
        """Where a point lies in the picture."""
        x = (lon_deg - self._west) * self._squeeze * self._scale + self._shift
        return x, (self._north - lat_deg) * self._scale + EDGE

    def cells_of(self, nodes: Any) -> Any:
        """The square that each node lies in, as one number."""
        network = self.region.network
        x, y = self.xy(network.lon_deg[nodes], network.lat_deg[nodes])
        return (y // self.cell).astype(np.int64) * 1000 + (x // self.cell).astype(np.int64)

    def picture(self, title: str, told: str, cells: Sequence[tuple[int, str, str]] = (), *, places: bool = True) -> str:
        """The land with coloured squares (number, class of the shade, what a pointer is told), posts and facilities."""
        parts = [self._streets]
        size = f"{self.cell - 0.6:.1f}"
        for number, shade, said in cells:
            row, column = divmod(number, 1000)
            x, y = f"{column * self.cell:.1f}", f"{row * self.cell:.1f}"
            square = f'<rect class="{shade}" x="{x}" y="{y}" width="{size}" height="{size}">'
            parts.append(f"{square}<title>{escape(said)}</title></rect>")
        if places:
            parts += self._places()
        return drawing(title, told, "".join(parts), WIDTH, self.height)

    def _places(self) -> list[str]:
        parts = []
        for post in self.region.posts.values():
            x, y = self.xy(post.lon_deg, post.lat_deg)
            shape = f"M{x:.1f} {y - 6:.1f}l5.5 10h-11z"
            parts.append(f'<path class="post" d="{shape}"><title>{escape(post.name)}</title></path>')
        for one in self.region.facilities.values():
            x, y = self.xy(one.lon_deg, one.lat_deg)
            box = f'<rect class="facility" x="{x - 6:.1f}" y="{y - 6:.1f}" width="12" height="12">'
            letter = f'<text class="facility-letter" x="{x:.1f}" y="{y + 3.6:.1f}" text-anchor="middle">H</text>'
            parts.append(f"{box}<title>{escape(one.name)}</title></rect>{letter}")
        return parts

    def _drawn_streets(self, network: RoadNetwork) -> str:
        """Each street once, the longest of too many, what lies off the picture left out."""
        tails = network.tails()
        once = np.flatnonzero(tails < network.head)
        if len(once) > MOST_STREETS:
            once = once[np.argsort(-network.length_m[once], kind="stable")[:MOST_STREETS]]
        x, y = self.xy(network.lon_deg, network.lat_deg)
        inside = (x > 0) & (x < WIDTH) & (y > 0) & (y < self.height)
        strokes = [
            f"M{x[start]:.1f} {y[start]:.1f}L{x[end]:.1f} {y[end]:.1f}"
            for start, end in zip(tails[once].tolist(), network.head[once].tolist(), strict=True)
            if inside[start] or inside[end]
        ]
        return f'<path class="street" d="{"".join(strokes)}"/>'


def shade_of(value: float, scale: Scale) -> str:
    """The shade of a value, as the class that the style sheet colours."""
    return f"{scale.ramp}{int(np.searchsorted(np.array(scale.limits), value, side='right'))}"


def scale_legend(scale: Scale) -> str:
    """The shades with their words."""
    rows = [
        f'<li><svg viewBox="0 0 14 14" aria-hidden="true"><rect class="{scale.ramp}{shade}" width="14" height="14"/>'
        f"</svg>{escape(word)}</li>"
        for shade, word in enumerate(scale.words)
    ]
    return f'<ul class="legend">{"".join(rows)}</ul>'


def by_cell(cells: Any, values: Any) -> dict[int, Any]:
    """The values of each square."""
    order = np.argsort(cells, kind="stable")
    numbers, starts = np.unique(cells[order], return_index=True)
    return dict(zip(numbers.tolist(), np.split(values[order], starts[1:]), strict=True))
