"""Which units cannot be in the best set, compiled: others are as good everywhere, and better in a way that counts."""

from __future__ import annotations

from sixpoint.dispatch.desk import Desk, Ints, Units
from sixpoint.dispatch.eligible import GATE_OPEN, NEVER_MS
from sixpoint.kernels import compiled


@compiled(lean=True, inner=True)
def dominates(time_ms: Ints, cover: Ints, units: Units, needs: int, first: int, second: int, many_hands: bool) -> bool:
    """Whether any set with `second` and without `first` gets better when `first` takes its place.

    As good everywhere is not enough: the sets could tie. So `first` must also cost less cover, or be nearer, or as near
    and first in the order of ids, or be strictly sooner at every need that `second` can meet: in the best set `second`
    is the soonest at some need, so the total time gets less. That last step does not hold where hands are counted
    (another unit may still be the one waited for), and then it is not used. (Arrays, not the desk: a tuple of twenty
    arrays takes longer to hand over than this takes to answer.)
    """
    if cover[first] > cover[second] or (many_hands and units.hands[first] < units.hands[second]):
        return False
    sooner = not many_hands
    for need in range(needs):
        if time_ms[first, need] > time_ms[second, need]:
            return False
        if time_ms[first, need] == time_ms[second, need] and time_ms[second, need] < NEVER_MS:
            sooner = False
    if sooner or cover[first] < cover[second] or units.eta_ms[first] < units.eta_ms[second]:
        return True
    return bool(units.eta_ms[first] == units.eta_ms[second] and units.rank[first] < units.rank[second])


@compiled(lean=True, inline=True)
def thin_out(units: Units, count: int, desk: Desk, needs: int, most_hands: int) -> int:
    """Keeps in `desk.kept` each eligible unit whose dominators have fewer than `most_hands` hands; returns how many.

    `most_hands` is the most that one need takes at once; where it is 1, hands are not counted and one dominator is
    enough. Dominators that are not kept need no counting: those that dominate them count.
    """
    kept = 0
    many_hands = most_hands > 1
    for unit in range(count):
        if desk.gate[unit] != GATE_OPEN:
            continue
        above = 0
        for place in range(kept):
            other = desk.kept[place]
            if desk.first_ms[other] > desk.first_ms[unit] or desk.able[unit] & ~desk.able[other]:
                continue  # later at its first need, or unable somewhere: seen without looking at each need
            if dominates(desk.time_ms, desk.cover, units, needs, other, unit, many_hands):
                above += max(0, units.hands[other]) if many_hands else 1
                if above >= most_hands:
                    if place > 0:  # what dominates one is likely to dominate the next: ask it earlier
                        desk.kept[place], desk.kept[place // 2] = desk.kept[place // 2], other
                    break
        if above >= most_hands:
            continue
        desk.dominators[unit] = above
        left = 0
        for place in range(kept):
            other = desk.kept[place]
            near = desk.first_ms[unit] <= desk.first_ms[other] and not desk.able[other] & ~desk.able[unit]
            if near and dominates(desk.time_ms, desk.cover, units, needs, unit, other, many_hands):
                desk.dominators[other] += max(0, units.hands[unit]) if many_hands else 1
                if desk.dominators[other] >= most_hands:
                    continue
            desk.kept[left] = other
            left += 1
        desk.kept[left] = unit
        kept = left + 1
    return kept
