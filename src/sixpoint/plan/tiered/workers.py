"""Who carries out the replications of a study: threads of this process, or processes that prepare the scenarios anew.

The kernel lets other threads run, but drawing patients and summing up does not: some cores are kept busy by threads,
many need processes, and those take seconds to start.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from typing import Final, Protocol, Self

from sixpoint.plan.interrupts import Interrupts
from sixpoint.plan.tiered.measure import Finished, measure
from sixpoint.plan.tiered.patients import draw_patients
from sixpoint.plan.tiered.scenario import Prepared, Scenario, prepare

# So many calls in a study take about a minute on one core; with less, processes would not win back their start.
WORTH_PROCESSES: Final = 3_000_000
# How long a Ctrl-C may go unnoticed.
LOOK_EVERY_S: Final = 0.2


class Workers(Protocol):
    """Carries out replications 0, 1, 2, ... and gives them back in that order, some ahead of time."""

    def in_order(self, prepared: Sequence[Prepared], count: int, sampled: bool) -> Iterator[Finished]:
        """The replications in order. Whoever stops asking loses nothing but those that nobody has asked for."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class _Pool:
    """What both kinds of workers share: an executor that forgets on leaving what has not begun."""

    def __init__(self, executor: Executor, cores: int) -> None:
        self._executor, self._cores, self._interrupts = executor, cores, Interrupts()

    def __enter__(self) -> Self:
        self._interrupts.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._interrupts.end()

    def _in_order(self, work: Callable[[int], Finished], count: int) -> Iterator[Finished]:
        waiting: deque[Future[Finished]] = deque()
        for number in range(count):
            waiting.append(self._executor.submit(work, number))
            if len(waiting) > self._cores:
                yield self._result(waiting.popleft())
        while waiting:
            yield self._result(waiting.popleft())

    def _result(self, future: Future[Finished]) -> Finished:
        while wait((future,), LOOK_EVERY_S).not_done:
            self._interrupts.look()
        self._interrupts.look()
        return future.result()


class Here(_Pool):
    """So many threads of this process."""

    def __init__(self, cores: int) -> None:
        super().__init__(ThreadPoolExecutor(cores), cores)

    def in_order(self, prepared: Sequence[Prepared], count: int, sampled: bool) -> Iterator[Finished]:
        """See `Workers`."""
        return self._in_order(partial(measure, prepared, sampled=sampled), count)


class Elsewhere(_Pool):
    """So many processes; each reads and prepares the scenarios itself, so that nothing large is sent."""

    def __init__(self, cores: int, prepared: Sequence[Prepared]) -> None:
        read = [(one.scenario, one.folder) for one in prepared]
        start = multiprocessing.get_context("spawn")  # a fork would copy the threads of a progress bar half
        super().__init__(ProcessPoolExecutor(cores, start, _make_ready, (read,)), cores)

    def in_order(self, prepared: Sequence[Prepared], count: int, sampled: bool) -> Iterator[Finished]:
        """See `Workers`; the scenarios are those given at the start."""
        return self._in_order(partial(_measure_here, sampled=sampled), count)


def workers_for(prepared: Sequence[Prepared], cores: int) -> Workers:
    """Processes for a large study on several cores, threads for the rest."""
    base = prepared[0]
    drawn = draw_patients(base.region, base.service.types, base.demand, base.scenario.days, base.scenario.seed)
    calls = len(drawn.calls) * base.scenario.replications * len(prepared)
    return Elsewhere(cores, prepared) if cores > 1 and calls >= WORTH_PROCESSES else Here(cores)


# The scenarios of a worker process, made ready once when it starts.
_ready: list[Prepared] = []


def _make_ready(read: Sequence[tuple[Scenario, Path]]) -> None:
    # Ctrl-C reaches every process of the terminal; the first one decides what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _ready[:] = [prepare(scenario, folder) for scenario, folder in read]


def _measure_here(number: int, sampled: bool) -> Finished:
    return measure(_ready, number, sampled)
