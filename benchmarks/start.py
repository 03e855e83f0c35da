"""How long the first start takes, which compiles, and a later one, measured by command in a process of its own.

The aims are 60 s and 3 s. Each command gets an empty cache of its own, so the first start is like that of a new user.
Processor seconds of the process are measured: compiling takes one core, so they are its wall seconds on a machine at
rest, and a busy machine does not count against it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, beside, shared_data

FIRST_S, LATER_S = 60.0, 3.0
LATER_RUNS = 3


def figures() -> Iterator[Figure]:
    """Seconds of `plan simulate` on the bundled region, and of `plan jemss` on JEMSS's grid city."""
    commands = {"plan simulate riverton --days 7": ["plan", "simulate", "riverton", "--days", "7"]}
    data = shared_data()
    if data is not None:
        grid = data / "jemss" / "grid"
        commands["plan jemss grid"] = [
            "plan",
            "jemss",
            str(grid / "input"),
            "--calls",
            str(grid / "input" / "calls.csv"),
        ]
    for name, words in commands.items():
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            first_s = run_s(words, folder, "first")
            later_s = min(run_s(words, folder, f"later-{n}") for n in range(LATER_RUNS))
        yield beside(f"first start of `{name}`; reference: the aim", first_s, "s", FIRST_S)
        yield beside(f"later start of `{name}`; reference: the aim", later_s, "s", LATER_S)


def run_s(words: list[str], folder: Path, out: str) -> float:
    """Processor seconds of one run of the command, with its caches in the folder."""
    environment = dict(os.environ) | {
        "NUMBA_CACHE_DIR": str(folder / "numba"),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    command = [sys.executable, "-m", "sixpoint", *words, "--out", str(folder / out)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, f"{' '.join(words)} failed"
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    for figure in figures():
        print(figure)
