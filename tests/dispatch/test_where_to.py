"""Where the patient goes is told with who takes them there, and with the condition that a by-pass rests on."""

from __future__ import annotations

import json
import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sixpoint.cli.dispatch import dispatch
from sixpoint.dispatch import load_call_types, read_call_types
from sixpoint.errors import InputError

ENGINE = {"unit_id": "E7", "levels": ["EMR"], "kit": "responder_bag", "can_transport": False, "eta_s": 90}
MEDIC = {"unit_id": "M1", "levels": ["Paramedic"], "kit": "als_ambulance", "can_transport": True, "eta_s": 300}
NEAR = {"facility_id": "H0", "travel_s": 100}
HEART = {"facility_id": "H1", "travel_s": 600, "capabilities": ["stemi"]}


def choose(folder: Path, *more: str, code: str = "2301019", **changed: Any) -> str:
    path = folder / "question.json"
    question = {"dispatch_code": code, "units": [ENGINE, MEDIC], "facilities": [NEAR, HEART], **changed}
    path.write_text(json.dumps(question), "utf-8")
    result = CliRunner().invoke(dispatch, ["choose", str(path), *more], standalone_mode=False)
    assert result.exception is None, result.exception
    return result.stdout


def test_where_nobody_who_goes_can_transport_that_is_said_before_the_facility(tmp_path: Path) -> None:
    said = choose(tmp_path, units=[ENGINE])
    assert "Nobody who goes can transport.\nWhoever comes to transport takes the patient to H1: " in said
    none = choose(tmp_path, units=[])
    assert "Nobody goes who could transport.\nWhoever comes to transport takes the patient to H1: " in none
    both = choose(tmp_path)
    assert "\nTake the patient to H1: " in both and "can transport." not in both
    assert json.loads(choose(tmp_path, "--json"))["transported_by"] == ["M1"]
    assert json.loads(choose(tmp_path, "--json", units=[ENGINE]))["transported_by"] == []


def test_what_a_person_sends_instead_is_what_can_or_cannot_transport(tmp_path: Path) -> None:
    said = choose(tmp_path, "--send", "E7", "--reason", "M1 is at a fire")
    assert "Nobody who goes can transport." in said


def test_of_a_cardiac_arrest_the_condition_of_the_by_pass_is_told_with_the_nearest_facility(tmp_path: Path) -> None:
    said = choose(tmp_path)
    assert "That is so once there is a pulse (judgement); otherwise to H0: nearest facility: 1:40 min" in said
    passes = json.loads(choose(tmp_path, "--json"))["by_pass"]
    assert passes["when"] == "once there is a pulse" and passes["otherwise"]["facility_id"] == "H0"


def test_no_condition_is_told_where_the_patient_goes_to_the_nearest_anyway_or_none_is_known(tmp_path: Path) -> None:
    near_heart = HEART | {"travel_s": 60}
    for said in (
        choose(tmp_path, facilities=[NEAR, near_heart]),
        choose(tmp_path, code="2301021"),
        choose(tmp_path, suspected="stemi"),
    ):
        assert "That is so" not in said
    assert json.loads(choose(tmp_path, "--json", suspected="stemi"))["by_pass"] is None


def test_a_meeting_tells_the_condition_too() -> None:
    words = ["--scene", "-100.3312,41.9021", "--advanced", "-100.286560,41.898353", "--type", "cpr"]
    result = CliRunner().invoke(dispatch, ["rendezvous", "riverton", *words], standalone_mode=False)
    assert "That is so once there is a pulse (judgement); otherwise to st-brigid" in result.stdout


def test_a_table_of_types_may_leave_the_condition_out_and_it_must_belong_to_a_destination(tmp_path: Path) -> None:
    with as_file(files("sixpoint.dispatch") / "data") as bundled:
        shutil.copytree(bundled, tmp_path / "data")
    types = tmp_path / "data" / "call_types.csv"
    text = types.read_text("utf-8")
    without = text.replace("destination,destination_when", "destination").replace(
        "stemi,once there is a pulse", "stemi,"
    )
    lines = [line.split(",") for line in without.splitlines()]
    cut = [lines[0], *([*line[:5], *line[6:]] for line in lines[1:])]
    types.write_text("".join(f"{','.join(line)}\n" for line in cut), "utf-8")
    assert {one.destination_when for one in read_call_types(tmp_path / "data").values()} == {""}
    types.write_text(text.replace("Choking,critical,likely,any,", "Choking,critical,likely,any,if blue"), "utf-8")
    with pytest.raises(InputError, match="'if blue' stands beside destination 'any'"):
        read_call_types(tmp_path / "data")


def test_no_reason_is_cut_where_no_terminal_bounds_the_table() -> None:
    result = CliRunner().invoke(dispatch, ["call-types"], standalone_mode=False)
    for one in load_call_types().values():
        assert f"  {one.code}   {one.reason}  " in result.stdout
