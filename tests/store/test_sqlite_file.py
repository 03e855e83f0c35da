"""The file itself: who may open it, what is refused in clear words, and copies made while it is in use."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path

import pytest

from sixpoint.errors import DamagedLogError, InputError, LogError, StaleAppendError
from sixpoint.store import open_sqlite, schema, trouble

EVENT = ("call_reported", 1, b"{}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "log.sqlite"
    with open_sqlite(path, create=True) as log:
        log.append([EVENT] * 3, after=0)
    return path


def test_a_log_is_made_only_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    for read_only in (True, False):
        with pytest.raises(InputError, match=r"there is no such log\. .*create"):
            open_sqlite(path, read_only=read_only)
    assert list(tmp_path.iterdir()) == []


def test_create_opens_the_log_that_is_there(path: Path) -> None:
    with open_sqlite(path, create=True) as log:
        assert log.last == 3


def test_commits_are_durable_by_the_settings_of_the_connection(path: Path) -> None:
    with open_sqlite(path) as log:
        ask = log._connection.execute
        assert ask("PRAGMA journal_mode").fetchone() == ("wal",)
        assert ask("PRAGMA synchronous").fetchone() == (2,)


def test_the_file_says_whose_it_is(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (int.from_bytes(b"6PNT"),)
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize(
    ("pragma", "said"),
    [
        ("user_version = 2", r"format 2; this Sixpoint reads format 1\. Install a newer Sixpoint"),
        ("user_version = 0", r"format 0; .*Read it with the Sixpoint that wrote it"),
        ("application_id = 7", r"another program's file"),
    ],
)
def test_another_format_or_program_is_refused(path: Path, pragma: str, said: str, read_only: bool) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA {pragma}")
    with pytest.raises(InputError, match=said):
        open_sqlite(path, read_only=read_only)


def test_another_programs_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE patient (name)")
    before = path.read_bytes()
    with pytest.raises(InputError, match="another program's file"):
        open_sqlite(path, create=True)
    assert path.read_bytes() == before


def test_an_empty_file_is_no_log_until_it_is_made_one(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    path.touch()
    with pytest.raises(InputError, match="not a Sixpoint log"):
        open_sqlite(path, read_only=True)
    with open_sqlite(path, create=True) as log:
        assert log.last == 0


def test_a_folder_or_a_path_without_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        open_sqlite(tmp_path, create=True)
    with pytest.raises(InputError, match="folder does not exist"):
        open_sqlite(tmp_path / "none" / "log.sqlite", create=True)


def test_a_name_with_every_odd_character_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a?b#c%20d é&mode=ro"
    with open_sqlite(path, create=True) as log:
        log.append([EVENT], after=0)
    assert path.is_file()


def test_a_full_disk_refuses_the_whole_batch_and_the_log_goes_on_when_there_is_room(path: Path) -> None:
    large = ("photo", 0, bytes(3_000))
    with open_sqlite(path) as log:
        (pages,) = log._connection.execute("PRAGMA page_count").fetchone()
        log._connection.execute(f"PRAGMA max_page_count = {pages + 4}")
        with pytest.raises(LogError, match=r"disk is full; nothing was written .*Make room"):
            log.append([large] * 50, after=3)
        assert log.last == 3
        assert log.append([large], after=3) == 4
        log._connection.execute("PRAGMA max_page_count = 1000")
        assert log.append([large] * 50, after=4) == 54
        assert log.verify().entries == 54


LIMITED = """
import resource, sys
from sixpoint.errors import LogError
from sixpoint.store import open_sqlite
log = open_sqlite(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
last = log.last
try:
    while True:
        last = log.append([("photo", 0, bytes(1_000))] * 3, after=last)
except LogError as error:
    print(last, error, sep="|")
try:
    log.append([("photo", 0, b"")], after=last)
except LogError as error:
    print(last, error, sep="|")
"""


def test_after_a_failed_write_the_log_must_be_opened_anew(path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True)
    first, second = ran.stdout.splitlines()
    last, said = first.split("|")
    assert int(last) > 3
    assert "the disk failed" in said and "Open the log anew" in said
    assert "is closed" in second
    with open_sqlite(path) as log:
        assert log.verify().entries == int(last)


def test_a_failed_creation_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(schema.SCHEMA, "entry_in_order", "CREATE TRIGGER broken")
    with pytest.raises(LogError):
        open_sqlite(tmp_path / "log.sqlite", create=True)
    assert list(tmp_path.iterdir()) == []


LOOK = """
import os, sys, urllib.parse  # Path.as_uri loads it late: too late for nobody, who may not read this Python
from sixpoint.errors import SixpointError
from sixpoint.store import open_sqlite
path = sys.argv[1]
if os.geteuid() == 0:  # root may write everywhere, so the look is taken as nobody
    os.setgid(65534)
    os.setuid(65534)
with open_sqlite(path, read_only=True) as log:
    print(log.verify().entries)
for options in ({}, {"create": True}):
    try:
        open_sqlite(path, **options)
    except SixpointError as error:
        print(error)
try:
    open_sqlite(path + ".new", create=True)
except SixpointError as error:
    print(error)
"""


@pytest.mark.parametrize("read_before", [False, True])
def test_in_a_folder_one_may_not_write_a_log_at_rest_is_read_and_writing_is_refused(read_before: bool) -> None:
    # Not in tmp_path, whose folders above are closed to others.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "log.sqlite"
        with open_sqlite(path, create=True) as log:
            log.append([EVENT] * 3, after=0)
        if read_before:  # a reader leaves its two files behind
            open_sqlite(path, read_only=True).close()
        before = sorted(folder.iterdir())
        for file in before:
            file.chmod(0o444)
        folder.chmod(0o555)
        ran = subprocess.run([sys.executable, "-c", LOOK, str(path)], capture_output=True, text=True)
        folder.chmod(0o755)
        assert sorted(folder.iterdir()) == before
    assert not ran.stderr
    entries, *refusals = ran.stdout.splitlines()
    assert entries == "3"
    assert len(refusals) == 3
    assert all("cannot be written or opened here" in said and "right to write" in said for said in refusals)


def test_a_reader_cannot_write_and_follows_the_writer(path: Path) -> None:
    with open_sqlite(path, read_only=True) as reader, open_sqlite(path) as writer:
        with pytest.raises(LogError, match="for reading only"):
            reader.append([EVENT], after=3)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader._connection.execute("INSERT INTO entry VALUES (4, 0, 'x', x'', zeroblob(32))")
        for position in range(4, 10):
            writer.append([EVENT], after=position - 1)
            assert [entry.position for entry in reader.read(after=position - 1)] == [position]


def test_a_slow_reader_does_not_keep_the_writer_waiting(path: Path) -> None:
    with open_sqlite(path, read_only=True) as reader, open_sqlite(path) as writer:
        slow = reader.read()
        next(slow)
        writer.append([EVENT] * 500, after=3)
        checkpoint = writer._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert checkpoint[0] == 0, "the reader holds no lock between pages"
        assert sum(1 for _ in slow) == 502


def test_a_writer_kept_waiting_too_long_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "BUSY_S", 0.05)
    with open_sqlite(path) as first, open_sqlite(path) as second:
        first._connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(LogError, match="another process kept it locked"):
            second.append([EVENT], after=3)
        first._connection.execute("ROLLBACK")
        assert second.append([EVENT], after=3) == 4
    assert trouble.BUSY_S >= 1


RIVAL = """
import sys
from sixpoint.errors import StaleAppendError
from sixpoint.store import open_sqlite
log, name = open_sqlite(sys.argv[1]), sys.argv[2]
done = stale = 0
while done < 60:
    last = log.last
    try:
        log.append([(name, done, b"%d" % part) for part in range(3)], after=last)
        done += 1
    except StaleAppendError:
        stale += 1
print(stale)
"""


def test_two_writing_processes_take_turns_and_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    open_sqlite(path, create=True).close()
    rivals = [
        subprocess.Popen([sys.executable, "-c", RIVAL, str(path), name], stdout=subprocess.PIPE) for name in ("a", "b")
    ]
    assert all(rival.communicate()[0] and rival.returncode == 0 for rival in rivals)
    with open_sqlite(path) as log:
        assert log.verify().entries == 360
        entries = list(log.read())
    batches = [entries[at : at + 3] for at in range(0, 360, 3)]
    for batch in batches:
        assert len({(entry.kind, entry.at_ms) for entry in batch}) == 1
        assert [entry.payload for entry in batch] == [b"0", b"1", b"2"]
    for name in ("a", "b"):
        assert [batch[0].at_ms for batch in batches if batch[0].kind == name] == list(range(60))


def test_a_copy_made_while_the_log_grows_is_one_moment_of_it(path: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    rng = random.Random(3)
    with open_sqlite(path) as log:

        def grow() -> None:
            while not stop.is_set():
                log.append([("grow", 0, rng.randbytes(500))] * 4, after=log.last)

        writer = threading.Thread(target=grow)
        writer.start()
        try:
            copies = [log.copy_to(tmp_path / f"copy-{number}") for number in range(6)]
        finally:
            stop.set()
            writer.join()
        kept = list(log.read())
    for number, verified in enumerate(copies):
        with open_sqlite(tmp_path / f"copy-{number}", read_only=True) as copy:
            assert copy.head == verified.head
            assert verified.entries % 4 == 3
            assert list(copy.read()) == kept[: verified.entries]
    assert copies[-1].entries > copies[0].entries
    assert not list(tmp_path.glob(".*"))


def test_a_copy_never_replaces_a_file_and_leaves_nothing_when_it_fails(path: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("dear diary")
    with open_sqlite(path) as log:
        with pytest.raises(InputError, match=r"taken: already exists\. Choose another name"):
            log.copy_to(taken)
        with pytest.raises(InputError, match="folder does not exist"):
            log.copy_to(tmp_path / "none" / "copy")
    assert taken.read_text() == "dear diary"


def test_a_damaged_log_is_not_copied_as_if_it_were_whole(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER entry_never_changed")
        connection.execute("UPDATE entry SET at_ms = 7 WHERE position = 2")
        connection.execute(schema.SCHEMA["entry_never_changed"])
        connection.commit()
    folder = tmp_path / "copies"
    folder.mkdir()
    with open_sqlite(path) as log, pytest.raises(DamagedLogError, match="position 2"):
        log.copy_to(folder / "copy")
    assert list(folder.iterdir()) == []


def test_a_copy_goes_its_own_way(path: Path, tmp_path: Path) -> None:
    with open_sqlite(path) as log:
        log.copy_to(tmp_path / "copy")
        with open_sqlite(tmp_path / "copy") as copy:
            copy.append([EVENT], after=3)
            assert (log.last, copy.last) == (3, 4)
        with pytest.raises(StaleAppendError):
            log.append([EVENT], after=4)
