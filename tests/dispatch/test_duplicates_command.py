"""`dispatch duplicates` reads a table of calls as people have it, says which repeat others, and refuses by line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sixpoint.cli.dispatch import dispatch
from sixpoint.errors import InputError

HEADER = ("call_id", "received_at", "lon_deg", "lat_deg", "dispatch_code")
CALLS = [
    ("c2", "2026-05-01T08:04:00-07:00", "-122.00001", "37.0", "2301077"),
    ("c1", "2026-05-01T08:00:00-07:00", "-122.0", "37.0", "2301019"),
    ("c3", "2026-05-01T15:05:00+00:00", "-122.0", "37.0", "2301069"),
    ("c4", "2026-05-01T08:09:59-07:00", "-122.0", "37.0", "2301019"),
]


def table(folder: Path, rows: list[tuple[str, ...]], header: tuple[str, ...] = HEADER) -> str:
    path = folder / "calls.csv"
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    path.write_text(text.getvalue(), "utf-8", newline="")
    return str(path)


def run(*words: str) -> Result:
    return CliRunner().invoke(dispatch, ["duplicates", *words], standalone_mode=False)


def lines(result: Result) -> list[dict[str, Any]]:
    assert result.exception is None, result.exception
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_later_call_is_told_with_the_earlier_ones_it_may_repeat_the_nearest_first(tmp_path: Path) -> None:
    result = run(table(tmp_path, CALLS), "--json")
    *found, total = lines(result)
    assert [(one["call_id"], one["same_as"], one["also"]) for one in found] == [("c2", "c1", []), ("c4", "c1", ["c2"])]
    assert found[0]["because"] == "1 m and 240 s apart, both medical"
    assert (total["calls"], total["repeats"], total["within_m"], total["within_s"]) == (4, 2, 80, 600)
    assert result.return_value == 1


def test_people_read_the_limits_each_repeat_and_the_count(tmp_path: Path) -> None:
    said = run(table(tmp_path, CALLS)).stdout.splitlines()
    assert said[0].startswith("Held against earlier calls within 80 m and 10:00 min (policy 'default')")
    assert said[1] == "c2 (2026-05-01T08:04:00-07:00) may repeat c1: 1 m and 240 s apart, both medical"
    assert said[-1] == "2 of 4 calls may repeat an earlier one."


def test_the_policy_holds_the_limits_and_nothing_found_is_exit_code_0(tmp_path: Path) -> None:
    (tmp_path / "near.toml").write_text("duplicate_within_m = 0\nduplicate_within_s = 60\n")
    result = run(table(tmp_path, CALLS), "--policy", str(tmp_path / "near.toml"), "--json")
    assert result.return_value == 0
    assert [line["of"] for line in lines(result)] == ["all"]


def test_other_names_of_columns_are_known_and_other_columns_left_alone(tmp_path: Path) -> None:
    header = ("Nature", "Longitude", "LAT", "Time", "Station", "Call Number")
    rows = [
        ("17A", "-122.0", "37.0", "2026-05-01 08:00:00", "7", "1"),
        ("17A", "-122.0", "37.0", "2026-05-01 08:01:00", "7\x1b", "2"),
        ("17B", "-122.0", "37.0", "2026-05-01 08:01:00", "7", "3"),
    ]
    *found, total = lines(run(table(tmp_path, rows, header), "--json"))
    assert [(one["call_id"], one["same_as"]) for one in found] == [("2", "1")]
    assert (
        "3 of 3 calls have a type that is not among ours: held against calls of the very same type alone"
        in (total["notes"])
    )
    assert any("no offset from UTC" in note for note in total["notes"])


def test_calls_without_a_number_go_by_their_line_and_those_without_place_or_type_are_counted(tmp_path: Path) -> None:
    rows = [(at, *rest) for _, at, *rest in CALLS[:2]]
    rows += [("2026-05-01T08:00:00-07:00", "", "", "2301019"), ("2026-05-01T08:00:00-07:00", "-122.0", "37.0", "")]
    rows += [("2026-05-01T08:00:01-07:00", "-122.0", "37.0", "")]
    *found, total = lines(run(table(tmp_path, rows, HEADER[1:]), "--json"))
    assert [(one["call_id"], one["same_as"]) for one in found] == [("line 2", "line 3")]
    assert "1 of 5 calls have no place: held against no other" in total["notes"]
    assert "2 of 5 calls have no type: held against no other" in total["notes"]


def test_rows_that_say_the_same_of_a_call_are_one_call_and_rows_that_do_not_are_refused(tmp_path: Path) -> None:
    assert lines(run(table(tmp_path, [CALLS[1], CALLS[1]]), "--json"))[-1]["calls"] == 1
    moved = ("c1", *CALLS[0][1:])
    result = run(table(tmp_path, [CALLS[1], moved]))
    assert isinstance(result.exception, InputError)
    assert "calls.csv:3: call 'c1' is told otherwise on line 2" in str(result.exception)


@pytest.mark.parametrize("where", ["riverton", "folder"])
def test_a_region_is_asked_by_its_folder_or_its_name(where: str, tmp_path: Path) -> None:
    table(tmp_path, CALLS)
    total = lines(run(where if where == "riverton" else str(tmp_path), "--json"))[-1]
    assert total["repeats"] > 0 and not total["notes"]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    path = Path(table(tmp_path, CALLS))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert lines(run(str(path), "--json"))[-1]["repeats"] == 2


MISTAKES = [
    ((1, "soon"), "calls.csv:2: column 'received_at' holds 'soon', which is not a date and time"),
    ((1, ""), "calls.csv:2: column 'received_at' is empty"),
    ((1, "2026-05-01T08:04:00"), "others carry none"),
    ((2, "nan"), "calls.csv:2: column 'lon_deg' holds 'nan', which is not a number"),
    ((2, "-1e300"), "outside -180 to 180"),
    ((3, ""), "calls.csv:2: column 'lat_deg' is empty"),
    ((0, ""), "calls.csv:2: column 'call_id' is empty"),
    ((0, "c\x1b[31m2"), "holds a control character"),
]


@pytest.mark.parametrize(("changed", "words"), MISTAKES)
def test_a_row_with_a_mistake_is_refused_by_line(tmp_path: Path, changed: tuple[int, str], words: str) -> None:
    place, value = changed
    row = list(CALLS[0])
    row[place] = value
    result = run(table(tmp_path, [tuple(row), *CALLS[1:]]))
    assert isinstance(result.exception, InputError) and words in str(result.exception)
    assert not result.stdout


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no column is called received_at"),
        (b"call_id,received_at,lon,lat\n", "no column is called dispatch_code"),
        (",".join(HEADER).encode() + b"\n", "holds no call"),
        (b"\xff\xfe", "is not UTF-8"),
        (b'call_id,"received_at\n', "calls.csv:1"),
        (b"a\x00b", "no column is called"),
        (b"id,id,time,lon,lat,type\n1,1,1,1,1,1\n", "stands twice"),
        (b"{}", "no column is called"),
    ],
)
def test_what_is_no_table_of_calls_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(data)
    result = run(str(path))
    assert isinstance(result.exception, InputError) and words in str(result.exception), result.exception


def test_a_table_that_is_not_there_a_folder_without_calls_and_a_bad_policy_are_refused(tmp_path: Path) -> None:
    for words in ([str(tmp_path / "absent.csv")], [str(tmp_path)], ["riverton", "--policy", "nowhere.toml"]):
        assert isinstance(run(*words).exception, InputError), words


JUNK = ("", " ", "nan", "inf", "-1", "1e999", "9" * 400, "2301019", '"', '""', ",", "\x00", "\ud7ff", "ü" * 300, "[/x]")
JUNK += ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-05-01", "2026-W01-1", "24:00", "\n", "\r")


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.sampled_from(JUNK)), min_size=1, max_size=4))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_junk_in_any_cell_is_answered_or_refused_by_line(tmp_path: Path, junk: list[tuple[int, int, str]]) -> None:
    rows = [list(HEADER), *(list(row) for row in CALLS)]
    for line, place, value in junk:
        rows[line][place] = value
    path = tmp_path / "calls.csv"
    path.write_text("\n".join(",".join(row) for row in rows), "utf-8", newline="")
    result = run(str(path))
    if result.exception is None:
        assert result.return_value in (0, 1)
        assert "calls may repeat an earlier one." in result.stdout
    else:
        assert isinstance(result.exception, InputError) and "calls.csv" in str(result.exception)


def test_a_real_county_of_a_hundred_thousand_calls_is_answered_in_one_pass(shared: Path, tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(next((shared / "data" / "montgomery").glob("*.zip"))) as packed:
        packed.extract("911.csv", tmp_path)
    *found, total = lines(run(str(tmp_path / "911.csv"), "--json"))
    assert total["calls"] > 99_000 and 0 < len(found) == total["repeats"] < 5_000


def test_calls_at_zero_zero_have_no_place_repeat_none_and_are_counted(tmp_path: Path) -> None:
    rows = [(f"z{place}", f"2026-05-01T08:0{place}:00-07:00", "0", "0.0", "2301019") for place in range(3)]
    result = run(table(tmp_path, [*rows, *CALLS[:1]]), "--json")
    (total,) = lines(result)
    assert result.return_value == 0 and total["repeats"] == 0 and total["calls"] == 4
    assert total["notes"] == ["3 of 4 calls have the place 0,0, which is none: held against no other"]


def test_on_the_equator_or_the_prime_meridian_a_call_has_a_place(tmp_path: Path) -> None:
    rows = [
        (f"e{place}", f"2026-05-01T08:0{place}:00-07:00", lon, lat, "2301019")
        for place, (lon, lat) in enumerate([("36.8", "0"), ("36.8", "0"), ("0", "51.5"), ("0", "51.5")])
    ]
    assert lines(run(table(tmp_path, rows), "--json"))[-1]["repeats"] == 2


@pytest.mark.parametrize(
    ("lon", "lat", "swapped"),
    [("37.0", "-122.0", True), ("-122.0", "95", False), ("37.0", "1220", False), ("west", "-122", False)],
)
def test_longitude_and_latitude_that_are_swapped_are_said_to_be_that_where_it_fits(
    tmp_path: Path, lon: str, lat: str, swapped: bool
) -> None:
    row = ("c1", "2026-05-01T08:00:00-07:00", lon, lat, "2301019")
    refused = run(table(tmp_path, [row])).exception
    assert isinstance(refused, InputError) and str(refused).startswith("calls.csv:2: column 'l")
    told = "'lat_deg' holds -122.0, which is no latitude, and 'lon_deg' holds 37.0: they look swapped"
    assert (told in str(refused)) == swapped and ("swapped" in str(refused)) == swapped
