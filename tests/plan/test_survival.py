"""Survival curves: the published numbers, whom they hold for, and users' own."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from sixpoint.errors import InputError
from sixpoint.plan.survival import survival_curves

PUBLISHED = [
    ("larsen-1993", {"cpr": 5, "defibrillation": 5, "acls": 5}, 0.395),
    ("larsen-1993", {"cpr": 8, "defibrillation": 8, "acls": 8}, 0.230),
    ("larsen-1993", {"cpr": 12, "defibrillation": 12, "acls": 12}, 0.010),
    ("larsen-1993", {"cpr": 20, "defibrillation": 20, "acls": 20}, 0.0),
    ("valenzuela-1997", {"cpr": 5, "defibrillation": 5}, 0.2759),
    ("valenzuela-1997", {"cpr": 8, "defibrillation": 8}, 0.1545),
    ("valenzuela-1997", {"cpr": 10, "defibrillation": 10}, 0.1007),
    ("valenzuela-1997", {"cpr": 1, "defibrillation": 5}, 0.3680),
    ("valenzuela-1997", {"cpr": 1, "defibrillation": 8}, 0.2773),
    ("de-maio-2003", {"defibrillator_arrival": 0}, 0.3365),
    ("de-maio-2003", {"defibrillator_arrival": 5}, 0.1204),
    ("de-maio-2003", {"defibrillator_arrival": 8}, 0.0587),
    ("de-maio-2003", {"defibrillator_arrival": 10}, 0.0356),
    ("waalewijn-2001", {"cpr": 5, "ems": 5}, 0.1765),
    ("waalewijn-2001", {"cpr": 1, "ems": 5}, 0.2891),
]


@pytest.mark.parametrize(("curve", "minutes", "expected"), PUBLISHED)
def test_the_curve_gives_the_published_chance(curve: str, minutes: dict[str, float], expected: float) -> None:
    assert survival_curves()[curve].survival(minutes) == pytest.approx(expected, abs=5e-5)


def test_help_that_never_comes_saves_nobody() -> None:
    for curve in survival_curves().values():
        assert curve.survival(dict.fromkeys(curve.per_min, math.inf)) == 0.0


def test_every_curve_names_its_population_and_none_is_for_trauma_or_stroke() -> None:
    for curve in survival_curves().values():
        assert "cardiac arrest" in curve.population and curve.source


def test_a_missing_clock_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="'defibrillation' is missing"):
        survival_curves()["valenzuela-1997"].survival({"cpr": 1.0})


def test_users_add_curves_and_hear_of_every_fault(tmp_path: Path) -> None:
    whole = (
        "- {id: ours, form: logistic, constant: 1.0, per_min: {cpr: 0.1}, starts: collapse,"
        " population: our arrests 2025, source: our registry, confidence: low}\n"
    )
    path = tmp_path / "curves.yaml"
    path.write_text(whole, "utf-8")
    assert survival_curves(path)["ours"].survival({"cpr": 0.0}) == pytest.approx(1 / (1 + math.e))
    path.write_text(whole + whole.replace("0.1", "-0.1") + whole.replace("our arrests 2025", "' '"), "utf-8")
    with pytest.raises(InputError) as refused:
        survival_curves(path)
    assert {fault.what for fault in refused.value.faults} == {
        "survival would rise with 'cpr'",
        "the id 'ours' stands twice",
        "'population' is empty",
    }


def test_the_curve_in_the_docs_is_read_and_another_form_is_refused_with_the_words_there_are(tmp_path: Path) -> None:
    docs = (Path(__file__).parents[2] / "docs" / "plan.md").read_text("utf-8")
    shown = docs.split("```yaml\n")[1].split("```")[0]
    path = tmp_path / "curves.yaml"
    path.write_text(shown, "utf-8")
    assert survival_curves(path)["bleeding"].survival({"tourniquet": 25.0}) == pytest.approx(0.5)
    path.write_text(shown.replace("confidence: low ", "confidence: guess "), "utf-8")
    with pytest.raises(InputError, match=r"'guess'.*high, medium or low"):
        survival_curves(path)


@pytest.mark.parametrize("minutes", [-1, 1441, "'.nan'"])
def test_clocks_that_start_after_the_ring_or_days_before_it_are_refused(tmp_path: Path, minutes: object) -> None:
    path = tmp_path / "curves.yaml"
    path.write_text(
        "- {id: ours, form: linear, constant: 0.5, per_min: {ems: -0.1}, starts: injury, population: ours,"
        f" source: ours, confidence: low, before_ring_min: {minutes}}}\n",
        "utf-8",
    )
    with pytest.raises(InputError, match="before_ring_min"):
        survival_curves(path)
