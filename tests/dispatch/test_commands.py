"""The commands answer people and programs, and refuse what they cannot read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sixpoint.cli.dispatch import dispatch
from sixpoint.errors import InputError

UNITS = [
    {"unit_id": "E7", "levels": ["EMR"], "kit": "responder_bag", "can_transport": False, "eta_s": 90},
    {"unit_id": "B2", "levels": ["EMT", "EMT"], "kit": "bls_ambulance", "can_transport": True, "eta_s": 240},
    {"unit_id": "M1", "levels": ["EMT", "Paramedic"], "kit": "als_ambulance", "can_transport": True, "eta_s": 420},
    {"unit_id": "M2", "levels": ["Paramedic"], "can_transport": True, "eta_s": None},
]
ARREST: dict[str, Any] = {
    "dispatch_code": "2301019",
    "at": "2026-05-01T12:00:00Z",
    "units": UNITS,
    "facilities": [
        {"facility_id": "H0", "travel_s": 100},
        {"facility_id": "H1", "travel_s": 600, "capabilities": ["stemi"]},
    ],
}


def run(*words: str) -> Result:
    return CliRunner().invoke(dispatch, words, standalone_mode=False)


def asked(tmp_path: Path, question: object) -> str:
    path = tmp_path / "question.json"
    path.write_text(question if isinstance(question, str) else json.dumps(question), "utf-8")
    return str(path)


def test_a_question_by_levels_and_kits_is_answered_with_units_reasons_and_destination(tmp_path: Path) -> None:
    result = run("choose", asked(tmp_path, ARREST), "--json")
    answer = json.loads(result.stdout)
    assert result.return_value == 0
    assert [sent["unit_id"] for sent in answer["sent"]] == ["E7", "B2", "M1"]
    assert answer["destination"]["facility_id"] == "H1"
    assert answer["rulebook"].startswith("sha256:")
    assert answer["passed_over"][0]["because"] == ["its time to the patient is not known: give it in seconds"]


def test_people_read_the_same_answer_as_lines(tmp_path: Path) -> None:
    result = run("choose", asked(tmp_path, ARREST))
    assert "Send E7, there in 1:30, lights and sirens" in result.stdout
    assert "Cardiopulmonary resuscitation" in result.stdout and "E7 + B2" in result.stdout
    assert "epinephrine_iv_arrest" not in result.stdout, "needs are told by name"
    assert "Take the patient to H1" in result.stdout
    assert "Not H0: does not treat stemi" in result.stdout


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"units": []}, "no unit is free"),
        ({"units": [{"unit_id": "V", "can_transport": False, "eta_s": 1}]}, "may perform any of the needs"),
    ],
)
def test_a_call_that_waits_is_found_with_exit_code_1(tmp_path: Path, changed: dict[str, Any], words: str) -> None:
    result = run("choose", asked(tmp_path, ARREST | changed), "--json")
    answer = json.loads(result.stdout)
    assert result.return_value == 1
    assert answer["sent"] == [] and words in answer["queued"]
    assert len(answer["unmet"]) == 13


MISTAKES = [
    ({"dispatch_code": "99"}, "call type '99' is not known"),
    ({"units": [UNITS[0] | {"levels": ["Wizard"]}]}, "there is no level 'Wizard'"),
    ({"units": [UNITS[0] | {"levels": [], "skills": ["levitate"]}]}, "there is no skill 'levitate'"),
    ({"units": [UNITS[0] | {"kit": "toolbox"}]}, "no kit 'toolbox'"),
    ({"units": [UNITS[0] | {"eta_s": "soon"}]}, "units[0].eta_s"),
    ({"unit": []}, "is not a question"),
    ({"at": "2026-05-01T12:00:00"}, "no offset"),
    ({"policy": "nowhere.toml"}, "cannot be read"),
    ({"policy": "nul\0"}, "cannot be read"),
    ({"rulebook": "x" * 5000}, "no file can be named"),
    ({"at": "0001-01-01T00:00:00+14:00"}, "beyond the calendar"),
    ({"units": [UNITS[0] | {"hands": 10**30}]}, "unit E7: hands is"),
    ({"units": [UNITS[0] | {"hands": -1}]}, "unit E7: hands is -1"),
    ({"policy": {"max_units": 0}}, "max_units"),
]


@pytest.mark.parametrize(("changed", "words"), MISTAKES)
def test_a_question_with_a_mistake_is_refused_by_name(tmp_path: Path, changed: dict[str, Any], words: str) -> None:
    result = run("choose", asked(tmp_path, ARREST | changed))
    assert isinstance(result.exception, InputError) and words in str(result.exception)


@pytest.mark.parametrize("text", ["", "{", '{"dispatch_code": "2301019"}', "\udcff"])
def test_what_is_no_question_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "question.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert isinstance(run("choose", str(path)).exception, InputError)
    assert isinstance(run("choose", str(tmp_path / "absent.json")).exception, InputError)


def test_call_types_and_needs_are_told() -> None:
    assert len(run("call-types", "--json").stdout.splitlines()) == 43
    first = json.loads(run("needs", "2301019", "--json").stdout.splitlines()[0])
    assert (first["skill"], first["target_s"], first["clock"]) == ("cpr", 300.0, "alert")
    either = "Defibrillation - automated/semi-automated (AED) or Defibrillation - manual"
    assert f"{either} (defibrillation_aed, defibrillation_manual)" in run("needs", "2301019").stdout
    assert isinstance(run("needs", "99").exception, InputError)


JUNK: tuple[Any, ...] = (
    None, "", "x", 0, -1, 2.5, 1e300, -1e300, 10**30, True, [], {}, [None], ["a"], {"a": 1}, "\0", "ü" * 300,
    "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z",
)  # fmt: skip
KEYS: tuple[str, ...] = (
    *("unit_id", "levels", "kit", "can_transport", "eta_s", "hands", "cover_cost", "skills", "mutual_aid"),
    *("dispatch_code", "at", "units", "facilities", "policy", "rulebook", "overlays"),
    *("facility_id", "travel_s", "capabilities", "open"),
)


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(JUNK)), min_size=1, max_size=3), st.integers(0, 3))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_junk_in_any_place_is_answered_or_refused_by_name(
    tmp_path: Path, junk: list[tuple[str, Any]], place: int
) -> None:
    question = json.loads(json.dumps(ARREST))
    for key, value in junk:
        into = (question, question["units"][place], question["facilities"][place % 2])
        into[0 if key in KEYS[9:16] else 2 if key in KEYS[16:] else 1][key] = value
        if key in ("units", "facilities"):
            break
    result = run("choose", asked(tmp_path, question))
    if result.exception is None:
        assert result.return_value in (0, 1)
        assert "Send " in result.stdout or "Nobody is sent: " in result.stdout
    else:
        assert isinstance(result.exception, InputError) and str(result.exception)
