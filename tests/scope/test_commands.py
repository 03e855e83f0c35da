"""sixpoint scope: the fixed interface, exit codes, and what a person sees."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from sixpoint.cli.main import main

BROKEN = Path(__file__).parent / "broken"


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["sixpoint", "scope", *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    said = capsys.readouterr()
    assert isinstance(stopped.value.code, int)
    return stopped.value.code, said.out, said.err


def test_can_answers_with_the_three_fields_and_no_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(monkeypatch, capsys, "can", "EMR", "naloxone_intranasal", "--json", "--on", "2026-05-01")
    answer = json.loads(out)
    assert code == 0 and set(answer) == {"verdict", "because", "rulebook"}
    assert answer["verdict"] == "standing" and answer["rulebook"].startswith("sha256:")
    assert set(answer["because"][0]) == {"rule", "text", "source", "confidence", "version"}


def test_can_takes_a_rulebook_an_order_and_facts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    base = ("can", "EMT", "airway_supraglottic", "--json", "--on", "2026-05-01", "--rulebook")

    def verdict(*more: str) -> str:
        return str(json.loads(run(monkeypatch, capsys, *base, *more)[1])["verdict"])

    assert verdict("massachusetts") == "unknown"
    assert verdict("massachusetts", "--given", "in_cardiac_arrest=yes") == "standing"
    assert verdict("us-mt", "--given", "endorsement=emt_airway") == "standing"
    assert verdict("us-mt", "--order", "online") == "barred"


def test_can_tells_a_person_what_would_make_it_a_yes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(monkeypatch, capsys, "can", "emt", "airway_supraglottic", "--rulebook", "montana")
    assert code == 0
    assert "barred: no" in out and "EMT airway" in out and "medical director must approve" in out


def test_can_tells_first_the_rule_that_had_the_last_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("can", "EMT", "epinephrine_im", "--rulebook", "montana", "--on", "2026-05-01")
    lines = run(monkeypatch, capsys, *asked)[1].splitlines()
    told = [line for line in lines if line.startswith(("  because ", "  beneath: "))]
    assert [line.split()[0] for line in told] == ["because", "beneath:"]
    assert "Montana" in told[0] and "leaves open" in told[1]
    chain = json.loads(run(monkeypatch, capsys, *asked, "--json")[1])["because"]
    assert [step["rule"].split("/")[0] for step in chain] == ["us-national", "montana"]


@pytest.mark.parametrize(
    ("word", "near"),
    [("cpapp", ["cpap"]), ("epinephrine im", ["epinephrine_im"]), ("naloxone", ["naloxone_intranasal"]), ("xqzt", [])],
)
def test_a_skill_that_nobody_knows_is_unknown_unverified_and_comes_with_close_names(
    word: str, near: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(monkeypatch, capsys, "can", "EMR", word, "--json", "--why", "--on", "2026-05-01")
    answer = json.loads(out)
    (reason,) = answer["because"]
    assert (code, answer["verdict"], reason["confidence"]) == (0, "unknown", "unknown_name")
    assert "no skill of the name" in reason["text"] and answer["would_be_yes"] == []
    assert ("near to it" in reason["text"]) == bool(near) and all(name in reason["text"] for name in near)
    assert reason["text"].count(" or ") <= 2
    shown = run(monkeypatch, capsys, "can", "EMR", word, "--on", "2026-05-01")[1]
    assert "verified" not in shown and reason["text"] in shown


def test_check_counts_one_fault_as_one_and_refuses_a_file_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(monkeypatch, capsys, "check", str(BROKEN / "reversed-layer.yaml"))
    assert code == 1 and "reversed-layer.yaml:12: it ends before it starts" in out and "\n1 fault in" in out
    code, out, err = run(monkeypatch, capsys, "check", "nofile.yaml", "--json")
    assert (code, out) == (2, "") and json.loads(err)["where"] == "nofile.yaml"
    assert run(monkeypatch, capsys, "can", "EMT", "cpap", "--rulebook", str(BROKEN / "reversed-layer.yaml"))[0] == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("can", "Wizard", "cpr"), "there is no level 'Wizard'"),
        (("can", "Paramedik", "cpr"), "Did you mean Paramedic"),
        (("can", "EMT", "cpr", "--rulebook", "montanna"), "Did you mean montana"),
        (("check", "montana", "nofile.yaml"), "nofile.yaml: there is no such rulebook"),
        (("can", "EMT", "cpr", "--rulebook", "atlantis"), "there is no such rulebook"),
        (("can", "EMT", "cpr", "--on", "tomorrow"), "is not an instant"),
        (("can", "EMT", "cpr", "--on", "2018-01-01"), "not in force"),
        (("can", "EMT", "cpr", "--given", "mood=good"), "is not understood"),
        (("can", "EMT", "cpr", "--rulebook", str(BROKEN / "unknown-skill.yaml")), "unknown-skill.yaml:13"),
        (("diff", "us-national", "canada-national"), "the ladders differ"),
    ],
)
def test_what_is_refused_says_why_and_exits_2(
    words: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(monkeypatch, capsys, *words)
    assert (code, out) == (2, "") and told in err


def test_diff_lists_each_verdict_that_differs_and_exits_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(monkeypatch, capsys, "diff", "us-national", "montana", "--on", "2026-05-01", "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    found = {(line["level"], line["skill"]): (line["a"], line["b"], line["given"]) for line in lines}
    assert code == 1
    assert found["AEMT", "suction_tracheobronchial"] == ("standing", "barred", "nothing but the level")
    assert found["EMT", "airway_supraglottic"][:2] == ("barred", "standing")
    assert ("EMT", "cpap") not in found
    assert run(monkeypatch, capsys, "diff", "montana", "us-mt", "--on", "2026-05-01")[0] == 0


def test_diff_compares_two_dates_of_one_rulebook(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(monkeypatch, capsys, "diff", "2021-03-28", "2021-03-29", "--json")
    assert code == 1
    assert {json.loads(line)["skill"] for line in out.splitlines()} == {
        "route_intramuscular",
        "nasal_swab_specimen",
        "immunization_public_health_emergency",
    }


def test_check_lists_all_faults_and_exits_1_and_0_where_there_are_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(monkeypatch, capsys, "check", str(BROKEN / "unnamed-words.yaml"), "--json")
    assert code == 1 and len(out.splitlines()) == 9
    code, out, _ = run(monkeypatch, capsys, "check", "massachusetts")
    assert code == 0 and "0 faults" in out and "partial" in out


def test_layers_lists_what_is_bundled(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(monkeypatch, capsys, "layers", "--json")
    found = {json.loads(line)["layer"]: json.loads(line) for line in out.splitlines()}
    assert code == 0
    assert {"us-national", "montana", "massachusetts", "canada-national"} <= set(found)
    assert found["montana"]["rulebook"] == "us-national+montana" and not found["montana"]["partial"]


def test_due_tells_whose_credentials_end(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("scipy", reason="a region has roads")
    from sixpoint.region import read_region
    from sixpoint.region.bundled import bundled_region

    folder = bundled_region("riverton")
    last = max(one.ends for who in read_region(folder).clinicians.values() for one in who.credentials if one.ends)
    code, out, _ = run(
        monkeypatch, capsys, "due", str(folder), "--on", last.date().isoformat(), "--days", "2", "--json"
    )
    assert code == 1 and all(json.loads(line)["kind"] == "credential" for line in out.splitlines())
    code, out, _ = run(monkeypatch, capsys, "due", str(folder), "--on", "2099-01-01")
    assert code == 0 and out.startswith("0 due")
