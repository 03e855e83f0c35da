"""`sixpoint log`: proves, shows and copies a log, with the exit codes that programs rely on."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from sixpoint.ops.events import ServiceOpened, encode, kind_of
from sixpoint.store import open_sqlite

PAYLOADS = [b'{"call":"1","what":"[red]hurt[/] \\u001b[2J"}', b"\xff\x00", b"[" * 100_000]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "log.sqlite"
    with open_sqlite(path, create=True) as log:
        log.append([(f"kind_{n}", 1_000 * n, payload) for n, payload in enumerate(PAYLOADS)], after=0)
    return path


def sixpoint(*words: str | Path) -> tuple[int, str, str]:
    ran = subprocess.run([sys.executable, "-m", "sixpoint", *map(str, words)], capture_output=True, text=True)
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran.returncode, ran.stdout, ran.stderr


def test_verify_prints_what_holds_and_the_head_to_keep(tmp_path: Path) -> None:
    opened = ServiceOpened(at_ms=1, by="x", service_id="s", name="S", synthetic=True, rulebook="r", network="n")
    path = tmp_path / "service.sqlite"
    with open_sqlite(path, create=True) as log:
        log.append([(kind_of(opened), 1, encode(opened))], after=0)
        head = f"1:{log.head.digest.hex()}"
    code, out, _ = sixpoint("log", "verify", path, "--json")
    chain, replay = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert (chain["check"], chain["holds"], chain["entries"], chain["head"]) == ("chain", True, 1, head)
    assert (replay["check"], replay["holds"]) == ("replay", True)
    code, out, _ = sixpoint("log", "verify", path, "--expect", head)
    assert code == 0 and "1 entries" in out and head in out


def test_verify_tells_a_whole_chain_from_events_that_give_no_state(path: Path) -> None:
    code, out, _ = sixpoint("log", "verify", path, "--json")
    assert code == 1
    assert [(line["check"], line["holds"]) for line in map(json.loads, out.splitlines())] == [
        ("chain", True),
        ("replay", False),
    ]


def test_verify_finds_damage_and_a_cut_off_end_with_exit_code_1(path: Path) -> None:
    code, out, _ = sixpoint("log", "verify", path, "--json", "--expect", "4:" + "00" * 32)
    assert code == 1 and "ends at position 3" in json.loads(out)["said"]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER entry_never_deleted")
    code, out, _ = sixpoint("log", "verify", path)
    assert code == 1 and "entry_never_deleted" in out


def test_refusals_leave_with_exit_code_2_and_say_what_to_do(path: Path) -> None:
    for words in (
        ["verify", path.with_name("none")],
        ["verify", path, "--expect", "three"],
        ["show", path, "--after", "9"],
        ["copy", path, path],
    ):
        code, out, err = sixpoint("log", *words)
        assert (code, out) == (2, "") and err.count(".") >= 1, words


def test_show_prints_entries_in_order_and_payloads_that_are_not_text(path: Path) -> None:
    code, out, _ = sixpoint("log", "show", path, "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [line["position"] for line in lines] == [1, 2, 3]
    assert lines[0]["payload"] == json.loads(PAYLOADS[0])
    assert lines[0]["at"] == "1970-01-01T00:00:00.000+00:00"
    assert lines[1]["payload"] == {"base64": "/wA="}
    code, out, _ = sixpoint("log", "show", path, "--after", "0", "--limit", "1")
    assert code == 0 and "kind_0" in out and "[red]hurt" in out and "\x1b" not in out and "kind_1" not in out


def test_copy_writes_a_log_that_verifies(path: Path, tmp_path: Path) -> None:
    code, out, _ = sixpoint("log", "copy", path, tmp_path / "copy.sqlite", "--json")
    assert code == 0 and json.loads(out)["entries"] == 3
    with open_sqlite(tmp_path / "copy.sqlite") as copy, open_sqlite(path) as log:
        assert list(copy.read()) == list(log.read())
