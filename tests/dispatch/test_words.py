"""Everyday words name the one call type that they mean; where they may mean several, or none, a person chooses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sixpoint.cli.dispatch import dispatch
from sixpoint.dispatch import load_call_types
from sixpoint.dispatch.words import load_call_words, nearest_types, read_call_words, spelled, types_meant
from sixpoint.errors import InputError

UNIT = {"unit_id": "M1", "levels": ["Paramedic"], "kit": "als_ambulance", "can_transport": True, "eta_s": 300}
ONE = {
    "MVA": "2301069",
    "car accident": "2301069",
    "difficulty breathing": "2301013",
    "bleeding": "2301045",
    "stabbing": "2301063",
    "labor": "2301057",
    "cpr": "2301019",
    "od": "2301053",
    "O.D.": "2301053",
    "seizing": "2301025",
    "co": "2301017",
    "heat stroke": "2301043",
    "passed out": "2301077",
    "chest pain": "2301021",
}
SEVERAL = {
    "crash": {"2301009", "2301069"},
    "heart attack": {"2301019", "2301021", "2301041"},
    "not breathing": {"2301013", "2301019", "2301023", "2301053"},
    "Unresponsive": {"2301019", "2301053", "2301077"},
    "shooting": {"2301063", "2301099"},
    "vehicle": {"2301047", "2301069"},
    "cold": {"2301043", "2301061"},
    "can't breathe": {"2301013", "2301023"},
}


def run(*words: str) -> Result:
    return CliRunner().invoke(dispatch, words, standalone_mode=False)


def codes(text: str) -> set[str]:
    return {one.code for one in types_meant(text)}


@pytest.mark.parametrize(("said", "code"), ONE.items())
def test_what_callers_say_names_the_type_that_it_means(said: str, code: str) -> None:
    assert codes(said) == {code}


@pytest.mark.parametrize(("said", "may_be"), SEVERAL.items())
def test_a_word_that_may_be_several_types_is_answered_with_all_and_none_is_chosen(said: str, may_be: set[str]) -> None:
    assert codes(said) == may_be
    refused = run("needs", *said.split()).exception
    assert isinstance(refused, InputError) and all(code in str(refused) for code in may_be)


def test_each_type_has_words_and_no_word_is_hidden_by_a_reason() -> None:
    listed = load_call_words()
    for code in load_call_types():
        assert any(code in codes for codes in listed.values()), code
    for word, meant in listed.items():
        assert word == spelled(word) and set(meant) <= codes(word), word


@pytest.mark.parametrize(
    ("said", "near"),
    [("bleedin", "2301045"), ("siezure", "2301025"), ("man is not breathing", "2301019"), ("2301018", "2301019")],
)
def test_what_is_not_known_is_answered_with_the_nearest_and_never_with_unknown_problem(said: str, near: str) -> None:
    assert not types_meant(said) and near in {one.code for one in nearest_types(said)}
    refused = str(run("choose", "riverton", "--scene", "-100.2743,41.9144", "--type", said).exception)
    assert f"--type: call type '{said}' is not known. Nearest: " in refused and near in refused
    assert "unknown problem" not in refused


def test_where_nothing_is_near_the_list_is_pointed_to() -> None:
    refused = str(run("needs", "qqqqqq").exception)
    assert refused.endswith("is not known. See `sixpoint dispatch call-types`.")


def test_needs_and_the_question_of_a_file_take_words_too(tmp_path: Path) -> None:
    assert run("needs", "difficulty", "breathing").stdout.startswith("2301013 Breathing Problem")
    path = tmp_path / "question.json"
    path.write_text(json.dumps({"dispatch_code": "mva", "units": [UNIT]}), "utf-8")
    assert json.loads(run("choose", str(path), "--json").stdout)["call_type"] == "2301069"
    path.write_text(json.dumps({"dispatch_code": "fell", "units": [UNIT], "others": []}), "utf-8")
    assert run("reassign", str(path)).stdout.startswith("this call: 2301033 Falls")


def test_a_table_of_words_with_faults_is_refused_with_each_line(tmp_path: Path) -> None:
    lines = (
        ("word,code,source,confidence", ""),
        ("faint,2301077,JUDGEMENT,judgement", ""),
        ("Faint!,2301077,JUDGEMENT,judgement", "'faint' stands twice for call type 2301077"),
        ("limp,99,JUDGEMENT,judgement", "'99', which is not known"),
        ("limp,2301077,HEARSAY,judgement", "source 'HEARSAY' is not known"),
        ("weak,2301061,JUDGEMENT,sure", "'sure', which is not known"),
        ("?,2301061,JUDGEMENT,judgement", "'?' holds no word"),
        (",2301061,JUDGEMENT,judgement", "column 'word' is empty"),
    )
    path = tmp_path / "call_words.csv"
    path.write_text("".join(f"{line}\n" for line, _ in lines), "utf-8")
    call_types = load_call_types()
    with pytest.raises(InputError) as refused:
        read_call_words(path, call_types.codes, call_types.sources)
    for number, (_, said) in enumerate(lines, 1):
        assert not said or any(
            fault.where == f"call_words.csv:{number}" and said in fault.what for fault in refused.value.faults
        ), said
    assert len(refused.value.faults) == sum(bool(said) for _, said in lines)
