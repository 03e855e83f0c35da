"""`sixpoint dispatch choose REGION` answers a call at a place and an hour, and names whatever is wrong with one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sixpoint.cli.dispatch import dispatch
from sixpoint.cli.dispatch_question import call_type_named
from sixpoint.dispatch import load_call_types
from sixpoint.errors import InputError
from sixpoint.region import bundled_region

from .test_commands import ARREST, asked

FIELD = ("riverton", "--scene", "-100.2743,41.9144")
AT_NIGHT = (*FIELD, "--type", "2301033", "--at", "03:00")


def choose(*words: str) -> Result:
    return CliRunner().invoke(dispatch, ["choose", *words], standalone_mode=False)


def answer(result: Result) -> dict[str, Any]:
    assert result.exception is None, result.exception
    return dict(json.loads(result.stdout))


def test_people_read_from_where_each_unit_comes_what_its_time_is_made_of_and_where_the_patient_goes() -> None:
    result = choose(*FIELD, "--type", "cardiac", "--at", "15:00", "--closed", "general")
    assert result.exception is None and result.return_value == 0
    assert result.stdout.startswith(
        "2301019 Cardiac Arrest/Death (critical)\n"
        "Riverton County (synthetic), Friday 15 May 2026 15:00: 15 of 15 units on duty, each at its post\n"
        "Scene at -100.2743,41.9144: 28 m from road node n1711\n"
        "Send F2, there in 0:20, lights and sirens\n"
        "  Field South (EMR, EMR) from Riverton Field, south gate: turnout 0:20, drive 0:00 with lights\n"
        "Send A31, there in 3:44, lights and sirens\n"
        "  Ambulance 31 (Paramedic, EMT) from Station 3, Eastgate: turnout 1:00, drive 2:44 with lights\n"
    )
    assert "Not F1 (Field North, there in 2:56): may not perform Defibrillation - manual, " in result.stdout
    assert "Take the patient to st-brigid (St. Brigid Community Hospital, 10:29 from the scene): " in result.stdout
    assert "Not general (Riverton General Hospital, 2:01 from the scene): closed or on diversion" in result.stdout


def test_programs_read_the_same_and_that_it_is_synthetic() -> None:
    found = answer(choose(*AT_NIGHT, "--out-of-service", "A31", "--json"))
    assert (found["region"]["id"], found["region"]["synthetic"]) == ("riverton", True)
    assert found["at"] == "2026-05-15T03:00:00-05:00" and found["scene"]["node_id"] == "n1711"
    (sent,), (unit,) = found["sent"], found["units"]
    assert unit["unit_id"] == sent["unit_id"] and unit["turnout_s"] + unit["drive_s"] == pytest.approx(sent["eta_s"])
    assert found["unmanned"]["A31"] == "out of service" and found["unmanned"]["A12"] == "nobody on duty at that hour"
    assert found["units_free"] == 15 - len(found["unmanned"])
    assert {one["facility_id"]: one["open"] for one in found["facilities"]} == {"general": True, "st-brigid": True}
    assert found["imputed"] == {}


def test_a_run_without_lights_is_told_as_one() -> None:
    said = choose(*FIELD, "--type", "back pain").stdout
    assert "Send A32, there in 3:44\n" in said and "drive 2:44 without lights" in said


def test_nobody_on_duty_is_an_answer_with_exit_code_1(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    shifts = (folder / "shifts.csv").read_text("utf-8").splitlines()
    (folder / "shifts.csv").write_text("\n".join([shifts[0], *(late(line) for line in shifts[1:])]), "utf-8")
    result = choose(str(folder), *FIELD[1:], "--type", "2301033", "--at", "03:00")
    assert result.exception is None and result.return_value == 1
    assert "Riverton County (synthetic), Friday 15 May 2026 03:00: nobody is on duty" in result.stdout
    assert "Nobody is sent: no unit is free. The call waits." in result.stdout


def late(line: str) -> str:
    """The shift from 20 o'clock on."""
    unit_id, clinician_id, *_ = line.split(",")
    return f"{unit_id},{clinician_id},2026-05-15T20:00:00-05:00,2026-05-16T00:00:00-05:00"


def copied(tmp_path: Path) -> Path:
    source, folder = bundled_region("riverton"), tmp_path / "county"
    (folder / "road").mkdir(parents=True)
    for file in source.rglob("*.*"):
        (folder / file.relative_to(source)).write_bytes(file.read_bytes())
    return folder


