"""Whatever a unit reported and a crew wrote down, the record is valid by the schema of the standard."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from sixpoint.care import Encounter, Fact, with_fact
from sixpoint.record import RecordContext, patient_care_record

from .test_fields import KINDS, lines
from .test_fields import cases as values_of
from .world import CONTEXT, FACTS, FIRST, MEDIC, RULEBOOK, START_MS, as_xml, at, encounter, values

MINUTES = st.floats(0, 90)
LEVELS = st.sampled_from([*RULEBOOK.levels, "no such level"])
WHERE = st.sampled_from([("ana", "R1"), ("bo", "M1"), ("cy", "M1")])
SKILLS = st.sampled_from([*(skill.id for skill in RULEBOOK.skills), "no_such_skill"])
NUMBER = st.floats(-10, 3_000, allow_nan=False)


@st.composite
def extra_fact(draw: st.DrawFn, number: int) -> Fact:
    """A fact of any kind, each of its fields one of the values that the test of fields knows, or a wild one."""
    who, unit_id = draw(WHERE)
    kind = draw(st.sampled_from(sorted(KINDS)))
    said: dict[str, Any] = {}
    for line in lines():
        if line.kind == kind:
            known = [value for _, values in values_of(line) for value in values]
            said[line.field] = draw(st.sampled_from(known))
    if "skill" in said:
        said["skill"] = draw(SKILLS)
    if "level" in said:
        said["level"] = draw(LEVELS)
    for name in said:
        if isinstance(said[name], float):
            said[name] = draw(st.one_of(st.just(said[name]), NUMBER))
    common = {"doubts": draw(st.sampled_from([(), ("odd",)])), "device": draw(st.sampled_from(["", "monitor"]))}
    base = {"fact_id": f"I-0001-1-f{number:03d}", "at_ms": at(draw(MINUTES)), "author": who, "unit_id": unit_id}
    made: Fact = KINDS[kind](**base, **common, **said)
    return made


@st.composite
def cases(draw: st.DrawFn) -> tuple[Encounter | None, RecordContext]:
    met = None
    if draw(st.booleans()):
        kept = [one for one in FACTS if draw(st.booleans())]
        met = encounter(kept)
        for number in range(100, 100 + draw(st.integers(0, 6))):
            met = with_fact(met, draw(extra_fact(number)))
    units = []
    for unit in (FIRST, MEDIC):
        reached = {word: at_ms for word, at_ms in unit.times_ms.items() if word == "notified" or draw(st.booleans())}
        reached[draw(st.sampled_from(["clear", "cancelled"]))] = START_MS + 5_400_000
        units.append(replace(unit, times_ms=reached, equipment=frozenset()))
    context = replace(CONTEXT, units=tuple(units), unit_id=draw(st.sampled_from(["R1", "M1"])), timezone=UTC)
    return met, context


@pytest.fixture(scope="module")
def schema(shared: Path) -> Any:
    return etree.XMLSchema(etree.parse(shared / "nemsis" / "XSDs" / "NEMSIS_XSDs" / "EMSDataSet_v3.xsd"))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases())
def test_any_record_is_valid_and_its_times_have_an_offset(
    schema: Any, case: tuple[Encounter | None, RecordContext]
) -> None:
    record = patient_care_record(*case)
    schema.assertValid(as_xml(record))
    for number in range(1, 18):
        for value in values(record, f"eTimes.{number:02d}"):
            assert isinstance(value, dict) or value.endswith("+00:00")
