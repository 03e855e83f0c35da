"""Places on a map where a unit may wait or an AED hangs: suggestions, for a person to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

# (tag key, value) -> kind of post; the first that holds decides.
_KINDS: Final[Mapping[tuple[str, str], str]] = {
    ("emergency", "defibrillator"): "aed",
    ("emergency", "ambulance_station"): "station",
    ("amenity", "fire_station"): "station",
    ("amenity", "hospital"): "hospital",
    ("amenity", "school"): "school",
    ("leisure", "stadium"): "stadium",
    ("landuse", "industrial"): "plant",
}
PLACE_TAGS: Final = tuple(_KINDS)
PLACE_COLUMNS: Final = ("post_id", "name", "kind", "lon_deg", "lat_deg")


class Place(msgspec.Struct, frozen=True, order=True):
    """A suggested post; `post_id` is the map's own (n, w or r and a number)."""

    post_id: str
    name: str
    kind: str
    lon_deg: float
    lat_deg: float


def kind_of(tags: Mapping[str, str]) -> str | None:
    """What kind of place the tags describe, if any; industrial land counts only with a name."""
    kind = next((kind for (key, value), kind in _KINDS.items() if tags.get(key) == value), None)
    return None if kind == "plant" and not tags.get("name") else kind
