"""Turn restrictions: a junction with one is split, so that who comes from a restricted street leaves as allowed.

For each street that arrives under a restriction the junction gets a copy, entered from that street alone, with the
allowed departures only. Where a restriction leads over further streets, each of their nodes gets a copy too, for who
came that way: a copy stands for a node together with the last legs driven, as far as some restriction begins with
them. So a way through the network is allowed if and only if no restriction forbids it, however restrictions overlap.
Turning back on a street in between is not allowed either: it would be a way around the restriction, driven twice.

No journey begins or ends at such a node or its copies (the next node of the street serves): so a copy never has to
stand for the node itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from sixpoint.road.restrictions import Restriction

Leg = tuple[int, int, int]  # a way, and two nodes of it next to each other in the order driven
Driven = tuple[Leg, ...]  # the last legs, the oldest first


class Turns:
    """Which copy of a node each leg leads from and to."""

    def __init__(
        self, restrictions: Iterable[Restriction], nodes_of: Mapping[int, Sequence[int]], legs: Iterable[Leg]
    ) -> None:
        self._nodes_of = nodes_of
        self._into: dict[tuple[int, int], list[Leg]] = {}
        self._departs: set[tuple[int, int]] = set()
        for leg in legs:
            self._into.setdefault((leg[0], leg[2]), []).append(leg)
            self._departs.add((leg[0], leg[1]))
        self._banned: dict[Driven, set[int]] = {}
        self._only: dict[Driven, set[int]] = {}
        self._next: dict[Driven, set[Leg]] = {}
        self._names: dict[Driven, str] = {}
        self._copies_at: dict[int, list[Driven]] = {}
        astray: Counter[str] = Counter(word for one in restrictions if (word := self._take(one)))
        self.notes = [f"{count} turn restrictions {word}." for word, count in sorted(astray.items())]

    @property
    def junctions(self) -> frozenset[int]:
        """The nodes that are split."""
        return frozenset(self._copies_at)

    def copies(self) -> Iterator[tuple[str, int]]:
        """The name and the node of each copy, in an order that does not depend on that of the restrictions."""
        for node in sorted(self._copies_at):
            for driven in sorted(self._copies_at[node]):
                yield self._names[driven], node

    def arcs(self, leg: Leg) -> Iterator[tuple[str, str]]:
        """The names of the nodes, or copies, from and to which this leg leads."""
        yield str(leg[1]), self._arrival((leg,))
        for driven in self._copies_at.get(leg[1], ()):
            if self._may(driven, leg):
                yield self._names[driven], self._arrival((*driven, leg))

    def _arrival(self, driven: Driven) -> str:
        """The copy for the most of the last legs that some restriction begins with; else the node itself."""
        for first in range(len(driven)):
            if driven[first:] in self._names:
                return self._names[driven[first:]]
        return str(driven[-1][2])

    def _may(self, driven: Driven, leg: Leg) -> bool:
        if len(driven) > 1 and leg == _back(driven[-1]):
            return False
        for first in range(len(driven)):
            last = driven[first:]
            only = self._only.get(last)
            if leg[0] in self._banned.get(last, ()) or (only is not None and leg[0] not in only):
                return False
            if last in self._next and leg not in self._next[last]:
                return False
        return True

    def _take(self, one: Restriction) -> str:
        """Notes a restriction; in words why it is left out."""
        found = False
        for from_way in one.from_ways:
            for to_way in one.to_ways:
                chains = self._chains(one, from_way, to_way)
                if len(chains) > 1:
                    return "over ways that can be driven in more than one order"
                for chain in chains:
                    found = True
                    self._add(from_way, chain, to_way, one.only)
        return "" if found else "between ways that are not there or do not meet"

    def _chains(self, one: Restriction, from_way: int, to_way: int) -> list[tuple[int, list[Leg]]]:
        """Each way to drive it: the node at the end of `from_way`, and the legs from there to `to_way`."""
        if one.via_node is not None:
            meets = all(one.via_node in self._ends(way) for way in (from_way, to_way))
            return [(one.via_node, [])] if meets else []
        if any(len(set(self._ends(way))) != 2 for way in one.via_ways):
            return []
        found = []
        for ways in {one.via_ways, one.via_ways[::-1]}:
            for start in sorted(set(self._ends(from_way))):
                legs = self._along(start, ways)
                if legs and legs[-1][2] in self._ends(to_way):
                    found.append((start, legs))
        return found

    def _along(self, start: int, ways: Sequence[int]) -> list[Leg]:
        """The legs over these ways one after the other from a node at an end of the first; none if they do not meet."""
        legs: list[Leg] = []
        for way in ways:
            nodes = list(self._nodes_of[way])
            if start not in (nodes[0], nodes[-1]):
                return []
            if start != nodes[0]:
                nodes.reverse()
            legs += [(way, node, following) for node, following in pairwise(nodes)]
            start = nodes[-1]
        return legs

    def _ends(self, way: int) -> tuple[int, ...]:
        nodes = self._nodes_of.get(way, ())
        return (nodes[0], nodes[-1]) if nodes else ()

    def _add(self, from_way: int, chain: tuple[int, list[Leg]], to_way: int, only: bool) -> None:
        """Splits the nodes on the way. One that nobody can drive (against a one-way street) forbids nothing else."""
        start, legs = chain
        last = legs[-1][2] if legs else start
        if not all(leg in self._into.get((leg[0], leg[2]), ()) for leg in legs) or (to_way, last) not in self._departs:
            return
        for arriving in self._into.get((from_way, start), ()):
            driven: Driven = (arriving,)
            self._split(driven)
            for leg in legs:
                if only:
                    self._next.setdefault(driven, set()).add(leg)
                driven = (*driven, leg)
                self._split(driven)
            kept = self._only if only else self._banned
            kept.setdefault(driven, set()).add(to_way)

    def _split(self, driven: Driven) -> None:
        if driven in self._names:
            return
        way, before, node = driven[0]
        closed = len(self._into[way, node]) > 1
        ways = [way, *dict.fromkeys(leg[0] for leg in driven[1:])]
        name = f"{driven[-1][2]}@{'>'.join(str(one) for one in ways)}"
        self._names[driven] = f"{name}<{before}" if closed else name
        self._copies_at.setdefault(driven[-1][2], []).append(driven)


def _back(leg: Leg) -> Leg:
    return leg[0], leg[2], leg[1]
