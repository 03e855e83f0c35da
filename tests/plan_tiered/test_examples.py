"""The shipped questions to the rulebook are answered, and the answer is about what was asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from sixpoint.cli.plan import plan
from sixpoint.errors import InputError
from sixpoint.plan.tiered.scenario import Prepared, prepare, read_scenario
from sixpoint.plan.tiered.study import differences, study

FOLDER = Path(__file__).parents[2] / "examples" / "what-if"
# Base, what if, and the skill that it is about.
QUESTIONS = [
    ("naloxone-now", "naloxone-emr", "naloxone_intranasal"),
    ("now", "supraglottic-emt", "airway_supraglottic"),
    ("now", "plant-emt", "burn_care_dressing"),
]


def short(name: str) -> Prepared:
    """The example with fewer and shorter runs; nothing else of it is changed."""
    return prepare(replace(read_scenario(FOLDER / f"{name}.toml"), days=14, replications=5), FOLDER)


@pytest.mark.parametrize(("base", "what_if", "skill"), QUESTIONS, ids=[one[1] for one in QUESTIONS])
def test_patients_gain_time_by_the_skill_that_is_asked_about(base: str, what_if: str, skill: str) -> None:
    one, two = short(base), short(what_if)
    rows = {row.figure: row for row in differences(list(study([one, two])))}
    assert rows[f"{skill}: mean s where met"].difference < -30
    assert rows[f"{skill}: share on target"].difference > 0
    assert one.cost is not None and two.cost is not None
    changed = one.service.rules.hash != two.service.rules.hash
    assert (two.cost == one.cost) == changed  # a rule costs nothing by the hour, better paid people do


def test_every_example_is_read_and_names_what_it_is() -> None:
    files = sorted(FOLDER.glob("*.toml"))
    assert len(files) == 5
    for path in files:
        assert read_scenario(path).name
    for name in {name for question in QUESTIONS for name in question[:2]}:
        assert f"`{name}.toml`" in (FOLDER / "README.md").read_text("utf-8")


def test_the_figures_of_a_skill_are_told_sure_or_not_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    text = 'region = "riverton"\ndays = 1\nreplications = 2\n'
    for name in "ab":
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    words = ["compare", str(tmp_path / "a.toml"), str(tmp_path / "b.toml"), "--skill"]
    done = CliRunner().invoke(plan, [*words, "oxygen_nrb"], catch_exceptions=False)
    assert "oxygen nrb: share on" in done.output and "+0.00 pp" in done.output
    with pytest.raises(InputError, match="oxygen_nrb"):
        CliRunner().invoke(plan, [*words, "oxygen_nbr"], catch_exceptions=False)
