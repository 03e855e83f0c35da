"""What a decision may ask besides the state: the rulebook, the call types, the policy, the road times, the pathways.

All of it comes in as an argument; all of it is named by content hash in the events that rest on it.
"""

from __future__ import annotations

import msgspec

from sixpoint.care import Pathways, load_pathways
from sixpoint.dispatch import CallTypes, Cover, Policy
from sixpoint.dispatch.cover import Matrix
from sixpoint.ops.places import Travel
from sixpoint.scope import Rulebook


class CoverTable(msgspec.Struct, frozen=True):
    """Who covers what from where: reach and demand by post, and the seconds between posts [posts, posts].

    Row `n` of both tables is the post `post_ids[n]`; the hash names the content of all of it.
    """

    post_ids: tuple[str, ...]
    cover: Cover
    between_s: Matrix
    hash: str


class World(msgspec.Struct, frozen=True):
    """The rulebook in force, the needs of each call type, the policy, road times on a named network, the pathways.

    Without a cover table no move is proposed and no cover weighed; a person may still move a unit, with a reason.
    """

    rulebook: Rulebook
    call_types: CallTypes
    policy: Policy
    travel: Travel
    cover: CoverTable | None = None
    pathways: Pathways = msgspec.field(default_factory=load_pathways)


class Refused(msgspec.Struct, frozen=True):
    """The command was refused: every reason, and what would make it acceptable. Nothing has changed."""

    because: tuple[str, ...]
    remedy: str


def refuse(because: str, remedy: str) -> Refused:
    """A refusal for one reason."""
    return Refused((because,), remedy)
