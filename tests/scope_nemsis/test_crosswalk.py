"""The crosswalk holds identifiers only, knows every code of the standard's lists, and maps levels by table."""

from __future__ import annotations

import csv
from importlib.resources import files
from pathlib import Path

from lxml import etree

from sixpoint.scope.nemsis.crosswalk import load_crosswalk, permission_levels

RELATIONS = load_crosswalk().relations


def test_every_line_maps_to_a_skill_with_a_confidence_or_says_that_it_maps_to_none() -> None:
    for one in RELATIONS:
        assert one.code.isdigit(), one
        assert (one.relation == "none") == (one.skill == "") == (one.confidence == ""), one


def test_no_code_is_mapped_twice_to_a_skill_and_none_beside_a_skill() -> None:
    assert len({(one.kind, one.code, one.skill) for one in RELATIONS}) == len(RELATIONS)
    mapped = {(one.kind, one.code) for one in RELATIONS if one.skill}
    assert not mapped & {(one.kind, one.code) for one in RELATIONS if not one.skill}


def test_every_code_of_the_suggested_lists_stands_in_the_crosswalk(shared: Path) -> None:
    for kind, name in (("procedure", "Procedure"), ("medication", "Medication")):
        with (shared / f"nemsis/DefinedLists/{name}/{name}.csv").open(encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                assert load_crosswalk().is_listed("procedure" if kind == "procedure" else "medication", row["Value"])


def test_no_description_of_the_terminologies_stands_in_the_crosswalk(shared: Path) -> None:
    text = (files("sixpoint.scope") / "data/nemsis/crosswalk.csv").read_text("utf-8").lower()
    for name in ("Procedure", "Medication"):
        with (shared / f"nemsis/DefinedLists/{name}/{name}.csv").open(encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                lines = [line for line in text.splitlines() if f",{row['Value']}," in line]
                skills = ("" if not lines else lines[0].split(",")[4]).replace("_", " ")
                for label in (row["SourceLabel"], row["SuggestedLabel"]):
                    assert label.lower() not in " ".join(lines) or label.lower() in skills, row["Value"]


def test_every_mapped_skill_is_in_the_facts(shared: Path) -> None:
    with (shared / "facts/skills.csv").open(encoding="utf-8") as file:
        known = {row["skill_id"] for row in csv.DictReader(file)}
    assert set(load_crosswalk().skills) <= known


def test_the_notice_on_the_terminologies_stands_at_the_top() -> None:
    head = (files("sixpoint.scope") / "data/nemsis/crosswalk.csv").read_text("utf-8").partition("\nkind,")[0]
    assert "SNOMED International" in head and "National Library of Medicine" in head


def test_the_levels_are_those_of_the_four_lists_of_the_standard(shared: Path) -> None:
    schema = etree.parse(str(shared / "nemsis/XSDs/NEMSIS_XSDs/commonTypes_v3.xsd"))
    space = {"xs": "http://www.w3.org/2001/XMLSchema"}
    labels = {}
    for name, column in (
        ("EMSCaregiverLevel", "performer"),
        ("MemberLevel", "member"),
        ("StateCertificationLicensureLevels", "permission"),
    ):
        found = schema.xpath(f"//xs:simpleType[@name='{name}']//xs:enumeration", namespaces=space)
        labels[column] = {str(one.get("value")): str(one.findtext(".//{*}documentation")) for one in found}
    assert set(labels["permission"]) == set(permission_levels())
    for code, level in permission_levels().items():
        assert labels["performer"][level.performer] == labels["member"][level.member] == labels["permission"][code]
