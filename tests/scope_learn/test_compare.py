"""What separates two levels is what their verdicts say, and the way up is what the training facts say."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sixpoint.errors import InputError
from sixpoint.scope import bundled_layers, load_rulebook
from sixpoint.scope.learn.compare import compare, training_of
from sixpoint.scope.learn.path import find_path
from sixpoint.scope.learn.who import who_may

AT = datetime(2026, 5, 1, tzinfo=UTC)
BOOK = load_rulebook("us-national")
LEVELS = list(BOOK.levels)


@pytest.mark.parametrize("name", bundled_layers())
def test_every_skill_falls_on_exactly_one_side_of_a_comparison(name: str) -> None:
    book = load_rulebook(name)
    first, *_, last = book.levels
    found = compare(book, first, last, AT)
    groups = (found.gained, found.lost, found.otherwise, found.unsettled)
    assert sum(map(len, groups)) + found.alike == len(book.skills)
    ids = [one.skill.id for group in groups for one in group]
    assert len(set(ids)) == len(ids)


def test_a_skill_is_gained_only_if_the_higher_level_may_perform_it() -> None:
    for one in compare(BOOK, "EMR", "EMT", AT).gained:
        verdict = BOOK.can("EMT", one.skill.id, AT)
        assert verdict.allowed_with_order or one.second.condition, one.skill.id
        assert not BOOK.can("EMR", one.skill.id, AT).allowed


def test_what_one_way_is_gained_is_lost_the_other_way() -> None:
    up, down = compare(BOOK, "EMR", "AEMT", AT), compare(BOOK, "AEMT", "EMR", AT)
    assert [one.skill.id for one in up.gained] == [one.skill.id for one in down.lost]
    assert up.alike == down.alike


def test_an_answer_left_open_is_no_gain(shared: Path) -> None:
    with (shared / "facts/skills.csv").open(encoding="utf-8") as file:
        facts = {row["skill_id"]: row for row in csv.DictReader(file)}
    found = compare(BOOK, "EMR", "EMT", AT)
    assert "automatic_transport_ventilator" not in {one.skill.id for one in found.gained}
    plain = {skill for skill, row in facts.items() if row["emr"] == "no" and row["emt"] == "yes"}
    assert plain <= {one.skill.id for one in found.gained}


def test_an_endorsement_shows_as_a_condition_of_the_level() -> None:
    montana = load_rulebook("montana")
    gained = {one.skill.id: one for one in compare(montana, "EMR", "EMT", AT).gained}
    assert "EMT airway" in gained["airway_supraglottic"].second.condition
    assert gained["airway_supraglottic"].second.verdict == "barred"


def test_every_level_of_the_ladder_has_training_facts_as_published(shared: Path) -> None:
    facts = training_of(BOOK)
    assert list(facts) == LEVELS
    with (shared / "facts/levels.csv").open(encoding="utf-8") as file:
        rows = {row["level"]: row for row in csv.DictReader(file) if row["level"] in facts}
    assert set(rows) == set(facts)
    for level, row in rows.items():
        renewal = facts[level].recertification
        assert renewal.every_years == float(row["recertification_cycle_years"])
        parts = (renewal.national_h, renewal.local_h, renewal.individual_h, renewal.total_h)
        columns = ("nccp_hours_national", "nccp_hours_local", "nccp_hours_individual", "nccp_hours_total")
        assert parts == tuple(float(row[column]) for column in columns)
        hours = row["initial_training_hours"].split()[0].split("-")
        assert [facts[level].hours.least, facts[level].hours.most] == [float(hour) for hour in hours]
        for part in facts[level].exam.parts:
            assert f"{part.least_percent:g}-{part.most_percent:g}%" in row["certification_exam_components"]


def test_every_training_fact_has_a_source_and_says_how_sure_it_is() -> None:
    for level, facts in training_of(BOOK).items():
        held = (facts.role, facts.attends, facts.hours, *facts.prerequisites, facts.exam, facts.recertification)
        for fact in held:
            assert fact.source and fact.confidence in ("verified_in_text", "mixed", "recalled"), level


def test_the_way_up_names_every_rung_and_counts_the_hours_of_those_asked_for() -> None:
    path = find_path(BOOK, "EMR", "Paramedic", AT)
    assert [(step.level.id, step.needed) for step in path.steps] == [
        ("EMT", True),
        ("AEMT", False),
        ("Paramedic", True),
    ]
    assert path.hours == (120 + 1000, 200 + 2000)
    assert find_path(BOOK, "EMR", "AEMT", AT).hours == (120 + 150, 200 + 300)


def test_the_gains_of_the_steps_are_the_gains_of_the_whole_way() -> None:
    stepped = {one.skill.id for step in find_path(BOOK, "EMR", "Paramedic", AT).steps for one in step.gained}
    assert stepped == {one.skill.id for one in compare(BOOK, "EMR", "Paramedic", AT).gained}


@pytest.mark.parametrize(("start", "goal"), [("Paramedic", "EMT"), ("EMT", "EMT")])
def test_a_way_leads_up(start: str, goal: str) -> None:
    with pytest.raises(InputError, match="is not above"):
        find_path(BOOK, start, goal, AT)


def test_a_level_that_is_not_on_the_ladder_is_refused_with_those_that_are() -> None:
    with pytest.raises(InputError, match="Name one of: EMR, EMT, AEMT, Paramedic"):
        compare(BOOK, "EMR", "wizard", AT)


def test_who_may_is_what_every_rulebook_answers() -> None:
    answers = who_may("oral_glucose", bundled_layers(), AT)
    assert {answer.rulebook for answer in answers} == set(bundled_layers())
    assert answers[0].rulebook.endswith("national")
    for answer in answers:
        book = load_rulebook(answer.rulebook)
        for cell in answer.cells:
            assert cell.verdict == book.can(cell.level, "oral_glucose", AT).kind
            assert cell.deciding.source and cell.deciding.rule


def test_a_skill_nobody_knows_is_refused_with_those_near_to_it() -> None:
    with pytest.raises(InputError, match="oral_glucose"):
        who_may("glucose_tablet", bundled_layers(), AT)
