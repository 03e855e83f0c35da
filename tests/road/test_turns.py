"""Turn restrictions, over a node or over ways: a way through the network is allowed if and only if none forbids it."""

from __future__ import annotations

import heapq
import random
from pathlib import Path

import numpy as np
import pytest

from sixpoint.road import RoadNetwork, TravelTimes, build_network
from sixpoint.road.importers import import_roads
from sixpoint.road.restrictions import Restriction
from sixpoint.road.turns import Leg, Turns

# A dual carriageway, eastward below, westward above; the ways 30 to 32 join them, the streets 40 and 41 end there.
#
#                 8
#                41
#                 |
#      4 <--212-- 5 <--211-- 6
#      |          |          |
#     30         31         32
#      |          |          |
#      1 --201--> 2 --202--> 3
#                 |
#                40
#                 7
NODES = {1: (0, 0), 2: (2, 0), 3: (4, 0), 4: (0, 1), 5: (2, 1), 6: (4, 1), 7: (2, -2), 8: (2, 3)}
WAYS = {201: (1, 2), 202: (2, 3), 211: (6, 5), 212: (5, 4), 30: (1, 4), 31: (2, 5), 32: (3, 6), 40: (7, 2), 41: (5, 8)}
ONE_WAY = (201, 202, 211, 212)


def osm_file(folder: Path, *relations: str) -> Path:
    lines = ['<osm version="0.6">']
    lines += [f'<node id="{node}" version="1" lon="{x / 1000}" lat="{y / 1000}"/>' for node, (x, y) in NODES.items()]
    for way, nodes in sorted(WAYS.items()):
        refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
        signs = '<tag k="highway" v="primary"/><tag k="maxspeed" v="36"/>'
        signs += '<tag k="oneway" v="yes"/>' if way in ONE_WAY else ""
        lines.append(f'<way id="{way}" version="1">{refs}{signs}</way>')
    path = folder / "carriageways.osm"
    path.write_text("\n".join([*lines, *relations, "</osm>"]), "utf-8")
    return path


def relation(kind: str, *members: tuple[str, int], number: int = 1) -> str:
    listed = "".join(f'<member type="way" ref="{way}" role="{role}"/>' for role, way in members)
    signs = f'<tag k="type" v="restriction"/><tag k="restriction" v="{kind}"/>'
    return f'<relation id="{number}" version="1">{listed}{signs}</relation>'


NO_U_TURN = relation("no_u_turn", ("from", 201), ("via", 31), ("to", 212))


def between(network: RoadNetwork, start: str, goal: str) -> list[str]:
    number = {name: place for place, name in enumerate(network.node_ids)}
    nodes = TravelTimes(network).path(number[start], number[goal]).nodes
    return [network.node_ids[node].split("@")[0] for node in nodes]


def test_who_comes_from_a_street_may_not_turn_back_over_the_way_between(tmp_path: Path) -> None:
    network = import_roads(osm_file(tmp_path, NO_U_TURN)).network
    ways = {(network.node_ids[a], network.node_ids[b]) for a, b in zip(network.tails(), network.head, strict=True)}
    assert {end for start, end in ways if start == "5@201>31"} == {"8"}
    assert {end for start, end in ways if start == "5"} == {"4", "8", "2"}
    assert {end for start, end in ways if start == "2@201"} == {"3", "7", "5@201>31"}
    assert between(network, "1", "8") == ["1", "2", "5", "8"]
    assert not network.dropped


def test_others_may_take_the_same_turn(tmp_path: Path) -> None:
    network = import_roads(osm_file(tmp_path, NO_U_TURN)).network
    assert between(network, "7", "4") == ["7", "2", "5", "4"]


def test_an_only_restriction_over_a_way_leaves_no_other_way(tmp_path: Path) -> None:
    only = relation("only_straight_on", ("from", 40), ("via", 31), ("to", 212))
    network = import_roads(osm_file(tmp_path, only)).network
    assert between(network, "7", "3") == ["7", "2", "5", "4", "1", "2", "3"]
    assert between(network, "1", "3") == ["1", "2", "3"]


def test_a_restriction_from_several_streets_holds_from_each(tmp_path: Path) -> None:
    both = relation("no_entry", ("from", 201), ("from", 40), ("via", 31), ("to", 212))
    network = import_roads(osm_file(tmp_path, both)).network
    assert {"5@201>31", "5@40>31"} <= set(network.node_ids)
    assert between(network, "7", "4") == ["7", "2", "3", "6", "5", "4"]


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (
            (("from", 201), ("via", 32), ("to", 212)),
            "1 turn restrictions between ways that are not there or do not meet.",
        ),
        (
            (("from", 201), ("via", 99), ("to", 212)),
            "1 turn restrictions between ways that are not there or do not meet.",
        ),
        ((("from", 201), ("to", 212)), "1 turn restrictions without a way from, a way to, or one place between them."),
    ],
)
def test_a_restriction_that_does_not_hang_together_is_said_and_forbids_nothing(
    tmp_path: Path, members: tuple[tuple[str, int], ...], said: str
) -> None:
    network = import_roads(osm_file(tmp_path, relation("no_u_turn", *members))).network
    assert said in network.dropped and network.node_count == len(NODES)


def test_one_that_holds_always_and_otherwise_at_some_hours_is_kept_and_said(tmp_path: Path) -> None:
    mixed = NO_U_TURN.replace("</relation>", '<tag k="restriction:conditional" v="none @ (Su)"/></relation>')
    network = import_roads(osm_file(tmp_path, mixed)).network
    assert "5@201>31" in network.node_ids
    assert any("hold at some hours only" in line and "at all others" in line for line in network.dropped)


