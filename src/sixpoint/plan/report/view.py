"""What a report knows of one scenario, and in which order it tells of skills."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np

from sixpoint.plan.outcomes import Interval
from sixpoint.plan.report.coverage import Coverage, coverage
from sixpoint.plan.report.pool import Pool
from sixpoint.plan.tiered.samples import Samples
from sixpoint.plan.tiered.scenario import Prepared
from sixpoint.plan.tiered.stopping import interval_of
from sixpoint.plan.tiered.surviving import Chances, joined


class View(msgspec.Struct, frozen=True, eq=False):
    """One scenario with its samples; `look` is its place among colours and dashes where several are drawn."""

    prepared: Prepared
    pool: Pool
    chances: tuple[Chances, ...]
    coverage: Coverage
    look: int = 0

    @property
    def name(self) -> str:
        """What the scenario is called."""
        return self.prepared.name

    def skill_name(self, skill: str) -> str:
        """The skill in words."""
        known = self.prepared.service.rules.skill(skill)
        return skill if known is None else known.name

    def survival(self) -> Iterable[tuple[Chances, float | None, Interval]]:
        """By each curve of the scenario: its patients' chances, the mean, and its interval."""
        for one in self.chances:
            values = one.values.tolist()
            yield one, float(np.mean(values)) if values else None, interval_of(values)


class Gathering:
    """Takes in samples run by run, and makes the view at the end."""

    def __init__(self, prepared: Prepared, look: int = 0) -> None:
        self._prepared, self._look = prepared, look
        self.pool = Pool()
        self._chances: list[Sequence[Chances]] = []

    def add(self, samples: Samples, *, by_day: bool = False) -> None:
        """One run; its days are blocks of their own if it is the only one."""
        (self.pool.add_days if by_day else self.pool.add_run)(samples)
        self._chances.append(samples.survival)

    def view(self) -> View:
        """What has been taken in so far."""
        return View(self._prepared, self.pool, joined(self._chances), coverage(self._prepared), self._look)


def weighty_skills(views: Sequence[View]) -> list[str]:
    """The skills of the first scenario's needs, those first whose lateness does most harm over all calls.

    Weighed by dispatch's own harm a minute, times how often each is needed; what only a unit that transports can meet
    comes last, as its time says when the patient left. Ties in alphabetical order.
    """
    types = views[0].prepared.service.types
    worst: dict[str, float] = {}
    carried: set[str] = set()
    for code in types.codes:
        for need in types[code].needs:
            worst[need.skill] = max(worst.get(need.skill, 0.0), need.harm_per_min)
            if need.transporting:
                carried.add(need.skill)
    count: dict[str, Any] = {skill: series.n for skill, series in views[0].pool.needs.items()}
    return sorted(count, key=lambda skill: (skill in carried, -worst.get(skill, 0.0) * count[skill], skill))
