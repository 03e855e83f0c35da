"""What a decision may ask besides the state: the rulebook, the call types, the policy and the road times.

All of it comes in as an argument; all of it is named by content hash in the events that rest on it.
"""

from __future__ import annotations

import msgspec

from sixpoint.dispatch import CallTypes, Policy
from sixpoint.ops.places import Travel
from sixpoint.scope import Rulebook


class World(msgspec.Struct, frozen=True):
    """The rulebook in force, the needs of each call type, the policy, and road times on a named network."""

    rulebook: Rulebook
    call_types: CallTypes
    policy: Policy
    travel: Travel


class Refused(msgspec.Struct, frozen=True):
    """The command was refused: every reason, and what would make it acceptable. Nothing has changed."""

    because: tuple[str, ...]
    remedy: str


def refuse(because: str, remedy: str) -> Refused:
    """A refusal for one reason."""
    return Refused((because,), remedy)
