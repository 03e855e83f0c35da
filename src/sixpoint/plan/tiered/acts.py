"""By which skill a crew meets a need: one that it may perform, having looked itself at what must be known first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from sixpoint.care import Pathways, asks_first
from sixpoint.dispatch import CallTypes
from sixpoint.scope import Rulebook


class Acts(NamedTuple):
    """For each capability and need the skill's place in a bitset, -1 for none; needs are those of all types in order.

    `does` are, for each capability and type, the needs for which there is one, as a mask.
    """

    stands: Any  # int64[caps, needs] on a standing order
    orders: Any  # int64[caps, needs] at least on an order
    does: Any  # int64[caps, types]


def acts_of(rules: Rulebook, types: CallTypes, capabilities: Sequence[tuple[int, int]], pathways: Pathways) -> Acts:
    """The acts of crews by their capabilities (standing, with an order), the preferred skill of each need first.

    What a pathway wants to be known first, the same crew must be able to find out on a standing order: what others at
    the patient may have found is not counted on.
    """
    index = {skill.id: skill.index for skill in rules.skills}
    count = sum(len(kind.needs) for kind in types.values())
    stands = np.full((len(capabilities), count), -1, np.int64)
    orders = np.full((len(capabilities), count), -1, np.int64)
    does = np.zeros((len(capabilities), len(types)), np.int64)
    able = [{skill for skill, at in index.items() if standing >> at & 1} for standing, _ in capabilities]
    row = 0
    for place, code in enumerate(types.codes):
        for bit, need in enumerate(types[code].needs):
            known = [skill for skill in need.any_of if skill in index]
            first = [asks_first(pathways, code, skill) for skill in known]
            for cap, (standing, order) in enumerate(capabilities):
                looks = [index[skill] for skill, asked in zip(known, first, strict=True) if asked <= able[cap]]
                stands[cap, row] = next((skill for skill in looks if standing >> skill & 1), -1)
                orders[cap, row] = next((skill for skill in looks if (standing | order) >> skill & 1), -1)
                does[cap, place] |= int(orders[cap, row] >= 0) << bit
            row += 1
    return Acts(stands, orders, does)
