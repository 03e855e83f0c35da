"""Meetings on the way to hospital in a rehearsed day: an EMT ambulance leaves, a paramedic boards it on the road."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from sixpoint.care import HandoverAccepted, Intervention, open_offers
from sixpoint.dispatch import load_call_types
from sixpoint.ops import Leg, Refused, State, digest, events
from sixpoint.ops import commands as c
from sixpoint.ops.decide.progress import NEXT
from sixpoint.region import bundled_region, read_region
from sixpoint.service.engine import Engine, read_events, replay_log
from sixpoint.service.history import Histories
from sixpoint.service.opening import world_of
from sixpoint.service.records import records_of
from sixpoint.service.rehearsal.day import Day
from sixpoint.service.run import PastRun
from sixpoint.store import MemoryLog

from .met import riverton_with_a_meeting


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> PastRun:
    return riverton_with_a_meeting(tmp_path_factory.mktemp("runs"))


def arranged(run: PastRun) -> Iterator[events.RendezvousArranged]:
    return (one for one in run.events if isinstance(one, events.RendezvousArranged))


def test_a_crew_that_may_not_do_it_leaves_to_meet_one_that_may_and_the_patient_has_it_sooner(run: PastRun) -> None:
    meetings = list(arranged(run))
    assert meetings
    for meeting in meetings:
        history = run.histories.by_incident[meeting.incident_id]
        assert meeting.plan.meet_s is not None and meeting.plan.drive_s is not None and meeting.saves > 0
        left_ms = history.units[meeting.unit_id].times_ms["transporting"]
        boarded_ms = history.units[meeting.advanced_unit_id].times_ms["at_patient"]
        assert left_ms < boarded_ms < history.units[meeting.unit_id].times_ms["at_destination"]
        brought = [
            fact.at_ms
            for fact in history.facts()
            if isinstance(fact, Intervention) and fact.skill in meeting.skills and fact.at_ms >= boarded_ms
        ]
        assert brought and min(brought) < meeting.at_ms + 1000 * meeting.plan.drive_s
        # Both are there when it was said they would be; the paramedic still has to get out and in.
        assert 0 <= boarded_ms - meeting.meets_ms < 300_000


def test_the_paramedic_takes_over_on_the_road_and_hands_over_at_the_hospital(run: PastRun) -> None:
    for meeting in arranged(run):
        history = run.histories.by_incident[meeting.incident_id]
        crew = history.units[meeting.advanced_unit_id].crew
        taken = [fact for fact in history.facts() if isinstance(fact, HandoverAccepted)]
        assert any(fact.author in crew for fact in taken) and taken[-1].at_facility
        assert not any(open_offers(one) for one in history.encounters.values())


def test_both_units_keep_a_lawful_history_and_come_home(run: PastRun) -> None:
    homes = {event.unit_id: event.post_id for event in run.events if isinstance(event, events.UnitAdded)}
    for meeting in arranged(run):
        history = run.histories.by_incident[meeting.incident_id]
        assert history.disposition == "patient transported"
        for unit_id in (meeting.unit_id, meeting.advanced_unit_id):
            times = list(history.units[unit_id].times_ms.items())
            assert times[-1][0] == "clear" and unit_id in homes
            for (before, at_ms), (after, later_ms) in pairwise(times):
                assert after in NEXT[before] and at_ms <= later_ms


def test_each_unit_of_a_meeting_has_its_patient_care_record(run: PastRun) -> None:
    for meeting in arranged(run):
        history = run.histories.by_incident[meeting.incident_id]
        assert {name.split(".")[0] for name, _ in records_of(run, history)} >= {
            meeting.unit_id,
            meeting.advanced_unit_id,
        }


@pytest.mark.parametrize("step", ["arranged", "under way", "at the place"])
def test_a_meeting_that_a_person_cancels_leaves_nobody_on_the_road(run: PastRun, step: str) -> None:
    """Whenever it is called off, the day goes on to its end: the patient is driven in, the other unit comes home."""
    region = read_region(bundled_region("riverton"), load_call_types().codes)
    day = Day(region, Engine(MemoryLog(), world_of(region)), run.about.seed)
    day.open()
    called_off: list[str] = []

    def call_off(before: State, event: events.AnyEvent, after: State) -> None:
        at = {
            "arranged": isinstance(event, events.RendezvousArranged),
            "under way": isinstance(event, events.StatusReported) and event.status == "transporting",
            "at the place": isinstance(event, events.RendezvousReached),
        }[step]
        incident = after.incidents.get(getattr(event, "incident_id", ""))
        meeting = None if incident is None or not at else incident.meeting_of(getattr(event, "unit_id", ""))
        if meeting is not None and incident is not None and not called_off:
            cancel = c.CancelRendezvous(
                at_ms=event.at_ms, incident_id=incident.incident_id, unit_id=meeting.unit_id, reason="a drill"
            )
            called_off.append(incident.incident_id)
            day.agenda.at(event.at_ms, lambda at_ms: no_refusal(day.engine.send(cancel)))

    day.engine.listen(call_off)
    day.run()
    assert called_off and not day.engine.state.incidents
    history = Histories(read_events(day.engine.log)).by_incident[called_off[0]]
    assert history.closed_ms is not None and history.first_ms("transferred") is not None
    assert any(isinstance(one, events.RendezvousCancelled) and one.because == "a drill" for one in history.events)
    assert all("clear" in unit.times_ms or "cancelled" in unit.times_ms for unit in history.units.values())
    for unit in day.engine.state.units.values():
        assert not isinstance(unit.position, Leg) or unit.position.arrives_ms <= day.engine.state.last_ms
    assert digest(replay_log(day.engine.log).state) == digest(day.engine.state)


def no_refusal(outcome: object) -> None:
    assert not isinstance(outcome, Refused), outcome