def test_what_nobody_observed_is_marked_where_it_is_shown(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    units = (folder / "units.csv").read_text("utf-8").splitlines()
    marked = [f"{units[0]},imputed", *(f"{line},kit turnout_s" for line in units[1:])]
    (folder / "units.csv").write_text("\n".join(marked), "utf-8")
    words = (str(folder), *FIELD[1:], "--type", "2301033")
    sent = answer(choose(*words, "--json"))["units"][0]["unit_id"]
    assert f"Imputed for {sent}, not observed: kit, turnout_s" in choose(*words).stdout


def test_a_person_sends_other_units_and_the_decision_on_record_computes_to_the_same(tmp_path: Path) -> None:
    out = tmp_path / "fall.json"
    words = ("--send", "A11", "--reason", "A31 is at the wash", "--by", "Ortiz", "--record", str(out))
    result = choose(*AT_NIGHT, *words)
    assert result.exception is None, result.exception
    assert "Recommended: A31 in 3:44;" in result.stdout
    assert "Sent instead: A11 in 5:08, by Ortiz: A31 is at the wash\n  Ambulance 11 (" in result.stdout
    written = json.loads(out.read_bytes())["decision"]
    assert written["call_id"] == "riverton-20260515-0300-2301033"
    assert written["road"].endswith(", scene -100.2743,41.9144 at node n1711")
    assert written["road"].startswith("roads sha256:")
    assert CliRunner().invoke(dispatch, ["audit", str(out)], standalone_mode=False).return_value == 0


def test_where_to_goes_by_what_is_suspected_also_on_record(tmp_path: Path) -> None:
    out = tmp_path / "burn.json"
    result = choose(*AT_NIGHT, "--suspected", "burn", "--record", str(out))
    assert "no facility that treats burn can take the patient" in result.stdout
    where_to = json.loads(out.read_bytes())["where_to"]
    assert where_to["wanted"] == "burn" and not where_to["chosen"]["capable"]
    assert CliRunner().invoke(dispatch, ["audit", str(out)], standalone_mode=False).return_value == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("riverton",), "riverton: is a region, and is asked without --scene and --type. Say where the call is"),
        (FIELD, "asked without --type"),
        (("riverton", "--type", "falls"), "asked without --scene"),
        ((*FIELD, "--type", "99"), "--type: call type '99' is not known. See `sixpoint dispatch call-types`"),
        ((*FIELD, "--type", ""), "call type '' is not known"),
        ((*FIELD, "--type", "pain"), "'pain' may be 3 call types: 2301021 Chest Pain (Non-Traumatic); 2301001 "),
        ((*FIELD, "--type", "falls", "--at", "25:00"), "--at: '25:00' is no time of day. Write it like 08:30."),
        ((*FIELD, "--type", "falls", "--at", "0830"), "'0830' is no time of day"),
        ((*FIELD, "--type", "falls", "--at", "08:30+02:00"), "is no time of day"),
        ((*FIELD, "--type", "falls", "--at", ""), "'' is no time of day"),
        ((*FIELD, "--type", "falls", "--at", "2026-05-16T08:30"), "2026-05-16 is not a day of Riverton County"),
        (
            (*FIELD, "--type", "falls", "--out-of-service", "X9"),
            "--out-of-service: there is no unit 'X9' in this region. It has: A11, A12",
        ),
        (
            (*FIELD, "--type", "falls", "--closed", "mercy"),
            "--closed: there is no facility 'mercy' in this region. It has: general",
        ),
        ((*FIELD, "--type", "falls", "--suspected", "child"), "--suspected: there is no capability 'child'"),
        ((*FIELD, "--type", "falls", "--suspected", "trauma_9"), "there is no capability 'trauma_9'"),
        ((*FIELD, "--type", "falls", "--policy", "nowhere"), "policy 'nowhere': cannot be read"),
        ((*FIELD, "--type", "falls", "--policy", ""), "policy ''"),
        ((*FIELD, "--type", "falls", "--send", "X9", "--reason", "r"), "unit X9 is not among the units"),
        (
            (*AT_NIGHT, "--send", "A12", "--reason", "r"),
            "unit A12: nobody on duty at that hour. Name a unit that is on",
        ),
        (("riverton", "--scene", "nan,41.9", "--type", "falls"), "--scene: 'nan,41.9' is no place on the map"),
        (("riverton", "--scene", "-100.2,inf", "--type", "falls"), "'-100.2,inf' is no place on the map"),
        (("riverton", "--scene", "41.9,-100.2", "--type", "falls"), "Write longitude first, then latitude"),
        (("riverton", "--scene", "-100.2", "--type", "falls"), "'-100.2' is no place. Write longitude,latitude"),
        (
            ("riverton", "--scene", "-101,41.9", "--type", "falls"),
            "m from the nearest road of Riverton County, more than",
        ),
        (("nowhere", "--scene", "-101,41.9", "--type", "falls"), "nowhere: there is no such folder"),
        (("x" * 300, "--scene", "-101,41.9", "--type", "falls"), "there is no such folder"),
        (("nowhere",), "nowhere: cannot be read (No such file or directory)"),
        (("x" * 300,), "cannot be read (File name too long)"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else "",
)
def test_whatever_is_wrong_is_named_and_nothing_is_answered(words: tuple[str, ...], said: str) -> None:
    result = choose(*words)
    assert isinstance(result.exception, InputError) and said in str(result.exception), result.exception
    assert not result.stdout


