"""A JEMSS folder that cannot be right is refused before anything runs, with place and remedy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from small_city import write, write_calls, write_city

from sixpoint.cli.plan import plan
from sixpoint.errors import InputError
from sixpoint.plan.jemss.calls import read_calls, write_outcome
from sixpoint.plan.jemss.city import read_city
from sixpoint.plan.jemss.expressions import distribution, number
from sixpoint.plan.jemss.kernel import CALL
from sixpoint.plan.jemss.rules import read_mobilisation, read_redispatch


def edit(path: Path, change: Callable[[list[str]], None]) -> None:
    lines = path.read_text("utf-8").splitlines()
    change(lines)
    write(path, "\n".join(lines) + "\n")


def cell(line: int, column: int, value: str) -> Callable[[list[str]], None]:
    """Puts a value into a cell; lines from 1, columns from 0."""

    def change(lines: list[str]) -> None:
        cells = lines[line - 1].split(",")
        cells[column] = value
        lines[line - 1] = ",".join(cells)

    return change


def cut(line: int) -> Callable[[list[str]], None]:
    return lambda lines: lines.__delitem__(line - 1)


MISTAKES = [
    ("n.csv", cell(3, 1, "east"), r"n.csv:3: column 'x' holds 'east', which is not a number"),
    ("n.csv", cell(4, 0, "7"), r"n.csv:4: 'index' is 7"),
    ("travel/a.csv", cell(7, 1, "9999"), r"a.csv:7: column 'fromNode' holds 9999, not a whole number from 1 to"),
    ("travel/a.csv", cell(7, 3, "-0.1"), r"a.csv:7: column 'mode_1' holds -0.1, not above 0"),
    ("travel/a.csv", cell(2, 0, "mode_x"), r"arcForm is ''"),
    ("travel/t.csv", cell(3, 1, "0"), r"t.csv:3: column 'offRoadSpeed' holds 0, not above 0"),
    ("travel/t.csv", cell(9, 1, "urgentPriority"), r"t.csv:9: column 'priority' holds 'urgentPriority'"),
    (
        "travel/t.csv",
        cell(9, 1, "medPriority"),
        r"travel set 1 has medPriority twice(.|\n)*no travel mode for highPriority",
    ),
    ("travel/t.csv", cell(19, 0, "-1"), r"startTime does not rise"),
    ("s.csv", cell(1, 0, "posts"), r"no file holds the table 'stations'"),
    ("u.csv", cell(4, 1, "6"), r"u.csv:4: column 'stationIndex' holds 6, not a whole number from 1 to 5"),
    ("m.csv", cell(3, 4, "0"), r"m.csv:3: column 'xScale' holds 0, not above 0"),
    ("p.csv", cell(3, 1, "lowPriority"), r"the names are not in order"),
]


@pytest.mark.parametrize(("file", "change", "words"), MISTAKES)
def test_a_city_with_a_mistake_is_refused(
    file: str, change: Callable[[list[str]], None], words: str, tmp_path: Path
) -> None:
    write_city(tmp_path, 1)
    edit(tmp_path / file, change)
    with pytest.raises(InputError, match=words):
        read_city(tmp_path)


def test_a_city_whose_roads_do_not_all_meet_is_refused(tmp_path: Path) -> None:
    write_city(tmp_path, 1)
    nodes = len((tmp_path / "n.csv").read_text("utf-8").splitlines()) - 3
    edit(tmp_path / "n.csv", lambda lines: lines.insert(len(lines) - 1, f"{nodes + 1},0.5,0.5,1"))
    with pytest.raises(InputError, match=rf"1 nodes cannot be reached .*such as {nodes + 1}\)"):
        read_city(tmp_path)


def test_an_arc_that_stands_twice_is_named_with_both_lines(tmp_path: Path) -> None:
    write_city(tmp_path, 1)
    path = tmp_path / "travel" / "a.csv"
    first = path.read_text("utf-8").splitlines()[6].split(",")

    def again(lines: list[str]) -> None:
        number = len(lines) - 7
        lines.insert(len(lines) - 1, ",".join([str(number + 1), *first[1:]]))

    edit(path, again)
    with pytest.raises(InputError, match=r"is the same arc as line 7"):
        read_city(tmp_path)


CALLS = [
    (cell(8, 4, "0"), r"calls.csv:8: the call arrives before the one above it"),
    (cell(8, 5, "-0.1"), r"calls.csv:8: column 'dispatchDelay' holds -0.1, not from 0"),
    (cell(8, 1, "4"), r"calls.csv:8: column 'priority' holds 4, not a whole number from 1 to 3"),
    (cell(8, 8, "0"), r"calls.csv:8: hospitalIndex is 0"),
    (cell(8, 8, "9"), r"calls.csv:8: column 'hospitalIndex' holds 9"),
    (cell(2, 0, "when"), r"has no column 'startTime'"),
    (cell(3, 0, "5"), r"arrives before the start"),
    (cell(5, 0, "callers"), r"has no table 'calls'"),
]


@pytest.mark.parametrize(("change", "words"), CALLS)
def test_calls_with_a_mistake_are_refused(change: Callable[[list[str]], None], words: str, tmp_path: Path) -> None:
    write_calls(tmp_path / "calls.csv", 1, 5)
    edit(tmp_path / "calls.csv", change)
    with pytest.raises(InputError, match=words):
        read_calls(tmp_path / "calls.csv", 3)


def test_a_plain_table_of_calls_reads_like_jemss_own(tmp_path: Path) -> None:
    write_calls(tmp_path / "calls.csv", 1, 5)
    lines = (tmp_path / "calls.csv").read_text("utf-8").splitlines()
    write(tmp_path / "plain.csv", "\n".join(line.rstrip(",") for line in lines[5:11]) + "\n")
    own, plain = read_calls(tmp_path / "calls.csv", 3), read_calls(tmp_path / "plain.csv", 3)
    assert np.array_equal(own.arrival, plain.arrival) and np.array_equal(own.hospital, plain.hospital)


def redispatch(tmp_path: Path, allow: int, *pairs: str) -> Path:
    rows = "".join(f"{pair},1\n" for pair in pairs)
    header = "fromCallPriority,toCallPriority,allowRedispatch"
    write(tmp_path / "r.csv", f"miscData,,\nallowRedispatch,,\n{allow},,\n,,\nredispatchConditions,,\n{header}\n{rows}")
    return tmp_path / "r.csv"


def test_a_circle_of_redispatch_is_refused(tmp_path: Path) -> None:
    pairs = ("lowPriority,medPriority", "medPriority,highPriority", "highPriority,lowPriority")
    with pytest.raises(InputError, match="in a circle"):
        read_redispatch(redispatch(tmp_path, 1, *pairs))
    with pytest.raises(InputError, match="in a circle"):
        read_redispatch(redispatch(tmp_path, 1, "lowPriority,lowPriority"))


def test_redispatch_allows_what_is_named_and_nothing_if_switched_off(tmp_path: Path) -> None:
    allowed = read_redispatch(redispatch(tmp_path, 1, "lowPriority,medPriority"))
    assert np.argwhere(allowed).tolist() == [[2, 1]]
    assert not read_redispatch(redispatch(tmp_path, 0, "lowPriority,medPriority")).any()


def test_expressions_are_read_and_never_run() -> None:
    assert number("5/60/60/24", "f:1") == pytest.approx(5 / 86_400) and number("-2*3", "f:1") == -6
    for text in ("__import__('os')", "1 + 1", "x", "2**9999999", "'a'*3", "1/0", "True", "(1", "9" * 300, "1j"):
        with pytest.raises(InputError):
            number(text, "f:1")


def test_distributions_are_the_named_ones() -> None:
    assert distribution("Normal(1/60/24,0)", "f:1").constant == pytest.approx(1 / 1440)
    drawn = distribution("Gamma(2, 0.5)", "f:1").draw(20_000, np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(1.0, abs=0.03)
    for text in ("Normal(1)", "Cauchy(0, 1)", "eval(1)", "Normal(1, -1)", "Exponential(-1)", "3", "Uniform(2, 1)"):
        with pytest.raises(InputError):
            distribution(text, "f:1")


def test_a_mobilisation_delay_not_in_use_is_none(tmp_path: Path) -> None:
    for use, expected in (("true", True), ("false", False)):
        write(
            tmp_path / "m.csv",
            f'mobilisationDelay,,,\nuse,distribution,seed,expectedDuration\n{use},"Normal(1/60/24,0)",0,1/60/24\n',
        )
        assert (read_mobilisation(tmp_path / "m.csv") is not None) == expected


def test_a_refused_run_writes_nothing(tmp_path: Path) -> None:
    write_city(tmp_path / "city", 1)
    write_calls(tmp_path / "calls.csv", 1, 5)
    edit(tmp_path / "calls.csv", cell(8, 5, "-0.1"))
    arguments = [
        "jemss",
        str(tmp_path / "city"),
        "--calls",
        str(tmp_path / "calls.csv"),
        "--out",
        str(tmp_path / "o.csv"),
    ]
    with pytest.raises(InputError):
        CliRunner().invoke(plan, arguments, standalone_mode=False, catch_exceptions=False)
    assert not list(tmp_path.glob("*o.csv*")) and not list(tmp_path.glob(".draft*"))


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    write_city(tmp_path / "city", 1)
    write_calls(tmp_path / "calls.csv", 1, 5)
    for out in (tmp_path, tmp_path / "nowhere" / "o.csv"):
        arguments = ["jemss", str(tmp_path / "city"), "--calls", str(tmp_path / "calls.csv"), "--out", str(out)]
        with pytest.raises(InputError, match="is not a file in a folder that is there"):
            CliRunner().invoke(plan, arguments, standalone_mode=False, catch_exceptions=False)
    with pytest.raises(InputError, match="cannot be written"):
        write_outcome(tmp_path, np.zeros(0, CALL))
    assert not list(tmp_path.parent.glob(".draft*"))


def test_the_summary_is_one_json_object_and_travel_times_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_city(tmp_path / "city", 1)
    write_calls(tmp_path / "calls.csv", 1, 50)
    out = tmp_path / "o.csv"
    arguments = ["jemss", str(tmp_path / "city"), "--calls", str(tmp_path / "calls.csv"), "--out", str(out), "--json"]
    results = []
    for _ in range(3):
        result = CliRunner().invoke(plan, arguments, standalone_mode=False, catch_exceptions=False)
        results.append((json.loads(result.output)["travel_times"], out.read_bytes()))
        for array in (tmp_path / "cache" / "sixpoint" / "jemss").rglob("between_day.npy"):
            if len(results) == 2:  # the last bytes are a time
                array.write_bytes(array.read_bytes()[:-3] + b"abc")
    assert [came for came, _ in results] == ["built", "read", "built"]
    assert len({data for _, data in results}) == 1
