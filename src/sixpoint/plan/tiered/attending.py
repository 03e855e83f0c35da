"""Who may leave with a patient: somebody drives, and the others keep running what runs and are of the level asked for.

The rule is that of the live service (`ops.decide.passing`); what a rule asks of the moment is taken to hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import numpy as np

from sixpoint.care import maintained_by
from sixpoint.dispatch.bitsets import bits_of, bitset_words
from sixpoint.kernels import compiled
from sixpoint.scope import Clinician, Rulebook, clinician_capability, practice_level

# What those in the patient compartment may keep running, as a bitset, and the rank of the highest level among them.
Way = tuple[int, int]
NO_WAY: Final = -2  # -1 is the rank of people without any level


class Attending(NamedTuple):
    """For each capability the ways to leave (rank NO_WAY: no more of them), and the rulebook's rules on attendants."""

    keeps: Any  # uint64[caps, ways, words]
    ranks: Any  # int64[caps, ways]
    runs: Any  # uint64[rules, words] while one of these runs; the rule always holds where there are none
    least: Any  # int64[rules] the rank asked for


def ways_of(rules: Rulebook, crew: Sequence[Clinician], at: datetime) -> tuple[Way, ...]:
    """How a crew can leave with a patient, one of them driving: each way that no other is as good as."""
    index = {skill.id: skill.index for skill in rules.skills}
    keeps, ranks = [], []
    for person in crew:
        bits = clinician_capability(rules, person, at).with_order
        for skill, by in maintained_by().items():
            if skill in index and by in index and bits >> index[by] & 1:
                bits |= 1 << index[skill]
        level = practice_level(rules, person, at)
        keeps.append(bits)
        ranks.append(-1 if level is None else level.rank)
    found: dict[Way, None] = {}
    for driver in range(len(crew)):
        others = [place for place in range(len(crew)) if place != driver]
        if others:
            bits = 0
            for place in others:
                bits |= keeps[place]
            found[bits, max(ranks[place] for place in others)] = None
    return tuple(one for one in found if not any(_as_good(other, one) for other in found if other != one))


def _as_good(one: Way, other: Way) -> bool:
    return not other[0] & ~one[0] and one[1] >= other[1]


def attending_of(rules: Rulebook, ways: Sequence[Sequence[Way]], at: datetime | None, words: int) -> Attending:
    """The arrays; without an instant no rule on attendants holds."""
    most = max([1, *map(len, ways)])
    index = {skill.id: skill.index for skill in rules.skills}
    everything = (1 << 64 * words) - 1
    keeps = np.zeros((len(ways), most, words), np.uint64)
    ranks = np.full((len(ways), most), NO_WAY, np.int64)
    for cap, own in enumerate(ways):
        for place, (bits, rank) in enumerate(own):
            keeps[cap, place] = bitset_words([bits & everything], words)[0]
            ranks[cap, place] = rank
    asked = () if at is None else rules.interval(at).attendants
    runs = np.zeros((len(asked), words), np.uint64)
    for place, rule in enumerate(asked):
        runs[place] = bitset_words([bits_of(rule.running, index)], words)[0]
    least = np.array([rules.levels[rule.least].rank for rule in asked], np.int64)
    return Attending(keeps, ranks, runs, least)


@compiled(lean=True)
def may_attend(attending: Attending, running: Any, done: Any, call: int, cap: int) -> bool:
    """Whether people of a capability may leave with the patient of a call, given all that was done and runs."""
    for way in range(attending.ranks.shape[1]):
        if attending.ranks[cap, way] == NO_WAY:
            return False
        lawful = True
        for word in range(running.shape[0]):
            lawful = lawful and not done[call, word] & running[word] & ~attending.keeps[cap, way, word]
        for rule in range(attending.least.shape[0]):
            holds, always = False, True
            for word in range(running.shape[0]):
                always = always and not attending.runs[rule, word]
                holds = holds or bool(done[call, word] & running[word] & attending.runs[rule, word])
            if (holds or always) and attending.ranks[cap, way] < attending.least[rule]:
                lawful = False
        if lawful:
            return True
    return False
