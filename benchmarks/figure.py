"""One measured figure and what it is compared with."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """What was measured, in which unit, the reference from the same run and their ratio (value / reference)."""

    figure: str
    value: float
    unit: str
    reference: float | None = None
    ratio: float | None = None
    machine: str = ""


def machine() -> str:
    """The machine in a few words: cores, processor, Python."""
    return f"{os.cpu_count()} cores, {_processor()}, Python {platform.python_version()}"


def beside(figure: str, value: float, unit: str, reference: float | None = None) -> Figure:
    """A figure with its ratio to the reference (value / reference) and the machine it was measured on."""
    ratio = value / reference if reference else None
    return Figure(figure, value, unit, reference, ratio, machine())


def best_of(runs: int, work: Callable[[], object]) -> float:
    """The shortest wall time of several runs, s; run it once before if it compiles."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def shared_data() -> Path | None:
    """The folder of real data, if it is here (SIXPOINT_SHARED)."""
    folder = Path(__file__).parents[1] / os.environ.get("SIXPOINT_SHARED", "../shared") / "data"
    return folder.resolve() if folder.is_dir() else None


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine()
