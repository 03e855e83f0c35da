"""`sixpoint care bedside`, `handover` and `measures` tell of a run what its log says of that instant."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner, Result

from sixpoint.care import Encounter, Intervention, Kept, measure, times_to
from sixpoint.cli.care import care
from sixpoint.cli.region import region as region_command
from sixpoint.dispatch import load_call_types
from sixpoint.errors import InputError
from sixpoint.ops import events as e
from sixpoint.region import bundled_region, read_region
from sixpoint.service.bedside import moment_of, receiver, sheet
from sixpoint.service.measures import care_figures
from sixpoint.service.run import PastRun, finish_run, start_run, world_of_run

from .met import riverton_with_a_meeting


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> PastRun:
    return riverton_with_a_meeting(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def met(run: PastRun) -> str:
    """The incident at which a paramedic met the ambulance on its way."""
    return next(one.incident_id for one in run.events if isinstance(one, e.RendezvousArranged))


def told(*words: str) -> Result:
    result = CliRunner().invoke(care, list(words), standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result


def hour(run: PastRun, at_ms: int) -> str:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(run.about.timezone)).isoformat()


def coming_ms(run: PastRun, incident: str) -> int:
    """Just after more help was sent to a patient whom a crew had reached."""
    met_ms = next(one.at_ms for one in run.events if isinstance(one, e.EncounterOpened) and one.incident_id == incident)
    sent = (one.at_ms for one in run.events if isinstance(one, e.UnitAssigned) and one.incident_id == incident)
    return next(at_ms for at_ms in sent if at_ms > met_ms) + 1000


def test_the_sheet_shows_who_is_there_who_comes_and_whom_each_step_belongs_to(run: PastRun, met: str) -> None:
    at_ms = coming_ms(run, met)
    out = told("bedside", str(run.folder), met, "--at", hour(run, at_ms), "--pathway", "chest_pain").output
    moment = moment_of(run.events, met, at_ms)
    shown = sheet(moment, f"{met}-1", world_of_run(run, None, None, None))
    assert shown.here and shown.coming
    for one in (*shown.here, *shown.coming):
        assert one.clinician.name in out
    (chest,) = [one for one in shown.cards if one.pathway == "chest_pain"]
    later = [one for line in chest.lines for one in line.elsewhere]
    assert later and all(str(one) in out for one in later), "who may, and in how many minutes"
    assert "in charge" in out and "General care" not in out and "(synthetic patient)" in out


def test_one_persons_own_card_is_that_of_their_level(run: PastRun, met: str) -> None:
    at_ms = coming_ms(run, met)
    moment = moment_of(run.events, met, at_ms)
    who = next(iter(sheet(moment, f"{met}-1", world_of_run(run, None, None, None)).here)).clinician
    lines = told("bedside", str(run.folder), met, "--at", hour(run, at_ms), "--who", who.name, "--json").output
    cards = json.loads(lines)["cards"]
    by = {line["by"] for one in cards for line in one["lines"]} - {""}
    assert by == {who.id}


def test_what_lies_after_the_instant_is_not_on_the_sheet(run: PastRun, met: str) -> None:
    at_ms = coming_ms(run, met)
    moment = moment_of(run.events, met, at_ms)
    facts = moment.state.encounters[f"{met}-1"].facts
    assert facts and all(fact.at_ms <= at_ms for fact in facts)
    everything = run.histories.by_incident[met].encounters[f"{met}-1"].facts
    assert len(facts) < len(everything)


def test_without_a_time_the_patient_is_seen_just_before_the_hospital_takes_over(run: PastRun, met: str) -> None:
    moment = moment_of(run.events, met)
    encounter = moment.state.encounters[f"{met}-1"]
    every = run.histories.by_incident[met].encounters[f"{met}-1"].facts
    assert not any(getattr(fact, "at_facility", False) for fact in encounter.facts)
    assert type(every[len(encounter.facts)]).__name__ == "HandoverAccepted"
    assert all(moment_of(run.events, one).state.incidents[one].encounters for one in run.histories.by_incident
               if run.histories.by_incident[one].encounters)  # fmt: skip


def test_the_hand_over_tells_who_keeps_what_runs_and_stops_who_may_not(run: PastRun, met: str) -> None:
    world, moment = world_of_run(run, None, None, None), moment_of(run.events, met)
    shown = sheet(moment, f"{met}-1", world)
    assert shown.kept and all(isinstance(one, Kept) for one in shown.kept)
    able = {}
    for one in shown.here:
        found = receiver(moment, f"{met}-1", world, one.clinician)
        able[one.clinician.id] = not found.lost and not found.wanted
    assert set(able.values()) == {True, False}
    name = {one.clinician.id: one.clinician.name for one in shown.here}
    for who, may in able.items():
        result = told("handover", str(run.folder), met, "--to", name[who])
        assert result.return_value == (0 if may else 1)
        assert ("nothing is stepped down" in result.output) is may
    assert "  A Age" in result.output and "may keep it running" in result.output
    assert "  R Request" in told("handover", str(run.folder), met, "--form", "sbar").output
    data = json.loads(told("handover", str(run.folder), met, "--json").output)
    assert [one["letter"] for one in data["report"]] == list("ATMIST")


def test_the_measures_are_those_of_each_patient_counted(run: PastRun) -> None:
    histories = run.histories.by_incident
    figures = care_figures(histories.values())
    met: list[Encounter] = [one for history in histories.values() for one in history.encounters.values()]
    assert figures.patients == len(met)
    for one in figures.measures:
        found = [each for encounter in met for each in measure(encounter) if each.measure == one.id]
        assert one.counts == sum(each.counts is True for each in found)
        assert one.met == sum(each.counts is True and each.met is True for each in found) <= one.counts
        assert one.untold == sum(each.counts is None for each in found)
        assert one.source and one.confidence
    aspirin = next(one for one in figures.measures if one.id == "aspirin_in_acs")
    assert aspirin.counts > 0, "whom a clinician thinks to have it counts"
    out = told("measures", str(run.folder)).output
    assert "Aspirin where the heart is suspected" in out and "AHA-ML (recalled)" in out and "eTimes.06" in out


def test_the_times_to_an_act_are_told_by_the_level_that_did_it(run: PastRun) -> None:
    histories = run.histories.by_incident.values()
    figures = care_figures(histories)
    for one in figures.times:
        seconds = []
        for history in histories:
            for encounter in history.encounters.values():
                contact = history.first_ms("at_patient") if len(history.encounters) == 1 else None
                reached = times_to(encounter, contact)
                seconds += [each.seconds for each in reached if (each.skill, each.level) == (one.skill, one.level)]
        assert one.n == len(seconds)
        assert one.median.value == statistics.median_low(seconds)
    done = {(act.skill, act.level) for history in histories for encounter in history.encounters.values()
            for act in encounter.facts if isinstance(act, Intervention)}  # fmt: skip
    assert {(one.skill, one.level) for one in figures.times} <= done


def test_an_incident_time_patient_or_person_that_is_not_there_is_refused(run: PastRun, met: str) -> None:
    folder = str(run.folder)
    early = hour(run, run.histories.by_incident[met].received_ms - 60_000)
    ringing = hour(run, run.histories.by_incident[met].received_ms + 1000)
    late = hour(run, run.events[-1].at_ms)
    for words, part in [
        (["bedside", folder, "nowhere"], "holds no incident 'nowhere'"),
        (["bedside", folder, met, "--at", early], "was not open then"),
        (["bedside", folder, met, "--at", ringing], "nobody had reached a patient"),
        (["bedside", folder, met, "--at", late], "was closed by then"),
        (["bedside", folder, met, "--at", "noon"], "'noon' is no time"),
        (["bedside", folder, met, "--patient", "x"], "is not a patient of it"),
        (["bedside", folder, met, "--who", "Nobody"], "nobody of that name is enrolled"),
        (["bedside", folder, met, "--pathway", "burns"], "'burns' is not open"),
        (["handover", folder, met, "--to", "Nobody"], "nobody of that name is enrolled"),
        (["measures", folder, "--incident", "nowhere"], "holds no incident 'nowhere'"),
        (["measures", str(Path(folder) / "none")], "cannot be read"),
    ]:
        with pytest.raises(InputError, match=part):
            told(*words)


def test_an_agencys_pathways_from_its_region_are_on_the_card_and_a_change_since_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "region"
    copytree(bundled_region("riverton"), folder)
    manifest = (folder / "region.toml").read_text("utf-8")
    (folder / "region.toml").write_text(f'pathways = ["ours.yaml"]\n{manifest}', "utf-8")
    ours = (
        "pathway: general\ntitle: Ours\nversion: '2'\nsource: JUDGEMENT\nconfidence: judgement\n"
        "steps:\n  - {step: only, any_of: [vital_signs_assessment]}\n"
    )
    (folder / "ours.yaml").write_text(ours, "utf-8")
    region = read_region(folder, load_call_types().codes)
    day = start_run(tmp_path / "run", folder, region, 6)
    day.run()
    finish_run(day, tmp_path / "run", day.engine.state.last_ms)
    past = PastRun(tmp_path / "run")
    incident = next(one.incident_id for one in past.histories.by_incident.values() if one.encounters)
    same = told("bedside", str(past.folder), incident)
    assert "Ours" in same.output and "General care" not in same.output and "not those of the run" not in same.output
    (folder / "ours.yaml").write_text(ours.replace("'2'", "'3'"), "utf-8")
    assert "The pathways are not those of the run" in told("bedside", str(past.folder), incident).output
    (folder / "ours.yaml").write_text("pathway: [", "utf-8")
    with pytest.raises(InputError, match="not YAML"):
        told("bedside", str(past.folder), incident)
    with pytest.raises(InputError, match="not YAML"):
        start_run(tmp_path / "half", folder, region, 6)
    assert not (tmp_path / "half").exists(), "nothing half done"
    checked = CliRunner().invoke(region_command, ["check", str(folder)], standalone_mode=False)
    assert isinstance(checked.exception, InputError)
