"""A record written as XML is the standard's by its schema, and reads back as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from sixpoint.care import VitalSigns
from sixpoint.errors import InputError
from sixpoint.record import data_set, patient_care_record, read_records

from .world import FACTS, act, encounter, fact, of, values

SPARE = patient_care_record(None, of("E9"))
MEDIC = patient_care_record(encounter(), of("M1"))


def written(records: Iterable[Mapping[str, Any]], folder: Path) -> Path:
    path = folder / "records.xml"
    path.write_text("".join(data_set(records)), "utf-8")
    return path


def as_text(tree: Any) -> Any:
    """The record with every value as text, as it stands in a file."""
    if isinstance(tree, dict):
        return {key: as_text(value) for key, value in tree.items()}
    return [as_text(one) for one in tree] if isinstance(tree, list) else str(tree)


def test_any_number_of_records_is_one_valid_data_set(shared: Path, tmp_path: Path) -> None:
    schema = etree.XMLSchema(etree.parse(shared / "nemsis" / "XSDs" / "NEMSIS_XSDs" / "EMSDataSet_v3.xsd"))
    path = written([MEDIC, SPARE, patient_care_record(encounter(), of("R1"))], tmp_path)
    schema.assertValid(etree.parse(path))


def test_a_written_record_reads_back_as_it_was(tmp_path: Path) -> None:
    assert [*read_records(written([MEDIC, SPARE], tmp_path))] == [as_text(MEDIC), as_text(SPARE)]


def test_a_value_that_is_not_there_is_nil_with_its_reason_as_the_rules_want_it(tmp_path: Path) -> None:
    text = written([SPARE], tmp_path).read_text("utf-8")
    assert '<eTimes.06 xsi:nil="true" NV="7701001"/>' in text
    assert 'nil="1"' not in text


def test_signs_of_markup_and_characters_that_xml_cannot_carry_do_no_harm(tmp_path: Path) -> None:
    wild = '<b>"7 & 8"</b>\x00\x1b \ufffe'
    met = encounter([*FACTS, act(30, 17, "bo", "M1", "tourniquet", "Paramedic", note=wild),
                     fact(VitalSigns, 31, 18, "bo", "M1", device=wild)])  # fmt: skip
    (record,) = read_records(written([patient_care_record(met, of("M1"))], tmp_path))
    said = [word for words in values(record, "eCustomResults.01") for word in words]
    assert 'note: <b>"7 & 8"</b>\ufffd\ufffd \ufffd' in said


def test_elements_that_sixpoint_never_writes_are_kept(shared: Path) -> None:
    for path in (shared / "nemsis" / "Compliance" / "Pre-Testing" / "xml" / "full").glob("*EMS*.xml"):
        (record,) = read_records(path)
        names = {str(node.tag).partition("}")[2] for node in etree.parse(path).iter("{*}*")}
        assert all([*values(record, name)] or name in ("EMSDataSet", "Header") for name in names)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<EMSDataSet xmlns='http://www.nemsis.org'><Header>", "not XML"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><EMSDataSet xmlns='http://www.nemsis.org'/>", "declares a document type"),
        ("<StateDataSet xmlns='http://www.nemsis.org'/>", "the root element is StateDataSet"),
        ("<EMSDataSet/>", "the root element is EMSDataSet of ''"),
        ("", "not XML"),
    ],
)
def test_what_is_no_file_of_records_is_refused_in_clear_words(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=said):
        [*read_records(path)]