def test_a_question_in_a_file_is_asked_without_the_options_of_a_region(tmp_path: Path) -> None:
    question = asked(tmp_path, ARREST)
    for words in (FIELD[1:], ("--at", "08:30"), ("--policy", "default"), ("--closed", "H1"), ("--suspected", "burn")):
        result = choose(question, *words)
        assert isinstance(result.exception, InputError)
        assert f"is a file, which holds a whole question, and {words[0]} is given beside it" in str(result.exception)


def test_a_folder_that_is_no_region_is_refused_with_or_without_a_scene(tmp_path: Path) -> None:
    for words in ((), (*FIELD[1:], "--type", "falls")):
        result = choose(str(tmp_path), *words)
        assert isinstance(result.exception, InputError) and "is a folder and no region" in str(result.exception)


def test_a_region_with_a_fault_is_refused_with_the_fault(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "shifts.csv").unlink()
    result = choose(str(folder), *FIELD[1:], "--type", "falls")
    assert isinstance(result.exception, InputError) and "shifts.csv: the file is missing" in str(result.exception)


def test_a_call_type_goes_by_its_code_or_by_words_that_begin_words_of_it_alone() -> None:
    for code, one in load_call_types().items():
        assert call_type_named(code, "--type") is one
        assert call_type_named(f" {one.reason.upper()} ", "--type") is one
    assert {
        words: call_type_named(words, "--type").code for words in ("stroke", "heart", "chest pain", "trauma inj")
    } == {
        "stroke": "2301067",
        "heart": "2301041",
        "chest pain": "2301021",
        "trauma inj": "2301073",
    }
    assert call_type_named("fire", "--type").code == "2301035"
    for unknown in ("eart", "230101", "--", "chest falls"):
        with pytest.raises(InputError, match="is not known"):
            call_type_named(unknown, "--type")


def test_a_question_in_a_file_loads_neither_roads_nor_regions(tmp_path: Path) -> None:
    program = (
        "import sys; from click.testing import CliRunner; from sixpoint.cli.dispatch import dispatch; "
        f"done = CliRunner().invoke(dispatch, ['choose', {asked(tmp_path, ARREST)!r}], standalone_mode=False); "
        "assert done.exception is None; print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "sixpoint.dispatch.kernel" in loaded
    assert not {"sixpoint.region", "sixpoint.road", "sixpoint.plan", "sixpoint.store", "scipy.spatial"} & set(loaded)


JUNK = st.sampled_from(
    ["", " ", "nan", "-", "0", "A11", "general", "falls", "08:30", "1e999,0", "\x00", "é", "x" * 300]
)


@given(
    st.dictionaries(
        st.sampled_from(["--type", "--at", "--policy", "--closed", "--suspected", "--out-of-service", "--send"]), JUNK
    ),
    JUNK,
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_junk_in_any_option_is_answered_or_refused_by_name(options: dict[str, str], reason: str) -> None:
    words = [word for pair in ({"--type": "falls", "--reason": reason} | options).items() for word in pair]
    result = choose(*FIELD, *words)
    if result.exception is None:
        assert result.return_value in (0, 1) and "Scene at -100.2743,41.9144" in result.stdout
    else:
        assert isinstance(result.exception, InputError) and str(result.exception) and not result.stdout
