"""The difference between two rulebooks names each verdict that differs, also where it takes facts to show."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from sixpoint.scope import load_rulebook
from sixpoint.scope.differences import Asked, differences

AT = datetime(2026, 5, 1, tzinfo=UTC)


def agency(folder: Path, rule: dict[str, object]) -> Asked:
    content = {
        "overlay": "agency",
        "title": "Agency",
        "ladder": "us",
        "rank": "agency",
        "authority": "Agency",
        "on": ["us-national"],
        "version": "1",
        "from": "2026-01-01",
        "sources": {"s": {"title": "A source"}},
        "source": "s",
        "confidence": "judgement",
        "endorsements": {"one": "One"},
        "rules": [rule],
    }
    path = folder / "agency.yaml"
    path.write_text(yaml.safe_dump(content), "utf-8")
    return Asked(load_rulebook(str(path)), AT)


# A rule laid on the national model, and what differs: (level, skill, given, before, after).
CASES: list[tuple[dict[str, object], list[tuple[str, str, str, str, str]]]] = [
    ({"allow": "cpr", "for": "EMR"}, []),
    ({"allow": "cpap", "for": "EMR"}, [("EMR", "cpap", "nothing but the level", "barred", "standing")]),
    (
        {"limit": "cpap", "for": "EMT", "as": "order"},
        [
            ("EMT", "cpap", "nothing but the level", "standing", "order"),
            ("EMT", "cpap", "not: medical control orders it", "standing", "barred"),
        ],
    ),
    (
        {"limit": "cpap", "for": "EMT", "only": {"dose_at_most": {"amount": 5, "unit": "mg"}}},
        [("EMT", "cpap", "not: the dose is at most 5 mg", "standing", "barred")],
    ),
    (
        {"allow": "cpap", "for": "EMR", "only": {"endorsement": "one"}},
        [("EMR", "cpap", "the person holds the endorsement 'one'", "barred", "standing")],
    ),
    (
        {"allow": "cpap", "for": "EMR", "only": {"endorsement": "one", "route": "oral"}},
        [
            ("EMR", "cpap", "the person holds the endorsement 'one'", "barred", "unknown"),
            ("EMR", "cpap", "all that the rules ask for", "barred", "standing"),
        ],
    ),
    (
        {"bar": "cpap", "for": "EMT", "only": {"patient_age_years": {"below": 8}}},
        [
            ("EMT", "cpap", "nothing but the level", "standing", "unknown"),
            ("EMT", "cpap", "the patient's age is below 8 years", "standing", "barred"),
        ],
    ),
]


@pytest.mark.parametrize(("rule", "expected"), CASES)
def test_each_verdict_that_differs_is_listed_with_what_must_be_given(
    rule: dict[str, object], expected: list[tuple[str, str, str, str, str]], tmp_path: Path
) -> None:
    found = differences(Asked(load_rulebook(), AT), agency(tmp_path, rule))
    assert [(one.level, one.skill, one.given, one.a, one.b) for one in found] == expected


def test_every_bare_verdict_that_differs_between_two_states_is_listed() -> None:
    montana, massachusetts = (Asked(load_rulebook(name), AT) for name in ("montana", "massachusetts"))
    listed = {
        (one.level, one.skill): (one.a, one.b)
        for one in differences(montana, massachusetts)
        if one.given == "nothing but the level"
    }
    expected = {}
    for level in montana.rulebook.levels:
        for skill in montana.rulebook.skills:
            kinds = tuple(asked.rulebook.can(level, skill.id, AT).kind for asked in (montana, massachusetts))
            if kinds[0] != kinds[1]:
                expected[level, skill.id] = kinds
    assert listed == expected and len(listed) > 50
