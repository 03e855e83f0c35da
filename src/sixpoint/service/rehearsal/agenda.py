"""The agenda of a rehearsal: what happens when; among equal times, what was planned first happens first."""

from __future__ import annotations

import heapq
from collections.abc import Callable

Action = Callable[[int], None]


class Agenda:
    """Actions in order of time (ms since 1970), then of planning."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Action]] = []
        self._planned = 0

    def at(self, at_ms: int, action: Action) -> None:
        """Plans the action for that instant."""
        heapq.heappush(self._heap, (at_ms, self._planned, action))
        self._planned += 1

    def next_ms(self) -> int | None:
        """When the next action is due; None if nothing is planned."""
        return self._heap[0][0] if self._heap else None

    def step(self) -> int:
        """Carries out the next action and returns its instant."""
        at_ms, _, action = heapq.heappop(self._heap)
        action(at_ms)
        return at_ms
