"""Every line of the table of facts, at every level, against the national rulebook: no cell becomes a silent yes."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sixpoint.errors import OutOfForceError
from sixpoint.scope import Situation, load_rulebook

AT = datetime(2026, 5, 1, tzinfo=UTC)
COLUMNS = {"EMR": "emr", "EMT": "emt", "AEMT": "aemt", "Paramedic": "paramedic"}
PLAIN = {"yes": "standing", "no": "barred", "not stated": "unknown", "no (Montana: AEMT-99 endorsement)": "barred"}
# Cells that are neither: what nothing but the level gives, and what would make it a yes.
ORAL, MUSCLE, VEIN = (Situation(route=route) for route in ("oral", "intramuscular", "intravenous"))
SPECIAL = {
    "state option": "unknown",
    "state endorsement": "unknown",
    "state endorsement / medical-director option": "unknown",
    "state option (NY 17-06, MA 2.2A, Montana endorsement)": "unknown",
    "local (Montana: IM only)": "unknown",
    "2007 model: yes; separate 2019 row not confirmed": "unknown",
    "2007 model/EMT curricula: yes; state and protocol dependent": "unknown",
    "role-specific (hazmat training)": "barred",
    "oral only": "unknown",
    "oral/IM; IV by endorsement": "unknown",
}


def rows(shared: Path) -> list[dict[str, str]]:
    with (shared / "facts" / "skills.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_line_of_the_table_gives_the_verdict_of_its_cell_at_every_level(shared: Path) -> None:
    rulebook = load_rulebook()
    wrong = []
    for row in rows(shared):
        for level, column in COLUMNS.items():
            expected = PLAIN.get(row[column]) or SPECIAL[row[column]]
            found = rulebook.can(level, row["skill_id"], AT)
            if found.kind != expected:
                wrong.append((row["skill_id"], level, row[column], found.kind))
    assert not wrong


def test_the_catalogue_is_the_table_in_its_order_and_every_verdict_carries_the_confidence_of_its_line(
    shared: Path,
) -> None:
    rulebook = load_rulebook()
    table = rows(shared)
    assert [skill.id for skill in rulebook.skills] == [row["skill_id"] for row in table]
    assert [skill.index for skill in rulebook.skills] == list(range(len(table)))
    for row in table:
        for level in COLUMNS:
            because = rulebook.can(level, row["skill_id"], AT).because
            assert because and all(reason.source and reason.rule for reason in because)
            assert because[-1].confidence == row["confidence"], (row["skill_id"], level)


def test_a_cell_with_a_condition_is_a_yes_only_when_the_condition_is_known_to_hold() -> None:
    can = load_rulebook().can
    assert can("EMT", "diphenhydramine", AT, situation=ORAL).kind == "standing"
    assert can("EMT", "diphenhydramine", AT, situation=MUSCLE).kind == "barred"
    assert can("AEMT", "diphenhydramine", AT, situation=MUSCLE).kind == "standing"
    assert can("AEMT", "diphenhydramine", AT, situation=VEIN).kind == "barred"
    assert can("EMR", "decontamination_gross", AT, trainings=frozenset({"hazmat"})).kind == "standing"
    assert "hazardous" in can("EMR", "decontamination_gross", AT).would_be_yes[0].lower()


def test_the_change_notices_count_from_their_day() -> None:
    can = load_rulebook().can
    before = datetime(2021, 3, 28, 23, 59, tzinfo=UTC)
    for skill in ("route_intramuscular", "nasal_swab_specimen", "immunization_public_health_emergency"):
        assert can("EMT", skill, before).kind == "unknown"
        assert can("EMT", skill, datetime(2021, 3, 29, tzinfo=UTC)).kind == "standing"


def test_a_skill_that_the_rulebook_does_not_know_is_unknown_allows_nothing_and_is_named() -> None:
    verdict = load_rulebook().can("Paramedic", "teleportation", AT)
    assert (verdict.kind, verdict.allowed, verdict.allowed_with_order) == ("unknown", False, False)
    assert "teleportation" in verdict.because[0].text


def test_an_instant_before_the_rulebook_is_refused_and_not_answered_with_the_first_value() -> None:
    with pytest.raises(OutOfForceError, match="not in force"):
        load_rulebook().can("EMT", "cpr", datetime(2019, 1, 31, tzinfo=UTC))


def test_a_verdict_that_is_not_a_yes_says_what_would_make_it_one() -> None:
    rulebook = load_rulebook()
    for level in rulebook.levels:
        for skill in rulebook.skills:
            verdict = rulebook.can(level, skill.id, AT)
            assert bool(verdict.would_be_yes) == (verdict.kind != "standing"), (level, skill.id)


def test_the_levels_carry_their_codes_in_the_four_nemsis_lists(shared: Path) -> None:
    with (shared / "facts" / "levels.csv").open(encoding="utf-8", newline="") as file:
        facts = {row["level"]: list(row.values())[1:5] for row in csv.DictReader(file)}
    ladder = load_rulebook().ladder
    named = {**ladder.levels, **ladder.titles}
    titles = {
        "EMT-Intermediate": "EMT-Intermediate (85/99, legacy)",
        "CCP": "Critical Care Paramedic (state/employer extension)",
        "Community-Paramedic": "Community Paramedicine (role code)",
    }
    assert len(named) == len(facts)
    for key, level in named.items():
        member, licence, performer, registry = facts[titles.get(key, key)]
        codes = level.nemsis
        assert [codes.member or "", codes.licence or "", codes.performer or "", codes.registry or ""] == [
            member,
            licence,
            performer,
            registry,
        ]
