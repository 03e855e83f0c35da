"""Every code of the tables stands in the standard's own lists."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from lxml import etree

from sixpoint.care import load_pathways
from sixpoint.dispatch import load_call_types
from sixpoint.record.acts import abouts
from sixpoint.record.codes import codes, finding_codes, impression_codes, protocol_codes, rows

SCHEMA = "{http://www.w3.org/2001/XMLSchema}"
Lists = Mapping[str, frozenset[str]]


@pytest.fixture(scope="module")
def types(shared: Path) -> Lists:
    """The codes of every list, by the name of its type; those of attributes too."""
    found: dict[str, frozenset[str]] = {}
    for file in (shared / "nemsis" / "XSDs" / "NEMSIS_XSDs").glob("*.xsd"):
        for named in etree.parse(file).iter(f"{SCHEMA}simpleType"):
            values = frozenset(str(one.get("value")) for one in named.iter(f"{SCHEMA}enumeration"))
            if named.get("name") and values:
                found[str(named.get("name"))] = values
    return found


@pytest.fixture(scope="module")
def lists(shared: Path, types: Lists) -> Lists:
    """The codes of every element that has a list, by element."""
    with (shared / "nemsis" / "elements.tsv").open(encoding="utf-8") as file:
        table = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["root"] == "EMS"]
    return {row["name"]: types[row["type"]] for row in table if row["type"] in types}


def suggested(shared: Path, name: str) -> frozenset[str]:
    with (shared / "nemsis" / "DefinedLists" / name / f"{name}.csv").open(encoding="utf-8-sig") as file:
        return frozenset(row["Value"] for row in csv.DictReader(file))


def test_every_word_has_a_code_of_its_list(lists: Lists, shared: Path) -> None:
    elsewhere = {
        "eMedications.03": suggested(shared, "Medication"),
        "eSituation.09": suggested(shared, "Symptom"),
    }
    for element, words in codes().items():
        known = elsewhere.get(element) or lists[element]
        assert set(words.values()) <= known, element


def test_no_word_stands_twice_in_a_list() -> None:
    seen = [(row["list"], row["word"]) for row in rows("codes.csv")]
    assert len(seen) == len(set(seen))


def test_findings_impressions_protocols_and_acts_have_codes_of_their_lists(lists: Lists, shared: Path) -> None:
    for one in finding_codes().values():
        known = lists.get(one.element) or suggested(shared, "Medication") | suggested(shared, "Impression")
        assert {*one.present, *one.absent, *one.otherwise} <= known, one
    impressions, causes = suggested(shared, "Impression"), suggested(shared, "CauseOfInjury")
    for said in impression_codes().values():
        assert said.icd10 in impressions | {""} and said.cause in causes | {""}, said
        assert said.system in lists["eSituation.08"] | {""} and said.etiology in lists["eArrest.02"] | {""}, said
    assert {one.code for one in protocol_codes().values()} <= lists["eProtocols.01"]
    for about in abouts().values():
        assert about.route in lists["eMedications.04"] | {""} and about.cpr in lists["eArrest.09"] | {""}, about
        assert about.resuscitation in lists["eArrest.03"] | {""}, about


def test_every_code_written_in_the_programs_stands_in_some_list(types: Lists) -> None:
    known = frozenset[str]().union(*types.values())
    for file in (Path(__file__).parents[2] / "src" / "sixpoint" / "record").glob("*.py"):
        for number in re.findall(r'"(\d{7})"', file.read_text("utf-8")):
            assert number in known, (file, number)


def test_every_bundled_pathway_has_a_protocol_and_every_impression_is_a_call_type_or_plain() -> None:
    assert set(protocol_codes()) == set(load_pathways())
    reasons = {one.reason.lower() for one in load_call_types().values()}
    assert set(impression_codes()) - reasons == {"cardiac arrest"}
