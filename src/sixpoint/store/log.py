"""What every event log promises, whatever holds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, Self

import msgspec

from sixpoint.errors import LogError, StaleAppendError
from sixpoint.store.chain import GENESIS, Draft, Entry, Head, damaged


class Verified(msgspec.Struct, frozen=True):
    """A chain that holds from the first entry to `head`."""

    entries: int
    head: Head


class EventLog(Protocol):
    """An append-only log of events; events are bytes to it.

    Positions run 1, 2, 3, ... in the order of commitment, so a reader who has read up to a position never misses a
    lower one that comes later. One log may be used from several threads; several processes may each open it.
    """

    def append(self, batch: Sequence[Draft], *, after: int) -> int:
        """Appends all of the batch (kind, at_ms, payload) or nothing; durable when it returns the new last position.

        `StaleAppendError` if the log's last position is not `after`: somebody else was first, read on and decide
        again. `InputError` if the log cannot hold the batch.
        """
        ...

    def read(self, after: int = 0) -> Iterator[Entry]:
        """The entries after a position in order, as many as there are by the time the end is reached.

        Streams: memory does not grow with the log, and a slow reader keeps no writer waiting. Each entry is checked
        against the one before it: `DamagedLogError` at the first that does not follow. `LogError` if the log ends
        before `after`.
        """
        ...

    @property
    def last(self) -> int:
        """The last position; 0 while the log is empty."""
        ...

    @property
    def head(self) -> Head:
        """The last position and its digest; `GENESIS` while the log is empty. Keep it elsewhere to prove the log."""
        ...

    def verify(self, expect: tuple[int, bytes] | None = None) -> Verified:
        """Walks the whole chain; `DamagedLogError` says the first damaged position and what was expected there.

        `expect` is a head somebody kept: also proves that the log still holds that entry, so that entries cut off its
        end are noticed.
        """
        ...

    def close(self) -> None:
        """Lets go of the log; nothing is lost, and doing it twice does no harm."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def walk(log: EventLog, where: str, expect: tuple[int, bytes] | None) -> Verified:
    """Reads the whole log and checks that it holds the expected head; see `EventLog.verify`."""
    head = GENESIS
    met = expect is None or tuple(expect) == GENESIS
    for entry in log.read():
        head = Head(entry.position, entry.digest)
        if expect is not None and entry.position == expect[0]:
            if entry.digest != expect[1]:
                raise damaged(where, expect[0], f"digest {expect[1].hex()} was kept", f"{entry.digest.hex()} found")
            met = True
    if not met and expect is not None:
        kept = f"an entry with digest {expect[1].hex()} was kept"
        raise damaged(where, min(head.position + 1, expect[0]), kept, f"the log ends at position {head.position}")
    return Verified(head.position, head)


def stale(where: str, last: int, after: int) -> StaleAppendError:
    """The error for a writer that decided on another state than the log's."""
    return StaleAppendError(
        f"{where}: the writer decided on position {after}, the log stands at {last}. Read on and decide again."
    )


def beyond(where: str, last: int, after: int) -> LogError:
    """The error for a reader that has read further than the log goes, or asks for a position below 0."""
    return LogError(
        f"{where}: there is no position {after}, the log ends at {last}. "
        "If it was once read, entries are lost or this is another log: verify it with the head that was kept."
    )
