"""How a rehearsed patient leaves: the chosen facility is told; or care ends on scene, on what it must stand on."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from sixpoint.care import (
    AlertSent,
    CareRefused,
    Disposed,
    InterventionStopped,
    OrderGiven,
    alerts_needed,
    ended,
    responsible,
    running,
)
from sixpoint.care.going import OF_AGE_YEARS
from sixpoint.ops import World
from sixpoint.ops.bedside import goes_to
from sixpoint.ops.decide.passing import ALERT_SKILL
from sixpoint.plan.pace import ORDER_VALID_S
from sixpoint.service.rehearsal.bedside import Bedside

# What a facility is told for what a call type asks of it: the words of both lists that are the same.
ALERT_KINDS: Final = frozenset(("stroke", "stemi", "trauma", "burn", "obstetric"))


def alert(scene: Bedside, world: World, unit_id: str, crew: tuple[str, ...], at_ms: int) -> None:
    """Tells the facility that was chosen what is coming, if the patient needs that and one of the crew may."""
    encounter, incident = scene.encounter, scene.incident
    assert encounter is not None and incident is not None
    facility_id = goes_to(incident, scene.encounter_id)
    if facility_id is None or not any(ALERT_SKILL in any_of for any_of in scene.all_undone()):
        return
    author = next((who for who in crew if scene.attempt(who, unit_id, ALERT_SKILL, at_ms)), None)
    if author is None:
        return
    wanted = world.call_types[incident.dispatch_code].destination
    kinds = [one.kind for one in alerts_needed(encounter, at_ms)]
    kind = kinds[0] if kinds else wanted if wanted in ALERT_KINDS else "other"
    told = {"facility_id": facility_id, "kind": kind, "author": author, "unit_id": unit_id}
    scene.record(msgspec.convert({"fact_id": scene.next_id(), "at_ms": at_ms, "type": "alert_sent", **told}, AlertSent))


def end_on_scene(scene: Bedside, at_ms: int) -> None:
    """Resuscitation ends by an order; else the patient is let go, or refuses transport before a witness."""
    encounter = scene.encounter
    in_charge = None if encounter is None else responsible(encounter)
    if encounter is None or in_charge is None or ended(encounter, at_ms):
        return
    unit_id = scene.unit_of(in_charge)
    by: dict[str, Any] = {"at_ms": at_ms, "author": in_charge, "unit_id": unit_id}
    order = _order_to_end(scene, by) if scene.patient.in_cardiac_arrest else ""
    for act in running(encounter):
        scene.record(InterventionStopped(fact_id=scene.next_id(), stops=act.fact_id, **by))
    if order:
        scene.record(Disposed(fact_id=scene.next_id(), how="resuscitation_ended", order=order, **by))
        return
    scene.record(scene.vital_signs(in_charge, unit_id, at_ms))
    minor = scene.patient.age_years < OF_AGE_YEARS
    to = "a guardian on scene" if minor else ""
    if scene.may_record(Disposed(fact_id=scene.next_id(), how="treated_and_released", to=to, **by)):
        return
    refusal = CareRefused(
        fact_id=scene.next_id(),
        what="transport",
        by="guardian" if minor else "patient",
        oriented=True,
        altered=False,
        intoxicated=False,
        self_harm=False,
        understands=True,
        informed=True,
        signed=True,
        witness="a bystander",
        **by,
    )
    scene.record(refusal)
    scene.record(Disposed(fact_id=scene.next_id(), how="refused", **by))


def _order_to_end(scene: Bedside, by: dict[str, Any]) -> str:
    """Medical control orders the end by radio; the order's identifier."""
    order = OrderGiven(
        fact_id=scene.next_id(),
        skill="cpr",
        ordered_by="medical control",
        channel="radio",
        until_ms=by["at_ms"] + round(ORDER_VALID_S * 1000),
        ends="resuscitation",
        **by,
    )
    scene.record(order)
    return order.fact_id
