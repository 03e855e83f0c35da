"""Places on a map where a unit may wait or an AED hangs: suggestions, for a person to choose from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

# (tag key, value) -> kind of post; the first that holds decides.
KINDS: Final[Mapping[tuple[str, str], str]] = {
    ("emergency", "defibrillator"): "aed",
    ("emergency", "ambulance_station"): "station",
    ("amenity", "fire_station"): "station",
    ("amenity", "hospital"): "hospital",
    ("amenity", "school"): "school",
    ("leisure", "stadium"): "stadium",
    ("landuse", "industrial"): "plant",
}
PLACE_TAGS: Final = tuple(KINDS)
AED: Final = "aed"
# As a region's posts.csv and aeds.csv have them (docs/region.md): rows can be copied as they stand.
POST_COLUMNS: Final = ("post_id", "name", "kind", "lon_deg", "lat_deg")
AED_COLUMNS: Final = ("aed_id", "place", "lon_deg", "lat_deg")


class Place(msgspec.Struct, frozen=True, order=True):
    """A suggested post; `post_id` is the map's own (n, w or r and a number)."""

    post_id: str
    name: str
    kind: str
    lon_deg: float
    lat_deg: float


def kind_of(tags: Mapping[str, str]) -> str | None:
    """What kind of place the tags describe, if any; industrial land counts only with a name."""
    kind = next((kind for (key, value), kind in KINDS.items() if tags.get(key) == value), None)
    return None if kind == "plant" and not tags.get("name") else kind


def places_tables(places: Iterable[Place]) -> dict[str, str]:
    """The text of suggested_posts.csv and suggested_aeds.csv, each only if there is something to write in it.

    A place without a name is called by its kind and its number on the map.
    """
    posts, aeds = [], []
    for place in places:
        named = place.name or f"{place.kind} {place.post_id}"
        if place.kind == AED:
            aeds.append((place.post_id, named, place.lon_deg, place.lat_deg))
        else:
            posts.append((place.post_id, named, place.kind, place.lon_deg, place.lat_deg))
    texts = {}
    for file, columns, rows in (("posts", POST_COLUMNS, posts), ("aeds", AED_COLUMNS, aeds)):
        if rows:
            text = io.StringIO(newline="")
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
            texts[f"suggested_{file}.csv"] = text.getvalue()
    return texts
