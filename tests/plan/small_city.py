"""Small random cities as JEMSS folders: one-way streets, chains of nodes, several travel modes, sets and priorities."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np

SIDE = 5


def table(name: str, header: str, rows: list[tuple[object, ...]]) -> str:
    """One JEMSS table as text."""
    body = "".join(",".join(map(str, row)) + ",\n" for row in rows)
    return f"{name},,\n{header},\n{body},\n"


def write_city(folder: Path, seed: int, units: int = 4, stations: int = 5) -> None:
    """A grid whose streets are chains of 1 to 4 arcs, one in five of them one-way inside a two-way ring road."""
    random = np.random.default_rng(seed)
    (folder / "travel").mkdir(parents=True)
    nodes = [(x / SIDE, y / SIDE) for y in range(SIDE) for x in range(SIDE)]
    arcs: list[tuple[int, int]] = []
    for y in range(SIDE):
        for x in range(SIDE):
            for dx, dy in ((1, 0), (0, 1)):
                if x + dx >= SIDE or y + dy >= SIDE:
                    continue
                ring = (dy == 0 and y in (0, SIDE - 1)) or (dx == 0 and x in (0, SIDE - 1))
                street(nodes, arcs, y * SIDE + x, (y + dy) * SIDE + x + dx, bool(ring or random.random() < 0.8), random)
    near = random.random(len(nodes)) < 0.85
    near[:2] = True
    days = [[float(random.uniform(5e-4, 3e-3)) for _ in range(3)] for _ in arcs]
    write(
        folder / "n.csv",
        table("nodes", "index,x,y,offRoadAccess", [(i + 1, *xy, int(near[i])) for i, xy in enumerate(nodes)]),
    )
    rows = [
        (i + 1, a + 1, b + 1, day[0], day[0] * 1.25, day[2])
        for i, ((a, b), day) in enumerate(zip(arcs, days, strict=True))
    ]
    form = table("miscData", "arcForm,numModes", [("directed", 3)])
    write(folder / "travel" / "a.csv", form + table("arcs", "index,fromNode,toNode,mode_1,mode_2,mode_3", rows))
    write(folder / "m.csv", table("map", "xMin,xMax,yMin,yMax,xScale,yScale", [(0, 1, 0, 1, 80.5, 111.3)]))
    modes = [(1, 1128), (2, 792), (3, 500)]
    names = ("highPriority", "medPriority", "lowPriority")
    sets = [(s, name, m) for s, row in ((1, (1, 1, 2)), (2, (2, 3, 3))) for name, m in zip(names, row, strict=True)]
    write(
        folder / "travel" / "t.csv",
        table("travelModes", "travelModeIndex,offRoadSpeed", modes)
        + table("travelSets", "travelSetIndex,priority,travelModeIndex", sets)
        + table("travelSetsTiming", "startTime,travelSetIndex", [(0, 1), (0.4, 2), (0.9, 1)]),
    )
    write(
        folder / "p.csv",
        table(
            "priorities",
            "priority,name,targetResponseDuration,responseTravelPriority",
            [(1, names[0], 0.005, names[0]), (2, names[1], 0.006, names[0]), (3, names[2], 0.007, names[2])],
        ),
    )
    spots = random.random((stations + 3, 2)) * 0.9
    write(
        folder / "s.csv",
        table("stations", "index,x,y,capacity", [(i + 1, *xy, 9) for i, xy in enumerate(spots[3:].tolist())]),
    )
    write(folder / "h.csv", table("hospitals", "index,x,y", [(i + 1, *xy) for i, xy in enumerate(spots[:3].tolist())]))
    homes = random.integers(1, stations + 1, units).tolist()
    write(
        folder / "u.csv",
        table("ambulances", "index,stationIndex,class", [(i + 1, home, 1) for i, home in enumerate(homes)]),
    )


def street(
    nodes: list[tuple[float, float]],
    arcs: list[tuple[int, int]],
    a: int,
    b: int,
    two_way: bool,
    random: np.random.Generator,
) -> None:
    """A chain between two corners, with up to three nodes inside."""
    inside = int(random.integers(0, 4))
    chain = [a]
    for step in range(1, inside + 1):
        share = step / (inside + 1)
        nodes.append(tuple(float(p + (q - p) * share) for p, q in zip(nodes[a], nodes[b], strict=True)))
        chain.append(len(nodes) - 1)
    chain.append(b)
    pairs = list(itertools.pairwise(chain))
    arcs += pairs
    if two_way:
        arcs += [(head, tail) for tail, head in pairs]


def write_calls(path: Path, seed: int, count: int, gap_day: float = 0.008) -> None:
    """Random calls: a third of each priority, most transported, some to a hospital of their own."""
    random = np.random.default_rng(seed)
    at = np.cumsum(random.exponential(gap_day, count))
    rows = []
    for i in range(count):
        transport = int(random.random() < 0.7)
        rows.append(
            (
                i + 1,
                random.integers(1, 4),
                *random.random(2).tolist(),
                at[i],
                random.exponential(0.001),
                random.exponential(0.01),
                transport,
                random.choice([-1, -1, 1, 3]),
                random.exponential(0.01),
            )
        )
    header = "index,priority,x,y,arrivalTime,dispatchDelay,onSceneDuration,transport,hospitalIndex,handoverDuration"
    write(path, table("miscData", "startTime", [(0,)]) + table("calls", header, rows))


def write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
