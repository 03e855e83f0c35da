"""The SQLite file of a log: its one table, the triggers that guard it, and how it is recognised and opened."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

from sixpoint.errors import DamagedLogError, Fault, InputError, LogError
from sixpoint.store.trouble import BARRED, BUSY_S, code_of, told_plainly

# Stands in the file's header, so that tools (and we) know the file: "6PNT".
APPLICATION_ID: Final = 0x36504E54
# The format of the table and of the chain; a change to either is a new number.
FORMAT: Final = 1

SCHEMA: Final = {
    "entry": """CREATE TABLE entry (
  position INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  payload BLOB NOT NULL,
  digest BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT""",
    "entry_in_order": """CREATE TRIGGER entry_in_order BEFORE INSERT ON entry
WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM entry)
BEGIN SELECT RAISE(ABORT, 'the event log grows by one position at a time'); END""",
    "entry_never_changed": """CREATE TRIGGER entry_never_changed BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END""",
    "entry_never_deleted": """CREATE TRIGGER entry_never_deleted BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END""",
}


def open_to_write(path: Path, create: bool) -> sqlite3.Connection:
    """A connection that appends durably; see `sixpoint.store.open_sqlite` for what is refused."""
    where = str(path)
    _refuse_missing(path, create)
    new = not path.exists()
    if not new and not os.access(path, os.W_OK):
        # SQLite would open it for reading and say so only at the first append.
        raise LogError(str(Fault(where, *BARRED)))
    with told_plainly(where):
        connection = _connect(path, "rwc" if create else "rw")
    try:
        with told_plainly(where):
            if create and _is_blank(connection, where):
                _lay_out(connection)
            recognise(connection, where)
            _make_durable(connection, where)
    except BaseException:
        connection.close()
        if new and path.is_file() and path.stat().st_size == 0:
            path.unlink()
        raise
    return connection


def open_to_read(path: Path) -> sqlite3.Connection:
    """A connection that cannot write; beside a writer it sees each batch as soon as it is committed."""
    where = str(path)
    _refuse_missing(path, create=False)
    with told_plainly(where):
        connection = _connect(path, "ro")
        if not _can_be_shared(connection) and _is_at_rest(path):
            # Readers and writers share memory through files beside the log, which this user cannot make here. No
            # writer is at work, so the log can be read without them.
            connection.close()
            connection = _connect(path, "ro&immutable=1")
        try:
            recognise(connection, where)
        except BaseException:
            connection.close()
            raise
    return connection


def _is_at_rest(path: Path) -> bool:
    """Whether nothing waits in the write-ahead log: it is gone, or a reader has left an empty one."""
    waiting = path.with_name(f"{path.name}-wal")
    return not waiting.exists() or waiting.stat().st_size == 0


def _can_be_shared(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
    except sqlite3.DatabaseError as error:
        return code_of(error) not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
    return True


def _refuse_missing(path: Path, create: bool) -> None:
    if path.is_dir():
        raise InputError.one(str(path), "is a folder, not a log", "Name the log's file.")
    if not path.parent.is_dir():
        raise InputError.one(str(path), "its folder does not exist", "Make the folder first, or correct the path.")
    if not create and not path.exists():
        raise InputError.one(str(path), "there is no such log", "Correct the path, or create the log.")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # Transactions are written out (isolation_level None), and a lock of ours keeps threads apart.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_S,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def _is_blank(connection: sqlite3.Connection, where: str) -> bool:
    """Whether nobody has made anything of the file yet (also after a crash before `_lay_out` was done)."""
    try:
        (objects,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        return not objects and _number(connection, "application_id") == 0 == _number(connection, "user_version")
    except sqlite3.DatabaseError as error:
        raise _stranger(error, where) from error


def _lay_out(connection: sqlite3.Connection) -> None:
    """Makes the table in one transaction, so that the file is a log or nothing; harmless if another was first."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,):
            for statement in SCHEMA.values():
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    (value,) = connection.execute(f"PRAGMA {pragma}").fetchone()
    assert isinstance(value, int)
    return value


def _stranger(error: sqlite3.DatabaseError, where: str) -> Exception:
    if code_of(error) != sqlite3.SQLITE_NOTADB:
        return error
    remedy = "Name a log's file; if it once was one, its first page is damaged: go back to a copy."
    return InputError.one(where, "is not a Sixpoint log: it is not an SQLite file", remedy)


def recognise(connection: sqlite3.Connection, where: str) -> None:
    """Raises unless the file is a log of this format whose table and triggers are whole."""
    try:
        application, format_ = _number(connection, "application_id"), _number(connection, "user_version")
    except sqlite3.DatabaseError as error:
        raise _stranger(error, where) from error
    if application != APPLICATION_ID:
        raise InputError.one(where, "is not a Sixpoint log: another program's file", "Name a log's file.")
    if format_ > FORMAT:
        what = f"is a log of format {format_}; this Sixpoint reads format {FORMAT}"
        raise InputError.one(where, what, "Install a newer Sixpoint.")
    if format_ < FORMAT:
        what = f"is a log of format {format_}; this Sixpoint reads format {FORMAT}"
        raise InputError.one(where, what, "Read it with the Sixpoint that wrote it.")
    found = dict(connection.execute("SELECT name, sql FROM sqlite_schema"))
    differs = [name for name in {**SCHEMA, **found} if found.get(name) != SCHEMA.get(name)]
    if differs:
        what = f"its table or the triggers that guard it were changed: {', '.join(sorted(map(str, differs)))}"
        raise DamagedLogError(str(Fault(where, what, "Keep the file for inquiry and go back to a copy that verifies.")))


def _make_durable(connection: sqlite3.Connection, where: str) -> None:
    """A commit returns when the batch is on the disk: write-ahead log, synced at each commit."""
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        what = "its file system cannot hold a write-ahead log (a network share?)"
        raise LogError(str(Fault(where, what, "Put the log on a local disk.")))
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")  # macOS: through the drive's cache; elsewhere without effect
    connection.execute("PRAGMA checkpoint_fullfsync = ON")
