"""`sixpoint record show`: the records of one incident of a run, for people and for programs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from sixpoint.care import Impression, Intervention
from sixpoint.ops import Facility, Place
from sixpoint.ops import events as e
from sixpoint.ops.events import encode, kind_of
from sixpoint.record import read_records
from sixpoint.scope import load_rulebook
from sixpoint.service.run import LOG, RUN, Run
from sixpoint.store import open_sqlite

START_MS = 1_777_647_600_000
PLACE = Place(-101.5, 41.25, 0)
RULEBOOK = load_rulebook()
LEVEL = next(iter(RULEBOOK.levels))


Show = Callable[..., tuple[int, str, str]]


def status(word: str, minute: int, unit_id: str = "M1") -> e.StatusReported:
    at_ms = START_MS + minute * 60_000
    return e.StatusReported(at_ms=at_ms, by=unit_id, incident_id="i-1", unit_id=unit_id, status=word)


def events() -> list[e.AnyEvent]:
    """A call that one unit handled, where somebody did what was not allowed, and that another is still on."""
    at = {"at_ms": START_MS, "by": "test"}
    unit = {"kind": "ambulance", "post_id": "p", "can_transport": True, "equipment": (), "turnout_s": 60.0}
    seen = {"at_ms": START_MS + 400_000, "author": "ana", "unit_id": "M1"}
    done = Intervention(
        fact_id="f2", skill="cricothyrotomy", level=LEVEL, authority="override", because=("barred",), **seen
    )
    return [
        e.ServiceOpened(service_id="r", name="R", synthetic=True, rulebook=RULEBOOK.hash, network="n", **at),
        e.FacilityAdded(facility=Facility("h", "Hospital", PLACE, (), True), **at),
        e.UnitAdded(unit_id="M1", call_sign="Medic [bold]1[/]", **unit, **at),
        e.UnitAdded(unit_id="M2", call_sign="Medic 2", **unit, **at),
        e.CallReported(
            call_id="c",
            incident_id="i-1",
            place=PLACE,
            dispatch_code="2301021",
            received_ms=START_MS,
            caller="",
            imputed=(),
            **at,
        ),
        e.NeedsDetermined(incident_id="i-1", acuity="emergent", needs=(), **at),
        e.UnitAssigned(incident_id="i-1", unit_id="M1", crew=("ana",), levels=(LEVEL,), eta_s=60.0, **at),
        e.UnitAssigned(incident_id="i-1", unit_id="M2", crew=("bo",), levels=(LEVEL,), eta_s=60.0, **at),
        *(status(word, minute) for minute, word in enumerate(("notified", "en_route", "on_scene", "at_patient"), 1)),
        status("notified", 1, "M2"),
        e.EncounterOpened(encounter_id="i-1-1", incident_id="i-1", **at),
        e.FactRecorded(
            encounter_id="i-1-1", fact=Impression(fact_id="f1", condition="Chest pain", **seen), rulebook="r", **at
        ),
        e.ScopeOverridden(
            encounter_id="i-1-1",
            clinician_id="ana",
            skill="cricothyrotomy",
            because=("barred",),
            reason="no airway",
            **at,
        ),
        e.FactRecorded(encounter_id="i-1-1", fact=done, rulebook="r", **at),
        status("clear", 30),
    ]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    known = {
        "region_id": "riverton",
        "name": "Riverton",
        "state": "NE",
        "timezone": "America/Chicago",
        "synthetic": True,
        "imputed": (),
        "rulebook": "us-national",
        "overlays": (),
        "seed": 1,
    }
    # Whatever else a run says about itself has no part in its records.
    needed = [field.name for field in msgspec.structs.fields(Run) if field.required]
    about = Run(**{name: known.get(name, "") for name in needed})
    (folder / RUN).write_bytes(msgspec.json.encode(about))
    with open_sqlite(folder / LOG, create=True) as log:
        log.append([(kind_of(event), event.at_ms, encode(event)) for event in events()], after=0)
    return folder


def asked(*words: str) -> tuple[int, str, str]:
    ran = subprocess.run([sys.executable, "-m", "sixpoint", "record", *words], capture_output=True, text=True)
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran.returncode, ran.stdout, ran.stderr


@pytest.fixture
def show(run: Path) -> Show:
    return lambda *words: asked("show", str(run), *words)


def test_json_gives_one_record_a_line_and_only_for_units_that_are_free_again(
    show: Show,
) -> None:
    code, out, _ = show("i-1", "--json")
    (record,) = [json.loads(line) for line in out.splitlines()]
    report = record["PatientCareReport"]
    assert code == 0
    assert report["eResponse"]["eResponse.13"] == "M1"
    results = report["eCustomResults"]["eCustomResults.ResultsGroup"]
    assert {
        "eCustomResults.01": ["no airway"],
        "eCustomResults.02": "sixpoint.override",
        "eCustomResults.03": "f2",
    } in results
    assert report["eOther"]["eOther.01"] == "9923003"


def test_people_see_words_by_section_and_the_skill_of_each_act(show: Show) -> None:
    code, out, _ = show("i-1")
    assert code == 0
    assert "- Cricothyrotomy" in out and "Medic [bold]1[/]" in out and "override: no airway" in out
    assert "transport                    none" in out and "because: barred" not in out
    assert "not recorded or do not apply" in out


def test_a_record_shown_in_full_has_numbers_and_reasons_too(show: Show) -> None:
    _, out, _ = show("i-1", "--full")
    assert "eTimes.13" in out and "because: barred" in out and "rulebook" in out


def test_an_incident_without_a_finished_unit_is_found_and_has_no_record(
    show: Show,
) -> None:
    assert show("i-1", "--unit", "M2")[:2] == (1, "")


def test_what_is_not_there_is_refused_with_what_is(show: Show) -> None:
    code, _, err = show("i-2")
    assert code == 2 and "holds no incident 'i-2'" in err
    code, _, err = show("i-1", "--unit", "M9")
    assert code == 2 and "On it were: M1, M2" in err


def test_records_are_written_to_one_file_or_one_each_and_read_back(run: Path, tmp_path: Path) -> None:
    whole, folder = tmp_path / "all.xml", tmp_path / "each"
    folder.mkdir()
    assert asked("xml", str(run), "--out", str(whole))[:2] == (0, f"1 records written to {whole}.\n")
    code, out, _ = asked("xml", str(run), "--out", str(folder), "--encounter", "i-1-1", "--json")
    assert (code, json.loads(out)) == (0, {"out": str(folder), "records": 1})
    (record,) = read_records(whole)
    assert [*read_records(folder / "i-1.M1.xml")] == [record]
    assert record["PatientCareReport"]["eResponse"]["eResponse.13"] == "M1"


def test_nothing_is_written_where_no_record_is_wanted(run: Path, tmp_path: Path) -> None:
    code, out, _ = asked("xml", str(run), "--out", str(tmp_path / "x.xml"), "--unit", "M2")
    assert (code, out) == (1, "No record is wanted; nothing was written.\n")
    assert not (tmp_path / "x.xml").exists()
    code, _, err = asked("xml", str(run), "--out", str(tmp_path / "no" / "x.xml"))
    assert code == 2 and "cannot be written" in err


def test_an_audit_names_the_act_outside_the_rules_of_a_run_and_of_its_file_alike(run: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.xml"
    asked("xml", str(run), "--out", str(file))
    for source in (run, file):
        code, out, _ = asked("audit", str(source), "--json")
        audit = json.loads(out)
        assert code == 1
        assert [(act["skills"], act["standing"]) for act in audit["acts"]] == [(["cricothyrotomy"], "outside")]
        assert audit["review"][0] == "override: cricothyrotomy: no airway"
        assert "eSituation.11" in audit["missing"] and "eTimes.03" not in audit["missing"]
    code, out, _ = asked("audit", str(run))
    assert "outside: cricothyrotomy" in out and "1 records audited; 1 of them" in out
