"""The event log: how fast it appends, reads and proves, beside SQLite alone with the same settings, and as it grows.

The reference inserts the same rows into the same table through the standard library: same write-ahead log, same sync
at each commit; no chain, no triggers, no check of the position.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, beside
from sixpoint.store import MemoryLog, SqliteLog, open_sqlite
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


def append_s(log: SqliteLog | MemoryLog, size: int, times: int) -> float:
    """Median wall time of one append of `size` entries, s."""
    drafts, last, took = batch(size), log.last, []
    for _ in range(times):
        start = time.perf_counter()
        last = log.append(drafts, after=last)
        took.append(time.perf_counter() - start)
    return sorted(took)[times // 2]


def insert_s(connection: sqlite3.Connection, size: int, times: int) -> float:
    """Median wall time of one plain transaction of `size` inserts, s."""
    rows = [(at_ms, kind, payload, bytes(32)) for kind, at_ms, payload in batch(size)]
    took = []
    for _ in range(times):
        start = time.perf_counter()
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO entry (at_ms, kind, payload, digest) VALUES (?, ?, ?, ?)", rows)
        connection.execute("COMMIT")
        took.append(time.perf_counter() - start)
    return sorted(took)[times // 2]


def figures() -> Iterator[Figure]:
    """Appends to an empty log, fills it to a million entries, appends again, reads and verifies."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        connection = plain(folder / "plain.sqlite")
        with open_sqlite(folder / "log.sqlite", create=True) as log:
            for size in (1, 10):
                value, reference = size / append_s(log, size, 800), size / insert_s(connection, size, 800)
                yield beside(f"log_append_batch_of_{size}", value, "entries/s", reference)
            young = append_s(log, 10, 800)
            rows = batch(LARGE_BATCH)
            start = time.perf_counter()
            while log.last < MANY:
                log.append(rows, after=log.last)
            filled = (log.last // LARGE_BATCH) * LARGE_BATCH / (time.perf_counter() - start)
            yield beside(
                "log_fill_batches_of_10000", filled, "entries/s", LARGE_BATCH / insert_s(connection, LARGE_BATCH, 9)
            )
            old = append_s(log, 10, 800)
            yield beside(
                "log_append_batch_of_10_at_1000000_entries", old * 1e3, "ms, beside the empty log", young * 1e3
            )
            yield from reading(log, folder)
        connection.close()
    yield beside("log_in_memory_append_batch_of_10", 10 / append_s(MemoryLog(), 10, 800), "entries/s")


def reading(log: SqliteLog, folder: Path) -> Iterator[Figure]:
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
