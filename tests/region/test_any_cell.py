"""Whatever stands in a cell or a setting, the reader answers with a region or with faults, never with a crash."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sixpoint.errors import InputError
from sixpoint.region import Region, bundled_region, read_region
from sixpoint.region.format import TABLES
from sixpoint.region.write import Draft, read_draft, write_draft

WORDS = ("", " ", "\n", "\x00", '"', "a,b", "yes", "no", "p001", "A11", "n0001")
NUMBERS = ("0", "-1", "1e400", "nan", "inf", "1e308")
TIMES = (
    "2026-05-15",
    "2026-05-15T10:00:00-05:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31",
    "0001-01-01",
)
VALUES = st.one_of(st.text(max_size=12), st.sampled_from([*WORDS, *NUMBERS, *TIMES]))


@pytest.fixture(scope="module")
def small() -> Draft:
    """Riverton with the roads alone untouched, read once."""
    return read_draft(bundled_region("riverton"))


def answers(folder: Path) -> None:
    """Reads the folder: a region, or faults that each say where, what and what to do."""
    try:
        assert isinstance(read_region(folder), Region)
    except InputError as refused:
        assert all(fault.where and fault.what and fault.remedy for fault in refused.faults)
    finally:
        shutil.rmtree(folder)


@settings(max_examples=100)
@given(data=st.data())
def test_any_cell_may_hold_anything(small: Draft, data: st.DataObject) -> None:
    table = data.draw(st.sampled_from([name for name in TABLES if small.tables[name]]))
    rows = [dict(row) for row in small.tables[table]]
    row = data.draw(st.integers(0, min(len(rows), 40) - 1))
    column = data.draw(st.sampled_from([*TABLES[table].columns, *TABLES[table].optional]))
    rows[row][column] = data.draw(VALUES)
    folder = Path(tempfile.mkdtemp())
    write_draft(Draft(small.settings, {**small.tables, table: rows}), folder)
    answers(folder)


@settings(max_examples=50)
@given(data=st.data())
def test_any_setting_may_hold_anything(small: Draft, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from([*small.settings, "days", "snap_limit_m", "imputed", "colour"]))
    value = data.draw(
        st.one_of(
            VALUES.filter(str.isprintable),
            st.booleans(),
            st.integers(-(2**70), 2**70),
            st.floats(allow_nan=False, allow_infinity=False),
            st.lists(st.text("ab\n", max_size=4), max_size=3),
        )
    )
    folder = Path(tempfile.mkdtemp())
    write_draft(Draft({**small.settings, key: value}, {**small.tables, "calls": small.tables["calls"][:3]}), folder)
    answers(folder)


@settings(max_examples=50)
@given(data=st.data())
def test_any_byte_of_a_file_may_be_anything(small: Draft, data: st.DataObject) -> None:
    folder = Path(tempfile.mkdtemp())
    write_draft(small, folder)
    file = folder / data.draw(st.sampled_from(["region.toml", "posts.csv", "units.csv", "shifts.csv", "calls.csv"]))
    raw = bytearray(file.read_bytes())
    raw[data.draw(st.integers(0, min(len(raw), 600) - 1))] = data.draw(st.integers(0, 255))
    file.write_bytes(raw)
    answers(folder)
