"""A record in words: every element has a name, every code that Sixpoint writes is spelled out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from sixpoint.record import patient_care_record
from sixpoint.record.codes import codes, finding_codes, impression_codes, protocol_codes, rows
from sixpoint.record.structure import Element, frame
from sixpoint.record.tell import label, labels, tell, word

from .world import clock, encounter, of

SOURCE = Path(__file__).parents[2] / "src" / "sixpoint" / "record"
# Codes of attributes and custom definitions, which are no values that anybody reads.
SILENT = {"7701001", "7701003", "9902009", "9903007", "9924003", "3340001"}


def leaves(elements: tuple[Element, ...]) -> Iterator[str]:
    for element in elements:
        if element.members:
            yield from leaves(element.members)
        else:
            yield element.name


def test_every_element_has_a_name_and_no_name_is_left_over() -> None:
    shown = [name for name in leaves(frame()) if not name.startswith("eCustom")]
    assert sorted(labels()) == sorted(shown)
    assert label("eVitals.99") == "eVitals.99"


def test_every_code_that_is_written_is_spelled_out() -> None:
    listed = {number for words in codes().values() for number in words.values()}
    for file in SOURCE.glob("*.py"):
        for number in set(re.findall(r'"(\d{7})"', file.read_text("utf-8"))) - SILENT - listed:
            assert word("", number) != number, (file.name, number)
    for element, words in codes().items():
        for number in words.values():
            assert word(element, number) != number, (element, number)
    for one in finding_codes().values():
        for number in (*one.present, *one.absent, *one.otherwise):
            assert word(one.element, number) != number or one.element == "eHistory.08", number
    for said in impression_codes().values():
        for element, number in (("eSituation.11", said.icd10), ("eInjury.01", said.cause), ("", said.etiology)):
            assert not number or word(element, number) != number, number
    assert all(word("eProtocols.01", one.code) != one.code for one in protocol_codes().values())
    acts = {row[column] for row in rows("acts.csv") for column in ("resuscitation", "cpr")} - {""}
    assert all(word("", number) != number for number in acts)


def test_the_sections_stand_in_order_and_name_what_they_hold() -> None:
    report = patient_care_record(encounter(), of("M1"))["PatientCareReport"]
    told = {section.title: section for section in tell(report, {"2301019": "Cardiac Arrest/Death"})}
    assert list(told)[:4] == ["Report", "Response", "Dispatch", "Crew"]
    said = {(row.label, row.value) for section in told.values() for row in section.rows}
    assert {("call type", "Cardiac Arrest/Death"), ("transport", "by this unit"), ("state", "NE")} <= said
    assert ("left scene", clock(28)) in said
    assert ("first compressions by", "bystander") in said


def test_a_group_begins_with_its_first_row_and_names_what_it_is_about() -> None:
    report = patient_care_record(encounter(), of("M1"))["PatientCareReport"]
    procedures = next(section for section in tell(report) if section.title == "Procedures")
    groups = [row.group for row in procedures.rows if row.first]
    assert groups == [g["@CorrelationID"] for g in report["eProcedures"]["eProcedures.ProcedureGroup"]]
