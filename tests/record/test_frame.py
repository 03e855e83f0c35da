"""The frame of a record is the standard's: same names, order, nesting, occurrence and usage."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sixpoint.errors import InputError
from sixpoint.record.patient import age
from sixpoint.record.response import state_codes
from sixpoint.record.structure import LENGTHS, NOT_APPLICABLE, NOT_RECORDED, Element, fill, frame

OCCURS = {("1", "1"): "1", ("0", "1"): "?", ("1", "M"): "+", ("0", "M"): "*"}
USAGE = {"Mandatory": "M", "Required": "R", "Recommended": "E", "Optional": "O", "": ""}


@pytest.fixture(scope="module")
def standard(shared: Path) -> dict[str, dict[str, str]]:
    """The lines of the EMS data set below a Header, by path, in the order of the schema."""
    with (shared / "nemsis" / "elements.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    start = "EMSDataSet/Header/"
    return {row["path"].removeprefix(start): row for row in rows if row["path"].startswith(start)}


def walk(elements: tuple[Element, ...], above: str = "") -> Iterator[tuple[str, Element]]:
    for element in elements:
        yield above + element.name, element
        yield from walk(element.members, f"{above}{element.name}/")


def test_every_line_stands_in_the_standard_as_it_does_here(standard: dict[str, dict[str, str]]) -> None:
    for path, element in walk(frame()):
        if path != "PatientCareReport":  # one Header may hold several; a record is one
            assert OCCURS[standard[path]["min"], standard[path]["max"]] == element.occurs, path
        assert USAGE[standard[path]["usage"]] == element.usage, path


def test_the_order_is_the_standards(standard: dict[str, dict[str, str]]) -> None:
    here = [path for path, _ in walk(frame())]
    assert here == sorted(here, key=list(standard).index)


def test_no_mandatory_or_required_element_and_no_needed_group_is_missing(standard: dict[str, dict[str, str]]) -> None:
    here = {path for path, _ in walk(frame())}
    for path, row in standard.items():
        above = path.rpartition("/")[0]
        needed = row["min"] == "1" if not row["usage"] else row["usage"] in ("Mandatory", "Required")
        if needed and (not above or above in here) and row["name"] != "ePatient.13":  # deprecated by the standard
            assert path in here, path


def test_only_elements_that_may_be_nil_are_ever_left_empty(standard: dict[str, dict[str, str]]) -> None:
    for path, element in walk(frame()):
        if element.usage == "R":
            allowed = standard[path]["NV"].split(",")
            assert {NOT_APPLICABLE["@NV"], NOT_RECORDED["@NV"]} <= set(allowed), path


def test_a_mandatory_gap_is_refused_naming_every_element() -> None:
    with pytest.raises(InputError) as refused:
        fill("eRecord", {"eRecord.02": "Sixpoint", "eRecord.03": "Sixpoint"})
    assert [fault.where for fault in refused.value.faults] == ["eRecord.01", "eRecord.04"]


def test_the_lengths_of_names_are_the_standards(standard: dict[str, dict[str, str]]) -> None:
    facets = {row["name"]: json.loads(row["facets"] or "{}") for row in standard.values()}
    for name, (least, most) in LENGTHS.items():
        assert (int(facets[name]["minLength"]), int(facets[name]["maxLength"])) == (least, most), name


def test_pertinent_negatives_and_lists_stand_where_the_values_would() -> None:
    refused = {"@PN": "8801019"}
    filled = fill("eVitals", {"eVitals.VitalGroup": [{"eVitals.10": refused, "eVitals.03": ["9901001", refused]}]})
    (group,) = filled["eVitals.VitalGroup"]
    assert group["eVitals.HeartRateGroup"]["eVitals.10"] == refused
    assert group["eVitals.CardiacRhythmGroup"]["eVitals.03"] == ["9901001", refused]
    assert group["eVitals.12"] == NOT_RECORDED


def test_a_value_without_a_place_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError, match=r"eTimes\.99"):
        fill("eTimes", {"eTimes.99": "now"})


@pytest.mark.parametrize(
    ("years", "said"),
    [
        (0, (1, "2516001")),
        (0.05, (18, "2516001")),
        (0.5, (6, "2516007")),
        (1, (1, "2516009")),
        (99.9, (99, "2516009")),
        (120.5, (120, "2516009")),
        (130, (None, None)),
    ],
)
def test_ages_are_whole_units_between_1_and_120(years: float, said: tuple[int | None, str | None]) -> None:
    assert age(years) == said


def test_state_codes_are_two_digits_and_stand_once() -> None:
    codes = state_codes()
    assert len(codes) == 56 == len(set(codes.values()))
    assert all(len(state) == 2 and state.isupper() and len(code) == 2 for state, code in codes.items())
    assert (codes["CA"], codes["NE"], codes["MT"]) == ("06", "31", "30")
