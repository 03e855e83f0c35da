"""The event log: how fast it appends, reads and proves, beside SQLite alone with the same settings, and as it grows.

The reference inserts the same rows into the same table through the standard library: same write-ahead log, same sync
at each commit; no chain, no triggers, no check of the position.
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.figure import Figure, beside
from sixpoint.store import EventLog, MemoryLog, SqliteLog, open_sqlite
from sixpoint.store.chain import Draft

# About the size of an event of the live service.
PAYLOAD = b'{"type":"unit_status","unit_id":"M42","incident_id":"2026-0001234","status":"en_route","at_ms":1}' * 3
MANY = 1_000_000
LARGE_BATCH = 10_000


def batch(size: int) -> list[Draft]:
    return [("unit_status_changed", 1_777_000_000_000 + number, PAYLOAD) for number in range(size)]


def plain(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS entry (position INTEGER PRIMARY KEY, at_ms, kind, payload, digest)")
    return connection


def medians_s(works: list[Callable[[], object]], times: int) -> list[float]:
    """Median wall time of each work, s; they take turns, so that all meet the same load of the machine."""
    took: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for work, times_s in zip(works, took, strict=True):
            start = time.perf_counter()
            work()
            times_s.append(time.perf_counter() - start)
    return [statistics.median(times_s) for times_s in took]


def appending(log: EventLog, size: int) -> Callable[[], object]:
    """Appends `size` entries each time it is called."""
    drafts = batch(size)
    return lambda: log.append(drafts, after=log.last)


def inserting(connection: sqlite3.Connection, size: int) -> Callable[[], object]:
    """Inserts `size` rows in a plain transaction each time it is called."""
    rows = [(at_ms, kind, payload, bytes(32)) for kind, at_ms, payload in batch(size)]

    def insert() -> None:
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO entry (at_ms, kind, payload, digest) VALUES (?, ?, ?, ?)", rows)
        connection.execute("COMMIT")

    return insert


def figures() -> Iterator[Figure]:
    """Appends beside plain inserts, fills a log to a million entries, appends beside a young one, reads, verifies."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        connection = plain(folder / "plain.sqlite")
        with open_sqlite(folder / "old.sqlite", create=True) as old, open_sqlite(folder / "y", create=True) as young:
            for size, times in ((1, 800), (10, 800), (LARGE_BATCH, 5)):
                append_s, insert_s = medians_s([appending(old, size), inserting(connection, size)], times)
                yield beside(f"log_append_batch_of_{size}", size / append_s, "entries/s", size / insert_s)
            rows = batch(LARGE_BATCH)
            while old.last < MANY:
                old.append(rows, after=old.last)
            old_s, young_s = medians_s([appending(old, 10), appending(young, 10)], 800)
            yield beside("log_append_of_10_at_1000000_entries_beside_none", old_s * 1e3, "ms", young_s * 1e3)
            yield from reading(old)
        connection.close()
    (append_s,) = medians_s([appending(MemoryLog(), 10)], 800)
    yield beside("log_in_memory_append_batch_of_10", 10 / append_s, "entries/s")


def reading(log: SqliteLog) -> Iterator[Figure]:
    """Reading (each entry checked against the one before it) beside a bare SELECT of the same rows."""
    start = time.perf_counter()
    entries = sum(1 for _ in log.read())
    value = entries / (time.perf_counter() - start)
    bare = sqlite3.connect(log.path)
    start = time.perf_counter()
    rows = sum(1 for _ in bare.execute("SELECT position, at_ms, kind, payload, digest FROM entry ORDER BY position"))
    reference = rows / (time.perf_counter() - start)
    bare.close()
    yield beside("log_read_and_check", value, "entries/s", reference)
    start = time.perf_counter()
    log.verify()
    yield beside("log_verify", entries / (time.perf_counter() - start), "entries/s", reference)
    start = time.perf_counter()
    with open_sqlite(log.path, read_only=True) as late:
        assert sum(1 for _ in late.read(entries - 100)) == 100
    yield beside("log_open_and_read_last_100_of_1000000", (time.perf_counter() - start) * 1e3, "ms")
    yield beside("log_bytes_per_entry", log.path.stat().st_size / entries, "bytes", float(len(PAYLOAD)))
