"""`sixpoint scope forecast` reads a region folder and names every gap, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sixpoint.cli.main import sixpoint
from sixpoint.errors import InputError
from sixpoint.region import bundled_region, read_region


@pytest.fixture(scope="module")
def folder() -> Path:
    """The bundled region; its shifts end after its one day."""
    return bundled_region("riverton")


def run(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(sixpoint, ["scope", "forecast", *map(str, words)], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return int(result.return_value or 0), result.output


def gaps(*words: str | Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(*words, "--json")[1].splitlines()]


def test_a_bundled_region_is_known_by_its_name(folder: Path) -> None:
    asked = ("--days", "1", "--skill", "defibrillation_aed")
    assert gaps("riverton", *asked) == gaps(folder, *asked)


def test_a_post_that_nobody_staffs_has_a_gap_with_a_fix(folder: Path) -> None:
    *found, summary = gaps(folder, "--days", "1", "--skill", "defibrillation_aed")
    assert found and summary["gaps"] == len(found)
    assert any(one["gap"]["post"] is not None and not one["gap"]["staffed"] for one in found)
    assert any(one["gap"]["fix"] and one["gap"]["fix"]["kind"] == "fill" for one in found)
    assert run(folder, "--days", "1")[0] == 1


def test_the_days_are_those_of_the_place(folder: Path) -> None:
    region = read_region(folder)
    *_, summary = gaps(folder, "--days", "2")
    assert summary["from"] == region.starts_at.isoformat()
    assert summary["from"].endswith("-05:00")


def test_people_are_told_where_when_and_what_to_do(folder: Path) -> None:
    _, told = run(folder, "--days", "1")
    assert "synthetic" in told and "Cheapest fix" in told and "nobody" in " ".join(told.split())


def test_only_the_posts_asked_for_are_shown(folder: Path) -> None:
    *found, _ = gaps(folder, "--days", "1", "--skill", "defibrillation_manual", "--post", "region")
    assert all(one["gap"]["post"] is None for one in found)


@pytest.mark.parametrize("words", [("--skill", "magic"), ("--from", "soon"), ("--post", "moon")])
def test_what_it_does_not_know_is_refused(folder: Path, words: tuple[str, ...]) -> None:
    with pytest.raises(InputError):
        run(folder, *words)
