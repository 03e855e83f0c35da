"""Slips in a question to dispatch are named, not answered around."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sixpoint.cli.dispatch import dispatch
from sixpoint.errors import InputError


def ask(folder: Path, question: dict[str, object]) -> dict[str, object]:
    path = folder / "question.json"
    path.write_text(json.dumps(question), "utf-8")
    result = CliRunner().invoke(dispatch, ["choose", str(path), "--json"], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return dict(json.loads(result.stdout.splitlines()[0]))


def test_a_crew_of_one_has_two_hands_and_is_one_rescuer(tmp_path: Path) -> None:
    one = {"unit_id": "E1", "levels": ["EMR"], "kit": "responder_bag", "can_transport": False, "eta_s": 300}
    answer = ask(tmp_path, {"dispatch_code": "2301019", "units": [one]})
    both_hands = [need for need in answer["unmet"] if need["skill"] == "cpr"]
    assert len(both_hands) == 1


def test_a_capability_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    unit = {"unit_id": "M1", "levels": ["Paramedic"], "kit": "als_ambulance", "can_transport": True, "eta_s": 300}
    hospital = {"facility_id": "H1", "travel_s": 600, "capabilities": ["STEMI"]}
    with pytest.raises(InputError, match="STEMI"):
        ask(tmp_path, {"dispatch_code": "2301021", "units": [unit], "facilities": [hospital]})


def test_a_kit_that_nobody_knows_is_refused_with_the_unit_that_has_it(tmp_path: Path) -> None:
    unit = {"unit_id": "M1", "levels": ["Paramedic"], "kit": "lorry", "can_transport": True, "eta_s": 300}
    with pytest.raises(InputError, match="unit M1: there is no kit 'lorry'"):
        ask(tmp_path, {"dispatch_code": "2301021", "units": [unit]})


def test_the_destination_follows_what_is_suspected_and_not_the_type_of_call(tmp_path: Path) -> None:
    unit = {"unit_id": "M1", "levels": ["Paramedic"], "kit": "als_ambulance", "can_transport": True, "eta_s": 300}
    near = {"facility_id": "near", "travel_s": 300}
    children = {"facility_id": "children", "travel_s": 900, "capabilities": ["pediatric"]}
    question = {"dispatch_code": "2301061", "units": [unit], "facilities": [near, children]}
    asked: dict[str, object] = {**question, "suspected": "pediatric"}
    assert ask(tmp_path, dict(question))["destination"]["facility_id"] == "near"
    assert ask(tmp_path, asked)["destination"]["facility_id"] == "children"
    with pytest.raises(InputError, match="suspected: there is no capability 'child'"):
        ask(tmp_path, {**question, "suspected": "child"})
