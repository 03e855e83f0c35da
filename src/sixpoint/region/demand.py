"""A demand model in place of calls: calls an hour and their mix; calls are drawn from it along the streets."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from sixpoint.errors import InputError
from sixpoint.region.draws import Draws
from sixpoint.region.write import Cells
from sixpoint.road import RoadNetwork
from sixpoint.tables import Faults, decode_text, read_bytes

if TYPE_CHECKING:
    from sixpoint.region.model import Region

DEMAND: Final = "demand.toml"
HOURS: Final = 24
MOST_PER_HOUR: Final = 10_000.0
# Every value of a drawn call was drawn.
DRAWN: Final = "received_at lon_deg lat_deg dispatch_code"


class DemandModel(msgspec.Struct, frozen=True):
    """Calls an hour by hour of the local day (0 first), and the weight of each dispatch code."""

    calls_per_hour: tuple[float, ...]
    mix: Mapping[str, float]


def read_demand(folder: Path, call_codes: Collection[str] | None, faults: Faults) -> DemandModel | None:
    """demand.toml, if it is there; what is wrong with it is noted in `faults`."""
    if not (folder / DEMAND).exists():
        return None
    try:
        text = decode_text(DEMAND, read_bytes(folder / DEMAND, DEMAND))
        values: dict[str, object] = tomllib.loads(text)
    except InputError as error:
        faults.found.extend(error.faults)
        return None
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        faults.add(f"{DEMAND}:{at[1] if at else 1}", f"not TOML ({error})", "Write each line as: key = value.")
        return None
    per_hour, mix = values.pop("calls_per_hour", None), values.pop("mix", None)
    for key in values:
        faults.add(f"{DEMAND}:{_line(text, key)}", f"key '{key}' is not known", "Known are: calls_per_hour, mix.")
    if not isinstance(per_hour, list) or len(per_hour) != HOURS or not all(_is_rate(rate) for rate in per_hour):
        line = _line(text, "calls_per_hour")
        faults.add(f"{DEMAND}:{line}", "'calls_per_hour' is not 24 numbers from 0", "Write one rate for each hour.")
        per_hour = []
    if not isinstance(mix, dict) or not mix or not all(_is_rate(weight) and weight > 0 for weight in mix.values()):
        line = _line(text, "mix")
        faults.add(f"{DEMAND}:{line}", "'mix' is not a table of weights above 0", 'Write lines like "2301013" = 10.0.')
        mix = {}
    for code in mix:
        if call_codes is not None and code not in call_codes:
            where = f"{DEMAND}:{_line(text, code)}"
            faults.add(where, f"dispatch code '{code}' is not a known call type", "Write a NEMSIS eDispatch.01 code.")
    return DemandModel(tuple(map(float, per_hour)), {code: float(weight) for code, weight in mix.items()})


def _is_rate(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MOST_PER_HOUR


def _line(text: str, key: str) -> int:
    """The line on which a key or a table begins."""
    pattern = re.compile(rf"\s*(\[\s*)?[\"']?{re.escape(key)}[\"']?\s*[=\]]")
    return next((number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line)), 1)


class StreetPlaces:
    """Draws places along the streets: a node by the length of street at it, half of each street to each end."""

    def __init__(self, network: RoadNetwork) -> None:
        # Both arcs of a two-way street leave one of its ends.
        street_m = np.bincount(network.tails(), weights=network.length_m, minlength=network.node_count)
        self._up_to = np.cumsum(street_m * network.can_stop)
        self._network = network

    def draw(self, draws: Draws) -> tuple[float, float]:
        """Longitude and latitude of the node drawn."""
        node = int(np.searchsorted(self._up_to, draws.unit() * float(self._up_to[-1]), side="right"))
        return float(self._network.lon_deg[node]), float(self._network.lat_deg[node])


def draw_calls(region: Region, draws: Draws) -> list[Cells]:
    """calls.csv for the region's days, drawn from its demand; `InputError` if it has none.

    A Poisson process by hour of the local clock; an hour that the clock skips in spring has no calls, one that it
    repeats in autumn has them twice.
    """
    if region.demand is None:
        raise InputError.one(DEMAND, "the region has no demand model", f"Add {DEMAND} to its folder (docs/region.md).")
    zone, places = ZoneInfo(region.timezone), StreetPlaces(region.network)
    mix = list(region.demand.mix.items())
    rows: list[Cells] = []
    hour, end = region.starts_at.astimezone(UTC), region.ends_at.astimezone(UTC)
    while hour < end:
        length_h = min((end - hour) / timedelta(hours=1), 1.0)
        for at_h in draws.arrivals(region.demand.calls_per_hour[hour.astimezone(zone).hour], length_h):
            lon_deg, lat_deg = places.draw(draws)
            rows.append(
                {
                    "call_id": f"{region.id}-{len(rows) + 1:05d}",
                    "received_at": (hour + timedelta(seconds=int(at_h * 3600))).astimezone(zone).isoformat(),
                    "lon_deg": f"{lon_deg:.6f}",
                    "lat_deg": f"{lat_deg:.6f}",
                    "dispatch_code": draws.weighted(mix),
                    "imputed": DRAWN,
                    "note": "drawn from the demand model",
                }
            )
        hour += timedelta(hours=1)
    return rows
