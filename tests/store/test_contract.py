"""What every event log promises; one class of tests, run on each log. PostgreSQL joins by one more subclass."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sixpoint.errors import DamagedLogError, InputError, LogError, StaleAppendError
from sixpoint.store import (
    GENESIS,
    MAX_KIND_BYTES,
    MAX_PAYLOAD_BYTES,
    EventLog,
    MemoryLog,
    Verified,
    open_sqlite,
)

FIRST = ("call_reported", 1_000, b'{"call":"1"}')
SECOND = ("unit_assigned", 900, b"")
THIRD = ("unit_cleared", -5, b"\x00\xff")


class EventLogContract:
    """The promises; a subclass says how to make an empty log in the fixture `log`."""

    def test_a_new_log_is_empty_and_stands_at_the_genesis(self, log: EventLog) -> None:
        assert log.last == 0
        assert log.head == GENESIS
        assert list(log.read()) == []
        assert log.verify() == Verified(0, GENESIS)

    def test_entries_come_back_as_given_and_in_order(self, log: EventLog) -> None:
        assert log.append([FIRST, SECOND], after=0) == 2
        assert log.append([THIRD], after=2) == 3
        entries = list(log.read())
        assert [entry.position for entry in entries] == [1, 2, 3]
        assert [(entry.kind, entry.at_ms, entry.payload) for entry in entries] == [FIRST, SECOND, THIRD]

    def test_each_entry_names_the_digest_before_it(self, log: EventLog) -> None:
        log.append([FIRST, SECOND, THIRD], after=0)
        first, second, third = log.read()
        assert first.previous == GENESIS.digest
        assert second.previous == first.digest
        assert third.previous == second.digest
        assert log.head == (3, third.digest)

    def test_the_digest_is_the_documented_one(self, log: EventLog) -> None:
        log.append([("x", 258, b"ab")], after=0)
        start = hashlib.sha256(b"sixpoint event log, format 1").digest()
        position, at, lengths = bytes(7) + b"\x01", bytes(6) + b"\x01\x02", b"\0\0\0\x01" + bytes(7) + b"\x02"
        (entry,) = log.read()
        assert entry.digest == hashlib.sha256(start + position + at + lengths + b"x" + b"ab").digest()

    def test_an_append_after_another_position_is_stale_and_changes_nothing(self, log: EventLog) -> None:
        log.append([FIRST], after=0)
        for after in (0, 2, -1):
            with pytest.raises(StaleAppendError, match="stands at 1"):
                log.append([SECOND], after=after)
        assert log.last == 1
        assert log.append([SECOND], after=1) == 2

    def test_an_empty_batch_appends_nothing_but_is_still_checked_for_staleness(self, log: EventLog) -> None:
        assert log.append([], after=0) == 0
        with pytest.raises(StaleAppendError):
            log.append([], after=1)

    def test_a_batch_that_cannot_be_held_is_refused_whole_naming_every_fault(self, log: EventLog) -> None:
        batch = [FIRST, ("", 0, b""), ("k" * (MAX_KIND_BYTES + 1), 0, b""), ("a\nb", 0, b""), ("\ud800", 0, b"")]
        batch += [("late", 1 << 63, b""), ("large", 0, bytes(MAX_PAYLOAD_BYTES + 1))]
        with pytest.raises(InputError) as refused:
            log.append(batch, after=0)
        assert [fault.where for fault in refused.value.faults] == [f"entry {n} of the batch" for n in range(2, 8)]
        assert log.last == 0

    def test_limits_themselves_are_held(self, log: EventLog) -> None:
        batch = [("k" * MAX_KIND_BYTES, (1 << 63) - 1, bytes(MAX_PAYLOAD_BYTES)), ("é☎", -(1 << 63) + 1, b"")]
        log.append(batch, after=0)
        assert [(entry.kind, entry.at_ms, entry.payload) for entry in log.read()] == batch

    def test_reading_after_a_position_gives_what_follows_it(self, log: EventLog) -> None:
        log.append([FIRST, SECOND, THIRD], after=0)
        assert [entry.position for entry in log.read(after=1)] == [2, 3]
        assert list(log.read(after=3)) == []

    def test_reading_beyond_the_end_is_an_error_not_silence(self, log: EventLog) -> None:
        log.append([FIRST], after=0)
        for after in (2, -1):
            with pytest.raises(LogError, match="ends at 1"):
                log.read(after=after)

    def test_a_reader_sees_what_is_appended_while_it_reads(self, log: EventLog) -> None:
        log.append([FIRST], after=0)
        reader = log.read()
        assert next(reader).position == 1
        log.append([SECOND, THIRD], after=1)
        assert [entry.position for entry in reader] == [2, 3]

    def test_a_long_log_is_read_without_a_gap(self, log: EventLog) -> None:
        for after in range(0, 2_000, 100):
            log.append([("e", n, b"%d" % n) for n in range(after + 1, after + 101)], after=after)
        assert [(entry.position, entry.payload) for entry in log.read()] == [(n, b"%d" % n) for n in range(1, 2_001)]

    def test_a_kept_head_is_proved_also_after_the_log_has_grown(self, log: EventLog) -> None:
        log.append([FIRST, SECOND], after=0)
        kept = log.head
        assert log.verify(expect=kept).entries == 2
        log.append([THIRD], after=2)
        assert log.verify(expect=kept).entries == 3
        assert log.verify(expect=GENESIS).entries == 3

    def test_a_cut_off_end_is_noticed_by_who_kept_the_head(self, log: EventLog) -> None:
        log.append([FIRST, SECOND], after=0)
        with pytest.raises(DamagedLogError, match=r"position 3.*0101.*ends at position 2"):
            log.verify(expect=(4, b"\x01" * 32))

    def test_another_digest_at_a_kept_position_is_noticed(self, log: EventLog) -> None:
        log.append([FIRST, SECOND], after=0)
        with pytest.raises(DamagedLogError, match="position 1: digest 0202"):
            log.verify(expect=(1, b"\x02" * 32))

    def test_of_many_threads_that_decide_on_one_position_one_wins(self, log: EventLog) -> None:
        threads, rounds = 4, 15
        won: list[int] = []

        def write(name: int) -> None:
            for number in range(rounds):
                while True:
                    last = log.last
                    try:
                        log.append([("try", number, b"%d" % name)] * 2, after=last)
                    except StaleAppendError:
                        continue
                    won.append(last)
                    break

        workers = [threading.Thread(target=write, args=(name,)) for name in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert sorted(won) == list(range(0, threads * rounds * 2, 2))
        entries = list(log.read())
        pairs = list(zip(entries[::2], entries[1::2], strict=True))
        assert all((one.at_ms, one.payload) == (two.at_ms, two.payload) for one, two in pairs)
        assert log.verify().entries == threads * rounds * 2

    def test_a_closed_log_says_so_and_may_be_closed_again(self, log: EventLog) -> None:
        log.close()
        log.close()
        with pytest.raises(LogError, match="closed"):
            log.append([FIRST], after=0)
        with pytest.raises(LogError, match="closed"):
            log.read()
        with pytest.raises(LogError, match="closed"):
            log.verify()


class TestMemoryLog(EventLogContract):
    @pytest.fixture
    def log(self) -> Iterator[EventLog]:
        with MemoryLog() as log:
            yield log


class TestSqliteLog(EventLogContract):
    @pytest.fixture
    def log(self, tmp_path: Path) -> Iterator[EventLog]:
        with open_sqlite(tmp_path / "log.sqlite", create=True) as log:
            yield log
