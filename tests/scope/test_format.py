"""The format that docs/rulebook.md promises is the one that is read."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from sixpoint.scope import load_rulebook
from sixpoint.scope.check import check_layers
from sixpoint.scope.condition_text import CONDITION_WORDS
from sixpoint.scope.equipment import Equipment
from sixpoint.scope.layers import RANKS, VERBS
from sixpoint.scope.load import SHORT_NAMES, bundled_layers, read_rulebook
from sixpoint.scope.rulebook import Rulebook
from sixpoint.scope.verdict import CONFIDENCES, KINDS

PAGE = (Path(__file__).parents[2] / "docs" / "rulebook.md").read_text("utf-8")


def test_the_page_names_every_condition_and_no_other() -> None:
    table = PAGE.split("### Conditions")[1].split("### A table")[0]
    cells = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    named = {word for cell in cells for word in re.findall(r"`(\w+):", cell)}
    assert named == set(CONDITION_WORDS)


def test_the_page_names_every_verb_rank_kind_and_confidence() -> None:
    for word in (*VERBS, *RANKS, *KINDS, *CONFIDENCES):
        assert re.search(rf"\b{word}\b", PAGE), word


def test_the_example_of_the_page_is_read_as_it_stands_once_its_table_is_there(tmp_path: Path) -> None:
    example = PAGE.split("```yaml\n")[1].split("```")[0].replace("adopts: [some_option_of_a_layer_beneath]\n", "")
    example = example.replace("skill: endotracheal", "skill: endotracheal")
    (tmp_path / "example.yaml").write_text(example, "utf-8")
    (tmp_path / "example-state.csv").write_text(
        "skill,allow,bar,open,source,place,confidence\npulse_oximetry,EMT+,,EMR,,p. 1,\n", "utf-8"
    )
    assert not check_layers([str(tmp_path / "example.yaml")]).faults


def test_the_hash_ignores_spacing_comments_and_order_and_nothing_else(tmp_path: Path) -> None:
    page = (
        'overlay: a\ntitle: A\nladder: us\nrank: agency\nauthority: A\non: [us-national]\nversion: "1"\n'
        'from: "2026-01-01"\nsources: {s: {title: S}}\nsource: s\nconfidence: judgement\nrules:\n'
        "  - allow: cpap\n    for: EMR\n  - bar: cpr\n    for: EMR\n"
    )

    def hash_of(text: str, name: str = "a.yaml") -> str:
        (tmp_path / name).write_text(text, "utf-8")
        return load_rulebook(str(tmp_path / name)).hash

    first = hash_of(page)
    turned = page.replace("  - allow: cpap\n    for: EMR\n", "") + "\n  # a comment\n  - for: EMR\n    allow:   cpap\n"
    assert hash_of(turned, "renamed.yaml") == first
    for old, new in (("cpap", "bipap"), ("for: EMR\n  - bar", "for: EMT\n  - bar"), ("title: S", "title: T")):
        assert hash_of(page.replace(old, new)) != first
    assert hash_of(page.replace("2026-01-01", "2026-01-02")) != first


def test_what_skills_need_is_content_too() -> None:
    book = load_rulebook()
    equipment = book.equipment
    less = Equipment({**equipment.by_skill, "cpr": frozenset({"aed"})}, equipment.by_kit, equipment.names)
    assert Rulebook(book.ladder, book.skills, book.layers, less).hash != book.hash
    assert Rulebook(book.ladder, book.skills, book.layers, msgspec.structs.replace(equipment)).hash == book.hash


def test_a_bundled_layer_has_its_file_name_as_id_and_short_names_lead_to_one() -> None:
    for name in bundled_layers():
        assert load_rulebook(name).id.split("+")[-1] == name
        assert read_rulebook([name]).hash == load_rulebook(name).hash
    assert set(SHORT_NAMES.values()) <= set(bundled_layers())
    assert load_rulebook("Los_Angeles") is load_rulebook("los-angeles-county")
