"""NEMSIS file -> overlay -> NEMSIS file keeps every level and every code, and the file written is valid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from lxml import etree

from sixpoint.cli.main import sixpoint
from sixpoint.errors import InputError
from sixpoint.scope import load_rulebook
from sixpoint.scope.nemsis.crosswalk import load_crosswalk
from sixpoint.scope.nemsis.generate import generate_lists
from sixpoint.scope.nemsis.lists import CodeLists, LevelList
from sixpoint.scope.nemsis.overlay import read_into
from sixpoint.scope.nemsis.read import read_code_lists
from sixpoint.scope.nemsis.write import write_xml

PRE_TESTING = "nemsis/Compliance/Pre-Testing/xml/full"
AT = datetime(2026, 5, 1, tzinfo=UTC)
WRITTEN_AT = "2026-05-01T08:00:00-06:00"
Codes = dict[tuple[str, str, str], set[str]]


def codes(path: Path) -> Codes:
    """(state, kind, level) -> codes, read by nothing of ours."""
    root = etree.parse(str(path)).getroot()
    found: Codes = {}
    for group in root.iter("{*}sConfiguration", "{*}dConfiguration.ConfigurationGroup"):
        state = root.findtext(".//{*}sState.01") or group.findtext("{*}dConfiguration.01") or ""
        for kind in ("Procedure", "Medication"):
            for listed in group.iter(f"{{*}}sConfiguration.{kind}Group", f"{{*}}dConfiguration.{kind}Group"):
                level, *rest = list(listed.iterchildren("*"))
                found.setdefault((state, kind, str(level.text)), set()).update(
                    (one.get("CodeType") or "") + str(one.text) for one in rest
                )
    return found


@cache
def schema(folder: Path, name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(folder / f"nemsis/XSDs/NEMSIS_XSDs/{name}_v3.xsd")))


def assert_valid(shared: Path, path: Path) -> None:
    tree = etree.parse(str(path))
    found = schema(shared, etree.QName(tree.getroot()).localname)
    assert found.validate(tree), found.error_log


def run(*words: str | Path) -> None:
    result = CliRunner().invoke(sixpoint, [str(word) for word in words], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    assert not result.return_value


def to_xml(overlay: Path, *more: str) -> Path:
    out = overlay.with_suffix(".xml")
    run("scope", "to-nemsis", overlay, "--out", out, "--at", WRITTEN_AT, *more)
    return out


@pytest.fixture
def imported(shared: Path, tmp_path: Path) -> Callable[..., Path]:
    """Imports one of the official files by its name and returns the overlay."""

    def do(name: str, *more: str) -> Path:
        out = tmp_path / f"{name}.yaml"
        run("scope", "from-nemsis", shared / PRE_TESTING / f"{name}.xml", "--out", out, *more)
        return out

    return do


@pytest.mark.parametrize("name", ["2025-STATE-1_v351", "2025-DEM-1_v351"])
def test_every_level_and_code_survives(shared: Path, imported: Callable[..., Path], name: str) -> None:
    before = codes(shared / PRE_TESTING / f"{name}.xml")
    assert sum(map(len, before.values())) > 300
    written = to_xml(imported(name))
    assert codes(written) == before
    assert_valid(shared, written)


def samples(shared: Path) -> Iterator[Path]:
    yield from sorted((shared / "nemsis/SampleData").glob("State/xml/*.xml"))
    yield from sorted((shared / "nemsis/SampleData").glob("DEM/xml/*.xml"))


def test_every_sample_file_of_the_standard_survives(shared: Path, tmp_path: Path) -> None:
    seen = 0
    for path in samples(shared):
        lists = read_code_lists(path)
        out = tmp_path / path.name
        out.write_bytes(write_xml(lists, {}, WRITTEN_AT, path.name))
        assert_valid(shared, out)
        assert {key: held for key, held in codes(out).items() if held != {"None"}} == {
            key: held for key, held in codes(path).items() if held != {"None"}
        }
        seen += 1
    assert seen >= 20


def test_the_same_lists_are_the_same_file_with_the_uuids_they_came_with(
    shared: Path, imported: Callable[..., Path]
) -> None:
    overlay = imported("2025-DEM-1_v351")
    first = to_xml(overlay).read_bytes()
    assert to_xml(overlay).read_bytes() == first
    source = (shared / PRE_TESTING / "2025-DEM-1_v351.xml").read_bytes()
    space = "{http://www.nemsis.org}dConfiguration."
    for tag in ("ConfigurationGroup", "ProcedureGroup", "MedicationGroup"):
        kept, had = ([one.get("UUID") for one in etree.fromstring(text).iter(space + tag)] for text in (first, source))
        assert kept == had


def test_the_state_list_decides_what_its_codes_are(imported: Callable[..., Path]) -> None:
    book = load_rulebook(str(imported("2025-STATE-1_v351")))
    assert book.can("EMT", "airway_nasal", AT).kind == "standing"
    assert book.can("EMR", "airway_nasal", AT).kind == "barred"
    granted = book.can("EMT", "airway_supraglottic", AT)
    assert granted.kind == "barred", "one listed device is not every device"
    assert "2025-STATE-1_v351.xml" in book.can("EMR", "airway_nasal", AT).because[-1].source


def test_the_state_in_force_can_be_chosen(imported: Callable[..., Path]) -> None:
    overlay = imported("2025-DEM-1_v351", "--state", "36")
    assert "36" in load_rulebook(str(overlay)).layers[-1].title
    # New York's configuration has community paramedicine alone, which is no level of the ladder.
    assert not load_rulebook(str(overlay)).layers[-1].rules


def test_a_list_grants_no_more_than_the_rules_beneath_where_those_ask_for_a_condition(
    shared: Path, imported: Callable[..., Path]
) -> None:
    lists = read_code_lists(shared / PRE_TESTING / "2025-DEM-1_v351.xml")
    montana = load_rulebook("montana")
    overlay = imported("2025-DEM-1_v351", "--on-top-of", "montana")
    book = load_rulebook(str(overlay))
    reading = read_into(montana, lists, AT)
    assert reading.kept_beneath
    for one in reading.kept_beneath:
        assert book.can(one.level, one.skill, AT).kind == montana.can(one.level, one.skill, AT).kind


def test_an_overlay_changed_by_hand_is_not_written_with_stale_lists(imported: Callable[..., Path]) -> None:
    overlay = imported("2025-STATE-1_v351")
    text = overlay.read_text("utf-8")
    overlay.write_text(
        text.replace("- bar: airway_nasal\n  for: [EMR]", "- allow: airway_nasal\n  for: [EMR]"), "utf-8"
    )
    with pytest.raises(InputError, match="airway_nasal/EMR is not what the code lists say"):
        to_xml(overlay)


def test_a_code_taken_off_the_lists_by_hand_is_noticed(imported: Callable[..., Path]) -> None:
    overlay = imported("2025-STATE-1_v351")
    text = overlay.read_text("utf-8")
    assert text.count("'7443007', ") > 1
    overlay.write_text(text.replace("'7443007', ", ""), "utf-8")
    with pytest.raises(InputError, match="airway_oral"):
        to_xml(overlay)


@pytest.mark.parametrize("name", ["us-national", "montana"])
def test_lists_made_from_verdicts_are_valid_and_bar_nothing_that_the_rulebook_allows(
    shared: Path, tmp_path: Path, name: str
) -> None:
    out = tmp_path / "made.xml"
    run("scope", "to-nemsis", name, "--set", "sState.01=30", "--out", out, "--at", WRITTEN_AT)
    assert_valid(shared, out)
    book = load_rulebook(name)
    for one in read_into(book, read_code_lists(out), AT).rules:
        verdict = book.can(one.level, one.skill, AT)
        assert not (one.said.verb == "bar" and verdict.allowed), one
        assert not (one.said.verb == "allow" and verdict.kind == "barred"), one


def test_made_lists_hold_only_codes_of_the_crosswalk() -> None:
    made = generate_lists(load_rulebook("us-national"), AT, "StateDataSet", "30")
    for one in made.lists.in_force.lists:
        assert all(load_crosswalk().of_code(one.kind, code.code) for code in one.codes)
    assert made.without_code


AGENCY = {
    "dAgency.01": "A1",
    "dAgency.02": "A1",
    "dAgency.04": "30",
    "dAgency.05": "30",
    "dAgency.06": "30001",
    "dAgency.09": "9920001",
    "dAgency.11": "9917007",
    "dAgency.12": "1016003",
    "dAgency.13": "9912001",
    "dAgency.14": "1018003",
    "dConfiguration.10": "9914001",
    "dConfiguration.13": "1213003",
    "dConfiguration.16": "M1",
}


def agency_lists() -> CodeLists:
    return generate_lists(load_rulebook("us-national"), AT, "DEMDataSet", "30").lists


def test_an_agency_file_made_of_a_rulebook_and_the_values_given_is_valid(shared: Path, tmp_path: Path) -> None:
    given = {**AGENCY, "dConfiguration.01": "30"}
    words = [word for element, value in given.items() for word in ("--set", f"{element}={value}")]
    out = tmp_path / "agency.xml"
    run("scope", "to-nemsis", "us-national", *words, "--data-set", "agency", "--out", out, "--at", WRITTEN_AT)
    assert_valid(shared, out)
    assert read_code_lists(out).in_force.lists == agency_lists_with_uuids(out)


def agency_lists_with_uuids(path: Path) -> tuple[LevelList, ...]:
    uuids = [one.uuid for one in read_code_lists(path).in_force.lists]
    made = agency_lists().in_force.lists
    return tuple(msgspec.structs.replace(one, uuid=held) for one, held in zip(made, uuids, strict=True))


def test_the_state_of_a_configuration_is_not_changed_in_passing() -> None:
    given = {element: (value,) for element, value in AGENCY.items()} | {"dConfiguration.01": ("31",)}
    with pytest.raises(InputError, match=r"dConfiguration\.01 has no place"):
        write_xml(agency_lists(), given, WRITTEN_AT, "x")


@pytest.mark.parametrize("element", sorted(AGENCY))
def test_each_mandatory_element_that_nobody_gives_is_named(element: str) -> None:
    given = {held: (value,) for held, value in AGENCY.items() if held != element}
    with pytest.raises(InputError) as caught:
        write_xml(agency_lists(), given, WRITTEN_AT, "x")
    assert element in str(caught.value) and "mandatory in NEMSIS 3.5.1" in str(caught.value)


@pytest.mark.parametrize("stamp", ["2026-05-01T08:00:00Z", "2026-05-01", "2026-05-01T08:00:00", "yesterday"])
def test_a_time_of_writing_that_nemsis_refuses_is_refused(stamp: str) -> None:
    given = {element: (value,) for element, value in AGENCY.items()}
    with pytest.raises(InputError, match="the time of writing"):
        write_xml(agency_lists(), given, stamp, "x")


def test_a_state_that_nobody_names_is_refused() -> None:
    with pytest.raises(InputError, match=r"--set sState\.01=30"):
        run("scope", "to-nemsis", "us-national")


def test_a_refused_import_leaves_no_file(shared: Path, tmp_path: Path) -> None:
    out = tmp_path / "never.yaml"
    with pytest.raises(InputError):
        run("scope", "from-nemsis", shared / PRE_TESTING / "2025-EMS-1-Overdose_v351.xml", "--out", out)
    with pytest.raises(InputError):
        run("scope", "from-nemsis", shared / PRE_TESTING / "2025-STATE-1_v351.xml", "--out", out, "--id", "no good")
    assert not list(tmp_path.iterdir())
