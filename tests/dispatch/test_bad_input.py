"""Bad input from the command line: each a stated outcome, never an exception, never silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sixpoint.cli.dispatch import dispatch
from sixpoint.cli.road import road
from sixpoint.errors import InputError

ARREST = "2301019"
MEDIC = {"unit_id": "M1", "levels": ["EMT", "Paramedic"], "kit": "als_ambulance", "can_transport": True}
BASIC = {"unit_id": "B1", "levels": ["EMT", "EMT"], "kit": "bls_ambulance", "can_transport": True, "eta_s": 240}
VAN = {"unit_id": "V1", "can_transport": False, "eta_s": 60}
AT = "2026-05-01T12:00:00Z"
# What is given, and what must be said of it.
WRONG_TIMES = [
    (-30, "is -30 s, less than nothing: correct it"),
    (None, "is not known: give it in seconds"),
    (9e9, "is 9e+09 s, more than 30 days: correct it"),
]


HOSPITAL = {"facility_id": "H2", "travel_s": 900}


def ask(folder: Path, units: list[dict[str, Any]], *words: str, **more: Any) -> Result:
    path = folder / "question.json"
    path.write_text(json.dumps({"dispatch_code": ARREST, "at": AT, "units": units, **more}), "utf-8")
    return CliRunner().invoke(dispatch, ["choose", str(path), *words], standalone_mode=False)


def answer(result: Result) -> dict[str, Any]:
    return dict(json.loads(result.stdout.splitlines()[0]))


@pytest.mark.parametrize(("eta_s", "said"), WRONG_TIMES)
def test_a_need_only_a_unit_with_a_wrong_time_could_meet_names_the_unit_and_the_time(
    tmp_path: Path, eta_s: float | None, said: str
) -> None:
    result = ask(tmp_path, [MEDIC | {"eta_s": eta_s}, BASIC], "--json")
    told = answer(result)
    because = {one["skill"]: one["because"] for one in told["unmet"]}["defibrillation_manual"]
    assert result.return_value == 1
    assert because[0] == "no unit that may perform it has a time that can be counted"
    assert because[1].startswith("M1 may, but its time to the patient") and said in because[1]
    assert [one["unit_id"] for one in told["passed_over"]] == ["M1"] and said in told["passed_over"][0]["because"][0]


@pytest.mark.parametrize(("eta_s", "said"), WRONG_TIMES)
def test_a_call_that_waits_for_wrong_times_alone_says_so(tmp_path: Path, eta_s: float | None, said: str) -> None:
    told = answer(ask(tmp_path, [MEDIC | {"eta_s": eta_s}, VAN], "--json"))
    assert told["sent"] == []
    assert told["queued"].startswith("no free unit that may perform any of the needs has a time that can be counted")
    assert "M1" in told["queued"] and said in told["queued"]


def test_people_read_the_wrong_time_beside_the_needs_it_leaves_open(tmp_path: Path) -> None:
    said = ask(tmp_path, [MEDIC | {"eta_s": -30}, BASIC]).stdout
    line = next(
        line for line in said.splitlines() if line.startswith("Unmet, as no unit that may perform it has a time")
    )
    assert "M1 may, but its time to the patient is -30 s" in line
    assert "Defibrillation - manual; Intravenous access" in line


@pytest.mark.parametrize(("travel_s", "said"), WRONG_TIMES)
def test_a_facility_with_a_wrong_time_is_passed_over_by_name_and_alone_is_no_destination(
    tmp_path: Path, travel_s: float | None, said: str
) -> None:
    wrong = {"facility_id": "H1", "travel_s": travel_s, "capabilities": ["stemi"]}
    units = [MEDIC | {"eta_s": 300}]
    goes_to = answer(ask(tmp_path, units, "--json", facilities=[wrong]))["destination"]
    assert (goes_to["facility_id"], goes_to["because"]) == (None, ["no facility has a travel time that can be counted"])
    assert said in goes_to["passed_over"][0]["because"][0]
    both = answer(ask(tmp_path, units, "--json", facilities=[wrong, {"facility_id": "H2", "travel_s": 900}]))
    assert both["destination"]["facility_id"] == "H2"
    assert [one["facility_id"] for one in both["destination"]["passed_over"]] == ["H1"]


def test_a_clinic_in_a_question_is_no_destination_and_the_record_knows_it(tmp_path: Path) -> None:
    clinic = {"facility_id": "C", "travel_s": 10, "kind": "clinic"}
    record = tmp_path / "decision.json"
    asked = ask(tmp_path, [MEDIC | {"eta_s": 300}], "--json", "--record", str(record), facilities=[clinic, HOSPITAL])
    goes_to = answer(asked)["destination"]
    assert (goes_to["facility_id"], goes_to["passed_over"][0]["facility_id"]) == ("H2", "C")
    assert '"emergency":false' in record.read_text("utf-8").replace(" ", "")
    assert CliRunner().invoke(dispatch, ["audit", str(record)], standalone_mode=False).return_value == 0


def test_a_time_of_zero_is_there_already(tmp_path: Path) -> None:
    assert answer(ask(tmp_path, [MEDIC | {"eta_s": 0}], "--json"))["sent"][0]["eta_s"] == 0


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_number_that_json_does_not_have_is_refused_with_what_to_write(tmp_path: Path, number: str) -> None:
    path = tmp_path / "question.json"
    asked = json.dumps({"dispatch_code": ARREST, "at": AT, "units": [MEDIC | {"eta_s": 12345}]})
    path.write_text(asked.replace("12345", number), "utf-8")
    result = CliRunner().invoke(dispatch, ["choose", str(path)], standalone_mode=False)
    assert isinstance(result.exception, InputError) and "a time that is not known is null" in str(result.exception)


def test_with_no_unit_free_and_with_none_lawful_the_call_waits_for_a_stated_reason(tmp_path: Path) -> None:
    for units, reason in (([], "no unit is free"), ([VAN], "no free unit may perform any of the needs")):
        result = ask(tmp_path, units, "--json")
        assert (result.return_value, answer(result)["queued"]) == (1, reason)
        assert f"Nobody is sent: {reason}. The call waits." in ask(tmp_path, units).stdout


def test_with_all_facilities_on_diversion_the_nearest_takes_the_patient_and_the_override_is_told(
    tmp_path: Path,
) -> None:
    shut = [
        {"facility_id": name, "travel_s": far, "open": False, "capabilities": ["stemi"]}
        for name, far in (("H1", 900), ("H2", 600))
    ]
    units = [MEDIC | {"eta_s": 300}]
    goes_to = answer(ask(tmp_path, units, "--json", facilities=shut))["destination"]
    assert (goes_to["facility_id"], goes_to["override"]) == ("H2", True)
    said = ask(tmp_path, units, facilities=shut).stdout
    assert "Take the patient to H2" in said and "every facility is closed or on diversion" in said


NODES = "node_id,lon_deg,lat_deg\na,0,0\nb,0.01,0\nc,0.02,0\nx,1,1\ny,1.01,1\n"
EDGES = "from_node,to_node,length_m,speed_kmh,road_class,one_way\na,b,1200,36,primary,no\nb,c,1200,36,primary,no\n"


def roads(folder: Path, edges: str) -> str:
    (folder / "nodes.csv").write_text(NODES, "utf-8")
    (folder / "edges.csv").write_text(EDGES + edges, "utf-8")
    return str(folder)


def on_roads(*words: str) -> Result:
    return CliRunner().invoke(road, words, standalone_mode=False)


def test_of_a_disconnected_network_the_part_left_out_is_told_and_a_place_in_it_is_refused(tmp_path: Path) -> None:
    folder = roads(tmp_path, "x,y,1200,36,primary,no\n")
    checked = on_roads("check", folder)
    assert checked.return_value == 1 and "2 of 5 nodes" in checked.stdout and "(x, y)" in checked.stdout
    for place in ("x", "1,1"):
        refused = on_roads("times", folder, "a", place).exception
        assert isinstance(refused, InputError) and "Parts of this network are left out" in str(refused)


@pytest.mark.parametrize("wrong", ["b,a,1200,0,primary,no\n", "b,a,1200,-5,primary,no\n", "b,a,-9,36,primary,no\n"])
def test_a_road_that_takes_no_time_or_less_is_refused_by_its_line(tmp_path: Path, wrong: str) -> None:
    refused = on_roads("check", roads(tmp_path, wrong)).exception
    assert isinstance(refused, InputError) and "edges.csv:4" in str(refused)


def test_a_place_outside_the_region_is_refused_by_name() -> None:
    words = ["rendezvous", "riverton", "--scene", "10,10", "--advanced", "-100.28,41.89"]
    refused = CliRunner().invoke(dispatch, words, standalone_mode=False).exception
    assert (
        isinstance(refused, InputError)
        and "scene" in str(refused)
        and "m from the nearest road of Riverton County, more than" in str(refused)
    )
