"""A day through the live engine: reproducible, replayable, lawful, and safe against kill -9."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from sixpoint.care import Intervention, InterventionStopped, PrimarySurvey, VitalSigns, open_offers, running
from sixpoint.cli.telling import print_debrief
from sixpoint.dispatch import load_call_types
from sixpoint.errors import DamagedLogError
from sixpoint.ops import digest
from sixpoint.ops.events import CrewSignedOn, FactRecorded, ScopeOverridden, encode, kind_of
from sixpoint.region import Region, bundled_region, read_region
from sixpoint.scope import load_rulebook
from sixpoint.service.audit import Audited, audit
from sixpoint.service.debrief import debriefs
from sixpoint.service.engine import Engine, read_events, replay_log
from sixpoint.service.history import Histories
from sixpoint.service.opening import world_of
from sixpoint.service.rehearsal.day import Day
from sixpoint.service.story import most_telling, tell_call
from sixpoint.service.summary import summarise
from sixpoint.service.telling import Teller
from sixpoint.store import MemoryLog, open_sqlite


@pytest.fixture(scope="module")
def riverton() -> Region:
    return read_region(bundled_region("riverton"), load_call_types().codes)


def run(region: Region, seed: int) -> Engine:
    engine = Engine(MemoryLog(), world_of(region))
    day = Day(region, engine, seed)
    day.open()
    day.run()
    day.checkpoint(engine.state.last_ms)
    return engine


@pytest.fixture(scope="module")
def engine(riverton: Region) -> Engine:
    return run(riverton, 6)


def test_every_call_of_the_day_is_handled_and_closed(riverton: Region, engine: Engine) -> None:
    histories = Histories(read_events(engine.log)).by_incident
    assert len(histories) == len(riverton.calls) == engine.state.calls == engine.state.closed
    assert not engine.state.incidents
    assert all(one.closed_ms is not None for one in histories.values())


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_every_county_that_the_generator_makes_has_a_whole_day(tmp_path: Path, seed: int) -> None:
    """Also those where help arrives after the patient has left, or no crew may take over what runs."""
    folder = tmp_path / "county"
    made = subprocess.run(
        [sys.executable, "-m", "sixpoint", "region", "new", str(folder), "--seed", str(seed)], check=True
    )
    assert made.returncode == 0
    county = read_region(folder, load_call_types().codes)
    engine = run(county, seed)
    histories = Histories(read_events(engine.log)).by_incident.values()
    assert len(histories) == len(county.calls) and all(one.closed_ms is not None for one in histories)
    for one in histories:
        carried = [unit for unit in one.units.values() if "transporting" in unit.times_ms]
        assert len(carried) <= 1, "a patient in two units"
        for encounter in one.encounters.values():
            assert not open_offers(encounter), "a hand-over that nobody answered"
            if not carried:
                assert not [act.skill for act in running(encounter) if act.skill == "cpr"], "an arrest left alone"


def test_the_same_seed_gives_the_same_log_and_another_seed_another(riverton: Region, engine: Engine) -> None:
    assert run(riverton, 6).log.head == engine.log.head
    assert run(riverton, 7).log.head != engine.log.head


def test_the_log_replays_to_the_state_of_the_live_service(engine: Engine) -> None:
    assert digest(replay_log(engine.log).state) == digest(engine.state)


def test_a_log_that_gives_another_state_than_the_service_had_is_noticed(engine: Engine) -> None:
    """Chained anew without one unit's return, the log is whole and yet wrong: the checkpoint says so."""
    events = list(read_events(engine.log))
    del events[max(index for index, event in enumerate(events) if type(event).__name__ == "UnitParked")]
    forged = MemoryLog()
    forged.append([(kind_of(event), event.at_ms, encode(event)) for event in events], after=0)
    forged.verify()
    with pytest.raises(DamagedLogError, match="SHA-256"):
        replay_log(forged)


def test_all_tiers_work_and_nothing_is_done_outside_scope(engine: Engine) -> None:
    events = list(read_events(engine.log))
    done = [event.fact for event in events if isinstance(event, FactRecorded) and isinstance(event.fact, Intervention)]
    assert {act.level for act in done} >= {"EMR", "EMT", "Paramedic"}
    assert not [event for event in events if isinstance(event, ScopeOverridden)]
    assert {act.authority for act in done} <= {"standing_order", "order"}
    assert any(act.because for act in done)


