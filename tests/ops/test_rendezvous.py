"""Rendezvous: a BLS unit with a patient meets a paramedic on a straight road to hospital, 40 s from crossing to
crossing; the scene lies at its west end, the hospital and the paramedic at its east end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from msgspec.structs import replace

from sixpoint.ops import Facility, Leg, Place, Status, canonical
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.decide.progress import NEXT
from sixpoint.ops.decide.reassign import proposed_divert, proposed_releases, proposed_replacement
from sixpoint.ops.decide.rendezvous_plan import ProposedMeeting, proposed_rendezvous
from sixpoint.ops.world import Refused

from .world import START_MS, LiveService, opened, place

CHEST_PAIN, ARREST = "2301021", "2301019"
SCENE, HOSPITAL, MEETING = place(0, 2), place(5, 2), place(3, 2)
NOW_MS = START_MS + 600_000
NEEDS = ("iv_access",)


def seconds(after_s: float) -> int:
    return NOW_MS + round(after_s * 1000)


def status(
    service: LiveService, unit_id: str, to: Status, after_s: float = 0, note: str = "", reason: str = ""
) -> tuple[e.AnyEvent, ...]:
    report = c.ReportStatus(
        at_ms=seconds(after_s), incident_id="i", unit_id=unit_id, status=to, note=note, override_reason=reason
    )
    return service.must(report)


@pytest.fixture
def service() -> LiveService:
    """B1 (two EMTs) is at the patient, the destination is chosen, M1 (a paramedic, an EMT) sets out."""
    live = opened()
    live.world = replace(
        live.world, policy=replace(live.world.policy, rendezvous_gain_s=60, rendezvous_weighs_hospital=False)
    )
    live.must(c.AddFacility(at_ms=START_MS, facility=Facility("f-east", "East", HOSPITAL, ("stemi",), True)))
    report = c.ReportCall(
        at_ms=START_MS, call_id="i", incident_id="i", place=SCENE, dispatch_code=CHEST_PAIN, received_ms=START_MS
    )
    live.must(report)
    live.must(c.AssignUnits(at_ms=START_MS, incident_id="i", unit_ids=("B1", "M1"), override_reason="a drill"))
    for to in ("notified", "en_route", "on_scene"):
        status(live, "B1", to)
    live.must(c.OpenEncounter(at_ms=NOW_MS, encounter_id="i-e", incident_id="i"))
    status(live, "B1", "at_patient")
    status(live, "M1", "notified")
    status(live, "M1", "en_route")
    live.must(c.ChooseDestination(at_ms=NOW_MS, incident_id="i", unit_id="B1", encounter_id="i-e"))
    return live


def proposal(service: LiveService, at_ms: int = NOW_MS, **how: object) -> ProposedMeeting | None:
    return proposed_rendezvous(service.state, "i", at_ms, service.world, skills=NEEDS, **how)


def arrange(service: LiveService, after_s: float = 0, **how: object) -> tuple[e.AnyEvent, ...] | Refused:
    command = c.ArrangeRendezvous(
        at_ms=seconds(after_s),
        incident_id="i",
        unit_id="B1",
        advanced_unit_id="M1",
        skills=NEEDS,
        **how,
    )
    return service.send(command)


def arranged(service: LiveService, after_s: float = 0, **how: object) -> e.RendezvousArranged:
    events = arrange(service, after_s, **how)
    assert not isinstance(events, Refused), events
    (event,) = events
    assert isinstance(event, e.RendezvousArranged)
    return event


def cancelled(events: tuple[e.AnyEvent, ...]) -> e.RendezvousCancelled:
    (event,) = [one for one in events if isinstance(one, e.RendezvousCancelled)]
    return event


def goal(service: LiveService, unit_id: str) -> Place:
    position = service.state.units[unit_id].position
    return position.to if isinstance(position, Leg) else position


def met(service: LiveService, reason: str = "") -> None:
    """Both at the meeting place, the paramedic on board."""
    arranged(service)
    status(service, "B1", "transporting", reason=reason)
    service.must(c.ReachRendezvous(at_ms=seconds(120), incident_id="i", unit_id="B1"))
    status(service, "M1", "on_scene", 120)
    status(service, "M1", "at_patient", 130)


def test_the_place_is_the_crossing_where_both_are_soonest(service: LiveService) -> None:
    """By hand: k crossings from the scene B1 is there after 40 k, M1 after 200 - 40 k; of two, the farther."""
    found = proposal(service)
    assert found is not None and found.plan.plan == "meet" and found.skills == NEEDS
    assert found.place == MEETING
    assert (found.plan.meet_s, found.plan.wait_s, found.plan.drive_s) == pytest.approx((120, 200, 200))
    assert found.plan.hospital_s == pytest.approx(120 + service.world.policy.rendezvous_handover_s + 80)


def test_a_unit_that_cannot_leave_yet_meets_nearer_to_the_scene(service: LiveService) -> None:
    found = proposal(service, ready_s=60.0)
    assert found is not None and found.plan.plan == "meet"
    assert found.plan.meet_s == pytest.approx(140) and found.place == place(2, 2)


def test_a_unit_under_way_is_met_from_the_very_point_where_it_is(service: LiveService) -> None:
    status(service, "B1", "transporting")
    found = proposal(service, seconds(50))  # B1 is 10 s past the first crossing, M1 10 s past its own
    assert found is not None
    here = service.world.travel.place_at(service.state.units["B1"].position, seconds(50))
    assert here.lon_deg == pytest.approx(0.005 * 1.25)
    both = {k: max(40 * k - 50, 200 - 40 * k - 50) for k in range(2, 5)}
    assert found.plan.meet_s == pytest.approx(min(both.values()))
    assert found.plan.drive_s == pytest.approx(150)


def test_what_is_arranged_says_where_when_who_for_what_and_what_else_would_give(service: LiveService) -> None:
    event = arranged(service)
    assert (event.unit_id, event.advanced_unit_id, event.encounter_id) == ("B1", "M1", "i-e")
    assert event.place == MEETING and event.meets_ms == seconds(120) and event.skills == NEEDS
    assert event.plan.wait_s == event.plan.drive_s == pytest.approx(200)
    assert event.because == event.plan.because and not event.override_reason
    assert event.leg is None, "B1 is still on scene"
    assert event.advanced_leg is not None and event.advanced_leg.to == MEETING
    assert goal(service, "M1") == MEETING
    status(service, "B1", "transporting")
    assert goal(service, "B1") == MEETING


def test_the_two_meet_drive_on_together_and_every_history_keeps_its_order(service: LiveService) -> None:
    met(service)
    assert service.state.units["M1"].position == MEETING
    (on,) = service.must(c.ContinueTransport(at_ms=seconds(300), incident_id="i", unit_id="B1"))
    assert isinstance(on, e.TransportContinued) and on.follows
    assert on.leg.to == HOSPITAL and on.leg.arrives_ms == seconds(380)
    assert goal(service, "M1") == HOSPITAL, "its own vehicle drives behind"
    status(service, "B1", "at_destination", 380)
    status(service, "B1", "transferred", 700)
    (back,) = status(service, "M1", "clear", 800)
    assert isinstance(back, e.StatusReported) and back.leg is not None and back.leg.start == HOSPITAL
    status(service, "B1", "clear", 900)
    for assignment in service.state.incidents["i"].assignments.values():
        times = list(assignment.times_ms.items())
        for (before, at_ms), (after, later_ms) in pairwise(times):
            assert after in NEXT[before] and at_ms <= later_ms


def test_nobody_boards_a_unit_that_is_not_there_and_nobody_drives_on_without_them(service: LiveService) -> None:
    arranged(service)
    early = service.send(c.ReachRendezvous(at_ms=seconds(1), incident_id="i", unit_id="B1"))
    assert isinstance(early, Refused) and "had not left" in early.because[0]
    status(service, "B1", "transporting")
    status(service, "M1", "on_scene", 120)
    boards = service.send(c.ReportStatus(at_ms=seconds(121), incident_id="i", unit_id="M1", status="at_patient"))
    assert isinstance(boards, Refused) and "B1 is not at the meeting place" in boards.because[0]
    service.must(c.ReachRendezvous(at_ms=seconds(130), incident_id="i", unit_id="B1"))
    leaves = service.send(c.ContinueTransport(at_ms=seconds(131), incident_id="i", unit_id="B1"))
    assert isinstance(leaves, Refused) and "crew of M1" in leaves.because[0]


def test_with_nobody_left_to_drive_it_the_other_vehicle_stays_where_they_met(service: LiveService) -> None:
    for unit_id in ("B1", "M1"):
        unit = service.state.units[unit_id]
        units = {**service.state.units, unit_id: replace(unit, members=unit.members[:1])}
        service.state = replace(service.state, units=units)
    met(service, reason="a firefighter drives")
    (on,) = service.must(c.ContinueTransport(at_ms=seconds(300), incident_id="i", unit_id="B1"))
    assert isinstance(on, e.TransportContinued) and not on.follows
    assert service.state.units["M1"].position == MEETING


def test_another_meeting_than_proposed_needs_a_reason_and_keeps_what_was_proposed(service: LiveService) -> None:
    refused = arrange(service, place=place(2, 2))
    assert isinstance(refused, Refused) and "reason" in refused.remedy
    event = arranged(service, place=place(2, 2), override_reason="a lay-by with light")
    assert event.place == place(2, 2) and event.because == event.override_reason == "a lay-by with light"
    assert event.plan.plan == "meet" and event.meets_ms == seconds(120)


def test_a_meeting_that_gains_too_little_is_not_arranged_without_a_reason_and_a_place(service: LiveService) -> None:
    service.world = replace(service.world, policy=replace(service.world.policy, rendezvous_gain_s=81))
    found = proposal(service)
    assert found is not None and found.plan.plan == "drive"
    refused = arrange(service)
    assert isinstance(refused, Refused) and "less than" in refused.because[0]
    refused = arrange(service, override_reason="the road is closed behind them")
    assert isinstance(refused, Refused) and "Name the place" in refused.remedy
    assert arranged(service, override_reason="the road is closed behind them", place=MEETING).place == MEETING


def test_nothing_is_proposed_where_nobody_on_the_way_may_do_more(service: LiveService) -> None:
    assert proposed_rendezvous(service.state, "i", NOW_MS, service.world, skills=("oxygen_nrb",)) is None
    policy = replace(service.world.policy, rendezvous=False)
    service.world = replace(service.world, policy=policy)
    assert proposal(service) is None


def test_without_a_word_from_the_crew_the_call_type_says_what_the_patient_needs(service: LiveService) -> None:
    found = proposed_rendezvous(service.state, "i", NOW_MS, service.world)
    assert found is not None
    needs = [need for need in service.world.call_types[CHEST_PAIN].needs if not need.when]
    assert set(found.skills) <= {skill for need in needs for skill in need.any_of}


def test_a_meeting_that_makes_the_hospital_later_by_more_harm_than_it_saves_is_not_advised(
    service: LiveService,
) -> None:
    service.world = replace(service.world, policy=replace(service.world.policy, rendezvous_weighs_hospital=True))
    found = proposal(service)
    assert found is not None and found.plan.plan == "meet"
    needs = service.world.call_types[CHEST_PAIN].needs
    care = sum(need.harm_per_min for need in needs if "iv_access" in need.any_of)
    hospital = sum(need.harm_per_min for need in needs if need.transporting)
    # 80 s sooner than at the hospital door; the door 180 s later.
    assert found.saves == pytest.approx(care * 80 / 60 - hospital * 3) and found.saves < 0 and not found.is_advised
    refused = arrange(service)
    assert isinstance(refused, Refused) and "later hospital" in refused.because[0]
    free = replace(service.world.policy, rendezvous_handover_s=0)
    service.world = replace(service.world, policy=free)
    found = proposal(service)
    assert found is not None and found.is_advised and found.saves == pytest.approx(care * 80 / 60)
    assert arranged(service).saves == found.saves


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"incident_id": "x"}, "not open"),
        ({"advanced_unit_id": "Q1"}, "on the incident"),
        ({"advanced_unit_id": "B1"}, "on the incident"),
        ({"unit_id": "M1", "advanced_unit_id": "B1"}, "no patient"),
        ({"ready_s": float("nan")}, "ready_s"),
    ],
)
def test_what_cannot_meet_is_refused_even_with_a_reason(
    service: LiveService, change: dict[str, object], words: str
) -> None:
    whole: dict[str, object] = {"incident_id": "i", "unit_id": "B1", "advanced_unit_id": "M1", "skills": NEEDS}
    command = c.ArrangeRendezvous(at_ms=NOW_MS, override_reason="all the same", place=MEETING, **(whole | change))
    refused = service.send(command)
    assert isinstance(refused, Refused) and words in refused.because[0]


def test_a_unit_taken_to_another_call_ends_the_meeting_and_the_patient_goes_straight_on(service: LiveService) -> None:
    arranged(service)
    status(service, "B1", "transporting")
    at_ms = seconds(40)
    other = c.ReportCall(
        at_ms=at_ms, call_id="j", incident_id="j", place=place(5, 0), dispatch_code=ARREST, received_ms=at_ms
    )
    service.must(other)
    divert = c.DivertUnit(at_ms=at_ms, incident_id="j", unit_id="M1", override_reason="nobody else is free")
    events = service.must(divert)
    event = cancelled(events)
    assert "M1 is cancelled" in event.because and event.leg is not None and event.leg.to == HOSPITAL
    assert event.leg.arrives_ms == seconds(200), "not a second is lost on the way"
    assert not any(isinstance(one, e.UnitAssigned) and one.incident_id == "i" for one in events), "the scene is empty"
    assert service.state.units["M1"].incident_id == "j"


def test_no_proposal_takes_a_unit_from_a_patient_who_counts_on_it(service: LiveService) -> None:
    arranged(service)
    at_ms = seconds(10)
    other = c.ReportCall(
        at_ms=at_ms, call_id="j", incident_id="j", place=place(5, 1), dispatch_code=ARREST, received_ms=at_ms
    )
    service.must(other)
    state, world = service.state, service.world
    diverted = proposed_divert(state, state.incidents["j"], at_ms, world)
    assert diverted is None or diverted.unit_id != "M1"
    assert proposed_replacement(state, state.incidents["i"], state.units["Q1"], at_ms, world) is None
    assert proposed_releases(state, state.incidents["i"], frozenset(range(1, 30)), at_ms, world) == ()


def test_a_breakdown_ends_the_meeting_and_the_patient_goes_straight_on(service: LiveService) -> None:
    arranged(service)
    status(service, "B1", "transporting")
    event = cancelled(status(service, "M1", "cancelled", 40, note="engine failure"))
    assert event.leg is not None and event.leg.to == HOSPITAL and goal(service, "B1") == HOSPITAL
    assert service.state.incidents["i"].meeting_of("B1") is None


def test_a_person_cancels_only_with_a_reason_and_a_unit_comes_to_the_scene_if_the_patient_is_there(
    service: LiveService,
) -> None:
    arranged(service)
    cancel = c.CancelRendezvous(at_ms=seconds(40), incident_id="i", unit_id="B1", reason="")
    assert isinstance(service.send(cancel), Refused)
    (event,) = service.must(replace(cancel, reason="the patient arrests, they stay"))
    assert isinstance(event, e.RendezvousCancelled)
    assert event.advanced_leg is not None and event.advanced_leg.to == SCENE and event.leg is None
    assert goal(service, "M1") == SCENE
    assert isinstance(service.send(cancel), Refused), "there is none any more"


def test_a_unit_that_drives_in_without_having_met_does_not_do_so_silently(service: LiveService) -> None:
    arranged(service)
    status(service, "B1", "transporting")
    event = cancelled(status(service, "B1", "at_destination", 210))
    assert "without having met" in event.because


def test_another_destination_ends_the_meeting_and_turns_the_unit_there(service: LiveService) -> None:
    arranged(service)
    status(service, "B1", "transporting")
    service.must(c.ChangeFacilityStatus(at_ms=seconds(40), facility_id="f-east", is_open=False))
    choose = c.ChooseDestination(at_ms=seconds(40), incident_id="i", unit_id="B1", encounter_id="i-e")
    event = cancelled(service.must(choose))
    assert "destination is now f-far" in event.because and goal(service, "B1") == place(5, 5)


def test_a_unit_transporting_alone_turns_to_its_new_destination_too(service: LiveService) -> None:
    status(service, "B1", "transporting")
    service.must(c.ChangeFacilityStatus(at_ms=seconds(40), facility_id="f-east", is_open=False))
    (chosen,) = service.must(c.ChooseDestination(at_ms=seconds(40), incident_id="i", unit_id="B1", encounter_id="i-e"))
    assert isinstance(chosen, e.DestinationChosen) and chosen.leg is not None
    assert chosen.destination.travel_s == pytest.approx((chosen.leg.arrives_ms - chosen.leg.left_ms) / 1000)
    assert goal(service, "B1") == place(5, 5)


def test_after_the_meeting_both_are_turned_to_a_new_destination_together(service: LiveService) -> None:
    met(service)
    service.must(c.ContinueTransport(at_ms=seconds(300), incident_id="i", unit_id="B1"))
    service.must(c.ChangeFacilityStatus(at_ms=seconds(310), facility_id="f-east", is_open=False))
    service.must(c.ChooseDestination(at_ms=seconds(310), incident_id="i", unit_id="B1", encounter_id="i-e"))
    assert goal(service, "B1") == goal(service, "M1") == place(5, 5)


def test_one_meeting_at_a_time_and_none_after_it(service: LiveService) -> None:
    met(service)
    again = arrange(service, 131, override_reason="all the same")
    assert isinstance(again, Refused)
    service.must(c.ContinueTransport(at_ms=seconds(300), incident_id="i", unit_id="B1"))
    assert proposal(service, seconds(301)) is None


def test_a_state_without_meetings_is_the_same_bytes_as_before_there_were_any(service: LiveService) -> None:
    assert b"meetings" not in canonical(service.state)
    arranged(service)
    assert b"meetings" in canonical(service.state)
    service.must(c.CancelRendezvous(at_ms=seconds(40), incident_id="i", unit_id="B1", reason="a drill"))
    assert b"meetings" not in canonical(service.state)
