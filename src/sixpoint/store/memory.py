"""An event log in memory, for tests and simulation: the promises of `EventLog`, without a disk."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Final, Self

from sixpoint.errors import LogError
from sixpoint.store.chain import GENESIS, Draft, Entry, Head, check, follows, seal
from sixpoint.store.log import Verified, beyond, stale, walk

NAME: Final = "log in memory"


class MemoryLog:
    """Keeps entries in a list; lost when the process ends."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()
        self._closed = False

    def append(self, batch: Sequence[Draft], *, after: int) -> int:
        """See `EventLog.append`; durable means: in this process."""
        check(batch)
        with self._lock:
            head = self._head()
            if head.position != after:
                raise stale(NAME, head.position, after)
            self._entries.extend(seal(head, batch))
            return len(self._entries)

    def read(self, after: int = 0) -> Iterator[Entry]:
        """See `EventLog.read`."""
        last = self.last
        if not 0 <= after <= last:
            raise beyond(NAME, last, after)
        return self._stream(after)

    def _stream(self, after: int) -> Iterator[Entry]:
        head = GENESIS if after == 0 else Head(after, self._entries[after - 1].digest)
        while head.position < self.last:
            stored = self._entries[head.position]
            row = (stored.position, stored.at_ms, stored.kind.encode(), stored.payload, stored.digest)
            entry = follows(head, row, NAME)
            head = Head(entry.position, entry.digest)
            yield entry

    @property
    def last(self) -> int:
        """See `EventLog.last`."""
        return self.head.position

    @property
    def head(self) -> Head:
        """See `EventLog.head`."""
        with self._lock:
            return self._head()

    def _head(self) -> Head:
        if self._closed:
            raise LogError(f"{NAME}: is closed. Make a new one.")
        return Head(self._entries[-1].position, self._entries[-1].digest) if self._entries else GENESIS

    def verify(self, expect: tuple[int, bytes] | None = None) -> Verified:
        """See `EventLog.verify`."""
        return walk(self, NAME, expect)

    def close(self) -> None:
        """See `EventLog.close`."""
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
