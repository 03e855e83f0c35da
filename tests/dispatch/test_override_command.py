"""A person sends other units from the command line: with a reason, held against what is recommended, on record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sixpoint.cli.dispatch import dispatch
from sixpoint.dispatch import Decision, recompute
from sixpoint.errors import InputError

from .test_commands import ARREST, JUNK, asked

FLAT = ("--reason", "M1 has a flat tyre", "--by", "dispatcher 7")


def choose(*words: str) -> Result:
    return CliRunner().invoke(dispatch, ["choose", *words], standalone_mode=False)


def answer(result: Result) -> dict[str, Any]:
    assert result.exception is None, result.exception
    return dict(json.loads(result.stdout))


def test_other_units_are_held_against_those_recommended_in_harm_and_needs(tmp_path: Path) -> None:
    question = asked(tmp_path, ARREST)
    recommended = answer(choose(question, "--json"))
    result = choose(question, "--send", "B2", "--send", "E7", *FLAT, "--json")
    sent = answer(result)
    assert [one["unit_id"] for one in sent["sent"]] == ["E7", "B2"]
    override = sent["override"]
    assert (override["by"], override["reason"]) == ("dispatcher 7", "M1 has a flat tyre")
    assert override["recommended"]["sent"] == recommended["sent"]
    assert override["harm_more"] == pytest.approx(sent["harm"] - recommended["harm"]) and override["harm_more"] > 0
    assert "epinephrine_iv_arrest at 7:00 by M1" in override["loses"] and override["gains"] == []
    assert result.return_value == 1, "needs are unmet with these units"


def test_people_read_both_and_the_difference(tmp_path: Path) -> None:
    said = choose(asked(tmp_path, ARREST), "--send", "M1", *FLAT).stdout
    assert "Recommended: E7 in 1:30, B2 in 4:00, M1 in 7:00; expected harm" in said
    assert "Sent instead: M1 in 7:00, by dispatcher 7: M1 has a flat tyre" in said
    assert "  loses, 5:30 later: Cardiopulmonary resuscitation; Defibrillation" in said
    assert "more than recommended." in said


def test_the_question_may_say_what_a_person_sends_and_options_count_before_it(tmp_path: Path) -> None:
    question = asked(tmp_path, ARREST | {"send": ["E7"], "reason": "in the file", "by": "chief"})
    in_file = answer(choose(question, "--json"))
    assert [one["unit_id"] for one in in_file["sent"]] == ["E7"]
    assert (in_file["override"]["by"], in_file["override"]["reason"]) == ("chief", "in the file")
    by_option = answer(choose(question, "--send", "M1", "--reason", "on the line", "--json"))
    assert [one["unit_id"] for one in by_option["sent"]] == ["M1"]
    assert (by_option["override"]["by"], by_option["override"]["reason"]) == ("chief", "on the line")


def test_a_call_that_a_person_holds_back_waits_for_that_reason(tmp_path: Path) -> None:
    out = tmp_path / "held.json"
    question = asked(tmp_path, ARREST | {"send": [], "reason": "the scene is not safe"})
    held = answer(choose(question, "--json", "--record", str(out)))
    assert held["sent"] == [] and held["queued"] == "held back by a person: the scene is not safe"
    audit = CliRunner().invoke(dispatch, ["audit", str(out)], standalone_mode=False)
    assert audit.return_value == 0, audit.stdout


def test_units_as_recommended_are_no_override_and_need_no_reason(tmp_path: Path) -> None:
    question = asked(tmp_path, ARREST)
    words = ("--send", "M1", "--send", "E7", "--send", "B2")
    assert answer(choose(question, *words, "--json"))["override"] is None
    assert "That is what is to be sent: nothing is overridden." in choose(question, *words).stdout
    assert "override" not in answer(choose(question, "--json"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--send", "E7"), "E7 is not what is recommended (E7, B2, M1). Give a reason"),
        (("--send", "E7", "--reason", "  "), "Give a reason"),
        (("--send", "X", "--reason", "r"), "unit X is not among the units"),
        (("--send", "E7", "--send", "E7", "--reason", "r"), "a unit is named twice"),
        (("--send", "M2", "--reason", "r"), "unit M2: its time to the patient is not known"),
        (("--reason", "r"), "no units to send"),
        (("--send", "E7", "--reason", "\x1b[2J"), "no record can carry"),
        (("--send", "E7", "--reason", "\udcff"), "no record can carry"),
        (("--send", "E7", "--reason", "r", "--by", "\x00"), "no record can carry"),
    ],
)
def test_what_cannot_be_sent_or_recorded_is_refused_and_nothing_is_written(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    out = tmp_path / "out.json"
    result = choose(asked(tmp_path, ARREST), *words, "--record", str(out))
    assert isinstance(result.exception, InputError) and said in str(result.exception)
    assert not result.stdout and not out.exists()


def test_a_decision_on_record_computes_to_the_same_answer_from_the_file_alone(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    result = choose(asked(tmp_path, ARREST | {"call_id": "c-104"}), "--send", "E7", *FLAT, "--record", str(out))
    assert f"On record in {out}" in result.stdout
    written = json.loads(out.read_bytes())
    decision = msgspec.json.decode(json.dumps(written["decision"]), type=Decision)
    assert (decision.call_id, decision.at_ms) == ("c-104", 1_777_636_800_000)
    assert decision.road.startswith("times as the question gives them, sha256:")
    assert recompute(decision) == decision.choice
    assert [one["facility_id"] for one in written["where_to"]["facilities"]] == ["H0", "H1"]


def test_a_record_is_never_written_over_and_a_bad_place_for_it_is_refused_before_anything_is_said(
    tmp_path: Path,
) -> None:
    question, out = asked(tmp_path, ARREST), tmp_path / "out.json"
    assert choose(question, "--record", str(out)).exception is None
    before = out.read_bytes()
    for place in (out, tmp_path, tmp_path / "absent" / "out.json"):
        result = choose(question, "--send", "E7", *FLAT, "--record", str(place))
        assert isinstance(result.exception, InputError) and not result.stdout, place
    assert out.read_bytes() == before


def test_the_names_of_units_are_told_as_they_are_written(tmp_path: Path) -> None:
    units = [ARREST["units"][2] | {"unit_id": "[/x]"}, ARREST["units"][1] | {"unit_id": "[red]B"}]
    result = choose(asked(tmp_path, ARREST | {"units": units}))
    assert result.exception is None
    table = result.stdout.partition("verdict")[2]
    assert "[/x] " in table and "[red]B " in table


def test_a_question_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = Path(asked(tmp_path, ARREST))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert answer(choose(str(path), "--json"))["sent"]


OVERRIDES = st.dictionaries(
    st.sampled_from(["send", "reason", "by", "call_id"]),
    st.sampled_from((*JUNK, ["E7"], ["E7", "E7"], ["M2"], ["X"], ["E7", "B2", "M1"], "r")),
    min_size=1,
)


@given(OVERRIDES, st.booleans())
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_junk_in_an_override_is_answered_or_refused_by_name(
    tmp_path: Path, changed: dict[str, Any], records: bool
) -> None:
    out = tmp_path / "out.json"
    out.unlink(missing_ok=True)
    result = choose(asked(tmp_path, ARREST | changed), *(["--record", str(out)] if records else []))
    if result.exception is None:
        assert result.return_value in (0, 1) and out.exists() == records
        assert "Send " in result.stdout or "Sent instead: " in result.stdout
    else:
        assert isinstance(result.exception, InputError) and str(result.exception) and not out.exists()
