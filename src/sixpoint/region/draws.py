"""Draws for invented data: everything comes from the one stream of random numbers that is passed in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")


class Draws:
    """Turns a NumPy generator's uniform numbers into choices.

    Only `Generator.random` is used: NumPy may change how its other methods use the stream, and the same seed has to
    give the same county on any machine.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def unit(self) -> float:
        """A number in [0, 1)."""
        return float(self._rng.random())

    def between(self, least: float, most: float) -> float:
        """A number from `least` up to `most`."""
        return least + (most - least) * self.unit()

    def chance(self, share: float) -> bool:
        """True in that share of draws."""
        return self.unit() < share

    def below(self, count: int) -> int:
        """A whole number from 0 to `count` - 1."""
        return min(int(self.unit() * count), count - 1)

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items, each as likely."""
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[tuple[Item, float]]) -> Item:
        """One of the items by its weight."""
        at = self.unit() * math.fsum(weight for _, weight in items)
        for item, weight in items:
            at -= weight
            if at < 0:
                return item
        return items[-1][0]

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """All items in a drawn order (Fisher-Yates)."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order

    def arrivals(self, rate: float, length: float) -> list[float]:
        """Times of a Poisson process of `rate` per unit of time on [0, length), by its exponential gaps."""
        times: list[float] = []
        at = 0.0
        while rate > 0:
            at -= math.log1p(-self.unit()) / rate
            if at >= length:
                break
            times.append(at)
        return times
