"""Nobody changes, removes or puts in an entry unnoticed."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sixpoint.errors import DamagedLogError, InputError, SixpointError
from sixpoint.store import Entry, Head, open_sqlite
from sixpoint.store.chain import digest_of
from sixpoint.store.schema import SCHEMA


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "log.sqlite"
    with open_sqlite(path, create=True) as log:
        log.append([("care_recorded", 1_000 * n, b'{"n": %d, "what": "naloxone"}' % n) for n in range(60)], after=0)
    return path


def entries_of(path: Path) -> list[Entry]:
    with open_sqlite(path, read_only=True) as log:
        log.verify()
        return list(log.read())


def tamper(path: Path, *statements: str) -> None:
    """Does to the file what somebody with all rights and SQLite's own tool can do, and tidies up behind himself."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for name in SCHEMA:
            if name != "entry":
                connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for name, statement in SCHEMA.items():
            if name != "entry":
                connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET payload = x'00' WHERE position = 3",
        "UPDATE entry SET position = 99 WHERE position = 3",
        "DELETE FROM entry",
        "DELETE FROM entry WHERE position = 60",
        "REPLACE INTO entry VALUES (3, 0, 'x', x'', zeroblob(32))",
        "INSERT OR REPLACE INTO entry VALUES (60, 0, 'x', x'', zeroblob(32))",
        "INSERT OR IGNORE INTO entry VALUES (63, 0, 'x', x'', zeroblob(32))",
        "INSERT INTO entry (at_ms, kind, payload, digest) VALUES (0, 'x', x'', zeroblob(32))",
    ],
)
def test_sql_that_does_not_append_is_refused_by_the_file_itself(path: Path, statement: str) -> None:
    before = entries_of(path)
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="event log"):
        connection.execute(statement)
    assert entries_of(path) == before


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE entry SET payload = x'00' WHERE position = 3", "position 3: digest [0-9a-f]{64} was expected"),
        ("UPDATE entry SET at_ms = 1 WHERE position = 7", "position 7: digest"),
        ("UPDATE entry SET kind = 'nothing' WHERE position = 60", "position 60: digest"),
        ("UPDATE entry SET kind = CAST(x'ff' AS TEXT) WHERE position = 9", "position 9: digest"),
        ("UPDATE entry SET digest = zeroblob(32) WHERE position = 5", "position 5: digest"),
        ("DELETE FROM entry WHERE position = 30", "position 30: the entry is missing, the next one found is 31"),
        ("DELETE FROM entry WHERE position < 4", "position 1: the entry is missing, the next one found is 4"),
        ("INSERT INTO entry VALUES (0, 0, 'x', x'', zeroblob(32))", "position 1: "),
        ("INSERT INTO entry VALUES (61, 0, 'x', x'', zeroblob(32))", "position 61: digest"),
    ],
)
def test_a_change_behind_the_triggers_is_found_at_its_position(path: Path, statement: str, said: str) -> None:
    tamper(path, statement)
    with open_sqlite(path, read_only=True) as log, pytest.raises(DamagedLogError, match=said):
        log.verify()


def test_readers_stop_at_the_damage_and_get_nothing_that_does_not_hold(path: Path) -> None:
    tamper(path, "UPDATE entry SET payload = x'00' WHERE position = 3")
    with open_sqlite(path, read_only=True) as log:
        reader = log.read()
        assert [next(reader).position, next(reader).position] == [1, 2]
        with pytest.raises(DamagedLogError, match="position 3"):
            next(reader)


def test_an_entry_changed_together_with_its_digest_is_found_at_the_next(path: Path) -> None:
    third = entries_of(path)[2]
    lie = b"nothing was given"
    forged = digest_of(third.previous, 3, third.at_ms, third.kind.encode(), lie)
    tamper(path, f"UPDATE entry SET payload = x'{lie.hex()}', digest = x'{forged.hex()}' WHERE position = 3")
    with open_sqlite(path, read_only=True) as log, pytest.raises(DamagedLogError, match="position 4: digest"):
        log.verify()


def test_entries_cut_off_the_end_are_noticed_by_who_kept_the_head(path: Path) -> None:
    with open_sqlite(path) as log:
        kept = log.head
    tamper(path, "DELETE FROM entry WHERE position > 50")
    with open_sqlite(path) as log:
        assert log.verify().entries == 50
        with pytest.raises(DamagedLogError, match=r"position 51: .* the log ends at position 50"):
            log.verify(expect=kept)
        log.append([("care_recorded", 0, b"another history")] * 10, after=50)
        with pytest.raises(DamagedLogError, match="position 60: digest"):
            log.verify(expect=kept)


def test_a_missing_trigger_is_noticed_on_opening_and_by_an_open_log(path: Path) -> None:
    with open_sqlite(path) as log:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("DROP TRIGGER entry_never_deleted")
        with pytest.raises(DamagedLogError, match="entry_never_deleted"):
            log.verify()
    with pytest.raises(DamagedLogError, match="entry_never_deleted"):
        open_sqlite(path)


def test_something_added_to_the_schema_is_noticed(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TRIGGER quietly AFTER INSERT ON entry BEGIN SELECT 1; END")
    with pytest.raises(DamagedLogError, match="quietly"):
        open_sqlite(path)


def test_no_flipped_byte_changes_what_is_read_without_being_noticed(path: Path) -> None:
    before, whole = entries_of(path), path.read_bytes()
    rng = random.Random(1)
    in_payloads = [at for at in range(len(whole)) if whole.startswith(b"naloxone", at)]
    places = in_payloads + rng.sample(range(len(whole)), 500) + list(range(100))
    noticed = 0
    for at in places:
        flipped = bytearray(whole)
        flipped[at] ^= 1 << rng.randrange(8)
        path.write_bytes(flipped)
        try:
            after = entries_of(path)
        except SixpointError:
            noticed += 1
            if at in in_payloads:
                continue
        else:
            assert at not in in_payloads
            assert after == before, f"byte {at}"
        finally:
            for beside in path.parent.glob("log.sqlite-*"):
                beside.unlink()
    assert len(in_payloads) >= 60 and noticed > 200


def test_a_lost_last_page_is_noticed(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-4096])
    with pytest.raises(SixpointError):
        entries_of(path)


def test_damage_that_sqlite_itself_finds_is_told_with_its_position(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    pages = len(whole) // 4096
    whole[(pages - 1) * 4096 : (pages - 1) * 4096 + 8] = b"\x0d\xff\xff\xff\xff\xff\xff\xff"
    path.write_bytes(whole)
    with open_sqlite(path, read_only=True) as log, pytest.raises(DamagedLogError, match=r"damaged at position \d+"):
        log.verify(expect=Head(60, bytes(32)))


def test_a_file_that_is_not_sqlite_is_not_called_a_damaged_log(tmp_path: Path) -> None:
    strange = tmp_path / "notes.txt"
    strange.write_text("call 1 came in at eight\n" * 100)
    for read_only in (True, False):
        with pytest.raises(InputError, match=r"notes.txt: is not a Sixpoint log.*Name a log's file"):
            open_sqlite(strange, read_only=read_only)
    assert strange.read_text() == "call 1 came in at eight\n" * 100