def test_the_summary_counts_what_the_log_holds(engine: Engine) -> None:
    world = engine.world
    histories = Histories(read_events(engine.log)).by_incident
    figures = summarise(histories.values(), world.call_types)
    assert figures.calls == len(histories)
    assert figures.transported == sum(one.first_ms("transferred") is not None for one in histories.values())
    on_scene = next(one for one in figures.waited if one.what == "first unit on scene")
    by_hand = sorted(
        float("inf") if (at := one.first_ms("on_scene")) is None else (at - one.received_ms) / 1000
        for one in histories.values()
    )
    rank = -(-9 * len(by_hand) // 10)
    assert on_scene.p90.value == by_hand[rank - 1]
    assert all(one.met <= one.n for one in figures.from_call)


def test_the_story_tells_a_call_from_first_ring_to_hand_over_with_reasons(engine: Engine) -> None:
    histories = Histories(read_events(engine.log)).by_incident
    wanted = most_telling(histories.values())
    assert wanted is not None
    lines = tell_call(read_events(engine.log), wanted, Teller(engine.world.call_types, engine.world.rulebook))
    said = [line.what for line in lines]
    assert said[0].startswith("The call comes in")
    assert any(line.what.startswith("Of ") and line.why for line in lines)
    assert any("takes responsibility" in one for one in said)
    assert any(one.startswith("Destination") for one in said)
    assert said[-1].endswith("closed: patient transported")
    assert [line.at_ms for line in lines] == sorted(line.at_ms for line in lines)


def test_nobody_is_given_breaths_who_was_found_breathing_normally(engine: Engine) -> None:
    facts = [event for event in read_events(engine.log) if isinstance(event, FactRecorded)]
    given = {
        event.encounter_id
        for event in facts
        if isinstance(event.fact, Intervention) and event.fact.skill == "bag_valve_mask"
    }
    found = {
        event.encounter_id: event.fact.breathing
        for event in facts
        if isinstance(event.fact, PrimarySurvey) and event.fact.breathing and event.encounter_id in given
    }
    assert found and set(found.values()) <= {"inadequate", "absent"}


def test_nobody_is_unresponsive_with_a_full_coma_score(engine: Engine) -> None:
    facts = (event.fact for event in read_events(engine.log) if isinstance(event, FactRecorded))
    scores = {(fact.avpu, fact.gcs) for fact in facts if isinstance(fact, VitalSigns) and fact.avpu is not None}
    assert all((score == 15) is (avpu == "alert") for avpu, score in scores if score is not None), scores


def test_what_a_crew_stops_is_told_by_name(engine: Engine) -> None:
    events = list(read_events(engine.log))
    stops = (one for one in events if isinstance(one, FactRecorded) and isinstance(one.fact, InterventionStopped))
    incident_id = next(stops).encounter_id.rsplit("-", 1)[0]
    lines = tell_call(events, incident_id, Teller(engine.world.call_types, engine.world.rulebook))
    said = [line.what for line in lines if " stops " in line.what]
    names = {skill.name for skill in engine.world.rulebook.skills}
    assert said and {one.split(" stops ")[1] for one in said} <= names


def test_every_recommendation_comes_out_the_same_when_computed_again_from_the_log(engine: Engine) -> None:
    found = list(audit(engine.log, engine.world))
    asked = [type(event).__name__ for event in read_events(engine.log)]
    assert len(found) == asked.count("UnitsRecommended") + asked.count("DestinationChosen")
    assert all(one.is_same for one in found)


def test_another_rulebook_is_asked_what_it_would_have_sent(engine: Engine) -> None:
    """Canada's national levels know EMRs and none of the others here: it would have sent only units with one."""
    other = replace(engine.world, rulebook=load_rulebook("canada-national"))
    found = [one for one in audit(engine.log, other) if isinstance(one, Audited)]
    with_emr = {
        event.unit_id
        for event in read_events(engine.log)
        if isinstance(event, CrewSignedOn) and any(member.level == "EMR" for member in event.members)
    }
    assert any(one.would_send for one in found)
    assert {unit_id for one in found for unit_id in one.would_send} <= with_emr
    assert not all(one.is_same for one in found)


def test_an_arrest_is_debriefed_by_curves_that_name_their_patients(engine: Engine) -> None:
    histories = Histories(read_events(engine.log)).by_incident.values()
    found = [one for history in histories for one in debriefs(history, str)]
    assert found
    for one in found:
        larsen = next(estimate for estimate in one.estimates if estimate.curve == "larsen-1993")
        assert 0 <= larsen.chance <= 0.67 and "King County" in larsen.population
        assert "collapse not recorded" in larsen.caveat
        never = "first epinephrine: not recorded" in one.lines and "advanced airway: not recorded" in one.lines
        assert ("larsen-1993: no advanced care on record, counted as never" in larsen.caveat) is never
    assert any("counted as never" in estimate.caveat for one in found for estimate in one.estimates)


def test_what_had_to_be_assumed_of_an_arrest_is_said_once(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    histories = Histories(read_events(engine.log)).by_incident.values()
    for one in (one for history in histories for one in debriefs(history, str)):
        print_debrief(one)
        told = " ".join(capsys.readouterr().out.split())
        assert told.count("are taken to begin at the first ring") <= 1


CHILD = """
import sys
from pathlib import Path
from sixpoint.dispatch import load_call_types
from sixpoint.region import bundled_region, read_region
from sixpoint.service.run import start_run
folder = bundled_region("riverton")
day = start_run(Path(sys.argv[1]), folder, read_region(folder, load_call_types().codes), 6)
print(day.engine.position, flush=True)
while day.agenda.next_ms() is not None:
    day.agenda.step()
    print(day.engine.position, flush=True)
"""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_acknowledged_event_is_lost_when_the_engine_is_killed(tmp_path: Path, engine: Engine, seed: int) -> None:
    folder = tmp_path / "run"
    lines = random.Random(seed).randrange(1, 900)
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    acknowledged = 0
    for _ in range(lines):
        line = child.stdout.readline()
        if not line:
            break
        acknowledged = int(line)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    with open_sqlite(folder / "log.sqlite") as log:
        assert log.last >= acknowledged > 0
        log.verify()
        state = replay_log(log).state
        whole = list(read_events(engine.log))[: log.last]
        assert list(read_events(log)) == whole, "the killed run is a beginning of the whole one"
        resumed = Engine(log, engine.world)
        assert digest(resumed.state) == digest(state)
