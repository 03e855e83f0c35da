"""A decision on record is computed again from its file alone, or asked what if; what was changed in it shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sixpoint.cli.dispatch import dispatch
from sixpoint.errors import InputError

from .test_commands import ARREST, JUNK, asked


def run(*words: str) -> Result:
    return CliRunner().invoke(dispatch, words, standalone_mode=False)


def recorded(folder: Path, *words: str, **changed: Any) -> Path:
    out = folder / "c-104.json"
    out.unlink(missing_ok=True)
    result = run("choose", asked(folder, ARREST | {"call_id": "c-104"} | changed), "--record", str(out), *words)
    assert result.exception is None, result.exception
    return out


def lines(result: Result) -> list[dict[str, Any]]:
    assert result.exception is None, result.exception
    return [json.loads(line) for line in result.stdout.splitlines()]


OVERRIDE = ("--send", "E7", "--reason", "M1 has a flat tyre", "--by", "dispatcher 7")


def test_a_decision_computed_again_is_the_same_to_the_last_reason(tmp_path: Path) -> None:
    out = recorded(tmp_path)
    result = run("audit", str(out))
    assert result.return_value == 0
    assert "Recommended: E7, B2, M1\n  computed again from the record: the same, to the last reason." in result.stdout
    assert "Destination: H1\n  computed again from the record: the same." in result.stdout


def test_an_override_is_computed_again_and_so_is_the_recommendation_that_it_set_aside(tmp_path: Path) -> None:
    result = run("audit", str(recorded(tmp_path, *OVERRIDE)), "--json")
    assert [(one["of"], one["is_same"]) for one in lines(result)] == [
        ("recommended", True),
        ("sent instead", True),
        ("destination", True),
    ]
    assert "Sent instead: E7 (by dispatcher 7: M1 has a flat tyre)" in run("audit", str(tmp_path / "c-104.json")).stdout


def change(path: Path, at: tuple[Any, ...], value: Any) -> None:
    """Sets one value of the file, as a hand that writes in a record would."""
    whole = json.loads(path.read_bytes())
    into = whole
    for key in at[:-1]:
        into = into[key]
    into[at[-1]] = value
    path.write_text(json.dumps(whole), "utf-8")


CHANGES: list[tuple[tuple[Any, ...], Any, str]] = [
    (("decision", "units", 1, "eta_s"), "200.0", "Cardiopulmonary resuscitation: 3:20 by E7 + B2 (then 4:00"),
    (("decision", "units", 2, "standing"), [], "under another verdict:"),
    (("decision", "choice", "harm"), 1.0, "in place of 1.00"),
    (("decision", "override", "recommended", "sent"), [], "sent now:"),
    (("decision", "policy", "max_units"), 1, "no longer sent:"),
    (("where_to", "chosen", "facility_id"), "H0", "computed again from the record: H1"),
    (("where_to", "facilities", 1, "open"), False, "computed again from the record: H0"),
]


@pytest.mark.parametrize(("at", "value", "said"), CHANGES)
def test_what_was_changed_in_a_record_shows(tmp_path: Path, at: tuple[Any, ...], value: Any, said: str) -> None:
    out = recorded(tmp_path, *OVERRIDE)
    change(out, at, value)
    result = run("audit", str(out))
    assert result.return_value == 1, result.stdout
    assert said in result.stdout


def test_without_a_unit_or_with_another_time_or_policy_another_answer_is_told_with_why(tmp_path: Path) -> None:
    out = str(recorded(tmp_path))
    without = run("audit", out, "--without", "M1")
    assert without.return_value == 1
    assert "  without M1: E7, B2\n  no longer sent:\n    M1: not free (then 7:00); then for" in without.stdout
    assert "not sent now" not in without.stdout
    sooner = run("audit", out, "--eta", "M1=60", "--eta", "B2=120.5")
    assert "  with M1 there in 1:00, with B2 there in 2:00: M1\n" in sooner.stdout
    (tmp_path / "two.toml").write_text('name = "two"\nmax_units = 2\n')
    fewer = lines(run("audit", out, "--policy", str(tmp_path / "two.toml"), "--json"))[0]
    assert fewer["would_send"] == ["E7", "M1"] and fewer["sent"] == ["E7", "B2", "M1"]
    assert "B2" in [one["what"] for one in fewer["differences"] if one["kind"] == "unit not sent"]


def test_a_what_if_that_changes_nothing_is_the_same_and_holds_against_the_recommendation(tmp_path: Path) -> None:
    out = str(recorded(tmp_path, *OVERRIDE))
    result = run("audit", out, "--without", "M2", "--json")
    recommended, destination = lines(result)
    assert recommended["sent"] == ["E7", "B2", "M1"] == recommended["would_send"]
    assert destination["is_same"]


def test_what_a_record_does_not_hold_is_noted_and_not_taken_for_no(tmp_path: Path) -> None:
    out = str(recorded(tmp_path))
    (tmp_path / "kept.toml").write_text('scarce_skills = ["cricothyrotomy_needle"]\n')
    told = lines(run("audit", out, "--policy", str(tmp_path / "kept.toml"), "--json"))[0]
    assert "the record does not say who may perform cricothyrotomy_needle" in told["notes"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--without", "X"), "--without: unit 'X' is not on record. Units on record: E7, B2, M1, M2."),
        (("--eta", "X=1"), "--eta: unit 'X' is not on record"),
        (("--eta", "M1"), "--eta: unit '' is not on record"),
        (("--eta", "M1=soon"), "'soon' is no time"),
        (("--eta", "M1=nan"), "the time of M1 is not known"),
        (("--eta", "M1=-1"), "less than nothing"),
        (("--eta", "M1=1e300"), "more than 30 days"),
        (("--eta", "M1=inf"), "no road leads there"),
        (("--eta", "M1=1", "--eta", "M1=2"), "is given twice"),
        (("--policy", "nowhere.toml"), "cannot be read"),
    ],
)
def test_a_slip_in_a_what_if_is_refused_by_name(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    result = run("audit", str(recorded(tmp_path)), *words)
    assert isinstance(result.exception, InputError) and said in str(result.exception)
    assert not result.stdout


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b"\xff\xfe{\x00", b"[" * 100_000, b'{"format": "other"}'])
def test_what_is_no_record_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "record.json"
    path.write_bytes(data)
    assert "is not a record of a decision" in str(run("audit", str(path)).exception)
    for absent in (tmp_path / "absent.json", tmp_path):
        assert "cannot be read" in str(run("audit", str(absent)).exception)


BEYOND: list[tuple[tuple[Any, ...], Any, str]] = [
    (("decision", "units", 0, "eta_s"), "soon", "unit E7: eta_s is 'soon'"),
    (("decision", "units", 0, "standing"), ["levitate"], "unit E7: may perform 'levitate'"),
    (("decision", "units", 0, "crew"), [["p", ["levitate"], []]], "unit E7: may perform 'levitate'"),
    (("decision", "call_type", "needs", 0, "hands"), 10**30, "need 1: hands is"),
    (("decision", "call_type", "needs", 0, "target_s"), 1e300, "need 1: target_s is 1e+300"),
    (("decision", "at_ms"), 10**18, "is beyond the calendar"),
    (("decision", "override", "recommended"), 1, "is not a record of a decision"),
    (("decision", "choice", "sent", 0, "unit_id"), "X", "unit X is not among the candidates"),
    (("decision", "policy", "max_units"), 99, "max_units is 99"),
    (("where_to", "facilities", 0, "travel_s"), "far", "facility H0: travel_s is 'far'"),
]


@pytest.mark.parametrize(("at", "value", "said"), BEYOND)
def test_a_record_that_nobody_can_count_with_is_refused_by_what_is_wrong(
    tmp_path: Path, at: tuple[Any, ...], value: Any, said: str
) -> None:
    out = recorded(tmp_path, *OVERRIDE)
    change(out, at, value)
    result = run("audit", str(out))
    assert isinstance(result.exception, InputError) and said in str(result.exception), result.exception


def test_numbers_that_only_together_are_too_large_are_refused(tmp_path: Path) -> None:
    out = recorded(tmp_path)
    change(out, ("decision", "call_type", "needs", 0, "harm_per_min"), 1e300)
    assert run("audit", str(out)).exception is None
    change(out, ("decision", "policy", "unmet_horizon_s"), 1e7)
    assert "too large to count with" in str(run("audit", str(out)).exception)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield (*at, key)
        yield from places(one, (*at, key))


@given(st.data())
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_junk_in_any_place_of_a_record_is_answered_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    kept = tmp_path / "kept.json"
    if not kept.exists():
        kept.write_bytes(recorded(tmp_path, *OVERRIDE).read_bytes())
    whole = json.loads(kept.read_bytes())
    path = tmp_path / "junk.json"
    path.write_bytes(kept.read_bytes())
    change(path, data.draw(st.sampled_from(list(places(whole)))), data.draw(st.sampled_from(JUNK)))
    words = data.draw(st.sampled_from([(), ("--without", "M1"), ("--eta", "B2=60")]))
    result = run("audit", str(path), *words)
    if result.exception is None:
        assert result.return_value in (0, 1) and "Recommended: " in result.stdout
    else:
        assert isinstance(result.exception, InputError) and str(result.exception), result.exception
