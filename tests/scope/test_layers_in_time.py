"""Layers have dates: versions follow one another, a temporary layer gives way, and out of force is an error."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from sixpoint.errors import InputError, OutOfForceError
from sixpoint.scope import load_rulebook
from sixpoint.scope.check import check_layers
from sixpoint.scope.condition_text import CONDITION_WORDS


def layer(folder: Path, name: str, starts: str, ends: str | None, verb: str, **more: object) -> str:
    content = {
        "overlay": name,
        "title": name,
        "ladder": "us",
        "rank": "agency",
        "authority": "Agency",
        "on": ["us-national"],
        "version": name,
        "from": starts,
        **({"until": ends} if ends else {}),
        "sources": {"s": {"title": "A source"}},
        "source": "s",
        "confidence": "judgement",
        "rules": [{verb: "cpap", "for": "EMR"}],
        **more,
    }
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content), "utf-8")
    return str(path)


def on(year: int, month: int = 1, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


def test_two_versions_follow_one_another_and_each_answers_for_its_time(tmp_path: Path) -> None:
    first = layer(tmp_path, "first", "2025-01-01", "2026-01-01", "allow")
    second = layer(tmp_path, "second", "2026-01-01", None, "bar")
    rulebook = load_rulebook(first, [second])
    assert rulebook.can("EMR", "cpap", on(2025, 12, 31)).kind == "standing"
    assert rulebook.can("EMR", "cpap", on(2026)).kind == "barred"
    assert rulebook.can("EMR", "cpap", on(2026)).because[0].version == "second"
    with pytest.raises(OutOfForceError, match="Agency"):
        rulebook.can("EMR", "cpap", on(2024, 12, 31))


def test_a_gap_between_versions_is_out_of_force_and_not_the_last_value(tmp_path: Path) -> None:
    first = layer(tmp_path, "first", "2025-01-01", "2025-06-01", "allow")
    second = layer(tmp_path, "second", "2026-01-01", None, "bar")
    with pytest.raises(OutOfForceError, match=r"first.*second"):
        load_rulebook(first, [second]).can("EMR", "cpr", on(2025, 6))


def test_a_temporary_layer_gives_way_to_what_lies_beneath(tmp_path: Path) -> None:
    waiver = layer(tmp_path, "waiver", "2025-01-01", "2026-01-01", "allow", temporary=True)
    rulebook = load_rulebook(waiver)
    kinds = [rulebook.can("EMR", "cpap", at).kind for at in (on(2024), on(2025), on(2026))]
    assert kinds == ["barred", "standing", "barred"]
    assert rulebook.change_instants[-2:] == (on(2025), on(2026))


def test_a_day_begins_at_midnight_where_the_layer_holds(tmp_path: Path) -> None:
    denver = layer(tmp_path, "denver", "2025-01-01", "2026-07-01", "allow", timezone="America/Denver", temporary=True)
    rulebook = load_rulebook(denver)
    assert rulebook.can("EMR", "cpap", datetime(2026, 7, 1, 5, 59, tzinfo=UTC)).kind == "standing"
    assert rulebook.can("EMR", "cpap", datetime(2026, 7, 1, 6, 0, tzinfo=UTC)).kind == "barred"


@pytest.mark.parametrize("junk", [None, 5, -1.5, True, "", "x", [], {}, [1], {"a": 1}, [[]], [{}], "\x00"], ids=repr)
def test_any_value_in_any_place_is_read_or_is_a_fault_and_never_a_crash(junk: object, tmp_path: Path) -> None:
    rule_words = ("allow", "for", "as", "only", "from", "until", "source", "place", "confidence", "note")
    top_words = "overlay title ladder rank authority on version partial timezone from until temporary about sources"
    for word in f"{top_words} source confidence endorsements trainings options adopts table rules nemsis".split():
        path = layer(tmp_path, "junk", "2025-01-01", None, "allow", **{word: junk})
        refused = bool(check_layers([path]).faults)
        try:
            load_rulebook(path)
        except InputError:
            assert refused, word
        else:
            assert not refused, word
    for word in rule_words:
        rule = {"allow": "cpap", "for": "EMR", word: junk}
        check_layers([layer(tmp_path, "junk", "2025-01-01", None, "allow", rules=[rule])])
    for word in CONDITION_WORDS:
        rule = {"allow": "cpap", "for": "EMR", "only": {word: junk}}
        check_layers([layer(tmp_path, "junk", "2025-01-01", None, "allow", rules=[rule])])