# Against a search that remembers every leg driven.

Pattern = tuple[tuple[int, ...], tuple[tuple[int, int, int], ...]]


def town(rng: random.Random) -> tuple[dict[int, tuple[int, ...]], dict[Leg, float]]:
    """A lattice of streets of one or two blocks, some one-way; each leg with its seconds."""
    side = 4
    ways: dict[int, tuple[int, ...]] = {}
    seconds: dict[Leg, float] = {}
    for row in range(side):
        for column in range(side):
            here = row * side + column
            for there, fits in ((here + 1, column + 1 < side), (here + side, row + 1 < side)):
                if not fits or rng.random() < 0.1:
                    continue
                way = 100 + len(ways)
                ways[way] = (here, there)
                directions = [(here, there)] if rng.random() < 0.2 else [(here, there), (there, here)]
                for start, end in directions:
                    seconds[way, start, end] = rng.randint(5, 30)
    return ways, seconds


def some_restrictions(
    rng: random.Random, ways: dict[int, tuple[int, ...]], seconds: dict[Leg, float]
) -> list[Restriction]:
    """Random walks over ways become restrictions: over a node, a way or two, forbidding or commanding the last.

    One that commands a way that nobody can drive is left out: it commands nothing.
    """
    found = []
    for _ in range(6):
        count = rng.choice((2, 2, 3, 3, 4))
        way = rng.choice(sorted(ways))
        node, walked, nodes = ways[way][rng.randrange(2)], [way], []
        while len(walked) < count:
            nodes.append(node)
            following = [one for one in sorted(ways) if node in ways[one] and one not in walked]
            if not following:
                break
            walked.append(rng.choice(following))
            node = next(other for other in ways[walked[-1]] if other != node)
        if len(walked) == count:
            via_node = nodes[0] if count == 2 else None
            passed = [*nodes, node]
            legs = list(zip(walked[1:], passed, passed[1:], strict=False))
            only = rng.random() < 0.3 and all(leg in seconds for leg in legs)
            found.append(Restriction((walked[0],), via_node, tuple(walked[1:-1]), (walked[-1],), only))
    return found


def forbids(one: Restriction, ways: dict[int, tuple[int, ...]], driven: tuple[Leg, ...]) -> bool:
    """Whether the last leg of those driven is one that the restriction forbids after those before it."""
    inner = len(one.via_ways)
    path = (one.from_ways[0], *one.via_ways)
    for taken in range(2, inner + 2):  # turning back on a way in between
        before, (way, start, end) = driven[:-1][-taken:], driven[-1]
        came = tuple(leg[0] for leg in before) == path[:taken] and _straight(one, ways, before)
        if came and before[-1] == (way, end, start):
            return True
    for taken in range(1, inner + 2) if one.only else (inner + 1,):
        before, last = driven[:-1][-taken:], driven[-1]
        if tuple(leg[0] for leg in before) != path[:taken] or not _straight(one, ways, before):
            continue
        wanted = (*path, one.to_ways[0])[taken]
        if (last[0] != wanted) if one.only else (last[0] == wanted):
            return True
    return False


def _straight(one: Restriction, ways: dict[int, tuple[int, ...]], before: tuple[Leg, ...]) -> bool:
    """Whether the legs go the restriction's way: into the place where the first way meets what follows it."""
    if one.via_node is not None:
        return before[0][2] == one.via_node
    return before[0][2] in set(ways[one.from_ways[0]]) & set(ways[one.via_ways[0]])


def by_memory(
    start: int, ways: dict[int, tuple[int, ...]], seconds: dict[Leg, float], restrictions: list[Restriction]
) -> dict[int, float]:
    """Shortest times from a node by a search over the last four legs driven."""
    best: dict[int, float] = {start: 0.0}
    queue: list[tuple[float, int, tuple[Leg, ...]]] = [(0.0, start, ())]
    seen = set()
    while queue:
        at_s, node, driven = heapq.heappop(queue)
        if (node, driven) in seen:
            continue
        seen.add((node, driven))
        best.setdefault(node, at_s)
        for leg, leg_s in seconds.items():
            after = (*driven, leg)[-4:]
            if leg[1] == node and not any(forbids(one, ways, after) for one in restrictions):
                heapq.heappush(queue, (at_s + leg_s, leg[2], after))
    return best


@pytest.mark.parametrize("seed", range(60))
def test_times_are_those_of_a_search_that_remembers_every_leg_driven(seed: int) -> None:
    rng = random.Random(seed)
    ways, seconds = town(rng)
    restrictions = some_restrictions(rng, ways, seconds)
    turns = Turns(restrictions, ways, seconds)
    assert not turns.notes
    names = [str(node) for node in range(16)] + [name for name, _ in turns.copies()]
    number = {name: place for place, name in enumerate(names)}
    arcs = [(*turns.arcs(leg), leg_s) for leg, leg_s in seconds.items()]
    tail, head, time_s = [], [], []
    for *pairs, leg_s in arcs:
        for start, end in pairs:
            tail.append(number[start])
            head.append(number[end])
            time_s.append(leg_s)
    zeros = np.zeros(len(names))
    network = build_network(zeros, zeros, tail, head, time_s, time_s, node_ids=names, keep_largest=False)
    times = TravelTimes(network)
    whole = [node for node in range(16) if node not in turns.junctions]
    for start in whole:
        expected = by_memory(start, ways, seconds, restrictions)
        found = times.to_many(number[str(start)], [number[str(node)] for node in whole])
        assert found.tolist() == [expected.get(node, float("inf")) for node in whole]
