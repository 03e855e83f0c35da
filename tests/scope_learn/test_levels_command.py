"""`sixpoint levels` answers people and programs alike, and refuses what it does not know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sixpoint.cli.main import sixpoint
from sixpoint.errors import InputError
from sixpoint.scope import load_rulebook
from sixpoint.scope.learn.page import APPROVAL
from sixpoint.scope.learn.training import load_titles


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(sixpoint, ["levels", *words], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return int(result.return_value or 0), result.output


def lines(*words: str) -> list[Any]:
    return [json.loads(line) for line in run(*words, "--json")[1].splitlines()]


def test_compare_tells_training_scope_and_responsibilities_with_sources() -> None:
    code, told = run("compare", "EMR", "EMT", "--on", "2026-05-01")
    assert code == 0
    for words in ("Course", "Needed before", "Examination", "Recertification", "Attends alone", "Sources"):
        assert words in told
    assert "16 h every 2 years" in told and "40 h every 2 years" in told
    assert APPROVAL in " ".join(told.split())


def test_compare_tells_programs_every_difference() -> None:
    (told,) = lines("compare", "EMR", "EMT", "--on", "2026-05-01")
    gained = {one["skill"]["id"]: one for one in told["comparison"]["gained"]}
    assert gained["oral_glucose"]["second"]["verdict"] == "standing"
    assert gained["oral_glucose"]["second"]["because"][0]["source"]
    assert told["comparison"]["training"][0]["recertification"]["national_h"] == 8
    assert told["rulebook"].startswith("sha256:")


def test_levels_of_another_country_say_that_their_training_is_not_known() -> None:
    ladder = [one for one in lines("list", "--rulebook", "canada-national", "--on", "2026-05-01") if "level" in one]
    first, last = ladder[0]["level"]["id"], ladder[-1]["level"]["id"]
    assert ladder[0]["training"] is None
    assert "not known" in run("compare", first, last, "--rulebook", "canada-national", "--on", "2026-05-01")[1]
    assert (
        lines("path", first, last, "--rulebook", "canada-national", "--on", "2026-05-01")[-1]["hours_of_needed_steps"]
        is None
    )


def test_titles_beside_the_ladder_are_listed_with_what_is_known_of_them() -> None:
    titles = {one["title"]["id"]: one for one in lines("list", "--on", "2026-05-01") if "title" in one}
    assert set(load_titles()["us"]) == set(titles) == set(load_rulebook("us-national").ladder.titles)
    assert all(one["training"]["source"] and one["training"]["confidence"] for one in titles.values())
    assert "EMT-Intermediate" in run("list", "--on", "2026-05-01")[1]


def test_path_tells_each_step_and_the_hours() -> None:
    told = lines("path", "EMR", "Paramedic", "--on", "2026-05-01")
    assert [one["step"]["level"]["id"] for one in told[:-1]] == ["EMT", "AEMT", "Paramedic"]
    assert told[-1]["hours_of_needed_steps"] == [1120, 2200]
    assert "not asked for by Paramedic" in run("path", "EMR", "Paramedic")[1]


def test_skill_tells_who_may_in_every_bundled_rulebook() -> None:
    told = lines("skill", "oral_glucose", "--on", "2026-05-01")
    montana = next(one for one in told if one["rulebook"] == "montana")
    assert {cell["level"]: cell["verdict"] for cell in montana["cells"]}["EMR"] == "barred"
    assert all(cell["because"][-1]["source"] for one in told for cell in one["cells"])
    assert "Montana" in run("skill", "oral_glucose", "--on", "2026-05-01")[1]


def test_a_rulebook_that_is_not_in_force_says_so_and_the_others_answer() -> None:
    told = lines("skill", "oral_glucose", "--on", "1900-01-01")
    assert told and all(one["not_in_force"] for one in told)
    assert run("skill", "oral_glucose", "--on", "1900-01-01")[0] == 1


def test_matrix_writes_the_page(tmp_path: Path) -> None:
    out = tmp_path / "matrix.html"
    words = ("matrix", "--rulebook", "us-national", "--beside", "montana", "--out", str(out), "--on", "2026-05-01")
    code, _ = run(*words)
    assert code == 0 and "oral_glucose" in out.read_text("utf-8")


@pytest.mark.parametrize(
    "words",
    [
        ("compare", "EMR", "wizard"),
        ("path", "Paramedic", "EMR"),
        ("skill", "magic"),
        ("list", "--rulebook", "atlantis"),
        ("list", "--on", "soon"),
        ("matrix", "--out", "/no/such/folder/page.html"),
    ],
)
def test_what_it_does_not_know_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(InputError):
        run(*words)
