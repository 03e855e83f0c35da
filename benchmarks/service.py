"""The live service: how long any command of a day takes, to the answer, events on disk; and how fast a log replays.

A command is held beside a commit of one plain row with the same durability in the same run: the least any durable
answer can cost. Replay is held beside reading and decoding the same entries without computing a state.
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, beside
from sixpoint.dispatch import load_call_types
from sixpoint.ops.commands import AnyCommand
from sixpoint.ops.events import decode
from sixpoint.region import bundled_region, read_region
from sixpoint.service.engine import Engine, Outcome, replay_log
from sixpoint.service.opening import warm_up, world_of
from sixpoint.service.rehearsal.day import Day
from sixpoint.store import open_sqlite

COMMITS = 500


class Timed(Engine):
    """An engine that notes how long each command takes, by its name (seconds)."""

    took_s: dict[str, list[float]]

    def send(self, command: AnyCommand) -> Outcome:
        start = time.perf_counter()
        outcome = super().send(command)
        name = str(command.__struct_config__.tag)
        self.__dict__.setdefault("took_s", {}).setdefault(name, []).append(time.perf_counter() - start)
        return outcome


def figures() -> Iterator[Figure]:
    """A day of Riverton on a SQLite log in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        commit_ms = _plain_commit_ms(Path(folder) / "plain.sqlite")
        region = read_region(bundled_region("riverton"), load_call_types().codes)
        with open_sqlite(Path(folder) / "log.sqlite", create=True) as log:
            engine = Timed(log, world_of(region))
            warm_up(engine.world)
            day = Day(region, engine, 6)
            day.open()
            day.run()
            everything = sorted(one * 1000 for times in engine.took_s.values() for one in times)
            yield beside("service.command.median", statistics.median(everything), "ms", commit_ms)
            yield beside("service.command.p99", everything[len(everything) * 99 // 100], "ms", commit_ms)
            yield beside("service.command.longest", everything[-1], "ms", commit_ms)
            assign = sorted(one * 1000 for one in engine.took_s["assign_units"])
            yield beside("service.assign_units.p99", assign[len(assign) * 99 // 100], "ms", commit_ms)
            start = time.perf_counter()
            entries = sum(decode(entry.payload) is not None for entry in log.read())
            read_s = time.perf_counter() - start
            start = time.perf_counter()
            replay_log(log)
            replay_s = time.perf_counter() - start
            yield beside("service.replay.rate", entries / replay_s, "events/s", entries / read_s)


def _plain_commit_ms(path: Path) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE entry (payload)")
    took = []
    for _ in range(COMMITS):
        start = time.perf_counter()
        connection.execute("INSERT INTO entry VALUES (?)", (b"x" * 400,))
        took.append((time.perf_counter() - start) * 1000)
    connection.close()
    return statistics.median(took)
