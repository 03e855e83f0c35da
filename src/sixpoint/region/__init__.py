"""Regions: a folder with posts, units, people, hospitals, roads and calls, read strictly; invented or imported ones."""

from sixpoint.region.bundled import BUNDLED, bundled_region, named_region
from sixpoint.region.model import Aed, Call, Facility, Post, Region, Shift, Unit
from sixpoint.region.read import read_region

__all__ = [
    "BUNDLED",
    "Aed",
    "Call",
    "Facility",
    "Post",
    "Region",
    "Shift",
    "Unit",
    "bundled_region",
    "named_region",
    "read_region",
]
