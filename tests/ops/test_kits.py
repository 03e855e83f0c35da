"""What is on board, and until when it may be used: for the choice, the guard and the card."""

from __future__ import annotations

from sixpoint.care import Intervention, facts_of
from sixpoint.ops import canonical, replay
from sixpoint.ops import commands as c
from sixpoint.ops import events as e
from sixpoint.ops.cards import cards
from sixpoint.ops.events import decode, encode
from sixpoint.scope import equipment_of_kit

from .bedside import Bedside, at, kinds, why
from .world import RULEBOOK, START_MS, LiveService, opened

ALS = tuple(sorted(equipment_of_kit(RULEBOOK, "als_ambulance")))
EPINEPHRINE = RULEBOOK.skill("epinephrine_iv_arrest")


def counted(service: LiveService, minute: float, items: tuple[str, ...] = ALS, **expires: float) -> object:
    check = c.CheckKit(
        at_ms=at(minute), unit_id="M1", equipment=items, expires_ms={item: at(end) for item, end in expires.items()}
    )
    return service.send(check)


def gives(service: LiveService, unit_id: str = "M1") -> bool:
    assert EPINEPHRINE is not None
    return bool(service.state.units[unit_id].capability.with_order & EPINEPHRINE.bit)


def test_what_is_no_longer_on_board_does_not_count_for_the_unit() -> None:
    service = opened()
    assert gives(service)
    used_up = tuple(item for item in ALS if item != "epinephrine_cardiac")
    assert kinds(counted(service, 1, used_up)) == ["KitChecked", "CapabilityChanged"]
    assert not gives(service)
    counted(service, 2)
    assert gives(service)


def test_a_unit_does_not_count_for_what_expires_in_its_cupboard() -> None:
    service = opened()
    counted(service, 1, epinephrine_cardiac=60.0)
    assert gives(service) and service.state.units["M1"].capable_until_ms == at(60)
    report = c.ReportCall(
        at_ms=at(61), call_id="i", incident_id="i", place=service.state.posts["p-east"].place,
        dispatch_code="2301019", received_ms=at(61),
    )  # fmt: skip
    service.must(report)
    events = service.must(c.AssignUnits(at_ms=at(61), incident_id="i"))
    assert "M1" in {event.unit_id for event in events if isinstance(event, e.CapabilityChanged)}
    assert not gives(service) and gives(service, "Q1")
    assert canonical(replay(decode(encode(event)) for event in service.events)) == canonical(service.state)


def test_the_guard_and_the_card_say_expired_until_another_unit_brings_a_fresh_one() -> None:
    scene = Bedside(units=("B1", "M1"))
    for fact in facts_of({"aspirin_allergy": False, "active_bleeding": False, "can_swallow": True,
                          "ischaemic_chest_pain": True}, at(6), "c-medic1", "M1"):  # fmt: skip
        scene.service.must(c.RecordFact(at_ms=at(6), encounter_id="e", fact=fact))
    counted(scene.service, 7, aspirin=8.0)
    scene.service.must(c.CheckKit(at_ms=at(7), unit_id="B1", equipment=("stretcher",)))
    given = scene.fact(Intervention, 9, "c-medic1", "M1", skill="aspirin_oral")
    assert "expired: aspirin" in why(scene.write(given))
    (card,) = [
        one for one in cards(scene.service.state, "e", at(9), scene.service.world) if one.pathway == "chest_pain"
    ]
    line = card.line("aspirin")
    assert line.state == "not_yours" and "expired: aspirin" in line.because
    overridden, _ = scene.write(given, "the only tablets there were")
    assert isinstance(overridden, e.ScopeOverridden) and "expired: aspirin" in overridden.because
    scene.service.must(c.CheckKit(at_ms=at(10), unit_id="B1", equipment=("stretcher", "aspirin")))
    again = scene.fact(Intervention, 11, "c-medic1", "M1", skill="aspirin_oral")
    assert "expired" not in why(scene.write(again)), "it was given once already; it is not expired"


def test_items_that_nobody_knows_and_dates_of_what_is_not_there_are_refused() -> None:
    service = opened()
    told = why(counted(service, 1, (*ALS, "leeches"), rum=5.0))
    assert "no item 'leeches'" in told and "a date for rum" in told
    unknown = c.CheckKit(at_ms=START_MS, unit_id="X9", equipment=())
    assert "not known" in why(service.send(unknown))
