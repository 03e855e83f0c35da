"""No acknowledged event is lost and no batch stands half, whenever the writer or the power is cut."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

from sixpoint.store import Entry, EventLog, open_sqlite

# Appends numbered batches of 1 to 9 entries without end, and says each batch's number after append has returned.
WRITER = """
import sys
from sixpoint.store import open_sqlite
log = open_sqlite(sys.argv[1], create=True)
last = log.last
number = sum(1 for entry in log.read() if entry.kind == "first")
while True:
    size = number * 7 % 9 + 1
    kinds = ["first"] + ["more"] * (size - 1)
    last = log.append([(kind, number, b"%d/%d" % (part, size) * 40) for part, kind in enumerate(kinds)], after=last)
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
    number += 1
"""


def whole_batches(entries: list[Entry]) -> int:
    """How many batches stand in the log; fails if one is not whole, out of order or doubled."""
    batches = 0
    while entries:
        size = batches * 7 % 9 + 1
        expected = [(batches, b"%d/%d" % (part, size) * 40) for part in range(size)]
        assert [(entry.at_ms, entry.payload) for entry in entries[:size]] == expected
        entries = entries[size:]
        batches += 1
    return batches


def standing(log: EventLog) -> int:
    entries = list(log.read())
    assert log.verify().entries == len(entries)
    return whole_batches(entries)


def test_every_acknowledged_batch_outlives_kill_9_and_appending_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    rng = random.Random(20260501)
    before = 0
    for kill in range(25):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            acknowledged = [int(writer.stdout.readline()) for _ in range(rng.choice((1, 1, 2, 5, 20)))]
            time.sleep(rng.random() * 0.01)
            writer.kill()
            acknowledged += [int(line) for line in writer.stdout.read().split("\n")[:-1]]
        assert acknowledged == list(range(before, before + len(acknowledged)))
        # Every other time the log is first looked at by a reader, which must not need a writer to mend it.
        with open_sqlite(path, read_only=kill % 2 == 0) as log:
            batches = standing(log)
        # One batch may have been committed and not yet acknowledged.
        assert batches - before - len(acknowledged) in (0, 1)
        before = batches


def test_a_log_killed_while_it_is_made_is_a_log_or_can_be_made(tmp_path: Path) -> None:
    rng = random.Random(7)
    for number in range(8):
        path = tmp_path / f"{number}.sqlite"
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.DEVNULL) as writer:
            deadline = time.monotonic() + 20
            while not path.exists() and time.monotonic() < deadline:
                time.sleep(0.0002)
            time.sleep(rng.random() * 0.004)
            writer.kill()
        with open_sqlite(path, create=True) as log:
            standing(log)
            log.append([("first", 0, b"")], after=log.last)


def test_wherever_power_failure_tears_the_write_ahead_log_whole_batches_stand(tmp_path: Path) -> None:
    path, wal = tmp_path / "log.sqlite", tmp_path / "log.sqlite-wal"
    with open_sqlite(path, create=True) as log:
        for number in range(12):
            size = number * 7 % 9 + 1
            log.append([("e", number, b"%d/%d" % (part, size) * 40) for part in range(size)], after=log.last)
        main, written = path.read_bytes(), wal.read_bytes()
    assert len(written) > 12 * 4096
    seen = set()
    for cut in [*range(0, len(written), 1999), len(written)]:
        torn = tmp_path / f"torn-{cut}"
        torn.mkdir()
        (torn / "log.sqlite").write_bytes(main)
        (torn / "log.sqlite-wal").write_bytes(written[:cut])
        with open_sqlite(torn / "log.sqlite", create=True) as log:
            seen.add(standing(log))
            log.append([("e", 0, b"")], after=log.last)
            assert log.verify().entries == log.last
        shutil.rmtree(torn)
    assert seen == set(range(13))
