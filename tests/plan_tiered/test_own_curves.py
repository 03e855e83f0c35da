"""A scenario may bring survival curves of its own, for any call type and clock that the simulation can stop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from sixpoint.dispatch import load_call_types
from sixpoint.errors import InputError
from sixpoint.plan.report.view import Gathering
from sixpoint.plan.report.write import simulation_report
from sixpoint.plan.tiered.figures import figures
from sixpoint.plan.tiered.measure import replicate, summarise
from sixpoint.plan.tiered.samples import take_samples
from sixpoint.plan.tiered.scenario import Prepared, Scenario, prepare
from sixpoint.plan.tiered.surviving import SKILLS_OF, chances_of

# Invented for the tests; nobody ever measured it.
CURVE = """
- id: invented
  form: linear
  constant: 0.9
  per_min: {SKILL: -0.01, first_on_scene: -0.001}
  starts: injury
  before_ring_min: 5
  codes: ["CODE"]
  population: invented for a test
  source: a test
  confidence: low
"""
BASE = Scenario("riverton", days=14)


def code_and_skill() -> tuple[str, str]:
    """A call type that some skill is needed for, but not by each of its patients; no clock of a shipped curve."""
    types = load_call_types()
    return next(
        (code, need.skill)
        for code in types.codes
        for need in types[code].needs
        if need.when and not need.transporting and need.skill not in SKILLS_OF
    )


def prepared_with(folder: Path, text: str) -> Prepared:
    (folder / "own.yaml").write_text(text, "utf-8")
    return prepare(replace(BASE, survival="own.yaml"), folder)


def written(code: str, skill: str) -> str:
    return CURVE.replace("CODE", code).replace("SKILL", skill)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepared_with(tmp_path_factory.mktemp("own"), written(*code_and_skill()))


def test_each_patient_who_needs_it_has_the_chance_of_the_own_curve_and_nobody_else(own: Prepared) -> None:
    code, skill = code_and_skill()
    run, types = replicate(own, 0), own.service.types
    bits = [bit for bit, need in enumerate(types[code].needs) if skill in need.any_of]
    expected = []
    for number, call in enumerate(run.calls):
        if types.codes[call["type"]] != code or not any(call["mask"] >> bit & 1 for bit in bits):
            continue
        met = [run.met_ms[number, bit] for bit in bits if run.met_ms[number, bit] >= 0]
        if not met or call["scene"] < 0:
            expected.append(0.0)
            continue
        skill_min, scene_min = (min(met) - call["at"]) / 60_000 + 5, (call["scene"] - call["at"]) / 60_000 + 5
        expected.append(max(0.0, 0.9 - 0.01 * skill_min - 0.001 * scene_min))
    found = chances_of(run, run.calls["at"] >= 0, own.curves)[-1]
    assert found.curve.id == "invented" and len(expected) > 3
    np.testing.assert_allclose(found.values, expected)


def test_an_own_curve_stands_beside_the_shipped_ones_wherever_figures_are_told(own: Prepared) -> None:
    run = replicate(own, 0, traced=True)
    told = {one.curve: one for one in figures([run], own.curves).survival}
    assert set(told) > {"larsen-1993", "invented"} and told["invented"].of != told["larsen-1993"].of == "cardiac arrest"
    names = summarise(own, run, 0).figures
    assert f"survival of {told['invented'].of} (invented)" in names
    gathered = Gathering(own)
    gathered.add(take_samples(own, run), by_day=True)
    report = simulation_report(gathered.view())
    assert "invented for a test" in report and "King County (Washington), n = 1,667" in report


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("codes: [", 'codes: ["9", '), "call type '9' is not known"),
        (("first_on_scene", "luck"), "nothing stops the clock 'luck'"),
        (("before_ring_min: 5", ""), "how long before the ring 'injury' is"),
        (("id: invented", "id: larsen-1993"), "is the name of a curve that comes with Sixpoint"),
    ],
)
def test_a_curve_that_no_run_can_answer_is_refused_before_anything_runs(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    with pytest.raises(InputError) as refused:
        prepared_with(tmp_path, written(*code_and_skill()).replace(*change))
    assert told in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml"):
        prepare(replace(BASE, survival="none.yaml"), tmp_path)
