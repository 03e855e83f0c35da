"""Turn restrictions: a junction with one is split, so that who comes from a restricted street leaves as allowed.

For each street that arrives under a restriction the junction gets a copy, entered from that street alone, with the
allowed departures only. No journey begins or ends at such a junction or its copies (the next node of the street
serves): so a copy never has to stand for the junction itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

EXCEPTED: Final = frozenset({"emergency", "motorcar", "motor_vehicle"})


class Restriction(msgspec.Struct, frozen=True):
    """From one way over a node: the way one must not take, or (`only`) the one that must be taken."""

    from_way: int
    via: int
    to_way: int
    only: bool


def restriction_of(tags: Mapping[str, str], members: Sequence[tuple[str, str, int]]) -> Restriction | str:
    """The restriction of a relation with members (type, role, ref), or in words why it is left out."""
    kind = tags.get("restriction", "")
    if not kind.startswith(("no_", "only_")):
        return "of a kind that is not known or holds at some hours only"
    if EXCEPTED & {word.strip() for word in tags.get("except", "").split(";")}:
        return "that do not hold for us"
    starts = [ref for type_, role, ref in members if (type_, role) == ("w", "from")]
    ends = [ref for type_, role, ref in members if (type_, role) == ("w", "to")]
    vias = [(type_, ref) for type_, role, ref in members if role == "via"]
    if len(starts) != 1 or len(ends) != 1 or len(vias) != 1 or vias[0][0] != "n":
        return "over a way or with several streets"
    return Restriction(starts[0], vias[0][1], ends[0], kind.startswith("only_"))


class Turns:
    """Which copy of a junction each way arrives at, and from which it departs."""

    def __init__(self, restrictions: Iterable[Restriction], nodes_of: Mapping[int, Sequence[int]]) -> None:
        self.notes: list[str] = []
        self._banned: dict[tuple[int, int], set[int]] = {}
        self._only: dict[tuple[int, int], set[int]] = {}
        astray = 0
        for turn in restrictions:
            at_ends = all(
                way in nodes_of and turn.via in (nodes_of[way][0], nodes_of[way][-1])
                for way in (turn.from_way, turn.to_way)
            )
            if not at_ends:
                astray += 1
                continue
            kept = self._only if turn.only else self._banned
            kept.setdefault((turn.via, turn.from_way), set()).add(turn.to_way)
        if astray:
            self.notes.append(f"{astray} turn restrictions between ways that are not there or do not meet.")
        self._arrivals: dict[int, list[int]] = {}
        for via, from_way in sorted(self._banned.keys() | self._only.keys()):
            self._arrivals.setdefault(via, []).append(from_way)

    @property
    def junctions(self) -> frozenset[int]:
        """The nodes that are split."""
        return frozenset(self._arrivals)

    def copies(self) -> Iterator[tuple[str, int]]:
        """The name and the node of each copy."""
        for via, from_ways in self._arrivals.items():
            for from_way in from_ways:
                yield _copy(via, from_way), via

    def arrival(self, way: int, node: int) -> str:
        """The name of the node that this way leads to."""
        return _copy(node, way) if way in self._arrivals.get(node, ()) else str(node)

    def departures(self, way: int, node: int) -> list[str]:
        """The names of the node and its copies from which this way may be taken."""
        allowed = [from_way for from_way in self._arrivals.get(node, ()) if self._may(node, from_way, way)]
        return [str(node), *(_copy(node, from_way) for from_way in allowed)]

    def _may(self, node: int, from_way: int, to_way: int) -> bool:
        only = self._only.get((node, from_way))
        return to_way not in self._banned.get((node, from_way), ()) and (only is None or to_way in only)


def _copy(node: int, from_way: int) -> str:
    return f"{node}@{from_way}"
