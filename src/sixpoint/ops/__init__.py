"""The live service as pure functions: `decide(state, command, world)` and `evolve(state, event)`."""

from sixpoint.ops.decide import Decision, decide
from sixpoint.ops.evolve import evolve, replay
from sixpoint.ops.places import Leg, Place, Position, Travel, Way
from sixpoint.ops.state import (
    Assignment,
    Facility,
    Incident,
    Meeting,
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
    "Meeting",
    "Place",
    "Position",
    "Post",
    "Refused",
    "State",
    "Status",
    "Travel",
    "Unit",
    "Way",
    "World",
    "canonical",
    "decide",
    "digest",
    "evolve",
    "replay",
]
