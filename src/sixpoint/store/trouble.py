"""What SQLite complains about, in our words: which log, what happened, what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sixpoint.errors import DamagedLogError, Fault, LogError

BUSY_S: Final = 10.0

# SQLite's primary result code (low byte of the error code) -> what happened, what to do.
_FULL = ("the disk is full; nothing was written", "Make room, then try again.")
_LOCKED = (f"another process kept it locked for {BUSY_S:g} s", "Let it finish or stop it, then try again.")
BARRED: Final = (
    "it cannot be written or opened here (rights of the file or of its folder)",
    "Give this user the right to write the folder, or open the log for reading.",
)
_DISK = ("the disk failed while reading or writing", "Open the log anew and verify it before going on; check the disk.")
_MEANING: Final = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: BARRED,
    sqlite3.SQLITE_CANTOPEN: BARRED,
    sqlite3.SQLITE_PERM: BARRED,
    sqlite3.SQLITE_IOERR: _DISK,
}
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def code_of(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 where there is none (misuse, such as a closed connection)."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def in_our_words(error: sqlite3.Error, where: str) -> LogError:
    """The error to raise in place of SQLite's own."""
    code = code_of(error)
    if code in _DAMAGED:
        remedy = "Keep this file as it is for inquiry and go back to a copy that verifies."
        return DamagedLogError(str(Fault(where, f"the file is damaged ({error})", remedy)))
    if isinstance(error, sqlite3.ProgrammingError) and not code:
        return LogError(str(Fault(where, "is closed", "Open it again.")))
    what, remedy = _MEANING.get(code, ("SQLite refused", "Verify the log; if it holds, report this message."))
    return LogError(str(Fault(where, f"{what} ({error})", remedy)))


@contextmanager
def told_plainly(where: str) -> Iterator[None]:
    """Within it, what SQLite raises comes out as an error of Sixpoint's."""
    try:
        yield
    except sqlite3.Error as error:
        raise in_our_words(error, where) from error
