"""The posts, facilities, AEDs and other named sites of the invented county, each beside a road."""

from __future__ import annotations

from typing import Final

import msgspec

from sixpoint.region.county.streets import HAMLETS, Node, Streets, to_lat_deg, to_lon_deg
from sixpoint.region.draws import Draws
from sixpoint.region.write import Cells

ALDER_FLAT, NORTH_FORK = HAMLETS["Alder Flat"], HAMLETS["North Fork"]


class Site(msgspec.Struct, frozen=True):
    """A named site, km east and north of the middle of town."""

    name: str
    x_km: float
    y_km: float


SITES: Final = {
    "station-1": Site("Station 1, Central", 1.2, -0.15),
    "station-2": Site("Station 2, Westbank", -2.5, -0.75),
    "station-3": Site("Station 3, Eastgate", 3.1, 0.9),
    "station-4": Site("Station 4, Alder Flat", ALDER_FLAT[0] + 0.1, ALDER_FLAT[1]),
    "stadium-north": Site("Riverton Field, north gate", 2.05, 2.35),
    "stadium-south": Site("Riverton Field, south gate", 2.05, 1.6),
    "school": Site("Cedar Ridge School, nurse's room", -2.9, 2.1),
    "works": Site("Prairie Glass Works, first-aid room", 2.15, -2.2),
    "volunteers": Site("North Fork Volunteers", NORTH_FORK[0], NORTH_FORK[1]),
    "general": Site("Riverton General Hospital", 1.9, 0.75),
    "st-brigid": Site("St. Brigid Community Hospital", -2.1, 1.2),
    "care-home-1": Site("Willow Court care home", -3.2, -0.6),
    "care-home-2": Site("Eastgate Terrace care home", 3.4, 0.3),
    "courthouse": Site("Courthouse", 0.9, 0.3),
    "market": Site("Market hall", 0.7, 0.55),
    "bus-station": Site("Bus station", 0.45, -0.35),
    "library": Site("Library", 1.1, 0.75),
    "pool": Site("Westbank swimming pool", -2.2, 0.75),
    "grain": Site("Alder Flat grain elevator", ALDER_FLAT[0] - 0.2, ALDER_FLAT[1] - 0.15),
}
POSTS: Final = {
    "station-1": "station",
    "station-2": "station",
    "station-3": "station",
    "station-4": "station",
    "stadium-north": "stadium",
    "stadium-south": "stadium",
    "school": "school",
    "works": "plant",
    "volunteers": "volunteer",
}
# Only one of the two can treat stroke, heart attack and major injury; neither is a burn centre.
FACILITIES: Final = {
    "general": "stroke stemi trauma trauma_2 pediatric obstetric behavioural",
    "st-brigid": "",
}
AEDS: Final = (
    "stadium-north",
    "stadium-south",
    "school",
    "works",
    "courthouse",
    "market",
    "bus-station",
    "library",
    "pool",
    "care-home-1",
    "care-home-2",
    "volunteers",
    "grain",
)


class Sites(msgspec.Struct, frozen=True):
    """Where each site came to stand: its node, and its own position some metres off the road."""

    node: dict[str, Node]
    position: dict[str, tuple[float, float]]

    def cells(self, site: str) -> Cells:
        """Longitude and latitude as cells."""
        lon_deg, lat_deg = self.position[site]
        return {"lon_deg": f"{lon_deg:.6f}", "lat_deg": f"{lat_deg:.6f}"}


def beside(node: Node, draws: Draws, most_km: float = 0.03) -> tuple[float, float]:
    """A position beside the road at a node, degrees."""
    x_km = node.x_km + draws.between(-most_km, most_km)
    y_km = node.y_km + draws.between(-most_km, most_km)
    return to_lon_deg(x_km), to_lat_deg(y_km)


def place_sites(streets: Streets, draws: Draws) -> Sites:
    """Every site at the road node nearest to where it should stand."""
    node = {key: streets.nearest(site.x_km, site.y_km) for key, site in SITES.items()}
    return Sites(node, {key: beside(at, draws) for key, at in node.items()})


def post_rows(sites: Sites) -> list[Cells]:
    """posts.csv"""
    return [
        {"post_id": post, "name": SITES[post].name, "kind": kind, **sites.cells(post)} for post, kind in POSTS.items()
    ]


def facility_rows(sites: Sites) -> list[Cells]:
    """facilities.csv"""
    return [
        {
            "facility_id": facility,
            "name": SITES[facility].name,
            "kind": "hospital",
            **sites.cells(facility),
            "capabilities": capabilities,
            "open": "yes",
        }
        for facility, capabilities in FACILITIES.items()
    ]


def aed_rows(sites: Sites) -> list[Cells]:
    """aeds.csv"""
    return [
        {"aed_id": f"aed-{number:02d}", "place": SITES[site].name, **sites.cells(site)}
        for number, site in enumerate(AEDS, start=1)
    ]
