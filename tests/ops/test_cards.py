"""The scope card of the live service: who is with the patient, who is coming, where and when."""

from __future__ import annotations

from msgspec.structs import replace

from sixpoint.care import CardLine, PatientDescribed, facts_of
from sixpoint.ops import commands as c
from sixpoint.ops.cards import WALK_MS, cards, people

from .bedside import Bedside, at
from .test_rendezvous import NOW_MS, arranged, met, seconds, service, status  # noqa: F401 (a fixture)
from .world import LiveService

ASKED = {
    "ischaemic_chest_pain": True, "age_years": 60.0, "weight_kg": 80.0, "systolic_mmhg": 140.0, "can_swallow": True,
    "aspirin_allergy": False, "active_bleeding": False, "pde_inhibitor_48h": False, "inferior_infarct": False,
    "own_nitroglycerin": False, "in_cardiac_arrest": False,
}  # fmt: skip


def line(live: LiveService, encounter_id: str, step: str, at_ms: int, viewer: str = "") -> CardLine:
    (card,) = [one for one in cards(live.state, encounter_id, at_ms, live.world, viewer) if one.pathway == "chest_pain"]
    return card.line(step)


def known(live: LiveService, encounter_id: str, at_ms: int) -> None:
    for fact in facts_of(ASKED, at_ms, "c-emt1", "B1"):
        live.must(c.RecordFact(at_ms=at_ms, encounter_id=encounter_id, fact=fact))


def test_who_is_on_the_way_to_the_scene_is_on_the_card_with_the_minute() -> None:
    scene = Bedside(units=("B1",))
    live = scene.service
    live.must(c.AssignUnits(at_ms=at(6), incident_id="i", unit_ids=("M1",), override_reason="a drill"))
    known(live, "e", at(6))
    here, coming = [], []
    for one in people(live.state, "e", at(6), live.world):
        (here if one.arrives_ms is None else coming).append(one)
    assert [one.clinician.id for one in here] == ["c-emt1", "c-emt2"]
    assert [one.clinician.id for one in coming] == ["c-medic1", "c-emt3"]
    road_s = live.world.travel.seconds(live.state.units["M1"].position, live.state.incidents["i"].place, at(6), True)
    expected = at(6) + 60_000 + round(road_s * 1000) + WALK_MS
    assert coming[0].arrives_ms == expected, "turnout, road, and the walk"
    shown = line(live, "e", "nitroglycerin", at(6))
    minutes = (expected - at(6)) / 60_000
    assert shown.state == "not_yours"
    assert [str(one) for one in shown.elsewhere] == [f"M1's Paramedic c-medic1 (Paramedic) may, in {minutes:.0f} min"]
    assert line(live, "e", "aspirin", at(6)).state == "do_now"
    for status_, minute in (("notified", 6.5), ("en_route", 7), ("on_scene", 9), ("at_patient", 10)):
        scene.status("M1", status_, minute)
    assert line(live, "e", "nitroglycerin", at(10)).state == "do_now"
    assert line(live, "e", "nitroglycerin", at(10), "c-emt1").state == "not_yours"


def test_a_rendezvous_is_on_the_card_of_those_who_drive_towards_it(service: LiveService) -> None:  # noqa: F811
    known(service, "i-e", NOW_MS)
    arranged(service)
    status(service, "B1", "transporting")
    (told,) = line(service, "i-e", "nitroglycerin", NOW_MS).elsewhere
    assert str(told) == "M1's Paramedic c-medic1 (Paramedic) may, in 2 min at the meeting with B1"
    assert str(line(service, "i-e", "nitroglycerin", seconds(60)).elsewhere[0]).endswith(
        "in 1 min at the meeting with B1"
    )


def test_who_boarded_at_the_meeting_is_there_and_stays_there(service: LiveService) -> None:  # noqa: F811
    known(service, "i-e", NOW_MS)
    met(service)
    assert {one.clinician.id for one in people(service.state, "i-e", seconds(140), service.world)} == {
        "c-emt1", "c-emt2", "c-medic1", "c-emt3",
    }  # fmt: skip
    assert line(service, "i-e", "nitroglycerin", seconds(140)).state == "do_now"
    service.must(c.ContinueTransport(at_ms=seconds(300), incident_id="i", unit_id="B1"))
    assert line(service, "i-e", "nitroglycerin", seconds(300)).by == "c-medic1"


def test_once_a_unit_drives_only_those_aboard_are_there() -> None:
    scene = Bedside()
    scene.service.must(
        c.AssignUnits(at_ms=at(5), incident_id="i", unit_ids=("Q1",), override_reason="still on its way then")
    )
    scene.add(PatientDescribed, 6, "c-emt1", "B1", age_years=50.0)
    assert "c-medic2" in {one.clinician.id for one in people(scene.service.state, "e", at(6), scene.service.world)}
    scene.goes("B1", 20)
    scene.status("B1", "transporting", 21)
    live = scene.service
    assert [one.clinician.id for one in people(live.state, "e", at(21), live.world)] == ["c-emt1", "c-emt2"]


def test_without_a_road_nobody_is_promised() -> None:
    scene = Bedside(units=("B1",))
    live = scene.service
    live.must(c.AssignUnits(at_ms=at(6), incident_id="i", unit_ids=("M1",), override_reason="a drill"))

    class NoWay:
        def seconds(self, *_: object) -> float:
            return float("inf")

    blocked = replace(live.world, travel=NoWay())
    assert [one.unit_id for one in people(live.state, "e", at(6), blocked)] == ["B1", "B1"]
