"""The little world of these tests: a first response unit, then an ambulance, one patient in cardiac arrest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree
from msgspec.structs import replace

from sixpoint.care import (
    Encounter,
    Fact,
    HandoverAccepted,
    HandoverOffered,
    Impression,
    Intervention,
    PatientDescribed,
    PriorAid,
    VitalSigns,
    with_fact,
)
from sixpoint.record import Agency, CrewMember, Destination, RecordContext, Responder, data_set
from sixpoint.scope import load_rulebook

RULEBOOK = load_rulebook()
LEVELS = list(RULEBOOK.levels)
LOWEST, SECOND, HIGHEST = LEVELS[0], LEVELS[1], LEVELS[-1]
START_MS = int(datetime(2026, 5, 1, 15, 0, tzinfo=UTC).timestamp() * 1000)
NA, NR = {"@NV": "7701001"}, {"@NV": "7701003"}
YES, NO = "9923003", "9923001"


def at(minutes: float) -> int:
    return START_MS + round(minutes * 60_000)


def clock(minutes: float) -> str:
    return datetime.fromtimestamp(at(minutes) / 1000, ZoneInfo("America/Chicago")).isoformat()


# A first response unit with one clinician of the lowest level, then an ambulance that takes the patient away.
FIRST = Responder(
    unit_id="R1",
    call_sign="Rescue 1",
    can_transport=False,
    crew=(CrewMember("ana", LOWEST),),
    times_ms={"notified": at(1), "en_route": at(2), "on_scene": at(5), "at_patient": at(6), "clear": at(30)},
)
MEDIC = Responder(
    unit_id="M1",
    call_sign="Medic 1",
    can_transport=True,
    crew=(CrewMember("bo", HIGHEST), CrewMember("cy", SECOND)),
    times_ms={
        "notified": at(1),
        "en_route": at(2.5),
        "on_scene": at(10),
        "at_patient": at(11),
        "transporting": at(28),
        "at_destination": at(40),
        "transferred": at(50),
        "clear": at(60),
    },
    equipment=RULEBOOK.equipment_for("defibrillation_manual"),
)
SPARE = Responder("E9", "Engine 9", False, (CrewMember("di", SECOND),), {"notified": at(1), "cancelled": at(4)})
CONTEXT = RecordContext(
    agency=Agency("riverton", "riverton", "Riverton County EMS", "NE"),
    incident_id="I-0001",
    dispatch_code="2301019",
    acuity="critical",
    received_ms=at(0),
    lon_deg=-101.5,
    lat_deg=41.25,
    unit_id="M1",
    units=(FIRST, MEDIC, SPARE),
    rulebook=RULEBOOK,
    timezone=ZoneInfo("America/Chicago"),
    software_version="0.1.0",
    destination=Destination("H1", "Riverton General", "stemi", ("stemi", "stroke")),
    imputed=("dispatch_code",),
    notice="Riverton is synthetic.",
)


def fact(kind: Any, number: int, minutes: float, author: str, unit_id: str, /, **more: Any) -> Fact:
    made: Fact = kind(fact_id=f"I-0001-1-f{number:03d}", at_ms=at(minutes), author=author, unit_id=unit_id, **more)
    return made


def act(number: int, minutes: float, author: str, unit_id: str, skill: str, level: str, /, **more: Any) -> Fact:
    more = {"authority": "standing_order", "because": ("the rule",), **more}
    return fact(Intervention, number, minutes, author, unit_id, skill=skill, level=level, **more)


FACTS = [
    fact(PatientDescribed, 1, 6, "ana", "R1", age_years=61.0, sex="female", weight_kg=70.25),
    fact(PriorAid, 2, 6, "", "", skill="cpr", by="bystander"),
    fact(Impression, 3, 6, "ana", "R1", condition="Cardiac arrest", in_cardiac_arrest=True),
    fact(VitalSigns, 4, 6.5, "ana", "R1", gcs_total=3, avpu="unresponsive"),
    act(5, 7, "ana", "R1", "cpr", LOWEST, running=True),
    act(6, 8, "ana", "R1", "defibrillation_aed", LOWEST),
    fact(HandoverOffered, 7, 11, "ana", "R1", to="bo", to_unit_id="M1", report="cpr, two shocks"),
    fact(HandoverAccepted, 8, 12, "bo", "M1", offer="I-0001-1-f007"),
    act(9, 13, "cy", "M1", "naloxone_intranasal", SECOND, authority="order"),
    act(10, 14, "bo", "M1", "endotracheal_intubation", HIGHEST, successful=False),
    act(11, 15, "bo", "M1", "cricothyrotomy", HIGHEST, authority="override", because=("barred here",)),
    act(12, 16, "ana", "R1", "cpr", LOWEST),
    fact(
        VitalSigns, 13, 20, "bo", "M1", heart_rate_per_min=92.4, systolic_mmhg=110.0, spo2_percent=97.0, avpu="verbal"
    ),
    fact(HandoverOffered, 14, 50, "bo", "M1", to="H1", to_unit_id="", report="alive"),
    fact(HandoverAccepted, 15, 50, "H1", "", offer="I-0001-1-f014", at_facility=True),
]


def encounter(facts: list[Fact] = FACTS) -> Encounter:
    made = Encounter("I-0001-1", "I-0001", at(6))
    for one in facts:
        made = with_fact(made, one)
    return made


def of(unit_id: str, **more: Any) -> RecordContext:
    return replace(CONTEXT, unit_id=unit_id, override_reasons={"I-0001-1-f011": "cannot ventilate"}, **more)


def values(tree: Any, name: str) -> Iterator[Any]:
    """Every value of an element anywhere in the record."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == name:
                yield value
            yield from values(value, name)
    elif isinstance(tree, list):
        for item in tree:
            yield from values(item, name)


def only(tree: Any, name: str) -> Any:
    (value,) = values(tree, name)
    return value


def as_xml(record: dict[str, Any]) -> etree._Element:
    """The record as an EMSDataSet."""
    return etree.fromstring("".join(data_set([record])).encode())
