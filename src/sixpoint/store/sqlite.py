"""The event log in one SQLite file: every batch is on the disk before `append` returns."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, Self

from sixpoint.errors import Fault, InputError, LogError
from sixpoint.store.chain import GENESIS, Draft, Entry, Head, check, damaged, follows, seal
from sixpoint.store.log import Verified, beyond, stale, walk
from sixpoint.store.schema import open_to_read, open_to_write, recognise
from sixpoint.store.trouble import code_of, in_our_words, told_plainly

# Entries fetched at a time: a page of the largest payloads (1 MiB) still fits in memory, small ones cost no time.
PAGE: Final = 256

# The casts give the stored bytes themselves: a damaged text is then a damaged entry, not a failure to decode.
_HEAD: Final = "SELECT position, CAST(digest AS BLOB) FROM entry ORDER BY position DESC LIMIT 1"
_HEAD_AT: Final = "SELECT position, CAST(digest AS BLOB) FROM entry WHERE position = ?"
_PAGE: Final = """SELECT position, at_ms, CAST(kind AS BLOB), CAST(payload AS BLOB), CAST(digest AS BLOB)
FROM entry WHERE position > ? ORDER BY position LIMIT ?"""
_INSERT: Final = "INSERT INTO entry (position, at_ms, kind, payload, digest) VALUES (?, ?, ?, ?, ?)"


def open_sqlite(path: Path | str, *, create: bool = False, read_only: bool = False) -> SqliteLog:
    """Opens a log's file; with `create`, makes it if it is not there; with `read_only`, never writes.

    `InputError`: no such file, not a log, another format. `DamagedLogError`: table or triggers are not whole.
    `LogError`: rights, full disk, a file system that cannot make commits durable.
    """
    assert not (create and read_only), "a log is created to be written"
    path = Path(path)
    connection = open_to_read(path) if read_only else open_to_write(path, create)
    return SqliteLog(path, connection, read_only)


class SqliteLog:
    """An `EventLog` in an SQLite file. Any number of processes may open it; appends come one after another.

    One connection, which `_lock` gives to one thread at a time, a whole append or a page of reading at once: so no
    thread sees what another has not yet committed.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        self._where = str(path)
        self._connection = connection
        self._lock = threading.Lock()

    def append(self, batch: Sequence[Draft], *, after: int) -> int:
        """See `EventLog.append`."""
        check(batch)
        if self.read_only:
            raise LogError(str(Fault(self._where, "was opened for reading only", "Open it to write.")))
        with self._lock, told_plainly(self._where):
            # IMMEDIATE takes the one write lock first, so that nobody can append between the look and the write.
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                head = self._head()
                if head.position != after:
                    raise stale(self._where, head.position, after)
                rows = [(e.position, e.at_ms, e.kind, e.payload, e.digest) for e in seal(head, batch)]
                self._connection.executemany(_INSERT, rows)
                self._connection.execute("COMMIT")
            except BaseException as error:
                self._take_back(error)
                raise
        return after + len(batch)

    def _take_back(self, error: BaseException) -> None:
        """Undoes the transaction; after a failure of the disk, lets go of the file instead."""
        if isinstance(error, sqlite3.Error) and code_of(error) == sqlite3.SQLITE_IOERR:
            # After a failed write or sync the system may have dropped pages that were never written; only a new look
            # at the file tells what is there. So this connection appends no more.
            self._connection.close()
        elif self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def read(self, after: int = 0) -> Iterator[Entry]:
        """See `EventLog.read`."""
        with self._lock, told_plainly(self._where):
            head = self._head_at(after)
        return self._stream(head)

    def _head_at(self, position: int) -> Head:
        row = self._connection.execute(_HEAD_AT, (position,)).fetchone()
        if position == 0:
            return GENESIS
        if row is not None:
            return self._checked(row)
        last = self._head().position
        if not 0 < position <= last:
            raise beyond(self._where, last, position)
        raise damaged(self._where, position, "an entry was expected", "none found")

    def _checked(self, row: tuple[int, object]) -> Head:
        position, digest = row
        if type(digest) is not bytes:
            raise damaged(self._where, position, "an entry with a digest was expected", "none found")
        return Head(position, digest)

    def _stream(self, head: Head) -> Iterator[Entry]:
        while True:
            rows, error = self._page(head.position)
            for row in rows:
                entry = follows(head, row, self._where)
                head = Head(entry.position, entry.digest)
                yield entry
            if error is not None and code_of(error) == sqlite3.SQLITE_CORRUPT:
                raise damaged(self._where, head.position + 1, "an entry was expected", f"SQLite found: {error}")
            if error is not None:
                raise in_our_words(error, self._where) from error
            if not rows:
                return

    def _page(self, after: int) -> tuple[list[tuple[object, object, object, object, object]], sqlite3.Error | None]:
        """The next rows, and what kept SQLite from giving more. A short transaction each: writers never wait."""
        rows = []
        # From the very first row, so that a forged one at a position below 1 is noticed too.
        above = after or -(1 << 63)
        with self._lock:
            try:
                for row in self._connection.execute(_PAGE, (above, PAGE)):
                    rows.append(row)
            except sqlite3.Error as error:
                return rows, error
        return rows, None

    @property
    def last(self) -> int:
        """See `EventLog.last`."""
        return self.head.position

    @property
    def head(self) -> Head:
        """See `EventLog.head`."""
        with self._lock, told_plainly(self._where):
            return self._head()

    def _head(self) -> Head:
        row = self._connection.execute(_HEAD).fetchone()
        return GENESIS if row is None else self._checked(row)

    def verify(self, expect: tuple[int, bytes] | None = None) -> Verified:
        """See `EventLog.verify`; also checks that the triggers are in force."""
        with self._lock, told_plainly(self._where):
            recognise(self._connection, self._where)
        return walk(self, self._where, expect)

    def copy_to(self, path: Path | str) -> Verified:
        """Writes a consistent copy while the log is in use, verifies it and returns what it holds.

        The name appears when the copy is whole; a failure leaves nothing behind. `InputError` if it is taken.
        """
        target = Path(path)
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        if target.exists() or not target.parent.is_dir():
            what = "already exists" if target.exists() else "its folder does not exist"
            raise InputError.one(str(target), what, "Choose another name for the copy.")
        try:
            with told_plainly(self._where), closing(open_to_read(self.path)) as source:
                _copy(source, part)
            with open_sqlite(part) as copy:
                verified = copy.verify()
            part.rename(target)
        except OSError as error:
            raise LogError(
                str(Fault(str(target), f"cannot be written ({error.strerror})", "Check the disk."))
            ) from error
        finally:
            for leftover in (part, part.with_name(f"{part.name}-wal"), part.with_name(f"{part.name}-shm")):
                leftover.unlink(missing_ok=True)
        return verified

    def close(self) -> None:
        """See `EventLog.close`."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _copy(source: sqlite3.Connection, part: Path) -> None:
    with told_plainly(str(part)), closing(sqlite3.connect(part, isolation_level=None)) as target:
        # All pages in one step: the read lock makes it one moment of the log, and does not hold up writers.
        source.backup(target)
