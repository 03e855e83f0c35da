"""A question in a file that goes around the rulebook, says something twice or names nothing is refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sixpoint.cli.dispatch import dispatch
from sixpoint.errors import InputError

MEDIC: dict[str, Any] = {
    "unit_id": "M1",
    "levels": ["Paramedic"],
    "kit": "als_ambulance",
    "can_transport": True,
    "eta_s": 300,
}
BARE = {key: value for key, value in MEDIC.items() if key != "kit"}


def asked(folder: Path, question: dict[str, Any] | str | bytes, word: str = "choose", *more: str) -> Result:
    path = folder / "question.json"
    text = json.dumps(question) if isinstance(question, dict) else question
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return CliRunner().invoke(dispatch, [word, str(path), *more], standalone_mode=False)


def refusal(result: Result) -> str:
    assert isinstance(result.exception, InputError), (result.exception, result.stdout)
    return str(result.exception)


def question(**changed: Any) -> dict[str, Any]:
    return {"dispatch_code": "2301021", "units": [MEDIC], **changed}


@pytest.mark.parametrize("word", ["choose", "reassign"])
@pytest.mark.parametrize("skills", ["skills", "skills_with_order"])
def test_skills_beside_levels_would_go_around_the_rulebook_and_are_refused(
    tmp_path: Path, skills: str, word: str
) -> None:
    said = refusal(asked(tmp_path, question(units=[MEDIC | {skills: ["cricothyrotomy"]}]), word))
    assert "unit M1: names levels and skills both. Leave the skills out" in said


@pytest.mark.parametrize("word", ["choose", "reassign"])
def test_units_whose_kit_is_not_given_are_named_once(tmp_path: Path, word: str) -> None:
    units = [BARE, MEDIC | {"unit_id": "M2"}, BARE | {"unit_id": "M3"}]
    note = "no kit given: taken to carry everything: M1, M3"
    assert asked(tmp_path, question(units=units), word).stdout.count(note) == 1
    told = json.loads(asked(tmp_path, question(units=units), word, "--json").stdout.splitlines()[-1])
    assert told["notes"].count(note) == 1
    assert "no kit given" not in asked(tmp_path, question(), word).stdout


@pytest.mark.parametrize("word", ["choose", "reassign"])
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('{"dispatch_code": "2301021", "units": [], "units": []}', "'units' stands twice. Keep one of them"),
        (
            json.dumps(question()).replace('"eta_s": 300', '"eta_s": 30, "eta_s": 300'),
            "'eta_s' stands twice. Keep one of them",
        ),
        (b'{\n"dispatch_code": "\xff"}', "byte 0xff is not UTF-8 text. Save the file as UTF-8"),
        ('{"dispatch_code": ', "is not a question ("),
        ("[" * 100_000, "is not a question ("),
        (json.dumps(question(units=[MEDIC | {"unit_id": " "}])), "units[0].unit_id: is empty"),
        (json.dumps(question(units=[MEDIC | {"unit_id": "M\n1"}])), "units[0].unit_id: holds a control character"),
        (json.dumps(question(call_id="")), "call_id: is empty"),
        (json.dumps(question(call_id="c\x1b[2J")), "call_id: holds a control character"),
        (json.dumps(question(dispatch_code="99")), "dispatch_code: call type '99' is not known"),
        (json.dumps(question(units=[MEDIC | {"kit": "lorry"}])), "unit M1: there is no kit 'lorry'"),
    ],
    ids=range(11),
)
def test_what_is_wrong_is_told_with_the_name_of_the_file(
    tmp_path: Path, wrong: str | bytes, said: str, word: str
) -> None:
    told = refusal(asked(tmp_path, wrong, word))
    assert said in told and told.startswith(str(tmp_path / "question.json")) and told.count("question.json") == 1
    assert "NaN" not in told, "nothing is wrong with a number here"


def test_a_facility_without_a_name_is_refused(tmp_path: Path) -> None:
    facilities = [{"facility_id": "", "travel_s": 1}]
    assert "facilities[0].facility_id: is empty" in refusal(asked(tmp_path, question(facilities=facilities)))


def test_another_call_without_a_name_is_refused(tmp_path: Path) -> None:
    others = [{"call_id": "", "dispatch_code": "fell"}]
    assert "others[0].call_id: is empty" in refusal(asked(tmp_path, question(others=others), "reassign"))


def test_a_number_that_json_does_not_have_is_told_how_to_write_an_unknown_time(tmp_path: Path) -> None:
    for number in ("NaN", "-Infinity", "1e999"):
        wrong = json.dumps(question()).replace('"eta_s": 300', f'"eta_s": {number}')
        assert "a time that is not known is null, JSON has no NaN" in refusal(asked(tmp_path, wrong))
