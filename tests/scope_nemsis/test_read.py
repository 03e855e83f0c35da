"""A NEMSIS file is read whole or refused with the place and the remedy; nothing outside it is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from sixpoint.errors import InputError
from sixpoint.scope.nemsis.lists import Code
from sixpoint.scope.nemsis.read import read_code_lists

STATE = """<?xml version="1.0" encoding="UTF-8"?>
<StateDataSet xmlns="http://www.nemsis.org" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<sState><sState.01>30</sState.01></sState>
<sConfiguration>
<sConfiguration.01>9917003</sConfiguration.01>
{groups}
</sConfiguration>
</StateDataSet>
"""
GROUP = """<sConfiguration.ProcedureGroup><sConfiguration.02>{level}</sConfiguration.02>
{codes}</sConfiguration.ProcedureGroup>"""
MEDICATIONS = """<sConfiguration.MedicationGroup><sConfiguration.04>9917003</sConfiguration.04>
{codes}</sConfiguration.MedicationGroup>"""


def group(level: str, *codes: str) -> str:
    return GROUP.format(
        level=level, codes="".join(f"<sConfiguration.03>{code}</sConfiguration.03>\n" for code in codes)
    )


def written(folder: Path, text: str) -> Path:
    path = folder / "file.xml"
    path.write_text(text, "utf-8")
    return path


def refusal(path: Path, **choice: str) -> str:
    with pytest.raises(InputError) as caught:
        read_code_lists(path, **choice)
    return str(caught.value)


def test_several_groups_of_one_level_are_one_list(tmp_path: Path) -> None:
    groups = group("9917003", "425447009", "7443007") + group("9917005", "182692007") + group("9917003", "89666000")
    lists = read_code_lists(written(tmp_path, STATE.format(groups=groups)))
    codes = lists.in_force.permitted("procedure", "9917003")
    assert codes == {Code(code, "SNOMED") for code in ("425447009", "7443007", "89666000")}
    assert lists.in_force.levels == ("9917003", "9917005")


def test_a_snomed_code_is_a_whole_number_however_it_is_written(tmp_path: Path) -> None:
    path = written(tmp_path, STATE.format(groups=group("9917003", " 07443007\n", "7443007")))
    assert read_code_lists(path).in_force.permitted("procedure", "9917003") == {Code("7443007", "SNOMED")}


def test_a_level_without_a_list_is_not_an_empty_list(tmp_path: Path) -> None:
    nil = '<sConfiguration.05 xsi:nil="true" NV="7701001"/>'
    lists = read_code_lists(written(tmp_path, STATE.format(groups=MEDICATIONS.format(codes=nil))))
    assert lists.in_force.permitted("medication", "9917003") is None
    assert lists.in_force.permitted("procedure", "9917003") is None
    assert lists.in_force.lists[0].nil == "7701001"


def test_the_code_system_of_a_medication_is_kept_or_found(tmp_path: Path) -> None:
    codes = (
        '<sConfiguration.05 CodeType="9924005">116762002</sConfiguration.05>'
        "<sConfiguration.05>33389009</sConfiguration.05><sConfiguration.05>7242</sConfiguration.05>"
    )
    lists = read_code_lists(written(tmp_path, STATE.format(groups=MEDICATIONS.format(codes=codes))))
    assert lists.in_force.permitted("medication", "9917003") == {
        Code("116762002", "SNOMED"),
        Code("33389009", "SNOMED"),
        Code("7242", "RxNorm"),
    }


def test_every_fault_is_named_with_line_and_path(tmp_path: Path) -> None:
    groups = group("9917003", "12345", "89666000") + group("9917011", "89666000") + group("9905003", "x")
    message = refusal(written(tmp_path, STATE.format(groups=groups)))
    assert (
        "file.xml:7 /StateDataSet/sConfiguration/sConfiguration.ProcedureGroup[1]/sConfiguration.03[1]: "
        "'12345' is not a SNOMED CT code. Write a number of 6 to 18 digits." in message
    )
    assert "'9917011' is not a level code (a level of NEMSIS 3.4.0)" in message
    assert "'9905003' is not a level code. Write one of the list of levels: 9917001" in message
    assert "'x' is not a SNOMED CT code" in message


@pytest.mark.parametrize("code", [" 7242", "7242 ", "1", "1234567890", "72a2", ""])
def test_a_medication_code_out_of_pattern_is_refused(tmp_path: Path, code: str) -> None:
    codes = f"<sConfiguration.05>{code}</sConfiguration.05>"
    message = refusal(written(tmp_path, STATE.format(groups=MEDICATIONS.format(codes=codes))))
    assert f"'{code}' is not a medication code" in message


def test_codes_without_a_level_are_refused(tmp_path: Path) -> None:
    nil = group("9917003", "89666000").replace(
        "<sConfiguration.02>9917003</sConfiguration.02>", '<sConfiguration.02 xsi:nil="true" NV="7701003"/>'
    )
    assert "codes without a level (sConfiguration.02)" in refusal(written(tmp_path, STATE.format(groups=nil)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("this is not XML", "file.xml:1: not XML"),
        ("", "not XML"),
        (
            '<EMSDataSet xmlns="http://www.nemsis.org"/>',
            "the root element is EMSDataSet (a file of patient care records)",
        ),
        ("<html/>", "Give a file whose root is DEMDataSet or StateDataSet"),
        ('<StateDataSet xmlns="http://www.example.org"/>', "the namespace of StateDataSet is 'http://www.example.org'"),
        ("<StateDataSet/>", "the namespace of StateDataSet is ''"),
        ('<StateDataSet xmlns="http://www.nemsis.org"/>', "sConfiguration is missing"),
        ('<DEMDataSet xmlns="http://www.nemsis.org"/>', "0 reports of agencies"),
    ],
)
def test_what_is_not_a_scope_file_is_refused(tmp_path: Path, text: str, words: str) -> None:
    assert words in refusal(written(tmp_path, text))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "absent.xml")


BOMB = '<!DOCTYPE StateDataSet [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


DTD = '<!DOCTYPE StateDataSet SYSTEM "http://127.0.0.1:9/evil.dtd">'


def test_a_long_file_of_another_kind_is_refused_soon(tmp_path: Path) -> None:
    message = refusal(written(tmp_path, STATE.format(groups=group("9917003", *["x"] * 20_000))))
    assert 100 < message.count("is not a SNOMED CT code") <= 200


@pytest.mark.parametrize("declared", [DTD, BOMB + "]>", '<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/passwd">]>'])
def test_a_file_that_declares_entities_is_refused_unexpanded(tmp_path: Path, declared: str) -> None:
    body = STATE.format(groups=group("9917003", "&i;")).partition("?>")[2]
    message = refusal(written(tmp_path, '<?xml version="1.0"?>' + declared + body))
    assert "declares a document type" in message or "not XML" in message
    assert "root:" not in message


DEM = """<DEMDataSet xmlns="http://www.nemsis.org"><DemographicReport timeStamp="2026-01-01T00:00:00-06:00">
<dAgency><dAgency.02>A1</dAgency.02><dAgency.04>{home}</dAgency.04></dAgency><dConfiguration>{groups}</dConfiguration>
</DemographicReport></DEMDataSet>"""
CONFIGURATION = """<dConfiguration.ConfigurationGroup UUID="5d02c3fc-e59a-456d-89f9-ed63c3825af8">
<dConfiguration.01>{state}</dConfiguration.01><dConfiguration.ProcedureGroup><dConfiguration.06>9917005
</dConfiguration.06><dConfiguration.07>{code}</dConfiguration.07></dConfiguration.ProcedureGroup>
</dConfiguration.ConfigurationGroup>"""


def agency(home: str, *states: tuple[str, str]) -> str:
    groups = "".join(CONFIGURATION.format(state=state, code=code) for state, code in states)
    return DEM.format(home=home, groups=groups).replace("9917005\n", "9917005")


def test_an_agency_of_several_states_answers_for_its_own_unless_told(tmp_path: Path) -> None:
    path = written(tmp_path, agency("36", ("09", "89666000"), ("36", "7443007")))
    assert read_code_lists(path).state == "36"
    chosen = read_code_lists(path, state="09")
    assert chosen.in_force.permitted("procedure", "9917005") == {Code("89666000", "SNOMED")}
    assert len(chosen.configurations) == 2, "the other state is kept"
    assert "Choose one with --state: 09, 36" in refusal(path, state="30")
    assert "Choose one with --state: 09, 36" in refusal(
        written(tmp_path, agency("30", ("09", "89666000"), ("36", "7443007")))
    )


def test_groups_of_one_state_are_taken_together(tmp_path: Path) -> None:
    lists = read_code_lists(written(tmp_path, agency("09", ("09", "89666000"), ("09", "7443007"))))
    assert [one.state for one in lists.configurations] == ["09"]
    assert lists.in_force.permitted("procedure", "9917005") == {Code("89666000", "SNOMED"), Code("7443007", "SNOMED")}


def test_of_several_agencies_one_is_chosen_by_number(tmp_path: Path) -> None:
    one = agency("09", ("09", "89666000"))
    report = one[one.index("<DemographicReport") : one.index("</DEMDataSet>")]
    path = written(tmp_path, one.replace("</DEMDataSet>", report.replace("A1", "B2") + "</DEMDataSet>"))
    assert "the file holds: A1, B2" in refusal(path)
    assert read_code_lists(path, agency="B2").agency[0].value == "B2"
