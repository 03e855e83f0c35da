"""The live service as pure functions: `decide(state, command, world)` and `evolve(state, event)`."""

from sixpoint.ops.decide import Decision, decide
from sixpoint.ops.evolve import evolve, replay
from sixpoint.ops.places import Leg, Place, Position, Travel
from sixpoint.ops.state import (
    Assignment,
    Facility,
    Incident,
    Post,
    State,
    Status,
    Unit,
    canonical,
    digest,
)
from sixpoint.ops.world import CoverTable, Refused, World

__all__ = [
    "Assignment",
    "CoverTable",
    "Decision",
    "Facility",
    "Incident",
    "Leg",
    "Place",
    "Position",
    "Post",
    "Refused",
    "State",
    "Status",
    "Travel",
    "Unit",
    "World",
    "canonical",
    "decide",
    "digest",
    "evolve",
    "replay",
]
