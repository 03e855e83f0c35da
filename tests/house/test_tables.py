"""Tables are read strictly: every fault is named with file and line, and what is sound is still read."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path

import pytest

from sixpoint.errors import InputError
from sixpoint.tables import Faults, Row, read_table


def rows_of(tmp_path: Path, data: bytes, *, foreign: bool = False) -> tuple[list[Row], list[str]]:
    (tmp_path / "t.csv").write_bytes(data)
    faults = Faults()
    rows = list(read_table(tmp_path / "t.csv", "t.csv", ("a", "b"), ("c",), faults, foreign=foreign))
    return rows, [f"{fault.where}: {fault.what}" for fault in faults.found]


def one_row(cells: dict[str, str]) -> tuple[Row, Faults]:
    faults = Faults()
    return Row("t.csv", 2, cells, faults), faults


def test_cells_are_stripped_and_go_by_the_header(tmp_path: Path) -> None:
    rows, faults = rows_of(tmp_path, b"\xef\xbb\xbfb, a ,c\r\n 1 ,2,\r\n\r\n3,4,5\r\n")
    assert not faults
    assert [(row.line, row.raw("a"), row.raw("b"), row.raw("c")) for row in rows] == [
        (2, "2", "1", ""),
        (4, "4", "3", "5"),
    ]


def test_a_row_after_a_cell_with_line_ends_keeps_its_line(tmp_path: Path) -> None:
    rows, _ = rows_of(tmp_path, b'a,b\n"x\ny",1\nz,2\n')
    assert [(row.line, row.raw("a")) for row in rows] == [(2, "x\ny"), (4, "z")]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", ["t.csv:1: column 'a' is missing", "t.csv:1: column 'b' is missing"]),
        (b"a,c\n1,2\n", ["t.csv:1: column 'b' is missing"]),
        (b"a,b,a\n1,2,3\n", ["t.csv:1: column 'a' stands twice"]),
        (b"a,b,d\n1,2,3\n", ["t.csv:1: column 'd' is not known"]),
        (b"a,b\n1,2\n1,2,3\n1\n", ["t.csv:3: 3 cells under a header of 2", "t.csv:4: 1 cells under a header of 2"]),
        (b"a,b\n1,2\n1,\xe9\n", ["t.csv:3: byte 0xe9 is not UTF-8 text"]),
        (b"a,b\n1,\x00\n", ["t.csv:2: a cell holds a control character"]),
        (b'a,b\n1,"2"3\n', ["t.csv:2: not a CSV line (',' expected after '\"')"]),
        (b'a,b\n1,"2\n', ["t.csv:2: not a CSV line (unexpected end of data)"]),
        (b'a,b\n1,2\n1,"2\n3,4\n5,6\n', ["t.csv:3: not a CSV line (unexpected end of data)"]),
        (b'a,b\n"x\ny""z",2\n"x\ny""z\n","2\n3,4\n', ["t.csv:6: not a CSV line (unexpected end of data)"]),
        (b'a,b\n1,"2\n3,"4"\n5,6\n', ["t.csv:2: not a CSV line (',' expected after '\"')"]),
    ],
)
def test_what_is_wrong_is_named_with_its_line(data: bytes, told: list[str], tmp_path: Path) -> None:
    assert rows_of(tmp_path, data)[1] == told


def test_of_somebody_elses_table_only_what_is_used_is_checked(tmp_path: Path) -> None:
    rows, faults = rows_of(tmp_path, b"a,b,d\n1,2,\x01\n", foreign=True)
    assert not faults and rows[0].raw("b") == "2"


def test_a_packed_table_reads_like_a_plain_one_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    packed = gzip.compress(b"a,b\n1,2\n")
    faults = Faults()
    (tmp_path / "t.csv.gz").write_bytes(packed)
    assert [row.raw("b") for row in read_table(tmp_path / "t.csv.gz", "t", ("a", "b"), (), faults)] == ["2"]
    long = gzip.compress(b"a,b\n" + b"1,2\n" * 200)
    middle = [long[:place] + b"\xff" + long[place + 1 :] for place in range(12, len(long) - 8)]
    for damaged in (packed[:-6], b"not packed", *middle):
        (tmp_path / "t.csv.gz").write_bytes(damaged)
        faults = Faults()
        assert list(read_table(tmp_path / "t.csv.gz", "t", ("a", "b"), (), faults)) == []
        assert [fault.where for fault in faults.found] == ["t"]


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    faults = Faults()
    assert list(read_table(tmp_path / "none.csv", "none.csv", ("a",), (), faults)) == []
    with pytest.raises(InputError, match=r"none\.csv: cannot be read"):
        faults.raise_any()


@pytest.mark.parametrize("cell", ["", "x", "nan", "inf", "-inf", "1e999", "0x10", "1,5", "11", "-1"])
def test_a_number_is_finite_and_within_bounds(cell: str) -> None:
    row, faults = one_row({"a": cell})
    row.number("a", 0, 10)
    assert len(faults.found) == 1 and not row.sound


@pytest.mark.parametrize("cell", ["0", "10", "1e1", " 5", "0.5"])
def test_a_number_within_bounds_is_read(cell: str) -> None:
    row, faults = one_row({"a": cell})
    assert row.number("a", 0, 10) == float(cell)
    assert not faults.found and row.sound


@pytest.mark.parametrize(("cell", "good"), [("3", True), ("3.0", True), ("3.5", False), ("", False), ("three", False)])
def test_a_whole_number_has_no_fraction(cell: str, good: bool) -> None:
    row, faults = one_row({"a": cell})
    row.whole("a")
    assert bool(faults.found) != good


@pytest.mark.parametrize(
    ("cell", "good"),
    [
        ("2026-05-01T08:30:00-07:00", True),
        ("2026-05-01T08:30Z", True),
        ("2026-05-01T08:30:00", False),
        ("2026-05-01", False),
        ("2026-02-30T08:30:00Z", False),
        ("soon", False),
        ("", False),
    ],
)
def test_an_instant_has_its_offset(cell: str, good: bool) -> None:
    row, faults = one_row({"a": cell})
    assert isinstance(row.instant("a"), datetime)
    assert bool(faults.found) != good


def test_words_of_a_closed_list_are_told_when_another_stands_there() -> None:
    row, faults = one_row({"a": "green", "b": "Yes"})
    row.one_of("a", ["red", "blue"])
    row.yes_no("b")
    assert [fault.remedy for fault in faults.found] == ["Write one of: red, blue.", "Write 'yes' or 'no'."]
    assert {fault.where for fault in faults.found} == {"t.csv:2"}
