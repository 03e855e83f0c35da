"""Invents a county from a seed, for trying Sixpoint out where there are no real data: it says that it is invented."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np

from sixpoint.region.county.crews import invent_roster
from sixpoint.region.county.day import invent_calls
from sixpoint.region.county.sites import aed_rows, facility_rows, place_sites, post_rows
from sixpoint.region.county.streets import Streets, invent_streets
from sixpoint.region.draws import Draws
from sixpoint.region.write import Cells, Draft, Setting

DEFAULT_SEED: Final = 20
DEFAULT_NAME: Final = "Riverton County"
# A Friday in May: school is on, and there is a match in the afternoon.
DAY: Final = date(2026, 5, 15)
TIMEZONE: Final = "America/Chicago"


def invent_county(rng: np.random.Generator, *, name: str = DEFAULT_NAME, region_id: str = "riverton") -> Draft:
    """A county with roads, posts, crews, hospitals and a day of calls; the same generator state gives the same one."""
    draws = Draws(rng)
    streets = invent_streets(draws)
    sites = place_sites(streets, draws)
    roster = invent_roster(DAY, TIMEZONE, draws)
    calls = invent_calls(DAY, TIMEZONE, streets, sites, draws)
    settings: dict[str, Setting] = {
        "id": region_id,
        "name": name,
        "state": "NE",
        "timezone": TIMEZONE,
        "synthetic": True,
        "notice": f"{name} is synthetic: its roads, people, units, hospitals and calls are invented by Sixpoint's own "
        "generator from a seed. It is laid over open ranch land in Nebraska so that clocks and forms have a state.",
        "rulebook": "us-national",
        "overlays": (),
        "day": DAY.isoformat(),
        # Lights and sirens still meet junctions and other traffic; a choice of ours (San Francisco's engines: 1.9).
        "lights_factor": 1.3,
        "sources": ("Invented by Sixpoint (sixpoint region new); Apache-2.0 like the program.",),
    }
    tables = {
        "posts": post_rows(sites),
        "units": roster.units,
        "clinicians": roster.clinicians,
        "credentials": roster.credentials,
        "shifts": roster.shifts,
        "facilities": facility_rows(sites),
        "aeds": aed_rows(sites),
        **road_rows(streets),
        "calls": calls,
    }
    return Draft(settings, tables)


def road_rows(streets: Streets) -> dict[str, list[Cells]]:
    """road/nodes.csv and road/edges.csv"""
    nodes: list[Cells] = [
        {"node_id": node.node_id, "lon_deg": f"{node.lon_deg:.6f}", "lat_deg": f"{node.lat_deg:.6f}"}
        for node in streets.nodes
    ]
    edges: list[Cells] = [
        {
            "from_node": edge.tail,
            "to_node": edge.head,
            "length_m": f"{edge.length_m:.1f}",
            "speed_kmh": f"{edge.speed_kmh:.1f}",
            "road_class": edge.road_class,
            "one_way": "yes" if edge.one_way else "no",
        }
        for edge in streets.edges
    ]
    return {"nodes": nodes, "edges": edges}
