"""Cover and moves, compiled: what a unit would add at each post, and which units should wait elsewhere.

Live proposals and the simulation call the same; sums run over the places in their order, so both have the same bits.
"""

from __future__ import annotations

from sixpoint.dispatch.desk import CoverDesk, Floats, Ints, Reach, Waiting
from sixpoint.kernels import compiled


@compiled(lean=True, inline=True)
def count_unit(reach: Reach, counts: Ints, post: int, holds: int, by: int) -> None:
    """Counts a unit that waits at a post for each class that it holds, at the places within reach; or takes it off."""
    for row in range(reach.busy_share.shape[0]):
        if holds >> row & 1:
            for spot in range(reach.first[row, post], reach.first[row, post + 1]):
                counts[row, reach.place[spot]] += by


@compiled(lean=True, inline=True)
def fill_power(reach: Reach, most: int, power: Floats) -> None:
    """Writes for each class the probability that so many units are busy at once, from none to `most`."""
    for row in range(reach.busy_share.shape[0]):
        power[row, 0] = 1.0
        for count in range(most):
            power[row, count + 1] = power[row, count] * reach.busy_share[row]


@compiled(lean=True, inline=True, inner=False)
def gain_at(reach: Reach, counts: Ints, power: Floats, post: int, holds: int) -> float:
    """What one more unit that holds some classes adds at a post to those counted: expected calls an hour, weighted."""
    gain = 0.0
    for row in range(reach.busy_share.shape[0]):
        if holds >> row & 1:
            for spot in range(reach.first[row, post], reach.first[row, post + 1]):
                place = reach.place[spot]
                gain += reach.worth[row, place] * power[row, counts[row, place]]
    return gain


@compiled(lean=True)
def gains_at_posts(reach: Reach, counts: Ints, most: int, holds: int, power: Floats, gains: Floats) -> None:
    """Writes what one more unit adds at each post; `most` units are counted anywhere, `power` is room to work in."""
    fill_power(reach, most, power)
    for post in range(gains.shape[0]):
        gains[post] = gain_at(reach, counts, power, post, holds)


@compiled(lean=True)
def choose_moves(
    reach: Reach, units: Waiting, count: int, least_gain: float, longest_s: float, most: int, desk: CoverDesk
) -> int:
    """Chooses at most so many moves among the first `count` units, each the best given those before it; how many.

    Units are in the order of their ids. `desk.unit` and `desk.goal` say who goes where, `desk.gain` what it gains: at
    least `least_gain` and more than nothing. Ties: the shorter way, then the first unit, then the first post.
    """
    fill_power(reach, count, desk.power)
    desk.counts[:, :] = 0
    for unit in range(count):
        desk.at[unit], desk.moved[unit] = units.post[unit], not units.movable[unit]
        count_unit(reach, desk.counts, units.post[unit], units.holds[unit], 1)
    moves = 0
    while moves < most:
        best, best_goal, best_gain, best_s = -1, -1, 0.0, 0.0
        for unit in range(count):
            if desk.moved[unit]:
                continue
            here, holds = desk.at[unit], units.holds[unit]
            alike = False  # an earlier unit at the same post that may do as much gains the same
            for other in range(unit):
                alike = alike or (not desk.moved[other] and desk.at[other] == here and units.holds[other] == holds)
            if alike:
                continue
            count_unit(reach, desk.counts, here, holds, -1)
            stays = gain_at(reach, desk.counts, desk.power, here, holds)
            for post in range(units.goals.shape[0]):
                way_s = units.travel_s[here, post]
                if post == here or not units.goals[post] or not 0 <= way_s <= longest_s:
                    continue
                gain = gain_at(reach, desk.counts, desk.power, post, holds) - stays
                if gain < least_gain or gain <= 0:
                    continue
                if best < 0 or gain > best_gain or (gain == best_gain and way_s < best_s):
                    best, best_goal, best_gain, best_s = unit, post, gain, way_s
            count_unit(reach, desk.counts, here, holds, 1)
        if best < 0:
            break
        count_unit(reach, desk.counts, desk.at[best], units.holds[best], -1)
        count_unit(reach, desk.counts, best_goal, units.holds[best], 1)
        desk.at[best], desk.moved[best] = best_goal, True
        desk.unit[moves], desk.goal[moves], desk.gain[moves] = best, best_goal, best_gain
        moves += 1
    return moves
